"""Tables for people who are tired: what is the matter first, numbers to the right, the next command last.

Everything that comes from outside (names, tags, messages) is cleaned and cut on its way into a table.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import exclusions as left_out
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import capacity as tables_capacity
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import agents as tables_deploy
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import failback as tables_failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import history as tables_history
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import recovery as tables_results
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import runs as tables_runs
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import report as tables_report
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import settings as tables_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import stands
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import (
    Entry,
    Page,
    coverage,
    unconfirmed,
    worst,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.replication_policy import current_lag
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import counted_twice
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration, names

# A plan of so many servers names each of them.
MOST_NAMED = 60
# Numbers are never cut, so a table cannot be narrower than its numbers and a few letters of a name.
NARROWEST = 80


def render(kind: str, data: Mapping[str, Any], width: int = 100) -> str:
    """Render a table as text: lines of at most ``width`` columns (80 or more), no colours, no line break at the end.

    ``data`` by kind, with ``next`` (the command to type next; never cut) in each:

    - ``status``: ``cells`` as in a plan's request [{cell, error, source_servers, recovery_instances}],
      ``unprotected`` and ``untagged`` [{name, cell}], machines that are tagged but not in DRS and the reverse.
    - ``servers``: ``servers`` [SERVER].
    - ``plan``: a PLAN; with ``detail`` its servers are named however many they are; ``unconfirmed``: see
      page.unconfirmed.
    - ``wave``: ``wave``, ``servers`` [server entry] of all cells, ``gate`` (the gate's verdict).
    - ``run``: ``waves`` [{wave, servers, gate}], ``plan`` (PLAN; its waves without a result are shown as not started),
      ``name``, ``elapsed_seconds``.
    - ``cleanup``: ``servers`` [server entry] of the termination, ``left`` [RI] read again afterwards (None: not read),
      ``unknown_cells`` [{cell, error}].
    - ``deploy_plan``, ``deploy_wave``, ``deploy``: see tables_deploy.
    - ``capacity``, ``extension``: see tables_capacity.
    - ``begun``, ``runs``, ``journal``: see tables_runs.
    - ``report``, ``evidence``: see tables_report.
    - ``failback_plan``, ``failback_stage``, ``failback``: see tables_failback.
    - ``launch_settings``, ``tag_sync``: see tables_settings.
    - ``history``, ``readiness``: see tables_history.

    :raises ValueError: a kind that is not in KINDS.
    """
    if kind not in KINDS:
        raise ValueError("kind must be one of %s, not %r" % (", ".join(KINDS), kind))
    page = Page(max(NARROWEST, width))
    _RENDERERS[kind](page, data)
    if data.get("next"):
        page.lines += ["", "next: %s" % clean(data["next"])]
    return "\n".join(line.rstrip() for line in page.lines)


# -- status and servers ----------------------------------------------------------------------------------------------


def _status(page: Page, data: Mapping[str, Any]) -> None:
    cells = sorted(data.get("cells") or (), key=lambda cell: str(cell.get("cell")))
    lost = [cell for cell in cells if cell.get("error") or cell.get("source_servers") is None]
    read = [cell for cell in cells if cell not in lost]
    everyone = [server for cell in read for server in cell["source_servers"]]
    page.title("STATUS", count(len(cells), "cell"), count(len(everyone), "source server"))
    page.blank()
    header = ("Cell", "Servers", "Ready", "Behind", "Syncing", "Attention", "Worst lag", "Drills", "Live")
    rows = [(cell.get("cell"), *_status_row([cell])) for cell in read]
    page.table(header, rows, range(1, len(header)), ("Total", *_status_row(read)))
    twice = counted_twice(everyone)
    if twice:
        text = "%s counted twice, in staging and extended to a target: %s in all."
        page.say(text % (count(twice, "machine is", "machines are"), count(len(everyone) - twice, "machine")))
    coverage(page, lost, len(cells))
    page.listed("Needs attention", [_attention(server) for server in everyone if _health(server) == "attention"])
    bare = data.get("unprotected") or ()
    missing = ["%s in %s" % (clean(one.get("name"), 64), clean(one.get("cell"), 64)) for one in bare]
    # a cell that was not read may hold them
    where = ", in any cell that was read" if lost else ""
    page.listed("Tagged for recovery, but not in DRS%s" % where, missing)
    stray = [
        "%s in %s" % (clean(one.get("name"), 64), clean(one.get("cell"), 64)) for one in data.get("untagged") or ()
    ]
    page.listed("In DRS, but not tagged for recovery", stray)
    page.listed("On the way home", tables_failback.failing_back(read))


def _status_row(cells: Sequence[Entry]) -> tuple[Any, ...]:
    servers = [server for cell in cells for server in cell["source_servers"]]
    health = Counter(_health(server) for server in servers)
    lags = [current_lag(server) for server in servers if _health(server) != "syncing"]
    unread = any(cell.get("recovery_instances") is None for cell in cells)
    standing = [ri for cell in cells for ri in cell.get("recovery_instances") or () if stands(ri)]
    drills = sum(1 for instance in standing if instance.get("is_drill") is True)
    return (
        len(servers),
        health["ready"],
        health["behind"],
        health["syncing"],
        health["attention"],
        worst(lags),
        "?" if unread else drills,
        "?" if unread else len(standing) - drills,
    )


# Everything else needs somebody's attention.
_HEALTH = {
    "ready": "ready",
    "lagging": "behind",
    "rescan": "behind",
    "initial_sync": "syncing",
    "initiating": "syncing",
}


def _health(server: Entry) -> str:
    if (server.get("replication") or {}).get("error"):
        return "attention"
    return _HEALTH.get((server.get("readiness") or {}).get("level") or "", "attention")


def _attention(server: Entry) -> str:
    readiness = server.get("readiness") or {}
    error = (server.get("replication") or {}).get("error")
    text = "%s in %s: %s" % (
        clean(server.get("name"), 64),
        clean(server.get("cell"), 64),
        clean(readiness.get("reason") or "nothing is known about its replication", 200),
    )
    return "%s %s: %s" % (text, clean(error.get("code"), 60), clean(error.get("remedy"), 200)) if error else text


def _servers(page: Page, data: Mapping[str, Any]) -> None:
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
    told = []
    for disk in server["replication"]["disks"]:
        percent = disk.get("percent")
        done = "" if percent is None else " %d%%" % percent
        told.append(
            "%s %.1f GiB%s" % (clean(disk.get("device_name"), 40), (disk.get("total_bytes") or 0) / 2**30, done)
        )
    return "%s: %s" % (clean(server.get("name"), 64), ", ".join(told))


# -- plan ------------------------------------------------------------------------------------------------------------


def _plan(page: Page, plan: Mapping[str, Any]) -> None:
    summary = plan.get("summary") or {}
    waves = plan.get("waves") or []
    servers = [server for wave in waves for server in wave["servers"]]
    page.title("PLAN %s" % clean(plan.get("name"), 64), plan.get("mode"), "hash %s" % clean(plan.get("hash"))[:12])
    page.say(
        "%s in %s, %s, %s; data: %s"
        % (
            count(len(servers), "server"),
            count(len(waves), "wave"),
            count(summary.get("cells", 0), "cell"),
            count(summary.get("jobs", 0), "job"),
            clean(plan.get("point_in_time"), 40),
        )
    )
    page.blank()
    per_job = [(wave, cell, ids) for wave in waves for cell, ids in wave["by_cell"].items()]
    rows = []
    for wave, cell, ids in per_job:
        members = [server for server in wave["servers"] if server["cell"] == cell]
        rows.append((wave["wave"], cell, len(ids), wave["jobs_by_cell"][cell], *_plan_row(members)))
    total = ("Total", "", len(servers), summary.get("jobs", 0), *_plan_row(servers))
    header = ("Wave", "Cell", "Servers", "Jobs", "Critical", "Worst RPO", "Warnings", "Applications")
    page.table(header, rows, range(2, 7), total)
    if servers and (len(servers) <= MOST_NAMED or plan.get("detail")):
        page.blank()
        page.say("Order of launch:")
        for wave, cell, _ids in per_job:
            named = names(server["name"] for server in wave["servers"] if server["cell"] == cell)
            page.say("wave %s, %s: %s" % (clean(wave["wave"], 40), clean(cell, 64), named), "  ")
    _course(page, plan)
    page.listed("Left out", left_out.told(summary.get("excluded") or {}))
    coverage(page, plan.get("unknown_cells") or (), len(plan.get("cells") or ()))
    found = list(plan.get("findings") or ())
    _findings(page, "ERRORS, this plan must not run", [one for one in found if one.get("severity") == ERROR])
    others = [one for one in found if one.get("severity") != ERROR]
    # Cells that were not read have been told with their remedies just above.
    _findings(page, "Warnings", [one for one in others if one.get("code") != "cell_unreadable"])
    unconfirmed(page, plan)


def _course(page: Page, plan: Mapping[str, Any]) -> None:
    """What a plan file adds: waves that run together, and what stands between waves."""
    for stage in plan.get("stages") or ():
        if len(stage["waves"]) > 1:
            page.say("At the same time: waves %s" % names(stage["waves"], width=40), "  ")
    orders = {"before": ("gates", "actions"), "after": ("actions", "gates")}
    told = [
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
        for one in (wave.get(kind) or {}).get(when) or ()
    ]
    page.listed("Gates and actions", told)


def _plan_row(servers: Sequence[Entry]) -> tuple[Any, ...]:
    return (
        sum(1 for server in servers if server.get("critical")),
        worst([server.get("predicted_rpo_seconds") for server in servers]),
        sum(1 for server in servers if server.get("warnings")),
        names(sorted({str(server.get("application") or "none") for server in servers}), 3, 24),
    )


def _findings(page: Page, title: str, found: Iterable[Entry]) -> None:
    """List findings; each remedy once, at the first finding that has it."""
    texts: list[str] = []
    remedies: list[str] = []
    for item in found:
        texts.append("%s: %s" % (clean(item.get("code"), 60), clean(item.get("message"), 400)))
        remedy = clean(item.get("remedy"), 300)
        remedies.append("" if remedy in remedies else remedy)
    page.listed(title, texts, remedies)


_RENDERERS: dict[str, Callable[[Page, Mapping[str, Any]], None]] = {
    "status": _status,
    "servers": _servers,
    "plan": _plan,
    "wave": tables_results.wave,
    "run": tables_results.run,
    "cleanup": tables_results.cleanup,
    **tables_deploy.RENDERERS,
    **tables_capacity.RENDERERS,
    **tables_runs.RENDERERS,
    **tables_report.RENDERERS,
    **tables_failback.RENDERERS,
    **tables_settings.RENDERERS,
    **tables_history.RENDERERS,
}
KINDS = tuple(_RENDERERS)
