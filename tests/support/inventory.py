"""Run `ansible-inventory` as a process against a running simulator. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from support.playbook import KEPT_BYTECODE
from support.simulator import ROOT, Simulator

BIN = Path(sys.executable).parent


@dataclass
class Answer:
    """What `ansible-inventory --list` said, and the calls of AWS that it took."""

    data: dict[str, Any]
    output: str
    actions: list[str]

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        """Host variables by host name."""
        return dict(self.data["_meta"]["hostvars"])

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """The hosts of each group that has hosts of its own, sorted."""
        return {name: sorted(group["hosts"]) for name, group in self.data.items() if group.get("hosts")}


class Inventory:
    """A machine with the collection that reads inventory files.

    environment: more variables; a value of None removes one.
    """

    def __init__(self, simulator: Simulator, directory: Path, environment: Mapping[str, str | None]) -> None:
        self.simulator = simulator
        self.directory = directory
        self.environment = dict(environment)

    @property
    def env(self) -> dict[str, str]:
        """Nothing of the caller's own Ansible or AWS settings."""
        dropped = ("ANSIBLE_", "AWS_", "RESILIENCE_DRS_", "PYTHONPATH")
        config = self.directory / "ansible.cfg"
        config.touch()
        merged: dict[str, str | None] = {
            **{key: value for key, value in os.environ.items() if not key.startswith(dropped)},
            **self.simulator.aws_env,
            "PYTHONPATH": str(KEPT_BYTECODE),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
            "ANSIBLE_CONFIG": str(config),
            "ANSIBLE_HOME": str(self.directory / "home"),
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_NOCOLOR": "true",
            "LC_ALL": "C.UTF-8",
            **self.environment,
        }
        return {key: value for key, value in merged.items() if value is not None}

    def write(self, plugin: str, text: str) -> Path:
        """Write a file of a plugin, always the same one."""
        path = self.directory / f"{plugin}.yml"
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a tool of ansible-core."""
        return subprocess.run(
            [BIN / command, *arguments],
            cwd=self.directory,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def list(self, plugin: str, text: str, *arguments: str | Path) -> Answer:
        """`ansible-inventory --list`; AssertionError when it fails."""
        since = self.simulator.mark()
        output = self.directory / "output.json"
        path = self.write(plugin, text)
        result = self.run("ansible-inventory", "-i", path, "--list", "--output", output, *arguments)
        if result.returncode:
            raise AssertionError(result.stdout + result.stderr)
        actions = [f"{one['service']}:{one['action']}" for one in self.simulator.journal(since)]
        said = " ".join((result.stdout + result.stderr).split())
        written = output.read_text(encoding="utf-8")
        return Answer(json.loads(written), said + written, actions)

    def fail(self, plugin: str, text: str, *arguments: str | Path) -> str:
        """What `ansible-inventory --list` says when it fails, on one line; AssertionError when it does not."""
        result = self.run("ansible-inventory", "-i", self.write(plugin, text), "--list", *arguments)
        if not result.returncode or "Traceback" in result.stderr:
            raise AssertionError(f"{result.returncode}\n{result.stdout}{result.stderr}")
        return " ".join((result.stdout + result.stderr).split())
