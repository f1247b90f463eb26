"""Test what a launch of a failback makes of servers that DRS refuses."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.launch import Launch
from support.fake_drs import FakeCell, FakeDrs, server_id


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setattr("ansible_collections.amazon.aws.plugins.module_utils.cloud.time.sleep", lambda _seconds: None)
    return FakeDrs()


@pytest.mark.parametrize("named", [True, False])
def test_a_refused_server_does_not_take_its_batch_along(aws, named):
    """Its copies are launched by one call in the original cell, which DRS takes or refuses as a whole."""
    for number in range(1, 101):
        aws.add_server(number)
    # each server has its copy in the original cell, and what DRS refuses is the copy
    copies = {f"s-{number + 500:017d}": copy for number, copy in enumerate(aws.servers, start=1)}
    refused = server_id(40)
    aws.refuse(
        refused, text="Source server has no consistent recovery point", **({"resourceId": refused} if named else {})
    )
    request = {"mode": "failback", "run_id": "home-1", "servers": [{"source_server_id": one} for one in copies]}
    work = Launch(FakeCell(aws), {}, request)
    work.pairs = {
        one: {"server": None, "reversed": {"source_server_id": copy}, "jobs": {"launches": []}}
        for one, copy in copies.items()
    }
    for one in work.pairs.values():
        one.update(instance=None, launched=None, original=None)
    work._start(FakeCell(aws), list(copies))
    failed = {one: entry["error"] for one, entry in work.entries.items() if entry["outcome"] == "failed"}
    assert [copies[one] for one in failed] == [refused]
    assert "consistent recovery point" in next(iter(failed.values()))["message"]
    assert sum(entry["outcome"] == "in_progress" for entry in work.entries.values()) == 99
    launched = [item["sourceServerID"] for job in aws.jobs for item in job["participatingServers"]]
    assert len(launched) == len(set(launched)) == 99 and refused not in launched
    assert len(aws.called("StartRecovery")) <= (2 if named else 1 + 2 * 7)
