"""Progress lines that a deployment prints while it runs."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from typing import Iterable, MutableMapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Command
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

LINES_EACH = 5
_NEWS = (outcomes.INSTALLED, outcomes.FAILED, outcomes.SKIPPED, outcomes.REFUSED, outcomes.UNKNOWN)


def changes(label: str, commands: Iterable[Command], reported: MutableMapping[str, tuple[int, int]]) -> list[str]:
    """A line for each command whose counts changed; ``reported`` remembers what was said."""
    lines = []
    for command in commands:
        counts = (command["completed_count"], command["error_count"])
        name = command["command_id"]
        if name not in reported:
            verb = "adopted" if command.get("adopted") else "sent"
            lines.append(
                "[%s] command %s %s to %s" % (label, clean(name), verb, count(len(command["instance_ids"]), "machine"))
            )
        elif reported[name] != counts:
            failed = ", %d failed" % counts[1] if counts[1] else ""
            done = "%d of %d done%s" % (counts[0], command["target_count"], failed)
            lines.append("[%s] command %s: %s" % (label, clean(name), done))
        reported[name] = counts
    return lines


def outcomes_of(label: str, entries: Iterable[Entry], named: set[str | None]) -> list[str]:
    """A line for each machine that has come to its end, successes together when they are many."""
    news: dict[str, list[Entry]] = {}
    for one in entries:
        if one["outcome"] in _NEWS and one["instance_id"] not in named:
            named.add(one["instance_id"])
            news.setdefault(one["outcome"], []).append(one)
    lines = []
    for outcome, names in news.items():
        if outcome == outcomes.INSTALLED and len(names) > LINES_EACH:
            lines.append("[%s] %d installed" % (label, len(names)))
            continue
        for one in names[: LINES_EACH * 4]:
            code = clean(as_mapping(one.get("error")).get("code"), 60)
            word = outcome if outcome == outcomes.INSTALLED else outcome.upper()
            lines.append("[%s] %s %s%s" % (label, clean(one["name"], 64), word, ": " + code if code else ""))
        if len(names) > LINES_EACH * 4:
            lines.append("[%s] and %d more %s" % (label, len(names) - LINES_EACH * 4, outcome.upper()))
    return lines


def heartbeat(
    label: str,
    entries: list[Entry],
    commands: Iterable[Command],
    elapsed: float,
    timeout: float,
) -> str:
    """The sign of life."""
    counts = Counter(one["outcome"] for one in entries)
    parts = ["%d %s" % (number, outcome.replace("_", " ")) for outcome, number in sorted(counts.items())]
    done = sum(one["completed_count"] for one in commands if one["active"])
    running = "; %d done in running commands" % done if done else ""
    left = duration(max(0.0, timeout - elapsed))
    return "[%s] %s, %s: %s%s; %s left until the deadline" % (
        label, duration(elapsed), count(len(entries), "machine"), ", ".join(parts) or "none", running, left,
    )  # fmt: skip
