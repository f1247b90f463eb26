#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_run
short_description: Record the intents and results of a disaster recovery run, so that it survives its controller
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Takes one step in the life of a run and writes it into the run store.
  - It runs on the controller and calls no AWS service but the table of the store.
  - Another controller resumes the run from what it has recorded. The plan is frozen when the run begins. A wave is
    recorded before it starts (V(wave_intended)) and after it has ended (V(wave_done)).
  - Each controller that takes a run over raises its RV(epoch). Steps of an older one are refused (C(run_superseded)), and so are
    its effects, when M(resilience.drs.drs_recovery) is given the store and the epoch.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - The step.
      - V(planned) only looks whether the run is known, and returns the plan that would be followed.
      - V(begun) creates the run and freezes its plan, or takes it over with the plan that it was frozen with.
      - V(wave_intended) and V(wave_done) write down a wave before its start and after its end.
      - V(finished) closes the run with its totals. V(waiting) says that it waits at a gate.
      - V(paused) and V(cancelled) make every later effect of the run refuse; V(cancelled) is for good.
      - V(approved) records a decision at a gate.
      - V(noted) appends an event to the journal, or an overruled guardrail to the run.
      - V(cleaned) keeps the proof of a clean-up.
      - V(imported) puts a run that continued without its store back into O(store). Nobody continues what stays behind. Done again, it changes
        nothing.
    type: str
    choices: [planned, begun, waiting, wave_intended, wave_done, finished, paused, cancelled, approved, noted, cleaned, imported]
    required: true
  run_id:
    description: The run. 1 to 128 letters, digits and C(. _ -), a letter or digit first.
    type: str
    required: true
  epoch:
    description:
      - What V(begun) returned. A step with it is refused when another controller has taken the run over since.
    type: int
  kind:
    description: What kind of run begins.
    type: str
    choices: [recovery, deployment, failback, termination, extension]
    default: recovery
  plan:
    description:
      - The plan that M(resilience.drs.drs_plan) made now.
      - For a run that is known it is only compared with the frozen one. What differs is returned as RV(changes), and not followed.
    type: dict
  request:
    description:
      - What the operator requested, kept for whoever resumes the run.
      - Its C(mode), C(name), C(selection), C(tag_keys) and C(point_in_time) decide whether it is the same request; another one is
        refused with C(run_plan_mismatch).
      - The policy may change when a run resumes. That is noted, and an approval of the plan as it was is void.
    type: dict
    default: {}
  confirm:
    description: What a person typed to confirm. RV(confirmed) says whether it is RV(confirmation).
    type: str
  confirmed_by:
    description: With V(begun), who decided if O(confirm) was not typed, for the journal.
    type: str
  approvals:
    description:
      - With V(begun), the gates that must be approved before any wave starts.
      - With V(wave_intended), the gates that must be approved before this wave starts.
    type: list
    elements: str
    default: []
  initiator:
    description: Who started the run. By default the user of AWX, or of this machine.
    type: str
  controller:
    description: Where the run is worked on. By default the name of this machine and the number of the process.
    type: str
  ticket:
    description: A change or incident that the run belongs to.
    type: str
  correlation_id:
    description: The id under which another system follows the run.
    type: str
  parent_execution:
    description: The execution of another system that started the run.
    type: str
  declared_at:
    description: When the disaster was declared.
    type: str
  lease_until:
    description: Until when what a drill launches may exist.
    type: str
  overrides:
    description: Guardrails that were overruled, to be kept with the run.
    type: list
    elements: dict
    default: []
    suboptions:
      guardrail:
        description: Which one.
        type: str
        required: true
      reason:
        description: Why.
        type: str
        required: true
      by:
        description: By whom, by default who started the run.
        type: str
  wave:
    description: The wave, with V(wave_intended) and V(wave_done).
    type: str
  servers:
    description: The servers of the wave, from the plan before it starts, with their outcomes after it.
    type: list
    elements: dict
    default: []
  verdict:
    description: What M(resilience.drs.drs_wave_verdict) said of the wave; C(proceed), C(reason) and C(code) are kept.
    type: dict
    default: {}
  jobs:
    description: The ids of the wave's jobs; by default those of O(servers).
    type: list
    elements: str
    default: []
  validation:
    description: What the validation of the wave found.
    type: dict
  status:
    description: How the run ended. By default it follows from O(summary), O(reason), O(complete) and O(timed_out).
    type: str
    choices: [succeeded, partial, failed, timeout]
  reason:
    description: Why the run stopped, was paused or cancelled, or why it was approved or not.
    type: str
  summary:
    description: Number of servers by outcome.
    type: dict
    default: {}
  complete:
    description: Whether every cell could be read.
    type: bool
    default: true
  timed_out:
    description: Whether a wave did not end in its time.
    type: bool
    default: false
  end_pause:
    description: With O(state=begun), a person has decided that a paused run goes on. Without it a paused run is refused with C(run_paused).
    type: bool
    default: false
  actor:
    description: Who does this step, in the journal. By default the controller.
    type: str
  gate_name:
    description: The gate that is decided about, with V(approved).
    type: str
    default: start
  approver:
    description: Who decides. It must not be the person who started the run. By default O(actor).
    type: str
  decision:
    description: What was decided.
    type: str
    choices: [approved, rejected]
    default: approved
  plan_hash:
    description: The plan that is approved, or the beginning of its hash. An approval is refused when the run has another one.
    type: str
  expires_at:
    description: Until when the approval holds, with V(approved). By default O(expires_hours) from now.
    type: str
  expires_hours:
    description: For how many hours the approval holds, with V(approved).
    type: int
    default: 24
  event:
    description: Name of the event to append, with V(noted).
    type: str
  data:
    description:
      - Data of that event; with V(cleaned) the proof that M(resilience.drs.drs_terminate) returned.
      - With V(wave_done) and V(cleaned) its C(calls) are kept, one for each call that changed something, with its
        request id; C(cell), C(service), C(operation), C(request_id), C(at), C(error), C(job_id).
    type: dict
  without_store:
    description:
      - Why a recovery must continue although the run store cannot be reached.
      - With it, a run begins in the directory of this machine instead, and RV(degraded) is true. A drill is still
        refused.
    type: str
  import_from:
    description: With V(imported), the folder that holds the run, by default the one that a controller uses without O(store).
    type: path
  force:
    description:
      - With V(imported), import even if the record in O(store) has changed meanwhile. What happened outside the store
        then counts; the previous record of the store is kept beside it.
    type: bool
    default: false
  log_path:
    description:
      - A file to which every event is appended as a line of JSON.
      - A file that cannot be written is a warning.
    type: path
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.run_store
attributes:
  check_mode:
    support: full
    details:
      - In check mode only O(state=planned) does anything, which is to look.
  diff_mode:
    support: none
    details:
      - The records are not shown as a difference.
  idempotent:
    support: full
    details:
      - RV(ignore:changed) is always false. What changed in AWS is told by the modules that change it, and a record of it is no further
        change.
