#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_job_info
short_description: Read the jobs of AWS Elastic Disaster Recovery (DRS) in a cell
version_added: 1.0.0
description:
  - Reads the jobs of one cell (one AWS account in one Region) with their participating servers, and the log of those whose
    story is wanted.
  - A job that is C(COMPLETED) has not necessarily succeeded. Success is the launch status of each server.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  job_ids:
    description:
      - Read only these jobs. An id that the cell does not have is an error.
    type: list
    elements: str
  lookback_hours:
    description:
      - Without O(job_ids), read the jobs that were created in this many hours.
    type: int
    default: 48
  run_id:
    description:
      - Return only the launch jobs of this run.
    type: str
  active_only:
    description:
      - Return only jobs that have not ended.
    type: bool
    default: false
  include_log:
    description:
      - Whether to read the log of the jobs, which costs at least one call for each.
      - V(failed) reads it for jobs with a failed server only.
    type: str
    choices: [never, failed, always]
    default: never
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
seealso:
  - module: resilience.drs.drs_job_wait
"""

EXAMPLES = r"""
- name: See whether anybody's job is running
  resilience.drs.drs_job_info:
    active_only: true
  register: jobs

- name: Read why servers of a drill failed
  resilience.drs.drs_job_info:
    run_id: drill-2026-03-01
    include_log: failed

- name: Wait with nothing but Ansible's own means
  resilience.drs.drs_job_info:
    job_ids: [drsjob-1111111111111111a]
  register: job
  until: job.jobs[0].status == 'COMPLETED'
  retries: 60
  delay: 30
"""

RETURN = r"""
jobs:
  description: The jobs, newest first.
  returned: success
  type: list
  elements: dict
  contains:
    job_id:
      description: Id of the job.
      returned: always
      type: str
      sample: drsjob-1111111111111111a
    status:
      description: PENDING, STARTED or COMPLETED; there is no failed state.
      returned: always
      type: str
      sample: COMPLETED
    type:
      description: LAUNCH, TERMINATE or CREATE_CONVERTED_SNAPSHOT.
      returned: always
      type: str
      sample: LAUNCH
    initiated_by:
      description: Which call started it.
      returned: always
      type: str
      sample: START_DRILL
    run_id:
      description:
        - The run of this collection that started it, from its tags. Empty for jobs of others and for terminate jobs.
      returned: always
      type: str
    active:
      description: Whether it has not ended.
      returned: always
      type: bool
    servers:
      description: Participating servers, each with C(source_server_id), C(launch_status) and C(recovery_instance_id).
      returned: always
      type: list
      elements: dict
    log:
      description:
        - The log of the job, oldest entry first, each with C(event), C(time), C(source_server_id) and C(raw_error).
      returned: when O(include_log) asks for it
      type: list
      elements: dict
cell:
  description: The cell that was read.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(
        cell.jobs,
        {
            "job_ids": {"type": "list", "elements": "str"},
            "lookback_hours": {"type": "int", "default": 48},
            "run_id": {"type": "str"},
            "active_only": {"type": "bool", "default": False},
            "include_log": {"type": "str", "choices": ["never", "failed", "always"], "default": "never"},
        },
    )


if __name__ == "__main__":
    main()
