"""Test one wait over many cells: no cell is polled late because of another, whatever forks is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import wait as recovery_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.together import together
from support.cells import Place, outcomes
from support.playbook import Controller
from support.scenarios import account, fleet

JOB_SECONDS = 612
POLL_INTERVAL = 5


def scenario(cells: int) -> dict:
    ids = [f"{number:012}" for number in range(111111111111, 111111111111 + cells)]
    return {
        "accounts": [account(one) for one in ids],
        "fleets": [fleet(one, 1, f"web-{one[-2:]}-{{n}}") for one in ids],
        "jobs": {"total": JOB_SECONDS},
    }


def seconds_beyond_the_jobs(entries: list[dict]) -> float:
    """From the first StartRecovery to the last look, less the time of one job."""
    at = {name: [datetime.fromisoformat(one["time"]) for one in entries if one["action"] == name] for name in
          ("StartRecovery", "DescribeJobs")}  # fmt: skip
    return (max(at["DescribeJobs"]) - min(at["StartRecovery"])).total_seconds() - JOB_SECONDS


@pytest.fixture
def places(simulator, monkeypatch):
    world = simulator(scenario(6))
    monkeypatch.setenv("RESILIENCE_DRS_SLEEP_URL", f"{world.url}/_sim/sleep")
    return [Place(world, one["id"]) for one in world.written["accounts"]]


def waits_for(started):
    defaults = {key: spec.get("default") for key, spec in recovery_wait.WAIT_SPEC.items()}
    return [
        recovery_wait.JobWait(place.cell(), {**defaults, "jobs": one["jobs"], "servers": one["servers"]})
        for place, one in started
    ]


def test_six_cells_in_one_process_end_with_their_jobs(places):
    started = [(place, place.launch(place.ids())) for place in places]
    lines: list[str] = []
    with Clock("together") as clock:
        ended = together(waits_for(started), clock, lines.append)
    assert [outcomes(one.result) for one in ended] == [{"launched": 1}] * 6
    assert seconds_beyond_the_jobs(places[0].simulator.journal(service="drs")) <= POLL_INTERVAL
    assert all(any(line.startswith(f"[{place.account}.") for line in lines) for place in places)


def test_a_cell_that_begins_to_deny_ends_alone(places):
    started = [(place, place.launch(place.ids())) for place in places]
    world, lost = places[0].simulator, places[3]
    world.faults.add("deny", action="DescribeJobs", account=lost.account)
    with Clock("together") as clock:
        ended = together(waits_for(started), clock, lambda _line: None)
    assert ended[3].result["error"]["code"] == "AccessDeniedException"
    assert outcomes(ended[3].result) == {"in_progress": 1}
    for one in ended[:3] + ended[4:]:
        assert outcomes(one.result) == {"launched": 1} and one.result["errors"] == 0


def test_credentials_that_expire_are_read_anew_in_every_cell(places):
    started = [(place, place.launch(place.ids())) for place in places]
    world, expired, lines = places[0].simulator, [], []

    def say(line: str) -> None:
        lines.append(line)
        if len(lines) == len(places):  # each has looked once
            expired.append(world.expire_sessions())

    with Clock("together") as clock:
        ended = together(waits_for(started), clock, say)
    assert expired, lines
    assert [(outcomes(one.result), one.result["errors"]) for one in ended] == [({"launched": 1}, 1)] * 6


def test_a_drill_with_fewer_forks_than_cells_ends_with_its_jobs(start_simulator, tmp_path):
    world = start_simulator(scenario(6))
    controller = Controller(world, tmp_path)
    run = controller.run("drill", {"recovery_run_id": "few"}, env={"ANSIBLE_FORKS": "2"})
    assert run.rc == 0, run.output
    assert run.outcomes == {"launched": 6}
    assert seconds_beyond_the_jobs(world.journal(service="drs")) <= 2 * POLL_INTERVAL
    # the clean-up is one step over all cells, too: it ends with its slowest job, and not with its last batch of forks
    mark = world.mark()
    gone = controller.run("terminate", {"terminate_run_id": "few"}, env={"ANSIBLE_FORKS": "2"})
    assert gone.rc == 0, gone.output
    over = [one["time"] for one in world.ledger("terminated")]
    assert len(over) == 6
    calls = world.journal(mark, service="drs")
    sent = [one["time"] for one in calls if one["action"] == "TerminateRecoveryInstances"]
    assert len(sent) == 6 and max(sent) == min(sent), "all cells at once"
    late = datetime.fromisoformat(calls[-1]["time"]) - datetime.fromisoformat(max(over))
    assert late.total_seconds() <= 2 * POLL_INTERVAL
