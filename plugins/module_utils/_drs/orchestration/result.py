"""The output document of an orchestration: one camelCase artifact for the calling system.

Everything inside the collection is written in snake_case; here alone it becomes camelCase.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from math import ceil
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.schema import (
    ACTIONS,
    FAILED,
    PARTIAL,
    SUCCESS,
    TIMEOUT,
    WAITING,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import still_exists
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, seconds_between

Entry = Mapping[str, Any]
NEVER_STARTED = outcomes.PLANNED
_TIMED_OUT = ("wait_timeout", "automation_timeout")


def document(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Make the output document.

    :param facts: ``settings`` (orchestration/input.settings; None when the input was refused), ``requested_action``
        and ``metadata`` as they came, ``started_at``, ``ended_at``, ``check_mode``, ``error`` (what stopped the action
        before its end, else None), and what the roles left: ``plan`` and ``result`` of a recovery or failback,
        ``confirmation``, ``cleanup`` of a termination, ``fleet`` and ``cells`` of a status.
    :returns: see OUTPUT_SCHEMA.
    """
    chosen = facts.get("settings") or {}
    action = chosen.get("action")
    view = _VIEWS.get(action or "", _nothing)(facts)
    servers: list[Entry] = view["servers"]
    good, bad = view["good"], outcomes.BAD_OUTCOMES
    succeeded = [one for one in servers if one["outcome"] in good]
    failed = [one for one in servers if one["outcome"] in bad]
    unread = list(view["unknown_cells"])
    status = _status(facts, view, len(succeeded), len(servers), bool(unread))
    ready, reason = _next_phase(facts, view, status, len(succeeded), len(servers), bool(unread))
    plan, result = facts.get("plan") or {}, facts.get("result") or {}
    error = facts.get("error") or view.get("error")
    return {
        "schemaVersion": 1,
        "action": action or _known_action(facts.get("requested_action")),
        "status": status,
        "isDrill": chosen.get("is_drill"),
        "checkMode": bool(facts.get("check_mode")),
        "runId": result.get("run_id") or chosen.get("run_id"),
        "planName": plan.get("name") or chosen.get("plan_name") or None,
        "planHash": plan.get("hash") or result.get("plan_hash"),
        "confirmation": facts.get("confirmation"),
        "summary": {
            "total": len(servers),
            "succeeded": len(succeeded),
            "failed": len(failed),
            "other": len(servers) - len(succeeded) - len(failed),
            "successRate": round(100.0 * len(succeeded) / len(servers), 1) if servers else None,
            "byOutcome": {key: value for key, value in _counted(servers).items() if value},
        },
        "timing": timing(facts.get("started_at"), facts.get("ended_at")),
        "recoveryInstances": [_instance(one) for one in view["instances"]],
        "failedServers": [_failure(one) for one in failed],
        "stagingAccountResults": _cells(view["cells"], servers, good, unread),
        "coverage": {"complete": not unread, "unreadCells": sorted(str(one["cell"]) for one in unread)},
        "waitingFor": _waiting(result.get("waiting")),
        "error": outcomes.error_entry(error) if error else None,
        "metadata": dict(facts.get("metadata") or {}),
        "nextPhaseReady": ready,
        "nextPhaseReason": reason,
    }


def _known_action(action: Any) -> str | None:
    """The action of a request that was refused, unless that is what was wrong with it."""
    return action if action in ACTIONS else None


# -- what each action left -------------------------------------------------------------------------------------------


def _nothing(_facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"servers": [], "good": (), "instances": [], "cells": [], "unknown_cells": []}


def _recovery(facts: Mapping[str, Any]) -> dict[str, Any]:
    """All servers of the plan: with what became of them, or as never started."""
    plan, result = facts.get("plan") or {}, facts.get("result") or {}
    done = {_place(one): one for wave in result.get("waves") or () for one in wave["servers"]}
    planned = [one for wave in plan.get("waves") or () for one in wave["servers"]]
    servers: list[Entry] = [
        done.pop(_place(one), None)
        or outcomes.server_entry(NEVER_STARTED, one, critical=one.get("critical") is not False)
        for one in planned
    ]
    servers += done.values()
    return {
        "servers": servers,
        "good": (outcomes.LAUNCHED,),
        "instances": [one for one in servers if one["outcome"] == outcomes.LAUNCHED],
        "cells": plan.get("cells") or [],
        "unknown_cells": plan.get("unknown_cells") or [],
    }


