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
        "Fix what the message names, or use another store. A drill must wait for that; a recovery can continue with "
        "`recovery_without_store`, which records the reason.",
        True,
    ),
    "run_store_missing": Entry(
        "The table of the run store does not exist in that account and Region.",
        "Create it with `ansible-playbook resilience.drs.setup`, or correct `store.table`, `store.region` and the "
        "credentials.",
    ),
    "run_store_table": Entry(
        "The keys or indexes of the table do not match those of the run store.",
        "Create a separate table with `ansible-playbook resilience.drs.setup` (role account_setup, account_setup_hub), "
        "or name the right one in `store.table`. It needs run_id (HASH) and item (RANGE), and the indexes by-account, "
        "by-status and by-pattern, each sorted by started_at and with all attributes.",
    ),
    "run_store_damaged": Entry(
        "A record of the run store cannot be read any more. Lists report it and continue without it.",
        "Restore it from a backup, or move it away: the message says which file, or which item of the table. Without "
        "its record a run begins again under the same run id: jobs that carry its tag are then reported, and "
        "adopted with "
        "`recovery_adopt_job_ids`.",
    ),
    "run_store_foreign": Entry(
        "The run store contains something that this collection has not written. Lists report it and continue "
        "without it.",
        "Move it out of the store: the message says which file, or which item of the table.",
    ),
    "run_store_newer": Entry(
        "A record of the run store was written by a newer version of this collection, and this version does not "
        "change it.",
        "Work on it with the version that wrote it, or a later one.",
    ),
    "run_store_conflict": Entry(
        "Somebody else has changed the same record of the run store in the meantime.",
        "Find out who is working on the run, then run the same command again. " + _SHOW,
    ),
    "run_unknown": Entry("The run store holds no such run.", "Check the run id and the store. " + _SHOW),
    "run_id_missing": Entry(
        "No run id was given, and an empty one does not mean every run.",
        "Give the run id. " + _SHOW,
    ),
    "foreign_job": Entry(
        "A job carries the tag of this run but does not match what the run's record intended: somebody else uses "
        "the same run id, or the record was lost.",
        "Choose another run id. If the job does belong to this run, check who started it and when, and adopt it "
        "with `recovery_adopt_job_ids`, the list of such jobs.",
    ),
    "job_gone": Entry(
        "DRS no longer lists the job that launched the server, and neither the record of the run nor a recovery "
        "instance of that job shows the outcome. It is not launched again: that would destroy what may exist.",
        "Look at the server's last launch and its recovery instance in DRS. If the launch belongs to this run, "
        "adopt it with "
        "`recovery_adopt_job_ids`; otherwise launch the server in a separate run with a new run id.",
    ),
    "run_plan_mismatch": Entry(
        "The run id belongs to a run that was started with other options.",
        "Resume it with `ansible-playbook resilience.drs.resume`, which takes the options of the run; or choose a new "
        "`recovery_run_id`.",
    ),
    "gate_unknown": Entry(
        "The plan of the run has no such gate, so the approval would have no effect.",
        "Approve a gate that the message names. " + _SHOW,
    ),
    "option_fixed": Entry(
        "An option was given that cannot change in a run that has begun.",
        "Continue without it, with the value that the run has; or start another run with a new run id.",
    ),
    "plan_refused": Entry(
        "The plan has errors, so nothing was started.",
        "Fix what the plan lists above, each with its remedy, and run the same command again.",
    ),
    "plan_changed": Entry(
        "The frozen plan of a run was changed in the store.",
        "Find out who has edited it. It is not launched: restore it from a backup, or start another run.",
    ),
    "play_not_supported": Entry(
        "The play, or the command, would do part of the work, each cell by itself, or run on hosts that are no cells.",
        "Run the playbook as shipped, over cells alone, with the linear strategy and without serial, tags, become, "
        "--skip-tags always, --start-at-task and a when that differs between cells; --limit or drs_hosts narrows it "
        "down.",
    ),
    "task_skipped": Entry(
        "A task of the playbook was left out by an answer to --step, and the tasks after it need what it does.",
        "Type the same command again without --step; or answer y to each task, and c for all that are left.",
    ),
    "option_differs": Entry(
        "The inventory gives an option of the whole run another value on one cell than on another. A run has one "
        "request for all cells, so that one of both would be read by nobody.",
        "Set it for the group of all cells, in group_vars, and take it out of host_vars; or type it with the command.",
    ),
    "run_superseded": Entry(
        "Another controller has taken over the run, and this one must not continue.",
        "Nothing to do here: follow the controller that the message names.",
    ),
    "run_cancelled": Entry(
        "The run was cancelled; nothing more is started in it.",
        "Start a new run, or terminate what this one launched.",
    ),
    "run_paused": Entry(
        "The run is paused; nothing is started until somebody resumes it.",
        "When a person has decided that the run may continue: `ansible-playbook resilience.drs.resume -e runs_id=...`. "
        "A request of a parent system is refused until then.",
    ),
    "run_cleaned": Entry(
        "The instances of the drill were terminated, so there is nothing to resume. Its record stays as it is.",
        "Choose a new run id for another drill. `terminate` with this run id removes what may be left of it.",
    ),
    "run_not_active": Entry("The run is not in a state that allows this.", "Look at its state first. " + _SHOW),
    "intent_missing": Entry(
        "The run has not recorded its intent to start this wave, so the wave would be lost after a crash.",
        "Start waves with the role recovery, or record the intent first (drs_run).",
    ),
    "outside_scope": Entry(
        "The servers are not those of the run's frozen plan.",
        "Launch only the servers of the plan; use a separate run for others.",
    ),
    "approval_missing": Entry(
        "The run needs an approval that nobody has given.",
        "`ansible-playbook resilience.drs.approve -e runs_id=...`, by somebody other than the person who started "
        "the run.",
    ),
    "approval_rejected": Entry(
        "The run was rejected.", "Talk to the person who rejected it; a new run needs a new approval."
    ),
    "approval_expired": Entry("The approval has expired: it was given for a limited time.", "Ask for a new approval."),
    "approval_void": Entry(
        "The approval was given for a different plan.", "Show the plan that will run now, and ask for a new approval."
    ),
    "approval_own": Entry("The person who started a run must not approve it.", "Let somebody else approve."),
}
