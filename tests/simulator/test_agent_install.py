"""Test installing agents through SSM: what is registered, and what each failure leaves behind.

Sources: DRS user guide, installer-parameters, linux-agent, agent-installations-in-aws, adding-trusted-account,
agent-install-common-errors, agent-install-linux-errors, reinstalling-agent; the published text of the AWS document.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import json
import re

import pytest
from drs_simulator.scenario.agent_failures import CHECKSUM, CLASSES, FALSE_SUCCESS, SSM_FAILURES
from support.run_command import (
    AWAY,
    HOME,
    LINUX_STEP,
    POWERSHELL,
    SHELL,
    SOURCE,
    STAGING,
    TARGET,
    WINDOWS_STEP,
    Fleet,
    installer,
    world,
)

DISKS = [{"device": "/dev/sda1", "gib": 20}, {"device": "/dev/sdb", "gib": 100}, {"device": "/dev/sdc", "gib": 20000}]
STATES = ["INITIATING", "INITIAL_SYNC", "CREATING_SNAPSHOT", "CONTINUOUS"]
#: Message fragments of the user guide, by class.
FRAGMENTS = {
    "drs_not_initialized": "installation failed due to the account not being initialized",
    "credentials": "Failed to validate AWS credentials",
    "iam": "User is not authorized to perform",
    "roles_missing": "required service roles do not exist",
    "bound_elsewhere": "previously installed to replicate into another region or account",
    "reboot_required": "has not been restarted since agent uninstallation",
    "exists": "already exists",
    "marketplace": "Missing permissions to retrieve marketplace licenses",
    "network": "Failed to establish a secure connection while downloading",
    "linux_build": "Cannot find kernel headers",
    "secure_boot_selinux": "Operation not permitted",
    "noexec_tmp": "failed to map segment from shared object",
    "unsupported_os": "The operating system is not supported",
    "disk_driver": "Oracle ASM Filter Driver is active",
    "volume": "too large",
}


@pytest.fixture(scope="module")
def fleet(module_simulator):
    pace = {"steps_seconds": 110, "sync_seconds": 600}
    failing = {f"fail-{kind}": {"failure": kind} for kind in (*FRAGMENTS, *FALSE_SUCCESS)}
    groups = [{"count": 20, "name": "web-{n:02}", "replication": pace, "install_seconds": [60, 180]}]
    groups += [{"name": name, "install_seconds": 30, **own} for name, own in failing.items()]
    groups += [
        {"name": "noprofile", "profile": False},
        {"name": "blocked", "network": "blocked"},
        {"name": "blocked-win", "network": "blocked", "platform": "windows"},
        {"name": "sums-win", "failure": "checksum", "platform": "windows"},
        {"name": "fails-win", "failure": "credentials", "platform": "windows"},
        {"name": "win", "platform": "windows"},
        {"name": "disks", "disks": DISKS},
        {"name": "once", "failure": {"class": "network", "times": 1, "text": "urlopen error [Errno 110]"}},
        {"name": "moved", "bound_to": TARGET},
        {"name": "old", "installed_into": {"account": SOURCE, "region": AWAY, "agent_version": "6.20.1"}},
        {"name": "extended", "installed_into": {"account": STAGING, "region": AWAY, "extend_to": TARGET}},
        {"name": "off", "installed_into": {"account": SOURCE, "region": AWAY, "state": "DISCONNECTED"}},
    ]
    trusted = [
        {"source": SOURCE, "replication": STAGING},
        {"source": SOURCE, "replication": TARGET, "agent_role": False},
    ]
    return Fleet(module_simulator(world(*groups, trusted=trusted)))


def test_the_document_installs_and_the_server_replicates(fleet):
    """INITIATING with eleven steps, INITIAL_SYNC, CONTINUOUS; found by hardwareId, the EC2 instance id."""
    command = fleet.send("web-01", Parameters={"Region": [AWAY], "Tags": ["dr:wave=1,Name=web server"]})
    fleet.advance(50)
    assert fleet.server("web-01") is None
    fleet.advance(140)
    assert fleet.details(command) == {"web-01": "Success"}
    server = fleet.server("web-01")
    assert server["tags"] == {"dr:wave": "1", "Name": "web server"}
    assert server["sourceProperties"]["identificationHints"]["awsInstanceID"] == fleet.ids["web-01"]
    assert server["sourceCloudProperties"]["originAccountID"] == SOURCE
    assert server["sourceCloudProperties"]["originRegion"] == HOME
    steps = server["dataReplicationInfo"]["dataReplicationInitiation"]["steps"]
    assert len(steps) == 11
    (told,) = fleet.told("agent_installed", "web-01")
    assert (told["account"], told["region"], told["cause"]) == (SOURCE, AWAY, command)
    assert (told["source_server_id"], told["origin_region"]) == (server["sourceServerID"], HOME)
    # The ledger has the time at which the installer ended, not the time at which somebody looked.
    ended = fleet.step(command, "web-01", LINUX_STEP)["ExecutionEndDateTime"]
    assert told["time"][:23] == ended[:23]
    seen = [fleet.state("web-01")]
    while seen[-1] != "CONTINUOUS" and len(seen) < 100:
        fleet.advance(20)
        seen.append(fleet.state("web-01"))
    moved = [state for state, _times in itertools.groupby(seen)]
    assert moved in (STATES, STATES[1:])
    # 600 seconds of initial sync are 30 looks.
    assert 29 <= seen.count("INITIAL_SYNC") <= 31


def test_the_first_server_of_a_cell_launches_the_replication_server_and_others_share_it(simulator):
    """A real describe shows the steps 2 to 6 as SKIPPED where a replication server already runs."""
    fleet = Fleet(simulator(world({"count": 2, "name": "web-{n}", "replication": {"steps_seconds": 110}})))
    fleet.send("web-1", wait=400)
    fleet.send("web-2", wait=400)
    for name, skipped in (("web-1", 0), ("web-2", 5)):
        steps = fleet.server(name)["dataReplicationInfo"]["dataReplicationInitiation"]["steps"]
        assert [step["status"] for step in steps].count("SKIPPED") == skipped


def test_the_document_says_nothing_of_the_installer(fleet):
    """Python's check_output keeps the installer's words to itself."""
    command = fleet.send("web-02", "fail-linux_build", "fails-win", "win", wait=400)
    good, bad = fleet.step(command, "web-02", LINUX_STEP), fleet.step(command, "fail-linux_build", LINUX_STEP)
    assert (good["StandardOutputContent"], good["StandardErrorContent"]) == ("/usr/bin/python3\n", "")
    assert "Command '['./aws-replication-installer-init', '--no-prompt', '--region'" in bad["StandardOutputContent"]
    assert "returned non-zero exit status 1" in bad["StandardOutputContent"]
    assert "kernel headers" not in bad["StandardOutputContent"] + bad["StandardErrorContent"]
    assert (bad["Status"], bad["ResponseCode"]) == ("Failed", 1)
    windows = fleet.step(command, "fails-win", WINDOWS_STEP)
    assert windows["StandardErrorContent"].startswith("Installation failed")
    assert fleet.server("win")["sourceProperties"]["os"]["fullString"].startswith("Microsoft Windows")


def test_success_is_not_always_an_agent(fleet):
    """A wrong checksum ends the Linux step with status 0; so does silence. Windows says Failed."""
    command = fleet.send("fail-checksum", "fail-silent", "sums-win", wait=400)
    assert fleet.details(command) == {"fail-checksum": "Success", "fail-silent": "Success", "sums-win": "Failed"}
    assert CHECKSUM in fleet.step(command, "fail-checksum", LINUX_STEP)["StandardErrorContent"]
    assert fleet.step(command, "fail-silent", LINUX_STEP)["StandardErrorContent"] == ""
    assert CHECKSUM in fleet.step(command, "sums-win", WINDOWS_STEP)["StandardErrorContent"]
    for name in ("fail-checksum", "fail-silent", "sums-win"):
        assert fleet.server(name) is None
        assert fleet.told("agent_installed", name) == []


@pytest.mark.parametrize("kind", FRAGMENTS)
def test_a_script_shows_what_the_installer_printed(fleet, kind):
    found = fleet.run(f"fail-{kind}", installer(AWAY, "--tags Name=x"), wait=60)
    assert (found["Status"], found["ResponseCode"]) == ("Failed", 1)
    assert FRAGMENTS[kind] in found["StandardOutputContent"]
    assert fleet.server(f"fail-{kind}") is None
    assert [entry["failure"] for entry in fleet.told("agent_install_failed", f"fail-{kind}")][-1] == kind


def test_every_class_of_a_scenario_is_tested():
    assert set(CLASSES) == {*FRAGMENTS, *FALSE_SUCCESS, *SSM_FAILURES}


def test_a_script_that_installs_names_the_source_server(fleet):
    """UG:linux-agent: the two lines at the end of an installation."""
    found = fleet.run(
        "web-03", "#!/bin/sh", "cd /tmp", installer(AWAY, "--tags dr:wave=1 'Name=web 3' --devices /dev/sda1")
    )
    text = found["StandardOutputContent"]
    identity = re.search(r"The following is the source server ID: (s-[0-9a-f]{17})", text).group(1)
    assert "The AWS Replication Agent was successfully installed." in text
    server = fleet.server("web-03")
    assert (server["sourceServerID"], server["tags"]) == (identity, {"dr:wave": "1", "Name": "web 3"})
    assert found["PluginName"] == "aws:runShellScript"


def test_a_script_may_use_variables_and_powershell(fleet):
    script = (
        "$name = 'AwsReplicationWindowsInstaller.exe'",
        "$installer = Join-Path $work $name",
        f"$region = '{AWAY}'",
        "& $installer --no-prompt --region $region --account-id 222222222222; $code = $LASTEXITCODE",
    )
    found = fleet.run("win", *script, document=POWERSHELL)
    # The document of the test before installed it here, so it cannot go there.
    assert FRAGMENTS["bound_elsewhere"] in found["StandardOutputContent"]
    shell = (
        "name=aws-replication-installer-init",
        f"region='{AWAY}'",
        '"./$name" --no-prompt \\',
        '  --region "$region"',
    )
    assert fleet.run("web-04", *shell)["Status"] == "Success"


def test_a_script_without_the_installer_does_nothing(fleet):
    found = fleet.run("web-05", "curl -O https://example.com/aws-replication-installer-init", "uname -r")
    assert (found["Status"], found["StandardOutputContent"]) == ("Success", "")
    assert fleet.server("web-05") is None


def test_the_installer_asks_when_it_may(fleet):
    found = fleet.run("web-05", f"./aws-replication-installer-init --region {AWAY}")
    assert "--no-prompt" in found["StandardOutputContent"]
    assert found["Status"] == "Failed"
    assert "invalid value for --region" in fleet.run("web-05", installer("mars-east-1"))["StandardOutputContent"]


def test_devices_choose_disks_and_the_root_is_always_among_them(fleet):
    """UG:installer-parameters --devices; a volume above 16 TiB has to be left out."""
    assert FRAGMENTS["volume"] in fleet.run("disks", installer())["StandardOutputContent"]
    assert "/dev/sdx" in fleet.run("disks", installer(AWAY, "--devices /dev/sdx"))["StandardOutputContent"]
    assert fleet.run("disks", installer(AWAY, "--devices /dev/sdb"))["Status"] == "Success"
    shown = fleet.server("disks")["sourceProperties"]["disks"]
    assert {disk["deviceName"]: disk["bytes"] // 1024**3 for disk in shown} == {"/dev/sda1": 20, "/dev/sdb": 100}


def test_another_account_needs_both_roles(fleet):
    """UG:adding-trusted-account, UG:agent-runtime-errors: a missing one is an STS error of AssumeRole."""
    found = fleet.run("web-06", installer(AWAY, f"--account-id {STAGING}"))
    assert found["Status"] == "Success"
    assert fleet.server("web-06", STAGING)["sourceCloudProperties"]["originAccountID"] == SOURCE
    assert fleet.server("web-06") is None
    (told,) = fleet.told("agent_installed", "web-06")
    assert (told["account"], told["origin_account"]) == (STAGING, SOURCE)
    refused = fleet.run("web-07", installer(AWAY, f"--account-id {TARGET}"))["StandardOutputContent"]
    assert "AssumeRole" in refused
    assert f"arn:aws:iam::{TARGET}:role/service-role/DRSCrossAccountAgentRole_{SOURCE}" in refused


def test_the_roles_are_iam_roles(fleet):
    """There is no DRS API for trusted accounts: a role made through IAM opens the way, one deleted closes it."""
    iam = fleet.sim.client("iam", SOURCE)
    name = f"DRSCrossAccountAgentAuthorizedRole_{STAGING}"
    role = iam.get_role(RoleName=name)["Role"]
    assert role["Path"] == "/service-role/"
    iam.delete_role(RoleName=name)
    refused = fleet.run("web-08", installer(AWAY, f"--account-id {STAGING}"))["StandardOutputContent"]
    assert f"arn:aws:iam::{SOURCE}:role/service-role/{name}" in refused
    policy = '{"Version": "2012-10-17", "Statement": []}'
    iam.create_role(RoleName=name, Path="/service-role/", AssumeRolePolicyDocument=policy)
    assert fleet.run("web-08", installer(AWAY, f"--account-id {STAGING}"))["Status"] == "Success"


def test_no_profile_no_network_no_drs(fleet):
    assert FRAGMENTS["iam"] in fleet.run("noprofile", installer())["StandardOutputContent"]
    nowhere = fleet.run("web-09", installer("eu-west-1"))["StandardOutputContent"]
    assert FRAGMENTS["drs_not_initialized"] in nowhere
    assert "port 443" in fleet.run("blocked", installer())["StandardErrorContent"]
    command = fleet.send("blocked", "blocked-win", wait=400)
    assert "No such file" in fleet.step(command, "blocked", LINUX_STEP)["StandardOutputContent"]
    windows = fleet.step(command, "blocked-win", WINDOWS_STEP)["StandardErrorContent"]
    assert "from both URLs" in windows


def test_installing_again_keeps_the_server_and_renews_the_agent(fleet):
    """UG:reinstalling-agent; --tags are for new servers only."""
    before = fleet.server("old")
    assert before["agentVersion"] == "6.20.1"
    assert fleet.run("old", installer(AWAY, "--tags dr:wave=9"))["Status"] == "Success"
    after = fleet.server("old")
    assert after["sourceServerID"] == before["sourceServerID"]
    assert after["agentVersion"] == "6.42.24"
    assert after["tags"] == before["tags"]
    assert after["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"
    assert len(fleet.told("agent_reinstalled", "old")) == 1
    assert fleet.told("agent_installed", "old") == []


def test_a_disconnected_server_comes_back(fleet):
    assert fleet.state("off") == "DISCONNECTED"
    assert fleet.run("off", installer(), wait=200)["Status"] == "Success"
    assert fleet.state("off") in ("INITIATING", "INITIAL_SYNC")


def test_an_agent_stays_with_its_account_until_the_old_server_is_deleted(fleet):
    """UG:agent-install-common-errors (agent 6.31 and newer), also while the server is extended."""
    assert fleet.server("extended", STAGING) and fleet.server("extended", TARGET)
    for name in ("extended", "moved"):
        assert FRAGMENTS["bound_elsewhere"] in fleet.run(name, installer())["StandardOutputContent"]
    drs = fleet.sim.client("drs", STAGING, AWAY)
    copy = fleet.server("extended", TARGET)["sourceServerID"]
    fleet.sim.client("drs", TARGET, AWAY).delete_source_server(sourceServerID=copy)
    old = fleet.server("extended", STAGING)["sourceServerID"]
    drs.disconnect_source_server(sourceServerID=old)
    assert FRAGMENTS["bound_elsewhere"] in fleet.run("extended", installer())["StandardOutputContent"]
    drs.delete_source_server(sourceServerID=old)
    assert fleet.run("extended", installer())["Status"] == "Success"
    assert fleet.server("extended")


def test_a_failure_may_pass_or_be_mended(fleet):
    first = fleet.run("once", installer())
    assert "Errno 110" in first["StandardOutputContent"]
    assert fleet.run("once", installer())["Status"] == "Success"
    assert fleet.run("fail-linux_build", installer())["Status"] == "Failed"
    fleet.sim.set_instance(SOURCE, HOME, "fail-linux_build", failure=None)
    assert fleet.run("fail-linux_build", installer())["Status"] == "Success"
    # The remedy of "already exists" is to leave the tags out.
    assert fleet.run("fail-exists", installer())["Status"] == "Success"


def test_a_checksum_matters_to_a_script_that_looks_at_it(fleet):
    careful = ("sha512sum -c installer.sha512 || exit 92", installer())
    assert fleet.run("fail-checksum", *careful)["Status"] == "Failed"
    assert fleet.run("fail-checksum", installer())["Status"] == "Success"


def test_a_document_of_ones_own(fleet):
    """A Command document with AccountId, which that of AWS does not have."""
    content = {
        "schemaVersion": "2.2",
        "description": "install",
        "parameters": {"AccountId": {"type": "String", "default": "", "allowedPattern": r"^(\d{12})?$"}},
        "mainSteps": [
            {
                "action": "aws:runShellScript",
                "name": "Install",
                "inputs": {
                    "timeoutSeconds": "600",
                    "runCommand": [
                        f"./aws-replication-installer-init --no-prompt --region {AWAY} --account-id {{{{AccountId}}}}"
                    ],
                },
            }
        ],
    }
    fleet.ssm.create_document(Name="Install-Agent", Content=json.dumps(content), DocumentType="Command")
    described = fleet.ssm.describe_document(Name="Install-Agent")["Document"]
    assert described["PlatformTypes"] == ["Linux", "MacOS"]
    with pytest.raises(fleet.ssm.exceptions.InvalidParameters):
        fleet.send("web-10", document="Install-Agent", Parameters={"AccountId": ["12"]})
    command = fleet.send("web-10", document="Install-Agent", Parameters={"AccountId": [STAGING]}, wait=400)
    assert fleet.step(command, "web-10")["Status"] == "Success"
    assert fleet.server("web-10", STAGING)


def test_the_quota_of_replicating_servers_holds_for_agents(simulator):
    """GR: 300 replicating source servers per account and Region, here lowered; one that replicates counts once."""
    scenario = world({"count": 4, "name": "web-{n}", "install_seconds": 30})
    scenario["accounts"][0]["quotas"] = {"replicating_servers": 2}
    fleet = Fleet(simulator(scenario))
    shell = {"commands": [installer()]}
    command = fleet.send("web-1", "web-2", "web-3", document=SHELL, Parameters=shell, wait=60)
    assert sorted(fleet.details(command).values()) == ["Failed", "Success", "Success"]
    full = next(name for name, status in fleet.details(command).items() if status == "Failed")
    text = fleet.step(command, full)["StandardOutputContent"]
    assert "ServiceQuotaExceededException" in text and "of 2 would be exceeded" in text
    good = next(name for name, status in fleet.details(command).items() if status == "Success")
    assert fleet.run(good, installer())["Status"] == "Success"
    drs = fleet.sim.client("drs", SOURCE, AWAY)
    drs.stop_replication(sourceServerID=fleet.server(good)["sourceServerID"])
    assert fleet.run(full, installer())["Status"] == "Success"


def test_the_same_seed_installs_in_the_same_time(simulator):
    times = []
    for _run in range(2):
        fleet = Fleet(simulator(world({"count": 3, "name": "web-{n}"})))
        began = fleet.sim.clock.elapsed
        command = fleet.send("web-1", "web-2", "web-3", wait=400)
        assert began == 0
        times.append([fleet.step(command, f"web-{n}", LINUX_STEP)["ExecutionElapsedTime"] for n in (1, 2, 3)])
    assert times[0] == times[1]


def test_a_thousand_instances_are_listed_and_reached(simulator):
    fleet = Fleet(simulator(world({"count": 1000, "name": "web-{n:04}", "install_seconds": [60, 120]})))
    assert len(fleet.nodes(PaginationConfig={"PageSize": 50})) == 1000
    identities = list(fleet.nodes(PaginationConfig={"PageSize": 50}))[:300]
    parameters = {"Region": [AWAY]}
    for start in range(0, 300, 50):
        some = identities[start : start + 50]
        fleet.ssm.send_command(
            InstanceIds=some, DocumentName="AWSDisasterRecovery-InstallDRAgentOnInstance", Parameters=parameters
        )
    fleet.advance(200)
    pages = fleet.ssm.get_paginator("list_command_invocations").paginate(PaginationConfig={"PageSize": 50})
    assert [item["Status"] for page in pages for item in page["CommandInvocations"]] == ["Success"] * 300
    assert len(fleet.sim.ledger("agent_installed")) == 300
