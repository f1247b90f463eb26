"""Test Systems Manager commands: ownership, batching, results and installer failures."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ssm_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.agents import AGENT, STATUS_CODES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_install_failure

# Fragments of the DRS user guide (agent-install-common-errors, agent-install-linux-errors), one line each at least.
FRAGMENTS = {
    "installation failed due to the account not being initialized": "install_not_initialized",
    "Failed to validate AWS credentials": "install_credentials",
    "InvalidSignatureException": "install_credentials",
    "User is not authorized to perform: drs:X": "install_iam",
    "required service roles do not exist": "install_roles_missing",
    "previously installed to replicate into another region": "install_bound_elsewhere",
    "previously installed to replicate into another account": "install_bound_elsewhere",
    "has not been restarted since agent uninstallation": "install_reboot_required",
    "The source server already exists": "install_exists",
    "Missing permissions to retrieve marketplace licenses": "install_marketplace",
    "Failed to establish a secure connection while downloading": "install_network",
    "urlopen error [Errno 110]": "install_network",
    "Cannot find kernel headers": "install_linux_build",
    "gcc was not found": "install_linux_build",
    "Failed to compile the kernel driver": "install_linux_build",
    "insmod: ERROR: could not insert module: Permission denied": "install_secure_boot_selinux",
    "insmod: ERROR: could not insert module: Operation not permitted": "install_secure_boot_selinux",
    "failed to map segment from shared object": "install_noexec_tmp",
    "The operating system is not supported": "install_unsupported_os",
    "The kernel version is not supported": "install_unsupported_os",
    "version `GLIBC_2.7' not found": "install_unsupported_os",
    "Oracle ASM Filter Driver is active": "install_disk_driver",
    "PowerPath": "install_disk_driver",
    "Volume /dev/sdb is too large (>16 TiB)": "install_volume_too_large",
    "an AWS STS error for the AssumeRole request": "install_assume_role",
    "Checksum validation failed": "install_checksum",
    "ServiceQuotaExceededException": "install_quota",
    "No space left on device": "install_disk_space",
    "Failed while trying to download the AWS Elastic Disaster Recovery client from both URLs": "install_network",
    "General error during agent installation": "install_failed",
}


@pytest.mark.parametrize("text", FRAGMENTS)
def test_what_the_installer_says(text):
    found = explain_install_failure("Failed", f"line before\n  {text}\nline after")
    assert found["code"] == FRAGMENTS[text]
    assert found["cause"] and found["remedy"]
    if found["code"] != "install_failed":
        assert found["message"] == text


@pytest.mark.parametrize("status", STATUS_CODES)
def test_what_systems_manager_says_counts_by_itself(status):
    found = explain_install_failure(status, "gcc was not found")
    assert found["code"] == STATUS_CODES[status] and found["code"] in AGENT


def test_success_that_says_nothing_and_a_status_nobody_knows():
    assert explain_install_failure("Success", "")["code"] == "install_no_source_server"
    assert explain_install_failure("Strange", "")["code"] == "ssm_unknown_status"
    assert explain_install_failure(None, None)["code"] == "ssm_unknown_status"


def test_no_secret_is_repeated():
    found = explain_install_failure(
        "Failed", "User is not authorized to perform x aws_secret_access_key=abc123", ["hush"]
    )
    assert "abc123" not in found["message"]


def command(**more):
    return ssm_command.normalise_command(
        {"CommandId": "c", "Comment": "resilience.drs:agent/d/b", "InstanceIds": ["i-1"], "Status": "InProgress",
         "DocumentName": "AWS-RunShellScript", **more}
    )  # fmt: skip


def test_a_command():
    found = command(Parameters={"Region": ["us-west-2"]}, TargetCount=3, CompletedCount=1, ErrorCount=1)
    assert (found["region"], found["target_count"], found["active"]) == ("us-west-2", 3, True)
    assert not command(Status="TimedOut")["active"] and command(Status=None)["active"]
    assert ssm_command.normalise_command({})["instance_ids"] == []


def test_whose_command_it_is():
    document = "AWSDisasterRecovery-InstallDRAgentOnInstance"
    foreign = command(Comment="by hand", DocumentName=document, Parameters={"Region": ["us-west-2"]})
    for one, held in (
        (command(), True),
        (command(Status="Success"), False),
        (command(Comment="patching"), False),
        (foreign, True),
        (dict(foreign, region="eu-west-1"), False),
    ):
        assert bool(ssm_command.in_flight([one], "us-west-2", (document,))) is held


def test_comments_name_the_batch_whatever_the_order():
    one = ssm_command.comment("d" * 63, "1", "cell", "target", ["i-1", "i-2"])
    assert one == ssm_command.comment("d" * 63, "1", "cell", "target", ["i-2", "i-1"])
    assert len(one) <= 100  # SendCommand.Comment (botocore model of ssm)
    assert one != ssm_command.comment("d" * 63, "2", "cell", "target", ["i-1", "i-2"])
    assert ssm_command.deployment_of(command(Comment=one)) == "d" * 63


@pytest.mark.parametrize("value", ["", "a/b", "-x", "x" * 64, "a b", "é"])
def test_deployment_ids_that_cannot_be(value):
    with pytest.raises(DrsError):
        ssm_command.check_deployment_id(value)


@pytest.mark.parametrize(
    ("limit", "running", "expected"),
    [
        (300, 0, (50, 6)),
        (300, 260, (50, 0)),
        (100, 0, (50, 2)),
        (50, 50, (50, 0)),
        (5, 0, (5, 1)),
        (5, 3, (5, 0)),
        (1, 0, (1, 1)),
    ],
)
def test_concurrency(limit, running, expected):
    assert ssm_command.concurrency(limit, running) == expected


@pytest.mark.parametrize(
    ("value", "total", "limit"), [("25%", 10, 2), ("0", 5, 0), (3, 5, 3), ("100%", 7, 7), (" 10 % ", 30, 3)]
)
def test_error_limit(value, total, limit):
    assert ssm_command.error_limit(value, total) == limit


@pytest.mark.parametrize("value", ["-1", "many", "101%", "", None, "1.5"])
def test_error_limits_that_cannot_be(value):
    with pytest.raises(DrsError):
        ssm_command.error_limit(value, 10)


def invocation(status="Success", details=None, **plugins):
    return ssm_command.normalise_invocation(
        {
            "CommandId": "c", "InstanceId": "i-1", "Status": status, "StatusDetails": details or status,
            "CommandPlugins": [{"Name": name, "Status": one, "Output": text} for name, (one, text) in plugins.items()],
        }
    )  # fmt: skip


SKIPPED = "Step execution skipped due to unsatisfied preconditions: '\"StringEquals\": [platformType, Windows]'"


def test_the_step_of_the_other_platform_says_nothing():
    found = invocation(InstallWindowsAgent=("Success", SKIPPED), InstallLinuxAgent=("Success", "done"))
    assert (found["output"], found["plugin"], found["final"]) == ("done", "InstallLinuxAgent", True)
    failed = invocation(
        "Failed", None, InstallWindowsAgent=("Success", SKIPPED), InstallLinuxAgent=("Failed", "gcc was not found")
    )
    assert failed["plugin"] == "InstallLinuxAgent"
    assert ssm_command.judge(failed)["code"] == "install_linux_build"


def test_success_is_read():
    assert ssm_command.judge(invocation(p=("Success", ""))) is None
    found = ssm_command.judge(invocation(p=("Success", "----------ERROR-------\nChecksum validation failed")))
    assert found["code"] == "install_checksum"


def test_the_source_server_that_the_installer_names():
    text = "The following is the source server ID: s-1111111111111111a\nThe AWS Replication Agent was installed."
    assert ssm_command.source_server_id(invocation(p=("Success", text))) == "s-1111111111111111a"
    assert ssm_command.source_server_id(invocation()) is None


def test_output_that_was_cut():
    assert invocation(p=("Failed", "x" * 2500))["cut"] and not invocation(p=("Failed", "x"))["cut"]
