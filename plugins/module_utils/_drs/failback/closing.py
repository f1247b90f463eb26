"""How a failback ends: what the role leaves, the command to type next, and what a person adds to it. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import leaving

DRILL, FAILBACK = "drill", "failback"
PLAN_MODES = {DRILL: "failback_drill", FAILBACK: "failback"}
OVER = ("succeeded", "partial")
"""How a run has ended that went as far as it can: it is never walked again."""
_SHOWN = (
    *("plan_name", "run_id", "selection", "tag_keys", "allow_empty", "expected_count", "policy", "launch_groups"),
    *("launch_servers", "limits", "require_full_coverage", "validate_tasks", "confirm_recovery_instance_ids", "store"),
)
WORDS = ("confirm", "validated", "until")
"""Options that only a person can say, and how far that carries: no command is written with them."""


def verb(mode: str) -> str:
    """The playbook of a mode."""
    return "failback" if mode == FAILBACK else "failback_drill"


def given(values: Mapping[str, Any], hosts: str) -> dict[str, Any]:
    """The options of a request for the same command, typed again: the same servers and limits."""
    return {"drs_hosts": hosts, **{"failback_" + name: values.get(name) for name in _SHOWN}}


def after_check(values: Mapping[str, Any], hosts: str, run_id: str) -> dict[str, Any]:
    """The options of the command after a check; what only a person can say is not in it, whatever was typed."""
    words = {"failback_" + word: "" for word in WORDS}
    return {**given(values, hosts), "failback_run_id": run_id, **words}


def is_over(run: Mapping[str, Any] | None) -> bool:
    """Whether a run has ended for good."""
    return run is not None and run.get("status") in OVER


def unprotected(values: Mapping[str, Any], servers: Iterable[Entry], stop: str) -> str:
    """Why a failback that came to its end has not succeeded: its servers are not protected. Empty when they are."""
    if values["mode"] != FAILBACK or values["until"] != walk.CLEANED or stop or not values["require_protected"]:
        return ""
    bare = [
        clean(one["name"], 64)
        for one in servers
        if one["outcome"] == walk.CLEANED and not as_mapping(one.get("failback")).get("protected")
    ]
    return "not_protected: %s" % ", ".join(bare) if bare else ""


def left(plan: Mapping[str, Any], values: Mapping[str, Any], stop: str) -> list[str]:
    """The original machines that nothing protects any more; terminating them is a person's decision."""
    if stop or values["mode"] != FAILBACK or values["until"] != walk.CLEANED:
        return []
    servers = [one for wave in plan["waves"] for one in wave["servers"]]
    return [
        one["original_instance_id"]
        for one in servers
        if one["origin"] == failback_stage.AWS and one["original_instance_id"]
    ]


def within_region(plan: Mapping[str, Any]) -> list[str]:
    """Names of the servers that fail back within their Region: the first call for them cannot be taken back."""
    servers = [one for wave in plan["waves"] for one in wave["servers"]]
    return [
        str(one["name"])
        for one in servers
        if one["original"]
        and (one["original"]["account_id"], one["original"]["region"]) == (one["account_id"], one["region"])
    ]


def following(ended: Mapping[str, Any]) -> dict[str, Any]:
    """The command after a walk: {playbook, options}.

    Whatever resumes the run takes it from its record, so it names the run. What only a person can say (``confirm``,
    ``validated``) is never written into it: see ``to_type``.

    :param ended: ``run_id``, ``store``, ``hosts``, ``values``, ``plan_hash``, ``stop``, ``unapproved``, ``servers``;
        ``lost``: the code of the error that took the run away from this controller.
    """
    values = ended["values"]
    if ended.get("lost") == leaving.TAKEN_OVER:
        # whoever took it over goes on with it: to resume it here would only take it back
        return {"playbook": leaving.LOOK, "options": {"runs_id": ended["run_id"], "runs_store": ended["store"]}}
    if ended["unapproved"]:
        options = {"runs_id": ended["run_id"], "runs_gate": "start", "runs_plan_hash": ended["plan_hash"]}
        return {"playbook": "approve", "options": {**options, "runs_store": ended["store"]}}
    cancelled = ended.get("lost") == leaving.CANCELLED
    if not cancelled and (ended["stop"] or values["until"] != walk.CLEANED):
        failed = any(one.get("outcome") == outcomes.FAILED for one in ended["servers"])
        options = {"drs_hosts": ended["hosts"], "failback_run_id": ended["run_id"], "failback_store": ended["store"]}
        again = {"failback_retry_failed": True} if failed and ended["stop"] else {}
        # a drill stops where it was told to, and goes on to its end without a word
        return {"playbook": verb(values["mode"]), "options": {**options, **again}}
    return {"playbook": "status", "options": {"drs_hosts": ended["hosts"]}}


def without_words(asked: Any) -> Any:
    """The request of a parent system without what only a person can say, as the next command repeats it.

    :param asked: as it was typed; what is no mapping (a text, nothing) stays as it is.
    """
    if not isinstance(asked, Mapping) or not isinstance(asked.get("options"), Mapping):
        return asked
    options = {key: value for key, value in asked["options"].items() if key not in WORDS}
    rest = {key: value for key, value in asked.items() if key != "options"}
    return {**rest, "options": options} if options else rest


def to_type(plan: Mapping[str, Any], values: Mapping[str, Any], servers: Sequence[Entry]) -> dict[str, Any]:
    """What a person adds to the next command to go beyond launched: {confirm, validated, terminates}; else empty.

    :returns: ``terminates`` [{name, cell, recovery_instance_id}] are the machines that then go for good;
        ``validated`` is whether a person has to say that they looked, for no task file does it.
    """
    stands = [one for one in servers if walk.at_least({"state": one.get("outcome")}, walk.LAUNCHED)]
    if values["mode"] != FAILBACK or not stands:
        return {}
    return {
        "confirm": plan["confirmation"],
        "validated": not values["validate_tasks"],
        "terminates": terminated(plan),
    }


def terminated(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The recovery instances that a failback terminates at its end: [{name, cell, recovery_instance_id}]."""
    return [
        {key: one[key] for key in ("name", "cell", "recovery_instance_id")}
        for wave in plan["waves"]
        for one in wave["servers"]
        if one["recovery_instance_id"]
    ]
