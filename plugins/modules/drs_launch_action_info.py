#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_launch_action_info
short_description: Show the post-launch actions of source servers of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Reads the post-launch actions of the launch configuration template of one cell, and of source servers that are named.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  source_server_ids:
    description: The servers. Each takes a call.
    type: list
    elements: str
    default: []
  template:
    description: Read the template as well.
    type: bool
    default: true
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
  diff_mode:
    support: none
    details:
      - Changes nothing.
  idempotent:
    support: full
seealso:
  - module: resilience.drs.drs_launch_action
"""

EXAMPLES = r"""
- name: What runs after a launch of a server
  resilience.drs.drs_launch_action_info:
    source_server_ids: [s-1111111111111111a]
  register: actions
"""

RETURN = r"""
resources:
  description: The template and the servers, with their actions in the order in which they run.
  returned: success
  type: list
  elements: dict
  contains:
    resource_id:
      description: Id of the template or the source server.
      returned: always
      type: str
      sample: s-1111111111111111a
    name:
      description: Name of the server, or what the template is.
      returned: always
      type: str
      sample: db-01
    actions:
      description:
        - The actions by the names of the options of M(resilience.drs.drs_launch_action), with C(action_id) and C(type), which is C(SSM_COMMAND) or
          C(SSM_AUTOMATION).
      returned: always
      type: list
      elements: dict
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import launch_actions
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(launch_actions.info, launch_actions.INFO_SPEC)


if __name__ == "__main__":
    main()
