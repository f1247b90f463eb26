"""Test hundreds of servers in one cell: number of calls, overhead, quotas, no double launch."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from support.cells import Place, outcomes
from support.playbook import Controller
from support.scenarios import account, fleet

ACCOUNT = "111111111111"
JOB_SECONDS = 612
# nine of them read the logs of the three jobs, for the record
MOST_CALLS = 64
MOST_ADDED_SECONDS = 15


def times(entries):
    return [datetime.fromisoformat(entry["time"]) for entry in entries]


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(
        {
            "accounts": [account(ACCOUNT, "payments")],
            "fleets": [fleet(ACCOUNT, 100, f"w{wave}-{{n:03}}", wave) for wave in (1, 2, 3)],
            "jobs": {"total": JOB_SECONDS},
        }
    )


def test_a_drill_of_three_hundred_servers_in_few_calls_and_little_time_beyond_its_jobs(world, tmp_path, capsys):
    mine = Controller(world, tmp_path)
    run = mine.run("drill", {"recovery_run_id": "big"})
    assert run.rc == 0, run.output
    assert run.outcomes == {"launched": 300}
    assert set(Counter(entry["source_server_id"] for entry in world.ledger("launched")).values()) == {1}

    calls = world.journal(service="drs")
    polls = [entry for entry in calls if entry["action"] == "DescribeJobs"]
    start = min(times(entry for entry in calls if entry["action"] == "StartRecovery"))
    added = (max(times(polls)) - start).total_seconds() - 3 * JOB_SECONDS
    counted = Counter(entry["action"] for entry in calls)
    with capsys.disabled():
        print(f"\n3 waves of 100 servers: {len(calls)} DRS calls, {added:.1f} s beyond the jobs; {dict(counted)}")
    assert len(calls) <= MOST_CALLS
    assert added <= MOST_ADDED_SECONDS


def test_their_clean_up_runs_in_jobs_of_a_hundred_and_leaves_nothing(world, tmp_path):
    mark = world.mark()
    run = Controller(world, tmp_path).run("terminate", {"terminate_run_id": "big"})
    assert run.rc == 0, run.output
    proof = run.task("drs_terminate")
    assert proof["clean"] and proof["summary"]["terminated"] == 300 and proof["left"] == []
    sent = [
        entry["request"]["recoveryInstanceIDs"] for entry in world.journal(mark, action="TerminateRecoveryInstances")
    ]
    assert sorted(len(part) for part in sent) == [100, 100, 100]
    assert set(Counter(entry["source_server_id"] for entry in world.ledger("terminated")).values()) == {1}
    pages = world.client("ec2", ACCOUNT).get_paginator("describe_instances").paginate()
    states = Counter(
        one["State"]["Name"] for page in pages for part in page["Reservations"] for one in part["Instances"]
    )
    assert states == {"terminated": 300}


def test_a_wave_of_two_hundred_and_fifty_servers_is_three_jobs_of_one_wave(simulator):
    place = Place(simulator({"accounts": [account(ACCOUNT)], "fleets": [fleet(ACCOUNT, 250, "web-{n:03}")]}), ACCOUNT)
    ids = place.ids()
    started = place.launch(ids)
    assert outcomes(started) == {"in_progress": 250}
    requests = [entry["request"] for entry in place.calls("StartRecovery")]
    assert [len(one["sourceServers"]) for one in requests] == [100, 100, 50]
    assert {one["tags"]["resilience.drs/wave"] for one in requests} == {"1"}
    assert len({one["tags"]["resilience.drs/batch"] for one in requests}) == 3
    done = place.wait(started)
    assert outcomes(done) == {"launched": 250}
    assert place.times("launched") == dict.fromkeys(ids, 1)
    # one look at all jobs of the cell, not one a job
    looks = [entry["request"] for entry in place.calls("DescribeJobs")]
    assert all(len(one["filters"].get("jobIDs", [0, 0, 0])) == 3 for one in looks)


def test_seven_hundred_servers_with_others_in_the_way_are_queued_and_launched_within_the_quotas(simulator):
    place = Place(
        simulator(
            {
                "accounts": [account(ACCOUNT)],
                "fleets": [fleet(ACCOUNT, 60, "other-{n:02}"), fleet(ACCOUNT, 700, "web-{n:03}")],
                "jobs": {"total": 600},
            }
        ),
        ACCOUNT,
    )
    everyone = place.ids()
    others, ids = everyone[:60], everyone[60:]
    place.foreign_launch(others, finish=False)
    started = place.launch(ids)
    assert outcomes(started) == {"in_progress": 400, "queued": 300}
    done = place.wait(started)
    assert outcomes(done) == {"launched": 700}
    assert place.times("launched") == dict.fromkeys(everyone, 1)
    assert not [entry for entry in place.calls("StartRecovery") if entry["error"]], "DRS never had to refuse"
    jobs = place.drs.get_paginator("describe_jobs").paginate(filters={}).build_full_result()["items"]
    spans = [(one["creationDateTime"], one["endDateTime"], len(one["participatingServers"])) for one in jobs]
    assert max(sum(n for begun, ended, n in spans if begun <= at < ended) for at, _end, _n in spans) <= 500
