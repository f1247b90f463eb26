"""Test launch settings as code against the simulator: applied once, effective at launch, undone, refused."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import re

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs as aws_drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.cells import by_id, outcomes
from support.launch_settings import Keeper, Network, group, server
from support.playbook import Controller
from support.scenarios import account, fleet

ACCOUNTS = [f"1200000{number:05}" for number in range(1, 31)]
WRITES = ["CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "UpdateLaunchConfiguration"]


@pytest.fixture(scope="module")
def _accounts(start_simulator):
    fleets = [
        fleet(one, count, name, tags={"dr:application": application})
        for one in ACCOUNTS
        for count, name, application in ((2, "db-{n:02}", "payments"), (1, "web-{n:02}", "shop"))
    ]
    simulator = start_simulator(
        {"accounts": [account(one) for one in ACCOUNTS], "fleets": fleets, "jobs": {"total": 600}}
    )
    return simulator, list(ACCOUNTS)


@pytest.fixture
def keeper(_accounts):
    simulator, accounts = _accounts
    yield Keeper(simulator, accounts.pop(0))
    simulator.faults.clear()


@pytest.fixture
def network(keeper):
    return Network(keeper)


def codes(result):
    """The error code of each server of a result by name."""
    return {one["name"]: one["error"]["code"] for one in result["servers"] if one["error"]}


def test_groups_and_overrides_are_written_once_and_seen_at_the_launch(keeper, network):
    one, two, web = keeper.ids("db-01", "db-02", "web-01")
    declared = (
        group(subnet_id=network.second, right_sizing="NONE", instance_type="m5.large"),
        group(applications=["payments"], subnet_id=network.first, security_group_ids=[network.group], os_byol=True),
        server("db-01", private_ip=network.address(40), instance_type="r6i.large"),
        server(two, launch_disposition="STOPPED"),
    )
    keeper.mark()
    planned = keeper.keep(*declared, check_mode=True)
    assert keeper.mutations() == [] and planned["changed"] and outcomes(planned) == {"planned": 3}
    done = keeper.keep(*declared)
    assert outcomes(done) == {"applied": 3}
    assert done["drift"] == planned["drift"] and done["diff"] == planned["diff"]
    mine = {row["setting"]: (row["actual"], row["declared"]) for row in done["drift"] if row["source_server_id"] == one}
    assert mine == {
        "instance_type": ("m5.large", "r6i.large"),
        "os_byol": (False, True),
        "private_ip": (None, network.address(40)),
        "right_sizing": ("BASIC", "NONE"),
        "security_group_ids": ([], [network.group]),
        "subnet_id": (None, network.first),
    }
    assert sorted(keeper.mutations()) == sorted(WRITES * 3)
    keeper.mark()
    again = keeper.keep(*declared)
    assert outcomes(again) == {"unchanged": 3} and not again["changed"] and again["drift"] == []
    assert keeper.mutations() == []

    keeper.wait(keeper.launch([one, two, web]))
    found = keeper.machine(one)
    assert (found["SubnetId"], found["InstanceType"]) == (network.first, "r6i.large")
    assert found["PrivateIpAddress"] == network.address(40)
    assert keeper.machine(two)["State"]["Name"] == "stopped"
    assert keeper.machine(web)["SubnetId"] == network.second
    # the drill instance has the address of its own server, which stands in nobody's way
    assert outcomes(keeper.keep(*declared)) == {"unchanged": 3}


def test_a_new_version_keeps_every_field_that_is_not_declared(keeper, network):
    (one,) = keeper.ids("db-01")
    template = keeper.configuration(one)["ec2LaunchTemplateID"]
    data = {
        "InstanceType": "c5.large",
        "KeyName": "mine",
        "IamInstanceProfile": {"Name": "app"},
        "MetadataOptions": {"HttpTokens": "required"},
        "NetworkInterfaces": [
            {"DeviceIndex": 0, "SubnetId": network.second, "Groups": [network.group], "Description": "first"},
            {"DeviceIndex": 1, "SubnetId": network.second, "DeleteOnTermination": True},
        ],
    }
    keeper.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    keeper.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    before = keeper.default(one)
    assert outcomes(keeper.keep(server(one, subnet_id=network.first, public_ip=False))) == {"applied": 1}
    after = keeper.default(one)
    first, second = after.pop("NetworkInterfaces")
    old_first, old_second = before.pop("NetworkInterfaces")
    assert after == before and second == old_second
    assert first == {**old_first, "SubnetId": network.first, "AssociatePublicIpAddress": False}

    # what was read back is sent without what EC2 only tells, and each further member for itself
    (device, *_others) = [item["DeviceName"] for item in keeper.template_devices("db-02")]
    more = {
        "key_name": "other",
        "instance_profile": "web",
        "tenancy": "dedicated",
        "placement_group": "near",
        "instance_tags": {"owner": "me"},
        "volumes": [{"device": device, "type": "gp3", "size": 500, "iops": 4000}],
        "interfaces": [{"device_index": 1, "subnet_id": network.second, "security_group_ids": [network.group]}],
    }
    keeper.mark()
    assert outcomes(keeper.keep(server("db-02", **more), check_mode=True)) == {"planned": 1}
    assert keeper.mutations() == []
    two = keeper.ids("db-02")[0]
    plain = keeper.default(two)
    assert outcomes(keeper.keep(server("db-02", **more), change_id="more")) == {"applied": 1}
    keeper.mark()
    assert outcomes(keeper.keep(server("db-02", **more))) == {"unchanged": 1} and keeper.mutations() == []
    data = keeper.default(two)
    assert (data["KeyName"], data["IamInstanceProfile"], data["Placement"]) == (
        "other",
        {"Name": "web"},
        {"Tenancy": "dedicated", "GroupName": "near"},
    )
    (disk,) = [item for item in data["BlockDeviceMappings"] if item["DeviceName"] == device]
    assert (disk["Ebs"]["VolumeSize"], disk["Ebs"]["Iops"]) == (500, 4000)
    assert [item["DeviceIndex"] for item in data["NetworkInterfaces"]] == [0, 1]
    (refused,) = keeper.keep(server("db-02", volumes=[{"device": device, "size": 8}]))["servers"]
    assert refused["error"]["code"] == "volume_too_small"
    # what is inherited cannot be taken away, so the version is whole without it
    assert outcomes(keeper.keep(server("db-02", key_name="", placement_group="", tenancy="default"))) == {"applied": 1}
    assert "KeyName" not in keeper.default(two) and keeper.default(two)["InstanceType"] == plain["InstanceType"]

    # by rules: the last octet of the source, and an instance of the server's name
    found = {item["sourceServerID"]: item for item in keeper.drs.describe_source_servers()["items"]}
    cards = found[two]["sourceProperties"]["networkInterfaces"]
    octet = next(card for card in cards if card["isPrimary"])["ips"][0].rpartition(".")[2]
    done = keeper.keep(server("db-02", subnet_id=network.first, keep_last_octet=True))
    address = keeper.default(two)["NetworkInterfaces"][0].get("PrivateIpAddress")
    assert outcomes(done) == {"applied": 1} and address.rpartition(".")[2] == octet
    rule = {"copy_tags": False, "copy_private_ip": False, "launch_into_name": "{name}-dr"}
    assert codes(keeper.keep(server("web-01", **rule))) == {"web-01": "launch_into_not_one"}
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web-01-dr"}]}]
    (machine,) = keeper.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, TagSpecifications=tags)[
        "Instances"
    ]
    assert outcomes(keeper.keep(server("web-01", **rule))) == {"applied": 1}
    into = keeper.configuration(keeper.ids("web-01")[0])["launchIntoInstanceProperties"]
    assert into == {"launchIntoEC2InstanceID": machine["InstanceId"]}

    # all of it as CSV, which changes nothing when it is read again
    keeper.mark()
    text = keeper.keep(state="read")["csv"]
    assert f"{two},tenancy,default,db-02" in text and "instance_tags" in text
    assert outcomes(keeper.keep(csv=text)) == {"unchanged": 3} and keeper.mutations() == []
    edited = text.replace(f"{two},tenancy,default", f"{two},tenancy,dedicated")
    assert outcomes(keeper.keep(csv=edited, check_mode=True)) == {"planned": 1, "unchanged": 2}


def test_a_change_is_taken_back_once_by_its_id(keeper, network):
    ids = keeper.ids("db-01", "db-02")
    before = [(keeper.configuration(one), keeper.default(one)) for one in ids]
    keeper.keep(
        group(applications=["payments"], copy_tags=False, subnet_id=network.first),
        server("db-01", right_sizing="NONE", launch_disposition="STOPPED"),
        change_id="change-1",
    )
    keeper.mark()
    assert outcomes(keeper.restore("change-1", check_mode=True)) == {"planned": 2}
    assert keeper.mutations() == []
    done = keeper.restore("change-1")
    assert outcomes(done) == {"applied": 2}
    assert {(row["before"], row["after"]) for row in done["versions"]} == {(2, 1)}
    shown = [(keeper.configuration(one), keeper.default(one)) for one in ids]
    strip = [({**drs, "ResponseMetadata": None}, data) for drs, data in shown]
    assert strip == [({**drs, "ResponseMetadata": None}, data) for drs, data in before]
    assert outcomes(keeper.restore("change-1")) == {"unchanged": 2}
    assert outcomes(keeper.restore("change-2")) == {}


def test_what_somebody_changed_since_is_taken_back_only_by_force(keeper, network):
    (one,) = keeper.ids("web-01")
    keeper.keep(server(one, subnet_id=network.first), change_id="mine")
    keeper.keep(server(one, subnet_id=network.second), change_id="theirs")
    keeper.mark()
    assert codes(keeper.restore("mine")) == {"web-01": "launch_settings_changed_since"}
    assert keeper.mutations() == []
    assert outcomes(keeper.restore("mine", force=True)) == {"applied": 1}
    assert "SubnetId" not in keeper.default(one)["NetworkInterfaces"][0]


@pytest.mark.parametrize("kind", ["drop_response", "throttle"])
@pytest.mark.parametrize("action", WRITES)
def test_a_lost_or_refused_answer_makes_one_version(keeper, network, kind, action, no_real_waiting):
    (one,) = keeper.ids("db-01")
    keeper.configuration(one)
    service = "drs" if action == "UpdateLaunchConfiguration" else "ec2"
    keeper.simulator.faults.add(kind, service=service, action=action, account=keeper.account, times=1)
    assert outcomes(keeper.keep(server(one, subnet_id=network.first, copy_tags=False))) == {"applied": 1}
    assert [item["VersionNumber"] for item in keeper.versions(one)] == [1, 2]
    assert keeper.default(one)["NetworkInterfaces"][0]["SubnetId"] == network.first
    assert keeper.configuration(one)["copyTags"] is False


def test_addresses_that_cannot_be(keeper, network):
    card = keeper.ec2.create_network_interface(SubnetId=network.first, PrivateIpAddress=network.address(50))
    other, two, web = keeper.ids("db-01", "db-02", "web-01")
    keeper.keep(server(other, subnet_id=network.first, private_ip=network.address(60)))
    keeper.keep(server(web, copy_private_ip=True))
    keeper.mark()

    def refused(named, **settings):
        result = keeper.keep(server(named, **settings))
        (one,) = result["servers"]
        assert one["outcome"] == "refused" and not result["changed"]
        return one["error"]["code"], one["error"]["message"]

    here = {"subnet_id": network.first}
    cases = [
        ("static_ip_outside_subnet", {**here, "private_ip": "10.99.0.9"}, str(network.range)),
        ("static_ip_reserved", {**here, "private_ip": network.address(3)}, network.address(4)),
        ("static_ip_reserved", {**here, "private_ip": network.address(-1)}, network.address(-2)),
        (
            "static_ip_taken",
            {**here, "private_ip": network.address(50)},
            card["NetworkInterface"]["NetworkInterfaceId"],
        ),
        ("static_ip_taken", {**here, "private_ip": network.address(60)}, "launch template lt-"),
        ("static_ip_without_subnet", {"private_ip": network.address(70)}, network.address(70)),
        ("subnet_unknown", {"subnet_id": "subnet-00000000000000000"}, "subnet-00000000000000000"),
        ("security_group_unknown", {**here, "security_group_ids": ["sg-00000000000000000"]}, "sg-00000000000000000"),
    ]
    for code, settings, named in cases:
        found, text = refused(two, **settings)
        assert found == code and named in text and "db-02" in text, (code, found, text)
    assert refused(web, **here, private_ip=network.address(71))[0] == "static_ip_and_copy_private_ip"
    # a subnet that the address of the template is not in
    assert refused(other, subnet_id=network.second)[0] == "static_ip_outside_subnet"
    assert keeper.mutations() == []
    assert outcomes(keeper.keep(server(two, **here, private_ip=network.address(4)))) == {"applied": 1}


def test_an_address_for_two_servers_is_refused_for_both(keeper, network):
    keeper.keep(group(applications=["payments"], subnet_id=network.first))
    keeper.mark()
    asked = {"private_ip": network.address(80)}
    with pytest.raises(DrsError) as refused:
        keeper.keep(server("db-01", **asked), server("db-02", **asked))
    assert refused.value.code == "static_ip_twice" and keeper.calls() == []
    # said in two ways, it shows only once the servers are known
    result = keeper.keep(server("db-01", **asked), server("db-02", **asked, subnet_id=network.first))
    assert codes(result) == {"db-01": "static_ip_twice", "db-02": "static_ip_twice"}
    assert keeper.mutations() == []
    # one of them has it already, and is declared to have something else
    assert outcomes(keeper.keep(server("db-01", **asked))) == {"applied": 1}
    result = keeper.keep(group(applications=["payments"], copy_tags=False), server("db-02", **asked))
    assert codes(result) == {"db-02": "static_ip_twice"}


def test_groups_of_another_vpc_and_types_that_are_overwritten(keeper, network):
    vpc = keeper.ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
    foreign = keeper.ec2.create_security_group(GroupName="far", Description="far", VpcId=vpc)["GroupId"]
    result = keeper.keep(server("db-01", subnet_id=network.first, security_group_ids=[foreign]))
    assert codes(result) == {"db-01": "security_group_other_vpc"}
    result = keeper.keep(group(right_sizing="BASIC"), server("db-01", instance_type="r6i.large"))
    assert codes(result) == {"db-01": "right_sizing_overwrites"}
    # the server's own setting, which nobody declared, is only told
    (warning,) = keeper.keep(server("db-02", instance_type="r6i.large"))["warnings"]
    assert "right_sizing_overwrites" in warning and "db-02" in warning
    into = "i-0123456789abcdef0"
    assert codes(keeper.keep(server("db-01", launch_into_instance_id=into))) == {"db-01": "launch_into_conflict"}
    whole = {"copy_tags": False, "copy_private_ip": False}
    assert outcomes(keeper.keep(server("db-01", launch_into_instance_id=into, **whole))) == {"applied": 1}
    assert outcomes(keeper.keep(server("db-01", launch_into_instance_id=""))) == {"applied": 1}
    assert outcomes(keeper.keep(server("db-01", launch_into_instance_id=""))) == {"unchanged": 1}


def test_servers_that_are_not_there(keeper):
    with pytest.raises(DrsError, match="nobody") as refused:
        keeper.keep(server("nobody", copy_tags=False))
    assert refused.value.code == "unknown_id"
    done = keeper.keep(server("nobody", copy_tags=False), server("db-01", copy_tags=False), ignore_unknown=True)
    assert done["unknown"] == ["nobody"] and outcomes(done) == {"applied": 1}


def test_one_server_that_cannot_be_read_does_not_stop_the_others(keeper):
    one, two = keeper.ids("db-01", "db-02")
    template = keeper.configuration(one)["ec2LaunchTemplateID"]
    keeper.ec2.delete_launch_template(LaunchTemplateId=template)
    result = keeper.keep(group(applications=["payments"], copy_tags=False))
    found = by_id(result)
    assert found[one]["outcome"] == "failed" and found[one]["error"]["code"] == "launch_template_missing"
    assert found[two]["outcome"] == "applied"


def test_a_setting_that_botocore_does_not_know_is_named(keeper, monkeypatch):
    monkeypatch.setattr(aws_drs, "launch_configuration_members", lambda _cell: {"launchDisposition"})
    keeper.mark()
    with pytest.raises(DrsError, match="recoveryMode") as refused:
        keeper.keep(group(launch_disposition="STARTED", recovery_mode="FAST"))
    assert refused.value.code == "setting_unsupported" and keeper.calls() == []


@pytest.fixture(scope="module")
def walked(_accounts, tmp_path_factory):
    """The playbook over two accounts: check, do, check again, take back; each with the calls that changed something."""
    simulator, accounts = _accounts
    one, two = Keeper(simulator, accounts.pop(0)), Keeper(simulator, accounts.pop(0))
    controller = Controller(simulator, tmp_path_factory.mktemp("settings"), [one.account, two.account])
    wanted = {
        "launch_settings_groups": [{"applications": ["payments"], "settings": {"copy_tags": False}}],
        "launch_settings_servers": [
            {"source_server_id": one.ids("web-01")[0], "settings": {"private_ip": "10.99.0.9"}},
            {"name": "nobody", "settings": {"os_byol": True}},
        ],
        "launch_settings_change_id": "first",
        "launch_settings_fail_on_drift": True,
    }
    good = {**wanted, "launch_settings_servers": [], "launch_settings_fail_on_drift": False}
    back = {"launch_settings_state": "restored", "launch_settings_change_id": "first"}
    csv = tmp_path_factory.mktemp("csv") / "settings.csv"
    found = {"csv": csv}
    for name, options, more in (
        ("refused", wanted, {"check": True}),
        ("done", good, {"env": {"ANSIBLE_DIFF_ALWAYS": "true"}}),
        ("still", {**good, "launch_settings_fail_on_drift": True}, {"check": True}),
        ("back", {**good, **back}, {}),
        ("read", {"launch_settings_state": "read", "launch_settings_csv_out": str(csv)}, {"check": True}),
        # as a person types it, from where the command is typed
        ("same", {"launch_settings_csv": os.path.relpath(csv, controller.directory)}, {"check": True}),
    ):
        mark = simulator.mark()
        found[name] = (controller.run("launch_settings", options, **more), simulator.mutations(mark))
    return found


def test_a_check_shows_the_drift_and_what_is_refused_and_changes_nothing(walked):
    run, mutations = walked["refused"]
    assert run.rc != 0 and mutations == []
    result = run.fact("launch_settings_result")
    assert len([row for row in result["drift"] if row["setting"] == "copy_tags"]) == 4
    assert result["unknown"] == ["nobody"] and "static_ip_without_subnet" in run.output
    assert "copy_tags true -> false" in run.output and "drift: 5 settings" in run.output


def test_the_playbook_writes_once_and_then_nothing_drifts(walked):
    run, mutations = walked["done"]
    assert run.rc == 0, run.output
    assert len(mutations) == 12 and "Change first" in run.output
    assert re.search("[+] .*copy_tags.*: false", run.output)  # of --diff
    run, mutations = walked["still"]
    assert run.rc == 0 and mutations == [] and run.fact("launch_settings_result")["drift"] == [], run.output


def test_the_playbook_takes_a_change_back(walked):
    run, mutations = walked["back"]
    assert run.rc == 0 and len(mutations) == 8, run.output
    assert "copy_tags false -> true" in run.output and "Gone back" in run.output
    run, mutations = walked["read"]
    lines = walked["csv"].read_text(encoding="utf-8").splitlines()
    assert run.rc == 0 and mutations == [], run.output
    assert lines[0] == "server,setting,value,name" and len({line.split(",")[0] for line in lines[1:]}) == 6
    assert "As declared" not in run.output
    run, mutations = walked["same"]
    assert run.rc == 0 and mutations == [], run.output
    assert {one["outcome"] for one in run.fact("launch_settings_result")["servers"]} == {"unchanged"}
