"""Pages of runs: the list of runs, and one run with its waves, approvals and journal."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import approvals
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data, Entry, Page
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import GOOD
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration, names


def begun(page: Page, data: Data) -> None:
    """``run_id``, and the ``option`` that it is given with. Said of a run that is written down, before it launches."""
    values = (clean(data.get("run_id"), 128), clean(data.get("option"), 40))
    page.say("Run %s: the same %s resumes it, on any controller." % values)


def runs(page: Page, data: Data) -> None:
    """``runs`` [RUN], ``token`` when there are more, ``unreadable`` [TROUBLE] beside them."""
    listed = list(data.get("runs") or ())
    page.title("RUNS", count(len(listed), "run"), "and more" if data.get("token") else "")
    page.blank()
    rows = [
        (
            run.get("run_id"),
            run.get("mode"),
            str(run.get("status")).upper()
            if run.get("status") in ("failed", "partial", "timeout")
            else run.get("status"),
            run.get("created_at"),
            duration(run_times.elapsed(run)),
            duration(run_times.waited(run) or None),
            sum((run.get("summary") or {}).values()) or "-",
            _by(run),
        )
        for run in listed
    ]
    page.table(("Run", "Mode", "Status", "Created", "Took", "Waited", "Servers", "By"), rows, (4, 5, 6), whole=(0,))
    clocks = ((clean(run.get("run_id"), 128), run_times.problem(run)) for run in listed)
    page.listed("Times that cannot be", ["run %s: %s" % pair for pair in clocks if pair[1]])
    page.listed("Went on without the store, on this controller", [_outside(one) for one in data.get("elsewhere") or ()])
    page.listed("In the store, and not shown", troubles.lines(data.get("unreadable") or ()))
    if data.get("token"):
        page.blank()
        page.say("There is more: ask again with runs_token=%s" % clean(data["token"]))


def _outside(one: Mapping[str, Any]) -> str:
    told = (
        clean(one.get(key), width) for key, width in (("run_id", 128), ("status", 20), ("where", 300), ("command", 300))
    )
    return "%s, %s, in %s. Put it back: %s" % tuple(told)


def journal(page: Page, data: Data) -> None:
    """One run: ``run`` RUN, ``waves``, ``approvals``, ``events``, ``journal_problems``, ``cleanup``."""
    run = data.get("run") or {}
    page.title("RUN %s" % clean(run.get("run_id"), 64), run.get("mode"), run.get("status"))
    for line in _facts(run):
        page.say(line, "  ")
    begun = {wave.get("wave") for wave in data.get("waves") or ()}
    rows = [
        (
            wave.get("wave"),
            wave.get("status"),
            len(wave.get("servers") or ()),
            sum(1 for one in wave.get("servers") or () if one.get("outcome") in GOOD),
            wave.get("intended_at"),
            wave.get("ended_at") or "-",
        )
        for wave in data.get("waves") or ()
    ]
    if rows:
        page.blank()
        page.table(("Wave", "Status", "Servers", "Succeeded", "Intended", "Ended"), rows, (2, 3))
    planned = (data.get("plan") or {}).get("waves") or ()
    page.listed("Not begun", [_meant(wave) for wave in planned if wave.get("wave") not in begun])
    page.listed("Approvals", [_approval(one) for one in data.get("approvals") or ()])
    page.listed("Overruled", ["%s: %s, by %s" % _overruled(one) for one in run.get("overrides") or ()])
    events = list(data.get("events") or ())
    page.listed("Journal, the newest first", [_event(one) for one in reversed(events)])
    problems = list(data.get("journal_problems") or ())
    page.listed("The journal is NOT whole", problems)


def _meant(wave: Entry) -> str:
    """A wave of the plan that has not begun, and its servers: what somebody who is asked for an approval must read."""
    lines = ["%s (%s)" % (clean(one.get("name"), 64), clean(one.get("cell"), 64)) for one in wave.get("servers") or ()]
    return "wave %s, %s: %s" % (clean(wave.get("wave"), 40), count(len(lines), "server"), names(lines, 60, 140))


def _by(run: Entry) -> str:
    """The name that was given for who started a run, and who typed it where that is another one."""
    named, typed = run.get("initiator"), (run.get("started_by") or {}).get("user")
    return "%s (%s)" % (named, typed) if named and typed and typed != named else str(named or typed or "-")


def _facts(run: Entry) -> list[str]:
    facts = [
        "plan %s, %s" % (clean(run.get("plan_name"), 64), str(run.get("plan_hash"))[:12]),
        "begun by %s" % approvals.who(run),
        "controller %s, number %d of this run" % (clean(run.get("controller"), 64), run.get("epoch") or 0),
    ]
    facts += [one for one in (run_times.problem(run),) if one]
    if run.get("reason"):
        facts.append("reason: %s" % clean(run["reason"], 300))
    return facts


def _approval(one: Entry) -> str:
    values = [clean(one.get(key), 64) for key in ("gate", "decision", "approver", "expires_at")]
    typed_by = one.get("approved_by") or {}
    if typed_by and typed_by.get("user") != one.get("approver"):
        values[2] += ", typed by %s" % approvals.person(typed_by)
    return "%s: %s by %s, until %s" % tuple(values)


def _overruled(one: Entry) -> tuple[str, ...]:
    return clean(one.get("guardrail"), 64), clean(one.get("reason"), 200), clean(one.get("by"), 64)


def _event(one: Entry) -> str:
    data = one.get("data") or {}
    details = {key: value for key, value in sorted(data.items()) if isinstance(value, (str, int)) and value != ""}
    lines = ["%s %s" % (key, clean(value, 80)) for key, value in details.items()]
    return "%s %s %s" % (one.get("at"), clean(one.get("event"), 40), ", ".join(lines))


RENDERERS: dict[str, Callable[[Page, Mapping[str, Any]], None]] = {
    "begun": begun,
    "runs": runs,
    "journal": journal,
}
