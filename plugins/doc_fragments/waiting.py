# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What all that waits takes with the same default."""

    DOCUMENTATION = r"""
options:
  label:
    description: What every line begins with, by default the name of the cell.
    type: str
  heartbeat:
    description:
      - Seconds of silence after which a progress line is printed. After an hour of waiting the interval grows, up to 15
        times this value.
    type: int
    default: 60
  max_errors:
    description: How many looks in a row may fail for a reason that may pass.
    type: int
    default: 10
"""

    PACE = r"""
options:
  poll_interval:
    description: Minimum number of seconds between two polls.
    type: int
    default: 5
  poll_interval_max:
    description: Maximum number of seconds between two polls.
    type: int
    default: 60
  heartbeat:
    description:
      - Seconds of silence after which a progress line is printed. After an hour of waiting the interval grows, up to 15
        times this value.
    type: int
    default: 60
  timeout:
    description: Seconds after which to stop waiting. What was started continues in AWS.
    type: int
    default: 3600
"""
