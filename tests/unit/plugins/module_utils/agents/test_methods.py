"""Test methods, tags and parameters of an installation, and the selection of machines."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shlex

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import look_scripts
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import methods as agent_methods
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import resolve_keys

KEYS = resolve_keys()


def machine(name="web-01", **tags):
    item = {
        "InstanceId": "i-11111111111111111",
        "State": {"Name": "running"},
        "Tags": [{"Key": "Name", "Value": name}, *({"Key": key, "Value": value} for key, value in tags.items())],
    }
    return machines.normalise(item, "111111111111", "us-west-2", "payments.us-west-2")


@pytest.mark.parametrize(
    ("method", "document", "cross", "devices", "expected"),
    [
        ("auto", None, False, [], "aws_document"),
        ("auto", None, True, [], "shell"),
        ("auto", None, False, ["/dev/sdb"], "shell"),
        ("auto", "Mine", True, [], "document"),
        ("shell", None, False, [], "shell"),
        ("aws_document", None, False, [], "aws_document"),
        ("aws_document", None, True, [], DrsError),
        ("aws_document", None, False, ["/dev/sdb"], DrsError),
        ("document", None, False, [], DrsError),
        ("document", "Mine", False, ["/dev/sdb"], DrsError),
        ("shell", "Mine", False, [], DrsError),
    ],
)
def test_the_method(method, document, cross, devices, expected):
    if expected is DrsError:
        with pytest.raises(DrsError) as caught:
            agent_methods.choose(method, document, cross, devices)
        assert caught.value.code == "invalid_request"
    else:
        assert agent_methods.choose(method, document, cross, devices) == expected


def test_the_document_of_aws_gets_its_two_parameters_and_nothing_else():
    found = agent_methods.parameters("aws_document", "linux", "us-west-2", None, {"a": "1", "b": "2 3"}, [], 3600)
    assert found == {"Region": ["us-west-2"], "Tags": ["a=1,b=2 3"]}
    assert agent_methods.parameters("aws_document", "linux", "us-west-2", None, {}, [], 1) == {"Region": ["us-west-2"]}


def test_a_document_of_ones_own_also_gets_the_account():
    found = agent_methods.parameters("document", "", "us-west-2", "222222222222", {}, [], 1)
    assert found == {"Region": ["us-west-2"], "AccountId": ["222222222222"]}


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_the_shell_gets_a_script_of_its_platform(platform):
    found = agent_methods.parameters("shell", platform, "us-west-2", "222222222222", {"a": "b"}, ["/dev/sdb"], 900)
    assert found["executionTimeout"] == ["900"]
    (line,) = [one for one in found["commands"] if "--no-prompt" in one]
    words = ["--region", "us-west-2", "--account-id", "222222222222", "--tags", "a=b", "--devices", "/dev/sdb"]
    assert shlex.split(line)[-8:] == words
    assert agent_methods.document("shell", platform) == {
        "linux": "AWS-RunShellScript", "windows": "AWS-RunPowerShellScript"
    }[platform]  # fmt: skip


def test_the_installer_carries_what_is_common_and_safe():
    each = [
        {"Name": "web-01", "dr:wave": "1", "note": "a, b", "team": "core edge", "long": "x" * 51, "q": "it's", "e": ""},
        {"Name": "web-02", "dr:wave": "1", "note": "a, b", "team": "core edge", "long": "x" * 51, "q": "it's", "e": ""},
    ]
    assert agent_methods.installer_tags(each) == {"dr:wave": "1", "team": "core edge"}
    assert agent_methods.installer_tags([]) == {}
    assert len(agent_methods.installer_tags([{f"k{n}": "v" for n in range(30)}])) == 21


@pytest.mark.parametrize("value", [" lead", "trail ", "{{x}}", "a=b", "é", "a\tb"])
def test_values_that_only_the_api_takes(value):
    assert agent_methods.installer_tags([{"key": value}]) == {}


def test_source_servers_get_the_name_and_the_recovery_tags():
    one = machine(**{"dr:wave": "2", "Application": "shop", "Owner": "somebody"})
    assert agent_methods.server_tags(one, {"dr:wave": "3"}, True, KEYS) == {
        "Name": "web-01", "dr:wave": "3", "Application": "shop"
    }  # fmt: skip
    assert agent_methods.server_tags(one, {"x": 1}, False, KEYS) == {"x": "1"}


def test_only_what_lacks_is_written():
    assert agent_methods.missing_tags({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == {"b": "2"}


@pytest.mark.parametrize("device", ["sdb", "/dev/sdb; reboot", "", "/etc/passwd", "$x", "DD:"])
def test_devices_that_are_none(device):
    with pytest.raises(DrsError):
        agent_methods.check_devices([device])


def test_devices():
    agent_methods.check_devices(["/dev/sdb", "/dev/mapper/data-1", "D:"])


# -- machines ------------------------------------------------------------------------------------------------------


def test_a_machine_is_what_ec2_says_and_systems_manager_knows_better():
    one = machine()
    assert (one["name"], one["platform"], one["state"], one["managed_by_drs"]) == ("web-01", "linux", "running", False)
    told = machines.with_ssm(one, {"PingStatus": "Online", "PlatformType": "Windows", "AgentVersion": "3"})
    assert (told["platform"], told["ssm"]["status"]) == ("windows", "online")
    assert machines.not_online(told) is None


@pytest.mark.parametrize(
    ("information", "code"),
    [
        (None, "ssm_not_managed"),
        ({"PingStatus": "ConnectionLost"}, "ssm_connection_lost"),
        ({"PingStatus": "Inactive"}, "ssm_inactive"),
        ({"PingStatus": "Strange"}, "ssm_not_managed"),
    ],
)
def test_why_nothing_can_be_sent(information, code):
    error = machines.not_online(machines.with_ssm(machine(), information))
    assert error.code == code and error.remedy and "web-01" in error.message


def test_a_machine_without_anything():
    one = machines.normalise({}, None, "us-west-2", "x")
    assert one["instance_id"] is None and one["tags"] == {} and one["platform"] == "linux"


def test_what_drs_made_is_never_selected():
    wanted = {"enabled": True}
    ours, made = machine(**{"dr:enabled": "yes"}), machine(**{"dr:enabled": "yes", machines.MANAGED_TAG: "drs"})
    assert machines.select([ours, made, machine()], wanted, KEYS) == [ours]


def test_the_filter_asks_for_the_key_alone():
    """EC2 reads * and ? in values as wildcards, and does not know that yes means true."""
    found = machines.filter_of({"enabled": True, "dr:x": "a*"}, KEYS)
    assert found[1] == {"Name": "tag-key", "Values": ["dr:enabled", "DR-Enabled", "DREnabled"]}
    assert len(found) == 2 and "terminated" not in found[0]["Values"]
    assert len(machines.filter_of({}, KEYS)) == 1


def test_order():
    names = [("web-10", "1"), ("web-2", "1"), ("db", None), ("late", "10"), ("early", "2")]
    found = machines.order([machine(name, **({"dr:priority": rank} if rank else {})) for name, rank in names], KEYS)
    assert [one["name"] for one in found] == ["web-2", "web-10", "early", "late", "db"]


@pytest.mark.parametrize(
    ("source", "replication", "extend", "expected"),
    [
        ("1", "1", None, "same_account"),
        ("1", "2", None, "cross_account"),
        ("1", "2", "t", "extended"),
        ("1", "1", "t", "extended"),
    ],
)
def test_the_pattern(source, replication, extend, expected):
    assert machines.pattern(source, replication, extend) == expected


def server(instance_id="i-1", state="CONTINUOUS", extended=False, identity="s-1"):
    return {
        "instance_id": instance_id,
        "extended": extended,
        "replication": {"state": state},
        "source_server_id": identity,
    }


def test_the_source_server_of_a_machine():
    old, new, copy = server(state="DISCONNECTED", identity="old"), server(identity="new"), server("i-2", extended=True)
    for order in ([old, new, copy], [new, old, copy]):
        assert machines.by_instance(order) == {"i-1": new}
    assert machines.by_instance([old]) == {"i-1": old} and not machines.connected(old)


def test_room():
    servers = [server(f"i-{n}") for n in range(8)] + [server("i-9", "DISCONNECTED")]
    limit = {"replicating_servers": 10, "source_servers": 100, "concurrent_jobs": 20, "servers_in_jobs": 500}
    found, told = machines.room("staging", servers, 2, limit)
    assert told == "" and [(one["name"], one["used"], one["free"]) for one in found] == [
        ("replicating_servers", 8, 2), ("source_servers", 9, 91)
    ]  # fmt: skip
    _found, told = machines.room("staging", servers, 3, limit)
    assert told == "staging: 8 of 10 replicating servers used, 2 free, 3 planned"


PROXY = "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"proxy": "proxy.example.com:3128"}, "is no URL"),
        ({"proxy": "http://user:secret@proxy:3128"}, "without user and password"),
        ({"proxy": "http://proxy'; reboot; '"}, "is no URL"),
        ({"endpoint": "https://vpce-1.drs.amazonaws.com"}, "no name of a host"),
        ({"s3_endpoint": "a b"}, "no name of a host"),
    ],
)
def test_a_network_that_cannot_be_is_refused_and_shows_no_password(request_, problem):
    with pytest.raises(DrsError) as caught:
        agent_methods.network_of(request_)
    assert caught.value.code == "invalid_option" and problem in caught.value.message
    assert "secret" not in caught.value.message


def test_a_proxy_and_endpoints_go_by_the_shell_alone():
    network = agent_methods.network_of({"proxy": PROXY, "endpoint": "vpce-1.example.com", "s3_endpoint": None})
    assert agent_methods.choose("auto", None, False, [], network) == "shell"
    with pytest.raises(DrsError, match="proxy, endpoint: the method aws_document cannot pass them"):
        agent_methods.choose("aws_document", None, False, [], network)
    for platform in ("linux", "windows"):
        found = agent_methods.parameters("shell", platform, "us-west-2", None, {}, [], 900, network)
        text = "\n".join(found["commands"])
        assert PROXY in text and "169.254.169.254" in text and "--endpoint vpce-1.example.com" in text.replace("'", "")
        assert "s3-endpoint" not in text and "{{" not in text
        plain = agent_methods.parameters("shell", platform, "us-west-2", None, {}, [], 900)
        assert "proxy" not in "\n".join(plain["commands"]).lower()
    script = "\n".join(look_scripts.script("linux", "us-west-2", PROXY, ["vpce-1.example.com"]))
    assert PROXY in script and "https://vpce-1.example.com/" in script and "s3.us-west-2" not in script
    assert ".BeginConnect(" not in "\n".join(look_scripts.script("windows", "us-west-2", PROXY))
