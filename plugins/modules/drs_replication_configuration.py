#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_replication_configuration
short_description: Apply declared replication settings to source servers of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Manages how the source servers of one cell replicate, all of them in one call, and the template from which new servers of the cell
    take their settings.
  - Settings are declared for the account, for groups of servers and for single ones. What is not declared stays as it is.
  - What was there before a change is written into tags of what is changed, so that O(state=restored) can take the newest change back.
  - Only what differs is written, and nothing when nothing differs. What cannot be is refused for its server, by name; the others
    continue.
  - With another encryption DRS may copy all disks of a server again, and there is no new point in time until it has. This is refused
    for every server that O(confirm_resync) does not name.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(present) keeps the settings that are declared.
      - V(restored) takes the change O(change_id) back, for every server of the cell that it changed, and for the template. Only the
        newest change of each can be taken back.
    type: str
    choices: [present, restored]
    default: present
  account:
    description:
      - Settings of the account. They are kept in the replication configuration template, from which new servers take theirs, and on all
        servers, below O(groups) and O(servers).
    type: dict
    suboptions: &account
      staging_area_subnet_id:
        description: Subnet of the replication servers. A change makes replication pause for a moment.
        type: str
      replication_servers_security_groups_ids:
        description: Security groups of the replication servers, of the VPC of the subnet.
        type: list
        elements: str
      associate_default_security_group:
        description: Give replication servers the security group of DRS as well.
        type: bool
      replication_server_instance_type:
        description: Type of the replication servers. A change makes replication pause for a moment.
        type: str
      use_dedicated_replication_server:
        description: Give the server a replication server of its own. A change makes replication pause for a moment.
        type: bool
      default_large_staging_disk_type:
        description: Type of large staging disks whose type is V(AUTO).
        type: str
        choices: [GP2, GP3, ST1, AUTO]
      ebs_encryption:
        description:
          - How staging disks are encrypted. For a server that replicates, DRS may copy all disks again after a change.
          - Servers that are to be extended into another account cannot use V(DEFAULT), because its key cannot be shared.
        type: str
        choices: [DEFAULT, CUSTOM, NONE]
      ebs_encryption_key_arn:
        description: The key, with V(CUSTOM) encryption. DRS may copy all disks again after a change.
        type: str
      bandwidth_throttling:
        description: Limit for the server in Mbit/s, V(0) for none.
        type: int
      data_plane_routing:
        description: How data reaches the replication servers.
        type: str
        choices: [PRIVATE_IP, PUBLIC_IP]
      create_public_ip:
        description: Give replication servers a public address.
        type: bool
      staging_area_tags:
        description: Tags of everything in the staging area. Given, they replace those that are there.
        type: dict
      auto_replicate_new_disks:
        description: Replicate disks that are added to a server later.
        type: bool
      internet_protocol:
        description: Internet protocol of the replication. Needs a botocore that knows it. A change makes replication pause.
        type: str
        choices: [IPV4, IPV6]
      pit_retention_days:
        description:
          - Days for which daily points in time are kept, 1 to 365. The other rules of the policy are fixed.
          - A change disconnects the replication server for a moment. With fewer days older points are deleted.
        type: int
  groups:
    description:
      - Settings of groups of servers. A server may be in several; of two that set the same thing the later one wins.
      - A group without selectors matches all servers of the cell, but those that were extended from another account, whose settings are
        there.
    type: list
    elements: dict
    default: []
    suboptions:
      applications:
        description: The servers of these applications.
        type: list
        elements: str
      tags:
        description: The servers that carry all of these tags. A value may be a list, of which one must match.
        type: dict
      settings:
        description: How the servers of the group replicate.
        type: dict
        required: true
        suboptions: &settings
          <<: *account
          disks:
            description: The staging disks. Disks that are not named stay as they are.
            type: list
            elements: dict
            suboptions:
              device:
                description: The disk, by its device on the machine, or V(*) for each that is not named.
                type: str
                required: true
              type:
                description: Type of the staging disk. With V(AUTO) DRS chooses it by size and change rate.
                type: str
                choices: [AUTO, GP2, GP3, IO1, SC1, ST1, STANDARD]
              iops:
                description: Its IOPS, for V(GP3) and V(IO1), which needs them.
                type: int
              throughput:
                description: Its throughput in MiB/s, for V(GP3).
                type: int
  servers:
    description: Settings of single servers. They win over those of groups.
    type: list
    elements: dict
    default: []
    suboptions:
      source_server_id:
        description: The server, by its id. Either this or the name.
        type: str
      name:
        description: The server, by its name. It must be the only one of that name in the cell.
        type: str
      settings:
        description: How the server replicates.
        type: dict
        required: true
        suboptions: *settings
  confirm_resync:
    description:
      - Ids or names of the servers whose disks DRS may copy again. Everything else that such a change takes is in RV(resync).
    type: list
    elements: str
    default: []
  change_id:
    description:
      - Name of the change, at most 36 letters, digits and C(._-). By default C(replication-) and the time.
      - With O(state=restored) the change that is taken back; it is required then.
    type: str
  force:
    description: With O(state=restored), restore even if somebody has changed the settings since.
    type: bool
    default: false
  ignore_unknown:
    description: Accept that a server of O(servers) is not in this cell, and return it in RV(unknown).
    type: bool
    default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - resilience.drs.tag_keys
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - Reads, and says what would change, which is the drift. Makes no call that changes anything.
  diff_mode:
    support: full
  idempotent:
    support: full
