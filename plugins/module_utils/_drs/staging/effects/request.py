"""Turn the options of drs_extended_source_server into calls of the rooms that act on them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import capacity
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import extend
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import remove as staging_remove
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import copy_tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Options, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server

ABSENT = "absent"

EXTENSION_SPEC = {
    "state": {"type": "str", "choices": ["present", ABSENT], "default": "present"},
    "staging_account_id": {"type": "str", "required": True},
    "source_servers": {"type": "list", "elements": "str"},
    "tags": {"type": "dict"},
    "all": {"type": "bool", "default": False},
    "copy_tags": {"type": "bool", "default": True},
    "resource_tags": {"type": "dict", "default": {}},
    "deployment_id": {"type": "str"},
    "tag_keys": {"type": "dict", "default": {}, "no_log": False},
    "allow_empty": {"type": "bool", "default": False},
    "limits": {"type": "dict", "default": {}},
    "confirm_recovery_instance_ids": {"type": "list", "elements": "str"},
}


def checked(params: Given) -> Options:
    """The request that the options of drs_extended_source_server make.

    :raises DrsError: ``invalid_option`` and what malformed ids and tags are refused with; nothing is called.
    """
    request = {key: params[key] for key in EXTENSION_SPEC if params.get(key) is not None}
    chosen = [name for name in ("source_servers", "tags", "all") if request.get(name)]
    if len(chosen) != 1:
        # an empty list must never come to mean everything
        raise DrsError("invalid_option", "source_servers, tags, all: exactly one of them says which servers are meant")
    extend.check_request(request)
    copy_tags.check(request.get("resource_tags"), request.get("deployment_id"))
    return request


def target_servers(cell: Cell) -> list[Server]:
    """All SERVERs of the target.

    :raises DrsError: ``not_initialised``, or what the list was refused with.
    """
    try:
        return drs.source_servers(cell)
    except DrsError as exc:
        if exc.code != "UninitializedAccountException":
            raise
        command = f"aws drs initialize-service --region {cell.region}"
        raise DrsError(
            "not_initialised",
            f"DRS is not initialised in the target {cell.name}, so nothing can be extended into it",
            remedy=f"Set it up with `ansible-playbook resilience.drs.setup --limit {cell.name}`, or there: {command}",
        ) from None


def check_other(cell: Cell, account_id: str | None, staging_account_id: str) -> None:
    """:raises DrsError: ``invalid_option`` for a staging account that is the account of the target itself."""
    if account_id == staging_account_id:
        raise DrsError(
            "invalid_option",
            f"staging_account_id: {account_id} is the account of {cell.name} itself; its servers are there already",
        )


def extension(
    cell: Cell, request: Given, values: capacity.Limits, account_id: str | None, check_mode: bool
) -> extend.Extension:
    """The extension that a request asks for, in a cell of these limits."""
    limit = (values.values["source_servers"], values.sources["source_servers"])
    return extend.Extension(cell, request, limit, account_id or values.account_id, check_mode)


def perform(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Extend or un-extend, as the options of drs_extended_source_server ask."""
    request = checked(params)
    servers = target_servers(cell)
    account_id = capacity.account_of(cell, servers)
    check_other(cell, account_id, request["staging_account_id"])
    if params["state"] == ABSENT:
        result = staging_remove.Removal(cell, request, check_mode).run(servers)
    else:
        values = capacity.limits(cell, request.get("limits"))
        result = extension(cell, request, values, account_id, check_mode).run(servers)
    return {**result, "staging_account_id": request["staging_account_id"], "cell": cell.name}
