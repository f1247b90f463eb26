"""The pages of a fleet: the state of its servers cell by cell, and one line for each of them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Any, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import still_exists
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import (
    MOST_LISTED,
    Entry,
    Page,
    coverage,
    worst,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import current_lag
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import counted_twice
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import gaps as gap_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import (
    clean,
    count,
    duration,
    names,
    remedy_of,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import (
    ATTENTION,
    BEHIND,
    READY,
    SYNCING,
    health,
)


OPT_IN = "tag_opt_in_near"


def status(page: Page, data: Data) -> None:
    cells = sorted(data.get("cells") or (), key=lambda cell: str(cell.get("cell")))
    lost = [cell for cell in cells if cell.get("error") or cell.get("source_servers") is None]
    read = [cell for cell in cells if cell not in lost]
    everyone = [server for cell in read for server in cell["source_servers"]]
    # what was not read is not a fleet of no servers
    figures = [count(len(everyone), "source server")] if read or not lost else []
    figures += ["%d not read" % len(lost)] if lost and read else ["none of them read"] if lost else []
    page.title("STATUS", count(len(cells), "cell"), *figures)
    page.blank()
    header = ("Cell", "Servers", "Ready", "Behind", "Syncing", "Attention", "Worst lag", "Drills", "Live")
    rows = [(cell.get("cell"), *_status_row([cell])) for cell in read]
    if read or not lost:
        page.table(header, rows, range(1, len(header)), ("Total", *_status_row(read)))
    twice = counted_twice(everyone)
    if twice:
        text = "%s counted twice, in staging and extended to a target: %s in all."
        page.say(text % (count(twice, "machine is", "machines are"), count(len(everyone) - twice, "machine")))
    coverage(page, lost, len(cells))
    gaps = [(cell, gap) for cell in read for gap in cell.get("gaps") or ()]
    page.listed("Not answered, and missing here", [gap_of.line(cell.get("cell"), gap) for cell, gap in gaps])
    page.listed("Needs attention", [_attention(server) for server in everyone if health(server) == ATTENTION])
    bare = data.get("unprotected") or ()
    told = data.get("tag_findings") or ()
    near = [one for one in told if one.get("code") == OPT_IN]
    # a cell that was not read, or is not in the play, may hold them
    where = ", in any cell that was read" if lost or gaps or data.get("narrowed") else ""
    page.listed("Tagged for recovery, but not in DRS%s" % where, [_machine(one) for one in bare])
    page.listed("Nearly tagged for recovery, and not in DRS%s" % where, [clean(one.get("message")) for one in near])
    page.listed(
        "Retired: failed back from, and no longer protected", [_retired(one) for one in data.get("retired") or ()]
    )
    _by_reason(page, "In DRS, but not tagged for recovery", data.get("untagged") or ())
    # a machine that is tagged for it, or nearly, has been named above
    named = {(one.get("cell"), one.get("instance_id")) for one in bare}
    named |= {(one.get("cell"), (one.get("details") or {}).get("instance_id")) for one in near}
    others = [one for one in data.get("without_agent") or () if (one.get("cell"), one.get("instance_id")) not in named]
    _by_reason(page, "Without an agent%s, and not tagged for recovery" % where, others)
    page.listed(
        "In staging, and not extended into the target", [_in_staging(one) for one in data.get("not_extended") or ()]
    )
    page.listed("Tags to correct", [clean(one.get("message")) for one in told if one.get("code") != OPT_IN])
    page.listed("Failing back", failback.failing_back(read))


def _machine(machine: Entry) -> str:
    return "%s (%s) in %s" % tuple(clean(machine.get(key), 64) for key in ("name", "instance_id", "cell"))


def _retired(machine: Entry) -> str:
    return "%s: %s is protected in its place" % (_machine(machine), clean(machine.get("replaced_by"), 40))


def _in_staging(one: Entry) -> str:
    values = count(len(one["servers"]), "server"), clean(one["cell"], 64), clean(one["extend_to"], 64)
    return "%s of %s, to be extended into %s: %s" % (*values, names(one["servers"], 10, 64))


def _by_reason(page: Page, title: str, listed: Sequence[Entry]) -> None:
    """A titled list of machines; what is wrong with them is told once for all that share it."""
    if not listed:
        return
    groups: dict[str, list[str]] = {}
    for one in listed[:MOST_LISTED]:
        groups.setdefault(clean(one.get("why"), 240), []).append(_machine(one))
    page.blank()
    page.say("%s:" % title)
    for why, those in groups.items():
        if len(those) == 1:
            page.say("%s: %s" % (those[0], why) if why else those[0], "  ")
            continue
        if why:
            page.say("%s:" % why, "  ")
        for machine in those:
            page.say(machine, "    " if why else "  ")
    if len(listed) > MOST_LISTED:
        page.say("and %d more; the results name them all" % (len(listed) - MOST_LISTED), "  ")


def _status_row(cells: Sequence[Entry]) -> tuple[Any, ...]:
    servers = [server for cell in cells for server in cell["source_servers"]]
    groups = Counter(health(server) for server in servers)
    lags = [current_lag(server) for server in servers if health(server) != SYNCING]
    unread = any(cell.get("recovery_instances") is None for cell in cells)
    standing = [ri for cell in cells for ri in cell.get("recovery_instances") or () if still_exists(ri)]
    drills = sum(1 for instance in standing if instance.get("is_drill") is True)
    return (
        len(servers),
        groups[READY],
        groups[BEHIND],
        groups[SYNCING],
        groups[ATTENTION],
        worst(lags),
        "?" if unread else drills,
        "?" if unread else len(standing) - drills,
    )


def _attention(server: Entry) -> str:
    readiness = server.get("readiness") or {}
    error = (server.get("replication") or {}).get("error")
    text = "%s in %s: %s" % (
        clean(server.get("name"), 64),
        clean(server.get("cell"), 64),
        clean(readiness.get("reason") or "nothing is known about its replication", 200),
    )
    return "%s %s: %s" % (text, clean(error.get("code"), 60), remedy_of(error)) if error else text


def servers(page: Page, data: Data) -> None:
    servers = sorted(data.get("servers") or (), key=lambda one: [str(one.get(key)) for key in ("cell", "name", "arn")])
    page.title("SERVERS", count(len(servers), "source server"))
    page.blank()
    rows = []
    for server in servers:
        replication = server.get("replication") or {}
        percent = replication.get("percent")
        rows.append(
            (
                server.get("name"),
                server.get("cell"),
                server.get("source_server_id"),
                replication.get("state") or "unknown",
                duration(current_lag(server)),
                "-" if percent is None else "%d%%" % percent,
                (replication.get("error") or {}).get("code") or replication.get("current_step") or "",
            )
        )
    page.table(("Name", "Cell", "Id", "Replication", "Lag", "Done", "Step or error"), rows, (4, 5))
    page.listed("Disks", [_disks(server) for server in servers if (server.get("replication") or {}).get("disks")])


def _disks(server: Entry) -> str:
    texts = []
    for disk in server["replication"]["disks"]:
        percent = disk.get("percent")
        done = "" if percent is None else " %d%%" % percent
        texts.append(
            "%s %.1f GiB%s" % (clean(disk.get("device_name"), 40), (disk.get("total_bytes") or 0) / 2**30, done)
        )
    return "%s: %s" % (clean(server.get("name"), 64), ", ".join(texts))


RENDERERS = {"status": status, "servers": servers}
