#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_report
short_description: Write a report on runs and on the fleet of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Reads the run store and writes five files into a folder on the controller. C(index.html) is one page that needs no network and no
    other file, C(report.json) holds everything as data, C(report.csv) the servers, C(junit.xml) the verdict for continuous
    integration, and C(summary.md) half a page for a ticket.
  - The page shows the verdict, alerts, success rates, recovery time and recovery point against their targets, the waves on a line of
    time, failures with their remedies, a card for each account, the fleet, capacity and recent activity.
  - The files are put in place only when all of them are written, and one report waits for another. The same data at the same
    O(generated_at) gives the same bytes.
  - A run store that cannot be read leaves a report that says so, with the verdict C(UNKNOWN).
author:
  - resilience.drs contributors (@resilience-drs)
options:
  path:
    description:
      - The folder to write into. It is made when it is missing.
      - Other files in it are left alone.
    type: path
    required: true
  run_id:
    description:
      - The run to show with its waves and objectives, by default the newest recovery or failback of the period.
      - A run that is named must be in the store.
    type: str
  title:
    description: The title of the page.
    type: str
    default: Disaster recovery
  since:
    description:
      - The beginning of the period, such as V(2026-01-31) or V(2026-01-31T12:00:00Z).
      - By default so many O(days) before its end.
    type: str
  until:
    description: The end of the period, by default now.
    type: str
  days:
    description: The length of the period in days, where O(since) is not given.
    type: int
    default: 30
  statuses:
    description: Only records with one of these statuses, such as V(failed) or V(partial).
    type: list
    elements: str
    default: []
  account_ids:
    description: Only records of these accounts.
    type: list
    elements: str
    default: []
  patterns:
    description: Only records of these patterns, such as V(cross_account).
    type: list
    elements: str
    default: []
  objectives:
    description:
      - Targets by application, each with C(rto) and C(rpo) as durations such as C(45m).
      - An application that is not named here has the strictest targets of its servers' tags C(dr:rto) and C(dr:rpo).
    type: dict
    default: {}
  status:
    description: The C(report) of M(resilience.drs.drs_fleet_report), to show the fleet.
    type: dict
  capacity:
    description: What M(resilience.drs.drs_capacity_plan) returned, to show how full the cells are.
    type: dict
  generated_at:
    description: The time that the report is of, by default now.
    type: str
attributes:
  check_mode:
    support: full
    details:
      - Nothing is written; C(changed) says whether a file would.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - A report of another time says so on its page. With the same O(generated_at) the second one changes nothing.
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.run_store
seealso:
  - module: resilience.drs.drs_evidence
  - module: resilience.drs.drs_fleet_report
"""

EXAMPLES = r"""
- name: Write the report
  resilience.drs.drs_report:
    path: /var/www/dr
    objectives:
      payments: {rto: 45m, rpo: 15m}
  run_once: true
  delegate_to: localhost

- name: What went wrong in the first quarter in two accounts
  resilience.drs.drs_report:
    path: q1
    since: "2026-01-01"
    until: "2026-04-01"
    statuses: [failed, partial]
    account_ids: ["111111111111", "222222222222"]
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
path:
  description: The folder.
  returned: success
  type: str
files:
  description: The names of the files in it that are of the report.
  returned: success
  type: list
  elements: str
verdict:
  description:
    - The C(word) over the page, C(PASS), C(FAIL), C(DRAFT) or C(UNKNOWN), and its C(reasons), each with C(word) and C(text).
    - C(DRAFT) is said of a run that is not over, and of a drill whose clean-up is not proven.
  returned: success
  type: dict
run_id:
  description: The run that is shown.
  returned: success
  type: str
totals:
  description: Counts of the period, with C(runs), C(servers), C(counted), C(succeeded), C(failed), C(rate) and C(level).
  returned: success
  type: dict
alerts:
  description: The gravest alerts, each with C(level), C(text) and C(remedy). C(report.json) holds all of them.
  returned: success
  type: list
  elements: dict
"""
