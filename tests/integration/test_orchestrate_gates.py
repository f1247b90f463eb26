"""A run that waits for a person, asked for by a parent system: its answers from the first to the finished one."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import shlex

import jsonschema
import yaml
from support.failback import TARGET, Way, calls, two_cells
from support.playbook import Controller
from support.scenarios import account, fleet
from support.simulator import ROOT

PAY = "111111111111"
OUTPUT = json.loads((ROOT / "docs/schemas/orchestrate_output.schema.json").read_text(encoding="utf-8"))
PACE = {"failback_poll_interval": 120, "failback_poll_interval_max": 1800, "failback_heartbeat": 7200}


class Parent:
    """Sends one request again and again; each answer has the published form."""

    def __init__(self, controller, request, **options):
        self.controller, self.request, self.options = controller, request, options

    def send(self, **more):
        path = self.controller.directory / "answer.json"
        options = {**self.options, **more}
        files = {"orchestrate_input": self.request, "orchestrate_output_file": str(path)}
        run = self.controller.run("orchestrate", {**files, **options.pop("more", {})}, **options)
        document = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.validate(document, OUTPUT)
        assert document["metadata"] == self.request["metadata"]
        assert run.rc == (0 if document["nextPhaseReady"] or document["checkMode"] else 2), run.output
        return run, document

    def kept(self, document):
        return self.controller.record(document["runId"], {})["run"]


def _error(document):
    error = document["error"] or {}
    return document["status"], error.get("code"), error.get("retryable")


def test_a_pause_ends_by_a_person_alone_and_the_same_request_then_has_the_finished_answer(start_simulator, tmp_path):
    fleets = [fleet(PAY, 1, f"{app}-1", 1, tags={"dr:application": app}) for app in ("db", "app", "web")]
    world = start_simulator({"accounts": [account(PAY, "pay")], "fleets": fleets, "jobs": {"total": 600}})
    here, plan = Controller(world, tmp_path), tmp_path / "plan.yml"
    gates = {
        "data": [{"type": "pause", "name": "data-checked", "message": "Look at the data."}],
        "middle": [{"type": "pause"}],
    }
    waves = [
        {"name": name, "selector": {"applications": [app]}, "gates": {"after": gates.get(name, [])}}
        for name, app in (("data", "db"), ("middle", "app"), ("front", "web"))
    ]
    plan.write_text(yaml.safe_dump({"name": "shop", "waves": waves}), encoding="utf-8")
    request = {"action": "drill", "planFile": str(plan), "metadata": {"correlationId": "gated"}}
    parent = Parent(here, request)
    _run, waits = parent.send()
    assert _error(waits) == ("failed", "waiting_for_gate", False)
    look = {"gate": "data-checked", "type": "pause", "wave": "data", "message": "Look at the data."}
    assert waits["waitingFor"] == look and waits["summary"]["byOutcome"] == {"launched": 1, "planned": 2}
    assert parent.kept(waits)["status"] == "paused" and len(world.ledger()) == 1
    # a machine that sends it again is told the same, and nothing is begun
    parent.request = {**request, "options": {"waitingStatus": True}}
    mark = world.mark()
    _run, again = parent.send()
    assert _error(again) == ("waiting", "run_paused", False) and again["nextPhaseReason"] == waits["nextPhaseReason"]
    same = ("runId", "waitingFor", "summary", "recoveryInstances", "planHash")
    assert {key: again[key] for key in same} == {key: waits[key] for key in same}
    assert [one for one in world.mutations(mark) if one.startswith("drs:")] == []
    # the person resumes in both ways that there are
    passed = {"recovery_plan_file": str(plan), "recovery_run_id": waits["runId"], "recovery_end_pause": True}
    assert here.run("drill", passed).rc == 2
    assert parent.kept(waits)["reason"].startswith("gate middle-after-gate1: ") and len(world.ledger()) == 2
    assert here.run("resume", {"runs_id": waits["runId"]}).rc == 0
    parent.request, mark = request, world.mark()
    _run, done = parent.send()
    assert _error(done) == ("success", None, None) and done["nextPhaseReady"] and done["waitingFor"] is None
    assert done["runId"] == waits["runId"] and done["summary"]["byOutcome"] == {"launched": 3}
    assert [one for one in world.mutations(mark) if one.startswith("drs:")] == [] and len(world.ledger()) == 3
    assert parent.kept(done)["status"] == "succeeded"


def test_a_failback_is_checked_approved_paused_and_resumed(start_simulator, tmp_path):
    shop = fleet(TARGET, 1, "shop-{n:02}", tags={"dr:application": "shop"}, create_instances=True)
    way = Way(start_simulator(two_cells(fleets=[shop])))
    way.failover()
    world = way.simulator
    request = {
        "action": "failback",
        "tags": {"dr:application": "shop"},
        "options": {"maxWaitMinutes": 6000, "requireApproval": True},
        "metadata": {"correlationId": "home"},
    }
    here = Controller(world, tmp_path)
    parent = Parent(here, request, limit="dr.us-west-2", more=PACE)
    mark = world.mark()
    beyond = {**request["options"], "until": "cleaned", "validated": True}
    parent.request = {**request, "options": beyond}
    run, checked = parent.send(check=True)
    parent.request = request
    # a check says what would be done, and what a person would have to type
    assert world.mutations(mark) == [] and _error(checked) == ("success", None, None) and checked["checkMode"]
    assert [len(wave["servers"]) for wave in checked["plan"]["waves"]] == [1] and checked["runId"] is None
    assert checked["confirmation"] == "FAILBACK failback 1 us-east-1 TERMINATE 1 us-west-2"
    assert (checked["nextPhaseReady"], checked["stagingAccountResults"][0]["status"]) == (False, "not_started")
    assert "WAVE 1 COULD BEGIN: 1 server" in run.output
    (command,) = [line for line in run.output.splitlines() if line.startswith("next: ")]
    assert "resilience.drs.orchestrate" in command and '"maxWaitMinutes": 6000' in command
    assert "validated" not in command and "until" not in command
    _run, waits = parent.send()
    assert _error(waits) == ("failed", "waiting_for_approval", True)
    assert waits["waitingFor"] == {"gate": "start", "type": "approval", "wave": None, "message": None}
    told = {"runs_id": waits["runId"]}
    assert here.run("pause", {**told, "runs_reason": "the network team"}).rc == 0
    assert here.run("approve", {**told, "runs_approver": "second", "runs_gate": "start"}).rc == 0
    _run, paused = parent.send()
    assert _error(paused) == ("failed", "run_paused", False) and paused["runId"] == waits["runId"]
    assert paused["waitingFor"] == {"gate": None, "type": "pause", "wave": None, "message": "the network team"}
    assert calls(way, mark) == []
    run = here.run("resume", {**told, **PACE}, limit="dr.us-west-2")
    assert run.rc == 0 and calls(way, mark) == ["ReverseReplication", "StartRecovery"], run.output
    mark = world.mark()
    run, done = parent.send()
    assert _error(done) == ("success", None, None) and done["summary"]["byOutcome"] == {"launched": 1}
    assert done["runId"] == waits["runId"] and done["nextPhaseReady"] and calls(way, mark) == []
    # what cannot be taken back is the person's: the command is whole but for their two words
    (command,) = [line for line in run.output.splitlines() if line.startswith("next: ")]
    assert "validated" not in command and "confirm" not in command
    typed, said = shlex.split(command)[3:], json.dumps({"failback_confirm": done["confirmation"], **PACE})
    assert shlex.split(command)[:3] == ["next:", "ansible-playbook", "resilience.drs.failback"]
    ended = here.run("failback", typed=[*typed, "-e", "failback_validated=true", "-e", said])
    assert ended.rc == 0 and parent.kept(done)["status"] == "succeeded", ended.output
    assert {"ReverseReplication", "TerminateRecoveryInstances"} <= set(calls(way, mark)), calls(way, mark)
