"""The error catalogue, replication part: what stalls replication, for source servers and recovery instances.

Codes: the enums DataReplicationErrorString and FailbackReplicationError of the botocore model of drs. Causes: the DRS
user guide, "Common replication errors" and "Failback replication errors".
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_LAUNCHING = (
    "Check in the account that replicates: EC2 vCPU quota and capacity for the replication server type, free "
    "addresses in the "
    "staging subnet, and service control policies on ec2:RunInstances."
)
_STAGING_NETWORK = (
    "Let the staging subnet reach the DRS, S3 and EC2 endpoints on TCP 443 (NAT, or interface and gateway "
    "endpoints), with "
    "DNS; check its network ACL and route table."
)
_TO_STAGING = (
    "Let the server reach the replication server on TCP 1500 and the DRS endpoint on TCP 443; check firewalls, "
    "security groups "
    "and routes on both sides."
)
_DISKS = (
    "Check the EBS quotas (volumes and GiB of the staging disk type) and, with a customer managed key, that the DRS "
    "roles may "
    "use it (kms:CreateGrant, kms:GenerateDataKeyWithoutPlaintext)."
)
_CLIENT = (
    "Look at the console of the Failback Client on the machine; check its network, then boot it again and pair it anew."
)

REPLICATION = {
    "AGENT_NOT_SEEN": Entry(
        "The replication agent on the server has not reported to DRS for a while.",
        "Check that the server runs, that service aws-replication-agent (Windows: AwsReplicationService) is "
        "started, and that it "
        "reaches the DRS endpoint on TCP 443; reinstall the agent if need be.",
    ),
    "SNAPSHOTS_FAILURE": Entry(
        "DRS cannot take snapshots of the staging disks, so no new points in time appear.",
        "Check the EBS snapshot quotas, service control policies on ec2:CreateSnapshot, and the key policy of the "
        "staging key.",
    ),
    "NOT_CONVERGING": Entry(
        "The server writes faster than it can replicate, so the lag grows.",
        "Raise or remove bandwidth throttling, check the network, or choose faster staging disks and a dedicated "
        "replication server.",
        True,
    ),
    "UNSTABLE_NETWORK": Entry(
        "The connection between the server and its replication server keeps breaking.",
        "Measure loss and latency to TCP 1500 of the staging subnet; look for firewalls that cut long connections.",
        True,
    ),
    "FAILED_TO_CREATE_SECURITY_GROUP": Entry(
        "DRS could not create the security group for replication servers.",
        "Check the security group quota of the VPC and service control policies on ec2:CreateSecurityGroup, "
        "or name your own groups in the replication settings.",
    ),
    "FAILED_TO_LAUNCH_REPLICATION_SERVER": Entry("DRS could not launch a replication server.", _LAUNCHING),
    "FAILED_TO_BOOT_REPLICATION_SERVER": Entry(
        "A replication server was launched but did not come up.",
        _STAGING_NETWORK + " If the staging key is your own, the EC2 service role must be able to use it.",
    ),
    "FAILED_TO_AUTHENTICATE_WITH_SERVICE": Entry(
        "A replication server cannot authenticate with DRS.",
        _STAGING_NETWORK + " The role AWSElasticDisasterRecoveryReplicationServerRole must exist.",
    ),
    "FAILED_TO_DOWNLOAD_REPLICATION_SOFTWARE": Entry(
        "A replication server could not download its software from S3.", _STAGING_NETWORK
    ),
    "FAILED_TO_CREATE_STAGING_DISKS": Entry("DRS could not create the staging disks.", _DISKS),
    "FAILED_TO_ATTACH_STAGING_DISKS": Entry(
        "DRS could not attach the staging disks to the replication server.",
        _DISKS + " A server with many disks may need a dedicated replication server.",
    ),
    "FAILED_TO_PAIR_REPLICATION_SERVER_WITH_AGENT": Entry(
        "The replication server and the agent on the server could not be paired.", _TO_STAGING
    ),
    "FAILED_TO_CONNECT_AGENT_TO_REPLICATION_SERVER": Entry(
        "The agent cannot connect to the replication server.", _TO_STAGING
    ),
    "FAILED_TO_START_DATA_TRANSFER": Entry("The agent is connected but data does not flow.", _TO_STAGING),
    # Only in failback of servers outside AWS.
    "FAILBACK_CLIENT_NOT_SEEN": Entry("The Failback Client has not reported to DRS for a while.", _CLIENT),
    "FAILED_TO_ESTABLISH_RECOVERY_INSTANCE_COMMUNICATION": Entry(
        "The Failback Client cannot talk to the recovery instance.",
        "Open TCP 1500 inbound on the recovery instance to the machine that runs the Failback Client. " + _CLIENT,
    ),
    "FAILED_TO_DOWNLOAD_REPLICATION_SOFTWARE_TO_FAILBACK_CLIENT": Entry(
        "The Failback Client could not download the replication software.",
        "Let the machine reach S3 and DRS on TCP 443. " + _CLIENT,
    ),
    "FAILED_TO_CONFIGURE_REPLICATION_SOFTWARE": Entry(
        "The Failback Client could not configure the replication software.", _CLIENT
    ),
    "FAILED_TO_PAIR_AGENT_WITH_REPLICATION_SOFTWARE": Entry(
        "The recovery instance's agent and the Failback Client could not be paired.", _CLIENT
    ),
    "FAILED_TO_ESTABLISH_AGENT_REPLICATOR_SOFTWARE_COMMUNICATION": Entry(
        "The recovery instance's agent and the Failback Client do not reach each other.", _CLIENT
    ),
    "FAILED_GETTING_REPLICATION_STATE": Entry(
        "DRS could not read the state of reverse replication.",
        "Look again in a few minutes; if it lasts, check that the agent on the recovery instance runs.",
        True,
    ),
    # Ours, when AWS names none or one that is not listed yet.
    "replication_error": Entry(
        "DRS reports a replication error that this collection does not know.",
        "Read the message, and the server's page in the DRS console; check the agent, the staging subnet and TCP "
        "443 and 1500.",
    ),
}
