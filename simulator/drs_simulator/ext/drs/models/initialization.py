"""InitializeService: the permissions it needs, and what it creates in IAM.

UG:getting-started-initializing: an administrator makes six roles under /service-role/, then calls InitializeService,
which makes the service-linked role and the instance profiles. IAM is global, initialising is per Region, so a second
Region finds everything in place.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drs_simulator.iam import rules

from .. import exceptions as errors
from ..settings import SETTINGS

if TYPE_CHECKING:
    from . import DrsBackend

PREFIX = "AWSElasticDisasterRecovery"
PATH = "/service-role/"
LINKED_ROLE = "AWSServiceRoleForElasticDisasterRecovery"
SERVICE = "drs.amazonaws.com"
_EC2 = "ec2.amazonaws.com"


@dataclass(frozen=True)
class WantedRole:
    """One of the six. service: who assumes it; policies: names of managed policies; identity: its source identity."""

    name: str
    service: str
    policies: tuple[str, ...]
    identity: str = ""


ROLES = (
    WantedRole(f"{PREFIX}AgentRole", SERVICE, (f"{PREFIX}AgentPolicy",), "s-00000000000000000"),
    WantedRole(f"{PREFIX}FailbackRole", SERVICE, (f"{PREFIX}FailbackPolicy",), "i-00000000000000000"),
    WantedRole(f"{PREFIX}ConversionServerRole", _EC2, (f"{PREFIX}ConversionServerPolicy",)),
    WantedRole(f"{PREFIX}RecoveryInstanceRole", _EC2, (f"{PREFIX}RecoveryInstancePolicy",)),
    WantedRole(f"{PREFIX}ReplicationServerRole", _EC2, (f"{PREFIX}ReplicationServerPolicy",)),
    WantedRole(
        f"{PREFIX}RecoveryInstanceWithLaunchActionsRole",
        _EC2,
        (f"{PREFIX}RecoveryInstancePolicy", "AmazonSSMManagedInstanceCore"),
    ),
)


def iam(account_id: str) -> Any:
    """moto's IAM of an account."""
    from moto.iam.models import iam_backends

    return iam_backends[account_id]["aws"]


def _role_problem(found: Any, wanted: WantedRole, account_id: str) -> str | None:
    if found is None or found.path != PATH:
        return "does not exist"
    # Agents and recovery instances come with their own id as source identity, on behalf of one account.
    values = rules.context(sts__SourceIdentity=wanted.identity or None, aws__SourceAccount=account_id)
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"] if wanted.identity else ["sts:AssumeRole"]
    for action in actions:
        policy, names = found.assume_role_policy_document, {"Service": [wanted.service]}
        if rules.decide_for(policy, names, action, values=values) != rules.ALLOW:
            return f"does not allow {action} to {wanted.service}"
    attached = {arn.rpartition("/")[2] for arn in found.managed_policies}
    missing = sorted(set(wanted.policies) - attached)
    return f"lacks the policy {', '.join(missing)}" if missing else None


def _check_roles(backend: DrsBackend) -> None:
    there = {role.name: role for role in iam(backend.account_id).roles.values()}
    for wanted in ROLES:
        problem = _role_problem(there.get(wanted.name), wanted, backend.account_id)
        if problem:
            text = f"The role {PATH}{wanted.name} {problem}"
            if SETTINGS["strict_initialize_error"] == "AccessDeniedException":
                raise errors.AccessDeniedException(text)
            raise errors.ValidationException(text)


def _make_linked_role(backend: Any) -> None:
    if any(role.name == LINKED_ROLE for role in backend.roles.values()):
        return
    statement = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    backend.create_role(LINKED_ROLE, trust, f"/aws-service-role/{SERVICE}/", None, "", [], "3600", SERVICE)


def _make_profiles(backend: Any) -> None:
    roles = {role.name for role in backend.roles.values()}
    for wanted in ROLES:
        if wanted.service != _EC2:
            continue
        if wanted.name not in backend.instance_profiles:
            backend.create_instance_profile(wanted.name, PATH, [])
        if wanted.name in roles and not backend.instance_profiles[wanted.name].roles:
            backend.add_role_to_instance_profile(wanted.name, wanted.name)


def initialize(backend: DrsBackend) -> None:
    """InitializeService; calling it again changes nothing.

    Raises:
        ValidationException, AccessDeniedException: a role is missing or wrong, when settings ask for them.
    """
    if SETTINGS["strict_initialize"]:
        _check_roles(backend)
    there = iam(backend.account_id)
    _make_linked_role(there)
    _make_profiles(there)
    backend.initialize()
