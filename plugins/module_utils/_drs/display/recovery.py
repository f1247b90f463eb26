"""Pages of a recovery: a wave, a run, a clean-up."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import server_key
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import post_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import (
    FAILED,
    IN_PROGRESS,
    LAUNCHED,
    REFUSED,
    PLANNED,
    TERMINATED,
    UNKNOWN,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import still_exists
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import attached
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import (
    Entry,
    Page,
    coverage,
    unconfirmed,
    worst,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import gaps as gap_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import (
    clean,
    count,
    duration,
    names,
    remedy_of,
)


def wave(page: Page, data: Data) -> None:
    servers = _with_missing(data)
    page.title("WAVE %s" % clean(data.get("wave"), 40), count(len(servers), "server"))
    by_cell = _grouped(servers, "cell")
    rows = [(cell, *_result_row(members)) for cell, members in by_cell.items()]
    header = ("Cell", "Launched", "Failed", "Other", "Slowest", "Oldest data")
    page.table(header, rows, range(1, 6), ("Total", *_result_row(servers)))
    _failures(page, servers)
    _actions(page, servers)
    verdict = data.get("verdict") or {}
    if verdict.get("reason"):
        page.blank()
        page.say("Verdict: %s" % clean(verdict["reason"], 600))


def run(page: Page, data: Data) -> None:
    plan = data.get("plan") or {}
    waves = list(data.get("waves") or ())
    elapsed = data.get("elapsed_seconds")
    took = "in %s" % duration(elapsed) if elapsed is not None else ""
    page.title("RUN %s" % clean(data.get("name") or plan.get("name"), 64), data.get("mode") or plan.get("mode"), took)
    everyone: list[Entry] = []
    rows: list[tuple[Any, ...]] = []
    for wave in waves:
        servers = _with_missing(wave)
        everyone += servers
        verdict = wave.get("verdict") or {}
        passed = "-" if not verdict else "passed" if verdict.get("proceed") is True else "STOPPED"
        rows.append((wave.get("wave"), len({one.get("cell") for one in servers}), *_result_row(servers), passed))
    done = {str(wave.get("wave")) for wave in waves}
    waiting = [wave for wave in plan.get("waves") or () if str(wave["wave"]) not in done]
    for wave in waiting:
        rows.append((wave["wave"], len(wave["by_cell"]), 0, 0, len(wave["servers"]), "-", "-", "not started"))
    row = list(_result_row(everyone))
    row[2] += sum(len(wave["servers"]) for wave in waiting)
    header = ("Wave", "Cells", "Launched", "Failed", "Other", "Slowest", "Oldest data", "Verdict")
    cells = {one.get("cell") for one in everyone} | {cell for wave in waiting for cell in wave["by_cell"]}
    page.table(header, rows, range(1, 7), ("Total", len(cells), *row, ""))
    told = {str(name) for name in data.get("told") or ()}
    _failures(page, [one for wave in waves if str(wave.get("wave")) not in told for one in _with_missing(wave)])
    _actions(page, [one for wave in waves if str(wave.get("wave")) not in told for one in _with_missing(wave)])
    bad = {
        str(wave.get("wave")): [one for one in _with_missing(wave) if one.get("outcome") != LAUNCHED]
        for wave in waves
        if str(wave.get("wave")) in told
    }
    if any(bad.values()):
        page.blank()
        number, where = sum(map(len, bad.values())), names(name for name, members in bad.items() if members)
        page.say("%s not successful, named above with wave %s." % (count(number, "server was", "servers were"), where))
    coverage(page, plan.get("unknown_cells") or (), len(plan.get("cells") or ()))
    if data.get("waits"):
        page.blank()
        page.say(clean(data["waits"], 600))
    if data.get("turn"):
        page.say(clean(data["turn"], 200))


def _actions(page: Page, servers: Iterable[Entry]) -> None:
    """Post-launch actions that failed on servers that were launched all the same."""
    texts = [
        "%s in %s: %s" % (clean(one.get("name"), 64), clean(one.get("cell"), 64), post_launch.sentence(failed))
        for one in servers
        if one.get("outcome") == LAUNCHED
        for failed in [post_launch.failed(one)]
        if failed
    ]
    page.listed("Post-launch actions that failed, on servers that count as launched", texts)


def _with_missing(wave: Mapping[str, Any]) -> list[Entry]:
    """The results of a wave and the servers that the verdict missed: a lost cell must not vanish from the table."""
    servers = list(wave.get("servers") or ())
    reported_ids = {server_key(one) for one in servers}
    failed = (wave.get("verdict") or {}).get("failed") or ()
    return servers + [one for one in failed if server_key(one) not in reported_ids]


def _grouped(servers: Iterable[Entry], key: str) -> dict[str, list[Entry]]:
    return dict(sorted(group_by(servers, lambda one: str(one.get(key) or "unknown")).items()))


def _result_row(servers: Sequence[Entry]) -> tuple[Any, ...]:
    launched = [one for one in servers if one.get("outcome") == LAUNCHED]
    failed = [one for one in servers if one.get("outcome") == FAILED]
    times = [one["duration_seconds"] for one in servers if one.get("duration_seconds") is not None]
    return (
        len(launched),
        len(failed),
        len(servers) - len(launched) - len(failed),
        duration(max(times, default=None)),
        worst([one.get("data_age_seconds") for one in launched]),
    )


def _failures(page: Page, servers: Iterable[Entry], good: Iterable[str] = (LAUNCHED,)) -> None:
    """Everything that is not a success, the worst first, with its reason; then each remedy once."""
    fine = set(good)
    rank: dict[str, int] = {FAILED: 0, UNKNOWN: 1, REFUSED: 2}
    everyone = list(servers)
    bad = [one for one in everyone if one.get("outcome") not in fine]

    def weight(one: Entry) -> tuple[Any, ...]:
        first = rank.get(str(one.get("outcome")), len(rank))
        return (first, one.get("critical") is False, str(one.get("cell")), str(one.get("name")))

    bad.sort(key=weight)
    texts = []
    remedies: dict[str, list[Any]] = {}
    for one in bad:
        error = one.get("error") or {}
        text = "%s in %s: %s" % (
            clean(one.get("name") or one.get("source_server_id") or one.get("recovery_instance_id"), 64),
            clean(one.get("cell"), 64),
            str(clean(one.get("outcome"), 20) or UNKNOWN).upper(),
        )
        text += "" if one.get("critical") is not False else " (optional)"
        if error:
            text += ", %s: %s" % (clean(error.get("code"), 60), clean(error.get("message"), 300))
            if error.get("remedy"):
                remedies.setdefault(remedy_of(error), []).append(str(error.get("code")))
        texts.append(text)
    aged = [(one.get("error") or {}) for one in everyone if (one.get("error") or {}).get("code") == "older_data"]
    page.listed("Data older than asked for", [clean(error.get("message"), 300) for error in aged])
    page.listed("Not successful" if fine != {TERMINATED} else "Not terminated", texts)
    page.listed("Remedies", ["%s: %s" % (names(sorted(set(codes))), text) for text, codes in remedies.items()])
    jobs = _grouped([one for one in bad if one.get("outcome") == IN_PROGRESS and one.get("job_id")], "job_id")
    going_on = [
        "%s in %s: %s" % (clean(job, 40), clean(members[0].get("cell"), 64), count(len(members), "server"))
        for job, members in jobs.items()
    ]
    page.listed("Continue in AWS, where nobody waits for them now; the next command finds and adopts them", going_on)


def cleanup(page: Page, data: Data) -> None:
    servers = list(data.get("servers") or ())
    left = data.get("left")
    standing = [instance for instance in left or () if still_exists(instance)]
    ours = [instance for instance in standing if instance.get("is_drill") is not False]
    live = [instance for instance in standing if instance.get("is_drill") is False]
    asked = clean(data.get("asked"), 160)
    # a run id that was not typed right would otherwise look like one that was
    whose = "" if data.get("asked") is None else " %s" % (asked or "of every run")
    page.title("CLEAN-UP", count(len(servers), "instance") + whose)
    page.blank()
    by_cell = _grouped(servers, "cell")
    left_by_cell = _grouped(ours, "cell")
    rows = []
    for cell in sorted({*by_cell, *left_by_cell}):
        remaining = "?" if left is None else len(left_by_cell.get(cell, ()))
        rows.append((cell, *_cleanup_row(by_cell.get(cell, ())), remaining))
    header = ("Cell", "Terminated", "Refused", "Failed", "Other", "Left")
    page.table(header, rows, range(1, 6), ("Total", *_cleanup_row(servers), "?" if left is None else len(ours)))
    # a look terminates nothing: what it would terminate is no failure, and there is nothing to prove
    planned = [one for one in servers if one.get("outcome") == PLANNED]
    page.listed("Would be terminated", [_would_go(one) for one in planned])
    _failures(page, [one for one in servers if one.get("outcome") != PLANNED], (TERMINATED,))
    page.listed("LEFT", [_instance(instance) for instance in ours])
    page.listed("Live recovery instances, not of a drill, which stay", [_instance(instance) for instance in live])
    page.listed("NOT PROVEN", [_not_proven(one) for one in data.get("not_proven") or ()])
    found = data.get("resources") or {}
    attached.listed(page, found)
    page.listed("Not of this run, left alone", [clean(one.get("reason"), 400) for one in data.get("foreign") or ()])
    gaps = list(data.get("gaps") or ())
    page.listed("Not answered, and missing here", [gap_of.line(one.get("cell"), one) for one in gaps])
    lost = list(data.get("unknown_cells") or ())
    unproven = len(data.get("not_proven") or ())
    error = data.get("record_error") or {}
    # nobody knows the run and nothing bears its tags: a proof of that would look like a success
    nowhere = data.get("record") == "unknown" and not (servers or standing or unproven or lost or gaps)
    page.blank()
    if nowhere:
        page.say("NOT FOUND: the run is in no run store that was looked into, and no instance bears its tags.")
    elif left is None and not (servers or unproven or error or lost or gaps):
        page.say("Nothing is to be removed.")
    elif left is None and planned:
        page.say("Nothing was terminated." if data.get("unconfirmed") else "Check mode: nothing was terminated.")
    elif left is None:
        page.say("NOT PROVEN: the instances were not read again afterwards.")
    elif found.get("left") and not ours:
        page.say("NOT CLEAN: no drill instance is left, but %s." % attached.things(len(found["left"])))
    elif found.get("not_proven") and not (ours or unproven or error or lost):
        what = attached.things(len(found["not_proven"]))
        page.say("NOT PROVEN: no drill instance is left; nobody knows whether %s gone." % what)
    elif ours:
        page.say("NOT CLEAN: %s left." % count(len(ours), "drill instance is", "drill instances are"))
    elif unproven:
        page.say("NOT PROVEN: nobody knows whether %s gone." % count(unproven, "instance is", "instances are"))
    elif error:
        page.say("NOT PROVEN: the record of the run was not read or written: %s" % clean(error.get("message"), 300))
    elif lost:
        page.say("NOT PROVEN for %s, not read; nothing is left elsewhere." % names(cell.get("cell") for cell in lost))
    elif gaps and not data.get("clean"):
        where = names(sorted({str(one.get("cell")) for one in gaps}))
        page.say("NOT PROVEN: DRS lists none that is left, and EC2 did not answer in %s." % where)
    else:
        page.say("Proof: read again, no drill instance %sis left." % ("%s " % asked if asked else ""))
    attached.said(page, found)
    if data.get("record") == "unknown" and not nowhere:
        page.say("The run is in no run store that was looked into: its instances were found by their tags alone.")
    before = len(set(data.get("proven") or ()) - {one.get("recovery_instance_id") for one in servers})
    if before:
        page.say("%s gone before." % count(before, "instance of the run was", "instances of the run were"))
    if data.get("others"):
        # of other runs, or not of this collection: whoever reads the proof must not take it for theirs
        page.say("%s." % count(data["others"], "other drill instance exists", "other drill instances exist"))
    run_id = asked.partition("of run ")[2]
    if run_id and data.get("clean") and data.get("record") != "unknown" and not planned:
        page.say("To have this proof in the report and evidence of the run, write them again:")
        page.lines.append("  %s" % clean(data.get("report_command")))
    unconfirmed(page, data)
    coverage(page, lost, len(lost) + len(by_cell))


def _would_go(one: Entry) -> str:
    """An instance that a clean-up would terminate: which server it is of, and where."""
    name = one.get("name") or one.get("source_server_id") or "a server"
    return "%s: %s in %s" % (clean(name, 64), clean(one.get("recovery_instance_id"), 64), clean(one.get("cell"), 64))


def _cleanup_row(servers: Sequence[Entry]) -> tuple[int, ...]:
    outcomes = Counter(one.get("outcome") for one in servers)
    columns = (outcomes[TERMINATED], outcomes[REFUSED], outcomes[FAILED])
    return (*columns, len(servers) - sum(columns))


def _not_proven(one: Mapping[str, Any]) -> str:
    return "%s of %s in %s: %s" % (
        clean(one.get("recovery_instance_id") or "the instance"),
        clean(one.get("source_server_id")),
        clean(one.get("cell"), 64),
        clean(one.get("reason"), 300),
    )


def _instance(instance: Entry) -> str:
    return "%s in %s: of %s, %s, job %s" % (
        clean(instance.get("recovery_instance_id")),
        clean(instance.get("cell"), 64),
        clean(instance.get("source_server_id")),
        clean(instance.get("ec2_instance_state") or "state unknown"),
        clean(instance.get("job_id") or "unknown"),
    )


RENDERERS = {"wave": wave, "run": run, "cleanup": cleanup}
