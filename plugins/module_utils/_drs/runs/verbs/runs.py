"""The verbs of the role runs: list, show, watch, approve, pause, cancel and resume runs; and evidence."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import OF_RUNS, STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import keys
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import ONCE, Option, Verb

_LIST = "`ansible-playbook resilience.drs.runs` lists the runs."
_ID = Option("id", required=True, check=keys.check_run_id, where=_LIST)
_REASON = Option("reason", default="")
_SELECTS = "runs_id, a run; which servers it is about, its record says"
_OUTPUTS = ("runs_result",)

RUNS = Verb(
    "runs",
    "runs",
    (
        Option("id", check=keys.check_run_id),
        Option("status", choices=STATUSES),
        Option("mode", choices=OF_RUNS),
        keys.when("since", None),
        keys.when("until", None),
        Option("limit", "int", 20, check=keys.at_least_one),
        Option("token"),
        Option("import", default=""),
        Option("import_from", "path", ""),
        Option("import_force", "bool", False),
        keys.store(ONCE),
    ),
    outputs=(*_OUTPUTS, "runs_imported"),
    selects=_SELECTS,
)
RESUME = Verb(
    "resume",
    "runs",
    (_ID, keys.store(ONCE), Option("only_failed", "bool", False)),
    entries=("resume",),
    # what may be typed anew in the run, the run says
    uses={
        "recovery": ("run_id", "store"),
        "failback": ("run_id", "store"),
        "status": ("include_ec2", "machines"),
        "terminate": ("run_id", "fail", "store", "run_epoch"),
        "report": ("dir", "run_id", "evidence_dir", "store"),
        "history": ("result", "store"),
        "notify": ("event",),
    },
    outputs=_OUTPUTS,
    selects=_SELECTS,
)
CANCEL = Verb(
    "cancel",
    "runs",
    (
        _ID,
        keys.store(ONCE),
        _REASON,
        keys.seconds("timeout", 7200, ONCE),
        keys.seconds("poll_interval", 5, ONCE),
        keys.seconds("poll_interval_max", 120, ONCE),
    ),
    entries=("cancel",),
    uses={"history": ("result", "store"), "notify": ("event",)},
    outputs=_OUTPUTS,
    selects=_SELECTS,
)
PAUSE = Verb("pause", "runs", (_ID, keys.store(ONCE), _REASON), entries=("pause",), outputs=_OUTPUTS, selects=_SELECTS)
APPROVE = Verb(
    "approve",
    "runs",
    (
        _ID,
        keys.store(ONCE),
        Option("gate", default="start"),
        Option("decision", default="approved", choices=("approved", "rejected")),
        Option("approver"),
        Option("plan_hash"),
        _REASON,
        Option("expires_hours", "int", 24, check=keys.at_least_one),
    ),
    entries=("approve",),
    outputs=_OUTPUTS,
    selects=_SELECTS,
)
WATCH = Verb(
    "watch",
    "runs",
    (
        Option("id", check=keys.check_run_id),
        keys.store(ONCE),
        Option("watch_dir", "path", "dr-watch"),
        keys.seconds("watch_interval", 15, ONCE),
        keys.seconds("watch_timeout", 86400, ONCE),
        Option("watch_once", "bool", False),
    ),
    entries=("watch",),
    outputs=_OUTPUTS,
    selects=_SELECTS,
)
_BUNDLE = "It is the folder, or the archive, that `resilience.drs.report` wrote with `report_evidence_dir`."
# its playbook needs no role, for the machine of an auditor
EVIDENCE = Verb(
    "evidence",
    "evidence",
    (Option("path", "path", required=True, where=_BUNDLE), Option("manifest_sha256")),
    entries=(),
    outputs=("evidence_checked",),
    selects="evidence_path, a folder or an archive",
)
