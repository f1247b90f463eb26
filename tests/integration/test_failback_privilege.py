"""Test a failback with only the shipped policies, under enforced IAM, in both cells of the pair.

The orchestration role goes until protected and is denied to destroy; the clean-up role continues in the same run.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import resources
from support.cells import outcomes
from support.failback import HOME, ORIGIN, TARGET, Way, two_cells
from support.scenarios import REGION, SECRET
from support.simulator import ROOT

POLICIES = ROOT / "roles" / "account_setup" / "files" / "policies"
# Called for a launch or a termination that failed, for a copy that was stopped before, and for machines outside AWS.
RARE = {
    "failback": {"drs:DescribeJobLogItems", "drs:StartReplication", "drs:StartFailbackLaunch", "drs:StopFailback"},
    "failback_clean": {"drs:DescribeJobLogItems", "drs:DisconnectRecoveryInstance"},
}


def policy(name: str) -> dict[str, Any]:
    return dict(json.loads((POLICIES / f"{name}.json").read_text(encoding="utf-8")))


def actions(name: str, prefix: str) -> set[str]:
    found = policy(name)["Statement"]
    return {action for one in found if one["Sid"].startswith(prefix) for action in one["Action"]}


class Roles(Way):
    """Every cell is reached by one of the two roles of its account."""

    role = "DRSOrchestration"

    def original_cells(self) -> list[dict[str, Any]]:
        return [{**one, "assume_role_arn": self.arn(one["account_id"])} for one in super().original_cells()]

    def arn(self, account: str) -> str:
        return f"arn:aws:iam::{account}:role/{self.role}"

    def params(self, **options: Any) -> dict[str, Any]:
        return {**super().params(**options), "assume_role_arn": self.arn(TARGET)}


def role(name: str, *policies: str) -> dict[str, Any]:
    return {"name": name, "external_id": SECRET, "policies": [policy(one) for one in policies]}


@pytest.fixture(scope="module")
def way(start_simulator) -> Roles:
    scenario = two_cells(1, iam={"enforce": True})
    for one in scenario["accounts"]:
        del one["role"]
        one["roles"] = [
            {"name": "Administrator", "external_id": SECRET},
            role("DRSOrchestration", "failback", "deny_destructive"),
            role("DRSCleanUp", "failback_clean"),
        ]
    return Roles(start_simulator(scenario))


def compare(way: Way, name: str, mark: int) -> None:
    """Nothing was missing, and what the policy allows was used."""
    journal = [one for one in way.simulator.journal(mark) if one["account"] in (ORIGIN, TARGET)]
    called = {action for one in journal for action in one["iam_actions"] if not action.startswith("sts:")}
    assert not [one for one in journal if one["denied"] and not one["denied"]["explicit"]], "an action is missing"
    calls = actions(name, "Calls")
    assert called <= calls, sorted(called - calls)
    assert calls - called - RARE[name] == set(), "never used"
    onward = {one["iam_action"] for one in way.simulator.journal(mark, dependent=True)}
    assert onward <= calls | actions(name, "Onward")


def test_two_roles_take_a_server_back(way: Roles):
    way.failover()
    mark = way.simulator.mark()
    assert outcomes(way.state("reversed")) == {"reversed": 1}
    way.reach("ready", poll_interval_max=1200)
    launched = way.reach("launched")
    words = way.vouch(launched)
    assert outcomes(way.reach("protected", **words)) == {"protected": 1}
    compare(way, "failback", mark)
    # what destroys is denied to this role, whatever else is attached to it
    denied = way.state("cleaned", **words)["servers"][0]
    assert (denied["outcome"], denied["error"]["code"]) == ("failed", "AccessDeniedException")
    way.role = "DRSCleanUp"
    mark = way.simulator.mark()
    # what the walk looks at beside the stage, for its proof
    cell = Cell({**way.params(), "cell": "away"})
    seen = resources.before(cell, drs.recovery_instances(cell, with_ec2=True))
    assert outcomes(way.reach("cleaned", **words)) == {"cleaned": 1}
    told = resources.after(cell, seen)
    assert seen and (told["left"], told["not_proven"]) == ([], [])
    compare(way, "failback_clean", mark)


def test_both_cells_were_worked_in(way: Roles):
    places = {(one["account"], one["region"]) for one in way.simulator.journal(0) if one["mutating"]}
    assert {(ORIGIN, HOME), (TARGET, REGION)} <= places
