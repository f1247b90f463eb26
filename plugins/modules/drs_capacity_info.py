#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_capacity_info
short_description: Read how full a cell of AWS Elastic Disaster Recovery (DRS) is
version_added: 1.0.0
description:
  - Counts what one cell (one AWS account in one Region) uses of the quotas of DRS, namely replicating servers, source servers,
    active jobs and servers in active jobs, and the extended servers by the staging account they are from.
  - The limits are read from Service Quotas. Where that is not possible, the documented ones are used, and the result says so.
  - An extended server replicates in its staging account. It counts to the replicating servers there, and to the source servers
    of the target, not to the replicating servers of the target.
  - A cell that cannot be read fails with the reason and the remedy. It is never returned as empty.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  limits:
    description:
      - Limits that differ from those of Service Quotas, by name (such as C(replicating_servers)) or quota code. They win.
    type: dict
    default: {}
  warning_percent:
    description: A quota that is used to this percentage or more has the level C(warning).
    type: float
    default: 80.0
  critical_percent:
    description: A quota that is used to this percentage or more has the level C(critical). At 100 % it is C(full).
    type: float
    default: 90.0
  planned:
    description: So many servers are to be installed, to replicate into this cell. Says whether they fit.
    type: int
    default: 0
  planned_extended:
    description: So many servers are to be extended into this cell. Says whether they fit.
    type: int
    default: 0
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
seealso:
  - module: resilience.drs.drs_capacity_plan
  - module: resilience.drs.drs_extended_source_server
"""

EXAMPLES = r"""
- name: See how full each cell is
  resilience.drs.drs_capacity_info:
  register: capacity

- name: Insist on room for 40 more servers before agents are installed
  resilience.drs.drs_capacity_info:
    planned: 40
  register: capacity
  failed_when: not (capacity.capacity.planned.fits | default(false))
"""

RETURN = r"""
capacity:
  description: The capacity of the cell.
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
    level:
      description: Level of the fullest quota, one of C(ok), C(warning), C(critical) and C(full).
      returned: always
      type: str
      sample: warning
    quotas:
      description:
        - One entry for each quota, with C(name), C(code), C(title), C(used), C(limit), C(free), C(percent), C(level),
          C(adjustable), and C(source), where the limit is from, C(service_quotas), C(documented) or C(given).
      returned: always
      type: list
      elements: dict
    limits:
      description: All limits by name, fit for O(resilience.drs.drs_recovery#module:limits) and its siblings.
      returned: always
      type: dict
    limits_error:
      description: Why Service Quotas could not be read; null when it could.
      returned: always
      type: dict
    servers:
      description:
        - Number of source servers, C(total), C(own) (not extended), C(extended), C(replicating), and C(recoverable), those with
          data to launch from.
      returned: always
      type: dict
      sample: {"total": 850, "own": 250, "extended": 600, "replicating": 250, "recoverable": 850}
    extended:
      description: For each staging account its C(servers) that are extended into the cell, and how many are C(broken).
      returned: always
      type: list
      elements: dict
      sample: [{"staging_account_id": "222222222222", "servers": 300, "broken": 0}]
    jobs:
      description: Number of active C(jobs) and of C(servers) in them, and the jobs C(by_type).
      returned: always
      type: dict
      sample: {"jobs": 1, "servers": 100, "by_type": {"LAUNCH": 1}}
    planned:
      description: Whether the planned servers fit (C(fits)), by which quotas not (C(blocked_by)), and how full it would be.
      returned: always
      type: dict
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import capacity
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(capacity.read, capacity.CAPACITY_SPEC)


if __name__ == "__main__":
    main()
