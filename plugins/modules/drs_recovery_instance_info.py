#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_recovery_instance_info
short_description: Read the recovery instances of AWS Elastic Disaster Recovery (DRS) in a cell
version_added: 1.0.0
description:
  - Reads the recovery instances of one cell (one AWS account in one Region), whether each is a drill, the point in time of
    its data, its failback state, and what EC2 says about it.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  recovery_instance_ids:
    description:
      - Read only these recovery instances.
    type: list
    elements: str
  source_server_ids:
    description:
      - Read only the recovery instances of these source servers.
    type: list
    elements: str
  include_ec2:
    description:
      - Also ask EC2 for the private address, type and subnet of each instance.
    type: bool
    default: true
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
seealso:
  - module: resilience.drs.drs_source_server_info
  - module: resilience.drs.drs_recovery
"""

EXAMPLES = r"""
- name: Read what is running after a drill
  resilience.drs.drs_recovery_instance_info:
  register: running

- name: Show the drills that nobody has cleaned up
  ansible.builtin.debug:
    msg: "{{ running.recovery_instances | selectattr('is_drill') | map(attribute='recovery_instance_id') }}"
"""

RETURN = r"""
gaps:
  description:
    - What EC2 did not say, each with C(service), what is C(missing) therefore, and the C(error). What DRS says is there without it.
  returned: success
  type: list
  elements: dict
recovery_instances:
  description: The recovery instances, sorted by id.
  returned: success
  type: list
  elements: dict
  contains:
    recovery_instance_id:
      description: Id of the recovery instance.
      returned: always
      type: str
      sample: i-11111111111111111
    source_server_id:
      description: Id of the source server that it was launched from.
      returned: always
      type: str
      sample: s-1111111111111111a
    is_drill:
      description: Whether it was launched as a drill.
      returned: always
      type: bool
    ec2_instance_state:
      description: State of the EC2 instance as DRS reports it.
      returned: always
      type: str
      sample: RUNNING
    private_ip:
      description: Private address of the EC2 instance.
      returned: always
      type: str
      sample: 10.0.0.17
    availability_zone:
      description: Availability Zone of the EC2 instance. Not set when EC2 did not say.
      returned: always
      type: str
      sample: us-west-2a
    point_in_time:
      description: Time of the data that was launched.
      returned: always
      type: str
      sample: "2026-03-01T12:00:00Z"
    job_id:
      description: The job that launched it.
      returned: always
      type: str
      sample: drsjob-1111111111111111a
    failback:
      description: The state of its failback.
      returned: always
      type: dict
      contains:
        state:
          description: The state as the API has it.
          returned: always
          type: str
          sample: FAILBACK_READY_FOR_LAUNCH
        status:
          description: The state in the words of the console, V(Not started), V(Synchronizing), V(Ready), V(Completed) or V(Error).
          returned: always
          type: str
          sample: Ready
        initiated_at:
          description: When it began.
          returned: always
          type: str
        launch_type:
          description: Whether what was launched for it last is a drill.
          returned: always
          type: str
          sample: RECOVERY
        client_id:
          description: The Failback Client, for a machine from outside AWS.
          returned: always
          type: str
    replication:
      description:
        - How far the reverse replication is, with C(state), C(percent), C(replicated_bytes), C(total_bytes), C(backlog_bytes),
          C(lag_seconds), C(eta) and C(error).
      returned: always
      type: dict
    pending_action:
      description:
        - What is to be done next about its failback, V(wait_for_sync), V(launch_for_failback), V(finalise_failback),
          V(repair_failback), or none.
      returned: always
      type: str
      sample: launch_for_failback
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
        cell.recovery_instances,
        {
            "recovery_instance_ids": {"type": "list", "elements": "str"},
            "source_server_ids": {"type": "list", "elements": "str"},
            "include_ec2": {"type": "bool", "default": True},
        },
        mutually_exclusive=[("recovery_instance_ids", "source_server_ids")],
    )


if __name__ == "__main__":
    main()
