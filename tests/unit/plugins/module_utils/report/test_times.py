"""Test recovery time and recovery point: when they begin, what people were waited for, and what meets no target."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence, files_text, objectives
from ansible_collections.resilience.drs.plugins.plugin_utils._report.page import render
from support import reports
from support.run_steps import Day, day, plan


@pytest.fixture
def at(tmp_path, monkeypatch):
    return Day(str(tmp_path), monkeypatch)


def failover(at, **options):
    """A failover that is typed at 07:50, approved at 08:20 and launched by 08:30; what the store holds of it."""
    frozen = plan(rto_seconds=1800, rpo_seconds=900, predicted_rpo_seconds=20)
    options.update(plan=frozen, approvals=["start"], confirm="FAILOVER shop 1 us-west-2")
    assert at("07:50", "begun", **options)["run"]["status"] == "waiting"
    at("08:20", "approved", approver="bob")
    epoch = at("08:20", "begun", **options)["epoch"]
    entry = {"outcome": "launched", "job_id": "drsjob-1", "point_in_time": day("08:19")}
    entry.update(started_at=day("08:20"), ended_at=day("08:30"))
    at.wave("08:30", epoch, frozen["waves"][0]["servers"], fates={"db-1": entry})
    at("08:30", "finished", epoch=epoch)
    return at.documents()


def test_an_approved_failover_took_from_its_first_command_on_and_its_waiting_stands_beside_it(at):
    told = evidence.build(failover(at), {}, [], reports.NOW, "1.0.0")
    (goal,) = told["run"]["objectives"]
    assert (goal["rto"]["actual"], goal["rto"]["waited"], goal["rto"]["met"]) == (40 * 60, 30 * 60, False)
    assert (goal["rto"]["begins_with"], goal["rto"]["begun_at"]) == ("command", day("07:50"))
    assert (goal["rto"]["from_command"], goal["rto"]["from_declared"], goal["rto"]["from_approved"]) == (
        2400,
        None,
        600,
    )
    assert (told["run"]["seconds"], told["run"]["waited_seconds"]) == (40 * 60, 30 * 60)
    assert told["run"]["verdict"]["word"] == "FAIL"
    assert "| 40m00s | 30m00s | 30m00s NOT MET |" in files_text.summary(evidence.as_model(told))


@pytest.mark.parametrize(
    ("declared", "begins_with", "actual"), [("07:30", "declared", 60 * 60), ("08:25", "command", 40 * 60)]
)
def test_an_earlier_declaration_counts_and_a_later_one_makes_nothing_shorter(at, declared, begins_with, actual):
    found = failover(at, declared_at=day(declared))
    (goal,) = objectives.objectives(found, {})
    assert (goal["rto"]["begins_with"], goal["rto"]["actual"], goal["rto"]["from_command"]) == (
        begins_with,
        actual,
        2400,
    )


def test_both_recovery_points_are_told_and_that_of_the_start_is_judged(at):
    found = failover(at)
    (goal,) = objectives.objectives(found, {})
    # the snapshot of the launch is younger than the command, which says nothing of what would have been lost
    assert (goal["rpo"]["actual"], goal["rpo"]["at_start"], goal["rpo"]["launched"]) == (20, 20, 0)
    found["plan"]["waves"][0]["servers"][0]["predicted_rpo_seconds"] = 901
    assert objectives.objectives(found, {})[0]["rpo"]["met"] is False
    del found["plan"]["waves"][0]["servers"][0]["predicted_rpo_seconds"]
    (goal,) = objectives.objectives(found, {})
    assert (goal["rpo"]["actual"], goal["rpo"]["at_start"], goal["rpo"]["met"]) == (0, None, True)


@pytest.mark.parametrize("failed", [6, 12])
def test_what_never_came_meets_neither_objective(failed):
    found = reports.documents(servers=12)
    for wave in found["waves"]:
        for one in wave["servers"]:
            if one["critical"] or failed == 12:
                one.update(outcome="failed", point_in_time=None, recovery_instance_id=None)
    goals = [one for one in objectives.objectives(found, {}) if one["critical"]]
    assert len(goals) == 2
    for goal in goals:
        assert (goal["rto"]["met"], goal["rpo"]["met"]) == (False, False)
        assert goal["rpo"]["missing"] == goal["critical"] and goal["rpo"]["worst_server"].startswith("srv-")


def two_servers(at, lags, goals, ended=("08:30", "08:30")):
    """A failover of two servers of one application: ``lags`` are what each would have lost, ``goals`` what it may."""
    frozen = plan(2)
    servers = frozen["waves"][0]["servers"]
    for one, lag, goal in zip(servers, lags, goals):
        one.update(predicted_rpo_seconds=lag, rpo_seconds=goal, rto_seconds=goal)
    fates = {}
    for one, moment in zip(servers, ended):
        fates[one["name"]] = {"outcome": "launched", "job_id": "drsjob-1", "point_in_time": day("07:50")}
        fates[one["name"]].update(started_at=day("07:55"), ended_at=day(moment))
    frozen["hash"] = plan_hash(frozen)
    epoch = at("07:50", "begun", plan=frozen, confirm="FAILOVER shop 2 us-west-2")["epoch"]
    at.wave("08:30", epoch, servers, fates=fates)
    at("08:30", "finished", epoch=epoch)
    return at.documents()


@pytest.mark.parametrize(
    ("lags", "goals", "worst"),
    [
        # 7,000 seconds of a day, and 100 of two minutes
        ((7000, 100), (86400, 120), "db-2"),
        ((100, 7000), (120, 86400), "db-1"),
        # without objectives, or with the same one, the oldest data is the worst
        ((7000, 100), (None, None), "db-1"),
        ((100, 7000), (3600, 3600), "db-2"),
        # a server without one is held against that of its application
        ((7000, 100), (None, 120), "db-1"),
    ],
)
def test_the_worst_server_is_the_farthest_from_its_own_objective(at, lags, goals, worst):
    (goal,) = objectives.objectives(two_servers(at, lags, goals), {})
    assert goal["rpo"]["worst_server"] == worst and goal["rpo"]["actual"] == max(lags)


def test_the_slowest_server_is_the_worst_by_its_own_objective_and_the_page_shows_the_worst_of_both(at):
    # of 40 minutes it had a day; the other took 10 of its 20 minutes, and of its data it lost a tenth of that
    documents = two_servers(at, (120, 120), (86400, 1200), ("08:30", "08:00"))
    (goal,) = objectives.objectives(documents, {})
    assert (goal["rto"]["worst_server"], goal["rto"]["worst_seconds"], goal["rto"]["worst_target"]) == (
        "db-2",
        600,
        1200,
    )
    assert goal["rto"]["actual"] == 2400 and goal["worst_server"] == "db-2"
    # what the caller says counts for all: then it is the slowest, and of the same lag the last name
    (goal,) = objectives.objectives(documents, {"shop": {"rto": 3000.0, "rpo": 10.0}})
    assert (goal["rto"]["worst_server"], goal["rpo"]["worst_server"], goal["worst_server"]) == ("db-1", "db-2", "db-2")
    told = evidence.build(documents, {"shop": {"rto": 3000.0, "rpo": 1200.0}}, [], reports.NOW, "1.0.0")
    page = render(evidence.as_model(told), told)
    table = page[page.index("Each application against its objectives") :]
    assert '<td class="word"><bdi>db-1</bdi></td></tr>' in table[: table.index("</table>")]
