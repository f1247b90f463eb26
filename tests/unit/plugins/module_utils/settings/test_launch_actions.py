"""Test declared post-launch actions: refusals before any call, what is put and deleted, orders, ids."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import lookup
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import resolve_keys
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import launch_actions as actions

ID = "11111111-0000-4000-8000-000000000000"


def there(name="time", order=1001, **more):
    return {
        "actionId": ID,
        "actionCode": "AWS-RunShellScript",
        "type": "SSM_COMMAND",
        "name": name,
        "active": True,
        "order": order,
        "actionVersion": "$DEFAULT",
        "optional": True,
        "description": name,
        "category": "OTHER",
        **more,
    }


def asked(name="time", **more):
    return {name: {"name": name, "state": "present", "document": None, **more}}


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"name": "-time"}, "'-time' is not letters"),
        ({"name": "time", "document": "my document"}, "is not the name or the ARN"),
        ({"name": "time", "document_version": "latest"}, "$LATEST or a number"),
        ({"name": "time", "order": 1}, "1 is not from 2 to 10000"),
        ({"name": "time", "description": "a\nb"}, "is not letters"),
        ({"name": "time", "parameters": {"commands": "rm -r"}}, "names of values, not values"),
        ({"name": "time", "parameters": {"p": {"value": "x", "type": "TEXT"}}}, "names of values, not values"),
        ({"name": "time", "parameters": {"p": {"value": "a b", "type": "DYNAMIC"}}}, "names of values, not values"),
    ],
)
def test_what_is_wrong_by_itself_is_refused_by_its_place(action, words):
    for where, arguments in (
        ("account[0]", ([action], [], [])),
        ("groups[0].actions[0]", ([], [{"actions": [action]}], [])),
        ("servers[0].actions[0]", ([], [], [{"name": "db", "actions": [action]}])),
    ):
        with pytest.raises(DrsError) as error:
            actions.check(*arguments)
        assert error.value.message.startswith(where) and words in error.value.message


def test_nothing_and_twice_the_same_are_refused():
    for arguments, words in (
        (([{"name": "a"}, {"name": "a"}], [], []), "account[1].name: 'a' is there twice"),
        (([], [{"actions": []}], []), "groups[0].actions: it sets nothing"),
        (([], [], [{"actions": [{"name": "a"}]}]), "either source_server_id or name"),
    ):
        with pytest.raises(DrsError) as error:
            actions.check(*arguments)
        assert words in error.value.message


def test_an_action_of_a_group_replaces_the_earlier_one_of_its_name_and_leaves_the_others():
    servers = [{"source_server_id": "s-1", "name": "db", "tags": {"dr:application": "payments"}}]
    groups = actions.by_name(
        [
            {"actions": [{"name": "time", "document": "A"}, {"name": "agent", "document": "B"}]},
            {"applications": ["payments"], "tags": None, "actions": [{"name": "time", "document": "C"}]},
        ]
    )
    own = actions.by_name([{"name": "db", "actions": [{"name": "check", "document": "D"}]}])
    desired, _unknown = declared.resolve(servers, groups, own, resolve_keys())
    assert {name: one["document"] for name, one in desired["s-1"].items()} == {"time": "C", "agent": "B", "check": "D"}


def test_a_new_action_has_an_id_of_its_name_and_the_next_order():
    change = actions.changes(
        [there()], {**asked("check", document="D"), **asked("late", document="L", order=1002)}, False
    )
    assert [(one["name"], one["order"]) for one in change["put"]] == [("late", 1002), ("check", 1003)]
    check = change["put"][1]
    assert check == {
        "actionId": actions.action_id("check"),
        "actionCode": "D",
        "actionVersion": "$DEFAULT",
        "order": 1003,
        "optional": True,
        "active": True,
        "category": "OTHER",
        "name": "check",
        "description": "check",
    }
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", check["actionId"])
    assert actions.action_id("check") == actions.action_id("check") != actions.action_id("late")


def test_only_what_differs_is_put_and_what_is_not_said_stays():
    parameters = {"p": {"value": "store.p", "type": "SSM_STORE"}}
    now = [there(parameters=parameters, optional=False, order=7)]
    assert actions.changes(now, asked(), False) == {"put": [], "delete": [], "rows": []}
    assert actions.changes(now, asked(document="AWS-RunShellScript", optional=False, order=7), False)["rows"] == []
    (put,) = actions.changes(now, asked(active=False), False)["put"]
    assert (put["actionId"], put["active"], put["order"], put["parameters"]) == (ID, False, 7, parameters)
    (put,) = actions.changes(now, asked(parameters={}), False)["put"]
    assert "parameters" not in put


def test_what_shall_be_absent_goes_once_and_purge_takes_what_is_not_named():
    gone = {"time": {"name": "time", "state": "absent"}}
    change = actions.changes([there(), there("agent", 1002, actionId="x")], gone, False)
    assert change["delete"] == [ID] and change["put"] == [] and change["rows"][0][2] is None
    assert actions.changes([there("agent", 1002)], gone, False)["rows"] == []
    purged = actions.changes([there(), there("agent", 1002, actionId="x")], asked("agent"), True)
    assert purged["delete"] == [ID] and purged["put"] == []
    # its order is free for what comes
    reused = actions.changes([there()], {**gone, **asked("new", document="N", order=1001)}, False)
    assert reused["put"][0]["order"] == 1001


@pytest.mark.parametrize(
    ("current", "desired", "code"),
    [
        ([], asked(), "action_incomplete"),
        ([there(), there(order=5)], asked(), "action_ambiguous"),
        ([there()], asked("check", document="D", order=1001), "action_order_taken"),
        ([there(f"a{number}", number + 2) for number in range(200)], asked("check", document="D"), "too_many_actions"),
    ],
)
def test_what_cannot_be_is_refused_for_its_server(current, desired, code):
    with pytest.raises(DrsError) as error:
        actions.changes(current, desired, False)
    assert error.value.code == code and lookup(code)
