"""Extend source servers of a staging account into the cell.

CreateExtendedSourceServer has no client token, and which error it gives for a server that is extended already is
documented nowhere. So the state is read before and after, an extension is found by the ARN of the staging server that
its copy names, and no error code is ever taken for the answer.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import copy_tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import preflight
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import once
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyServer,
    ExtensionEntry,
    Given,
    Result,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Offered, StagingAccount

EXTENDED = "EXTENDED"
ARN = re.compile(r"arn:[^:]+:drs:([^:]+):([0-9]{12}):source-server/(s-[0-9a-zA-Z]{17})")
# What DRS says when the staging account has no role that admits this one (seen in logs; documented nowhere).
_NO_TRUST = re.compile(r"error in authori[sz]ation", re.IGNORECASE)
# Refusals that hold for every server of the staging account, so trying the others would only make noise.
_FOR_ALL = ("staging_role_missing", "capacity_full", "UninitializedAccountException")
# An AccessDenied may be of one server alone (a policy that goes by its tags): the role is believed to be missing when
# so many were refused for it and none was extended.
_BELIEVED = 2


def staging_arn(copy: Server) -> str | None:
    """The ARN of the staging account's server that a copy is of."""
    return as_mapping(copy.get("staging_area")).get("staging_source_server_arn")


def check_request(request: Given) -> None:
    """Refuse malformed ids and ids given twice, before anything is read."""
    problems = valid_id("account", request["staging_account_id"])
    ids = request.get("source_servers") or []
    problems += duplicate_ids(ids)
    for one in ids:
        if not ARN.fullmatch(one):
            problems += valid_id("source_server", one)
    for one in request.get("confirm_recovery_instance_ids") or []:
        problems += valid_id("recovery_instance", one)
    if problems:
        raise findings.refusal(problems)


def trust_error(exc: DrsError, cell: Cell, staging: str, target: str | None) -> DrsError:
    """Say what a refusal means here: the missing staging role in place of a bare AccessDenied."""
    if exc.code != "AccessDeniedException" or not _NO_TRUST.search(exc.message):
        return exc
    read: StagingAccount = {
        "cell": f"{staging}.{cell.region}",
        "account_id": staging,
        "region": cell.region,
        "role": None,
        "encryption": [],
    }
    missing = preflight.check(read, target or "<target account>")[0]
    return DrsError("staging_role_missing", exc.message, remedy=missing["remedy"], details=exc.details)


