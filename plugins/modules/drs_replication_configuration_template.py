#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_replication_configuration_template
short_description: Manage the replication configuration template of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Keeps the template from which new source servers of one cell take their replication settings.
  - Servers that are there already keep their settings.
  - What is not given stays as it is. Only what differs is written, and nothing when nothing differs.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  staging_area_subnet_id:
    description:
      - Subnet of the replication servers. Needed for a new template.
    type: str
  replication_servers_security_groups_ids:
    description:
      - Security groups of the replication servers.
    type: list
    elements: str
  associate_default_security_group:
    description:
      - Give replication servers the security group of DRS as well. V(true) for a new template.
    type: bool
  replication_server_instance_type:
    description:
      - Type of the replication servers. V(t3.small) for a new template.
    type: str
  use_dedicated_replication_server:
    description:
      - Give every server a replication server of its own. V(false) for a new template.
    type: bool
  default_large_staging_disk_type:
    description:
      - Type of large staging disks. V(GP3) for a new template.
    type: str
    choices: [GP2, GP3, ST1, AUTO]
  ebs_encryption:
    description:
      - How staging disks are encrypted. V(DEFAULT) for a new template.
      - Servers that are to be extended into another account cannot use V(DEFAULT), because its key cannot be shared.
      - Changing it may make servers replicate from the start.
    type: str
    choices: [DEFAULT, CUSTOM, NONE]
  ebs_encryption_key_arn:
    description:
      - The key, with O(ebs_encryption=CUSTOM).
    type: str
  bandwidth_throttling:
    description:
      - Limit for each server in Mbit/s, V(0) for none, which a new template has.
    type: int
  data_plane_routing:
    description:
      - How data reaches the replication servers. V(PRIVATE_IP) for a new template.
    type: str
    choices: [PRIVATE_IP, PUBLIC_IP]
  create_public_ip:
    description:
      - Give replication servers a public address. V(false) for a new template.
    type: bool
  staging_area_tags:
    description:
      - Tags of everything in the staging area. Given, they replace those of the template.
    type: dict
  auto_replicate_new_disks:
    description:
      - Replicate disks that are added to a server later.
    type: bool
  internet_protocol:
    description:
      - Internet protocol of the replication. Needs a botocore that knows it.
    type: str
    choices: [IPV4, IPV6]
  pit_retention_days:
    description:
      - Days for which daily points in time are kept, 1 to 365. 7 for a new template. The other rules of the policy are fixed.
    type: int
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - resilience.drs.template
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - Reads, and says what would change. Makes no call that changes anything.
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: resilience.drs.drs_service
  - module: resilience.drs.drs_launch_configuration_template
"""

EXAMPLES = r"""
- name: Encrypt staging disks with a key that other accounts can use
  resilience.drs.drs_replication_configuration_template:
    staging_area_subnet_id: subnet-0123456789abcdef0
    ebs_encryption: CUSTOM
    ebs_encryption_key_arn: arn:aws:kms:us-west-2:222222222222:key/11111111-1111-1111-1111-111111111111
    pit_retention_days: 14
"""

RETURN = r"""
template:
  description: The template by the names of the options, with its C(arn). Null when there is none, or would be one in check mode.
  returned: success
  type: dict
  sample: {"staging_area_subnet_id": "subnet-0123456789abcdef0", "ebs_encryption": "CUSTOM", "pit_retention_days": 14}
template_id:
  description: Its id, null without one.
  returned: success
  type: str
  sample: rct-11111111111111111
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import templates
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(templates.replication, templates.REPLICATION_SPEC)


if __name__ == "__main__":
    main()
