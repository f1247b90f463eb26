#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_replication_wait
short_description: Wait until source servers of AWS Elastic Disaster Recovery (DRS) replicate
version_added: 1.0.0
description:
  - Waits on the controller for all given source servers of one cell (one AWS account in one Region) together, and shows how far they
    are. First the eleven steps of the initiation, then the bytes of the first copy and its expected end, then the lag.
  - A server that is disconnected or stopped ends its part of the wait, as waiting does not bring it back. One that stalls is waited
    for, and its error is shown.
  - The task fails when a server is not where it should be at the end. Interrupting it stops nothing in AWS.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  source_server_ids:
    description: The source servers.
    type: list
    elements: str
    required: true
  wait_for:
    description:
      - V(initial_sync) waits until the first copy has begun, which shows that the network and the replication server work.
      - V(continuous) waits until it is complete and the servers are in step.
    type: str
    choices: [initial_sync, continuous]
    default: continuous
  expected_seconds:
    description:
      - How long it is expected to take. It only decides when to look.
    type: int
    default: 1800
  poll_interval:
    description: Minimum number of seconds between two polls.
    type: int
    default: 15
  poll_interval_max:
    description: Maximum number of seconds between two polls.
    type: int
    default: 60
  timeout:
    description: Seconds after which to stop waiting. Replication continues.
    type: int
    default: 86400
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
seealso:
  - module: resilience.drs.drs_agent_wait
  - module: resilience.drs.drs_source_server_info
"""

EXAMPLES = r"""
- name: Wait until the servers are in step
  resilience.drs.drs_replication_wait:
    region: us-west-2
    source_server_ids: "{{ waited.servers | map(attribute='source_server_id') | select }}"
    timeout: 21600
"""

RETURN = r"""
source_servers:
  description: The source servers as last read, see M(resilience.drs.drs_source_server_info).
  returned: success
  type: list
  elements: dict
reached:
  description: How many are where they should be.
  returned: success
  type: int
waiting:
  description: Ids of those that are not.
  returned: success
  type: list
  elements: str
timed_out:
  description: Whether O(timeout) ended the wait.
  returned: success
  type: bool
elapsed_seconds:
  description: Seconds waited.
  returned: success
  type: float
polls:
  description: Number of looks.
  returned: success
  type: int
"""
