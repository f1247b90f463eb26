"""Test the scenario of instances and the parsing of installer command lines, without a simulator."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from drs_simulator.scenario import scenario
from drs_simulator.machines.agents import Arguments
from drs_simulator.machines.installer_line import find, without_file

ACCOUNT, OTHER = "111111111111", "222222222222"


def parsed(*instances, **more):
    accounts = [{"id": ACCOUNT, "regions": ["us-west-2"]}, {"id": OTHER}]
    return scenario.parse({"accounts": accounts, "instances": list(instances), **more}).machines


def test_a_group_takes_its_region_from_the_account_and_single_ones_differ():
    group = parsed(
        {
            "account": ACCOUNT,
            "count": 2,
            "ssm": "lost",
            "replication": {"gib": 10, "mbps": 800},
            "servers": {"instance-02": {"ssm": "online", "tags": {"a": True}, "failure": "network"}},
        }
    ).instances[0]
    assert (group.region, group.names) == ("us-west-2", ("instance-01", "instance-02"))
    assert group.properties["ssm"] == "lost"
    assert group.properties["replication"]["sync_seconds"] == pytest.approx(107.37, abs=0.01)
    assert group.servers["instance-02"] == {
        "ssm": "online",
        "failure": {"class": "network", "times": None, "text": None},
        "tags": {"a": "true"},
    }


def test_trust_names_the_roles_of_both_sides():
    one, other = parsed(
        trusted=[
            {"source": ACCOUNT, "replication": OTHER},
            {"source": OTHER, "replication": ACCOUNT, "agent_role": False},
        ]
    ).trusted
    assert one.roles() == [
        (OTHER, f"DRSCrossAccountAgentRole_{ACCOUNT}"),
        (ACCOUNT, f"DRSCrossAccountAgentAuthorizedRole_{OTHER}"),
    ]
    assert other.roles() == [(OTHER, f"DRSCrossAccountAgentAuthorizedRole_{ACCOUNT}")]


@pytest.mark.parametrize(
    ("group", "problem"),
    [
        ({"account": "333333333333"}, "is not among accounts"),
        ({"account": OTHER}, r"instances\[0\].region: is missing; write one like us-west-2"),
        ({"account": ACCOUNT, "count": 2, "name": "web"}, "several instances one name"),
        ({"account": ACCOUNT, "name": "web-{m}"}, "is not a name pattern"),
        ({"account": ACCOUNT, "ssm": "offline"}, "is not one of online, lost, inactive, absent"),
        ({"account": ACCOUNT, "failure": "tuesday"}, "is not one of drs_not_initialized"),
        ({"account": ACCOUNT, "failure": {"class": "network", "times": 0}}, "failure.times"),
        ({"account": ACCOUNT, "servers": {"web-9": {}}}, "is not an instance of this group"),
        ({"account": ACCOUNT, "instal_seconds": 3}, "did you mean 'install_seconds'"),
        ({"account": ACCOUNT, "installed_into": {"account": OTHER, "region": "us-west-2"}}, "has no DRS"),
        ({"account": ACCOUNT, "bound_to": "12"}, "is not an account id"),
    ],
)
def test_what_is_wrong_is_named(group, problem):
    with pytest.raises(scenario.ScenarioError, match=problem):
        parsed(group)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["./aws-replication-installer-init --region us-west-2 --no-prompt"], Arguments("us-west-2")),
        (["sudo /tmp/aws-replication-installer-init --no-prompt --region=us-west-2"], Arguments("us-west-2")),
        (
            ["./aws-replication-installer-init --region r --account-id 222222222222 --no-prompt || exit 3"],
            Arguments("r", "222222222222"),
        ),
        (
            ["aws-replication-installer-init --no-prompt --region r --tags 'Name=a b' k=v=w --devices /dev/a,/dev/b"],
            Arguments("r", None, {"Name": "a b", "k": "v=w"}, ("/dev/a", "/dev/b")),
        ),
        (
            [
                "R=us-west-2",
                "export A='222222222222'",
                "./aws-replication-installer-init --no-prompt --region ${R} --account-id $A",
            ],
            Arguments("us-west-2", "222222222222"),
        ),
        (["./aws-replication-installer-init --no-prompt \\", "  --region r > log 2>&1; echo"], Arguments("r")),
        (["if ! ./aws-replication-installer-init --no-prompt --region r; then exit 1; fi"], Arguments("r")),
        (
            ["& .\\AwsReplicationWindowsInstaller.exe --no-prompt `", "--region r --devices D:"],
            Arguments("r", None, {}, ("D:",)),
        ),
        (["./aws-replication-installer-init --region r"], Arguments("r", no_prompt=False)),
        (["# ./aws-replication-installer-init --no-prompt --region r"], None),
        (["wget https://example.com/aws-replication-installer-init"], None),
        ([], None),
    ],
)
def test_the_installers_command_line(lines, wanted):
    """UG:installer-parameters."""
    assert find(lines) == wanted


def test_a_node_outside_ec2_and_whether_it_keeps_credentials():
    group = parsed({"account": ACCOUNT, "node": True, "name": "dc", "servers": {"dc": {"credentials": False}}})
    assert group.instances[0].properties == {"node": True}
    assert group.instances[0].servers == {"dc": {"credentials": False}}


def test_the_installer_has_credentials_only_when_all_three_are_passed():
    line = "./aws-replication-installer-init --no-prompt --region us-west-2 --aws-access-key-id $a"
    assert not find([line]).keys and not find([f"{line} --aws-secret-access-key $b --aws-session-token"]).keys
    assert find([f'{line} --aws-secret-access-key "$b" \\', '  --aws-session-token "$c" 2>&1']).keys


def test_a_script_that_looks_for_a_file_ends_with_its_own_words():
    shell = ["file='/x/y'", '[ -r "$file" ] || { echo "Nothing in $file" >&2; exit 93; }']
    assert without_file(shell) == (93, "Nothing in /x/y")
    power = ["$file = 'D:\\x'", "if (-not (Test-Path -LiteralPath $file)) {",
             '  [Console]::Error.WriteLine("Nothing in $file")', "  exit 94", "}"]  # fmt: skip
    assert without_file(power) == (94, "Nothing in D:\\x")
    assert without_file(["echo hello"]) is None
