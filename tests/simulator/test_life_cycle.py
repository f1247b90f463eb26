"""The life of a server by plain boto3 and by the AWS CLI, recovery plan included: what a stranger's script would do."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest

ACCOUNT, HOME, AWAY = "111111111111", "us-east-1", "us-west-2"
WORLD = {
    "hub": {"account_id": ACCOUNT},
    "accounts": [{"id": ACCOUNT, "regions": [HOME, AWAY], "replication_template": True}],
    "instances": [
        {"account": ACCOUNT, "region": HOME, "count": 1, "name": "shop", "replication": {"sync_seconds": 600}}
    ],
}
FLEET = {
    "hub": {"account_id": ACCOUNT},
    "accounts": [{"id": ACCOUNT, "regions": [AWAY]}],
    "fleets": [{"account": ACCOUNT, "count": 2, "name": "web-{n}"}],
}
INSTALL = "AWSDisasterRecovery-InstallDRAgentOnInstance"


class Script:
    """A script with two clients of DRS, at home and away; ``wait`` looks again and again while time passes."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.home, self.away = boto3.client("drs", HOME), boto3.client("drs", AWAY)
        self.ec2, self.ssm = boto3.client("ec2", HOME), boto3.client("ssm", HOME)

    def wait(self, look: Callable[[], bool], what: str) -> None:
        for _minute in range(24 * 60):
            if look():
                return
            self.clock.advance(60)
        pytest.fail(f"{what} did not happen within a day")

    def wait_for_job(self, drs: Any, job: dict[str, Any]) -> list[dict[str, Any]]:
        """Participating servers of a job that has ended."""

        def look() -> list[dict[str, Any]]:
            return list(drs.describe_jobs(filters={"jobIDs": [job["jobID"]]})["items"])

        self.wait(lambda: look()[0]["status"] == "COMPLETED", "the end of a job")
        return list(look()[0]["participatingServers"])

    def wait_for_state(self, drs: Any, server: str, state: str) -> dict[str, Any]:
        """The server, once its replication is in a state and it has a point in time."""

        def look() -> dict[str, Any]:
            return dict(drs.describe_source_servers(filters={"sourceServerIDs": [server]})["items"][0])

        self.wait(lambda: look()["dataReplicationInfo"]["dataReplicationState"] == state, state)
        self.wait(lambda: bool(drs.describe_recovery_snapshots(sourceServerID=server)["items"]), "a point in time")
        return look()

    def instance_of(self, drs: Any, server: str) -> dict[str, Any]:
        """The recovery instance of a server."""
        return dict(drs.describe_recovery_instances(filters={"sourceServerIDs": [server]})["items"][0])


