"""The scripts that install the agent where the document of AWS cannot: another account, chosen devices.

They do what that document does, with two differences: a download that fails or does not have the published checksum
ends in an error instead of in success, and what the installer says is kept. They carry no credentials: the installer
takes those of the instance profile, and outside EC2 those that the script finds on the node.

Every value in them has passed ``check``: Systems Manager resolves ``{{ }}`` in parameters, and a quote would end a
string of the shell.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.node_credentials import NodeCredentials
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import partitions
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

_SAFE = re.compile(r"[A-Za-z0-9_.:+/@ \\=,-]*", re.ASCII)
_BARE = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_.:/=-]*", re.ASCII)
_OPTION = re.compile(r"--[a-z-]+", re.ASCII)

# Exit codes of our own, apart from the installer's.
_LINUX = r"""#!/bin/sh
# resilience.drs: install or upgrade the AWS Replication Agent
set -u
umask 077
region='{region}'
{proxy}{credentials}work=$(mktemp -d) || {{ echo 'No temporary directory' >&2; exit 90; }}
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 90
fetch() {{
  for host in "$1-$region.s3.dualstack.$region.{suffix}" "$1-$region.s3.$region.{suffix}"; do
    if command -v curl >/dev/null 2>&1; then
      curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 -o "$3" "https://$host/$2" && return 0
    else
      wget --quiet --tries=3 --timeout=60 -O "$3" "https://$host/$2" && return 0
    fi
  done
  echo "Failed to download $2 from the AWS Elastic Disaster Recovery bucket of $region" >&2
  return 1
}}
name=aws-replication-installer-init
fetch aws-elastic-disaster-recovery "latest/linux/$name" "$name" || exit 91
fetch aws-elastic-disaster-recovery-hashes "latest/linux/$name.sha512" "$name.sha512" || exit 91
wanted=$(tr -d '\r' < "$name.sha512" | awk 'NR == 1 {{ print tolower($1) }}')
found=$(sha512sum "$name" | awk '{{ print $1 }}')
if [ -z "$wanted" ] || [ "$wanted" != "$found" ]; then
  echo 'Checksum validation failed' >&2
  exit 92
fi
chmod 700 "$name" || exit 90
{run}
[ "$code" -eq 0 ] || echo "The installer ended with exit code $code" >&2
exit "$code"
"""

_WINDOWS = r"""# resilience.drs: install or upgrade the AWS Replication Agent
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
$region = '{region}'
{proxy}{credentials}$work = Join-Path $env:TEMP ([Guid]::NewGuid().ToString())
$name = 'AwsReplicationWindowsInstaller.exe'
function Get-Published([string]$bucket, [string]$key, [string]$to) {{
  foreach ($address in "$bucket-$region.s3.dualstack.$region.{suffix}", "$bucket-$region.s3.$region.{suffix}") {{
    try {{
      Invoke-WebRequest -UseBasicParsing -Uri "https://$address/$key" -OutFile $to
      return
    }} catch {{
      $reason = $_.Exception.Message
    }}
  }}
  throw "Failed to download $key from the AWS Elastic Disaster Recovery bucket of ${{region}}: $reason"
}}
$code = 90
try {{
  New-Item -ItemType Directory -Path $work | Out-Null
  $installer = Join-Path $work $name
  Get-Published 'aws-elastic-disaster-recovery' "latest/windows/$name" $installer
  Get-Published 'aws-elastic-disaster-recovery-hashes' "latest/windows/$name.sha512" "$installer.sha512"
  $wanted = ((Get-Content -Path "$installer.sha512" -TotalCount 1) -split '\s+')[0]
  $found = (Get-FileHash -Path $installer -Algorithm SHA512).Hash
  if (-not $wanted -or $wanted -ne $found) {{
    [Console]::Error.WriteLine('Checksum validation failed')
    $code = 92
  }} else {{
    Set-Location -Path $work
    {run}
    if ($code -ne 0) {{ [Console]::Error.WriteLine("The installer ended with exit code $code") }}
  }}
}} catch {{
  [Console]::Error.WriteLine($_.Exception.Message)
  if ($code -eq 0 -or $code -eq 90) {{ $code = 91 }}
}} finally {{
  Set-Location -Path $env:TEMP
  Remove-Item -Path $work -Recurse -Force -ErrorAction SilentlyContinue
}}
exit $code
"""


def safe(value: str) -> bool:
    """Whether a value may stand between single quotes in both shells and in a parameter of Systems Manager."""
    return bool(_SAFE.fullmatch(value))


def arguments(region: str, account_id: str | None, tags: Mapping[str, str], devices: Sequence[str]) -> list[str]:
    """The installer's arguments after ``--no-prompt`` (DRS user guide, "Installer parameters").

    :raises DrsError: ``invalid_option`` for a value that could be read as something else than a value.
    """
    words = ["--region", region]
    if account_id:
        words += ["--account-id", account_id]
    if tags:
        words += ["--tags", *(f"{key}={value}" for key, value in tags.items())]
    if devices:
        words += ["--devices", ",".join(devices)]
    for word in words:
        if not safe(word):
            raise DrsError("invalid_option", f"{word!r} cannot be passed to the installer")
    return words


def _quoted(word: str, windows: bool) -> str:
    """A word of the installer's line; PowerShell parts some bare words at dots, and reads others as numbers."""
    bare = (_OPTION if windows else _BARE).fullmatch(word)
    return word if bare else f"'{word}'"


