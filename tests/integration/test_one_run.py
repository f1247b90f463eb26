"""Test that the record alone is enough to resume a run, and that cells cannot drop out unnoticed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import sys
from datetime import datetime

import pytest
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_directory import DirectoryStore
from support.playbook import Controller
from support.scenarios import account, fleet
from support.simulator import ROOT

WAVE, EXPIRES = "resilience.drs/wave", "dr:expires"
PAIRS = [(f"1000000{number:05}", f"2000000{number:05}") for number in range(1, 19)]
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}


@pytest.fixture(scope="module")
def world(start_simulator):
    """Pairs of accounts, one for each test, with a server in each of two waves."""
    every = [one for pair in PAIRS for one in pair]
    return start_simulator(
        {
            "accounts": [account(one, f"{'ab'[one[0] == '2']}{int(one[1:])}") for one in every],
            "fleets": [
                fleet(one, 1, f"{name}-{one[0]}", wave) for one in every for wave, name in ((1, "db"), (2, "web"))
            ],
            "jobs": {"total": 60},
        }
    )


@pytest.fixture
def mine(world, tmp_path):
    """A controller of two accounts that no other test has touched; ``pair`` are their ids, ``cells`` their names."""
    found = Controller(world, tmp_path / "controller", pair := PAIRS.pop())
    found.pair, found.cells = pair, [f"{one['name']}.us-west-2" for one in found.accounts]
    yield found
    world.faults.clear()


def starts(world, mine):
    """Wave and account of every launch."""
    calls = [one for one in world.journal(action="StartRecovery") if one["account"] in mine.pair]
    return sorted((one["request"]["tags"][WAVE], one["account"]) for one in calls)


def launched(world, mine):
    """How many servers were launched; nothing was launched twice."""
    found = [one["source_server_id"] for one in world.ledger("launched") if one["account"] in mine.pair]
    assert len(found) == len(set(found))
    return len(found)


def task_file(mine, name, tasks):
    path = mine.directory / name
    path.write_text(yaml.safe_dump(tasks), encoding="utf-8")
    return path


def first_wave_alone(world, mine, run):
    """The run has failed after wave 1, and its record says that it stopped."""
    assert run.rc != 0, run.output
    assert [wave for wave, _account in starts(world, mine)] == ["1", "1"]
    assert run.begun["status"] in ("partial", "failed") and run.begun["reason"] == run.result["stopped"]
    return run.result["stopped"]


# -- nothing leaves unseen -----------------------------------------------------------------------------------------


def test_a_cell_that_leaves_in_an_action_stops_the_run_before_the_next_wave(world, mine):
    gone = {"name": "Ask a machine that is away", "ansible.builtin.ping": {}, "delegate_to": "away"}
    task_file(mine, "ask.yml", [{**gone, "vars": UNREACHABLE, "when": f"inventory_hostname == '{mine.cells[1]}'"}])
    waves = [{"name": name, "selector": {"waves": [name]}, "depends_on": []} for name in ("1", "2")]
    waves[1].update(depends_on=["1"], actions={"before": [{"type": "tasks", "file": "ask.yml", "each_cell": True}]})
    plan = mine.directory / "plan.yml"
    plan.write_text(yaml.safe_dump({"name": "shop", "waves": waves}), encoding="utf-8")
    run = mine.run("drill", {"recovery_run_id": "away", "recovery_plan_file": str(plan)})
    stopped = first_wave_alone(world, mine, run)
    assert f"failed in {mine.cells[1]}: unknown: it has left the play" in stopped


def test_a_validation_that_ends_its_host_is_no_success_and_the_clean_up_says_what_it_could_not_prove(world, mine):
    end = [{"ansible.builtin.meta": "end_host", "when": f"inventory_hostname == '{mine.cells[0]}'"}]
    options = {"recovery_validate_tasks": str(task_file(mine, "end.yml", end)), "recovery_cleanup": True}
    run = mine.run("drill", {"recovery_run_id": "ended", **options})
    stopped = first_wave_alone(world, mine, run)
    assert f"validation failed in {mine.cells[0]}: unknown: it has left the play" in stopped
    assert "Traceback" not in run.output and "is undefined" not in run.output
    (wave,) = [one for one in mine.record("ended", {})["waves"] if one["wave"] == "1"]
    assert wave["status"] == "stopped" and wave["validation"]["failed"]
    left = {one["account"] for one in world.ledger("terminated")} & set(mine.pair)
    assert left == set(mine.pair) or "the clean-up is not complete" in run.output


def test_a_run_whose_cells_were_all_ended_fails_and_has_an_end(world, mine):
    path = task_file(mine, "end.yml", [{"ansible.builtin.meta": "end_play"}])
    run = mine.run("drill", {"recovery_run_id": "all", "recovery_validate_tasks": str(path)})
    assert run.rc != 0, run.output
    assert "run all: every cell left the play in 1/validate" in run.output
    assert "ansible-playbook resilience.drs.resume -e runs_id=all" in run.output
    kept = mine.record("all", {})
    assert kept["run"]["status"] in ("partial", "failed") and "every cell left the play" in kept["run"]["reason"]
    again = mine.run("resume", {"runs_id": "all", "recovery_validate_tasks": ""})
    assert again.rc != 0 and "the validation of wave 1 did not come to its end" in again.result["stopped"]
    assert launched(world, mine) == 2, "wave 2 waits for a validation that passes"


def test_a_run_whose_cells_are_all_unreachable_at_once_has_an_end_and_a_next_command(world, mine):
    away = {"name": "Ask a machine that is away", "ansible.builtin.ping": {}, "delegate_to": "away"}
    path = task_file(mine, "ask.yml", [{**away, "vars": UNREACHABLE}])
    # the end must not depend on what a person wants to see
    hide = {"ANSIBLE_NO_LOG": "true"}
    run = mine.run("drill", {"recovery_run_id": "gone", "recovery_validate_tasks": str(path)}, env=hide)
    assert run.rc != 0, run.output
    assert not re.search(r"drsjob-|\bs-[0-9a-f]{17}|Total +\d", run.output), run.output
    assert "run gone: every cell left the play in 1/validate" in run.output
    assert "ansible-playbook resilience.drs.resume -e runs_id=gone" in run.output
    kept = mine.record("gone", {})
    assert kept["run"]["status"] in ("partial", "failed") and "every cell left the play" in kept["run"]["reason"]
    again = mine.run("resume", {"runs_id": "gone", "recovery_validate_tasks": ""})
    assert again.rc != 0 and "the validation of wave 1 did not come to its end" in again.result["stopped"]
    assert launched(world, mine) == 2, "wave 2 waits for a validation that passes"


def test_a_drill_that_loses_a_cell_terminates_what_it_can_reach_and_says_what_is_not_proven(world, mine):
    away = {"name": "Ask a machine that is away", "ansible.builtin.ping": {}, "delegate_to": "away"}
    asked = [{**away, "vars": UNREACHABLE, "when": f"inventory_hostname == '{mine.cells[1]}'"}]
    options = {"recovery_validate_tasks": str(task_file(mine, "ask.yml", asked)), "recovery_cleanup": True}
    run = mine.run("drill", {"recovery_run_id": "lost", **options})
    first_wave_alone(world, mine, run)
    assert "Traceback" not in run.output and "is undefined" not in run.output
    assert "NOT PROVEN" in run.output and "the clean-up is not complete" in run.output, run.output
    gone = [one["account"] for one in world.ledger("terminated") if one["account"] in mine.pair]
    assert gone == [mine.pair[0]], "what is in the play is cleaned up"
    proof = mine.record("lost", {})["cleanup"]
    assert proof and not proof["clean"]
    later = mine.run("terminate", {"terminate_run_id": "lost"})
    assert later.rc == 0, later.output
    assert {one["account"] for one in world.ledger("terminated")} & set(mine.pair) == set(mine.pair)


# -- the record is what goes on ------------------------------------------------------------------------------------


def test_an_approved_failover_over_a_guardrail_launches_when_it_is_resumed(world, mine):
    guarded = {"recovery_guardrails": {"max_servers_per_run": 1}, "recovery_override_reason": "the Region is lost"}
    options = {"recovery_run_id": "over", "recovery_plan_name": "shop", "recovery_require_approval": True, **guarded}
    first = mine.run(
        "failover", {**options, "recovery_confirm": "FAILOVER shop 4 us-west-2", "recovery_initiator": "mia"}
    )
    assert first.rc != 0 and first.result["status"] == "waiting" and starts(world, mine) == []
    approved = mine.run("approve", {"runs_id": "over", "runs_approver": "noa"})
    assert approved.rc == 0, approved.output

    live = "i-0123456789abcdef0"
    wider = mine.run("resume", {"runs_id": "over", "recovery_replace_recovery_instance_ids": [live]})
    assert wider.rc != 0 and "confirmation_mismatch" in wider.output, "what widens a run is confirmed again"
    assert starts(world, mine) == []
    fixed = mine.run("resume", {"runs_id": "over", "recovery_selection": {"waves": ["1"]}})
    assert fixed.rc != 0 and "option_fixed" in fixed.output and "recovery_selection" in fixed.output

    done = mine.run("resume", {"runs_id": "over"})
    assert done.rc == 0, done.output
    assert done.outcomes == {"launched": 4} and launched(world, mine) == 4
    assert done.begun["request"]["guardrails"] == {"max_servers_per_run": 1}


def test_what_widens_a_run_voids_its_approval_also_when_it_is_confirmed(world, mine):
    options = {"recovery_run_id": "wide", "recovery_plan_name": "shop", "recovery_require_approval": True}
    confirm = {"recovery_confirm": "FAILOVER shop 4 us-west-2"}
    mine.run("failover", {**options, **confirm, "recovery_initiator": "mia"})
    assert mine.run("approve", {"runs_id": "wide", "runs_approver": "noa"}).rc == 0
    wider = {"recovery_replace_recovery_instance_ids": ["i-0123456789abcdef0"]}
    run = mine.run("resume", {"runs_id": "wide", **wider, **confirm})
    assert run.rc != 0 and run.result["status"] == "waiting" and starts(world, mine) == []
    changed = [one["data"]["options"] for one in mine.record("wide", {})["events"] if one["data"].get("options")]
    assert [one["option"] for one in changed[-1]] == ["replace_recovery_instance_ids"], (
        "the journal says what was typed"
    )


def test_a_resumed_drill_keeps_its_lease(world, mine):
    options = {"recovery_guardrails": {"drill_lease_hours": 2}, "recovery_require_approval": True}
    mine.run("drill", {"recovery_run_id": "lease", "recovery_initiator": "mia", **options})
    assert mine.run("approve", {"runs_id": "lease", "runs_approver": "noa"}).rc == 0
    done = mine.run("resume", {"runs_id": "lease"})
    assert done.rc == 0, done.output
    for call in [one for one in world.journal(action="StartRecovery") if one["account"] in mine.pair]:
        lease = datetime.fromisoformat(call["request"]["tags"][EXPIRES]) - datetime.fromisoformat(call["time"])
        assert abs(lease.total_seconds() - 2 * 3600) < 60


def test_a_look_that_cannot_read_a_cell_erases_nothing_and_does_not_end_well(world, mine):
    first = mine.run("drill", {"recovery_run_id": "blind"})
    assert first.rc == 0, first.output
    world.faults.add("deny", service="drs", account=mine.pair[0])
    again = mine.run("drill", {"recovery_run_id": "blind"})
    assert again.rc != 0 and f"coverage incomplete: {mine.cells[0]} could not be read" in again.output
    assert again.outcomes == {"launched": 4}, "what the record knows stays known"
    assert all(one["job_id"] for one in again.servers.values())
    assert again.begun["status"] == "partial"
    strict = mine.run("drill", {"recovery_run_id": "blind", "recovery_require_full_coverage": True})
    assert strict.rc != 0 and "cell_unreadable" in strict.output and "Nothing was launched" in strict.output
    limited = mine.run("resume", {"runs_id": "blind"}, limit=mine.cells[1])
    assert limited.rc != 0 and mine.cells[0] in limited.output and limited.outcomes == {"launched": 4}
    assert launched(world, mine) == 4


def test_a_plan_that_was_edited_in_the_store_is_refused(world, mine):
    options = {"recovery_run_id": "edited", "recovery_require_approval": True, "recovery_initiator": "mia"}
    assert mine.run("drill", options).rc != 0
    store = DirectoryStore(str(mine.store))
    record = store.get("edited", "plan")
    record["body"]["waves"][0]["max_failures"] = 100
    store.put("edited", "plan", record["body"], record["version"])
    for playbook, options in (("approve", {"runs_approver": "noa"}), ("resume", {})):
        run = mine.run(playbook, {"runs_id": "edited", **options})
        assert run.rc != 0 and "plan_changed" in run.output, run.output
    assert starts(world, mine) == []


def test_a_plan_that_is_edited_while_a_task_file_runs_is_not_followed_and_the_run_has_an_end(world, mine):
    edit = mine.directory / "edit.py"
    edit.write_text(
        "import json, sys\n"
        "head, body = open(sys.argv[1]).read().split(chr(10), 1)\n"
        "plan = json.loads(body)\n"
        "plan['waves'][1]['servers'].pop()\n"
        "open(sys.argv[1], 'w').write(head + chr(10) + json.dumps(plan))\n"
    )
    argv = [sys.executable, str(edit), str(mine.store / "meanwhile" / "plan.json")]
    path = task_file(mine, "edit.yml", [{"ansible.builtin.command": {"argv": argv}, "run_once": True}])
    run = mine.run("drill", {"recovery_run_id": "meanwhile", "recovery_validate_tasks": str(path)})
    assert run.rc != 0 and "plan_changed" in run.output, run.output
    assert [wave for wave, _account in starts(world, mine)] == ["1", "1"]
    kept = mine.record("meanwhile", {})["run"]
    assert kept["status"] in ("partial", "failed") and "plan_changed" in kept["reason"]


# -- what must not pass for a run ----------------------------------------------------------------------------------


def test_a_failed_validation_stays_failed_until_one_passes(world, mine):
    path = task_file(mine, "look.yml", [{"ansible.builtin.fail": {"msg": "no answer"}}])
    run = mine.run("drill", {"recovery_run_id": "bad", "recovery_validate_tasks": str(path)})
    assert "no answer" in first_wave_alone(world, mine, run)
    again = mine.run("drill", {"recovery_run_id": "bad", "recovery_validate_tasks": ""})
    assert again.rc != 0 and "no answer" in again.result["stopped"] and launched(world, mine) == 2
    task_file(mine, "look.yml", [{"ansible.builtin.debug": {"msg": "it answers"}}])
    good = mine.run("drill", {"recovery_run_id": "bad", "recovery_validate_tasks": str(path)})
    assert good.rc == 0 and good.outcomes == {"launched": 4}, good.output


def test_a_wave_cannot_be_walked_cell_by_cell(world, mine):
    own = mine.directory / "own.yml"
    vars_file = str(ROOT / "playbooks" / "vars" / "cell.yml")
    role = {"role": "resilience.drs.recovery", "vars": {"recovery_mode": "drill"}}
    play = {"hosts": "drs_cells", "gather_facts": False, "serial": 1, "vars_files": [vars_file], "roles": [role]}
    own.write_text(yaml.safe_dump([play]), encoding="utf-8")
    mark = world.mark()
    run = mine.run(str(own), {"recovery_run_id": "serial"})
    assert run.rc != 0 and "play_not_supported: serial: a wave is one step over all cells" in run.output, run.output
    assert world.journal(mark) == []


def test_a_value_of_a_wrong_type_is_told_once(world, mine):
    mark = world.mark()
    run = mine.run("drill", {"recovery_heartbeat": "often", "recovery_run_id": "type"})
    assert run.rc != 0 and world.journal(mark) == []
    assert run.output.count("fatal: [") == 1 and "recovery_heartbeat" in run.output, run.output


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"env": {"ANSIBLE_STRATEGY": "free"}}, "strategy free"),
        ({"typed": ["--tags", "launch"]}, "--tags launch"),
        ({"typed": ["--start-at-task", "Plan, begin and walk"]}, "--start-at-task"),
    ],
)
def test_a_part_of_a_recovery_is_refused_in_one_sentence(world, tmp_path, more, words):
    mine = Controller(world, tmp_path / "controller", ["100000000001"])
    mark = world.mark()
    run = mine.run("drill", {"recovery_run_id": "part"}, **more)
    assert run.rc != 0 and f"play_not_supported: {words}" in run.output, run.output
    assert world.journal(mark) == []


def test_a_wave_that_cannot_be_a_tag_is_refused_with_the_plan(world, mine):
    world.set_server(mine.pair[0], "us-west-2", "db-1", tags={"dr:enabled": "true", "dr:wave": "1\n2"})
    run = mine.run("drill", {"recovery_run_id": "line"})
    assert run.rc != 0 and "wave_not_a_tag" in run.output and starts(world, mine) == []
