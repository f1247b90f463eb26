"""Test the guards of a failback against every state of the two cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import ending_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import clean_up

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import client_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG

A1, B3, A4, OTHER = (f"i-{letter * 17}" for letter in "abcd")
B1_ID, A2_ID = "s-" + "1" * 17, "s-" + "2" * 17
B1_ARN = f"arn:aws:drs:us-west-2:444444444444:source-server/{B1_ID}"
A2_ARN = f"arn:aws:drs:us-east-1:111111111111:source-server/{A2_ID}"
RUN = "run-1"
JOB = {"job_id": "drsjob-" + "1" * 17, "type": "LAUNCH", "initiated_by": "START_RECOVERY", "run_id": None}
VOUCHED = {"validated": [A4], "confirmed": True, "typed": [], "source_instance_ids": {A4}}


def server(machine: str = A1, state: str = "CONTINUOUS", **more: Any) -> dict[str, Any]:
    return {
        "source_server_id": B1_ID,
        "arn": B1_ARN,
        "name": "web",
        "account_id": "444444444444",
        "region": "us-west-2",
        "instance_id": machine,
        "origin_account_id": "111111111111",
        "origin_region": "us-east-1",
        "replication_direction": "FAILOVER",
        "replication": {"state": state},
        "reversed_direction_source_server_arn": A2_ARN,
        "extended": False,
        **more,
    }


def machine(which: str, drill: bool | None = False, state: str = "RUNNING", failback: str = "FAILBACK_NOT_STARTED"):
    home = which == A4
    return {
        "recovery_instance_id": which,
        "ec2_instance_id": which,
        "source_server_id": A2_ID if home else B1_ID,
        "account_id": "111111111111" if home else "444444444444",
        "region": "us-east-1" if home else "us-west-2",
        "ec2_instance_state": state,
        "is_drill": drill,
        "job_id": JOB["job_id"],
        "origin_environment": "AWS",
        "failback": {"state": failback},
        "replication": {"state": "NOT_STARTED"},
    }


def made_by(instance: dict[str, Any], run: str | None = RUN) -> dict[str, Any]:
    """The job that launched a drill instance."""
    tags = {RUN_TAG: run} if run else {}
    place = {key: instance[key] for key in ("account_id", "region", "job_id")}
    return {**JOB, **place, "initiated_by": "START_DRILL", "tags": tags, "run_id": run}


def back(state: str = "CONTINUOUS", mode: str | None = None, run: str | None = None, **more: Any) -> dict[str, Any]:
    tags = {checks.MODE_TAG: mode, RUN_TAG: run} if mode else {}
    return {
        "source_server_id": A2_ID,
        "arn": A2_ARN,
        "instance_id": B3,
        "replication_direction": "FAILBACK",
        "replication": {"state": state},
        "tags": tags,
        **more,
    }


def pair(**parts: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "server": server(),
        "instance": machine(B3, failback="FAILBACK_READY_FOR_LAUNCH"),
        "reversed": back(),
        "launched": None,
        "jobs": {"server": None, "reversed": None, "launches": []},
        "original": {
            "cell": "home",
            "account_id": "111111111111",
            "region": "us-east-1",
            "error": None,
            "templates": 1,
        },
    }
    jobs = parts.pop("jobs", {})
    whole.update(parts)
    whole["jobs"].update(jobs)
    return whole


def reversable() -> dict[str, Any]:
    return pair(instance=machine(B3), reversed=None)


def launchable() -> dict[str, Any]:
    return pair()


def protectable() -> dict[str, Any]:
    return pair(launched=machine(A4))


def over(copy_state: str = "CONTINUOUS") -> dict[str, Any]:
    """Launched, validated, confirmed and protected: the clean-up may begin."""
    return pair(
        server=server(A4), launched=machine(A4, failback="FAILBACK_READY_FOR_LAUNCH"), reversed=back(copy_state)
    )


def drilled(copy_state: str = "CONTINUOUS") -> dict[str, Any]:
    """A failback drill of a recovery drill, with its machine in the original cell still there."""
    instance, launched = machine(B3, True, failback="FAILBACK_READY_FOR_LAUNCH"), machine(A4, True)
    jobs = {"made_instance": made_by(instance, "other-run"), "made_launched": made_by(launched)}
    return pair(instance=instance, launched=launched, reversed=back(copy_state, "drill", RUN), jobs=jobs)


GUARDS = {
    "reverse": checks.may_reverse,
    "launch": lambda one, mode: checks.may_launch(one, mode, RUN),
    "protect": lambda one, mode: checks.may_protect(one, mode, VOUCHED),
    "stop": lambda one, mode: ending_checks.may_stop(one, mode, RUN, VOUCHED),
    "terminate": lambda one, mode: ending_checks.may_terminate_instance(one, mode, RUN, VOUCHED),
    "terminate_launched": lambda one, mode: ending_checks.may_terminate_launched(one, mode, RUN),
    "forget": lambda one, mode: ending_checks.may_forget_launched(one, mode, RUN, VOUCHED),
    "remove": lambda one, mode: ending_checks.may_remove(one, mode, RUN),
}
GOOD = {
    ("reverse", "failback"): reversable,
    ("reverse", "drill"): reversable,
    ("launch", "failback"): launchable,
    ("launch", "drill"): lambda: pair(reversed=back(mode="drill", run=RUN)),
    ("protect", "failback"): protectable,
    ("stop", "failback"): over,
    ("stop", "drill"): drilled,
    ("terminate", "failback"): lambda: over("STOPPED"),
    ("terminate", "drill"): lambda: {**drilled("STOPPED"), "launched": None},
    ("terminate_launched", "drill"): lambda: drilled("STOPPED"),
    ("forget", "failback"): lambda: {**over("STOPPED"), "instance": None},
    ("remove", "failback"): lambda: pair(server=server(A4), instance=None, reversed=back("STOPPED")),
    ("remove", "drill"): lambda: pair(instance=None, reversed=back("STOPPED", "drill", RUN)),
}


@pytest.mark.parametrize(("name", "mode"), GOOD, ids=str)
def test_what_is_in_order_may_be_done(name, mode):
    assert GUARDS[name](GOOD[name, mode](), mode) == []


@pytest.mark.parametrize("mode", checks.MODES)
def test_only_a_new_copy_needs_a_template(mode):
    bare = reversable()
    bare["original"] = {**bare["original"], "templates": 0}
    assert [one["code"] for one in checks.may_reverse(bare, mode)] == ["no_replication_template"]
    bare["reversed"] = back("STOPPED", mode, RUN)
    assert checks.may_reverse(bare, mode) == []


# What is wrong -> where it is set. Every guard named must refuse for it, whatever else is in order.
WRONG: dict[str, tuple[tuple[str, ...], Any, tuple[tuple[str, str], ...]]] = {
    "unknown server": (("server",), None, tuple(GOOD)),
    "origin unknown": (
        ("instance", "origin_environment"),
        None,
        (("reverse", "failback"), ("launch", "failback"), ("protect", "failback"), ("terminate", "failback")),
    ),
    "from outside AWS": (
        ("instance", "origin_environment"),
        "ON_PREMISES",
        (("reverse", "failback"), ("launch", "failback"), ("protect", "failback"), ("terminate", "failback")),
    ),
    "original cell unknown": (("original",), None, tuple(GOOD)),
    "original cell unread": (("original", "error"), {"code": "AccessDenied", "message": "no"}, tuple(GOOD)),
    "a drill instead of a recovery": (
        ("instance", "is_drill"),
        True,
        tuple(key for key in GOOD if key[1] == "failback" and key[0] not in ("forget", "remove")),
    ),
    "nobody knows whether it is a drill": (
        ("instance", "is_drill"),
        None,
        tuple(key for key in GOOD if key[1] == "failback" and key[0] not in ("forget", "remove")),
    ),
    "no template": (("original", "templates"), 0, (("reverse", "failback"), ("reverse", "drill"))),
    "machine stopped": (("instance", "ec2_instance_state"), "STOPPED", (("reverse", "failback"),)),
    "machine gone": (("instance", "ec2_instance_state"), "TERMINATED", (("reverse", "failback"), ("launch", "drill"))),
    "the server itself is reversed": (
        ("server", "replication_direction"),
        "FAILBACK",
        (("reverse", "failback"), ("protect", "failback"), ("stop", "failback"), ("terminate", "failback")),
    ),
    "from its own cell": (
        ("original",),
        {"account_id": "444444444444", "region": "us-west-2", "error": None, "templates": 1, "cell": "away"},
        (("reverse", "failback"), ("reverse", "drill")),
    ),
    "server in a job": (
        ("jobs", "server"),
        JOB,
        tuple((name, mode) for name, mode in GOOD if name in ("reverse", "protect", "terminate")),
    ),
    "copy in a job": (
        ("jobs", "reversed"),
        JOB,
        tuple((name, mode) for name, mode in GOOD if name not in ("reverse", "terminate")),
    ),
    "no copy": (("reversed",), None, tuple(key for key in GOOD if key[0] not in ("reverse", "terminate"))),
    "nothing shows what became of the data": (("reversed",), None, (("terminate", "failback"),)),
    "a copy of another machine": (
        ("reversed", "instance_id"),
        OTHER,
        tuple((name, mode) for name, mode in GOOD if name in ("launch", "protect", "stop")),
    ),
    "a copy that is no copy": (
        ("reversed", "replication_direction"),
        "FAILOVER",
        tuple((name, mode) for name, mode in GOOD if name in ("launch", "protect", "stop", "remove")),
    ),
    "the copy is the server": (("reversed", "arn"), B1_ARN, (("stop", "failback"), ("remove", "failback"))),
    "still copying": (("reversed", "replication"), {"state": "INITIAL_SYNC"}, (("launch", "failback"),)),
    "lagging": (("reversed", "replication"), {"state": "BACKLOG"}, (("launch", "failback"), ("launch", "drill"))),
    "not ready by the recovery instance": (
        ("instance", "failback"),
        {"state": "FAILBACK_NOT_READY_FOR_LAUNCH"},
        (("launch", "failback"),),
    ),
    "failback error": (("instance", "failback"), {"state": "FAILBACK_ERROR"}, (("launch", "failback"),)),
    "reverse replication runs": (
        ("reversed", "replication"),
        {"state": "CONTINUOUS"},
        tuple(key for key in GOOD if key[0] in ("terminate", "terminate_launched", "forget", "remove")),
    ),
    "a live machine in the original cell": (
        ("launched",),
        machine(A4),
        (("launch", "failback"), ("launch", "drill"), ("stop", "drill"), ("remove", "failback")),
    ),
    "nothing in the original cell": (
        ("launched",),
        None,
        (("protect", "failback"), ("stop", "failback"), ("terminate", "failback")),
    ),
    "gone in the original cell": (
        ("launched", "ec2_instance_state"),
        "TERMINATED",
        (("protect", "failback"), ("stop", "failback"), ("terminate", "failback"), ("forget", "failback")),
    ),
    "stopped in the original cell": (
        ("launched", "ec2_instance_state"),
        "STOPPED",
        (("protect", "failback"), ("stop", "failback"), ("terminate", "failback")),
    ),
    "a drill in the original cell": (
        ("launched", "is_drill"),
        True,
        (("protect", "failback"), ("stop", "failback"), ("terminate", "failback"), ("forget", "failback")),
    ),
    "of another server in the original cell": (("launched", "source_server_id"), B1_ID, (("protect", "failback"),)),
    "reversed already in the original cell": (
        ("launched", "failback"),
        {"state": "FAILBACK_IN_PROGRESS"},
        (("protect", "failback"),),
    ),
    "an extended copy": (("server", "extended"), True, (("protect", "failback"),)),
    "not in step again": (
        ("server", "replication"),
        {"state": "INITIAL_SYNC"},
        (("stop", "failback"), ("terminate", "failback"), ("forget", "failback")),
    ),
    "the serving machine is the source": (("server", "instance_id"), B3, (("terminate", "drill"),)),
    "another drill's": (
        ("reversed", "tags"),
        {checks.MODE_TAG: "drill", RUN_TAG: "run-2"},
        (("launch", "failback"), ("launch", "drill"), ("stop", "drill"), ("terminate", "drill"), ("remove", "drill")),
    ),
    "a failback's": (
        ("reversed", "tags"),
        {checks.MODE_TAG: "failback", RUN_TAG: RUN},
        (("launch", "drill"), ("stop", "drill"), ("terminate", "drill"), ("terminate_launched", "drill")),
    ),
    "nobody's": (
        ("reversed", "tags"),
        {},
        (("launch", "drill"), ("stop", "drill"), ("terminate", "drill"), ("remove", "drill")),
    ),
    "it serves": (("instance", "is_drill"), False, (("terminate", "drill"),)),
    "launched by somebody": (("jobs", "made_instance"), None, (("terminate", "drill"),)),
    "launched in the original cell by somebody": (("jobs", "made_launched"), None, (("terminate_launched", "drill"),)),
    "recovery instance stands": (
        ("instance",),
        machine(B3),
        (("forget", "failback"), ("remove", "failback"), ("remove", "drill")),
    ),
    "record in the original cell stands": (("launched",), machine(A4, state="TERMINATED"), (("remove", "failback"),)),
}
CASES = [(what, name, mode) for what, (_path, _value, named) in WRONG.items() for name, mode in named]


@pytest.mark.parametrize(("what", "name", "mode"), CASES, ids=["-".join(one) for one in CASES])
def test_one_thing_that_is_wrong_refuses(what, name, mode):
    path, value, _named = WRONG[what]
    one = copy.deepcopy(GOOD[name, mode]())
    target = one
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    found = GUARDS[name](one, mode)
    assert found and all(item["severity"] == "error" for item in found)


def test_no_launch_where_the_copy_names_an_instance_that_was_not_listed():
    one = launchable()
    one["reversed"]["recovery_instance_id"] = A4
    assert [each["code"] for each in checks.may_launch(one, "failback", RUN)] == ["recovery_instance_unlisted"]
    one["launched"] = machine(A4, drill=True)
    assert checks.may_launch(one, "failback", RUN) == []


@pytest.mark.parametrize(
    "missing", [{"validated": []}, {"validated": [OTHER]}, {"confirmed": False}, {"confirmed": "yes"}]
)
@pytest.mark.parametrize("name", ["protect", "stop", "terminate", "forget"])
def test_nothing_final_without_the_word_of_a_person(name, missing):
    one, vouched = GOOD[name, "failback"](), {**VOUCHED, **missing}
    call = {
        "protect": lambda: checks.may_protect(one, "failback", vouched),
        "stop": lambda: ending_checks.may_stop(one, "failback", RUN, vouched),
        "terminate": lambda: ending_checks.may_terminate_instance(one, "failback", RUN, vouched),
        "forget": lambda: ending_checks.may_forget_launched(one, "failback", RUN, vouched),
    }[name]
    assert call()[0]["code"] in ("failback_not_validated", "failback_not_confirmed")


@pytest.mark.parametrize("sources", [None, {B3}])
def test_a_machine_that_is_or_may_be_a_source_stays(sources):
    vouched = {**VOUCHED, "source_instance_ids": sources}
    codes = [one["code"] for one in ending_checks.may_terminate_instance(over("STOPPED"), "failback", RUN, vouched)]
    assert codes == ["source_instances_unknown" if sources is None else "source_instance"]


def test_only_unprotected_when_that_was_asked_for():
    unprotected = pair(launched=machine(A4), reversed=back())
    assert ending_checks.may_stop(unprotected, "failback", RUN, VOUCHED)[0]["code"] == "not_protected"
    assert ending_checks.may_stop(unprotected, "failback", RUN, {**VOUCHED, "require_protected": False}) == []


def test_a_typed_id_stands_in_for_the_job_of_a_drill_and_for_nothing_else():
    one = {**drilled("STOPPED"), "launched": None}
    one["jobs"]["made_instance"] = None
    typed = {**VOUCHED, "typed": [B3]}
    assert ending_checks.may_terminate_instance(one, "drill", RUN, typed) == []
    one["instance"]["is_drill"] = False
    assert [item["code"] for item in ending_checks.may_terminate_instance(one, "drill", RUN, typed)] == [
        "serving_instance"
    ]


# -- every combination ------------------------------------------------------------------------------------------------
INSTANCES = [None, *(machine(B3, drill) for drill in (True, False, None)), machine(B3, False, "TERMINATED")]
COPIES = [
    None,
    *(
        back(state, mode, run)
        for state in ("INITIAL_SYNC", "CONTINUOUS", "STOPPED")
        for mode, run in ((None, None), ("drill", RUN), ("drill", "run-2"), ("failback", RUN))
    ),
]
LAUNCHED = [
    None,
    *(machine(A4, drill) for drill in (True, False, None)),
    machine(A4, False, "TERMINATED"),
    machine(A4, False, "RUNNING", "FAILBACK_IN_PROGRESS"),
]
SERVERS = [server(A1), server(A4), server(A4, "INITIAL_SYNC"), server(B3)]
WORDS = {
    "drill": [VOUCHED],
    "failback": [VOUCHED, {**VOUCHED, "validated": []}, {**VOUCHED, "confirmed": False}],
}


def combinations():
    for instance, copied, launched, protected in itertools.product(INSTANCES, COPIES, LAUNCHED, SERVERS):
        jobs = {"server": None, "reversed": None, "launches": []}
        jobs["made_instance"] = made_by(instance) if instance and instance["is_drill"] else None
        jobs["made_launched"] = made_by(launched) if launched and launched["is_drill"] else None
        yield pair(server=protected, instance=instance, reversed=copied, launched=launched, jobs=jobs)


def test_no_combination_loses_a_machine_that_may_serve():
    """Both modes, every state of the two cells, every word a person may have given or not."""
    allowed: dict[tuple[str, str], int] = {}
    for one in combinations():
        for mode in checks.MODES:
            for vouched in WORDS[mode]:
                passing = {
                    "protect": not checks.may_protect(one, mode, vouched),
                    "stop": not ending_checks.may_stop(one, mode, RUN, vouched),
                    "terminate": not ending_checks.may_terminate_instance(one, mode, RUN, vouched),
                    "terminate_launched": not ending_checks.may_terminate_launched(one, mode, RUN),
                }
                for name, passed in passing.items():
                    if passed:
                        allowed[name, mode] = allowed.get((name, mode), 0) + 1
                        judge(one, mode, vouched, name)
    assert set(allowed) == {
        ("protect", "failback"),
        ("stop", "failback"),
        ("stop", "drill"),
        ("terminate", "failback"),
        ("terminate", "drill"),
        ("terminate_launched", "drill"),
    }


def judge(one: dict[str, Any], mode: str, vouched: dict[str, Any], name: str) -> None:
    """What must be true of a state in which a call is allowed; written without the guards' own words."""
    protected, instance, copied, launched = one["server"], one["instance"], one["reversed"], one["launched"]
    if mode == "drill":
        if name == "terminate":
            assert instance["is_drill"] is True and protected["instance_id"] != B3
        if copied is not None:
            assert copied["tags"].get(RUN_TAG) == RUN and copied["tags"].get(checks.MODE_TAG) == "drill"
        assert name != "terminate_launched" or launched["is_drill"] is True
        assert launched is None or launched["ec2_instance_state"] == "TERMINATED" or launched["is_drill"] is True
        return
    assert launched["ec2_instance_state"] == "RUNNING" and launched["is_drill"] is False
    assert vouched["validated"] == [A4] and vouched["confirmed"] is True
    assert instance is None or instance["is_drill"] is False
    if name != "protect":
        assert protected["instance_id"] == A4 and protected["replication"]["state"] == "CONTINUOUS"
    if name == "terminate":
        assert copied["replication"]["state"] in ("STOPPED", "DISCONNECTED")


