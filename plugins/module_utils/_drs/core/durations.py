"""Durations as people write them: 900, 15m, 1h30m or 1d, read as seconds."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

_DURATION = re.compile(r"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$", re.ASCII | re.IGNORECASE)


def parse_duration(value: Any) -> int:
    """Read a duration as seconds: a number of seconds, or text such as ``900``, ``15m``, ``1h30m``, ``1d``.

    :raises DrsError: ``invalid_duration`` for anything else, and for negative numbers.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return int(value)
    text = re.sub(r"\s+", "", str(value)) if isinstance(value, str) else ""
    match = _DURATION.match(text)
    if not text or match is None:
        raise DrsError("invalid_duration", f"{value!r} is not a duration; write 900, 15m, 1h30m or 1d.")
    return sum(int(amount or 0) * unit for amount, unit in zip(match.groups(), (86400, 3600, 60, 1)))
