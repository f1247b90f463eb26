"""The original contract of the entry point: every example as it stands, and every member in the answer."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from support.playbook import Controller
from support.scenarios import account, fleet
from support.simulator import ROOT

PAY, ORD = "111111111111", "222222222222"
TOPIC = "arn:aws:sns:us-east-1:111111111111:dr-notifications"
EXAMPLES = {
    "drill": {
        "action": "drill",
        "tags": {"DR-Wave": "1", "DR-Application": "APP1"},
        "options": {"isDrill": True, "maxWaitMinutes": 90, "notificationArn": TOPIC},
        "metadata": {"correlationId": "drill-001", "initiatedBy": "operator"},
    },
    "failover": {
        "action": "failover",
        "tags": {"DR-Wave": "1", "DR-Application": "APP1"},
        "options": {"isDrill": False, "maxWaitMinutes": 120},
        "metadata": {"correlationId": "execution-1", "parentExecutionId": "execution-1"},
    },
    "scheduled": {
        "action": "drill",
        "tags": {"DR-Wave": "1"},
        "options": {"isDrill": True, "maxWaitMinutes": 120, "notificationArn": TOPIC},
        "metadata": {"correlationId": "scheduled-drill", "initiatedBy": "schedule"},
    },
    "second wave": {
        "action": "failover",
        "tags": {"DR-Wave": "2"},
        "options": {"isDrill": False},
        "metadata": {
            "correlationId": "execution-1",
            "wave1Instances": [{"sourceServerId": "s-1", "privateIp": "192.0.2.50"}],
        },
    },
    "status": {"action": "status", "tags": {"DR-Wave": "1"}},
    "one": {"action": "drill", "tags": {"DR-Test": "single"}, "options": {"isDrill": True}},
    "terminate": {"action": "terminate", "tags": {"DR-Test": "single"}},
    "whole": {
        "action": "failover",
        "tags": {"DR-Wave": "1", "DR-Application": "APP1", "DR-Enabled": "true"},
        "options": {
            "isDrill": False,
            "maxWaitMinutes": 120,
            "continueOnFailure": True,
            "parallelism": 50,
            "notificationArn": TOPIC,
        },
        "metadata": {
            "correlationId": "DR-PROD-001",
            "parentExecutionId": "arn:aws:states:us-east-1:111111111111:execution:dr-master:exec-123",
            "ticketId": "INC0012345",
            "initiatedBy": "operator",
        },
    },
}
MEMBERS = {
    "": "status action summary timing recoveryInstances failedServers stagingAccountResults metadata nextPhaseReady",
    "summary": "totalServers succeeded failed skipped",
    "timing": "startTime endTime durationSeconds durationFormatted",
    "recoveryInstances": "sourceServerId sourceServerHostname recoveryInstanceId ec2InstanceId stagingAccountId status "
    "privateIp launchTime tags",
    "failedServers": "sourceServerId sourceServerHostname stagingAccountId errorCode errorMessage",
    "stagingAccountResults": "accountId region serversProcessed succeeded failed jobId",
}
INPUT, OUTPUT = (
    json.loads((ROOT / f"docs/schemas/orchestrate_{one}.schema.json").read_text(encoding="utf-8"))
    for one in ("input", "output")
)


def scenario():
    fleets = []
    for one in (PAY, ORD):
        for name, count, tags in (
            ("app", 2, {"DR-Wave": "1", "DR-Application": "APP1", "DR-Enabled": "true"}),
            ("web", 1, {"DR-Wave": "2", "DR-Application": "APP1", "DR-Enabled": "true"}),
            ("single", 1, {"DR-Test": "single"}),
        ):
            if name != "single" or one == PAY:
                own = fleet(one, count, f"{name}-{one[0]}-{{n}}")
                fleets.append({**own, "tags": tags})
    return {"accounts": [account(PAY, "pay"), account(ORD, "ord")], "fleets": fleets, "jobs": {"total": 600}}


class Parent:
    """A parent system: hands its request over in a file and reads the answer from another one."""

    def __init__(self, world, directory: Path) -> None:
        self.world, self.directory = world, directory
        self.controller = Controller(world, directory)

    def send(self, request, more=None, **options):
        """Returns the run and its answer, which has the published form and every member of the contract."""
        jsonschema.validate(request, INPUT)
        asked, answer = self.directory / "request.json", self.directory / "answer.json"
        asked.write_text(json.dumps(request), encoding="utf-8")
        files = {"orchestrate_input_file": str(asked), "orchestrate_output_file": str(answer)}
        run = self.controller.run("orchestrate", {**files, **(more or {})}, **options)
        assert answer.exists(), run.output
        document = json.loads(answer.read_text(encoding="utf-8"))
        jsonschema.validate(document, OUTPUT)
        for place, members in MEMBERS.items():
            held = document[place] if place else document
            for one in held if isinstance(held, list) else [held]:
                assert set(members.split()) <= set(one), place
        assert document["metadata"] == request.get("metadata", {})
        assert (run.rc == 0) == document["nextPhaseReady"], run.output
        return run, document


@pytest.fixture(scope="module")
def parent(start_simulator, tmp_path_factory):
    return Parent(start_simulator(scenario()), tmp_path_factory.mktemp("parent"))


def test_an_inventory_without_cells_is_no_success_and_is_answered(parent):
    """Ansible skips a play that matches nobody, and ends with 0."""
    run, document = parent.send({"action": "drill", "tags": {"DR-Wave": "1"}}, {"drs_hosts": "drs_nobody"})
    assert run.rc == 2 and (document["status"], document["error"]["code"]) == ("failed", "no_cells")
    assert "no host of the inventory matches drs_nobody; nothing was done" in " ".join(run.output.split())


def _drs(world, mark):
    """What was changed in DRS; a notification changes nothing there."""
    return [one for one in world.mutations(mark) if one.startswith("drs:")]


@pytest.fixture(scope="module")
def drilled(parent):
    """The five examples that launch no recovery, one after the other: {name: (answer, calls that change something)}."""
    answers = {}
    for name in ("status", "drill", "one", "terminate", "scheduled"):
        if name == "terminate":
            # whatever became of the server since its drill, its machine must not stay
            since = {"DR-Wave": "9", "DR-Enabled": "no"}
            parent.world.set_server(PAY, "us-west-2", "single-1-1", tags=since)
        mark = parent.world.mark()
        run, document = parent.send(EXAMPLES[name])
        assert run.rc == 0, run.output
        answers[name] = (document, _drs(parent.world, mark), run.output)
    return answers


def test_a_status_counts_the_servers_that_match(drilled):
    document, changed, _output = drilled["status"]
    assert document["summary"]["totalServers"] == document["summary"]["succeeded"] == 4 and not changed
    assert {one["replicationState"] for one in document["servers"]} == {"CONTINUOUS"}
    assert {one["tags"]["DR-Wave"] for one in document["servers"]} == {"1"}


def test_a_drill_answers_with_what_stands(parent, drilled):
    document = drilled["drill"][0]
    assert (document["status"], document["isDrill"], document["summary"]["skipped"]) == ("success", True, 0)
    assert {
        one["accountId"]: (one["serversProcessed"], one["succeeded"]) for one in document["stagingAccountResults"]
    } == {
        PAY: (2, 2),
        ORD: (2, 2),
    }
    assert all(one["jobId"] in one["jobIds"] for one in document["stagingAccountResults"])
    for one in document["recoveryInstances"]:
        assert (one["status"], one["tags"]["DR-Application"]) == ("launched", "APP1") and one["launchTime"]
        assert one["stagingAccountId"] in (PAY, ORD) and one["sourceServerHostname"]
    assert document["timing"]["durationFormatted"].startswith("PT") and document["timing"]["durationSeconds"] >= 600
    limits = parent.controller.record(document["runId"], {})["run"]["request"]["limits"]
    assert limits == {"servers_in_jobs": 50}


def test_a_termination_by_tags_takes_the_drills_of_those_servers_alone_and_proves_it_to_their_run(parent, drilled):
    document, changed, output = drilled["terminate"]
    assert document["summary"]["byOutcome"] == {"terminated": 1} and changed == ["drs:TerminateRecoveryInstances"]
    assert "terminate: 1 drill instance of 1 server" in output.split("TerminateRecoveryInstances")[0]
    assert drilled["scheduled"][0]["summary"]["succeeded"] == 4
    (machine,) = drilled["one"][0]["recoveryInstances"]
    kept = parent.controller.record(drilled["one"][0]["runId"], {})
    proof = kept["cleanup"]
    assert (proof["clean"], proof["gone"], proof["proven"]) == (True, 1, [machine["recoveryInstanceId"]])
    # what was attached to the machine is proven too, and AWS finds the call by its request id
    found = proof["resources"]
    assert found["instances"] == proof["proven"] and not (found["left"] or found["not_proven"])
    assert found["gone"]["volume"] >= 1 and found["gone"]["network interface"] >= 1
    ((call, log),) = zip(proof["calls"], proof["logs"])
    assert call["operation"] == "TerminateRecoveryInstances" and call["request_id"]
    assert log["job_id"] == call["job_id"] and log["events"] and not log["error"]
    # asked for again, when no server bears the tags any more: nothing is left, and nothing is written a second time
    run, again = parent.send(EXAMPLES["terminate"])
    assert run.rc == 0 and (again["status"], again["error"]) == ("success", None), run.output
    assert again["summary"]["byOutcome"] == {"skipped": 1} and again["nextPhaseReason"].startswith("no drill instance")
    assert parent.controller.record(drilled["one"][0]["runId"], {}) == kept


def test_the_same_request_again_is_the_same_run_and_launches_nothing(parent, drilled):
    first = drilled["scheduled"][0]
    mark, launched = parent.world.mark(), len(parent.world.ledger())
    run, again = parent.send(EXAMPLES["scheduled"])
    assert run.rc == 0 and _drs(parent.world, mark) == [] and len(parent.world.ledger()) == launched
    assert again["runId"] == first["runId"] and again["recoveryInstances"] == first["recoveryInstances"]
    # an older drill of the same servers is another run, and its machines are gone
    run, old = parent.send(EXAMPLES["drill"])
    assert run.rc == 2 and _drs(parent.world, mark) == []
    assert (old["status"], old["error"]["retryable"]) == ("failed", False)
    assert {one["errorCode"] for one in old["failedServers"]} == {"recovery_instance_gone"}


def test_a_failover_waits_for_its_confirmation_and_the_same_request_with_it_begins(parent, drilled):
    mark = parent.world.mark()
    run, asked = parent.send(EXAMPLES["failover"])
    assert run.rc == 2 and _drs(parent.world, mark) == []
    assert (asked["status"], asked["error"]["code"]) == ("failed", "waiting_for_confirmation")
    assert asked["error"]["retryable"] is True and asked["confirmation"] == "FAILOVER failover 4 us-west-2"
    assert [len(wave["servers"]) for wave in asked["plan"]["waves"]] == [4]
    typed = {"orchestrate_confirmation": "request"}
    run, refused = parent.send(EXAMPLES["failover"], more=typed)
    assert run.rc == 2 and refused["error"]["code"] == "confirmation_by_request"
    assert _drs(parent.world, mark) == []
    options = {**EXAMPLES["failover"]["options"], "confirm": asked["confirmation"]}
    run, done = parent.send({**EXAMPLES["failover"], "options": options})
    assert run.rc == 0 and done["summary"]["succeeded"] == 4 and done["plan"] is None


@pytest.fixture(scope="module")
def trusting(start_simulator, tmp_path_factory):
    """A parent whose installation takes its requests for the decision."""
    made = Parent(start_simulator(scenario()), tmp_path_factory.mktemp("trusting"))
    group = made.directory / "group_vars" / "all.yml"
    group.parent.mkdir()
    group.write_text("orchestrate_confirmation: request\n", encoding="utf-8")
    return made


def test_an_installation_may_take_the_request_for_the_confirmation_and_the_journal_says_so(trusting):
    run, first = trusting.send(EXAMPLES["whole"])
    assert run.rc == 0 and (first["status"], first["summary"]["succeeded"]) == ("success", 4)
    record = trusting.controller.record(first["runId"], {})
    (begun,) = [one for one in record["events"] if one["event"] == "run_begun"]
    assert begun["data"]["confirmed_by"] == "request" and begun["data"]["confirmation"] == first["confirmation"]
    known = {key: record["run"][key] for key in ("correlation_id", "ticket", "initiator")}
    assert known == {"correlation_id": "DR-PROD-001", "ticket": "INC0012345", "initiator": "operator"}
    run, second = trusting.send(EXAMPLES["second wave"])
    assert run.rc == 0 and second["summary"]["succeeded"] == 2 and second["runId"] != first["runId"]
