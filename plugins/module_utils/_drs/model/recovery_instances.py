"""What a recovery instance is worth knowing beside its fields: whether it still stands."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def stands(instance: Mapping[str, Any]) -> bool:
    """Whether the machine is not known to be terminated; one that EC2 does not know may still stand."""
    return instance.get("ec2_instance_state") != "TERMINATED"
