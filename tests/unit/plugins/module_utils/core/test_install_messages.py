"""Test the classification of messages from installers, downloads and Systems Manager."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.agents import AGENT
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_install_failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ssm_command

# a line each: the code expected| what the machine wrote, with <br> between lines
TABLE = Path(__file__).with_name("install_messages.txt").read_text(encoding="utf-8")
MESSAGES = [tuple(line.replace(" <br> ", "\n").split("| ", 1)) for line in TABLE.splitlines()]

# what every failed command of Systems Manager begins and ends with
BEGIN = (
    "The installation of the AWS Replication Agent has started.\n"
    "Identifying volumes for replication.\n"
    "Volume identified for replication: /dev/xvda of size 8 GiB\n"
    "All volumes for replication were successfully identified.\n"
    "Downloading the AWS Replication Agent onto the source server...\n"
    "Finished.\n"
    "Source Network already exists for vpc: vpc-0123456789abcdef0.\n"
    "You now have 12 active source servers out of a total quota of 300.\n"
    "Learn more about increasing source servers limit at https://docs.aws.amazon.com/general/latest/gr/drs.html\n"
    "Installation failed.\n"
)
END = (
    "\nSee the documentation: https://docs.aws.amazon.com/drs/latest/userguide/\n"
    "\n----------ERROR-------\n"
    "The installer ended with exit code 255\n"
    "failed to run commands: exit status 255"
)


@pytest.mark.parametrize(("code", "text"), MESSAGES)
def test_a_message_has_its_class(code, text):
    assert explain_install_failure("Failed", text)["code"] == code


@pytest.mark.parametrize(("code", "text"), MESSAGES)
def test_within_the_frame_of_a_real_command_the_reason_is_the_message(code, text):
    told = explain_install_failure("Failed", BEGIN + text + END)
    assert told["code"] == code
    assert text.splitlines()[-1] in told["message"]
    for frame in ("ERROR-------", "exit status", "exit code 255", "Source Network", "quota of 300", "Finished"):
        assert frame not in told["message"]


@pytest.mark.parametrize("reason", ["widget 7 is not calibrated", "The flux: 12", "E4711"])
def test_a_reason_that_nobody_knows_is_shown(reason):
    item = {"InstanceId": "i-1", "Status": "Failed", "StatusDetails": "Failed", "CommandPlugins": [
        {"Name": "aws:runShellScript", "Status": "Failed", "ResponseCode": 255, "Output": BEGIN + reason + END},
    ]}  # fmt: skip
    told = ssm_command.judge(ssm_command.normalise_invocation(item))
    assert told["code"] == "install_failed" and reason in told["message"]


def test_of_many_unknown_lines_those_of_an_error_are_kept():
    text = "\n".join(["ERROR: the widget fell off", *(f"cleaning up step {n}" for n in range(9))])
    assert "the widget fell off" in explain_install_failure("Failed", text)["message"]


def test_frames_of_python_and_powershell_are_no_reason():
    text = (
        'Traceback (most recent call last):\n  File "install.py", line 9, in <module>\n    main()\n'
        "WidgetError: fell off\n"
        "At C:\\ProgramData\\Amazon\\SSM\\_script.ps1:12 char:3\n+   & $installer\n+   ~~~~~~~~~~~~\n"
        "    + CategoryInfo          : NotSpecified: (:) [], RemoteException\n"
        "    + FullyQualifiedErrorId : NativeCommandError\n"
    )
    assert explain_install_failure("Failed", text)["message"] == "WidgetError: fell off"


def test_a_frame_alone_is_better_than_nothing():
    told = explain_install_failure("Failed", "----------ERROR-------\nfailed to run commands: exit status 7")
    assert told["code"] == "install_failed" and "exit status 7" in told["message"]


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ("Access Denied", "ssm_access_denied"),
        ("AccessDenied", "ssm_access_denied"),
        ("Invalid Platform", "ssm_invalid_platform"),
        ("Rate Exceeded", "ssm_terminated"),
        ("Delivery Timed Out", "ssm_delivery_timeout"),
        ("delivery timed out", "ssm_delivery_timeout"),
        ("ExecutionTimedOut", "ssm_execution_timeout"),
        ("Execution_Timed_Out", "ssm_execution_timeout"),
    ],
)
def test_status_details_in_every_spelling(details, code):
    assert explain_install_failure(details, "gcc was not found")["code"] == code


def test_remedies_name_what_people_type():
    for code, typed in {
        "error_threshold": "agent_deploy_max_errors",
        "ssm_delivery_timeout": "agent_deploy_delivery_timeout",
        "install_volume_too_large": "agent_deploy_devices",
        "ssm_invalid_platform": "agent_deploy_method",
        "SendCommand:InvalidDocument": "agent_deploy_document_name",
        "install_not_initialized": "resilience.drs.setup",
        "install_roles_missing": "resilience.drs.setup",
    }.items():
        assert typed in AGENT[code].remedy, code


@pytest.mark.parametrize("trailer", [
    "Exit code: 1", "exit status 255", "Process exited with status 1", "The command exited with code 255",
    "returned -1",
    "Error: Installation of the AWS Replication Agent failed.", "[ERROR] Installation failed", "100%", "=====",
    "ERROR: installation failed (exit code 1)", "Installation has failed. Please refer to the documentation.",
    "Log file: /var/log/aws-replication-installer.log", "Logs can be found in C:\\ProgramData\\x.log", "Done.",
    "Full log: /tmp/installer.log", "Cleaning up...", "Removing temporary directory /tmp/x", "Exiting.",
    "Error details:",
    "Command failed", "Contact AWS Support", "The installer ended with exit code 1.", "Installer finished with errors.",
])  # fmt: skip
def test_what_other_tools_end_with_is_no_reason(trailer):
    told = explain_install_failure("Failed", "\n".join(["The flux: 12", trailer, trailer, trailer]))
    assert (told["code"], told["message"]) == ("install_failed", "The flux: 12")


@pytest.mark.parametrize("reason", [
    "Installation failed because the flux is 12", "Command failed: flux 12", "Done with errors: flux 12",
    "Installer failed: flux 12", "Logs of the flux could not be written", "Removing the flux failed",
])  # fmt: skip
def test_what_says_more_than_a_trailer_is_kept(reason):
    assert reason in explain_install_failure("Failed", reason + "\nexit status 1")["message"]
