"""Apply declared post-launch actions to the launch template of a cell and to its source servers, and show them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import launch_actions
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects.keeping import Keeping

_ACTIONS = {"type": "list", "elements": "dict", "options": launch_actions.ACTION_SPEC}
_DICTS = {"type": "list", "elements": "dict", "default": []}
ACTION_SPEC = {
    "account": {**_ACTIONS, "default": []},
    "groups": {
        **_DICTS,
        "options": {
            "applications": {"type": "list", "elements": "str"},
            "tags": {"type": "dict"},
            "actions": {**_ACTIONS, "required": True},
        },
    },
    "servers": {
        **_DICTS,
        "options": {
            "source_server_id": {"type": "str"},
            "name": {"type": "str"},
            "actions": {**_ACTIONS, "required": True},
        },
    },
    "purge": {"type": "bool", "default": False},
    "ignore_unknown": {"type": "bool", "default": False},
    "tag_keys": {"type": "dict", "default": {}, "no_log": False},
}
INFO_SPEC = {
    "source_server_ids": {"type": "list", "elements": "str", "default": []},
    "template": {"type": "bool", "default": True},
}
TEMPLATE_NAME = "launch template of the account"
_ID = drs_settings.id_member(drs_settings.LAUNCH)


def perform(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Do what the options of drs_launch_action ask for; see LaunchActionsOfCell."""
    return LaunchActionsOfCell(cell, params, check_mode).run()


def info(cell: Cell, params: Given, check_mode: bool) -> Result:
    """What the options of drs_launch_action_info ask for: {resources, cell}; nothing is changed.

    :raises DrsError: ``not_initialised``, ``unknown_id``, or what else the service said.
    """
    servers = drs.source_servers(cell)
    wanted = params["source_server_ids"]
    missing = sorted(set(wanted) - {one["source_server_id"] for one in servers})
    if missing:
        raise DrsError("unknown_id", f"{', '.join(missing)} not found in {cell.name}")
    named = [(one["source_server_id"], one["name"]) for one in servers if one["source_server_id"] in wanted]
    templates = drs_settings.templates(cell, drs_settings.LAUNCH) if params["template"] else []
    if templates is None:
        raise DrsError("not_initialised", f"DRS is not initialised in {cell.name}")
    resources = [
        {
            "resource_id": identifier,
            "name": name,
            "actions": [launch_actions.normalise(one) for one in drs_settings.launch_actions(cell, identifier)],
        }
        for identifier, name in [*((one[_ID], TEMPLATE_NAME) for one in templates), *named]
    ]
    return {"resources": resources, "cell": cell.name, "changed": False}


class LaunchActionsOfCell(Keeping):
    """The post-launch actions of a cell's servers, and of the template from which new servers take theirs."""

    kind = "post-launch actions"
    prefix = "actions"

    def __init__(self, cell: Cell, params: Given, check_mode: bool) -> None:
        account = list(params["account"])
        groups = [{"actions": account}, *params["groups"]] if account else list(params["groups"])
        self.given = params
        plain = {
            **params,
            "state": "present",
            "groups": launch_actions.by_name(groups),
            "servers": launch_actions.by_name(params["servers"]),
        }
        super().__init__(cell, plain, check_mode)
        self.account: Settings = {one["name"]: one for one in account}
        self.templates: list[t.Any] = []

    def check_input(self) -> None:
        """Refuse what is wrong by itself."""
        launch_actions.check(self.given["account"], self.given["groups"], self.given["servers"])

    def more(self) -> Result:
        """The template."""
        every = [*self.entries, *self.templates]
        changed = any(one["changed"] or one["outcome"] == outcomes.PLANNED for one in every)
        return {"templates": self.templates, "changed": changed}

    def keep(self, servers: list[Server], desired: dict[str, Settings]) -> None:
        """The template first: servers that come meanwhile take theirs from it."""
        if self.account:
            self._keep_template()
        for server in servers:
            self._keep_one(server, server["source_server_id"], desired[server["source_server_id"]])

    def _keep_template(self) -> None:
        there = drs_settings.templates(self.cell, drs_settings.LAUNCH)
        template: AwsData = (there or [{}])[0]
        arn = str(template.get("arn") or "")
        names = {
            "source_server_id": template.get(_ID),
            "arn": arn or None,
            "name": TEMPLATE_NAME,
            "account_id": (arn or "::::").split(":")[4] or None,
            "region": self.cell.region,
        }
        if template:
            self._keep_one(names, template[_ID], self.account)
        else:
            code = "not_initialised" if there is None else "launch_configuration_template_missing"
            text = f"{self.cell.name} has no launch configuration template"
            self.put(outcomes.FAILED, names, error=DrsError(code, text))
        self.templates.append(self.entries.pop())

    def _keep_one(self, named: t.Mapping[str, t.Any], resource: str, desired: Settings) -> None:
        try:
            current = drs_settings.launch_actions(self.cell, resource)
        except DrsError as exc:
            self.put(outcomes.FAILED, named, error=exc)
            return
        try:
            change = launch_actions.changes(current, desired, self.given["purge"])
        except DrsError as exc:
            self.put(outcomes.REFUSED, named, error=DrsError(exc.code, f"{named['name']}: {exc.message}"))
            return
        was = {name: now for name, now, _desired in change["rows"]}
        self.report_drift(named, was, {name: after for name, _now, after in change["rows"]})
        if not change["rows"]:
            self.put(outcomes.UNCHANGED, named)
        elif self.check_mode:
            self.put(outcomes.PLANNED, named)
        else:
            self._write(named, resource, change)

    def _write(self, named: t.Mapping[str, t.Any], resource: str, change: launch_actions.Change) -> None:
        try:
            # what goes first: its order may be that of one which comes
            for identifier in change["delete"]:
                drs_settings.delete_launch_action(self.cell, resource, identifier)
            for members in change["put"]:
                drs_settings.put_launch_action(self.cell, resource, members)
        except DrsError as exc:
            self.put(outcomes.FAILED, named, error=exc)
        else:
            self.put(outcomes.APPLIED, named, changed=True)
