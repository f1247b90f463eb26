#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_machine_info
short_description: Read the EC2 instances of a cell with their tags
version_added: 1.0.0
description:
  - Reads the EC2 instances of one cell that are not terminated, with their tags, in the shape that
    M(resilience.drs.drs_tag_sync) takes. It asks for 1,000 of them at a time.
author:
  - resilience.drs contributors (@resilience-drs)
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.attributes.read_only
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: resilience.drs.drs_tag_sync
"""

EXAMPLES = r"""
- name: Read the machines of every cell
  resilience.drs.drs_machine_info:
  register: machines
"""

RETURN = r"""
machines:
  description: The instances.
  returned: success
  type: list
  elements: dict
  sample:
    - instance_id: i-0123456789abcdef0
      name: web-01
      account_id: "111111111111"
      region: us-east-1
      cell: payments.us-east-1
      managed_by_drs: false
      tags: {"Name": "web-01", "dr:wave": "1"}
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-east-1
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import tag_sync
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(tag_sync.machines, tag_sync.MACHINE_SPEC)


if __name__ == "__main__":
    main()
