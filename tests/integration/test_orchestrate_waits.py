"""What a parent may rely on beyond the examples: one time for all waiting, snapshots of one server, failback."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import jsonschema
import pytest
from support.failback import TARGET, Way, two_cells
from support.playbook import Controller
from support.scenarios import account, fleet
from support.simulator import ROOT

PAY = "111111111111"
OUTPUT = json.loads((ROOT / "docs/schemas/orchestrate_output.schema.json").read_text(encoding="utf-8"))


def ask(controller, request, **options):
    """The run, and the answer that it wrote."""
    path = controller.directory / "answer.json"
    more = {"orchestrate_input": request, "orchestrate_output_file": str(path), **options.pop("more", {})}
    run = controller.run("orchestrate", more, **options)
    document = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(document, OUTPUT)
    return run, document


@pytest.fixture(scope="module")
def pay(start_simulator, tmp_path_factory):
    fleets = [fleet(PAY, 2, "db-{n}", 1, tags={"dr:application": "db"})]
    world = start_simulator({"accounts": [account(PAY, "pay")], "fleets": fleets, "jobs": {"total": 3600}})
    return Controller(world, tmp_path_factory.mktemp("pay"))


def test_a_request_whose_time_is_over_is_a_timeout_and_again_it_adopts_what_runs(pay):
    request = {
        "action": "drill",
        "tags": {"dr:application": "db"},
        "options": {"maxWaitMinutes": 20, "parallelism": 1, "cleanup": True},
        "metadata": {"correlationId": "slow"},
    }
    run, late = ask(pay, request)
    assert run.rc == 2 and late["status"] == "timeout", run.output
    assert (late["error"]["code"], late["error"]["retryable"]) == ("wait_timeout", True)
    assert late["timing"]["durationSeconds"] < 25 * 60
    # one server at the same time, as asked for: the other one has not been started
    starts = [one["request"] for one in pay.simulator.journal() if one["action"] == "StartRecovery"]
    assert [len(one["sourceServers"]) for one in starts] == [1]
    again = {**request, "options": {**request["options"], "maxWaitMinutes": 600}}
    run, done = ask(pay, again)
    assert run.rc == 0 and done["runId"] == late["runId"], run.output
    assert done["summary"]["succeeded"] == 2 and done["recoveryInstances"]
    starts = [one["request"] for one in pay.simulator.journal() if one["action"] == "StartRecovery"]
    assert [len(one["sourceServers"]) for one in starts] == [1, 1]


def test_after_a_kill_there_is_no_old_answer_and_the_same_request_launches_nothing_twice(pay):
    request = {
        "action": "drill",
        "tags": {"dr:application": "db"},
        "options": {"maxWaitMinutes": 600, "requireApproval": True},
        "metadata": {"correlationId": "kill"},
    }
    mark = pay.simulator.mark()
    run, waits = ask(pay, request)
    assert run.rc == 2 and (waits["status"], waits["error"]["code"]) == ("failed", "waiting_for_approval"), run.output
    assert waits["error"]["retryable"] is True and waits["plan"] and waits["waitingFor"]["gate"] == "start"
    approved = {"runs_id": waits["runId"], "runs_approver": "second", "runs_gate": "start"}
    assert pay.run("approve", approved).rc == 0
    path = pay.directory / "answer.json"
    asked = {"orchestrate_input": request, "orchestrate_output_file": str(path)}
    process = pay.start("orchestrate", asked)
    process.read_until(lambda text: "PENDING, 2 servers" in text)
    process.kill()
    assert not path.exists(), "the answer of the call before"
    run, done = ask(pay, request)
    assert run.rc == 0 and done["runId"] == waits["runId"] and done["summary"]["succeeded"] == 2, run.output
    assert len([one for one in pay.simulator.journal(mark) if one["action"] == "StartRecovery"]) == 1


def test_a_snapshot_is_of_the_one_server_that_is_selected(pay):
    drs = pay.simulator.client("drs", PAY)
    server = drs.describe_source_servers(filters={})["items"][0]
    listed = drs.describe_recovery_snapshots(sourceServerID=server["sourceServerID"])["items"]
    snapshot = listed[-1]["snapshotID"]
    mark = pay.simulator.mark()
    request = {"action": "drill", "tags": {"dr:application": "db"}, "options": {"pointInTimeSnapshot": snapshot}}
    run, document = ask(pay, request)
    assert run.rc == 2 and document["error"]["code"] == "invalid_point_in_time"
    assert "is a snapshot of one server, and 2 are selected" in document["error"]["message"]
    assert [one for one in pay.simulator.mutations(mark) if one.startswith("drs:")] == []
    own = {**request, "selection": {"sourceServerIds": [server["sourceServerID"]]}}
    run, document = ask(pay, own)
    assert run.rc == 0, run.output
    (start,) = [one["request"] for one in pay.simulator.journal(mark) if one["action"] == "StartRecovery"]
    assert [one["recoverySnapshotID"] for one in start["sourceServers"]] == [snapshot]


def test_a_failback_keeps_to_the_time_for_all_waiting_and_resumes(start_simulator, tmp_path):
    shop = fleet(TARGET, 1, "shop-{n:02}", tags={"dr:application": "shop"}, create_instances=True)
    way = Way(start_simulator(two_cells(fleets=[shop])))
    way.failover()
    pace = {"failback_poll_interval": 120, "failback_poll_interval_max": 1800, "failback_heartbeat": 7200}
    request = {
        "action": "failback",
        "tags": {"dr:application": "shop"},
        "options": {"maxWaitMinutes": 10},
        "metadata": {"correlationId": "home", "parentExecutionId": "exec-1", "ticketId": "CHG-9"},
    }
    controller = Controller(way.simulator, tmp_path)
    run, late = ask(controller, request, limit="dr.us-west-2", more=pace)
    assert run.rc == 2 and (late["status"], late["error"]["retryable"]) == ("timeout", True), run.output
    assert late["timing"]["durationSeconds"] < 15 * 60
    again = {**request, "options": {"maxWaitMinutes": 6000}}
    run, done = ask(controller, again, limit="dr.us-west-2", more=pace)
    assert run.rc == 0 and done["runId"] == late["runId"], run.output
    assert done["summary"]["byOutcome"] == {"launched": 1} and done["recoveryInstances"][0]["status"] == "launched"
    kept = controller.record(done["runId"], {})["run"]
    assert [kept[key] for key in ("correlation_id", "parent_execution", "ticket")] == ["home", "exec-1", "CHG-9"]
    # what lies behind launched is the person's: who has looked says so, and types what is terminated
    beyond = {**again, "options": {"maxWaitMinutes": 6000, "until": "cleaned", "validated": True}}
    run, asked = ask(controller, beyond, limit="dr.us-west-2", more=pace)
    assert run.rc == 2 and asked["error"]["code"] == "waiting_for_confirmation", run.output
    # an installation that takes a parent's request for the decision says so in its inventory
    group = tmp_path / "group_vars" / "all.yml"
    group.parent.mkdir()
    group.write_text("orchestrate_confirmation: request\n", encoding="utf-8")
    run, ended = ask(controller, beyond, limit="dr.us-west-2", more=pace)
    assert run.rc == 0 and ended["summary"]["byOutcome"] == {"cleaned": 1}, run.output
    events = [one["data"] for one in controller.record(done["runId"], {})["events"] if one["event"] == "run_resumed"]
    assert (events[-1]["confirmed_by"], events[-1]["confirmation"]) == ("request", asked["confirmation"])
