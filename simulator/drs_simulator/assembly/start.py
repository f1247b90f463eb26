"""Start the world: fill its slots, register all corrections of moto, and use its clock everywhere."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from typing import Any

from ..iam import seeding, stack_calls, sts
from ..iam.accounts import Accounts
from ..machines import ec2_effects, ec2_snapshots
from ..machines.instances import Register
from ..moto_fixes import (
    alarms,
    cloudformation,
    ec2_catalogues,
    ec2_keys,
    ec2_speed,
    ec2_templates,
    iam_policies,
    registry,
    sqs_batches,
    stack_sets,
)
from ..ssm import correction
from ..ssm.commands import Commands
from ..telemetry import events, metrics, points
from ..world import quotas
from ..world.world import World

#: Whatever corrects moto; a module that is not named here would register itself too late, or never.
MODULES = (
    alarms,
    cloudformation,
    correction,
    ec2_catalogues,
    ec2_effects,
    ec2_keys,
    ec2_snapshots,
    ec2_speed,
    ec2_templates,
    events,
    iam_policies,
    metrics,
    points,
    quotas,
    seeding,
    sqs_batches,
    stack_calls,
    stack_sets,
    sts,
)


def fill(world: World) -> None:
    """Put into the world what the rooms to its right keep for it; made anew with each scenario."""
    world.fill(
        accounts=lambda: Accounts(world.scenario),
        machines=Register,
        commands=lambda: Commands(world.scenario.machines.ssm),
    )


def follow(world: World) -> None:
    """What must be in place before any service answers: moto's clock and its random ids follow the world's."""
    import moto.core.utils as core

    events.listen()
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
    # and moto's responses read the model of EC2 a second time
    core.create_loader = lambda: boto3.Session()._session.get_component("data_loader")
    from moto.moto_api._internal import mock_random

    mock_random.seed(world.scenario.seed)


@registry.corrects("drs")
def correct_drs() -> None:
    """DRS works in EC2 and IAM without any call of them; their corrections must hold for it as well."""
    from moto.drs.models import ec2 as launches  # type: ignore[import-not-found]
    from moto.drs.models import initialization  # type: ignore[import-not-found]

    original, original_iam = launches.backend, initialization.iam

    def backend(account_id: str, region: str) -> Any:
        registry.apply("ec2")
        return original(account_id, region)

    def iam(account_id: str) -> Any:
        registry.apply("iam")
        return original_iam(account_id)

    launches.backend = backend
    initialization.iam = iam
