"""The headings of the small tables of the page, and the style by which a narrow window shows a row as a card.

On a telephone a table of ten columns is a keyhole. There each row is a card: its name, then each value behind the
heading of its column. The headings come from here and from tables.py, so that they stand in one place.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

# By the id of a table (heading, class of its column); bar is a drawing, which only a reader aloud is told of.
FIXED = {
    "objectives-table": (
        ("application", ""),
        ("launched", "n"),
        ("recovery time", ""),
        ("of it waiting for people", "n"),
        ("since approval", "n"),
        ("from and to", ""),
        ("recovery point", ""),
        ("age of launched data", "n"),
        ("spread", "n"),
        ("worst server", ""),
    ),
    "waves-table": (
        ("wave", ""),
        ("started", ""),
        ("ended", ""),
        ("took", "n"),
        ("servers", "n"),
        ("succeeded", "n"),
        ("verdict", ""),
        ("validation", ""),
        ("why", ""),
    ),
    "capacity-table": (
        ("cell", ""),
        ("quota", ""),
        ("used", "n"),
        ("limit", "n"),
        ("percent", "n"),
        ("as a bar", "bar"),
        ("level", ""),
    ),
    "approvals-table": (
        ("gate", ""),
        ("approver", ""),
        ("decision", ""),
        ("at (UTC)", ""),
        ("expires (UTC)", ""),
        ("plan", ""),
        ("reason", ""),
    ),
    "overrides-table": (("guardrail", ""), ("by", ""), ("at (UTC)", ""), ("reason", "")),
    "progress-table": (("wave", ""), ("status", ""), ("finished", "n"), ("failed", "n"), ("for", "n")),
    "gates-table": (("gate", ""), ("of wave", ""), ("kind", ""), ("status", ""), ("by, at", "")),
}
_CARDS = "@media screen and (max-width: 600px) {\n%s\n}\n"
_HEAD = '#%s tr:not(.gap) > :nth-child(%d):is(td:not([colspan]))::before { content: "%s"; }'


_PAPER = """@media print {
  @page { @bottom-left { content: "%s"; font-size: 8px; }
    @bottom-right { content: "page " counter(page) " of " counter(pages); font-size: 8px; } }
}
"""
# Nothing that could end the text of a style.
_STRANGE = re.compile(r"[^A-Za-z0-9 ,.:_-]+", re.ASCII)


def paper(foot: str) -> str:
    """The style that numbers the sheets of paper, and says at the foot of each what it is a sheet of."""
    return _PAPER % _STRANGE.sub("_", foot)[:160]


def cards(shaped: Iterable[Mapping[str, Any]]) -> str:
    """The style that puts the heading of its column before each value of a card; headings are words of ours.

    :param shaped: the large tables, see tables.shape.
    """
    heads = {key: [label if kind != "bar" else "" for label, kind in row] for key, row in FIXED.items()}
    heads.update({one["id"]: [column.label for column in one["columns"]] for one in shaped})
    lines = [
        "  " + _HEAD % (key, place, label) for key, row in heads.items() for place, label in enumerate(row, 1) if label
    ]
    lines += ['  #%s tbody th::before { content: "wave "; }' % key for key in ("progress-table", "waves-table")]
    return _CARDS % "\n".join(lines)
