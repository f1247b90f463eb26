"""Test a deployment over all cells: plan, tables and progress lines."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import progress_lines
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import deployment
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import replication_lines
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import finding

ROOM = {"name": "replicating_servers", "title": "", "used": 0, "limit": 300, "planned": 1, "free": 300, "fits": True}


def cell(name="shop", **more):
    return {"cell": f"{name}.us-west-2", "account_id": "111111111111", "region": "us-west-2", "extend_to": None, **more}


def entry(name, outcome="planned", where="shop.us-west-2", **more):
    error = DrsError(more.pop("code")) if "code" in more else None
    return outcomes.server_entry(
        outcome, {"instance_id": f"i-{name}", "name": name, "cell": where}, error=error, **more
    )


def reading(*entries, into=("staging.us-west-2", "222222222222"), capacity=(ROOM,), tags=None, **more):
    return {
        "servers": list(entries),
        "machines": [
            {"instance_id": one["instance_id"], "tags": (tags or {}).get(one["name"], {"dr:wave": "1"}),
             "platform": "windows", "ssm": {"status": "online"}}
            for one in entries
        ],
        "capacity": list(capacity),
        "replication": {"cell": into[0], "account_id": into[1], "region": "us-west-2"},
        "account_id": "111111111111",
        "method": "shell",
        "summary": outcomes.summarise(entries),
        **more,
    }  # fmt: skip


def plan(readings, cells=None, **options):
    params = {key: spec.get("default") for key, spec in deployment.PLAN_SPEC.items()}
    params.update(deployment_id="d-1", cells=cells or [cell()], readings=readings, **options)
    return deployment.plan(params)


# -- the plan ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("used", "level"), [(238, None), (239, "warning"), (269, "critical"), (299, "full")])
def test_an_account_that_fills_up_is_a_warning(used, level):
    room = {**ROOM, "used": used, "free": 300 - used}
    found = plan({"shop.us-west-2": reading(entry("a"), capacity=[room])})["plan"]["findings"]
    low = [one for one in found if one["code"] == "capacity_low"]
    assert [one["severity"] for one in low] == (["warning"] if level else [])
    assert level is None or level in low[0]["message"]
    # what needs no more room is no reason to warn
    nothing = plan({"shop.us-west-2": reading(entry("a"), capacity=[{**room, "planned": 0}])})
    assert [one for one in nothing["plan"]["findings"] if one["code"] == "capacity_low"] == []


def test_waves_over_all_cells_in_their_order():
    readings = {
        "shop.us-west-2": reading(
            entry("a"), entry("b"), entry("c"), tags={"a": {"dr:wave": "10"}, "b": {"dr:wave": "2"}, "c": {}}
        ),
        "orders.us-west-2": reading(entry("d", where="orders.us-west-2"), tags={"d": {"DR-Wave": "2"}}),
    }
    found = plan(readings, [cell(), cell("orders")])["plan"]
    assert [(wave["wave"], wave["by_cell"]) for wave in found["waves"]] == [
        ("2", {"shop.us-west-2": ["i-b"], "orders.us-west-2": ["i-d"]}),
        ("10", {"shop.us-west-2": ["i-a"]}),
        ("default", {"shop.us-west-2": ["i-c"]}),
    ]
    assert found["coverage"] == "complete" and found["summary"]["total"] == 4
    assert {one["pattern"] for one in found["cells"]} == {"cross_account"}


def test_what_is_done_or_cannot_be_done_is_in_no_wave():
    one = reading(
        entry("new"), entry("waits", "queued", code="ssm_not_managed"), entry("runs", "in_progress"),
        entry("done", "already_installed"), entry("tags", "already_installed", changed=True),
        entry("off", "skipped", code="instance_not_running"), entry("gone", "refused", code="unknown_instance"),
    )  # fmt: skip
    found = plan({"shop.us-west-2": one})["plan"]
    assert [one["name"] for one in found["waves"][0]["machines"]] == ["new", "waits", "runs", "tags"]
    assert [one["name"] for one in found["settled"]] == ["done", "off", "gone"]


def test_a_cell_that_could_not_be_read_is_no_empty_cell():
    error = {"code": "AccessDenied", "message": "no", "remedy": "fix it", "retryable": False}
    answer = plan(
        {"shop.us-west-2": reading(entry("a")), "orders.us-west-2": {"failed": True, "msg": "x", "error": error}},
        [cell(), cell("orders"), cell("silent")],
    )
    found = answer["plan"]
    assert found["coverage"] == "incomplete" and answer["errors"] == ""
    assert {one["cell"]: one["error"]["code"] for one in found["unknown_cells"]} == {
        "orders.us-west-2": "AccessDenied", "silent.us-west-2": "cell_unreadable"
    }  # fmt: skip
    assert len(found["waves"]) == 1


def test_room_is_added_up_over_the_cells():
    three = {**ROOM, "limit": 4, "free": 4, "planned": 3}
    readings = {
        "shop.us-west-2": reading(entry("a"), capacity=[three]),
        "orders.us-west-2": reading(entry("b"), capacity=[three]),
    }
    answer = plan(readings, [cell(), cell("orders")])
    assert "capacity_full: staging.us-west-2: 0 of 4 replicating servers used, 4 free, 6 planned" in answer["errors"]
    apart = {**readings, "orders.us-west-2": reading(entry("b"), into=("other", "333333333333"), capacity=[three])}
    assert plan(apart, [cell(), cell("orders")])["errors"] == ""


def test_nothing_selected():
    assert "no_match" in plan({"shop.us-west-2": reading()})["errors"]
    assert plan({"shop.us-west-2": reading()}, allow_empty=True)["errors"] == ""
    assert "no cell could be read" in plan({})["errors"] and "no_match" not in plan({})["errors"]
    partly = plan({"shop.us-west-2": reading()}, [cell(), cell("lost")])["errors"]
    assert "no_match" in partly and "Make the cells readable" in partly and "Loosen" not in partly


def test_an_unexpected_count():
    assert "1 machine selected, 2 expected" in plan({"shop.us-west-2": reading(entry("a"))}, expected_count=2)["errors"]
    assert plan({"shop.us-west-2": reading(entry("a"))}, expected_count=1)["errors"] == ""


def test_some_waves_only():
    tags = {"a": {"dr:wave": "1"}, "b": {"dr:wave": "2"}}
    readings = {"shop.us-west-2": reading(entry("a"), entry("b", "already_installed"), tags=tags)}
    found = plan(readings, waves=["1"])["plan"]
    assert [wave["wave"] for wave in found["waves"]] == ["1"] and found["settled"] == []
    assert "There is no wave 3; there are 1, 2." in plan(readings, waves=["3"])["errors"]


def test_some_waves_by_a_tag_key_of_ones_own():
    readings = {"shop.us-west-2": reading(entry("a"), tags={"a": {"stage": "one"}})}
    assert plan(readings, waves=["one"], tag_keys={"wave": ["stage"]})["errors"] == ""
    assert "There is no wave two" in plan(readings, waves=["two"], tag_keys={"wave": ["stage"]})["errors"]


@pytest.mark.parametrize(
    ("into", "extend_to", "expected"),
    [
        ("111111111111", None, "same_account"),
        ("222222222222", None, "cross_account"),
        ("222222222222", "target", "extended"),
    ],
)
def test_the_pattern_of_a_cell(into, extend_to, expected):
    found = plan({"shop.us-west-2": reading(entry("a"), into=("x", into))}, [cell(extend_to=extend_to)])
    assert found["plan"]["cells"][0]["pattern"] == expected


# -- tables --------------------------------------------------------------------------------------------------------


def test_the_tables_fit_and_name_what_matters():
    bad = entry("web-01", "failed", code="install_linux_build", duration_seconds=65)
    fine = entry("web-02", "installed", code="tagging_failed")
    readings = {
        "shop.us-west-2": reading(
            entry("web-01"), entry("web-02"), entry("old", "skipped", code="instance_not_running")
        )
    }
    error = {"code": "AccessDenied", "message": "no", "remedy": "fix it", "retryable": False}
    readings["lost.us-west-2"] = {"failed": True, "error": error}
    whole = plan(readings, [cell(extend_to="target.us-west-2"), cell("lost")])["plan"]
    text = render.render("deploy_plan", {**whole, "next": "go"}, 100)
    for word in (
        "extended",
        "staging.us-west-2",
        "web-01 (windows)",
        "AccessDenied",
        "fix it",
        "instance_not_running",
        "next: go",
    ):
        assert word in text
    verdict = {"proceed": False, "reason": "stop: 1 machine did not succeed"}
    waves = [{"wave": "1", "servers": [bad, fine], "verdict": verdict}]
    wave = render.render("deploy_wave", waves[0], 100)
    assert "install_linux_build" in wave and "kernel headers" in wave and "1m05s" in wave and "Verdict: stop" in wave
    server = {"replication": {"state": "CONTINUOUS"}}
    run = render.render("deploy", {"plan": whole, "waves": waves, "replication": [server], "deployment_id": "d-1"}, 100)
    assert "Protected, but" in run and "Replication: 1 CONTINUOUS" in run and "old in shop.us-west-2: SKIPPED" in run
    for lines in (text, wave, run):
        assert max(map(len, lines.splitlines())) <= 100


def test_a_plan_that_must_not_run_says_so():
    three = {**ROOM, "limit": 2, "free": 2, "planned": 3, "fits": False}
    whole = plan({"shop.us-west-2": reading(entry("a"), capacity=[three])})["plan"]
    text = render.render("deploy_plan", whole, 100)
    assert "ERRORS, nothing is sent" in text and "FULL" in text and "capacity_full" in text


def test_waves_that_were_not_begun_are_counted():
    tags = {"a": {"dr:wave": "1"}, "b": {"dr:wave": "2"}}
    whole = plan({"shop.us-west-2": reading(entry("a"), entry("b"), tags=tags)})["plan"]
    text = render.render(
        "deploy",
        {"plan": whole, "waves": [{"wave": "1", "servers": [entry("a", "failed", code="install_failed")]}]},
        100,
    )
    assert "Not begun, as an earlier wave failed: 1 machine" in text and "2 machines" in text


def test_names_from_outside_are_harmless():
    nasty = entry("web\x1b[31m\nx", "failed", code="install_failed")
    text = render.render("deploy_wave", {"wave": "1", "servers": [nasty]}, 100)
    assert "\x1b" not in text and "web x in" in text


# -- lines ---------------------------------------------------------------------------------------------------------


def test_lines_of_commands_and_machines():
    told: dict = {}
    command = {
        "command_id": "c-1",
        "instance_ids": ["a", "b"],
        "completed_count": 0,
        "error_count": 0,
        "target_count": 2,
    }
    assert progress_lines.changes("x", [command], told) == ["[x] command c-1 sent to 2 machines"]
    assert progress_lines.changes("x", [command], told) == []
    later = {**command, "completed_count": 2, "error_count": 1}
    assert progress_lines.changes("x", [later], told) == ["[x] command c-1: 2 of 2 done, 1 failed"]
    adopted = {**command, "command_id": "c-2", "adopted": True}
    assert progress_lines.changes("x", [adopted], told) == ["[x] command c-2 adopted to 2 machines"]
    named: set = set()
    many = [entry(f"m{n}", "installed") for n in range(9)] + [entry("bad", "failed", code="install_iam")]
    assert progress_lines.outcomes_of("x", many, named) == ["[x] 9 installed", "[x] bad FAILED: install_iam"]
    assert progress_lines.outcomes_of("x", many, named) == []
    crowd = [entry(f"f{n}", "failed", code="install_iam") for n in range(25)]
    assert progress_lines.outcomes_of("x", crowd, named)[-1] == "[x] and 5 more FAILED"
    beat = progress_lines.heartbeat("x", many, [{**later, "active": True}], 65, 600)
    assert "1m05s, 10 machines: 1 failed, 9 installed; 2 done in running commands; 8m55s left" in beat


def replicating(name, state, done=0, total=100, step=None, **more):
    steps = [{"name": step or "WAIT", "status": "IN_PROGRESS"}] * 11
    return {
        "source_server_id": name, "name": name,
        "replication": {"state": state, "current_step": step, "steps_done": 2, "steps": steps, "error": None,
                        "eta": None,
                        "total_bytes": total * 2**30, "replicated_bytes": done * 2**30, "lag_seconds": None, **more},
    }  # fmt: skip


def test_replication_lines():
    one = replicating("a", "INITIATING", step="CREATE_STAGING_DISKS")
    assert replication_lines.changes("x", {}, [one]) == ["[x] a: INITIATING, step 3 of 11, CREATE_STAGING_DISKS"]
    assert replication_lines.changes("x", {"a": one}, [one]) == []
    stalled = replicating("a", "STALLED", error={"code": "AGENT_NOT_SEEN"})
    assert replication_lines.changes("x", {"a": one}, [stalled]) == ["[x] a: STALLED, AGENT_NOT_SEEN"]
    many = [replicating(f"s{n}", "CONTINUOUS") for n in range(7)]
    assert replication_lines.changes("x", {}, many) == ["[x] 7 servers: CONTINUOUS"]


def test_replication_progress():
    servers = [
        replicating("a", "CONTINUOUS"),
        replicating("b", "INITIAL_SYNC", 25, eta="2026-01-01T12:10:00Z"),
        replicating("c", "BACKLOG", 75, lag_seconds=90),
    ]
    text = replication_lines.progress(servers, "continuous", "2026-01-01T12:00:00Z")
    assert text.startswith("1 of 3 servers continuous, 1 BACKLOG, 1 INITIAL_SYNC, 200.0 of 300.0 GiB (66 %)")
    assert "expected end 2026-01-01 12:10Z (10m00s), worst lag 1m30s" in text
    assert replication_lines.progress([servers[0]], "continuous") == "1 of 1 server continuous"
    # one more arrives, and the sum does not shrink
    later = replication_lines.progress([servers[0], replicating("b", "CONTINUOUS"), servers[2]], "continuous")
    assert "275.0 of 300.0 GiB (91 %)" in later


@pytest.mark.parametrize(
    ("state", "syncing", "in_step"),
    [("INITIATING", False, False), ("INITIAL_SYNC", True, False), ("CONTINUOUS", True, True),
     ("CREATING_SNAPSHOT", True, True),
     ("BACKLOG", True, False), ("STALLED", False, False), (None, False, False)],
)  # fmt: skip
def test_what_is_reached(state, syncing, in_step):
    server = replicating("a", state)
    assert replication_lines.reached(server, "initial_sync") is syncing
    assert replication_lines.reached(server, "continuous") is in_step
    assert not replication_lines.ended(server)


@pytest.mark.parametrize("state", ["STOPPED", "DISCONNECTED"])
def test_what_waiting_does_not_bring_back(state):
    assert replication_lines.ended(replicating("a", state))


def test_tags_that_cannot_be_meant_stop_a_deployment_and_near_opt_ins_are_named():
    near = finding("warning", "tag_opt_in_near", "b (i-2) is not protected: dr:recovery-strategy=DRS is not drs")
    odd = {"a": {"dr:enabled": "true", "dr:critical": "perhaps"}}
    told = plan({"shop.us-west-2": reading(entry("a"), tags=odd, near=[near])})
    assert near in told["plan"]["findings"]
    assert "dr:critical=perhaps" in told["errors"] and "b (i-2)" not in told["errors"]


def test_waves_of_a_deployment_are_selected_in_every_spelling():
    tags = {"a": {"dr:wave": "1"}, "b": {"dr:wave": "wave-01"}, "c": {"dr:wave": "2"}}
    told = plan({"shop.us-west-2": reading(entry("a"), entry("b"), entry("c"), tags=tags)}, waves=["Wave 1"])
    assert [(wave["wave"], len(wave["machines"])) for wave in told["plan"]["waves"]] == [("1", 2)]


def test_what_was_installed_into_staging_is_to_be_extended():
    cells = [
        {**cell(extend_to="payments.us-west-2"), "replication": {"cell": "staging.us-west-2"}},
        {**cell("own"), "replication": {"cell": "own.us-west-2"}},
    ]
    done = [entry("a", "installed"), entry("b", "already_installed"), entry("c", "installed", "own.us-west-2")]
    staged = deployment.to_extend(cells, done)
    assert [(one["cell"], one["extend_to"], one["servers"]) for one in staged] == [
        ("shop.us-west-2", "payments.us-west-2", 1)
    ]
    assert deployment.to_extend(cells, done[1:]) == []
    page = render.render("deploy", {"deployment_id": "d-1", "plan": {"cells": cells}, "to_extend": staged})
    assert "1 server of shop.us-west-2: in staging.us-west-2, to be extended into payments.us-west-2" in page


def stands_in(name, cell, state="CONTINUOUS", extended=False):
    return {"instance_id": f"i-{name}", "cell": cell, "extended": extended, "replication": {"state": state}}


def test_a_machine_that_replicates_into_another_cell_is_protected_there_and_named():
    room = [{**ROOM, "planned": 4}]
    shop = reading(*(entry(name) for name in "abcd"), into=("staging-b.us-west-2", "333333333333"), capacity=room)
    deployment.stay_elsewhere(
        {"shop.us-west-2": shop},
        [
            stands_in("a", "staging-a.us-west-2"),
            stands_in("b", "staging-a.us-west-2", state="DISCONNECTED"),
            stands_in("c", "target.us-west-2", extended=True),
            stands_in("d", "staging-b.us-west-2"),
        ],
    )
    assert [one["outcome"] for one in shop["servers"]] == ["already_installed", "planned", "planned", "planned"]
    assert [one["planned"] for one in shop["capacity"]] == [3]
    (told,) = shop["near"]
    assert (
        told["code"] == "machine_replicates_elsewhere" and "i-a" in told["message"] and "staging-a" in told["message"]
    )
