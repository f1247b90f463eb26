"""Test the end of a recovery: why its playbook fails."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import leaving


@pytest.mark.parametrize(
    ("result", "clean", "problems"),
    [
        ({"status": "succeeded"}, None, []),
        ({"status": "succeeded"}, False, ["the clean-up is not complete"]),
        # everything was launched before somebody else cancelled the run: that is no success
        ({"status": "cancelled"}, None, ["the run was cancelled"]),
        ({"status": "cancelled", "stopped": "run_cancelled: no"}, None, ["run_cancelled: no"]),
        # all that failed was optional or allowed, so nothing stopped the run
        ({"status": "failed"}, None, ["no server was launched"]),
        ({"status": "failed", "stopped": "wave 1: critical"}, None, ["wave 1: critical"]),
        # a wave may pass with a server that was never seen launched; a pause holds although nothing was left to be done
        ({"status": "timeout"}, None, ["servers were still moving when the time was over"]),
        ({"status": "timeout", "stopped": "wave 1: slow"}, None, ["wave 1: slow"]),
        ({"status": "paused"}, None, ["the run is paused"]),
        # without a store nobody writes how it ended
        ({"status": "unknown", "summary": {"launched": 2}}, None, []),
        ({"status": "unknown", "summary": {"failed": 2}}, None, ["no server was launched"]),
        ({"status": "unknown", "summary": {}}, None, []),
        ({"status": "unknown", "summary": {"failed": 1}, "unwritten": "no store"}, None, ["no store"]),
        # what took the run away also keeps its end from being written
        (
            {"status": "unknown", "stopped": "wave 1: taken over", "unwritten": "taken over"},
            None,
            ["wave 1: taken over"],
        ),
        ({"status": "unknown", "stopped": "wave 1: late", "unwritten": "no store"}, None, ["wave 1: late", "no store"]),
        # a clean-up of which nothing came back
        ({"status": "succeeded", "cleanup": True}, None, ["the clean-up is not proven"]),
        ({"status": "succeeded", "cleanup": True}, True, []),
        ({"status": "partial", "uncovered": ["a", "b"]}, True, ["coverage incomplete: a, b could not be read"]),
    ],
)
def test_why_a_playbook_fails_at_its_end(result, clean, problems):
    assert closing.problems(result, clean) == problems


@pytest.mark.parametrize(
    ("walked", "problems"),
    [
        ({}, ["nothing is known of the run: its walk left no result"]),
        ({"begun": True, "task_file": {"step": "1/file"}}, ["the run has not come to its end"]),
        ({"begun": True, "result": {"status": "succeeded"}}, []),
        # check mode begins nothing
        ({"begun": False}, []),
    ],
)
def test_a_walk_that_left_no_result_is_no_success(walked, problems):
    assert closing.problems_of(walked, None) == problems


def ended(mode="recovery", outcomes=("launched",), stop="", waiting=None, **values):
    given = {"cleanup": False, "plan_document": {}, "plan_name": "shop", "selection": {}, "tag_keys": {}, **values}
    return {
        "run_id": "r1",
        "store": {},
        "hosts": "",
        "plan_hash": "h",
        "stop": stop,
        "waiting": waiting,
        "unapproved": False,
        "servers": [{"outcome": one} for one in outcomes],
        "values": {"mode": mode, **given},
    }


@pytest.mark.parametrize("mode", ["drill", "recovery"])
@pytest.mark.parametrize("stop", ["", "wave 1 failed"])
def test_after_a_partial_failure_the_next_command_is_the_retry(mode, stop):
    """Also of a run that came to its end, because the failed ones were optional."""
    step = closing.following(ended(mode, ("launched", "failed"), stop))
    assert step["playbook"] == "resume"
    assert step["options"]["recovery_retry_failed"] is True and step["options"]["runs_id"] == "r1"


@pytest.mark.parametrize(("mode", "playbook"), [("drill", "terminate"), ("recovery", "failback")])
@pytest.mark.parametrize("other", ["refused", "launched"])
def test_where_nothing_failed_the_next_command_is_the_next_step(mode, playbook, other):
    """What was refused would be refused again: the way out is to leave it out."""
    assert closing.following(ended(mode, ("launched", other)))["playbook"] == playbook


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_the_superseded_one_of_two_controllers_is_told_to_leave_the_run_alone(mode):
    over = {**ended(mode, ("launched", "failed"), "wave 1: run_superseded: h has it"), "lost": "run_superseded"}
    assert closing.following(over) == {
        "playbook": "runs",
        "options": {"runs_id": "r1", "runs_store": over["store"]},
        "check": False,
    }
    assert closing.giving_up(over) == {} and closing.besides("runs") == ()
    assert leaving.left_alone("run_superseded").startswith("TAKEN OVER: another controller goes on with this run.")
    assert leaving.left_alone("run_cancelled") == leaving.left_alone("") == ""


@pytest.mark.parametrize(
    ("mode", "outcome", "playbook"),
    [("drill", "launched", "terminate"), ("drill", "planned", None), ("recovery", "launched", None)],
)
def test_a_cancelled_run_is_never_resumed(mode, outcome, playbook):
    gone = {**ended(mode, (outcome,), "wave 2: run_cancelled: wrong shop"), "lost": "run_cancelled"}
    assert closing.following(gone).get("playbook") == playbook


def test_a_run_whose_store_was_lost_is_resumed():
    lost = {**ended("drill", stop="wave 1: run_store_unavailable: no"), "lost": "run_store_unavailable"}
    assert closing.following(lost)["playbook"] == "resume"


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        (["launched"], "STORE LOST: 1 server stands in AWS. Nothing more is begun; "),
        (
            ["launched", "launched", "in_progress", "unknown", "failed"],
            "2 servers stand in AWS; 2 servers may still be",
        ),
        (["failed"], "STORE LOST: nothing is known to have been launched. "),
    ],
)
def test_the_last_page_of_a_run_whose_store_was_lost_says_what_goes_on_in_aws(outcomes, words):
    servers = [{"outcome": one} for one in outcomes]
    for code in leaving.DOWN:
        told = leaving.store_lost(code, servers)
        assert words in told and told.endswith("the next command adopts what it finds.")
    assert leaving.store_lost("", servers) == leaving.store_lost("run_superseded", servers) == ""


def test_a_drill_that_was_cleaned_up_is_not_retried():
    assert closing.following(ended("drill", ("terminated", "failed"), cleanup=True)) == {}


def test_beside_the_retry_of_a_drill_stands_what_ends_its_costs():
    failed = ended("drill", ("launched", "failed"), "stopped")
    assert closing.giving_up(failed)["playbook"] == "terminate"
    assert closing.giving_up(failed)["options"]["terminate_run_id"] == "r1"
    assert closing.giving_up(ended("drill")) == {}, "the next command terminates already"
    assert closing.giving_up(ended("recovery", ("launched", "failed"), "stopped")) == {}, "these serve"
    assert closing.giving_up(ended("drill", ("terminated", "failed"), cleanup=True)) == {}


@pytest.mark.parametrize(
    ("mode", "outcomes", "playbook"),
    [
        ("drill", ["launched", "failed"], "terminate"),
        # nobody knows whether it stands
        ("drill", ["unknown"], "terminate"),
        ("drill", ["failed", "not_launched"], None),
        # what a failover launched serves
        ("recovery", ["launched"], None),
    ],
)
def test_after_a_cancelled_drill_what_stands_is_terminated(mode, outcomes, playbook):
    cancelled = {"run": {"mode": mode, "run_id": "r1"}, "waves": [{"servers": [{"outcome": one} for one in outcomes]}]}
    told = closing.after_cancel(cancelled, {})
    assert told.get("playbook") == playbook
    assert not told or told["options"] == {"terminate_run_id": "r1", "terminate_store": {}}


def test_the_command_that_cleans_up_keeps_the_role_that_may_but_never_its_secret():
    kept = closing.besides("terminate")
    assert "drs_clean_up_role_name".startswith(kept) and not "drs_clean_up_external_id".startswith(kept)
