"""Geometry of the charts of a report: numbers only, the page draws them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import GREEN, NO_DATA, RED, YELLOW
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, duration, truncate
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time

WIDTH, LABEL, ROW, BAR = 960.0, 190.0, 22.0, 13.0
MOST_ROWS = 120
MOST_BARS = 120
_STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800)


def gantt(
    waves: Sequence[Mapping[str, Any]], idle: Sequence[Mapping[str, Any]] = (), now: str | None = None
) -> dict[str, Any] | None:
    """The waves on a line of time: ``{width, height, label, ticks [{x, label}], rows [{y, label, kind, x, width, level,
    title}], idle [{x, width, title}], left_out}``; a row for each wave and one for each of its cells. ``idle`` are the
    times in which nobody worked on the run. A wave that goes on is drawn until ``now``. None when nothing has a time.
    """
    rows = []
    for wave in waves:
        level = wave["totals"]["level"]
        if is_open(wave):
            level = NO_DATA
            wave = {**wave, "until": wave["ended_at"] or now}
        elif not wave["proceed"]:
            level = RED
        rows.append(_row("wave %s" % wave["wave"], "wave", wave, level))
        for cell in wave["cells"]:
            # nothing has failed yet in a wave that nobody has judged
            ahead = is_open(wave) and not cell["totals"]["failed"]
            rows.append(_row(cell["cell"] or "?", "cell", cell, NO_DATA if ahead else cell["totals"]["level"]))
    timed = [row for row in rows if row["start"] and row["end"]]
    if not timed:
        return None
    first, last = min(row["start"] for row in timed), max(row["end"] for row in timed)
    total = max((last - first).total_seconds(), 1.0)
    scale = (WIDTH - LABEL - 20) / total
    drawn = []
    for place, row in enumerate(rows[:MOST_ROWS]):
        shape = {"y": 30 + place * ROW, "label": truncate(row["label"], 26), "kind": row["kind"], "level": row["level"]}
        shape.update(title=row["title"], count=row["count"], x=None, width=None)
        if row["start"] and row["end"]:
            shape["x"] = _round(LABEL + (row["start"] - first).total_seconds() * scale)
            shape["width"] = _round(max(2.0, (row["end"] - row["start"]).total_seconds() * scale))
            # beside the bar, where there is room
            right = shape["x"] + shape["width"] + 5
            before = right + 70 > WIDTH
            shape.update(text_x=_round(shape["x"] - 5 if before else right), anchor="end" if before else "start")
        drawn.append(shape)
    return {
        "width": WIDTH,
        "height": 40 + len(drawn) * ROW,
        "label": LABEL,
        "bar": BAR,
        "ticks": _ticks(first, total, scale),
        "rows": drawn,
        "idle": _idle(idle, first, last, scale),
        "left_out": len(rows) - len(drawn),
        "since": iso_time(first),
        "until": iso_time(last),
    }


def is_open(wave: Mapping[str, Any]) -> bool:
    """Whether nobody has judged a wave yet: it runs, or its controller has gone."""
    return wave["status"] in ("intended", "launched") and not wave["reason"]


def _idle(idle: Sequence[Mapping[str, Any]], first: Any, last: Any, scale: float) -> list[dict[str, Any]]:
    """The times in which nobody worked, as far as they lie within the chart."""
    shapes = []
    for one in idle:
        since, until = parse_time(one["since"]), parse_time(one["until"]) or last
        begin, end = max(since or first, first), min(until, last)
        if since and begin < end:
            x, width = LABEL + (begin - first).total_seconds() * scale, (end - begin).total_seconds() * scale
            title = "nobody worked on it: %s" % duration((until - since).total_seconds())
            shapes.append({"x": _round(x), "width": _round(max(1.0, width)), "title": title})
    return shapes


def _row(label: str, kind: str, what: Mapping[str, Any], level: str) -> dict[str, Any]:
    start, end = parse_time(what["started_at"]), parse_time(what["ended_at"])
    totals = what["totals"]
    took = duration((end - start).total_seconds()) if start and end else "not ended"
    title = "%s: %d of %s, %s" % (label, totals["succeeded"], count(totals["counted"], "server"), took)
    drawn = end or parse_time(what.get("until"))
    drawn = drawn if not start or not drawn or drawn > start else None
    result = {"label": label, "kind": kind, "start": start, "end": drawn, "level": level, "title": title}
    return {**result, "count": "%d of %d" % (totals["succeeded"], totals["counted"])}


def _ticks(first: Any, total: float, scale: float) -> list[dict[str, Any]]:
    step = next((one for one in _STEPS if total / one <= 8), _STEPS[-1])
    ticks: list[dict[str, Any]] = []
    passed = 0
    while passed <= total and len(ticks) < 20:
        moment = first + timedelta(seconds=passed)
        label = moment.strftime("%H:%M" if total < 86400 else "%m-%d %H:%M")
        ticks.append({"x": _round(LABEL + passed * scale), "label": label})
        passed += step
    return ticks


def over_time(days: Sequence[Mapping[str, Any]], since: Any, until: Any) -> dict[str, Any] | None:
    """Failures on a line of days, or of weeks where there are many: ``{width, bars [{x, y, width, height, shade,
    title}], first, last, most, failed, counted, weeks}``; heights out of 100. None when nothing ran.

    A day on which nothing ran has no bar: it was idle, which is not the same as good.
    """
    if not days:
        return None
    first = min(_day(since) or _day(days[0]["day"]), _day(days[0]["day"]))
    last = max(_day(until) or _day(days[-1]["day"]), _day(days[-1]["day"]))
    step = 1 if (last - first).days < MOST_BARS else 7
    groups = group_by(days, lambda one: (_day(one["day"]) - first).days // step)
    failed = {place: sum(one["failed"] for one in rows) for place, rows in groups.items()}
    most = max(failed.values())
    shapes = []
    for place, rows in sorted(groups.items()):
        height = _round(8 + 92 * failed[place] / most) if failed[place] else 4.0
        begin = first + timedelta(days=place * step)
        counted = count(sum(one["counted"] for one in rows), "server")
        told = (begin.isoformat(), failed[place], counted, sum(one["runs"] for one in rows))
        shapes.append(
            {
                "x": place * 10 + 1,
                "y": _round(100 - height),
                "width": 8,
                "height": height,
                "shade": "f-red" if failed[place] else "f-green",
                "title": "%s: %d of %s failed, runs: %d" % told,
            }
        )
    return {
        "width": 10 * ((last - first).days // step + 1),
        "bars": shapes,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "most": most,
        "weeks": step == 7,
        "failed": sum(failed.values()),
        "counted": sum(one["counted"] for one in days),
    }


def _day(value: Any) -> Any:
    return date.fromisoformat(str(value)[:10]) if value else None


def bars(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Horizontal bars: each row with its ``width`` out of 100 of the greatest, and its ``share`` of all in percent."""
    most = max((row["servers"] for row in rows), default=0)
    total = sum(row["servers"] for row in rows)
    return [
        {
            **row,
            "width": _round(row["servers"] * 100 / most) if most else 0,
            "share": row["servers"] * 1000 // total / 10 if total else 0,
        }
        for row in rows
    ]


def bullet(actual: float | None, target: float | None) -> dict[str, Any] | None:
    """An actual value against its target, both out of 100: ``{width, mark, level}``; None when there is no value."""
    if actual is None:
        return None
    most = max(actual, target or 0) * 1.15 or 1.0
    level = NO_DATA if target is None else GREEN if actual <= target else RED
    if level == GREEN and target and actual > target * 0.8:
        level = YELLOW
    mark = None if target is None else _round(target * 100 / most)
    return {"width": _round(max(1.0, actual * 100 / most)), "mark": mark, "level": level}


def _round(value: float) -> float:
    return round(value, 1)
