"""What may be launched and terminated: every combination, and every condition on its own."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from itertools import product

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import launch_checks as guards
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import RUN_TAG

SERVER_ID = "s-11111111111111111"
INSTANCE_ID = "i-0123456789abcdef0"
OTHER_ID = "i-0fedcba9876543210"
JOB_ID = "drsjob-11111111111111111"

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


def instance(**changes):
    return {
        "recovery_instance_id": INSTANCE_ID,
        "source_server_id": SERVER_ID,
        "account_id": "111111111111",
        "region": "us-west-2",
        "ec2_instance_id": INSTANCE_ID,
        "ec2_instance_state": "RUNNING",
        "is_drill": True,
        "job_id": JOB_ID,
        "failback": {"state": "FAILBACK_NOT_STARTED"},
        **changes,
    }


def job(**changes):
    return {
        "job_id": JOB_ID,
        "account_id": "111111111111",
        "region": "us-west-2",
        "initiated_by": "START_DRILL",
        "active": True,
        "type": "LAUNCH",
        "tags": {RUN_TAG: "run-1"},
        "servers": [{"source_server_id": SERVER_ID}],
        **changes,
    }


def codes(findings, severity="error"):
    return [item["code"] for item in findings if item["severity"] == severity]


# -- a launch wipes every earlier recovery instance of the server ----------------------------------------------------


@pytest.mark.parametrize("mode", ["drill", "recovery"])
@pytest.mark.parametrize("is_drill", [True, False, None, "true"])
@pytest.mark.parametrize("typed", [True, False])
def test_live_recoveries_in_every_combination(mode, is_drill, typed):
    for state, failback, direction in product(EC2_STATES, FAILBACK_STATES, ["FAILOVER", "FAILBACK", None, "SIDEWAYS"]):
        standing = instance(is_drill=is_drill, ec2_instance_state=state, failback={"state": failback})
        found = guards.live_recovery(
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
    assert guards.live_recovery([server()], [], "drill") == []
    assert (
        guards.live_recovery([server()], [instance(source_server_id="s-22222222222222222", is_drill=False)], "drill")
        == []
    )


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_every_earlier_instance_is_looked_at_not_only_one(mode):
    live = instance(recovery_instance_id=OTHER_ID, is_drill=False)
    found = guards.live_recovery([server(recovery_instance_id=INSTANCE_ID)], [instance(), live], mode)
    assert [item["recovery_instance_id"] for item in found if item["severity"] == "error"] == [OTHER_ID]


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_one_live_recovery_refuses_and_all_of_them_are_listed(mode):
    ids = ["s-%017d" % number for number in range(3)]
    servers = [server(source_server_id=one) for one in ids]
    live = [instance(source_server_id=one, is_drill=False) for one in ids[1:]]
    found = guards.live_recovery(servers, live, mode)
    assert [item["source_server_id"] for item in found] == ids[1:]


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_recovery_instances_that_were_not_read_refuse_every_server(mode):
    found = guards.live_recovery([server(), server(source_server_id="s-2")], None, mode, [INSTANCE_ID])
    assert codes(found) == ["recovery_instances_unread"] * 2
    assert guards.live_recovery([], None, mode) == []


@pytest.mark.parametrize(
    ("mode", "typed", "refused"), [("drill", 1, True), ("recovery", 0, True), ("recovery", 1, False)]
)
def test_an_instance_that_only_the_server_names_counts_as_live(mode, typed, refused):
    found = guards.live_recovery([server(recovery_instance_id=OTHER_ID)], [], mode, [OTHER_ID] * typed)
    assert codes(found) == ["recovery_instance_unknown"] * refused


@pytest.mark.parametrize("failback", ["absent", None, "FAILBACK_NOT_STARTED", ["state"]])
def test_a_failback_that_is_not_described_is_not_at_rest(failback):
    standing = instance(failback=failback)
    if failback == "absent":
        del standing["failback"]
    assert bool(codes(guards.live_recovery([server()], [standing], "recovery"))) is (failback is not None)


@pytest.mark.parametrize("mode", ["DRILL", "", None, "test"])
def test_an_unknown_mode_refuses(mode):
    assert codes(guards.live_recovery([server()], [], mode)) == ["invalid_option"]


def test_an_id_without_a_value_is_never_typed():
    live = instance(is_drill=False, recovery_instance_id=None)
    assert codes(guards.live_recovery([server()], [live], "recovery", [None])) == ["live_recovery_instance"]


def test_what_this_run_launched_is_adopted_not_wiped():
    launched = instance(is_drill=False)
    assert codes(guards.live_recovery([server()], [launched], "recovery", own_job_ids=[JOB_ID])) == []
    assert codes(guards.live_recovery([server()], [launched], "recovery", own_job_ids=["other"])) != []
    assert codes(guards.live_recovery([server()], [instance(is_drill=False, job_id=None)], "drill", own_job_ids=[None]))


def test_a_failback_is_not_excused_by_being_our_own():
    standing = instance(failback={"state": "FAILBACK_IN_PROGRESS"})
    assert codes(guards.live_recovery([server()], [standing], "recovery", [INSTANCE_ID], [JOB_ID]))


def test_the_finding_names_server_cell_instance_and_state():
    found = guards.live_recovery([server()], [instance(is_drill=False, ec2_instance_state="STOPPED")], "drill")[0]
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
    found = guards.in_active_job([SERVER_ID], [job(active=active, tags=tags)], own)
    assert [(item["severity"], item["code"]) for item in found] == ([(severity, code)] if code else [])
    assert all(JOB_ID in item["message"] and item["source_server_id"] == SERVER_ID for item in found)


def test_jobs_of_other_servers_do_not_matter():
    assert guards.in_active_job(["s-22222222222222222"], [job()]) == []


def test_jobs_that_were_not_read_refuse():
    assert codes(guards.in_active_job([SERVER_ID], None)) == ["jobs_unread"]
    assert guards.in_active_job([], None) == []


# -- terminating -----------------------------------------------------------------------------------------------------

# Each condition: the change that breaks it, and whether a typed id stands in for it.
CONJUNCTS = {
    "is a drill": ({"is_drill": False}, {}, True),
    "is known to be a drill": ({"is_drill": None}, {}, True),
    "is a drill, not nearly": ({"is_drill": "true"}, {}, True),
    "job is known": ({}, None, True),
    "job has an id": ({"job_id": None}, {"job_id": None}, True),
    "job is its own": ({}, {"job_id": "drsjob-22222222222222222"}, True),
    "job is of its account": ({}, {"account_id": "222222222222"}, True),
    "job is of its Region": ({}, {"region": "eu-west-1"}, True),
    "job was a drill": ({}, {"initiated_by": "START_RECOVERY"}, True),
    "job says who began it": ({}, {"initiated_by": None}, True),
    "job carries our tag": ({}, {"tags": {"other": "run-1"}}, True),
    "job has tags": ({}, {"tags": None}, True),
    "job is of this run": ({}, {"tags": {RUN_TAG: "run-2"}}, True),
    "EC2 instance is known": ({"ec2_instance_id": None}, {}, False),
    "is no source machine": ({"ec2_instance_id": "i-00000000000000051"}, {}, False),
    "is no source machine by its own id": (
        {"recovery_instance_id": "i-00000000000000051", "ec2_instance_id": OTHER_ID},
        {},
        False,
    ),
    "no failback": ({"failback": {"state": "FAILBACK_READY_FOR_LAUNCH"}}, {}, False),
    "failback is described": ({"failback": "?"}, {}, False),
    "id is well formed": ({"recovery_instance_id": "ri-1"}, {}, False),
}
SOURCES = ("i-00000000000000051", None)


def allowed(instance_changes, job_changes, typed, run_id="run-1", sources=SOURCES):
    standing = instance(**instance_changes)
    launched_by = None if job_changes is None else job(**job_changes)
    typed_ids = [standing["recovery_instance_id"]] if typed else [OTHER_ID]
    return guards.terminate_allowed(standing, launched_by, run_id, sources, typed_ids)


@pytest.mark.parametrize("typed", [True, False])
def test_our_own_drill_may_go(typed):
    assert allowed({}, {}, typed) == (True, [])


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("name", CONJUNCTS)
def test_each_condition_alone_refuses(name, typed):
    changes, job_changes, typing_helps = CONJUNCTS[name]
    ok, reasons = allowed(changes, job_changes, typed)
    assert ok is (typed and typing_helps)
    assert len(reasons) == (0 if ok else 1)


def test_every_combination_of_conditions():
    names = ["is a drill", "job was a drill", "job carries our tag", "EC2 instance is known", "no failback"]
    for broken in product([False, True], repeat=len(names)):
        changes, job_changes, helps = {}, {}, True
        for name in (one for one, off in zip(names, broken) if off):
            changes.update(CONJUNCTS[name][0])
            job_changes.update(CONJUNCTS[name][1])
            helps = helps and CONJUNCTS[name][2]
        for typed in (True, False):
            ok, reasons = allowed(changes, job_changes, typed)
            assert ok is (not any(broken) or (typed and helps))
            if not typed:
                assert len(reasons) == sum(broken)


def test_any_run_of_this_collection_when_none_is_named():
    assert allowed({}, {"tags": {RUN_TAG: "run-2"}}, False, run_id=None)[0] is True
    assert allowed({}, {"tags": {}}, False, run_id=None)[0] is False


@pytest.mark.parametrize("typed", [True, False])
def test_unknown_source_machines_refuse(typed):
    ok, reasons = allowed({}, {}, typed, sources=None)
    assert (ok, [one["code"] for one in reasons]) == (False, ["source_instances_unknown"])


def test_reasons_can_stand_as_errors_of_a_result():
    _ok, reasons = allowed({"is_drill": False}, {}, False)
    assert reasons[0]["code"] == "not_a_drill"
    assert INSTANCE_ID in reasons[0]["message"]
    assert {"code", "message", "remedy", "retryable"} <= set(reasons[0])


@pytest.mark.parametrize(("is_drill", "code"), [(None, "drill_unknown"), (False, "not_a_drill")])
def test_not_knowing_is_told_apart_from_knowing(is_drill, code):
    assert [one["code"] for one in allowed({"is_drill": is_drill}, {}, False)[1]] == [code]


def test_a_similar_id_is_not_typed():
    standing = instance(is_drill=False)
    assert (
        guards.terminate_allowed(standing, job(), "run-1", [], [INSTANCE_ID.upper(), INSTANCE_ID[:-1], ""])[0] is False
    )


# -- what people type ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mode", "region", "accepted"),
    [
        ("FAILOVER payments 12 us-west-2", "recovery", "us-west-2", True),
        ("  FAILOVER   payments 12 us-west-2\n", "recovery", ["us-west-2"], True),
        ("FAILOVER payments 12 eu-west-1,us-west-2", "recovery", ["us-west-2", "eu-west-1", "us-west-2"], True),
        ("DRILL payments 12 us-west-2", "drill", "us-west-2", True),
        ("TERMINATE payments 12 us-west-2", "terminate", "us-west-2", True),
        ("failover payments 12 us-west-2", "recovery", "us-west-2", False),
        ("DRILL payments 12 us-west-2", "recovery", "us-west-2", False),
        ("FAILOVER orders 12 us-west-2", "recovery", "us-west-2", False),
        ("FAILOVER payments 11 us-west-2", "recovery", "us-west-2", False),
        ("FAILOVER payments 12 eu-west-1", "recovery", "us-west-2", False),
        ("FAILOVER payments 12", "recovery", "us-west-2", False),
        ("yes", "recovery", "us-west-2", False),
        ("", "recovery", "us-west-2", False),
        (None, "recovery", "us-west-2", False),
        (True, "recovery", "us-west-2", False),
    ],
)
def test_the_confirmation_names_plan_count_and_region(text, mode, region, accepted):
    found = guards.confirmation(text, mode, "payments", 12, region)
    assert bool(found) is not accepted
    if found:
        assert "payments 12" in found[0]["message"]


@pytest.mark.parametrize(
    ("text", "mode", "plan", "count", "region"),
    [
        ("STATUS p 1 r", "status", "p", 1, "r"),
        ("FAILOVER 1 r", "recovery", "", 1, "r"),
        ("FAILOVER p 0 r", "recovery", "p", 0, "r"),
        ("FAILOVER p 1", "recovery", "p", 1, []),
        ("FAILOVER p 1 ,r", "recovery", "p", 1, ["", "r"]),
        ("FAILOVER p 1", "recovery", "p", 1, ""),
    ],
)
def test_nothing_can_be_confirmed_without_its_parts(text, mode, plan, count, region):
    assert codes(guards.confirmation(text, mode, plan, count, region)) == ["confirmation_mismatch"]


def test_one_server_can_be_confirmed():
    assert guards.confirmation("FAILOVER p 1 r", "recovery", "p", 1, "r") == []


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            "source_server",
            SERVER_ID,
            ["s-1", "s-111111111111111111", "S-11111111111111111", " " + SERVER_ID, SERVER_ID + "\n"],
        ),
        ("recovery_instance", INSTANCE_ID, ["ri-1", "i-0123", "i-0123456789abcdefg"]),
        ("job", JOB_ID, ["drsjob-1", "job-11111111111111111"]),
        ("snapshot", "pit-11111111111111111", ["snap-11111111111111111", "pit-1"]),
        ("account", "012345678901", ["12345678901", 12345678901, "01234567890a"]),
        ("region", "us-gov-west-1", ["us-west", "US-WEST-2", "us-west-2a"]),
        ("run", "drill-2026.11/01", ["", " x", "x y", "x" * 129, "é"]),
    ],
)
def test_malformed_ids_are_named(kind, good, bad):
    assert guards.valid_id(kind, good) == []
    for value in [*bad, None, 7, ["x"]]:
        found = guards.valid_id(kind, value)
        assert codes(found) == ["malformed_id"]
        assert (str(value).strip()[:60] if value else "nothing") in found[0]["message"]


def test_repeated_ids_are_named_once_with_their_number():
    found = guards.duplicate_ids(["a", "b", "a", "a", "c", "b"])
    assert [(item["source_server_id"], item["details"]["times"]) for item in found] == [("a", 3), ("b", 2)]
    assert guards.duplicate_ids(["a", "b"]) == []
