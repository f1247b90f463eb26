"""The plain boto3 script that bench/drill.py is compared with: the minimum that launches a fleet in waves.

It assumes each account's role once, reads its servers and jobs once, starts a wave's jobs in all accounts, and looks at
each account's jobs every two minutes, the playbook's longest interval, until none of them is active. It selects by one
tag, keeps to the quotas, and checks, records, resumes, proves and explains nothing.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import collections
import json
import sys
from typing import Any

from _straight import clients, sleep, source_servers

EVERY = 120
PER_JOB, IN_JOBS, JOBS = 100, 500, 20


class Account:
    """One account: its client, its servers by wave, and its active jobs with the number of their servers."""

    def __init__(self, role: str, external_id: str, region: str) -> None:
        (self.drs,) = clients(role, external_id, region, "drs")
        self.waves: dict[str, list[str]] = collections.defaultdict(list)
        for one in source_servers(self.drs):
            self.waves[one["tags"]["dr:wave"]].append(one["sourceServerID"])
        self.active: dict[str, int] = {}
        self.waiting: list[str] = []
        self.look()

    def look(self) -> None:
        """Read which jobs are active, of everybody."""
        pages = self.drs.get_paginator("describe_jobs").paginate(filters={}, PaginationConfig={"PageSize": 1000})
        self.active = {
            job["jobID"]: len(job["participatingServers"])
            for page in pages
            for job in page["items"]
            if job["status"] != "COMPLETED"
        }

    def start(self) -> None:
        """Start as many jobs for the waiting servers as the quotas allow."""
        while self.waiting and len(self.active) < JOBS:
            batch = self.waiting[: min(PER_JOB, IN_JOBS - sum(self.active.values()))]
            if not batch:
                return
            job = self.drs.start_recovery(sourceServers=[{"sourceServerID": one} for one in batch], isDrill=True)
            self.active[job["job"]["jobID"]] = len(batch)
            self.waiting = self.waiting[len(batch) :]


def main(told: dict[str, Any]) -> None:
    """Launch all accounts, wave by wave."""
    accounts = [Account(role, external_id, told["region"]) for role, external_id in told["roles"]]
    for wave in sorted({wave for one in accounts for wave in one.waves}):
        for one in accounts:
            one.waiting = one.waves[wave]
            one.start()
        while working := [one for one in accounts if one.active or one.waiting]:
            sleep(EVERY)
            for one in working:
                one.look()
                one.start()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
