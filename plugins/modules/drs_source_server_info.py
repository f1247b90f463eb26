#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_source_server_info
short_description: Read the source servers of AWS Elastic Disaster Recovery (DRS) in a cell
version_added: 1.0.0
description:
  - Reads the source servers of one cell (one AWS account in one Region) and shows how well each is protected, namely
    its
    replication state, lag, initiation steps, disks, errors with their remedy, life cycle and staging area.
  - A cell that cannot be read fails with the account's role, the reason and the remedy. It is never returned as empty.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  source_server_ids:
    description:
      - Read only these source servers. An id that the cell does not have is an error.
    type: list
    elements: str
  tags:
    description:
      - Return only servers that carry all of these tags. A value may be a list, of which one must match.
    type: dict
    default: {}
  staging_account_ids:
    description:
      - Return only servers that were extended from these staging accounts.
    type: list
    elements: str
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
seealso:
  - module: resilience.drs.drs_recovery_instance_info
  - module: resilience.drs.drs_plan
"""

EXAMPLES = r"""
- name: Read every source server of each cell
  resilience.drs.drs_source_server_info:
  register: fleet

- name: Read the servers of one application in one cell
  resilience.drs.drs_source_server_info:
    region: us-west-2
    assume_role_arn: arn:aws:iam::111111111111:role/DRSOrchestration
    tags:
      dr:application: payments
      dr:wave: ["1", "2"]
"""

RETURN = r"""
source_servers:
  description: The source servers, sorted by name and ARN.
  returned: success
  type: list
  elements: dict
  contains:
    source_server_id:
      description: Id of the source server.
      returned: always
      type: str
      sample: s-1111111111111111a
    arn:
      description: ARN of the source server, its identity over all accounts.
      returned: always
      type: str
      sample: arn:aws:drs:us-west-2:111111111111:source-server/s-1111111111111111a
    name:
      description: The C(Name) tag, otherwise the host name, otherwise the id.
      returned: always
      type: str
      sample: web-01
    cell:
      description: The cell that was read.
      returned: always
      type: str
      sample: payments.us-west-2
    replication:
      description: State, lag in seconds, backlog in bytes, steps, disks, percent and error of the replication.
      returned: always
      type: dict
      sample: {"state": "CONTINUOUS", "lag_seconds": 0, "percent": 100}
    readiness:
      description:
        - Whether the server can be recovered now, how well, and why not. C(level) is the best one word for it, from
          V(ready) and V(lagging) to V(stopped) and V(disconnected). C(recoverable) is V(full), V(old_data) or V(no).
      returned: always
      type: dict
      sample:
        ready: true
        level: ready
        recoverable: full
        code: null
        reason: Replication is continuous.
    extended:
      description: Whether the server is an extended copy of one in a staging account.
      returned: always
      type: bool
    staging_area:
      description: Staging account, server and status of an extended server.
      returned: always
      type: dict
    last_launch:
      description: Type, job, time and status of the last launch.
      returned: always
      type: dict
    tags:
      description: Tags of the source server.
      returned: always
      type: dict
summary:
  description: Counts of the servers that were read, by state, Region, account and readiness.
  returned: success
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
    run_in_cell(
        cell.source_servers,
        {
            "source_server_ids": {"type": "list", "elements": "str"},
            "tags": {"type": "dict", "default": {}},
            "staging_account_ids": {"type": "list", "elements": "str"},
        },
        mutually_exclusive=[("source_server_ids", "staging_account_ids")],
    )


if __name__ == "__main__":
    main()
