#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_history_info
short_description: Query the history of runs and deployments of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Returns records that M(resilience.drs.drs_history_record) has written, newest first, their failures, those grouped by account and
    category, and all of it as CSV.
  - All filters must match. Records that older versions have written are brought up to date while they are read.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  run_id:
    description: Only this run.
    type: str
  account_id:
    description: Only this account.
    type: str
  region:
    description: Only this Region.
    type: str
  kind:
    description: Only C(recovery), C(deployment), C(failback), C(termination) or C(extension).
    type: str
  mode:
    description: Only this mode, such as C(drill) or C(recovery).
    type: str
  pattern:
    description: Only C(same_account), C(cross_account), C(extended) or C(mixed).
    type: str
  status:
    description:
      - Only C(succeeded), C(partial), C(failed), C(timeout) or C(cancelled).
    type: str
  since:
    description: Only what began at this time or later. A time, a date (UTC, from its first second), or an age such as V(7d).
    type: str
  until:
    description: Only what began at this time or earlier. A time, a date (UTC, to its last second), or an age.
    type: str
  failures_only:
    description: Only records that did not succeed, or in which something did not.
    type: bool
    default: false
  limit:
    description: Most records to return, 1 to 1000.
    type: int
    default: 100
  token:
    description: The C(next_token) of the page before. The other options have to be the same.
    type: str
  fallback_dir:
    description: The folder that O(resilience.drs.drs_history_record#module:fallback_dir) names, when it is not the usual one.
    type: path
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.run_store
seealso:
  - module: resilience.drs.drs_history_record
"""

EXAMPLES = r"""
- name: What failed in the last week
  resilience.drs.drs_history_info:
    since: 7d
    failures_only: true
  register: week

- name: Deployments of one account
  resilience.drs.drs_history_info:
    account_id: "111111111111"
    kind: deployment
"""

RETURN = r"""
records:
  description: The records, newest first.
  returned: success
  type: list
  elements: dict
failures:
  description: One entry for each failure in the records, with what its record knows.
  returned: success
  type: list
  elements: dict
groups:
  description: The failures by account and category, with C(count), C(codes), C(remedies) and some C(names).
  returned: success
  type: list
  elements: dict
totals:
  description: Runs, servers and the share that succeeded, of the returned records in the last C(24h), C(7d) and C(30d).
  returned: success
  type: dict
csv:
  description:
    - The records as CSV. Text that a spreadsheet would take for a formula is quoted. The command ids of a deployment
      stand in one cell with spaces between them.
  returned: success
  type: str
failures_csv:
  description: The failures as CSV.
  returned: success
  type: str
next_token:
  description: The O(token) for the next page; null when this was the last one.
  returned: success
  type: str
unreadable:
  description:
    - What was met in the store and cannot be shown. RV(unreadable[].kind) is V(damaged), V(foreign) or V(newer).
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: V(damaged), V(foreign) (not written by this collection), or V(newer) (by a later version of it).
      type: str
    run_id:
      description: The run that it belongs to, as far as that is known.
      type: str
    item:
      description: The item of the run.
      type: str
    where:
      description: The file, or the item of the table.
      type: str
    why:
      description: What is wrong with it.
      type: str
    remedy:
      description: What to do, with a command that fits the store.
      type: str
unrecorded:
  description: Folders of this controller with records that the store did not take, each with the C(command) that brings them in.
  returned: success
  type: list
  elements: dict
  sample:
    - folder: /home/ann/.local/state/resilience-drs-unrecorded
      files: 1
      records: 2
      command: ansible-playbook resilience.drs.history -e history_import=/home/ann/.local/state/resilience-drs-unrecorded
asked:
  description: The filters as they were understood.
  returned: success
  type: dict
store:
  description: Where the store is.
  returned: success
  type: str
"""
