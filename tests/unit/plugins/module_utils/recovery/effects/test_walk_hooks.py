"""Test gates and actions of a walk: nothing checked or reached is no success; actions are distinct."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import socket
from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing, walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import automation, hooks, probe
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.walk import Walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import gates
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from support.fake_drs import NAME, FakeCell, FakeDrs, server_id, stamp

CELL = "pay.us-west-2"
VALUES = {
    "only_failed": False,
    "validate_tasks": "",
    "expected_seconds": 600,
    "poll_interval": 1,
    "poll_interval_max": 1,
    "heartbeat": 60,
    "wave_timeout": 60,
    "max_wait": 0,
}


class Hands:
    """Hands that do nothing; ``lines`` is what was said."""

    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)

    def over(self, work, cells, at_once=None):
        assert not cells
        return {}

    def wait(self, waits, follow):
        for name, one in waits.items():
            result = together.run(one, lambda _seconds: None, self.say)
            assert follow(name, result, 0) == {}


def hook(kind, wave, place, **more):
    return {"type": "health", "kind": kind, "wave": wave, "when": "after", "place": place, "name": "same", **more}


def wave(name, gates=(), actions=(), cells=(CELL,)):
    return {
        "wave": name,
        "stage": 1,
        "depends_on": [],
        "servers": [],
        "by_cell": {cell: ["s-1"] for cell in cells},
        "gates": {"before": [], "after": list(gates)},
        "actions": {"before": [], "after": list(actions)},
    }


def made(*waves, servers=()):
    plan = {"waves": list(waves), "stages": [{"stage": 1, "waves": [one["wave"] for one in waves]}], "policy": {}}
    run = SimpleNamespace(run_id="run-1", epoch=1, store={}, names=lambda: {"run_id": "run-1", "epoch": 1})
    result = Walk(run, {"run": {"waves": []}, "waves": {}}, plan, VALUES, {}, Hands())
    result.results = {one["wave"]: {"servers": list(servers), "verdict": {}} for one in waves}
    return result


def step_of(walked, kind, wave_name):
    return next(one for one in walked.steps if (one["kind"], one["wave"]) == (kind, wave_name))


def launched(name, address):
    return {"name": name, "source_server_id": "s-1", "cell": CELL, "outcome": "launched", "private_ip": address}


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("servers", "why"),
    [
        ([], "no server of the wave was launched"),
        ([{**launched("db-1", None), "outcome": "failed"}], "no server of the wave was launched"),
        ([launched("db-1", "127.0.0.1"), launched("db-2", None)], "no address is known of db-2"),
    ],
)
def test_a_probe_that_lacks_an_address_has_failed(servers, why, port):
    walked = made(wave("db", gates=[hook("gate", "db", 1, tcp={"port": port})]), servers=servers)
    seen = walked._probe(step_of(walked, walk.PROBE, "db"))
    assert "gate same of wave db: " in seen["stop"] and why in seen["stop"]


def test_a_probe_of_a_named_host_needs_no_address(port):
    gate = hook("gate", "db", 1, tcp={"port": port, "host": "127.0.0.1"})
    walked = made(wave("db", gates=[gate]))
    step = step_of(walked, walk.PROBE, "db")
    # what stands before it is done
    walked.state = {**walked.state, "done": [one["id"] for one in walked.steps if one["id"] != step["id"]]}
    assert walked.go() is None
    assert step["id"] in walked.state["done"] and not walked.state["stop"]
    assert walked.hands.lines == ["gate same of wave db: 1 endpoint answered"]


@pytest.mark.parametrize(("spent", "most"), [(0, 3), (60, 2), (100, 0)])
def test_a_probe_ends_with_the_time_for_all_waiting(monkeypatch, spent, most):
    """Its tries would take days; whoever gave a time for all waiting gets an answer in that time."""
    tries = []
    monkeypatch.setattr(probe, "_probe", lambda target, _params: tries.append(target) or "refused")
    gate = hook("gate", "db", 1, tcp={"port": 1, "host": "127.0.0.1"}, retries=2000, interval=60)
    walked = made(wave("db", gates=[gate]))
    walked.values = {**VALUES, "max_wait": 100}
    step = step_of(walked, walk.PROBE, "db")
    done = [one["id"] for one in walked.steps if one["id"] != step["id"]]
    walked.state = {**walked.state, "done": done, "spent": spent}
    walked.hands.wait = lambda waits, follow: [
        follow(name, together.run(one, lambda _seconds: None, walked.hands.say), 0) for name, one in waits.items()
    ]
    assert walked.go() is None
    assert walked.state["timed_out"] and "the 100 seconds for waiting are over" in walked.state["stop"]
    assert len(tries) == most


def test_a_gate_leaves_one_line_when_the_run_goes_through(monkeypatch):
    told = {"open": True, "reason": "passed, approved by noa", "code": None, "waiting": None}
    # looked at it is open; gone through it is written down; what an earlier part of the run went through is no news
    answers = iter([{**told, "changed": False}, {**told, "changed": True}, {**told, "changed": False}] * 2)
    monkeypatch.setattr(gates, "perform", lambda params, look: next(answers))
    walked = made(wave("db", gates=[hook("gate", "db", 1, type="approval")]))
    step = step_of(walked, walk.GATE, "db")
    assert walked._gate(step) == {}
    assert walked.hands.lines == ["gate same of wave db: passed, approved by noa"]
    assert hooks.gate(walked.run, step["hook"], walked.hands.say) == {}
    assert len(walked.hands.lines) == 1


def test_a_probe_of_nothing_fails():
    with pytest.raises(DrsError, match="there is no address to look at") as failed:
        probe.run(probe.options({"tcp": {"port": 1}}))
    assert failed.value.code == "probe_failed"


def test_an_automation_in_a_cell_that_is_not_there_has_failed():
    action = {**hook("action", "db", 1), "type": "ssm_automation", "document": "Switch", "cells": ["nowhere"]}
    walked = made(wave("db", actions=[action]))
    seen = walked._automation(step_of(walked, walk.AUTOMATION, "db"))
    assert seen["stop"].startswith("action same of wave db: ") and "nowhere" in seen["stop"]


def test_an_automation_without_any_cell_has_failed():
    action = {**hook("action", "db", 1), "type": "ssm_automation", "document": "Switch"}
    walked = made(wave("db", actions=[action], cells=()))
    assert "no cell" in walked._automation(step_of(walked, walk.AUTOMATION, "db"))["stop"]


def test_an_automation_that_nobody_may_wait_for_any_more_is_not_started():
    action = {**hook("action", "db", 1), "type": "ssm_automation", "document": "Switch", "cells": ["nowhere"]}
    walked = made(wave("db", actions=[action]))
    walked.values = {**VALUES, "max_wait": 100}
    walked.state = {**walked.state, "spent": 100}
    walked.hands.over = None
    observed = walked._automation(step_of(walked, walk.AUTOMATION, "db"))
    assert observed["timed_out"] and observed["stop"] == "the 100 seconds for waiting are over before wave db"


def test_actions_of_one_name_are_each_their_own_step_and_their_own_execution(monkeypatch):
    asked = []

    class Recorded(automation.Automation):
        def __init__(self, cell, params):
            super().__init__(cell, params)
            asked.append(self.action)

        def start(self):
            raise DrsError("automation_failed", "not here")

    action = {**hook("action", "db", 1), "type": "ssm_automation", "document": "Switch"}
    again, other = {**action, "place": 2}, {**action, "wave": "app"}
    walked = made(wave("db", actions=[action, again]), wave("app", actions=[other]))
    walked.sessions[CELL] = None
    steps = [one for one in walked.steps if one["kind"] == walk.AUTOMATION]
    assert len({one["id"] for one in steps}) == len(steps) == 3

    def over(work, cells, at_once=None):
        try:
            return {CELL: work(SimpleNamespace(name=CELL))}
        except DrsError as exc:
            return {CELL: exc}

    monkeypatch.setattr(automation, "Automation", Recorded)
    walked.hands.over = over
    for step in steps:
        walked._automation(step)
    assert len(set(asked)) == len(asked) == 3


# -- what is tried again ---------------------------------------------------------------------------------------------


class Away(Hands):
    """Hands that ask every cell, and leave each wait as it stands: the turn of the user comes before its first look."""

    def over(self, work, cells, at_once=None):
        return {name: work(cell) for name, cell in cells.items()}


def two_of_a_chain(aws, state=None, policy=None, **typed):
    """The launch of two servers by a walk, by its state or from its beginning."""
    servers = [{"source_server_id": server_id(one), "name": "web", "cell": NAME, "wave": "web"} for one in (1, 2)]
    values = {
        **VALUES,
        **dict.fromkeys(("point_in_time", "replace_recovery_instance_ids", "drill_network", "tag_keys"), None),
        **dict.fromkeys(("guardrails", "override_reason", "adopt_job_ids", "only_failed"), None),
        "mode": "drill",
        "retry_failed": False,
        "plan_document": {},
        "limits": {},
        **typed,
    }
    plan = {"waves": [{**wave("web", cells=(NAME,)), "servers": servers}], "policy": policy or {}}
    intended = {"wave": "web", "intended_at": stamp(-900), "servers": servers}
    run = SimpleNamespace(run_id="run-1", epoch=None, store={}, without_store=None, names=lambda: {"run_id": "run-1"})
    run.record = lambda: {"run": {"run_id": "run-1"}, "waves": [intended]}
    walked = Walk(run, {"run": {"waves": []}, "waves": {}}, plan, values, {NAME: FakeCell(aws)}, Away(), state)
    assert walked._launch(step_of(walked, walk.LAUNCH, "web")) is None
    return walked


def test_a_queued_retry_is_tried_after_the_turn_of_the_user():
    """A task file of another chain ends the wait in this process; the next one takes the launch up again."""
    aws = FakeDrs()
    both = [aws.add_server(one) for one in (1, 2)]
    two_of_a_chain(aws)
    aws.end(aws.jobs[0], **dict.fromkeys(both, "FAILED"))
    retry = {"retry_failed": True, "limits": {"servers_per_job": 1, "servers_in_jobs": 1}}
    first = two_of_a_chain(aws, **retry)
    assert _sent(aws) == [both, both[:1]], "one is tried, the other waits for its turn"
    aws.end(aws.jobs[0], **{both[0]: "FAILED"})
    second = two_of_a_chain(aws, json.loads(json.dumps(first.state)), **retry)
    assert _sent(aws) == [both, both[:1], both[1:]], "the other is tried, and the first not once more"
    aws.end(aws.jobs[0], **{both[1]: "FAILED"})
    two_of_a_chain(aws, json.loads(json.dumps(second.state)), **retry)
    assert len(_sent(aws)) == 3, "each had its try"


def test_a_retry_leaves_alone_what_the_policy_of_the_run_counts_as_launched():
    aws = FakeDrs()
    both = [aws.add_server(one) for one in (1, 2)]
    two_of_a_chain(aws)
    aws.end(aws.jobs[0], **dict.fromkeys(both, "FAILED"))
    stands = aws.jobs[0]["participatingServers"][0]
    failed = {"action": {"name": "check", "actionCode": "D"}, "status": "FAILED"}
    stands.update(recoveryInstanceID="i-%017d" % 1, launchActionsStatus={"runs": [failed]})
    two_of_a_chain(aws, policy={"post_launch": "none"}, retry_failed=True)
    assert _sent(aws) == [both, both[1:]]


def test_a_failover_says_what_it_launches_though_it_was_taken_out_since_the_plan():
    aws = FakeDrs()
    both = [aws.add_server(one) for one in (1, 2)]
    aws.servers[both[1]]["tags"]["dr:enabled"] = "no"
    walked = two_of_a_chain(aws, mode="recovery")
    text = "[%s wave web] WARNING: web-02 in %s has been taken out by its tag since the plan was made" % (NAME, NAME)
    assert text in walked.hands.lines and _sent(aws) == [both]


def _sent(aws):
    return [[one["sourceServerID"] for one in call["sourceServers"]] for call in aws.called("StartRecovery")]


def test_a_wave_that_may_lose_what_was_late_ends_the_run_with_a_timeout_and_no_success():
    late = {**launched("db-1", None), "outcome": "in_progress", "error": {"code": "wait_timeout"}}
    walked = made(wave("db"), servers=[late])
    walked.run.take = lambda *_args, **_given: {}
    walked.results["db"]["verdict"] = {"proceed": True, "reason": "proceed: 1 of 1 did not succeed", "code": None}
    step = step_of(walked, walk.RECORD, "db")
    walked.observe(step, walked._record(step))
    assert (walked.state["stop"], walked.state["timed_out"]) == ("", True)
    status = run_record.ending({"in_progress": 1}, walked.state["stop"], True, walked.state["timed_out"])
    assert closing.problems({"status": status}, None) == ["servers were still moving when the time was over"]
