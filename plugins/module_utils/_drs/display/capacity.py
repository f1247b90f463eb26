"""Pages of capacity and of extensions."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import gaps as gap_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data, Entry, Page, coverage
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names, remedy_of


def capacity(page: Page, data: Data) -> None:
    """``capacity``: what drs_capacity_plan returned."""
    cells = sorted(data.get("cells") or (), key=lambda one: str(one.get("cell")))
    lost, overall = list(data.get("unknown_cells") or ()), data.get("total") or {}
    machines = overall.get("machines", 0)
    page.title("CAPACITY", count(len(cells) + len(lost), "cell"), count(machines, "machine"), overall.get("level"))
    page.blank()
    rows = [
        (
            one.get("cell"),
            *(_used(one, name) for name in quotas.SUMMED[:2]),
            (one.get("servers") or {}).get("extended", 0),
            (one.get("servers") or {}).get("recoverable", 0),
            *(_used(one, name) for name in quotas.SUMMED[2:]),
            str(one.get("level") or "").upper() if one.get("level") != "ok" else "ok",
        )
        for one in cells
    ]
    servers = overall.get("servers") or {}
    total = (
        "Total",
        *(_used(overall, name) for name in quotas.SUMMED[:2]),
        servers.get("extended", 0),
        servers.get("recoverable", 0),
        *(_used(overall, name) for name in quotas.SUMMED[2:]),
        "",
    )
    header = ("Cell", "Replicating", "Servers", "Extended", "Recoverable", "Jobs", "In jobs", "Level")
    page.table(header, rows, range(1, 7), total if len(rows) > 1 else None)
    named = {str(one.get("account_id")): str(one.get("cell")) for one in [*cells, *lost]}
    page.listed("Extended from", [text for one in cells for text in _extended(one, named)])
    page.listed("Filling up", [text for one in cells for text in _filling(one)])
    assumed = [str(one.get("cell")) for one in cells if any(row["source"] == "documented" for row in one["quotas"])]
    if assumed:
        page.blank()
        page.say("Documented limits, Service Quotas not read, for: %s." % names(assumed, 10))
    page.listed("Not answered, and missing here", [text for one in cells for text in _gaps(one)])
    coverage(page, lost, len(cells) + len(lost))
    _placement(page, data.get("placement") or {})
    _costs(page, data.get("costs") or {})


def _costs(page: Page, costs: Mapping[str, Any]) -> None:
    """What a month costs by account, and what could be saved; nothing where no prices were given."""
    if not costs:
        return
    accounts, currency = costs["accounts"], clean(costs.get("currency") or "", 12)
    page.blank()
    page.say("COSTS of a month at rest%s:" % (", in %s" % currency if currency else ""))
    page.blank()
    columns = ("servers", "replication_servers", "disks_gb", "snapshots_gb", "cost")
    rows = [(one["account_id"], *("%g" % one[key] for key in columns[:4]), "%.2f" % one["cost"]) for one in accounts]
    sums = ("%g" % sum(one[key] for one in accounts) for key in columns[:4])
    header = ("Account", "Servers", "Replication servers", "Disks GiB", "Snapshots GiB", "Cost")
    page.table(header, rows, range(1, 6), ("Total", *sums, "%.2f" % costs["cost"]) if len(rows) > 1 else None)
    page.listed("Could be saved, %.2f a month" % costs["saving"], [_saving(one) for one in costs["savings"]],
                [remedy_of(one) for one in costs["savings"]])  # fmt: skip
    page.listed("Without a price, and in no sum", [clean(one, 80) for one in costs["unpriced"]])
    page.listed("Not priced", [_unpriced(one) for one in costs["unread"]])


def _saving(one: Entry) -> str:
    told = "%.2f" % one["cost"] if one["cost"] is not None else "a cost that the prices do not tell"
    text = "%s: %s, %s (%s)"
    return text % (clean(one["cell"], 64), told, clean(one["code"]).replace("_", " "), names(one["ids"], 3))


def _unpriced(one: Entry) -> str:
    error = one.get("error") or {}
    return "%s: %s: %s" % (clean(one.get("cell"), 64), clean(error.get("code"), 40), clean(error.get("message"), 160))


def _row(one: Entry, name: str) -> Entry:
    return next((row for row in one.get("quotas") or () if row.get("name") == name), {})


def _used(one: Entry, name: str) -> str:
    row = _row(one, name)
    return "%d/%d" % (row["used"], row["limit"]) if row else "-"


def _gaps(one: Entry) -> list[str]:
    return [gap_of.line(one.get("cell"), gap) for gap in gap_of.of_limits(one)]


def _extended(one: Entry, named: Mapping[str, str]) -> list[str]:
    """A line for each account that a cell's copies come from.

    :param named: cells by their account, as far as the inventory has them.
    """
    return [
        "%s: %s from %s%s"
        % (
            clean(one.get("cell"), 64),
            count(entry["servers"], "server"),
            clean(named.get(str(entry.get("staging_account_id"))), 64)
            or "account %s" % clean(entry.get("staging_account_id"), 20),
            ", %d BROKEN" % entry["broken"] if entry.get("broken") else "",
        )
        for entry in one.get("extended") or ()
    ]


def _filling(one: Entry) -> list[str]:
    return [
        "%s: %s, %d of %d %s (%s %%)%s"
        % (
            clean(one.get("cell"), 64),
            str(row["level"]).upper(),
            row["used"],
            row["limit"],
            clean(row["name"]).replace("_", " "),
            row["percent"],
            "" if row.get("adjustable") else ", AWS does not raise it",
        )
        for row in one.get("quotas") or ()
        if row.get("level") != "ok"
    ]


def _placement(page: Page, placed: Mapping[str, Any]) -> None:
    if not placed.get("planned"):
        return
    page.blank()
    page.say(
        "Placement of %s, up to %g %% of each cell: %d placed, %d not."
        % (count(placed["planned"], "server"), placed["fill_percent"], placed["placed"], placed["unplaced"])
    )
    page.blank()
    rows = [
        (
            one["cell"],
            one["servers"],
            one["used_before"],
            "%d/%d" % (one["used_after"], one["limit"]),
            one.get("extend_to") or "-",
        )
        for one in placed["placements"]
    ]
    page.table(("Cell", "Servers", "Before", "After", "Extends to"), rows, (1, 2, 3))
    page.listed("DOES NOT FIT", placed.get("reasons") or ())
    if placed["unplaced"] and placed.get("would_fit_at_limit", 0) > placed["placed"]:
        page.say("Filled up to the limits, %d would fit." % placed["would_fit_at_limit"])


def extension(page: Page, data: Data) -> None:
    """``extension``: ``results`` [{target, staging_account_id, staging_cell, servers, error, findings, capacity}], one
    for each staging account of each target; ``state`` present or absent, ``mode`` (check or nothing)."""
    results = sorted(data.get("results") or (), key=lambda one: (str(one.get("target")), _staging(one)))
    everyone = [server for one in results for server in one.get("servers") or ()]
    gone = data.get("state") == "absent"
    title = "UN-EXTENSION" if gone else "EXTENSION"
    page.title(title, count(len(everyone), "server"), count(len(results), "staging account"), data.get("mode"))
    page.blank()
    rows = [(one.get("target"), _staging(one), *_outcomes(one)) for one in results]
    header = ("Target", "Staging", "Gone" if gone else "Extended", "Already", "Planned", "Refused", "Failed", "Other")
    page.table(header, rows, range(2, 8), ("Total", "", *_counted(everyone)) if len(rows) > 1 else None)
    _targets(page, results)
    _findings(page, results)
    _errors(page, results)
    lost = [{"cell": _staging(one), **one} for one in results if one.get("error")]
    # what a preflight refused has just been told with its remedy
    codes = {item.get("code") for one in results for item in one.get("findings") or ()}
    coverage(page, [one for one in lost if one["error"].get("code") not in codes], len(results))


def _staging(one: Entry) -> str:
    return str(one.get("staging_cell") or one.get("staging_account_id") or "")


def _counted(servers: Sequence[Entry]) -> tuple[int, ...]:
    counts = Counter(one.get("outcome") for one in servers)
    columns = (
        counts[outcomes.EXTENDED] + counts[outcomes.UNEXTENDED],
        counts[outcomes.ALREADY_EXTENDED],
        counts[outcomes.PLANNED],
        counts[outcomes.REFUSED],
        counts[outcomes.FAILED],
    )
    return (*columns, len(servers) - sum(columns))


def _outcomes(one: Entry) -> tuple[Any, ...]:
    return ("-",) * 6 if one.get("servers") is None else _counted(one["servers"])


def _targets(page: Page, results: Sequence[Entry]) -> None:
    """How much each target holds now, by the last thing read of it."""
    last = {str(one.get("target")): one["capacity"] for one in results if one.get("capacity")}
    for target in last:
        servers, row = last[target].get("servers") or {}, _row(last[target], "source_servers")
        page.blank()
        page.say(
            "%s: %d of %d source servers (limit: %s), %d own, %d extended, %d recoverable."
            % (
                clean(target, 64),
                row.get("used", 0),
                row.get("limit", 0),
                clean(row.get("source")).replace("_", " "),
                servers.get("own", 0),
                servers.get("extended", 0),
                servers.get("recoverable", 0),
            )
        )
        page.listed("Not answered, and missing here", _gaps(last[target]))
        full = [one for one in last[target].get("quotas") or () if one.get("level") not in (None, "ok")]
        page.listed(
            "Filling up",
            ["%s: %d of %d, %s" % (clean(one["name"]).replace("_", " "), one["used"], one["limit"], one["level"])
             for one in full],
        )  # fmt: skip


def _findings(page: Page, results: Sequence[Entry]) -> None:
    findings = [item for one in results for item in one.get("findings") or ()]
    wrong = [item for item in findings if item.get("severity") == ERROR]
    soft = [item for item in findings if item.get("severity") != ERROR]
    for title, items in (("PREFLIGHT, to be mended", wrong), ("Preflight, worth knowing", soft)):
        texts = ["%s: %s" % (clean(item.get("code"), 60), clean(item.get("message"), 400)) for item in items]
        # a command is useless when it is cut
        page.listed(title, texts, [remedy_of(item) for item in items])


def _errors(page: Page, results: Sequence[Entry]) -> None:
    """What did not succeed, by its staging account."""
    servers = [(one.get("target"), server) for one in results for server in one.get("servers") or ()]
    page.reasons("Not successful", [one for one in servers if one[1].get("outcome") not in outcomes.EXTENSION_OUTCOMES])


RENDERERS: dict[str, Callable[[Page, Mapping[str, Any]], None]] = {"capacity": capacity, "extension": extension}
