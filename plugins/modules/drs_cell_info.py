#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_cell_info
short_description: Read everything that a plan needs from a cell of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Reads the source servers, the recovery instances and the recent jobs of one cell (one AWS account in one Region) in one go.
  - It is M(resilience.drs.drs_source_server_info), M(resilience.drs.drs_recovery_instance_info) and
    M(resilience.drs.drs_job_info) in one process with one session, for plays over many cells.
  - A cell of which any part cannot be read fails. Half a picture would pass for a whole one.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  parts:
    description:
      - What to read of it.
      - An empty list reads none of these, for plays that need the O(machines) alone.
    type: list
    elements: str
    choices: [source_servers, recovery_instances, jobs]
    default: [source_servers, recovery_instances, jobs]
extends_documentation_fragment:
  - resilience.drs.cell_reading
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
seealso:
  - module: resilience.drs.drs_source_server_info
  - module: resilience.drs.drs_recovery_instance_info
  - module: resilience.drs.drs_job_info
  - module: resilience.drs.drs_plan
  - module: resilience.drs.drs_tag_sync
"""

EXAMPLES = r"""
- name: Read every cell
  resilience.drs.drs_cell_info:
  register: read

- name: Read one cell without asking EC2
  resilience.drs.drs_cell_info:
    region: us-west-2
    assume_role_arn: arn:aws:iam::111111111111:role/DRSOrchestration
    include_ec2: false

- name: Read only the machines of every cell
  resilience.drs.drs_cell_info:
    parts: []
    machines: true
  register: read
"""

RETURN = r"""
source_servers:
  description: The source servers, as M(resilience.drs.drs_source_server_info) returns them.
  returned: when O(parts) has it
  type: list
  elements: dict
recovery_instances:
  description: The recovery instances, as M(resilience.drs.drs_recovery_instance_info) returns them.
  returned: when O(parts) has it
  type: list
  elements: dict
machines:
  description: The EC2 instances that are not terminated, with their C(instance_id), C(name), C(state), C(tags) and whether DRS made them.
  returned: when O(machines) is set
  type: list
  elements: dict
jobs:
  description: The jobs, as M(resilience.drs.drs_job_info) returns them.
  returned: when O(parts) has it
  type: list
  elements: dict
gaps:
  description:
    - What EC2 did not say, each with C(service), what is C(missing) therefore, and the C(error). What DRS says is there without it.
  returned: success
  type: list
  elements: dict
read_at:
  description: When the cell was read, by the clock of AWS.
  returned: success
  type: str
  sample: "2026-03-01T12:00:00Z"
summary:
  description: Counts of the servers and recovery instances, by state, Region, account and readiness.
  returned: when O(parts) has both
  type: dict
  sample: {"servers": 3, "ready": 3}
cell:
  description: The cell that was read.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(cell.everything, cell.CELL_SPEC)


if __name__ == "__main__":
    main()
