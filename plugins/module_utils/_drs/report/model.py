"""Build the MODEL of a report: everything that its page, its files and its summary say, as plain data."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.failures import grouped, once_each, remedies_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import rated, runs_of, windows, working
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.fleet import fleet_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import (
    SCHEMA,
    merged,
    period,
    status_of,
    text,
    wanted_statuses,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.run import DRAFT, FAIL, PASS, UNKNOWN, run_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping, as_size
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given

# Longer lists belong into report.json, which a program reads.
MOST_ACTIVITY = 300
_BAD_LEVELS = {"critical": "critical", "full": "critical", "warning": "warning"}


def build(request: Given) -> dict[str, Any]:
    """Make the MODEL of a report.

    The request: ``generated_at``; ``title``; ``since``, ``until``, ``statuses``, ``account_ids``, ``patterns`` narrow
    the history; ``history`` records of the store; ``runs`` documents of runs (documents.documents), shown first;
    ``objectives`` (objectives.targets_of); ``status`` a report of a fleet; ``capacity`` what drs_capacity_plan
    returned; ``problems`` [error] what could not be read.

    The same request gives the same model.

    :raises DrsError: ``invalid_option``, ``dates_reversed``, ``unknown_status``, ``record_newer``.
    """
    now = iso_time(request.get("generated_at"))
    since, until = period(request.get("since"), request.get("until"))
    filters = {
        "status": wanted_statuses(request.get("statuses") or ()),
        "account_id": [str(one) for one in request.get("account_ids") or ()],
        "pattern": [str(one) for one in request.get("patterns") or ()],
    }
    runs = list(request.get("runs") or ())
    everything, unread = merged(request.get("history") or (), runs)
    asked = [one for one in everything if _asked(one, filters)]
    records = [one for one in asked if _inside(one, since, until)]
    shown = run_of(runs[0], request.get("objectives") or {}) if runs else None
    status = as_mapping(request.get("status"))
    failures = once_each(failure for one in records for failure in one["failures"])
    problems = [*as_list(request.get("problems")), *unread]
    model = {
        "schema": SCHEMA,
        "kind": "report",
        "title": text(request.get("title")) or "Disaster recovery",
        "generated_at": now,
        "period": {"since": since, "until": until, **filters},
        "totals": {
            "runs": runs_of(records),
            **rated(one["counts"] for one in working(records)),
        },
        "windows": windows(asked, until or now or ""),
        "accounts": accounts_of(records),
        "fleet": fleet_of(status) if status else None,
        "run": shown,
        "failures": failures,
        "failure_groups": grouped(failures),
        "remedies": remedies_of(failures),
        "activity": activity_of(records),
        "over_time": over_time(records),
        "capacity": capacity_of(as_mapping(request.get("capacity"))) if request.get("capacity") else None,
    }
    model["alerts"] = alerts_of(model, problems, records)
    model["verdict"] = verdict_of(model, problems)
    return model


def _inside(record: Mapping[str, Any], since: str | None, until: str | None) -> bool:
    at = parse_time(record["started_at"])
    if not (since or until):
        return True
    if at is None:
        return False
    begin, end = parse_time(since), parse_time(until)
    return (begin is None or at >= begin) and (end is None or at <= end)


def _asked(record: Mapping[str, Any], wanted: Mapping[str, list[str]]) -> bool:
    return all(not values or record[key] in values for key, values in wanted.items())


def accounts_of(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A card for each account: ``{account_id, names, regions, runs, last_at, last_status, rate, level, ...}``."""
    groups = group_by(records, lambda one: str(one["account_id"] or "unknown"))
    return [
        {
            "account_id": account,
            "names": sorted({one["cell"] for one in rows if one["cell"]}),
            "regions": sorted({one["region"] for one in rows if one["region"]}),
            "runs": runs_of(rows),
            # records come newest first
            "last_at": rows[0]["started_at"],
            "last_status": rows[0]["status"],
            **rated(one["counts"] for one in working(rows)),
        }
        for account, rows in sorted(groups.items())
    ]


