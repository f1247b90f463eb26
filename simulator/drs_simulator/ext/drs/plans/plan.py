"""Recovery plans and their steps: what they are, and which changes of them are refused.

UG:recovery-plans-*, BM: a plan has up to 20 steps in order; a SERVER step recovers up to 100 servers in parallel, a
WAIT step pauses for 1 to 120 minutes. A plan without a SERVER step is INVALID.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import exceptions as errors
from ..models.wire import iso

if TYPE_CHECKING:
    from ..models import DrsBackend

#: UG:recovery-plans-quotas, per account and Region or per plan; none has a known Service Quotas code.
MAX_PLANS, MAX_STEPS, MAX_SERVERS = 1000, 20, 100


def over_quota(what: str, limit: int) -> errors.ServiceQuotaExceededException:
    """The refusal of one thing too many."""
    return errors.ServiceQuotaExceededException(f"{what} would exceed the quota of {limit}", "")


def invalid(text: str, field_name: str = "") -> errors.ValidationException:
    """The refusal of a request that the model allows and the rules do not."""
    if field_name:
        return errors.ValidationException(text, "fieldValidationFailed", [(field_name, text)])
    return errors.ValidationException(text)


@dataclass
class Step:
    """One step. servers: [{serverArn, impactLevel}] of a SERVER step; minutes: of a WAIT step."""

    arn: str
    name: str
    created: datetime
    updated: datetime
    servers: list[dict[str, str]] = field(default_factory=list)
    minutes: int | None = None

    @property
    def waits(self) -> bool:
        """Whether it is a WAIT step; the type never changes (BM UpdateRecoveryPlanStep)."""
        return self.minutes is not None

    def configuration(self) -> dict[str, Any]:
        """RecoveryPlanStepConfiguration."""
        if self.waits:
            return {"waitStepConfiguration": {"waitDurationMinutes": self.minutes}}
        return {"serverStepConfiguration": {"servers": [dict(one) for one in self.servers]}}

    def configure(self, configuration: dict[str, Any], servers: list[dict[str, str]]) -> None:
        """Take a configuration of its own type; ``servers`` are the checked ones."""
        self.servers = servers
        if self.waits:
            self.minutes = configuration["waitStepConfiguration"]["waitDurationMinutes"]

    def to_wire(self, order: int) -> dict[str, Any]:
        """RecoveryPlanStep."""
        return {
            "recoveryPlanStepArn": self.arn,
            "stepOrder": order,
            "stepName": self.name,
            "configuration": self.configuration(),
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
        }


@dataclass
class Plan:
    """One recovery plan of an account and Region."""

    id: str
    arn: str
    name: str
    created: datetime
    updated: datetime
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def status(self) -> str:
        """ACTIVE, or INVALID while it has no server step (BM RecoveryPlanStatus)."""
        return "ACTIVE" if any(not step.waits for step in self.steps) else "INVALID"

    def arns(self) -> set[str]:
        """ARNs of all its source servers."""
        return {one["serverArn"] for step in self.steps for one in step.servers}

    def summary(self) -> dict[str, Any]:
        """RecoveryPlanSummary."""
        return {
            "recoveryPlanArn": self.arn,
            "name": self.name,
            "status": self.status,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
        }

    def to_wire(self) -> dict[str, Any]:
        """RecoveryPlan."""
        shown = {**self.summary(), "tags": self.tags}
        return {**shown, "description": self.description} if self.description else shown

    def steps_to_wire(self) -> list[dict[str, Any]]:
        """RecoveryPlanStep of each step, in order."""
        return [step.to_wire(order) for order, step in enumerate(self.steps, 1)]


def one_kind(configuration: dict[str, Any]) -> bool:
    """Whether a step's configuration is that of a WAIT step.

    Raises:
        ValidationException: not exactly one of the two configurations (BM CreateRecoveryPlanStep).
    """
    given = [name for name in ("serverStepConfiguration", "waitStepConfiguration") if configuration.get(name)]
    if len(given) != 1:
        text = "Exactly one of serverStepConfiguration or waitStepConfiguration must be set"
        raise invalid(text, "configuration")
    return given == ["waitStepConfiguration"]


def check_servers(
    backend: DrsBackend, wanted: Iterable[dict[str, str]], taken: set[str], others: int
) -> list[dict[str, str]]:
    """Servers of a step with their impact level (BM: CRITICAL when none is given).

    taken: ARNs in other steps of the plan. others: how many servers these have.

    Raises:
        ValidationException: elsewhere than the plan, twice, or in another step. ResourceNotFoundException: no such
            server. ServiceQuotaExceededException: above 100 servers in the plan.
    """
    found: list[dict[str, str]] = []
    seen: set[str] = set()
    for one in wanted:
        arn = one["serverArn"]
        parts = arn.split(":")
        if parts[3:5] != [backend.region_name, backend.account_id]:
            text = f"Source server {arn} must be in the same account and Region as the plan"
            raise invalid(text, "configuration")
        if parts[5].partition("/")[2] not in backend.servers:
            raise errors.not_found("SourceServer", arn)
        if arn in seen or arn in taken:
            text = f"Source server {arn} may be in one step of a plan only"
            raise invalid(text, "configuration")
        seen.add(arn)
        found.append({"serverArn": arn, "impactLevel": one.get("impactLevel", "CRITICAL")})
    if others + len(found) > MAX_SERVERS:
        raise over_quota("Source servers in a recovery plan", MAX_SERVERS)
    return found


def check_order(steps: list[Step]) -> None:
    """Refuse an order that begins with a wait. Raises ValidationException."""
    if steps and steps[0].waits:
        raise invalid("A wait step cannot be the first step of a recovery plan")
