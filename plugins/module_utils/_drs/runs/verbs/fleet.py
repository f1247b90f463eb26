"""The read-only verbs status, readiness, capacity, report and history, and the verb notify."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import keys
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import ONCE, Option, Verb

_ALL = "nothing: it shows every server of the cells"
NOTIFICATIONS = ("start", "success", "partial", "failure", "waiting_for_approval")

STATUS = Verb(
    "status",
    "status",
    (
        Option("include_ec2", "bool", True),
        Option("machines", "bool", True),
        keys.tag_keys(ONCE),
        Option("detail", "bool", False),
        Option("export_dir", "path", ""),
        Option("quiet", "bool", False),
        Option("fail_on_unreadable", "bool", True),
    ),
    entries=("main", "read"),
    outputs=("status_result", "status_cell", "status_machines_found"),
    selects=_ALL,
)

READINESS = Verb(
    "readiness",
    "readiness",
    (
        Option("machines", "bool", True),
        Option("capacity", "bool", True),
        Option("drift", "raw", ""),
        keys.seconds("rpo_seconds", 3600, ONCE),
        keys.seconds("max_silence_seconds", 3600, ONCE),
        Option("drill_max_age_days", "int", 90, check=keys.not_negative),
        keys.tag_keys(ONCE),
        keys.limits(ONCE),
        keys.store(ONCE, {}),
        Option("export_dir", "path", ""),
        Option("fail_below", "int", 70, check=keys.percent),
        Option("fail_on_unreadable", "bool", True),
        Option("metrics", "bool", False, shared="history_metrics"),
        Option("metrics_namespace", default="ResilienceDRS", shared="history_metrics_namespace"),
        Option("metrics_region", shared="history_metrics_region"),
        Option("metrics_profile", shared="history_metrics_profile"),
    ),
    # the figures go where those of runs go
    uses={"status": ("machines",), "capacity": ("limits",), "history": ()},
    outputs=("readiness_result",),
    selects=_ALL,
)

CAPACITY = Verb(
    "capacity",
    "capacity",
    (
        Option("planned", "int", 0, check=keys.not_negative),
        Option("into", "list", ["staging"], elements="str", choices=("source", "staging", "target")),
        Option("region", check=keys.check_region),
        Option("fill_percent", "float", 80, check=keys.percent),
        Option("warning_percent", "float", 80, check=keys.percent),
        Option("critical_percent", "float", 90, check=keys.percent),
        keys.limits(ONCE),
        Option("prices", "dict", {}),
        Option("quiet", "bool", False),
        Option("fail_at", default="never", choices=("never", "warning", "critical", "full")),
        Option("fail_on_unreadable", "bool", True),
    ),
    entries=("main", "read"),
    outputs=("capacity_result", "capacity_cell"),
    selects=_ALL,
)

REPORT = Verb(
    "report",
    "report",
    (
        Option("dir", "path", "dr-report"),
        Option("title", default="Disaster recovery"),
        Option("run_id", default=""),
        keys.when("since", ""),
        keys.when("until", ""),
        Option("days", "int", 30, check=keys.at_least_one),
        Option("statuses", "list", [], elements="str"),
        Option("account_ids", "list", [], elements="str", check=keys.each_id("account")),
        Option("patterns", "list", [], elements="str"),
        Option("objectives", "dict", {}),
        Option("fleet", "bool", True),
        Option("capacity", "bool", True),
        keys.tag_keys(ONCE),
        Option("evidence_dir", "path", ""),
        Option("evidence_archive", "path", ""),
        Option("evidence_lock", "dict", {}),
        Option("evidence_timestamp", "dict", {}),
        Option("sign_offs", "list", [], elements="dict"),
        Option("scenario", default=""),
        Option("test_type", default="", choices=("", "component", "system", "comprehensive")),
        Option("participants", "list", [], elements="dict"),
        Option("actions", "list", [], elements="dict"),
        keys.store(ONCE),
        Option("fail_on", "list", [], elements="str", choices=("FAIL", "UNKNOWN", "DRAFT")),
    ),
    entries=("main", "write"),
    uses={"status": ("quiet", "fail_on_unreadable", "tag_keys"), "capacity": ("quiet", "fail_on_unreadable")},
    outputs=("report_result", "report_evidence"),
    selects="report_run_id, report_account_ids and report_patterns",
)

HISTORY = Verb(
    "history",
    "history",
    (
        keys.store(ONCE, {}),
        Option("run_id", default=""),
        Option("account_id", default=""),
        Option("region", default="", check=keys.check_region),
        Option("kind", default=""),
        Option("mode", default=""),
        Option("pattern", default=""),
        Option("status", default=""),
        keys.when("since", ""),
        keys.when("until", ""),
        Option("failures_only", "bool", False),
        Option("limit", "int", 100, check=keys.at_least_one),
        Option("token", default=""),
        Option("export_dir", "path", ""),
        Option("import", "path", ""),
        Option("enabled", "bool", True),
        Option("ttl_days", "int", shared="history_store"),
        Option("fallback_dir", "path", ""),
        Option("tell", "bool", True),
        Option("metrics", "bool", False),
        Option("metrics_namespace", default="ResilienceDRS"),
        Option("metrics_region", shared="drs_region"),
        Option("metrics_profile", default=""),
        Option("metrics_by_account", "bool", False),
        Option("result", "dict", required=True, entries=("record",)),
    ),
    entries=("main", "record"),
    uses={"notify": ("event",)},
    outputs=("history_recorded", "history_imported", "history_found"),
    selects="history_run_id, history_account_id, history_region and history_pattern",
)

NOTIFY = Verb(
    "notify",
    "notify",
    (
        Option("topic_arn", default=""),
        Option("kinds", "list", list(NOTIFICATIONS), elements="str"),
        Option("profile", default=""),
        Option("event", "dict", required=True),
    ),
    entries=("main", "event"),
    outputs=("notify_result",),
    selects="nothing",
)
