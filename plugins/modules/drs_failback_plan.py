#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_failback_plan
short_description: Plan which servers fail back, to where, and in which waves, over all cells
version_added: 1.0.0
description:
  - Selects the servers that have a recovery instance, orders them in waves, and checks what can be checked before anything begins.
  - The plan has the same format as one of M(resilience.drs.drs_plan), as far as M(resilience.drs.drs_wave_verdict)
    reads it.
  - It computes from its options alone, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  name:
    description: The name of the plan. It is a part of what a person types to confirm.
    type: str
    required: true
  mode:
    description: Whether it is a rehearsal or the real thing.
    type: str
    choices: [failback, failback_drill]
    required: true
  cells:
    description:
      - Every cell with what was read of it, as for M(resilience.drs.drs_plan).
    type: list
    elements: dict
    required: true
  known_cells:
    description:
      - Cells that can be reached and were not read, each a list of its account and Region, by name.
      - A server that came from none of them, and from none of O(cells), is refused.
    type: dict
    default: {}
  selection:
    description:
      - Which servers, by C(tags) (all must match), C(source_server_ids), C(applications) and C(waves). Without it, all that were
        failed over.
    type: dict
    default: {}
  allow_empty:
    description: Whether a selection without servers is fine.
    type: bool
    default: false
  expected_count:
    description: How many servers are expected. Another number is an error.
    type: int
  policy:
    description: C(max_failures) and C(continue_on_failure), see M(resilience.drs.drs_wave_verdict).
    type: dict
    default: {}
  launch_groups:
    description:
      - What servers of groups launch with in their original cells, as the option O(resilience.drs.drs_launch_configuration#module:groups).
        Their copy there is a new source server, which has the settings of the template of that cell.
    type: list
    elements: dict
    default: []
  launch_servers:
    description: The same for single servers, by the id or name in the recovery cell.
    type: list
    elements: dict
    default: []
  run_id:
    description: The run that the plan is for. Only its form is checked.
    type: str
  confirm:
    description: What a person typed to confirm.
    type: str
  fail_on_error:
    description: Whether an error among the findings fails the task.
    type: bool
    default: true
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
  - resilience.drs.tag_keys
seealso:
  - module: resilience.drs.drs_failback
  - module: resilience.drs.drs_cell_info
"""

EXAMPLES = r"""
- name: Plan the failback of one application
  resilience.drs.drs_failback_plan:
    name: shop
    mode: failback
    cells: "{{ ansible_play_hosts_all | map('extract', hostvars, 'status_cell') }}"
    selection:
      applications: [shop]
  run_once: true
  register: planned
"""

RETURN = r"""
plan:
  description:
    - The plan, with C(name), C(mode), C(hash), C(policy), C(coverage), C(waves), C(excluded), C(findings), C(regions),
      C(confirmation) and C(summary).
    - Each server of a wave has its C(origin), its C(original) cell, its C(original_instance_id), its C(recovery_instance_id) and its
      C(launch_settings), which are empty when none are declared.
  returned: success
  type: dict
findings:
  description: What was found, errors first.
  returned: success
  type: list
  elements: dict
valid:
  description: Whether none of them is an error.
  returned: success
  type: bool
confirmation:
  description: What a person must type to confirm the plan.
  returned: success
  type: str
  sample: FAILBACK shop 12 us-east-1 TERMINATE 12 us-west-2
confirmed:
  description: Whether O(confirm) is that text.
  returned: success
  type: bool
"""
