#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_show
short_description: Print a status, a plan or a result of AWS Elastic Disaster Recovery (DRS) as a table
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Prints what other modules of this collection returned as a plain table, readable in a terminal and in the job output of AWX.
  - Names, tags and reasons come from other people's machines. Control characters are removed from them.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  kind:
    description: What is to be shown.
    type: str
    choices:
      - status
      - servers
      - plan
      - wave
      - run
      - cleanup
      - deploy_plan
      - deploy_wave
      - deploy
      - capacity
      - extension
      - begun
      - runs
      - journal
      - report
      - evidence
      - failback_plan
      - failback_stage
      - failback
      - launch_actions
      - launch_settings
      - replication_settings
      - tag_sync
      - setup
      - history
      - readiness
      - said
    required: true
  data:
    description: The data of that kind.
    type: dict
    required: true
  width:
    description:
      - Maximum number of columns.
      - By default that of the terminal, from 80 to 160; without a terminal that of the variable C(COLUMNS) of the environment,
        or 100.
    type: int
  next_command:
    description: The command to type next, as it is. O(next_playbook) writes one.
    type: str
  next_playbook:
    description:
      - The playbook of this collection that a person would run next, without the C(resilience.drs) before it.
      - The command to run it is printed below the table, quoted so that it can be pasted. It has what was typed for this run and says
        where that run is at home, C(--limit), C(-i), C(--vault-id), C(--vault-password-file), C(drs_hosts), C(drs_profile) and the like.
    type: str
  next_options:
    description: The extra variables of that command. Those that are empty or false are left out.
    type: dict
    default: {}
  next_kept:
    description:
      - How the names of extra variables begin that are added to that command as they were typed for this run, unless O(next_options) has them.
      - Give the prefix of a role when the next command is the same playbook again.
    type: list
    elements: str
    default: []
  next_check:
    description: Whether that command is to run in check mode.
    type: bool
    default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_plan
  - module: resilience.drs.drs_wave_verdict
"""

EXAMPLES = r"""
- name: Show the plan
  resilience.drs.drs_show:
    kind: plan
    data: "{{ planned.plan }}"
  run_once: true
"""

RETURN = r"""
text:
  description: What was printed.
  returned: success
  type: str
"""
