#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_watch
short_description: Watch a run of disaster recovery with AWS Elastic Disaster Recovery (DRS) while it goes on
version_added: 1.0.0
description:
  - Reads the record of a run in the run store again and again until the run has ended. Of each look it writes C(index.html), a page that
    refreshes itself and says how old it is, and C(watch.json) with the same figures; what changes is printed at once.
  - The page shows waves, servers, gates, the time since the first command and the time that is left, and all that the page of a report
    shows of a run.
  - It calls nothing except the table of the store, if it is one, and changes nothing in it. What happens in AWS between two writes of
    the record is not in it.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  run_id:
    description: The run, by default the newest one in the store.
    type: str
  path:
    description: The folder to write into. It is made when it is missing.
    type: path
    required: true
  interval:
    description: Seconds between two looks. The page refreshes itself as often.
    type: int
    default: 15
  timeout:
    description: Seconds after which to stop watching a run that has not ended.
    type: int
    default: 86400
  once:
    description: Look and write once, and end.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details:
      - It looks once and writes nothing.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - The page says when it was written.
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.run_store
seealso:
  - module: resilience.drs.drs_run_info
  - module: resilience.drs.drs_report
"""

EXAMPLES = r"""
- name: Watch the newest run until it has ended
  resilience.drs.drs_watch:
    path: /var/www/dr/now
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
path:
  description: The folder.
  returned: success
  type: str
run_id:
  description: The run.
  returned: success
  type: str
status:
  description: Its status at the last look.
  returned: success
  type: str
over:
  description: Whether it has ended.
  returned: success
  type: bool
timed_out:
  description: Whether O(timeout) passed before it ended.
  returned: success
  type: bool
looks:
  description: How often the record was read.
  returned: success
  type: int
view:
  description:
    - What the last look saw, as C(watch.json) holds it, with C(waves), C(gates), C(servers), C(left), C(elapsed_seconds) and
      C(record_age_seconds).
  returned: success
  type: dict
"""
