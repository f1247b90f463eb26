"""Fixtures of the integration tests: simulators, and cells and playbooks that run against them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support import failback_order
from support.cells import Place
from support.playbook import Controller
from support.scenarios import POOL, many_accounts
from support.simulator import Simulator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files with the fewest tests first: theirs are playbooks, and what takes longest must not begin last."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: tests[item.path])


@pytest.fixture(scope="session")
def start_simulator() -> Iterator[Callable[[Any], Simulator]]:
    """Start a simulator with a scenario; it is stopped at the end of the session.

    It must not have failed itself, and every failback in it must have gone by the order of the user guide.
    """
    with ExitStack() as stack:
        started: list[Simulator] = []

        def start(scenario: Any) -> Simulator:
            started.append(stack.enter_context(Simulator(scenario)))
            return started[-1]

        yield start
        for one in started:
            if one.process.poll() is None:
                assert one.health()["internal_errors"] == 0, one.log()
                failback_order.check(one)


@pytest.fixture
def simulator(start_simulator: Callable[[Any], Simulator]) -> Iterator[Callable[[Any], Simulator]]:
    """A simulator for one test alone."""
    own: list[Simulator] = []

    def start(scenario: Any) -> Simulator:
        own.append(start_simulator(scenario))
        return own[-1]

    yield start
    for one in own:
        assert one.health()["internal_errors"] == 0, one.log()
        failback_order.check(one)
        one.stop()


@pytest.fixture
def no_real_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests in one process: pauses between tries are real seconds, and a thousandth of them does here.

    The bucket is that of botocore's adaptive mode, which paces all further calls after it was throttled.
    """
    real = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: real(seconds / 1000))
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda _self, *_args, **_options: True)


@pytest.fixture(scope="session")
def _new_place(start_simulator: Callable[[Any], Simulator]) -> Callable[[], Place]:
    """Accounts without end: how many tests of one worker ask for one depends on what the others are busy with."""
    left: list[tuple[Simulator, str]] = []

    def take() -> Place:
        if not left:
            simulator = start_simulator(many_accounts())
            left.extend((simulator, account) for account in POOL)
        return Place(*left.pop(0))

    return take


@pytest.fixture
def place(_new_place: Callable[[], Place]) -> Iterator[Place]:
    """An account that no other test has touched, with four servers, in a simulator that many tests share."""
    found = _new_place()
    yield found
    found.simulator.faults.clear()


@pytest.fixture
def controller(tmp_path: Path) -> Callable[..., Controller]:
    """Make a controller for a simulator: controller(simulator, accounts=None)."""
    return lambda simulator, accounts=None: Controller(simulator, tmp_path / "controller", accounts)
