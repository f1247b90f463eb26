#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_agent_plan
short_description: Put the waves of a deployment of agents together, over all cells
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Takes what M(resilience.drs.drs_agent_install) returned in check mode in every source cell, and makes the waves of the deployment
    from the wave tags of the machines, in their running order.
  - Adds up what all source cells would send to each replication cell, and compares it with the room there. Room that suffices for
    each source cell alone may not suffice for all of them.
  - A cell that could not be read is named with its reason, and never passes for an empty one.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  deployment_id:
    description: Name of the deployment.
    type: str
    required: true
  cells:
    description:
      - The source cells, each with C(cell), C(account_id), C(region), and C(extend_to), the cell that the servers will be extended to,
        if they will.
    type: list
    elements: dict
    required: true
  readings:
    description: What M(resilience.drs.drs_agent_install) returned in check mode, by the name of the cell, failures included.
    type: dict
    required: true
  waves:
    description: Only these waves, by default all.
    type: list
    elements: str
    default: []
  allow_empty:
    description: Accept that no machine is selected.
    type: bool
    default: false
  expected_count:
    description: Refuse a plan that does not hold exactly so many machines.
    type: int
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
  - resilience.drs.tag_keys
seealso:
  - module: resilience.drs.drs_agent_install
  - module: resilience.drs.drs_wave_verdict
"""

EXAMPLES = r"""
- name: Ask every cell what it would do
  resilience.drs.drs_agent_install:
  check_mode: true
  register: reading

- name: Put the waves together
  resilience.drs.drs_agent_plan:
    deployment_id: march-rollout
    cells:
      - {cell: shop.us-east-1, account_id: "111111111111", region: us-east-1}
    readings: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'reading'))) }}"
  run_once: true
  register: planned
"""

RETURN = r"""
plan:
  description: The deployment.
  returned: success
  type: dict
  contains:
    waves:
      description: The waves in their order, each with its machines, and their ids by cell.
      returned: always
      type: list
      elements: dict
    cells:
      description: Each cell with its replication cell, its pattern (C(same_account), C(cross_account) or C(extended)) and its method.
      returned: always
      type: list
      elements: dict
    settled:
      description: The machines that nothing is to be done about, with the reason.
      returned: always
      type: list
      elements: dict
    capacity:
      description: The room of each replication cell against what all cells would send there.
      returned: always
      type: list
      elements: dict
    unknown_cells:
      description: The cells that could not be read.
      returned: always
      type: list
      elements: dict
    coverage:
      description: V(complete), or V(incomplete) when a cell could not be read.
      returned: always
      type: str
    summary:
      description: Number of machines by outcome, and their total.
      returned: always
      type: dict
errors:
  description: What forbids the plan, as text. Empty when nothing does.
  returned: success
  type: str
"""
