"""What a run can be: its modes, its kinds, its statuses; and the two modes of a launch."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

DRILL = "drill"
RECOVERY = "recovery"
FAILBACK = "failback"
FAILBACK_DRILL = "failback_drill"
MODES = (DRILL, RECOVERY)
"""Of a launch."""
DRILLS = (DRILL, FAILBACK_DRILL)
OF_RUNS = (DRILL, RECOVERY, FAILBACK_DRILL, FAILBACK)
"""The modes of runs, as their records have them."""

KINDS = (RECOVERY, "deployment", FAILBACK, "termination", "extension")

ACTIVE = ("planned", "waiting", "running", "paused")
"""Statuses of runs that have not ended."""
STATUSES = (*ACTIVE, "cancelled", "succeeded", "partial", "failed", "timeout")
ENDED = tuple(status for status in STATUSES if status not in ACTIVE)
