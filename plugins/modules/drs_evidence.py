#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_evidence
short_description: Write the evidence of a run of AWS Elastic Disaster Recovery (DRS) for an auditor
version_added: 1.0.0
description:
  - Writes everything that the run store holds of a run into a folder, with a page that needs no network, the evidence as data, the
    journal, and a manifest with the SHA-256 of each file.
  - The evidence holds the scope with every exclusion and its reason, recovery time and recovery point against their targets by
    application, the timeline, exceptions, approvals, the proof of the clean-up, and what the run did not prove.
  - It is a draft until somebody signs its hash. The hash does not change when the same evidence is written again.
  - M(resilience.drs.drs_evidence_verify) finds whatever has changed since.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  path:
    description: The folder of the bundle. It must be missing, empty, or hold an earlier bundle of the same run, which is replaced.
    type: path
    required: true
  run_id:
    description: The run.
    type: str
    required: true
  objectives:
    description:
      - Targets by application, each with C(rto) and C(rpo) as durations such as C(45m).
      - An application that is not named here has the strictest targets of its servers' tags C(dr:rto) and C(dr:rpo).
    type: dict
    default: {}
  sign_offs:
    description: Who has signed what. With one or more of them, all accepting, the evidence is no draft any more.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Who signs.
        type: str
        required: true
      role:
        description: As what.
        type: str
      decision:
        description: Whether the result is accepted.
        type: str
        choices: [accepted, rejected]
        required: true
      at:
        description: When, such as V(2026-01-31T12:00:00Z).
        type: str
        required: true
      evidence_hash:
        description: The C(evidence_hash) of the draft that was read. A sign-off for other evidence is refused.
        type: str
        required: true
      comment:
        description: A comment.
        type: str
  archive:
    description: A file to write the whole bundle into as well, as an uncompressed tar archive.
    type: path
  scenario:
    description: What the test simulates, in words.
    type: str
  test_type:
    description: How much is tested.
    type: str
    choices: [component, system, comprehensive]
  participants:
    description: Who took part beside those on record, who started, approved or typed commands.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Who.
        type: str
        required: true
      role:
        description: As what, such as V(observer).
        type: str
        required: true
  actions:
    description:
      - Corrective actions. A new one needs O(actions[].what), O(actions[].owner) and O(actions[].due).
      - They are kept in the run store, and stand in the evidence of each later run of the plan until one of this O(actions[].id) is
        given as V(closed).
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: A name that stays the same.
        type: str
        required: true
      what:
        description: What is to be done.
        type: str
      owner:
        description: Who does it.
        type: str
      due:
        description: Until when.
        type: str
      status:
        description: Whether it is done.
        type: str
        choices: [open, closed]
      closed_at:
        description: When it was done.
        type: str
      retest_run_id:
        description: The run that has shown it.
        type: str
  timestamp:
    description:
      - Have a service put a time stamp by RFC 3161 on the hash of the evidence; its answer is the file C(timestamp.tsr) of the bundle.
      - One that was kept is used again as long as the evidence is the same.
      - A service that does not answer is a warning, and the bundle has no time stamp.
    type: dict
    suboptions:
      url:
        description: The address of the service, with C(https) or C(http).
        type: str
        required: true
      timeout:
        description: For how many seconds to wait for it.
        type: int
        default: 20
  lock:
    description:
      - Also put the bundle, as a tar archive, into a bucket with Object Lock, as C(<prefix><run>/<manifest_sha256>.tar).
      - The bucket must have Object Lock enabled. The same bundle is put there once.
      - A bucket that does not take it is a warning.
    type: dict
    suboptions:
      bucket:
        description: The bucket.
        type: str
        required: true
      prefix:
        description: What the keys begin with.
        type: str
        default: drs-evidence/
      retain_days:
        description: For how many days nobody can delete it.
        type: int
        default: 2557
      mode:
        description: The mode of the lock. In V(COMPLIANCE) not even the root user can shorten it.
        type: str
        choices: [COMPLIANCE, GOVERNANCE]
        default: COMPLIANCE
      region:
        description: The Region of the bucket; by default that of the credentials.
        type: str
      profile:
        description: The profile to use; by default the usual credentials.
        type: str
  generated_at:
    description: The time of writing, by default now.
    type: str
attributes:
  check_mode:
    support: full
    details:
      - Nothing is written; C(changed) says whether a file would.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - A bundle that is written at another time says so. With the same O(generated_at) the second one changes nothing.
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.run_store
seealso:
  - module: resilience.drs.drs_evidence_verify
  - module: resilience.drs.drs_report
"""

EXAMPLES = r"""
- name: Write the evidence of a drill
  resilience.drs.drs_evidence:
    path: evidence/q4-drill
    run_id: q4-drill-20261031T090000Z
    archive: evidence/q4-drill.tar
  run_once: true
  delegate_to: localhost
  register: bundle

- name: Keep the hash where nobody who can write the folder can change it
  ansible.builtin.debug:
    msg: "manifest.json of the bundle: {{ bundle.manifest_sha256 }}"
  run_once: true
"""

RETURN = r"""
path:
  description: The folder.
  returned: success
  type: str
archive:
  description: The archive.
  returned: success
  type: str
files:
  description: The names of the files of the bundle.
  returned: success
  type: list
  elements: str
run_id:
  description: The run.
  returned: success
  type: str
verdict:
  description: The C(word), C(PASS), C(FAIL), C(DRAFT) or C(UNKNOWN), and its C(reasons).
  returned: success
  type: dict
state:
  description: C(SIGNED), C(REJECTED) when one decision is C(rejected), or C(DRAFT - NOT SIGNED).
  returned: success
  type: str
actions:
  description: The corrective actions of this run and those that are open from earlier ones.
  returned: success
  type: list
  elements: dict
evidence_hash:
  description: What is signed, a SHA-256 over what happened.
  returned: success
  type: str
timestamp:
  description: What came of O(timestamp), with C(url), C(new) and C(error). Null when it was not asked for.
  returned: success
  type: dict
lock:
  description: What came of O(lock), with C(bucket), C(key), C(retain_until), C(new) and C(error). Null when it was not asked for.
  returned: success
  type: dict
manifest_sha256:
  description: The SHA-256 of C(manifest.json). Keep it elsewhere to recognise a bundle that was rewritten.
  returned: success
  type: str
scope:
  description: Numbers of servers, C(planned), C(attempted), C(launched), C(validated), C(failed), C(skipped),
    C(not_attempted) and C(open).
  returned: success
  type: dict
exceptions:
  description: What did not go as planned, each with C(what) and C(detail); at most a hundred.
  returned: success
  type: list
  elements: dict
"""
