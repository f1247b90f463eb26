"""Jobs of the platform's templates: their variables, their inventory, and the credential in their environment.

The inventory is the one that the platform keeps: what the plugin said, with the variables of the inventory object. Role
and external id come from the environment that the credential type injects.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support import automation
from support.playbook import BIN, Controller, Run
from support.scenarios import account, fleet
from support.simulator import Simulator

Given = Mapping[str, Any] | None
ACCOUNT = "111111111111"
SHOP = {"dr:application": "shop"}
PLAN = {"recovery_plan_name": "shop", "recovery_selection": '{"applications": ["shop"]}'}
WORLD = {
    "accounts": [
        {**account(ACCOUNT, "payments"), "role": {"name": "DRSOrchestration", "external_id": "kept-in-a-credential"}}
    ],
    "jobs": {"total": 60},
    "fleets": [fleet(ACCOUNT, 2, "shop-{n}", tags=SHOP), fleet(ACCOUNT, 1, "crm-{n}")],
}


class Platform(Controller):
    """A controller whose inventory and variables come from extensions/patterns/drs."""

    def __init__(self, simulator: Simulator, directory: Path) -> None:
        super().__init__(simulator, directory)
        plain = self.write_inventory([{"account_id": ACCOUNT, "name": "payments", "regions": ["us-west-2"]}])
        listed = subprocess.run(
            [str(BIN / "ansible-inventory"), "-i", str(plain), "--list", "--export"],
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        kept = json.loads(listed.stdout)
        kept["all"].setdefault("vars", {}).update(automation.objects()["controller_inventories"][0]["variables"])
        self.inventory = directory / "kept_inventory.py"
        self.inventory.write_text(f"#!/usr/bin/env python3\nprint({json.dumps(json.dumps(kept))})\n", encoding="utf-8")
        self.inventory.chmod(0o700)

    @property
    def env(self) -> dict[str, str]:
        inputs = {"role_name": "DRSOrchestration", "external_id": "kept-in-a-credential"}
        injected = automation.objects()["controller_credential_types"][0]["injectors"]["env"]
        found = {name: automation.evaluate(text, inputs) for name, text in injected.items()}
        return {**super().env, **found}

    def variables(
        self, name: str, answers: Given = None, workflow: Given = None, artifacts: Given = None
    ) -> dict[str, Any]:
        """The variables of a job; the run store and the folders are those of this test."""
        variables = automation.launched(name, answers, workflow, artifacts)
        variables["drs_run_store"] = {"backend": "directory", "path": str(self.store)}
        for key in ("recovery_report_dir", "report_dir", "runs_watch_dir"):
            if key in variables:
                variables[key] = str(self.directory / key)
        return variables

    def launch(
        self, name: str, answers: Given = None, workflow: Given = None, check: bool = False, artifacts: Given = None
    ) -> Run:
        """Launch a job template."""
        book = Path(automation.templates()[name]["playbook"]).name
        variables = self.variables(name, answers, workflow, artifacts)
        return self.run(str(automation.PATTERN / "playbooks" / book), variables, check=check)
