#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_wave_verdict
short_description: Judge a wave over all its cells
version_added: 1.0.0
description:
  - Compares the results of a wave, from all cells, with the wave of the plan and says whether the next wave may start. The wave is one
    of a recovery or failback.
  - A server of the wave without a result has not succeeded. One cell that vanished can therefore not make a wave green.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  wave:
    description:
      - The wave, as in the plan of M(resilience.drs.drs_plan) or M(resilience.drs.drs_failback_plan).
    type: dict
    required: true
  started:
    description:
      - What M(resilience.drs.drs_recovery) or M(resilience.drs.drs_failback) returned, by the name of the cell, failures included.
    type: dict
    required: true
  waited:
    description:
      - What M(resilience.drs.drs_job_wait) or M(resilience.drs.drs_failback_wait) returned, by the name of the cell.
    type: dict
    default: {}
  policy:
    description:
      - The policy of the plan. C(max_failures) is how many servers of the wave may fail, a number or a percentage that is
        rounded down, by default V(10%).
      - Critical servers may not fail at all, unless C(continue_on_failure) is set; then they count like the others.
    type: dict
    default: {}
  success:
    description:
      - The outcomes that are a success, by default V(launched).
    type: list
    elements: str
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_plan
  - module: resilience.drs.drs_job_wait
"""

EXAMPLES = r"""
- name: Judge the first wave
  resilience.drs.drs_wave_verdict:
    wave: "{{ plan.waves[0] }}"
    started: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'launch'))) }}"
    waited: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'waited'))) }}"
    policy: "{{ plan.policy }}"
  run_once: true
  delegate_to: localhost
  register: verdict

- name: Judge the first wave of a deployment
  resilience.drs.drs_wave_verdict:
    wave: "{{ plan.waves[0] }}"
    started: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'install'))) }}"
    waited: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'waited'))) }}"
    policy:
      max_failures: 5%
  run_once: true
  register: verdict
"""

RETURN = r"""
proceed:
  description: Whether the next wave may start.
  returned: success
  type: bool
reason:
  description: Why, with the names of the servers that did not succeed.
  returned: success
  type: str
  sample: "proceed: 1 of 12 did not succeed, at most 1 may fail: db-02 (failed, launch_capacity)"
servers:
  description:
    - One entry for each server or machine of the wave, in the order of the plan; C(unknown) for one without a result.
    - The entries have the form that M(resilience.drs.drs_recovery) or M(resilience.drs.drs_agent_install) documents.
  returned: success
  type: list
  elements: dict
summary:
  description: Number of servers by outcome, and their total.
  returned: success
  type: dict
bad_servers:
  description:
    - The servers that did not succeed, each with C(name), C(source_server_id), C(cell), C(critical), C(outcome) and
      C(error).
  returned: success
  type: list
  elements: dict
limit:
  description: How many servers of the wave may fail.
  returned: success
  type: int
code:
  description: V(critical_failed) or V(wave_failed) when the next wave may not start.
  returned: for servers, not for machines
  type: str
total:
  description: Number of servers of the wave.
  returned: for servers, not for machines
  type: int
succeeded:
  description: Number of servers that succeeded.
  returned: for servers, not for machines
  type: int
critical_failed:
  description: Number of critical servers that did not succeed.
  returned: for servers, not for machines
  type: int
optional_failed:
  description: Number of other servers that did not succeed.
  returned: for servers, not for machines
  type: int
"""
