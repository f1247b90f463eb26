"""Judge the servers that a selection has left: none, another number than expected, or a machine and a copy of it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.plan import PLAN
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import lookup
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import DRILL
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Excluded
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.selection import identity
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.replication_policy import NEVER_RECOVERABLE

_TAIL = "; some cells were not read"
UNREAD = "Make the cells readable that were not read, and run again: what is selected may be in them."
"""The remedy of ``no_match`` where not every cell was read."""


def none(
    kept: Sequence[Server], read: int, request: Given, complete: bool, left_out: Sequence[Excluded] = ()
) -> list[Finding]:
    """That no server is left of a selection. Where no cell was read nothing is known of it: nobody asks then.

    :param read: how many servers were read. :param request: ``allow_empty``. :param complete: every cell was read.
    :param left_out: servers that match and are not recovered, each for a reason of its own, which is what to mend then.
    :returns: one ``no_match`` (findings.finding), or nothing.
    """
    if kept:
        return []
    severity = WARNING if request.get("allow_empty") is True else ERROR
    text, remedy = "none of %s that were read matches" % count(read, "server"), None
    reasons = Counter(one["reason_code"] for one in left_out if one["reason_code"] != "not_selected").most_common()
    if reasons:
        told = ", ".join("%d %s" % (number, code) for code, number in reasons)
        text = "every server that matches is left out, of %s that were read: %s" % (count(read, "server"), told)
        remedy = (PLAN.get(reasons[0][0]) or lookup(reasons[0][0])).remedy
    return [finding(severity, "no_match", text + ("" if complete else _TAIL), remedy=remedy if complete else UNREAD)]


def other_count(kept: Sequence[Server], request: Given, complete: bool) -> list[Finding]:
    """That another number of servers is left than ``expected_count`` of the request says.

    :returns: one ``unexpected_count`` (findings.finding), or nothing.
    """
    expected = request.get("expected_count")
    if expected is None or str(expected).strip() == str(len(kept)):
        return []
    text = "%s selected, %s expected" % (count(len(kept), "server"), clean(expected, 20)) + ("" if complete else _TAIL)
    return [finding(ERROR, "unexpected_count", text, details={"selected": len(kept)})]


def copies(kept: Sequence[Server], mode: str) -> list[Finding]:
    """Servers of one name and host name out of one account and Region: most likely a machine and a copy of it.

    Equal names alone say nothing: many fleets name machines by what they do. A copy, such as what a failback has
    launched in place of an original, has the host name of its disk as well. A drill launches none of them before
    somebody has chosen; a recovery must not wait for that.

    :returns: a ``same_name_twice`` (findings.finding) for each group of them.
    """
    groups: dict[tuple[str, ...], list[Server]] = {}
    for server in kept:
        name, hostname = server.get("name"), server.get("hostname")
        # what cannot be launched cannot double anything
        launches = as_mapping(server.get("replication")).get("state") not in NEVER_RECOVERABLE
        if name and hostname and launches and not server.get("extended"):
            place = (str(server.get("origin_account_id")), str(server.get("origin_region")))
            groups.setdefault((name, hostname, *place), []).append(server)
    findings = []
    for (name, hostname, *_place), members in sorted(groups.items()):
        # two source servers of one machine are said to be that
        if len({server.get("instance_id") or identity(server) for server in members}) < 2:
            continue
        shown = ("%s of %s" % (one["source_server_id"], one.get("instance_id") or "no EC2 instance") for one in members)
        told = count(len(members), "server"), clean(name, 64), clean(hostname, 64), names(shown, 5, 120)
        text = "%s are named %s and have the host name %s: %s" % told
        details = {"arns": [identity(one) for one in members]}
        severity = ERROR if mode == DRILL else WARNING
        findings.append(finding(severity, "same_name_twice", text, server=members[0], details=details))
    return findings
