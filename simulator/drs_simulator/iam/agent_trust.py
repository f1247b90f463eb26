"""The roles through which an agent of one account replicates into another (UG:adding-trusted-account).

The instance profile may assume DRSCrossAccountAgentAuthorizedRole_<replication account> in the instance's own account,
and that role DRSCrossAccountAgentRole_<source account> in the other. Trusting an account makes these roles; no DRS API
does, so a role made or deleted through IAM counts just as well.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterable

from ..moto_fixes import registry
from ..scenario.agent_failures import failed
from ..scenario.instances import Trust

PATH = "/service-role/"
AGENT_ROLE = "DRSCrossAccountAgentRole_{}"
AUTHORIZED_ROLE = "DRSCrossAccountAgentAuthorizedRole_{}"


def seed(trusts: Iterable[Trust]) -> None:
    """Put the roles of the scenario's trusted accounts into IAM."""
    from moto.iam.models import iam_backends

    for trust in trusts:
        for account, name in trust.roles():
            backend = iam_backends[account]["aws"]
            principal = {"AWS": f"arn:aws:iam::{trust.source}:root"}
            statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": principal}
            if all(role.name != name for role in backend.roles.values()):
                policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
                backend.create_role(name, policy, PATH, None, "", [], None)


def exists(account: str, name: str) -> bool:
    """Whether a role is there; the scenario's trusted accounts are put into IAM when IAM is first used."""
    from moto.iam.models import iam_backends

    registry.apply("iam")
    return any(role.name == name for role in iam_backends[account]["aws"].roles.values())


def check(owner: str, machine: str, account: str) -> None:
    """Raise InstallFailed with the error of STS when one of the two roles is missing.

    owner: the account of the instance whose id is ``machine``; account: the one to replicate into.
    """
    own, other = AUTHORIZED_ROLE.format(account), AGENT_ROLE.format(owner)
    if not exists(owner, own):
        caller = f"arn:aws:sts::{owner}:assumed-role/DRSInstanceRole/{machine}"
        raise failed("assume_role", caller=caller, role=f"arn:aws:iam::{owner}:role{PATH}{own}")
    if not exists(account, other):
        caller = f"arn:aws:sts::{owner}:assumed-role/{own}/{machine}"
        raise failed("assume_role", caller=caller, role=f"arn:aws:iam::{account}:role{PATH}{other}")
