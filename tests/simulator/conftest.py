"""Fixtures of the simulator tests: running simulators, each in its own process on a free port."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from support.simulator import Simulator

ACCOUNT = "111111111111"
SMALL: dict[str, Any] = {
    "accounts": [
        {
            "id": ACCOUNT,
            "name": "payments",
            "alias": "payments",
            "regions": ["us-west-2"],
            "role": {"name": "drs-operator", "external_id": "sesame"},
        }
    ],
    "fleets": [{"account": ACCOUNT, "count": 3, "name": "web-{n:02}", "tags": {"dr:wave": "1"}}],
    "jobs": {"total": 600},
}


@pytest.fixture
def simulator() -> Iterator[Callable[[Any], Simulator]]:
    """Start a simulator with a scenario (path, name or mapping); it is stopped after the test."""
    with ExitStack() as stack:
        yield lambda scenario=SMALL: stack.enter_context(Simulator(scenario))


@pytest.fixture(scope="module")
def module_simulator() -> Iterator[Callable[[Any], Simulator]]:
    """Like ``simulator``, stopped after the module."""
    with ExitStack() as stack:
        yield lambda scenario=SMALL: stack.enter_context(Simulator(scenario))


@pytest.fixture(scope="module")
def small(module_simulator: Callable[[Any], Simulator]) -> Simulator:
    """One account with three servers, shared by the tests of a module; none may leave faults behind."""
    return module_simulator(SMALL)


@pytest.fixture(autouse=True)
def _no_failures_of_its_own(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that asked for the shared simulator fails when the simulator itself failed meanwhile."""
    yield
    if "small" in request.fixturenames:
        small = request.getfixturevalue("small")
        small.faults.clear()
        assert small.health()["internal_errors"] == 0, small.log()
