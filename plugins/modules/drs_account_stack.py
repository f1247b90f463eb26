#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_account_stack
short_description: Apply one CloudFormation stack of the set-up of an account
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Makes or changes a stack. It is looked for in all Regions of O(regions), so that what is global to an account
    has one home, whichever cell is set up first.
  - A stack whose first creation failed holds nothing and can only be deleted; that is done, with the reason told.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  name:
    description: Name of the stack.
    type: str
    required: true
  template:
    description: The text of the template.
    type: str
    required: true
  parameters:
    description: Parameters of the template.
    type: dict
    default: {}
  secret_parameters:
    description: Parameters that CloudFormation shows as stars. They are never compared, and their values are in no message.
    type: dict
    default: {}
  tags:
    description: Tags of the stack and of what it makes.
    type: dict
    default: {}
  regions:
    description: Where to look for the stack. It is made in the first of them when it is in none. By default only O(region).
    type: list
    elements: str
    default: []
  roles_if_missing:
    description:
      - Parameters C(Make...) of the template that are V(true) or V(false), each with the name of the role that it switches.
        A role that the stack holds, or that is not in the account, is V(true). One that something else has made is V(false).
    type: dict
    default: {}
  tables_if_missing:
    description: The same of tables of DynamoDB, which outlive the stack that made them.
    type: dict
    default: {}
  drift:
    description: Also ask CloudFormation whether somebody changed what the stack made. Not in check mode.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for the stack.
    type: int
    default: 1800
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
      - Reads, and says what would change. Makes no call that changes anything, not even a change set.
  diff_mode:
    support: none
  idempotent:
    support: full
seealso:
  - module: resilience.drs.drs_service
"""

EXAMPLES = r"""
- name: Apply the roles of an account, wherever they are
  resilience.drs.drs_account_stack:
    name: resilience-drs-account
    template: "{{ lookup('ansible.builtin.file', 'account.yml') }}"
    parameters:
      ControllerPrincipals: arn:aws:iam::999999999999:root
    secret_parameters:
      ExternalId: "{{ external_id }}"
    regions: [us-west-2, us-east-1]
"""

RETURN = r"""
stack:
  description: Name of the stack.
  returned: success
  type: str
  sample: resilience-drs-account
region:
  description: The Region that holds it, or would hold it.
  returned: success
  type: str
  sample: us-west-2
differences:
  description: What was changed, or would be changed without check mode.
  returned: success
  type: list
  elements: str
  sample: ["the stack"]
outputs:
  description: The outputs of the stack, names and ARNs of what it made.
  returned: success
  type: dict
  sample: {"OrchestrationRoleArn": "arn:aws:iam::111111111111:role/DRSOrchestration"}
drift:
  description:
    - What somebody changed beside the stack, each with C(stack), C(region), C(logical_id), C(type), C(physical_id), C(status)
      and a C(text).
  returned: success
  type: list
  elements: dict
unread:
  description: Why it is not known whether somebody changed something beside the stack.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import stacks
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(stacks.perform, stacks.SPEC)


if __name__ == "__main__":
    main()
