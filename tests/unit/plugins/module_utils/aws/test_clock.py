"""Test the only sleep of the library: real seconds, or the simulator's."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import types

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock


@pytest.fixture
def world(monkeypatch):
    seen = types.SimpleNamespace(slept=[], posted=[], status=200)

    class Connection:
        def __init__(self, host, port, timeout):
            self.at = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

        def request(self, method, path, data, headers):
            seen.posted.append((method, self.at + path, json.loads(data)))

        def getresponse(self):
            return types.SimpleNamespace(status=seen.status, read=lambda: b"{}")

        def close(self):
            pass

    monkeypatch.setattr(clock.time, "sleep", seen.slept.append)
    monkeypatch.setattr(clock, "HTTPConnection", Connection)
    monkeypatch.delenv(clock.SLEEP_URL, raising=False)
    return seen


def test_real_seconds_by_default(world):
    with Clock("one") as one:
        one.sleep(7)
    assert (world.slept, world.posted) == ([7], [])


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "[::1]:5000"])
def test_virtual_seconds_of_the_simulator(world, monkeypatch, host):
    monkeypatch.setenv(clock.SLEEP_URL, f"http://{host}/_sim/sleep")
    with Clock("one") as one:
        one.sleep(7)
    assert world.slept == []
    assert world.posted == [
        ("POST", f"http://{host}/_sim/sleep", {"seconds": 7, "client": "one"}),
        ("POST", f"http://{host}/_sim/leave", {"client": "one"}),
    ]


@pytest.mark.parametrize("url", ["http://clock.example.org/sleep", "http://127.0.0.1.example.org/", "x", ""])
def test_nobody_else_is_asked_how_long_to_wait(world, monkeypatch, url):
    monkeypatch.setenv(clock.SLEEP_URL, url)
    with Clock("one") as one:
        one.sleep(7)
    assert (world.slept, world.posted) == ([7], [])


def test_a_client_leaves_when_it_fails(world, monkeypatch):
    """A client that stays away without a word would hold up everybody else's clock."""
    monkeypatch.setenv(clock.SLEEP_URL, "http://127.0.0.1:5000/_sim/sleep")
    with pytest.raises(KeyError):
        with Clock("one"):
            raise KeyError
    assert [url for _method, url, _body in world.posted] == ["http://127.0.0.1:5000/_sim/leave"]


def test_a_simulator_that_cannot_answer_is_not_taken_for_time_that_passed(world, monkeypatch):
    monkeypatch.setenv(clock.SLEEP_URL, "http://127.0.0.1:5000/_sim/sleep")
    world.status = 500
    with pytest.raises(ConnectionError, match="answered 500"):
        Clock("one").sleep(7)


def test_a_simulator_that_is_not_there_is_named_with_what_to_do(world, monkeypatch):
    monkeypatch.setenv(clock.SLEEP_URL, "http://127.0.0.1:5000/_sim/sleep")

    def refused(*_given):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(clock.HTTPConnection, "request", refused)
    with pytest.raises(ConnectionError) as caught:
        clock.now()
    assert "http://127.0.0.1:5000/_sim" in str(caught.value) and f"unset {clock.SLEEP_URL}" in str(caught.value)


def test_time_is_what_has_passed_here(world, monkeypatch):
    ticks = iter([100.0, 107.5])
    monkeypatch.setattr(clock, "monotonic", lambda: next(ticks))
    assert Clock("one").seconds() == 7.5


def test_time_in_the_simulator_is_what_this_client_slept(world, monkeypatch):
    monkeypatch.setenv(clock.SLEEP_URL, "http://127.0.0.1:5000/_sim/sleep")
    one = Clock("one")
    one.sleep(7)
    one.sleep(5)
    assert one.seconds() == 12


@pytest.mark.parametrize(
    ("url", "seconds", "waits"),
    [
        ("", 7, 7),
        ("", float("inf"), None),
        ("http://127.0.0.1:5000/_sim/sleep", 7, None),  # time stands still there while others work
    ],
)
def test_a_pause_ends_when_there_is_news(world, monkeypatch, url, seconds, waits):
    monkeypatch.setenv(clock.SLEEP_URL, url)
    asked = []
    Clock("one").pause(seconds, types.SimpleNamespace(wait=asked.append))
    assert asked == [waits]
    assert (world.slept, world.posted) == ([], [])
