"""Find the lines in the output of a failed installation that may be its reason, the most telling first."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.install_patterns import (
    INSTALL_PATTERNS,
    OF_ERRORS,
    TOPICS,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.install_lines import (
    ERROR,
    FRAME,
    INTERNAL,
    LEVEL,
    PASSING,
    STAMP,
    TROUBLE,
    WARNING,
    WELL,
)

# So many lines of an unknown failure are shown.
_SHOWN = 3
_FILE_LINE = 'File "'
# So much of the beginning and of the end of a line is read; patterns take long for lines of thousands of characters.
_READ = (900, 300)
_FAILS, _TELLS = ("error", "err", "fatal", "critical"), ("trace", "debug", "info", "notice")


class _Line(NamedTuple):
    """A line as it came, without what a logger puts before it, and the level that the logger says, in lower case."""

    shown: str
    text: str
    level: str


def cause(text: str) -> tuple[str, str]:
    """What the catalogue knows of an output.

    Lines of an error are asked first; what a machine only warns of, or tries again, it has got over. Where no class
    knows the words, a line of trouble is of the class of what it is about, so that each tool and each version may say
    it its own way; not where the program's own defects speak.

    :returns: the code of the catalogue and the line that told it; empty texts where nothing is known.
    """
    lines = _last_tried(_reasons(text))
    errors = [one for one in lines if ERROR.search(one.text) and not WARNING.match(one.text)]
    others = [one for one in lines if one not in errors]
    for group in (errors, others):
        for pattern, code in INSTALL_PATTERNS:
            told = next((line.shown for line in group if pattern.search(line.text)), "")
            if told and (group is errors or code not in OF_ERRORS):
                return code, told
    trouble = [
        one
        for one in lines
        if TROUBLE.search(one.text)
        and not WELL.search(one.text)
        and not WARNING.match(one.text)
        and not INTERNAL.search(one.text)
    ]
    for pattern, code in TOPICS:
        told = next((line.shown for line in trouble if pattern.search(line.text)), "")
        if told:
            return code, told
    return "", ""


def reason(text: str) -> str:
    """What to show of an output that the catalogue does not know; its frame where it has nothing else."""
    lines = _reasons(text)
    if not lines:
        frame = [one.strip() for one in text.splitlines() if one.strip(" -")]
        return " / ".join(frame[-_SHOWN:])
    last = lines[-_SHOWN:]
    earlier = [one for one in lines[:-_SHOWN] if ERROR.search(one.text) and not WARNING.match(one.text)]
    return " / ".join(one.shown for one in [*earlier[-_SHOWN:], *last])


def _last_tried(lines: list[_Line]) -> list[_Line]:
    """Without the lines that say what is tried or waited for again, where something is said after them."""
    last = max((number for number, one in enumerate(lines) if not PASSING.search(one.text)), default=-1)
    return [one for number, one in enumerate(lines) if number > last or not PASSING.search(one.text)]


def _reasons(text: str) -> list[_Line]:
    """The lines that are neither frame nor ordinary progress, in order.

    Of an output that marks its errors as such, what it marks as information is ordinary, too.
    """
    found: list[_Line] = []
    source = False
    for line in text.splitlines():
        bare = _read(line.strip())
        # below a line of Python's traceback stands the source, indented
        skipped, source = source and line[:1].isspace(), bare.startswith(_FILE_LINE)
        plain, level = _without_stamps(bare)
        if plain and not skipped and not FRAME.fullmatch(plain):
            found.append(_Line(bare, plain, level))
    marked = any(one.level in _FAILS for one in found)
    return [one for one in found if not marked or one.level not in _TELLS]


def _read(line: str) -> str:
    return line if len(line) <= sum(_READ) else f"{line[: _READ[0]]} ... {line[-_READ[1] :]}"


def _without_stamps(line: str) -> tuple[str, str]:
    """A line without what a logger puts before it, and the level that the logger says.

    A level of information is taken off, too: where a logger says nothing else, it says nothing of the line.
    """
    level, stamp = "", STAMP.match(line)
    while stamp:
        line = line[stamp.end() :]
        found = LEVEL.match(line)
        level = found[1].lower() if found else level
        line = line[found.end() :] if found and level in _TELLS else line
        stamp = STAMP.match(line)
    return line, level
