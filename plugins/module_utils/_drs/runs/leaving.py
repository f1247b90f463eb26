"""What became of a run that a controller had to leave: it was taken over or cancelled, or its store is away."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count

TAKEN_OVER, CANCELLED = "run_superseded", "run_cancelled"
"""What takes a run away from the controller that walks through it, by the codes of the errors."""
DOWN = ("run_store_unavailable", "run_store_missing")
"""Of a store that is away."""
LOOK = "runs"
"""The playbook that shows where a run stands."""


def left_alone(lost: str) -> str:
    """What the last page says of a run that another controller has taken over; "" of any other.

    :param lost: the code of the error that took the run away.
    """
    if lost != TAKEN_OVER:
        return ""
    return "TAKEN OVER: another controller goes on with this run. Leave it to that one: nothing is to be done here."


def store_lost(lost: str, servers: Iterable[Mapping[str, Any]]) -> str:
    """What the last page says of a run whose store is away: what goes on in AWS all the same; "" of any other.

    :param lost: the code of the error that ended the walk.
    :param servers: what became of them, as far as this controller has seen.
    """
    if lost not in DOWN:
        return ""
    outcome = [one.get("outcome") for one in servers]
    stand = outcome.count(outcomes.LAUNCHED)
    may = sum(1 for one in outcome if one in outcomes.OPEN_OUTCOMES or one == outcomes.UNKNOWN)
    told = [
        *(["%s in AWS" % count(stand, "server stands", "servers stand")] if stand else []),
        *(["%s still be launched there" % count(may, "server may", "servers may")] if may else []),
    ]
    text = "; ".join(told) or "nothing is known to have been launched"
    return (
        "STORE LOST: %s. Nothing more is begun; once the store answers, the next command adopts what it finds." % text
    )