def test_a_launch_is_never_before_ready():
    for one in combinations():
        for mode in checks.MODES:
            if not checks.may_launch(one, mode, RUN):
                assert one["reversed"]["replication"]["state"] == "CONTINUOUS"
                assert one["launched"] is None or one["launched"]["is_drill"] is True or not alive(one["launched"])


# -- machines from outside AWS ----------------------------------------------------------------------------------------
def outside(state: str = "FAILBACK_READY_FOR_LAUNCH", **more: Any) -> dict[str, Any]:
    instance = {**machine(B3, failback=state), "origin_environment": "ON_PREMISES", **more}
    return pair(server=server(None, origin_account_id=None, origin_region=None), instance=instance, reversed=None)


def test_the_client_launches_when_it_is_ready_and_only_then():
    assert client_checks.may_start_client_launch(outside(), "failback") == []
    for state in ("FAILBACK_NOT_STARTED", "FAILBACK_IN_PROGRESS", "FAILBACK_COMPLETED", "FAILBACK_ERROR", None):
        assert client_checks.may_start_client_launch(outside(state), "failback")
    codes = [one["code"] for one in client_checks.may_start_client_launch(outside(), "drill")]
    assert codes == ["no_drill_on_premises"]
    assert client_checks.may_start_client_launch(outside(is_drill=True), "failback")[0]["code"] == "not_failed_over"
    assert client_checks.may_start_client_launch(launchable(), "failback")[0]["code"] == "aws_origin"


