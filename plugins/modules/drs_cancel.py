#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_cancel
short_description: Cancel a run in every cell of the play, and record the results of what had begun
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Lets nothing more start in a run, waits in all cells of the play for the jobs that it has started, and records the outcome of
    each wave that had begun. It runs once, on the controller, whatever C(forks) is.
  - Which jobs are the run's is judged as at a launch, by tags, servers and time against the record of the run.
  - The servers of a cell that is not in the play, or that could not be read, are unknown in the record; the cell is named.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  run_id:
    description: The run.
    type: str
    required: true
  reason:
    description: Why it is cancelled.
    type: str
    default: ""
  poll_interval:
    description: Minimum number of seconds between two polls of the jobs of a cell.
    type: int
    default: 5
  poll_interval_max:
    description: Maximum number of seconds between two polls.
    type: int
    default: 120
  timeout:
    description: Seconds after which to stop waiting.
    type: int
    default: 7200
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.run_store
attributes:
  check_mode:
    support: full
    details:
      - In check mode it says which jobs it would watch, and records nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - A run that is cancelled stays cancelled. Cancelled again, only what nobody could look into is looked for once more.
seealso:
  - module: resilience.drs.drs_run
"""

EXAMPLES = r"""
- name: Cancel a drill
  resilience.drs.drs_cancel:
    run_id: drill-2026-03-01
    reason: the wrong application
  run_once: true
"""

RETURN = r"""
run:
  description: The run, as the store has it.
  returned: success
  type: dict
waves:
  description: The waves that had begun, with C(wave), C(mode), C(servers) and C(verdict).
  returned: success
  type: list
  elements: dict
history:
  description: What the history records of the run, the option C(result) of M(resilience.drs.drs_history_record).
  returned: success
  type: dict
missing:
  description: The cells of those waves that could not be read, and why.
  returned: success
  type: list
  elements: dict
"""
