#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_extended_source_server
short_description: Extend source servers of AWS Elastic Disaster Recovery (DRS) from a staging account, or remove the copies
version_added: 1.0.0
description:
  - Runs in the target, the cell in which servers are to be recovered. Extends source servers that replicate into a staging
    account, so that they can be drilled and recovered in the target although its own 300 replicating servers are used up.
  - What is extended already is found by reading, before and after, and left alone. No error code of DRS is taken for an answer,
    because DRS documents none for it.
  - Servers go out one by one; each has its own outcome. A server counts as extended only when DRS shows its copy as such.
  - The copies must fit into the total of source servers of the target. What does not fit is refused, by name in order, and
    nothing is sent for it.
  - With O(state=absent) copies are taken back. Replication in the staging account continues. Only copies of that staging account
    are ever touched, and none that has a recovery instance, unless the exact id of the instance is typed.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(present) extends the servers that are not extended yet.
      - V(absent) deletes their copies in the target.
    type: str
    choices: [present, absent]
    default: present
  staging_account_id:
    description: The account that the servers replicate into.
    type: str
    required: true
  source_servers:
    description:
      - These servers, by their ids or ARNs in the staging account. With O(state=absent) also by those of their copies.
      - Exactly one of O(source_servers), O(tags) and O(all) says which servers are meant.
    type: list
    elements: str
  tags:
    description:
      - Servers that carry all of these tags. A value may be a list, of which one must match. The copies of servers that are
        extended already are judged by their own tags.
    type: dict
  all:
    description: All servers that the staging account offers or has offered.
    type: bool
    default: false
  copy_tags:
    description: Whether a copy gets the tags of the server in the staging account, which carry its wave and application.
    type: bool
    default: true
  resource_tags:
    description: More tags for the copies. They win over copied ones, and over C(Name) and C(ExtendedFrom), which are always given.
    type: dict
    default: {}
  deployment_id:
    description: Written to the copies as the tag C(DeploymentId).
    type: str
  tag_keys:
    description: Tag keys that differ from the usual ones, see M(resilience.drs.drs_plan).
    type: dict
    default: {}
  allow_empty:
    description: Accept that no server carries O(tags).
    type: bool
    default: false
  limits:
    description: Limits that differ from those of Service Quotas, by name; C(source_servers) is the one that counts here.
    type: dict
    default: {}
  confirm_recovery_instance_ids:
    description:
      - With O(state=absent), exact ids, typed by a person, of recovery instances that may lose their source server.
      - Lifts no other guard.
    type: list
    elements: str
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - Reads, and says what would be extended or taken back. Makes no call that changes anything.
  diff_mode:
    support: none
  idempotent:
    support: full
notes:
  - Tags of copies that exist already are left as they are.
  - The staging account must trust the target, and a key that encrypts its disks must be shared.
    M(resilience.drs.drs_extension_info) checks both.
seealso:
  - module: resilience.drs.drs_extension_info
  - module: resilience.drs.drs_capacity_info
  - module: resilience.drs.drs_source_server_info
"""

EXAMPLES = r"""
- name: Extend everything that replicates into a staging account
  resilience.drs.drs_extended_source_server:
    staging_account_id: "222222222222"
    all: true

- name: Extend one application, and mark the copies
  resilience.drs.drs_extended_source_server:
    staging_account_id: "222222222222"
    tags:
      dr:application: payments
    deployment_id: "2026-03"
    resource_tags:
      owner: platform

- name: Take two copies back
  resilience.drs.drs_extended_source_server:
    state: absent
    staging_account_id: "222222222222"
    source_servers:
      - s-1111111111111111a
      - arn:aws:drs:us-west-2:222222222222:source-server/s-2222222222222222b
"""

RETURN = r"""
servers:
  description:
    - One entry for each server that was meant. C(outcome) is one of C(extended), C(already_extended), C(unextended), C(planned),
      C(refused), C(failed), C(skipped) and C(unknown).
  returned: success
  type: list
  elements: dict
  contains:
    source_server_id:
      description: Id of the copy in the target, null while there is none.
      returned: always
      type: str
      sample: s-3333333333333333c
    name:
      description: Name of the server.
      returned: always
      type: str
      sample: web-01
    outcome:
      description: What became of it.
      returned: always
      type: str
      sample: extended
    staging_account_id:
      description: The account that the server replicates into.
      returned: always
      type: str
      sample: "222222222222"
    staging_source_server_arn:
      description: ARN of the server there.
      returned: always
      type: str
      sample: arn:aws:drs:us-west-2:222222222222:source-server/s-1111111111111111a
    error:
      description: Why it did not succeed, with C(code), C(message), C(remedy) and C(retryable); null when it did.
      returned: always
      type: dict
summary:
  description: Number of servers by outcome, and their total.
  returned: success
  type: dict
  sample: {"extended": 298, "already_extended": 2, "total": 300}
offered:
  description: What the staging account offers that was not extended before, with C(source_server_id), C(arn), C(name), C(tags).
  returned: when state is present
  type: list
  elements: dict
capacity:
  description: Source servers of the target afterwards, C(used), C(free), C(limit), and C(source), where the limit is from.
  returned: when state is present
  type: dict
  sample: {"used": 850, "free": 3150, "limit": 4000, "source": "service_quotas"}
staging_account_id:
  description: The staging account.
  returned: success
  type: str
  sample: "222222222222"
cell:
  description: The target cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import request as staging_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(staging_request.perform, staging_request.EXTENSION_SPEC)


if __name__ == "__main__":
    main()
