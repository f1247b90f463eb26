#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_launch_configuration
short_description: Apply declared launch settings to source servers of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Manages what the source servers of one cell launch with, all of them in one call. Part of it is DRS's own, part is
    in the EC2 launch template that DRS has for each server and launches from, in its default version.
  - Settings are declared for groups of servers and for single ones. What is not declared stays as it is.
  - A change makes a new version of the launch template, which inherits all that is not declared, and makes it the default. The
    description of the version says which change made it and what was there before, so that O(state=restored) can take it back.
  - Only what differs is written, and nothing when nothing differs. What cannot be is refused for its server, by name; the others
    continue.
  - To be run well before it is needed. A recovery must not depend on edits of launch templates.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(present) keeps the settings that are declared.
      - V(restored) takes the change O(change_id) back, for every server of the cell that it changed.
      - V(read) changes nothing and returns the settings of all servers in RV(csv).
    type: str
    choices: [present, restored, read]
    default: present
  groups:
    description:
      - Settings of groups of servers. A server may be in several; of two that set the same thing the later one wins.
      - A group without selectors matches all servers of the cell.
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
        description: What the servers of the group launch with.
        type: dict
        required: true
        suboptions: &settings
          subnet_id:
            description: The subnet. In the launch template.
            type: str
          security_group_ids:
            description: The security groups, of the VPC of the subnet. In the launch template.
            type: list
            elements: str
          instance_type:
            description: The instance type. Right sizing other than V(NONE) overwrites it. In the launch template.
            type: str
          private_ip:
            description:
              - A static private address, of a single server only. Checked against the range of the subnet, against the
                addresses that AWS reserves, and against what is taken. An empty text takes it away. In the launch template.
            type: str
          public_ip:
            description: Whether to give a public address. In the launch template.
            type: bool
          launch_disposition:
            description: Whether the recovery instance is started.
            type: str
            choices: [STARTED, STOPPED]
          right_sizing:
            description: How DRS chooses the instance type. V(BASIC) and V(IN_AWS) overwrite the one of the launch template.
            type: str
            choices: [NONE, BASIC, IN_AWS]
          copy_private_ip:
            description: Launch with the private address of the source.
            type: bool
          copy_tags:
            description: Give the recovery instance the tags of the source server.
            type: bool
          os_byol:
            description: Whether the operating system is licensed by you (bring your own licence).
            type: bool
          post_launch_enabled:
            description: Run post-launch actions.
            type: bool
          recovery_mode:
            description: How data is brought to the disks. Needs a botocore that knows it.
            type: str
            choices: [FAST, OPTIMAL]
          launch_into_instance_id:
            description:
              - Launch into this existing instance, of a single server only. DRS requires it to be stopped, tagged
                C(AWSDRS=AllowLaunchingIntoThisInstance), and neither tags nor the private address to be copied. An
                empty string removes it.
            type: str
          launch_into_name:
            description:
              - Launch into the one existing instance with this name (its C(Name) tag). C({name}) and C({hostname}) stand for those of the server,
                so V({name}-dr) is a rule for a group. It must mean exactly one instance for each server.
            type: str
          keep_last_octet:
            description:
              - Give the server the static private address of its subnet that ends as the address of the source does. Checked as
                O(groups[].settings.private_ip), which wins over it. In the launch template.
            type: bool
          key_name:
            description: The key pair. An empty text takes it away. In the launch template.
            type: str
          instance_profile:
            description:
              - The instance profile, by its name or ARN. An empty text takes it away. In the launch template.
              - Whoever starts a recovery must be allowed to pass its role (C(iam:PassRole)).
            type: str
          availability_zone:
            description: The Availability Zone, where no subnet says it. An empty text takes it away. In the launch template.
            type: str
          placement_group:
            description: The placement group, by its name. An empty text takes it away. In the launch template.
            type: str
          tenancy:
            description: The tenancy. In the launch template.
            type: str
            choices: [default, dedicated, host]
          host_id:
            description: The dedicated host, with V(host) tenancy. An empty text takes it away. In the launch template.
            type: str
          volumes:
            description: The volumes. Those that are not named stay as they are. In the launch template.
            type: list
            elements: dict
            suboptions:
              device:
                description: The volume, by its device in the launch template, or V(*) for each that is not named.
                type: str
                required: true
              type:
                description: Its type.
                type: str
                choices: [gp2, gp3, io1, io2, sc1, st1, standard]
              size:
                description: Its size in GiB, at least that of the disk.
                type: int
              iops:
                description: Its IOPS, for V(gp3), V(io1) and V(io2).
                type: int
              throughput:
                description: Its throughput in MiB/s, for V(gp3).
                type: int
              kms_key_id:
                description: The key that it is encrypted with.
                type: str
          instance_tags:
            description: Tags of the machine and its volumes. Others stay. In the launch template.
            type: dict
          interfaces:
            description: Further network interfaces. Those that are not named stay as they are. In the launch template.
            type: list
            elements: dict
            suboptions:
              device_index:
                description: The interface, 1 to 15. The first one, 0, has options of its own.
                type: int
                required: true
              subnet_id:
                description: Its subnet, of the Availability Zone of the first one.
                type: str
              security_group_ids:
                description: Its security groups.
                type: list
                elements: str
              private_ip:
                description: Its static private address.
                type: str
              description:
                description: What it is for.
                type: str
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
        description: What the server launches with.
        type: dict
        required: true
        suboptions: *settings
  csv:
    description:
      - Settings of single servers as CSV with the columns C(server) (an id or a name), C(setting) and C(value), in any order, after
        O(servers). Lists are separated by blanks or semicolons, mappings and lists of mappings are JSON. Other columns are not read.
    type: str
  change_id:
    description:
      - Name of the change, at most 36 letters, digits and C(._-). By default C(settings-) and the time.
      - With O(state=restored) the change that is taken back; it is required then.
    type: str
  force:
    description: With O(state=restored), restore even if somebody has changed the launch template since. Later changes
      are lost.
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
  - DRS tells the launch settings of one server at a time, so a cell of 1,000 servers takes 1,000 reads.