def test_the_client_is_stopped_while_it_works():
    assert client_checks.may_stop_client(outside("FAILBACK_IN_PROGRESS")) == []
    assert client_checks.may_stop_client(outside("FAILBACK_COMPLETED"))[0]["code"] == "failback_not_running"
    assert client_checks.may_stop_client(launchable())[0]["code"] == "aws_origin"


def test_the_recovery_instance_goes_when_the_machine_outside_carries_on():
    done, vouched = outside("FAILBACK_COMPLETED"), {"validated": [B3], "confirmed": True}
    assert client_checks.may_terminate_after_client(done, "failback", vouched) == []
    wrong = [
        (outside("FAILBACK_READY_FOR_LAUNCH"), "failback", vouched, "not_launched"),
        (done, "drill", vouched, "no_drill_on_premises"),
        (done, "failback", {**vouched, "validated": []}, "failback_not_validated"),
        (done, "failback", {**vouched, "confirmed": False}, "failback_not_confirmed"),
        ({**done, "server": server(None, "STALLED")}, "failback", vouched, "not_protected"),
        (over("STOPPED"), "failback", vouched, "aws_origin"),
    ]
    for one, mode, given, code in wrong:
        assert code in {item["code"] for item in client_checks.may_terminate_after_client(one, mode, given)}


