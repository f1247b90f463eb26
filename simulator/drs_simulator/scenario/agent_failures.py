"""Ways in which installing an agent fails, with the output that each leaves on the machine.

Classes and message fragments: DRS user guide, agent-install-common-errors and agent-install-linux-errors; the texts
around the fragments are this simulator's own.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

#: Class -> what the installer prints before it ends with status 1.
MESSAGES: dict[str, str] = {
    "drs_not_initialized": "Error: installation failed due to the account not being initialized for AWS Elastic "
    "Disaster Recovery in Region {region}.",
    "credentials": "Error: Failed to validate AWS credentials. InvalidSignatureException: The request signature we "
    "calculated does not match the signature you provided.",
    "iam": "Error: User is not authorized to perform: drs:CreateSourceServerForDrs.",
    "roles_missing": "Error: The required service roles do not exist in account {account}.",
    "bound_elsewhere": "Error: The AWS Replication Agent was previously installed to replicate into another region or "
    "account ({elsewhere}).",
    "reboot_required": "Error: The server has not been restarted since agent uninstallation.",
    "exists": "Error: The source server already exists.",
    "marketplace": "Error: Missing permissions to retrieve marketplace licenses.",
    "network": "Error: Failed to establish a secure connection while downloading the agent. "
    "<urlopen error [Errno 110] Connection timed out>",
    "linux_build": "Error: Cannot find kernel headers for the running kernel. Failed to compile the AWS Replication "
    "Agent kernel driver.",
    "secure_boot_selinux": "insmod: ERROR: could not insert module aws-replication-driver.ko: Operation not permitted",
    "noexec_tmp": "Error while loading shared libraries: libz.so.1: failed to map segment from shared object",
    "unsupported_os": "Error: The operating system is not supported.",
    "disk_driver": "Error: Oracle ASM Filter Driver is active.",
    "volume": "Error: Volume {device} is too large: volumes above 16 TiB cannot be replicated.",
    "quota": "Error: An error occurred (ServiceQuotaExceededException) when calling the CreateSourceServerForDrs "
    "operation: {quota} of {limit} would be exceeded in account {account}.",
    "assume_role": "Error: An error occurred (AccessDenied) when calling the AssumeRole operation: User: {caller} is "
    "not authorized to perform: sts:AssumeRole on resource: {role}",
    "device": "Error: Device {device} was not found on this server.",
    "arguments": "Error: {problem}",
}
#: Classes that only the simulator's own rules bring about, never a scenario.
_DERIVED = ("quota", "assume_role", "device", "arguments")
#: The command comes back with Success and nothing is installed: a wrong checksum in the AWS document, or silence.
FALSE_SUCCESS = ("checksum", "silent")
#: SSM itself does not get there, does not wait longer, or somebody stops the command.
SSM_FAILURES = ("undeliverable", "delivery_timeout", "execution_timeout", "cancelled")
#: What a scenario may write.
CLASSES = (*(name for name in MESSAGES if name not in _DERIVED), *FALSE_SUCCESS, *SSM_FAILURES)

CHECKSUM = "Checksum validation failed"


class InstallFailed(Exception):
    """The installer ended with status 1. kind: the class; message: what it printed."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def failed(kind: str, text: str | None = None, **values: object) -> InstallFailed:
    """The failure of a class, with the scenario's own text when there is one."""
    known = {"region": "", "account": "", "elsewhere": "another account", "device": "/dev/sda1", **values}
    return InstallFailed(kind, text if text is not None else MESSAGES[kind].format(**known))
