#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_recovery
short_description: Launch or terminate recovery instances of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Launches source servers of one cell (one AWS account in one Region) as a drill or as a recovery, or terminates recovery
    instances there. It starts DRS jobs and returns at once. Waiting is the business of M(resilience.drs.drs_job_wait).
  - A launch wipes every earlier recovery instance of the same server. Right before the call the module therefore reads what
    is running, and refuses the whole request if a drill would wipe a recovery, or a recovery one that was not named in
    O(replace_recovery_instance_ids).
  - A run launches a server once. Jobs carry the run, the wave and the batch as tags; a server that a job of O(run_id) holds
    is adopted, whether that job is running or has ended. Lost answers, killed controllers and repeated tasks all end in
    adoption.
  - Servers go out in as few jobs as the quotas allow. What does not fit now, because jobs of anybody use the quotas up, is
    returned as C(queued) and launched by M(resilience.drs.drs_job_wait) as room appears.
  - Terminating touches only instances that a run of this collection launched as a drill, unless their exact ids are typed in
    O(confirm_recovery_instance_ids).
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(launched) launches the servers, or adopts the jobs of this run that do.
      - V(terminated) terminates recovery instances, or adopts the jobs that do.
    type: str
    choices: [launched, terminated]
    required: true
  mode:
    description:
      - Whether the launch is a drill or a recovery. There is no default, as the two must never be confused.
      - Required when O(state=launched).
    type: str
    choices: [drill, recovery]
  run_id:
    description:
      - The run that this launch belongs to. The same id again continues that run.
      - 1 to 128 letters, digits and C(. _ -), a letter or digit first.
      - A server whose launch has failed in a run is not tried again in that run. Choose another id to try it again.
      - With O(state=terminated), terminate what this run launched.
      - Required when O(state=launched).
    type: str
  every_run:
    description:
      - With O(state=terminated), terminate what any run of this collection launched as a drill.
      - O(state=terminated) needs it, O(run_id), O(expired_only), or ids; nothing said is not everything meant.
    type: bool
    default: false
  wave:
    description:
      - The wave of the run, as written to the job's tags.
    type: str
    default: "1"
  servers:
    description:
      - The servers to launch, as M(resilience.drs.drs_plan) returns them for this cell.
      - Of each only C(source_server_id) is needed. C(name), C(arn), C(account_id), C(application) and C(critical) give
        results their names. C(wave) and C(wanted_point_in_time) take precedence over O(wave) and O(point_in_time), so
        that one call
        may launch the waves of a stage. Anything else is ignored.
      - Required with O(state=launched); with O(state=terminated) they only lend their names to the results.
    type: list
    elements: dict
  source_server_ids:
    description:
      - With O(state=terminated), terminate the recovery instances of these servers only.
    type: list
    elements: str
  recovery_instance_ids:
    description:
      - With O(state=terminated), terminate these recovery instances only. Naming them here narrows the request; it does not
        lift a guard.
    type: list
    elements: str
  confirm_recovery_instance_ids:
    description:
      - Exact ids, typed by a person, of recovery instances to terminate although they are not drills of this collection.
      - Lifts no other guard. An instance that replicates back, or that is itself a source, is still refused.
    type: list
    elements: str
  replace_recovery_instance_ids:
    description:
      - Exact ids of recovery instances that a launch with O(mode=recovery) may wipe.
    type: list
    elements: str
  adopt_job_ids:
    description:
      - Exact ids of jobs that are this run's although they do not agree with its record, because the record was lost or DRS no
        longer lists them. What they launched counts as launched by this run.
      - Without it, a job that carries the tag of O(run_id) but does not match the record is named, and its servers are
        refused.
    type: list
    elements: str
  point_in_time:
    description:
      - V(latest) asks for the most recent data, for which DRS contacts the source for up to ten minutes.
      - V(latest_available) takes the newest point in time that exists, for a source site that is down.
      - A time such as V(2026-03-01T12:00:00Z) takes, for each server, the newest point in time at or before it. A server
        without one is refused, never launched with newer data.
    type: str
    default: latest
  policy:
    description:
      - What may be launched, judged right before the call.
    type: dict
    default: {}
    suboptions:
      allow_stale:
        description:
          - Accept servers that lag, stall or rescan, as long as they have a point in time.
          - Off for a drill and on for a recovery, unless it is given.
        type: bool
      max_lag_seconds:
        description:
          - The lag up to which a server may launch, in seconds or as V(15m) or V(1h). The server's own tag for its recovery
            point objective wins.
        type: str
      min_readiness:
        description:
          - The least readiness that may launch. V(ready) is in step with its source, V(lagging) is in contact and behind,
            V(recoverable) has any consistent point in time.
          - By default V(recoverable) where stale data is allowed, otherwise V(ready).
        type: str
        choices: [ready, lagging, recoverable]
      post_launch:
        description:
          - How the wait will judge a post-launch action that failed, see O(resilience.drs.drs_job_wait#module:post_launch).
          - What V(none) counts as launched is not tried again with O(retry_failed=true), because that would wipe it.
        type: str
        choices: [required, all, none]
  expired_only:
    description:
      - With O(state=terminated), only what drills have launched whose lease is over, by the clock of AWS. All other
        safety checks apply.
    type: bool
    default: false
  limits:
    description:
      - Quotas that differ from the documented ones, such as C(servers_per_job) (100), C(concurrent_jobs) (20) and
        C(servers_in_jobs) (500).
    type: dict
    default: {}
  retry_failed:
    description:
      - Retry servers whose launch by a job of O(run_id) has failed, also by O(policy.post_launch). Everything else in the run is
        adopted, as always.
    type: bool
    default: false
  retry_jobs:
    description:
      - With O(retry_failed=true), retry only what has failed in these jobs. By default, in any job of the run.
      - RV(request) holds the jobs that this call retries, so that M(resilience.drs.drs_job_wait), which repeats the call
        for queued servers, tries each server once.
    type: list
    elements: str
  lookback_hours:
    description:
      - How far back to look for jobs of this run and for jobs that hold servers.
      - A job that is older is not found, so do not continue a run that began before.
    type: int
    default: 48
  run_epoch:
    description:
      - What M(resilience.drs.drs_run) returned when the run began.
      - With it, the run store is asked right before every launch and termination. Nothing is sent unless the run still
        belongs to this controller and, for a launch, is running, has recorded the wave, has exactly these servers in
        its plan, and is approved if it must be.
    type: int
  store_override:
    description:
      - Why to launch although the run store cannot be reached. For a declared disaster.
      - What the run has launched is still found by the tags of its jobs, and adopted.
    type: str
  drill_network:
    description:
      - The guardrail for the network of drills. A server whose drill would launch into another network is refused, right before
        the launch. Off unless it says something; it does nothing in a recovery.
      - When it is on and cannot be read, the drill is refused.
    type: dict
    default: {}
    suboptions:
      subnet_ids:
        description: The subnets that drills may launch into. Either this or the tags must be given; with both, both must hold.
        type: list
        elements: str
      subnet_tags:
        description: Tags that the subnets of drills carry, all of them. A value may be a list, of which one must match.
        type: dict
      security_group_ids:
        description: The security groups that drills may launch with. Not checked when it is not given.
        type: list
        elements: str
      production_subnet_ids:
        description: Subnets that no drill may launch into, whatever else is allowed. The subnets of the source machines
          are always included.
        type: list
        elements: str
      allow_public_ip:
        description: Allow public addresses.
        type: bool
        default: false
      allow_copy_private_ip:
        description: Allow launching with the private address of the source.
        type: bool
        default: false
extends_documentation_fragment:
  - resilience.drs.guardrails
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - resilience.drs.run_store
  - resilience.drs.tag_keys
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - In check mode all reads and guards run, servers that would be launched are returned as C(planned), and no call is made
        that changes anything.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - With the same O(run_id) a second call adopts what the first one started.
seealso:
  - module: resilience.drs.drs_plan
  - module: resilience.drs.drs_job_wait
  - module: resilience.drs.drs_recovery_instance_info
"""

EXAMPLES = r"""
- name: Launch two servers as a drill
  resilience.drs.drs_recovery:
    state: launched
    mode: drill
    run_id: drill-2026-03-01
    servers:
      - source_server_id: s-1111111111111111a
      - source_server_id: s-1111111111111111b
  register: launch

- name: Wait for the jobs, and launch what was queued as room appears
  resilience.drs.drs_job_wait:
    launch: "{{ launch.request }}"
    jobs: "{{ launch.jobs }}"
    servers: "{{ launch.servers }}"

- name: See what would be launched, without a call that changes anything
  resilience.drs.drs_recovery:
    state: launched
    mode: recovery
    run_id: failover-2026-03-01
    servers: "{{ plan.waves[0].servers | selectattr('cell', 'eq', inventory_hostname) }}"
  check_mode: true

- name: Recover the data as it was before an attack
  resilience.drs.drs_recovery:
    state: launched
    mode: recovery
    run_id: failover-2026-03-01
    point_in_time: "2026-03-01T03:00:00Z"
    servers: "{{ plan.waves[0].servers | selectattr('cell', 'eq', inventory_hostname) }}"

- name: Recover again, over the instances of a recovery that went wrong
  resilience.drs.drs_recovery:
    state: launched
    mode: recovery
    run_id: failover-2026-03-01-again
    replace_recovery_instance_ids: [i-11111111111111111]
    servers:
      - source_server_id: s-1111111111111111a

- name: Terminate what one drill launched
  resilience.drs.drs_recovery:
    state: terminated
    run_id: drill-2026-03-01

- name: Terminate a recovery instance that served production, by its typed id
  resilience.drs.drs_recovery:
    state: terminated
    confirm_recovery_instance_ids: [i-11111111111111111]
"""

RETURN = r"""
jobs:
  description: The jobs that were started or adopted.
  returned: success
  type: list
  elements: dict
  contains:
    job_id:
      description: Id of the job.
      returned: always
      type: str
      sample: drsjob-1111111111111111a
    adopted:
      description: Whether the job was there already.
      returned: always
      type: bool
    status:
      description: PENDING, STARTED or COMPLETED. A completed job may hold servers that failed.
      returned: always
      type: str
      sample: PENDING
    servers:
      description: Participating servers, each with C(source_server_id), C(launch_status) and C(recovery_instance_id).
      returned: always
      type: list
      elements: dict
servers:
  description:
    - One entry for each server of the request, or for each recovery instance with O(state=terminated).
    - Every key is there; what is not known is null. Identities are known at once, addresses and ages after
      M(resilience.drs.drs_job_wait).
  returned: success
  type: list
  elements: dict
  contains:
    source_server_id:
      description: Id of the source server.
      returned: always
      type: str
      sample: s-1111111111111111a
    name:
      description: Name of the server.
      returned: always
      type: str
      sample: web-01
    cell:
      description: The cell of the server.
      returned: always
      type: str
      sample: payments.us-west-2
    outcome:
      description:
        - Its outcome. V(planned), V(queued) and V(in_progress) are not the end yet. V(launched) and V(terminated) are
          success, V(skipped) means that there was nothing to do, V(refused) that a safety check refused it and nothing
          was sent, V(failed) that AWS did not do it, and V(unknown) that the outcome could not be determined.
      returned: always
      type: str
      sample: in_progress
    changed:
      description: Whether this call started something for it.
      returned: always
      type: bool
    adopted:
      description: Whether its job was found rather than started.
      returned: always
      type: bool
    critical:
      description: Whether its failure stops the run.
      returned: always
      type: bool
    application:
      description: Its application, when the request named one.
      returned: always
      type: str
    wave:
      description: The wave of the run.
      returned: always
      type: str
    batch:
      description: The batch of the run, as the job's tag names it.
      returned: always
      type: str
    account_id:
      description: Account of the cell.
      returned: always
      type: str
    region:
      description: Region of the cell.
      returned: always
      type: str
    arn:
      description: ARN of the source server.
      returned: always
      type: str
    job_id:
      description: The job that holds it.
      returned: always
      type: str
      sample: drsjob-1111111111111111a
    recovery_instance_id:
      description: The recovery instance, as soon as DRS names it.
      returned: always
      type: str
      sample: i-11111111111111111
    ec2_instance_id:
      description: Its EC2 instance.
      returned: always
      type: str
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
    is_drill:
      description: Whether it is of a drill.
      returned: always
      type: bool
    point_in_time:
      description: Time of the data that was launched.
      returned: always
      type: str
      sample: "2026-03-01T12:00:00Z"
    data_age_seconds:
      description: Age of that data when the job began.
      returned: always
      type: float
    started_at:
      description: When its job was created.
      returned: always
      type: str
    ended_at:
      description: When its job ended.
      returned: always
      type: str
    duration_seconds:
      description: Seconds between the two.
      returned: always
      type: float
    post_launch:
      description:
        - Its post-launch actions that have begun, each with C(name), C(document), C(status), C(optional), C(reason) and C(run_id); none when
          none has.
      returned: always
      type: list
      elements: dict
    error:
      description: Why it did not succeed; none when it did.
      returned: always
      type: dict
      contains:
        code:
          description: Code of the catalogue, see the troubleshooting page of the collection.
          returned: always
          type: str
          sample: launch_capacity
        message:
          description: What was said, without secrets.
          returned: always
          type: str
        remedy:
          description: What to do about it.
          returned: always
          type: str
        retryable:
          description: Whether waiting alone may help.
          returned: always
          type: bool
queued:
  description: Ids that wait for room in the quotas or for a job that holds their server.
  returned: success
  type: list
  elements: str
findings:
  description: Warnings of the guards, such as data that is older than wanted.
  returned: success
  type: list
  elements: dict
request:
  description: The options of this call, without those of the cell, to pass to M(resilience.drs.drs_job_wait).
  returned: success
  type: dict
summary:
  description: Number of servers by outcome, and their total.
  returned: success
  type: dict
  sample: {"in_progress": 2, "total": 2}
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import request as recovery_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(
        recovery_request.perform,
        recovery_request.RECOVERY_SPEC,
        required_if=[("state", "launched", ("mode", "run_id", "servers"))],
    )


if __name__ == "__main__":
    main()
