#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_readiness
short_description: Assess how ready a fleet is to be recovered with AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Gives 0 to 100 points in six parts, which are coverage (30), lag against the RPO (20), freshness of drills (20), drift (10), capacity (10)
    and the last drill (10), and shows each part.
  - What could not be read earns no points, and coverage then has no percentage. A part that was not requested
    (capacity, drift) is left out of the sum, and the report says so.
  - One critical server that is not protected makes the whole 0. A server is critical unless its tag says no.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  cells:
    description:
      - What was read from each cell, as the fact C(status_cell) of the role P(resilience.drs.status#role) holds it. C(extend_to) in a cell
        says that its servers have to be extended.
    type: list
    elements: dict
    required: true
  machines:
    description:
      - The C(machines) that M(resilience.drs.drs_cell_info) returned, of all cells in one list.
      - Without them only source servers are counted, and machines that are in no DRS are missed.
    type: list
    elements: dict
    default: []
  history:
    description: The C(records) of drills that M(resilience.drs.drs_history_info) returned.
    type: list
    elements: dict
    default: []
  history_error:
    description: Why the history could not be read. The parts that need it are then unknown.
    type: dict
  capacity:
    description: For each cell the C(capacity) that M(resilience.drs.drs_capacity_info) returned, or C(error). Without it the part is not assessed.
    type: list
    elements: dict
  drift:
    description: Differences from what was configured, each with a C(severity). Without it the part is not assessed.
    type: list
    elements: dict
  rpo_seconds:
    description: The RPO of servers whose tags name none.
    type: int
    default: 3600
  max_silence_seconds:
    description: A server that DRS has not heard of for longer does not count as healthy.
    type: int
    default: 3600
  drill_max_age_days:
    description: An application must have passed a drill within this many days. Records of drills have to be kept as long.
    type: int
    default: 90
  now:
    description: The time to judge by; the present without it.
    type: str
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
  - resilience.drs.tag_keys
seealso:
  - module: resilience.drs.drs_fleet_report
  - module: resilience.drs.drs_history_info
"""

EXAMPLES = r"""
- name: Judge the fleet
  resilience.drs.drs_readiness:
    cells: "{{ ansible_play_hosts_all | map('extract', hostvars, 'status_cell') }}"
    history: "{{ drills.records }}"
  run_once: true
  register: ready
"""

RETURN = r"""
report:
  description: The report.
  returned: success
  type: dict
  contains:
    score:
      description: Points of 100, rounded down; null when nothing is in scope.
      returned: always
      type: int
      sample: 83
    grade:
      description: C(A) from 90, C(B) from 80, C(C) from 70, C(D) from 60, else C(F).
      returned: always
      type: str
      sample: B
    complete:
      description: Whether every part was assessed and known.
      returned: always
      type: bool
    hard_zero:
      description: The critical servers that are not protected.
      returned: always
      type: list
      elements: str
    parts:
      description: Each part with C(weight), C(points) (null when it was not assessed), C(state) and C(reason).
      returned: always
      type: list
      elements: dict
    coverage:
      description: Servers C(in_scope), those C(healthy), and their C(percent), which is null when a cell could not be read.
      returned: always
      type: dict
    lag:
      description: The worst lag, servers whose lag is unknown, and those that have stalled.
      returned: always
      type: dict
    applications:
      description: Each application with its servers, worst lag, last drill, last passed drill, and whether one is due.
      returned: always
      type: list
      elements: dict
    outstanding:
      description: The servers that do not count as healthy, and why.
      returned: always
      type: list
      elements: dict
    tag_findings:
      description: What is written in tags and cannot be meant as it is read, and machines whose tags nearly ask for protection.
      returned: always
      type: list
      elements: dict
    cells:
      description: Number of cells.
      returned: always
      type: int
    unknown_cells:
      description: The cells that could not be read, and why.
      returned: always
      type: list
      elements: dict
    at:
      description: The time that was judged by.
      returned: always
      type: str
"""
