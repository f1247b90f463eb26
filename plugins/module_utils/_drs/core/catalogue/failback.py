"""The error catalogue, part of failback: findings that block a stage, and what DRS answers to a reversal.

Sources: DRS user guide, "Performing a failback" (cross-Region, cross-account, Failback Client) and "Failback and
replication errors"; the botocore model.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_GUIDE = "See docs/runbooks/failback.md."
_AGAIN = "Run the same command again with the same run id."

FAILBACK = {
    "failback_nothing_to_validate": Entry(
        "The option failback_validated is a statement about machines that stood in the original cells before the "
        "command, and the record of the run has none.",
        "Run without failback_validated and failback_confirm first: the run ends where both sides run. Look at the "
        "machines, move the traffic, and then run the command that it prints with both.",
    ),
    "no_point_in_time_yet": Entry(
        "The copy in the original cell is in step and has no point in time yet; DRS would refuse to launch from it.",
        "Wait: the first one follows within minutes. `failback_sync_timeout` says how long the run waits.",
    ),
    "protection_not_proven": Entry(
        "Nothing that DRS says proves yet that the machine in the original cell is the one that is protected.",
        "Wait, or look at the source server in the recovery cell: it names the machine that it protects. The recovery "
        "instance stays until it is proven, unless `failback_require_protected` is false.",
    ),
    # -- who, and where from
    "origin_unknown": Entry(
        "DRS does not say whether the machine came from AWS or elsewhere, and they fail back in different ways.",
        "Look at originEnvironment of the recovery instance; update the agent, and run again.",
    ),
    "on_premises_origin": Entry(
        "The machine came from outside AWS: no API call can reverse or protect it.",
        "Boot the Failback Client on the original machine and run the playbook failback; DRS protects the machine "
        "by the agent on it. " + _GUIDE,
    ),
    "aws_origin": Entry(
        "The machine came from AWS: the Failback Client and its calls do not apply to it.",
        "Use the states reversed, launched and protected; state cleaned undoes the reversal.",
    ),
    "failback_client_needed": Entry(
        "The machine came from outside AWS, and no Failback Client is connected to its recovery instance.",
        "Boot the original machine from the Failback Client and let it pair with the recovery instance, then run "
        "again. " + _GUIDE,
    ),
    "no_drill_on_premises": Entry(
        "A failback reboots a machine outside AWS, so it cannot be drilled.",
        "Leave the server out of the drill.",
    ),
    "original_cell_missing": Entry(
        "The account and Region that the machine came from is not among the cells that were given.",
        "Add that account with that Region to the inventory of cells, or to original_cells.",
    ),
    "same_region_failback": Entry(
        "The machine came from the same account and Region, where DRS keeps one source server for both machines. "
        "There are no drills there, extended servers are left alone, and the recovered machine is known by the record "
        "of the run alone.",
        "Leave such servers out of a drill. Go on with the run that began their failback (failback_run_id); for the "
        "module, give each server with its recovery_instance_id. docs/runbooks/failback.md says how it goes.",
    ),
    "no_replication_template": Entry(
        "The original cell has no replication configuration template, from which the reversed server is made.",
        "Set `account_setup_replication_template`, as the runbook of set-up says, and run resilience.drs.setup for "
        "that cell.",
    ),
    "failback_role_missing": Entry(
        "The two accounts do not trust each other for failback: each needs the three roles DRSCrossAccount...Role of "
        "the other.",
        "Say with `replicate_to` in the inventory of cells which of them replicates into the other, and run "
        "`ansible-playbook resilience.drs.setup`, which makes these roles with `account_setup_trust_stacks: true`. "
        "docs/iam.md lists them.",
    ),
    "agent_not_connected": Entry(
        "The agent on the recovery instance is not connected to DRS, so nothing can be reversed.",
        "Check that the machine runs, reaches DRS of the original Region on port 443, and has the instance profile of "
        "a recovery instance; install the agent again with --install-as-recovery-instance if it is missing.",
    ),
    "original_machine_untagged": Entry(
        "The original cell launches into the source machine, and that machine does not allow it.",
        "Tag the original EC2 instance AWSDRS=AllowLaunchingIntoThisInstance, or turn launching into it off there.",
    ),
    # -- what is there
    "recovery_instance_missing": Entry(
        "The server has no running recovery instance, so there is nothing to fail back.",
        "Select servers that were failed over.",
    ),
    "recovery_instance_unlisted": Entry(
        "DRS does not list a recovery instance that its server or the plan names, or that EC2 still has: nobody can "
        "tell what a launch would wipe, or whether the machine is gone.",
        "Run the same command again, for an answer of DRS may lack a part. If it stays so, look for the machine in EC2 "
        "and in the DRS console, and terminate it there when nobody needs it.",
        True,
    ),
    "recovery_instance_not_running": Entry(
        "The recovery instance does not run, so its agent cannot send anything.", "Start the machine, and run again."
    ),
    "not_failed_over": Entry(
        "The recovery instance is a drill: the original machine is in production, and its data must not be replaced.",
        "Use the playbook failback_drill to rehearse, or select servers that were failed over.",
    ),
    "no_reversed_server": Entry(
        "No server in the original cell replicates back from the recovery instance.",
        "Reverse the replication first (state reversed). If it was reversed, somebody deleted the server: look into "
        "the original cell.",
    ),
    "reversed_server_unseen": Entry(
        "DRS reversed the replication, and the original cell does not show the server yet.", _AGAIN, True
    ),
    "reversed_server_mismatch": Entry(
        "The server that DRS names as the reversed one does not provably copy this recovery instance.",
        "Look at both in the console; nothing is done to a server that may be another machine's.",
    ),
    "failback_under_way": Entry(
        "The machine already replicates back, but not for this drill: a real failback may be in progress.",
        "Finish or clean up that failback first; a drill of this collection resumes by its own run id.",
    ),
    "failback_drill_open": Entry(
        "A failback drill uses the reversed server, and its clean-up will stop it.",
        "Clean the drill up first: the playbook failback_drill with its run id.",
    ),
    "failback_stopped": Entry(
        "The reverse replication was stopped or disconnected, so waiting does not help.",
        "Reverse again (state reversed), which restarts a stopped replication with a full copy.",
    ),
    "failback_error": Entry(
        "DRS reports an error of the failback of this recovery instance.",
        "Look at the replication of the reversed server in the original cell, and at the machine's network.",
    ),
    "failback_not_running": Entry(
        "No failback of the Failback Client is running for this recovery instance.", "Nothing to stop."
    ),
    # -- the order
    "failback_not_ready": Entry(
        "The data has not been copied back yet: a launch now would start the original side with old data.",
        "Wait until the server is ready (state ready, or the playbook), then launch.",
    ),
    "live_failback_instance": Entry(
        "A machine was already launched for failback and is not a drill; a new launch would destroy it.",
        "Continue with the existing machine; terminate it by hand if it is to be replaced.",
    ),
    "not_launched": Entry(
        "No running machine in the original cell was launched from the data that replicated back.",
        "Launch first (state launched), and see that the machine runs.",
    ),
    "failback_not_validated": Entry(
        "Nobody has validated this very machine in the original cell.",
        "Validate it, then give its id in validated_recovery_instance_ids; the playbook does so with "
        "failback_validate_tasks or failback_validated.",
    ),
    "failback_not_confirmed": Entry(
        "What comes now cannot be taken back, and the typed confirmation is missing or does not fit.",
        "Move the traffic, then type the confirmation that the playbook shows.",
    ),
    "drill_never_protects": Entry(
        "Protecting would make the drill's machine the protected one, in place of the machine that serves.",
        "Clean the drill up instead (state cleaned).",
    ),
    "protect_extended": Entry(
        "The server is an extended copy: nothing replicates into it, and its agent has stopped after the failback.",
        "Install the agent on the machine in the original account again and extend the new server; then clean up with "
        "failback_require_protected=false. " + _GUIDE,
    ),
    "not_protected": Entry(
        "The machine in the original cell is not protected yet: replication in the right direction is not continuous.",
        "Wait until it is in step (state protected); the recovery instance is the only other copy until then.",
    ),
    "serving_instance": Entry(
        "The machine may carry the business.", "Nothing: it stays. Terminate it by its typed id when it is not needed."
    ),
    "reverse_replication_running": Entry(
        "The machine is still being copied back; without it the copy would be all that is left.",
        "Stop the reversed server first; state cleaned keeps the order.",
    ),
    "cleanup_out_of_order": Entry(
        "The clean-up has an order, and an earlier step is not done.", "Use state cleaned, which keeps the order."
    ),
}
