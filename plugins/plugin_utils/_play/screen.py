"""The screen that people look at: how wide it is, and what time it is there."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

NARROWEST, USUAL, WIDEST = 80, 100, 160


def columns(terminal: Callable[[], int], environment: Mapping[str, str]) -> int:
    """How wide tables may be.

    :param terminal: the columns of the terminal; raises OSError or ValueError where there is none.
    :param environment: ``COLUMNS`` counts where there is no terminal, as in the output of a job.
    :returns: 80 to 160; 100 where nothing says how wide.
    """
    try:
        found = terminal()
    except (OSError, ValueError):
        told = environment.get("COLUMNS", "")
        found = int(told) if told.isdecimal() else 0
    return max(NARROWEST, min(found, WIDEST)) if found else USUAL


def timed(line: str, now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)) -> str:
    """A line of progress with the time of day before it, in UTC: people in several zones read one screen."""
    return f"{now():%H:%M:%SZ} {line}"


# Read when this file is loaded, which is before Ansible forks: a worker has no terminal of its own.
WIDTH = columns(lambda: os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else -1).columns, os.environ)
