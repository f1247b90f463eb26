"""Post-launch actions as declared: which each server and the template shall have, and what that takes. Pure.

An action is an SSM document that DRS runs on, or for, a machine that it has launched. It is known by its name: actions
of a group replace those of the same name of an earlier one. DRS knows it by an id, which is made from the name, so that
a call whose answer was lost makes no second action, and a server has the ids of the template.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, AwsMembers, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Declared, Settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared

# BM PutLaunchAction: forms and ranges. GR L-0588D03B: 200 actions a resource.
_NAME, _DOCUMENT = r"[A-Za-z0-9][A-Za-z0-9 /_-]{0,255}", r"[A-Za-z0-9/:._-]{1,1011}"
_VERSION, _VALUE = r"\$DEFAULT|\$LATEST|[0-9]{1,10}", r"[A-Za-z0-9.-]{1,1011}"
_DESCRIPTION = r"[0-9a-zA-Z ():/.,'\-_#*;]{0,1024}"
MAX_ACTIONS = 200
LOWEST, HIGHEST = 2, 10_000
# Where actions without an order begin: below, and in this order, run those of people who set one.
FIRST_ORDER = 1001
PRESENT, ABSENT = "present", "absent"

ACTION_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
    "document": {"type": "str"},
    "document_version": {"type": "str"},
    "order": {"type": "int"},
    "optional": {"type": "bool"},
    "active": {"type": "bool"},
    "category": {"type": "str", "choices": ["MONITORING", "VALIDATION", "CONFIGURATION", "SECURITY", "OTHER"]},
    "description": {"type": "str"},
    "parameters": {"type": "dict"},
}
_MEMBERS = {
    "document": "actionCode",
    "document_version": "actionVersion",
    "order": "order",
    "optional": "optional",
    "active": "active",
    "category": "category",
    "description": "description",
    "parameters": "parameters",
}
_DEFAULTS = {"document_version": "$DEFAULT", "optional": True, "active": True, "category": "OTHER", "parameters": {}}

Action = dict[str, Any]
"""An action by the names of ACTION_SPEC, without its state."""


def check(account: Sequence[Given], groups: Sequence[Given], servers: Sequence[Given]) -> None:
    """Refuse what is wrong by itself, before anything is called.

    :param groups: each with its selectors and ``actions``; servers: each with an id or a name and ``actions``.
    :raises DrsError: naming the action, the option and what it should be.
    """
    _check_actions("account", account)
    for where, items in (("groups", groups), ("servers", servers)):
        for number, one in enumerate(items):
            _check_actions(f"{where}[{number}].actions", one.get("actions") or [])
    declared.check(by_name(groups), by_name(servers), _nothing_more)


def _nothing_more(where: str, settings: Settings) -> None:
    if not settings:
        raise DrsError("invalid_option", f"{where.removesuffix('.settings')}.actions: it sets nothing")


def _check_actions(where: str, actions: Sequence[Given]) -> None:
    named = set()
    for number, action in enumerate(actions):
        place = f"{where}[{number}]"
        if action["name"] in named:
            raise DrsError("invalid_option", f"{place}.name: '{clean(action['name'], 60)}' is there twice")
        named.add(action["name"])
        for option, pattern, form in (
            ("name", _NAME, "letters, digits, blanks, / _ and -"),
            ("document", _DOCUMENT, "the name or the ARN of a document"),
            ("document_version", _VERSION, "$DEFAULT, $LATEST or a number"),
            ("description", _DESCRIPTION, "letters, digits, blanks and () : / . , ' - _ # * ;"),
        ):
            value = action.get(option)
            if value is not None and not re.fullmatch(pattern, value, re.ASCII):
                raise DrsError("invalid_option", f"{place}.{option}: '{clean(value, 60)}' is not {form}")
        order = action.get("order")
        if order is not None and not LOWEST <= order <= HIGHEST:
            raise DrsError("invalid_option", f"{place}.order: {order} is not from {LOWEST} to {HIGHEST}")
        for name, value in (action.get("parameters") or {}).items():
            _check_parameter(f"{place}.parameters.{clean(name, 60)}", value)


def _check_parameter(where: str, value: Any) -> None:
    good = isinstance(value, Mapping) and set(value) == {"value", "type"}
    if not good or value["type"] not in ("SSM_STORE", "DYNAMIC") or not re.fullmatch(_VALUE, str(value["value"])):
        text = "is not {value: NAME, type: SSM_STORE or DYNAMIC}; DRS takes the names of values, not values"
        raise DrsError("invalid_option", f"{where}: {text}")


def by_name(items: Sequence[Given]) -> list[Declared]:
    """What is declared with its actions as settings, each by its name."""
    result: list[Declared] = []
    for one in items:
        selectors: Any = {key: value for key, value in one.items() if key != "actions"}
        result.append({**selectors, "settings": {action["name"]: action for action in one.get("actions") or []}})
    return result


def action_id(name: str) -> str:
    """The id of an action that is new: the same for the same name everywhere."""
    digits = hashlib.sha256(f"resilience.drs/{name}".encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], "5" + digits[13:16], "8" + digits[17:20], digits[20:32]))


def normalise(action: AwsData) -> Action:
    """An action of ListLaunchActions by our names, with its ``action_id`` and ``type``."""
    named = {option: action.get(member) for option, member in _MEMBERS.items()}
    named["parameters"] = dict(named["parameters"] or {})
    return {"name": action.get("name"), **named, "action_id": action.get("actionId"), "type": action.get("type")}


class Change(dict):
    """What a resource needs: ``put`` [members of PutLaunchAction], ``delete`` [action id], ``rows`` [(name, now,
    desired)]."""


def changes(current: Iterable[AwsData], desired: Mapping[str, Given], purge: bool) -> Change:
    """What makes the desired actions of the current ones.

    :param current: as ListLaunchActions has them.
    :param desired: by name, with their state.
    :param purge: what is not named is removed.
    :raises DrsError: ``action_ambiguous``, ``action_incomplete``, ``action_order_taken``, ``too_many_actions``.
    """
    known: dict[str, Action] = {}
    for one in map(normalise, current):
        name = str(one["name"])
        if name in known and (name in desired or purge):
            raise DrsError("action_ambiguous", f"action '{clean(name, 60)}' is there twice")
        known[name] = one
    gone = [name for name in known if desired.get(name, {}).get("state") == ABSENT or (purge and name not in desired)]
    wanted = {name: one for name, one in desired.items() if one.get("state") != ABSENT}
    final: dict[str, Action] = {name: one for name, one in known.items() if name not in gone}
    for name, asked in wanted.items():
        given = {key: value for key, value in declared.given(dict(asked)).items() if key in _MEMBERS}
        final[name] = {**(known.get(name) or {**_DEFAULTS, "description": name, "action_id": action_id(name)}), **given}
        final[name]["name"] = name
        if not final[name].get("document"):
            raise DrsError("action_incomplete", f"action '{clean(name, 60)}': a new one needs its document")
    _fill_orders(final)
    if len(final) > MAX_ACTIONS:
        raise DrsError("too_many_actions", f"{len(final)} actions, of {MAX_ACTIONS} at most")
    result = Change(put=[], delete=[], rows=[])
    for name in sorted(gone):
        result["delete"].append(known[name]["action_id"])
        result["rows"].append((name, _shown(known[name]), None))
    for name, one in sorted(final.items(), key=lambda item: (item[1]["order"], item[0])):
        if _shown(one) != _shown(known.get(name)):
            result["put"].append(_members(one))
            result["rows"].append((name, _shown(known.get(name)), _shown(one)))
    return result


def _fill_orders(final: dict[str, Action]) -> None:
    taken: dict[int, str] = {}
    for name, one in final.items():
        if one.get("order") is None:
            continue
        if one["order"] in taken:
            text = f"actions '{clean(taken[one['order']], 60)}' and '{clean(name, 60)}' have the order {one['order']}"
            raise DrsError("action_order_taken", text)
        taken[one["order"]] = name
    following = FIRST_ORDER
    for name, one in final.items():
        if one.get("order") is None:
            while following in taken:
                following += 1
            one["order"], taken[following] = following, name


def _members(action: Action) -> AwsMembers:
    sent = {member: action[option] for option, member in _MEMBERS.items() if option != "parameters"}
    if action.get("parameters"):
        sent["parameters"] = action["parameters"]
    return {**sent, "actionId": action["action_id"], "name": action["name"], "description": sent["description"] or ""}


def _shown(action: Action | None) -> Action | None:
    return {option: action.get(option) for option in _MEMBERS} if action else None
