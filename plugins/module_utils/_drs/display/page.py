"""A page of text for people: lines of a bounded width, tables and lists on them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.display.next_command import extra_variables
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import (
    clean,
    count,
    duration,
    grid,
    names,
    remedy_of,
    wrap,
)

# A list that is longer scrolls the reason away; the whole of it is in the results.
MOST_LISTED = 40
Data = Mapping[str, Any]
"""What a page gets to show: results of modules, by the names that the page asks for."""

Entry = Mapping[str, Any]
"""A result entry of a server, or what a report says of one."""


class Page:
    """Lines of a bounded width."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = []

    def title(self, *parts: Any) -> None:
        """The first line: what this is, and the figures of it."""
        first, *rest = [clean(part) for part in parts if part not in (None, "")]
        self.say("%s: %s" % (first, ", ".join(rest)) if rest else first)

    def say(self, text: str, indent: str = "") -> None:
        """Print text, cleaned and broken at the width; lines after the first are indented more."""
        first, *rest = wrap(clean(text), self.width - 2, indent) or [""]
        self.lines.append(first)
        self.lines += ["  " + line for line in rest]

    def to_paste(self, given: Mapping[str, Any], indent: str = "  ") -> None:
        """Print ``-e`` with these variables on a line of its own, which is never broken: it is meant to be pasted."""
        self.lines.append(indent + extra_variables(given))

    def blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[Any]],
        right: Iterable[int] = (),
        total: Sequence[Any] | None = None,
        whole: Iterable[int] = (),
    ) -> None:
        """Rows in columns, see text.grid; ``whole`` are the columns that are never broken.

        The total of a single row would repeat it, and is left out.
        """
        if not rows:
            self.say("none", "  ")
            return
        total = total if len(rows) > 1 else None
        drawn = grid(header, [*rows, *([total] if total else [])], right, self.width, whole)
        rule = "-" * max(len(line) for row in drawn for line in row.split("\n"))
        self.lines += [drawn[0], rule, *drawn[1 : 1 + len(rows)]]
        if total:
            self.lines += [rule, drawn[-1]]

    def listed(self, title: str, texts: Sequence[str], remedies: Sequence[str] = ()) -> None:
        """A titled list, cut at MOST_LISTED; a text may have a remedy at the same place of ``remedies``.

        A remedy is told once, at the first text that has it: on the worst day many cells fail alike.
        """
        if not texts:
            return
        self.blank()
        self.say("%s:" % title)
        self.remedied(texts[:MOST_LISTED], remedies)
        if len(texts) > MOST_LISTED:
            self.say("and %d more; the results name them all" % (len(texts) - MOST_LISTED), "  ")

    def remedied(self, texts: Sequence[str], remedies: Sequence[str]) -> None:
        """Texts, each with its remedy below it unless that has been told; see ``listed``."""
        told = set()
        for index, text in enumerate(texts):
            self.say(text, "  ")
            if index < len(remedies) and remedies[index] and remedies[index] not in told:
                told.add(remedies[index])
                self.say("Remedy: %s" % remedies[index], "    ")

    def reasons(self, title: str, entries: Iterable[tuple[Any, Entry]]) -> None:
        """What did not succeed, equal reasons together: 300 servers of one cell fail alike.

        :param entries: where, and an entry with ``name`` and ``error``.
        """
        groups: dict[tuple[str, str, str], list[str]] = {}
        messages: dict[tuple[str, str, str], str] = {}
        for where, one in entries:
            error = one.get("error") or {}
            key = (clean(where, 64), clean(error.get("code"), 60) or "unknown", remedy_of(error))
            groups.setdefault(key, []).append(clean(one.get("name"), 64))
            messages.setdefault(key, clean(error.get("message"), 300))
        texts = ["%s: %s: %s (%s)" % (*key[:2], messages[key], names(some, 10)) for key, some in groups.items()]
        self.listed(title, texts, [key[2] for key in groups])


def coverage(page: Page, lost: Sequence[Entry], cells: int) -> None:
    """Say of every cell that was not read why, each remedy once, and that the numbers above are not the whole."""
    if not lost:
        return
    page.blank()
    text = "Coverage incomplete: %d of %s not read. What they hold is in no number here."
    page.say(text % (len(lost), count(cells, "cell")))
    texts, remedies = [], []
    for cell in lost:
        error = cell.get("error") or {}
        text = "%s (account %s): %s: %s" % (
            clean(cell.get("cell"), 64),
            clean(cell.get("account_id"), 20) or "unknown",
            clean(error.get("code"), 60) or "not read",
            clean(error.get("message"), 300),
        )
        texts.append(text.rstrip(": "))
        remedies.append(remedy_of(error))
    page.remedied(texts, remedies)


OF_A_REQUEST = "options.confirm"
"""Where a request of the entry point says what it confirms; of a command it is a variable of the role."""


def unconfirmed(page: Page, plan: Entry) -> None:
    """What must be typed, of a plan with ``unconfirmed`` {option, given, wanted}; nothing of any other."""
    confirmation = plan.get("unconfirmed") or {}
    if not confirmation.get("wanted"):
        # nothing would be launched, so there are no words that confirm it
        return
    page.blank()
    option, expected = clean(confirmation.get("option"), 40), clean(confirmation.get("wanted"), 300)
    given = clean(confirmation.get("given"), 100)
    wrong = "is '%s' and does not name this plan" % given if given else "is not given"
    page.say("NOT CONFIRMED: %s %s." % (option, wrong))
    page.say("Remedy: read the plan above, then type exactly: %s" % expected, "  ")
    if option == OF_A_REQUEST:
        # the variables of the role are not for typing there
        page.say("Send the same request again, with this among its options:", "  ")
        page.lines.append("    " + json.dumps({"confirm": expected})[1:-1])
        return
    page.say("It has blanks, so it must stand in JSON:", "  ")
    page.to_paste({option: expected}, "    ")


def to_confirm(page: Page, plan: Entry) -> None:
    """The words that confirm a plan which was only looked at: ``to_confirm`` {option, wanted}; nothing of any other."""
    confirmation = plan.get("to_confirm") or {}
    if not confirmation.get("wanted"):
        return
    page.blank()
    page.say("To confirm what stands above, add to the next command with your own hands:")
    page.to_paste({clean(confirmation.get("option"), 40): clean(confirmation["wanted"], 300)}, "  ")


def worst(seconds: Sequence[Any]) -> str:
    """The greatest of them; one that nobody knows makes it unknown, not smaller."""
    if not seconds:
        return "-"
    return "unknown" if None in seconds else duration(max(seconds))
