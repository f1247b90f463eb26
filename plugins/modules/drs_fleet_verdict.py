#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_fleet_verdict
short_description: Judge what a role has found or done in all cells
version_added: 1.0.0
description:
  - Says whether a role that works with the whole fleet ends well, why it does not, and which playbook follows.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  kind:
    description:
      - Which role it is.
    type: str
    required: true
    choices: [capacity, launch_actions, launch_settings, readiness, replication_settings, setup, tag_sync]
  data:
    description:
      - What M(resilience.drs.drs_capacity_plan) returned, or the report of M(resilience.drs.drs_readiness).
      - With O(kind=setup) one cell with C(cell), C(account_id), C(stacks), C(outputs), C(service) and C(templates).
    type: dict
    default: {}
  cells:
    description:
      - The cells of O(kind=launch_settings), O(kind=launch_actions), O(kind=replication_settings) and O(kind=tag_sync), each with C(cell), C(error) and
        C(servers), and for settings with C(drift) and C(unknown), for those of replication with C(templates) and C(resync).
    type: list
    elements: dict
    default: []
  planned:
    description:
      - How many servers were to be placed, with O(kind=capacity).
    type: int
    default: 0
  fail_at:
    description:
      - The level of the fullest cell from which capacity counts as insufficient, C(warning), C(critical) or C(full).
        Any other value means never.
    type: str
    default: never
  fail_below:
    description:
      - The score below which the fleet is not ready, with O(kind=readiness).
    type: int
    default: 0
  fail_on_unreadable:
    description:
      - Whether a cell that could not be read counts.
    type: bool
    default: false
  fail_on_drift:
    description:
      - Whether settings that were not as declared count, with O(kind=launch_settings) and O(kind=replication_settings).
    type: bool
    default: false
  state:
    description:
      - What was asked for, with O(kind=launch_settings) and O(kind=replication_settings).
    type: str
    default: present
  change_id:
    description:
      - The name of the change, with O(kind=launch_settings) and O(kind=replication_settings).
    type: str
  check:
    description:
      - Whether the role only looked.
    type: bool
    default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_capacity_plan
  - module: resilience.drs.drs_readiness
"""

EXAMPLES = r"""
- name: Judge how full the cells are
  resilience.drs.drs_fleet_verdict:
    kind: capacity
    data: "{{ capacity }}"
    fail_at: critical
  run_once: true
  register: verdict
"""

RETURN = r"""
ok:
  description: Whether there are no reasons against it.
  returned: success
  type: bool
reasons:
  description: The reasons against it, in words.
  returned: success
  type: list
  elements: str
next:
  description:
    - The playbook after it, with C(playbook), C(options), C(kept) and C(check).
    - Empty when there is none.
  returned: success
  type: dict
result:
  description: What the roles launch_settings, launch_actions, replication_settings, account_setup and tag_sync leave for other tasks; otherwise empty.
  returned: success
  type: dict
"""