@pytest.mark.drs_scenario(WORLD)
def test_from_the_agent_to_the_protection_after_a_failback(drs_simulator: Any) -> None:
    script = Script(drs_simulator.clock)
    machine = script.ec2.describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"]

    # The agent, by Systems Manager.
    script.ssm.send_command(InstanceIds=[machine], DocumentName=INSTALL, Parameters={"Region": [AWAY]})
    script.wait(lambda: bool(script.away.describe_source_servers(filters={"hardwareId": machine})["items"]), "an agent")
    server = script.away.describe_source_servers(filters={"hardwareId": machine})["items"][0]["sourceServerID"]
    arn = script.wait_for_state(script.away, server, "CONTINUOUS")["arn"]

    # A drill by a recovery plan, and its clean-up.
    plan = script.away.create_recovery_plan(name="shop")["recoveryPlan"]["recoveryPlanArn"]
    steps = (
        {"serverStepConfiguration": {"servers": [{"serverArn": arn}]}},
        {"waitStepConfiguration": {"waitDurationMinutes": 5}},
    )
    for number, configuration in enumerate(steps, 1):
        script.away.create_recovery_plan_step(
            recoveryPlanArn=plan, stepName=f"step {number}", configuration=configuration
        )
    execution = script.away.start_recovery_plan_execution(recoveryPlanArn=plan, mode="DRILL")["recoveryPlanExecution"]
    named = {"recoveryPlanExecutionArn": execution["recoveryPlanExecutionArn"]}

    def status() -> str:
        return str(script.away.get_recovery_plan_execution(**named)["recoveryPlanExecution"]["status"])

    script.wait(lambda: status() not in ("CREATED", "IN_PROGRESS"), "the end of the plan")
    assert status() == "COMPLETED"
    drill = script.instance_of(script.away, server)
    assert drill["isDrill"] is True
    job = script.away.terminate_recovery_instances(recoveryInstanceIDs=[drill["recoveryInstanceID"]])["job"]
    assert [one["launchStatus"] for one in script.wait_for_job(script.away, job)] == ["TERMINATED"]

    # The failover, and the way back.
    job = script.away.start_recovery(sourceServers=[{"sourceServerID": server}])["job"]
    assert [one["launchStatus"] for one in script.wait_for_job(script.away, job)] == ["LAUNCHED"]
    serving = script.instance_of(script.away, server)["recoveryInstanceID"]
    answer = script.away.reverse_replication(recoveryInstanceID=serving)
    reversed_server = answer["reversedDirectionSourceServerArn"].rpartition("/")[2]
    script.wait_for_state(script.home, reversed_server, "CONTINUOUS")
    job = script.home.start_recovery(sourceServers=[{"sourceServerID": reversed_server}])["job"]
    assert [one["launchStatus"] for one in script.wait_for_job(script.home, job)] == ["LAUNCHED"]

    # Protected again, and nothing left over.
    home = script.instance_of(script.home, reversed_server)["recoveryInstanceID"]
    script.home.reverse_replication(recoveryInstanceID=home)
    script.home.stop_replication(sourceServerID=reversed_server)
    job = script.away.terminate_recovery_instances(recoveryInstanceIDs=[serving])["job"]
    script.wait_for_job(script.away, job)
    script.home.delete_recovery_instance(recoveryInstanceID=home)
    script.home.disconnect_source_server(sourceServerID=reversed_server)
    script.home.delete_source_server(sourceServerID=reversed_server)
    script.wait_for_state(script.away, server, "CONTINUOUS")
    assert script.home.describe_source_servers()["items"] == []
    assert drs_simulator.health()["internal_errors"] == 0
    protected = [entry["machine"] for entry in drs_simulator.ledger("protected")]
    assert protected == [home]


@pytest.mark.drs_scenario(FLEET)
def test_a_drill_by_plan_with_the_aws_cli(drs_simulator: Any, tmp_path: Path) -> None:
    """Every command as the user guide prints it, shorthand of the CLI included."""
    # The CLI brings a botocore of its own, which may be too old to know recovery plans; boto3's model is not.
    models = str(Path(botocore.__file__).parent / "data")
    environment = {**os.environ, "HOME": str(tmp_path), "AWS_PAGER": "", "AWS_DATA_PATH": models}

    def aws(command: str) -> Any:
        cli = Path(sys.executable).with_name("aws")
        done = subprocess.run(
            [cli, "drs", *command.split()], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout else {}

    # A command of the CLI takes a second to start: what only reads is read by boto3.
    drs = boto3.client("drs", AWAY)
    one, two = (item["arn"] for item in drs.describe_source_servers()["items"])
    plan = aws("create-recovery-plan --name tiers")["recoveryPlan"]["recoveryPlanArn"]
    servers = f"serverStepConfiguration={{servers=[{{serverArn={one}}},{{serverArn={two},impactLevel=OPTIONAL}}]}}"
    aws(f"create-recovery-plan-step --recovery-plan-arn {plan} --step-name web --configuration {servers}")
    started = aws(f"start-recovery-plan-execution --recovery-plan-arn {plan} --mode DRILL")["recoveryPlanExecution"]
    drs_simulator.clock.advance(3600)
    named = f"--recovery-plan-execution-arn {started['recoveryPlanExecutionArn']}"
    (step,) = aws(f"list-recovery-plan-execution-steps {named}")["recoveryPlanExecutionSteps"]
    assert step["status"] == "COMPLETED"
    launched = [item["recoveryInstanceID"] for item in aws("describe-recovery-instances")["items"]]
    assert len(launched) == 2
    aws(f"terminate-recovery-instances --recovery-instance-ids {' '.join(launched)}")
    drs_simulator.clock.advance(3600)
    assert drs.describe_recovery_instances()["items"] == []
    assert drs_simulator.health()["internal_errors"] == 0
