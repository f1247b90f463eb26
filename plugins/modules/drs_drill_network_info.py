#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_drill_network_info
short_description: Find drills of AWS Elastic Disaster Recovery (DRS) that would launch into a forbidden network
version_added: 1.0.0
description:
  - Reads the launch settings of source servers of one cell, and holds them against the guardrail for the network of drills.
  - This is for the plan. M(resilience.drs.drs_recovery) checks the same again, right before it launches.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  source_server_ids:
    description: The servers. All of the cell without it.
    type: list
    elements: str
  drill_network:
    description:
      - The guardrail, as M(resilience.drs.drs_recovery) takes it.
    type: dict
    required: true
    suboptions:
      subnet_ids:
        description: The subnets that drills may launch into. Either this or the tags must be given; with both, both must hold.
        type: list
        elements: str
      subnet_tags:
        description: Tags that the subnets of drills carry, all of them. A value may be a list, of which one must match.
        type: dict
      security_group_ids:
        description: The security groups that drills may launch with. Not checked when it is not given.
        type: list
        elements: str
      production_subnet_ids:
        description: Subnets that no drill may launch into, whatever else is allowed. The subnets of the source machines
          are always included.
        type: list
        elements: str
      allow_public_ip:
        description: Allow public addresses.
        type: bool
        default: false
      allow_copy_private_ip:
        description: Allow launching with the private address of the source.
        type: bool
        default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.attributes.read_only
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
notes:
  - DRS tells the launch settings of one server at a time, so 100 servers take 100 reads.
seealso:
  - module: resilience.drs.drs_recovery
  - module: resilience.drs.drs_launch_configuration
"""

EXAMPLES = r"""
- name: See whether drills would stay among themselves
  resilience.drs.drs_drill_network_info:
    drill_network:
      subnet_tags: {purpose: drill}
"""

RETURN = r"""
findings:
  description: What speaks against drills, each with C(severity), C(code), C(message), C(remedy) and C(source_server_id).
  returned: success
  type: list
  elements: dict
allowed:
  description: Whether all of the servers may be drilled.
  returned: success
  type: bool
  sample: true
servers:
  description: How many servers were checked.
  returned: success
  type: int
  sample: 24
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.effects import drill_info
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(drill_info.read, drill_info.DRILL_INFO_SPEC)


if __name__ == "__main__":
    main()
