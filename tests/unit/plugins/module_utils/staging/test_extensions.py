"""Test extensions over many staging accounts: the pairs, and the reason of a failure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import extensions
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.extensions import Pair, Place

A, B, T = "222222222222", "333333333333", "111111111111"
TARGET = Place("t.us-west-2", T, "us-west-2")
CELLS = [
    TARGET,
    Place("b.us-west-2", B, "us-west-2", "t.us-west-2"),
    Place("a.us-west-2", A, "us-west-2", "t.us-west-2"),
    Place("a.eu-west-1", A, "eu-west-1", "t.eu-west-1"),
]
VALUES = {"staging_account_ids": [], "selection": {}, "state": "present", "allow_empty": False}


def arn(account, number=1):
    return f"arn:aws:drs:us-west-2:{account}:source-server/s-{number:017}"


def pairs(**more):
    return extensions.pairs([TARGET], CELLS, {**VALUES, **more})


def test_the_accounts_of_a_target_are_those_that_extend_to_it():
    assert pairs() == [Pair("t.us-west-2", A, "a.us-west-2"), Pair("t.us-west-2", B, "b.us-west-2")]


def test_accounts_that_are_named_need_no_cell():
    assert pairs(staging_account_ids=["444444444444"]) == [Pair("t.us-west-2", "444444444444", "")]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ([arn(A)], [(A, (arn(A),))]),
        ([arn(T)], [(A, (arn(T),)), (B, (arn(T),))]),
        (["s-1", arn(B)], [(A, ("s-1",)), (B, ("s-1", arn(B)))]),
        ([arn("444444444444")], []),
    ],
)
def test_servers_go_to_the_account_that_they_may_be_of(named, found):
    assert [(one.account_id, one.source_servers) for one in pairs(selection={"source_servers": named})] == found


def test_what_a_deployment_installed_goes_where_its_staging_account_is_extended_to():
    assert extensions.following([arn(A), arn(A, 2)], CELLS) == [
        Pair("t.us-west-2", A, "a.us-west-2", (arn(A), arn(A, 2)))
    ]
    assert extensions.following([], CELLS) == []
    assert extensions.following([arn(T)], CELLS) == []


def test_what_a_deployment_installed_is_what_has_a_source_server():
    servers = [{"outcome": "installed", "arn": arn(A)}, {"outcome": "already_installed", "arn": arn(B)}]
    servers += [{"outcome": "failed", "arn": None}, {"outcome": "refused", "arn": arn(T)}]
    assert extensions.installed({"servers": servers}) == [arn(A), arn(B)] and extensions.installed({}) == []


def test_one_server_that_is_wanted_is_never_all_of_them():
    (pair,) = pairs(selection={"source_servers": [arn(A)]})
    asked = {"all": False, "copy_tags": True, "resource_tags": {}, "tag_keys": {}, "limits": {}, "deployment_id": "d"}
    request = extensions.request_of(
        pair, {**VALUES, **asked, "selection": {"source_servers": [arn(A)]}, "confirm_recovery_instance_ids": []}
    )
    assert request["source_servers"] == [arn(A)] and not request["all"] and request["tags"] is None


def answer(*outcomes, error=None, account=A):
    servers = [{"name": f"web-{number}", "outcome": one} for number, one in enumerate(outcomes)]
    return {"staging_account_id": account, "servers": None if error else servers, "error": error}


LOST = answer(error={"code": "staging_role_missing"}, account=B)


@pytest.mark.parametrize(
    ("results", "more", "why"),
    [
        ([answer("extended", "already_extended", "planned")], {}, []),
        ([answer("extended", "failed", "unknown")], {}, ["2 servers were not extended: web-1, web-2"]),
        ([answer("refused")], {"state": "absent"}, ["1 server was not taken back: web-0"]),
        ([answer(), LOST], {}, [f"staging_role_missing: staging accounts {B} could not be worked with"]),
        ([answer()], {}, []),
        ([answer()], {"selection": {"tags": {"a": "b"}}}, ["no_match: no staging account has a server that "
                                                           "server_extend_selection means"]),
        ([answer()], {"selection": {"tags": {"a": "b"}}, "allow_empty": True}, []),
    ],
)  # fmt: skip
def test_why_an_extension_has_failed(results, more, why):
    result = extensions.result("extend-1", results, {**VALUES, **more})
    assert result["reasons"] == why and result["ok"] is (not why)


def test_a_target_that_fills_up_is_told_on_its_page():
    rows = [
        {"name": "source_servers", "used": 3300, "limit": 4000, "level": "warning", "source": "service_quotas"},
        {"name": "replicating_servers", "used": 3, "limit": 300, "level": "ok", "source": "documented"},
    ]
    one = {**answer("extended"), "target": "t", "staging_cell": "a", "findings": [], "capacity": {"quotas": rows}}
    text = render.render("extension", {"state": "present", "results": [one]}, 100)
    assert "source servers: 3300 of 4000, warning" in text and "replicating servers:" not in text
