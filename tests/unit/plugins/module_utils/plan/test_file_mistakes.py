"""Test mistakes of a plan file that would otherwise pass: probes, names, points in time, selectors, cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import build as plan_build
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file as plan_file

CELL, ACCOUNT, NOW = "payments.us-west-2", "111111111111", "2026-01-31T12:00:00Z"
POINT = "2026-01-31T08:00:00Z"
TCP = {"type": "health", "tcp": {"port": 5432}}


def server_id(number):
    return "s-%017d" % number


def server(number, app):
    item = {
        "sourceServerID": server_id(number),
        "arn": "arn:aws:drs:us-west-2:%s:source-server/%s" % (ACCOUNT, server_id(number)),
        "replicationDirection": "FAILOVER",
        "tags": {"Name": "%s-%d" % (app, number), "dr:application": app},
        "dataReplicationInfo": {"dataReplicationState": "CONTINUOUS"},
    }
    return normalise_server(item, ACCOUNT, "us-west-2")


FLEET = [server(1, "db"), server(2, "db"), server(3, "app")]


def wave(name, app=None, **more):
    return {"name": name, "selector": {"applications": [app or name]}, **more}


def document(*waves, **more):
    return {"name": "payments", "waves": list(waves), **more}


def cell(name=CELL, error=None, account=ACCOUNT):
    return {
        "cell": name,
        "account_id": account,
        "region": "us-west-2",
        "account_types": ["target"],
        "error": error,
        "source_servers": [] if error else FLEET,
        "recovery_instances": [],
    }


LOST = cell("orders.us-west-2", {"code": "cell_unreadable", "message": "away", "remedy": ""}, "222222222222")


def told(file, severity="error", cells=None, **more):
    plan = plan_build.build_plan({"mode": "drill", "cells": cells or [cell()], "now": NOW, "document": file, **more})
    return [(one["code"], one["message"]) for one in plan["findings"] if one["severity"] == severity]


# -- gates and actions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "probes",
    [
        {},
        {"retries": 3, "interval": "10s"},
        {"tcp": {"port": 1}, "http": {"url": "http://127.0.0.1/"}},
        {"tasks": "look.yml", "tcp": {"port": 1}},
    ],
)
def test_a_health_gate_has_exactly_one_probe(probes):
    ((code, message),) = told(document(wave("db", gates={"after": [{"type": "health", **probes}]})))
    assert code == "invalid_plan_file"
    assert message.startswith("waves[0].gates.after[0]: ")
    assert message.endswith("must have exactly one of tasks, http, tcp")


@pytest.mark.parametrize("probe", [{"tcp": {"port": 1}}, {"http": {"url": "http://{address}/health"}}])
def test_a_probe_of_machines_before_their_wave_is_a_mistake(probe):
    ((code, message),) = told(document(wave("db", gates={"before": [{"type": "health", **probe}]})))
    assert (code, message) == (
        "probe_without_address",
        "waves[0].gates.before[0]: nothing of wave db is launched yet, so {address} stands for no machine; "
        "name a host, or probe after the wave",
    )


def test_a_probe_of_something_else_may_stand_before_a_wave():
    before = [{"type": "health", "tcp": {"host": "127.0.0.1", "port": 1}}, {"type": "health", "tasks": "look.yml"}]
    assert told(document(wave("db", gates={"before": before}))) == []


def test_every_action_has_its_wave_and_its_place():
    same = {"type": "ssm_automation", "name": "switch", "document": "Switch-Traffic"}
    actions = {"before": [same, same], "after": [same]}
    file, problems = plan_file.read(document(wave("db", actions=actions), wave("app", actions=actions)))
    assert problems == []
    places = [
        (one["wave"], one["when"], one["place"])
        for each in file["waves"]
        for when in plan_file.WHEN
        for one in each["actions"][when]
    ]
    assert len(set(places)) == len(places) == 6


def test_cells_of_an_automation_must_be_in_the_inventory():
    action = {"type": "ssm_automation", "document": "Switch-Traffic", "cells": [CELL, "payment.us-west-2"]}
    file = document(wave("db", actions={"after": [action]}))
    ((code, message),) = told(file)
    assert code == "unknown_cell"
    assert message.startswith("waves[0].actions.after[0].cells[1]: there is no cell payment.us-west-2; did you mean ")
    # a cell that could not be read is there all the same
    action["cells"] = ["orders.us-west-2"]
    assert "unknown_cell" not in dict(told(file, cells=[cell(), LOST]))


# -- names -----------------------------------------------------------------------------------------------------------


def test_names_that_differ_in_case_alone_are_one_name():
    approval = {"type": "approval"}
    found = told(
        document(
            wave("db", gates={"before": [{**approval, "name": "Checked"}]}),
            wave("DB", "app", gates={"before": [{**approval, "name": "checked"}]}),
        )
    )
    assert found == [
        ("duplicate_wave", "waves[1].name: DB is also the name of waves[0].name, but for upper and lower case"),
        (
            "duplicate_gate",
            "waves[1].gates.before[0].name: checked is also the name of waves[0].gates.before[0].name, "
            "but for upper and lower case",
        ),
    ]


@pytest.mark.parametrize("name", ["start", "Start"])
def test_no_gate_may_have_the_name_of_the_approval_of_a_run(name):
    ((code, message),) = told(document(wave("db", gates={"before": [{"type": "approval", "name": name}]})))
    assert code == "reserved_gate"
    assert message.startswith("waves[0].gates.before[0].name: %s is the approval that a run begins with" % name)


def test_what_differs_in_case_alone_is_what_was_meant():
    action = {"type": "ssm_automation", "document": "Switch-Traffic", "cells": [CELL.upper()]}
    file = document(
        wave("db", actions={"after": [action]}),
        wave("app", depends_on=["DB"]),
        wave("web", "APP", allow_empty=True),
        points_in_time={"applications": {"DB": POINT}},
    )
    messages = [text for _code, text in told(file)]
    assert messages == [
        "waves[1].depends_on[0]: there is no wave DB; did you mean db?",
        "points_in_time.applications.DB: no server belongs to it; did you mean db?",
        "waves[0].actions.after[0].cells[0]: there is no cell PAYMENTS.US-WEST-2; did you mean payments.us-west-2?",
    ]
    assert told(document(wave("db", "DB")))[0][1] == "waves[0].selector: no server belongs to application DB (near: db)"
    assert told(document(wave("db")), selection={"waves": ["DB"]}) == [
        ("unknown_wave", "the plan file has no wave DB; did you mean db?")
    ]


def test_blanks_around_a_name_are_not_of_it_and_a_cell_is_named_once():
    action = {"type": "ssm_automation", "document": "Switch-Traffic", "cells": [CELL + " ", CELL]}
    file = document(wave("db", "db ", actions={"after": [action]}, optional={"applications": [" db"]}))
    assert told(file) == []
    read, _problems = plan_file.read(file)
    assert read["waves"][0]["actions"]["after"][0]["cells"] == [CELL]


def test_an_application_that_the_fleet_spells_in_two_ways_is_a_warning(monkeypatch):
    monkeypatch.setitem(globals(), "FLEET", [*FLEET, server(4, "DB")])
    assert "application_spellings" in dict(told(document(wave("db")), "warning"))
    points = {"applications": {"db": POINT}}
    by_id = {"name": "db", "selector": {"source_server_ids": [server_id(1)]}}
    assert "application_spellings" in dict(told(document(by_id, points_in_time=points), "warning"))
    # a plan that goes by ids leaves nothing out by a spelling
    assert "application_spellings" not in dict(told(document(by_id), "warning"))


# -- what the fleet does not have --------------------------------------------------------------------------------------


def test_points_in_time_of_what_nobody_has_are_mistakes():
    points = {"applications": {"dbs": POINT, "app": POINT}, "source_servers": {server_id(9): POINT, "db-1": POINT}}
    found = told(document(wave("db"), wave("app"), points_in_time=points))
    assert (
        "unknown_application",
        "points_in_time.applications.dbs: no server belongs to it; did you mean db?",
    ) in found
    texts = [text for code, text in found if code == "unknown_id"]
    assert texts[0].startswith("points_in_time.source_servers.%s: no server that was read has this id" % server_id(9))
    assert texts[1].startswith("points_in_time.source_servers.db-1: ")
    assert len(found) == 3


def test_a_point_in_time_that_no_wave_uses_is_a_warning():
    points = {"applications": {"app": POINT}, "source_servers": {server_id(3): POINT}}
    file = document(wave("db"), points_in_time=points)
    assert told(file) == []
    assert [text for code, text in told(file, "warning") if code == "unused_point_in_time"] == [
        "points_in_time.applications.app: no wave of the plan file selects a server of it",
        "points_in_time.source_servers.%s: no wave of the plan file selects a server of it" % server_id(3),
    ]


def test_what_may_be_in_a_cell_that_was_not_read_is_still_refused_and_says_so():
    file = document(wave("db"), points_in_time={"applications": {"orders": POINT}})
    assert dict(told(file, cells=[cell(), LOST]))["unknown_application"].endswith("; some cells were not read")


@pytest.mark.parametrize("key", ["critical", "optional"])
def test_selectors_inside_of_a_wave_must_match(key):
    file = document(wave("db", **{key: {"applications": ["app"]}}), wave("app"))
    assert told(file) == [("unmatched_selector", "waves[0].%s: it matches no server of wave db" % key)]
    # of a part of the plan the other waves are judged all the same, by their own servers
    assert told(file, selection={"waves": ["app"]}) == told(file)


@pytest.mark.parametrize("key", ["critical", "optional"])
def test_every_name_of_a_selector_inside_of_a_wave_is_borne_by_somebody(key):
    ids = {"source_server_ids": [server_id(1), server_id(9)]}
    applications = {"applications": ["db", "dbs"]}
    near = "did you mean"
    ((code, message),) = told(document(wave("db", **{key: applications})))
    assert (code, message) == (
        "unknown_application",
        f"waves[0].{key}.applications[1]: dbs: no server belongs to it; {near} db?",
    )
    ((code, message),) = told(document(wave("db", **{key: ids})))
    assert code == "unknown_id" and message.startswith(f"waves[0].{key}.source_server_ids[1]: {server_id(9)}: ")


def test_mistakes_of_the_file_and_of_the_fleet_are_told_together():
    start = {"type": "approval", "name": "start"}
    codes = [
        code
        for code, _text in told(
            document(
                wave("db", gates={"before": [start, TCP]}, optional={"applications": ["x"]}),
                wave("Db", "nothing"),
                points_in_time={"applications": {"dbs": POINT}},
            )
        )
    ]
    assert set(codes) >= {
        *("reserved_gate", "probe_without_address", "duplicate_wave"),
        *("unmatched_selector", "unknown_application"),
    }


# -- times and numbers as YAML reads them ------------------------------------------------------------------------------


def test_times_and_numbers_that_yaml_made_are_taken_where_text_is_wanted():
    file, problems = plan_file.read(
        {
            "name": 2026,
            "point_in_time": datetime.datetime(2026, 1, 31, 8, tzinfo=datetime.timezone.utc),
            "waves": [
                {
                    "name": 1,
                    "selector": {"tags": {"since": datetime.date(2026, 1, 2), "tier": 1}},
                    "gates": {"before": [{"type": "pause", "name": 7, "message": 3.5}]},
                    "actions": {"after": [{"type": "ssm_automation", "document": "Switch", "version": 2}]},
                },
                {"name": "2", "selector": {"applications": [7]}, "depends_on": [1]},
            ],
        },
        NOW,
    )
    assert problems == []
    assert (file["name"], file["point_in_time"]) == ("2026", POINT)
    assert [one["name"] for one in file["waves"]] == ["1", "2"] and file["waves"][1]["depends_on"] == ["1"]
    assert file["waves"][0]["selector"]["tags"] == {"since": "2026-01-02", "tier": 1}
    assert file["waves"][0]["gates"]["before"][0]["message"] == "3.5"
    assert file["waves"][0]["actions"]["after"][0]["version"] == "2"


def test_a_time_without_a_zone_stays_without_one():
    _file, problems = plan_file.read(document(wave("db"), point_in_time=datetime.datetime(2026, 1, 31, 8)), NOW)
    assert [one["code"] for one in problems] == ["invalid_point_in_time"]


def test_yes_and_no_are_told_to_be_quoted():
    found = told(document({"name": True, "selector": {"applications": [False]}}))
    assert found == [
        ("invalid_plan_file", "waves[0].name: true must be text; put it in quotes"),
        (
            "invalid_plan_file",
            "waves[0].selector.applications[0]: false must be text or a whole number; put it in quotes",
        ),
    ]
