"""The tags that a run writes on what it starts, so that any controller recognises it later."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

# Written on DRS jobs: how a later session, on any controller, recognises what this run started.
RUN_TAG = "resilience.drs/run"
WAVE_TAG = "resilience.drs/wave"
BATCH_TAG = "resilience.drs/batch"
# Written on the jobs of drills: when what they launched is to be gone.
EXPIRES_TAG = "dr:expires"
# Written on automations: which action of which run started them.
ACTION_TAG = "resilience.drs/action"
