#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_run_info
short_description: Read what the run store holds of disaster recovery runs
version_added: 1.0.0
description:
  - Lists runs, newest first, or reads one of them with its plan, waves, approvals and journal.
  - It calls no AWS service but the table of the store.
  - A record that is damaged, foreign or newer does not stop a list, which names it. If O(run_id) names it, that is an
    error.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  run_id:
    description: The run to read. Without it, runs are listed.
    type: str
  status:
    description: List runs in this state.
    type: str
    choices: [planned, waiting, running, paused, cancelled, succeeded, partial, failed, timeout]
  mode:
    description: List runs of this mode.
    type: str
    choices: [drill, recovery, failback_drill, failback]
  since:
    description: List runs that were created at this time or later. A time, a date (UTC), or an age such as V(7d).
    type: str
  until:
    description: List runs that were created at this time or earlier. A date means its last second.
    type: str
  limit:
    description: How many runs to list.
    type: int
    default: 20
  token:
    description: RV(token) of the previous list, to continue from there.
    type: str
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.run_store
seealso:
  - module: resilience.drs.drs_run
"""

EXAMPLES = r"""
- name: List the runs that have not ended
  resilience.drs.drs_run_info:
    status: running
  delegate_to: localhost
  register: running

- name: Read one run
  resilience.drs.drs_run_info:
    run_id: drill-2026-03-01
  delegate_to: localhost
  register: drill
"""

RETURN = r"""
runs:
  description: The runs of the list, newest first.
  returned: success
  type: list
  elements: dict
token:
  description: What to give as O(token) for the next ones; none at the end.
  returned: without O(run_id)
  type: str
elsewhere:
  description:
    - Runs of this controller that continued without O(store), each with the C(command) that puts it back.
  returned: without O(run_id)
  type: list
  elements: dict
unreadable:
  description:
    - What was met in the store and is no run that can be shown, each with C(kind) (V(damaged), V(foreign) or V(newer)), C(where), C(why) and
      C(remedy).
  returned: without O(run_id)
  type: list
  elements: dict
run:
  description: The run.
  returned: with O(run_id)
  type: dict
plan:
  description: The plan that it was frozen with.
  returned: with O(run_id)
  type: dict
waves:
  description: Its waves as they were recorded, with the servers and their outcomes.
  returned: with O(run_id)
  type: list
  elements: dict
approvals:
  description: Decisions at its gates.
  returned: with O(run_id)
  type: list
  elements: dict
events:
  description: Its journal. Each event holds the hash of the one before it.
  returned: with O(run_id)
  type: list
  elements: dict
journal_problems:
  description: What is wrong with the chain of the journal; empty when it is intact.
  returned: with O(run_id)
  type: list
  elements: str
cleanup:
  description: The proof of its clean-up.
  returned: with O(run_id)
  type: dict
history:
  description: What is remembered of it by account.
  returned: with O(run_id)
  type: list
  elements: dict
now:
  description: The time by which the runs were read.
  returned: success
  type: str
"""
