"""Render a report as JSON, CSV, JUnit and Markdown. The same model gives the same bytes."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.csv_text import csv_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import GOOD
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import connect
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.clean_ups import counts_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration, with_remedy

SERVER_COLUMNS = (
    "run_id",
    "wave",
    "application",
    "name",
    "source_server_id",
    "cell",
    "account_id",
    "region",
    "critical",
    "outcome",
    "category",
    "code",
    "message",
    "remedy",
    "job_id",
    "recovery_instance_id",
    "ec2_instance_id",
    "private_ip",
    "availability_zone",
    "point_in_time",
    "started_at",
    "ended_at",
    "duration_seconds",
    "attempts",
)
_MARKDOWN = re.compile(r"([\\`*\[\]|~]|\b_|_\b)")


def as_json(value: Any) -> str:
    """JSON with sorted keys and two spaces, ASCII only, with a line end."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"


def canonical(value: Any) -> str:
    """The shortest JSON of a value, always the same: what hashes are made over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def server_rows(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row with SERVER_COLUMNS for each server of the run that is shown, and for each failure of the others."""
    run = model.get("run")
    run_id = run["run_id"] if run else None
    why = {(one["run_id"], one["id"]): one for one in model["failures"]}
    rows = []
    for server in run["servers"] if run else ():
        failure = why.get((run_id, server["source_server_id"])) or {}
        placed = connect.where_it_stands(server)
        rows.append({**placed, "run_id": run_id, "message": failure.get("message"), "remedy": failure.get("remedy")})
    for one in model["failures"]:
        if one["run_id"] != run_id or not run:
            rows.append({**one, "source_server_id": one["id"], "outcome": one["status"], "ended_at": one["at"]})
    return rows


def csv_of(model: Mapping[str, Any]) -> str:
    """The servers of the report as CSV, safe to open in a spreadsheet."""
    return csv_text(server_rows(model), SERVER_COLUMNS)


def junit(model: Mapping[str, Any]) -> str:
    """The report as JUnit XML: a suite for the verdict and for each wave; without a run one for the accounts."""
    run = model.get("run")
    verdict = model["verdict"]
    reasons = "; ".join(one["text"] for one in verdict["reasons"])
    word = verdict["word"]
    first = _case(
        "report", "verdict", 0, "failure" if word == "FAIL" else "skipped" if word != "PASS" else "", word, reasons
    )
    run_id = run["run_id"] if run else None
    suites = [_suite(run_id or "report", [first])]
    why = {(one["run_id"], one["id"]): one for one in model["failures"]}
    members = run["servers"] if run else []
    for wave in dict.fromkeys(one["wave"] for one in members):
        servers = [one for one in members if one["wave"] == wave]
        suites.append(
            _suite(
                f"wave {wave}",
                [_server_case(one, why.get((run_id, one["source_server_id"]))) for one in servers],
            )
        )
    if not run:
        suites.append(_suite("accounts", [_account_case(one) for one in model["accounts"]]))
    return '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n%s</testsuites>\n' % "".join(suites)


def _server_case(server: Mapping[str, Any], failure: Mapping[str, Any] | None) -> str:
    outcome, details = server["outcome"], failure or {}
    kind = "" if outcome in GOOD else "failure" if outcome in outcomes.BAD_OUTCOMES else "skipped"
    detail = with_remedy(details.get("message"), details.get("remedy"))
    name = "%s (%s)" % (server["name"], server["source_server_id"])
    message = "%s: %s" % (outcome, server["code"]) if server["code"] else outcome
    return _case(
        str(server["application"] or server["cell"]), name, server["duration_seconds"] or 0, kind, message, detail
    )


def _account_case(account: Mapping[str, Any]) -> str:
    message = "%d of %s succeeded" % (account["succeeded"], count(account["counted"], "server"))
    kind = "failure" if account["failed"] else "" if account["counted"] else "skipped"
    return _case("accounts", account["account_id"], 0, kind, message, "")


