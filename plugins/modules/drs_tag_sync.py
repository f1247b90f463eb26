#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_tag_sync
short_description: Copy the tags of EC2 instances to source servers of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Compares the tags of the source servers of one cell with those of the EC2 instances that they protect, and writes what is
    missing or differs. Nothing is written when nothing differs.
  - Nothing is deleted without O(purge).
  - Never touched are tags of AWS (C(aws:)), those that DRS keeps for itself, and those that this collection writes
    (C(ExtendedFrom), C(DeploymentId)).
  - Extended copies take part like other servers; the reversed copies of a failback do not.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  machines:
    description:
      - The instances of all cells as M(resilience.drs.drs_cell_info) returns them. The source of a server may be in another
        account and Region.
      - Without it the instances of this cell are read.
    type: list
    elements: dict
  include:
    description: Patterns of the tag keys that are synchronised, with C(*) and C(?). Upper and lower case differ.
    type: list
    elements: str
    default: ["*"]
  exclude:
    description: Patterns of the tag keys that are not synchronised.
    type: list
    elements: str
    default: []
  purge:
    description:
      - Delete tags of servers that match O(include) and that their instances do not have.
      - It needs an O(include) that does not match every tag.
    type: bool
    default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - Reads, and says what would be written. Makes no call that changes anything.
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: resilience.drs.drs_cell_info
"""

EXAMPLES = r"""
- name: Bring the tags of recovery to the source servers
  resilience.drs.drs_tag_sync:
    include: ["dr:*", "Application", "Name"]
    machines: "{{ machines_of_all_cells }}"
"""

RETURN = r"""
servers:
  description:
    - One entry for each source server. C(outcome) is one of C(unchanged), C(planned), C(applied), C(refused), C(failed), and
      C(skipped) for a server that is no EC2 instance, or whose instance was not read.
  returned: success
  type: list
  elements: dict
  contains:
    source_server_id:
      description: Id of the source server.
      returned: always
      type: str
      sample: s-1111111111111111a
    name:
      description: Name of the server.
      returned: always
      type: str
      sample: web-01
    instance_id:
      description: The instance that it protects, null when it is none of EC2.
      returned: always
      type: str
      sample: i-0123456789abcdef0
    outcome:
      description: What became of it.
      returned: always
      type: str
      sample: unchanged
    error:
      description: Why it did not succeed, with C(code), C(message), C(remedy) and C(retryable); null when it did.
      returned: always
      type: dict
summary:
  description: Number of servers by outcome, and their total.
  returned: success
  type: dict
  sample: {"applied": 1, "unchanged": 999, "total": 1000}
changes:
  description: What differed, one entry for each server of which something did.
  returned: success
  type: list
  elements: dict
  sample:
    - source_server_id: s-1111111111111111a
      name: web-01
      write: {"dr:wave": "2"}
      delete: []
      before: {"dr:wave": "1"}
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import tag_sync
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(tag_sync.synchronise, tag_sync.SYNC_SPEC)


if __name__ == "__main__":
    main()
