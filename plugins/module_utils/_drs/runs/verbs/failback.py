"""The verb failback: the options of the role failback."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
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
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.values import wrong

DRILL, FAILBACK = "drill", "failback"


def _plan_name(values: Mapping[str, Any]) -> str:
    return "failback" if values.get("mode") == FAILBACK else "failback-drill"


def _until(values: Mapping[str, Any]) -> str:
    return "cleaned" if values.get("mode") == DRILL or values.get("confirm") else "launched"


_BEYOND = (
    "Look at the machines in the original cells and move the traffic, then type both with the same run id: "
    "-e failback_validated=true, and failback_confirm as the plan shows it. To stop before, leave both out."
)


def _check(values: Mapping[str, Any]) -> None:
    until = values["until"]
    if until not in ("protected", "cleaned"):
        return
    if values["mode"] == DRILL:
        if until == "protected":
            raise wrong("failback_until: protected is not for a drill, which protects nothing; leave it out")
        return
    missing = [] if values["confirm"] else ["failback_confirm, which names what is terminated"]
    if not (values["validated"] or values["validate_tasks"]):
        missing.append("failback_validate_tasks, or failback_validated when a person has looked")
    if missing:
        text = "failback_until: %s lies behind launched and needs %s" % (until, " and ".join(missing))
        # who typed the confirmation alone has not thought of failback_until, which follows from it
        raise wrong(text, _BEYOND)


VERB = Verb(
    "failback",
    "failback",
    (
        Option("mode", choices=(DRILL, FAILBACK), required=True, part=HASHED, by_playbook=True),
        Option("plan_name", derive=_plan_name, part=HASHED),
        Option("run_id", check=keys.check_run_id),
        keys.selection(HASHED),
        keys.tag_keys(HASHED),
        Option("allow_empty", "bool", False, part=FROZEN),
        Option("expected_count", "int", part=FROZEN, check=keys.not_negative),
        Option("policy", "dict", {}, part=WIDENS, keys=keys.FAILBACK_POLICY, check=keys.check_policy),
        # the plan holds them: a run that has begun launches with what it was frozen with
        Option("launch_groups", "list", [], elements="dict", part=FROZEN, keys=keys.LAUNCH_GROUP),
        Option("launch_servers", "list", [], elements="dict", part=FROZEN, keys=keys.LAUNCH_SERVER),
        keys.limits(ANEW),
        Option("until", choices=outcomes.STAGES, derive=_until),
        Option("confirm", by_person=True),
        Option("validated", "bool", False, by_person=True),
        # which file it is says task_files: the same file may lie elsewhere on another controller
        Option("validate_tasks", "path", part=ANEW),
        Option("require_protected", "bool", True, part=WIDENS, widens=cleared),
        Option(
            "confirm_recovery_instance_ids",
            "list",
            [],
            elements="str",
            check=keys.each_id("recovery_instance"),
            part=WIDENS,
            widens=more_items,
            by_person=True,
        ),
        Option("require_full_coverage", "bool", False, part=WIDENS, widens=cleared),
        Option("require_approval", "bool", False, part=FROZEN),
        Option("retry_failed", "bool", False),
        Option("end_pause", "bool", False, by_person=True),
        keys.store(ONCE),
        Option("initiator"),
        Option("ticket", part=ANEW),
        Option("correlation_id", part=ANEW),
        Option("parent_execution", part=ANEW),
        keys.seconds("expected_seconds", 3600, ANEW),
        keys.seconds("poll_interval", 15, ANEW),
        keys.seconds("poll_interval_max", 120, ANEW),
        keys.seconds("heartbeat", 60, ANEW),
        keys.seconds("sync_timeout", 259200, ANEW),
        keys.seconds("timeout", 7200, ANEW),
        keys.seconds("max_wait", 0, ANEW),
        # SHA-256 of every task file that the run includes, by how the request names it
        Option("task_files", "dict", {}, part=WIDENS, internal=True),
    ),
    check=_check,
    uses={
        "history": ("result", "store"),
        "notify": ("event",),
    },
    # the entry point for other systems answers with the first three
    outputs=("failback_result", "failback_plan", "failback_confirmation", "failback_wave_servers"),
    selects="failback_selection, by tags, source_server_ids, applications and waves",
)
