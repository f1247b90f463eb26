#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_failback_wait
short_description: Wait until servers have reached a stage of their failback with AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Waits on the controller for all servers of a request of M(resilience.drs.drs_failback) together, and shows how far they are, in
    bytes and with the expected end.
  - Each look is that request again. It finds what runs, and takes the next step of a clean-up as soon as the one before is proven.
  - A copy can take days. Credentials of both sides are renewed, and a side that does not answer is asked again.
  - Interrupting it stops nothing in AWS. The same request resumes where it was.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  request:
    description: The RV(resilience.drs.drs_failback#module:request) that M(resilience.drs.drs_failback) returned.
    type: dict
    required: true
  servers:
    description: The RV(resilience.drs.drs_failback#module:servers) that it returned, so that what was done then is not forgotten.
    type: list
    elements: dict
    default: []
  expected_seconds:
    description:
      - How long it is expected to take. It only decides when to look.
    type: int
    default: 3600
  poll_interval:
    description: Minimum number of seconds between two polls.
    type: int
    default: 15
  poll_interval_max:
    description: Maximum number of seconds between two polls.
    type: int
    default: 120
  timeout:
    description: Seconds after which to stop waiting. What runs in AWS continues.
    type: int
    default: 259200
  fail_on:
    description: Whether the task fails when a server is not there at the end.
    type: str
    choices: [never, any]
    default: any
extends_documentation_fragment:
  - resilience.drs.waiting
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - resilience.drs.original_cells
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - In check mode it does not wait.
  diff_mode:
    support: none
    details:
      - The stages before and after are in RV(servers).
  idempotent:
    support: full
    details:
      - See M(resilience.drs.drs_failback).
seealso:
  - module: resilience.drs.drs_failback
"""

EXAMPLES = r"""
- name: Wait for what was started
  resilience.drs.drs_failback_wait:
    region: us-west-2
    request: "{{ started.request }}"
    servers: "{{ started.servers }}"
    original_cells: "{{ original_cells }}"
    timeout: 86400
"""

RETURN = r"""
servers:
  description: One entry for each server, in the order that was given.
  returned: success
  type: list
  elements: dict
  contains:
    source_server_id:
      description: Id of the source server in the recovery cell.
      returned: always
      type: str
      sample: s-1111111111111111a
    outcome:
      description:
        - What became of it, V(reversed), V(ready), V(launched), V(protected), V(cleaned) or V(stopped) when the stage is reached.
        - V(in_progress) and V(queued) mean to look again, V(planned) comes from check mode.
        - V(refused), V(failed) and V(unknown) have an C(error).
      returned: always
      type: str
      sample: reversed
    recovery_instance_id:
      description: The recovery instance that the stage is about, in the original cell once it is launched there.
      returned: always
      type: str
      sample: i-11111111111111111
    error:
      description: Why, with C(code), C(message), C(remedy) and C(retryable).
      returned: always
      type: dict
    failback:
      description: What was found, what was done, and what comes next.
      returned: always
      type: dict
      contains:
        origin:
          description: Where the machine came from, V(AWS) or V(ON_PREMISES).
          returned: always
          type: str
        stage:
          description:
            - The stage at the last look, one of V(not_started), V(synchronizing), V(ready), V(launching), V(launched),
              V(protected), V(cleaning), V(cleaned), V(stopped), V(error).
          returned: always
          type: str
        did:
          description: The calls that changed something, in order.
          returned: always
          type: list
          elements: str
          sample: [ReverseReplication, TagResource]
        next:
          description: What a person has to do next.
          returned: always
          type: str
        serving:
          description: Whether the recovery instance may carry the business.
          returned: always
          type: bool
        protected:
          description: Whether replication is continuous in the right direction, from the machine that was launched.
          returned: always
          type: bool
        protected_machine:
          description: The EC2 instance that the source server replicates from.
          returned: always
          type: str
        progress:
          description:
            - How far the copy is, with C(state), C(percent), C(replicated_bytes), C(total_bytes), C(backlog_bytes),
              C(lag_seconds) and C(eta).
          returned: always
          type: dict
        original:
          description:
            - The other side, with its C(cell), C(account_id) and C(region), the reversed server (C(source_server_id), C(arn)),
              and what was launched from it (C(recovery_instance_id), C(ec2_instance_id), C(private_ip)).
          returned: always
          type: dict
summary:
  description: Number of servers by outcome, and C(total).
  returned: success
  type: dict
jobs:
  description: The jobs that were started or found.
  returned: success
  type: list
  elements: dict
queued:
  description: Ids of servers that no job had room for.
  returned: success
  type: list
  elements: str
unread:
  description: Original cells that could not be read, each with its C(error).
  returned: success
  type: list
  elements: dict
request:
  description: What was asked for, without the way to the original cells, for M(resilience.drs.drs_failback_wait).
  returned: success
  type: dict
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
errors:
  description: Number of looks that failed.
  returned: success
  type: int
error:
  description: What ended the wait early, if anything.
  returned: success
  type: dict
"""