def activity_of(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The runs and deployments, newest first, each with its accounts together."""
    groups = group_by(records, lambda one: str(one["run_id"] or "unknown"))
    result = []
    for run_id, rows in groups.items():
        statuses = {one["status"] for one in rows}
        result.append(
            {
                "run_id": run_id,
                "kind": rows[0]["kind"],
                "mode": rows[0]["mode"],
                "pattern": rows[0]["pattern"],
                "status": statuses.pop() if len(statuses) == 1 else "partial",
                "accounts": len({one["account_id"] for one in rows}),
                "account_ids": sorted({one["account_id"] or "unknown" for one in rows}),
                "started_at": min((one["started_at"] for one in rows if one["started_at"]), default=None),
                "ended_at": max((one["ended_at"] for one in rows if one["ended_at"]), default=None),
                **rated(one["counts"] for one in rows),
            }
        )
    result.sort(key=lambda one: one["run_id"])
    result.sort(key=lambda one: one["started_at"] or "", reverse=True)
    return result[:MOST_ACTIVITY]


def over_time(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The days on which something ran, oldest first: ``{day, runs, counted, failed}``; a missing day was idle."""
    days: dict[str, list[Mapping[str, Any]]] = {}
    for one in working(records):
        if one["started_at"]:
            days.setdefault(one["started_at"][:10], []).append(one)
    result = []
    for day, rows in sorted(days.items()):
        rates = rated(one["counts"] for one in rows)
        result.append({"day": day, "runs": runs_of(rows), "counted": rates["counted"], "failed": rates["failed"]})
    return result


def capacity_of(capacity: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each cell and quota: ``{cell, account_id, region, name, used, limit, percent, level}``."""
    return [
        {
            **{key: text(as_mapping(cell).get(key)) for key in ("cell", "account_id", "region")},
            "name": text(row.get("name"), 60),
            "used": as_size(row.get("used")),
            "limit": as_size(row.get("limit")),
            "percent": row.get("percent") if isinstance(row.get("percent"), (int, float)) else None,
            "level": text(row.get("level"), 20) or "unknown",
        }
        for cell in as_list(capacity.get("cells"))
        for row in map(as_mapping, as_list(as_mapping(cell).get("quotas")))
    ]


def alerts_of(
    model: Mapping[str, Any], problems: Iterable[Mapping[str, Any]], records: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """What somebody has to look at, the gravest first: ``{level, text, remedy}``."""
    alerts = [
        _alert("critical", f"{text(one.get('code'))}: {text(one.get('message'), 300)}", one.get("remedy"))
        for one in problems
    ]
    run, fleet = model["run"], model["fleet"]
    if run and run["verdict"]["word"] in (FAIL, UNKNOWN):
        reasons = "; ".join(one["text"] for one in run["verdict"]["reasons"][:3])
        alerts.append(_alert("critical", f"Run {run['run_id']}: {run['verdict']['word']}: {reasons}"))
    for one in fleet["unknown_cells"] if fleet else ():
        alerts.append(
            _alert(
                "critical",
                f"{one['cell']} could not be read ({one['code'] or 'no reason'}): it is in no number here",
                one["remedy"],
            )
        )
    if any(one["left_out"] for one in records):
        more = sum(one["left_out"] for one in records)
        alerts.append(
            _alert("warning", f"{count(more, 'failure')} more than the history keeps: the run itself has them all")
        )
    for account in model["accounts"]:
        if account["level"] == "red":
            shown = f"{account['succeeded']} of {count(account['counted'], 'server')}"
            alerts.append(_alert("critical", f"Account {account['account_id']}: only {shown} succeeded"))
    if fleet:
        alerts += _of_fleet(fleet, records)
    for row in model["capacity"] or ():
        if row["level"] in _BAD_LEVELS:
            used = f"{row['used']} of {row['limit']}"
            alerts.append(
                _alert(
                    _BAD_LEVELS[row["level"]],
                    f"{row['cell']}: {(row['name'] or 'a quota').replace('_', ' ')} is at {used} ({row['level']})",
                )
            )
    return sorted(alerts, key=lambda one: one["level"] != "critical")


def _of_fleet(fleet: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    if fleet["attention_total"]:
        unfit = [one["name"] or one["cell"] or "(no name)" for one in fleet["attention"][:5]]
        more = f" and {fleet['attention_total'] - len(unfit)} more" if fleet["attention_total"] > len(unfit) else ""
        yield _alert(
            "warning",
            f"{count(fleet['attention_total'], 'source server')} not fit to be launched, or with an error: "
            f"{', '.join(unfit)}{more}",
            "ansible-playbook resilience.drs.status says of each what to do.",
        )
    if fleet["unprotected"]["total"]:
        total, complete = fleet["unprotected"]["total"], fleet["coverage"] == "complete"
        where = "not protected" if complete else "in no cell that was read"
        named = fleet["unprotected"]["names"][:5]
        more = f" and {total - len(named)} more" if total > len(named) else ""
        yield _alert(
            "warning",
            f"{count(total, 'machine')} tagged for recovery and {where}: {', '.join(named)}{more}",
            "Run resilience.drs.deploy_agents." if complete else "Make every cell readable first, then look again.",
        )
    if fleet["standing_drills"]:
        yield _alert(
            "warning",
            f"{count(fleet['standing_drills'], 'recovery instance')} of drills still standing: they cost money",
            _termination(records),
        )


def _termination(records: Sequence[Mapping[str, Any]]) -> str:
    """The commands that clean up after the drills of which nothing proves that they are clean, the newest first."""
    drills = [one for one in records if one["kind"] == "recovery" and one["mode"] == "drill" and not one["clean"]]
    launched = [one for one in drills if one["counts"].get(outcomes.LAUNCHED) and one["run_id"]]
    runs = list(dict.fromkeys(one["run_id"] for one in launched))
    if not runs:
        return "No drill of this period left them. ansible-playbook resilience.drs.runs names the runs of before."
    commands = "; ".join(f"ansible-playbook resilience.drs.terminate -e terminate_run_id={one}" for one in runs[:3])
    return f"{commands}; and {count(len(runs) - 3, 'more run')}" if len(runs) > 3 else commands


def _alert(level: str, message: str, remedy: Any = None) -> dict[str, Any]:
    return {"level": level, "text": message, "remedy": text(remedy, 400)}


def verdict_of(model: Mapping[str, Any], problems: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The word over the page: that of the run that is shown, and never better than what could not be read."""
    run, fleet = model["run"], model["fleet"]
    reasons = list(run["verdict"]["reasons"]) if run else []
    reasons += [{"word": UNKNOWN, "text": f"not everything could be read: {text(one.get('code'))}"} for one in problems]
    if fleet and fleet["coverage"] != "complete":
        reasons.append({"word": UNKNOWN, "text": "the fleet could not be read whole"})
    if not run:
        bad = [one for one in model["activity"][:1] if one["status"] in ("failed", "timeout", "partial", "cancelled")]
        reasons += [{"word": FAIL, "text": f"the latest run {one['run_id']} is {one['status']}"} for one in bad]
        if not model["activity"]:
            reasons.append({"word": UNKNOWN, "text": "there is no run and no deployment in this period"})
    words = [one["word"] for one in reasons]
    word = next((one for one in (FAIL, UNKNOWN, DRAFT) if one in words), PASS)
    return {
        "word": word,
        "reasons": reasons,
        "of_run": run["run_id"] if run else None,
        "status": status_of(run["status"]) if run else None,
    }
