# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What is read of a cell beside its servers."""

    DOCUMENTATION = r"""
options:
  include_ec2:
    description:
      - Also ask EC2 for the private address, type and subnet of each recovery instance.
    type: bool
    default: true
  machines:
    description:
      - Also read the EC2 instances of the cell that are not terminated, 1,000 at a time, to find those that are tagged
        for recovery and not in DRS, or for M(resilience.drs.drs_tag_sync).
    type: bool
    default: false
  lookback_hours:
    description:
      - Read the jobs that were created in this many hours.
    type: int
    default: 48
"""
