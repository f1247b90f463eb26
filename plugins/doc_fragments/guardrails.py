# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Guardrails of a run, as drs_plan and drs_recovery know them."""

    DOCUMENTATION = r"""
options:
  guardrails:
    description:
      - Guardrails of the run. All of them are checked in the plan, and again right before each launch.
      - C(max_servers_per_wave), C(max_servers_per_account) and C(max_servers_per_run) are numbers of servers. Without
        one of them there is no such limit.
      - C(calendar) has C(windows), a list of C(days) (V(mon) to V(sun), by default all), C(from) and C(to) such as
        V('22:00'); C(freezes), a list of C(from), C(until) and C(reason); and C(timezone) for the windows, V(UTC) or an
        offset such as V('+02:00'). Without windows it is open outside of the freezes.
      - C(drill_lease_hours), by default V(8), is how long what a drill launches may exist. The end is written on its
        jobs, as the
        tag C(dr:expires).
    type: dict
    default: {}
  override_reason:
    description:
      - Why a declared disaster overrides the limits and the calendar of O(guardrails). For a recovery only, at least 10
        characters.
    type: str
"""
