"""The output document of an orchestration: one camelCase artifact for the calling system.

Everything inside the collection is written in snake_case; here alone it becomes camelCase.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import server_key
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, seconds_between
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import verdict, views
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.schema import (
    ACTIONS,
    FAILED,
    NOT_STARTED,
    PARTIAL,
    SUCCESS,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.views import Entry, View

TIMEOUT, LAUNCHED = "timeout", "launched"


def document(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Make the output document.

    :param facts: ``settings`` (orchestration/input.settings; None when the input was refused), ``requested_action``
        and ``metadata`` as they came, ``started_at``, ``ended_at``, ``check_mode``, ``error`` (what stopped the action
        before its end, else None), ``names_run`` (whether the request says which run it is), ``found_run`` (the id of
        the run that is known by it, where it was not let into it), and what the roles left:
        ``plan`` and ``result`` of a recovery or failback, ``confirmation``, ``cleanup`` of a termination, ``chosen``
        (matching.matched) and ``cells`` of a status and a termination by tags. ``details`` {servers {place: server},
        instances {id: recovery instance}, standing {cell: ids}} is what was read of them when it was over.
    :returns: see OUTPUT_SCHEMA.
    """
    chosen = facts.get("settings") or {}
    action = chosen.get("action")
    view = views.of(facts)
    judged = verdict.judge(facts, view)
    succeeded, failed = view.succeeded, view.failed
    left_over = len(view.servers) - len(succeeded) - len(failed)
    counted = [one for one in view.servers if one["outcome"] in view.good or one["outcome"] != outcomes.SKIPPED]
    plan, result = facts.get("plan") or {}, facts.get("result") or {}
    details = _Details(facts.get("details") or {})
    return {
        "schemaVersion": 1,
        "action": action or _known_action(facts.get("requested_action")),
        "status": judged.status,
        "isDrill": chosen.get("is_drill"),
        "checkMode": bool(facts.get("check_mode")),
        "runId": result.get("run_id") or chosen.get("run_id") or facts.get("found_run"),
        "planName": plan.get("name") or (chosen.get("plan_name") if chosen.get("is_drill") is not None else None),
        "planHash": plan.get("hash") or result.get("plan_hash"),
        "confirmation": facts.get("confirmation") or None,
        "plan": _plan(facts, view),
        "summary": {
            "totalServers": len(view.servers),
            "succeeded": len(succeeded),
            "failed": len(failed),
            "skipped": left_over,
            "total": len(view.servers),
            "other": left_over,
            "successRate": outcomes.percent(len(succeeded), len(counted)) if succeeded or failed else None,
            "byOutcome": {key: value for key, value in _counted(view.servers).items() if value},
        },
        "timing": timing(facts.get("started_at"), facts.get("ended_at")),
        "recoveryInstances": [_instance(one, details) for one in view.instances],
        "failedServers": [_failure(one, details) for one in failed],
        "servers": [_state(one, details) for one in view.servers] if action == "status" else [],
        "stagingAccountResults": _cells(view),
        "coverage": {
            # an action that came to no cell has read none
            "complete": bool(view.cells) and not view.unread,
            "unreadCells": sorted(str(one["cell"]) for one in view.unread),
        },
        "waitingFor": _waiting(result.get("waiting")),
        "error": judged.error,
        "metadata": dict(facts.get("metadata") or {}),
        "nextPhaseReady": judged.ready,
        "nextPhaseReason": judged.reason,
    }


def _known_action(action: Any) -> str | None:
    """The action of a request that was refused, unless that is what was wrong with it."""
    return action if action in ACTIONS else None


def _plan(facts: Mapping[str, Any], view: View) -> dict[str, Any] | None:
    """The plan, while nothing of it has begun: what somebody who confirms or approves it looks at."""
    plan = facts.get("plan") or {}
    if not plan.get("waves") or any(one["outcome"] != outcomes.PLANNED for one in view.servers):
        return None
    return {
        "name": plan.get("name"),
        "hash": plan.get("hash"),
        "waves": [
            {"wave": str(wave["wave"]), "servers": [_server(one) for one in wave["servers"]]} for wave in plan["waves"]
        ],
    }


# -- parts -----------------------------------------------------------------------------------------------------------


def timing(started_at: Any, ended_at: Any) -> dict[str, Any]:
    """When an action ran: whole seconds, and the duration as ISO 8601 writes it."""
    seconds = ceil(seconds_between(started_at, ended_at) or 0)
    start, end, text = iso_time(started_at) or "", iso_time(ended_at) or "", iso_duration(seconds)
    return {
        "startTime": start,
        "endTime": end,
        "durationSeconds": seconds,
        "durationFormatted": text,
        "startedAt": start,
        "endedAt": end,
        "duration": text,
    }


def iso_duration(seconds: int) -> str:
    """Write whole seconds as an ISO 8601 duration: ``PT0S``, ``PT12M3S``, ``PT26H``."""
    hours, rest = divmod(max(0, seconds), 3600)
    minutes, left = divmod(rest, 60)
    text = "".join("%d%s" % part for part in ((hours, "H"), (minutes, "M"), (left, "S")) if part[0])
    return "PT%s" % (text or "0S")


