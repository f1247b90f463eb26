#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_capacity_plan
short_description: Add up the capacity of cells and place planned servers over staging accounts
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Adds up what M(resilience.drs.drs_capacity_info) returned for several cells, and says which staging accounts planned servers
    would go to.
  - The placement uses the fewest accounts, fills none beyond O(fill_percent) and never beyond a limit, and is always the same
    for the same input. Where the servers of a staging account are extended to a target, they must fit into the target as well.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  cells:
    description: The cells, each with what was read of it.
    type: list
    elements: dict
    required: true
    suboptions:
      cell:
        description: Host name of the cell.
        type: str
        required: true
      account_id:
        description: Its account.
        type: str
      region:
        description: Its Region.
        type: str
      account_types:
        description: Types of its account, out of C(source), C(staging) and C(target).
        type: list
        elements: str
        default: []
      extend_to:
        description: Host name of the cell that its servers are extended to.
        type: str
      capacity:
        description: RV(resilience.drs.drs_capacity_info#module:capacity) of the cell. Without it the cell counts as not read.
        type: dict
      costs:
        description: RV(resilience.drs.drs_cost_info#module:costs) of the cell, or C(cell), C(account_id) and C(error).
        type: dict
      error:
        description: Why the cell could not be read.
        type: dict
  planned:
    description: Number of servers to place.
    type: int
    default: 0
  into:
    description: Servers are placed in cells whose account is of one of these types.
    type: list
    elements: str
    choices: [source, staging, target]
    default: [staging]
  region:
    description:
      - Place only in cells of this Region. Required when cells of several Regions could take the servers, because a server
        replicates into one.
    type: str
  fill_percent:
    description:
      - How full a cell may get, in percent of its limit of replicating servers. The rest is room for agents that register again
        and for reversed replication.
    type: float
    default: 80.0
  warning_percent:
    description: A quota that is used to this percentage or more has the level C(warning).
    type: float
    default: 80.0
  critical_percent:
    description: A quota that is used to this percentage or more has the level C(critical). At 100 % it is C(full).
    type: float
    default: 90.0
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_capacity_info
  - module: resilience.drs.drs_show
"""

EXAMPLES = r"""
- name: Say where 500 more servers would go
  resilience.drs.drs_capacity_plan:
    cells: "{{ ansible_play_hosts_all | map('extract', hostvars, 'capacity_cell') }}"
    planned: 500
    region: us-west-2
  run_once: true
  register: placed

- name: Insist that they fit
  ansible.builtin.assert:
    that: placed.fits
    fail_msg: "{{ placed.placement.reasons | join('; ') }}"
  run_once: true
"""

RETURN = r"""
cells:
  description: The capacities of the cells that were read.
  returned: success
  type: list
  elements: dict
total:
  description:
    - All of them together, with C(quotas) added up, C(servers), C(machines) (a machine that is extended counts once), and the
      C(level) of the fullest cell.
  returned: success
  type: dict
costs:
  description:
    - What the accounts cost in a month, null where no cell was priced. C(accounts) has for each account C(cells), C(servers),
      C(replication_servers), C(disks_gb), C(snapshots_gb) and C(cost). C(savings) names what could be saved, C(saving) is its sum,
      C(unpriced) what the prices lack, and C(unread) the cells that could not be priced.
  returned: success
  type: dict
placement:
  description: Where the planned servers would go.
  returned: success
  type: dict
  contains:
    placements:
      description:
        - One entry for each cell that takes servers, with C(servers), C(used_before), C(used_after), C(limit), C(percent) and
          C(level).
      returned: always
      type: list
      elements: dict
    placed:
      description: How many servers have a place.
      returned: always
      type: int
    unplaced:
      description: How many have none.
      returned: always
      type: int
    reasons:
      description: Why, in words.
      returned: always
      type: list
      elements: str
    would_fit_at_limit:
      description: How many would have a place if every cell were filled up to its limit.
      returned: always
      type: int
fits:
  description: Whether every planned server has a place.
  returned: success
  type: bool
unknown_cells:
  description: The cells that were not read, with their errors. They are in no sum and take no server.
  returned: success
  type: list
  elements: dict
coverage:
  description: C(complete), or C(incomplete) when a cell was not read.
  returned: success
  type: str
"""
