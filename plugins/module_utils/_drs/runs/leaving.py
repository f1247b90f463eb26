"""What became of a run that a controller had to leave: another one took it over, or somebody cancelled it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

TAKEN_OVER, CANCELLED = "run_superseded", "run_cancelled"
"""What takes a run away from the controller that walks through it, by the codes of the errors."""
LOOK = "runs"
"""The playbook that shows where a run stands."""


def left_alone(lost: str) -> str:
    """What the last page says of a run that another controller has taken over; "" of any other.

    :param lost: the code of the error that took the run away.
    """
    if lost != TAKEN_OVER:
        return ""
    return "TAKEN OVER: another controller goes on with this run. Leave it to that one: nothing is to be done here."
