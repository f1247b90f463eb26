"""The verb recovery: a drill or a failover, the options of the role recovery."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import keys
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import (
    ANEW,
    FROZEN,
    HASHED,
    ONCE,
    WIDENS,
    Option,
    Verb,
    cleared,
    more_items,
    set_or_changed,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.values import wrong

DRILL, RECOVERY = "drill", "recovery"


def _plan_name(values: Mapping[str, Any]) -> str:
    document = values.get("plan_document") or {}
    return str(document.get("name") or ("failover" if values.get("mode") == RECOVERY else "drill"))


def _plan_dir(values: Mapping[str, Any]) -> str | None:
    folder, _slash, _name = str(values.get("plan_file") or "").rpartition("/")
    return folder or None


def _check(values: Mapping[str, Any]) -> None:
    if values["cleanup"] and values["mode"] == RECOVERY:
        raise wrong("recovery_cleanup: true is for drills; a recovery is terminated by the typed ids of its instances")


VERB = Verb(
    "recovery",
    "recovery",
    (
        Option("mode", choices=(DRILL, RECOVERY), required=True, part=HASHED, by_playbook=True),
        Option("plan_name", derive=_plan_name, part=HASHED),
        Option("plan_file", "path", "", part=ANEW),
        Option("plan_document", "dict", {}, part=HASHED),
        Option("plan_dir", "path", derive=_plan_dir, part=ANEW),
        Option("run_id", check=keys.check_run_id),
        keys.selection(HASHED),
        keys.tag_keys(HASHED),
        Option("except", "dict", {}, part=HASHED, check=keys.check_except),
        Option("allow_empty", "bool", False, part=FROZEN),
        Option("expected_count", "int", part=FROZEN, check=keys.not_negative),
        Option("confirm", by_person=True),
        Option("policy", "dict", {}, part=WIDENS, keys=keys.POLICY, check=keys.check_policy),
        keys.limits(ANEW),
        Option(
            "guardrails",
            "dict",
            {},
            part=WIDENS,
            shared="drs_guardrails",
            keys=keys.GUARDRAILS,
            check=keys.check_guardrails,
        ),
        Option(
            "override_reason",
            default="",
            part=WIDENS,
            check=keys.check_override_reason,
            widens=set_or_changed,
            by_person=True,
        ),
        Option("drill_network", "dict", {}, part=WIDENS, keys=keys.DRILL_NETWORK, check=keys.check_drill_network),
        Option("point_in_time", default="latest", part=HASHED, check=keys.check_point_in_time),
        Option(
            "replace_recovery_instance_ids",
            "list",
            [],
            elements="str",
            check=keys.each_id("recovery_instance"),
            part=WIDENS,
            widens=more_items,
            by_person=True,
        ),
        Option("adopt_job_ids", "list", [], elements="str", part=ANEW, check=keys.each_id("job")),
        Option("require_full_coverage", "bool", False, part=WIDENS, widens=cleared),
        keys.seconds("expected_seconds", 600, ANEW),
        keys.seconds("poll_interval", 5, ANEW),
        keys.seconds("poll_interval_max", 120, ANEW),
        keys.seconds("heartbeat", 60, ANEW),
        keys.seconds("wave_timeout", 7200, ANEW),
        keys.seconds("max_wait", 0, ANEW),
        # which files they are says task_files: the same file may lie elsewhere on another controller
        Option("validate_tasks", "path", part=ANEW),
        Option("retry_failed", "bool", False),
        Option("only_failed", "bool", False),
        Option("end_pause", "bool", False, by_person=True),
        Option("cleanup", "bool", False, part=ANEW),
        keys.store(ONCE),
        Option("without_store", default="", by_person=True),
        Option("report_dir", "path", "", part=ANEW),
        Option("require_approval", "bool", False, part=FROZEN),
        Option("initiator"),
        Option("ticket", part=ANEW),
        Option("correlation_id", part=ANEW),
        Option("parent_execution", part=ANEW),
        Option("declared_at", part=ANEW, check=keys.check_time),
        Option("log_path", "path", part=ANEW),
        # SHA-256 of every task file that the run includes, by how the request names it
        Option("task_files", "dict", {}, part=WIDENS, internal=True),
    ),
    check=_check,
    uses={
        "status": ("include_ec2", "machines"),
        "terminate": ("run_id", "fail", "store", "run_epoch", "max_wait"),
        "report": ("dir", "run_id", "evidence_dir", "store"),
        "history": ("result", "store"),
        "notify": ("event",),
    },
    when={"terminate": "cleanup", "report": "report_dir"},
    outputs=(
        *("recovery_result", "recovery_plan", "recovery_confirmation"),
        *("recovery_stage", "recovery_hook", "recovery_wave", "recovery_wave_servers"),
    ),
    selects="recovery_selection, by tags, source_server_ids, applications and waves",
)
