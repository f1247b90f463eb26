"""The pace of a wait: the options that every wait has, and the schedule of looks that they ask for."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import watch as progress

# Codes of credentials that were good once; see the catalogue for what each means.
EXPIRED = (
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "SSOTokenLoadError",
    "UnauthorizedSSOTokenError",
    "TokenRetrievalError",
)


def pace_spec(expected: int, least: int, greatest: int, timeout: int) -> dict[str, t.Any]:
    """The options that every wait has: how long it should take, how often to look, when to give up (seconds)."""
    return {
        "label": {"type": "str"},
        "expected_seconds": {"type": "int", "default": expected},
        "poll_interval": {"type": "int", "default": least},
        "poll_interval_max": {"type": "int", "default": greatest},
        "heartbeat": {"type": "int", "default": 60},
        "timeout": {"type": "int", "default": timeout},
        "max_errors": {"type": "int", "default": 10},
    }


def schedule(params: dict) -> progress.PollSchedule:
    """The schedule that the options of a wait ask for.

    :raises DrsError: ``invalid_option`` for intervals that cannot be.
    """
    if params["heartbeat"] <= 0:
        raise errors.DrsError("invalid_option", f"heartbeat: {params['heartbeat']} must be above 0 seconds")
    try:
        return progress.PollSchedule(params["expected_seconds"], params["poll_interval"], params["poll_interval_max"])
    except ValueError as exc:
        raise errors.DrsError("invalid_option", str(exc)) from exc
