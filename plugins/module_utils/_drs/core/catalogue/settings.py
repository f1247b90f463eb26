"""The error catalogue, part of launch settings, tag synchronisation and the network of drills.

Sources: DRS user guide, "Launch settings" and "Performing drills"; VPC user guide, "Subnet CIDR blocks".
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_GUIDE = "See docs/runbooks/launch_settings.md."
_ACTIONS = "See docs/runbooks/launch_actions.md."
_REPLICATION = "See docs/runbooks/replication_settings.md."
_ADDRESS = "Give another address, or take the setting away. " + _GUIDE
_DRILL = (
    "Change the launch settings of the server with `ansible-playbook resilience.drs.launch_settings`, or the guardrail."
)

SETTINGS = {
    "setting_of_one_server": Entry(
        "A setting that only one machine can have is declared for a group.",
        "Declare it for each server separately.",
    ),
    "name_ambiguous": Entry(
        "Settings are declared for a name that several servers of the cell have.",
        "Name the server by its source_server_id.",
    ),
    "right_sizing_overwrites": Entry(
        "The right sizing of DRS overwrites the instance type that is declared.",
        "Declare right_sizing NONE to launch with a chosen type, or leave the type out.",
    ),
    "launch_into_conflict": Entry(
        "DRS launches into an existing instance only when it copies neither tags nor the private address.",
        "Declare copy_tags and copy_private_ip false, or remove launch_into_instance_id.",
    ),
    "static_ip_and_copy_private_ip": Entry(
        "A static address and the copy of the source's address exclude each other.",
        "Declare copy_private_ip false, or remove private_ip.",
    ),
    "static_ip_without_subnet": Entry("A static address needs the subnet that it is in.", "Declare subnet_id, too."),
    "static_ip_outside_subnet": Entry("The static address is not in the range of its subnet.", _ADDRESS),
    "static_ip_reserved": Entry(
        "AWS keeps the first four addresses and the last one of every subnet for itself.", _ADDRESS
    ),
    "static_ip_twice": Entry("Two servers are to have the same static address.", _ADDRESS),
    "static_ip_taken": Entry("The static address belongs to something else.", _ADDRESS),
    "subnet_unknown": Entry(
        "The subnet is not in the account and Region that the server launches or replicates in.",
        "Correct the id; a subnet of the source Region cannot be used.",
    ),
    "security_group_unknown": Entry(
        "The security group is not in the account and Region that the server launches or replicates in.",
        "Correct the id.",
    ),
    "security_group_other_vpc": Entry(
        "The security group belongs to another VPC than the subnet.", "Name groups of the VPC of the subnet."
    ),
    "launch_template_missing": Entry(
        "The EC2 launch template that DRS names for the server does not exist, so the server cannot launch.",
        "Look at the launch settings of the server in the DRS console; DRS recreates a deleted template.",
    ),
    "launch_settings_changed_since": Entry(
        "Somebody changed the launch template after the change that is to be undone.",
        "Look at its versions in EC2; `launch_settings_force: true` undoes it anyway and loses the later changes.",
    ),
    "encryption_key_missing": Entry(
        "Staging disks are to be encrypted with a key of one's own, and no key is declared.",
        "Declare ebs_encryption_key_arn, too. " + _REPLICATION,
    ),
    "encryption_key_unused": Entry(
        "A key is declared for staging disks that are not encrypted with a key of one's own.",
        "Declare ebs_encryption CUSTOM, or leave the key out. " + _REPLICATION,
    ),
    "disk_unknown": Entry(
        "Settings are declared for a disk that the server does not have.",
        "Name a device as `drs_source_server_info` shows it, or `*` for every disk.",
    ),
    "disk_iops_missing": Entry("A disk of type IO1 needs its IOPS.", "Declare iops, too, or another type."),
    "replicates_elsewhere": Entry(
        "The server was extended from another account, and DRS changes its replication settings only there.",
        "Declare the settings in the cell that the server replicates into. " + _REPLICATION,
    ),
    "resync_unconfirmed": Entry(
        "With another encryption DRS may copy all disks of the server again, and until then there is no new point in "
        "time to recover to.",
        "Name the server in `replication_settings_confirm_resync`, at a time when that may happen. " + _REPLICATION,
    ),
    "replication_settings_changed_since": Entry(
        "Somebody changed replication settings after the change that is to be undone.",
        "Compare them with `--check --diff`; `replication_settings_force: true` undoes it anyway.",
    ),
    "change_too_large": Entry(
        "What was there before the change does not fit into the tags in which it is recorded.",
        "Declare fewer settings at once, above all fewer staging_area_tags and disks.",
    ),
    "template_missing": Entry(
        "The cell has no replication configuration template, so the settings of the account have no place.",
        "Run `resilience.drs.setup`, which makes it.",
    ),
    "action_ambiguous": Entry(
        "A server has several post-launch actions of the name that is declared.",
        "Remove one of them in the DRS console.",
    ),
    "action_incomplete": Entry(
        "A new post-launch action names no document.",
        "Declare its `document`, of AWS or of your own. " + _ACTIONS,
    ),
    "action_order_taken": Entry(
        "Two post-launch actions of a server have the same order.",
        "Declare another `order`, or none. " + _ACTIONS,
    ),
    "too_many_actions": Entry(
        "DRS allows 200 post-launch actions for a server or a template.", "Remove some with `state: absent`."
    ),
    "launch_configuration_template_missing": Entry(
        "The cell has no launch configuration template, so the actions of the account have no place.",
        "Run `resilience.drs.setup`, which makes it.",
    ),
    "address_underivable": Entry(
        "The last octet of the source's address shall be kept, and the address or the subnet is not known.",
        "Declare subnet_id, too, or a private_ip instead. " + _GUIDE,
    ),
    "launch_into_not_one": Entry(
        "A rule for launching into an instance does not mean exactly one instance for the server alone.",
        "Correct the Name tags of the instances, or declare launch_into_instance_id. " + _GUIDE,
    ),
    "volume_unknown": Entry(
        "Settings are declared for a volume that the launch template of the server does not have.",
        "Name a device as the template has it, or `*` for every volume. " + _GUIDE,
    ),
    "volume_too_small": Entry(
        "A volume is made from a snapshot of the disk and cannot be smaller.",
        "Declare a larger size, or none. " + _GUIDE,
    ),
    "volume_iops_missing": Entry("A volume of type io1 or io2 needs its IOPS.", "Declare iops, too, or another type."),
    "host_without_tenancy": Entry("A dedicated host needs the tenancy host.", "Declare tenancy host, too."),
    "unfiltered_purge": Entry(
        "Tags are to be deleted, but the request does not say which.",
        "Name the tag keys that may be deleted by include.",
    ),
    "too_many_tags": Entry(
        "With the tags of its instance the source server would have more than the 50 that AWS allows.",
        "Exclude some with exclude.",
    ),
    "source_instance_not_read": Entry(
        "The source instance of the server was not found in any cell that was read, so its tags are not known.",
        "Nothing to do if it is gone. Otherwise add the account of the instance to the inventory, or repair its "
        "access.",
    ),
    "drill_network_unread": Entry(
        "The network that a drill would use could not be read, so it counts as not allowed.",
        "Give the role drs:GetLaunchConfiguration, ec2:DescribeLaunchTemplateVersions and ec2:DescribeSubnets.",
    ),
    "drill_subnet_not_allowed": Entry("A drill would launch into a subnet that is not on the allow-list.", _DRILL),
    "drill_subnet_production": Entry("A drill would launch into a subnet of production.", _DRILL),
    "drill_security_group_not_allowed": Entry(
        "A drill would launch with a security group that is not on the allow-list.", _DRILL
    ),
    "drill_public_ip": Entry("A drill would launch with a public address.", _DRILL),
    "drill_copy_private_ip": Entry(
        "A drill would launch with the private address of its source: two machines with one identity.", _DRILL
    ),
    "drill_launch_into_instance": Entry("A drill would launch into an existing instance.", _DRILL),
}
