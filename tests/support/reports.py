"""Make the run documents of a report as the run store returns them. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.journal import make_event
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import documents as report_documents
from support.run_documents import run_body

STEPS = (
    *("WAIT", "CREATE_SECURITY_GROUP", "LAUNCH_REPLICATION_SERVER", "BOOT_REPLICATION_SERVER"),
    *("AUTHENTICATE_WITH_SERVICE", "DOWNLOAD_REPLICATION_SOFTWARE", "CREATE_STAGING_DISKS", "ATTACH_STAGING_DISKS"),
    *("PAIR_REPLICATION_SERVER_WITH_AGENT", "CONNECT_AGENT_TO_REPLICATION_SERVER", "START_DATA_TRANSFER"),
)
START = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
NOW = "2026-03-01T18:00:00Z"
ACCOUNTS = ["111111111111", "222222222222", "333333333333"]
ERRORS = (
    {"code": "launch_capacity", "message": "Insufficient capacity for m5.large in us-west-2a."},
    {"code": "launch_kms", "message": "The key arn:aws:kms:us-west-2:111111111111:key/k is not accessible."},
    {"code": "AccessDeniedException", "message": "User is not authorized to perform drs:StartRecovery."},
)


def at(seconds: float) -> str:
    """A time so many seconds after the start of the run."""
    return (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def planned(number: int, servers: int, waves: int = 3, **more: Any) -> dict[str, Any]:
    """The server of a plan with this number."""
    account = ACCOUNTS[number % len(ACCOUNTS)]
    return {
        "source_server_id": f"s-{number:017x}",
        "arn": f"arn:aws:drs:us-west-2:{account}:source-server/s-{number:017x}",
        "name": f"srv-{number:04}",
        "cell": f"unit{number % len(ACCOUNTS) + 1}.us-west-2",
        "account_id": account,
        "region": "us-west-2",
        "wave": str(number * waves // max(servers, 1) + 1),
        "application": ("payments", "shop", "mail", "stock")[number % 4],
        "critical": number % 2 == 0,
        "rto_seconds": 3600,
        "rpo_seconds": 900,
        **more,
    }


def divmod_of(number: int) -> tuple[int, int, int]:
    """The last three parts of the address of a machine with this number."""
    return number // 62500, number // 250 % 250, number % 250 + 4


def result(server: dict[str, Any], outcome: str = "launched", **more: Any) -> dict[str, Any]:
    """The entry of a server: launched in its wave in ten minutes, with data half a minute old."""
    begun = (int(server["wave"]) - 1) * 900 + 30
    end = begun + 540 + int(server["source_server_id"][2:], 16) % 60
    launched = outcome == outcomes.LAUNCHED
    told = {
        "job_id": "drsjob-" + server["source_server_id"][2:],
        "recovery_instance_id": "i-" + server["source_server_id"][2:] if launched else None,
        "ec2_instance_id": "i-" + server["source_server_id"][2:] if launched else None,
        "private_ip": "10.%d.%d.%d" % divmod_of(int(server["source_server_id"][2:], 16)) if launched else None,
        "availability_zone": server["region"] + "abc"[int(server["source_server_id"][2:], 16) % 3]
        if launched
        else None,
        "is_drill": True,
        "point_in_time": at(begun - 30 - int(server["source_server_id"][2:], 16) % 20) if launched else None,
        "started_at": at(begun),
        "ended_at": at(end),
        "changed": True,
        **more,
    }
    return outcomes.server_entry(outcome, server, **told)


def job_log(entry: dict[str, Any]) -> dict[str, Any]:
    """The log of the job of an entry, as the record of its wave keeps it."""
    begun = (int(entry["wave"]) - 1) * 900 + 30
    server, failed = entry["source_server_id"], entry["outcome"] == "failed"
    phases: list[list[Any]] = [
        *([at(begun), "SNAPSHOT_START", server], [at(begun + 65), "SNAPSHOT_END", server]),
        *([at(begun + 66), "CONVERSION_START", server], [at(begun + 400), "CONVERSION_END", server]),
        [at(begun + 401), "LAUNCH_START", server],
    ]
    if failed:
        phases.append([at(begun + 500), "LAUNCH_FAILED", server, entry["error"]["message"]])
    told = {"cell": entry["cell"], "job_id": entry["job_id"], "read_at": entry["ended_at"], "error": None}
    return {**told, "events": [[at(begun), "JOB_START", None], *phases, [entry["ended_at"], "JOB_END", None]]}


def _by_cell(servers: list[dict[str, Any]]) -> dict[str, list[str]]:
    cells: dict[str, list[str]] = {}
    for one in servers:
        cells.setdefault(one["cell"], []).append(one["source_server_id"])
    return cells


def items(
    servers: int = 12,
    failed: int = 0,
    run_id: str = "drill-1",
    cleaned: bool = True,
    naming: Any = None,
    **run: Any,
) -> list[dict[str, Any]]:
    """The records of a drill; ``failed`` of its servers, the optional ones first, do not launch."""
    listed = [planned(number, servers) for number in range(servers)]
    if naming:
        listed = [naming(server) for server in listed]
    bad = sorted(listed, key=lambda one: one["critical"])[:failed]
    wrong = {one["source_server_id"]: place for place, one in enumerate(bad)}
    waves: dict[str, list[dict[str, Any]]] = {}
    for server in listed:
        place = wrong.get(server["source_server_id"])
        more = {} if place is None else {"outcome": "failed", "error": ERRORS[place % len(ERRORS)]}
        waves.setdefault(server["wave"], []).append(result(server, **more))
    plan: dict[str, Any] = {
        "name": "q1-drill",
        "mode": "drill",
        "point_in_time": "latest",
        "coverage": "complete",
        "unknown_cells": [],
        "waves": [
            {"wave": wave, "servers": members, "by_cell": _by_cell(members)}
            for wave in sorted(waves)
            for members in [[one for one in listed if one["wave"] == wave]]
        ],
        "excluded": [
            {
                "source_server_id": "s-" + "e" * 17,
                "name": "old-01",
                "cell": "unit1.us-west-2",
                "account_id": ACCOUNTS[0],
                "region": "us-west-2",
                "reason_code": "not_selected",
                "reason": "Its tags do not match.",
            }
        ],
    }
    plan["hash"] = hashed = plan_hash(plan)
    bodies: dict[str, Any] = {
        "run": {
            **run_body(run_id),
            "kind": "recovery",
            "mode": "drill",
            "plan_name": "q1-drill",
            "plan_hash": hashed,
            "status": "partial" if failed else "succeeded",
            "initiator": "ada",
            "ticket": "CHG-7",
            "created_at": at(-60),
            "declared_at": at(-120),
            "approved_at": at(-30),
            "started_at": at(0),
            "ended_at": at(2760),
            "collection_version": "1.0.0",
            "cells": [
                {"cell": f"unit{number + 1}.us-west-2", "account_id": account, "region": "us-west-2"}
                for number, account in enumerate(ACCOUNTS)
            ],
            "overrides": [],
            **run,
        },
        "plan": plan,
        "approval:before-wave-1": {
            "plan_hash": hashed,
            "approver": "grace",
            "decision": "approved",
            "at": at(-30),
            "expires_at": at(3600),
        },
    }
    for wave, entries in waves.items():
        bodies[f"wave:{wave}"] = {
            "wave": wave,
            "status": "done",
            "intended_at": at((int(wave) - 1) * 900),
            "ended_at": at((int(wave) - 1) * 900 + 720),
            "servers": entries,
            "verdict": {"proceed": True, "reason": f"proceed: {len(entries)} judged"},
            "logs": [job_log(entry) for entry in entries],
        }
    if cleaned:
        gone = [
            {**entry, "outcome": "terminated"}
            for entries in waves.values()
            for entry in entries
            if entry["outcome"] == "launched"
        ]
        bodies["cleanup"] = {"clean": True, "at": at(4000), "servers": gone, "left": [], "unknown_cells": []}
    for number, event in enumerate(journal([("run_begun", -60), ("wave_intended", 0), ("run_finished", 2760)])):
        bodies[f"event:{number + 1:06}"] = event
    return [{"run_id": run_id, "item": item, "version": 1, "body": bodies[item]} for item in sorted(bodies)]


def journal(happened: list[tuple[str, float]]) -> list[dict[str, Any]]:
    """Events, each with the hash of the one before it."""
    told: list[dict[str, Any]] = []
    for number, (event, seconds) in enumerate(happened, start=1):
        last = told[-1] if told else None
        told.append(make_event(last, event, "ada", {"number": number}, at(seconds)))
    return told


def documents(**more: Any) -> dict[str, Any]:
    """The documents of a drill, see items."""
    return report_documents.documents(items(**more))


def failed_back() -> dict[str, Any]:
    """A failback of two servers that has come to its end, one of them at the second launch."""
    found = documents(servers=2, run_id="home-1", kind="failback", mode="failback", cleaned=False)
    for number, one in enumerate(server for wave in found["waves"] for server in wave["servers"]):
        launch = {key: one[key] for key in ("job_id", "recovery_instance_id", "private_ip", "started_at", "ended_at")}
        launch.update(stage="launched", outcome="launched", at=one["ended_at"], original_cell="shop.us-east-1")
        refused = {**launch, "outcome": "failed", "job_id": "j-0", "recovery_instance_id": None, "code": "no_room"}
        stages = [{"stage": "ready", "outcome": "ready"}, *([refused] if number else []), launch]
        one.update(dict.fromkeys(launch), outcome="cleaned", failback={"stage": "cleaned"}, stages=stages)
    return found


def record(run_id: str, account: str, days_ago: float, good: int, bad: int = 0, **more: Any) -> dict[str, Any]:
    """A record of the history: one account of a deployment, so many days before NOW."""
    started = datetime(2026, 3, 1, 18, 0, tzinfo=timezone.utc) - timedelta(days=days_ago)
    when = started.isoformat().replace("+00:00", "Z")
    failures = [
        {
            "name": f"bare-{number}",
            "instance_id": f"i-{number:017x}",
            "outcome": "failed",
            "code": "ssm_undeliverable",
            "message": "Systems Manager could not deliver the command.",
            "remedy": "Start the SSM agent.",
            "category": "network",
        }
        for number in range(bad)
    ]
    body = {
        "schema": 1,
        "run_id": run_id,
        "kind": "deployment",
        "mode": "deployment",
        "account_id": account,
        "region": "us-west-2",
        "cell": f"acc-{account[0]}.us-west-2",
        "pattern": "cross_account" if account[0] == "2" else "same_account",
        "status": "succeeded" if not bad else "partial" if good else "failed",
        "started_at": when,
        "ended_at": when,
        "summary": {"installed": good, "failed": bad, "total": good + bad},
        "failures": failures,
        "failures_left_out": 0,
        **more,
    }
    return {"run_id": run_id, "item": f"account:{account}:us-west-2", "version": 1, "body": body}


def fleet(servers: int = 12) -> dict[str, Any]:
    """What drs_fleet_report returns as ``report``."""
    states = ("CONTINUOUS", "CONTINUOUS", "CONTINUOUS", "BACKLOG", "STALLED")
    levels = {"CONTINUOUS": "ready", "BACKLOG": "lagging", "STALLED": "stalled"}
    rows: list[dict[str, Any]] = [
        {
            "source_server_id": f"s-{number:017x}",
            "application": ("payments", "shop", "mail", "stock")[number % 4],
            "wave": str(number % 3 + 1),
            "readiness": levels[states[number % 5]],
            "lag_seconds": (0, 12, 31, 420, 7260)[number % 5],
            "percent": (100.0, 100.0, 100.0, 99.4, 61.5)[number % 5],
            "backlog_bytes": (0, 0, 0, 3 << 30, 40 << 30)[number % 5],
            "disks": number % 3 + 1,
            "steps_done": 11,
            "steps": [],
            "disk_list": [
                {
                    "device_name": f"/dev/sd{'abc'[place]}",
                    "percent": 99.4 - place * 20,
                    "total_bytes": 100 << 30,
                    "backlogged_bytes": 1 << 30,
                }
                for place in range(number % 3 + 1)
            ]
            if number % 5 > 2
            else [],
            "name": f"srv-{number:04}",
            "cell": f"unit{number % 3 + 1}.us-west-2",
            "account_id": ACCOUNTS[number % 3],
            "region": ("us-west-2", "eu-west-1")[number % 7 == 0],
            "state": states[number % 5],
            "error": "NOT_CONVERGING" if number % 5 == 4 else None,
            "remedy": "Raise or remove bandwidth throttling." if number % 5 == 4 else None,
            "recoverable": "full" if number % 5 < 3 else "old_data",
        }
        for number in range(servers)
    ]

    for row in rows[1::13]:
        row.update(state="INITIATING", readiness="initiating", recoverable="no", error=None, remedy=None, steps_done=6)
        row.update(lag_seconds=None, percent=None, current_step=STEPS[6], disk_list=[])
        row["steps"] = [
            {"name": name, "status": "SUCCEEDED" if place < 6 else "IN_PROGRESS" if place == 6 else "NOT_STARTED"}
            for place, name in enumerate(STEPS)
        ]

    def count(key: str) -> dict[str, int]:
        values = [row[key] for row in rows]
        return {value: values.count(value) for value in sorted(set(values))}

    return {
        "coverage": "complete",
        "unknown_cells": [],
        "servers": rows,
        "summary": {
            "servers": servers,
            "ready": sum(row["recoverable"] == "full" for row in rows),
            "by_state": count("state"),
            "by_region": count("region"),
            "worst_lag_seconds": max((row["lag_seconds"] or 0 for row in rows), default=None),
            "recovery_instances": {"total": 2, "drills": 2, "live": 0, "failing_back": 0},
        },
        "unprotected": [{"name": "bare-9", "instance_id": "i-0"}],
        "untagged": [],
    }


def capacity() -> dict[str, Any]:
    """What drs_capacity_plan returns."""

    def row(name: str, used: int, limit: int, level: str) -> dict[str, Any]:
        return {"name": name, "used": used, "limit": limit, "percent": used * 100 / limit, "level": level}

    return {
        "cells": [
            {
                "cell": f"unit{number}.us-west-2",
                "account_id": ACCOUNTS[number - 1],
                "region": "us-west-2",
                "quotas": [
                    row("replicating_servers", used, 300, level),
                    row("source_servers", used + 200, 4000, "ok"),
                ],
            }
            for number, used, level in ((1, 120, "ok"), (2, 250, "warning"), (3, 296, "critical"))
        ]
    }
