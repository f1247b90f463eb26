"""Query the history: check what is asked for, bring old records up to date, group failures."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import moments
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import ACTIVE, KINDS, STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import categories
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import rated, runs_of, working
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping, as_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import shapes
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.item import check_run_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import (
    clock_problem,
    iso_time,
    parse_time,
    span,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Options
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.nouns import (
    AnyHistory,
    FailureGroup,
    Figures,
    HistoryRecord,
    NewHistoryRecord,
    WindowTotals,
)

MOST = 1000
WINDOWS = {"24h": 86400, "7d": 604800, "30d": 2592000}
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)

COLUMNS = (
    "started_at",
    "ended_at",
    "duration_seconds",
    "run_id",
    "kind",
    "mode",
    "plan_name",
    "account_id",
    "region",
    "cell",
    "pattern",
    "status",
    "servers",
    "succeeded",
    "failed",
    "unfinished",
    "skipped",
    "success_percent",
    "reason",
    "correlation_id",
    "ticket",
    # at the end, so that the columns of before keep their places
    "account_name",
    "replication_account_id",
    "command_ids",
)
FAILURE_COLUMNS = (
    "started_at",
    "run_id",
    "kind",
    "mode",
    "account_id",
    "region",
    "pattern",
    "status",
    "name",
    "source_server_id",
    "instance_id",
    "application",
    "wave",
    "critical",
    "outcome",
    "category",
    "code",
    "message",
    "remedy",
    "retryable",
)
# What deployments of before have not told.
_LATER = ("waited_seconds", "failure_codes", "measured")
# What metrics are made of, see history/metrics.
_MEASURED = (
    *("status", "started_at", "ended_at", "duration_seconds", "waited_seconds", "summary", "servers", "succeeded"),
    *("failed", "unfinished", "timed_out", "skipped", "launch_seconds"),
)
_OF_RECORD = ("started_at", "run_id", "kind", "mode", "account_id", "region", "cell", "pattern", "status")
# What other tools and people call an ending.
_WORDS = {
    "success": records.SUCCEEDED,
    "successful": records.SUCCEEDED,
    "completed": records.SUCCEEDED,
    "failure": records.FAILED,
    "error": records.FAILED,
    "partially_failed": records.PARTIAL,
    "partial_success": records.PARTIAL,
    "timed_out": records.TIMEOUT,
    "canceled": records.CANCELLED,
}


def filters(params: Given, now: str) -> Options:
    """Check what is asked for.

    :param params: ``account_id``, ``region``, ``run_id``, ``kind``, ``mode``, ``pattern``, ``status``, ``since``,
        ``until`` (a time, a day, or how long ago, see runs/moments), ``limit``, ``failures_only``; each may be missing.
    :returns: the same with times as ISO 8601 text with whole seconds, both inside the period; only what was given.
    :raises DrsError: ``invalid_option``, ``malformed_id``, naming field, value and fix.
    """
    given = {key: value for key, value in params.items() if value not in (None, "", False)}
    account = given.get("account_id")
    if account is not None and not _ACCOUNT.fullmatch(str(account)):
        raise DrsError("invalid_option", f"account_id: {account!r} is not an account; write its 12 digits in quotes")
    for key, allowed in (("status", STATUSES), ("pattern", records.PATTERNS), ("kind", KINDS)):
        if key in given and given[key] not in allowed:
            near = get_close_matches(str(given[key]), [*allowed, *_WORDS], n=1)
            hint = f"; did you mean {_WORDS.get(near[0], near[0])}?" if near else ""
            text = f"{key}: {given[key]!r} is unknown, there are {', '.join(allowed)}{hint}"
            raise DrsError("invalid_option", text)
    limit = given.get("limit")
    if "limit" in params and params["limit"] is not None and not 1 <= int(limit or 0) <= MOST:
        raise DrsError("invalid_option", f"limit: {params['limit']} is not a number from 1 to {MOST}")
    if given.get("run_id"):
        check_run_id(given["run_id"])
    since, until = moments.bounds(given.pop("since", None), given.pop("until", None), now)
    return {**given, **({"since": since} if since else {}), **({"until": until} if until else {})}


def matches(record: AnyHistory, asked: Given) -> bool:
    """Whether a record is what the (checked) filters ask for."""
    for key in ("account_id", "region", "run_id", "kind", "mode", "pattern", "status"):
        if key in asked and record.get(key) != asked[key]:
            return False
    started = moments.whole_seconds(record.get("started_at")) or ""
    if started < asked.get("since", "") or started > asked.get("until", "9999"):
        return False
    return not asked.get("failures_only") or bool(record.get("failures")) or record.get("status") != records.SUCCEEDED


def read(body: Any) -> tuple[dict[str, Any] | None, str]:
    """A stored record in the present schema, and what is wrong with it: one of the two."""
    if shapes.is_newer(body):
        return None, shapes.newer_text(as_mapping(body))
    record = upgraded(body)
    if record is None:
        return None, "is no record of history: it has no run_id or no account_id"
    said = shapes.mismatch(records.SHAPE, record)
    return (None, said) if said else (record, "")


def upgraded(body: Any) -> dict[str, Any] | None:
    """A stored record in the present schema; None for what is no record.

    Records without a schema are from before there was one, or from other tools: they may name statuses otherwise, and
    list ``servers`` instead of counting them. A newer schema is read as far as it is known, and ``schema`` says so.
    """
    old = as_mapping(body)
    if not as_text(old.get("run_id")) or not as_text(old.get("account_id")):
        return None
    schema = old.get("schema")
    if isinstance(schema, int) and schema >= records.SCHEMA:
        return dict(old)
    servers = [one for one in as_list(old.get("servers")) if isinstance(one, Mapping)]
    counts: Figures = records.figures(servers)
    if not servers:
        summary = {str(key): value for key, value in as_mapping(old.get("summary")).items() if isinstance(value, int)}
        rest = {key: value for key, value in summary.items() if key != "total"}
        listed = [{"outcome": key} for key, value in rest.items() for _number in range(value)]
        counts = records.figures(listed)
    word = str(old.get("status") or "").lower().replace("-", "_").replace(" ", "_")
    status = _WORDS.get(word, word)
    kind = old.get("kind") if old.get("kind") in KINDS else "deployment"
    failures = [dict(one) for one in as_list(old.get("failures")) if isinstance(one, Mapping)]
    for one in failures:
        one["category"] = one.get("category") or categories.category(one.get("code"))
    started, ended = moments.whole_seconds(old.get("started_at")), moments.whole_seconds(old.get("ended_at"))
    return {
        **dict.fromkeys((*COLUMNS, "plan_hash", "initiator", "of_run_id", "clean", "anchor", "recorded_at", *_LATER)),
        **{key: value for key, value in old.items() if key not in ("servers", "summary")},
        **counts,
        "schema": 0,
        "kind": kind,
        "mode": old.get("mode") or kind,
        "region": str(old.get("region") or "unknown"),
        "pattern": old.get("pattern") if old.get("pattern") in records.PATTERNS else records.SAME_ACCOUNT,
        "status": status if status in STATUSES else records.status(counts),
        "started_at": started,
        "ended_at": ended,
        "duration_seconds": span(started, ended),
        "clock_problem": clock_problem(started, ended) or None,
        "command_ids": as_list(old.get("command_ids")),
        "applications": as_list(old.get("applications")),
        "failures": failures,
        "failures_left_out": 0,
    }


def merged(new: NewHistoryRecord, old: AnyHistory | None) -> HistoryRecord:
    """A record that is written again, by a run that was continued: it began when it began the first time."""
    if old is None:
        return {**new, "cleaned_at": None, "times_recorded": 1, "measured_as": None}
    started = min(new["started_at"], str(old.get("started_at") or new["started_at"]))
    return {
        **new,
        "started_at": started,
        "duration_seconds": span(started, new["ended_at"]),
        "clock_problem": clock_problem(started, new["ended_at"]) or None,
        "anchor": new.get("anchor") or old.get("anchor"),
        "clean": new["clean"] if new.get("clean") is not None else old.get("clean"),
        "cleaned_at": old.get("cleaned_at"),
        "times_recorded": int(old.get("times_recorded") or 1) + 1,
        "measured_as": None if _is_measured(new) else _brief(sent(old)),
    }


def sent(record: AnyHistory) -> AnyHistory | None:
    """The record whose figures were sent last; None when none of this run were.

    A run that had ended, and was resumed and waits again, still has the figures of its earlier end among the metrics.
    """
    earlier = as_mapping(record.get("measured_as"))
    return record if _is_measured(record) else {**record, **earlier} if earlier else None


def _is_measured(record: AnyHistory) -> bool:
    return record.get("status") not in ACTIVE and bool(record.get("measured"))


def _brief(record: AnyHistory | None) -> dict[str, Any] | None:
    """Of a record what its metrics were made of."""
    return {key: record[key] for key in _MEASURED if key in record} if record else None


# -- sums ------------------------------------------------------------------------------------------------------------


def failures(records: Iterable[AnyHistory]) -> list[dict[str, Any]]:
    """One row for each failure of records, with what its record knows."""
    return [
        {**{key: record.get(key) for key in _OF_RECORD}, **failure}
        for record in records
        for failure in as_list(record.get("failures"))
    ]


def grouped(rows: Iterable[Mapping[str, Any]]) -> list[FailureGroup]:
    """Failures by account and category, the most frequent first: ``{account_id, category, title, count, codes {},
    remedies [], names []}`` (at most ten names)."""
    groups: dict[tuple[str, str], FailureGroup] = {}
    for row in rows:
        key = (str(row.get("account_id")), str(row.get("category") or categories.OTHER))
        group = groups.setdefault(
            key,
            {
                "account_id": key[0],
                "category": key[1],
                "title": categories.CATEGORIES.get(key[1], key[1]),
                "count": 0,
                "codes": {},
                "remedies": [],
                "names": [],
            },
        )
        group["count"] += 1
        code = str(row.get("code") or "unknown")
        group["codes"][code] = group["codes"].get(code, 0) + 1
        if row.get("remedy") and row["remedy"] not in group["remedies"]:
            group["remedies"].append(row["remedy"])
        if row.get("name") and len(group["names"]) < 10:
            group["names"].append(row["name"])
    return sorted(groups.values(), key=lambda one: (-one["count"], one["account_id"], one["category"]))


def totals(records: Sequence[AnyHistory], now: str) -> dict[str, WindowTotals]:
    """Runs and servers of the last 24 hours, 7 and 30 days: ``{window: {runs, records, servers, succeeded, failed,
    success_percent}}``. Servers count as the report counts them, see rates.working and rated."""
    result: dict[str, WindowTotals] = {}
    for name, seconds in WINDOWS.items():
        moment = parse_time(now)
        since = iso_time(moment - timedelta(seconds=seconds)) if moment else None
        inside = [one for one in records if str(one.get("started_at") or "") >= str(since or "")]
        rates = rated(one.get("summary") or {} for one in working(inside))
        result[name] = {
            "runs": runs_of(inside),
            "records": len(inside),
            "servers": rates["servers"],
            "succeeded": rates["succeeded"],
            "failed": rates["failed"],
            "success_percent": rates["rate"],
        }
    return result
