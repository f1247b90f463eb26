#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_launch_action
short_description: Apply declared post-launch actions to source servers of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Manages the post-launch actions of the source servers of one cell, all of them in one call, and of the launch configuration
    template, from which new servers of the cell take theirs. An action is a document of Systems Manager, of AWS or of your own, that DRS runs
    after it has launched a machine.
  - Actions are declared for the account, for groups of servers and for single ones, and known by their names. Actions that are not
    named stay as they are, unless O(purge) is set.
  - DRS runs them only on servers whose launch settings have C(post_launch_enabled), see
    M(resilience.drs.drs_launch_configuration). What became of them is C(post_launch) of the server in M(resilience.drs.drs_job_wait).
  - Only what differs is written, and nothing when nothing differs. What cannot be is refused for its server, by name; the others
    continue.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  account:
    description:
      - Actions of the account. They are kept in the launch configuration template, from which new servers take theirs, and on all servers,
        below O(groups) and O(servers).
    type: list
    elements: dict
    default: []
    suboptions: &action
      name:
        description: Name of the action, by which it is known.
        type: str
        required: true
      state:
        description: Whether it shall be there.
        type: str
        choices: [present, absent]
        default: present
      document:
        description: The document of Systems Manager, by its name or ARN. A new action needs it.
        type: str
      document_version:
        description: Its version, a number, V($DEFAULT) or V($LATEST). V($DEFAULT) for a new action.
        type: str
      order:
        description:
          - Its place among the actions of a server, 2 to 10000. Each is there once.
          - A new action without one comes after the others, from 1001 on.
        type: int
      optional:
        description:
          - Whether the launch succeeds when the action fails. V(true) for a new action.
          - C(recovery_policy) may judge otherwise, by C(post_launch).
        type: bool
      active:
        description: Whether it runs. V(true) for a new action.
        type: bool
      category:
        description: Where the console of DRS shows it. V(OTHER) for a new action.
        type: str
        choices: [MONITORING, VALIDATION, CONFIGURATION, SECURITY, OTHER]
      description:
        description: What it is for. Its name for a new action.
        type: str
      parameters:
        description:
          - Parameters of the document by name, each with C(value), the name of a parameter of Systems Manager, and C(type) V(SSM_STORE), or with
            the type V(DYNAMIC). Given, they replace those that are there.
        type: dict
  groups:
    description:
      - Actions of groups of servers. A server may be in several; of two actions of the same name the later one wins.
      - A group without selectors matches all servers of the cell.
    type: list
    elements: dict
    default: []
    suboptions:
      applications:
        description: The servers of these applications.
        type: list
        elements: str
      tags:
        description: The servers that carry all of these tags. A value may be a list, of which one must match.
        type: dict
      actions:
        description: The actions of the servers of the group.
        type: list
        elements: dict
        required: true
        suboptions: *action
  servers:
    description: Actions of single servers. They win over those of groups.
    type: list
    elements: dict
    default: []
    suboptions:
      source_server_id:
        description: The server, by its id. Either this or the name.
        type: str
      name:
        description: The server, by its name. It must be the only one of that name in the cell.
        type: str
      actions:
        description: The actions of the server.
        type: list
        elements: dict
        required: true
        suboptions: *action
  purge:
    description: Remove actions that are not named, from the servers that actions are declared for and, with O(account), from the template.
    type: bool
    default: false
  ignore_unknown:
    description: Accept that a server of O(servers) is not in this cell, and return it in RV(unknown).
    type: bool
    default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - resilience.drs.tag_keys
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - Reads, and says what would change, which is the drift. Makes no call that changes anything.
  diff_mode:
    support: full
  idempotent:
    support: full
notes:
  - DRS tells the actions of one server at a time, so a cell of 1,000 servers takes 1,000 reads.
seealso:
  - module: resilience.drs.drs_launch_action_info
  - module: resilience.drs.drs_launch_configuration
"""

EXAMPLES = r"""
- name: Keep the actions that run after a launch
  resilience.drs.drs_launch_action:
    account:
      - name: time
        document: AWS-RunShellScript
        category: CONFIGURATION
    groups:
      - applications: [payments]
        actions:
          - name: payments answer
            document: Payments-Check
            category: VALIDATION
            optional: false
    servers:
      - name: db-01
        actions:
          - name: time
            state: absent
"""

RETURN = r"""
servers:
  description:
    - One entry for each server that actions are declared for. C(outcome) is one of C(unchanged), C(planned), C(applied), C(refused) and
      C(failed).
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
      sample: db-01
    outcome:
      description: What became of it.
      returned: always
      type: str
      sample: applied
    error:
      description: Why it did not succeed, with C(code), C(message), C(remedy) and C(retryable); null when it did.
      returned: always
      type: dict
templates:
  description: One entry for the template, of the form of RV(servers) with the id of the template in C(source_server_id), when O(account) is given.
  returned: success
  type: list
  elements: dict
summary:
  description: Number of servers by outcome, and their total.
  returned: success
  type: dict
  sample: {"applied": 2, "unchanged": 298, "total": 300}
drift:
  description:
    - What was not as declared before this call, one entry for each action of a server or the template. C(setting) is the name of the action;
      C(declared) and C(actual) are null where it shall not be, or is not, there.
  returned: success
  type: list
  elements: dict
  sample:
    - source_server_id: s-1111111111111111a
      name: db-01
      cell: payments.us-west-2
      account_id: "111111111111"
      region: us-west-2
      setting: time
      declared: null
      actual: {"document": "AWS-RunShellScript", "order": 1001}
unknown:
  description: Servers of O(servers) that are not in this cell.
  returned: success
  type: list
  elements: str
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import launch_actions
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(launch_actions.perform, launch_actions.ACTION_SPEC)


if __name__ == "__main__":
    main()
