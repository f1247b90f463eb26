#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_launch_configuration_template
short_description: Manage the launch configuration template of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Keeps the template from which new source servers of one cell take their launch settings. A cell has one at most.
  - Servers that are there already keep their settings.
  - What is not given stays as it is. Only what differs is written, and nothing when nothing differs.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  launch_disposition:
    description:
      - Whether a recovery instance is started.
    type: str
    choices: [STARTED, STOPPED]
  right_sizing:
    description:
      - How the instance type is chosen. V(BASIC) and V(IN_AWS) overwrite the type of the EC2 launch template.
    type: str
    choices: [NONE, BASIC, IN_AWS]
  copy_private_ip:
    description:
      - Launch with the private address of the server.
    type: bool
  copy_tags:
    description:
      - Give the recovery instance the tags of the server.
    type: bool
  os_byol:
    description:
      - Whether the operating system is licensed by you (bring your own licence).
    type: bool
  post_launch_enabled:
    description:
      - Run post-launch actions.
    type: bool
  launch_into_source_instance:
    description:
      - Launch into the instance that the server was replicated from.
    type: bool
  export_bucket_arn:
    description:
      - Bucket to export the settings of servers to.
    type: str
  recovery_mode:
    description:
      - How data is brought to the disks. Needs a botocore that knows it.
    type: str
    choices: [FAST, OPTIMAL]
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
  - module: resilience.drs.drs_replication_configuration_template
"""

EXAMPLES = r"""
- name: Let new servers start with the type that the EC2 launch template names
  resilience.drs.drs_launch_configuration_template:
    launch_disposition: STARTED
    right_sizing: NONE
    copy_tags: true
"""

RETURN = r"""
template:
  description: The template by the names of the options, with its C(arn). Null when there is none, or would be one in check mode.
  returned: success
  type: dict
  sample: {"launch_disposition": "STARTED", "right_sizing": "NONE", "copy_tags": true}
template_id:
  description: Its id, null without one.
  returned: success
  type: str
  sample: lct-11111111111111111
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import templates
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(templates.launch, templates.LAUNCH_SPEC)


if __name__ == "__main__":
    main()
