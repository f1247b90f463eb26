#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_stack_set_drift
short_description: Ask whether somebody changed what CloudFormation stack sets of the set-up made
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Has CloudFormation compare the stacks of all instances of stack sets, all accounts at once, and tells what differs by account,
    Region and resource. It is asked in the account that administers the stack sets.
  - What cannot be read is told and is no failure.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  names:
    description: Names of the stack sets.
    type: list
    elements: str
    required: true
  call_as:
    description: V(DELEGATED_ADMIN) in the account of a delegated administrator of the organisation.
    type: str
    choices: [SELF, DELEGATED_ADMIN]
    default: SELF
  timeout:
    description: Seconds to wait for the comparison of one stack set.
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
      - Asks nothing, because a comparison is an operation of the stack set.
  diff_mode:
    support: none
  idempotent:
    support: full
seealso:
  - module: resilience.drs.drs_account_stack
"""

EXAMPLES = r"""
- name: Ask what was changed beside the stack set of the roles
  resilience.drs.drs_stack_set_drift:
    names: [resilience-drs-account]
    region: us-west-2
"""

RETURN = r"""
drift:
  description:
    - What somebody changed, each with C(stack) (the stack set), C(account_id), C(region), C(logical_id), C(type), C(physical_id),
      C(status) and a C(text).
  returned: success
  type: list
  elements: dict
unread:
  description: What is not known, a sentence each. Also instances that are not as their stack set is.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import stack_sets
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(stack_sets.perform, stack_sets.SPEC)


if __name__ == "__main__":
    main()
