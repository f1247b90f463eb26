#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_check_variables
short_description: Check the variables of a role of this collection before anything is called
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Ansible ignores a variable that nothing reads, so a selection under a wrong name would select everything.
  - Fails when an extra variable begins with the name of a role of this collection, or with C(drs_), and nothing reads it; and
    says how it is written. Names of one's own are declared with the variable C(drs_own_variables), a list of names or patterns.
  - Fails when an extra variable is internal to this collection, or is one that the role sets by itself.
  - Fails when an option of the role has a value that it cannot have, or a plan file or task file cannot be read.
  - The same names in the inventory are a warning, and so are variables of a role that does not run.
  - The roles call it first. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  verb:
    description: What is run. It is the name of the role, but for the entry points of the role P(resilience.drs.runs#role).
    type: str
    required: true
    choices: [recovery, failback, terminate, orchestrate, runs, resume, cancel, pause, approve, evidence,
      agent_deploy, server_extend, launch_settings, launch_actions, replication_settings, tag_sync, account_setup, status, readiness, capacity, report,
      history, notify]
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
"""

EXAMPLES = r"""
- name: Check the variables of a drill
  resilience.drs.drs_check_variables:
    verb: recovery
  run_once: true
"""

RETURN = r"""
known:
  description: The names of the extra variables that are an option of a role of this collection.
  returned: success
  type: list
  elements: str
  sample: [recovery_plan_name, recovery_run_id]
findings:
  description: The warnings, as findings to be shown with a plan.
  returned: success
  type: list
  elements: dict
  sample: []
external_id_remedies:
  description: By cell of the play what to do when it has no external id; it names the variable that is empty.
  returned: with O(verb=account_setup)
  type: dict
  sample: {payments.us-east-1: "Set the variable DRS_EXTERNAL_ID: it should hold the external id, and it is empty."}
trusts:
  description:
    - By cell of the inventory, the other accounts that its account must trust, from C(drs_extend_to) and C(drs_replicate_to) of all
      cells.
    - C(targets) are those that servers of the account are extended into, C(cell_targets) those that servers of the cell are, C(agents)
      those with which its agents replicate, C(trusted) are targets and agents.
  returned: with O(verb=account_setup)
  type: dict
  sample: {payments.us-east-1: {targets: [], cell_targets: [], agents: ["222222222222"], trusted: ["222222222222"]}}
"""