notes:
  - DRS tells the replication settings of one server at a time, so a cell of 300 servers takes 300 reads.
  - Servers with equal settings share replication servers, so settings of single servers have a price.
seealso:
  - module: resilience.drs.drs_replication_configuration_template
  - module: resilience.drs.drs_launch_configuration
"""

EXAMPLES = r"""
- name: Keep how servers replicate, for the account, an application and one server
  resilience.drs.drs_replication_configuration:
    account:
      bandwidth_throttling: 0
      pit_retention_days: 14
    groups:
      - applications: [payments]
        settings:
          use_dedicated_replication_server: true
          replication_server_instance_type: m5.large
    servers:
      - name: db-01
        settings:
          disks:
            - device: /dev/sdf
              type: GP3
              iops: 6000
              throughput: 250

- name: Encrypt the staging disks of one server with another key, which copies them again
  resilience.drs.drs_replication_configuration:
    servers:
      - name: db-01
        settings:
          ebs_encryption: CUSTOM
          ebs_encryption_key_arn: arn:aws:kms:us-west-2:222222222222:key/11111111-1111-1111-1111-111111111111
    confirm_resync: [db-01]

- name: Take a change back
  resilience.drs.drs_replication_configuration:
    state: restored
    change_id: replication-20260301T120000Z
"""

RETURN = r"""
servers:
  description:
    - One entry for each server that settings are declared for, or that the change had changed. C(outcome) is one of C(unchanged),
      C(planned), C(applied), C(refused) and C(failed).
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
      sample: db-01
    outcome:
      description: What became of it.
      returned: always
      type: str
      sample: applied
    error:
      description: Why it did not succeed, with C(code), C(message), C(remedy) and C(retryable); null when it did.
      returned: always
      type: dict
summary:
  description: Number of servers by outcome, and their total.
  returned: success
  type: dict
  sample: {"applied": 2, "unchanged": 298, "total": 300}
drift:
  description:
    - What was not as declared before this call, one entry for each setting of a server or the template. C(impact) is what the change does to
      replication, one of C(none), C(pause) and C(resync).
  returned: success
  type: list
  elements: dict
  sample:
    - source_server_id: s-1111111111111111a
      name: db-01
      cell: payments.us-west-2
      account_id: "111111111111"
      region: us-west-2
      setting: bandwidth_throttling
      declared: 50
      actual: 0
      impact: none
templates:
  description:
    - One entry for the template, of the form of RV(servers) with the id of the template in C(source_server_id), when O(account) is given or
      the change had changed it.
  returned: success
  type: list
  elements: dict
resync:
  description: The servers whose disks DRS may copy again, with the C(settings) that make it; those that are not confirmed are refused.
  returned: success
  type: list
  elements: dict
  sample:
    - source_server_id: s-1111111111111111a
      name: db-01
      settings: [ebs_encryption]
extended:
  description: Ids of servers that a group means and whose settings are in the account that they were extended from.
  returned: success
  type: list
  elements: str
unknown:
  description: Servers of O(servers) that are not in this cell.
  returned: success
  type: list
  elements: str
change_id:
  description: Name of the change, with which it can be taken back.
  returned: success
  type: str
  sample: replication-20260301T120000Z
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import replication_configuration
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(replication_configuration.perform, replication_configuration.CONFIGURATION_SPEC)


if __name__ == "__main__":
    main()
