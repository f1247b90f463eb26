#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_job_wait
short_description: Wait for jobs of AWS Elastic Disaster Recovery (DRS) and show their progress
version_added: 1.0.0
description:
  - Waits on the controller for all jobs of one cell (one AWS account in one Region) together, with one C(DescribeJobs) for each
    interval however many jobs there are. It looks rarely at first and often near the expected end.
  - Prints a line for every change and a sign of life in between, at once, in the terminal as in the job output of AWX.
  - Serves the queue. With O(launch) it repeats the request whenever room has appeared in the quotas, so that servers that
    M(resilience.drs.drs_recovery) returned as C(queued) are launched as early as possible.
  - Judges every server by itself, as DRS has no failed job. The reason of a failure is read from the job's log, and only when there
    is a failure.
  - Interrupting it stops nothing in AWS. It can be resumed at any time, with the ids of the jobs.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  jobs:
    description: The jobs to wait for, as M(resilience.drs.drs_recovery) returned them.
    type: list
    elements: dict
    default: []
  job_ids:
    description: Ids of further jobs to wait for, to take up a wait that was cut off.
    type: list
    elements: str
    default: []
  servers:
    description: The servers of these jobs, as M(resilience.drs.drs_recovery) returned them.
    type: list
    elements: dict
    default: []
  launch:
    description:
      - The C(request) that M(resilience.drs.drs_recovery) returned. It is repeated for what is queued.
      - Without it nothing is started here.
    type: dict
    default: {}
  expected_seconds:
    description:
      - How long the jobs are expected to take. It only decides when to look.
    type: int
    default: 600
  poll_interval:
    description: Minimum number of seconds between two polls.
    type: int
    default: 5
  poll_interval_max:
    description: Maximum number of seconds between two polls.
    type: int
    default: 120
  timeout:
    description: Seconds after which to stop waiting. The jobs continue in AWS.
    type: int
    default: 7200
  post_launch:
    description:
      - How a post-launch action that failed judges its server. With V(required) as DRS does, which fails a server for an action that is not
        optional; with V(all) any action fails its server, with V(none) none does, and the failure is the C(error) of a launched server.
    type: str
    choices: [required, all, none]
    default: required
  fail_on:
    description: Whether the task fails when V(any) server did not succeed, when V(all) did not, or V(never).
    type: str
    choices: [never, any, all]
    default: any
extends_documentation_fragment:
  - resilience.drs.waiting
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
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
      - What it launches from the queue is launched once in a run, see M(resilience.drs.drs_recovery).
seealso:
  - module: resilience.drs.drs_recovery
  - module: resilience.drs.drs_job_info
"""

EXAMPLES = r"""
- name: Wait for what a launch started, and serve what it queued
  resilience.drs.drs_job_wait:
    jobs: "{{ launch.jobs }}"
    servers: "{{ launch.servers }}"
    launch: "{{ launch.request }}"
    label: "{{ drs_cell }} wave 1"

- name: Take up the wait for a job after the controller was restarted
  resilience.drs.drs_job_wait:
    job_ids: [drsjob-1111111111111111a]
"""

RETURN = r"""
servers:
  description:
    - The servers with their outcome, address, age of the data, duration, and the reason and remedy of a failure.
    - The entries have the form that M(resilience.drs.drs_recovery) documents. A server that is still V(queued) or
      V(in_progress) was given up watching, and its C(error) says why; its job continues in AWS.
  returned: success
  type: list
  elements: dict
  sample:
    - name: web-01
      source_server_id: s-1111111111111111a
      cell: payments.us-west-2
      outcome: launched
      private_ip: 10.0.0.17
      data_age_seconds: 42
      duration_seconds: 633
      error: null
jobs:
  description: The jobs as last read, those launched from the queue included.
  returned: success
  type: list
  elements: dict
summary:
  description: Number of servers by outcome, and their total.
  returned: success
  type: dict
  sample: {"launched": 99, "failed": 1, "total": 100}
timed_out:
  description: Whether O(timeout) ended the wait.
  returned: success
  type: bool
elapsed_seconds:
  description: Seconds waited.
  returned: success
  type: float
job_seconds:
  description: Seconds that the longest finished job took, by the times of the service. A good O(expected_seconds) for the next wave.
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
error:
  description: What ended the wait early, with C(code), C(message), C(remedy) and C(retryable); none when nothing did.
  returned: success
  type: dict
"""
