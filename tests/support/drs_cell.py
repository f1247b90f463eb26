"""Use simulated DRS in one account and Region inside the test process, with plain boto3.

Every body that passes is compared with botocore's model of DRS: a member that the model does not know, a wrong type, a
malformed id or an unknown enum value fails the test that caused it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

import boto3
import drs_simulator
from botocore.config import Config
from botocore.exceptions import ClientError
from drs_simulator.world.world import world

drs_simulator.register()

from moto import mock_aws
from moto.drs import drs_backends, models, settings, validation  # type: ignore[import-not-found]

ACCOUNT, STAGING = "111111111111", "222222222222"
REGION = "us-west-2"

#: What in the answers of the present test was against the model.
_problems: list[str] = []


#: Durations that the model calls times, by mistake: DRS writes them as it does on source servers.
_MISTAKES = ("lagDuration", "elapsedReplicationDuration")


def _compare(operation: str, shape: Any, body: dict[str, Any]) -> None:
    found = [
        problem
        for problem in validation.problems(shape, body, strict=True)
        if operation != "DescribeRecoveryInstances" or not problem[0].endswith(_MISTAKES)
    ]
    if found:
        _problems.append(f"{operation}: {found[:5]}")


def _before_parse(operation_model: Any, response_dict: dict[str, Any], **_other: Any) -> None:
    text = response_dict["body"]
    body = json.loads(text) if text else {}
    if response_dict["status_code"] < 400:
        if operation_model.output_shape is not None:
            _compare(operation_model.name, operation_model.output_shape, body)
        return
    code = response_dict["headers"].get("x-amzn-errortype")
    shapes = {shape.name: shape for shape in operation_model.service_model.error_shapes}
    if code in shapes:
        members = {key: value for key, value in body.items() if key != "code" or "code" in shapes[code].members}
        _compare(operation_model.name, shapes[code], members)


@functools.lru_cache(maxsize=None)
def client(service: str, account: str, region: str) -> Any:
    """A boto3 client of an account; the account travels in a header, as nobody assumes roles in these tests."""
    made = boto3.client(
        service,
        region_name=region,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        # What the model forbids is to be refused by the service, so the client does not look first.
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}, parameter_validation=False),
    )
    made.meta.events.register(
        "before-sign", lambda request, **_other: request.headers.add_header("x-moto-account-id", account)
    )
    if service == "drs":
        made.meta.events.register("before-parse.drs", _before_parse)
    return made


class Cell:
    """One account in one Region with its client, its backend and shortcuts for what tests do all the time."""

    def __init__(self, account: str = ACCOUNT, region: str = REGION, initialize: bool = True) -> None:
        self.account, self.region = account, region
        self.drs, self.ec2 = client("drs", account, region), client("ec2", account, region)
        self.backend = drs_backends[account][region]
        if initialize:
            self.backend.initialize()

    def seed(self, name: str = "web", **properties: Any) -> str:
        """A server's id."""
        return str(self.backend.seed_server(name=name, **properties).id)

    def seeds(self, count: int, **properties: Any) -> list[str]:
        """Ids of several servers."""
        return [self.seed(f"web-{number:03}", **properties) for number in range(count)]

    def start(self, *servers: str, drill: bool = True, **more: Any) -> str:
        """StartRecovery; the job's id."""
        wanted = [{"sourceServerID": server} for server in servers]
        return str(self.drs.start_recovery(sourceServers=wanted, isDrill=drill, **more)["job"]["jobID"])

    def launch(self, *servers: str, drill: bool = True, **more: Any) -> dict[str, Any]:
        """StartRecovery and wait; the completed job."""
        return self.finish(self.start(*servers, drill=drill, **more))

    def finish(self, job: str, seconds: float = 7200) -> dict[str, Any]:
        """Let time pass; the job then."""
        world.clock.advance(seconds)
        return self.job(job)

    def job(self, job: str) -> dict[str, Any]:
        """A job by id."""
        return dict(self.drs.describe_jobs(filters={"jobIDs": [job]})["items"][0])

    def log(self, job: str) -> list[dict[str, Any]]:
        """All log items of a job."""
        pages = self.drs.get_paginator("describe_job_log_items").paginate(jobID=job)
        return [item for page in pages for item in page["items"]]

    def events(self, job: str) -> list[str]:
        """Names of a job's log events."""
        return [item["event"] for item in self.log(job)]

    def server(self, server: str) -> dict[str, Any]:
        """A source server by id."""
        return dict(self.drs.describe_source_servers(filters={"sourceServerIDs": [server]})["items"][0])

    def state(self, server: str) -> str:
        """Its replication state."""
        return str(self.server(server)["dataReplicationInfo"]["dataReplicationState"])

    def instances(self, *servers: str) -> list[dict[str, Any]]:
        """Recovery instances, of some servers only when given."""
        filters = {"sourceServerIDs": list(servers)} if servers else {}
        return list(self.drs.describe_recovery_instances(filters=filters)["items"])

    def instance_state(self, instance: str) -> str:
        """What EC2 says of an instance."""
        found = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        return str(found["State"]["Name"])

    def points(self, server: str, **more: Any) -> list[dict[str, Any]]:
        """All recovery snapshots of a server."""
        pages = self.drs.get_paginator("describe_recovery_snapshots").paginate(sourceServerID=server, **more)
        return [item for page in pages for item in page["items"]]


@contextmanager
def fresh(scenario: dict[str, Any] | None = None) -> Iterator[Cell]:
    """An empty world with one initialised cell."""
    # moto otherwise makes 1,300 images for each account and Region, and searches them for each instance.
    images = patch.dict(os.environ, {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"})
    with mock_aws(), images:
        world.load(scenario)
        settings.reset()
        for account in list(drs_backends.values()):
            for backend in account.values():
                backend.reset()
        _problems.clear()
        yield Cell()
        settings.reset()
    if _problems:
        raise AssertionError(f"answers that botocore's model of DRS does not allow: {_problems}")


def forgive() -> None:
    """Let pass what the answers of this test had against the model: they were meant to have it."""
    _problems.clear()


def refused(call: Any, **params: Any) -> dict[str, Any]:
    """The error of a call: code, status, message and the modelled members."""
    try:
        call(**params)
    except ClientError as error:
        answer = error.response
        members = {key: value for key, value in answer.items() if key not in ("Error", "ResponseMetadata")}
        return {
            **members,
            "code": answer["Error"]["Code"],
            "message": answer["Error"]["Message"],
            "status": answer["ResponseMetadata"]["HTTPStatusCode"],
            "headers": answer["ResponseMetadata"]["HTTPHeaders"],
        }
    raise AssertionError(f"{call.__name__} was not refused")


def ledger(effect: str | None = None) -> list[dict[str, Any]]:
    """Entries of the world's ledger, once everything due has happened."""
    models.settle_all()
    return list(world.ledger.entries(effect=effect))


def advance(seconds: float) -> datetime:
    """Let virtual time pass."""
    return world.clock.advance(seconds)


def when(text: str) -> datetime:
    """A time of an answer."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
