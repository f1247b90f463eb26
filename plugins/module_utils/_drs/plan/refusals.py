"""A call that takes many servers was refused: which of them stand in the way, and what to send next?

DRS judges StartRecovery, TerminateRecoveryInstances and StartFailbackLaunch as a whole: one server without a point in
time keeps the up to 99 others of its call from being launched (DRS user guide, recovery plans, validation; whether the
error names the server is documented for none of them). So what an error names is left out and the rest is sent again;
where it names nobody the batch is halved until those that are refused stand alone, which costs about log2 n further
calls for each. A refused call did nothing, so sending less of it again is no repeat.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

OF_CALLER = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation")
# A caller who may do nothing is told so of one server after the other; this often one is left out and the rest tried.
DENIALS = 3
# What DRS says when it understood a request and found it not allowed: these alone are worth a search. Whatever else a
# call ends with (a connection that broke, a fault of the service) says nothing of single servers.
_OF_SERVERS = ("ConflictException", "ValidationException", "ResourceNotFoundException", *OF_CALLER)
_ID = re.compile(r"\b(?:s|i|ri)-[0-9a-zA-Z]{8,17}\b")


class _Part(NamedTuple):
    """Servers to try together. ``twin``: the other half, which holds who is refused when this one is not."""

    ids: list[str]
    twin: list[str]


class Search:
    """The batches to send, one after the other, until each server was either taken or refused by itself::

        search = Search(ids)
        for batch in search:
            try:
                ...  # send it
            except DrsError as exc:
                for one in search.refused(batch, exc):
                    ...  # exc is its own reason
            else:
                search.taken()

    Of a batch that was put aside, because there is no room for it now, nothing is said here.

    :param ids: the servers of the call, as the caller names them.
    :param aliases: other names that an error may have for them: {id: one of ``ids``}.
    """

    def __init__(self, ids: Iterable[str], aliases: Mapping[str, str] | None = None) -> None:
        first = list(ids)
        self._aliases = {**(aliases or {}), **{one: one for one in first}}
        self._open = [_Part(first, [])] if first else []
        self._tried: _Part = _Part([], [])
        self._denials = 0

    def __iter__(self) -> Iterator[list[str]]:
        while self._open:
            self._tried = self._open.pop()
            yield list(self._tried.ids)

    def taken(self) -> None:
        """The batch that was tried last was accepted."""
        twin = self._tried.twin
        if len(twin) > 1 and self._open and self._open[-1].ids == twin:
            # who is refused is in the other half: sending that as a whole would be refused for sure
            self._open.pop()
            self._halve(twin)

    def again(self, ids: Iterable[str]) -> None:
        """These of the batch that was tried last come again together: what stood in the way of the others is known."""
        rest = list(ids)
        self._open += [_Part(rest, [])] if rest else []

    def refused(self, batch: Iterable[str], error: DrsError) -> list[str]:
        """The batch that was tried last was refused; returns those whose own reason the error is.

        The others of the batch come again. An error that says nothing of single servers is the reason of all.
        """
        ids = list(batch)
        if len(ids) <= 1 or not concerns_servers(error):
            return ids
        own = named(ids, error, self._aliases)
        if error.code in OF_CALLER:
            self._denials += 1
            if not own or self._denials > DENIALS:
                return ids
        if own:
            self.again(one for one in ids if one not in own)
            return own
        self._halve(ids)
        return []

    def _halve(self, ids: list[str]) -> None:
        middle = (len(ids) + 1) // 2
        left, right = ids[:middle], ids[middle:]
        self._open += [_Part(right, []), _Part(left, right)]


def concerns_servers(error: DrsError) -> bool:
    """Whether an error of a whole call may be the refusal of single servers of it."""
    return error.code in _OF_SERVERS


def named(ids: Iterable[str], error: DrsError, aliases: Mapping[str, str] | None = None) -> list[str]:
    """Those of ``ids`` that an error names, in its ``resource_id`` or else in its text; none when it names them all.

    :param aliases: other names that it may have for them: {id: one of ``ids``}.
    """
    known = list(ids)
    names = {**(aliases or {}), **{one: one for one in known}}
    for text in (str(error.details.get("resource_id") or ""), error.message):
        found = {names[one] for one in _ID.findall(text) if one in names}
        own = [one for one in known if one in found]
        if own:
            # all of them: the request is echoed, not judged
            return own if len(own) < len(known) else []
    return []
