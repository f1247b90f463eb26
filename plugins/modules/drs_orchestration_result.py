#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_orchestration_result
short_description: Make the output document of an orchestration
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Puts together, from what the role of the action left, the one document that a parent system reads.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  settings:
    description: What M(resilience.drs.drs_orchestration_input) returned; empty when the input was refused.
    type: dict
    default: {}
  requested_action:
    description: The action that the input named. It is told when the input was refused, if it is one of those that are known.
    type: str
    default: ""
  metadata:
    description: The metadata of the input, which is passed through.
    type: dict
    default: {}
  started_at:
    description: When the action began.
    type: str
    required: true
  ended_at:
    description: When it ended.
    type: str
    required: true
  plan:
    description: The plan of a drill, failover or failback.
    type: dict
    default: {}
  confirmation:
    description: The text that confirms exactly this plan.
    type: str
  result:
    description: What the role that walked the plan left, with C(run_id), C(waves), C(stopped) and C(waiting).
    type: dict
    default: {}
  cleanup:
    description: What M(resilience.drs.drs_terminate) returned.
    type: dict
    default: {}
  fleet:
    description: What M(resilience.drs.drs_fleet_report) returned.
    type: dict
    default: {}
  cells:
    description: What was read from each cell.
    type: list
    elements: dict
    default: []
  failure:
    description: The result of the task that stopped the action before its end; empty when none did.
    type: dict
    default: {}
  check_mode:
    description: Whether nothing was to be done.
    type: bool
    default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_orchestration_input
"""

EXAMPLES = r"""
- name: Tell the parent system
  resilience.drs.drs_orchestration_result:
    settings: "{{ asked.settings }}"
    started_at: "{{ started_at }}"
    ended_at: "{{ now(utc=true).strftime('%Y-%m-%dT%H:%M:%SZ') }}"
    plan: "{{ plan }}"
    result: "{{ recovery_result }}"
  register: told
"""

RETURN = r"""
document:
  description: The document, in the form of C(docs/schemas/orchestrate_output.schema.json).
  returned: success
  type: dict
succeeded:
  description: Whether a pipeline may proceed. The exit status of the playbook follows it.
  returned: success
  type: bool
"""
