"""What a read-only script finds on a machine: the answers to the commands that such scripts ask with.

Nothing is executed. A line ``word NAME "$(command)"`` of a shell script prints ``word NAME answer``, as does
``Word 'NAME' (command)`` of PowerShell where Word is a function that the script defines by ``function Word``; the
answer is what the machine would give to that command. Sources: df(1), id(1), uname(1), proc(5), curl(1) exit codes, the
UEFI variable SecureBoot, Win32_LogicalDisk, Win32_OperatingSystem, Get-BitLockerVolume.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from .instances import Machine

_SHELL = re.compile(r"""^(\w+) "?([^"]+?)"? "\$\((.+)\)"( &)?$""")
_POWERSHELL = re.compile(r"""^([\w-]+) '([^']+)' (.+)$""")
_POWERSHELL_WORD = re.compile(r"function [\w-]+\(.*\) \{ Write-Output \"(\w+) \$")
_USUAL = {
    "root_mib": 20000,
    "tmp_mib": 20000,
    "memory_mib": 1200,
    "tmp_noexec": False,
    "headers": True,
    "gcc": True,
    "secure_boot": False,
    "bitlocker": False,
    "machine": "x86_64",
}
_NO_ANSWER = "28"


def _word(value: Any) -> str:
    return "yes" if value else "no"


#: What a command asks for -> the answer, from what is known of the machine; the first that is found in it counts.
_LINUX: tuple[tuple[str, Callable[[Machine, dict[str, Any]], str]], ...] = (
    ("credentials", lambda machine, _known: _word(machine.credentials)),
    ("curl ", lambda machine, _known: "0" if machine.network == "ok" else _NO_ANSWER),
    ("/proc/mounts", lambda _machine, known: "rw,nosuid,noexec" if known["tmp_noexec"] else "rw,relatime"),
    ("/proc/meminfo", lambda _machine, known: str(known["memory_mib"])),
    ('df -Pk "$tmp"', lambda _machine, known: str(known["tmp_mib"])),
    ("df -Pk /", lambda _machine, known: str(known["root_mib"])),
    ("/lib/modules/", lambda _machine, known: _word(known["headers"])),
    ("od -An", lambda _machine, known: "   1" if known["secure_boot"] else "   0"),
    ("command -v gcc", lambda _machine, known: "/usr/bin/gcc" if known["gcc"] else "none"),
    ("command -v ", lambda _machine, _known: "/usr/bin/make"),
    ("id -u", lambda _machine, _known: "0"),
    ("uname -m", lambda _machine, known: str(known["machine"])),
    ("uname -r", lambda _machine, _known: "6.1.0-28-cloud-amd64"),
)
_WINDOWS: tuple[tuple[str, Callable[[Machine, dict[str, Any]], str]], ...] = (
    ("credentials", lambda machine, _known: str(machine.credentials)),
    ("WaitOne", lambda machine, _known: "0" if machine.network == "ok" else "1"),
    ("PROCESSOR_ARCHITECTURE", lambda _machine, _known: "AMD64"),
    ("Win32_LogicalDisk", lambda _machine, known: str(known["root_mib"])),
    ("Win32_OperatingSystem", lambda _machine, known: str(known["memory_mib"])),
    ("NET Framework Setup", lambda _machine, _known: "528449"),
    ("BitLocker", lambda _machine, known: "On" if known["bitlocker"] else "Off"),
    ("OSVersion", lambda _machine, _known: "10.0.20348.0"),
)


def answers(machine: Machine, lines: Sequence[str]) -> str:
    """What a script prints that only asks; empty for any other."""
    known = {**_USUAL, **machine.system}
    table = _WINDOWS if machine.windows else _LINUX
    printed = "fact"
    said: list[str] = []
    for line in lines:
        defined = _POWERSHELL_WORD.search(line)
        printed = defined.group(1) if defined else printed
        found = _POWERSHELL.match(line) if machine.windows else _SHELL.match(line)
        if found is None:
            continue
        answer = next((give(machine, known) for words, give in table if words in found.group(3)), None)
        if answer is not None:
            word = printed if machine.windows else found.group(1)
            said.append(f"{word} {found.group(2)} {answer}\n")
    return "".join(said)
