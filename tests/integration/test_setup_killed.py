"""Test set-up of four cells in two Regions whose controller is killed twice: the next one reaches the same end."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.chaos_playbook import held
from support.scenarios import REGION, ROLE
from support.setups import NAMES, ORDERS, SETUP, SHOP, Founder, bare_accounts

SECOND = "us-east-1"
OPTIONS = {**SETUP, "account_setup_hub": False, "account_setup_monitoring": False}


class TwoRegions(Founder):
    """Two accounts with two Regions each."""

    def write_inventory(self, cells: list[dict[str, Any]], name: str = "cells") -> Path:
        whole = [
            {
                "account_id": one,
                "name": NAMES[one],
                "types": ["source", "target"],
                "regions": [REGION, SECOND],
                "role_name": ROLE,
                "external_id_env": f"DRS_EXTERNAL_ID_{one}",
            }
            for one in (SHOP, ORDERS)
        ]
        return super(Founder, self).write_inventory(whole, name)


def test_killed_in_the_middle_it_reaches_the_same_end(simulator, tmp_path):
    world = simulator(bare_accounts())
    founder = TwoRegions(world, tmp_path / "founder")
    # with the stack of the second account made, and nobody told; then before DRS is initialised in the third cell
    kills = (
        {"kind": "hold_after", "service": "cloudformation", "action": "CreateStack", "after": 1},
        {"kind": "hold_before", "service": "drs", "action": "InitializeService", "after": 2},
    )
    for number, rule in enumerate(kills):
        world.faults.add(**rule, times=1, id=f"kill-{number}")
        doomed = founder.start("setup", OPTIONS)
        assert held(world, doomed, f"kill-{number}")
        doomed.kill()
        world.faults.clear(f"kill-{number}")
    last = founder.run("setup", OPTIONS)
    assert last.rc == 0, last.output
    for account in (SHOP, ORDERS):
        places = {}
        for region in (REGION, SECOND):
            stacks = world.client("cloudformation", account, region).describe_stacks()["Stacks"]
            places[region] = {one["StackName"]: one["StackStatus"] for one in stacks}
            drs = world.client("drs", account, region)
            assert len(drs.describe_replication_configuration_templates()["items"]) == 1
        # the roles of an account have one home, whichever controller began
        assert places == {REGION: {"resilience-drs-account": "CREATE_COMPLETE"}, SECOND: {}}
    effects = [one["action"] for one in world.journal() if one["action"] in ("CreateStack", "InitializeService")]
    assert effects.count("CreateStack") == 2
    assert "next: ansible-playbook resilience.drs.deploy_agents" in last.output
