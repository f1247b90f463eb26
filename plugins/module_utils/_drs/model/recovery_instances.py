"""Recovery instances: whether one still exists, whether a failback is in progress, from its fields."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import RecoveryInstance
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer

if TYPE_CHECKING:
    from typing import TypeGuard  # Python 3.10; nothing reads it when the program runs

# Only these say that no failback is in progress. FAILBACK_LAUNCH_STATE_NOT_AVAILABLE is not an answer, and an error
# or a copy that is ready to be launched is data somebody still needs.
FAILBACK_AT_REST = (None, "", "FAILBACK_NOT_STARTED", "FAILBACK_COMPLETED")
# What EC2 says of a machine that no longer runs and will not again.
GONE = ("TERMINATED", "SHUTTING-DOWN")


def still_exists(instance: RecoveryInstance) -> bool:
    """Whether the machine is not known to be terminated; one that EC2 does not know may still stand."""
    return instance.get("ec2_instance_state") != "TERMINATED"


def failback_at_rest(instance: AnyServer) -> bool:
    """Whether a recovery instance provably has no failback in progress."""
    failback = instance.get("failback", "absent")
    if failback is None:
        return True
    return isinstance(failback, Mapping) and failback.get("state") in FAILBACK_AT_REST


def failback_words(instance: AnyServer) -> str:
    """Its FailbackState for a message, ``unknown`` when DRS does not describe it."""
    failback = instance.get("failback")
    return clean(failback.get("state"), 60) if isinstance(failback, Mapping) else "unknown"


def alive(instance: RecoveryInstance | None) -> TypeGuard[RecoveryInstance]:
    """Whether the machine of a recovery instance may still run: what nobody proved to be gone does."""
    return instance is not None and instance.get("ec2_instance_state") not in GONE
