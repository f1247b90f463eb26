"""What a person is told who ends a playbook in its middle: what goes on in AWS, and the command that continues it.

A task works in a process of its own, which ends with the playbook. What it has under way is therefore noted in a file
without a name that both have open, since before Ansible forked.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names

# So many places are named; a run of many cells scrolls its command away otherwise.
MOST_NAMED = 20
# What a person must say anew: no command that is to be pasted says it for them.
_SAID_BY_A_PERSON = ("_confirm", "_validated")


class UnderWay(NamedTuple):
    """What goes on in AWS in one place: ``where``, such as a cell and a wave, and the ids of jobs or commands."""

    where: str
    ids: tuple[str, ...] = ()


class Standing:
    """What the tasks of this playbook have under way. One for a process and those that it forks."""

    def __init__(self) -> None:
        self._file: int | None = None

    def prepare(self) -> None:
        """Make the file, before anything is forked; without it nothing is noted."""
        if self._file is None:
            self._file, path = tempfile.mkstemp()
            os.unlink(path)

    def note(self, **parts: Any) -> None:
        """Replace parts of what is noted: ``run_id`` and ``command`` of a run that has begun, ``under_way``."""
        if self._file is not None:
            text = json.dumps({**self.noted(), **parts}).encode()
            # one write over the whole file: whoever is ended beside it leaves the old text or the new one
            os.pwrite(self._file, text.ljust(os.fstat(self._file).st_size), 0)

    def noted(self) -> dict[str, Any]:
        """All that is noted; nothing of what somebody is writing at this moment."""
        if self._file is None:
            return {}
        try:
            found = json.loads(os.pread(self._file, os.fstat(self._file).st_size, 0) or b"{}")
        except ValueError:
            return {}
        return dict(found)


STANDING = Standing()


def typed_again(given: Mapping[str, Any]) -> dict[str, Any]:
    """The extra variables of a command that is typed once more, without what a person must say anew."""
    return {name: value for name, value in given.items() if not name.endswith(_SAID_BY_A_PERSON)}


def lines(noted: Mapping[str, Any], again: str) -> list[str]:
    """What to tell of an interrupted playbook; nothing of one that has nothing under way.

    :param noted: see ``Standing.note``.
    :param again: the same command, for what is no run; "" where nobody knows it.
    """
    run_id = str(noted.get("run_id") or "")
    places = [UnderWay(str(one[0]), tuple(one[1])) for one in noted.get("under_way") or ()]
    if not run_id and not places:
        return []
    what = "run %s is not at its end" % clean(run_id, 64) if run_id else "not at its end"
    said = ["INTERRUPTED: %s. What was begun continues in AWS, and nothing more is begun until it is resumed." % what]
    said += _places(places)
    command = str(noted.get("command") or "") if run_id else again
    return [*said, "", "next: %s" % command] if command else [*said, "The same command again adopts what it finds."]


def _places(places: Iterable[UnderWay]) -> list[str]:
    listed = list(places)
    named = [
        "  %s: %s" % (clean(one.where, 80), names(one.ids, 5)) if one.ids else "  %s" % clean(one.where, 80)
        for one in listed[:MOST_NAMED]
    ]
    more = len(listed) - MOST_NAMED
    return [*(["Continues in AWS:"] if named else []), *named, *(["  and %d more" % more] if more > 0 else [])]
