"""Test what may be launched: every combination of blocking findings."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import launch_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from support.safety import INSTANCE_ID, JOB_ID, OTHER_ID, SERVER_ID, codes, instance, job

FAILBACK_STATES = {
    None: True,
    "FAILBACK_NOT_STARTED": True,
    "FAILBACK_COMPLETED": True,
    "FAILBACK_IN_PROGRESS": False,
    "FAILBACK_READY_FOR_LAUNCH": False,
    "FAILBACK_NOT_READY_FOR_LAUNCH": False,
    "FAILBACK_ERROR": False,
    "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE": False,
    "FAILBACK_OF_THE_FUTURE": False,
}
EC2_STATES = ("PENDING", "RUNNING", "STOPPING", "STOPPED", "SHUTTING-DOWN", "TERMINATED", "NOT_FOUND", None, "NEW")


def server(**changes):
    return {
        "source_server_id": SERVER_ID,
        "name": "web-01",
        "cell": "payments.us-west-2",
        "replication_direction": "FAILOVER",
        "recovery_instance_id": None,
        **changes,
    }


# -- a launch wipes every earlier recovery instance of the server ----------------------------------------------------


@pytest.mark.parametrize("mode", ["drill", "recovery"])
@pytest.mark.parametrize("is_drill", [True, False, None, "true"])
@pytest.mark.parametrize("typed", [True, False])
def test_live_recoveries_in_every_combination(mode, is_drill, typed):
    for state, failback, direction in product(EC2_STATES, FAILBACK_STATES, ["FAILOVER", "FAILBACK", None, "SIDEWAYS"]):
        standing = instance(is_drill=is_drill, ec2_instance_state=state, failback={"state": failback})
        found = launch_checks.live_recovery(
            [server(replication_direction=direction)], [standing], mode, [INSTANCE_ID] if typed else [OTHER_ID]
        )
        gone = state == "TERMINATED"
        wipes_live = not gone and is_drill is not True
        refusals = {
            "live_recovery_instance": wipes_live and (mode == "drill" or not typed),
            "failback_in_progress": not FAILBACK_STATES[failback],
            "reversed_replication": direction == "FAILBACK",
            "replication_direction_unknown": direction == "SIDEWAYS" or (direction is None and mode == "drill"),
        }
        warnings = {
            "earlier_drill_instance": not gone and is_drill is True,
            "recovery_instance_replaced": wipes_live and mode == "recovery" and typed,
            "replication_direction_unknown": direction is None and mode == "recovery",
        }
        case = (state, failback, direction)
        assert sorted(codes(found)) == sorted(code for code, on in refusals.items() if on), case
        assert sorted(codes(found, "warning")) == sorted(code for code, on in warnings.items() if on), case


def test_a_server_without_recovery_instances_may_launch():
    assert launch_checks.live_recovery([server()], [], "drill") == []
    assert (
        launch_checks.live_recovery(
            [server()], [instance(source_server_id="s-22222222222222222", is_drill=False)], "drill"
        )
        == []
    )


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_every_earlier_instance_is_looked_at_not_only_one(mode):
    live = instance(recovery_instance_id=OTHER_ID, is_drill=False)
    found = launch_checks.live_recovery([server(recovery_instance_id=INSTANCE_ID)], [instance(), live], mode)
    assert [item["recovery_instance_id"] for item in found if item["severity"] == "error"] == [OTHER_ID]


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_one_live_recovery_refuses_and_all_of_them_are_listed(mode):
    ids = ["s-%017d" % number for number in range(3)]
    servers = [server(source_server_id=one) for one in ids]
    live = [instance(source_server_id=one, is_drill=False) for one in ids[1:]]
    found = launch_checks.live_recovery(servers, live, mode)
    assert [item["source_server_id"] for item in found] == ids[1:]


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_recovery_instances_that_were_not_read_refuse_every_server(mode):
    found = launch_checks.live_recovery([server(), server(source_server_id="s-2")], None, mode, [INSTANCE_ID])
    assert codes(found) == ["recovery_instances_unread"] * 2
    assert launch_checks.live_recovery([], None, mode) == []


@pytest.mark.parametrize(
    ("mode", "typed", "refused"), [("drill", 1, True), ("recovery", 0, True), ("recovery", 1, False)]
)
def test_an_instance_that_only_the_server_names_counts_as_live(mode, typed, refused):
    found = launch_checks.live_recovery([server(recovery_instance_id=OTHER_ID)], [], mode, [OTHER_ID] * typed)
    assert codes(found) == ["recovery_instance_unknown"] * refused


@pytest.mark.parametrize("failback", ["absent", None, "FAILBACK_NOT_STARTED", ["state"]])
def test_a_failback_that_is_not_described_is_not_at_rest(failback):
    standing = instance(failback=failback)
    if failback == "absent":
        del standing["failback"]
    assert bool(codes(launch_checks.live_recovery([server()], [standing], "recovery"))) is (failback is not None)


@pytest.mark.parametrize("mode", ["DRILL", "", None, "test"])
def test_an_unknown_mode_refuses(mode):
    assert codes(launch_checks.live_recovery([server()], [], mode)) == ["invalid_option"]


def test_an_id_without_a_value_is_never_typed():
    live = instance(is_drill=False, recovery_instance_id=None)
    assert codes(launch_checks.live_recovery([server()], [live], "recovery", [None])) == ["live_recovery_instance"]


def test_what_this_run_launched_is_adopted_not_wiped():
    launched = instance(is_drill=False)
    assert codes(launch_checks.live_recovery([server()], [launched], "recovery", own_job_ids=[JOB_ID])) == []
    assert codes(launch_checks.live_recovery([server()], [launched], "recovery", own_job_ids=["other"])) != []
    assert codes(
        launch_checks.live_recovery([server()], [instance(is_drill=False, job_id=None)], "drill", own_job_ids=[None])
    )


def test_a_failback_is_not_excused_by_being_our_own():
    standing = instance(failback={"state": "FAILBACK_IN_PROGRESS"})
    assert codes(launch_checks.live_recovery([server()], [standing], "recovery", [INSTANCE_ID], [JOB_ID]))


def test_the_finding_names_server_cell_instance_and_state():
    found = launch_checks.live_recovery([server()], [instance(is_drill=False, ec2_instance_state="STOPPED")], "drill")[
        0
    ]
    for part in ("web-01", SERVER_ID, "payments.us-west-2", INSTANCE_ID, "STOPPED"):
        assert part in found["message"]
    assert found["remedy"]
    assert found["cell"] == "payments.us-west-2"


# -- busy servers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("active", "tags", "own", "severity", "code"),
    [
        (True, {RUN_TAG: "run-1"}, {RUN_TAG: "run-1"}, "warning", "server_in_own_job"),
        (True, {RUN_TAG: "run-2"}, {RUN_TAG: "run-1"}, "error", "server_in_active_job"),
        (True, {}, {RUN_TAG: "run-1"}, "error", "server_in_active_job"),
        (True, None, {RUN_TAG: "run-1"}, "error", "server_in_active_job"),
        (True, {RUN_TAG: "run-1"}, {}, "error", "server_in_active_job"),
        (True, {RUN_TAG: "run-1"}, None, "error", "server_in_active_job"),
        (True, {RUN_TAG: "run-1"}, {RUN_TAG: "run-1", "wave": "2"}, "error", "server_in_active_job"),
        (None, {}, None, "error", "server_in_active_job"),
        (False, {}, None, None, None),
    ],
)
def test_a_server_in_a_job(active, tags, own, severity, code):
    found = launch_checks.in_active_job([SERVER_ID], [job(active=active, tags=tags)], own)
    assert [(item["severity"], item["code"]) for item in found] == ([(severity, code)] if code else [])
    assert all(JOB_ID in item["message"] and item["source_server_id"] == SERVER_ID for item in found)


def test_jobs_of_other_servers_do_not_matter():
    assert launch_checks.in_active_job(["s-22222222222222222"], [job()]) == []


def test_jobs_that_were_not_read_refuse():
    assert codes(launch_checks.in_active_job([SERVER_ID], None)) == ["jobs_unread"]
    assert launch_checks.in_active_job([], None) == []
