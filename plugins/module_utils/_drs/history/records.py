"""Records of a run or a deployment: one for each account and Region that took part."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import KINDS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import categories
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.redaction import scrub
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import tally
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping, as_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, remedy_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.item import check_run_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.moments import whole_seconds
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import clock_problem, span
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyError, AnyServer
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.nouns import (
    AnyHistory,
    ApplicationFigures,
    Figures,
    HistoryFailure,
    NewHistoryRecord,
    RunResult,
)

SCHEMA = 1
SUCCEEDED, PARTIAL, FAILED, TIMEOUT, CANCELLED = "succeeded", "partial", "failed", "timeout", "cancelled"
# What people decided of a run, or have yet to decide, outweighs what came of its servers.
STANDING = ("waiting", "paused", CANCELLED)
# Where a machine replicates to, seen from its account; mixed is what an account with several of them has.
SAME_ACCOUNT, CROSS_ACCOUNT, EXTENDED, MIXED = "same_account", "cross_account", "extended", "mixed"
PATTERNS = (SAME_ACCOUNT, CROSS_ACCOUNT, EXTENDED, MIXED)
ITEM_PREFIX = "account:"
# A wave of 3,000 may fail as a whole; what is listed is enough to act on, and the rest is counted.
MOST_FAILURES = 200
MESSAGE_WIDTH = 500

_TEXT, _NUMBER, _DICTS = (str,), (int, float), [(dict,)]
SHAPE: dict[str, Any] = {
    "run_id": _TEXT,
    "account_id": _TEXT,
    "region": _TEXT,
    "kind": _TEXT,
    "mode": _TEXT,
    "status": _TEXT,
    "pattern": _TEXT,
    "started_at?": _TEXT,
    "ended_at?": _TEXT,
    "duration_seconds?": _NUMBER,
    "recorded_at?": _TEXT,
    "summary": {"*": _NUMBER},
    **dict.fromkeys(("servers", "succeeded", "failed", "unfinished", "timed_out", "skipped"), _NUMBER),
    "success_percent?": _NUMBER,
    "applications?": _DICTS,
    "failures": _DICTS,
    "times_recorded?": (int,),
}
"""What sums, tables and pages of reports rely on in a record; see runs/shapes."""

_TIMED_OUT = ("wait_timeout", "launch_timeout", "install_wait_timeout", "ssm_execution_timeout")
_OF_PLAN = ("pattern", "extended", "origin_account_id")


def action_of(kind: Any, mode: Any) -> str:
    """What people call a run: the mode ``recovery`` is a failover."""
    return "failover" if mode == "recovery" else str(mode or kind)


def item_of(record: AnyHistory) -> str:
    """The name of the item that holds a record of its run."""
    return f"{ITEM_PREFIX}{record['account_id']}:{record['region']}"


def records(result: RunResult, recorded_at: str) -> list[NewHistoryRecord]:
    """Make the records of a run that has ended.

    :param result: ``kind`` (of KINDS), ``run_id``, and what is known of ``mode``, ``plan_name``, ``plan_hash``,
        ``correlation_id``, ``ticket``, ``initiator``, ``of_run_id`` (the run that a termination cleans up);
        ``plan`` {waves [{wave, servers or machines}], cells [{cell, account_id, region, pattern}], unknown_cells
        [{cell, error}]}; ``waves`` [{wave, servers [server entry], verdict}] that were run; ``servers``, more entries;
        ``results`` [{target, staging_account_id, error}] of an extension; ``accounts`` {cell: account_id};
        ``status`` waiting, paused or cancelled of the run; ``stopped``, why it did not go to its end; ``clean``,
        whether a clean-up left nothing; ``started_at``, ``ended_at``; ``anchor`` {run_id, events, head, evidence_hash},
        what holds the run's journal from outside of it.
    :returns: one record for each account and Region with a server in the run, or that could not be read, by account.
    :raises DrsError: ``invalid_option`` for a result without a kind or a run, ``malformed_id`` for an odd run id.
    """
    if result.get("kind") not in KINDS:
        raise DrsError("invalid_option", f"result.kind: {result.get('kind')!r} is not one of {', '.join(KINDS)}")
    if not result.get("run_id"):
        raise DrsError("invalid_option", "result.run_id: nothing says which run the result is of")
    check_run_id(str(result["run_id"]))
    plan = as_mapping(result.get("plan"))
    places: dict[str, Mapping[str, Any]] = {
        cell: {"cell": cell, "account_id": account} for cell, account in as_mapping(result.get("accounts")).items()
    }
    for one in [*_lost(result, plan), *as_list(plan.get("cells"))]:
        if one.get("cell"):
            places[one["cell"]] = {**places.get(one["cell"], {}), **{k: v for k, v in one.items() if v is not None}}
    groups = group_by(entries(result), lambda one: _place(one, places))
    lost = group_by(_lost(result, plan), lambda one: _place(one, places))
    return [
        _record(result, place, groups.get(place, []), lost.get(place, []), places, recorded_at)
        for place in sorted({*groups, *lost})
    ]


def entries(result: RunResult) -> list[AnyServer]:
    """Every server entry of a result, those of waves that were not begun as ``planned``; the last word counts."""
    by_key: dict[Any, Mapping[str, Any]] = {}
    plan, kind = as_mapping(result.get("plan")), result.get("kind")
    for wave in as_list(plan.get("waves")):
        for server in as_list(wave.get("servers")) or as_list(wave.get("machines")):
            planned = {key: value for key, value in server.items() if key != "outcome"}
            by_key[_identity(server, kind)] = {"outcome": outcomes.PLANNED, "wave": wave.get("wave"), **planned}
    listed = [*as_list(plan.get("settled")), *as_list(result.get("servers"))]
    listed += [server for wave in as_list(result.get("waves")) for server in as_list(wave.get("servers"))]
    for server in listed:
        name = _identity(server, kind)
        # what only the plan knows of a server decides over its pattern
        fields = {key: by_key[name][key] for key in _OF_PLAN if name in by_key and key in by_key[name]}
        by_key[name] = {**fields, **server}
    return list(by_key.values())


# By what an entry is known: a machine has no source server before its installation, a termination is of instances.
_IDENTITY = {
    "deployment": ("instance_id", "source_server_id"),
    "termination": ("recovery_instance_id", "source_server_id"),
}


def _identity(server: AnyServer, kind: Any) -> tuple[Any, ...]:
    keys = _IDENTITY.get(kind, ("source_server_id", "recovery_instance_id", "instance_id"))
    return (server.get("cell"), next((server[key] for key in keys if server.get(key)), server.get("name")))


def _lost(result: RunResult, plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The cells that could not be worked with, and the staging accounts that could not be extended from."""
    pairs = [
        {"cell": one.get("target"), "error": one["error"], "about": f"staging account {one.get('staging_account_id')}"}
        for one in as_list(result.get("results"))
        if one.get("error")
    ]
    return [*as_list(plan.get("unknown_cells")), *as_list(result.get("unknown_cells")), *pairs]


