#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_agent_wait
short_description: Wait for installations of the agent of AWS Elastic Disaster Recovery (DRS), and verify them
version_added: 1.0.0
description:
  - Waits on the controller for all installations of one cell (one AWS account in one Region) together, with one C(ListCommands) for
    each interval however many commands there are. What a machine said is read once, when its command has ended.
  - A machine is C(installed) when its source server is in the replication cell and connected. The success of a command is none, as
    the document of AWS reports success even when the download did not have its checksum and was not run.
  - Serves the queue. With O(launch) it sends to machines that M(resilience.drs.drs_agent_install) returned as C(queued) when their SSM
    agent comes online, within O(ready_timeout), and when a command has ended. When more than O(launch)'s C(max_errors) have failed,
    nothing further is sent.
  - Writes the tags of the source servers that the installer could not carry.
  - Prints a line for every change and a sign of life in between, at once, in the terminal as in the job output of AWX.
  - Interrupting it stops nothing in AWS. Running M(resilience.drs.drs_agent_install) again adopts what runs.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  commands:
    description: The commands to wait for, as M(resilience.drs.drs_agent_install) returned them.
    type: list
    elements: dict
    default: []
  servers:
    description: The machines of these commands, as M(resilience.drs.drs_agent_install) returned them.
    type: list
    elements: dict
    default: []
  server_tags:
    description: The tags that each source server shall carry, as M(resilience.drs.drs_agent_install) returned them.
    type: dict
    default: {}
  launch:
    description:
      - The C(request) that M(resilience.drs.drs_agent_install) returned. It is repeated for what is queued.
      - Without it nothing is sent here.
    type: dict
    default: {}
  expected_seconds:
    description:
      - How long the installations are expected to take. It only decides when to look.
    type: int
    default: 180
  poll_interval:
    description: Minimum number of seconds between two polls.
    type: int
    default: 5
  poll_interval_max:
    description: Maximum number of seconds between two polls.
    type: int
    default: 60
  timeout:
    description: Seconds after which to stop waiting. The commands continue.
    type: int
    default: 7200
  ready_timeout:
    description:
      - Seconds to wait for SSM agents that are not online. The machines that are do not wait for them.
    type: int
    default: 300
  verify_timeout:
    description: Seconds to wait for source servers after all commands have ended.
    type: int
    default: 300
  explain:
    description:
      - Repeat by the shell method, once, what failed by the document of AWS without a reason. That document throws away what the
        installer prints, and the shell method keeps it.
      - Also repeats, without tags, what the installer refused for its tags.
    type: bool
    default: true
  fail_on:
    description: Whether the task fails when V(any) machine is not protected, when V(all) are not, or V(never).
    type: str
    choices: [never, any, all]
    default: any
extends_documentation_fragment:
  - resilience.drs.waiting
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - resilience.drs.replication
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - In check mode it does not wait.
  idempotent:
    support: full
    details:
      - What it sends from the queue is sent once, see M(resilience.drs.drs_agent_install).
seealso:
  - module: resilience.drs.drs_agent_install
  - module: resilience.drs.drs_replication_wait
"""

EXAMPLES = r"""
- name: Wait for what was sent, and serve what was queued
  resilience.drs.drs_agent_wait:
    commands: "{{ install.commands }}"
    servers: "{{ install.servers }}"
    server_tags: "{{ install.server_tags }}"
    launch: "{{ install.request }}"
    label: "{{ drs_cell }} wave 1"
    fail_on: never
"""

RETURN = r"""
servers:
  description:
    - The machines with their outcome, C(installed), C(already_installed), C(failed), C(skipped) or C(refused), their source server,
      and the reason and remedy of a failure.
  returned: success
  type: list
  elements: dict
commands:
  description: The commands as last read, those sent from the queue included.
  returned: success
  type: list
  elements: dict
summary:
  description: Number of machines by outcome, and their total.
  returned: success
  type: dict
  sample: {"installed": 14, "failed": 1, "total": 15}
timed_out:
  description: Whether O(timeout) ended the wait.
  returned: success
  type: bool
elapsed_seconds:
  description: Seconds waited.
  returned: success
  type: float
command_seconds:
  description: Seconds that the longest installation took, by the times of the service. A good O(expected_seconds) for the next wave.
  returned: success
  type: float
polls:
  description: Number of looks.
  returned: success
  type: int
errors:
  description: Number of looks that failed and were repeated.
  returned: success
  type: int
"""
