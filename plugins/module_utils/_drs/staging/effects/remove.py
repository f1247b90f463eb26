"""Remove extended copies: DeleteSourceServer in the target, for copies and nothing else.

DRS deletes an extended copy at any time, and its recovery instance with production on it then stands alone; and the
very same call deletes an own server that happens to be disconnected. So every copy is judged right before the call.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from datetime import timedelta

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import removal_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyServer,
    ExtensionEntry,
    Given,
    Result,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

LOOKBACK_HOURS = 48


class Removal:
    """One request to un-extend copies of one staging account.

    :param request: as for extension.Extension; ``source_servers`` may also be ids and ARNs of the copies;
        ``confirm_recovery_instance_ids`` are exact ids typed by a person.
    """

    def __init__(self, cell: Cell, request: Given, check_mode: bool = False) -> None:
        self.cell = cell
        self.request = request
        self.check_mode = check_mode
        self.staging = request["staging_account_id"]
        self.entries: dict[str, ExtensionEntry] = {}

    def run(self, existing: list[Server]) -> Result:
        """Un-extend; returns {servers, summary, changed}.

        :param existing: all SERVERs of the cell, read just now.
        """
        chosen = self._select(existing)
        allowed = self._guard(chosen)
        done = [copy for copy in allowed if self._delete(copy)]
        self._verify(done)
        servers = list(self.entries.values())
        return {
            "servers": servers,
            "summary": outcomes.summarise(servers),
            "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in servers),
        }

    def _select(self, servers: list[Server]) -> list[Server]:
        order = sorted(servers, key=lambda one: (str(one["name"]), str(one["arn"])))
        named = self.request.get("source_servers")
        if named:
            return self._by_id(order, named)
        copies = [one for one in order if removal_checks.is_copy(one, self.staging)]
        criteria = self.request.get("tags")
        if not criteria:
            return copies
        keys = tags.resolve_keys(self.request.get("tag_keys"))
        selected = [one for one in copies if tags.matches(one["tags"], criteria, keys)]
        if copies and not selected and not self.request.get("allow_empty"):
            tags.check_keys(copies, {"tags": criteria}, keys)
            raise DrsError("no_match", f"no copy from staging account {self.staging} carries the tags {criteria}")
        return selected

    def _by_id(self, order: list[Server], named: list[str]) -> list[Server]:
        by_name: dict[str, Server] = {}
        for one in order:
            original = as_mapping(one.get("staging_area")).get("staging_source_server_arn") or ""
            # the ids of the copy last: they are the surer ones
            for name in (original.rpartition("/")[2], original, one["source_server_id"], one["arn"]):
                if name:
                    by_name[name] = one
        result: list[Server] = []
        for name in named:
            matches = by_name.get(name)
            if matches is None:
                # un-extending twice is not an error
                shown = {"name": name, "cell": self.cell.name, "region": self.cell.region}
                text = f"{name} is not extended into {self.cell.name}"
                self._put(outcomes.SKIPPED, shown, name, DrsError("not_extended", text))
            elif matches not in result:
                result.append(matches)
        return result

    def _guard(self, chosen: list[Server]) -> list[Server]:
        if not chosen:
            return []
        ids = [one["source_server_id"] for one in chosen]
        instances = drs.recovery_instances(self.cell, source_server_ids=ids, with_ec2=True)
        chosen = drs.without_ended(self.cell, chosen, instances)
        since = self.cell.now - timedelta(hours=LOOKBACK_HOURS)
        active = [job for job in drs.jobs(self.cell, since=since) if job["active"]]
        typed = self.request.get("confirm_recovery_instance_ids") or []
        allowed = []
        for one in chosen:
            problems = removal_checks.may_unextend(one, self.staging, instances, active, typed)
            if findings.errors_of(problems):
                self._put(outcomes.REFUSED, one, error=findings.errors_of(problems)[0])
            else:
                allowed.append(one)
        return allowed

    def _delete(self, copy: Server) -> bool:
        if self.check_mode:
            self._put(outcomes.PLANNED, copy)
            return False
        try:
            drs.delete_source_server(self.cell, copy["source_server_id"])
        except DrsError as exc:
            self._put(outcomes.FAILED, copy, error=exc)
            return False
        self._put(outcomes.UNEXTENDED, copy, changed=True)
        return True

    def _verify(self, done: list[Server]) -> None:
        if not done:
            return
        try:
            left = {one["source_server_id"] for one in drs.source_servers(self.cell, self._ids(done))}
        except DrsError as exc:
            for copy in done:
                self._put(outcomes.UNKNOWN, copy, error=exc, changed=True)
            return
        for copy in done:
            if copy["source_server_id"] in left:
                error = DrsError("extension_not_gone", f"{copy['name']}: the copy is still shown")
                self._put(outcomes.UNKNOWN, copy, error=error, changed=True)

    @staticmethod
    def _ids(copies: list[Server]) -> list[str]:
        return [one["source_server_id"] for one in copies]

    def _put(
        self,
        outcome: outcomes.Outcome,
        copy: AnyServer,
        name: str | None = None,
        error: t.Any = None,
        changed: bool = False,
    ) -> None:
        area = as_mapping(copy.get("staging_area"))
        self.entries[name or copy["arn"]] = {
            **outcomes.server_entry(outcome, copy, error=error, changed=changed),
            "staging_account_id": area.get("staging_account_id"),
            "staging_source_server_arn": area.get("staging_source_server_arn"),
        }
