#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_cleanup_check
short_description: Say whether a clean-up left anything behind in AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Compares what a clean-up was to terminate, in all cells, with the recovery instances that were read afterwards.
  - A cell that could not be read is not clean.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  started:
    description: What M(resilience.drs.drs_recovery) returned, by the name of the cell, failures included.
    type: dict
    required: true
  waited:
    description: What M(resilience.drs.drs_job_wait) returned, by the name of the cell.
    type: dict
    default: {}
  left:
    description:
      - What M(resilience.drs.drs_recovery_instance_info) returned afterwards, by the name of the cell.
      - Without it nothing is proven.
    type: dict
    default: {}
  run_id:
    description: The run that was to be cleaned up. Without run and ids every drill instance counts as left over.
    type: str
  expired_only:
    description: Only what a lease was over for was to be terminated, so other drill instances are not left over.
    type: bool
    default: false
  every_run:
    description: What every run left was to be terminated. It wants O(confirm).
    type: bool
    default: false
  confirm:
    description: What a person typed, for O(every_run); it must be RV(confirmation).
    type: str
  recovery_instance_ids:
    description: The recovery instances that were to be terminated.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_recovery
  - module: resilience.drs.drs_recovery_instance_info
"""

EXAMPLES = r"""
- name: Check what the clean-up of a drill left
  resilience.drs.drs_cleanup_check:
    run_id: drill-2026-03-01
    started: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'started'))) }}"
    waited: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'waited'))) }}"
    left: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'left'))) }}"
  run_once: true
  register: proof
"""

RETURN = r"""
clean:
  description: Whether everything that was to go is gone, in every cell.
  returned: success
  type: bool
servers:
  description: One entry for each recovery instance that was to be terminated.
  returned: success
  type: list
  elements: dict
left:
  description: The recovery instances that still stand; nothing when they were not read.
  returned: success
  type: list
  elements: dict
others:
  description: Number of drill instances that stand besides, because the clean-up was not for them.
  returned: success
  type: int
asked:
  description: What the proof is about, in words, such as V(of run q4-drill); empty for every drill instance.
  returned: success
  type: str
unknown_cells:
  description: The cells that could not be acted on or read, and why.
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
summary:
  description: Number of instances by outcome, and their total.
  returned: success
  type: dict
"""
