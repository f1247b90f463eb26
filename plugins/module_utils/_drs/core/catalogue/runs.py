"""The error catalogue, part of runs: the store that remembers them, who may resume one, and approvals."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_SHOW = "`ansible-playbook resilience.drs.runs` shows the runs."

RUNS = {
    "run_store_unavailable": Entry(
        "The run store cannot be read or written.",
        "Cure what the message names, or name another store. A drill waits for that; a recovery continues with "
        "`recovery_without_store`, which takes the reason.",
        True,
    ),
    "run_store_missing": Entry(
        "The table of the run store does not exist in that account and Region.",
        "Make it with `ansible-playbook resilience.drs.setup`, or correct `store.table`, `store.region` and the "
        "credentials.",
    ),
    "run_store_table": Entry(
        "The keys or indexes of the table are not those of the run store.",
        "Make a table of its own with `ansible-playbook resilience.drs.setup` (role account_setup, account_setup_hub), "
        "or name the right one in `store.table`. It needs run_id (HASH) and item (RANGE), and the indexes by-account, "
        "by-status and by-pattern, each sorted by started_at and with all attributes.",
    ),
    "run_store_damaged": Entry(
        "A record of the run store cannot be read any more. Lists name it and continue without it.",
        "Put it back from a backup, or move it away: the message says which file, or which item of the table. Without "
        "its record a run begins again under the same run id: jobs that bear its tag are named then, and taken with "
        "`recovery_adopt_job_ids`.",
    ),
    "run_store_foreign": Entry(
        "Something lies in the run store that this collection has not written. Lists name it and continue without it.",
        "Move it out of the store: the message says which file, or which item of the table.",
    ),
    "run_store_newer": Entry(
        "A record of the run store was written by a newer version of this collection, and is not touched by this one.",
        "Work on it with the version that wrote it, or a later one.",
    ),
    "run_store_conflict": Entry(
        "Somebody else has written the same record of the run store in the meantime.",
        "Look who works on the run, then run the same command again. " + _SHOW,
    ),
    "run_unknown": Entry("The run store holds no such run.", "Check the run id and the store. " + _SHOW),
    "run_id_missing": Entry(
        "It was not said which run is meant, and none is not every one.",
        "Name the run. " + _SHOW,
    ),
    "foreign_job": Entry(
        "A job bears the tag of this run and does not agree with what the run's record intended: somebody else uses "
        "the same run id, or the record was lost.",
        "Choose a run id of your own. If the job is this run's all the same, look at who started it and when, and say "
        "so with `recovery_adopt_job_ids`, the list of such jobs.",
    ),
    "job_gone": Entry(
        "DRS no longer lists the job that launched the server, and neither the record of the run nor a recovery "
        "instance of that job says what became of it. It is not launched again: that would wipe what may stand.",
        "Look at the server's last launch and its recovery instance in DRS. If the launch was this run's, say so with "
        "`recovery_adopt_job_ids`; else launch the server in a run of its own, with a new run id.",
    ),
    "run_plan_mismatch": Entry(
        "The run id belongs to a run that was asked for with other options.",
        "Resume it with `ansible-playbook resilience.drs.resume`, which takes the options of the run; or choose a new "
        "`recovery_run_id`.",
    ),
    "gate_unknown": Entry(
        "The plan of the run has no such gate, so an approval of it would open nothing.",
        "Approve a gate that the message names. " + _SHOW,
    ),
    "option_fixed": Entry(
        "An option was typed that cannot change in a run that has begun.",
        "Continue without it, with the value that the run has; or start another run with a run id of its own.",
    ),
    "plan_refused": Entry(
        "The plan holds what must not be done, so nothing was begun.",
        "Cure what the plan lists above, each with its remedy, and run the same command again.",
    ),
    "plan_changed": Entry(
        "The frozen plan of a run in the store is not the one that the run was frozen with.",
        "Find out who has edited it. Nothing is launched by it: put it back from a backup, or start another run.",
    ),
    "play_not_supported": Entry(
        "The play, or the command, would walk a part of a recovery, or each cell by itself.",
        "Run the playbook as it is shipped, with the strategy linear and without serial, tags and --start-at-task.",
    ),
    "run_superseded": Entry(
        "Another controller has taken over the run, and this one must not continue.",
        "Nothing here: follow the controller that the message names.",
    ),
    "run_cancelled": Entry(
        "The run was cancelled; nothing more is started in it.",
        "Start a new run, or terminate what this one launched.",
    ),
    "run_paused": Entry(
        "The run is paused; nothing is started until somebody resumes it.",
        "`ansible-playbook resilience.drs.resume -e runs_id=...`.",
    ),
    "run_cleaned": Entry(
        "What the drill launched was terminated, so there is nothing to resume. Its record stays as it is.",
        "Choose a new run id for another drill. `terminate` with this one removes what it may have left.",
    ),
    "run_not_active": Entry("The run is not in a state that allows this.", "Look at its state first. " + _SHOW),
    "intent_missing": Entry(
        "The run has not written down that it means to start this wave, so nobody could know of it after a crash.",
        "Start waves with the role recovery, or write the intent first (drs_run).",
    ),
    "outside_scope": Entry(
        "The servers are not the ones that the plan of the run was frozen with.",
        "Launch what the plan holds; other servers belong to a run of their own.",
    ),
    "approval_missing": Entry(
        "The run needs an approval that nobody has given.",
        "`ansible-playbook resilience.drs.approve -e runs_id=...`, by somebody else than who started the run.",
    ),
    "approval_rejected": Entry("The run was not approved.", "Talk to who rejected it; a new run needs a new approval."),
    "approval_expired": Entry("The approval is over: it was given for a limited time.", "Ask for a new approval."),
    "approval_void": Entry(
        "The approval was given for another plan.", "Show the plan that will run now, and ask for a new approval."
    ),
    "approval_own": Entry("Who started a run must not approve it.", "Let somebody else approve."),
}
