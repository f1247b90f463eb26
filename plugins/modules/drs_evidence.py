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
evidence_hash:
  description: What is signed, a SHA-256 over what happened.
  returned: success
  type: str
manifest_sha256:
  description: The SHA-256 of C(manifest.json). Keep it elsewhere to recognise a bundle that was rewritten.
  returned: success
  type: str
scope:
  description: Numbers of servers, C(planned), C(attempted), C(launched), C(validated), C(failed), C(not_attempted) and C(open).
  returned: success
  type: dict
exceptions:
  description: What did not go as planned, each with C(what) and C(detail); at most a hundred.
  returned: success
  type: list
  elements: dict
"""
