"""Test failback between two accounts and Regions: every stage, repeated, drills, and refusals.

One simulator for all; each test has servers of its own in it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs_failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from support.cells import outcomes
from support.failback import HOME, ORIGIN, REGION, TARGET, Way, calls, give_template, two_cells
from support.live_machines import replay, world_of
from support.scenarios import account, fleet

STRANGER, BARE = "222222222222", "333333333333"
# What must follow what, over all calls of a failback.
ORDER = [
    "ReverseReplication",
    "StartRecovery",
    "ReverseReplication",
    "StopReplication",
    "TerminateRecoveryInstances",
    "DeleteRecoveryInstance",
    "DisconnectSourceServer",
    "DeleteSourceServer",
]


def servers(name: str, count: int = 1, origin: str = ORIGIN, **more: Any) -> dict[str, Any]:
    return fleet(TARGET, count, name + "-{n:02}", origin={"account": origin, "region": HOME}, **more)


@pytest.fixture(scope="module")
def way(start_simulator) -> Way:
    places = {"types": ["source"], "regions": [HOME]}
    scenario = two_cells(
        fleets=[
            *(
                servers(name)
                for name in ("home", "rehearsal", "deaf", "early", "lost", "unlisted", "claimed", "nameless", "foreign")
            ),
            servers("stranger", origin=STRANGER),
            servers("bare", origin=BARE),
            fleet(TARGET, 1, "outside-{n:02}", origin={"environment": "ON_PREMISES"}),
            servers("tested", create_instances=True),
        ],
        failback_roles=[{"account": ORIGIN, "trusts": TARGET}, {"account": BARE, "trusts": TARGET}],
    )
    scenario["accounts"] += [account(STRANGER, **places), account(BARE, **{**places, "regions": [REGION]})]
    world = Way(start_simulator(scenario))
    give_template(world.simulator, STRANGER)
    world.origins = world_of(world.simulator, [(TARGET, REGION)])
    drills, real = world.away.ids("tested-01"), world.away.ids()
    world.away.launch(drills, mode="drill", run_id="over-0")
    world.away.launch([one for one in real if one not in drills], mode="recovery", run_id="over-1")
    world.simulator.clock.advance(3600)
    return world


@pytest.fixture(autouse=True)
def _no_live_machine_is_lost(way):
    """After every test, over the whole ledger: no machine that had the live data is gone or lost its protection."""
    yield
    assert replay(way.simulator.ledger(), *way.origins).losses == []


def one_server(way: Way, name: str) -> dict[str, Any]:
    return {"source_server_ids": way.away.ids(f"{name}-01")}


def only(result: dict[str, Any]) -> dict[str, Any]:
    (entry,) = result["servers"]
    return entry


def refused(result: dict[str, Any]) -> str:
    entry = only(result)
    assert entry["outcome"] in ("refused", "failed"), entry
    assert entry["error"]["remedy"]
    return str(entry["error"]["code"])


def test_there_and_back(way: Way):
    mine = {**one_server(way, "home"), "run_id": "home-1"}
    mark = way.simulator.mark()
    lines: list[str] = []
    assert outcomes(way.state("reversed", **mine)) == {"reversed": 1}
    ready = way.wait(way.state("ready", **mine), lines, heartbeat=1200, poll_interval_max=1200)
    assert outcomes(ready) == {"ready": 1}
    assert any("of 50.0 GiB" in line and "expected end" in line for line in lines), lines
    launched = way.reach("launched", **mine)
    entry = only(launched)
    assert (entry["outcome"], entry["failback"]["serving"], entry["failback"]["protected"]) == ("launched", True, False)
    vouched = {**mine, **way.vouch(launched)}
    protected = way.reach("protected", **vouched)
    assert only(protected)["failback"]["protected_machine"] == entry["ec2_instance_id"]
    cleaned = only(way.reach("cleaned", **vouched))
    assert cleaned["failback"]["did"] == ORDER[3:]
    assert (cleaned["outcome"], cleaned["failback"]["protected"]) == ("cleaned", True)
    assert calls(way, mark) == ORDER
    # each stage once more: it is found, and nothing is called
    mark = way.simulator.mark()
    planned = {"original_instance_id": "i-0", "recovery_instance_id": entry["failback"]["recovery_instance_id"]}
    again = {"servers": [{"source_server_id": one, **planned} for one in mine["source_server_ids"]], "run_id": "home-1"}
    for state, outcome in zip(("reversed", "ready", "launched", "protected", "cleaned"), ORDER, strict=False):
        found = way.state(state, source_server_ids=None, **again)
        assert (only(found)["outcome"], found["changed"]) == (state, False), (state, outcome)
    assert calls(way, mark) == []


def test_a_machine_that_an_answer_lacks_is_not_gone(way: Way, monkeypatch: pytest.MonkeyPatch):
    """Neither is its copy removed, which would take the agent from it, nor is the clean-up told complete."""
    mine = {**one_server(way, "unlisted"), "run_id": "unlisted-1"}
    for state in ("reversed", "ready"):
        way.reach(state, **mine)
    launched = way.reach("launched", **mine)
    recorded = only(launched)["failback"]["recovery_instance_id"]
    named = [{"source_server_id": one, "recovery_instance_id": recorded} for one in mine["source_server_ids"]]
    vouched = {"servers": named, "source_server_ids": None, "run_id": "unlisted-1", **way.vouch(launched)}
    way.reach("protected", **vouched)
    mark, read = way.simulator.mark(), drs.recovery_instances

    def without(*args: Any, **kwargs: Any) -> list[Any]:
        return [one for one in read(*args, **kwargs) if one["recovery_instance_id"] != recorded]

    with monkeypatch.context() as answer:
        answer.setattr(drs, "recovery_instances", without)
        found = only(way.state("cleaned", **vouched))
    assert (found["outcome"], found["error"]["code"]) == ("unknown", "recovery_instance_unlisted")
    assert calls(way, mark) == []
    assert only(way.reach("cleaned", **vouched))["outcome"] == "cleaned"


def test_a_copy_that_another_run_has_claimed_meanwhile_stays_its_own(way: Way, monkeypatch: pytest.MonkeyPatch):
    """A drill and a failback that reverse the same machine at once: who comes later does not take the copy over."""
    mine, reverse = one_server(way, "claimed"), drs_failback.reverse_replication
    theirs = {checks.MODE_TAG: "failback", RUN_TAG: "theirs"}

    def and_others_claim_it(cell: Any, recovery_instance_id: str) -> str:
        arn = reverse(cell, recovery_instance_id)
        way.home.drs.tag_resource(resourceArn=arn, tags=theirs)
        return arn

    with monkeypatch.context() as others:
        others.setattr(drs_failback, "reverse_replication", and_others_claim_it)
        assert refused(way.state("reversed", "drill", **mine, run_id="late")) == "failback_under_way"
    (copy,) = [one for one in way.home.drs.describe_source_servers()["items"] if one["tags"].get(RUN_TAG) == "theirs"]
    assert copy["tags"][checks.MODE_TAG] == "failback"
    assert outcomes(way.state("reversed", **mine, run_id="theirs")) == {"reversed": 1}


def test_a_stage_that_is_there_is_found_and_not_made_twice(way: Way):
    mine = {**one_server(way, "early"), "run_id": "early-1"}
    assert way.state("reversed", **mine)["changed"]
    mark = way.simulator.mark()
    again = way.state("reversed", **mine)
    assert (outcomes(again), again["changed"]) == ({"reversed": 1}, False)
    assert only(way.state("ready", **mine))["outcome"] == "in_progress"
    # the data is not back yet
    assert refused(way.state("launched", **mine)) == "failback_not_ready"
    # nothing was launched, and nothing is cleaned up before it
    assert refused(way.state("protected", **mine)) == "not_launched"
    assert refused(way.state("cleaned", **mine)) == "not_launched"
    assert calls(way, mark) == []
    way.reach("ready", **mine)
    launched = way.reach("launched", **mine)
    mark = way.simulator.mark()
    assert (only(way.state("launched", **mine))["adopted"], calls(way, mark)) == (True, [])
    # launched, and nobody has vouched for it: the clean-up is out of order
    assert refused(way.state("protected", **mine)) == "failback_not_validated"
    words = way.vouch(launched)
    unconfirmed = {**words, "confirmation": {**words["confirmation"], "text": "FAILBACK shop 2"}}
    assert refused(way.state("protected", **mine, **unconfirmed)) == "failback_not_confirmed"
    assert refused(way.state("cleaned", **mine, **words)) == "not_protected"
    assert calls(way, mark) == []


def test_a_drill_while_the_recovery_serves_keeps_it(way: Way):
    mine = {**one_server(way, "rehearsal"), "run_id": "drill-1"}
    before = len(way.simulator.ledger())
    way.state("reversed", "drill", **mine)
    way.reach("ready", "drill", **mine)
    launched = only(way.reach("launched", "drill", **mine))
    assert (launched["outcome"], launched["is_drill"]) == ("launched", True)
    words = way.vouch({"servers": [launched]})
    assert refused(way.state("protected", "drill", **mine, **words)) == "drill_never_protects"
    # the real thing does not get into the way of the drill, nor another drill
    assert refused(way.state("launched", "failback", **{**mine, "run_id": "home-2"})) == "failback_drill_open"
    assert refused(way.state("reversed", "drill", **{**mine, "run_id": "drill-2"})) == "failback_under_way"
    cleaned = only(way.reach("cleaned", "drill", **mine))
    assert cleaned["failback"]["did"] == ["StopReplication", "TerminateRecoveryInstances"]
    assert (cleaned["outcome"], cleaned["failback"]["serving"]) == ("cleaned", True)
    effects = way.simulator.ledger(since=before)
    assert {one["effect"] for one in effects}.isdisjoint({"protected", "swapped"})
    assert [one["recovery_instance_id"] for one in effects if one["effect"] == "terminated"] == [
        launched["recovery_instance_id"]
    ]
    # finished is finished; the real failback starts the copy again
    mark = way.simulator.mark()
    for state in ("reversed", "ready", "launched", "cleaned"):
        assert only(way.state(state, "drill", **mine))["outcome"] == state
    assert calls(way, mark) == []
    real = way.state("reversed", **{**mine, "run_id": "home-2"})
    assert only(real)["failback"]["did"] == ["StartReplication", "TagResource"]


def test_a_drill_of_a_drill_leaves_nothing(way: Way):
    mine = {**one_server(way, "tested"), "run_id": "drill-3"}
    # production runs on the original machine: its data is not overwritten by a failback of a drill
    assert refused(way.state("reversed", **{**mine, "run_id": "home-3"})) == "not_failed_over"
    way.state("reversed", "drill", **mine)
    way.reach("ready", "drill", **mine)
    way.reach("launched", "drill", **mine)
    cleaned = only(way.reach("cleaned", "drill", **mine))
    assert cleaned["outcome"] == "cleaned", cleaned
    assert cleaned["failback"]["did"] == [
        "StopReplication",
        *["TerminateRecoveryInstances"] * 2,
        "DisconnectSourceServer",
        "DeleteSourceServer",
    ]
    assert (
        way.away.drs.describe_recovery_instances(filters={"sourceServerIDs": mine["source_server_ids"]})["items"] == []
    )


def test_a_nameless_copy_is_ours_only_when_this_run_can_have_made_it(way: Way):
    """Killed between ReverseReplication and the tags: there is no job to tell whose it is."""
    (one,) = one_server(way, "nameless")["source_server_ids"]
    began = way.simulator.clock()["now"][:19] + "Z"
    way.away.drs.reverse_replication(recoveryInstanceID=way.away.instances()[one])
    mine = {"source_server_ids": [one], "run_id": "drill-4"}
    assert refused(way.state("reversed", "drill", **mine)) == "failback_under_way"
    way.simulator.clock.advance(60)
    later = way.simulator.clock()["now"][:19] + "Z"
    assert refused(way.state("reversed", "drill", since=later, **mine)) == "failback_under_way"
    found = way.state("reversed", "drill", since=began, **mine)
    assert (only(found)["outcome"], only(found)["failback"]["did"]) == ("reversed", ["TagResource"])


def test_the_answer_of_a_reversal_is_lost(way: Way):
    mine = {**one_server(way, "foreign"), "run_id": "home-5"}
    way.simulator.faults.add("drop_response", service="drs", action="ReverseReplication", times=1)
    result = way.state("reversed", **mine)
    way.simulator.faults.clear()
    assert outcomes(result) == {"reversed": 1}
    effects = [one for one in way.simulator.ledger("reversed") if one["of_server"] == mine["source_server_ids"][0]]
    assert len(effects) == 1


def test_roles_missing_between_the_accounts(way: Way):
    mark = way.simulator.mark()
    cells = [*way.original_cells(), *cells_of(way, STRANGER)]
    result = way.state("reversed", **one_server(way, "stranger"), original_cells=cells)
    assert refused(result) == "failback_role_missing"
    assert STRANGER in only(result)["error"]["message"]
    assert calls(way, mark) == []


def test_not_initialised_where_they_came_from(way: Way):
    cells = [*way.original_cells(), *cells_of(way, BARE)]
    result = way.state("reversed", **one_server(way, "bare"), original_cells=cells)
    assert refused(result) == "UninitializedAccountException"
    assert [one["cell"] for one in result["unread"]] == [f"{BARE}.{HOME}"]


def test_a_cell_that_nobody_named(way: Way):
    result = way.state("reversed", **one_server(way, "bare"))
    assert refused(result) == "original_cell_missing"
    assert f"account {BARE} in {HOME}" in only(result)["error"]["message"]


def test_the_agent_is_not_connected(way: Way):
    (one,) = one_server(way, "deaf")["source_server_ids"]
    way.simulator.post(
        "/_sim/recovery_instances",
        account=TARGET,
        region=REGION,
        recovery_instance_id=way.away.instances()[one],
        set={"agent_connected": False},
    )
    assert refused(way.state("reversed", source_server_ids=[one])) == "agent_not_connected"


def test_the_reversed_server_is_gone(way: Way):
    mine = {**one_server(way, "lost"), "run_id": "home-6"}
    assert refused(way.state("ready", **mine)) == "no_reversed_server"
    assert refused(way.state("launched", **mine)) == "no_reversed_server"
    way.state("reversed", **mine)
    way.reach("ready", **mine)
    copy = only(way.state("ready", **mine))["failback"]["original"]["source_server_id"]
    # somebody deletes it in the other account
    way.home.drs.stop_replication(sourceServerID=copy)
    assert refused(way.state("ready", **mine)) == "failback_stopped"
    way.home.drs.disconnect_source_server(sourceServerID=copy)
    way.home.drs.delete_source_server(sourceServerID=copy)
    assert refused(way.state("launched", **mine)) == "no_reversed_server"


def test_a_machine_from_outside_goes_by_its_client(way: Way):
    mine = {**one_server(way, "outside"), "run_id": "home-7"}
    (one,) = mine["source_server_ids"]
    mark = way.simulator.mark()
    # the AWS way, and a drill, are not for it
    assert refused(way.state("reversed", **mine)) == "failback_client_needed"
    assert refused(way.state("launched", **mine)) == "failback_client_needed"
    assert refused(way.state("protected", **mine)) == "on_premises_origin"
    assert calls(way, mark) == []
    instance = way.away.instances()[one]
    way.simulator.post("/_sim/failback_clients", account=TARGET, region=REGION, recovery_instance_id=instance)
    assert outcomes(way.state("reversed", **mine)) == {"reversed": 1}
    assert outcomes(way.reach("ready", **mine)) == {"ready": 1}
    assert refused(way.state("launched", "drill", **mine)) == "no_drill_on_premises"
    launched = way.reach("launched", **mine)
    assert outcomes(launched) == {"launched": 1}, launched
    words = way.vouch(launched)
    assert refused(way.state("cleaned", **mine)) == "failback_not_validated"
    way.simulator.clock.advance(86400)
    cleaned = way.reach("cleaned", **mine, **words, require_protected=False)
    assert outcomes(cleaned) == {"cleaned": 1}, cleaned
    assert calls(way, mark) == ["StartFailbackLaunch", "TerminateRecoveryInstances"]


def test_a_machine_from_aws_has_no_client(way: Way):
    mark = way.simulator.mark()
    assert refused(way.state("stopped", **one_server(way, "early"))) == "aws_origin"
    assert calls(way, mark) == []


def test_check_mode_changes_nothing(way: Way):
    mark = way.simulator.mark()
    planned = way.state("reversed", check_mode=True, run_id="home-8", **one_server(way, "deaf"))
    assert (outcomes(planned), planned["changed"]) == ({"planned": 1}, True)
    assert [one for one in way.simulator.journal(mark) if one["mutating"] and one["service"] != "sts"] == []


def cells_of(way: Way, one: str) -> list[dict[str, Any]]:
    role, external_id = way.simulator.role_of(one)
    return [{"account_id": one, "region": HOME, "assume_role_arn": role, "external_id": external_id}]
