"""Settings as they are declared, for groups of servers and for single ones: checked, and resolved per server. Pure.

A group holds settings for the servers that its selectors mean, later groups win over earlier ones, and what is said of
a server by itself wins over all. An option that nobody gives is not looked at. What may be set, and what a value must
look like, says the kind of settings.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, TagKeys
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Declared, Settings

GROUP_KEYS = ("applications", "tags", "settings")
SERVER_KEYS = ("source_server_id", "name", "settings")
# With it a change can be found again in a description or a tag.
MAX_CHANGE_ID = 36
CHANGE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,%d}" % (MAX_CHANGE_ID - 1), re.ASCII)

Forms = Mapping[str, "tuple[str, str]"]
"""{option: (regular expression of its values, the form in words)}."""


def option_spec(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The argument spec that every module of declared settings has, given that of its settings."""
    own = {"type": "dict", "options": settings, "required": True}
    selectors = {"applications": {"type": "list", "elements": "str"}, "tags": {"type": "dict"}, "settings": own}
    names = {"source_server_id": {"type": "str"}, "name": {"type": "str"}, "settings": own}
    return {
        "state": {"type": "str", "choices": ["present", "restored"], "default": "present"},
        "groups": {"type": "list", "elements": "dict", "default": [], "options": selectors},
        "servers": {"type": "list", "elements": "dict", "default": [], "options": names},
        "change_id": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "ignore_unknown": {"type": "bool", "default": False},
        "tag_keys": {"type": "dict", "default": {}, "no_log": False},
    }


def given(settings: Settings | None) -> Settings:
    """The settings that somebody gave."""
    return {key: value for key, value in (settings or {}).items() if value is not None}


def check_change(params: Given, restores: bool) -> None:
    """Refuse a name of a change that no record can hold, and a restoration that is told more than the change.

    :raises DrsError: ``invalid_option``.
    """
    change_id = params.get("change_id")
    if change_id is not None and not CHANGE_ID.fullmatch(change_id):
        text = f"change_id: '{clean(change_id, 60)}' is not 1 to {MAX_CHANGE_ID} letters, digits and . _ -"
        raise DrsError("invalid_option", text)
    if not restores:
        return
    if not change_id:
        raise DrsError("invalid_option", "change_id: restored needs the change that is to be taken back")
    if params["groups"] or params["servers"]:
        raise DrsError("invalid_option", "restored takes a whole change back; it takes no groups and no servers")


def check_names(where: str, declared: Sequence[Declared], settings: Collection[str]) -> None:
    """Refuse settings that nobody knows, where no argument spec has looked at them.

    :param settings: the names of those that there are.
    :raises DrsError: naming the setting and those that there are.
    """
    allowed = GROUP_KEYS if where.endswith("groups") else SERVER_KEYS
    for number, one in enumerate(declared):
        wrong = sorted(set(one) - set(allowed))
        if wrong:
            # a selector that is misspelt would mean all servers
            text = f"{where}[{number}]: '{clean(wrong[0], 40)}' is none; known are {', '.join(allowed)}"
            raise DrsError("invalid_option", text)
        own = one.get("settings")
        strange = sorted(set(own) - set(settings)) if isinstance(own, Mapping) else ["settings"]
        if strange:
            text = f"{where}[{number}].settings: '{clean(strange[0], 40)}' is none; known are {', '.join(settings)}"
            raise DrsError("invalid_option", text)


def check(
    groups: Sequence[Declared],
    servers: Sequence[Declared],
    check_settings: Callable[[str, Settings], None],
    singular: Collection[str] = (),
) -> None:
    """Refuse what is wrong by itself, before anything is called.

    :param check_settings: refuses settings, given where they stand.
    :param singular: options that only one server can have.
    :raises DrsError: naming the option, its value and what it should be.
    """
    for number, group in enumerate(groups):
        own = given(group.get("settings"))
        for option in singular:
            if own.get(option):
                text = f"groups[{number}].settings.{option}: {clean(own[option], 40)} can belong to one server only"
                raise DrsError("setting_of_one_server", text)
        check_settings(f"groups[{number}].settings", own)
    named: dict[str, int] = {}
    for number, one in enumerate(servers):
        where = f"servers[{number}]"
        server_id, name = one.get("source_server_id"), one.get("name")
        if bool(server_id) == bool(name):
            raise DrsError("invalid_option", f"{where}: give it either source_server_id or name")
        if server_id:
            for wrong in valid_id("source_server", server_id):
                raise DrsError(wrong["code"], f"{where}.source_server_id: {wrong['message']}")
        key = str(server_id or name)
        if key in named:
            raise DrsError("duplicate_id", f"{where}: {clean(key, 80)} is also servers[{named[key]}]")
        named[key] = number
        check_settings(f"{where}.settings", given(one.get("settings")))


def check_forms(where: str, settings: Given, forms: Forms, known: Collection[str]) -> None:
    """Refuse settings that set nothing, and values that have not the form of their option.

    :raises DrsError: ``invalid_option``.
    """
    if not settings:
        raise DrsError("invalid_option", f"{where}: it sets nothing; known are {', '.join(known)}")
    for option, (pattern, form) in forms.items():
        values = settings.get(option)
        for value in values if isinstance(values, list) else [values] if values else []:
            if not re.fullmatch(pattern, str(value), re.ASCII):
                raise DrsError("invalid_option", f"{where}.{option}: '{clean(value, 60)}' is not {form}")


def resolve(
    servers: Iterable[Server],
    groups: Sequence[Declared],
    overrides: Sequence[Declared],
    keys: TagKeys,
) -> tuple[dict[str, Settings], list[str]]:
    """What each server is to have: ({source_server_id: {option: value}}, names and ids that no server has).

    Servers that nothing is said of are not in it.

    :raises DrsError: ``name_ambiguous``.
    """
    listed = list(servers)
    desired: dict[str, Settings] = {}
    for group in groups:
        for server in listed:
            if _in_group(server, group, keys):
                desired.setdefault(server["source_server_id"], {}).update(given(group.get("settings")))
    unknown = []
    for one in overrides:
        asked = one.get("source_server_id") or one.get("name")
        matching = [server for server in listed if asked in (server["source_server_id"], server["name"])]
        if len(matching) > 1:
            ids = ", ".join(sorted(server["source_server_id"] for server in matching))
            raise DrsError("name_ambiguous", f"servers: {clean(asked, 64)} is the name of {ids}")
        if not matching:
            unknown.append(str(asked))
        else:
            desired.setdefault(matching[0]["source_server_id"], {}).update(given(one.get("settings")))
    return desired, unknown


def empty_groups(servers: Iterable[Server], groups: Sequence[Declared], keys: TagKeys) -> list[int]:
    """The numbers of the groups that none of the servers is in."""
    listed = list(servers)
    return [number for number, one in enumerate(groups) if not any(_in_group(server, one, keys) for server in listed)]


def _in_group(server: Server, group: Declared, keys: TagKeys) -> bool:
    applications = group.get("applications")
    if applications and tags.tag_value(server["tags"], keys["application"]) not in tags.wanted_values(applications):
        return False
    return tags.matches(server["tags"], group.get("tags"), keys)
