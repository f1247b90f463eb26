"""Create a scenario's IAM: aliases, roles with their policies, and roles between accounts."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

from ..moto_fixes import registry
from ..world.world import world
from . import agent_trust, failback_roles, guard, staging_roles


@registry.corrects("iam")
def put() -> None:
    """moto knows neither the name of the DRS service-linked role nor the scenario's aliases and roles."""
    from moto.iam import models

    world.roles_put = True
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
