"""Test virtual time: when it moves, whom it waits for, and that a killed client blocks nobody."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import pytest
from drs_simulator.world.clock import Clock
from support.simulator import SimulatorError

ACCOUNT = "111111111111"
# Real seconds: what a watchdog allows on a busy machine, and a grace that no test may come to the end of.
PATIENCE, LONG = 20, 600


def sleepers(clock: Clock, plans: dict[str, list[float]]) -> dict[str, list[float]]:
    """Each client sleeps through its plan in a thread; returns the virtual times at which each woke up."""
    woke: dict[str, list[float]] = {name: [] for name in plans}
    ready = threading.Barrier(len(plans))

    def live(name: str) -> None:
        ready.wait()
        for seconds in plans[name]:
            clock.sleep(name, seconds)
            woke[name].append(clock.elapsed())
        clock.leave(name)

    threads = [threading.Thread(target=live, args=(name,)) for name in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    return woke


def without_waiting(work: Callable[..., object], *arguments: object) -> None:
    """Do something that must not wait in real time; a watchdog ends the test when it does."""
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), f"{work} still waits"


def until_asleep(clients: Callable[[], dict[str, str]], *names: str) -> None:
    """Wait until all of them sleep."""
    deadline = time.monotonic() + PATIENCE
    while any(clients().get(name) != "asleep" for name in names):
        assert time.monotonic() < deadline, clients()
        time.sleep(0.005)


def asleep(clock: Clock, *names: str) -> None:
    until_asleep(lambda: clock.describe()["clients"], *names)


def test_stepped_time_stands_still_by_itself():
    clock = Clock()
    before = clock.elapsed()
    time.sleep(0.02)
    assert clock.elapsed() == before == 0


def test_one_client_sleeps_an_hour_at_once():
    clock = Clock()
    without_waiting(clock.sleep, "a", 3600)
    assert clock.elapsed() == 3600


def test_two_clients_take_turns_in_virtual_time():
    clock = Clock(grace=LONG)
    woke = []

    def other() -> None:
        clock.sleep("b", 10)
        woke.append(clock.elapsed())
        clock.leave("b")

    clock.sleep("a", 0)
    thread = threading.Thread(target=other)
    thread.start()
    asleep(clock, "b")
    assert clock.elapsed() == 0, "b must wait for a, which has joined and is working"
    clock.sleep("a", 30)
    thread.join(PATIENCE)
    assert (woke, clock.elapsed()) == ([10], 30)


def test_many_clients_wake_in_order_and_none_is_skipped():
    clock = Clock()
    woke = sleepers(clock, {"a": [10, 10, 10], "b": [25, 25], "c": [7] * 6})
    assert clock.elapsed() >= 50
    for times in woke.values():
        assert times == sorted(times)


def test_a_client_that_falls_silent_is_dropped_after_the_grace():
    clock = Clock(grace=0.3)
    clock.sleep("killed", 1)
    began = time.monotonic()
    clock.sleep("alive", 60)
    assert time.monotonic() - began >= 0.2, "it was waited for"
    assert clock.elapsed() == 61


def test_a_client_that_leaves_is_not_waited_for():
    clock = Clock(grace=LONG)
    clock.sleep("gone", 1)
    assert clock.leave("gone")
    assert not clock.leave("gone")
    without_waiting(clock.sleep, "alive", 60)
    assert clock.elapsed() == 61


def test_a_dead_sleeper_does_not_decide_the_jump():
    clock = Clock(grace=LONG)
    dead = threading.Thread(target=clock.sleep, args=("dead", 5, lambda: False))
    dead.start()
    dead.join(PATIENCE)
    assert clock.elapsed() == 0
    without_waiting(clock.sleep, "alive", 60)
    assert clock.elapsed() == 60


def test_one_name_used_twice_at_once_is_two_sleepers():
    clock = Clock(grace=LONG)
    clock.sleep("other", 0)
    threads = [threading.Thread(target=clock.sleep, args=("same", 10)) for _n in range(2)]
    for thread in threads:
        thread.start()
    asleep(clock, "same", "same+")
    clock.leave("other")
    for thread in threads:
        thread.join(PATIENCE)
    assert clock.elapsed() == 10


def test_speed_mode_is_real_time_times_a_factor():
    clock = Clock(mode="speed", speed=1000)
    began = time.monotonic()
    clock.sleep("a", 100)
    assert time.monotonic() - began >= 0.09
    assert clock.elapsed() >= 100


def test_changing_the_mode_does_not_move_the_time():
    clock = Clock()
    clock.advance(500)
    clock.configure(mode="speed", speed=1)
    assert 500 <= clock.elapsed() < 501
    clock.configure(mode="stepped")
    assert 500 <= clock.elapsed() < 501


@pytest.mark.parametrize(("settings", "word"), [({"mode": "warp"}, "warp"), ({"speed": 0}, "above 0")])
def test_senseless_settings_are_refused(settings, word):
    with pytest.raises(ValueError, match=word):
        Clock(**settings)
    with pytest.raises(ValueError, match="go back"):
        Clock().advance(-1)


def test_answers_carry_the_virtual_time(small):
    drs = small.client("drs", ACCOUNT)
    small.clock.advance(5000)
    header = drs.describe_jobs()["ResponseMetadata"]["HTTPHeaders"]["date"]
    shown = parsedate_to_datetime(header)
    now = small.clock()["now"]
    assert shown.isoformat()[:16] == now[:16]
    entry = small.journal(action="DescribeJobs")[-1]
    assert entry["time"][:16] == now[:16]


def test_ec2_lives_in_the_same_time(small):
    small.clock.advance(86400)
    ec2 = small.client("ec2", ACCOUNT)
    launched = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["LaunchTime"]
    assert launched.isoformat()[:16] == small.clock()["now"][:16]


def test_sleep_over_http(small):
    before = small.clock.elapsed
    woke = small.clock.sleep(42.5, client="one")
    assert small.clock.elapsed == pytest.approx(before + 42.5)
    assert woke["now"] == small.clock()["now"]
    assert small.clock()["clients"] == {"one": "working"}
    assert small.clock.leave("one") == {"left": True}
    with pytest.raises(SimulatorError, match="seconds"):
        small.post("/_sim/sleep", client="x", seconds="soon")


def test_a_client_process_killed_in_its_sleep_blocks_nobody(small):
    """The process sleeps while another client works; killed, it is gone when that one sleeps again."""
    small.clock.set(grace=LONG)
    small.clock.sleep(0, client="worker")
    script = (
        "import json,sys,urllib.request as u;"
        "u.urlopen(u.Request(sys.argv[1],data=json.dumps({'seconds':1,'client':'victim'}).encode()))"
    )
    victim = subprocess.Popen([sys.executable, "-c", script, f"{small.url}/_sim/sleep"])
    try:
        until_asleep(lambda: small.clock()["clients"], "victim")
    finally:
        victim.kill()
        victim.wait()
    before = small.clock.elapsed
    without_waiting(lambda: small.clock.sleep(500, client="worker"))
    assert small.clock.elapsed == pytest.approx(before + 500)
    small.clock.leave("worker")
    small.clock.set(grace=2)


def test_the_admin_door_reads_raw_json(small):
    """A client needs nothing but a socket: this is what the collection's sleep sends."""
    body = json.dumps({"seconds": 1, "client": "raw"}).encode()
    host, port = small.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        head = b"POST /_sim/sleep HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection.sendall(head + body)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
    small.clock.leave("raw")


def test_nobody_is_presumed_dead_while_calls_are_served():
    """On a busy machine a call may take longer than the grace; the caller is alive all the while."""
    clock = Clock(grace=0.2)
    clock.sleep("caller", 0)
    other = threading.Thread(target=clock.sleep, args=("other", 50))
    with clock.working():
        other.start()
        asleep(clock, "other")
        time.sleep(0.6)  # three times the grace
        assert clock.elapsed() == 0
        assert clock.describe()["clients"] == {"caller": "working", "other": "asleep"}
    other.join(PATIENCE)
    assert clock.elapsed() == 50
