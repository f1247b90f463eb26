"""Repeat work in a cell once with new credentials when the old ones expired early.

A walk keeps the session of a cell for hours. Those that it assumed itself renew themselves; whoever logged in again
meanwhile, or whose sessions were revoked, has new ones that only a new session reads.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace


def again_when_expired(cell: Cell, work: Callable[[], Any]) -> Any:
    """Do something in a cell, and once more when its credentials had expired: for those AWS does nothing.

    :param work: may be done twice: it adopts what it has done before.
    :returns: what ``work`` returns.
    :raises DrsError: what ``work`` raises, the second time.
    """
    try:
        answer = work()
    except DrsError as exc:
        if exc.code not in pace.EXPIRED:
            raise
    else:
        if not _expired_in(answer):
            return answer
    cell.renew()
    return work()


def _expired_in(answer: Any) -> bool:
    """Whether a server of an answer was refused for that reason."""
    servers = answer.get("servers") if isinstance(answer, Mapping) else None
    return any((one.get("error") or {}).get("code") in pace.EXPIRED for one in servers or ())