def _counted(servers: Iterable[Entry]) -> dict[str, int]:
    return {key: value for key, value in outcomes.summarise(servers).items() if key != "total"}


class _Details:
    """What was read of servers and instances when it was over; without it what an entry does not hold is null."""

    def __init__(self, read: Mapping[str, Any]) -> None:
        self._servers, self._instances = read.get("servers") or {}, read.get("instances") or {}

    def server(self, one: Entry) -> Entry:
        found: Entry = self._servers.get(server_key(one)) or {}
        return found

    def instance(self, one: Entry) -> Entry:
        found: Entry = self._instances.get(server_key(one)) or {}
        return found

    def of(self, one: Entry) -> dict[str, Any]:
        """The members of the contract that every server has."""
        server = self.server(one)
        area = server.get("staging_area") or {}
        return {
            "sourceServerHostname": server.get("hostname") or one.get("name"),
            "stagingAccountId": area.get("staging_account_id") or one.get("account_id"),
        }


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


def _instance(one: Entry, details: _Details) -> dict[str, Any]:
    status = TIMEOUT if views.is_late(one) else FAILED if views.is_failed(one) else LAUNCHED
    return {
        **_server(one),
        **details.of(one),
        "recoveryInstanceId": one.get("recovery_instance_id"),
        "ec2InstanceId": one.get("ec2_instance_id"),
        "status": status,
        "privateIp": one.get("private_ip"),
        "launchTime": one.get("ended_at") or one.get("started_at"),
        "tags": {**(details.server(one).get("tags") or {}), **(details.instance(one).get("tags") or {})},
        "jobId": one.get("job_id"),
        "isDrill": one.get("is_drill"),
        "dataTimestamp": one.get("point_in_time"),
        "dataAgeSeconds": one.get("data_age_seconds"),
        "launchSeconds": one.get("duration_seconds"),
        "warning": outcomes.error_entry(one.get("error")),
    }


def _failure(one: Entry, details: _Details) -> dict[str, Any]:
    error = outcomes.error_entry(one.get("error"))
    code = "wait_timeout" if views.is_late(one) else one["outcome"]
    return {
        **_server(one),
        **details.of(one),
        "errorCode": error["code"] if error else code,
        "errorMessage": error["message"] if error else "",
        "critical": one.get("critical") is not False,
        "outcome": one["outcome"],
        "error": error,
    }


def _state(one: Entry, details: _Details) -> dict[str, Any]:
    """The state of one server, and of the machine that was launched from it."""
    server, instance = details.server(one), details.instance(one)
    replication, judged = server.get("replication") or {}, server.get("readiness") or {}
    return {
        **_server(one),
        **details.of(one),
        "replicationState": replication.get("state"),
        "lagSeconds": replication.get("lag_seconds"),
        "ready": bool(judged.get("ready")),
        "readiness": judged.get("level"),
        "readinessReason": judged.get("reason"),
        "recoverable": judged.get("recoverable"),
        "recoveryInstanceId": instance.get("recovery_instance_id"),
        "recoveryInstanceState": instance.get("ec2_instance_state"),
        "isDrill": instance.get("is_drill"),
        "tags": dict(server.get("tags") or {}),
    }


def _cells(view: View) -> list[dict[str, Any]]:
    """What became of each account and Region; one that was not read is never told as an empty one."""
    lost = {one["cell"]: one for one in view.unread}
    # what is of no cell, such as a run store that was not read, is none of an account
    places = {str(one["cell"]): one for one in (*view.cells, *view.servers, *view.unread) if one.get("cell")}
    result = []
    for name in sorted(places):
        own = [one for one in view.servers if one.get("cell") == name]
        succeeded = sum(1 for one in own if one["outcome"] in view.good)
        failed = sum(1 for one in own if views.is_failed(one))
        if name in lost:
            status = "unread"
        elif not own:
            status = "nothing_to_do"
        else:
            status = _cell_status(view, own, succeeded)
        error = (lost.get(name) or {}).get("error")
        jobs = list(dict.fromkeys(str(one["job_id"]) for one in own if one.get("job_id")))
        result.append(
            {
                "cell": name,
                "accountId": places[name].get("account_id"),
                "region": places[name].get("region"),
                "status": status,
                "serversProcessed": len(own),
                "total": len(own),
                "succeeded": succeeded,
                "failed": failed,
                "jobId": jobs[0] if jobs else None,
                "jobIds": jobs,
                "error": outcomes.error_entry(error) if error else None,
            }
        )
    return result


def _cell_status(view: View, own: Sequence[Entry], succeeded: int) -> str:
    if all(one["outcome"] in (*view.good, *view.fine) for one in own):
        return SUCCESS if succeeded else "nothing_to_do"
    if all(one["outcome"] == outcomes.PLANNED for one in own):
        return NOT_STARTED
    return PARTIAL if succeeded else FAILED


def _waiting(gate: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not gate:
        return None
    return {key: gate.get(key) for key in ("gate", "type", "wave", "message")}
