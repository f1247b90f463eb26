"""Test the drill network guardrail in the plan and before StartRecovery; without it the drill launches."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.effects import drill_info
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.effects import drill_isolation
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.cells import outcomes
from support.launch_settings import Keeper, Network, group, server
from support.playbook import Controller
from support.scenarios import REGION, account, fleet

ACCOUNTS = [f"1300000{number:05}" for number in range(1, 11)]
HOME = "140000000001"  # its machines run where they are recovered


@pytest.fixture(scope="module")
def _accounts(start_simulator):
    own = {"origin": {"account": HOME, "region": REGION}, "create_instances": True}
    simulator = start_simulator(
        {
            "accounts": [account(one) for one in [*ACCOUNTS, HOME]],
            "fleets": [*(fleet(one, 3, "web-{n:02}") for one in ACCOUNTS), fleet(HOME, 1, "home-{n:02}", **own)],
            "jobs": {"total": 600},
        }
    )
    return simulator, list(ACCOUNTS)


@pytest.fixture
def keeper(_accounts):
    simulator, accounts = _accounts
    yield Keeper(simulator, accounts.pop(0))
    simulator.faults.clear()


def codes(result):
    return {one["name"]: one["error"]["code"] for one in result["servers"] if one["error"]}


def prepared(keeper):
    """The first server in a subnet for drills, the second in another one, the third as DRS made it."""
    network = Network(keeper)
    keeper.keep(
        server("web-01", subnet_id=network.first, public_ip=False),
        server("web-02", subnet_id=network.second, public_ip=False),
    )
    keeper.mark()
    return network


def test_only_what_is_for_drills_is_launched(keeper, monkeypatch):
    network = prepared(keeper)
    guardrail = {"subnet_ids": [network.first]}
    refused = keeper.launch(keeper.ids(), drill_network=guardrail, check_mode=True)
    assert codes(refused) == {"web-02": "drill_subnet_not_allowed", "web-03": "drill_subnet_not_allowed"}
    assert keeper.mutations() == []
    done = keeper.wait(keeper.launch(keeper.ids(), drill_network=guardrail))
    assert outcomes(done) == {"launched": 1, "refused": 2}
    assert {one["source_server_id"] for one in keeper.effects("launched")} == set(keeper.ids("web-01"))

    monkeypatch.setattr(drill_network, "blocking_findings", lambda *_args: [])
    keeper.mark()
    done = keeper.wait(keeper.launch(keeper.ids("web-02", "web-03"), run_id="run-2", drill_network=guardrail))
    assert outcomes(done) == {"launched": 2} and len(keeper.effects("launched")) == 2


def test_off_nothing_is_read_and_in_a_recovery_it_does_not_speak(keeper):
    network = prepared(keeper)
    keeper.wait(keeper.launch(keeper.ids("web-02")))
    assert keeper.calls("GetLaunchConfiguration") == [] and keeper.calls("DescribeLaunchTemplateVersions") == []
    guardrail = {"subnet_ids": [network.first]}
    started = keeper.launch(keeper.ids("web-03"), mode="recovery", run_id="run-2", drill_network=guardrail)
    assert outcomes(keeper.wait(started)) == {"launched": 1}
    assert keeper.calls("GetLaunchConfiguration") == []


@pytest.mark.parametrize("action", ["GetLaunchConfiguration", "DescribeLaunchTemplateVersions", "DescribeSubnets"])
def test_what_cannot_be_read_is_refused(keeper, action, monkeypatch):
    network = prepared(keeper)
    service = "drs" if action == "GetLaunchConfiguration" else "ec2"
    keeper.simulator.faults.add("deny", service=service, action=action, account=keeper.account)
    guardrail = {"subnet_ids": [network.first]}
    assert codes(keeper.launch(keeper.ids("web-01"), drill_network=guardrail)) == {"web-01": "drill_network_unread"}
    assert keeper.mutations() == []
    monkeypatch.setattr(drill_isolation, "_unread", lambda _server, _exc: {"severity": "warning"})
    assert outcomes(keeper.launch(keeper.ids("web-01"), drill_network=guardrail)) == {"in_progress": 1}


def test_a_guardrail_that_means_nothing_is_refused_before_any_call(keeper):
    ids = keeper.ids("web-01")
    keeper.mark()
    with pytest.raises(DrsError, match="subnet_ids or subnet_tags"):
        keeper.launch(ids, drill_network={"subnet_ids": []})
    with pytest.raises(DrsError, match="subnet_ids or subnet_tags"):
        drill_info.read(keeper.cell(), {"source_server_ids": ids, "drill_network": {}}, False)
    assert keeper.calls() == []


def test_the_subnet_of_a_source_machine_is_production_whatever_the_list_says(_accounts):
    home = Keeper(_accounts[0], HOME)
    (machine,) = home.ec2.describe_instances()["Reservations"][0]["Instances"]
    home.keep(group(subnet_id=machine["SubnetId"], public_ip=False))
    found = home.launch(home.ids(), drill_network={"subnet_ids": [machine["SubnetId"]]})
    assert codes(found) == {"home-01": "drill_subnet_production"}


def test_the_plan_names_what_would_be_refused_and_nothing_is_launched(keeper, tmp_path):
    network = prepared(keeper)
    controller = Controller(keeper.simulator, tmp_path / "controller", [keeper.account])
    tag = {"Key": "purpose", "Value": "drill"}
    keeper.ec2.create_tags(Resources=[network.first], Tags=[tag])
    keeper.mark()
    options = {"recovery_drill_network": {"subnet_tags": {"purpose": "drill"}}, "recovery_run_id": "run-1"}
    run = controller.run("drill", options)
    assert run.rc != 0 and keeper.mutations() == [] and keeper.effects() == []
    assert "drill_subnet_not_allowed: web-02" in run.output and "drill_subnet_not_allowed: web-03" in run.output
    assert "web-01:" not in run.output
    run = controller.run("drill", {**options, "recovery_selection": {"source_server_ids": keeper.ids("web-01")}})
    assert run.rc == 0 and run.outcomes == {"launched": 1}, run.output


def test_an_approved_drill_that_is_resumed_keeps_its_network(keeper, tmp_path):
    """Between the approval and the command that resumes it, somebody moves one of its servers into another subnet."""
    network = Network(keeper)
    keeper.keep(*(server(name, subnet_id=network.first, public_ip=False) for name in ("web-01", "web-02")))
    controller = Controller(keeper.simulator, tmp_path / "controller", [keeper.account])
    options = {
        "recovery_run_id": "approved",
        "recovery_selection": {"source_server_ids": keeper.ids("web-01", "web-02")},
        "recovery_drill_network": {"subnet_ids": [network.first]},
        "recovery_require_approval": True,
        "recovery_initiator": "mia",
    }
    asked = controller.run("drill", options)
    assert asked.rc != 0 and asked.result["status"] == "waiting", asked.output
    assert controller.run("approve", {"runs_id": "approved", "runs_approver": "noa"}).rc == 0
    keeper.keep(server("web-01", subnet_id=network.second, public_ip=False))
    keeper.mark()
    run = controller.run("resume", {"runs_id": "approved"})
    assert run.rc != 0 and run.outcomes == {"refused": 1, "launched": 1}, run.output
    assert run.servers["web-01"]["error"]["code"] == "drill_subnet_not_allowed"
    assert {one["source_server_id"] for one in keeper.effects("launched")} == set(keeper.ids("web-02"))
    assert keeper.calls("GetLaunchConfiguration"), "the settings are read right before the launch"
