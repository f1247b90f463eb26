"""The pages of a failback: its plan, a stage of a wave, and its end."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import exclusions
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_stage import STATES
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import attached
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import (
    Data,
    Entry,
    Page,
    coverage,
    unconfirmed,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import (
    clean,
    count,
    duration,
    names,
    remedy_of,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import clock_time

LISTED = 20
"""So many machines are named one by one."""


def plan(page: Page, data: Data) -> None:
    """``failback_plan``: the PLAN of drs_failback_plan."""
    summary = data.get("summary") or {}
    figures = (count(summary.get("servers", 0), "server"), count(summary.get("waves", 0), "wave"))
    mode = str(data.get("mode")).replace("_", " ")
    sealed = "hash %s" % str(data["hash"])[:12] if data.get("hash") else ""
    page.title("FAILBACK PLAN %s" % clean(data.get("name"), 64), mode, *figures, sealed)
    page.blank()
    rows = []
    for wave in data.get("waves") or ():
        for one in wave["servers"]:
            original = one.get("original") or {}
            rows.append(
                (
                    wave["wave"],
                    one.get("name"),
                    one.get("cell"),
                    one.get("recovery_instance_id") or "-",
                    "outside AWS" if one.get("origin") == "ON_PREMISES" else original.get("cell") or "unknown",
                    "yes" if one.get("critical") else "no",
                )
            )
    page.table(("Wave", "Server", "Recovered in", "Instance", "Fails back to", "Critical"), rows[:60], whole=(3,))
    if len(rows) > 60:
        page.say("and %d more" % (len(rows) - 60), "  ")
    findings = list(data.get("findings") or ())
    for title, blocking in (("Errors", True), ("Warnings", False)):
        chosen = [one for one in findings if (one.get("severity") == ERROR) is blocking]
        lines = ["%s: %s" % (clean(one.get("code"), 60), clean(one.get("message"), 300)) for one in chosen]
        page.listed(title, lines, [remedy_of(one) for one in chosen])
    if summary.get("launch_settings"):
        page.blank()
        page.say("Launch settings in the original cell: declared for %s." % count(summary["launch_settings"], "server"))
        page.listed("In the original cell they launch with", _settings(data.get("waves") or ()))
    page.listed("Left out", exclusions.reasons(summary.get("excluded") or {}))
    coverage(page, data.get("unknown_cells") or (), len(data.get("cells") or ()))
    if data.get("mode") == "failback" and rows:
        page.blank()
        page.listed(
            "Terminated at the end, once somebody has validated and confirmed", _ends(data.get("terminated") or ())
        )
        page.say("To confirm what cannot be taken back: %s" % clean(data.get("confirmation"), 200))
    unconfirmed(page, data)


def _ends(machines: Iterable[Entry]) -> list[str]:
    """A line for each recovery instance that is terminated at the end of a failback."""
    lines = [
        "%s: %s in %s" % tuple(clean(one.get(key), 64) for key in ("name", "recovery_instance_id", "cell"))
        for one in machines
    ]
    return [*lines[:LISTED], *(["and %d more" % (len(lines) - LISTED)] if len(lines) > LISTED else [])]


def _settings(waves: Iterable[Entry]) -> list[str]:
    """A line for all servers with the same launch settings: which ones, and what each setting is."""
    groups: dict[str, list[Any]] = {}
    for wave in waves:
        for one in wave["servers"]:
            settled = one.get("launch_settings")
            if settled:
                pairs = ("%s %s" % (clean(name, 40), _value(settled[name])) for name in sorted(settled))
                groups.setdefault(", ".join(pairs), []).append(one.get("name"))
    return ["%s: %s" % (names(sorted(named, key=str), 10), text) for text, named in groups.items()]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "{%s}" % ", ".join("%s %s" % (clean(key, 40), _value(value[key])) for key in sorted(value))
    return names(value) if isinstance(value, (list, tuple)) else clean(value, 120)


def failing_back(cells: Iterable[Entry]) -> list[str]:
    """A line for each recovery instance failing back: its state in the words of the console, and how far it is."""
    lines = []
    for cell in cells:
        names_of = {one.get("source_server_id"): one.get("name") for one in cell.get("source_servers") or ()}
        for instance in cell.get("recovery_instances") or ():
            if not instance.get("pending_action"):
                continue
            server_id = instance.get("source_server_id")
            copy = instance.get("replication") or {}
            words = [clean((instance.get("failback") or {}).get("status"), 40)]
            if copy.get("percent") is not None:
                words.append("%d %% copied" % copy["percent"])
            if copy.get("eta"):
                words.append("expected end %s" % clean(clock_time(str(copy["eta"]))))
            words.append("pending in DRS: %s" % clean(instance["pending_action"], 40).replace("_", " "))
            name = clean(names_of.get(server_id) or server_id, 64)
            lines.append("%s in %s: %s" % (name, clean(cell.get("cell"), 64), ", ".join(words)))
    return sorted(lines)


def stage(page: Page, data: Data) -> None:
    """``failback_stage``: ``wave``, ``state``, ``servers`` [server entry] of all cells, ``verdict``, ``read_at``."""
    servers = list(data.get("servers") or ())
    took = data.get("elapsed_seconds")
    read_at = "as of %s" % clean(data["read_at"], 20) if data.get("read_at") else ""
    figures = (count(len(servers), "server"), "in %s" % duration(took) if took else "", read_at)
    page.title("WAVE %s %s" % (clean(data.get("wave"), 40), clean(data.get("state"), 20).upper()), *figures)
    page.blank()
    _servers(page, servers)
    reason = (data.get("verdict") or {}).get("reason")
    if reason:
        page.blank()
        page.say("Verdict: %s" % clean(reason, 600))


def end(page: Page, data: Data) -> None:
    """``failback``: ``name``, ``mode``, ``servers`` [the last entry of each], ``plan``, ``stopped``, ``left``,
    ``resources`` of the proof.

    ``to_type`` is what a person adds to the next command, ``over`` that the run had ended before this command.
    """
    servers = list(data.get("servers") or ())
    mode = clean(data.get("mode"), 40).replace("_", " ")
    page.title("FAILBACK %s" % clean(data.get("name"), 64), mode, count(len(servers), "server"))
    page.blank()
    planned = [one for wave in (data.get("plan") or {}).get("waves") or () for one in wave.get("servers") or ()]
    _servers(page, servers, [one.get("original_instance_id") for one in planned])
    page.blank()
    if data.get("over"):
        page.say("This run has ended (%s). It is told from its record, and nothing was done." % clean(data["over"], 60))
    if data.get("waits"):
        page.say(clean(data["waits"], 600))
        if data.get("turn"):
            page.say(clean(data["turn"], 200))
    elif data.get("stopped"):
        page.say("STOPPED: %s" % clean(data["stopped"], 600))
    serving = [one for one in servers if _details(one).get("serving")]
    bare = [one for one in servers if one.get("outcome") == "cleaned" and not _details(one).get("protected")]
    drill = data.get("mode") != "failback"
    if drill:
        page.say("Drill: nothing was protected, and nothing that serves was terminated.")
        if serving:
            page.say("Recovery instances that may serve were kept: %s" % names(one.get("name") for one in serving))
    elif serving:
        away = count(len(serving), "server")
        both = [one for one in serving if (_details(one).get("original") or {}).get("recovery_instance_id")]
        if both:
            page.say("Both sides run: the recovery instances of %s stay until you confirm." % away)
        else:
            page.say("Nothing was launched in the original cells: the recovery instances of %s serve on." % away)
    elif servers and not bare and all(one.get("outcome") == "cleaned" for one in servers):
        page.say("Protected again: replication is continuous from the original cells to the recovery cells.")
    if bare and not drill:
        page.say("NOT PROTECTED: %s" % names(one.get("name") for one in bare))
    found = data.get("resources") or {}
    attached.listed(page, found)
    attached.said(page, found)
    _to_type(page, data.get("to_type") or {})
    places = {one.get("original_instance_id"): one for one in planned}
    left = [_left(str(one), places.get(one)) for one in data.get("left") or ()]
    page.listed("Original machines, no longer protected; terminating them is your decision", left)
    coverage(
        page, (data.get("plan") or {}).get("unknown_cells") or (), len((data.get("plan") or {}).get("cells") or ())
    )


def _left(instance_id: str, server: Mapping[str, Any] | None) -> str:
    """An original machine by its name, id and cell."""
    if not server:
        return instance_id
    place = (server.get("original") or {}).get("cell")
    text = "%s: %s" % (clean(server.get("name"), 64), clean(instance_id, 40))
    return "%s in %s" % (text, clean(place, 64)) if place else text


def _to_type(page: Page, asked: Mapping[str, Any]) -> None:
    """What only a person can say: it stands under the page and never in the next command."""
    if not asked:
        return
    page.listed("Terminated at the end", _ends(asked["terminates"]))
    words = "look at the machines in the original cells, move the traffic, and add" if asked["validated"] else "add"
    page.say("To go beyond launched, %s to the next command with your own hands:" % words)
    if asked["validated"]:
        page.to_paste({"failback_validated": "true"})
    page.to_paste({"failback_confirm": clean(asked["confirm"], 2000)})


def _details(entry: Entry) -> Mapping[str, Any]:
    return entry.get("failback") or {}


def _servers(page: Page, servers: Sequence[Entry], originals: Sequence[Any] = ()) -> None:
    rows = [
        _row(one, originals) for one in sorted(servers, key=lambda one: (str(one.get("cell")), str(one.get("name"))))
    ]
    page.table(("Server", "Cell", "Original cell", "Outcome", "Copy", "Lag", "In original cell"), rows[:60])
    if len(rows) > 60:
        page.say("and %d more; the results name them all" % (len(rows) - 60), "  ")
    _failures(page, servers)


def _row(entry: Entry, originals: Sequence[Any] = ()) -> tuple[Any, ...]:
    """A server's row.

    :param originals: ids of machines that were failed back from; what is protected instead runs the application.
    """
    details = _details(entry)
    # DRS has forgotten the recovery instance by the end; what is protected is the machine that it was
    runs = details.get("protected_machine") if details.get("protected") and originals else None
    original, progress = details.get("original") or {}, details.get("progress") or {}
    percent = progress.get("percent")
    copy = "-" if not progress.get("state") else clean(progress["state"], 20)
    if percent is not None and percent < 100:
        copy += " %d %%" % percent
    home = "outside AWS" if details.get("origin") == "ON_PREMISES" else original.get("cell") or "-"
    lag = progress.get("lag_seconds")
    return (
        entry.get("name"),
        entry.get("cell"),
        home,
        str(entry.get("outcome")).replace("_", " "),
        copy,
        "-" if lag is None else duration(lag),
        original.get("private_ip")
        or original.get("recovery_instance_id")
        or (runs if runs and runs not in originals else "-"),
    )


def _failures(page: Page, servers: Iterable[Entry]) -> None:
    texts = []
    remedies = []
    for one in servers:
        error = one.get("error") or {}
        if one.get("outcome") in STATES or not error:
            continue
        values = (clean(one.get("name"), 64), clean(one.get("outcome"), 20), clean(error.get("code"), 60))
        texts.append("%s: %s, %s: %s" % (*values, clean(error.get("message"), 300)))
        remedies.append(remedy_of(error))
    page.listed("Not there", texts, remedies)


RENDERERS = {"failback_plan": plan, "failback_stage": stage, "failback": end}
