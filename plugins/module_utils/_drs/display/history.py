"""Pages of history and of readiness."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data, Page, coverage
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles

# Each account of a run is a row; a longer table scrolls its head away.
MOST_ROWS = 60


WIDE = 110
# Each count as it stands in CSV and JSON, none of them a sum of others.
_COUNTS = {
    "Count": "servers",
    "Succeeded": "succeeded",
    "Failed": "failed",
    "Open": "unfinished",
    "Skipped": "skipped",
}


def history(page: Page, data: Data) -> None:
    """``data``: what drs_history_info returned (records, groups, totals, next_token, unreadable, unrecorded, asked)."""
    records = list(data.get("records") or ())
    asked = ", ".join("%s %s" % pair for pair in sorted((data.get("asked") or {}).items()))
    page.title("HISTORY", count(len(records), "record"), asked)
    page.blank()
    counts = [one for one in _COUNTS if page.width >= WIDE or _counted(one, records[:MOST_ROWS])]
    header = ("Started", "Run", "Kind", "Account", "Region", "Status", *counts, "Took")
    rows = [_row(one, counts) for one in records[:MOST_ROWS]]
    # an account number in two pieces is read wrongly, and cannot be copied
    page.table(header, rows, range(6, len(header)), whole=(3,))
    if len(records) > MOST_ROWS:
        page.say("and %d more; an export has them all" % (len(records) - MOST_ROWS), "  ")
    _totals(page, data.get("totals") or {})
    page.listed("Failures by account and category", [_group(one) for one in data.get("groups") or ()])
    page.listed(
        "Times that cannot be", sorted({"run %s: %s" % _clock(one) for one in records if one.get("clock_problem")})
    )
    page.listed("In the store, and not shown", troubles.lines(data.get("unreadable") or ()))
    page.listed("Not recorded yet", [_waiting(one) for one in data.get("unrecorded") or ()])
    if data.get("next_token"):
        page.blank()
        page.say("There is more: ask again with history_token=%s" % clean(data["next_token"]))


def _counted(name: str, records: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a count has a column where there is no room for all: what succeeded is the rest, zeros say nothing."""
    if name in ("Open", "Skipped"):
        return any(one.get(_COUNTS[name]) for one in records)
    return name != "Succeeded"


def _row(one: Mapping[str, Any], names: Iterable[str]) -> tuple[Any, ...]:
    mode = one.get("mode") or one.get("kind")
    started = str(one.get("started_at") or "-")[:19].replace("T", " ")
    took = duration(one.get("duration_seconds"))
    place = (one.get("account_id"), one.get("region"))
    counts = (one.get(_COUNTS[name]) for name in names)
    return (started, one.get("run_id"), mode, *place, one.get("status"), *counts, took)


def _clock(one: Mapping[str, Any]) -> tuple[str, str]:
    return clean(one.get("run_id"), 128), clean(one["clock_problem"], 200)


def _waiting(one: Mapping[str, Any]) -> str:
    """Records that the store did not take, and the command that brings them in."""
    held = "records that cannot be counted" if one["records"] is None else count(one["records"], "record")
    place, command = clean(one["folder"], 300), clean(one["command"], 400)
    return "%s in %s of %s. Import: %s" % (held, count(one["files"], "file"), place, command)


def _totals(page: Page, totals: Mapping[str, Any]) -> None:
    lines = [
        "%s: %s, %s, %s"
        % (
            clean(window, 10),
            count(one["runs"], "run"),
            count(one["servers"], "server"),
            "nothing to do" if one["success_percent"] is None else "%g%% succeeded" % one["success_percent"],
        )
        for window, one in totals.items()
        if one["records"]
    ]
    page.listed("Of these, in the last", lines)


def _group(one: Mapping[str, Any]) -> str:
    codes = ", ".join("%s (%d)" % pair for pair in sorted(one["codes"].items(), key=lambda pair: (-pair[1], pair[0])))
    text = "%s: %s, %s: %s" % (clean(one["account_id"], 20), clean(one["title"], 60), one["count"], clean(codes, 200))
    return "%s. %s" % (text, clean(" ".join(one["remedies"]), 400)) if one["remedies"] else text


def readiness(page: Page, data: Data) -> None:
    """``data``: a readiness report, see readiness_score.report."""
    score = data.get("score")
    covered = data.get("coverage") or {}
    page.title(
        "READINESS",
        "nothing is in scope" if score is None else "%d of 100, grade %s" % (score, data.get("grade")),
        count(covered.get("in_scope") or 0, "server"),
        "" if data.get("complete") else "not everything was looked at",
    )
    page.blank()
    rows = [_part(one) for one in data.get("parts") or ()]
    page.table(("Part", "Points", "Of", "State", "Why"), rows, (1, 2))
    page.listed("ZERO, because", [clean(one, 200) for one in data.get("hard_zero") or ()])
    page.blank()
    header = ("Application", "Servers", "Healthy", "Worst lag", "RPO", "Last drill", "Passed before", "Drill")
    page.table(header, [_application(one) for one in data.get("applications") or ()], (1, 2, 3, 4, 6))
    page.listed("Outstanding", [_outstanding(one) for one in data.get("outstanding") or ()])
    page.listed("Tags to correct", [clean(one.get("message")) for one in data.get("tag_findings") or ()])
    coverage(page, data.get("unknown_cells") or (), data.get("cells") or 0)


def _part(one: Mapping[str, Any]) -> tuple[Any, ...]:
    points = "-" if one["points"] is None else "%g" % one["points"]
    return (one["title"], points, one["weight"], one["state"].replace("_", " ").upper(), one["reason"])


def _application(one: Mapping[str, Any]) -> tuple[Any, ...]:
    last = one["last_drill"] or {}
    passed = one["drill_age_days"]
    return (
        one["application"] or "(none)",
        one["servers"],
        one["healthy"],
        duration(one["worst_lag_seconds"]),
        duration(one["rpo_seconds"]),
        "never" if not last else "%s %s" % (str(last["at"])[:10], last["result"]),
        "-" if passed is None else count(passed, "day"),
        "DUE" if one["drill_due"] else "fresh",
    )


def _outstanding(one: Mapping[str, Any]) -> str:
    text = "%s in %s: %s" % (clean(one["name"], 64), clean(one["cell"], 64), clean(one["problem"], 200))
    return text if one["critical"] else text + " (optional)"


RENDERERS = {"history": history, "readiness": readiness}
