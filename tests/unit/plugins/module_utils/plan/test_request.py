"""From the results of tasks to verdicts: what a cell did not say is never taken for a success."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs as api
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import request as planning
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import ACCOUNT, NAME, REGION, FakeCell, FakeDrs, instance_id, server_id, stamp

OTHER = "orders.us-west-2"
DEFAULTS = {key: spec.get("default") for key, spec in planning.PLAN_SPEC.items()}


# -- the plan --------------------------------------------------------------------------------------------------------


def cell_of(count: int, **changes) -> dict:
    aws = FakeDrs()
    for number in range(1, count + 1):
        aws.add_server(number)
    servers = api.source_servers(FakeCell(aws))
    return {
        "cell": NAME,
        "account_id": ACCOUNT,
        "region": REGION,
        "account_types": ["target"],
        "source_servers": servers,
        "recovery_instances": [],
        "jobs": [],
        "error": None,
        "assume_role_arn": None,
        **changes,
    }


def plan(cells=None, **changes) -> dict:
    given = {**DEFAULTS, "name": "shop", "mode": "drill", "now": stamp(), "cells": cells or [cell_of(3)]}
    return planning.plan({**given, **changes})


def test_a_plan_of_everything():
    result = plan()
    assert result["valid"] and not result["changed"]
    assert result["plan"]["summary"]["servers"] == 3
    assert result["confirmation"] == "DRILL shop 3 us-west-2"
    assert result["confirmed"] is False
    assert plan(confirm="DRILL shop 3 us-west-2")["confirmed"] is True
    assert plan(confirm="DRILL shop 4 us-west-2")["confirmed"] is False


def test_options_that_were_not_given_select_nothing():
    """Ansible hands over every suboption, as null when it is not there."""
    selection = {"tags": None, "source_server_ids": [server_id(2)], "applications": None, "waves": None}
    assert plan(selection=selection)["plan"]["summary"]["servers"] == 1


def test_errors_fail_the_plan_with_all_of_them():
    with pytest.raises(DrsError) as caught:
        plan(selection={"source_server_ids": [server_id(8), server_id(9)]})
    assert server_id(8) in caught.value.message and server_id(9) in str(caught.value.details) + caught.value.message


def test_errors_can_be_had_as_data():
    result = plan(selection={"source_server_ids": [server_id(9)]}, fail_on_error=False)
    assert result["valid"] is False
    assert "unknown_id" in [one["code"] for one in result["findings"]]


def test_a_cell_that_was_not_read_is_unknown_not_empty():
    denied = {"code": "AccessDenied", "message": "no", "remedy": "ask"}
    lost = cell_of(0, cell=OTHER, account_id="222222222222", source_servers=None, error=denied)
    result = plan([cell_of(2), lost])
    assert result["plan"]["coverage"] == "unknown"
    assert [one["cell"] for one in result["plan"]["unknown_cells"]] == [OTHER]


# -- a wave ----------------------------------------------------------------------------------------------------------


def wave(*numbers: int, cell: str = NAME, **changes) -> dict:
    return {
        "wave": "1",
        "servers": [
            {"source_server_id": server_id(n), "name": f"web-{n:02}", "cell": cell, "critical": True, **changes}
            for n in numbers
        ],
    }


def entry(number: int, outcome: str, cell: str = NAME, **values) -> dict:
    error = DrsError("launch_failed") if outcome == "failed" else None
    server = {"source_server_id": server_id(number), "name": f"web-{number:02}", "cell": cell, "critical": True}
    return outcomes.server_entry(outcome, server, error=error, **values)


def judge(wave_, launched, waited=None, policy=None) -> dict:
    return planning.judge({"wave": wave_, "launched": launched, "waited": waited or {}, "policy": policy or {}})


def test_a_wave_of_several_cells_that_succeeded():
    whole = {"wave": "1", "servers": wave(1)["servers"] + wave(2, cell=OTHER)["servers"]}
    launched = {
        NAME: {"servers": [entry(1, "in_progress")]},
        OTHER: {"servers": [entry(2, "in_progress", cell=OTHER)]},
    }
    waited = {NAME: {"servers": [entry(1, "launched")]}, OTHER: {"servers": [entry(2, "launched", cell=OTHER)]}}
    verdict = judge(whole, launched, waited)
    assert verdict["proceed"] is True
    assert verdict["summary"]["launched"] == 2
    assert verdict["bad_servers"] == []
    assert "failed" not in verdict, "a module's result must not say that of itself"


def test_what_was_not_waited_for_has_not_succeeded():
    verdict = judge(wave(1), {NAME: {"servers": [entry(1, "in_progress")]}})
    assert verdict["proceed"] is False
    assert verdict["servers"][0]["outcome"] == "in_progress"


def test_a_wait_without_servers_leaves_what_the_launch_said():
    verdict = judge(wave(1), {NAME: {"servers": [entry(1, "failed")]}}, {NAME: {"failed": True, "msg": "crashed"}})
    assert verdict["servers"][0]["outcome"] == "failed"


def test_a_launch_that_was_refused_as_a_whole_is_told_of_its_servers():
    error = {"code": "live_recovery_instance", "message": "web-01 is live", "remedy": "x", "retryable": False}
    verdict = judge(wave(1, 2), {NAME: {"failed": True, "error": error}})
    assert verdict["proceed"] is False
    assert {(one["outcome"], one["error"]["code"], one["wave"]) for one in verdict["servers"]} == {
        ("refused", "live_recovery_instance", "1")
    }


def test_a_launch_that_crashed_is_told_of_its_servers():
    verdict = judge(wave(1), {NAME: {"failed": True, "msg": "MODULE FAILURE"}})
    (one,) = verdict["servers"]
    assert (one["outcome"], one["error"]["code"]) == ("refused", "internal_error")
    assert "MODULE FAILURE" in one["error"]["message"]


@pytest.mark.parametrize("answer", [{}, {NAME: {}}, {NAME: None}, {NAME: {"skipped": True}}, {NAME: {"servers": []}}])
def test_a_silent_cell_is_unknown(answer):
    verdict = judge(wave(1), answer)
    assert verdict["proceed"] is False
    assert [(one["outcome"], one["error"]["code"]) for one in verdict["servers"]] == [("unknown", "outcome_unknown")]


def job(number: int, created: str, status: str, instance: str | None = None) -> dict:
    """A launch of one server, as drs_job_info tells it."""
    own = {"source_server_id": server_id(number), "launch_status": status, "recovery_instance_id": instance}
    return {
        "job_id": f"drsjob-{created}",
        "type": "LAUNCH",
        "batch": "b",
        "initiated_by": "START_DRILL",
        "created_at": created,
        "ended_at": None,
        "active": status == "PENDING",
        "servers": [own],
    }


def test_of_a_cancelled_run_each_server_is_what_its_newest_job_says_after_the_wait():
    read = {NAME: {"jobs": [job(1, "2026-01-01T00:02:00Z", "PENDING"), job(1, "2026-01-01T00:01:00Z", "FAILED")]}}
    ended = {NAME: {"servers": [], "jobs": [job(1, "2026-01-01T00:02:00Z", "LAUNCHED", "i-1")]}}
    (one,) = judge(wave(1), read, ended)["servers"]
    assert (one["outcome"], one["recovery_instance_id"], one["wave"]) == ("launched", "i-1", "1")
    (one,) = judge(wave(1), read)["servers"]
    assert one["outcome"] == "in_progress", "a wait that ran out of time leaves it as it is"


def test_of_a_cancelled_run_a_server_without_a_job_was_not_launched():
    read = {NAME: {"jobs": [job(1, "2026-01-01T00:02:00Z", "LAUNCHED", "i-1")]}}
    verdict = judge(wave(1, 2), read, {NAME: {"skipped": True}})
    assert verdict["summary"]["launched"] == verdict["summary"]["refused"] == 1
    assert verdict["servers"][1]["error"]["code"] == "run_cancelled"
    assert judge(wave(1), {})["servers"][0]["outcome"] == "unknown", "a cell that could not be read says nothing"


def test_an_entry_of_another_cell_does_not_count():
    verdict = judge(wave(1), {OTHER: {"servers": [entry(1, "launched", cell=OTHER)]}})
    assert verdict["servers"][0]["outcome"] == "unknown"


def test_the_policy_judges():
    launched = {NAME: {"servers": [entry(1, "launched"), entry(2, "failed")]}}
    assert judge(wave(1, 2), launched)["code"] == "critical_failed"
    allowed = {"continue_on_failure": True, "max_failures": "50%"}
    assert judge(wave(1, 2), launched, policy=allowed)["proceed"] is True
    assert judge(wave(1, 2, critical=False), launched, policy={"max_failures": "0"})["code"] == "wave_failed"


# -- a clean-up ------------------------------------------------------------------------------------------------------


def standing(number: int, **changes) -> dict:
    return {"recovery_instance_id": instance_id(number), "ec2_instance_state": "RUNNING", "is_drill": True, **changes}


def left(*instances: dict, cell: str = NAME) -> dict:
    return {cell: {"recovery_instances": list(instances)}}


def ended(number: int, outcome: str = "terminated") -> dict:
    return entry(number, outcome, recovery_instance_id=instance_id(number))


def check(started, waited=None, left_=None, run_id="run-1", ids=()) -> dict:
    return planning.check_cleanup(
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