def _failback(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Servers failing back; each stage that a server has reached is a success of its own."""
    plan, result = facts.get("plan") or {}, facts.get("result") or {}
    servers = list(result.get("servers") or ())
    moving = (*outcomes.BAD_OUTCOMES, *outcomes.OPEN_OUTCOMES, outcomes.SKIPPED)
    return {
        "servers": servers,
        "good": tuple(one for one in outcomes.OUTCOMES if one not in moving),
        "instances": [one for one in servers if one.get("ec2_instance_id") and one["outcome"] not in moving],
        "cells": plan.get("cells") or [],
        "unknown_cells": plan.get("unknown_cells") or [],
    }


def _termination(facts: Mapping[str, Any]) -> dict[str, Any]:
    cleanup = facts.get("cleanup") or {}
    return {
        "servers": list(cleanup.get("servers") or ()),
        "good": (outcomes.TERMINATED, outcomes.SKIPPED),
        "instances": [_entry_of(one) for one in cleanup.get("left") or ()],
        "cells": facts.get("cells") or [],
        "unknown_cells": cleanup.get("unknown_cells") or [],
        "clean": cleanup.get("clean"),
    }


def _fleet(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The machines that stand; the servers of a status have no outcome, so none of them can fail."""
    fleet, cells = facts.get("fleet") or {}, facts.get("cells") or []
    standing = [one for cell in cells for one in cell.get("recovery_instances") or () if still_exists(one)]
    return {
        **_nothing(facts),
        "instances": [_entry_of(one) for one in standing],
        "cells": cells,
        "unknown_cells": fleet.get("unknown_cells") or [],
    }


def _entry_of(instance: Entry) -> Entry:
    fields = {key: instance[key] for key in outcomes.ENTRY_KEYS if key in instance and key not in ("outcome", "error")}
    return outcomes.server_entry(outcomes.LAUNCHED, fields)


_VIEWS = {
    "drill": _recovery,
    "failover": _recovery,
    "failback": _failback,
    "terminate": _termination,
    "status": _fleet,
}


# -- verdicts --------------------------------------------------------------------------------------------------------


def _status(facts: Mapping[str, Any], view: Mapping[str, Any], succeeded: int, total: int, unread: bool) -> str:
    result = facts.get("result") or {}
    if result.get("waiting"):
        return WAITING
    if result.get("timed_out") or succeeded < total and any(_code(one) in _TIMED_OUT for one in view["servers"]):
        return TIMEOUT
    broken = bool(facts.get("error") or result.get("stopped") or view.get("clean") is False)
    if facts.get("check_mode") and not broken:
        return PARTIAL if unread else SUCCESS
    if succeeded == total and not broken:
        return PARTIAL if unread else SUCCESS
    return PARTIAL if succeeded else FAILED


def _code(one: Entry) -> str:
    return str((one.get("error") or {}).get("code"))


def _next_phase(
    facts: Mapping[str, Any], view: Mapping[str, Any], status: str, succeeded: int, total: int, unread: bool
) -> tuple[bool, str]:
    """Whether the next phase may start, as the plan's ``next_phase`` says, and why."""
    plan, result = facts.get("plan") or {}, facts.get("result") or {}
    rules = {"ready_when": "policy", "require_full_coverage": True, **(plan.get("next_phase") or {})}
    if facts.get("check_mode"):
        return False, "this was a check: nothing was done"
    if status == WAITING:
        return False, "the run waits at a gate"
    if facts.get("error"):
        return False, "the action did not come to its end: %s" % facts["error"].get("code")
    if status == TIMEOUT:
        return False, "servers were still moving when the time was over"
    if result.get("stopped"):
        return False, "the run stopped: %s" % result["stopped"]
    if view.get("clean") is False:
        return False, "the clean-up is not complete"
    if unread and rules["require_full_coverage"]:
        return False, "some cells could not be read"
    if rules["ready_when"] == "never":
        return False, "the plan leaves it to a person"
    if succeeded < total and rules["ready_when"] == "all":
        return False, "%d of %s succeeded, the plan asks for all" % (succeeded, count(total, "server"))
    return True, "%d of %s succeeded" % (succeeded, count(total, "server")) if total else "nothing was left to be done"


# -- parts -----------------------------------------------------------------------------------------------------------


def timing(started_at: Any, ended_at: Any) -> dict[str, Any]:
    """When an action ran: whole seconds, and the duration as ISO 8601 writes it."""
    seconds = ceil(seconds_between(started_at, ended_at) or 0)
    return {
        "startedAt": iso_time(started_at) or "",
        "endedAt": iso_time(ended_at) or "",
        "duration": iso_duration(seconds),
        "durationSeconds": seconds,
    }


def iso_duration(seconds: int) -> str:
    """Write whole seconds as an ISO 8601 duration: ``PT0S``, ``PT12M3S``, ``PT26H``."""
    hours, rest = divmod(max(0, seconds), 3600)
    minutes, left = divmod(rest, 60)
    text = "".join("%d%s" % part for part in ((hours, "H"), (minutes, "M"), (left, "S")) if part[0])
    return "PT%s" % (text or "0S")


def _counted(servers: Iterable[Entry]) -> dict[str, int]:
    return {key: value for key, value in outcomes.summarise(servers).items() if key != "total"}


def _place(server: Entry) -> tuple[Any, Any]:
    return (server.get("cell"), server.get("source_server_id"))


def _server(one: Entry) -> dict[str, Any]:
    return {
        "sourceServerId": one.get("source_server_id"),
        "name": one.get("name"),
        "cell": one.get("cell"),
        "accountId": one.get("account_id"),
        "region": one.get("region"),
        "wave": one.get("wave"),
        "application": one.get("application"),
    }


def _instance(one: Entry) -> dict[str, Any]:
    return {
        **_server(one),
        "recoveryInstanceId": one.get("recovery_instance_id"),
        "ec2InstanceId": one.get("ec2_instance_id"),
        "privateIp": one.get("private_ip"),
        "jobId": one.get("job_id"),
        "isDrill": one.get("is_drill"),
        "dataTimestamp": one.get("point_in_time"),
        "dataAgeSeconds": one.get("data_age_seconds"),
        "launchSeconds": one.get("duration_seconds"),
        "warning": outcomes.error_entry(one.get("error")),
    }


def _failure(one: Entry) -> dict[str, Any]:
    about = {"critical": one.get("critical") is not False, "outcome": one["outcome"]}
    return {**_server(one), **about, "error": outcomes.error_entry(one.get("error"))}


def _cells(
    cells: Iterable[Entry], servers: Sequence[Entry], good: Sequence[str], unread: Sequence[Entry]
) -> list[dict[str, Any]]:
    """What became of each account and Region; one that was not read is never told as an empty one."""
    lost = {one["cell"]: one for one in unread}
    places = {str(one["cell"]): one for one in (*cells, *servers, *unread)}
    result = []
    for name in sorted(places):
        own = [one for one in servers if one.get("cell") == name]
        succeeded = sum(1 for one in own if one["outcome"] in good)
        failed = sum(1 for one in own if one["outcome"] in outcomes.BAD_OUTCOMES)
        if name in lost:
            status = "unread"
        elif not own:
            status = "nothing_to_do"
        else:
            status = SUCCESS if succeeded == len(own) else PARTIAL if succeeded else FAILED
        error = (lost.get(name) or {}).get("error")
        result.append(
            {
                "cell": name,
                "accountId": places[name].get("account_id"),
                "region": places[name].get("region"),
                "status": status,
                "total": len(own),
                "succeeded": succeeded,
                "failed": failed,
                "error": outcomes.error_entry(error) if error else None,
            }
        )
    return result


def _waiting(gate: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not gate:
        return None
    return {key: gate.get(key) for key in ("gate", "type", "wave", "message")}
