"""The operations of recovery plans: request in, members of the output out. responses.py makes HTTP of them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import exceptions as errors
from .models import DrsBackend
from .plans.execution import Execution, ExecutionStep


def create_recovery_plan(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """CreateRecoveryPlan."""
    return {"recoveryPlan": backend.plans.create(now, params).to_wire()}


def get_recovery_plan(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """GetRecoveryPlan."""
    return {"recoveryPlan": backend.plans.plan(params["recoveryPlanArn"]).to_wire()}


def list_recovery_plans(response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """ListRecoveryPlans."""
    found = [plan.summary() for plan in backend.plans.plans.values()]
    return response.listing("ListRecoveryPlans", found, params, "recoveryPlans")


def update_recovery_plan(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """UpdateRecoveryPlan."""
    return {"recoveryPlan": backend.plans.update(now, params).to_wire()}


def delete_recovery_plan(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """DeleteRecoveryPlan."""
    backend.plans.delete(params["recoveryPlanArn"])
    return {"recoveryPlanArn": params["recoveryPlanArn"]}


# ----------------------------------------------------------------------------------------------------------- steps
def _step(plan: Any, step: Any) -> dict[str, Any]:
    return {"recoveryPlanStep": step.to_wire(plan.steps.index(step) + 1)}


def create_recovery_plan_step(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """CreateRecoveryPlanStep."""
    return _step(*backend.plans.create_step(now, params))


def get_recovery_plan_step(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """GetRecoveryPlanStep."""
    return _step(*backend.plans.step(params["recoveryPlanStepArn"]))


def list_recovery_plan_steps(response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """ListRecoveryPlanSteps, in their order."""
    found = backend.plans.plan(params["recoveryPlanArn"]).steps_to_wire()
    return response.listing("ListRecoveryPlanSteps", found, params, "recoveryPlanSteps")


def update_recovery_plan_step(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """UpdateRecoveryPlanStep."""
    return _step(*backend.plans.update_step(now, params))


def delete_recovery_plan_step(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """DeleteRecoveryPlanStep."""
    backend.plans.delete_step(now, params["recoveryPlanStepArn"])
    return {"recoveryPlanStepArn": params["recoveryPlanStepArn"]}


def reorder_recovery_plan_steps(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """ReorderRecoveryPlanSteps."""
    return {"recoveryPlanSteps": backend.plans.reorder(now, params).steps_to_wire()}


# ------------------------------------------------------------------------------------------------------ executions
def start_recovery_plan_execution(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """StartRecoveryPlanExecution."""
    return {"recoveryPlanExecution": backend.plans.start(now, params).to_wire()}


def get_recovery_plan_execution(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """GetRecoveryPlanExecution."""
    return {"recoveryPlanExecution": backend.plans.execution(params["recoveryPlanExecutionArn"]).to_wire()}


def list_recovery_plan_executions(response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """ListRecoveryPlanExecutions, newest first, of a plan or in a status when one is given."""
    plan, status = params.get("recoveryPlanArn"), params.get("status")
    found = [
        execution.summary()
        for execution in reversed(backend.plans.executions.values())
        if plan in (None, execution.plan_arn) and status in (None, execution.status)
    ]
    return response.listing("ListRecoveryPlanExecutions", found, params, "recoveryPlanExecutions")


def cancel_recovery_plan_execution(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """CancelRecoveryPlanExecution."""
    execution = backend.plans.execution(params["recoveryPlanExecutionArn"])
    execution.cancel(now)
    return {"recoveryPlanExecution": execution.to_wire()}


def delete_recovery_plan_execution(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """DeleteRecoveryPlanExecution."""
    backend.plans.delete_execution(params["recoveryPlanExecutionArn"])
    return {"recoveryPlanExecutionArn": params["recoveryPlanExecutionArn"]}


def _execution_step(backend: DrsBackend, params: dict[str, Any]) -> tuple[Execution, ExecutionStep]:
    """A step of an execution, with the execution. Raises ResourceNotFoundException."""
    identifier = params["recoveryPlanExecutionStepArn"]
    for execution in backend.plans.executions.values():
        found = execution.find_step(identifier)
        if found:
            return execution, found
    raise errors.not_found("RecoveryPlanExecutionStep", identifier)


def list_recovery_plan_execution_steps(
    response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """ListRecoveryPlanExecutionSteps, in their order, in a status when one is given."""
    status = (params.get("filter") or {}).get("status")
    steps = backend.plans.execution(params["recoveryPlanExecutionArn"]).steps
    found = [each.summary() for each in steps if status in (None, each.status)]
    return response.listing("ListRecoveryPlanExecutionSteps", found, params, "recoveryPlanExecutionSteps")


def get_recovery_plan_execution_step(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """GetRecoveryPlanExecutionStep."""
    return {"recoveryPlanExecutionStep": _execution_step(backend, params)[1].to_wire()}


def update_recovery_plan_execution_step(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """UpdateRecoveryPlanExecutionStep."""
    execution, each = _execution_step(backend, params)
    execution.update_step(each, params, now)
    return {"recoveryPlanExecutionStep": each.to_wire()}


def retry_recovery_plan_execution_step(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """RetryRecoveryPlanExecutionStep."""
    execution, each = _execution_step(backend, params)
    if execution.plan_arn in backend.plans.plans:
        backend.plans.check_idle(backend.plans.plans[execution.plan_arn])
    execution.retry(each, now)
    return {"recoveryPlanExecutionStep": each.to_wire()}


OPERATIONS = (
    create_recovery_plan,
    get_recovery_plan,
    list_recovery_plans,
    update_recovery_plan,
    delete_recovery_plan,
    create_recovery_plan_step,
    get_recovery_plan_step,
    list_recovery_plan_steps,
    update_recovery_plan_step,
    delete_recovery_plan_step,
    reorder_recovery_plan_steps,
    start_recovery_plan_execution,
    get_recovery_plan_execution,
    list_recovery_plan_executions,
    cancel_recovery_plan_execution,
    delete_recovery_plan_execution,
    list_recovery_plan_execution_steps,
    get_recovery_plan_execution_step,
    update_recovery_plan_execution_step,
    retry_recovery_plan_execution_step,
)
