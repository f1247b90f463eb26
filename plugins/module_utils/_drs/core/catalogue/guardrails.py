"""The error catalogue, part of guardrails."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_TYPED = "in a declared disaster give `recovery_override_reason`, which is recorded."

GUARDRAILS = {
    "blast_radius": Entry(
        "The run would touch more servers at once than its guardrails allow.",
        "Select less, spread the servers over more waves, or raise the limit in `recovery_guardrails`; " + _TYPED,
    ),
    "outside_window": Entry(
        "No maintenance window of the calendar is open.",
        "Wait for the window that the message names, or correct `calendar` of `recovery_guardrails`; " + _TYPED,
    ),
    "change_freeze": Entry(
        "A change freeze is in effect, and nothing may be started.",
        "Wait until it ends, or correct `calendar` of `recovery_guardrails`; " + _TYPED,
    ),
}