# -- stages -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("found", "one"),
    [
        ("not_started", reversable()),
        ("synchronizing", pair(reversed=back("INITIAL_SYNC"))),
        ("synchronizing", pair(instance=machine(B3, failback="FAILBACK_NOT_READY_FOR_LAUNCH"))),
        ("synchronizing", pair(instance=machine(B3, failback="FAILBACK_UNDER_REVIEW"))),
        ("synchronizing", pair(reversed=back("BACKLOG"))),
        ("ready", pair(instance=machine(B3, failback="FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"))),
        ("ready", pair(instance=machine(B3, failback=None))),
        ("ready", launchable()),
        ("launching", pair(jobs={"reversed": JOB})),
        ("launched", protectable()),
        ("protected", over()),
        ("cleaning", over("STOPPED")),
        ("cleaning", {**over("STOPPED"), "instance": None}),
        ("cleaning", pair(instance=None, reversed=back("DISCONNECTED"))),
        ("cleaned", pair(instance=None, reversed=None)),
        ("stopped", pair(reversed=back("STOPPED"))),
        ("error", pair(instance=machine(B3, failback="FAILBACK_ERROR"))),
        ("error", pair(instance=machine(B3, failback="FAILBACK_IN_PROGRESS"), reversed=None)),
        ("not_started", outside("FAILBACK_NOT_STARTED")),
        ("synchronizing", outside("FAILBACK_IN_PROGRESS")),
        ("ready", outside()),
        ("launched", outside("FAILBACK_COMPLETED")),
        ("error", outside("FAILBACK_LAUNCH_STATE_NOT_AVAILABLE")),
        ("cleaned", outside(ec2_instance_state="TERMINATED")),
    ],
)
def test_the_stage_that_is_found(found, one):
    assert failback_stage.stage(one) == found
    assert failback_stage.next_step(one, False) and failback_stage.next_step(one, True)


