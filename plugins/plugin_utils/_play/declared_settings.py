"""Check declared settings and their CSV once, before a cell is asked: a mistake in them is none of the cells'."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import (
    launch_actions,
    launch_settings,
    replication_settings,
    settings_csv,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import (
    launch_actions as actions_module,
    launch_configuration,
    replication_configuration,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._action import files

# The argument spec of the module of each verb that declares settings, which its tasks hand the values on to.
_SPECS: dict[str, Mapping[str, Any]] = {
    "launch_settings": launch_configuration.CONFIGURATION_SPEC,
    "launch_actions": actions_module.ACTION_SPEC,
    "replication_settings": replication_configuration.CONFIGURATION_SPEC,
}
_DECLARED = ("account", "groups", "servers")


def check(verb: str, values: Mapping[str, Any]) -> None:
    """Refuse declared settings that no cell could apply, and a CSV that is not there or cannot be read.

    :param verb: of the role; nothing is looked at for one that declares no settings, or takes a change back.
    :param values: as ``request.checked`` returns them.
    :raises DrsError: what the module of the settings raises, with the variable, and for a CSV with its path and line.
    """
    if verb not in _SPECS or values.get("state", "present") != "present":
        return
    spec = _SPECS[verb]
    asked = {name: copy.deepcopy(values[name]) for name in _DECLARED if values.get(name)}
    result = ArgumentSpecValidator({name: copy.deepcopy(spec[name]) for name in asked}).validate(asked)
    if result.error_messages:
        text = "; ".join("%s: %s" % (_variables(verb, asked), clean(one, 300)) for one in result.error_messages)
        raise DrsError("invalid_option", text)
    given = result.validated_parameters
    groups, servers = given.get("groups") or [], given.get("servers") or []
    place = ""
    listed: list[Any] = []
    if values.get("csv"):
        place = "%s_csv: %s," % (verb, clean(values["csv"], 400))
        text = files.read_text(values["csv"], "%s_csv" % verb, "invalid_option")
        listed = settings_csv.servers_in(text, launch_settings.SETTING_SPEC, place)
    try:
        if verb == "launch_settings":
            launch_settings.check(groups, [*servers, *listed])
        elif verb == "launch_actions":
            launch_actions.check(given.get("account") or [], groups, servers)
        else:
            replication_settings.check(given.get("account"), groups, servers)
    except DrsError as exc:
        told = _named(verb, exc.message, len(servers), listed, place)
        raise DrsError(exc.code, told, remedy=exc.remedy, details=exc.details) from None


def _variables(verb: str, asked: Mapping[str, Any]) -> str:
    return ", ".join("%s_%s" % (verb, name) for name in asked)


def _named(verb: str, message: str, own: int, listed: list[Any], place: str) -> str:
    """A mistake by the names that people typed: the variable, or the CSV and the server there."""

    def name(match: re.Match[str]) -> str:
        number = int(match.group(2) or 0)
        if match.group(1) == "servers" and number >= own:
            one = listed[number - own]
            return "%s server %s" % (place, clean(one.get("source_server_id") or one.get("name"), 80))
        return "%s_%s" % (verb, match.group(0))

    return re.sub(r"\b(groups|servers|account)(?:\[(\d+)\]|(?=[.:]))", name, message)
