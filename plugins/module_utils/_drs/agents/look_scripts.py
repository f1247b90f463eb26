"""Shell scripts that look whether the agent can be installed on a machine: read-only, over in seconds, a fact a line.

Each line of their output is ``fact NAME VALUE``. They write no file, change nothing, and carry no credentials. All
endpoints are asked at the same time, so that those that do not answer cost their time once. No value of ours stands in
them but the Region, and none of their braces is doubled: Systems Manager resolves those in parameters.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import scripts as agent_scripts
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.node_credentials import NodeCredentials
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines

# Seconds that the look may take on a machine, most of which an endpoint may let it wait.
SECONDS = 30

_LINUX = r"""#!/bin/sh
# resilience.drs: look whether the AWS Replication Agent can be installed; changes nothing
fact() { printf 'fact %s %s\n' "$1" "$2"; }
LC_ALL=C; export LC_ALL
fact uid "$(id -u)"
fact machine "$(uname -m)"
fact kernel "$(uname -r)"
fact root_mib "$(df -Pk / | awk 'NR == 2 { print int($4 / 1024) }')"
tmp=${TMPDIR:-/tmp}
on=$(df -P "$tmp" | awk 'NR == 2 { print $6 }')
fact tmp_mib "$(df -Pk "$tmp" | awk 'NR == 2 { print int($4 / 1024) }')"
fact tmp_options "$(awk -v on="$on" '$2 == on { print $4 }' /proc/mounts | tail -n 1)"
fact memory_mib "$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)"
fact headers "$(test -e "/lib/modules/$(uname -r)/build/Makefile" && echo yes || echo no)"
fact gcc "$(command -v gcc || echo none)"
fact make "$(command -v make || echo none)"
boot=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
fact secure_boot "$(od -An -t u1 -j 4 -N 1 "$boot" 2>/dev/null)"
"""
_LINUX_REACH = (
    'fact "reach {host}" "$(curl --silent --output /dev/null --connect-timeout 8 --max-time 12 https://{host}/; '
    'echo $?)" &'
)

_WINDOWS = r"""# resilience.drs: look whether the AWS Replication Agent can be installed; changes nothing
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
function Write-Fact([string]$name, $value) { Write-Output "fact $name $value" }
function Write-MiB([string]$name, $size, [double]$unit) {
  if ($null -ne $size) { Write-Fact $name ([Math]::Floor($size / $unit)) }
}
function Write-Reach([string]$name) {
  if ($null -eq $pending[$name]) { return }
  $left = [int][Math]::Max(0, ($until - [DateTime]::UtcNow).TotalMilliseconds)
  $answered = $pending[$name].AsyncWaitHandle.WaitOne($left) -and $reach[$name].Connected
  Write-Fact "reach $name" ([int](-not $answered))
}
Write-Fact 'machine' $env:PROCESSOR_ARCHITECTURE
Write-Fact 'kernel' ([Environment]::OSVersion.Version.ToString())
Write-MiB 'root_mib' (Get-CimInstance Win32_LogicalDisk -Filter "DeviceID='$env:SystemDrive'").FreeSpace 1048576
Write-MiB 'memory_mib' (Get-CimInstance Win32_OperatingSystem).FreePhysicalMemory 1024
Write-Fact 'dotnet' (Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full').Release
Write-Fact 'bitlocker' (Get-BitLockerVolume -MountPoint $env:SystemDrive).ProtectionStatus
"""
_WINDOWS_REACH = (
    "$reach['{host}'] = New-Object Net.Sockets.TcpClient; $pending['{host}'] = "
    "$reach['{host}'].BeginConnect('{host}', 443, $null, $null)"
)
_WINDOWS_ASK = "Write-Reach '{host}'"


def endpoints(region: str) -> list[str]:
    """The hosts that an installer must reach by HTTPS (DRS user guide, "Network requirements")."""
    suffix = agent_scripts.suffix(region)
    return [
        f"drs.{region}.{suffix}",
        f"aws-elastic-disaster-recovery-{region}.s3.{region}.{suffix}",
        f"aws-drs-clients-{region}.s3.{region}.{suffix}",
        f"ec2.{region}.{suffix}",
    ]


def script(
    platform: str,
    region: str,
    proxy: str | None = None,
    hosts: Sequence[str] | None = None,
    node: NodeCredentials | None = None,
) -> list[str]:
    """The lines of the script for a platform.

    :param region: that of the replication cell.
    :param proxy: what the machine reaches AWS by. On Windows nothing is tried then: only HTTPS itself knows proxies.
    :param hosts: what it must reach instead of the endpoints of the Region.
    :param node: where nodes outside EC2 keep the credentials of their role; None for machines of EC2.
    """
    hosts = endpoints(region) if hosts is None else hosts
    own = [node.fact(platform == machines.WINDOWS)] if node else []
    if platform != machines.WINDOWS:
        lines = [*agent_scripts.proxy_lines(False, proxy).splitlines(), *_LINUX.splitlines(), *own]
        return [*lines, *(_LINUX_REACH.format(host=host) for host in hosts), "wait"]
    hosts = () if proxy else hosts
    return [
        *_WINDOWS.splitlines(),
        *own,
        "$reach = @{}; $pending = @{}; $until = [DateTime]::UtcNow.AddSeconds(8)",
        *(_WINDOWS_REACH.format(host=host) for host in hosts),
        *(_WINDOWS_ASK.format(host=host) for host in hosts),
        "exit 0",
    ]
