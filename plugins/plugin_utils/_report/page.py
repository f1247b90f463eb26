"""Render the page of a report: one self-contained file, from a MODEL or from EVIDENCE.

The template is ours. What it shows is given to it as data and escaped; no text that came from outside is ever a
template. The page's own style and script are named to the browser by their hashes, so nothing else can run, and nothing
is loaded.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import charts as report_charts
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import commands, connect, deviations
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.files_text import rate
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, duration
from ansible_collections.resilience.drs.plugins.plugin_utils._report import heads, tables
from ansible_collections.resilience.drs.plugins.plugin_utils._report.words import LEVELS, moment, percent, size, tone

FOLDER = Path(__file__).parent / "page_files"
TEMPLATES = ("page.html", "parts.html", "tables.html", "watch.html")
SCRIPTS = ("base.js", "tables.js", "exports.js", "watch.js", "page.js")


def render(
    model: Mapping[str, Any],
    evidence: Mapping[str, Any] | None = None,
    watch: Mapping[str, Any] | None = None,
) -> str:
    """The page of a report as HTML; the same data gives the same text.

    :param model: a MODEL (report/model.build).
    :param evidence: an EVIDENCE (evidence.build), for the page of an evidence bundle.
    :param watch: a VIEW (report/watch.view) with ``every``, seconds between two looks, for a page that refreshes itself
        while the run goes on.
    """
    sources = {name: _file(name) for name in TEMPLATES}
    large = _tables(model, evidence)
    style = _file("page.css") + heads.cards(large.values()) + heads.paper(_foot(model, evidence))
    script = "(function () {\n%s})();\n" % "".join(map(_file, SCRIPTS))
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(sources),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(span=duration, rate=rate, moment=moment, tone=tone, percent=percent)
    environment.filters.update(size=size, width=tables.width, free=tables.free, many=count, typed=_typed)
    environment.globals.update(gantt=report_charts.gantt, bars=report_charts.bars, bullet=report_charts.bullet)
    environment.globals.update(over_time=report_charts.over_time, words=LEVELS, fixed=heads.FIXED)
    return environment.get_template("page.html").render(
        model=model,
        run=model["run"],
        evidence=evidence,
        watch=watch,
        tables=large,
        people=_people(evidence["about"]["participants"]) if evidence else [],
        style=Markup(style),
        script=Markup(script),
        policy="default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'"
        % (_source(style), _source(script)),
    )


def _tables(model: Mapping[str, Any], evidence: Mapping[str, Any] | None) -> dict[str, Any]:
    """The large tables of the page by their names, see tables.shape."""
    run, fleet = model["run"], model["fleet"]
    failures, failed = model["failures"], "Servers that did not succeed, newest first (times in UTC)"
    shaped = {
        "failures": tables.shape(tables.FAILURES_OF_RUN if evidence else tables.FAILURES, failures, failed),
        "activity": tables.shape(tables.ACTIVITY, model["activity"], "Runs and deployments, newest first (UTC)"),
    }
    if run:
        rows = tables.server_rows(run["servers"], connect.standing(run))
        shaped["servers"] = tables.shape(tables.SERVERS, rows, "Every server of the plan, in its order (times in UTC)")
    if fleet:
        shaped["replication"] = tables.shape(tables.REPLICATION, fleet["rows"], "Replication of every source server")
    if run and evidence:
        earlier = "Earlier attempts, which a later one took the place of (UTC)"
        shaped["attempts"] = tables.shape(tables.ATTEMPTS, run["attempts"], earlier)
        stages = deviations.stages(run["servers"])
        shaped["stages"] = tables.shape(tables.STAGES, stages, "Stages of the failback of each server (times in UTC)")
        shaped["exceptions"] = tables.shape(tables.EXCEPTIONS, evidence["exceptions"], "What did not go as planned")
        excluded = evidence["scope"]["excluded"]
        shaped["excluded"] = tables.shape(tables.EXCLUDED, excluded, "Left out of the plan, with the reason")
        typed = [
            {**one, "what": commands.COMMANDS[one["event"]], "session": commands.sentence(one)}
            for one in evidence["commands"]
        ]
        shaped["commands"] = tables.shape(tables.COMMANDS, typed, "Commands of the run, and who typed them (UTC)")
        shaped["events"] = tables.shape(tables.EVENTS, run["events"], "Events (times in UTC)")
    return shaped


def _foot(model: Mapping[str, Any], evidence: Mapping[str, Any] | None) -> str:
    """What stands at the foot of each sheet of paper."""
    run = "run %s, " % model["run"]["run_id"] if model["run"] else ""
    if evidence:
        return "Evidence of %s%s, hash %s" % (run, evidence["state"].lower(), evidence["evidence_hash"])
    return "%s, %swritten %s UTC" % (model["title"], run, moment(model["generated_at"]))


def _people(participants: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Each person once, in order, with all that they were."""
    found: dict[str, list[str]] = {}
    for one in participants:
        found.setdefault(one["name"], []).append(one["role"])
    return list(found.items())


def _typed(text: Any) -> Markup:
    """Text in which what is to be typed stands in backticks, as remedies have it, with that in <code>."""
    parts = str(text or "").split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>%s</code>") % one if at % 2 else escape(one) for at, one in enumerate(parts))


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
