"""Ansible as it is found: what a play may look like for each verb, by table."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible import context
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.plugin_utils._action.walked import Walked
from ansible_collections.resilience.drs.plugins.plugin_utils._action.table import TABLE
from ansible_collections.resilience.drs.plugins.plugin_utils._play import shape

ROOT = Path(__file__).resolve().parents[5]
OURS = "/usr/share/ansible/collections/ansible_collections/resilience/drs/playbooks"


def task(strategy="linear", tags=("always",), role="resilience.drs.recovery", serial=(), when=()):
    """A task of a role; ``when`` are its conditions, and those of what stands around it, from the inside out."""
    named = SimpleNamespace(get_name=lambda: role) if role else None
    above = None
    for conditions in reversed(when):
        above = SimpleNamespace(when=list(conditions), _parent=above)
    play = SimpleNamespace(strategy=strategy, serial=list(serial))
    own = list(getattr(above, "when", []))
    return SimpleNamespace(play=play, tags=list(tags), _role=named, when=own, _parent=getattr(above, "_parent", None))


@pytest.fixture
def typed(monkeypatch):
    def set_to(**args):
        monkeypatch.setattr(context, "CLIARGS", args)

    set_to()
    return set_to


@pytest.mark.parametrize(
    ("strategy", "batch", "start_at", "words"),
    [
        ("linear", ["a", "b"], None, ""),
        ("ansible.builtin.linear", ["b", "a"], None, ""),
        ("debug", ["a", "b"], None, ""),
        ("free", ["a", "b"], None, "strategy free"),
        ("ansible.builtin.free", ["a", "b"], None, "strategy ansible.builtin.free"),
        ("host_pinned", ["a", "b"], None, "strategy host_pinned"),
        ("linear", ["a"], None, "serial: "),
        ("linear", ["a", "b"], "Plan, begin and walk", "--start-at-task: "),
    ],
)
def test_a_play_in_parts_is_refused_in_one_sentence(typed, strategy, batch, start_at, words):
    typed(start_at_task=start_at)
    serial = [1] if len(batch) == 1 else []
    told = shape.division(
        task(strategy, serial=serial), {"ansible_play_hosts": ["a", "b"], "ansible_play_batch": batch}
    )
    assert told.startswith(words) and bool(told) is bool(words)


@pytest.mark.parametrize(
    ("skipped", "words"),
    [
        ([], ""),
        (["mine"], ""),
        (["always"], "--skip-tags always: what checks the command would be left out"),
        (["mine", "tagged"], "--skip-tags tagged: "),
        (("all",), "--skip-tags all: "),
    ],
)
def test_nothing_is_done_without_its_checks(typed, skipped, words):
    typed(start_at_task=None, skip_tags=skipped)
    told = shape.division(task(), {"ansible_play_hosts": ["a"], "ansible_play_batch": ["a"]})
    assert told.startswith(words) and bool(told) is bool(words)


@pytest.mark.parametrize(
    ("serial", "every", "there", "batch", "hosts"),
    [
        ([], "ab", "ab", "ab", ("ab", "ab", "ab")),
        # b has left the play
        ([], "ab", "a", "a", ("ab", "a", "a")),
        # c was added by a task: it is in no batch, and runs nothing
        ([], "abc", "abc", "ab", ("ab", "ab", "ab")),
        ([], "abc", "ac", "a", ("ab", "a", "a")),
        # in batches, what is not in this one is in another
        ([1], "abc", "abc", "b", ("abc", "abc", "b")),
        ([0], "abc", "abc", "ab", ("ab", "ab", "ab")),
    ],
)
def test_a_host_that_a_task_has_added_is_none_of_the_play(typed, serial, every, there, batch, hosts):
    names = ("ansible_play_hosts_all", "ansible_play_hosts", "ansible_play_batch")
    found = dict(zip(names, map(list, (every, there, batch))))
    assert shape.hosts(task(serial=serial), found) == tuple(map(list, hosts))
    assert bool(shape.division(task(serial=serial), found)) is (serial == [1])


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ((), ""),
        (([], ["all"]), ""),
        # nobody: the role is not there at all
        ((["none"],), ""),
        ((["a"],), "when: not true on b, "),
        ((["all"], [], ["b"]), "when: not true on a, "),
        ((["a", "b"],), ""),
    ],
)
def test_a_condition_that_leaves_some_cells_out_is_refused(when, words):
    def holds(name, condition):
        return condition in ("all", name)

    told = shape.left_out(task(when=when), ["a", "b"], holds)
    assert told.startswith(words) and bool(told) is bool(words)


@pytest.mark.parametrize(
    ("asked", "own", "selected"),
    [
        (["all"], ["always"], True),
        (["untagged"], ["always"], True),
        (["dr"], ["always", "dr"], True),
        (["dr", "x"], ["always", "dr"], True),
        (["tagged"], ["always", "dr"], True),
        (["tagged"], ["always"], False),
        (["x"], ["always"], False),
        (["x"], ["always", "dr"], False),
        (["always"], ["always"], False),
    ],
)
def test_what_tags_select(asked, own, selected):
    assert (shape.unselected(task(tags=own), {"ansible_run_tags": asked}) == "") is selected


@pytest.mark.parametrize(
    ("verb", "folder", "refused"),
    [
        ("status", OURS, True),
        ("launch_settings", OURS, True),
        ("terminate", OURS, True),
        # somebody else's play: the role was left out on purpose
        ("status", "/home/me/playbooks", False),
        # but no part of a run may be
        ("recovery", "/home/me/playbooks", True),
        ("failback", "/home/me/playbooks", True),
        ("orchestrate", "/home/me/playbooks", True),
    ],
)
def test_a_part_of_a_verb_is_refused_where_it_would_pass_for_the_whole(verb, folder, refused):
    told = shape.part(verb, task(), {"ansible_run_tags": ["x"], "playbook_dir": folder})
    assert told == ("--tags x: a part of %s cannot run alone; leave it out" % verb if refused else "")


@pytest.mark.parametrize(
    ("variables", "strange"),
    [
        ({"a": ["drs_account_id"], "b": ["drs_account_id", "x"]}, ""),
        ({"a": ["drs_account_id"], "web": ["x"]}, "web"),
        ({"a": ["drs_account_id"], "db": [], "web": []}, "db, web"),
        # cells that nobody describes in the inventory: module_defaults do
        ({"a": [], "b": []}, ""),
    ],
)
def test_hosts_that_are_no_cells_are_named(variables, strange):
    told = shape.foreign(list(variables), variables)
    assert told.startswith("%s: not a cell" % strange if strange else "") and bool(told) is bool(strange)


@pytest.mark.parametrize("verb", request.VERBS)
def test_become_is_refused_only_where_a_module_would_run_as_another_user(verb):
    assert bool(shape.raised(verb, True)) is (verb in shape.MODULES) and not shape.raised(verb, False)


def test_the_role_of_a_task_is_found():
    assert shape.own_role(task()) == "recovery"
    assert shape.own_role(task(role="my.own.recovery")) == shape.own_role(task(role=None)) == ""


def _modules(path):
    """The modules that a role would run as another user with become: all that are not always an action of ours."""
    for file in path.glob("tasks/*.yml"):
        for one in _tasks(yaml.safe_load(file.read_text(encoding="utf-8"))):
            for key in one:
                name = key.rpartition(".")[2]
                action = (ROOT / "plugins" / "action" / (name + ".py")).exists() or name in TABLE
                if key.startswith(("resilience.drs.drs_", "amazon.aws.")) and not action:
                    yield name


def _tasks(tasks):
    for one in tasks or ():
        yield one
        for key in ("block", "rescue", "always"):
            yield from _tasks(one.get(key))


def test_the_verbs_that_run_modules_are_those_of_the_table():
    assert {path.name for path in ROOT.glob("roles/*") if set(_modules(path))} == set(shape.MODULES)


def test_every_role_looks_at_the_play_even_when_tags_leave_it_out():
    for path in ROOT.glob("roles/*/tasks/*.yml"):
        for one in _tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            if "resilience.drs.drs_check_variables" in one:
                assert one.get("tags") == "always", path


@pytest.mark.parametrize("path", sorted(ROOT.glob("playbooks/*.yml")), ids=lambda path: path.stem)
def test_no_playbook_of_ours_becomes_another_user(path):
    for play in yaml.safe_load(path.read_text(encoding="utf-8")):
        assert play["become"] is False


def test_what_is_written_on_the_controller_is_written_by_whoever_typed_it():
    for path in ROOT.glob("roles/*/tasks/*.yml"):
        for one in _tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            # what is no module of Ansible's is written by this process
            files = "block" in one or any(key.startswith("ansible.builtin.") for key in one)
            if one.get("delegate_to") == "localhost" and files:
                assert one["become"] is False and one["vars"]["ansible_become"] is False, (path, one["name"])


@pytest.mark.parametrize(
    ("folder", "start_at", "refused"), [(OURS, "x", True), ("/srv", "x", False), (OURS, None, False)]
)
def test_a_playbook_that_begins_at_its_last_play_has_verified_nothing(typed, folder, start_at, refused):
    typed(start_at_task=start_at)
    one = object.__new__(Walked)
    one._vars, one._play = {"playbook_dir": folder}, SimpleNamespace(all=[])
    with pytest.raises(DrsError, match="--start-at-task") if refused else contextlib.nullcontext():
        assert one.verified() == {}
