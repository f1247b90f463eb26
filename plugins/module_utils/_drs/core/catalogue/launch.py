"""The error catalogue, launch part: why a server of a launch job failed.

A job that COMPLETED may hold servers that FAILED; the reason stands only in the job log, as an event and a raw error
from EC2, KMS or IAM. RAW_PATTERNS is read in order, first match wins, so the more precise pattern stands first.
Sources: JobLogEvent of the botocore model of drs, the EC2 API error codes, the DRS user guide on launch settings.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_RETRY = "run the same command again with `-e recovery_retry_failed=true`."
_TEMPLATE = (
    "Edit the server's launch settings in DRS (the default version of its EC2 launch template counts), then " + _RETRY
)

LAUNCH = {
    "launch_capacity": Entry(
        "EC2 has no free capacity for the instance type in that Availability Zone.",
        "Wait, or give the server another instance type or a subnet in another zone, then " + _RETRY + " "
        "Capacity that must be there needs an On-Demand Capacity Reservation.",
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
        "Set a subnet in the server's EC2 launch template. " + _TEMPLATE,
    ),
    "launch_subnet_invalid": Entry(
        "The subnet of the launch template does not exist in this account and Region.",
        "Set a subnet that exists. " + _TEMPLATE,
    ),
    "launch_subnet_full": Entry(
        "The subnet has no free private address left.", "Choose a larger subnet, or free addresses in it. " + _TEMPLATE
    ),
    "launch_address_in_use": Entry(
        "The private address that the server should keep is taken, or lies outside the subnet.",
        "Terminate the instance that holds the address, or switch `copyPrivateIp` off. " + _TEMPLATE,
    ),
    "launch_security_group": Entry(
        "A security group of the launch template does not exist, or is of another VPC than the subnet.",
        "Set security groups of the subnet's VPC. " + _TEMPLATE,
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
        "kms:Decrypt, kms:GenerateDataKeyWithoutPlaintext).",
    ),
    "launch_pass_role": Entry(
        "The caller may not pass the instance profile's role to EC2.",
        "Allow iam:PassRole on that role to the role of the cell (`assume_role_arn`).",
    ),
    "launch_profile": Entry(
        "The instance profile of the launch template does not exist or cannot be used.",
        "Create the instance profile in this account, or change it. " + _TEMPLATE,
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
        "Set tenancy and host resource group in the launch template, or switch `osByol` off. " + _TEMPLATE,
    ),
    "launch_marketplace": Entry(
        "The server runs a Marketplace product that this account is not subscribed to.",
        "Subscribe this account to the product, and give the source account the failback and in-AWS right-sizing "
        "roles.",
    ),
    "launch_boot_mode": Entry(
        "The boot mode or architecture of the server does not fit the instance type.",
        "Choose an instance type that supports the server's boot mode (UEFI or legacy BIOS) and architecture. "
        + _TEMPLATE,
    ),
    "launch_instance_type": Entry(
        "The instance type is not offered in that zone, or does not fit the server's disks or network cards.",
        "Choose another instance type, or let DRS right-size it. " + _TEMPLATE,
    ),
    "launch_template": Entry(
        "The server's EC2 launch template is missing or not valid.",
        "Open the launch settings of the server in the DRS console once, which repairs the template. " + _TEMPLATE,
    ),
    "launch_into": Entry(
        "The instance to launch into cannot be used.",
        "It must be stopped, of the same platform and boot mode, and tagged AWSDRS=AllowLaunchingIntoThisInstance; "
        "`copyTags` and `copyPrivateIp` must be off.",
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
        "`point_in_time: latest_available` to use the newest point in time that exists.",
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

RAW_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"VcpuLimitExceeded", "launch_vcpu_limit"),
        (
            r"Insufficient(Instance|Host|ReservedInstance|Volume|Address)?Capacity|capacity-not-available",
            "launch_capacity",
        ),
        (r"InsufficientFreeAddressesInSubnet|not enough free addresses", "launch_subnet_full"),
        (r"InvalidSubnet(ID)?\b|The subnet ID '[^']*' does not exist", "launch_subnet_invalid"),
        (r"VPCIdNotSpecified|DefaultVpcDoesNotExist|no default (VPC|subnet)|MissingInput", "launch_no_subnet"),
        (
            r"InvalidIPAddress\.InUse|PrivateIpAddress.*in use|Address .{0,60} (is in use|does not fall within)",
            "launch_address_in_use",
        ),
        (
            r"InvalidGroup\b|InvalidSecurityGroup|security groups? .*(does not exist|different networks)",
            "launch_security_group",
        ),
        (r"ModifySnapshotAttribute|Not authorized to use key|shared.*key.*(access|permission)", "launch_kms_share"),
        (r"\bKMS|kms:|InvalidKMSKey|Client\.InternalError|CreateGrant", "launch_kms"),
        (r"iam:PassRole|PassRole", "launch_pass_role"),
        (r"UnauthorizedOperation|AccessDenied|explicit deny", "launch_denied"),
        (r"iamInstanceProfile|instance profile", "launch_profile"),
        (r"AllowLaunchingIntoThisInstance|launch.?into.?(EC2)?.?instance", "launch_into"),
        (r"OptInRequired|marketplace|product code", "launch_marketplace"),
        (r"BYOL|licen[sc]|dedicated host|host resource group|tenancy", "launch_licence"),
        (r"boot ?mode|\bUEFI\b|architecture", "launch_boot_mode"),
        (r"InvalidLaunchTemplate|launch template", "launch_template"),
        (
            r"(Instance|Volume|Snapshot|Address|NetworkInterface|MaxIOPS|SecurityGroupsPerInterface)"
            r"\w*LimitExceeded|MaxSpotInstanceCountExceeded|ServiceQuotaExceeded|quota",
            "launch_quota",
        ),
        (
            r"InvalidInstanceType|Unsupported\b|not supported in your requested Availability Zone|"
            r"AttachmentLimitExceeded",
            "launch_instance_type",
        ),
        (r"RequestLimitExceeded|Throttl|rate exceeded", "launch_throttled"),
        (r"not authorized|AuthFailure", "launch_denied"),
        (r"post.?launch|SSM (command|automation|document)", "launch_post_action"),
        (r"InternalError|InternalFailure|ServiceUnavailable|Server\.Unavailable", "launch_service_fault"),
    )
)
