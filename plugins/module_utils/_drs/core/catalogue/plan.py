"""The error catalogue, part of plans and guards: what a check says that nothing else does."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_COPY = "Tag the extended copy like its original, or set `recovery_policy: {recover_in: staging}`."

PLAN = {
    "unknown_application": Entry(
        "No server belongs to the application that was asked for.",
        "Correct the name (the message lists similar ones), or tag the servers of the application.",
    ),
    "unknown_wave": Entry(
        "No server belongs to the wave that was asked for.",
        "Correct the wave (the message lists the existing ones), or tag the servers of the wave.",
    ),
    "wave_not_a_tag": Entry(
        "The name of a wave is not a valid tag value, but every job of a run carries the name of its wave as a tag.",
        "Name the wave with at most 256 letters, digits, blanks and + - = . _ : / @.",
    ),
    "extended_copy_not_selected": Entry(
        "The selection matches the staging copy of an extended server, but not the copy that would be recovered.", _COPY
    ),
    "extended_copy_in_staging": Entry(
        "This is the extended copy of a server that is recovered in its staging account.",
        "Nothing; set `recovery_policy: {recover_in: target}` to recover in the target account instead.",
    ),
    "staging_copy_not_read": Entry(
        "The server is extended from a staging account and to be recovered there, but its original was not read.",
        "Add the staging account to the inventory, or repair its access; or set "
        "`recovery_policy: {recover_in: target}`.",
    ),
    "extended_twice": Entry(
        "Two selected servers are extended copies of the same original; recovering both makes two of one machine.",
        "Limit the run to the cells of one target account.",
    ),
    "same_machine_twice": Entry(
        "Two selected source servers protect the same machine; recovering both makes two of one machine.",
        "Select one of them, or remove the one that is out of use from DRS.",
    ),
    "same_name_twice": Entry(
        "Two selected servers have one name and host name and come from one account and Region, so one is most likely "
        "a copy of the other, such as the original of a machine that was failed back. A drill is not begun with both; "
        "a failover is, and launches both.",
        "Disconnect and delete the source server of the machine that is out of use, or leave it out by its id with "
        "`recovery_except`.",
    ),
    "recovery_instances_unread": Entry(
        "The recovery instances of the cell were not read, so it is unknown what a launch would destroy.",
        "Repair the access of the cell to drs:DescribeRecoveryInstances, and run again.",
    ),
    "recovery_instance_unknown": Entry(
        "The server has a recovery instance about which DRS says nothing, so it counts as live.",
        "Look for it in the DRS console; in a recovery, name its id in `replace_recovery_instance_ids` to replace it.",
    ),
    "recovery_instance_replaced": Entry(
        "The launch replaces the live recovery instance that was named.", "Nothing to do, if that is intended."
    ),
    "replication_direction_unknown": Entry(
        "DRS does not say whether the server replicates forward or back.",
        "Check in the DRS console that the server is not part of a failback.",
    ),
    "jobs_unread": Entry(
        "The jobs of the cell were not read, so it is unknown which servers are in a job.",
        "Repair the access of the cell to drs:DescribeJobs, and run again.",
    ),
    "server_in_own_job": Entry(
        "A job of this run already includes the server.",
        "Nothing to do: it is adopted, the server is not launched twice.",
    ),
    "ec2_instance_unknown": Entry(
        "DRS does not say which EC2 instance belongs to the recovery instance, so nothing can be proven about it.",
        "If the machine is gone, disconnect and delete the recovery instance's record in DRS.",
    ),
    "source_instances_unknown": Entry(
        "The source machines are not known, so the instance may be one of them.",
        "Repair the access of the cell to drs:DescribeSourceServers, and run again.",
    ),
    "predicted_rpo": Entry(
        "The server will start with data that is older than its recovery point objective.",
        "Repair its replication, or accept the loss.",
    ),
    "will_queue": Entry(
        "The wave needs more jobs, or more servers in jobs, than DRS runs at once.",
        "Nothing to do: what does not fit is queued and takes longer. Spread the servers over more waves to avoid it.",
    ),
    "tag_unclear": Entry(
        "A yes-or-no tag has a value that is neither.",
        "Write yes or no (or true, false, on, off, 1, 0) on the machine; `resilience.drs.sync_tags` copies it to DRS.",
    ),
    "tag_contradicts": Entry(
        "Two spellings of one tag disagree on the same machine.",
        "Keep one of the two on the machine and remove the other.",
    ),
    "tag_key_near": Entry(
        "The key of a tag is almost a known one, so the tag is ignored.",
        "Correct the key on the machine, or name your spelling in `drs_tag_keys`, which all verbs read.",
    ),
    "tag_opt_in_near": Entry(
        "A machine's tags almost opt it in to protection, but it is not protected.",
        "Set `dr:enabled` to yes and `dr:recovery-strategy` to drs on the machine, or `dr:enabled` to no if it is "
        "meant to stay out; then run `resilience.drs.deploy_agents`.",
    ),
    "objective_without_unit": Entry(
        "An objective is a number without a unit.",
        "Write the unit into the tag (30m, 4h), or set `objective_unit` to minutes in `drs_tag_keys`.",
    ),
    "wave_spellings": Entry(
        "One wave is spelled in several ways, or several waves have one number.",
        "Where one wave is meant, use one spelling; different waves are launched one after the other.",
    ),
    "application_spellings": Entry(
        "Applications differ only in case or separators; a selection treats them as different applications.",
        "Use one spelling of the application on all its servers, or select all spellings.",
    ),
    "continue_limited": Entry(
        "The policy sets `continue_on_failure`, but `max_failures` cancels its effect.",
        "Leave `max_failures` out of `recovery_policy` (and of the wave in the plan file), or raise it.",
    ),
    "priority_unknown": Entry(
        "A priority is a word of no known scale.",
        "Write a number, or one of critical, high, medium, low; gold, silver, bronze; p1, p2; tier1, tier2.",
    ),
}