def test_a_stage_behind_is_known_by_the_machine_that_is_protected():
    given = {"original_instance_id": A1, "recovery_instance_id": B3}
    home = pair(server=server(A4), instance=None, reversed=None)
    assert failback_stage.passed(home, given, None)
    assert not failback_stage.passed(pair(instance=None, reversed=None), given, None), "the original is protected still"
    assert not failback_stage.passed(home, {}, None), "never a part of this run"
    assert not failback_stage.passed(over(), given, None), "both sides still run"
    kept = pair(reversed=back("STOPPED", "drill", RUN))
    assert failback_stage.passed(kept, given, True) and not failback_stage.passed(kept, given, False)


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ({"server": server(A4), "launched": machine(A4)}, ""),
        ({"server": server(A1), "launched": machine(A4, failback="FAILBACK_READY_FOR_LAUNCH")}, ""),
        ({"server": server(A1), "launched": machine(A4)}, "still names %s" % A1),
        ({"server": server(A1), "launched": machine(A4, failback="FAILBACK_IN_PROGRESS")}, "still names %s" % A1),
        (
            {"server": {**server(A4), "replication": {"state": "INITIAL_SYNC"}}, "launched": machine(A4)},
            "replication of its source server is INITIAL_SYNC",
        ),
        (
            {"server": {**server(A4), "replication_direction": "FAILBACK"}, "launched": machine(A4)},
            "direction FAILBACK",
        ),
    ],
    ids=["named", "said of the machine", "neither", "on its way", "not in step", "direction"],
)
def test_any_sufficient_proof_of_protection_counts_and_what_is_missing_is_named(parts, missing):
    one = pair(**parts, reversed=back())
    assert failback_stage.protected(one) is (not missing)
    assert missing in failback_stage.protection_missing(one) and bool(failback_stage.protection_missing(one)) == bool(
        missing
    )
    refused = {found["code"] for found in ending_checks.may_stop(one, "failback", RUN, VOUCHED)}
    assert ("not_protected" in refused) is bool(missing)


def test_a_machine_that_shuts_down_is_not_gone():
    """Its job may still fail, and then it runs again."""
    for origin in ("AWS", "ON_PREMISES"):
        instance = {**machine(B3, state="SHUTTING-DOWN"), "origin_environment": origin}
        one = pair(instance=instance, launched=machine(A4), server=server(A4), reversed=back("STOPPED"))
        assert clean_up.step_of(one, False) == clean_up.WAIT
        assert failback_stage.stage(one) == "cleaning"
    forget = ending_checks.may_forget_launched(one, "failback", RUN, VOUCHED)
    assert "cleanup_out_of_order" in {found["code"] for found in forget}


def test_words_of_the_console():
    assert [failback_stage.word(one) for one in ("FAILBACK_READY_FOR_LAUNCH", None, "SOMETHING_NEW")] == [
        "Ready",
        "Not started",
        "Unknown",
    ]
