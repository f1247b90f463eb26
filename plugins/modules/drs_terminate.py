#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_terminate
short_description: Terminate the instances of drills in every cell of the play, and prove that they are gone
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Terminates recovery instances in all cells of the play, waits for their jobs, reads again, and returns the proof. It runs once, on
    the controller, whatever C(forks) is.
  - With O(run_id) the proof is about the instances that the record of the run names, wherever they are and whatever DRS still lists.
    An instance in a cell that is not in the play, or that could not be read, is not proven to be gone.
  - An instance that carries the tag of O(run_id) but does not match the record of the run is left alone, and named.
  - The proof is kept with the run.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  run_id:
    description: Terminate what this run launched.
    type: str
  every_run:
    description: Terminate what any run of this collection launched as a drill. It requires O(confirm).
    type: bool
    default: false
  confirm:
    description: What a person typed, for O(every_run); it must be RV(confirmation).
    type: str
  expired_only:
    description: Only drills whose lease is over, by the clock of AWS.
    type: bool
    default: false
  recovery_instance_ids:
    description: Narrow the request down to these recovery instances.
    type: list
    elements: str
    default: []
  confirm_recovery_instance_ids:
    description: Exact ids, typed by a person, of recovery instances to terminate although they are not drills of this collection.
    type: list
    elements: str
    default: []
  limits:
    description: Quotas that differ from the documented ones.
    type: dict
    default: {}
  expected_seconds:
    description: How long a job is expected to take.
    type: int
    default: 90
  run_epoch:
    description: The epoch of the run that its controller holds; nothing is terminated if another controller has taken
      over.
    type: int
  log_path:
    description: A file to which the event of the clean-up is appended as a line of JSON.
    type: path
extends_documentation_fragment:
  - resilience.drs.waiting.pace
  - resilience.drs.attributes
  - resilience.drs.run_store
attributes:
  check_mode:
    support: full
    details:
      - In check mode it says what would be terminated, and terminates nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - A terminate job that is running is adopted, and what is gone is gone.
seealso:
  - module: resilience.drs.drs_recovery
"""

EXAMPLES = r"""
- name: Terminate what a drill launched
  resilience.drs.drs_terminate:
    run_id: drill-2026-03-01
  register: proof
  run_once: true
"""

RETURN = r"""
clean:
  description: Whether everything that was to go is proven to be gone.
  returned: success
  type: bool
problem:
  description: Why not, in one sentence; empty when it is.
  returned: success
  type: str
servers:
  description: One entry for each recovery instance that was to be terminated.
  returned: success
  type: list
  elements: dict
left:
  description: The recovery instances that still exist; nothing when they were not read.
  returned: success
  type: list
  elements: dict
resources:
  description:
    - What became of the volumes, network interfaces and snapshots of the instances. C(instances) are the ids of those
      whose resources were read before they went, C(gone) counts by kind, C(left) and C(not_proven) name each with its
      C(kind), C(id), C(cell), C(recovery_instance_id), and its C(state) or C(reason). Nothing in check mode.
  returned: success
  type: dict
attached:
  description:
    - What was attached to the instances before they went, each with its C(kind), C(id), C(cell) and
      C(recovery_instance_id). Whoever keeps the proof with the runs that they were of needs it.
  returned: when instances are named and no run is
  type: list
  elements: dict
calls:
  description: The calls that ended the instances, each with its C(request_id), C(job_id), C(cell), and C(error).
  returned: when instances are named and no run is
  type: list
  elements: dict
logs:
  description: The logs of the DRS jobs of those calls, as DRS had them when the jobs had ended.
  returned: when instances are named and no run is
  type: list
  elements: dict
not_proven:
  description:
    - The instances in the run's record that are not proven to be gone, with C(cell) and C(reason).
  returned: success
  type: list
  elements: dict
foreign:
  description: Instances that carry the run's tag but do not belong to the run, with the C(reason). They were left
    alone.
  returned: success
  type: list
  elements: dict
proven:
  description: Ids of the instances that are proven to be gone, by this clean-up of the run and earlier ones.
  returned: success
  type: list
  elements: str
record:
  description: What is known of the run's record, one of V(known), V(unknown), V(unread), and V(none) where no run was named.
  returned: success
  type: str
record_error:
  description: Why the record could not be read, or the proof not be kept with it.
  returned: success
  type: dict
others:
  description: Number of other drill instances, which the clean-up was not for.
  returned: success
  type: int
asked:
  description: What the proof is about, in words, such as V(of run q4-drill); empty for every drill instance.
  returned: success
  type: str
report_command:
  description: The command that writes the report of the run once more, with this proof in it.
  returned: when a run was named
  type: str
  sample: ansible-playbook resilience.drs.report -e report_run_id=q4-drill
accounts:
  description: The cells of the play with their account ids, as far as the inventory names them.
  returned: success
  type: dict
  sample: {payments.us-west-2: "111111111111"}
unknown_cells:
  description: The cells that could not be acted on or read, and why.
  returned: success
  type: list
  elements: dict
gaps:
  description:
    - What a service other than DRS did not return, each with its C(cell), C(service), what is C(missing) because of
      that, and the C(error). What DRS can do is done without it, and what only EC2 could prove does not count as
      proven.
  returned: success
  type: list
  elements: dict
confirmation:
  description: What a person must type before what every run left is terminated; empty when nothing is left, or without
    O(every_run).
  returned: success
  type: str
  sample: TERMINATE every-run 5 us-west-2
confirmed:
  description: Whether O(confirm) is RV(confirmation).
  returned: success
  type: bool
unconfirmed:
  description: What is to be typed, and what was, when it was not confirmed.
  returned: when it is not confirmed
  type: dict
summary:
  description: Number of instances by outcome, and their total.
  returned: success
  type: dict
"""
