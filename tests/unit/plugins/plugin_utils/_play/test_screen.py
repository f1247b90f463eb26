"""Test how wide tables are, the time of day, and which lines of Ansible the playbooks of the collection hide."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import os
import re
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible import constants
from ansible.playbook.task_include import TaskInclude
from ansible.plugins.callback.default import CallbackModule as Default
from ansible.plugins.loader import callback_loader
from ansible.utils import color
from ansible_collections.resilience.drs.playbooks.callback_plugins import drs_screen
from ansible_collections.resilience.drs.plugins.plugin_utils._action import cells, hands
from ansible_collections.resilience.drs.plugins.plugin_utils._play import hidden, screen


@pytest.fixture(autouse=True)
def known_options():
    """Ansible knows the options of its own screen once it has loaded it."""
    callback_loader.get("default")


@pytest.mark.parametrize(
    ("terminal", "environment", "wide"),
    [
        (132, {"COLUMNS": "90"}, 132),
        (40, {}, 80),
        (400, {}, 160),
        (None, {"COLUMNS": "90"}, 90),
        (None, {"COLUMNS": "wide"}, 100),
        (None, {}, 100),
    ],
)
def test_tables_are_as_wide_as_the_terminal_within_bounds(terminal, environment, wide):
    assert screen.columns(terminal, environment) == wide


def test_a_line_of_progress_begins_with_the_time_of_day_and_its_zone():
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert screen.timed("[cell] launched", lambda: moment) == "03:04:05Z [cell] launched"
    long = "[wave 1 in 2 cells] 3m00s, 4 servers: 4 in progress; about 7m00s to go; 1h57m left until the deadline"
    assert screen.timed(long, lambda: moment) == f"03:04:05Z {long}", "a job's output is for programs, too"
    assert screen.timed(long, lambda: moment, 80).splitlines() == [
        "03:04:05Z [wave 1 in 2 cells] 3m00s, 4 servers: 4 in progress; about 7m00s to",
        "          go; 1h57m left until the deadline",
    ]
    command = "to resume: ansible-playbook resilience.drs.resume -e runs_id=q4-drill-2026-11-29 --limit a.us-west-2"
    assert screen.timed(command, lambda: moment, 80) == f"03:04:05Z {command}"


def test_every_line_of_progress_goes_through_the_one_function_that_says_the_time(monkeypatch):
    printed = []
    monkeypatch.setattr(hidden, "Display", lambda: SimpleNamespace(display=printed.append))
    cells.print_line("[cell] launched")
    hands.Hands(None, {}).say("[cell] job ended")
    assert [re.match(r"\d\d:\d\d:\d\dZ \[cell\] (launched|job ended)$", line) is not None for line in printed] == [
        True
    ] * 2


class CallbackModule(Default):
    """A screen that keeps what it would print. Ansible finds the options of a callback by this name of its class."""

    _load_name = "default"

    def __init__(self):
        super().__init__()
        self.printed = []
        self.set_option("display_ok_hosts", True)
        self.set_option("display_skipped_hosts", True)
        self._last_task_banner = ""

    def v2_runner_on_ok(self, result):
        task = result._task
        if task._uuid == "theirs":
            self.printed.append(f"theirs: {self.get_option('display_ok_hosts')}")
        elif self._last_task_banner != task._uuid:
            self.printed.append(f"heading of {task._uuid}")

    def v2_playbook_on_include(self, included_file):
        self.printed.append(included_file)


ROLE = f"{drs_screen._COLLECTION}/roles/recovery/tasks/main.yml:7"


def task_of(uuid, action, path):
    return SimpleNamespace(_uuid=uuid, action=action, get_path=lambda: path)


def shown(one):
    """What that screen prints of an include, of tasks and of an included file, and its options."""
    one.printed, one._last_task_banner = [], ""
    include = TaskInclude()
    include._uuid = "include"
    ours = task_of("walk", "resilience.drs.drs_recovery_walk", ROLE)
    task = task_of("task", "ansible.builtin.copy", ROLE)
    theirs = task_of("theirs", "ansible.builtin.debug", "/srv/validation/look.yml:1")
    for one_task in (include, ours, task, theirs):
        one.v2_runner_on_ok(SimpleNamespace(_task=one_task, _result={}))
    one.v2_playbook_on_include("a file")
    options = [one.get_option(name) for name in ("display_ok_hosts", "display_skipped_hosts")]
    return one.printed, options


EVERYTHING = ["heading of include", "heading of walk", "heading of task", "theirs: True", "a file"]
QUIET = ["heading of task", "theirs: True"]  # what a person's own tasks say is theirs to see


def test_includes_and_what_went_well_are_hidden_and_come_back():
    one = CallbackModule()
    loud = drs_screen.quiet(one, 0)
    assert shown(one) == (QUIET, [False, False])
    loud()
    assert shown(one) == (EVERYTHING, [True, True])


def test_the_warnings_of_what_is_hidden_are_shown(monkeypatch):
    one, warned = CallbackModule(), []
    monkeypatch.setattr(one, "_handle_warnings", lambda told: warned.extend(told.get("warnings", ())))
    one.printed, one._last_task_banner = [], ""
    drs_screen.quiet(one, 0)
    task = task_of("walk", "resilience.drs.drs_history", ROLE)
    one.v2_runner_on_ok(SimpleNamespace(_task=task, _result={"warnings": ["not recorded"]}))
    # what changed is shown with its warnings by Ansible itself
    one.v2_runner_on_ok(SimpleNamespace(_task=task, _result={"warnings": ["twice"], "changed": True}))
    assert warned == ["not recorded"]


def test_that_a_host_changed_is_left_to_the_recap_for_what_has_said_its_own(monkeypatch):
    def prints(screen, _result):
        screen._display.display("changed: [cell]", color="yellow")
        screen._display.display("--- before")

    monkeypatch.setattr(CallbackModule, "v2_runner_on_ok", prints)
    one, printed = CallbackModule(), []
    display = one._display = SimpleNamespace(display=lambda text, **_options: printed.append(text), columns=80)
    drs_screen.quiet(one, 0)
    walk, copy = "resilience.drs.drs_recovery_walk", "ansible.builtin.copy"
    for action, path in ((walk, ROLE), (copy, ROLE), (walk, "/srv/validation/look.yml:1")):
        one.v2_runner_on_ok(SimpleNamespace(_task=task_of("task", action, path), _result={"changed": True}))
    assert printed == ["--- before", *["changed: [cell]", "--- before"] * 2]
    assert one._display is display


def test_the_frame_of_a_failure_does_not_tell_it_a_second_time():
    error = {"code": "plan_refused", "message": "The plan is refused.", "remedy": "Fix it.", "retryable": False}
    told = {"changed": False, "details": {"a": 1}, "error": error, "msg": "plan_refused: The plan is refused. Fix it."}
    one = CallbackModule()
    loud = drs_screen.quiet(one, 0)
    shown = one._dump_results(dict(told))
    assert shown.count("The plan is refused.") == 1 and '"error": "plan_refused"' in shown and "details" not in shown
    # a failure of another kind, and a result without a message, are shown whole
    others = [{"error": "no route", "msg": "so", "details": 1}, {"error": error, "details": 1}]
    assert all("details" in one._dump_results(other) for other in others)
    loud()
    assert one._dump_results(dict(told)).count("The plan is refused.") == 2


@pytest.mark.parametrize(
    ("path", "whole"),
    [(f"{drs_screen._COLLECTION}/roles/agent_deploy/tasks/main.yml:9", False), ("/home/me/validate.yml:1", True)],
)
def test_a_failed_task_of_ours_does_not_print_every_machine_once_more(path, whole, monkeypatch):
    machines = [{"name": "web-%02d" % number, "instance_id": "i-%017d" % number} for number in range(300)]
    told = {"failed": True, "msg": "Nothing was sent. capacity_full", "plan": {"waves": machines}, "rc": 2, "few": [1]}
    said = []
    monkeypatch.setattr(
        CallbackModule, "v2_runner_on_failed", lambda one, result: said.append(one._dump_results(result._result))
    )
    one = CallbackModule()
    loud = drs_screen.quiet(one, 0)
    result = SimpleNamespace(_task=SimpleNamespace(get_path=lambda: path), _result=told)
    one.v2_runner_on_failed(result)
    assert "capacity_full" in said[0] and '"rc": 2' in said[0] and '"few"' in said[0]
    assert ("web-299" in said[0]) is whole and (len(said[0]) < 500) is not whole
    assert "web-299" in one._dump_results(dict(told)), "only while it fails"
    loud()
    one.v2_runner_on_failed(result)
    assert "web-299" in said[1]


def without_colours(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_colour_is_where_ansible_has_it_and_beside_words(monkeypatch, capsys):
    """What is hidden and what is shown are chosen by words, and stay the same with colours and without."""

    def prints(screen, _result):
        screen._display.display("changed: [cell]", color=constants.COLOR_CHANGED)
        screen._display.display("failed: [cell]", color=constants.COLOR_ERROR)

    monkeypatch.setattr(CallbackModule, "v2_runner_on_ok", prints)
    said = {}
    for coloured in (False, True):
        monkeypatch.setattr(color, "ANSIBLE_COLOR", coloured)
        one = CallbackModule()
        drs_screen.quiet(one, 0)
        for action in ("resilience.drs.drs_recovery_walk", "ansible.builtin.copy"):
            one.v2_runner_on_ok(SimpleNamespace(_task=task_of("task", action, ROLE), _result={"changed": True}))
        said[coloured] = capsys.readouterr().out
    assert said[False].splitlines() == ["failed: [cell]", "changed: [cell]", "failed: [cell]"]
    assert "\x1b[" in said[True] and without_colours(said[True]) == said[False]


def test_no_page_and_no_line_of_progress_has_a_colour_of_its_own():
    """A colour that Ansible does not manage would stand in a log, and would be all that somebody sees of a failure."""
    files = [one for folder in ("plugins", "playbooks") for one in Path(drs_screen._COLLECTION, folder).rglob("*.py")]
    assert len(files) > 100
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [one.name for one in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            assert "stringc" not in named and getattr(node, "module", "") != "ansible.utils.color", path
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, str) and "\x1b[" in node.value), path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "display":
                assert "color" not in [one.arg for one in node.keywords], path


def test_every_page_is_as_wide_as_the_screen():
    """Whoever prints a page gives it the width that was found."""
    asked = []
    for path in Path(drs_screen._COLLECTION, "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "render.render":
                asked.append((path.name, ast.unparse(node.args[2]) if len(node.args) > 2 else ""))
    assert len(asked) >= 4 and [one for one in asked if not re.search(r"\bWIDTH$", one[1])] == []


def test_every_time_of_day_is_written_with_its_zone():
    written = []
    for folder in ("plugins", "playbooks"):
        for path in Path(drs_screen._COLLECTION, folder).rglob("*.py"):
            written += [(path.name, one) for one in re.findall(r"%H:?%M\S*", path.read_text(encoding="utf-8"))]
    # the axis of a chart, below which the page says that its times are in UTC
    bare = [one for one in written if "Z" not in one[1] and one[0] != "charts.py"]
    assert len(written) >= 5 and bare == []


def test_nothing_is_said_by_a_task_that_is_hidden_when_it_went_well():
    """A debug task goes well, so its message would be seen by nobody: pages are shown by what the plugins print."""
    files = [one for folder in ("roles", "playbooks") for one in Path(drs_screen._COLLECTION, folder).rglob("*.yml")]
    assert len(files) > 50
    said = re.compile(r"^[ -]*(ansible\.builtin\.)?debug:", re.MULTILINE)
    assert [path for path in files if said.search(path.read_text(encoding="utf-8"))] == []


def test_more_verbosity_shows_everything():
    one = CallbackModule()
    drs_screen.quiet(one, 1)
    assert shown(one) == (EVERYTHING, [True, True])


def test_what_a_person_set_stays(monkeypatch):
    monkeypatch.setattr(
        constants.config,
        "get_config_value_and_origin",
        lambda *_args, **_options: (True, "env: ANSIBLE_DISPLAY_OK_HOSTS"),
    )
    one = CallbackModule()
    drs_screen.quiet(one, 0)
    assert shown(one) == (EVERYTHING, [True, True])


def test_who_set_that_little_is_shown_sees_no_more_than_without_it(monkeypatch):
    monkeypatch.setattr(
        constants.config,
        "get_config_value_and_origin",
        lambda *_args, **_options: (False, "env: ANSIBLE_DISPLAY_OK_HOSTS"),
    )
    one = CallbackModule()
    one.set_option("display_ok_hosts", False)
    one.set_option("display_skipped_hosts", False)
    drs_screen.quiet(one, 0)
    # nor of their own tasks, for that is what they said
    assert shown(one) == ([*QUIET[:-1], "theirs: False"], [False, False])


@pytest.mark.parametrize(
    ("place", "hidden"),
    [
        (os.path.join(os.path.dirname(drs_screen.__file__), "..", "drill.yml:2"), True),
        ("/home/me/site.yml:2", False),
    ],
)
def test_only_plays_of_the_collection_are_quiet(place, hidden):
    one, callback = CallbackModule(), drs_screen.CallbackModule()
    callback.v2_playbook_on_play_start(SimpleNamespace(get_path=lambda: place))
    assert (shown(one)[0] == QUIET) is hidden
    callback.v2_playbook_on_play_start(SimpleNamespace(get_path=lambda: "/home/me/site.yml:9"))
    assert shown(one)[0] == EVERYTHING
