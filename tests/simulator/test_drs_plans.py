"""Recovery plans and their executions: UG:recovery-plans-*, and what botocore's model says of them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.drs_cell import ACCOUNT, REGION, Cell, advance, fresh, ledger, refused, settings

HOUR = 3600


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


def arn_of(server: str) -> str:
    return f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{server}"


def servers(*ids: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """The configuration of a server step."""
    chosen = [{"serverArn": arn_of(one), **({"impactLevel": "OPTIONAL"} if one in optional else {})} for one in ids]
    return {"serverStepConfiguration": {"servers": chosen}}


def wait(minutes: int) -> dict[str, Any]:
    return {"waitStepConfiguration": {"waitDurationMinutes": minutes}}


def make(cell: Cell, *configurations: dict[str, Any], name: str = "tiers") -> str:
    """A plan with these steps; its ARN."""
    plan = cell.drs.create_recovery_plan(name=name)["recoveryPlan"]["recoveryPlanArn"]
    for number, configuration in enumerate(configurations, 1):
        step(cell, plan, configuration, name=f"step {number}")
    return str(plan)


def step(cell: Cell, plan: str, configuration: dict[str, Any], name: str = "step", **more: Any) -> str:
    made = cell.drs.create_recovery_plan_step(recoveryPlanArn=plan, stepName=name, configuration=configuration, **more)
    return str(made["recoveryPlanStep"]["recoveryPlanStepArn"])


def start(cell: Cell, plan: str, mode: str = "DRILL", **more: Any) -> str:
    made = cell.drs.start_recovery_plan_execution(recoveryPlanArn=plan, mode=mode, **more)
    return str(made["recoveryPlanExecution"]["recoveryPlanExecutionArn"])


def status(cell: Cell, execution: str) -> str:
    found = cell.drs.get_recovery_plan_execution(recoveryPlanExecutionArn=execution)["recoveryPlanExecution"]
    return str(found["status"])


def steps(cell: Cell, execution: str) -> list[dict[str, Any]]:
    found = cell.drs.list_recovery_plan_execution_steps(recoveryPlanExecutionArn=execution)
    return list(found["recoveryPlanExecutionSteps"])


def statuses(cell: Cell, execution: str) -> list[str]:
    return [each["status"] for each in steps(cell, execution)]


# ----------------------------------------------------------------------------------------------------- plan and steps
def test_a_plan_is_made_empty_and_becomes_active_with_a_server_step(cell: Cell) -> None:
    """UG:recovery-plans-creating, -managing: INVALID without a server step; a wait step does not make it valid."""
    answer = cell.drs.create_recovery_plan(name="tiers", description="d", tags={"a": "b"}, clientToken="t")
    plan = answer["recoveryPlan"]
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], plan["status"]) == (201, "INVALID")
    again = cell.drs.create_recovery_plan(name="tiers", clientToken="t")["recoveryPlan"]
    assert again["recoveryPlanArn"] == plan["recoveryPlanArn"]
    step(cell, plan["recoveryPlanArn"], servers(cell.seed()))
    found = cell.drs.list_recovery_plans()["recoveryPlans"]
    assert [(one["name"], one["status"]) for one in found] == [("tiers", "ACTIVE")]
    tagged = cell.drs.list_tags_for_resource(resourceArn=plan["recoveryPlanArn"])
    assert tagged["tags"] == {"a": "b"}


def test_a_name_is_free_only_once(cell: Cell) -> None:
    plan, other = make(cell), make(cell, name="other")
    assert refused(cell.drs.create_recovery_plan, name="tiers")["code"] == "ConflictException"
    assert refused(cell.drs.update_recovery_plan, recoveryPlanArn=other, name="tiers")["status"] == 409
    assert cell.drs.update_recovery_plan(recoveryPlanArn=plan, name="tiers", description="x")["recoveryPlan"]


def test_steps_are_inserted_moved_and_numbered_without_gaps(cell: Cell) -> None:
    one, two, three = cell.seeds(3)
    plan = make(cell, servers(one), servers(two))
    between = step(cell, plan, wait(5), name="pause", stepOrder=2)
    listed = cell.drs.list_recovery_plan_steps(recoveryPlanArn=plan)["recoveryPlanSteps"]
    assert [(each["stepOrder"], each["stepName"]) for each in listed] == [(1, "step 1"), (2, "pause"), (3, "step 2")]
    arns = [each["recoveryPlanStepArn"] for each in listed]
    moved = cell.drs.reorder_recovery_plan_steps(recoveryPlanArn=plan, orderedStepArns=[arns[2], arns[0], arns[1]])
    assert [each["stepName"] for each in moved["recoveryPlanSteps"]] == ["step 2", "step 1", "pause"]
    cell.drs.delete_recovery_plan_step(recoveryPlanStepArn=arns[0])
    found = cell.drs.get_recovery_plan_step(recoveryPlanStepArn=between)["recoveryPlanStep"]
    assert found["stepOrder"] == 2
    changed = cell.drs.update_recovery_plan_step(recoveryPlanStepArn=between, configuration=wait(9), stepName="long")
    assert changed["recoveryPlanStep"]["configuration"] == wait(9)
    changed = cell.drs.update_recovery_plan_step(recoveryPlanStepArn=arns[2], configuration=servers(three))
    assert changed["recoveryPlanStep"]["configuration"]["serverStepConfiguration"]["servers"] == [
        {"serverArn": arn_of(three), "impactLevel": "CRITICAL"}
    ]


def test_steps_that_are_refused(cell: Cell) -> None:
    """BM and UG: a wait first, a server twice, elsewhere or unknown, both kinds, another kind, a gap, an odd order."""
    one, two = cell.seeds(2)
    plan = make(cell, servers(one))
    mine = cell.drs.list_recovery_plan_steps(recoveryPlanArn=plan)["recoveryPlanSteps"][0]["recoveryPlanStepArn"]

    def asked(configuration: dict[str, Any], **more: Any) -> str:
        call = cell.drs.create_recovery_plan_step
        return str(refused(call, recoveryPlanArn=plan, stepName="x", configuration=configuration, **more)["code"])

    assert asked(wait(5), stepOrder=1) == "ValidationException"
    assert asked(wait(121)) == "ValidationException"
    assert asked(servers(one)) == "ValidationException"
    assert asked(servers(two, two)) == "ValidationException"
    assert asked({**servers(two), **wait(1)}) == "ValidationException"
    assert asked({}) == "ValidationException"
    assert asked(servers(two), stepOrder=3) == "ValidationException"
    assert asked(servers("s-" + "0" * 17)) == "ResourceNotFoundException"
    elsewhere = {"servers": [{"serverArn": arn_of(two).replace(ACCOUNT, "222222222222")}]}
    assert asked({"serverStepConfiguration": elsewhere}) == "ValidationException"
    assert refused(cell.drs.update_recovery_plan_step, recoveryPlanStepArn=mine, configuration=wait(5))["status"] == 400
    assert refused(cell.drs.reorder_recovery_plan_steps, recoveryPlanArn=plan, orderedStepArns=[mine, mine])["code"]


def test_quotas_of_a_plan(cell: Cell) -> None:
    """UG:recovery-plans-quotas: 20 steps, 100 servers in all of them."""
    plan = make(cell, servers(*cell.seeds(100)))
    one = cell.seed("more")
    call = cell.drs.create_recovery_plan_step
    error = refused(call, recoveryPlanArn=plan, stepName="x", configuration=servers(one))
    assert (error["code"], error["status"]) == ("ServiceQuotaExceededException", 402)
    for _number in range(19):
        step(cell, plan, wait(1))
    assert refused(call, recoveryPlanArn=plan, stepName="x", configuration=wait(1))["status"] == 402


def test_a_server_of_a_plan_is_not_deleted(cell: Cell) -> None:
    """UG:recovery-plans-managing: remove it from its plans first."""
    server = cell.seed()
    plan = make(cell, servers(server))
    cell.drs.disconnect_source_server(sourceServerID=server)
    assert refused(cell.drs.delete_source_server, sourceServerID=server)["code"] == "ConflictException"
    cell.drs.delete_recovery_plan(recoveryPlanArn=plan)
    cell.drs.delete_source_server(sourceServerID=server)


# -------------------------------------------------------------------------------------------------------- executions
def test_runs_step_after_step_and_waits_between(cell: Cell) -> None:
    """UG:recovery-plans-monitoring: CREATED, IN_PROGRESS, COMPLETED; steps EXECUTING, WAITING, COMPLETED; one job."""
    one, two, three = cell.seeds(3)
    plan = make(cell, servers(one, two), wait(30), servers(three))
    execution = start(cell, plan, tags={"run": "r1"})
    assert (status(cell, execution), statuses(cell, execution)) == ("CREATED", ["NOT_STARTED"] * 3)
    seen = []
    for _minute in range(120):
        advance(60)
        seen.append((status(cell, execution), *statuses(cell, execution)))
    assert list(dict.fromkeys(seen)) == [
        ("IN_PROGRESS", "EXECUTING", "NOT_STARTED", "NOT_STARTED"),
        ("IN_PROGRESS", "COMPLETED", "WAITING", "NOT_STARTED"),
        ("IN_PROGRESS", "COMPLETED", "COMPLETED", "EXECUTING"),
        ("COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED"),
    ]
    assert [one["is_drill"] for one in ledger("launched")] == [True] * 3
    shown = steps(cell, execution)
    jobs = {one["jobID"] for one in shown[0]["configuration"]["executionServerStepConfiguration"]["servers"]}
    assert len(jobs) == 1
    job = cell.job(jobs.pop())
    assert (job["initiatedBy"], job["tags"], len(job["participatingServers"])) == ("START_DRILL", {"run": "r1"}, 2)
    found = cell.drs.get_recovery_plan_execution(recoveryPlanExecutionArn=execution)["recoveryPlanExecution"]
    assert "errorDetail" not in found
    assert found["completedAt"] > found["startedAt"]


def test_a_job_for_each_server_when_so_set(cell: Cell) -> None:
    settings.configure({"plan_jobs": "per_server"})
    execution = start(cell, make(cell, servers(*cell.seeds(3))), mode="RECOVERY")
    advance(HOUR)
    chosen = steps(cell, execution)[0]["configuration"]["executionServerStepConfiguration"]["servers"]
    assert (status(cell, execution), len({one["jobID"] for one in chosen})) == ("COMPLETED", 3)
    assert {one["is_drill"] for one in ledger("launched")} == {False}


def test_validation_at_the_start_is_all_or_nothing(cell: Cell) -> None:
    """UG:recovery-plans-validation: also an optional server fails the whole execution; nothing to retry or skip."""
    good, bad = cell.seed(), cell.seed("bad", state="INITIAL_SYNC", hold=True)
    execution = start(cell, make(cell, servers(good), servers(bad, optional=(bad,))))
    advance(60)
    found = cell.drs.get_recovery_plan_execution(recoveryPlanExecutionArn=execution)["recoveryPlanExecution"]
    assert (found["status"], bad in found["errorDetail"]["message"]) == ("FAILED", True)
    assert (statuses(cell, execution), ledger("launched")) == (["NOT_STARTED"] * 2, [])
    first = steps(cell, execution)[0]["recoveryPlanExecutionStepArn"]
    call = cell.drs.update_recovery_plan_execution_step
    assert refused(call, recoveryPlanExecutionStepArn=first, status="SKIPPED")["code"] == "ConflictException"


def test_validation_at_a_steps_beginning(cell: Cell) -> None:
    """UG: what was sound at the start and is not any more fails its step, whatever the impact level."""
    one, two = cell.seeds(2)
    execution = start(cell, make(cell, servers(one), servers(two, optional=(two,))))
    advance(60)
    cell.backend.set_server(two, state="DISCONNECTED")
    advance(HOUR)
    assert (status(cell, execution), statuses(cell, execution)) == ("FAILED", ["COMPLETED", "FAILED"])


def test_an_optional_failure_passes_and_a_critical_one_does_not(cell: Cell) -> None:
    """UG: critical failure fails step and execution; the rest does not run."""
    one, two, three = cell.seed("a"), cell.seed("b", fail_launch="no room"), cell.seed("c")
    execution = start(cell, make(cell, servers(one, two, optional=(two,)), servers(three)))
    advance(2 * HOUR)
    assert (status(cell, execution), statuses(cell, execution)) == ("COMPLETED", ["COMPLETED"] * 2)
    other = start(cell, make(cell, servers(two, one), servers(three), name="strict"))
    advance(2 * HOUR)
    assert (status(cell, other), statuses(cell, other)) == ("FAILED", ["FAILED", "NOT_STARTED"])


def test_a_failed_step_is_retried_for_its_failed_servers_only(cell: Cell) -> None:
    one, two, three = cell.seed("a"), cell.seed("b", fail_launch="no room"), cell.seed("c")
    execution = start(cell, make(cell, servers(one, two), servers(three)))
    advance(2 * HOUR)
    failed = steps(cell, execution)[0]["recoveryPlanExecutionStepArn"]
    cell.backend.set_server(two, fail_launch=None)
    again = cell.drs.retry_recovery_plan_execution_step(recoveryPlanExecutionStepArn=failed)[
        "recoveryPlanExecutionStep"
    ]
    assert (again["attempt"], again["status"], status(cell, execution)) == (2, "EXECUTING", "IN_PROGRESS")
    advance(2 * HOUR)
    assert (status(cell, execution), statuses(cell, execution)) == ("COMPLETED", ["COMPLETED"] * 2)
    assert sorted(entry["source_server_id"] for entry in ledger("launched")) == sorted([one, two, three])
    call = cell.drs.retry_recovery_plan_execution_step
    assert refused(call, recoveryPlanExecutionStepArn=failed)["code"] == "ConflictException"


def test_a_failed_step_is_skipped(cell: Cell) -> None:
    """UG: an execution with skipped steps is exactly COMPLETED, with a message."""
    one, two = cell.seed("a", fail_launch="no room"), cell.seed("b")
    execution = start(cell, make(cell, servers(one), servers(two)))
    advance(2 * HOUR)
    failed = steps(cell, execution)[0]["recoveryPlanExecutionStepArn"]
    call = cell.drs.update_recovery_plan_execution_step
    assert refused(call, recoveryPlanExecutionStepArn=failed, status="COMPLETED")["code"] == "ValidationException"
    assert refused(call, recoveryPlanExecutionStepArn=failed)["code"] == "ValidationException"
    shown = call(recoveryPlanExecutionStepArn=failed, status="SKIPPED")["recoveryPlanExecutionStep"]
    assert shown["status"] == "SKIPPED"
    advance(2 * HOUR)
    found = cell.drs.get_recovery_plan_execution(recoveryPlanExecutionArn=execution)["recoveryPlanExecution"]
    assert (found["status"], statuses(cell, execution)) == ("COMPLETED", ["SKIPPED", "COMPLETED"])
    assert found["errorDetail"]["message"].startswith("Completed with skipped steps.")


def test_steps_to_come_are_changed(cell: Cell) -> None:
    """BM UpdateRecoveryPlanExecutionStep: servers and wait while NOT_STARTED; the plan itself stays as it is."""
    one, two, three = cell.seeds(3)
    plan = make(cell, servers(one), wait(60), servers(two))
    execution = start(cell, plan)
    arns = [each["recoveryPlanExecutionStepArn"] for each in steps(cell, execution)]
    call = cell.drs.update_recovery_plan_execution_step
    call(recoveryPlanExecutionStepArn=arns[1], waitDurationMinutes=1)
    call(recoveryPlanExecutionStepArn=arns[2], servers=[{"serverArn": arn_of(three)}])
    error = refused(call, recoveryPlanExecutionStepArn=arns[0], waitDurationMinutes=1)
    assert error["code"] == "ValidationException"
    advance(2 * HOUR)
    assert status(cell, execution) == "COMPLETED"
    assert {entry["source_server_id"] for entry in ledger("launched")} == {one, three}
    assert cell.drs.list_recovery_plan_steps(recoveryPlanArn=plan)["recoveryPlanSteps"][1]["configuration"] == wait(60)
    detail = cell.drs.get_recovery_plan_execution_step(recoveryPlanExecutionStepArn=arns[1])
    assert detail["recoveryPlanExecutionStep"]["attempt"] == 1


def test_cancel_lets_the_running_step_finish(cell: Cell) -> None:
    one, two = cell.seeds(2)
    execution = start(cell, make(cell, servers(one), servers(two)))
    advance(60)
    answer = cell.drs.cancel_recovery_plan_execution(recoveryPlanExecutionArn=execution)["recoveryPlanExecution"]
    assert answer["status"] == "CANCELLING"
    call = cell.drs.delete_recovery_plan_execution
    assert refused(call, recoveryPlanExecutionArn=execution)["code"] == "ConflictException"
    advance(HOUR)
    assert (status(cell, execution), statuses(cell, execution)) == ("CANCELLED", ["COMPLETED", "SKIPPED"])
    assert len(ledger("launched")) == 1
    call(recoveryPlanExecutionArn=execution)
    assert refused(cell.drs.get_recovery_plan_execution, recoveryPlanExecutionArn=execution)["status"] == 404


@pytest.mark.parametrize("shown", ["FAILED", "TIMED_OUT"])
def test_ends_after_a_day(cell: Cell, shown: str) -> None:
    """UG: TIMED_OUT, which botocore's enum of executions does not have; the default stays within the model."""
    settings.configure({"plan_timed_out_status": shown})
    execution = start(cell, make(cell, servers(cell.seed("a", stuck=True))))
    advance(25 * HOUR)
    found = cell.backend.plans.executions[execution]
    assert cell.drs.describe_jobs()["items"]
    assert (found.status, [each.status for each in found.steps]) == (shown, ["TIMED_OUT"])


