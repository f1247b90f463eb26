"""Corrections of moto, applied when a service is first used. Each says what moto does and what AWS does.

They are pinned by tests/simulator/test_server_patches.py: a new moto that changes under them fails there.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from ..iam import agent_trust, failback_roles, staging_roles
from ..moto_fixes import alarms, cloudformation, iam_policies
from ..world import quotas
from ..ssm import correction
from ..protocol.wire import PRINCIPAL_KEY
from ..world.world import World

_done: set[str] = set()


def start(world: World) -> None:
    """What must be in place before any service answers: moto's clock and its random ids follow the world's."""
    import moto.core.utils as core

    original = core.utcnow

    def utcnow() -> Any:
        return world.clock.now().replace(tzinfo=None)

    core.utcnow = utcnow
    # Modules imported before this line hold the original under their own name; later ones find the new one.
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("moto.") and getattr(module, "utcnow", None) is original:
            module.utcnow = utcnow
    # moto.ec2 makes three boto3 sessions while it is imported, only to list Regions; one shared session saves 0.4 s.
    import boto3
    from moto.core.base_backend import AccountSpecificBackend

    boto3.Session = AccountSpecificBackend.get_session
    from moto.moto_api._internal import mock_random

    mock_random.seed(world.scenario.seed)


def applied(service: str) -> bool:
    """Whether a service was used by now."""
    return service in _done


def apply(service: str) -> None:
    """Correct one moto service; the first call for each does the work."""
    if service in _done:
        return
    _done.add(service)
    correct = _CORRECTIONS.get(service)
    if correct is not None:
        correct()


def _sts() -> None:
    """moto gives any caller any role. AWS asks the role's trust policy, and knows who calls."""
    from moto.core.responses import ActionResult
    from moto.sts.responses import TokenResponse

    from ..world.world import world

    def assume_role(self: Any) -> Any:
        return ActionResult(
            world.accounts.assume(
                self.normalized_request.environ[PRINCIPAL_KEY],
                role_arn=self._get_param("RoleArn"),
                session_name=self._get_param("RoleSessionName"),
                external_id=self._get_param("ExternalId"),
                source_identity=self._get_param("SourceIdentity"),
                duration=self._get_int_param("DurationSeconds", 3600),
            )
        )

    def get_caller_identity(self: Any) -> Any:
        who = self.normalized_request.environ[PRINCIPAL_KEY]
        return ActionResult({"UserId": who.user_id, "Account": who.account, "Arn": who.arn})

    def unsupported(self: Any) -> Any:
        raise NotImplementedError

    TokenResponse.assume_role = assume_role
    TokenResponse.get_caller_identity = get_caller_identity
    for name in ("get_session_token", "get_federation_token", "assume_role_with_saml", "assume_role_with_web_identity"):
        # moto answers these with example keys that belong to nobody here.
        setattr(TokenResponse, name, unsupported)


def _iam() -> None:
    """moto knows neither the name of the DRS service-linked role nor the scenario's aliases and roles."""
    from moto.iam import models

    from ..iam import guard
    from ..world.world import world

    iam_policies.correct()
    models.SERVICE_NAME_CONVERSION["drs"] = "ElasticDisasterRecovery"
    for account in world.scenario.accounts:
        backend = models.iam_backends[account.id]["aws"]
        if account.alias:
            backend.create_account_alias(account.alias)
        for role in account.roles:
            path, _sep, name = role.name.rpartition("/")
            statement: dict[str, Any] = {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": [t if ":" in t else f"arn:aws:iam::{t}:root" for t in role.trusts]},
            }
            if role.external_id is not None:
                statement["Condition"] = {"StringEquals": {"sts:ExternalId": role.external_id}}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            backend.create_role(name, policy, f"/{path}/" if path else "/", None, "", [], None)
            if role.policies is not None or world.scenario.iam["enforce"]:
                guard.seed(backend, name, role)
    agent_trust.seed(world.scenario.machines.trusted)
    staging_roles.seed(world.scenario)
    failback_roles.seed(world.scenario)


def _ec2() -> None:
    """Launch templates, the default key of EBS, listings of thousands, the ledger of machines; see the modules."""
    from ..moto_fixes import ec2_keys, ec2_speed, ec2_templates
    from ..machines import ec2_effects

    ec2_keys.correct()
    ec2_templates.correct()
    ec2_speed.apply()
    ec2_effects.apply()


def _drs() -> None:
    """DRS works in EC2 and IAM without any call of them; their corrections must hold for it as well."""
    from moto.drs.models import ec2 as launches  # type: ignore[import-not-found]
    from moto.drs.models import initialization  # type: ignore[import-not-found]

    original, original_iam = launches.backend, initialization.iam

    def backend(account_id: str, region: str) -> Any:
        apply("ec2")
        return original(account_id, region)

    def iam(account_id: str) -> Any:
        apply("iam")
        return original_iam(account_id)

    launches.backend = backend
    initialization.iam = iam


def _cloudformation() -> None:
    """Stacks make roles without any call of IAM; the corrections of IAM must hold for them as well."""
    apply("iam")
    cloudformation.correct()
    alarms.add()


_CORRECTIONS: dict[str, Callable[[], None]] = {
    "drs": _drs,
    "cloudformation": _cloudformation,
    "sts": _sts,
    "iam": _iam,
    "ec2": _ec2,
    "ssm": correction.correct,
    "service-quotas": quotas.correct,
    "servicequotas": quotas.correct,
}
