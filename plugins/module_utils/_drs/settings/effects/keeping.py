"""Keep declared settings of the servers of one cell, or take a change back: what all kinds of settings have in common.

A kind says how settings are checked, kept and restored; here are the order of the steps and the book-keeping.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Diff, Entry, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared

RESTORED, READ = "restored", "read"
_NAMES = ("source_server_id", "arn", "name", "account_id", "region", "instance_id")


class Keeping:
    """The settings of a cell's servers: those that are declared, or those before a change.

    A kind gives ``kind`` (in words), ``prefix`` (of a change's name) and the four methods that raise here.
    """

    kind = ""
    prefix = ""

    def __init__(self, cell: Cell, params: Given, check_mode: bool) -> None:
        self.cell, self.params, self.check_mode = cell, params, check_mode
        self.entries: list[Entry] = []
        self.drift: list[dict[str, t.Any]] = []
        self.warnings: list[str] = []
        self.change_id = params.get("change_id")

    def check_input(self) -> None:
        """Refuse what is wrong by itself, before anything is called. Raises DrsError."""
        raise NotImplementedError

    def keep(self, servers: list[Server], desired: dict[str, Settings]) -> None:
        """Give servers the settings that are declared; ``desired`` is by the ids of ``servers``."""
        raise NotImplementedError

    def restore(self, servers: list[Server]) -> None:
        """Take the change back, of the servers that have it."""
        raise NotImplementedError

    def describe(self, servers: list[Server]) -> None:
        """Read the settings of all servers, for a kind that has ``state=read``."""
        raise NotImplementedError

    def more(self) -> Result:
        """What the result has besides."""
        raise NotImplementedError

    def run(self) -> Result:
        """Returns {servers, summary, drift, unknown, change_id, warnings, diff, cell, changed} and ``more``.

        :raises DrsError: ``invalid_option``, ``unknown_id``, and what reading the servers raises.
        """
        self.check_input()
        unknown: list[str] = []
        servers = drs.source_servers(self.cell)
        self.change_id = self.change_id or self.cell.now.strftime(self.prefix + "-%Y%m%dT%H%M%SZ")
        if self.params["state"] == READ:
            self.describe(servers)
        elif self.params["state"] == RESTORED:
            self.restore(servers)
        else:
            keys = tags.resolve_keys(self.params["tag_keys"])
            desired, unknown = declared.resolve(servers, self.params["groups"], self.params["servers"], keys)
            if unknown and not self.params["ignore_unknown"]:
                raise DrsError("unknown_id", f"{', '.join(unknown)} not found in {self.cell.name}")
            self.keep([one for one in servers if one["source_server_id"] in desired], desired)
        return {
            "servers": self.entries,
            "summary": outcomes.summarise(self.entries),
            "drift": self.drift,
            "unknown": unknown,
            "change_id": self.change_id,
            "warnings": self.warnings,
            "diff": self._diff(),
            "cell": self.cell.name,
            "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in self.entries),
            **self.more(),
        }

    def put(self, outcome: outcomes.Outcome, server: t.Mapping[str, t.Any], **values: t.Any) -> None:
        """Note what became of a server."""
        names = {key: server.get(key) for key in _NAMES}
        self.entries.append(outcomes.server_entry(outcome, {**names, "cell": self.cell.name}, **values))

    def report_drift(
        self,
        server: t.Mapping[str, t.Any],
        now: Settings,
        changed: Settings,
        more: t.Callable[[str], dict[str, t.Any]] = lambda _option: {},
    ) -> None:
        """Note what of a server is not as it shall be; ``more`` says what a row has besides, given the setting."""
        names = {key: server[key] for key in ("source_server_id", "name", "account_id", "region")}
        for option in sorted(changed):
            row = {"setting": option, "declared": changed[option], "actual": now.get(option), **more(option)}
            self.drift.append({**names, "cell": self.cell.name, **row})

    def _diff(self) -> Diff:
        before: dict[str, Settings] = {}
        after: dict[str, Settings] = {}
        for one in self.drift:
            key = f"{one['name']} ({one['source_server_id']})"
            before.setdefault(key, {})[one["setting"]] = one["actual"]
            after.setdefault(key, {})[one["setting"]] = one["declared"]
        header = f"{self.kind} of {self.cell.name}"
        return {"before": before, "after": after, "before_header": header, "after_header": header}
