#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_plan
short_description: Plan which servers of AWS Elastic Disaster Recovery (DRS) to recover, in which waves
version_added: 1.0.0
description:
  - Turns what was read from all cells into one frozen plan. It selects servers by tags, ids, applications and waves, leaves out
    staging copies of servers that are recovered in a target account, orders the rest in waves, and holds everything against
    the guards.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
  - Everything that speaks against the plan is listed, not only the first thing. Errors fail the module before anything has been
    sent; warnings are part of the plan.
  - A cell that could not be read makes the coverage of the plan C(incomplete). It is never taken for an empty one.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  name:
    description: Name of the plan, as in confirmations and reports; by default the one of O(document).
    type: str
  document:
    description:
      - A plan file, parsed. Its waves are walked instead of those of the tags, see the guide to plan files.
      - O(selection) then asks for a part of it, its V(waves) by their names; O(policy), O(limits) and a O(point_in_time) other
        than V(latest) go before what the file says.
    type: dict
  mode:
    description: Whether this is a drill or a recovery.
    type: str
    choices: [drill, recovery]
    required: true
  cells:
    description:
      - What was read from each cell.
    type: list
    elements: dict
    required: true
    suboptions:
      cell:
        description: Name of the cell.
        type: str
        required: true
      account_id:
        description: Account of the cell.
        type: str
        required: true
      region:
        description: Region of the cell.
        type: str
        required: true
      account_types:
        description: What the account is, any of C(source), C(staging) and C(target).
        type: list
        elements: str
        default: []
      assume_role_arn:
        description: The role that was to be assumed, for messages.
        type: str
      error:
        description: Why the cell could not be read, with C(code), C(message) and C(remedy).
        type: dict
      source_servers:
        description: What M(resilience.drs.drs_source_server_info) returned; without it the cell counts as not read.
        type: list
        elements: dict
      recovery_instances:
        description:
          - What M(resilience.drs.drs_recovery_instance_info) returned.
          - Without it, it is unknown what a launch would wipe, so the servers of the cell are refused.
        type: list
        elements: dict
      jobs:
        description:
          - What M(resilience.drs.drs_job_info) returned.
          - With it, servers in another active job are refused, and what O(run_id) has launched is adopted.
        type: list
        elements: dict
      read_at:
        description:
          - When the cell was read. The newest of all cells is the time that is checked against the calendar of
            O(guardrails), unless O(now) is given.
        type: str
  run_id:
    description:
      - The run that this plan continues. What it has launched is no reason against the plan.
      - A run id is 1 to 128 letters, digits and C(. _ -), a letter or digit first.
    type: str
  selection:
    description:
      - Which servers to recover. Without any part, all servers that are enabled by their tags.
    type: dict
    default: {}
    suboptions:
      tags:
        description: All of these tags must match; a value may be a list, of which one must match.
        type: dict
      source_server_ids:
        description: Exactly these servers.
        type: list
        elements: str
      applications:
        description: Servers of these applications.
        type: list
        elements: str
      waves:
        description: Servers of these waves.
        type: list
        elements: str
  allow_empty:
    description: Accept a selection that matches nothing.
    type: bool
    default: false
  except:
    description:
      - Servers to leave out of the plan although they are selected, such as machines that can never launch, as ids of source servers with
        the reason in words. They are in C(excluded) with that reason, and the reasons are part of the plan's hash.
    type: dict
    default: {}
  expected_count:
    description: Refuse the plan unless it holds exactly so many servers.
    type: int
  policy:
    description:
      - What may launch, and when a wave has failed.
      - C(allow_stale), C(max_lag_seconds) and C(min_readiness) say which data is good enough, see
        M(resilience.drs.drs_recovery).
      - C(max_failures) is how many servers of a wave may fail, a number or a percentage that is rounded down, by default
        V(10%). With C(continue_on_failure), by default V(false), critical servers count like the others; without it, one
        that fails stops the run.
      - C(recover_in) says whether extended servers are recovered in the V(target), the default, or in V(staging).
      - C(post_launch) says how a post-launch action that failed judges its server, as DRS does (V(required), the default), V(all) or V(none),
        see M(resilience.drs.drs_job_wait).
      - A key that is not one of these is an error.
    type: dict
    default: {}
  limits:
    description:
      - Quotas that differ from the documented ones, such as C(servers_per_job) (100), C(concurrent_jobs) (20) and
        C(servers_in_jobs) (500).
    type: dict
    default: {}
  point_in_time:
    description:
      - V(latest), V(latest_available), or the time at or before which to choose each server's data, with a time zone.
    type: str
    default: latest
  replace_recovery_instance_ids:
    description: Exact ids of recovery instances that a recovery may wipe.
    type: list
    elements: str
    default: []
  now:
    description: The time of planning, for what is in the future and how old data is.
    type: str
  confirm:
    description:
      - What a person typed to confirm the plan. RV(confirmed) says whether it is RV(confirmation).
    type: str
  fail_on_error:
    description:
      - Fail when a finding blocks the plan. Without it, RV(valid) says so, and the plan can be shown first.
    type: bool
    default: true
