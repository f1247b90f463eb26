"""Changes to machines through EC2, outside of DRS: recorded in the ledger and reported to DRS.

A source server whose machine is terminated has lost its agent; who lost which machine, and when, is what a proof over
the ledger needs.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from ..moto_fixes import registry
from ..world.world import world

_EFFECTS = {
    "terminate_instances": ("machine_terminated", "ec2:TerminateInstances"),
    "stop_instances": ("machine_stopped", "ec2:StopInstances"),
    "start_instances": ("machine_started", "ec2:StartInstances"),
}


@registry.corrects("ec2")
def apply() -> None:
    """Put the recording in place."""
    from moto.ec2.models.instances import InstanceBackend

    for name, (effect, cause) in _EFFECTS.items():
        setattr(InstanceBackend, name, _recorded(getattr(InstanceBackend, name), effect, cause))


def _recorded(original: Callable[..., Any], effect: str, cause: str) -> Callable[..., Any]:
    @functools.wraps(original)
    def method(self: Any, instance_ids: list[str]) -> Any:
        before = {instance.id: instance.state for instance in self.get_multi_instances_by_id(instance_ids)}
        try:
            return original(self, instance_ids)
        finally:
            # Of several instances the first ones have changed also when a later one refuses.
            for instance in self.get_multi_instances_by_id(list(before)):
                if instance.state != before[instance.id]:
                    _tell(self, instance.id, effect, cause)

    return method


def _tell(ec2: Any, machine: str, effect: str, cause: str) -> None:
    world.ledger.record(effect, account=ec2.account_id, region=ec2.region_name, machine=machine, cause=cause)
    drs = sys.modules.get("moto.drs.models")
    if drs is not None and effect == "machine_terminated":
        drs.machine_gone(machine, world.clock.now())
