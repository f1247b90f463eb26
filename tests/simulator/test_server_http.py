"""Test the server with boto3 and the AWS CLI: keep-alive, modelled errors, clean shutdown."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from support.simulator import PACKAGE_ROOT, SCENARIOS, Simulator

ACCOUNT = "111111111111"


def test_it_starts_and_stops_on_term():
    sim = Simulator("minimal")
    try:
        assert sim.health()["accounts"] == ["999999999999", ACCOUNT]
    finally:
        sim.process.send_signal(signal.SIGTERM)
        assert sim.process.wait(10) == 0
        sim.stop()


def test_the_command_line_of_a_person():
    """One line says where it listens; Ctrl-C ends it without a traceback."""
    process = subprocess.Popen(
        [sys.executable, "-m", "drs_simulator", "--scenario", str(SCENARIOS / "minimal.yml"), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)},
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert (out, err, process.returncode) == ("", "", 0)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_it_goes_when_a_killed_test_run_leaves_it_behind():
    script = (
        "import os, sys, signal; sys.path.insert(0, sys.argv[1]); from support.simulator import Simulator;"
        "print(Simulator('minimal').url, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    tests = Path(__file__).resolve().parents[1]
    result = subprocess.run(
        [sys.executable, "-c", script, str(tests)], stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    address = result.stdout.strip().removeprefix("http://")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(address, timeout=5)
        try:
            connection.request("GET", "/_sim/health")
            connection.getresponse().read()
        except (ConnectionError, http.client.HTTPException):
            return
        finally:
            connection.close()
        time.sleep(0.2)
    pytest.fail(f"the simulator at {address} is still there")


def test_plain_boto3_with_nothing_but_environment(small, monkeypatch):
    for name, value in small.aws_env.items():
        monkeypatch.setenv(name, value)
    arn, external_id = small.role_of(ACCOUNT)
    keys = boto3.client("sts", "us-west-2").assume_role(RoleArn=arn, RoleSessionName="plain", ExternalId=external_id)
    session = boto3.Session(
        aws_access_key_id=keys["Credentials"]["AccessKeyId"],
        aws_secret_access_key=keys["Credentials"]["SecretAccessKey"],
        aws_session_token=keys["Credentials"]["SessionToken"],
        region_name="us-west-2",
    )
    pages = session.client("drs").get_paginator("describe_source_servers").paginate()
    assert len([item for page in pages for item in page["items"]]) == 3


def test_the_aws_cli_assumes_the_role_and_describes(small, tmp_path):
    """The CLI with a profile, as an operator has it: source profile, role ARN and external id."""
    arn, external_id = small.role_of(ACCOUNT)
    config = tmp_path / "config"
    config.write_text(
        f"[profile hub]\nregion = us-west-2\n[profile payments]\nrole_arn = {arn}\nexternal_id = {external_id}\n"
        "credential_source = Environment\nregion = us-west-2\n",
        encoding="utf-8",
    )
    # The CLI keeps role credentials under HOME, where a later simulator would be offered those of an earlier one.
    environment = {**os.environ, **small.aws_env, "AWS_CONFIG_FILE": str(config), "HOME": str(tmp_path)}
    cli = Path(sys.executable).with_name("aws")
    result = subprocess.run(
        [cli, "--profile", "payments", "--endpoint-url", small.url, "drs", "describe-source-servers"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert len(json.loads(result.stdout)["items"]) == 3
    assert small.journal(action="DescribeSourceServers")[-1]["principal"].startswith(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/drs-operator/"
    )


def test_connections_are_kept(small):
    connection = http.client.HTTPConnection(small.url.removeprefix("http://"), timeout=10)
    sockets = set()
    for _n in range(3):
        connection.request("GET", "/_sim/health")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
        sockets.add(connection.sock.getsockname())
    connection.close()
    assert len(sockets) == 1


@pytest.mark.parametrize("region", ["us-wst-2", "eu-south-9", "mars-north-1"])
def test_an_unknown_region_is_a_clear_error(small, region):
    with pytest.raises(ClientError, match=f"no endpoint of drs in Region '{region}'") as error:
        small.client("drs", ACCOUNT, region).describe_jobs()
    response = error.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("InvalidRegion", 400)


def test_a_region_without_initialisation_is_not_an_unknown_one(small):
    drs = small.client("drs", ACCOUNT, "eu-central-1")
    with pytest.raises(drs.exceptions.UninitializedAccountException):
        drs.describe_source_servers()


@pytest.mark.parametrize(
    ("path", "headers", "code", "status"),
    [
        ("/DescribeNothing", {}, "UnknownOperationException", 404),
        ("/", {}, "UnknownOperationException", 404),
    ],
)
def test_an_unknown_operation_is_json_and_no_server_error(small, path, headers, code, status):
    scope = "AWS4-HMAC-SHA256 Credential=hub/20260101/us-west-2/drs/aws4_request, SignedHeaders=host, Signature=0"
    connection = http.client.HTTPConnection(small.url.removeprefix("http://"), timeout=10)
    connection.request("POST", path, body=b"{}", headers={"Authorization": scope, **headers})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    assert (answer.status, answer.headers["x-amzn-errortype"], body["code"]) == (status, code, code)


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("ssm", "describe_sessions", {"State": "Active"}),
        ("sts", "get_session_token", {}),
        ("cloudtrail", "lookup_events", {}),
        ("mgn", "describe_jobs", {}),
    ],
)
def test_what_is_not_simulated_says_so(small, service, operation, arguments):
    with pytest.raises(ClientError, match="does not implement") as error:
        getattr(small.client(service, ACCOUNT), operation)(**arguments)
    response = error.value.response
    assert response["Error"]["Code"] == "NotImplementedBySimulator"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_no_signature_no_answer(small):
    connection = http.client.HTTPConnection(small.url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/DescribeJobs", body=b"{}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 403


@pytest.mark.parametrize("service", ["ec2", "ssm", "iam", "kms", "dynamodb", "sns", "sqs", "cloudwatch", "s3"])
def test_the_neighbours_answer(small, service):
    calls = {
        "ec2": "describe_subnets",
        "ssm": "describe_instance_information",
        "iam": "list_account_aliases",
        "kms": "list_keys",
        "dynamodb": "list_tables",
        "sns": "list_topics",
        "sqs": "list_queues",
        "cloudwatch": "list_metrics",
        "s3": "list_buckets",
    }
    mark = small.mark()
    getattr(small.client(service, ACCOUNT), calls[service])()
    (entry,) = small.journal(mark)
    camel = "".join(word.capitalize() for word in calls[service].split("_"))
    assert (entry["service"], entry["action"], entry["account"]) == (service, camel, ACCOUNT)
    assert entry["mutating"] is False


def test_only_loopback_listens(small):
    assert small.url.startswith("http://127.0.0.1:")


def test_a_port_in_use_is_a_clear_error(small):
    result = subprocess.run(
        [sys.executable, "-m", "drs_simulator", "--port", small.url.rsplit(":", 1)[1]],
        env={**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert "pick another or 0 for any free one" in result.stderr
    assert "Traceback" not in result.stderr
