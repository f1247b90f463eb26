"""Test what people write into tags and type as variables, by many spellings: read, or named, never dropped."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags as tag_values
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import typed_names
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks

KEYS = tag_values.resolve_keys()


def server(tags, number=1):
    return {"source_server_id": f"s-{number:017}", "name": f"n{number}", "cell": "c", "tags": tags}


def tags_of(text):
    return dict(one.split("=", 1) for one in text.split("; ")) if text else {}


# tags| said: named in a finding; no: kept out without a word; yes: takes part without a word
FLAGS = """
dr:enabled=inactive| said
dr:enabled=FALSE | no
dr:enabled=never| said
dr:enabled=N/A| said
dr:enabled=nein| said
dr_enabled=false| said
DR:ENABLED=no| said
dr:enable=false| said
drEnabled=false| said
dr.enabled=off| said
dr:enabled =false| said
dr:enalbed=no| said
dr:enabled=true; DREnabled=false| said
dr:disabled=true| said
dr:opt-out=yes| said
dr:excluded=1| said
dr:skip-drill=true| said
DRS=disabled| said
dr=excluded| said
DR=never| said
drs=enabled| yes
dr:recovery=disabled| said
dr:failover=no| said
dr:replication=off| said
dr:recovery=enabled| yes
dr:protected=false| said
dr:enabled=disable| said
dr:enabled=yes, but not in drills| said
DR Enabled=false| said
dr:in-scope=no| said
dr:exclude-from-drill=true| said
DisasterRecovery=disabled| said
dr:enabled=false; DR-Enabled=| no
driver:enabled=no| yes
draft=no| yes
dr:critical=important| said
dr-critical=no| said
dr:enabled=Y| yes
drain:enabled=false| yes
Dresden=no| yes
drift-detection=off| yes
backup:enabled=false| yes
monitoring=off| yes
""".strip().splitlines()


@pytest.mark.parametrize("line", FLAGS)
def test_a_machine_is_kept_out_or_in_as_its_tags_say_or_named(line):
    text, expected = line.split("| ")
    tags = tags_of(text)
    found = tag_checks.of_server(server(tags), KEYS, "error")
    kept_out = tag_values.flag(tags, KEYS["enabled"]) is False
    assert ("said" if found else "no" if kept_out else "yes") == expected


# tags| named: said where coverage is claimed; silent: nobody asked for protection by DRS
OPT_IN = """
dr:enabled=true; dr:recovery-strategy=dsr| named
dr:enabled=true; dr:recovery-strategy=AWS Elastic Disaster Recovery| named
dr:enabled=true; dr:recovery-strategy=drs,backup| named
dr:enabled=true; dr:recovery_strategy=drs| named
DR_Enabled=true; DR_Recovery_Strategy=drs| named
dr:enabled=ja; dr:recovery-strategy=drs| named
dr:enabled=true; dr:recovery-strategy=backup| silent
dr:enabled=true; dr:recovery-strategy=dns| silent
dr:enabled=false; dr:recovery-strategy=DRS| silent
dr:enabled=true; recovery-strategy=drs| named
dr:enabled=true; dr:recovery-stratgy=drs| named
dr:enabled=true; dr:recovery-strategy=warm-standby| silent
DRS=enabled| named
env=prod| silent
""".strip().splitlines()


@pytest.mark.parametrize("line", OPT_IN)
def test_an_opt_in_that_is_nearly_right_is_named(line):
    text, expected = line.split("| ")
    assert ("named" if tag_checks.near_opt_in(server(tags_of(text)), KEYS) else "silent") == expected


# words in their order; the last two have none, which is said
SCALES = [
    "P0,P1,p2,P3",
    "Tier-1,tier 2,TIER3",
    "very high,high,moderate,low,very low",
    "mission-critical,high,normal,low",
    "1 (critical),2 (high),3 (medium)",
    "platinum,gold,silver",
    "prio-01,prio-02,prio-10",
    "blue,green",
    "hoch,mittel,niedrig",
]


@pytest.mark.parametrize("scale", SCALES)
def test_words_of_a_scale_have_their_order_or_are_named(scale):
    words = scale.split(",")
    servers = [server({"dr:priority": word}, number) for number, word in enumerate(words)]
    # from the other end: a sort that is stable must not keep an order that it did not make
    words_back = words[::-1]
    ordered = sorted(words_back, key=lambda word: tag_values.priority_key(word, KEYS))
    said = bool(tag_checks.of_all(servers, KEYS))
    assert said is (scale in SCALES[-2:]) and (said or ordered == words)


# verb, variable| refused, warned or ok
TYPED = """
recovery recovery_include_tags| refused
recovery Recovery_selection| refused
recovery recovery-applications| refused
recovery drill_applications| refused
recovery recover_applications| refused
recovery recovery_dr_application| refused
terminate terminate_waves| refused
terminate terminate_only_run| refused
terminate termination_applications| refused
terminate cleanup_run_id| refused
failback failback_servers| refused
recovery applications| warned
recovery target_waves| warned
recovery only_applications| warned
terminate run_id| warned
recovery target_branch| ok
recovery my_team| ok
""".strip().splitlines()


@pytest.mark.parametrize("line", TYPED)
def test_a_variable_that_would_choose_servers_and_is_not_read_is_said(line):
    asked, expected = line.split("| ")
    verb, name = asked.split(" ")
    try:
        told = "warned" if typed_names.check(verb, {name: "x"}).warnings else "ok"
    except DrsError:
        told = "refused"
    assert told == expected
