"""Enforce IAM: check every call of an assumed role against the role's current policies.

Identity policies (inline and attached) and the permissions boundary; trust policies are accounts.py. Not held against
anything: the users whose keys a scenario hands out, policies of resources other than a role's trust and a staging key,
session policies and service control policies. What CloudFormation does for its caller: stack_calls.py.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..moto_fixes import iam_policies, registry
from ..protocol.wire import Call
from ..scenario.scenario import Role
from ..world.world import World
from . import calls, dependents, rules, stack_calls
from .accounts import Principal
from .calls import Request

# What a scenario's role may do when the scenario does not say, so that enforcing begins where somebody writes policies.
_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass
class Verdict:
    """What IAM said of one call. denied: {action, resource, explicit} of the first refusal, None when all is allowed.

    dependents: [{action, denied}] of what DRS does for the caller, each action once.
    """

    actions: list[str]
    denied: dict[str, Any] | None = None
    dependents: list[dict[str, Any]] = field(default_factory=list)

    @property
    def refusal(self) -> dict[str, Any] | None:
        """The refusal that the caller is told: of the call itself, else of the first dependent action."""
        return self.denied or next((item["denied"] for item in self.dependents if item["denied"]), None)


def seed(backend: Any, name: str, role: Role) -> None:
    """Give a role of the scenario its policies; moto's role exists. Without any it may do everything."""
    for number, policy in enumerate([_EVERYTHING] if role.policies is None else role.policies):
        if isinstance(policy, str):
            backend.attach_role_policy(policy, name)
        else:
            backend.put_role_policy(name, f"scenario-{number}", json.dumps(policy))


class Guard:
    """Asks IAM before a service answers."""

    def __init__(self, world: World) -> None:
        self.world = world

    def look(self, call: Call, principal: Principal) -> Verdict:
        """The verdict on a call; everything is allowed while the scenario does not enforce IAM."""
        requests = calls.requests_of(call, principal.account)
        verdict = Verdict(list(dict.fromkeys(request.action for request in requests)))
        stack_calls.Caller.ask = None
        if not self.world.scenario.iam["enforce"] or principal.kind != "role":
            return verdict
        if requests[0].action in calls.FREE:
            return verdict
        documents, boundary = self._policies(principal)
        common = self._common(call, principal)

        def first_refusal(asked: Iterable[Request]) -> dict[str, Any] | None:
            for request in asked:
                values = {**common, **request.values}
                for policies in (documents, boundary):
                    found = rules.ALLOW
                    if policies is not None:
                        found = rules.decide(policies, request.action, request.resource, values)
                    if found != rules.ALLOW:
                        explicit = found == rules.DENY
                        return {"action": request.action, "resource": request.resource, "explicit": explicit}
            return None

        def for_a_stack(asked: Iterable[Request]) -> dict[str, Any] | None:
            refused = None
            for request in asked:
                denied = first_refusal([request])
                verdict.dependents.append({"action": request.action, "denied": denied})
                refused = refused or denied
            return refused

        verdict.denied = first_refusal(requests)
        if call.service == "cloudformation" and "StackSet" not in call.action and "StackInstances" not in call.action:
            stack_calls.Caller.ask, stack_calls.Caller.name = for_a_stack, principal.arn
        if verdict.denied is None and self.world.scenario.iam["dependent_actions"] == "check":
            by_action: dict[str, list[Request]] = {}
            for request in dependents.dependents_of(call, principal.account):
                by_action.setdefault(request.action, []).append(request)
            verdict.dependents = [
                {"action": action, "denied": first_refusal(asked)} for action, asked in by_action.items()
            ]
        return verdict

    @staticmethod
    def _role(principal: Principal) -> Any:
        registry.apply("iam")
        backend = sys.modules["moto.iam.models"].iam_backends[principal.account]["aws"]
        return next((role for role in backend.roles.values() if role.name == principal.role), None)

    def _policies(self, principal: Principal) -> tuple[list[Any], list[Any] | None]:
        """Identity policies and the boundary (None when there is no boundary) of a caller's role."""
        role = self._role(principal)
        if role is None:
            return [], None
        arn = role.permissions_boundary_arn
        if not arn:
            return iam_policies.documents(role), None
        managed = sys.modules["moto.iam.models"].iam_backends[principal.account]["aws"].managed_policies
        return iam_policies.documents(role), [iam_policies.document(managed[arn])] if arn in managed else []

    def _common(self, call: Call, principal: Principal) -> dict[str, Any]:
        role = self._role(principal)
        path = role.path if role is not None else "/"
        return rules.context(
            aws__PrincipalAccount=principal.account,
            aws__PrincipalArn=f"arn:aws:iam::{principal.account}:role{path}{principal.role}",
            aws__PrincipalType="AssumedRole",
            aws__userid=principal.user_id,
            aws__ResourceAccount=principal.account,
            aws__RequestedRegion=call.region,
            aws__SourceIdentity=principal.source_identity,
            aws__ViaAWSService="false",
            aws__SecureTransport="true",
        )
