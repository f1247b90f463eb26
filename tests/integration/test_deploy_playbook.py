"""Test the playbook deploy_agents as a process: cells, waves, plan, capacity, kills and repetitions."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.deploys import machines
from support.playbook import Controller, Run
from support.scenarios import SECRET, account
from support.simulator import Simulator

SHOP, ORDERS, STAGING, TARGET = "111111111111", "222222222222", "333333333333", "444444444444"


def three_cells(**more: Any) -> dict[str, Any]:
    """shop replicates into staging (which extends to target), orders into itself; two waves."""
    quick = {"replication": {"steps_seconds": 60, "sync_seconds": 120}}
    return {
        "accounts": [
            account(SHOP, "shop", types=["source"]),
            account(ORDERS, "orders", types=["source", "target"]),
            account(STAGING, "staging", types=["staging"], **more.pop("staging", {})),
            account(TARGET, "target", types=["target"]),
        ],
        "instances": [
            machines(SHOP, 2, "shop-db-{n:02}", tags={"dr:wave": "1", "dr:priority": "1"}, **quick),
            machines(SHOP, 3, "shop-web-{n:02}", tags={"dr:wave": "2"}, **quick, **more.pop("web", {})),
            machines(ORDERS, 2, "ord-db-{n:02}", tags={"dr:wave": "1"}, platform="windows", **quick),
            machines(ORDERS, 2, "ord-web-{n:02}", tags={"dr:wave": "2"}, **quick),
        ],
        "trusted": [{"source": SHOP, "replication": STAGING}],
        **more,
    }


class Deployer(Controller):
    more_regions: tuple[str, ...] = ()
    """A controller whose inventory says where shops replicate to and what staging extends to."""

    def write_inventory(self, cells: list[dict[str, Any]], name: str = "cells") -> Path:
        names = {cell["name"] for cell in cells}
        for cell in cells:
            if cell["name"].startswith("shop"):
                cell["replicate_to"] = "staging"
            if cell["name"] == "staging" and "target" in names:
                cell["extend_to"] = "target"
            if cell["name"] == "orders":
                cell["regions"] = [*cell["regions"], *self.more_regions]
        return super().write_inventory(cells, name)


@pytest.fixture
def deployer(tmp_path):
    return lambda simulator: Deployer(simulator, tmp_path / "controller")


def found(run: Run) -> dict[str, dict[str, Any]]:
    """The entries of the result by name."""
    result = run.fact("agent_deploy_result")
    assert result, run.output
    return {one["name"]: one for one in result["servers"]}


def installed(simulator: Simulator) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in simulator.ledger("agent_installed"):
        counts[entry["instance_id"]] = counts.get(entry["instance_id"], 0) + 1
    return counts


def installers(simulator: Simulator) -> list[dict[str, Any]]:
    """The commands that were sent to install; a look is none."""
    sent = [entry for entry in simulator.journal(action="SendCommand") if not entry["error"]]
    return [entry for entry in sent if entry["request"]["Comment"].startswith("resilience.drs:agent/")]


def test_three_cells_in_two_waves_to_continuous_replication_and_again(simulator, deployer):
    extending = {"staging": {"encryption": {"mode": "NONE"}}, "staging_roles": [{"staging": STAGING, "target": TARGET}]}
    world = simulator(three_cells(**extending))
    controller = deployer(world)

    plan = controller.run("deploy_agents", check=True)
    assert plan.rc == 0, plan.output
    assert world.mutations() == ["sts:AssumeRole"] * len(world.mutations()), "check mode changed something"
    told = " ".join(plan.output.split())
    assert "shop.us-west-2: extended: into staging.us-west-2, and from there to target.us-west-2; by the shell" in told
    assert "orders.us-west-2: same account: into orders.us-west-2; by the document of AWS" in told
    assert "wave 1, shop.us-west-2, 2 machines: shop-db-01 (priority 1)" in plan.output
    assert "ord-db-01 (windows)" in plan.output
    assert "next: ansible-playbook resilience.drs.deploy_agents" in plan.output and not plan.changed

    world.faults.add("deny", action="CreateExtendedSourceServer", account=TARGET)
    first = controller.run("deploy_agents", {"agent_deploy_wait_for": "continuous", "agent_deploy_extend": True})
    # a deployment stays good whatever becomes of the extension after it
    assert first.rc == 0, first.output
    extended = first.fact("server_extend_result")
    assert not extended["ok"] and extended["reasons"]
    assert "The deployment is complete; extending after it was not complete" in " ".join(first.output.split())
    servers = found(first)
    assert len(servers) == 9 and {one["outcome"] for one in servers.values()} == {"installed"}
    assert {one["arn"].split(":")[4] for one in servers.values() if one["cell"].startswith("shop")} == {STAGING}
    assert {one["arn"].split(":")[4] for one in servers.values() if one["cell"].startswith("orders")} == {ORDERS}
    assert set(installed(world).values()) == {1}
    # the barrier: the second wave was sent when the first had ended everywhere
    sent = installers(world)
    ends = max(one["ended_at"] for one in servers.values() if one["wave"] == "1")
    later = [entry["time"] for entry in sent if entry["time"][:19] >= ends[:19]]
    assert len(sent) == 4 and len(later) == 2
    assert "Replication: " in first.output and "CONTINUOUS" in first.output
    assert SECRET not in first.output

    world.faults.clear()
    mark = world.mark()
    second = controller.run("deploy_agents", {"agent_deploy_extend": True})
    assert second.rc == 0, second.output
    assert {one["outcome"] for one in found(second).values()} == {"already_installed"}
    assert Counter(one["outcome"] for one in second.fact("server_extend_result")["servers"]) == {"extended": 5}
    only = [one for one in world.mutations(mark) if one != "sts:AssumeRole"]
    assert only == ["drs:CreateExtendedSourceServer"] * 5

    mark = world.mark()
    third = controller.run("deploy_agents")
    assert third.rc == 0, third.output
    assert not [one for one in world.mutations(mark) if one != "sts:AssumeRole"]
    assert not third.changed and third.fact("server_extend_result") is None


def test_room_that_suffices_for_each_cell_but_not_for_all(simulator, deployer):
    world = simulator(
        {
            "accounts": [
                account(SHOP, "shop", types=["source"]),
                account(ORDERS, "shop2", types=["source"]),
                account(STAGING, "staging", types=["staging"]),
            ],
            "instances": [machines(SHOP, 3), machines(ORDERS, 3)],
        }
    )
    run = deployer(world).run("deploy_agents", {"agent_deploy_limits": {"replicating_servers": 4}})
    assert run.rc != 0
    assert "capacity_full: staging.us-west-2: 0 of 4 replicating servers used, 4 free, 6 planned" in run.output
    assert "Nothing was sent" in run.output
    assert not world.journal(action="SendCommand")


def test_a_source_account_that_one_staging_account_cannot_hold_is_deployed_in_parts(simulator, tmp_path):
    """As docs/runbooks/deploy_agents.md says: the second part goes elsewhere, and the first stays where it is."""
    world = simulator(
        {
            "accounts": [
                account(SHOP, "shop", types=["source"]),
                account(ORDERS, "other", types=["staging"]),
                account(STAGING, "staging", types=["staging"]),
            ],
            "instances": [
                machines(SHOP, 2, "one-{n:02}", tags={"dr:application": "one"}),
                machines(SHOP, 1, "two-{n:02}", tags={"dr:application": "two"}),
            ],
            "trusted": [{"source": SHOP, "replication": STAGING}, {"source": SHOP, "replication": ORDERS}],
        }
    )
    room = {"agent_deploy_limits": {"replicating_servers": 2}}
    part = {"agent_deploy_filter_tags": {"enabled": True, "application": ["one"]}}
    first = Deployer(world, tmp_path / "first").run("deploy_agents", {**room, **part})
    assert first.rc == 0 and {one["outcome"] for one in found(first).values()} == {"installed"}, first.output

    class Second(Deployer):
        def write_inventory(self, cells: list[dict[str, Any]], name: str = "cells") -> Path:
            for cell in cells:
                cell.update({"replicate_to": "other"} if cell["name"] == "shop" else {})
            return Controller.write_inventory(self, cells, name)

    second = Second(world, tmp_path / "second").run("deploy_agents", room)
    assert second.rc == 0, second.output
    assert sorted(one["outcome"] for one in found(second).values()) == ["already_installed"] * 2 + ["installed"]
    assert "replicates into staging.us-west-2 already, not into other.us-west-2" in " ".join(second.output.split())
    assert sorted(installed(world).values()) == [1, 1, 1]


def test_one_cell_denied_and_one_without_a_replication_cell(simulator, tmp_path):
    world = simulator(three_cells())
    world.deny_role(ORDERS)
    # without replicate_to for shop: a plain controller
    run = Controller(world, tmp_path / "plain").run("deploy_agents")
    assert run.rc != 0
    assert "no_replication_cell" in run.output and "replicate_to is not set" in run.output
    assert "AccessDenied" in run.output and "orders.us-west-2" in run.output
    assert not world.journal(action="SendCommand")


def test_cells_that_cannot_be_read_do_not_stop_the_others(simulator, deployer, monkeypatch):
    """One role is denied, one Region has no DRS: both are named with the remedy, and the end is no success."""
    world = simulator(three_cells())
    world.deny_role(TARGET)
    tags = [{"Key": "dr:enabled", "Value": "true"}, {"Key": "dr:recovery-strategy", "Value": "drs"}]
    world.client("ec2", ORDERS, "eu-west-1").run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]
    )
    monkeypatch.setattr(Deployer, "more_regions", ("eu-west-1",))
    run = deployer(world).run("deploy_agents")
    assert run.rc != 0
    servers = found(run)
    assert {one["outcome"] for one in servers.values()} == {"installed"} and len(servers) == 9
    assert "AccessDenied" in run.output and "UninitializedAccountException" in run.output
    assert "coverage incomplete: " in run.output
    assert {"target.us-west-2", "orders.eu-west-1"} <= set(
        run.output.split("coverage incomplete: ")[1].split('"')[0].replace(",", "").split()
    )


def test_a_failed_wave_stops_the_next_and_the_table_says_why(simulator, deployer):
    broken = three_cells()
    broken["instances"][0]["failure"] = "linux_build"
    world = simulator(broken)
    run = deployer(world).run("deploy_agents")
    assert run.rc != 0
    assert "install_linux_build" in run.output and "Install the kernel headers" in run.output
    assert "Not begun, as an earlier wave failed: 5 machines" in run.output
    names = {one["name"] for one in found(run).values()}
    assert names == {"shop-db-01", "shop-db-02", "ord-db-01", "ord-db-02"}
    assert "next: ansible-playbook resilience.drs.deploy_agents" in run.output


def test_killed_while_installers_run_and_started_again(simulator, deployer):
    world = simulator(three_cells())
    world.clock.set(grace=1)
    controller = deployer(world)
    process = controller.start("deploy_agents", {"agent_deploy_look": "never"}, env={"RESILIENCE_DRS_SLEEP_URL": ""})
    # real sleeping: the first commands are on their way, and virtual time stands still
    process.read_until(lambda text: text.count("sent to 2 machines") == 2, timeout=120)
    process.kill()
    run = controller.run("deploy_agents")
    assert run.rc == 0, run.output
    assert "adopted to 2 machines" in run.output
    assert {one["outcome"] for one in found(run).values()} == {"installed"}
    assert set(installed(world).values()) == {1}
    sent = installers(world)
    assert len(sent) == 4


def test_more_cells_than_forks_end_with_their_slowest_installer(simulator, tmp_path):
    """Eight cells, two forks: sending, waiting and the proof are one step, whatever forks is."""
    accounts = [str(number) * 12 for number in range(1, 9)]
    slow = {"servers": {"web-01": {"install_seconds": [100, 100]}}}
    world = simulator(
        {
            "accounts": [account(one, "c" + one[0], types=["source", "staging"]) for one in accounts],
            "instances": [machines(one, 1, **slow) for one in accounts],
        }
    )
    began = world.clock.elapsed
    run = Controller(world, tmp_path / "controller").run("deploy_agents", env={"ANSIBLE_FORKS": "2"})
    assert run.rc == 0, run.output
    assert [one["outcome"] for one in run.fact("agent_deploy_result")["servers"]] == ["installed"] * 8
    # of installers that take 100 seconds
    assert world.clock.elapsed - began <= 100 + 30
    assert run.output.count(" wave 1] command ") >= 8
    # one session a cell, for plan, sending, waiting and proof
    assert len(world.journal(action="AssumeRole")) == 8


def test_a_machine_where_it_would_fail_is_named_before_anything_is_sent_and_the_rest_goes_on(simulator, tmp_path):
    """A look by Run Command: not in check mode unless it is asked for, and what it finds stops that machine only."""
    wrong = {
        "web-01": {"system": {"root_mib": 900}},
        "web-02": {"network": "blocked", "system": {"secure_boot": True}},
        "web-03": {"system": {"headers": False}},
        "web-05": {"architecture": "arm64"},
        "web-06": {"tags": {"aws:autoscaling:groupName": "web"}},
    }
    windows = {"platform": "windows", "name": "win-{n:02}", "servers": {"win-01": {"system": {"bitlocker": True}}}}
    world = simulator(
        {
            "accounts": [account(SHOP, "shop", types=["source", "staging"])],
            "instances": [machines(SHOP, 6, servers=wrong), machines(SHOP, 2, **windows)],
        }
    )
    controller = Controller(world, tmp_path / "controller")
    plain = controller.run("deploy_agents", check=True)
    assert plain.rc == 0 and world.mutations() == ["sts:AssumeRole"] * len(world.mutations())
    assert "install_disk_space" not in plain.output
    looked = controller.run("deploy_agents", {"agent_deploy_look": "always"}, check=True)
    assert looked.rc == 0, looked.output
    assert "install_disk_space" in looked.output and installers(world) == []
    run = controller.run("deploy_agents")
    assert run.rc != 0 and "5 machines are not protected: " in run.output
    outcomes = {name: (one["outcome"], (one["error"] or {}).get("code")) for name, one in found(run).items()}
    assert outcomes == {
        "web-01": ("refused", "install_disk_space"),
        "web-02": ("refused", "install_secure_boot_selinux"),
        "web-03": ("installed", None),
        "web-04": ("installed", None),
        "web-05": ("refused", "machine_is_arm"),
        "web-06": ("refused", "machine_in_auto_scaling"),
        "win-01": ("refused", "install_bitlocker"),
        "win-02": ("installed", None),
    }
    assert "install_linux_build: web-03: the headers of kernel" in run.output and "Free 4 GB on /" in run.output
    assert len(world.ledger("agent_installed")) == 3
    # by id, whatever its tags say, and allowed
    (member,) = [one["instance_id"] for name, one in found(run).items() if name == "web-06"]
    chosen = {"agent_deploy_instance_ids": [member], "agent_deploy_allow": ["auto_scaling"]}
    named = controller.run("deploy_agents", chosen)
    assert named.rc == 0, named.output
    assert {name: one["outcome"] for name, one in found(named).items()} == {"web-06": "installed"}
