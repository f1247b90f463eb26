"""Test set-up with StackSets to its end: roles by stack sets, the rest by the playbook, a failed instance."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.playbook import Run
from support.scenarios import REGION, ROLE, SECRET
from support.setups import NAMES, ORDERS, SETUP, SHOP, STAGING, TARGET, Founder, bare_accounts
from support.simulator import ROOT, Simulator

FILES = ROOT / "roles" / "account_setup" / "files"
# What docs/runbooks/setup.md says of this way.
OPTIONS = {
    **SETUP,
    "account_setup_account_stack": False,
    "account_setup_stack_sets": ["resilience-drs-account", "resilience-drs-nothing"],
    "account_setup_hub": False,
    "account_setup_monitoring": False,
}


def deploy(world: Simulator, name: str, file: str, parameters: dict[str, str], accounts: list[str]) -> str:
    """A stack set, made where it is not there, with instances in accounts; the status of the operation."""
    client = world.client("cloudformation", world.hub_account)
    if name not in {one["StackSetName"] for one in client.list_stack_sets()["Summaries"]}:
        client.create_stack_set(
            StackSetName=name,
            TemplateBody=(FILES / file).read_text(encoding="utf-8"),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
            PermissionModel="SELF_MANAGED",
        )
    operation = client.create_stack_instances(StackSetName=name, Accounts=accounts, Regions=[REGION])["OperationId"]
    told = client.describe_stack_set_operation(StackSetName=name, OperationId=operation)
    return str(told["StackSetOperation"]["Status"])


def results(run: Run) -> dict[str, Any]:
    facts = [event["result"].get("ansible_facts") or {} for event in run.events]
    found = [one["account_setup_result"] for one in facts if "account_setup_result" in one]
    return {one["cell"]: one for one in found}


def test_roles_by_stack_sets_and_the_rest_by_the_playbook(simulator, tmp_path: Path):
    world = simulator(bare_accounts())
    founder = Founder(world, tmp_path / "founder")
    principals = {"ControllerPrincipals": f"arn:aws:iam::{world.hub_account}:root", "ExternalId": SECRET}
    # the instance of one account has failed: it has no role yet
    assert deploy(world, "resilience-drs-account", "account.yml", principals, [SHOP, STAGING, TARGET]) == "SUCCEEDED"
    trusts = {"TrustedAccountId": TARGET, "StagingRole": "true"}
    assert deploy(world, f"resilience-drs-trust-{TARGET}", "trust.yml", trusts, [STAGING]) == "SUCCEEDED"
    for one, other in ((SHOP, STAGING), (STAGING, SHOP)):
        agents = {"TrustedAccountId": one, "AgentRoles": "true"}
        assert deploy(world, f"resilience-drs-trust-{one}", "trust.yml", agents, [other]) == "SUCCEEDED"
    mark = world.mark()
    checked = founder.run("setup", OPTIONS, check=True)
    assert world.mutations(mark) == [], checked.output
    first = founder.run("setup", OPTIONS)
    assert first.rc != 0 and set(results(first)) == {f"{NAMES[one]}.{REGION}" for one in (SHOP, STAGING, TARGET)}, (
        first.output
    )
    # the cell is named at the end as well, and the next job learns of it
    assert f"NOT SET UP, the reason of each stands above:\n  orders.{REGION}" in first.output, first.output
    left = [(one["result"].get("ansible_stats") or {}).get("data") or {} for one in first.events]
    (artifact,) = [one["drs_artifact"] for one in left if "drs_artifact" in one]
    assert (artifact["status"], artifact["uncovered"]) == ("incomplete", [f"orders.{REGION}"])
    assert "resilience.drs.setup" in artifact["next"] and "deploy_agents" not in artifact["next"]
    assert f"orders.{REGION}" in first.output and "AssumeRole" in first.output, first.output
    # the instance is made, and the command that was told goes on
    assert deploy(world, "resilience-drs-account", "account.yml", principals, [ORDERS]) == "SUCCEEDED"
    # what somebody changes beside the stack set is told by account, wherever the play goes; so is what is not known
    assert "Changed beside the stacks" not in first.output and results(first)[f"shop.{REGION}"]["drift"] == []
    for account in (SHOP, ORDERS):
        policy = {"RoleName": ROLE, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
        world.client("iam", account).attach_role_policy(**policy)
    again = founder.run("setup", OPTIONS, limit=f"orders.{REGION}")
    assert again.rc == 0 and results(again)[f"orders.{REGION}"]["changes"], again.output
    drift = results(again)[f"orders.{REGION}"]["drift"]
    assert {(one["account_id"], one["region"], one["physical_id"]) for one in drift} == {
        (SHOP, REGION, ROLE), (ORDERS, REGION, ROLE)
    }  # fmt: skip
    said = " ".join(again.output.split())
    assert f"account {SHOP}: {ROLE} was changed: /ManagedPolicyArns (resilience-drs-account, {REGION})" in said
    assert "stack set resilience-drs-nothing: its drift could not be read: StackSetNotFoundException" in said
    assert SECRET not in checked.output + first.output + again.output
