"""Extend many staging accounts into their targets, side by side: one list for each of them, no read for each server.

A target is read once, however many staging accounts are extended into it; each staging account is asked once what it
offers. Only an account with something to extend is checked further. Then the first server of each account goes alone,
for a refusal of it is one of them all, and the others go a few at a time, whatever account they are of: DRS does not
publish its rates, and throttles one at a time. At the end each target is read once more, which proves all copies.

Whoever loses the controller runs it again: what is extended is not offered any more.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Union

from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import Session
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock, drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings, outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import capacity_report, extensions
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import capacity, info, request
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import remove as staging_remove
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects.extend import Extension

AT_ONCE = 8
EVERY = 100
HEARTBEAT = 60.0
# As of drs_capacity_info; see there.
_PERCENTS = (80.0, 90.0)


class Hands(Protocol):
    """What an extension needs of the process that it runs in."""

    def over(self, work: Callable[[Any], Any], cells: Mapping[str, Any], at_once: int | None = None) -> dict[str, Any]:
        """Do something with every one of them, so many at once: by name the result, or the DrsError."""

    def say(self, line: str) -> None:
        """Print a line of progress at once."""


class _Target(NamedTuple):
    """A target as it was read: its servers, account and limits."""

    cell: Cell
    servers: list[Server]
    account_id: str | None
    limits: capacity.Limits


class _Work:
    """One pair under way: its extension, what speaks against it, what ended it."""

    def __init__(self, pair: extensions.Pair, options: dict[str, Any]) -> None:
        self.pair, self.options = pair, options
        self.extension: Extension | None = None
        self.findings: list[Finding] = []
        self.error: Any = None
        self.answer: dict[str, Any] | None = None
        self.todo: list[str] = []

    @property
    def key(self) -> str:
        return "%s %s" % (self.pair.target, self.pair.account_id)


class Extending:
    """One request over all pairs.

    :param values: the request of the verb server_extend, see ``runs/verbs/agents.py``.
    :param pairs: what is worked on, see ``extensions.pairs``.
    :param sessions: by cell, of targets and staging cells, its session or why there is none.
    """

    def __init__(
        self,
        values: Given,
        pairs: Sequence[extensions.Pair],
        sessions: Mapping[str, Session],
        hands: Hands,
        check_mode: bool = False,
    ) -> None:
        self.values, self.sessions, self.hands, self.check_mode = values, sessions, hands, check_mode
        self.work = [_Work(pair, extensions.request_of(pair, values)) for pair in pairs]
        self.targets: dict[str, Union[_Target, DrsError]] = {}
        self._total = 0
        self._ended: list[str] = []
        self._said = clock.ticks()

    def run(self) -> list[dict[str, Any]]:
        """Do it; returns one result for each pair: {target, staging_account_id, staging_cell, findings, servers, room,
        error, capacity}.

        :raises DrsError: what malformed ids and tags are refused with, before anything is called.
        """
        for one in self.work:
            request.checked({**dict.fromkeys(request.EXTENSION_SPEC), **one.options})
        self._read_targets()
        if self.values["state"] == extensions.PRESENT:
            self._look()
            self._check()
            self._extend()
        else:
            self._each(self._remove, [one for one in self.work if one.error is None])
        counted = self._count()
        return [self._result(one, counted.get(one.pair.target)) for one in self.work]

    @property
    def changed(self) -> bool:
        """Whether something was done."""
        return any(server["changed"] for one in self.work for server in (one.answer or {}).get("servers") or ())

    def _each(self, act: Callable[[_Work], Any], work: Sequence[_Work], at_once: int | None = None) -> None:
        """Do something for several pairs, side by side; what one raises is its error."""
        for key, answer in self.hands.over(act, {one.key: one for one in work}, at_once).items():
            if isinstance(answer, DrsError):
                next(one for one in work if one.key == key).error = answer

    # -- what is there -------------------------------------------------------------------------------------------
    def _read_targets(self) -> None:
        names = list(dict.fromkeys(one.pair.target for one in self.work))
        sessions = {name: self.sessions[name] for name in names}
        self.targets = {name: session for name, session in sessions.items() if isinstance(session, DrsError)}
        cells = {name: session for name, session in sessions.items() if isinstance(session, Cell)}
        self.targets.update(self.hands.over(self._read_target, cells))
        for one in self.work:
            target = self.targets[one.pair.target]
            one.error = target if isinstance(target, DrsError) else None

    def _read_target(self, cell: Cell) -> _Target:
        servers = request.target_servers(cell)
        account_id = capacity.account_of(cell, servers)
        limits = capacity.limits(cell, self.values["limits"])
        self.hands.say("[%s] %s" % (clean(cell.name, 64), count(len(servers), "source server")))
        return _Target(cell, servers, account_id, limits)

    def _target(self, one: _Work) -> _Target:
        target = self.targets[one.pair.target]
        if isinstance(target, DrsError):
            raise target
        request.check_other(target.cell, target.account_id, one.pair.account_id)
        return target

    def _look(self) -> None:
        def look(one: _Work) -> None:
            target = self._target(one)
            given = {key: value for key, value in one.options.items() if value is not None}
            made = request.extension(target.cell, given, target.limits, target.account_id, self.check_mode)
            made.look(target.servers)
            one.extension = made

        self._each(look, [one for one in self.work if one.error is None])

    def _check(self) -> None:
        """Preflight of the staging accounts that have something to extend, or that do not say what they have."""

        def check(one: _Work) -> None:
            staging = self.sessions.get(one.pair.staging)
            target = self.targets[one.pair.target]
            if not isinstance(staging, Cell) or isinstance(target, DrsError):
                return
            account_id = target.account_id or target.limits.account_id
            params = {name: option.get("default") for name, option in info.EXTENSION_INFO_SPEC.items()}
            try:
                about = {"account_id": one.pair.account_id, "target_account_id": account_id}
                one.findings = info.read(staging, {**params, **about}, True)["findings"]
            except DrsError:
                return  # whoever may read nothing there extends without; DRS will tell

        if self.values["preflight"] == "off":
            return
        self._each(check, [one for one in self.work if one.extension is None or one.extension.missing])
        for one in self.work:
            wrong = findings.errors_of(one.findings)
            if wrong and self.values["preflight"] == "enforce":
                one.error = wrong[0]

    # -- the effect ----------------------------------------------------------------------------------------------
    def _extend(self) -> None:
        used = {name: len(one.servers) for name, one in self.targets.items() if not isinstance(one, DrsError)}
        going = [one for one in self.work if one.error is None and one.extension is not None]
        for one in going:
            if one.extension is not None:
                one.todo = one.extension.allot(used[one.pair.target])
                used[one.pair.target] += len(one.todo)
        self._total = sum(len(one.todo) for one in going)
        first = {arn: one for one in going for arn in one.todo[:1]}
        others = {arn: one for one in going for arn in one.todo[1:]}
        for some in (first, others):
            answers = self.hands.over(self._extend_one, {arn: (arn, one) for arn, one in some.items()}, AT_ONCE)
            for arn, answer in answers.items():
                if isinstance(answer, DrsError):
                    some[arn].error = some[arn].error or answer
        for one in going:
            if one.extension is not None and not self._proving(one):
                one.answer = one.extension.result()

    def _extend_one(self, work: tuple[str, _Work]) -> None:
        arn, one = work
        if one.extension is not None:
            one.extension.extend(arn)
        self._ended.append(arn)
        self._tell(len(self._ended))

    def _tell(self, ended: int) -> None:
        """A line every so many servers, and every so many seconds."""
        now = clock.ticks()
        if ended % EVERY == 0 or ended == self._total or now - self._said >= HEARTBEAT:
            self._said = now
            verb = "looked at" if self.check_mode else "worked on"
            self.hands.say("[extension] %d of %s %s" % (ended, count(self._total, "server"), verb))

    @staticmethod
    def _proving(one: _Work) -> bool:
        return one.extension is not None and bool(one.extension.done)

    def _remove(self, one: _Work) -> None:
        target = self._target(one)
        given = {key: value for key, value in one.options.items() if value is not None}
        one.answer = staging_remove.Removal(target.cell, given, self.check_mode).run(target.servers)

    # -- the end -------------------------------------------------------------------------------------------------
    def _count(self) -> dict[str, Any]:
        """Read each target once more where something was done, prove it, and count: CAPACITY by target, or None."""
        percents = capacity_report.thresholds(*_PERCENTS)

        def read(target: _Target) -> Any:
            mine = [one for one in self.work if one.pair.target == target.cell.name]
            servers = target.servers
            changed = any(server["changed"] for one in mine for server in (one.answer or {}).get("servers") or ())
            if changed or any(self._proving(one) for one in mine):
                try:
                    servers = drs.source_servers(target.cell)
                except DrsError as exc:
                    self._prove(mine, exc)
                    return None
                self._prove(mine, servers)
            return capacity.of(target.cell, servers, target.limits, percents)

        there = {name: one for name, one in self.targets.items() if not isinstance(one, DrsError)}
        return {name: None if isinstance(one, DrsError) else one for name, one in self.hands.over(read, there).items()}

    def _prove(self, work: Sequence[_Work], copies: list[Server] | DrsError) -> None:
        for one in work:
            if one.extension is not None and self._proving(one):
                one.extension.verify(copies)
                one.answer = one.extension.result()

    @staticmethod
    def _result(one: _Work, counted: Any) -> dict[str, Any]:
        answer = one.answer if one.answer is not None else {}
        silent = DrsError("internal_error", "nothing is known of this staging account")
        error = one.error if one.answer is None else None
        return {
            "target": one.pair.target,
            "staging_account_id": one.pair.account_id,
            "staging_cell": one.pair.staging,
            "findings": one.findings,
            "servers": answer.get("servers"),
            "room": answer.get("capacity"),
            "error": None if one.answer is not None else outcomes.error_entry(error or silent),
            "capacity": counted,
        }