def test_what_keeps_an_execution_from_starting(cell: Cell) -> None:
    """UG:recovery-plans-executing, its table of errors."""
    one, two = cell.seeds(2)
    empty, waiting = make(cell, name="empty"), make(cell, servers(one), wait(1), name="waiting")
    only = cell.drs.list_recovery_plan_steps(recoveryPlanArn=waiting)["recoveryPlanSteps"][0]["recoveryPlanStepArn"]
    cell.drs.delete_recovery_plan_step(recoveryPlanStepArn=only)
    call = cell.drs.start_recovery_plan_execution
    assert "has no steps" in refused(call, recoveryPlanArn=empty, mode="DRILL")["message"]
    assert "is in status INVALID" in refused(call, recoveryPlanArn=waiting, mode="DRILL")["message"]
    plan, other = make(cell, servers(one)), make(cell, servers(one, two), name="other")
    pin = {"sourceServerID": two, "recoverySnapshotID": cell.points(two)[0]["snapshotID"]}
    error = refused(call, recoveryPlanArn=plan, mode="DRILL", sourceServers=[pin])
    assert (error["code"], "not found in plan" in error["message"]) == ("ValidationException", True)
    execution = start(cell, plan, clientToken="t")
    assert start(cell, plan, clientToken="t") == execution
    error = refused(call, recoveryPlanArn=plan, mode="DRILL")
    assert (error["code"], "already active" in error["message"]) == ("ConflictException", True)
    error = refused(call, recoveryPlanArn=other, mode="DRILL")
    assert (error["code"], execution in error["message"]) == ("ConflictException", True)
    assert refused(cell.drs.delete_recovery_plan, recoveryPlanArn=plan)["code"] == "ConflictException"
    advance(HOUR)
    listed = cell.drs.list_recovery_plan_executions(recoveryPlanArn=plan, status="COMPLETED")["recoveryPlanExecutions"]
    assert [one["recoveryPlanExecutionArn"] for one in listed] == [execution]


def test_a_pinned_point_is_used_and_validated_again(cell: Cell) -> None:
    """UG: pinned points are looked for again when their step begins; one that has aged away fails the step."""
    one, two = cell.seeds(2)
    newest = cell.points(one)[-1]
    # Points between two full hours are kept for an hour.
    passing = next(point for point in reversed(cell.points(two)) if point["expectedTimestamp"][14:16] != "00")
    pins = [
        {"sourceServerID": one, "recoverySnapshotID": newest["snapshotID"]},
        {"sourceServerID": two, "recoverySnapshotID": passing["snapshotID"]},
    ]
    execution = start(cell, make(cell, servers(one), wait(120), servers(two)), sourceServers=pins)
    advance(4 * HOUR)
    assert [entry["data_time"][:16] for entry in ledger("launched")] == [newest["expectedTimestamp"][:16]]
    assert (status(cell, execution), statuses(cell, execution)) == ("FAILED", ["COMPLETED", "COMPLETED", "FAILED"])
