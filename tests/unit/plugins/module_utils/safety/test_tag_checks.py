"""Test reading tags: one way everywhere, and probable mistakes named with machine and value."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags as tag_values
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.build import build_plan
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks

KEYS = tag_values.resolve_keys()
ACCOUNT = "111111111111"
_numbers = itertools.count(1)


def server(name, **tags):
    number = next(_numbers)
    item = {
        "sourceServerID": "s-%017d" % number,
        "arn": f"arn:aws:drs:us-west-2:{ACCOUNT}:source-server/s-{number:017d}",
        "replicationDirection": "FAILOVER",
        "tags": {"Name": name, **tags},
        "dataReplicationInfo": {"dataReplicationState": "CONTINUOUS"},
    }
    return normalise_server(item, ACCOUNT, "us-west-2")


def plan(*servers, mode="drill", **request):
    cell = {"cell": "shop.us-west-2", "account_id": ACCOUNT, "region": "us-west-2", "account_types": ["target"],
            "error": None, "source_servers": list(servers), "recovery_instances": []}  # fmt: skip
    return build_plan({"name": "p", "mode": mode, "cells": [cell], "now": "2026-01-31T12:00:00Z", **request})


def found(told, code):
    return [one for one in told["findings"] if one["code"] == code]


def order(told):
    return [[one["name"] for one in wave["servers"]] for wave in told["waves"]]


# -- yes and no --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "tags",
    [
        {"dr:enabled": "disabled"},
        {"dr:enabled": "NON-DR-ENABLED"},
        {"DR-Enabled": "nope"},
        {"dr:enabled": ""},
        {"dr:critical": "maybe"},
        {"DR-Critical": "tier-1"},
    ],
)
def test_what_is_neither_yes_nor_no_is_named(tags):
    ((key, value),) = tags.items()
    for mode, severity in (("drill", "error"), ("recovery", "warning")):
        (one,) = found(plan(server("kept-out-1", **tags), mode=mode), "tag_unclear")
        assert one["severity"] == severity and one["source_server_id"]
        assert all(part in one["message"] for part in ("kept-out-1", key, value or "(empty)"))


@pytest.mark.parametrize("value", ["No", "false", "OFF", " 0 ", "n", "YES", "true", "on", "1"])
def test_what_is_yes_or_no_is_no_finding(value):
    told = plan(server("a", **{"dr:enabled": value}), server("b", **{"dr:enabled": "yes"}))
    assert not found(told, "tag_unclear") and not found(told, "tag_contradicts")
    assert ("a" in order(told)[0]) == tag_values.is_true(value)


def test_an_empty_spelling_does_not_hide_one_that_says_no():
    told = plan(server("a", **{"dr:enabled": "", "DR-Enabled": "no"}), server("b", **{"dr:wave": "1"}))
    assert order(told) == [["b"]] and [one["reason_code"] for one in told["excluded"]] == ["not_enabled"]


@pytest.mark.parametrize(
    "tags", [{"dr:enabled": "yes", "DR-Enabled": "no"}, {"dr:critical": "false", "DR-Critical": "true"}]
)
def test_two_spellings_that_disagree_are_named(tags):
    (one,) = found(plan(server("a", **tags)), "tag_contradicts")
    assert one["severity"] == "error" and all(key in one["message"] for key in tags)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("dr:Enabled", "dr:enabled"),
        ("DR_ENABLED", "dr:enabled"),
        ("dr:enbaled", "dr:enabled"),
        ("dr-wave", "dr:wave"),
        ("dr:waves", "dr:wave"),
        ("Dr:Prioritiy", "dr:priority"),
        ("dr.critical", "dr:critical"),
        ("dr:rto_target", "dr:rto-target"),
    ],
)
def test_a_key_that_nearly_is_a_known_one_is_named(key, meant):
    (one,) = found(plan(server("a", **{key: "false"})), "tag_key_near")
    assert one["severity"] == "error" and f"{key}=false" in one["message"] and meant in one["message"]


@pytest.mark.parametrize(
    "key", ["Owner", "Environment", "aws:dr:wave", "drive", "Driver", "dr:target-region", "role", "dr:notes", "Backup"]
)
def test_keys_that_are_something_else_are_left_alone(key):
    assert not found(plan(server("a", **{key: "x"})), "tag_key_near")


def test_a_plain_word_in_another_case_is_a_hint_only():
    (one,) = found(plan(server("a", wave="3")), "tag_key_near")
    assert one["severity"] == "warning" and "Wave" in one["message"]
    assert not found(plan(server("a", wave="3", **{"dr:wave": "1"})), "tag_key_near")


# -- opting in ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"dr:enabled": "true", "dr:recovery-strategy": "DRS"}, "dr:recovery-strategy=DRS is not drs"),
        ({"dr:enabled": "true", "DRStrategy": "enabled"}, "DRStrategy=enabled is not drs"),
        ({"dr:enabled": "enabled", "dr:recovery-strategy": "drs"}, "dr:enabled=enabled is neither"),
        ({"dr:Enabled": "true", "dr:recovery-strategy": "drs"}, "dr:Enabled=true"),
        ({"dr:enabled": "true", "DR_Recovery_Strategy": "drs"}, "DR_Recovery_Strategy=drs"),
        ({"dr:recovery-strategy": "drs"}, "it has no tag dr:enabled"),
        ({"dr:enabled": "true"}, "it has no tag dr:recovery-strategy"),
    ],
)
def test_an_opt_in_that_is_nearly_right_is_named(tags, why):
    told = tag_checks.near_opt_in({"instance_id": "i-1", "name": "b", "cell": "c", "tags": tags}, KEYS)
    assert told["code"] == "tag_opt_in_near" and why in told["message"] and "b (i-1)" in told["message"]


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"Name": "x", "Environment": "prod"},
        {"dr:enabled": "no", "dr:recovery-strategy": "DRS"},
        {"dr:enabled": "true", "dr:recovery-strategy": "backup"},
        {"dr:enabled": "true", "dr:recovery-strategy": "drs"},
        {"dr:wave": "1"},
    ],
)
def test_who_is_in_out_or_something_else_is_not_near(tags):
    assert tag_checks.near_opt_in({"instance_id": "i-1", "name": "b", "tags": tags}, KEYS) is None


# -- order -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        ("critical", "high", "medium", "low"),
        ("Critical", "HIGH", "Medium", "LOW"),
        ("P1", "p2", "P3", "p10"),
        ("tier1", "Tier-2", "tier 3", "tier_11"),
        ("gold", "silver", "bronze", "low"),
        ("1", "2", "10", "low-ish"),
    ],
)
def test_priorities_have_an_order(words):
    names = "abcd"
    servers = [server(name, **{"dr:wave": "1", "dr:priority": word}) for name, word in zip(names, words)]
    assert order(plan(*reversed(servers))) == [list(names)]


def test_a_word_of_no_scale_is_named_and_comes_last():
    told = plan(server("a", **{"dr:priority": "purple"}), server("b", **{"dr:priority": "low"}), server("c"))
    assert order(told) == [["b", "a", "c"]]
    (one,) = found(told, "priority_unknown")
    assert one["severity"] == "warning" and "purple" in one["message"] and "a (s-" in one["message"]


# -- waves and applications --------------------------------------------------------------------------------------------
CASE = [("one", "1"), ("two", "01"), ("three", "Wave-2"), ("four", "wave-2")]


def test_spellings_of_one_wave_are_one_wave():
    servers = [server(name, **{"dr:wave": wave}) for name, wave in CASE] + [server("five", **{"dr-wave": "3"})]
    told = plan(*servers, mode="recovery")
    assert [wave["wave"] for wave in told["waves"]] == ["1", "2", "default"]
    assert order(told) == [["one", "two"], ["four", "three"], ["five"]]
    assert [one["message"].count("server: ") for one in found(told, "wave_spellings")] == [2, 2]
    assert "dr-wave" in found(told, "tag_key_near")[0]["message"]


@pytest.mark.parametrize("wave", ["1", "01", "wave-1", "Wave 1"])
def test_a_wave_is_selected_in_every_spelling(wave):
    servers = [server(name, **{"dr:wave": given}) for name, given in CASE]
    assert order(plan(*servers, selection={"waves": [wave]})) == [["one", "two"]]


@pytest.mark.parametrize("spelling", ["wave-1", "DB first", "prod"])
def test_a_wave_keeps_the_name_that_all_its_servers_write(spelling):
    told = plan(server("a", **{"dr:wave": spelling}), server("b", **{"dr:wave": spelling}))
    assert [wave["wave"] for wave in told["waves"]] == [spelling] and not found(told, "wave_spellings")


def test_waves_that_are_two_stay_two():
    servers = [server(wave, **{"dr:wave": wave}) for wave in ("1", "10", "1a", "wave", "db", "db-2")]
    assert len(plan(*servers)["waves"]) == 6


def test_applications_that_differ_in_case_are_named_also_where_a_selection_leaves_one_out():
    servers = [server("a", **{"dr:application": "payroll"}), server("b", **{"dr:application": "Payroll"})]
    for told in (plan(*servers), plan(*servers, selection={"applications": ["payroll"]})):
        (one,) = found(told, "application_spellings")
        assert one["severity"] == "warning" and "Payroll" in one["message"] and "payroll" in one["message"]


# -- objectives --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ({"dr:rto": "4 hours"}, 14400),
        ({"dr:rto": "PT4H"}, 14400),
        ({"dr:rto": "1.5h"}, 5400),
        ({"dr:rto": "00:15:00"}, 900),
        ({"DR-RTO": "P1D"}, 86400),
        ({"dr:rto-target": "30"}, 1800),
        ({"dr:rto-target": "45 s"}, 45),
    ],
)
def test_objectives_in_the_forms_of_the_field(tags, seconds):
    told = plan(server("a", **tags))
    assert told["waves"][0]["servers"][0]["rto_seconds"] == seconds
    assert told["findings"] == []


@pytest.mark.parametrize(("tag", "text"), [("dr:rpo", "30"), ("dr:rto", "30"), ("DR-RTO", "90")])
def test_a_number_without_a_unit_is_said_aloud(tag, text):
    (one,) = found(plan(server("a", **{tag: text}), server("b", **{tag: text})), "objective_without_unit")
    assert one["severity"] == "warning" and f"{tag}={text}" in one["message"]
    assert "seconds" in one["message"] and "2 servers" in one["message"]


def test_a_unit_can_be_set_and_can_stand_in_the_key():
    told = plan(server("a", **{"dr:rto": "30"}), tag_keys={"objective_unit": "minutes"})
    assert told["waves"][0]["servers"][0]["rto_seconds"] == 1800 and told["findings"] == []
    told = plan(server("a", **{"RTO-Hours": "4"}), tag_keys={"rto": "RTO-Hours"})
    assert told["waves"][0]["servers"][0]["rto_seconds"] == 14400 and told["findings"] == []
    with pytest.raises(DrsError) as error:
        tag_values.resolve_keys({"objective_unit": "fortnights"})
    assert error.value.code == "invalid_tag_key"


@pytest.mark.parametrize("text", ["four hours", "00:15", "asap", "4 weeks"])
def test_an_objective_that_cannot_be_read_is_a_finding(text):
    for name in ("rpo", "rto"):
        for mode, severity in (("drill", "error"), ("recovery", "warning")):
            (one,) = found(plan(server("a", **{f"dr:{name}": text}), mode=mode), "invalid_duration")
            assert one["severity"] == severity and text in one["message"] and name in one["message"]


def test_a_scale_of_ones_own_orders_priorities_and_replaces_the_words():
    own = {"priority_order": ["crown jewel", "standard", "lab"]}
    words = {"a": "lab", "b": "Crown_Jewel", "c": "standard", "d": "high", "e": "2"}
    told = plan(*(server(name, **{"dr:priority": word}) for name, word in words.items()), tag_keys=own)
    assert order(told) == [["b", "e", "c", "a", "d"]]
    (one,) = found(told, "priority_unknown")
    assert "high" in one["message"]
    with pytest.raises(DrsError):
        tag_values.resolve_keys({"priority_order": []})


@pytest.mark.parametrize(
    "words",
    [
        ["mission critical", "business-critical", "major", "normal", "minor", "best effort"],
        ["sev1", "SEV-2", "Severity 3"],
        ["very high", "essential", "important", "moderate", "low", "very_low"],
    ],
)
def test_other_scales_in_words_have_their_order(words):
    ranks = [tag_values.priority_rank(one) for one in words]
    assert None not in ranks and ranks == sorted(ranks) and len(set(ranks)) == len(ranks)
