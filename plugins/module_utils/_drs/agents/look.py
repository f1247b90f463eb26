"""Judge what a look at a machine found: what will fail when the agent is installed, and what may.

The limits are those of the DRS user guide, "Installation requirements": 4 GB on /, 500 MB in /tmp where programs may
run, 300 MB of memory, no Secure Boot (Linux); 1 GB on the system drive, .NET 3.5 or later, no BitLocker (Windows);
HTTPS to the endpoints. What could not be found out is no finding: the installer will tell.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines

Facts = Mapping[str, str]
_FACT = re.compile(r"^fact (reach \S+|\w+) (.*)$", re.MULTILINE)
_ROOT_MIB = {machines.LINUX: 4000, machines.WINDOWS: 1000}
_TMP_MIB = 500
_MEMORY_MIB = 300
_64_BIT = ("x86_64", "amd64", "aarch64", "arm64")
_REACH = "reach "
# Exit codes of curl; without curl there is no answer to judge.
_ANSWERED = ("0", "22", "127")
_UNREACHED = ("install_network", "cannot be reached")
_CURL = {
    "5": ("install_proxy", "cannot be reached: the name of the proxy is not known"),
    "35": ("install_certificate", "does not agree on TLS"),
    "60": ("install_certificate", "shows a certificate that the machine does not trust"),
}


def parse(output: str) -> dict[str, str]:
    """The facts in the output of a script of look_scripts, by name; other lines are ignored."""
    return {name: value.strip() for name, value in _FACT.findall(output.replace("\r\n", "\n"))}


def fatal(name: str, platform: str, facts: Facts) -> list[DrsError]:
    """What will make the installation on a machine fail, the surest first."""
    found = [_architecture(facts), _privileges(facts), _credentials(facts), _root(platform, facts)]
    if platform == machines.LINUX:
        found += [_tmp_space(facts), _tmp_options(facts), _secure_boot(facts)]
    else:
        found += [_bitlocker(facts), _dotnet(facts)]
    found.append(_network(facts))
    return [DrsError(code, f"{name}: {text}") for code, text in filter(None, found)]


def doubtful(name: str, platform: str, facts: Facts) -> list[DrsError]:
    """What may make it fail: the installer tries to mend these by itself, or they pass."""
    found = []
    memory = _number(facts, "memory_mib")
    if memory is not None and memory < _MEMORY_MIB:
        found.append(("install_memory", f"{memory} MB of memory are free, the installer needs {_MEMORY_MIB}"))
    missing = [tool for tool in ("gcc", "make") if facts.get(tool) == "none"]
    if platform == machines.LINUX and facts.get("headers") == "no":
        missing.insert(0, f"the headers of kernel {clean(facts.get('kernel'), 60)}")
        text = f"{', '.join(missing)} are missing, and the installer has to get them from a package repository"
        found.append(("install_linux_build", text))
    return [DrsError(code, f"{name}: {text}") for code, text in found]


def _number(facts: Facts, name: str) -> int | None:
    text = facts.get(name) or ""
    return int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else None


def _architecture(facts: Facts) -> tuple[str, str] | None:
    word = (facts.get("machine") or "").lower()
    return (
        ("install_unsupported_os", f"its architecture is {clean(word, 20)}") if word and word not in _64_BIT else None
    )


def _privileges(facts: Facts) -> tuple[str, str] | None:
    uid = _number(facts, "uid")
    return ("install_privileges", f"commands run as user {uid}, not as root") if uid else None


def _credentials(facts: Facts) -> tuple[str, str] | None:
    missing = (facts.get("credentials") or "").lower() in ("no", "false")
    return ("install_node_credentials", "its SSM agent keeps no credentials file") if missing else None


def _root(platform: str, facts: Facts) -> tuple[str, str] | None:
    free, least = _number(facts, "root_mib"), _ROOT_MIB.get(platform, 0)
    where = "/" if platform == machines.LINUX else "the system drive"
    return _space(free, least, where)


def _tmp_space(facts: Facts) -> tuple[str, str] | None:
    return _space(_number(facts, "tmp_mib"), _TMP_MIB, "the temporary directory")


def _space(free: int | None, least: int, where: str) -> tuple[str, str] | None:
    if free is None or free >= least:
        return None
    return "install_disk_space", f"{free} MB are free on {where}, the installer needs {least}"


def _tmp_options(facts: Facts) -> tuple[str, str] | None:
    if "noexec" not in (facts.get("tmp_options") or "").split(","):
        return None
    return "install_noexec_tmp", "the temporary directory is mounted with noexec"


def _secure_boot(facts: Facts) -> tuple[str, str] | None:
    return ("install_secure_boot_selinux", "Secure Boot is on") if _number(facts, "secure_boot") == 1 else None


def _bitlocker(facts: Facts) -> tuple[str, str] | None:
    on = (facts.get("bitlocker") or "").lower() in ("on", "1")
    return ("install_bitlocker", "BitLocker protects the system drive") if on else None


def _dotnet(facts: Facts) -> tuple[str, str] | None:
    release = facts.get("dotnet")
    return ("install_tools", "it has no .NET Framework 4") if release == "" else None


def _network(facts: Facts) -> tuple[str, str] | None:
    codes = {name[len(_REACH) :]: value for name, value in facts.items() if name.startswith(_REACH)}
    lost = [host for host, value in codes.items() if value not in _ANSWERED]
    if not lost:
        return None
    kind, text = next((_CURL[codes[host]] for host in lost if codes[host] in _CURL), _UNREACHED)
    return kind, f"{', '.join(clean(one, 100) for one in lost)} {text}"
