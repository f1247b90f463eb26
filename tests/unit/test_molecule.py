"""Test the Molecule scenarios as files, and the tool that runs them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import subprocess

import check
import molecule  # the tool; the package of the same name is nowhere imported
import pytest
import tree
import yaml

READING = {"capacity", "history", "readiness", "report", "status"}
"""Roles that change nothing in AWS nor in the record of a run; they share the scenario `reading`."""
ROLES = {path.name for path in (tree.ROOT / "roles").iterdir() if path.is_dir()}
CONFIG = yaml.safe_load((molecule.SCENARIOS / "config.yml").read_text(encoding="utf-8"))


def sequence(name: str) -> list[str]:
    """The steps of a scenario."""
    own = yaml.safe_load((molecule.SCENARIOS / name / "molecule.yml").read_text(encoding="utf-8"))
    return own.get("scenario", CONFIG["scenario"])["test_sequence"]


def test_every_role_has_a_scenario():
    assert set(molecule.names()) == ROLES - READING | {"reading"}
    assert set(molecule.BOUNDED) <= set(molecule.names())
    playbooks = (molecule.SCENARIOS / "reading" / "converge.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"resilience\.drs\.(\w+)", playbooks)) >= READING


@pytest.mark.parametrize("name", molecule.names())
def test_a_scenario_is_judged_by_the_simulator(name):
    folder, steps = molecule.SCENARIOS / name, sequence(name)
    assert steps[0] == "create" and steps[-1] == "destroy"
    assert steps.index("converge") + 1 == steps.index("idempotence") < steps.index("verify")
    assert ("prepare" in steps) == (folder / "prepare.yml").exists()
    assert ("side_effect" in steps) == (folder / "side_effect.yml").exists()
    assert ("side_effect" in steps) == ("verify verify_side_effect.yml" in steps)
    for file in folder.glob("verify*.yml"):
        text = file.read_text(encoding="utf-8")
        assert "../utils/ask_simulator.yml" in text and re.search(r"\b(ledger|journal|mutations)\b", text), file
        assert "ansible.builtin.assert" in text, file


def test_nothing_leads_to_a_real_account():
    env = CONFIG["ansible"]["env"]
    assert env["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert {env["AWS_CONFIG_FILE"], env["AWS_SHARED_CREDENTIALS_FILE"]} == {"/dev/null"}
    assert env["AWS_ACCESS_KEY_ID"] == "hub" and env["AWS_EC2_METADATA_DISABLED"] == "true"
    for name in molecule.names():
        own = yaml.safe_load((molecule.SCENARIOS / name / "molecule.yml").read_text(encoding="utf-8"))
        assert set(own) <= {"scenario"}, f"{name} changes more than the order of the steps"


def test_a_scenario_that_fails_fails_the_run_and_names_its_log(tmp_path, monkeypatch, capsys):
    seen = []

    def fails(command, env, **_more):
        seen.append((command[-1], env["DRS_SIMULATOR_PORT"]))
        return subprocess.CompletedProcess(command, int(command[-1] == "terminate"))

    monkeypatch.setattr(tree, "ROOT", tmp_path)
    monkeypatch.setattr(molecule, "STATE", tmp_path / "state")
    monkeypatch.setattr(check, "WORKERS", "1")
    monkeypatch.setattr(subprocess, "run", fails)
    assert molecule.main(["recovery", "terminate"]) == 1
    told = capsys.readouterr().out
    assert re.search(r"recovery +\d+\.\d s  passed\n", told)
    assert re.search(r"terminate +\d+\.\d s  FAILED  see state/terminate.log\n", told)
    assert "1 scenarios passed, 1 failed" in told
    assert [name for name, _port in seen] == ["recovery", "terminate"]
    assert molecule.main(["recovery"]) == 0
    assert molecule.main(["recovry"]) == 2 and "there are: account_setup, " in capsys.readouterr().err
