"""The recovery plans of one account and Region: the operations on plans and steps."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import exceptions as errors
from ..models.schedule import rng
from ..models.wire import arn, random_id
from .execution import ACTIVE, Execution
from .plan import MAX_PLANS, MAX_STEPS, Plan, Step, check_order, check_servers, invalid, one_kind, over_quota

if TYPE_CHECKING:
    from ..models import DrsBackend


class Plans:
    """Plans, steps and executions by ARN, and what client tokens have made."""

    def __init__(self, backend: DrsBackend) -> None:
        self.backend = backend
        self.plans: dict[str, Plan] = {}
        self.executions: dict[str, Execution] = {}
        self._tokens: dict[tuple[str, str, str], str] = {}
        self._count = 0

    def new_id(self, prefix: str) -> str:
        """An id that no plan, step or execution had before."""
        self._count += 1
        return random_id(prefix, rng(self.backend.account_id, self.backend.region_name, prefix, self._count))

    # ------------------------------------------------------------------------------------------------------ look up
    def plan(self, identifier: str) -> Plan:
        """A plan by ARN. Raises ResourceNotFoundException."""
        if identifier not in self.plans:
            raise errors.not_found("RecoveryPlan", identifier)
        return self.plans[identifier]

    def step(self, identifier: str) -> tuple[Plan, Step]:
        """A step by ARN with its plan. Raises ResourceNotFoundException."""
        for plan in self.plans.values():
            for step in plan.steps:
                if step.arn == identifier:
                    return plan, step
        raise errors.not_found("RecoveryPlanStep", identifier)

    def execution(self, identifier: str) -> Execution:
        """An execution by ARN. Raises ResourceNotFoundException."""
        if identifier not in self.executions:
            raise errors.not_found("RecoveryPlanExecution", identifier)
        return self.executions[identifier]

    def tagged(self, identifier: str) -> Plan | Execution | None:
        """What bears tags under an ARN."""
        return self.plans.get(identifier) or self.executions.get(identifier)

    def active(self, plan: Plan) -> Execution | None:
        """The execution of a plan that has not ended."""
        return next((e for e in self.executions.values() if e.plan_arn == plan.arn and e.status in ACTIVE), None)

    def holding(self, server_arn: str) -> Plan | None:
        """A plan that a source server belongs to (UG:recovery-plans-managing: it cannot be deleted then)."""
        return next((plan for plan in self.plans.values() if server_arn in plan.arns()), None)

    def known_token(self, operation: str, scope: str, token: str | None) -> str | None:
        """ARN of what an earlier request with this client token made."""
        return self._tokens.get((operation, scope, token)) if token else None

    def remember(self, operation: str, scope: str, token: str | None, made: str) -> None:
        """Note what a client token has made."""
        if token:
            self._tokens[(operation, scope, token)] = made

    # ------------------------------------------------------------------------------------------------------- change
    def _free_name(self, name: str, but: Plan | None = None) -> None:
        """Refuse a name that is taken (UG:recovery-plans-creating). Raises ConflictException."""
        for plan in self.plans.values():
            if plan.name == name and plan is not but:
                raise errors.ConflictException(f"A recovery plan named {name} exists", plan.arn, "RecoveryPlan")

    def create(self, moment: datetime, params: dict[str, Any]) -> Plan:
        """CreateRecoveryPlan. Raises ConflictException, ServiceQuotaExceededException."""
        token = params.get("clientToken")
        known = self.known_token("CreateRecoveryPlan", "", token)
        if known in self.plans:
            return self.plans[known]
        self._free_name(params["name"])
        if len(self.plans) >= MAX_PLANS:
            raise over_quota("Recovery plans", MAX_PLANS)
        identifier = self.new_id("rp")
        plan = Plan(
            id=identifier,
            arn=arn(self.backend.region_name, self.backend.account_id, "recovery-plan", identifier),
            name=params["name"],
            created=moment,
            updated=moment,
            description=params.get("description", ""),
            tags=params.get("tags", {}),
        )
        self.plans[plan.arn] = plan
        self.remember("CreateRecoveryPlan", "", token, plan.arn)
        return plan

    def update(self, moment: datetime, params: dict[str, Any]) -> Plan:
        """UpdateRecoveryPlan; a running execution has a copy of its own. Raises ConflictException."""
        plan = self.plan(params["recoveryPlanArn"])
        if "name" in params:
            self._free_name(params["name"], plan)
        plan.name = params.get("name", plan.name)
        plan.description = params.get("description", plan.description)
        plan.updated = moment
        return plan

    def delete(self, identifier: str) -> None:
        """DeleteRecoveryPlan with its steps. Raises ConflictException while an execution of it goes on."""
        plan = self.plan(identifier)
        running = self.active(plan)
        if running:
            text = f"Recovery plan {plan.id} has an execution in status {running.status}"
            raise errors.ConflictException(text, running.arn, "RecoveryPlanExecution")
        del self.plans[identifier]

    def create_step(self, moment: datetime, params: dict[str, Any]) -> tuple[Plan, Step]:
        """CreateRecoveryPlanStep: at the end, or at ``stepOrder`` with the later ones moved on.

        Raises:
            ValidationException, ResourceNotFoundException, ServiceQuotaExceededException.
        """
        plan = self.plan(params["recoveryPlanArn"])
        token = params.get("clientToken")
        known = self.known_token("CreateRecoveryPlanStep", plan.arn, token)
        if known:
            return self.step(known)
        if len(plan.steps) >= MAX_STEPS:
            raise over_quota("Steps of a recovery plan", MAX_STEPS)
        configuration = params["configuration"]
        waits = one_kind(configuration)
        order = params.get("stepOrder", len(plan.steps) + 1)
        if order > len(plan.steps) + 1:
            raise invalid(f"stepOrder {order} is above the number of steps and one", "stepOrder")
        wanted = configuration.get("serverStepConfiguration", {}).get("servers", [])
        servers = check_servers(self.backend, wanted, plan.arns(), len(plan.arns()))
        step = Step(f"{plan.arn}/step/{self.new_id('rps')}", params["stepName"], moment, moment, servers)
        step.minutes = configuration["waitStepConfiguration"]["waitDurationMinutes"] if waits else None
        steps = [*plan.steps[: order - 1], step, *plan.steps[order - 1 :]]
        check_order(steps)
        plan.steps, plan.updated = steps, moment
        self.remember("CreateRecoveryPlanStep", plan.arn, token, step.arn)
        return plan, step

    def update_step(self, moment: datetime, params: dict[str, Any]) -> tuple[Plan, Step]:
        """UpdateRecoveryPlanStep: name or configuration, never the type. Raises ValidationException."""
        plan, step = self.step(params["recoveryPlanStepArn"])
        configuration = params.get("configuration")
        if configuration is not None:
            if one_kind(configuration) != step.waits:
                raise invalid("The type of a step cannot be changed", "configuration")
            others = plan.arns() - {one["serverArn"] for one in step.servers}
            wanted = configuration.get("serverStepConfiguration", {}).get("servers", [])
            step.configure(configuration, check_servers(self.backend, wanted, others, len(others)))
        step.name = params.get("stepName", step.name)
        step.updated = plan.updated = moment
        return plan, step

    def delete_step(self, moment: datetime, identifier: str) -> None:
        """DeleteRecoveryPlanStep; the others are numbered anew without a gap (UG:recovery-plans-managing)."""
        plan, step = self.step(identifier)
        plan.steps.remove(step)
        plan.updated = moment

    def reorder(self, moment: datetime, params: dict[str, Any]) -> Plan:
        """ReorderRecoveryPlanSteps: the complete list in its new order (BM). Raises ValidationException."""
        plan = self.plan(params["recoveryPlanArn"])
        by_arn = {step.arn: step for step in plan.steps}
        wanted = params["orderedStepArns"]
        if sorted(wanted) != sorted(by_arn):
            text = "orderedStepArns must hold each step of the plan exactly once"
            raise invalid(text, "orderedStepArns")
        steps = [by_arn[one] for one in wanted]
        check_order(steps)
        plan.steps, plan.updated = steps, moment
        return plan

    # --------------------------------------------------------------------------------------------------- executions
    def start(self, moment: datetime, params: dict[str, Any]) -> Execution:
        """StartRecoveryPlanExecution. The errors are those of UG:recovery-plans-executing.

        Raises:
            ConflictException, ValidationException, ResourceNotFoundException.
        """
        plan = self.plan(params["recoveryPlanArn"])
        token = params.get("clientToken")
        known = self.known_token("StartRecoveryPlanExecution", plan.arn, token)
        if known in self.executions:
            return self.executions[known]
        self.check_idle(plan)
        if not plan.steps:
            text = (
                f"Recovery plan {plan.id} has no steps. Add at least one step to the plan before starting an execution."
            )
            raise invalid(text)
        if plan.status != "ACTIVE":
            text = (
                f"Recovery plan {plan.id} is in status {plan.status} and cannot be executed. "
                "Only ACTIVE plans can be executed."
            )
            raise errors.ConflictException(text, plan.arn, "RecoveryPlan")
        pinned = {one["sourceServerID"]: one["recoverySnapshotID"] for one in params.get("sourceServers", [])}
        mine = {one.rpartition("/")[2] for one in plan.arns()}
        foreign = sorted(set(pinned) - mine)
        if foreign:
            raise invalid(f"Source server IDs not found in plan: {', '.join(foreign)}", "sourceServers")
        identifier = f"{plan.arn}/execution/{self.new_id('rpe')}"
        execution = Execution(self.backend, plan, identifier, params["mode"], moment, pinned, params.get("tags", {}))
        self.executions[identifier] = execution
        self.remember("StartRecoveryPlanExecution", plan.arn, token, identifier)
        execution.begin()
        return execution

    def check_idle(self, plan: Plan) -> None:
        """Refuse what another execution stands in the way of: one of the plan, or one that holds its servers.

        Raises:
            ConflictException: naming it.
        """
        running = self.active(plan)
        if running:
            text = f"Another execution is already active for plan {plan.id}"
            raise errors.ConflictException(text, running.arn, "RecoveryPlanExecution")
        for other in self.executions.values():
            shared = sorted(other.arns() & plan.arns()) if other.status in ACTIVE else []
            if shared:
                text = f"Source server {shared[0]} is held by execution {other.arn} of plan {other.plan_arn}"
                raise errors.ConflictException(text, other.arn, "RecoveryPlanExecution")

    def delete_execution(self, identifier: str) -> None:
        """DeleteRecoveryPlanExecution of one that has ended (BM). Raises ConflictException."""
        execution = self.execution(identifier)
        if execution.status in ACTIVE:
            text = f"Execution {identifier} is in status {execution.status}"
            raise errors.ConflictException(text, identifier, "RecoveryPlanExecution")
        del self.executions[identifier]
