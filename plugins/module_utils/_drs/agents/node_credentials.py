"""Credentials of the installer on a managed node outside EC2: read on the node itself, and shown to nobody.

The SSM agent of a hybrid activation keeps the temporary credentials of the node's role in the shared credentials file
of the user that it runs as (Systems Manager user guide, "SSM Agent technical reference"): root's on Linux, that of the
system account on Windows. The script that is sent reads them there and hands them to the installer, so they pass
through no parameter, log or record. What the installer prints goes through a filter that stars them out.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines

_PATHS = {
    machines.LINUX: re.compile(r"/[A-Za-z0-9_./ -]{1,200}", re.ASCII),
    machines.WINDOWS: re.compile(r"[A-Za-z]:\\[A-Za-z0-9_.\\ -]{1,200}", re.ASCII),
}
_PROFILE = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
LINUX_FILE = "/root/.aws/credentials"
_WINDOWS_FILE = r"(Join-Path $env:SystemRoot 'System32\config\systemprofile\.aws\credentials')"

_LINUX_READ = r"""file='@FILE@'
[ -r "$file" ] || { echo "No temporary credentials of the node role in $file" >&2; exit 93; }
node_value() {
  awk -v section='@PROFILE@' -v wanted="$1" '
    { sub(/\r$/, "") }
    /^[ \t]*\[/ { name = $0; gsub(/^[ \t]*\[[ \t]*|[ \t]*\][ \t]*$/, "", name); next }
    name == section {
      at = index($0, "=")
      word = substr($0, 1, at - 1)
      gsub(/[ \t]/, "", word)
      if (at > 0 && word == wanted) {
        value = substr($0, at + 1)
        gsub(/^[ \t]+|[ \t]+$/, "", value)
        print value
        exit
      }
    }' "$file"
}
node_key=$(node_value aws_access_key_id)
node_secret=$(node_value aws_secret_access_key)
node_token=$(node_value aws_session_token)
if [ -z "$node_key" ] || [ -z "$node_secret" ] || [ -z "$node_token" ]; then
  echo "No temporary credentials of the node role in $file" >&2
  exit 93
fi
masked() {
  node_1="$node_token" node_2="$node_secret" node_3="$node_key" awk '
    {
      for (i = 1; i <= 3; i++) {
        secret = ENVIRON["node_" i]
        while ((at = index($0, secret)) > 0) $0 = substr($0, 1, at - 1) "[redacted]" substr($0, at + length(secret))
      }
      print
    }'
}
"""
_LINUX_RUN = r"""{
  "./$name" --no-prompt@ARGUMENTS@ --aws-access-key-id "$node_key" --aws-secret-access-key "$node_secret" \
    --aws-session-token "$node_token" 2>&1
  echo "$?" > "$work/code"
} | masked
code=$(cat "$work/code" 2>/dev/null || echo 94)"""

_WINDOWS_READ = r"""$file = @FILE@
function Get-NodeValue([string]$wanted) {
  $section = ''
  foreach ($line in Get-Content -LiteralPath $file) {
    if ($line -match '^\s*\[\s*(.+?)\s*\]\s*$') { $section = $Matches[1] }
    elseif ($section -ceq '@PROFILE@' -and $line -match "^\s*$wanted\s*=\s*(.+?)\s*$") { return $Matches[1] }
  }
}
if (-not (Test-Path -LiteralPath $file)) {
  [Console]::Error.WriteLine("No temporary credentials of the node role in $file")
  exit 93
}
$nodeKey = Get-NodeValue 'aws_access_key_id'
$nodeSecret = Get-NodeValue 'aws_secret_access_key'
$nodeToken = Get-NodeValue 'aws_session_token'
if (-not ($nodeKey -and $nodeSecret -and $nodeToken)) {
  [Console]::Error.WriteLine("No temporary credentials of the node role in $file")
  exit 93
}
"""
# With Stop, the first line that a program writes to its standard error ends a script that reads it.
_WINDOWS_RUN = r"""$ErrorActionPreference = 'Continue'
    & $installer --no-prompt@ARGUMENTS@ --aws-access-key-id $nodeKey --aws-secret-access-key $nodeSecret `
      --aws-session-token $nodeToken 2>&1 | ForEach-Object {
      "$_".Replace($nodeToken, '[redacted]').Replace($nodeSecret, '[redacted]').Replace($nodeKey, '[redacted]')
    }
    $code = $LASTEXITCODE
    $ErrorActionPreference = 'Stop'"""
_LINUX_FACT = """fact credentials "$(test -r '@FILE@' && echo yes || echo no)\""""
_WINDOWS_FACT = "Write-Fact 'credentials' (Test-Path -LiteralPath @FILE@)"


class NodeCredentials(NamedTuple):
    """Where the credentials are kept on the nodes: a file by platform, None for where AWS keeps it, and a profile."""

    linux: str | None = None
    windows: str | None = None
    profile: str = "default"

    def _filled(self, template: str, windows: bool) -> str:
        path = (f"'{self.windows}'" if self.windows else _WINDOWS_FILE) if windows else self.linux or LINUX_FILE
        return template.replace("@FILE@", path).replace("@PROFILE@", self.profile)

    def read(self, windows: bool) -> str:
        """The lines of a script that read the credentials."""
        return self._filled(_WINDOWS_READ if windows else _LINUX_READ, windows)

    def run(self, windows: bool, arguments: str) -> str:
        """The lines of a script that run the installer with them; they set ``code`` to its exit code.

        :param arguments: what it is given besides, quoted, a blank before each.
        """
        return (_WINDOWS_RUN if windows else _LINUX_RUN).replace("@ARGUMENTS@", arguments)

    def fact(self, windows: bool) -> str:
        """The line of a look that tells whether the file is there."""
        return self._filled(_WINDOWS_FACT if windows else _LINUX_FACT, windows)


DEFAULT = NodeCredentials()


def of(request: Mapping[str, Any]) -> NodeCredentials:
    """Where a request says that the credentials are kept: its ``node_credentials`` {linux, windows, profile}.

    :raises DrsError: ``invalid_option`` for another key, or what is no path or name of a profile.
    """
    given = {key: value for key, value in (request.get("node_credentials") or {}).items() if value}
    unknown = sorted(set(given) - set(NodeCredentials._fields))
    if unknown:
        raise DrsError("invalid_option", f"node_credentials: {unknown[0]!r} is none of linux, windows, profile")
    for key, value in given.items():
        pattern = _PATHS.get(key, _PROFILE)
        if not pattern.fullmatch(str(value)):
            noun = "name of a profile" if key == "profile" else f"absolute path on {key.capitalize()}"
            raise DrsError("invalid_option", f"node_credentials.{key}: {value!r} is no {noun}")
    return NodeCredentials(**{key: str(value) for key, value in given.items()})
