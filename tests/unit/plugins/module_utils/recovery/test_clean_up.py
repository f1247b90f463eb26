"""The proof of a clean-up: what stands, what is going, and which cells said nothing."""
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


def check(started, waited=None, left_=None, run_id="run-1", ids=()) -> dict:
    return clean_up.check_cleanup(
        {
            "started": started,
            "waited": waited or {},
            "left": left_ or {},
            "run_id": run_id,
            "recovery_instance_ids": ids,
        }
    )


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


@pytest.mark.parametrize("answer", [{"failed": True, "msg": "no"}, {}, None, {"skipped": True}])
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