extends_documentation_fragment:
  - resilience.drs.guardrails
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
  - resilience.drs.tag_keys
seealso:
  - module: resilience.drs.drs_recovery
  - module: resilience.drs.drs_wave_verdict
"""

EXAMPLES = r"""
- name: Plan a drill of one application over all cells
  resilience.drs.drs_plan:
    name: payments
    mode: drill
    cells: "{{ cells }}"
    selection:
      applications: [payments]
    expected_count: 12
  run_once: true
  delegate_to: localhost
  register: planned

- name: Plan a drill of a part of a plan file
  resilience.drs.drs_plan:
    document: "{{ lookup('ansible.builtin.file', 'payments.plan.yml') | from_yaml }}"
    mode: drill
    cells: "{{ cells }}"
    selection:
      waves: [databases]
  run_once: true
  delegate_to: localhost
  register: planned

- name: Plan a failover, and ask for the typed confirmation
  resilience.drs.drs_plan:
    name: payments
    mode: recovery
    cells: "{{ cells }}"
    point_in_time: latest_available
    policy:
      max_failures: 2
    confirm: "{{ typed | default(omit) }}"
  run_once: true
  delegate_to: localhost
  register: planned
  failed_when: not planned.confirmed | default(false)
"""

RETURN = r"""
plan:
  description: The frozen plan.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the plan.
      returned: always
      type: str
    mode:
      description: C(drill) or C(recovery).
      returned: always
      type: str
    hash:
      description: Fingerprint of what the plan would do; it does not depend on when or in which order it was planned.
      returned: always
      type: str
    coverage:
      description: C(complete), or C(incomplete) when a cell could not be read.
      returned: always
      type: str
    unknown_cells:
      description: The cells that could not be read, and why.
      returned: always
      type: list
      elements: dict
    stages:
      description: The stages in order, each with C(stage) and C(waves), the names of waves that do not depend on each other.
      returned: always
      type: list
      elements: dict
    stops:
      description: What a wave that does not pass stops, V(run) or V(chain), only the waves that depend on it.
      returned: always
      type: str
    next_phase:
      description: When the next phase of an orchestration may start, C(ready_when) and C(require_full_coverage).
      returned: always
      type: dict
    waves:
      description:
        - The waves in order, each with C(wave), C(stage), C(servers) in their order of launch, C(by_cell), the ids of each cell,
          C(jobs), the number of jobs, C(after), the waves that must have passed before it begins, and from a plan file
          C(depends_on), C(max_failures), C(gates) and C(actions).
      returned: always
      type: list
      elements: dict
    excluded:
      description:
        - Servers that are not part of the plan, with C(reason_code) and C(reason).
      returned: always
      type: list
      elements: dict
    findings:
      description:
        - Everything that speaks against the plan, errors first, each with C(severity), C(code), C(message), C(remedy) and the
          server that it is about.
      returned: always
      type: list
      elements: dict
    summary:
      description: Number of servers, waves, jobs and cells, and servers by application.
      returned: always
      type: dict
valid:
  description: Whether nothing speaks against the plan. One that is not valid must not be run.
  returned: success
  type: bool
confirmation:
  description: What a person must type to confirm exactly this plan.
  returned: success
  type: str
  sample: FAILOVER payments 12 us-west-2
confirmed:
  description: Whether O(confirm) is that text.
  returned: success
  type: bool
overrides:
  description: The guardrails that O(override_reason) went past, each with C(guardrail) and C(reason).
  returned: success
  type: list
  elements: dict
lease_until:
  description: Until when what a drill launches now may exist. Null for a recovery.
  returned: success
  type: str
  sample: "2026-03-01T20:00:00Z"
findings:
  description: Everything that speaks against the plan, errors and warnings.
  returned: always
  type: list
  elements: dict
"""
