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

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import wrap

NARROWEST, USUAL, WIDEST = 80, 100, 160


def columns(terminal: int | None, environment: Mapping[str, str]) -> int:
    """How wide tables may be.

    :param terminal: the columns of the terminal; None where there is none.
    :param environment: ``COLUMNS`` counts where there is no terminal, as in the output of a job.
    :returns: 80 to 160; 100 where nothing says how wide.
    """
    told = environment.get("COLUMNS", "")
    found = terminal or (int(told) if told.isdecimal() else 0)
    return max(NARROWEST, min(found, WIDEST)) if found else USUAL


def terminal_columns() -> int | None:
    """How wide the terminal is; None where there is none, as in the output of a job."""
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else -1).columns or None
    except (OSError, ValueError):
        return None


def timed(line: str, now: Callable[[], datetime] = lambda: datetime.now(timezone.utc), width: int | None = None) -> str:
    """A line of progress with the time of day before it, in UTC: people in several zones read one screen.

    :param width: of a terminal, which would break it within a word; a command to paste is never broken.
    """
    time_of_day = f"{now():%H:%M:%SZ} "
    if width is None or width < NARROWEST or "ansible-playbook " in line:
        return time_of_day + line
    return time_of_day + ("\n" + " " * len(time_of_day)).join(wrap(line, width - len(time_of_day)))


# Read when this file is loaded, which is before Ansible forks: a worker has no terminal of its own.
TERMINAL = terminal_columns()
WIDTH = columns(TERMINAL, os.environ)
