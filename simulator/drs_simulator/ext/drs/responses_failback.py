# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of failback: request in, members of the output out. responses.py makes HTTP of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .models import DrsBackend


def reverse_replication(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """ReverseReplication."""
    instance = backend.find_recovery_instance(params["recoveryInstanceID"])
    return {"reversedDirectionSourceServerArn": backend.reverse_replication(now, instance)}


OPERATIONS = (reverse_replication,)
