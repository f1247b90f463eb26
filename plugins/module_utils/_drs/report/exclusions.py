"""Who left each server out of a run, when and why: a person by the request, a tag, or a rule of the collection.

A server that the plan left out stands in its ``excluded``; one that the plan holds and that nobody tried was left out
by whatever ended the run before its wave.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.report.charts import is_open
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import text

COLUMNS = (
    *("name", "source_server_id", "cell", "account_id", "region", "reason_code", "reason"),
    *("how", "by", "tag", "at"),
)
REQUEST, TAG, RULE = "request", "tag", "rule"
"""How a server was left out: by what somebody typed, by its own tag, by a rule of the collection."""
_GOING = ("planned", "running")
_BY_REQUEST = ("not_selected", "left_out")
_BY_TAG = ("not_enabled",)
# What makes a plan, or another one of it.
_PLANNING = ("run_begun", "policy_changed", "run_widened")
_ENDS = {"run_cancelled": "the run was cancelled", "run_paused": "the run was paused"}


def excluded_of(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The servers that the plan leaves out, rows of COLUMNS: ``by`` is the person who typed the request, the tag with
    its value, or the rule by its code; ``at`` is when the plan was made that leaves it out."""
    person, moment = _planner(documents)
    rows = []
    for one in map(as_mapping, as_list(as_mapping(documents["plan"]).get("excluded"))):
        code, tag = text(one.get("reason_code"), 80), text(one.get("tag"), 200)
        how = REQUEST if code in _BY_REQUEST else TAG if code in _BY_TAG else RULE
        by = person if how == REQUEST else "tag %s" % (tag or "not known") if how == TAG else "rule %s" % (code or "?")
        keys = ("name", "source_server_id", "cell", "account_id", "region")
        about = {"reason_code": code, "reason": text(one.get("reason"), 300), "how": how, "by": by, "tag": tag}
        rows.append({**{key: text(one.get(key)) for key in keys}, **about, "at": moment})
    return rows


def _planner(documents: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Who typed the request that the plan was made of, and when."""
    run = as_mapping(documents["run"])
    events = [as_mapping(one) for one in documents["events"]]
    made = [one for one in events if one.get("event") in _PLANNING and "plan" in as_mapping(one.get("documents"))]
    event = as_mapping(made[-1]) if made else next((one for one in events if one.get("event") == "run_begun"), {})
    # the command that changed a plan tells who typed it in the event after that
    after = [one for one in events if (one.get("seq") or 0) >= (event.get("seq") or 0)]
    typed = (text(as_mapping(one.get("data")).get("by")) for one in after if one.get("event") != "run_waiting")
    who = next((one for one in typed if one), None) if event else None
    starter = text(as_mapping(run.get("started_by")).get("user"))
    return who or starter or text(run.get("initiator")), iso_time(event.get("at") or run.get("created_at"))


def left_out_of(documents: Mapping[str, Any], run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a run left out, each an EXCEPTION ``{what, detail, who, at, why}`` (report/deviations).

    :param run: the RUN of the report, as far as it is made: its status, ``waves`` and ``servers``.
    """
    found = [("excluded", *one) for one in _excluded(excluded_of(documents))]
    found += [("not tried", *one) for one in _untried(documents, run)]
    return [
        {"what": what, "detail": clean(detail, 400), "who": text(who), "at": iso_time(at), "why": text(why, 300)}
        for what, detail, who, at, why in found
    ]


def _excluded(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Any, Any, Any]]:
    """The exclusions, once for each reason and owner: ``(detail, who, at, why)``.

    :param rows: see ``excluded_of``.
    """
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for one in rows:
        key = (one["reason_code"] or "no reason", one["reason"], one["by"], one["at"])
        groups.setdefault(key, []).append(one["name"] or one["source_server_id"])
    for (code, reason, by, at), listed in groups.items():
        yield f"{count(len(listed), 'server')} not in the plan, {code}: {names(listed, 5)}", by, at, reason or code


def _untried(documents: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, Any]]:
    """The servers of the plan that nobody tried, once for each wave: ``(detail, who, at, why)``.

    ``who`` is the person who cancelled or paused the run, or the verdict of the wave that stopped it. While a run goes
    on nobody has left out what is still to come.

    :param run: the RUN of the report.
    """
    left: dict[str, list[Any]] = {}
    for one in run["servers"] if run["status"] not in _GOING else ():
        if one["outcome"] == outcomes.PLANNED:
            left.setdefault(str(one["wave"]), []).append(one["name"] or one["source_server_id"])
    if not left:
        return
    who, at, why = _stopper(documents, run)
    for wave, listed in left.items():
        yield f"wave {clean(wave, 40)}, {count(len(listed), 'server')} not tried: {names(listed, 5)}", who, at, why


def _stopper(documents: Mapping[str, Any], run: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """What keeps a run from its other servers: who, when, why."""
    reason = text(as_mapping(documents["run"]).get("reason"), 300)
    for event in reversed([as_mapping(one) for one in documents["events"]]):
        name, data = event.get("event"), as_mapping(event.get("data"))
        if name in _ENDS and run["status"] in ("cancelled", "paused"):
            why = text(data.get("reason"), 300)
            return text(data.get("by")) or text(event.get("actor")), event.get("at"), why or _ENDS[str(name)]
    for wave in run["waves"]:
        if not wave["proceed"] and not is_open(wave):
            return "verdict of wave %s" % clean(wave["wave"], 40), wave["ended_at"], wave["reason"] or reason
    return None, run["ended_at"], reason or "the run has not come to it (%s)" % run["status"]
