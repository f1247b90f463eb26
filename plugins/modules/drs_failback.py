#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_failback
short_description: Fail servers back after a recovery with AWS Elastic Disaster Recovery (DRS), stage by stage
version_added: 1.0.0
description:
  - Brings servers of one recovery cell to a stage of their failback, acting in that cell and in the cells that they came from.
  - The current stage is read before anything is done, so a request can be repeated at any time, also after a crash.
  - It starts things and returns. M(resilience.drs.drs_failback_wait) waits.
  - Whatever cannot be taken back is guarded right before its call. A drill never protects, and never stops what it has not begun.
    The recovery instance is terminated only when the original side is launched, validated, confirmed and protected.
  - DRS never moves traffic, and neither does this module.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - The stage.
      - V(reversed) lets the data of the recovery instances flow back to where the machines came from.
      - V(ready) only looks whether it has all arrived.
      - V(launched) starts the machines in the original cells, or with O(mode=drill) drills of them. A machine that came from
        outside AWS is rebooted into what its Failback Client has copied.
      - V(protected) makes what was launched the machines that are protected, in place of the original ones.
      - V(cleaned) cleans up in order. It stops the reverse replication, terminates the recovery instances that are no
        longer needed, and
        removes the reversed servers.
      - V(stopped) lets a Failback Client go. It is for machines from outside AWS.
    type: str
    choices: [reversed, ready, launched, protected, cleaned, stopped]
    required: true
  mode:
    description:
      - Whether it is a rehearsal or the real thing. There is no default, the two must never be confused.
      - A drill uses only what its own O(run_id) has reversed. Its clean-up keeps a recovery instance that is not a drill itself.
    type: str
    choices: [drill, failback]
    required: true
  run_id:
    description: The run that this belongs to. It is written on what is made, and is how it is found again.
    type: str
    required: true
  wave:
    description: The wave that this belongs to.
    type: str
    default: "1"
  servers:
    description:
      - The servers, each with its C(source_server_id) in the recovery cell, and what results shall call it.
      - A server that was recovered in its own account and Region also needs the C(recovery_instance_id) that serves, for nothing
        else tells its machines apart.
      - Mutually exclusive with O(source_server_ids).
    type: list
    elements: dict
  source_server_ids:
    description: Ids of the source servers in the recovery cell.
    type: list
    elements: str
  since:
    description:
      - When the run began, such as V(2026-03-01T12:00:00Z).
      - A drill that was killed right after it had reversed finds by this time that the nameless reversed server is its own.
    type: str
  validated_recovery_instance_ids:
    description:
      - Recovery instances in the original cells that somebody has validated. Only these may take over.
      - For machines from outside AWS, their recovery instances.
    type: list
    elements: str
    default: []
  confirmation:
    description: What a person typed, and the plan that it must confirm. Needed for V(protected) and V(cleaned).
    type: dict
    suboptions:
      text:
        description: What was typed, C(FAILBACK <plan> <count> <regions> TERMINATE <count> <regions>).
        type: str
      plan:
        description: The name of the plan.
        type: str
        required: true
      count:
        description: How many servers the plan has.
        type: int
        required: true
      regions:
        description: The Regions that its servers fail back to.
        type: list
        elements: str
        required: true
      terminates:
        description: What the plan terminates at its end. Without it the text ends with the Regions.
        type: dict
        suboptions:
          count:
            description: How many recovery instances.
            type: int
            required: true
          regions:
            description: The Regions that they run in.
            type: list
            elements: str
            required: true
  confirm_recovery_instance_ids:
    description: Exact ids, typed by a person, of drill instances in the recovery cell that this collection did not launch.
    type: list
    elements: str
    default: []
  require_protected:
    description:
      - Whether O(state=cleaned) insists on continuous replication of what was launched.
      - Without it the recovery instance goes although nothing protects the business. It is meant for extended servers, which DRS
        cannot protect again by a call.
    type: bool
    default: true
  limits:
    description: Quotas that differ from the documented ones.
    type: dict
    default: {}
  retry_failed:
    description: Try again what this run has launched or terminated without success.
    type: bool
    default: false
  retry_jobs:
    description:
      - With O(retry_failed=true), try again only what has failed in these jobs. By default, in any job of the run.
      - RV(request) holds the jobs that this call tries again, so that M(resilience.drs.drs_failback_wait), which repeats
        the call for queued servers, tries each server once.
    type: list
    elements: str
  lookback_hours:
    description:
      - How far back to look for jobs of this run.
      - A job that is older is not found, so do not continue a run that began before.
    type: int
    default: 168
  run_epoch:
    description:
      - What M(resilience.drs.drs_run) returned when the run began.
      - With it, the run store is asked right before every call that changes something. Nothing is sent unless the run
        still belongs to this controller, is running, and has recorded the wave with exactly O(wave_servers).
    type: int
  wave_servers:
    description:
      - All servers of the wave in this cell, as the plan has them, when the request is about a part of them.
    type: list
    elements: str
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - resilience.drs.original_cells
  - resilience.drs.run_store
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - Says which servers would be acted on. What a later step of the clean-up would do shows only after the ones before it.
  diff_mode:
    support: none
    details:
      - The stages before and after are in RV(servers).
  idempotent:
    support: full
    details:
      - What is there is found, by the tags of its run and by the machine that it copies.
seealso:
  - module: resilience.drs.drs_failback_wait
  - module: resilience.drs.drs_failback_plan
  - module: resilience.drs.drs_recovery_instance_info
"""

EXAMPLES = r"""
- name: Let the data flow back
  resilience.drs.drs_failback:
    region: us-west-2
    state: reversed
    mode: failback
    run_id: failback-2026-03-01
    source_server_ids: [s-1111111111111111a]
    original_cells:
      - account_id: "111111111111"
        region: us-east-1
        assume_role_arn: arn:aws:iam::111111111111:role/DRSOrchestration
  register: started

- name: Wait until it has arrived
  resilience.drs.drs_failback_wait:
    region: us-west-2
    request: "{{ started.request | combine({'state': 'ready'}) }}"
    original_cells: "{{ original_cells }}"

- name: Make the machine that was launched the protected one
  resilience.drs.drs_failback:
    region: us-west-2
    state: protected
    mode: failback
    run_id: failback-2026-03-01
    source_server_ids: [s-1111111111111111a]
    original_cells: "{{ original_cells }}"
    validated_recovery_instance_ids: [i-11111111111111111]
    confirmation:
      text: "{{ typed }}"
      plan: shop
      count: 1
      regions: [us-east-1]
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
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import request as failback_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(
        failback_request.perform,
        failback_request.FAILBACK_SPEC,
        mutually_exclusive=[("servers", "source_server_ids")],
        required_one_of=[("servers", "source_server_ids")],
    )


if __name__ == "__main__":
    main()
