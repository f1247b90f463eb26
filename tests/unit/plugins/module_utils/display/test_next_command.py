"""Test that a pasted next command means the same as the original."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import closing as failback_closing
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.next_command import (
    ON_CONTROLLER,
    extra_variables,
    playbook_command,
    typed,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Page, unconfirmed
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.render import render
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
VALUES = st.one_of(
    TEXT, st.booleans(), st.lists(TEXT, max_size=3), st.dictionaries(TEXT, TEXT, max_size=3), st.integers(1, 9)
)


def understood(command):
    """What Ansible makes of the extra variables of a command, after a shell has read it."""
    words = shlex.split(command)
    merged = {}
    for flag, value in zip(words, words[1:]):
        if flag == "-e":
            merged.update(json.loads(value) if value.startswith("{") else dict([value.split("=", 1)]))
    return merged


def test_plain_options_stay_plain():
    assert (
        playbook_command(
            "drill", {"recovery_plan_name": "q4-drill", "recovery_cleanup": False, "recovery_selection": {}}
        )
        == "ansible-playbook resilience.drs.drill -e recovery_plan_name=q4-drill"
    )


def test_a_confirmation_of_several_words_arrives_whole():
    command = playbook_command("failover", {"recovery_confirm": "FAILOVER payments 12 us-west-2"})
    assert understood(command) == {"recovery_confirm": "FAILOVER payments 12 us-west-2"}


def test_a_selection_arrives_as_a_dictionary():
    options = {"recovery_plan_name": "q4", "recovery_selection": {"applications": ["it's"]}}
    assert understood(playbook_command("drill", options, check=True)) == options


def test_limit_and_check_come_last():
    assert (
        playbook_command("status", {}, "a:!b", True) == "ansible-playbook resilience.drs.status --limit 'a:!b' --check"
    )


def test_what_was_typed_for_this_command_is_typed_for_the_next_one():
    given = {
        "a_x": "1",
        "a_off": False,
        "a_none": 0,
        "a_own": "old",
        "a_over": "gone",
        "b_x": 1,
        "drs_external_id": "s",
    }
    kept = typed(given, ["a_", "drs_hosts"], {"a_own": "new", "a_over": ""})
    assert kept == {"a_x": "1", "a_off": "false", "a_none": "0"}
    assert "-e a_off=false" in playbook_command("drill", kept), "a false that was typed goes against a default"
    assert typed(given, [], {}) == {}


def test_a_playbook_without_cells_gets_no_limit_that_would_leave_it_without_a_host():
    assert playbook_command("approve", {"runs_id": "a"}, "payments") == (
        "ansible-playbook resilience.drs.approve -e runs_id=a"
    )
    books = Path(__file__).parents[5] / "playbooks"
    plays = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in books.glob("*.yml")}
    local = {name for name, found in plays.items() if {play.get("hosts") for play in found} == {"localhost"}}
    assert local == set(ON_CONTROLLER)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), VALUES, max_size=4))
def test_every_option_survives_the_shell(options):
    wanted = {name: value for name, value in options.items() if value not in ("", False, [], {})}
    assert understood(playbook_command("drill", options)) == wanted


def test_ansible_itself_reads_it_so(monkeypatch):
    words = shlex.split(playbook_command("failover", {"recovery_confirm": "FAILOVER p 1 us-west-2"}))
    monkeypatch.setattr("ansible.context.CLIARGS", {"extra_vars": (words[words.index("-e") + 1],)})
    monkeypatch.setattr(load_extra_vars, "extra_vars", None, raising=False)
    assert load_extra_vars(DataLoader())["recovery_confirm"] == "FAILOVER p 1 us-west-2"


BACK = "FAILBACK shop 212 eu-central-1,us-east-1 TERMINATE 212 ap-southeast-2,us-west-2"
IN_JSON = """-e '{"failback_confirm": "%s"}'""" % BACK


def test_variables_by_themselves_are_written_as_in_a_command():
    assert extra_variables({"failback_validated": "true"}) == "-e failback_validated=true"
    assert extra_variables({"failback_confirm": BACK}) == IN_JSON


def test_the_pages_print_what_has_blanks_so_that_it_can_be_pasted():
    asked = {"confirm": BACK, "validated": True, "terminates": []}
    lines = render("failback", {"servers": [], "mode": "failback", "to_type": asked}, 60).splitlines()
    assert "  " + IN_JSON in lines, "on one line, however narrow the page"
    assert "  -e failback_validated=true" in lines
    page = Page(60)
    unconfirmed(page, {"unconfirmed": {"option": "failback_confirm", "given": "", "wanted": BACK}})
    assert "    " + IN_JSON in page.lines


def test_a_plan_that_was_looked_at_shows_the_words_that_confirm_it_beside_its_next_command():
    words = {"option": "recovery_confirm", "wanted": "FAILOVER shop 2 us-west-2"}
    plan = {"waves": [], "summary": {}, "to_confirm": words}
    following = "ansible-playbook resilience.drs.failover -e recovery_run_id=shop-1"
    lines = render("plan", {**plan, "next": following}, 60).splitlines()
    assert """  -e '{"recovery_confirm": "FAILOVER shop 2 us-west-2"}'""" in lines, (
        "on one line, however narrow the page"
    )
    assert lines[-1] == "next: " + following
    nothing = render("plan", {**plan, "to_confirm": {**words, "wanted": ""}}, 60)
    assert "confirm" not in nothing, "nothing is launched"


@pytest.mark.parametrize(
    ("ends", "kept", "said"),
    [
        (closing, closing.OF_THE_VERB, {"recovery_confirm": "FAILOVER shop 2 us-west-2"}),
        (
            failback_closing,
            ("failback_",),
            {"failback_confirm": BACK, "failback_validated": "true", "failback_until": "x"},
        ),
    ],
)
def test_what_a_person_said_for_a_check_is_not_said_again_by_the_next_command(ends, kept, said):
    options = ends.after_check({"plan_name": "shop"}, "", "shop-1")
    more = {next(iter(said)).partition("_")[0] + "_ticket": "CHG-1"}
    command = playbook_command("failover", {**options, **typed({**said, **more}, kept, options)})
    assert "_run_id=shop-1" in command and "_ticket=CHG-1" in command
    assert not [name for name in said if name in command], command
