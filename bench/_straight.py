"""Shared helpers of the plain boto3 scripts: simulated sleep, and the clients of one account."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

import boto3


def sleep(seconds: float) -> None:
    """Let simulated time pass."""
    body = json.dumps({"seconds": seconds, "client": "straight"}).encode()
    request = urllib.request.Request(os.environ["RESILIENCE_DRS_SLEEP_URL"], body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=600).read()


def clients(role: str, external_id: str, region: str, *services: str) -> list[Any]:
    """Clients of one account with the keys of its role; all accounts share the service models of one session."""
    keys = boto3.client("sts", region).assume_role(RoleArn=role, RoleSessionName="straight", ExternalId=external_id)
    used = {
        "aws_access_key_id": keys["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": keys["Credentials"]["SecretAccessKey"],
        "aws_session_token": keys["Credentials"]["SessionToken"],
    }
    return [boto3.client(one, region, **used) for one in services]


def source_servers(drs: Any) -> list[dict[str, Any]]:
    """All source servers of an account."""
    pages = drs.get_paginator("describe_source_servers").paginate(filters={}, PaginationConfig={"PageSize": 200})
    return [item for page in pages for item in page["items"]]
