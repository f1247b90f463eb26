#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_extension_info
short_description: Check whether a target account can extend from a staging account
version_added: 1.0.0
description:
  - Runs in the staging cell. Reads whether DRS is initialised there, whether the role exists that lets the target account read
    its servers, and whether the key that encrypts the staging disks can be used by the target.
  - Each missing piece is a finding with the command that fixes it. What cannot be read is a warning; the extension
    itself will then show it.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  account_id:
    description: The account of the staging cell.
    type: str
    required: true
  target_account_id:
    description: The account that the servers are to be extended to.
    type: str
    required: true
  source_server_ids:
    description:
      - Read how these servers are encrypted. Without it, that of some servers is read, see O(max_servers).
      - The templates, which count for new servers, are always read.
    type: list
    elements: str
  max_servers:
    description:
      - Read how so many servers are encrypted, spread over all that replicate there. It costs a call for each.
    type: int
    default: 20
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
notes:
  - Of policies only statements, actions and principals are judged, and the conditions that name the target. A policy with
    other conditions may pass here and refuse later.
seealso:
  - module: resilience.drs.drs_extended_source_server
"""

EXAMPLES = r"""
- name: Check a staging cell before its servers are extended
  resilience.drs.drs_extension_info:
    account_id: "{{ drs_account_id }}"
    target_account_id: "{{ hostvars[drs_extend_to].drs_account_id }}"
  register: preflight
"""

RETURN = r"""
ready:
  description: Whether no finding blocks the extension.
  returned: success
  type: bool
findings:
  description: What was found, with C(severity), C(code), C(message) and C(remedy), the command that fixes it.
  returned: success
  type: list
  elements: dict
staging:
  description:
    - What was read, C(initialised), C(role), C(encryption), C(servers_checked), C(default_key) and C(keys). A part that could
      not be read is null, or has an C(error).
  returned: success
  type: dict
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import info as staging_info
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(staging_info.read, staging_info.EXTENSION_INFO_SPEC)


if __name__ == "__main__":
    main()
