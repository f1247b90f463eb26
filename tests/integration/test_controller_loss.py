"""Test progress output during a task, and a controller that dies in the middle of it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import signal
import time

import yaml
from support.playbook import BIN, Process
from support.scenarios import account, fleet

ACCOUNT = "111111111111"
LINE = "[payments.us-west-2 wave 1] job drsjob-"


def scenario():
    """Time stands nearly still (real seconds against jobs of 600) until a test lets it go."""
    return {
        "accounts": [account(ACCOUNT, "payments")],
        "fleets": [fleet(ACCOUNT, 2, "db-{n}", 1), fleet(ACCOUNT, 2, "web-{n}", 2)],
        "jobs": {"total": 600},
        "clock": {"mode": "speed", "speed": 1},
    }


def test_a_killed_controller_shows_progress_before_and_the_next_one_adopts(simulator, controller):
    world = simulator(scenario())
    mine = controller(world)
    doomed = mine.start("drill", {"recovery_run_id": "k"})
    shown = doomed.read_until(lambda text: LINE in text)
    assert "WAVE 1:" not in shown, "the wave is not judged before it has ended"
    assert doomed.running and world.ledger() == [], "the line came while the task ran"
    doomed.kill()

    world.clock.set(mode="stepped")
    run = mine.run("drill", {"recovery_run_id": "k"})
    assert run.rc == 0, run.output
    assert run.outcomes == {"launched": 4}
    assert [run.servers[name]["adopted"] for name in ("db-1", "db-2", "web-1", "web-2")] == [True, True, False, False]
    launched = [entry["source_server_id"] for entry in world.ledger()]
    assert len(launched) == len(set(launched)) == 4
    assert world.mutations() == ["drs:StartRecovery"] * 2


def test_the_wait_serves_the_queue_and_tells_it_line_by_line(simulator, controller):
    world = simulator({**scenario(), "clock": {"mode": "stepped"}})
    limits = {"concurrent_jobs": 1, "servers_per_job": 1}
    run = controller(world).run(
        "drill", {"recovery_run_id": "l", "recovery_selection": {"waves": ["1"]}, "recovery_limits": limits}
    )
    assert run.rc == 0, run.output
    first, second = (entry["time"] for entry in world.journal(action="StartRecovery"))
    (ended, _last) = (entry["time"] for entry in world.ledger("launched"))
    assert first < ended <= second, "the second job starts when the first one has ended"
    lines = [line for line in run.output.splitlines() if "Z [payments.us-west-2 wave 1]" in line]
    for word in ("PENDING, 1 server", "-> COMPLETED", "db-1 launched", "db-2 launched", "1 queued"):
        assert any(word in line for line in lines), (word, lines)
    assert len([line for line in lines if "1 server:" in line]) >= 4, "a sign of life at least once a minute"


def test_progress_is_live_under_ansible_runner(simulator, controller, tmp_path):
    world = simulator(scenario())
    mine = controller(world)
    private = tmp_path / "runner"
    for name in ("inventory", "env", "project"):
        (private / name).mkdir(parents=True)
    mine.inventory.rename(private / "inventory" / mine.inventory.name)
    env = {key: value for key, value in mine.env.items() if key.startswith(("ANSIBLE_", "AWS_", "DRS_", "RESILIENCE_"))}
    del env["ANSIBLE_CALLBACKS_ENABLED"], env["ANSIBLE_CALLBACK_PLUGINS"]
    (private / "env" / "envvars").write_text(yaml.safe_dump(env), encoding="utf-8")
    (private / "env" / "extravars").write_text(
        json.dumps({"recovery_run_id": "r", "recovery_selection": {"waves": ["1"]}}), encoding="utf-8"
    )
    command = [str(BIN / "ansible-runner"), "run", str(private), "-p", "resilience.drs.drill", "--ident", "one"]
    process = Process(command, mine.env, tmp_path, tmp_path / "none")
    process.read_until(lambda text: LINE in text)
    assert process.running and world.ledger() == [], "the line came while the task ran"
    # what AWX shows is made of events, so the line must be one of them already
    events = private / "artifacts" / "one" / "job_events"
    deadline = time.monotonic() + 10
    while not (found := [one for one in events.glob("*.json") if LINE in one.read_text(encoding="utf-8")]):
        assert time.monotonic() < deadline, "no event has the line"
        time.sleep(0.1)
    assert found
    world.clock.set(mode="stepped")
    run = process.wait()
    assert run.rc == 0, run.output
    assert len(world.ledger("launched")) == 2


def test_whoever_interrupts_a_run_is_told_what_continues_and_the_command_that_resumes_it(simulator, controller):
    world = simulator(scenario())
    mine = controller(world)
    told = "next: ansible-playbook resilience.drs.resume -e runs_id=i\n"
    # Ctrl-C, and what ends a service or a job
    for verb, variables, number in (
        ("drill", {"recovery_run_id": "i"}, signal.SIGINT),
        ("resume", {"runs_id": "i"}, signal.SIGTERM),
    ):
        process = mine.start(verb, variables)
        process.read_until(lambda text: LINE in text)
        process.popen.send_signal(number)
        ended = process.wait()
        assert ended.rc != 0
        after = ended.output.partition("INTERRUPTED: run i is not at its end.")[2]
        assert re.search(r"Continues in AWS:\n  payments\.us-west-2 wave 1: drsjob-[0-9a-f]{17}\n", after), ended.output
        assert told in after, "the command to paste"

    world.clock.set(mode="stepped")
    run = mine.run("resume", {"runs_id": "i"})
    assert run.rc == 0 and run.outcomes == {"launched": 4}, run.output
    assert "INTERRUPTED" not in run.output
    launched = [entry["source_server_id"] for entry in world.ledger()]
    assert len(launched) == len(set(launched)) == 4
