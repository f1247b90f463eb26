"""The pytest plugin: fixture ``drs_simulator``, a running simulator that all AWS clients of a test use.

pytest finds it where drs-simulator is installed. Which world: the marker ``drs_scenario`` on the test (a name,
a path or a mapping), else the option ``drs_scenario`` of pytest's configuration, else ``minimal``.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .process import Simulator

#: Variables of the shell that would lead a client elsewhere, or give it other keys.
_FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_ENDPOINT_URL_DRS")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The scenario of tests that name none."""
    parser.addini("drs_scenario", "scenario of the fixture drs_simulator: a name or a path", default="minimal")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "drs_scenario(scenario): the world of the fixture drs_simulator")


@pytest.fixture
def drs_simulator(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A running simulator. boto3, the AWS CLI and what else reads AWS_ENDPOINT_URL talk to it during the test."""
    marker = request.node.get_closest_marker("drs_scenario")
    scenario: Any = marker.args[0] if marker else request.config.getini("drs_scenario")
    with Simulator(scenario) as running:
        for name in _FOREIGN:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"AWS_DEFAULT_REGION": "us-west-2", **running.aws_env}.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def start_drs_simulator() -> Iterator[Callable[[Any], Simulator]]:
    """Start simulators by hand, ``start_drs_simulator(scenario)``; they end with the test. No environment is set."""
    with ExitStack() as stack:
        yield lambda scenario="minimal": stack.enter_context(Simulator(scenario))
