"""Test the simulator as a package: installed version, command, scenario names, pytest fixture."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import boto3
import drs_simulator
import pytest
import yaml
from support.simulator import PACKAGE_ROOT, Simulator

COMMAND = Path(sys.executable).parent / "drs-simulator"
ACCOUNT = "111111111111"


def test_the_installed_package_is_this_checkout():
    """Set-up installs it editable: the tests must not run on a copy of yesterday."""
    installed = metadata.distribution("drs-simulator")
    assert installed.version == drs_simulator.__version__
    assert Path(drs_simulator.__file__).parent.parent == PACKAGE_ROOT
    points = {(one.group, one.name) for one in installed.entry_points}
    assert points == {("console_scripts", "drs-simulator"), ("pytest11", "drs_simulator")}
    assert installed.metadata["License-Expression"] == "GPL-3.0-or-later"
    assert (PACKAGE_ROOT / "drs_simulator" / "py.typed").exists()


def test_the_licence_beside_the_package_is_the_projects():
    assert (PACKAGE_ROOT / "LICENSE").read_bytes() == (PACKAGE_ROOT.parent / "LICENSE").read_bytes()


def test_the_packages_needs_are_met_by_the_repositorys_exact_versions():
    """requirements/dev.txt pins moto; a pin outside the package's own range would prove another moto than users get."""
    wanted = tomllib.loads((PACKAGE_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    from packaging.requirements import Requirement

    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(metadata.version(requirement.name)), requirement


def test_the_command_tells_its_version_and_its_scenarios():
    shown = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True).stdout
    assert shown == f"drs-simulator {drs_simulator.__version__}\n"
    shown = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    assert "drill, journey, minimal, three_cells" in " ".join(shown.split())


def test_the_fixture_leads_every_client_to_the_simulator(drs_simulator, monkeypatch):
    """What a stranger writes: no argument, no import of the simulator."""
    identity = boto3.client("sts").get_caller_identity()
    assert identity["Account"] == drs_simulator.hub_account
    assert boto3.client("drs").meta.endpoint_url == drs_simulator.url


@pytest.mark.drs_scenario({"accounts": [{"id": ACCOUNT, "regions": ["us-west-2"]}], "hub": {"account_id": ACCOUNT}})
def test_a_marker_gives_the_fixture_another_world(drs_simulator):
    assert boto3.client("drs").describe_source_servers()["items"] == []
    assert drs_simulator.mark() == 1


def test_a_scenario_may_hold_any_character(tmp_path):
    """JSON writes an emoji as two halves, which YAML does not know."""
    one = object.__new__(Simulator)
    one._directory = SimpleNamespace(name=str(tmp_path))
    scenario = {"fleets": [{"name": "Zürich-🚀-{n}"}]}
    assert yaml.safe_load(one._scenario_file(scenario).read_text(encoding="utf-8")) == scenario