seealso:
  - module: resilience.drs.drs_plan
  - module: resilience.drs.drs_recovery
  - module: resilience.drs.drs_run_info
"""

EXAMPLES = r"""
- name: Freeze the plan
  resilience.drs.drs_run:
    state: begun
    run_id: drill-2026-03-01
    plan: "{{ planned.plan }}"
  run_once: true
  register: run

- name: Write down that the first wave is about to start
  resilience.drs.drs_run:
    state: wave_intended
    run_id: drill-2026-03-01
    epoch: "{{ run.epoch }}"
    wave: "1"
    servers: "{{ run.plan.waves[0].servers }}"
  run_once: true

- name: Let nothing more start in it
  resilience.drs.drs_run:
    state: cancelled
    run_id: drill-2026-03-01
    reason: the wrong application
    store:
      backend: dynamodb
      region: us-west-2
"""

RETURN = r"""
run:
  description:
    - The run as it is now. None when it is not known, with O(state=planned), and when it could not be written.
  returned: success
  type: dict
  contains:
    run_id:
      description: Its id.
      returned: always
      type: str
    status:
      description: Its state, one of C(planned), C(waiting), C(running), C(paused), C(cancelled), C(succeeded), C(partial), C(failed), C(timeout).
      returned: always
      type: str
    plan_hash:
      description: The plan that it was frozen with.
      returned: always
      type: str
    epoch:
      description: How many controllers have worked on it.
      returned: always
      type: int
plan:
  description: The plan to follow, frozen for a run that is known.
  returned: with O(state=planned) and O(state=begun)
  type: dict
resumed:
  description: Whether the run was known.
  returned: with O(state=planned) and O(state=begun)
  type: bool
changes:
  description: Servers that a plan made now would add, leave out or move to another wave. They are not followed.
  returned: with O(state=planned) and O(state=begun)
  type: list
  elements: dict
confirmation:
  description: What a person must type to confirm the plan.
  returned: with O(state=planned) and O(state=begun)
  type: str
confirmed:
  description: Whether O(confirm) is that text.
  returned: with O(state=planned) and O(state=begun)
  type: bool
epoch:
  description: To be given to the steps and launches that follow.
  returned: with O(state=begun)
  type: int
approval:
  description: The decision as it is kept.
  returned: with O(state=approved)
  type: dict
store:
  description: The store that was used, to be given to the steps and launches that follow.
  returned: success
  type: dict
degraded:
  description: Whether the store could not be reached, and the run continues without it.
  returned: success
  type: bool
overrides:
  description: O(overrides), and the one of the store when it could not be reached.
  returned: success
  type: list
  elements: dict
events:
  description: What was appended to the journal.
  returned: success
  type: list
  elements: dict
"""