# Instance metadata, where the credentials of the profile are, is never behind the proxy.
_LINUX_PROXY = """https_proxy='{0}'; HTTPS_PROXY='{0}'; no_proxy='169.254.169.254'; NO_PROXY='169.254.169.254'
export https_proxy HTTPS_PROXY no_proxy NO_PROXY
"""
_WINDOWS_PROXY = """$env:HTTPS_PROXY = '{0}'; $env:NO_PROXY = '169.254.169.254'
[Net.WebRequest]::DefaultWebProxy = New-Object Net.WebProxy('{0}')
"""


def proxy_lines(platform_is_windows: bool, proxy: str | None) -> str:
    """The lines that a script begins with to go by a proxy; empty without one."""
    return (_WINDOWS_PROXY if platform_is_windows else _LINUX_PROXY).format(proxy) if proxy else ""


# What runs the installer, and sets ``code``, where it finds credentials by itself.
_RUN = {
    False: '"./$name" --no-prompt{0}\ncode=$?',
    True: "& $installer --no-prompt{0}\n    $code = $LASTEXITCODE",
}


def _written(
    windows: bool, region: str, words: Sequence[str], proxy: str | None, node: NodeCredentials | None
) -> list[str]:
    line = "".join(f" {_quoted(word, windows)}" for word in words)
    return (_WINDOWS if windows else _LINUX).format(
        region=region,
        suffix=suffix(region),
        proxy=proxy_lines(windows, proxy),
        credentials=node.read(windows) if node else "",
        run=node.run(windows, line) if node else _RUN[windows].format(line),
    ).splitlines()  # fmt: skip


def suffix(region: str) -> str:
    """The domain of the Region's partition."""
    return partitions.of_region(region).suffix


def linux(
    region: str, words: Sequence[str], proxy: str | None = None, node: NodeCredentials | None = None
) -> list[str]:
    """The lines of the POSIX shell script.

    :param node: where a node outside EC2 keeps the credentials of the installer; None on EC2.
    """
    return _written(False, region, words, proxy, node)


def windows(
    region: str, words: Sequence[str], proxy: str | None = None, node: NodeCredentials | None = None
) -> list[str]:
    """The lines of the PowerShell script; ``node`` as for ``linux``."""
    return _written(True, region, words, proxy, node)
