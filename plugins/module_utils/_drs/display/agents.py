"""Pages of a deployment of agents: what would be sent, a wave, the end."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data, Entry, Page, coverage
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import (
    clean,
    count,
    duration,
    names,
    remedy_of,
)

MOST_NAMED = 60
_METHODS = {"aws_document": "the document of AWS", "shell": "the shell", "document": "a document of one's own"}
_PLANNED = (
    ("Send", (outcomes.PLANNED,)),
    ("Offline", (outcomes.QUEUED,)),
    ("Installing", (outcomes.IN_PROGRESS,)),
    ("In DRS", (outcomes.ALREADY_INSTALLED,)),
    ("Not sent", (outcomes.SKIPPED, outcomes.REFUSED)),
)
_GOOD = (outcomes.INSTALLED, outcomes.ALREADY_INSTALLED, outcomes.REMOVED)
_RANK: dict[str, int] = {outcomes.FAILED: 0, outcomes.UNKNOWN: 1, outcomes.REFUSED: 2, outcomes.SKIPPED: 3}
_COLUMNS = (
    ("Installed", (outcomes.INSTALLED,)),
    ("Already", (outcomes.ALREADY_INSTALLED,)),
    ("Failed", (outcomes.FAILED, outcomes.UNKNOWN)),
    ("Not sent", (outcomes.SKIPPED, outcomes.REFUSED, outcomes.QUEUED)),
    ("Installing", (outcomes.IN_PROGRESS,)),
)


def deploy_plan(page: Page, plan: Mapping[str, Any]) -> None:
    """``deploy_plan``: see agents/deployment.plan."""
    waves, cells = list(plan.get("waves") or ()), list(plan.get("cells") or ())
    total = (plan.get("summary") or {}).get("total", 0)
    page.title(
        "DEPLOYMENT %s" % clean(plan.get("deployment_id"), 64), count(total, "machine"), count(len(waves), "wave")
    )
    page.blank()
    busy = [cell for cell in cells if (cell.get("summary") or {}).get("total")]
    rows = [
        (
            cell.get("cell"),
            (cell.get("replication") or {}).get("cell"),
            *(sum((cell.get("summary") or {}).get(kind, 0) for kind in kinds) for _title, kinds in _PLANNED),
        )
        for cell in busy
    ]
    header = ("Cell", "Replicates to", *(title for title, _kinds in _PLANNED))
    page.table(header, rows, range(2, len(header)))
    page.listed("Pattern", [_way(cell) for cell in busy])
    _room(page, plan.get("capacity") or ())
    _order(page, waves)
    _bad(page, plan.get("settled") or (), (outcomes.ALREADY_INSTALLED, outcomes.REMOVED), "Not sent to")
    offline = [one for wave in waves for one in wave["machines"] if one["outcome"] == outcomes.QUEUED]
    _bad(page, offline, (), "Waiting for Systems Manager")
    coverage(page, plan.get("unknown_cells") or (), len(cells) + len(plan.get("unknown_cells") or ()))
    _findings(page, plan)


def _findings(page: Page, plan: Mapping[str, Any]) -> None:
    """What forbids the plan, and what is to be looked at; a cell that was not read has been told."""
    told = {(one.get("cell"), (one.get("error") or {}).get("code")) for one in plan.get("unknown_cells") or ()}
    found = [one for one in plan.get("findings") or () if (one.get("cell"), one.get("code")) not in told]
    mild = [one for one in found if one.get("severity") != ERROR]
    page.listed(
        "Warnings",
        ["%s: %s" % (clean(one.get("code"), 60), clean(one.get("message"))) for one in mild[:MOST_NAMED]]
        + (["and %d more" % (len(mild) - MOST_NAMED)] if len(mild) > MOST_NAMED else []),
        sorted({remedy_of(one) for one in mild if one.get("remedy")}),
    )
    wrong = [one for one in found if one.get("severity") == ERROR]
    page.listed(
        "ERRORS, nothing is sent",
        ["%s: %s" % (clean(one.get("code"), 60), clean(one.get("message"))) for one in wrong],
        [remedy_of(one) for one in wrong],
    )


def _way(cell: Entry) -> str:
    """How the machines of a cell are protected, and by what means."""
    there = clean((cell.get("replication") or {}).get("cell"), 64)
    if cell.get("pattern") == "extended":
        way = "extended: into %s, and from there to %s" % (there, clean(cell.get("extend_to"), 64))
    elif cell.get("pattern") == "cross_account":
        way = "cross account: into %s" % there
    else:
        way = "same account: into %s" % there
    return "%s: %s; by %s" % (clean(cell.get("cell"), 64), way, _METHODS.get(str(cell.get("method")), "a document"))


def _room(page: Page, capacity: Sequence[Entry]) -> None:
    shown = [one for one in capacity if one["name"] == "replicating_servers" or not one["fits"]]
    if not shown:
        return
    page.blank()
    header = ("Room in", "Quota", "Used", "Planned", "Limit", "")
    rows = [
        (one["cell"], one["name"].replace("_", " "), one["used"], one["planned"], one["limit"],
         "fits" if one["fits"] else "FULL")
        for one in shown
    ]  # fmt: skip
    page.table(header, rows, range(2, 5))


def _order(page: Page, waves: Sequence[Entry]) -> None:
    if not waves:
        return
    everyone = sum(len(wave["machines"]) for wave in waves)
    page.blank()
    page.say("Order of sending:")
    for wave in waves:
        for cell, ids in wave["by_cell"].items():
            mine = [one for one in wave["machines"] if one["cell"] == cell]
            named = names((_titled(one) for one in mine), None if everyone <= MOST_NAMED else 5)
            where = "wave %s, %s, %s" % (clean(wave["wave"], 40), clean(cell, 64), count(len(ids), "machine"))
            page.say("%s: %s" % (where, named), "  ")


def _titled(one: Entry) -> str:
    extra = [clean(one[key], 20) for key in ("platform",) if one.get(key) == "windows"]
    extra += ["priority %s" % clean(one["priority"], 12)] if one.get("priority") else []
    return "%s%s" % (clean(one.get("name"), 48), " (%s)" % ", ".join(extra) if extra else "")


def deploy_wave(page: Page, data: Data) -> None:
    """``deploy_wave``: ``wave``, ``servers`` [entry] of all cells, ``verdict`` {proceed, reason}."""
    servers = list(data.get("servers") or ())
    page.title("WAVE %s" % clean(data.get("wave"), 40), count(len(servers), "machine"))
    page.blank()
    _results(page, servers)
    _bad(page, servers, _GOOD, "Not protected")
    _warnings(page, servers)
    if (data.get("verdict") or {}).get("reason"):
        page.blank()
        page.say("Verdict: %s" % clean(data["verdict"]["reason"], 600))


def deploy(page: Page, data: Data) -> None:
    """``deploy``: ``deployment_id``, ``waves`` [{wave, servers, verdict}], ``plan``, ``replication`` [SERVER],
    ``to_extend``."""
    plan = data.get("plan") or {}
    waves = list(data.get("waves") or ())
    servers = [one for wave in waves for one in wave.get("servers") or ()]
    settled = list(plan.get("settled") or ())
    everyone = settled + servers
    done = {str(wave.get("wave")) for wave in waves}
    waiting = [one for wave in plan.get("waves") or () if str(wave["wave"]) not in done for one in wave["machines"]]
    page.title(
        "DEPLOYMENT %s" % clean(data.get("deployment_id") or plan.get("deployment_id"), 64),
        count(len(everyone) + len(waiting), "machine"),
    )
    page.blank()
    _results(page, everyone)
    if waiting:
        page.blank()
        page.say("Not begun, as an earlier wave failed: %s." % count(len(waiting), "machine"))
    _bad(page, everyone, _GOOD, "Not protected")
    _warnings(page, everyone)
    _replication(page, data.get("replication"))
    staged = [_staged(one) for one in data.get("to_extend") or ()]
    page.listed("In staging, where no drill launches anything until it is extended", staged)
    coverage(page, plan.get("unknown_cells") or (), len(plan.get("cells") or ()) + len(plan.get("unknown_cells") or ()))


def _staged(one: Entry) -> str:
    places = (clean(one[key], 64) for key in ("cell", "replicates_to", "extend_to"))
    return "%s of %s: in %s, to be extended into %s" % (count(one["servers"], "server"), *places)


def _results(page: Page, servers: Sequence[Entry]) -> None:
    cells = group_by(servers, lambda one: str(one.get("cell") or "unknown"))
    rows = [(cell, *_row(cells[cell])) for cell in sorted(cells)]
    header = ("Cell", *(title for title, _kinds in _COLUMNS), "Slowest")
    page.table(header, rows, range(1, len(header)), ("Total", *_row(servers)))


def _row(servers: Sequence[Entry]) -> tuple[Any, ...]:
    times = [one["duration_seconds"] for one in servers if one.get("duration_seconds") is not None]
    counts = [sum(1 for one in servers if one.get("outcome") in kinds) for _title, kinds in _COLUMNS]
    return (*counts, duration(max(times, default=None)))


def _bad(page: Page, servers: Iterable[Entry], good: Iterable[str], title: str) -> None:
    """Everything that is not good, the worst first, with its reason; then each remedy once."""
    fine = set(good)
    bad = [one for one in servers if one.get("outcome") not in fine]
    bad.sort(key=lambda one: (_RANK.get(str(one.get("outcome")), 9), str(one.get("cell")), str(one.get("name"))))
    texts: list[str] = []
    remedies: dict[str, set[str]] = {}
    for one in bad:
        error = one.get("error") or {}
        text = "%s in %s: %s" % (
            clean(one.get("name"), 64),
            clean(one.get("cell"), 64),
            str(one.get("outcome")).upper(),
        )
        if error:
            text += ", %s: %s" % (clean(error.get("code"), 60), clean(error.get("message"), 300))
            if error.get("remedy"):
                remedies.setdefault(remedy_of(error), set()).add(str(error.get("code")))
        texts.append(text)
    page.listed(title, texts)
    page.listed("Remedies", ["%s: %s" % (names(sorted(codes)), text) for text, codes in remedies.items()])


def _warnings(page: Page, servers: Iterable[Entry]) -> None:
    warnings = [one for one in servers if one.get("outcome") in _GOOD and one.get("error")]
    page.listed(
        "Protected, but",
        ["%s in %s: %s" % (clean(one["name"], 64), clean(one["cell"], 64), clean(one["error"]["message"], 300))
         for one in warnings],
        [remedy_of(one["error"]) for one in warnings],
    )  # fmt: skip


def _replication(page: Page, servers: Sequence[Entry] | None) -> None:
    if servers is None:
        return
    states: dict[str, int] = {}
    for one in servers:
        state = str((one.get("replication") or {}).get("state") or "unknown")
        states[state] = states.get(state, 0) + 1
    page.blank()
    page.say("Replication: %s" % (", ".join("%d %s" % (states[state], state) for state in sorted(states)) or "none"))


RENDERERS: dict[str, Callable[[Page, Mapping[str, Any]], None]] = {
    "deploy_plan": deploy_plan,
    "deploy_wave": deploy_wave,
    "deploy": deploy,
}