def _suite(name: str, cases: list[str]) -> str:
    failures = sum("<failure" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    head = '<testsuite name="%s" tests="%d" failures="%d" errors="0" skipped="%d">\n'
    return head % (_xml(name), len(cases), failures, skipped) + "".join(cases) + "</testsuite>\n"


def _case(group: str, name: str, seconds: float, kind: str, message: str, detail: str) -> str:
    head = '<testcase classname="%s" name="%s" time="%.3f"' % (_xml(group), _xml(name), seconds)
    if not kind:
        return head + "/>\n"
    return '%s><%s message="%s">%s</%s></testcase>\n' % (head, kind, _xml(message), _xml(detail), kind)


def _xml(value: Any) -> str:
    # clean() leaves no character that XML forbids
    return html.escape(clean(value, 500))


def summary(model: Mapping[str, Any]) -> str:
    """The report on half a page of Markdown, for a ticket."""
    run, verdict = model.get("run"), model["verdict"]
    lines = ["# %s: %s" % (_md(model["title"]), verdict["word"]), ""]
    lines += ["- **%s** %s" % (one["word"], _md(one["text"])) for one in verdict["reasons"][:10]]
    lines += [""] if verdict["reasons"] and run else []
    if run:
        lines += _run_lines(run)
    if model["windows"]:
        lines += ["", "| period | runs | servers | succeeded | failed | rate |", "|---|---|---|---|---|---|"]
    lines += [
        "| %s | %d | %d | %d | %d | %s |"
        % (one["name"], one["runs"], one["counted"], one["succeeded"], one["failed"], rate(one["rate"]))
        for one in model["windows"]
    ]
    if model["failure_groups"]:
        lines += ["", "## Failures", "", "| account | category | code | servers | do |", "|---|---|---|---|---|"]
        lines += [
            "| %s | %s | %s | %d | %s |"
            % (_md(group["account_id"]), _md(part["category"]), _md(code["code"]), code["servers"], _md(code["remedy"]))
            for group in model["failure_groups"]
            for part in group["categories"]
            for code in part["codes"]
        ]
    if model["alerts"]:
        lines += ["", "## Alerts", ""]
        lines += [
            "- **%s** %s %s" % (one["level"], _md(one["text"]), _md(one["remedy"] or ""))
            for one in model["alerts"][:20]
        ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _run_lines(run: Mapping[str, Any]) -> Iterable[str]:
    totals = run["totals"]
    yield "Run **%s** (%s of %s): %s, %d of %s succeeded." % (
        _md(run["run_id"]),
        _md(run["mode"]),
        _md(run["plan_name"]),
        run["status"],
        totals["succeeded"],
        count(totals["servers"], "server"),
    )
    if run["objectives"]:
        yield ""
        yield "| application | servers | recovery time | of it waiting | target | recovery point | target | spread |"
        yield "|---|---|---|---|---|---|---|---|"
    for one in run["objectives"]:
        yield "| %s | %d of %d | %s | %s | %s%s | %s | %s%s | %s |" % (
            _md(one["application"]),
            one["launched"],
            one["servers"],
            duration(one["rto"]["actual"]),
            duration(one["rto"]["waited"]),
            duration(one["rto"]["target"]),
            met(one["rto"]["met"]),
            duration(one["rpo"]["actual"]),
            duration(one["rpo"]["target"]),
            met(one["rpo"]["met"]),
            duration(one["spread_seconds"]),
        )
    if run["left_out"]:
        yield ""
        yield "Left out:"
        yield ""
    for left in run["left_out"][:10]:
        yield "- %s (%s)" % (_md(left["detail"]), _md(left["who"] or "nobody on record"))
    if run["cleanup"]["proven"]:
        proof = run["cleanup"]
        told = "nothing left" if proof["clean"] else counts_of(proof)
        yield ""
        yield "Clean-up: %d terminated, %s." % (proof["terminated"], told)


def met(value: bool | None) -> str:
    """Whether a target was met, in words; nothing without a target."""
    return "" if value is None else " met" if value else " NOT MET"


def rate(value: float | None) -> str:
    """A share as people read it."""
    return "no data" if value is None else "%.1f %%" % value


def _md(value: Any) -> str:
    """Text that Markdown takes for text."""
    return _MARKDOWN.sub(r"\\\1", clean(value, 400).replace("&", "&amp;").replace("<", "&lt;"))
