"""Test the entry point for other systems: a pipeline of two phases, and its answers when it must stop."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from support.failback import TARGET, Way, two_cells
from support.playbook import Controller
from support.scenarios import SECRET, account, fleet
from support.simulator import ROOT

PAY, ORD = "111111111111", "222222222222"
WAVE = "resilience.drs/wave"
METADATA = {"correlation_id": "c-7", "ticket": "CHG-1", "initiator": "pipeline", "labels": {"phase": "1"}}
SCHEMA = json.loads((ROOT / "docs/schemas/orchestrate_output.schema.json").read_text(encoding="utf-8"))
NO_ROOM = "InsufficientInstanceCapacity: no room"


@pytest.fixture(scope="module")
def world(start_simulator):
    fleets = [
        fleet(one, 1, f"{app}-{one[0]}", 1, tags={"dr:application": app}) for one in (PAY, ORD) for app in ("db", "web")
    ]
    return start_simulator(
        {"accounts": [account(PAY, "pay"), account(ORD, "ord")], "fleets": fleets, "jobs": {"total": 600}}
    )


class Caller:
    """A parent system: hands its request over and reads the answer."""

    def __init__(self, world, directory: Path) -> None:
        self.controller = Controller(world, directory)
        self.directory = directory

    def ask(self, request, **options):
        """Returns the run and the document that it wrote, checked against the published schema."""
        answer = self.directory / "answer.json"
        answer.unlink(missing_ok=True)
        variables = {"orchestrate_input": request, "orchestrate_output_file": str(answer), **options.pop("more", {})}
        run = self.controller.run("orchestrate", variables, **options)
        document = run.fact("orchestrate_result")
        assert document, run.output
        assert "is undefined" not in run.output, run.output
        jsonschema.validate(document, SCHEMA)
        assert json.loads(answer.read_text(encoding="utf-8")) == document
        return run, document


@pytest.fixture(scope="module")
def caller(world, tmp_path_factory):
    return Caller(world, tmp_path_factory.mktemp("orchestrate"))


@pytest.fixture(scope="module")
def pipeline(world, caller):
    """docs/examples/pipeline.sh over two waves: (process, the answers, the calls)."""
    plan = caller.directory / "plan.yml"
    waves = [{"name": name, "selector": {"applications": [app]}} for name, app in (("data", "db"), ("front", "web"))]
    plan.write_text(yaml.safe_dump({"name": "shop", "waves": waves}), encoding="utf-8")
    done = subprocess.run(
        [str(ROOT / "docs/examples/pipeline.sh"), str(caller.controller.inventory), str(plan), "data", "front"],
        cwd=caller.directory,
        env={**caller.controller.env, "PIPELINE_ID": "build-9"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    answers = [
        json.loads((caller.directory / f"answer-{number}.json").read_text(encoding="utf-8")) for number in (1, 2)
    ]
    return done, answers, world.journal()


def test_a_pipeline_goes_from_phase_to_phase_while_the_next_one_is_ready(pipeline):
    done, answers, calls = pipeline
    assert done.returncode == 0, done.stdout + done.stderr
    assert "phase 1 (data) is done, the next may start" in done.stdout
    assert "phase 2 (front) is done, it was the last" in done.stdout
    for answer in answers:
        assert f"resilience.drs.terminate -e terminate_run_id={answer['runId']}\n" in done.stdout
    starts = [entry["request"]["tags"][WAVE] for entry in calls if entry["action"] == "StartRecovery"]
    assert starts == ["data", "data", "front", "front"]
    for number, answer in enumerate(answers, start=1):
        jsonschema.validate(answer, SCHEMA)
        assert (answer["status"], answer["nextPhaseReady"], answer["isDrill"]) == ("success", True, True)
        assert answer["metadata"] == {"correlationId": "build-9", "phase": number}


def test_the_answer_holds_what_was_launched_by_account(pipeline):
    answer = pipeline[1][0]
    assert answer["summary"]["total"] == answer["summary"]["succeeded"] == 2
    assert {one["name"] for one in answer["recoveryInstances"]} == {"db-1", "db-2"}
    assert all(one["ec2InstanceId"] and one["privateIp"] for one in answer["recoveryInstances"])
    assert [(one["accountId"], one["status"]) for one in answer["stagingAccountResults"]] == [
        (ORD, "success"),
        (PAY, "success"),
    ]
    assert answer["timing"]["duration"].startswith("PT") and answer["planName"] == "shop"


def test_an_input_that_is_wrong_calls_nothing_and_is_answered(world, caller):
    mark = world.mark()
    request = {"action": "drill", "tags": {"dr:application": "db"}, "options": {"isDril": True}, "metadata": METADATA}
    run, document = caller.ask(request)
    assert world.journal(mark) == []
    assert run.rc == 2 and (document["status"], document["nextPhaseReady"]) == ("failed", False)
    assert document["error"]["code"] == "invalid_input"
    assert "options.isDril is not known; did you mean isDrill?" in document["error"]["message"]
    assert document["metadata"] == METADATA
    assert document["action"] == "drill"
    _run, document = caller.ask({"action": "explode", "metadata": METADATA})
    assert document["action"] is None and document["error"]["code"] == "invalid_input"


def test_a_plan_that_is_refused_is_answered_for_all_cells(world, caller):
    mark = world.mark()
    run, document = caller.ask({"action": "drill", "selection": {"waves": ["databses"]}})
    assert run.rc == 2 and document["status"] == "failed" and document["error"]["code"]
    assert "Traceback" not in run.output and not [one for one in run.tasks("Keep why") if one["status"] == "failed"]
    assert world.mutations(mark) == []


def test_a_failover_says_in_a_check_what_must_be_typed_and_refuses_without_it(world, caller):
    mark = world.mark()
    request = {"action": "failover", "plan_name": "shop", "tags": {"dr:application": ["db", "web"]}}
    run, document = caller.ask(request, check=True)
    assert run.rc == 0 and document["confirmation"] == "FAILOVER shop 4 us-west-2"
    assert document["checkMode"] and not document["nextPhaseReady"]
    assert "next: ansible-playbook resilience.drs.orchestrate " in run.output, run.output
    run, document = caller.ask({**request, "options": {"confirm": "FAILOVER shop 3 us-west-2"}})
    assert run.rc == 2 and document["error"]["code"] == "confirmation_mismatch"
    assert world.mutations(mark) == []


def test_a_drill_that_loses_a_critical_server_is_partial_and_stops_the_pipeline(world, caller, pipeline):
    world.set_server(ORD, "us-west-2", "db-2", fail_launch=NO_ROOM)
    request = {
        "action": "failover",
        "tags": {"dr:application": "db"},
        "options": {"is_drill": True, "run_id": "lost"},
        "metadata": METADATA,
    }
    run, document = caller.ask(request)
    world.set_server(ORD, "us-west-2", "db-2", fail_launch=None)
    assert run.rc == 2
    assert (document["status"], document["nextPhaseReady"], document["runId"]) == ("partial", False, "lost")
    (failed,) = document["failedServers"]
    assert failed["name"] == "db-2" and failed["error"]["code"] and failed["error"]["remedy"]
    told = {one["accountId"]: one["status"] for one in document["stagingAccountResults"]}
    assert told == {PAY: "success", ORD: "failed"}
    assert document["metadata"] == METADATA
    assert SECRET not in run.output + json.dumps(document)


def test_no_match_is_an_error(world, caller):
    run, document = caller.ask({"action": "drill", "selection": {"applications": ["nobody"]}})
    assert run.rc == 2 and document["status"] == "failed"
    assert document["error"]["code"] == "unknown_application"


def test_status_and_terminate(world, caller, pipeline):
    run, document = caller.ask({"action": "status"})
    assert run.rc == 0 and document["status"] == "success" and document["recoveryInstances"]
    standing = len(document["recoveryInstances"])
    mark = world.mark()
    run, document = caller.ask({"action": "terminate", "metadata": METADATA})
    assert run.rc == 2 and document["error"]["code"] == "invalid_input" and world.journal(mark) == []
    every = {"action": "terminate", "metadata": METADATA, "options": {"every_run": True}}
    run, document = caller.ask(every)
    assert run.rc == 2 and document["error"]["code"] == "waiting_for_confirmation"
    assert document["confirmation"] == "TERMINATE every-run %d us-west-2" % standing
    assert world.mutations(mark) == []
    run, document = caller.ask({**every, "options": {"every_run": True, "confirm": document["confirmation"]}})
    assert run.rc == 0, run.output
    assert document["nextPhaseReady"] and document["recoveryInstances"] == []
    assert document["summary"]["byOutcome"] == {"terminated": document["summary"]["total"]}


def test_a_failback_is_rehearsed_and_answered_in_the_same_form(start_simulator, tmp_path):
    shop = fleet(TARGET, 1, "shop-{n:02}", tags={"dr:application": "shop"}, create_instances=True)
    way = Way(start_simulator(two_cells(fleets=[shop])))
    way.failover()
    pace = {"failback_poll_interval": 120, "failback_poll_interval_max": 1800, "failback_heartbeat": 7200}
    request = {"action": "failback", "tags": {"dr:application": "shop"}, "options": {"is_drill": True}}
    caller = Caller(way.simulator, tmp_path)
    run, document = caller.ask({**request, "metadata": METADATA}, limit="dr.us-west-2", more=pace)
    assert run.rc == 0, run.output
    assert (document["action"], document["status"], document["isDrill"]) == ("failback", "success", True)
    assert document["summary"]["byOutcome"] == {"cleaned": 1} and document["nextPhaseReady"]
    assert document["runId"] and document["metadata"] == METADATA
