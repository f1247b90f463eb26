"""Find the lines in the output of a failed installation that may be its reason, the most telling first."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.install_patterns import (
    ERROR,
    FRAME,
    INSTALL_PATTERNS,
    OF_ERRORS,
    TOPICS,
    TROUBLE,
    WARNING,
    WELL,
)

# So many lines of an unknown failure are shown.
_SHOWN = 3
_FILE_LINE = 'File "'


def cause(text: str) -> tuple[str, str]:
    """What the catalogue knows of an output.

    Lines of an error are asked first; what a machine only warns of it has got over. Where no class knows the words, a
    line of trouble is of the class of what it is about, so that each tool and each version may say it its own way.

    :returns: the code of the catalogue and the line that told it; empty texts where nothing is known.
    """
    lines = _reasons(text)
    errors = [one for one in lines if ERROR.search(one) and not WARNING.match(one)]
    others = [one for one in lines if one not in errors]
    for group in (errors, others):
        for pattern, code in INSTALL_PATTERNS:
            told = next((line for line in group if pattern.search(line)), "")
            if told and (group is errors or code not in OF_ERRORS):
                return code, told
    trouble = [one for one in lines if TROUBLE.search(one) and not WELL.search(one) and not WARNING.match(one)]
    for pattern, code in TOPICS:
        told = next((line for line in trouble if pattern.search(line)), "")
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
    earlier = [one for one in lines[:-_SHOWN] if ERROR.search(one) and not WARNING.match(one)]
    return " / ".join([*earlier[-_SHOWN:], *last])


def _reasons(text: str) -> list[str]:
    """The lines that are neither frame nor ordinary progress, in order."""
    found: list[str] = []
    source = False
    for line in text.splitlines():
        bare = line.strip()
        # below a line of Python's traceback stands the source, indented
        skipped, source = source and line[:1].isspace(), bare.startswith(_FILE_LINE)
        if bare and not skipped and not FRAME.fullmatch(bare):
            found.append(bare)
    return found
