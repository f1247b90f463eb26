"""Test the proof of a clean-up: remaining instances, running terminations, unread cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import NAME, instance_id, server_id

OTHER = "orders.us-west-2"


def entry(number: int, outcome: str, cell: str = NAME, **values) -> dict:
    error = DrsError("launch_failed") if outcome == "failed" else None
    server = {"source_server_id": server_id(number), "name": f"web-{number:02}", "cell": cell, "critical": True}
    return outcomes.server_entry(outcome, server, error=error, **values)


def standing(number: int, **changes) -> dict:
    return {"recovery_instance_id": instance_id(number), "ec2_instance_state": "RUNNING", "is_drill": True, **changes}


def left(*instances: dict, cell: str = NAME) -> dict:
    return {cell: {"recovery_instances": list(instances)}}


def ended(number: int, outcome: str = "terminated") -> dict:
    return entry(number, outcome, recovery_instance_id=instance_id(number))


def check(started, waited=None, left_=None, run_id="run-1", ids=(), recorded=clean_up.NO_RECORD) -> dict:
    asked = clean_up.Requested(run_id=run_id or "", ids=ids)
    return clean_up.prove(asked, started, waited or {}, left_, recorded)


def test_a_clean_up_that_is_proven():
    result = check({NAME: {"servers": [ended(1, "in_progress")]}}, {NAME: {"servers": [ended(1)]}}, left())
    assert (result["clean"], result["left"], result["unknown_cells"]) == (True, [], [])
    assert result["summary"]["terminated"] == 1


def test_what_stands_although_its_job_said_otherwise_is_left():
    result = check({NAME: {"servers": [ended(1)]}}, {}, left(standing(1)))
    assert result["clean"] is False
    assert [one["recovery_instance_id"] for one in result["left"]] == [instance_id(1)]


@pytest.mark.parametrize("state", ["TERMINATED", "SHUTTING-DOWN"])
def test_what_is_going_is_not_left(state):
    assert check({NAME: {"servers": [ended(1)]}}, {}, left(standing(1, ec2_instance_state=state)))["clean"] is True


def test_what_others_left_is_not_ours():
    result = check({NAME: {"servers": [ended(1)]}}, {}, left(standing(2)))
    assert (result["clean"], result["left"]) == (True, [])
    assert (result["others"], result["asked"]) == (1, "of run run-1"), "and whoever reads the proof is told"


@pytest.mark.parametrize(("drill", "clean"), [(True, False), (None, False), (False, True)])
def test_a_clean_up_of_everything_leaves_no_drill(drill, clean):
    result = check({NAME: {"servers": []}}, {}, left(standing(2, is_drill=drill)), run_id=None)
    assert result["clean"] is clean


def test_an_id_that_was_asked_for_counts_although_nothing_was_started():
    result = check({NAME: {"servers": []}}, {}, left(standing(5)), run_id=None, ids=[instance_id(5)])
    assert result["clean"] is False


@pytest.mark.parametrize("outcome", ["failed", "refused", "queued", "in_progress", "unknown"])
def test_what_did_not_end_well_is_not_clean(outcome):
    assert check({NAME: {"servers": [ended(1, outcome)]}}, {}, left())["clean"] is False


def test_what_was_gone_before_is_clean():
    assert check({NAME: {"servers": [ended(1, "skipped")]}}, {}, left())["clean"] is True


def test_a_cell_that_could_not_be_acted_on_is_unknown():
    error = {"code": "AccessDenied", "message": "no", "remedy": "ask", "retryable": False}
    result = check({NAME: {"failed": True, "error": error}}, {}, {NAME: {"failed": True, "error": error}})
    assert result["clean"] is False
    assert result["unknown_cells"] == [{"cell": NAME, "error": error}]


@pytest.mark.parametrize("answer", [{"failed": True, "msg": "no"}, {}, {"error": {"code": "cell_unreadable"}}])
def test_a_cell_that_was_not_read_afterwards_proves_nothing(answer):
    started = {NAME: {"servers": [ended(1)]}, OTHER: {"servers": []}}
    result = check(started, {}, {**left(cell=OTHER), NAME: answer})
    assert result["clean"] is False
    assert [one["cell"] for one in result["unknown_cells"]] == [NAME]
    assert result["unknown_cells"][0]["error"]["code"] in ("cell_unreadable", "internal_error")


def test_a_cell_that_is_missing_afterwards_proves_nothing():
    result = check({NAME: {"servers": [ended(1)]}, OTHER: {"servers": []}}, {}, left(cell=OTHER))
    assert [one["cell"] for one in result["unknown_cells"]] == [NAME]


def test_check_mode_reads_nothing_and_says_so():
    result = check({NAME: {"servers": [ended(1, "planned")]}})
    assert result["left"] is None
    assert result["unknown_cells"] == []


@pytest.mark.parametrize(
    ("state", "clean"), [("running", False), ("stopped", False), ("terminated", True), (None, True)]
)
def test_a_machine_that_was_named_and_that_ec2_has_although_drs_lists_it_nowhere_is_not_proven(state, clean):
    started = {NAME: {"servers": [ended(5, "skipped")]}, OTHER: {"servers": [ended(5, "skipped")]}}
    asked = clean_up.Requested(ids=[instance_id(5)])
    assert clean_up.not_listed(asked, started) == [instance_id(5)]
    found = left()[NAME] | {"machines": {instance_id(5): state} if state else {}}
    result = clean_up.prove(asked, started, {}, {NAME: found, **left(cell=OTHER)})
    assert result["clean"] is clean
    assert [one["cell"] for one in result["not_proven"]] == ([] if clean else [NAME])


def test_what_drs_lists_needs_no_look_beside_it():
    started = {NAME: {"servers": [ended(5)]}, OTHER: {"servers": [ended(5, "skipped")]}}
    assert clean_up.not_listed(clean_up.Requested(ids=[instance_id(5)]), started) == []


# -- over the record ---------------------------------------------------------------------------------------------------


def record(*entries: dict, state=clean_up.KNOWN, proven=()) -> clean_up.Recorded:
    return clean_up.Recorded(state, clean_up.outstanding([{"wave": "1", "servers": list(entries)}]), proven)


def launched(number: int, cell: str = NAME, **values) -> dict:
    return entry(number, "launched", cell, recovery_instance_id=instance_id(number), job_id="drsjob-1", **values)


def looked(*cells: str) -> dict:
    return {cell: {"recovery_instances": [], "machines": {}} for cell in cells}


def told(result) -> list[tuple]:
    return [(one["recovery_instance_id"], one["cell"], one["reason"]) for one in result["not_proven"]]


def test_an_instance_in_a_cell_that_is_not_in_the_play_is_not_proven():
    """``--limit``: what runs in the other cell is what the proof is about, too."""
    recorded = record(launched(1), launched(2, OTHER))
    result = check({NAME: {"servers": [ended(1)]}}, {}, looked(NAME), recorded=recorded)
    assert told(result) == [(instance_id(2), OTHER, "its cell is not in this play")]
    assert result["clean"] is False and result["unknown_cells"] == [] and result["proven"] == [instance_id(1)]
    assert "not complete" in clean_up.problem(clean_up.Requested(run_id="run-1"), result)


def test_an_instance_in_a_cell_that_left_the_play_is_not_proven_with_the_reason():
    error = outcomes.error_entry(DrsError("cell_unreadable", "its play was ended"))
    recorded = record(launched(2, OTHER))
    result = check({OTHER: {"error": error}}, {}, {OTHER: {"error": error}}, recorded=recorded)
    assert told(result) == [(instance_id(2), OTHER, "cell_unreadable: its play was ended")]


@pytest.mark.parametrize(
    ("one", "owed"),
    [
        (launched(1), True),
        (entry(1, "unknown"), True),
        (entry(1, "in_progress", job_id="drsjob-1"), True),
        ({"source_server_id": server_id(1), "name": "web-01", "cell": NAME}, True),
        (entry(1, "refused"), False),
        (entry(1, "failed"), False),
        (entry(1, "terminated"), False),
    ],
)
def test_what_may_have_been_launched_is_owed(one, owed):
    """Also an intent whose outcome nobody wrote down."""
    assert bool(told(check({}, {}, {}, recorded=record(one)))) is owed


def test_what_an_earlier_clean_up_has_proven_stays_proven():
    recorded = record(launched(1), launched(2, OTHER), proven=[instance_id(2)])
    result = check({NAME: {"servers": [ended(1)]}}, {}, looked(NAME), recorded=recorded)
    assert result["clean"] is True and result["proven"] == [instance_id(1), instance_id(2)]


def test_what_was_gone_before_this_clean_up_is_proven_by_the_look():
    result = check({NAME: {"servers": []}}, {}, looked(NAME), recorded=record(launched(1)))
    assert result["clean"] is True and result["proven"] == [instance_id(1)]


@pytest.mark.parametrize(("state", "clean"), [("running", False), ("stopped", False), ("terminated", True)])
def test_a_machine_that_drs_has_forgotten_and_ec2_has_not_is_left(state, clean):
    here = {NAME: {"recovery_instances": [], "machines": {instance_id(1): state}}}
    result = check({NAME: {"servers": []}}, {}, here, recorded=record(launched(1)))
    assert result["clean"] is clean and len(result["left"]) == (not clean)


def test_what_ec2_alone_could_prove_is_not_proven_without_it_and_the_gap_is_named():
    """DRS lists nothing any more; whether the machines are gone nobody can say."""
    gap = {"service": "EC2", "missing": "its word", "error": outcomes.error_entry(DrsError("EndpointConnectionError"))}
    here = {NAME: {"recovery_instances": [standing(2)], "machines": {}, "gaps": [gap]}}
    recorded = record(launched(1), launched(2))
    result = check({NAME: {"servers": []}}, {}, here, recorded=recorded)
    assert [one[0] for one in told(result)] == [instance_id(1)], "the other one stands, which is known"
    assert told(result)[0][2].startswith("EndpointConnectionError")
    assert [one["recovery_instance_id"] for one in result["left"]] == [instance_id(2)]
    assert (result["clean"], result["proven"]) == (False, [])
    assert [(one["cell"], one["service"]) for one in result["gaps"]] == [(NAME, "EC2")]


def test_an_instance_of_the_record_that_stands_is_left_whoever_launched_it():
    result = check({NAME: {"servers": []}}, {}, left(standing(1)), recorded=record(launched(1)))
    assert result["clean"] is False and len(result["left"]) == 1 and result["proven"] == []


def test_a_doubtful_instance_is_not_proven_and_a_foreign_one_is_only_named():
    left_alone = {"recovery_instance_id": instance_id(7), "cell": NAME, "source_server_id": server_id(7), "job_id": "j"}
    started = {"servers": [], "doubtful": [{**left_alone, "reason": "its job is gone"}], "foreign": []}
    result = check({NAME: started}, {}, left(standing(7)), recorded=record(launched(1)))
    assert told(result) == [(instance_id(7), NAME, "its job is gone")] and result["clean"] is False
    started = {"servers": [], "doubtful": [], "foreign": [{**left_alone, "reason": "another run"}]}
    result = check({NAME: started}, {}, left(standing(7)), recorded=record(launched(1)))
    assert result["clean"] is True and [one["reason"] for one in result["foreign"]] == ["another run"]


def test_named_ids_narrow_the_proof_down():
    recorded = record(launched(1), launched(2, OTHER))
    result = check({NAME: {"servers": [ended(1)]}}, {}, looked(NAME), ids=[instance_id(1)], recorded=recorded)
    assert result["clean"] is True


def test_a_record_that_could_not_be_read_proves_nothing():
    recorded = clean_up.Recorded(clean_up.UNREAD, error=outcomes.error_entry(DrsError("run_store_unavailable", "down")))
    result = check({NAME: {"servers": [ended(1)]}}, {}, looked(NAME), recorded=recorded)
    assert result["clean"] is False and result["record_error"]["code"] == "run_store_unavailable"


def test_a_run_that_nobody_knows_and_nothing_is_of_is_a_slip_of_the_finger():
    asked, unknown = clean_up.Requested(run_id="run-1"), clean_up.Recorded(clean_up.UNKNOWN)
    nothing = check({NAME: {"servers": []}}, {}, looked(NAME), recorded=unknown)
    assert clean_up.problem(asked, nothing).startswith("run_unknown: terminate_run_id 'run-1'")
    by_tag = check({NAME: {"servers": [ended(1)]}}, {}, looked(NAME), recorded=unknown)
    assert clean_up.problem(asked, by_tag) == "" and by_tag["record"] == "unknown"


def test_check_mode_names_what_it_would_not_look_for():
    recorded = record(launched(1), launched(2, OTHER))
    result = check({NAME: {"servers": [ended(1, "planned")]}}, recorded=recorded)
    assert [one["cell"] for one in result["not_proven"]] == [OTHER] and result["proven"] == []


def test_a_cell_of_another_name_is_the_same_account_and_region():
    places = {"new": {"account_id": "1", "region": "r"}, "other": {"account_id": "2", "region": "r"}}
    servers = [{"cell": "old", "account_id": "1", "region": "r"}, {"cell": "far", "account_id": "3", "region": "r"}]
    (wave,) = clean_up.with_current_cells([{"wave": "1", "servers": servers}], places)
    assert [one["cell"] for one in wave["servers"]] == ["new", "far"]
