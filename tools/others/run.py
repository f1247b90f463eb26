"""Run clients that others wrote against the simulator, each in a process of its own; tools/others.sh says how.

A client has passed when it did what it is for and ended well. What broke is told by its last lines and by the calls
that the simulator refused as unknown or failed on.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ACCOUNT, REGION, ROLE = "111111111111", "us-west-2", "others"
WORLD = {
    "hub": {"account_id": ACCOUNT},
    "accounts": [{"id": ACCOUNT, "regions": [REGION], "role": {"name": ROLE}, "replication_template": True}],
    "fleets": [
        {"account": ACCOUNT, "count": 4, "name": f"{tier}-{{n}}", "tags": {"application": "shop", "tier": tier}}
        for tier in ("db", "web")
    ],
}
UNKNOWN = ("NotImplementedBySimulator", "UnknownOperationException", "InternalFailure")


# ------------------------------------------------------------------------------------ in the process of a client
def _pass(seconds: int) -> None:
    body = f'{{"advance": {seconds}}}'.encode()
    urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/_sim/clock", body, timeout=60).close()


def _load(file: Path) -> Any:
    """A module by its file, found anywhere below a checkout."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _find(folder: Path, name: str) -> Path:
    found = sorted(folder.rglob(name))
    if not found:
        raise SystemExit(f"there is no {name} below {folder}")
    return found[0]


def plan_automation(folder: Path) -> None:
    """A drill in two waves by the function that the sample's state machine calls again and again."""
    import boto3

    os.environ.update(DRS_RESULTS_TABLE_NAME="results", DRS_APPLICATION_TABLE_NAME="apps", DRS_ASSUME_ROLE_NAME=ROLE)
    keys = [("AppId_PlanId", "HASH"), ("ExecutionId", "RANGE")]
    boto3.client("dynamodb").create_table(
        TableName="results",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _kind in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    waves = [
        {
            "KeyName": "tier",
            "KeyValue": tier,
            "MaxWaitTime": 86400,
            "UpdateTime": 60,
            "PreWaveActions": [],
            "PostWaveActions": [],
        }
        for tier in ("db", "web")
    ]
    application: dict[str, Any] = {
        "AppId": "1",
        "AppName": "shop",
        "AccountId": ACCOUNT,
        "Region": REGION,
        "Owner": "me",
        "KeyName": "application",
        "KeyValue": "shop",
        "Plans": [{"PlanId": "1", "PlanName": "p", "Waves": waves}],
    }
    event: dict[str, Any] = {
        "action": "begin",
        "execution": "arn:1",
        "isdrill": True,
        "user": "me",
        "execution_details": {"application": application, "plan": 0},
    }
    topic = boto3.client("sns").create_topic(Name="others")["TopicArn"]
    application["SnsTopic"] = event["topic_arn"] = topic
    handler = _load(_find(folder, "drs_automation_plan.py")).handler
    for _look in range(200):
        event = handler(event, type("Context", (), {})())
        if event.get("status") in ("completed", "failed", "timeout"):
            break
        _pass(60)
    if event.get("status") != "completed":
        raise SystemExit(f"the plan ended as {event.get('status')}")


def synchronizer(folder: Path) -> None:
    """One run of the configuration synchroniser with the configuration that it ships."""
    import boto3

    os.environ.update(
        DR_AUTOMATION_BUCKET="others",
        DR_CONFIGURATION_SYNCHRONIZER_ROLE_NAME=ROLE,
        DR_CONFIGURATION_SYNCHRONIZER_TOPIC_ARN=boto3.client("sns").create_topic(Name="others")["TopicArn"],
    )
    store = boto3.client("s3")
    store.create_bucket(Bucket="others", CreateBucketConfiguration={"LocationConstraint": REGION})
    source = _find(folder, "configsynchronizer.py")
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "src"
        shutil.copytree(source.parent, copy)
        for sample in (copy / "configuration").iterdir():
            sample.rename(copy / "configuration" / ACCOUNT)
        os.chdir(copy)
        sys.path.insert(0, str(copy))
        _load(copy / source.name).lambda_handler({}, None)


def prowler(folder: Path) -> None:
    """Prowler's check of DRS: it fails a Region without any job, and passes it once there was a drill."""
    import boto3

    drs = boto3.client("drs")
    for wanted in ("FAIL", "PASS"):
        with tempfile.TemporaryDirectory() as place:
            command = ["-m", "prowler", "aws", "--checks", "drs_job_exist", "--region", REGION]
            command += ["--ignore-exit-code-3", "-M", "csv", "-o", place, "-F", "others"]
            # a checkout is found by its folder; an installed package is found from anywhere
            done = subprocess.run([sys.executable, *command], cwd=folder, check=False)
            report = Path(place) / "others.csv"
            if done.returncode or not report.is_file():
                raise SystemExit(f"prowler ended with {done.returncode} and {'a' if report.is_file() else 'no'} report")
            with report.open(encoding="utf-8", newline="") as text:
                found = [row["STATUS"] for row in csv.DictReader(text, delimiter=";")]
        if found != [wanted]:
            raise SystemExit(f"drs_job_exist said {found}, not {wanted}")
        servers = [{"sourceServerID": one["sourceServerID"]} for one in drs.describe_source_servers()["items"]]
        drs.start_recovery(sourceServers=servers[:1], isDrill=True)
        _pass(3600)


def javascript(folder: Path) -> None:
    """A drill by the AWS SDK for JavaScript."""
    raise SystemExit(subprocess.run(["node", str(HERE / "recovery.mjs"), str(folder)], check=False).returncode)


CLIENTS = {
    "plan-automation": plan_automation,
    "synchronizer": synchronizer,
    "prowler": prowler,
    "javascript": javascript,
}


# ------------------------------------------------------------------------------------------------ around the clients
def attempt(name: str, folder: Path) -> bool:
    """Run one client against a simulator of its own; whether it passed. Prints what broke."""
    from drs_simulator.testing.process import Simulator

    with Simulator(WORLD) as simulator:
        environment = {**os.environ, **simulator.aws_env, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
        python = os.environ.get("OTHERS_PYTHON", sys.executable)
        command = [python, str(Path(__file__).resolve()), "--drive", name, str(folder.resolve())]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        calls = simulator.journal()
        failed = Counter(f"{one['service']}:{one['action']} {one['error']}" for one in calls if one["error"] in UNKNOWN)
        others = Counter(f"{one['service']}:{one['action']} {one['error']}" for one in calls if one["error"])
    passed = done.returncode == 0 and not failed
    print(f"{name}: {'passed' if passed else 'BROKE'}, {len(calls)} calls")
    for what, times in sorted(others.items()):
        print(f"  {times} x {what}")
    if not passed:
        print("\n".join(f"  | {line}" for line in (done.stdout + done.stderr).splitlines()[-15:]))
    return passed


def main(arguments: list[str]) -> int:
    """Run the clients that are named; 0 when all passed, 2 when a name or folder is wrong."""
    if arguments[:1] == ["--drive"]:
        CLIENTS[arguments[1]](Path(arguments[2]))
        return 0
    wanted = [argument.partition("=")[::2] for argument in arguments]
    wrong = [f"{name}={folder}" for name, folder in wanted if name not in CLIENTS or not Path(folder).is_dir()]
    if wrong or not wanted:
        print(f"usage: tools/others.sh CLIENT=FOLDER ...; clients: {', '.join(CLIENTS)}", file=sys.stderr)
        print("\n".join(f"not a client, or not a folder: {one}" for one in wrong), file=sys.stderr)
        return 2
    passed = [attempt(name, Path(folder)) for name, folder in wanted]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
