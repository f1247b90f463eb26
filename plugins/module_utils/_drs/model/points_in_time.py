"""Points in time: which snapshot of a server to launch from. One snapshot belongs to one server."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from datetime import datetime
from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Snapshot

LATEST = "latest"
LATEST_AVAILABLE = "latest_available"


def resolve(requested: Any, now: Any = None) -> tuple[str, list[Finding]]:
    """Check a point in time and write it in its one form.

    :param requested: ``latest`` (DRS takes a new snapshot if it can), ``latest_available`` (the newest one), an
        ISO 8601 time with a zone, or the id of a snapshot of one server.
    :param now: the present; a time after it is refused.
    :returns: the form to use, ``latest`` when it cannot be used, and error findings.
    """
    if requested in (None, "", LATEST):
        return LATEST, []
    if requested == LATEST_AVAILABLE:
        return LATEST_AVAILABLE, []
    if is_snapshot(requested):
        return str(requested), []
    moment = parse_time(requested)
    problem = ""
    if moment is None:
        problem = "is neither latest, latest_available, a time nor the id of a snapshot (pit-)"
    elif isinstance(requested, str) and not _has_zone(requested):
        # Local midnight taken for UTC would launch from after the moment that was meant, or hours before it.
        problem = "has no time zone; end it with Z for UTC"
    else:
        present = parse_time(now)
        if present is not None and moment > present:
            problem = "is in the future (now is %s)" % iso_time(present)
    if problem:
        text = "point_in_time '%s' %s" % (clean(requested, 80), problem)
        return LATEST, [finding(ERROR, "invalid_point_in_time", text, details={"value": clean(requested, 80)})]
    return str(iso_time(moment)), []


def is_snapshot(requested: Any) -> bool:
    """Whether a point in time is named by the id of a snapshot, which belongs to one server."""
    return isinstance(requested, str) and not valid_id("snapshot", requested)


def of_one_server(servers: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Error findings for every snapshot that more than one server would launch from: it is of one of them at most.

    :param servers: of a plan.
    """
    by_id: dict[str, list[str]] = {}
    for server in servers:
        if is_snapshot(server["wanted_point_in_time"]):
            by_id.setdefault(server["wanted_point_in_time"], []).append(str(server["name"]))
    text = "point_in_time '%s' is a snapshot of one server, and %d are selected: %s"
    return [
        finding(ERROR, "invalid_point_in_time", text % (one, len(selected), names(selected, 5)))
        for one, selected in sorted(by_id.items())
        if len(selected) > 1
    ]


def _has_zone(text: str) -> bool:
    clock = text.strip()[10:]
    return clock[-1:] in ("Z", "z") or "+" in clock or "-" in clock


def choose_snapshot(snapshots: Iterable[Snapshot], requested: str) -> tuple[str | None, str | None, str | None]:
    """Choose the snapshot of one server to launch from; never one that is newer than asked for.

    :param snapshots: ``{snapshot_id, timestamp}`` of that server, in any order; one without a readable time does not
        count.
    :param requested: ``latest``, ``latest_available``, an ISO 8601 time with a zone, or the id of a snapshot.
    :returns: ``(snapshot_id, timestamp, problem)``. For ``latest`` all are None: DRS is asked without a snapshot. When
        there is no snapshot to choose, ``problem`` says why, with the range there is.
    """
    form, wrong = resolve(requested)
    if wrong:
        return None, None, wrong[0]["message"]
    if form == LATEST:
        return None, None, None
    if is_snapshot(form):
        return _named(snapshots, form)
    dated: list[tuple[datetime, str]] = []
    for item in snapshots:
        moment = parse_time(item.get("timestamp"))
        if moment is not None and item.get("snapshot_id"):
            dated.append((moment, str(item["snapshot_id"])))
    limit = None if form == LATEST_AVAILABLE else parse_time(form)
    allowed = [pair for pair in dated if limit is None or pair[0] <= limit]
    if allowed:
        moment, snapshot_id = max(allowed)
        return snapshot_id, iso_time(moment), None
    if not dated:
        return None, None, "there is no point in time" + ("" if limit is None else " at or before %s" % form)
    oldest, newest = iso_time(min(dated)[0]), iso_time(max(dated)[0])
    return None, None, "no point in time at or before %s; there are some from %s to %s" % (form, oldest, newest)


def _named(snapshots: Iterable[Snapshot], snapshot_id: str) -> tuple[str | None, str | None, str | None]:
    """The snapshot of an id, if it is one of these; an expected one has no data yet."""
    for item in snapshots:
        if item.get("snapshot_id") == snapshot_id:
            moment = iso_time(item.get("timestamp"))
            return (snapshot_id, moment, None) if moment else (None, None, "%s is not made yet" % snapshot_id)
    return None, None, "%s is no point in time of this server" % snapshot_id
