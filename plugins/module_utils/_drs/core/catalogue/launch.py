"""The error catalogue, launch part: why a server of a launch job failed.

A job that COMPLETED may hold servers that FAILED; the reason stands only in the job log, as an event and a raw error
from EC2, KMS or IAM; `launch_patterns` says what a raw error means. Remedies name the variables that people type.
Sources: JobLogEvent of the botocore model of drs, the EC2 API error codes, the DRS user guide on launch settings.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_RETRY = "run the same command again with `-e recovery_retry_failed=true`."
_SETTINGS = (
    "in `launch_settings_groups` or `launch_settings_servers`, run `resilience.drs.launch_settings`, then " + _RETRY
)
_TEMPLATE = "Correct it in the server's EC2 launch template (DRS launches from the default version), then " + _RETRY

LAUNCH = {
    "post_launch_failed": Entry(
        "The machine was launched, and a post-launch action on it failed.",
        "Look at the run of the document in Systems Manager of the recovery account (Run Command or Automation). "
        "Correct the document or its parameters (`launch_actions_groups`), then "
        + _RETRY
        + " With `optional: true`, or with "
        "`recovery_policy: {post_launch: none}`, it fails no server.",
    ),
    "launch_capacity": Entry(
        "EC2 has no free capacity for the instance type in that Availability Zone.",
        "Wait, or set another `instance_type` or `subnet_id` (in another zone) " + _SETTINGS + " Capacity that must "
        "be there needs an On-Demand Capacity Reservation.",
        True,
    ),
    "launch_vcpu_limit": Entry(
        "The EC2 vCPU quota of the account and Region is used up.",
        "Raise `Running On-Demand ... instances` in Service Quotas (ec2), or terminate earlier drills, then " + _RETRY,
    ),
    "launch_quota": Entry(
        "An EC2, EBS or network quota of the account and Region is used up.",
        "Raise the quota that the message names in Service Quotas, or terminate earlier drills, then " + _RETRY,
    ),
    "launch_no_subnet": Entry(
        "The launch template names no subnet and the Region has no default VPC.",
        "Set `subnet_id` " + _SETTINGS,
    ),
    "launch_subnet_invalid": Entry(
        "The subnet of the launch template does not exist in this account and Region.",
        "Set a `subnet_id` that exists " + _SETTINGS,
    ),
    "launch_subnet_full": Entry(
        "The subnet has no free private address left.",
        "Free addresses in the subnet, or set a larger `subnet_id` " + _SETTINGS,
    ),
    "launch_address_in_use": Entry(
        "The private address or network interface that the server should have is in use, or is none of the subnet.",
        "Terminate what holds the address or the interface (`resilience.drs.terminate` for an earlier drill) and "
        "run again, or set `copy_private_ip: false` or another `private_ip` " + _SETTINGS + " A network interface that "
        "the EC2 launch template names serves one instance at a time: let the template make a new one.",
    ),
    "launch_security_group": Entry(
        "A security group of the launch template does not exist, or is of another VPC than the subnet.",
        "Set `security_group_ids` of the subnet's VPC " + _SETTINGS,
    ),
    "launch_kms_share": Entry(
        "The encrypted snapshot cannot be shared, because this account may not use the staging account's key.",
        "In the key policy of the staging account's customer managed key allow the target account and "
        "DRSStagingAccountRole_<target account> (kms:ReEncrypt*, kms:CreateGrant, kms:DescribeKey); the default "
        "aws/ebs key "
        "can never be shared.",
    ),
    "launch_kms": Entry(
        "The key that encrypts the volumes cannot be used for the launch.",
        "Check that the key is enabled and that its key policy lets this account and the DRS roles use it "
        "(kms:CreateGrant, "
        "kms:Decrypt, kms:GenerateDataKeyWithoutPlaintext). A key of your own for the launch is `kms_key_id` "
        "of `volumes` in `launch_settings_groups`.",
    ),
    "launch_pass_role": Entry(
        "The caller may not pass the instance profile's role to EC2.",
        "Allow iam:PassRole on that role to the role of the cell (`assume_role_arn`).",
    ),
    "launch_profile": Entry(
        "The instance profile of the launch template does not exist or cannot be used.",
        "Create the instance profile in this account, or set another `instance_profile` " + _SETTINGS,
    ),
    "launch_denied": Entry(
        "An action that the launch needs was denied.",
        "Allow the action that the message names: DRS launches with the rights of the caller. Look for a service "
        "control policy "
        "too; `aws sts decode-authorization-message` decodes an encoded message.",
    ),
    "launch_licence": Entry(
        "The licence of the operating system (BYOL) needs a dedicated host or host resource group, or does not fit "
        "the tenancy.",
        "Set `os_byol: false` "
        + _SETTINGS
        + " Where the licence is your own, set `tenancy` and `host_id` there, or the host resource group in the EC2 "
        "launch template.",
    ),
    "launch_marketplace": Entry(
        "The server runs a Marketplace product that this account is not subscribed to.",
        "Subscribe this account to the product, and give the source account the failback and in-AWS right-sizing "
        "roles.",
    ),
    "launch_boot_mode": Entry(
        "The boot mode or architecture of the server does not fit the instance type.",
        "Set an `instance_type` of the server's boot mode (UEFI or legacy BIOS) and architecture " + _SETTINGS,
    ),
    "launch_instance_type": Entry(
        "The instance type does not exist, is not offered in that zone, or does not fit the server's driver or cards.",
        "Set another `instance_type`, or `right_sizing: BASIC`, " + _SETTINGS,
    ),
    "launch_template": Entry(
        "The server's EC2 launch template is missing or not valid.",
        "Open the launch settings of the server in the DRS console once, which repairs the template, then " + _RETRY,
    ),
    "launch_into": Entry(
        "The instance to launch into cannot be used.",
        "It must be stopped, of the same platform and boot mode, and tagged AWSDRS=AllowLaunchingIntoThisInstance. Set "
        "`copy_tags: false` and `copy_private_ip: false`, or another `launch_into_instance_id`, " + _SETTINGS,
    ),
    "launch_key_pair": Entry(
        "The key pair that the launch template names does not exist in the Region of the recovery.",
        "Import the key pair there (`aws ec2 import-key-pair`), or set another `key_name` " + _SETTINGS,
    ),
    "launch_placement": Entry(
        "The placement that the launch template names (group, host, zone, partition) does not exist or does not fit.",
        "Create it in the Region of the recovery, or set another `placement_group`, `host_id`, `tenancy` or "
        "`availability_zone` " + _SETTINGS,
    ),
    "launch_interface": Entry(
        "A network interface, address or combination of both in the launch template cannot be used.",
        "Let one interface hold subnet, groups and address: set `subnet_id`, `security_group_ids` and `public_ip` "
        + _SETTINGS,
    ),
    "launch_tags": Entry(
        "A tag that the new instance should have is refused: by a tag policy, by the limit of 50, or for its key.",
        "Correct the tag on the source server (`resilience.drs.sync_tags` copies tags) or in `instance_tags`, or set "
        "`copy_tags: false` "
        + _SETTINGS
        + " Where tags are readable in instance metadata, keys may hold no blank and no slash: switch that off in the "
        "EC2 launch template.",
    ),
    "launch_disk": Entry(
        "A disk of the launch template is not possible: its type, size, iops, throughput, name, or their number.",
        "Correct the volume that the message names with `volumes` (`type`, `size`, `iops`, `throughput`), or with too "
        "many disks set a larger `instance_type`, " + _SETTINGS,
    ),
    "launch_snapshot_gone": Entry(
        "The snapshot that the server should be launched from is not there any more.",
        "Launch from another point in time: `-e recovery_point_in_time=latest`, or another id in the plan file; then "
        + _RETRY,
    ),
    "launch_reservation": Entry(
        "The capacity reservation that the launch template names does not exist, is full, or is of another kind.",
        "Correct the reservation, or set `CapacityReservationPreference: open`. " + _TEMPLATE,
    ),
    "launch_account": Entry(
        "AWS is verifying this account, or has blocked it.",
        "Wait for the mail of AWS (up to four hours), or ask AWS Support for the account; then " + _RETRY,
        True,
    ),
    "launch_instance_gone": Entry(
        "An instance that takes part in the launch was stopped, started or terminated meanwhile by something else.",
        "Find in CloudTrail who did (a scheduler, a clean-up, a rule of AWS Config) and keep it away from instances of "
        "DRS, then " + _RETRY,
        True,
    ),
    "launch_parameter": Entry(
        "EC2 refuses a value, or a combination of values, of the launch template.",
        "Correct what the message names, where it is a launch setting " + _SETTINGS + " Otherwise correct it in the "
        "server's EC2 launch template (DRS launches from the default version).",
    ),
    "launch_throttled": Entry(
        "EC2 limited the rate of calls while it launched the servers of the job.",
        "To launch the failed servers again, " + _RETRY + " If it recurs, make the waves smaller.",
        True,
    ),
    "launch_service_fault": Entry(
        "EC2 answered with an internal error.",
        "To launch the server again, " + _RETRY + " If it lasts, look at the AWS Health Dashboard.",
        True,
    ),
    "launch_post_action": Entry(
        "A post-launch action that is not optional failed; the instance itself runs.",
        "Read the output of the action in Systems Manager, correct it or make it optional, then " + _RETRY,
    ),
    "launch_snapshot": Entry(
        "DRS could not take a snapshot of the server's current data.",
        "Check the server's replication with the `resilience.drs.status` playbook, or launch with "
        "`-e recovery_point_in_time=latest_available` to use the newest point in time that exists.",
        True,
    ),
    "launch_no_previous_snapshot": Entry(
        "DRS could take no new snapshot, and there was no earlier one to fall back on.",
        "Wait until initial sync is complete; the `resilience.drs.status` playbook shows how far it is.",
    ),
    "launch_conversion": Entry(
        "The conversion server could not make the server's disks bootable on EC2.",
        "Check that its subnet reaches S3 and DRS on TCP 443 and that the operating system is supported; then "
        + _RETRY,
        True,
    ),
    "launch_cleanup": Entry(
        "The earlier recovery instance of the server could not be removed.",
        "Terminate it in EC2 (look for termination protection), then " + _RETRY,
    ),
    "launch_skipped": Entry(
        "DRS left the server out of the job.",
        "Check the server with the `resilience.drs.status` playbook, then " + _RETRY,
    ),
    "launch_cancelled": Entry(
        "The job was cancelled before the server was launched.", "To launch the server, " + _RETRY, True
    ),
    "launch_network": Entry(
        "The recovery of the source network failed.", "Look at the CloudFormation stack that the message names."
    ),
}

EVENT_CODES = {
    "SERVER_SKIPPED": "launch_skipped",
    "CLEANUP_FAIL": "launch_cleanup",
    "SNAPSHOT_FAIL": "launch_snapshot",
    "USING_PREVIOUS_SNAPSHOT_FAILED": "launch_no_previous_snapshot",
    "CONVERSION_FAIL": "launch_conversion",
    "LAUNCH_FAILED": "launch_failed",
    "JOB_CANCEL": "launch_cancelled",
    "UPDATE_LAUNCH_TEMPLATE_FAILED": "launch_template",
    "DEPLOY_NETWORK_CONFIGURATION_FAILED": "launch_network",
    "UPDATE_NETWORK_CONFIGURATION_FAILED": "launch_network",
    "NETWORK_RECOVERY_FAIL": "launch_network",
}
