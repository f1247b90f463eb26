"""The script that bench/drill.py compares with: what a person would write with boto3 for one drill, doing the least.

It reads the source servers, and for each wave starts jobs of 100 servers in every account and looks at them until they
have ended, first when a job is about to end. It guards, adopts, judges, records and explains nothing, and one server
that DRS refuses ends it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3

BATCH = 100


def sleep(seconds: float) -> None:
    """Let simulated time pass."""
    body = json.dumps({"seconds": seconds, "client": "straight"}).encode()
    request = urllib.request.Request(os.environ["RESILIENCE_DRS_SLEEP_URL"], body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=600).read()


class Account:
    """One account: its client, its servers by wave, the jobs of the wave that runs."""

    def __init__(self, role: str, external_id: str, region: str) -> None:
        keys = boto3.client("sts", region).assume_role(
            RoleArn=role, RoleSessionName="straight", ExternalId=external_id
        )["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region)
        self.drs = session.client("drs")
        self.jobs: list[str] = []
        self.waves: dict[str, list[str]] = {}

    def read(self) -> None:
        """The servers that are tagged for recovery."""
        pages = self.drs.get_paginator("describe_source_servers").paginate(
            filters={}, PaginationConfig={"PageSize": 200}
        )
        for page in pages:
            for item in page["items"]:
                if item["tags"].get("dr:enabled") == "true":
                    self.waves.setdefault(item["tags"]["dr:wave"], []).append(item["sourceServerID"])

    def start(self, wave: str) -> None:
        """Start the jobs of a wave."""
        ids = self.waves.get(wave, [])
        self.jobs = [
            self.drs.start_recovery(
                isDrill=True, sourceServers=[{"sourceServerID": one} for one in ids[first : first + BATCH]]
            )["job"]["jobID"]
            for first in range(0, len(ids), BATCH)
        ]

    def look(self) -> None:
        """Forget the jobs that have ended."""
        if self.jobs:
            found = self.drs.describe_jobs(filters={"jobIDs": self.jobs})["items"]
            self.jobs = [one["jobID"] for one in found if one["status"] != "COMPLETED"]


def main(told: dict[str, Any]) -> None:
    """Drill in all accounts."""
    with ThreadPoolExecutor(16) as pool:
        everyone = [Account(role, external_id, told["region"]) for role, external_id in told["roles"]]
        list(pool.map(Account.read, everyone))
        for wave in sorted({wave for one in everyone for wave in one.waves}):
            list(pool.map(lambda one, wave=wave: one.start(wave), everyone))
            # whoever writes this knows how long jobs take, and looks more often near their end
            sleep(told["about_seconds"])
            while any(one.jobs for one in everyone):
                list(pool.map(Account.look, everyone))
                if any(one.jobs for one in everyone):
                    sleep(5)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
