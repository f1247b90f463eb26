#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_cost_info
short_description: Price what AWS Elastic Disaster Recovery (DRS) keeps in a cell at rest
version_added: 1.0.0
description:
  - Reads the source servers, replication servers, staging disks and snapshots of one cell (one AWS account in one Region), and
    prices a month in which nothing is recovered. It also names what could be saved.
  - The collection knows no price. What O(prices) does not price is named in RV(costs.unpriced) and is in no sum.
  - Recovery instances and their disks are left out.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  prices:
    description:
      - The content of a price file with C(currency), C(hours_per_month) (by default 730) and C(regions).
      - C(regions) has V(default) or names of Regions. Each takes C(server_hour), C(snapshot_gb_month) and
        C(snapshot_change_percent), and by type C(instance_hour), C(disk_gb_month), C(disk_iops_month) and C(disk_iops_free).
      - The page on capacity explains each of them.
    type: dict
    required: true
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
seealso:
  - module: resilience.drs.drs_capacity_info
"""

EXAMPLES = r"""
- name: Price each cell
  resilience.drs.drs_cost_info:
    prices: "{{ lookup('ansible.builtin.file', 'prices.yml') | from_yaml }}"
  register: priced

- name: Show what could be saved
  ansible.builtin.debug:
    var: priced.costs.savings
"""

RETURN = r"""
costs:
  description: What the cell costs in a month.
  returned: success
  type: dict
  contains:
    cell:
      description: The cell that was read.
      returned: always
      type: str
      sample: staging-a.us-west-2
    account_id:
      description: Its account, null when nothing that was read says it.
      returned: always
      type: str
      sample: "111111111111"
    region:
      description: Its Region.
      returned: always
      type: str
      sample: us-west-2
    currency:
      description: What all costs are in, as the price file says.
      returned: always
      type: str
      sample: EXAMPLE
    cost:
      description: The sum of all that has a price.
      returned: always
      type: float
    servers:
      description: Source servers that are paid for here (C(number), C(cost)). Extended, stopped and disconnected ones are not.
      returned: always
      type: dict
    replication_servers:
      description: Running replication servers, with C(number), C(by_type) and C(cost).
      returned: always
      type: dict
    disks:
      description: For each type of disk, C(type), C(number), C(gb) and C(cost).
      returned: always
      type: list
      elements: dict
    snapshots:
      description: C(number) of snapshots, of so many C(volumes), the C(gb) that are counted, and their C(cost).
      returned: always
      type: dict
    unpriced:
      description: Prices that are missing in the file, by their names in it.
      returned: always
      type: list
      elements: str
      sample: ["disk_gb_month.st1"]
    savings:
      description:
        - What could be saved, the dearest first, with C(code), C(ids), C(number), C(gb), C(cost) (null when it has no price) and
          C(remedy). C(code) is one of C(disks_unattached), C(disks_gp2), C(replication_servers_idle), C(servers_held_up).
      returned: always
      type: list
      elements: dict
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import costs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(costs.read, costs.COST_SPEC)


if __name__ == "__main__":
    main()