def _place(one: Mapping[str, Any], places: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    place = as_mapping(places.get(str(one.get("cell"))))
    region = one.get("region") or place.get("region") or str(one.get("cell") or "").partition(".")[2]
    return (str(one.get("account_id") or place.get("account_id") or "unknown"), str(region or "unknown"))


def _record(
    result: RunResult,
    place: tuple[str, str],
    servers: Sequence[AnyServer],
    lost: Sequence[Mapping[str, Any]],
    places: Mapping[str, Mapping[str, Any]],
    recorded_at: str,
) -> NewHistoryRecord:
    cell = next((one.get("cell") for one in servers if one.get("cell")), None)
    cell = cell or next((name for name, one in places.items() if _place(one, places) == place), None)
    about = as_mapping(places.get(str(cell)))
    counts = figures(servers)
    failures = _failures(servers, lost)
    started = min((one["started_at"] for one in servers if one.get("started_at")), default=None)
    ended = max((one["ended_at"] for one in servers if one.get("ended_at")), default=None)
    # a run that is written down knows when it was first typed and when it was over; without one its servers say it
    started = whole_seconds(result.get("started_at")) or whole_seconds(started) or recorded_at
    ended = whole_seconds(result.get("ended_at")) or whole_seconds(ended) or recorded_at
    return {
        "schema": SCHEMA,
        "run_id": str(result["run_id"]),
        "kind": result["kind"],
        "mode": result.get("mode") or result["kind"],
        "plan_name": result.get("plan_name"),
        "plan_hash": result.get("plan_hash"),
        "correlation_id": result.get("correlation_id"),
        "ticket": result.get("ticket"),
        "initiator": result.get("initiator"),
        "of_run_id": result.get("of_run_id"),
        "account_id": place[0],
        "region": place[1],
        "cell": cell,
        "pattern": _pattern(servers, about),
        "account_name": as_text(about.get("account_name")),
        # of a deployment: where the agents replicate to, and what was sent by Systems Manager
        "replication_account_id": as_text(as_mapping(about.get("replication")).get("account_id")),
        "command_ids": sorted({str(one["command_id"]) for one in servers if one.get("command_id")}),
        "status": _standing(status(counts, bool(lost), bool(result.get("stopped"))), result),
        "reason": clean(scrub(result.get("stopped")), MESSAGE_WIDTH) or None,
        "clean": result.get("clean") if isinstance(result.get("clean"), bool) else None,
        "anchor": as_mapping(result.get("anchor")) or None,
        "started_at": started,
        "ended_at": ended,
        "duration_seconds": span(started, ended),
        "waited_seconds": result.get("waited_seconds"),
        "clock_problem": clock_problem(started, ended) or None,
        "recorded_at": recorded_at,
        # whether metrics of it were asked for, so that a later command gives what has changed since
        "measured": result.get("measured") is True,
        **counts,
        "applications": _applications(servers),
        "failures": failures[:MOST_FAILURES],
        "failures_left_out": max(0, len(failures) - MOST_FAILURES),
        # over all of them, for what is listed is cut
        "failure_codes": dict(Counter(one["code"] or "unknown" for one in failures)),
    }


def figures(servers: Sequence[AnyServer]) -> Figures:
    """Counts and times of server entries: ``{summary, servers, succeeded, failed, unfinished, timed_out, skipped,
    success_percent, launch_seconds, worst_data_age_seconds}``.

    ``unfinished`` were planned or are still moving. ``success_percent`` is of all but the skipped ones, rounded down
    to a tenth, so that 100 means all; None when there was nothing to do.
    """
    summary = outcomes.summarise(servers)
    counts = tally(summary)
    late = sum(1 for one in servers if as_mapping(one.get("error")).get("code") in _TIMED_OUT)
    took = [one["duration_seconds"] for one in servers if one.get("duration_seconds") is not None and _good(one)]
    return {
        "summary": {name: number for name, number in summary.items() if number or name == "total"},
        "servers": counts["servers"],
        "succeeded": counts["succeeded"],
        "failed": counts["failed"],
        "unfinished": counts["open"],
        "timed_out": late,
        "skipped": counts["skipped"],
        "success_percent": outcomes.percent(counts["succeeded"], counts["counted"]),
        "launch_seconds": {"max": max(took), "mean": round(sum(took) / len(took), 1)} if took else None,
        "worst_data_age_seconds": _oldest(servers),
    }


def _oldest(servers: Iterable[AnyServer]) -> float | None:
    """The age of the oldest data that was launched; a machine that was terminated had none at its end."""
    launched = [one.get("data_age_seconds") for one in servers if one.get("outcome") == outcomes.LAUNCHED]
    return max((age for age in launched if age is not None), default=None)


def _good(one: AnyServer) -> bool:
    outcome = one.get("outcome")
    return outcome in outcomes.OUTCOMES and outcome not in (
        *outcomes.BAD_OUTCOMES,
        *outcomes.OPEN_OUTCOMES,
        outcomes.SKIPPED,
    )


def status(result: Mapping[str, Any], lost: bool = False, stopped: bool = False) -> str:
    """One word for figures. A cell that was not read has failed; what was stopped has not succeeded."""
    wrong = result["failed"] + result["unfinished"]
    if not wrong and not lost:
        return PARTIAL if stopped and result["servers"] else CANCELLED if stopped else SUCCEEDED
    if result["succeeded"]:
        return PARTIAL
    if result["timed_out"] and result["timed_out"] >= wrong:
        return TIMEOUT
    return CANCELLED if not result["failed"] and not lost else FAILED


def _standing(word: str, result: Mapping[str, Any]) -> str:
    """A run that waits, was paused or cancelled is told as that, whatever had come of its servers by then."""
    return str(result["status"]) if result.get("status") in STANDING else word


def overall(records: Sequence[AnyHistory], result: RunResult | None = None) -> dict[str, Any]:
    """All records of a run, and the result that they were made of, as one.

    :returns: ``{status, reason, summary, servers, succeeded, failed, unfinished, timed_out, skipped, success_percent,
        accounts, failures, failure_codes {code: number}, failed_accounts {account: number}, started_at, ended_at,
        duration_seconds, waited_seconds}``.
    """
    summary: Counter[str] = Counter()
    for one in records:
        summary.update(one["summary"])
    totals = {
        key: sum(one[key] for one in records)
        for key in ("servers", "succeeded", "failed", "unfinished", "timed_out", "skipped")
    }
    counted = totals["servers"] - totals["skipped"]
    lost = any(one["status"] == FAILED and not one["servers"] for one in records)
    data = result or {}
    stopped, unclean = data.get("stopped"), data.get("clean") is False
    word = _standing(status(totals, lost, bool(stopped)), data)
    started = min((one["started_at"] for one in records), default=None)
    ended = max((one["ended_at"] for one in records), default=None)
    return {
        "status": PARTIAL if word == SUCCEEDED and unclean else word,
        "reason": clean(scrub(stopped), MESSAGE_WIDTH) or ("the clean-up is not complete" if unclean else ""),
        "summary": dict(summary),
        **totals,
        "success_percent": outcomes.percent(totals["succeeded"], counted),
        "accounts": len({one["account_id"] for one in records}),
        "failures": [{**failure, "account_id": one["account_id"]} for one in records for failure in one["failures"]],
        "failure_codes": dict(_most(one.get("failure_codes") for one in records)),
        "failed_accounts": dict(_most({one["account_id"]: one["failed"]} for one in records)),
        "started_at": started,
        "ended_at": ended,
        "duration_seconds": span(started, ended),
        "waited_seconds": max((one.get("waited_seconds") or 0 for one in records), default=0),
    }


def _most(counts: Iterable[Any]) -> list[tuple[str, int]]:
    """Counts added up, the largest first; what there is none of is left out."""
    total: Counter[str] = Counter()
    for one in counts:
        total.update({str(key): number for key, number in as_mapping(one).items() if isinstance(number, int)})
    return sorted(((key, number) for key, number in total.items() if number), key=lambda pair: (-pair[1], pair[0]))


def _failures(servers: Iterable[AnyServer], lost: Iterable[Mapping[str, Any]]) -> list[HistoryFailure]:
    wrong = [one for one in servers if one.get("outcome") in outcomes.BAD_OUTCOMES or one.get("error")]
    wrong = [one for one in wrong if not _good(one)]
    wrong.sort(key=lambda one: (one.get("critical") is False, str(one.get("name"))))
    # first what nobody could look into: nothing is known of any server there
    cells = [
        {
            "name": one.get("about") or one.get("cell"),
            "cell": one.get("cell"),
            "outcome": outcomes.UNKNOWN,
            "error": one.get("error"),
        }
        for one in lost
    ]
    return [_failure(one, as_mapping(one.get("error"))) for one in [*cells, *wrong]]


def _failure(one: AnyServer, error: AnyError) -> HistoryFailure:
    code = clean(error.get("code"), 120) or None
    return {
        "name": clean(one.get("name") or one.get("source_server_id") or one.get("instance_id"), 128),
        "cell": one.get("cell"),
        "source_server_id": one.get("source_server_id"),
        "instance_id": one.get("instance_id"),
        "application": clean(one.get("application"), 128) or None,
        "wave": one.get("wave"),
        "critical": one.get("critical") is not False,
        "outcome": one.get("outcome"),
        "code": code,
        "category": categories.category(code),
        "message": clean(scrub(error.get("message")), MESSAGE_WIDTH),
        "remedy": remedy_of(error),
        "retryable": error.get("retryable") is True,
    }


def _applications(servers: Iterable[AnyServer]) -> list[ApplicationFigures]:
    groups = group_by(servers, lambda one: clean(one.get("application"), 128))
    return [
        {
            "application": name or None,
            "servers": len(members),
            "succeeded": sum(1 for one in members if _good(one)),
            "critical_failed": sum(1 for one in members if not _good(one) and one.get("critical") is not False),
            "worst_data_age_seconds": _oldest(members),
        }
        for name, members in sorted(groups.items())
    ]


def _pattern(servers: Iterable[AnyServer], cell: Mapping[str, Any]) -> str:
    if cell.get("pattern") in PATTERNS:
        return str(cell["pattern"])
    patterns = set()
    for one in servers:
        if one.get("pattern") in PATTERNS:
            patterns.add(one["pattern"])
        elif one.get("extended") or one.get("outcome") in (outcomes.EXTENDED, outcomes.ALREADY_EXTENDED):
            patterns.add(EXTENDED)
        else:
            origin = one.get("origin_account_id")
            patterns.add(CROSS_ACCOUNT if origin and one.get("account_id") not in (None, origin) else SAME_ACCOUNT)
    return patterns.pop() if len(patterns) == 1 else MIXED if patterns else SAME_ACCOUNT
