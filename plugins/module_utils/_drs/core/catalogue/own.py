"""The error catalogue, own part: the codes that this collection gives itself, in the order of a run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_STATUS = "The `resilience.drs.status` playbook shows the current state."
_AGAIN = "Run the same command again: what was started is found and adopted, nothing is launched twice."
_RETRY = "run the same command again with `-e recovery_retry_failed=true`"

INPUT = {
    "unknown_error": Entry(
        "An error that this collection does not know.",
        "Read the message; run again with -vvv for details, and report it if the message names nothing you can change.",
    ),
    "invalid_request": Entry("The request contradicts itself.", "Correct the option that the message names."),
    "invalid_option": Entry("An option has an invalid value.", "Correct the option that the message names."),
    "misspelt_variable": Entry(
        "A variable was given that nothing reads, so it would have had no effect.",
        "Correct its name, see docs/variables.md; nothing was done. Declare a variable of your own with "
        "`drs_own_variables`.",
    ),
    "unread_variable": Entry(
        "The inventory or the command sets a variable that nothing reads here.",
        "Correct its name, see docs/variables.md. Declare a variable of your own with `drs_own_variables`.",
    ),
    "internal_variable": Entry(
        "A variable was given that only the collection itself sets; the given value would override the real one.",
        "Remove it; nothing was done. docs/variables.md says which variables may be set.",
    ),
    "invalid_duration": Entry(
        "A duration could not be read.", "Write seconds (900), or a number with s, m, h or d (15m, 1h30m)."
    ),
    "invalid_point_in_time": Entry(
        "The point in time could not be read.",
        "Use `latest`, `latest_available` or an ISO 8601 time with a zone, for example 2026-01-31T12:00:00Z.",
    ),
    "invalid_tag_key": Entry(
        "The option `tag_keys` contains an unknown name, or an empty list of spellings.",
        "Use the names that `tag_keys` documents: enabled, strategy, wave, priority, application, role, tier, "
        "critical, rpo, rto; `objective_unit` with seconds, minutes, hours or days; and `priority_order` with the "
        "words of your scale, the first is recovered first.",
    ),
    "invalid_limit": Entry(
        "A limit has an invalid value.",
        "Use the names and the whole numbers that the message allows; leave it out for the default of DRS.",
    ),
    "unknown_tag_key": Entry(
        "No server carries the tag key that the selection asks for, so the selection would silently match nothing.",
        "Correct the key (the message lists similar ones), or set `drs_tag_keys` to the spelling your servers use.",
    ),
    "no_match": Entry(
        "The selection matches no server.",
        "Loosen the selection, or set `allow_empty: true` if an empty selection is intended. " + _STATUS,
    ),
    "duplicate_id": Entry("The same id is given more than once.", "Remove the repeated ids that the message lists."),
    "malformed_id": Entry(
        "An id is malformed.",
        "Correct it: a source server is s-, a job drsjob-, a point in time pit-, each with 17 letters or digits; "
        "a recovery instance is i- with hexadecimal digits. A run id is letters, digits and . _ -, a letter or digit "
        "first.",
    ),
    "unknown_id": Entry(
        "An id that was asked for does not exist in the cells that were read.",
        "Check the id, and that the inventory holds its account and Region. " + _STATUS,
    ),
    "unexpected_count": Entry(
        "The number of selected servers differs from the expected number.",
        "Compare the plan with what you expect; correct the selection, or `expected_count`.",
    ),
    "unknown_region": Entry(
        "There is no such Region, or DRS is not offered there.",
        "Correct `region` of the cell, for example `eu-central-1`.",
    ),
    "missing_region": Entry("The cell has no Region.", "Set `region` of the cell, or AWS_REGION in the environment."),
    "internal_error": Entry(
        "The collection encountered something that it does not handle.",
        "Run the same command again with -vvv and report what it prints; "
        "what has been started is adopted by its run id.",
    ),
    "invalid_connection_options": Entry(
        "The options for access to the account contradict each other.",
        "Correct the options that the message names. A profile and access keys exclude each other, in the environment "
        "too: unset AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.",
    ),
    "run_id_reused": Entry(
        "The run id belongs to a run of another kind, whose jobs would be mistaken for those of this run.",
        "Choose a new `run_id`, or leave it out.",
    ),
    "unknown_cell": Entry(
        "The plan names a cell that is not among the hosts of this command.",
        "Correct the name (the message lists similar ones), or use the inventory and hosts that the plan is for.",
    ),
    "no_cells": Entry(
        "There is no cell to work on.",
        "Name the inventory with `-i` or ANSIBLE_INVENTORY: an ansible.cfg counts only in the folder where the command "
        "is typed (or where ANSIBLE_CONFIG names it), and the name of the file must end in drs_accounts.yml. Check its "
        "`accounts`, `drs_hosts` and `--limit`. `ansible-inventory --graph drs_cells` shows the cells.",
    ),
    "duplicate_cell": Entry(
        "Two cells are the same account and Region.",
        "Keep one of them in the inventory; servers would be counted twice.",
    ),
    "invalid_plan": Entry(
        "The plan is not one that drs_plan made.", "Pass the `plan` that drs_plan returned, unchanged."
    ),
    "missing_library": Entry(
        "A Python library that the modules need is missing.",
        "Install what requirements.txt of this collection names (boto3, botocore, jsonschema) in the Python that runs "
        "the modules.",
    ),
}

SELECTION = {
    "not_selected": Entry(
        "The server does not match the selection.",
        "Nothing to do, unless it should take part: then correct the selection or its tags.",
    ),
    "left_out": Entry(
        "The request leaves the server out, for the reason that was typed.",
        "Take it out of `recovery_except` when it shall take part again.",
    ),
    "not_enabled": Entry(
        "The server's tag excludes it from recovery.",
        "Set its tag `dr:enabled` to `yes` if it should take part.",
    ),
    "extended_copy_in_target": Entry(
        "This is the staging copy of a server that is extended to a target account, and is recovered there.",
        "Nothing; set `recovery_policy: {recover_in: staging}` to recover in the staging account instead.",
    ),
    "staging_account": Entry(
        "The account of the server is only a staging account.",
        "Extend the server to a target account, or set `recovery_policy: {recover_in: staging}` to recover it "
        "where it is.",
    ),
    "reversed_server": Entry(
        "This source server replicates back from a recovery instance; it belongs to a failback.",
        "Nothing here; launching it is a step of the failback.",
    ),
}

GUARDS = {
    "live_recovery_instance": Entry(
        "The server has a live recovery instance, and launching it again makes DRS destroy that instance.",
        "It may serve production: fail it back, or leave the server out with `recovery_except`. One that nobody needs "
        "is terminated by its exact id, `terminate_confirm_recovery_instance_ids` of `resilience.drs.terminate`. To "
        "replace it in a recovery, name its id in `replace_recovery_instance_ids`; a drill never replaces it.",
    ),
    "earlier_drill_instance": Entry(
        "The server has an instance of an earlier drill, which DRS removes when it launches the server again.",
        "Nothing, if that drill is over; the `resilience.drs.terminate` playbook cleans it up.",
    ),
    "failback_in_progress": Entry(
        "The server's recovery instance is failing back, and a launch would destroy it with the newest data.",
        "Finish the failback, or undo it, before launching; or leave the server out with `recovery_except`.",
    ),
    "reversed_replication": Entry(
        "Replication of the server is reversed: the newest data is in its recovery instance.",
        "Finish the failback, or undo it, before launching; or leave the server out with `recovery_except`.",
    ),
    "server_in_active_job": Entry(
        "Another job is processing the server, and DRS allows one job per server.",
        "Wait for the end of the job that the message names; a job cannot be cancelled.",
        True,
    ),
    "not_recoverable": Entry(
        "The server has no consistent data to launch from.", "Wait for initial sync, or repair replication. " + _STATUS
    ),
    "stale_data": Entry(
        "The server can only be launched from old data, because its replication is not healthy.",
        "Repair replication, accept the old data with `allow_stale: true` in `recovery_policy`, or leave the server "
        "out with `recovery_except`. " + _STATUS,
    ),
    "not_ready": Entry(
        "The server's replication does not reach the readiness that the policy requires.",
        "Wait or repair replication, or lower `min_readiness` of `recovery_policy`. " + _STATUS,
        True,
    ),
    "lag_too_high": Entry(
        "The server's replication lags more than the policy allows.",
        "Wait until it catches up, find out why it lags, or raise `max_lag_seconds` of `recovery_policy`. " + _STATUS,
        True,
    ),
    "lag_unknown": Entry(
        "DRS does not say how far the server lags, so its lag cannot be compared with the policy.",
        "Check its replication, or drop `max_lag_seconds` of `recovery_policy` for this run. " + _STATUS,
        True,
    ),
    "volume_not_ready": Entry(
        "DRS has not finished reading the attributes of a volume, and refuses the launch until it has.",
        "Wait, or give the source account the failback and in-AWS right-sizing roles that DRS needs to read them.",
        True,
    ),
    "extension_error": Entry(
        "The server is extended from a staging account, and the extension is broken.",
        "Check that the staging source server exists and that DRSStagingAccountRole_<target account> does.",
    ),
    "no_point_in_time": Entry(
        "The server has no point in time at or before the one asked for.",
        "Choose a later time, `latest` or `latest_available`.",
    ),
    "not_a_drill": Entry(
        "The recovery instance does not belong to a drill: it may be production.",
        "Leave it where it serves: `resilience.drs.failback` brings its server back, and terminates it at the end. To "
        "terminate it anyway, give its exact id: `terminate_confirm_recovery_instance_ids`.",
    ),
    "drill_unknown": Entry(
        "DRS does not say whether the recovery instance belongs to a drill, so it is treated as production.",
        "To terminate it anyway, give its exact id: `terminate_confirm_recovery_instance_ids`.",
    ),
    "not_launched_by_us": Entry(
        "The recovery instance was not launched by this run.",
        "Terminate it with the run that launched it, or give its exact id: `terminate_confirm_recovery_instance_ids`.",
    ),
    "source_instance": Entry(
        "The instance is itself a source server.", "Nothing: this collection never terminates a protected machine."
    ),
    "already_terminated": Entry("The recovery instance has already been terminated.", "Nothing to do."),
    "reverse_replication_active": Entry(
        "The recovery instance replicates back, and DRS refuses to terminate it until that ends.",
        "Stop replication of the reversed source server first.",
    ),
    "confirmation_mismatch": Entry(
        "The typed confirmation is not the text that this action asks for.", "Type it exactly as the message shows it."
    ),
}

RUN = {
    "cell_unreadable": Entry(
        "The account could not be read, so what it holds is unknown.",
        "Repair the access that the error names, and run again; the other cells are not affected.",
    ),
    "quota_full": Entry(
        "All jobs, or all servers in jobs, that DRS allows in this account and Region are taken.",
        "Nothing to do: the batch is queued and starts when others end.",
        True,
    ),
    "launch_failed": Entry(
        "DRS could not launch the server and did not say why.",
        "Look at the job in the DRS console, and at the server's launch settings; then " + _RETRY + ".",
        True,
    ),
    "launch_timeout": Entry(
        "The server was not launched within the timeout; its job continues in DRS.",
        _AGAIN + " Raise the timeout if launches here take longer.",
        True,
    ),
    "wait_timeout": Entry(
        "The jobs did not end within the timeout; they continue in DRS.",
        _AGAIN + " Raise the timeout if jobs here take longer.",
        True,
    ),
    "read_failed": Entry(
        "The state of the jobs could not be read for too long, so the wait was abandoned; the jobs continue in DRS.",
        _AGAIN,
        True,
    ),
    "job_not_found": Entry(
        "DRS no longer knows the job.",
        "Check account and Region; see what runs with `resilience.drs.drs_recovery_instance_info`.",
    ),
    "server_not_in_job": Entry(
        "The job does not hold the server, so nothing was launched for it.",
        "Look at the job in the DRS console, then " + _RETRY + ".",
        True,
    ),
    "not_started": Entry(
        "The server was not started, because its batch could not be.",
        "See the error of the batch, and run again.",
        True,
    ),
    "effect_unknown": Entry(
        "The response to a request was lost, and whether it took effect could not be determined.", _AGAIN, True
    ),
    "outcome_unknown": Entry(
        "The job ended, but DRS does not report the outcome of the server.",
        "Look at the job's log in the DRS console and for the instance in EC2, then run the same command again.",
    ),
    "job_log_empty": Entry(
        "DRS returned no event of a job that has ended.",
        "Nothing failed by it. Type the command again to have the log asked for once more; otherwise look at the job "
        "in the console of DRS, by its id.",
    ),
    "recovery_instance_gone": Entry(
        "The recovery instance is no longer there.",
        "Nothing to do if it was terminated on purpose; otherwise launch the server in a separate run with a new "
        "run id.",
    ),
    "instance_not_found": Entry(
        "DRS reports that the server was launched, but has no recovery instance for it.",
        "Read again in a minute; if nothing has changed, look for the instance in EC2.",
        True,
    ),
    "older_data": Entry(
        "DRS could take no new snapshot and launched the server from an earlier point in time.",
        "Check the data's age in the result; repair the server's replication.",
    ),
    "terminate_failed": Entry(
        "DRS could not terminate the recovery instance.",
        "Look for termination protection and reverse replication, then run the terminate playbook again.",
        True,
    ),
    "not_terminated": Entry(
        "The recovery instance is still there after its terminate job ended.", "Run the terminate playbook again.", True
    ),
    "wave_failed": Entry(
        "Too many servers of an earlier wave failed, so this wave was not started.",
        "Fix the servers that failed and " + _RETRY + ", or raise `max_failures` of `recovery_policy` "
        "(or of the wave in the plan file); `continue_on_failure: true` without it lets any number fail.",
    ),
    "critical_failed": Entry(
        "A critical server of an earlier wave failed, so this wave was not started.",
        "Fix the server and " + _RETRY + ", or set `recovery_policy: {continue_on_failure: true}`.",
    ),
    "cancelled": Entry("The run ended before it reached the server.", _AGAIN, True),
}

OWN = {**INPUT, **SELECTION, **GUARDS, **RUN}
