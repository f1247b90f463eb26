"""Ids: the form that each kind has, and lists of them in which none stands twice."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from typing import Any, Iterable

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, quoted
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding

# Patterns of the service model (drs 2020-02-26); Region and run names are ours.
ID_PATTERNS = {
    "source_server": (r"s-[0-9a-zA-Z]{17}", "s- and 17 letters or digits"),
    "recovery_instance": (r"i-[0-9a-fA-F]{8,17}", "i- and 8 to 17 hexadecimal digits"),
    "managed_node": (r"mi-[0-9a-f]{17}", "mi- and 17 hexadecimal digits"),
    "job": (r"drsjob-[0-9a-zA-Z]{17}", "drsjob- and 17 letters or digits"),
    "snapshot": (r"pit-[0-9a-zA-Z]{17}", "pit- and 17 letters or digits (a snap- id is an EBS snapshot)"),
    "account": (r"[0-9]{12}", "12 digits, in quotes in YAML"),
    "region": (r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", "a Region name such as us-west-2"),
    # also the name of a folder, a tag's value and part of keys: nothing that any of them reads as more than a name
    "run": (r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}", "1 to 128 letters, digits and . _ -, a letter or digit first"),
}


def valid_id(kind: str, value: Any) -> list[Finding]:
    """Check the form of an id; the finding names the value.

    :param kind: source_server, recovery_instance, managed_node, job, snapshot, account, region or run.
    """
    pattern, form = ID_PATTERNS[kind]
    if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
        return []
    said = "%s id %s is malformed: it must be %s" % (kind.replace("_", " "), quoted(value), form)
    return [finding(ERROR, "malformed_id", said, details={"kind": kind, "value": clean(value, 80)})]


def duplicate_ids(ids: Iterable[str]) -> list[Finding]:
    """Refuse ids that are given more than once: DRS rejects the whole request, and the person meant something else.

    :returns: an error finding for each id that stands more than once.
    """
    seen: dict[str, int] = {}
    for item in ids:
        seen[item] = seen.get(item, 0) + 1
    return [
        finding(
            ERROR,
            "duplicate_id",
            "%s is given %d times" % (clean(item, 80), times),
            source_server_id=item,
            details={"times": times},
        )
        for item, times in seen.items()
        if times > 1
    ]
