"""A scenario of bare accounts, and a controller that sets them up.

shop has machines and replicates into staging, which extends to target; orders has machines and replicates into itself.
Every account has a role that applies the stacks with exactly the shipped policy, and one that tests look with; IAM is
enforced, and DRS asks for its service roles. Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.deploys import machines
from support.playbook import Controller
from support.scenarios import REGION, ROLE, SECRET
from support.simulator import ROOT, Simulator

SHOP, ORDERS, STAGING, TARGET = "111111111111", "222222222222", "333333333333", "444444444444"
NAMES = {SHOP: "shop", ORDERS: "orders", STAGING: "staging", TARGET: "target"}
TYPES = {SHOP: ["source"], ORDERS: ["source", "target"], STAGING: ["staging"], TARGET: ["target"]}
ADMIN, CLEAN_UP = "OrganizationAccountAccessRole", "DRSCleanUp"
SUBNET = "subnet-0123456789abcdef0"
BOOTSTRAP = json.loads((ROOT / "roles/account_setup/files/policies/bootstrap.json").read_text(encoding="utf-8"))
SETUP = {
    "account_setup_bootstrap_role_name": ADMIN,
    "account_setup_replication_template": {"staging_area_subnet_id": SUBNET},
    "account_setup_launch_template": {"right_sizing": "NONE", "copy_tags": True},
    "account_setup_hub": True,
    "account_setup_monitoring": True,
}


def bare_accounts(**more: Any) -> dict[str, Any]:
    """The scenario."""
    quick = {"replication": {"steps_seconds": 60, "sync_seconds": 120}}
    return {
        "iam": {"enforce": True},
        "settings": {"strict_initialize": True},
        "accounts": [
            {
                "id": one,
                "name": NAMES[one],
                "regions": [],
                "roles": [{"name": "Observer"}, {"name": ADMIN, "policies": [BOOTSTRAP]}],
            }
            for one in NAMES
        ],
        "instances": [
            machines(SHOP, 2, "shop-{n:02}", region=REGION, **quick),
            machines(ORDERS, 2, "orders-{n:02}", region=REGION, **quick),
        ],
        "jobs": {"total": 600},
        **more,
    }


class Founder(Controller):
    """A controller whose inventory has the roles that set-up makes. role: the one that its playbooks work as."""

    def __init__(self, simulator: Simulator, directory: Path, role: str = ROLE) -> None:
        self._role = role
        super().__init__(simulator, directory)
        self.external_ids = {f"DRS_EXTERNAL_ID_{one}": SECRET for one in NAMES}

    def write_inventory(self, cells: list[dict[str, Any]], name: str = "cells") -> Path:
        whole: list[dict[str, Any]] = [
            {
                "account_id": one,
                "name": NAMES[one],
                "types": TYPES[one],
                "regions": [REGION],
                "role_name": self._role,
                "external_id_env": f"DRS_EXTERNAL_ID_{one}",
            }
            for one in NAMES
        ]
        whole[0]["replicate_to"] = "staging"
        whole[2]["extend_to"] = "target"
        return super().write_inventory(whole, name)
