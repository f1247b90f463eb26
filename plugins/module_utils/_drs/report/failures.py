"""Failures of servers: one flat row each, their category, and the remedy once for all servers of a kind."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import categories
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, remedy_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time

NAME, MESSAGE = 120, 400
# What a failure says when nothing said why.
SILENT = "no_reason"


def failure_of(entry: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    """One flat FAILURE of a server entry, or of a failure in a record of the history.

    ``{name, id, account_id, region, cell, application, wave, critical, pattern, kind, run_id, status, code, category,
    message, remedy, retryable, at, job_id}``; ``status`` is the outcome.
    """
    error = as_mapping(entry.get("error")) or entry
    code = clean(error.get("code"), 80) or SILENT
    explanation = explain(code, error.get("message"))
    outcome = entry.get("outcome")
    return {
        "name": clean(entry.get("name"), NAME) or "(no name)",
        "id": clean(entry.get("source_server_id") or entry.get("instance_id") or entry.get("id"), 40),
        "account_id": clean(entry.get("account_id"), 40) or "unknown",
        "region": clean(entry.get("region"), 40) or "unknown",
        "cell": clean(entry.get("cell"), NAME),
        "application": clean(entry.get("application"), NAME),
        "wave": clean(entry.get("wave"), 40),
        "critical": entry.get("critical") is not False,
        "pattern": clean(place.get("pattern"), NAME),
        "kind": clean(place.get("kind"), 40),
        "run_id": clean(place.get("run_id"), NAME),
        "status": outcome if outcome in outcomes.OUTCOMES else outcomes.FAILED,
        "code": code,
        "category": clean(error.get("category"), 40) or categories.category(code),
        "message": clean(explanation["message"], MESSAGE) if code != SILENT else "Nothing said why.",
        "remedy": remedy_of(error) or remedy_of(explanation),
        "retryable": explanation["retryable"],
        "at": iso_time(entry.get("ended_at") or entry.get("started_at") or entry.get("at") or place.get("started_at")),
        "job_id": clean(entry.get("job_id"), 60),
    }


def once_each(failures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Failures newest first; a server that failed twice in one run is told once."""
    result: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in failures:
        key = (one["run_id"], one["account_id"], one["region"], one["id"] or one["name"])
        if key not in result or (one["at"] or "") >= (result[key]["at"] or ""):
            result[key] = dict(one)
    order = sorted(result.values(), key=lambda one: (one["account_id"], one["region"], one["name"], one["id"]))
    return sorted(order, key=lambda one: one["at"] or "", reverse=True)


def grouped(failures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Failures by account and category: ``[{account_id, servers, categories [{category, servers, codes [{code, servers,
    names, remedy, retryable}]}]}]``, the most frequent first.
    """
    accounts: dict[str, dict[str, dict[str, list[Mapping[str, Any]]]]] = {}
    for one in failures:
        accounts.setdefault(one["account_id"], {}).setdefault(one["category"], {}).setdefault(one["code"], []).append(
            one
        )
    result = []
    for account, kinds in accounts.items():
        listed = []
        for category, codes in kinds.items():
            rows = [
                {
                    "code": code,
                    "servers": len(entries),
                    "names": sorted({one["name"] for one in entries})[:10],
                    "remedy": entries[0]["remedy"],
                    "retryable": entries[0]["retryable"],
                }
                for code, entries in codes.items()
            ]
            listed.append({"category": category, "servers": _sum(rows), "codes": _most_first(rows, "code")})
        result.append({"account_id": account, "servers": _sum(listed), "categories": _most_first(listed, "category")})
    return _most_first(result, "account_id")


def remedies_of(failures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What to do about each code, said once: ``[{code, remedy}]``."""
    result: dict[str, str] = {}
    for one in failures:
        result.setdefault(one["code"], one["remedy"])
    return [{"code": code, "remedy": result[code]} for code in sorted(result)]


def _sum(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(row["servers"] for row in rows)


def _most_first(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["servers"], row[name]))
