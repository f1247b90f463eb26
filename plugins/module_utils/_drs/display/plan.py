"""The page of a plan: its waves, what it leaves out, and its blocking findings."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import exclusions
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import (
    Entry,
    Page,
    coverage,
    to_confirm,
    unconfirmed,
    worst,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names, remedy_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Plan
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.wave_verdict import bears

# A plan of so many servers names each of them.
MOST_NAMED = 60


def plan(page: Page, plan: Plan) -> None:
    summary = plan.get("summary") or {}
    waves = plan.get("waves") or []
    servers = [server for wave in waves for server in wave["servers"]]
    findings = list(plan.get("findings") or ())
    errors = [one for one in findings if one.get("severity") == ERROR]
    per_job = [(wave, cell, ids) for wave in waves for cell, ids in wave["by_cell"].items()]
    if waves or not errors:
        _waves(page, plan, per_job, servers)
    else:
        # a plan file that means nothing makes no plan; an empty table above what is wrong would look like one
        page.title("NO PLAN %s" % clean(plan.get("name"), 64), plan.get("mode"))
    if servers and (len(servers) <= MOST_NAMED or plan.get("detail")):
        page.blank()
        page.say("Order of launch:")
        for wave, cell, _ids in per_job:
            named = names(server["name"] for server in wave["servers"] if server["cell"] == cell)
            page.say("wave %s, %s: %s" % (clean(wave["wave"], 40), clean(cell, 64), named), "  ")
    if servers:
        texts = ["wave %s: %s" % (clean(wave["wave"], 40), bears(wave, plan.get("policy"))) for wave in waves]
        if len(texts) == 1:
            page.say("What it may lose before the run stops: %s" % bears(waves[0], plan.get("policy")))
        else:
            page.listed("What a wave may lose before the run stops", texts)
    _course(page, plan)
    page.listed("Left out", exclusions.reasons(summary.get("excluded") or {}))
    without = [one for one in plan.get("excluded") or () if one.get("reason_code") == "left_out"]
    page.listed("Left out by the request", [exclusions.line(one) for one in without])
    coverage(page, plan.get("unknown_cells") or (), len(plan.get("cells") or ()))
    _findings(page, "ERRORS, this plan must not run", errors)
    others = [one for one in findings if one.get("severity") != ERROR]
    # Cells that were not read have been told with their remedies just above.
    _findings(page, "Warnings", [one for one in others if one.get("code") != "cell_unreadable"])
    unconfirmed(page, plan)
    to_confirm(page, plan)


def _waves(page: Page, plan: Plan, per_job: Sequence[tuple[Any, str, Any]], servers: Sequence[Entry]) -> None:
    """The title, the figures, and the table of the waves by cell."""
    summary = plan.get("summary") or {}
    page.title("PLAN %s" % clean(plan.get("name"), 64), plan.get("mode"), "hash %s" % clean(plan.get("hash"))[:12])
    page.say(
        "%s in %s, %s, %s; data: %s"
        % (
            count(len(servers), "server"),
            count(len(plan.get("waves") or []), "wave"),
            count(summary.get("cells", 0), "cell"),
            count(summary.get("jobs", 0), "job"),
            clean(plan.get("point_in_time"), 40),
        )
    )
    page.blank()
    rows = []
    for wave, cell, ids in per_job:
        members = [server for server in wave["servers"] if server["cell"] == cell]
        rows.append((wave["wave"], cell, len(ids), wave["jobs_by_cell"][cell], *_plan_row(members)))
    total = ("Total", "", len(servers), summary.get("jobs", 0), *_plan_row(servers))
    header = ("Wave", "Cell", "Servers", "Jobs", "Critical", "Worst RPO", "Warnings", "Applications")
    page.table(header, rows, range(2, 7), total)


def _course(page: Page, plan: Plan) -> None:
    """What a plan file adds: what each wave waits for, and what stands between waves."""
    waves = plan.get("waves") or []
    in_a_row = [list(wave.get("after") or ()) for wave in waves] == [
        [] if not number else [waves[number - 1]["wave"]] for number in range(len(waves))
    ]
    for wave in () if in_a_row or not any("after" in wave for wave in waves) else waves:
        before = wave["after"]
        text = "after %s" % names(before, width=40) if before else "at once"
        page.say("wave %s begins %s" % (clean(wave["wave"], 40), text), "  ")
    if plan.get("stops") == "chain":
        page.say("A wave that does not pass stops only the waves that depend on it.", "  ")
    orders = {"before": ("gates", "actions"), "after": ("actions", "gates")}
    lines = [
        "%s wave %s: %s %s (%s)%s"
        % (
            when,
            clean(wave["wave"], 40),
            kind[:-1],
            clean(one.get("name"), 64),
            clean(one.get("type"), 20),
            ": %s" % clean(one["message"], 200) if one.get("message") else "",
        )
        for wave in plan.get("waves") or ()
        for when, order in orders.items()
        for kind in order
        for one in as_mapping(wave.get(kind)).get(when) or ()
    ]
    page.listed("Gates and actions", lines)


def _plan_row(servers: Sequence[Entry]) -> tuple[Any, ...]:
    return (
        sum(1 for server in servers if server.get("critical")),
        worst([server.get("predicted_rpo_seconds") for server in servers]),
        sum(1 for server in servers if server.get("warnings")),
        names(sorted({str(server.get("application") or "none") for server in servers}), 3, 24),
    )


def _findings(page: Page, title: str, findings: Iterable[Entry]) -> None:
    kept = list(findings)
    # those alike stand together, in the order of what came first: its remedy stands there
    codes = list(dict.fromkeys(item.get("code") for item in kept))
    found = sorted(kept, key=lambda item: (codes.index(item.get("code")), str(item.get("message"))))
    texts = ["%s: %s" % (clean(item.get("code"), 60), clean(item.get("message"))) for item in found]
    page.listed(title, texts, [remedy_of(item) for item in found])


RENDERERS = {"plan": plan}
