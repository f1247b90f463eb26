"""The end of a recovery: the next command, and why the playbook fails."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, sentence
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import leaving

DRILL, RECOVERY = "drill", "recovery"
# What was typed and is not in the record: how the names begin.
BESIDES = ("notify_", "history_", "drs_clean_up_role_name")
OF_THE_VERB = ("recovery_", *BESIDES, "drs_hosts", "drs_run_store", "drs_guardrails")
LATE = "servers were still moving when the time was over"
"""Why a run that ended with a timeout is no success."""
_WITHOUT_A_STOP = {
    "cancelled": "the run was cancelled",
    "paused": "the run is paused",
    "timeout": LATE,
}
"""Why a run that nothing has stopped is no success, by its status."""
_SHOWN = (
    *(
        "run_id",
        "plan_name",
        "plan_file",
        "plan_document",
        "plan_dir",
        "selection",
        "tag_keys",
        "except",
        "allow_empty",
    ),
    *("expected_count", "policy", "limits", "guardrails", "override_reason", "drill_network"),
    *("replace_recovery_instance_ids", "require_full_coverage", "validate_tasks", "cleanup", "store"),
)


def verb(mode: str) -> str:
    """The playbook of a mode."""
    return "failover" if mode == RECOVERY else "drill"


def run_id(plan_name: str, now: str) -> str:
    """The id of a new run, from the plan's name and the time (``2026-03-01T12:00:00Z``).

    It travels in tags and commands, so it is made of fewer characters than a plan's name may have.
    """
    word = re.sub(r"[^A-Za-z0-9._-]+", "-", plan_name)
    word = re.sub(r"^[^A-Za-z0-9]+", "", word)[:100]
    return "%s-%s" % (word or "run", re.sub(r"[-:]", "", now))


def given(values: Mapping[str, Any], hosts: str) -> dict[str, Any]:
    """The options of a request for the same command, typed again: the same servers, data and limits.

    :param values: as they were given, a plan file by its path and not by what it says.
    """
    text = {"recovery_" + name: values.get(name) for name in _SHOWN}
    point = values.get("point_in_time")
    return {"drs_hosts": hosts, **text, **({"recovery_point_in_time": point} if point != "latest" else {})}


def after_check(values: Mapping[str, Any], hosts: str, run_id: str) -> dict[str, Any]:
    """The options of the command after a check: pasted twice it is one run, that the second one resumes.

    That it is a disaster a person says, whatever was typed for the check.
    """
    return {**given(values, hosts), "recovery_run_id": run_id, "recovery_confirm": ""}


def following(ended: Mapping[str, Any]) -> dict[str, Any]:
    """The command after a walk: {playbook, options, check}; empty when there is none.

    Whatever resumes the run takes it from its record, so it names the run and nothing else.

    :param ended: ``run_id``, ``store``, ``hosts``, ``values`` (the request), ``plan_hash``, ``stop``, ``waiting`` (the
        gate), ``unapproved`` (the run waits for its own approval), ``servers`` of all waves; ``lost``: the code of the
        error that took the run away from this controller.
    """
    values, mode = ended["values"], ended["values"]["mode"]
    here = {"runs_id": ended["run_id"], "runs_store": ended["store"]}
    clean_up = {"terminate_run_id": ended["run_id"], "terminate_store": ended["store"], "drs_hosts": ended["hosts"]}
    lost = ended.get("lost")
    if lost == leaving.TAKEN_OVER:
        # whoever took it over goes on with it: to resume it here would only take it back
        return {"playbook": leaving.LOOK, "options": here, "check": False}
    if lost == leaving.CANCELLED:
        stands = mode == DRILL and any(one.get("outcome") == outcomes.LAUNCHED for one in ended["servers"])
        return {"playbook": "terminate", "options": clean_up, "check": False} if stands else {}
    waiting = ended["waiting"] or {}
    if ended["unapproved"] or waiting.get("type") == "approval":
        gate = {"runs_gate": waiting.get("gate") or "start", "runs_plan_hash": ended["plan_hash"]}
        return {"playbook": "approve", "options": {**here, **gate}, "check": False}
    failed = any(one.get("outcome") == outcomes.FAILED for one in ended["servers"])
    # a run that went on past its failures, or came to its end with them, has these left before anything else
    if waiting or ended["stop"] or (failed and not values["cleanup"]):
        again = {"recovery_retry_failed": True} if failed and not waiting else {}
        options = {"drs_hosts": ended["hosts"], **here, **again}
        return {"playbook": "resume", "options": options, "check": False}
    if mode == DRILL:
        if values["cleanup"]:
            return {}
        return {"playbook": "terminate", "options": clean_up, "check": False}
    if values["plan_document"]:
        # a plan file may say more than the selection of a failback can
        return {}
    same = {"failback_" + name: values[name] for name in ("plan_name", "selection", "tag_keys")}
    options = {"drs_hosts": ended["hosts"], **same, "failback_store": ended["store"]}
    return {"playbook": "failback", "options": options, "check": True}


def besides(playbook: str) -> tuple[str, ...]:
    """How the names of what was typed begin that the next command is typed with, too."""
    return () if playbook == leaving.LOOK else BESIDES


def waits(waiting: Mapping[str, Any] | None, unapproved: bool = False) -> str:
    """What a stopped run waits for, in the words of its last page and of the answer to a request; "" for nothing.

    :param waiting: the gate {gate, type, wave, message}. :param unapproved: it waits for its own approval.
    """
    gate = waiting or {}
    if not gate and not unapproved:
        return ""
    name = clean(gate.get("gate") or "start", 64)
    where = "gate %s of wave %s" % (name, clean(gate["wave"], 40)) if gate.get("wave") else "the plan (gate %s)" % name
    what = "approval of" if unapproved or gate.get("type") in (None, "", "approval") else "a person at"
    said = clean(gate.get("message"), 300)
    return "WAITS for %s %s%s" % (what, where, ": %s" % said if said else "")


def turn(
    waiting: Mapping[str, Any] | None, unapproved: bool, servers: Iterable[Mapping[str, Any]], lost: Sequence[Any]
) -> str:
    """Whose turn it is where a run waits, and that nothing went wrong: its playbook ends like one that failed.

    :param waiting: the gate. :param unapproved: it waits for its own approval.
    :param servers: what became of them. :param lost: the cells that were not read.
    :returns: "" for a run that does not wait.
    """
    if not waits(waiting, unapproved):
        return ""
    bad = (outcomes.FAILED, outcomes.UNKNOWN, outcomes.REFUSED)
    well = not lost and not any(one.get("outcome") in bad for one in servers)
    approval = unapproved or (waiting or {}).get("type") in (None, "", "approval")
    whose = "after somebody who did not start it has approved" if approval else "when somebody resumes it"
    return "%sThe run continues %s." % ("Nothing went wrong. " if well else "", whose)


def last_words(run_id: str, page: Mapping[str, Any], command: str) -> str:
    """What a playbook ends with whose run waits: for whom, and the commands that continue it.

    :param page: the last page: ``waits``, ``turn``, and ``then``, the command after the next one.
    :param command: the next command.
    :returns: "" for a run that does not wait.
    """
    if not page.get("turn"):
        return ""
    text = "run %s %s %s next: %s" % (run_id, sentence(page["waits"]), page["turn"], command)
    return "%s and then: %s" % (text, page["then"]) if page.get("then") else text


def giving_up(ended: Mapping[str, Any]) -> dict[str, Any]:
    """The other command after a drill whose next one tries again: it terminates what stands; else empty.

    A retry may fail the same way each time, and what the drill launched costs money meanwhile.

    :param ended: see ``following``.
    :returns: {playbook, options}.
    """
    if ended["values"]["mode"] != DRILL or "recovery_retry_failed" not in following(ended).get("options", {}):
        return {}
    options = {"terminate_run_id": ended["run_id"], "terminate_store": ended["store"]}
    return {"playbook": "terminate", "options": {"drs_hosts": ended["hosts"], **options}}


def after_cancel(cancelled: Mapping[str, Any], store: Mapping[str, Any]) -> dict[str, Any]:
    """The command after a run was cancelled: a drill that launched, or may have, costs until it is terminated.

    :param cancelled: ``run``, and ``waves`` [{servers}] with what became of them.
    :returns: {playbook, options}; empty where nothing stands, and after a failover, which serves.
    """
    outcome = [one.get("outcome") for wave in cancelled["waves"] for one in wave["servers"]]
    if cancelled["run"].get("mode") != DRILL or not {outcomes.LAUNCHED, outcomes.UNKNOWN}.intersection(outcome):
        return {}
    options = {"terminate_run_id": cancelled["run"]["run_id"], "terminate_store": dict(store)}
    return {"playbook": "terminate", "options": options}


def launched_nothing(result: Mapping[str, Any]) -> bool:
    """Whether a walk came to its end and no server was launched, though every failure was allowed.

    :param result: see ``problems``.
    """
    if result.get("stopped") or result.get("uncovered"):
        return False
    if result.get("status") != "unknown" or result.get("unwritten"):
        return result.get("status") == "failed"
    # a declared disaster whose store is away: no record says how it ended
    counts = {key: number for key, number in (result.get("summary") or {}).items() if key in outcomes.OUTCOMES}
    return any(counts.values()) and not counts.get(outcomes.LAUNCHED)


def problems_of(walked: Mapping[str, Any], clean: bool | None) -> list[str]:
    """Why a playbook fails at its end, from what its walk returned: one that left no result is no success.

    :param walked: ``begun``, ``result``; neither is there when no walk has returned.
    :param clean: see ``problems``.
    """
    if not walked:
        return ["nothing is known of the run: its walk left no result"]
    if walked.get("begun") and not walked.get("result"):
        return ["the run has not come to its end"]
    return problems(walked.get("result") or {}, clean)


def problems(result: Mapping[str, Any], clean: bool | None) -> list[str]:
    """Why a playbook fails at its end; none when all went well.

    :param result: what the walk left: ``status`` of the record, ``stopped``, ``uncovered`` [cell],
        ``unwritten``, ``waits`` (see ``last_words``), ``summary``, and ``cleanup`` when what was launched had to be
        terminated.
    :param clean: the proof of a clean-up, None when there was none.
    """
    uncovered: Iterable[str] = result.get("uncovered") or ()
    stopped, unwritten = str(result.get("stopped") or ""), str(result.get("unwritten") or "")
    texts = [
        str(result.get("waits") or "") or stopped or _WITHOUT_A_STOP.get(str(result.get("status")), ""),
        "no server was launched" if launched_nothing(result) else "",
        "coverage incomplete: %s could not be read" % ", ".join(uncovered) if uncovered else "",
        "the clean-up is not complete" if clean is False else "",
        "the clean-up is not proven" if clean is None and result.get("cleanup") else "",
        # what took the run away stopped it and kept its end from being written: that is one thing, and is told once
        "" if unwritten in stopped else unwritten,
    ]
    return [one for one in texts if one]
