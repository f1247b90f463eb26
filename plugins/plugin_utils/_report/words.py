"""Words of the page of a report: times, percents, and which word is good news."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import GOOD

# The second signal beside a colour is a word, and a sign before it that the style sheet draws.
LEVELS = {"green": "good", "yellow": "watch", "red": "poor", "none": "no data"}
_GOOD = (
    "succeeded",
    "PASS",
    "done",
    "approved",
    "granted",
    "accepted",
    "complete",
    "ok",
    "ready",
    "SUCCEEDED",
    "closed",
)
_OPEN = (
    *("planned", "queued", "in_progress", "skipped", "waiting", "running", "paused", "intended", "launched", "DRAFT"),
    *("partial", "open", "warning", "syncing", "behind", "NOT_STARTED", "IN_PROGRESS", "SKIPPED"),
)


def moment(value: Any) -> str:
    """A time as people read it, in UTC and whole seconds; a dash for none."""
    return "-" if not value else str(value).replace("T", " ").replace("Z", "").partition(".")[0]


def tone(word: Any) -> str:
    """The class of an outcome or a status: good, bad or open."""
    if word in GOOD or word in _GOOD:
        return "good"
    return "open" if word in _OPEN else "bad"


def percent(value: Any) -> str:
    """A share in percent, rounded down to one decimal; a dash for none."""
    return "-" if value is None else "%g %%" % (int(value * 10) / 10)


def size(value: Any) -> str:
    """Bytes as people read them, in powers of 1,024; a dash for none."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return "-"
    amount, unit = float(value), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return "%d %s" % (amount, unit) if unit == "B" or amount >= 100 else "%.1f %s" % (amount, unit)
