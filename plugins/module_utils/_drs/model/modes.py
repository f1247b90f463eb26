"""The two modes of a launch: a drill, or a real recovery."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

DRILL = "drill"
RECOVERY = "recovery"
MODES = (DRILL, RECOVERY)