seealso:
  - module: resilience.drs.drs_launch_configuration_template
  - module: resilience.drs.drs_source_server_info
"""

EXAMPLES = r"""
- name: Keep the launch settings of an application, and a static address of one server
  resilience.drs.drs_launch_configuration:
    groups:
      - settings:
          right_sizing: NONE
          copy_tags: true
      - applications: [payments]
        settings:
          subnet_id: subnet-11111111111111111
          security_group_ids: [sg-11111111111111111]
          instance_type: r6i.large
    servers:
      - name: db-01
        settings:
          private_ip: 10.1.2.30

- name: Take a change back
  resilience.drs.drs_launch_configuration:
    state: restored
    change_id: settings-20260301T120000Z
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
  description: What was not as declared before this call, one entry for each setting of a server.
  returned: success
  type: list
  elements: dict
  sample:
    - source_server_id: s-1111111111111111a
      name: db-01
      cell: payments.us-west-2
      account_id: "111111111111"
      region: us-west-2
      setting: instance_type
      declared: r6i.large
      actual: m5.large
versions:
  description: The launch templates whose default version was changed, with the versions before and after.
  returned: success
  type: list
  elements: dict
  sample:
    - source_server_id: s-1111111111111111a
      name: db-01
      launch_template_id: lt-11111111111111111
      before: 1
      after: 2
csv:
  description:
    - The settings of all servers with O(state=read), as O(csv) takes them, and the column C(name). What is not set has no line. Null otherwise.
  returned: success
  type: str
unknown:
  description: Servers of O(servers) that are not in this cell.
  returned: success
  type: list
  elements: str
change_id:
  description: Name of the change, with which it can be taken back.
  returned: success
  type: str
  sample: settings-20260301T120000Z
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import launch_configuration
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(launch_configuration.perform, launch_configuration.CONFIGURATION_SPEC)


if __name__ == "__main__":
    main()
