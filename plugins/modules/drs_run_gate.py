#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_run_gate
short_description: Pass a gate of a plan, or stop the run at it
version_added: 1.0.0
description:
  - Asks the run store whether a run may go through a gate. If it may not yet, the run is recorded as paused or waiting,
    and RV(open) is false.
  - A pause is over when the run is taken over after it stopped there. An approval must be of exactly the plan that the run is
    frozen with, by somebody other than the person who started it, and not expired.
  - A gate that a run has passed stays open for that run.
  - It runs on the controller and calls no AWS service but the table of the store.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  run_id:
    description: The run.
    type: str
    required: true
  epoch:
    description: What M(resilience.drs.drs_run) returned when the run began or was taken over.
    type: int
    required: true
  gate:
    description: Name of the gate.
    type: str
    required: true
  type:
    description: What opens it.
    type: str
    choices: [pause, approval]
    required: true
  wave:
    description: The wave that the gate belongs to, for messages.
    type: str
  message:
    description: What is to be done or approved, for messages.
    type: str
attributes:
  check_mode:
    support: full
    details:
      - In check mode nothing is written.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - A gate that is open stays open.
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.run_store
seealso:
  - module: resilience.drs.drs_run
"""

EXAMPLES = r"""
- name: May the run proceed to the applications?
  resilience.drs.drs_run_gate:
    run_id: failover-2026-03-01
    epoch: "{{ begun.epoch }}"
    gate: data-checked
    type: approval
    wave: applications
  register: gate
"""

RETURN = r"""
open:
  description: Whether the run may proceed.
  returned: success
  type: bool
reason:
  description: Why not; of a gate that the run has just gone through, by whose word it is open.
  returned: success
  type: str
code:
  description: V(gate_waiting) when it may still be opened, V(gate_refused) when not.
  returned: success
  type: str
waiting:
  description: The gate that is waited for, with C(gate), C(type), C(wave) and C(message).
  returned: success
  type: dict
run:
  description: The run as it is recorded now.
  returned: success
  type: dict
"""
