"""The error catalogue, agent part: why the replication agent is not on a machine.

Three things can go wrong: the machine is not one to install on, Systems Manager does not get the command there or back,
or the installer refuses; `install_patterns` says what its output means. Remedies name the variables that people type.
Sources: the DRS user guide (agent-install-common-errors, -linux-errors, -windows-errors, adding-trusted-account), the
Systems Manager user guide (command statuses), the document AWSDisasterRecovery-InstallDRAgentOnInstance.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

_AGAIN = "Then run the same command again: machines that are done are left alone."
_LOG = (
    "Its log is /var/lib/aws-replication-agent/agent.log.0 or "
    r"C:\Program Files (x86)\AWS Replication Agent\agent.log.0; "
    "the installer's own log lies in the directory it ran in."
)

MACHINE = {
    "no_replication_cell": Entry(
        "The account is only a source account, and nothing says where its machines replicate to.",
        "Give the account `replicate_to` in the inventory of cells (the name of a staging or target cell), or add "
        "`staging` or `target` to its `types` where it replicates into itself.",
    ),
    "unknown_instance": Entry(
        "The instance does not exist in this account and Region.",
        "Check the id, and that the inventory holds the instance's account and Region.",
    ),
    "instance_not_running": Entry(
        "The instance is not running, so nothing can be installed on it.",
        "Start it, or leave it out. " + _AGAIN,
        True,
    ),
    "drs_managed_instance": Entry(
        "DRS created this instance: it is a recovery instance, a replication server or a conversion server.",
        "Nothing; a recovery instance is protected by `reverse replication`, never by another agent installation.",
    ),
    "node_other_account": Entry(
        "A managed node outside EC2 replicates into the account that it is registered in, whose role it has.",
        "Register it in the account that it shall replicate into, or leave out `replicate_to` for its account.",
    ),
    "install_node_credentials": Entry(
        "The SSM agent of a node outside EC2 keeps no temporary credentials where the installer's are read.",
        "Let the SSM agent share the credentials of the node's role, give that role "
        "AWSElasticDisasterRecoveryAgentInstallationPolicy, and name another file or profile in "
        "`agent_deploy_node_credentials`.",
    ),
    "machine_is_mac": Entry(
        "DRS has no agent for macOS, so nothing was sent to the machine.",
        "Protect it another way, and leave it out by its tags.",
    ),
    "machine_is_arm": Entry(
        "The agent is made for 64-bit processors of Intel and AMD; nothing was sent to the machine.",
        "Protect it another way, and leave it out by its tags. Where the agent supports its processor by now: "
        "`agent_deploy_allow: [arm64]`.",
    ),
    "machine_in_auto_scaling": Entry(
        "The machine belongs to an Auto Scaling group, which may replace it at any time; nothing was sent.",
        "Let the group start new machines in the recovery Region instead. To protect this one all the same: "
        "`agent_deploy_allow: [auto_scaling]`.",
    ),
    "machine_retired": Entry(
        "The machine was failed back from: one of its name that DRS has launched is protected in its place.",
        "Nothing; terminating it is your decision. Where it is a new machine of the same name, ask for it by its id: "
        "`agent_deploy_instance_ids`.",
    ),
    "tag_names_another_place": Entry(
        "A tag of a machine names another Region, account or kind of account than the inventory does.",
        "Correct the tag, or `replicate_to` and `extend_to` of the account in the inventory of cells. Nothing is sent "
        "while they disagree; `agent_deploy_filter_tags` or `agent_deploy_instance_ids` leaves such machines out.",
    ),
    "capacity_low": Entry(
        "An account fills up: less than a fifth of a quota of DRS is left after this.",
        "Plan another staging account in time, see `ansible-playbook resilience.drs.capacity`.",
    ),
    "not_looked_at": Entry(
        "The machines of a cell could not be looked at before the installation, which goes on without.",
        "See the message. The look needs `ssm:SendCommand` for AWS-RunShellScript and AWS-RunPowerShellScript; "
        "`agent_deploy_look: never` does without it.",
    ),
    "error_threshold": Entry(
        "Too many installations failed, so no further command was sent in this cell.",
        "Fix what failed first, or raise `agent_deploy_max_errors`. " + _AGAIN,
        True,
    ),
    "has_recovery_instance": Entry(
        "The source server has a recovery instance, and DRS refuses to disconnect it until that is gone.",
        "Terminate or disconnect the recovery instance first.",
    ),
    "tagging_failed": Entry(
        "The agent is installed, but the source server's tags could not be written.",
        "Allow drs:TagResource to the role of the replication cell. " + _AGAIN,
        True,
    ),
    "install_wait_timeout": Entry(
        "The installation did not end within the timeout; its command continues.",
        "Run the same command again: what is running is found and adopted. Raise the timeout if installations "
        "take longer "
        "here.",
        True,
    ),
    "removal_failed": Entry("The source server was not disconnected or deleted.", "See the message. " + _AGAIN, True),
}

SSM = {
    "ssm_not_managed": Entry(
        "Systems Manager does not know the instance, so no command can be sent to it.",
        "Attach an instance profile with AmazonSSMManagedInstanceCore, run the SSM agent, and open TCP 443 to the ssm, "
        "ssmmessages and ec2messages endpoints. " + _AGAIN,
        True,
    ),
    "ssm_connection_lost": Entry(
        "The SSM agent of the instance has lost its connection.",
        "Restart the SSM agent on the instance; check its route to the ssm endpoints and its clock. " + _AGAIN,
        True,
    ),
    "ssm_inactive": Entry(
        "The SSM agent of the instance has stopped reporting.",
        "Start the SSM agent, or the instance. " + _AGAIN,
        True,
    ),
    "ssm_undeliverable": Entry(
        "The command could not be delivered: the instance did not answer.",
        "Restart the SSM agent on the instance. " + _AGAIN,
        True,
    ),
    "ssm_delivery_timeout": Entry(
        "The instance did not accept the command within the timeout.",
        "Check that the instance is up and its SSM agent is connected, or raise `agent_deploy_delivery_timeout`. "
        + _AGAIN,
        True,
    ),
    "ssm_execution_timeout": Entry(
        "The installer did not end within the timeout.",
        "Look at the machine: a slow download or a kernel build can take long. " + _LOG + " " + _AGAIN,
        True,
    ),
    "ssm_cancelled": Entry("Somebody cancelled the command before it ended.", _AGAIN[5:].capitalize(), True),
    "ssm_terminated": Entry(
        "Systems Manager did not send the command to this instance, because too many others of it had failed.",
        "Fix what failed first, or raise `agent_deploy_max_errors`. " + _AGAIN,
        True,
    ),
    "ssm_access_denied": Entry(
        "Systems Manager may not run the command on this instance.",
        "Allow ssm:SendCommand on the document and on the instance to the role of the source cell; what set-up made "
        "allows it for machines whose tag dr:enabled says yes (docs/iam.md).",
    ),
    "ssm_invalid_platform": Entry(
        "The command is not for the platform of the instance.",
        "Leave `agent_deploy_method: auto`, which chooses the document by platform.",
    ),
    "ssm_unknown_status": Entry(
        "Systems Manager does not report the result of the command.",
        "Look at the command in Run Command of the source account. " + _AGAIN,
        True,
    ),
    "SendCommand:InvalidInstanceId": Entry(
        "An instance left Systems Manager between the check and the command, so the whole command was refused.",
        _AGAIN[5:].capitalize(),
    ),
    "SendCommand:UnsupportedPlatformType": Entry(
        "The document is not for the platform of an instance of the command.",
        "Leave `agent_deploy_method: auto`, which chooses the document by platform.",
    ),
    "SendCommand:InvalidDocument": Entry(
        "The document does not exist in this account and Region, or may not be used.",
        "Correct `agent_deploy_document_name` (one that another account shares is named by its ARN), or omit it. Where "
        "the AWS document itself is not offered: `agent_deploy_method: shell`.",
    ),
    "SendCommand:InvalidParameters": Entry(
        "The document does not take these parameters; the AWS document accepts DRS Regions only.",
        "Check the Region of the replication cell, or set `agent_deploy_method: shell`.",
    ),
}

INSTALL = {
    "install_failed": Entry(
        "The installer failed for a reason that this collection does not know.",
        "Read the message and the installer's log on the machine. " + _LOG,
    ),
    "install_not_initialized": Entry(
        "DRS is not initialised in the account and Region that the machine replicates into.",
        "Run `resilience.drs.setup` for that account and Region (or open the DRS console there once). " + _AGAIN,
    ),
    "install_credentials": Entry(
        "The installer's credentials were refused.",
        "Check the instance profile, or outside EC2 the role of the node, and the clock of the machine (NTP). "
        + _AGAIN,
    ),
    "install_iam": Entry(
        "The instance profile, or outside EC2 the role of the node, does not allow what the installer does.",
        "Attach the policy AWSElasticDisasterRecoveryEc2InstancePolicy to the role of the instance; to that of a node "
        "outside EC2, AWSElasticDisasterRecoveryAgentInstallationPolicy. " + _AGAIN,
    ),
    "install_assume_role": Entry(
        "The machine may not replicate into the other account: a role of the pair that both accounts need is missing.",
        "Run `ansible-playbook resilience.drs.setup` with the inventory whose `replicate_to` names this pair, for both "
        "accounts: it makes DRSCrossAccountAgentAuthorizedRole_<replication account> in the source account and "
        "DRSCrossAccountAgentRole_<source account> in the replication account. " + _AGAIN,
    ),
    "agent_roles_missing": Entry(
        "Two accounts do not trust each other, so machines of the one cannot replicate into the other: a role of the "
        "pair is missing. Every installation there would fail with `install_assume_role`.",
        "Run `ansible-playbook resilience.drs.setup` with the inventory whose `replicate_to` names this pair, for both "
        "accounts, before the deployment.",
    ),
    "install_roles_missing": Entry(
        "The service roles of DRS are missing in the account that the machine replicates into.",
        "Run `resilience.drs.setup` for that account, which makes them (AWSElasticDisasterRecovery*Role). " + _AGAIN,
    ),
    "machine_replicates_elsewhere": Entry(
        "The machine replicates into another cell of the inventory than `replicate_to` says.",
        "Nothing to do, if it is to stay there: it is protected, and nothing is sent to it. To move it, disconnect and "
        "delete its source server there first.",
    ),
    "install_bound_elsewhere": Entry(
        "The machine already replicates into another account or Region.",
        "If it is to stay there, it is protected: leave it out by tags or ids. To move it, disconnect and delete the "
        "source server there first, and its extended copies; the agent removes itself within ten minutes. " + _AGAIN,
    ),
    "install_reboot_required": Entry(
        "An earlier agent was uninstalled and the machine has not been restarted since.",
        "Restart the machine. " + _AGAIN,
    ),
    "install_exists": Entry(
        "A source server exists already, and the installer takes tags for new ones only.",
        "Leave `agent_deploy_explain: true`: the installer is then repeated without tags, and the API writes them.",
    ),
    "install_marketplace": Entry(
        "DRS may not read the Marketplace licences of the machine.",
        "Give the source account the failback and in-AWS right-sizing roles for the replication account, and allow "
        "ec2:DescribeInstances. " + _AGAIN,
    ),
    "install_quota": Entry(
        "The account that the machine replicates into has reached a quota of DRS.",
        "Disconnect servers that need no protection, or replicate into another staging account. " + _AGAIN,
    ),
    "install_network": Entry(
        "The machine cannot download from S3 or reach DRS.",
        "Open TCP 443 to the S3, DRS and EC2 endpoints of the replication Region (or VPC endpoints), and check "
        "that its "
        "resolver knows their names; replication needs TCP 1500 to the staging subnet, too. " + _AGAIN,
        True,
    ),
    "install_checksum": Entry(
        "The downloaded installer does not have the published checksum, so it was not run.",
        "Look for a proxy or a filter that alters downloads. " + _AGAIN,
        True,
    ),
    "install_linux_build": Entry(
        "The machine cannot build the agent's kernel driver.",
        "Install the kernel headers of the running kernel (`uname -r`), gcc, make and perl. " + _AGAIN,
    ),
    "install_secure_boot_selinux": Entry(
        "The machine refuses to load the agent's kernel driver.",
        "Switch Secure Boot off (`mokutil --sb-state`), run `restorecon` for SELinux, allow the driver in the endpoint "
        "protection, or restart into the kernel that it was built for. " + _AGAIN,
    ),
    "install_noexec_tmp": Entry(
        "The temporary directory of the machine cannot be used, or does not allow programs to run.",
        "For the installation, mount /tmp with exec, or point TMPDIR elsewhere. " + _AGAIN,
    ),
    "install_disk_space": Entry(
        "The machine has no room for the agent.",
        "Free 4 GB on / and 500 MB in /tmp (Linux), or 1 GB on C: (Windows). " + _AGAIN,
    ),
    "install_unsupported_os": Entry(
        "The agent does not support the operating system or kernel of the machine.",
        "None for this machine: update its operating system, or protect it another way.",
    ),
    "install_disk_driver": Entry(
        "A disk driver of the machine (Oracle ASM Filter Driver, PowerPath) is in the way.",
        "Stop the ASM filter driver for the installation, or install with `--force-volumes` by hand. " + _AGAIN,
    ),
    "install_volume_too_large": Entry(
        "A volume is larger than the 16 TiB that DRS replicates.",
        "Name the devices to replicate in `agent_deploy_devices`. " + _AGAIN,
    ),
    "install_memory": Entry(
        "The machine has too little free memory for the installer.",
        "Free at least 300 MB of memory, or install at a quieter time. " + _AGAIN,
        True,
    ),
    "install_bitlocker": Entry(
        "A volume of the machine is encrypted with BitLocker, which the agent cannot read.",
        "Switch BitLocker off (`manage-bde -off C:`), wait until the volume is decrypted, and leave it off. " + _AGAIN,
    ),
    "install_certificate": Entry(
        "The machine does not trust the certificate of an endpoint, or cannot agree on TLS with it.",
        "Exempt S3 and DRS from TLS inspection, or give the machine the root certificates (Amazon Trust "
        "Services, or those of the proxy); check its clock, and on Windows that TLS 1.2 is on. " + _AGAIN,
    ),
    "install_proxy": Entry(
        "The proxy of the machine cannot be reached, or does not let the installer through.",
        "Correct `agent_deploy_proxy`, or the machine's own proxy (`https_proxy`, on Windows "
        "`netsh winhttp show proxy`), let it pass the S3, DRS "
        "and EC2 endpoints without a login, and take 169.254.169.254 out of it (`no_proxy`). " + _AGAIN,
    ),
    "install_region": Entry(
        "The installer was given a Region or an endpoint that does not exist or cannot be used.",
        "Check `region` of the replication cell (`replicate_to` in the inventory), and that DRS is offered there. "
        + _AGAIN,
    ),
    "install_privileges": Entry(
        "The installer lacks permissions on the machine: it needs root or an administrator.",
        "Let the SSM agent run as root or SYSTEM (its default), and look for a policy of the machine that denies "
        "writing to the agent's folder. " + _AGAIN,
    ),
    "install_system_user": Entry(
        "The installer could not create the user aws-replication or its directory.",
        "Look for an immutable /etc/passwd, /etc/group or /etc/shadow (`lsattr`), a broken sudoers file (`visudo -c`), "
        "or /var/lib mounted read-only. " + _AGAIN,
    ),
    "install_antivirus": Entry(
        "The machine's endpoint protection or a policy stops the installer.",
        "Allow the AWS Replication Agent and its driver there, and remove what an interrupted attempt left in the "
        "temporary directory. " + _AGAIN,
    ),
    "install_devices": Entry(
        "A disk that should be replicated is not on the machine, or the installer cannot tell its disks apart.",
        "Correct `agent_deploy_devices` (/dev/sdb or D:), or leave it out for all disks; with multipath name them. "
        + _AGAIN,
    ),
    "install_tools": Entry(
        "A program that the installer needs is missing on the machine, or is not in its path.",
        "Install what the message names (Python, make, gcc, perl, tar; on Windows .NET 3.5 and System32 in PATH). "
        + _AGAIN,
    ),
    "install_outdated": Entry(
        "The installer or an agent on the machine is too old.",
        "Uninstall the old agent and restart the machine; `agent_deploy_state: latest` installs the newest. " + _AGAIN,
    ),
    "install_service_fault": Entry(
        "DRS limited the rate of calls, or answered with an internal error.", "Wait a few minutes. " + _AGAIN, True
    ),
    "install_busy": Entry(
        "Another installation or update holds the machine's package manager or the installer's files.",
        "Wait until it has ended, or end it. " + _AGAIN,
        True,
    ),
    "install_agent_start": Entry(
        "The agent is on the machine, but its service does not start.",
        "Look at the agent's log for the driver, the endpoint protection or the connection to DRS. "
        + _LOG
        + " "
        + _AGAIN,
    ),
    "install_no_source_server": Entry(
        "Systems Manager reports success, but no source server of the machine appeared where it should replicate to, "
        "so nothing is protected.",
        "Look at the installer's log on the machine. " + _LOG + " " + _AGAIN,
        True,
    ),
}

AGENT = {**MACHINE, **SSM, **INSTALL}

# StatusDetails of an invocation (Systems Manager user guide, "Understanding command statuses") that say why by
# themselves, compared without blanks and case; what the plugin wrote decides about all others.
STATUS_CODES = {
    "Undeliverable": "ssm_undeliverable",
    "DeliveryTimedOut": "ssm_delivery_timeout",
    "ExecutionTimedOut": "ssm_execution_timeout",
    "TimedOut": "ssm_execution_timeout",
    "Cancelled": "ssm_cancelled",
    "Canceled": "ssm_cancelled",
    "Terminated": "ssm_terminated",
    "RateExceeded": "ssm_terminated",
    "AccessDenied": "ssm_access_denied",
    "InvalidPlatform": "ssm_invalid_platform",
}
