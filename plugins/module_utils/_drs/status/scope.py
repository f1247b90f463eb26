"""What a drill of everything would launch of a fleet, so that readiness and plan speak of the same servers."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import DRILL
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, TagKeys
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.selection import STAGING, identity, once_each

_TARGET = "target"
_NOT_ENABLED, _STAGING_ACCOUNT, _COPY = "not_enabled", "staging_account", "extended_copy_in_target"
# Why a drill of everything leaves a server out.
_WHY = {
    _NOT_ENABLED: "its tag %s says no",
    _STAGING_ACCOUNT: "it is in a staging account, and extended to no target account that was read",
}


class Scope:
    """The servers that a drill of everything would leave out, by the plan's own functions."""

    def __init__(self, cells: Sequence[Mapping[str, Any]], keys: TagKeys, complete: bool) -> None:
        """Read the cells.

        :param cells: those that were read, each with its ``source_servers``.
        :param complete: whether all cells were; one that was not may hold the copy of a server.
        """
        self._key, self._complete = keys["enabled"][0], complete
        everyone: list[Server] = [
            cast(Any, {**server, "cell": one["cell"]}) for one in cells for server in one["source_servers"] or ()
        ]
        asked = [one for one in everyone if tags.flag(one.get("tags"), keys["enabled"]) is not False]
        staging = [one["cell"] for one in cells if list(one.get("account_types") or ()) == [STAGING]]
        kept = {identity(one) for one in once_each(asked, everyone, _TARGET, DRILL, staging)[0]}
        wanted = {identity(one) for one in asked}
        self._left_out = {
            identity(one): _NOT_ENABLED
            if identity(one) not in wanted
            else _STAGING_ACCOUNT
            if one["cell"] in staging
            else _COPY
            for one in everyone
            if identity(one) not in kept
        }

    def why_not(self, server: Mapping[str, Any], copy: Mapping[str, Any] | None) -> str:
        """Why a drill would launch neither a server nor its copy; empty when it would, and where nobody can say."""
        codes = [self._left_out.get(identity(one)) for one in (server, copy) if one]
        if None in codes:
            return ""
        code = codes[-1] or ""
        if code == _STAGING_ACCOUNT and not self._complete:
            return ""
        return _WHY.get(code, code).replace("%s", self._key)
