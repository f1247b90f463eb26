#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_agent_gate
short_description: Judge a wave of a deployment of agents over all its cells
version_added: 1.0.0
description:
  - Compares the results of a wave, from all cells, with the wave of the plan and says whether the next wave may start.
  - A machine of the wave without a result has not succeeded. A machine that nothing could be sent to, because it is stopped or its
    SSM agent is offline, is reported and does not count as a failure.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  wave:
    description: The wave, as in the plan of M(resilience.drs.drs_agent_plan).
    type: dict
    required: true
  started:
    description: What M(resilience.drs.drs_agent_install) returned, by the name of the cell, failures included.
    type: dict
    required: true
  waited:
    description: What M(resilience.drs.drs_agent_wait) returned, by the name of the cell.
    type: dict
    default: {}
  max_failures:
    description: How many machines of the wave may fail, as a number or a percentage.
    type: str
    default: 25%
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_agent_plan
  - module: resilience.drs.drs_agent_wait
"""

EXAMPLES = r"""
- name: Judge the first wave
  resilience.drs.drs_agent_gate:
    wave: "{{ plan.waves[0] }}"
    started: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'install'))) }}"
    waited: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'waited'))) }}"
  run_once: true
  register: verdict
"""

RETURN = r"""
proceed:
  description: Whether the next wave may start.
  returned: success
  type: bool
reason:
  description: Why, with the names of the machines that failed.
  returned: success
  type: str
servers:
  description: One entry for each machine of the wave, in the order of the plan; C(unknown) for one without a result.
  returned: success
  type: list
  elements: dict
bad_servers:
  description: The machines that failed.
  returned: success
  type: list
  elements: dict
limit:
  description: How many machines of the wave may fail.
  returned: success
  type: int
summary:
  description: Number of machines by outcome, and their total.
  returned: success
  type: dict
"""
