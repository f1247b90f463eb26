"""Test plan files: schema, graph of waves, selected servers."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import random
import sys

import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import build as plan_build
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file as plan_file
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import graph as plan_graph
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import json_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.wave_verdict import judge_wave
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server
from hypothesis import given
from hypothesis import strategies as st

NOW = "2026-01-31T12:00:00Z"
TARGET = "111111111111"
T1, T2, T3 = "2026-01-31T08:00:00Z", "2026-01-31T09:00:00Z", "2026-01-31T10:00:00Z"


def server_id(number):
    return "s-%017d" % number


def server(number, app, original=None, account=TARGET, **tags):
    item = {
        "sourceServerID": server_id(number),
        "arn": "arn:aws:drs:us-west-2:%s:source-server/%s" % (account, server_id(number)),
        "replicationDirection": "FAILOVER",
        "tags": {"Name": "%s-%d" % (app, number), "dr:application": app, **tags},
        "sourceProperties": {"identificationHints": {"awsInstanceID": None}},
        "dataReplicationInfo": {"dataReplicationState": "CONTINUOUS"},
    }
    if original:
        item["stagingArea"] = {"status": "EXTENDED", "stagingSourceServerArn": original}
    return normalise_server(item, account, "us-west-2")


def cell(servers, name="payments.us-west-2", account=TARGET, types=("target",)):
    return {
        "cell": name,
        "account_id": account,
        "region": "us-west-2",
        "account_types": list(types),
        "error": None,
        "source_servers": servers,
        "recovery_instances": [],
    }


FLEET = [server(1, "db"), server(2, "db"), server(3, "app"), server(4, "web"), server(5, "web"), server(6, "cache")]


def wave(name, app=None, **more):
    return {"name": name, "selector": {"applications": [app or name]}, **more}


def document(*waves, **more):
    return {"name": "payments", "waves": list(waves), **more}


WHOLE = document(
    wave("db", expected_count=2, gates={"after": [{"type": "health", "tcp": {"port": 5432}}]}),
    wave("cache", depends_on=[]),
    wave("app", depends_on=["db", "cache"], gates={"before": [{"type": "approval", "name": "go"}]}, max_failures=1),
    wave("web", actions={"after": [{"type": "ssm_automation", "document": "Notify-Users"}]}),
)


def build(file, servers=None, mode="drill", **changes):
    cells = changes.pop("cells", None) or [cell(FLEET if servers is None else servers)]
    return plan_build.build_plan({"mode": mode, "cells": cells, "now": NOW, "document": file, **changes})


def told(plan, severity="error"):
    return [(one["code"], one["message"]) for one in plan["findings"] if one["severity"] == severity]


def members(plan):
    return {one["wave"]: [server["source_server_id"] for server in one["servers"]] for one in plan["waves"]}


# -- form ------------------------------------------------------------------------------------------------------------


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(file_schema.PLAN_SCHEMA)


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"waves": []}, "waves", "waves: [] must not be empty"),
        ({"name": None}, "name", "name: null must be text"),
        ({"wave": 1}, "wave", "wave is not known; did you mean waves?"),
        ({"waves": [{"name": "a"}]}, "waves[0].selector", "waves[0].selector is missing"),
        ({"waves": [wave("a b")]}, "waves[0].name", 'waves[0].name: "a b" is not allowed here: 1 to 64 letters'),
        (
            {"waves": [{"name": "a", "selector": {"application": ["x"]}}]},
            "waves[0].selector.application",
            "waves[0].selector.application is not known; did you mean applications?",
        ),
        ({"waves": [{"name": "a", "selector": {}}]}, "waves[0].selector", "waves[0].selector: {} must not be empty"),
        (
            {"waves": [wave("a", gates={"before": [{"type": "pauze"}]})]},
            "waves[0].gates.before[0].type",
            'waves[0].gates.before[0].type: "pauze" must be pause, approval, health',
        ),
        (
            {"waves": [wave("a", gates={"after": [{"type": "health", "tcp": {}}]})]},
            "waves[0].gates.after[0].tcp.port",
            "waves[0].gates.after[0].tcp.port is missing",
        ),
        (
            {"waves": [wave("a", gates={"after": [{"type": "pause", "tcp": {"port": 1}}]})]},
            "waves[0].gates.after[0].tcp",
            "waves[0].gates.after[0].tcp is not known; it has type, name, message",
        ),
        (
            {"waves": [wave("a", actions={"before": [{"type": "ssm_automation", "document": "a b"}]})]},
            "waves[0].actions.before[0].document",
            'waves[0].actions.before[0].document: "a b" is not allowed here: name or ARN of an automation document',
        ),
        (
            {"waves": [wave("a", max_failures="101%")]},
            "waves[0].max_failures",
            '"101%" is not allowed here: a number of',
        ),
        ({"waves": [wave("a", expected_count=-1)]}, "waves[0].expected_count", "-1 must be at least 0"),
        ({"policy": {"min_readiness": "good"}}, "policy.min_readiness", '"good" must be ready, lagging, recoverable'),
        ({"next_phase": {"ready_when": "half"}}, "next_phase.ready_when", '"half" must be all, policy, never'),
        (
            {"waves": [wave("a", gates={"after": [{"type": "health", "http": {"url": "https://me:pw@x/"}}]})]},
            "waves[0].gates.after[0].http.url",
            "is not allowed here: http or https",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_its_value_and_what_to_write(change, path, message):
    plan = build({**document(wave("db")), **change})
    wrong = [one for one in plan["findings"] if one["severity"] == "error"]
    assert wrong[0]["code"] == "invalid_plan_file"
    assert wrong[0]["details"]["path"] == path
    assert message in wrong[0]["message"]
    assert plan["waves"] == []


def test_every_mistake_is_told_at_once_and_what_is_not_a_file_is_refused():
    plan = build({"name": "x y", "waves": [{"name": "a"}, {"selector": {"tags": {}}}], "other": 1})
    assert len(told(plan)) >= 5
    for one in ([], "text", 3, {"waves": "db"}):
        assert told(build(one))[0][0] == "invalid_plan_file"
        assert build(one)["waves"] == []


def test_without_the_library_nothing_is_accepted(monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(DrsError, match="missing_library"):
        json_schema.check({}, {})
    assert told(build(WHOLE))[0][0] == "missing_library"


@pytest.mark.parametrize(
    ("waves", "code", "message"),
    [
        ([wave("db"), wave("db", "app")], "duplicate_wave", "waves[1].name: db is also the name of waves[0].name"),
        (
            [wave("db"), wave("app", depends_on=["dbb"])],
            "unknown_dependency",
            "waves[1].depends_on[0]: there is no wave dbb; did you mean db?",
        ),
        (
            [wave("db", depends_on=["web"]), wave("app"), wave("web")],
            "dependency_cycle",
            "waves depend on each other in a circle: db -> web -> app -> db",
        ),
        ([wave("db", depends_on=["db"])], "dependency_cycle", "circle: db -> db"),
        (
            [
                wave("db", gates={"before": [{"type": "pause", "name": "go"}]}),
                wave("app", gates={"after": [{"type": "approval", "name": "go"}]}),
            ],
            "duplicate_gate",
            "waves[1].gates.after[0].name: go is also the name of waves[0].gates.before[0].name",
        ),
        (
            [wave("db", point_in_time="yesterday")],
            "invalid_point_in_time",
            "waves[0].point_in_time: point_in_time 'yesterday' is neither",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(waves, code, message):
    plan = build(document(*waves))
    assert [one for one in told(plan) if one[0] == code and message in one[1]], told(plan)
    assert plan["waves"] == []


# -- graph -----------------------------------------------------------------------------------------------------------


def test_waves_follow_each_other_unless_they_say_otherwise():
    plan = build(WHOLE)
    assert told(plan) == []
    assert plan["stages"] == [
        {"stage": 1, "waves": ["db", "cache"]},
        {"stage": 2, "waves": ["app"]},
        {"stage": 3, "waves": ["web"]},
    ]
    assert [one["depends_on"] for one in plan["waves"]] == [[], [], ["db", "cache"], ["app"]]
    assert [one["stage"] for one in plan["waves"]] == [1, 1, 2, 3]


@st.composite
def graphs(draw):
    waves = ["w%d" % number for number in range(draw(st.integers(1, 9)))]
    return {one: draw(st.lists(st.sampled_from(waves), unique=True, max_size=4)) for one in waves}


@given(graphs())
def test_stages_keep_every_dependency_and_only_circles_stay_out(graph):
    stages = plan_graph.stages(graph)
    place = {wave: number for number, stage in enumerate(stages) for wave in stage}
    assert sum(map(len, stages)) == len(place)
    for wave in place:
        # as early as it can be: right after the last of its dependencies
        assert place[wave] == max((place[other] + 1 for other in graph[wave]), default=0)
    circle = plan_graph.cycle(graph)
    assert bool(circle) == (len(place) < len(graph))
    if circle:
        assert circle[0] == circle[-1] and len(circle) > 1
        assert all(after in graph[before] for before, after in zip(circle, circle[1:]))
        assert not set(circle) & set(place)


@given(graphs(), st.randoms(use_true_random=False))
def test_every_graph_of_a_file_gives_a_plan_or_names_its_circle(graph, seed):
    names = list(graph)
    seed.shuffle(names)
    file = document(*(wave(name, depends_on=graph[name]) for name in names))
    plan = build(file, [server(number, name) for number, name in enumerate(sorted(names), start=1)])
    if plan_graph.cycle(graph):
        assert [code for code, _text in told(plan)] == ["dependency_cycle"] and plan["waves"] == []
    else:
        assert told(plan) == []
        assert sorted(one for stage in plan["stages"] for one in stage["waves"]) == sorted(names)
        assert [one["wave"] for one in plan["waves"]] == [one for stage in plan["stages"] for one in stage["waves"]]


# -- servers ---------------------------------------------------------------------------------------------------------


def test_servers_come_to_their_waves_and_the_rest_is_left_out():
    plan = build(document(wave("db"), wave("web")), name="mine")
    assert members(plan) == {"db": [server_id(1), server_id(2)], "web": [server_id(4), server_id(5)]}
    assert {one["source_server_id"]: one["reason"] for one in plan["excluded"]} == {
        server_id(3): "Not selected: no wave of the plan file selects it.",
        server_id(6): "Not selected: no wave of the plan file selects it.",
    }
    assert plan["name"] == "mine" and build(WHOLE)["name"] == "payments"


@pytest.mark.parametrize(
    ("waves", "code", "message"),
    [
        (
            [wave("db"), {"name": "all", "selector": {"tags": {"application": ["db", "app"]}}}],
            "server_in_two_waves",
            "waves[1].selector: db-1 (%s) is selected by wave db, too" % server_id(1),
        ),
        ([wave("db", expected_count=3)], "unexpected_count", "waves[0].expected_count: wave db holds 2 servers, 3 exp"),
        ([wave("dbs")], "unknown_application", "waves[0].selector: no server belongs to application dbs (near: db)"),
        ([wave("dbs")], "unmatched_selector", "waves[0].selector: wave dbs holds no server"),
        (
            [{"name": "x", "selector": {"tags": {"dr:aplication": "db"}}}],
            "unknown_tag_key",
            "waves[0].selector: No server carries the tag key dr:aplication (near: dr:application)",
        ),
        (
            [{"name": "x", "selector": {"source_server_ids": [server_id(99)]}}],
            "unknown_id",
            "waves[0].selector: %s is in none" % server_id(99),
        ),
        (
            [wave("db", critical={"applications": ["db"]}, optional={"source_server_ids": [server_id(2)]})],
            "critical_and_optional",
            "wave db calls db-2 critical and optional",
        ),
    ],
)
def test_what_does_not_fit_the_fleet_is_refused(waves, code, message):
    plan = build(document(*waves))
    assert [one for one in told(plan) if one[0] == code and one[1].startswith(message)], told(plan)


def test_a_wave_may_be_empty_when_it_says_so():
    plan = build(document(wave("db"), wave("dbs", allow_empty=True), wave("web")))
    assert told(plan) == []
    # the last wave still waits for the first one
    assert plan["stages"] == [{"stage": 1, "waves": ["db"]}, {"stage": 2, "waves": ["web"]}]
    assert plan["waves"][1]["after"] == ["db"]
    assert told(build(document(wave("dbs", allow_empty=True))))[0][0] == "no_match"
    assert told(build(document(wave("dbs", allow_empty=True)), allow_empty=True)) == []


def test_counts_are_of_the_copies_that_are_recovered():
    staging = server(11, "db", account="222222222222")
    cells = [
        cell([server(1, "db", original=staging["arn"])]),
        cell([staging], "staging.us-west-2", "222222222222", ["staging"]),
    ]
    plan = build(document(wave("db", expected_count=1), expected_count=1), cells=cells)
    assert told(plan) == [] and members(plan) == {"db": [server_id(1)]}
    assert told(build(document(wave("db"), expected_count=2), cells=cells))[0] == (
        "unexpected_count",
        "expected_count: the waves hold 1 server, 2 expected",
    )


def test_a_part_of_a_plan_file_can_be_run():
    plan = build(WHOLE, selection={"waves": ["app"]})
    assert told(plan) == [] and members(plan) == {"app": [server_id(3)]}
    assert told(plan, "warning") == [
        ("dependency_not_in_run", "wave app depends on db, cache, not part of this run"),
    ]
    assert told(build(WHOLE, selection={"waves": ["db", "cache", "app"]}), "warning") == []
    assert told(build(WHOLE, selection={"waves": ["nobody"]}))[0][0] == "unknown_wave"
    narrowed = build(WHOLE, selection={"source_server_ids": [server_id(4)]})
    assert told(narrowed) == [] and members(narrowed) == {"web": [server_id(4)]}


def test_a_server_that_is_not_enabled_is_in_no_wave():
    plan = build(document(wave("db")), [server(1, "db"), server(2, "db", **{"dr:enabled": "false"})])
    assert members(plan) == {"db": [server_id(1)]}
    assert [one["reason_code"] for one in plan["excluded"]] == ["not_enabled"]


def test_critical_and_optional_go_before_the_tags():
    fleet = [server(1, "db", **{"dr:critical": "no"}), server(2, "db"), server(3, "db", **{"dr:critical": "no"})]
    file = document(
        wave("db", critical={"source_server_ids": [server_id(1)]}, optional={"tags": {"Name": "db-2"}}),
    )
    plan = build(file, fleet)
    assert [one["critical"] for one in plan["waves"][0]["servers"]] == [True, False, False]


def test_the_failures_of_a_wave_are_its_own():
    plan = build(document(wave("web", max_failures=2, optional={"applications": ["web"]})), policy={"max_failures": 0})
    lost = [{**one, "outcome": "failed"} for one in plan["waves"][0]["servers"]]
    assert judge_wave(plan["waves"][0], lost, plan["policy"])["proceed"] is True
    assert judge_wave({**plan["waves"][0], "max_failures": None}, lost, plan["policy"])["proceed"] is False
    assert judge_wave({**plan["waves"][0], "max_failures": 0}, lost, {"max_failures": 2})["proceed"] is False


def test_policy_limits_and_point_in_time_of_the_caller_go_first():
    file = document(wave("db"), policy={"max_failures": 3}, limits={"servers_per_job": 1}, point_in_time=T1)
    assert build(file)["policy"]["max_failures"] == 3
    assert build(file)["waves"][0]["jobs"] == 2
    assert build(file, policy={"max_failures": 0}, limits={"servers_per_job": 2})["policy"]["max_failures"] == 0
    assert build(file, limits={"servers_per_job": 2})["waves"][0]["jobs"] == 1
    assert build(file)["point_in_time"] == T1
    assert build(file, point_in_time=T2)["point_in_time"] == T2


def test_the_nearest_point_in_time_counts():
    file = document(
        wave("db"),
        wave("app", point_in_time=T2),
        wave("web", point_in_time=T2),
        point_in_time="2026-01-31T09:00:00+01:00",
        points_in_time={"applications": {"web": T3}, "source_servers": {server_id(5): "latest"}},
    )
    plan = build(file)
    wanted = {one["source_server_id"]: one["wanted_point_in_time"] for w in plan["waves"] for one in w["servers"]}
    assert wanted == {
        server_id(1): T1,
        server_id(2): T1,
        server_id(3): T2,
        server_id(4): T3,
        server_id(5): "latest",
    }
    ages = {one["source_server_id"]: one["predicted_rpo_seconds"] for w in plan["waves"] for one in w["servers"]}
    assert ages[server_id(1)] == 4 * 3600 and ages[server_id(4)] == 2 * 3600 and ages[server_id(5)] == 0


def test_the_hash_knows_gates_actions_order_points_and_who_is_critical():
    def changed(**more):
        file = copy.deepcopy(WHOLE)
        file["waves"][0].update(more)
        return build(file)["hash"]

    same = changed()
    assert same == build(copy.deepcopy(WHOLE), random.sample(FLEET, len(FLEET)))["hash"]
    assert changed(description="other words") == same
    others = [
        changed(gates={}),
        changed(actions={"before": [{"type": "tasks", "file": "x.yml"}]}),
        changed(max_failures=0),
        changed(point_in_time=T1),
        changed(optional={"applications": ["db"]}),
        build({**WHOLE, "next_phase": {"ready_when": "all"}})["hash"],
        build(document(*[{**one, "depends_on": []} for one in WHOLE["waves"]]))["hash"],
    ]
    assert same not in others and len(set(others)) == len(others)


def test_gates_have_names_that_say_where_they_stand():
    plan = build(WHOLE)
    gates = [
        judge_wave["name"] for one in plan["waves"] for when in plan_file.WHEN for judge_wave in one["gates"][when]
    ]
    assert gates == ["db-after-gate1", "go"]
    assert plan["waves"][3]["actions"]["after"][0]["name"] == "web-after-action1"
    assert plan["next_phase"] == {"ready_when": "policy", "require_full_coverage": True}


def test_the_file_that_was_handed_in_stays_as_it_is():
    file = copy.deepcopy(WHOLE)
    build(file)
    assert file == WHOLE


def test_the_table_of_a_plan_shows_what_runs_together_and_what_stands_between():
    file = copy.deepcopy(WHOLE)
    file["waves"][2]["gates"]["before"][0]["message"] = "Compare the \x1b[31mledger."
    text = render.render("plan", build(file))
    shown = [line.strip() for line in text.splitlines()]
    assert [line for line in shown if " begins " in line] == [
        "wave db begins at once",
        "wave cache begins at once",
        "wave app begins after db, cache",
        "wave web begins after app",
    ]
    assert shown[shown.index("Gates and actions:") + 1 :][:3] == [
        "after wave db: gate db-after-gate1 (health)",
        "before wave app: gate go (approval): Compare the ledger.",
        "after wave web: action web-after-action1 (ssm_automation)",
    ]
    assert "Gates and actions" not in render.render("plan", build(document(wave("db"))))
    # waves in a row need no words
    assert " begins " not in render.render("plan", build(document(wave("db"), wave("app"))))


def test_what_a_wave_waits_for_is_what_it_depends_on_or_every_stage_before_its_own():
    """A diamond whose left side is short."""
    waves = [
        wave("db"),
        wave("app", depends_on=["db"]),
        wave("cache", depends_on=["db"]),
        wave("web", depends_on=["app"]),
    ]
    after = {one["wave"]: one["after"] for one in build(document(*waves))["waves"]}
    assert after == {"db": [], "app": ["db"], "cache": ["db"], "web": ["app"]}
    barrier = build(document(*waves, order="stages"))
    assert {one["wave"]: one["after"] for one in barrier["waves"]} == {
        "db": [],
        "app": ["db"],
        "cache": ["db"],
        "web": ["db", "app", "cache"],
    }
    plans = [build(document(*waves, **more))["hash"] for more in ({}, {"order": "stages"}, {"stops": "chain"})]
    assert len(set(plans)) == 3
    assert build(document(*waves, order="dependencies", stops="run"))["hash"] == plans[0]
