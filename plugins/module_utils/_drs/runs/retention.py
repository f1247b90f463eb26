"""When an expired run is removed: after its end, and never while its instances may still exist. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import moments
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import ACTIVE, DRILLS

OPEN, NOT_CLEANED, YOUNG = "open", "not cleaned up", "young"


def cutoff(now: str, days: int) -> str:
    """What ended before this time goes."""
    moment = parse_time(now)
    return "" if moment is None else str(moments.whole_seconds(moment - timedelta(days=days)))


def why_kept(
    run: Mapping[str, Any], cleanup: Mapping[str, Any] | None, last_event_at: Any, before: str
) -> tuple[str, str]:
    """Why a run is not removed: (OPEN, NOT_CLEANED or YOUNG, in words); empty texts when it may go.

    :param cleanup: item ``cleanup``, the last proof of a clean-up.
    :param last_event_at: when something last happened to it; a cancelled run may have no end.
    """
    if run["status"] in ACTIVE:
        return OPEN, f"it is {run['status']}"
    times = (moments.whole_seconds(one) or "" for one in (run["created_at"], run.get("ended_at"), last_event_at))
    last = max(times)
    if not last or last >= before:
        return YOUNG, f"it was last worked on at {last or 'a time that nobody knows'}"
    launched = run["summary"].get(outcomes.LAUNCHED) or 0
    if run["mode"] in DRILLS and launched and not (cleanup or {}).get("clean"):
        return NOT_CLEANED, f"nothing proves that its {count(int(launched), 'instance')} are gone; terminate them first"
    return "", ""