class Extension:
    """One request to extend servers of one staging account into a cell.

    :param cell: the target.
    :param request: ``staging_account_id``; ``source_servers`` (ids or ARNs in that account), ``tags`` or ``all``;
        ``copy_tags``, ``resource_tags``, ``deployment_id``, ``tag_keys``, ``allow_empty``.
    :param limit: how many source servers the cell may have in all, and where that number is from.
    :param account_id: the account of the cell; None when nothing has told it.
    :param check_mode: say what would be done; call nothing that changes anything.
    """

    def __init__(
        self, cell: Cell, request: Given, limit: tuple[int, str], account_id: str | None, check_mode: bool = False
    ) -> None:
        self.cell = cell
        self.request = request
        self.check_mode = check_mode
        self.staging = request["staging_account_id"]
        self.limit, self.limit_source = limit
        self.account_id = account_id
        self.servers: dict[str, AnyServer] = {}
        self.entries: dict[str, ExtensionEntry] = {}
        self.used = 0
        self.selected: list[str] = []
        """ARNs of the staging servers that are meant."""
        self.missing: list[str] = []
        """Those of them that are not extended."""
        self.done: list[str] = []
        """Those that were extended by this request, which is proven afterwards."""
        self.offered: list[Offered] = []
        self.stopped: DrsError | None = None
        self.denied = 0
        """Servers for which the staging account's role seemed to be missing."""

    def run(self, existing: list[Server]) -> Result:
        """Extend what is not extended yet, one after the other; returns what ``result`` does.

        :param existing: all SERVERs of the cell, read just now.
        """
        self.look(existing)
        for arn in self.allot(len(existing)):
            self.extend(arn)
        if self.done:
            self.verify(self._copies())
        return self.result()

    def look(self, existing: list[Server]) -> None:
        """Read what the staging account offers, and find out what has to be extended: ``missing``.

        :param existing: all SERVERs of the cell, read just now.
        :raises DrsError: ``staging_role_missing``, ``no_match``, and what the list of what is offered was refused with.
        """
        copies = {staging_arn(one): one for one in existing if one["extended"] and self._of_staging(one)}
        try:
            self.offered = drs.extensible_source_servers(self.cell, self.staging)
        except DrsError as exc:
            raise trust_error(exc, self.cell, self.staging, self.account_id) from None
        self.selected = self._select(copies)
        for arn in self.selected:
            if arn in copies:
                self._present(arn, copies[arn])
        self.missing = [arn for arn in self.selected if arn not in self.entries]

    def allot(self, used: int) -> list[str]:
        """Refuse what does not fit into the cell any more; returns what does.

        :param used: how many source servers the cell has, with those that others are about to extend into it.
        """
        self.used = used
        room = max(0, self.limit - used)
        for arn in self.missing[room:]:
            self._put(outcomes.REFUSED, arn, error=self._full(len(self.missing)))
        return self.missing[:room]

    def _of_staging(self, copy: Server) -> bool:
        return as_mapping(copy.get("staging_area")).get("staging_account_id") == self.staging

    # -- who -----------------------------------------------------------------------------------------------------
    def _select(self, copies: dict[str | None, Server]) -> list[str]:
        """ARNs of the staging servers that are meant, by name; what is not offered is refused here."""
        for arn, copy in copies.items():
            if arn:
                self.servers[arn] = {"arn": arn, "name": copy["name"], "tags": copy["tags"]}
        self.servers.update({str(one["arn"]): one for one in self.offered if one["arn"] not in self.servers})
        order = sorted(self.servers, key=lambda arn: (str(self.servers[arn]["name"]), arn))
        if self.request.get("source_servers"):
            return self._by_id(order)
        criteria = self.request.get("tags")
        if not criteria:
            return order
        keys = tags.resolve_keys(self.request.get("tag_keys"))
        selected = [arn for arn in order if tags.matches(self.servers[arn]["tags"], criteria, keys)]
        if order and not selected and not self.request.get("allow_empty"):
            tags.check_keys(self.servers.values(), {"tags": criteria}, keys)
            raise DrsError("no_match", f"no server of staging account {self.staging} carries the tags {criteria}")
        return selected

    def _by_id(self, order: list[str]) -> list[str]:
        by_id = {arn.rpartition("/")[2]: arn for arn in order}
        arns = []
        for one in self.request["source_servers"]:
            arn = one if one in self.servers else by_id.get(one)
            if arn is None:
                self.servers[one] = {"arn": one, "name": one.rpartition("/")[2], "tags": {}}
                text = f"{one} is not offered by staging account {self.staging} in {self.cell.region}"
                self._put(outcomes.REFUSED, one, error=DrsError("not_offered", text))
                arn = one
            if arn not in arns:
                arns.append(arn)
        return arns

    # -- the effect ----------------------------------------------------------------------------------------------
    def _full(self, needed: int) -> DrsError:
        text = (
            f"{self.cell.name} has {self.used} of {self.limit} source servers ({self.limit_source}): "
            f"{max(0, self.limit - self.used)} of {needed} more fit"
        )
        return DrsError("capacity_full", text)

    def _copies(self) -> list[Server] | DrsError:
        try:
            return drs.source_servers(self.cell, staging_account_ids=[self.staging])
        except DrsError as exc:
            return exc

    def _find(self, arn: str) -> Server | None:
        for copy in drs.source_servers(self.cell, staging_account_ids=[self.staging]):
            if staging_arn(copy) == arn:
                return copy
        return None

    def extend(self, arn: str) -> None:
        """Extend one server. Several may be extended at once, from any thread."""
        if self.stopped is not None:
            error = DrsError("extension_stopped", f"not tried: {self.stopped.message}", remedy=self.stopped.remedy)
            self._put(outcomes.REFUSED, arn, error=error)
            return
        if self.check_mode:
            self._put(outcomes.PLANNED, arn)
            return
        given = copy_tags.of_copy(self.servers[arn], self.request)
        doubtful: list[str] = []
        said: list[str] = []

        def find() -> Server | None:
            # what was throttled was not begun, and looking for it would only ask for more
            return None if said[-1:] == ["ThrottlingException"] else self._find(arn)

        def act() -> Server:
            try:
                return drs.create_extended_source_server(self.cell, arn, given)
            except DrsError as exc:
                said.append(exc.code)
                if exc.code != "ConflictException":
                    doubtful.append(exc.code)
                raise

        try:
            copy, adopted = once(find=find, act=act)
        except DrsError as exc:
            self._not_extended(arn, exc)
            return
        if adopted and not doubtful:
            # no answer of ours was lost, so the copy that was found is somebody else's
            self._present(arn, copy)
            return
        self._put(outcomes.EXTENDED, arn, copy, adopted=adopted, changed=True)
        self.done.append(arn)

    def _not_extended(self, arn: str, exc: DrsError) -> None:
        """Whatever the error was called: if the copy is there, the server is extended."""
        error = trust_error(exc, self.cell, self.staging, self.account_id)
        if exc.code == "ServiceQuotaExceededException":
            error = DrsError("capacity_full", exc.message, details=exc.details)
        self.denied += error.code == "staging_role_missing"
        if error.code in _FOR_ALL:
            if error.code != "staging_role_missing" or (self.denied >= _BELIEVED and not self.done):
                self.stopped = error
        elif not exc.retryable:
            try:
                copy = self._find(arn)
            except DrsError:
                copy = None
            if copy is not None:
                self._present(arn, copy)
                return
        self._put(outcomes.FAILED, arn, error=error)

    def verify(self, copies: list[Server] | DrsError) -> None:
        """Prove what was extended: only what DRS shows as extended counts.

        :param copies: the copies of the staging account, read afterwards, or why they could not be read.
        """
        if isinstance(copies, DrsError):
            for arn in self.done:
                self._put(outcomes.UNKNOWN, arn, error=copies, changed=True)
            return
        seen = {staging_arn(one): one for one in copies}
        for arn in self.done:
            copy = seen.get(arn)
            if copy is None:
                text = f"{self.servers[arn]['name']}: the copy is not shown yet"
                self._put(outcomes.UNKNOWN, arn, error=DrsError("extension_not_seen", text), changed=True)
            elif as_mapping(copy["staging_area"]).get("status") != EXTENDED:
                self._put(outcomes.FAILED, arn, copy, error=_broken(copy), changed=True)

    # -- book-keeping --------------------------------------------------------------------------------------------
    def _present(self, arn: str, copy: Server) -> None:
        broken = as_mapping(copy["staging_area"]).get("status") != EXTENDED
        self._put(
            outcomes.FAILED if broken else outcomes.ALREADY_EXTENDED, arn, copy, error=_broken(copy) if broken else None
        )

    def _put(
        self,
        outcome: outcomes.Outcome,
        arn: str,
        copy: Server | None = None,
        error: DrsError | None = None,
        **flags: bool,
    ) -> None:
        before = as_mapping(self.entries.get(arn))
        shown = copy or {"source_server_id": None, "arn": None, "account_id": self.account_id}
        base = {"name": self.servers[arn]["name"], "cell": self.cell.name, "region": self.cell.region, **shown}
        keys = tags.resolve_keys(self.request.get("tag_keys"))
        fields = {"application": tags.tag_value(self.servers[arn]["tags"], keys["application"])}
        self.entries[arn] = {
            **outcomes.server_entry(outcome, {**before, **base, **fields}, error=error, **flags),
            "staging_account_id": self.staging,
            "staging_source_server_arn": arn,
        }

    def result(self) -> Result:
        """What came of it: {servers, summary, offered, capacity, changed}."""
        servers = [self.entries[arn] for arn in self.selected]
        more = sum(1 for one in servers if one["changed"])
        return {
            "servers": servers,
            "summary": outcomes.summarise(servers),
            "offered": self.offered,
            "capacity": {
                "used": self.used + more,
                "limit": self.limit,
                "source": self.limit_source,
                "free": max(0, self.limit - self.used - more),
            },
            "changed": any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in servers),
        }


def _broken(copy: Server) -> DrsError:
    area = as_mapping(copy.get("staging_area"))
    said = area.get("error_message") or f"its status is {area.get('status') or 'unknown'}"
    return DrsError("extension_error", f"{copy['name']}: {said}")
