#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_evidence_verify
short_description: Verify that an evidence bundle is unchanged since it was written
version_added: 1.0.0
description:
  - Finds every file that was changed, added or removed, down to one byte, in a folder or in a tar archive that
    M(resilience.drs.drs_evidence) wrote.
  - Checks the chain of the journal, and makes the evidence again from the documents of the run to compare. That is left out when
    another version of this collection wrote the bundle.
  - It reads files of the machine that it runs on. It calls no AWS service and needs no credentials.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  path:
    description: The folder of the bundle, or its archive.
    type: path
    required: true
  manifest_sha256:
    description:
      - The SHA-256 of C(manifest.json) as it was kept elsewhere.
      - Without it, a bundle that was rewritten together with its manifest cannot be told from the original.
    type: str
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
seealso:
  - module: resilience.drs.drs_evidence
"""

EXAMPLES = r"""
- name: Check a bundle
  resilience.drs.drs_evidence_verify:
    path: evidence/q4-drill
"""

RETURN = r"""
about:
  description: What the manifest says about the bundle, C(run_id), C(evidence_hash), C(state), C(verdict) and more.
  returned: success
  type: dict
files:
  description: Number of files.
  returned: success
  type: int
bytes:
  description: Their size together.
  returned: success
  type: int
manifest_sha256:
  description: The SHA-256 of C(manifest.json).
  returned: success
  type: str
recomputed:
  description: Whether the evidence was made again from the documents, and was the same.
  returned: success
  type: bool
problems:
  description: Nothing, for a bundle with a problem fails; C(details.problems) then lists C(file) and C(problem).
  returned: success
  type: list
  elements: dict
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import evidence_verify
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_on_controller


def main() -> None:
    run_on_controller(evidence_verify.verify, evidence_verify.VERIFY_SPEC)


if __name__ == "__main__":
    main()
