"""The error catalogue, part of capacity and extension.

Sources: DRS user guide, "Using multiple AWS accounts" and "Adding a trusted account"; General Reference for the quotas.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_GUIDE = "See docs/runbooks/extend.md."

EXTENSION = {
    "no_staging_account": Entry(
        "No staging account of the inventory extends to the target, so there is nothing to extend from.",
        "Set `extend_to` of the staging account in the inventory to the target cell, or correct the target.",
    ),
    "not_initialised": Entry(
        "DRS has not been initialised in this account and Region.",
        "Check that the Region is the one that is meant, then run `ansible-playbook resilience.drs.setup --limit "
        "<cell>`.",
    ),
    "staging_role_missing": Entry(
        "The staging account does not trust the target account: DRSStagingAccountRole_<target account> is missing "
        "there, or it does not admit the target.",
        "Run `ansible-playbook resilience.drs.setup`, which makes the role in the account whose `extend_to` says so. "
        + _GUIDE,
    ),
    "staging_role_untrusting": Entry(
        "The staging role exists, and its trust policy does not admit DRS on behalf of the target account.",
        "Correct the trust policy of the role. " + _GUIDE,
    ),
    "staging_role_powerless": Entry(
        "The staging role exists and lacks the policy that lets DRS read and share what it replicates.",
        "Attach AWSElasticDisasterRecoveryStagingAccountPolicy_v2 to the role. " + _GUIDE,
    ),
    "staging_role_unread": Entry(
        "The IAM of the staging account could not be read, so nobody knows whether it trusts the target.",
        "Grant iam:GetRole and iam:ListAttachedRolePolicies to the role of the staging cell; or skip this check.",
    ),
    "default_ebs_key": Entry(
        "The staging disks are encrypted with the AWS managed key aws/ebs, which cannot be shared with another "
        "account: extended servers would fail to launch.",
        "Give `account_setup_replication_template` with its staging subnet and run `ansible-playbook "
        "resilience.drs.setup`: it makes a key that the target may use, for new servers. Those that replicate already "
        "get it by `ansible-playbook resilience.drs.replication_settings`. " + _GUIDE,
    ),
    "unencrypted_staging": Entry(
        "The staging disks are not encrypted.",
        "Nothing, if that is meant; else set ebsEncryption to CUSTOM with a customer managed key.",
    ),
    "key_not_shared": Entry(
        "The policy of the key that encrypts the staging disks does not let the target use it: extended servers would "
        "fail to launch.",
        "Add the statements for the staging role and for the target account to the key's policy. " + _GUIDE,
    ),
    "key_unread": Entry(
        "The key that encrypts the staging disks could not be read, so nobody knows whether it can be shared.",
        "Grant kms:DescribeKey and kms:GetKeyPolicy to the role of the staging cell; or skip this check.",
    ),
    "key_unusable": Entry(
        "The key that encrypts the staging disks is not enabled.",
        "Enable the key, or cancel its deletion, in the staging account.",
    ),
    "encryption_unread": Entry(
        "How the staging disks are encrypted could not be read.",
        "Grant drs:DescribeReplicationConfigurationTemplates and drs:GetReplicationConfiguration to the role of the "
        "staging cell; or skip this check.",
    ),
    "capacity_full": Entry(
        "The quota of the account and Region has no room for so many servers.",
        "Make room (un-extend or delete what is not needed), choose fewer servers, or place them elsewhere: "
        "`ansible-playbook resilience.drs.capacity -e capacity_planned=N` says where. A source account that one "
        "staging account cannot hold is deployed in parts: docs/runbooks/deploy_agents.md, More machines than one "
        "staging account holds.",
    ),
    "not_offered": Entry(
        "The staging account does not offer this server: it is not there, or is itself an extension.",
        "Check the id and the Region; a server is extended from the account that it replicates into.",
    ),
    "not_an_extended_copy": Entry(
        "This is a server of its own, not the extended copy of one in that staging account.",
        "Nothing: un-extending never deletes a server that replicates here.",
    ),
    "not_extended": Entry("The server is not extended into this cell.", "Nothing to do."),
    "copy_has_instance": Entry(
        "The copy has a recovery instance, which would lose its source server.",
        "Terminate the instance first, or type its id in `confirm_recovery_instance_ids`.",
    ),
    "extension_not_seen": Entry(
        "DRS accepted the extension, and does not show the copy.",
        "Run the same command again: what is there is found, nothing is made twice.",
        True,
    ),
    "extension_not_gone": Entry(
        "DRS accepted the deletion, and still shows the copy.", "Run the same command again.", True
    ),
    "extension_stopped": Entry(
        "Not tried, because the servers before it were refused for a reason that holds for all of them.",
        "Mend what the other servers' error names, and run the same command again.",
        True,
    ),
    "limits_unread": Entry(
        "Service Quotas could not be read, so the documented limits are used.",
        "Grant servicequotas:ListServiceQuotas to the role of the cell, or give `limits`.",
    ),
}
