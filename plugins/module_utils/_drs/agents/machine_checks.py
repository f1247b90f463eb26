"""What speaks against a machine before anything is sent: what DRS cannot take, and tags that name another place.

EC2 says what a machine is: its architecture, its Auto Scaling group. Tags of the published scheme say where it shall be
recovered (``dr:target-region``, ``dr:target-account``) and what its account is (``dr:account-type``); nothing is sent
while one of them contradicts the inventory, for data that went to a wrong account or Region cannot be called back.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Machine

ARM, AUTO_SCALING = "arm64", "auto_scaling"
ALLOWABLE = (ARM, AUTO_SCALING)
"""What is refused unless somebody allows it."""
GROUP_TAG = "aws:autoscaling:groupName"
_MAC = re.compile(r"_mac$")
_REGION, _ACCOUNT, _TYPE = "dr:target-region", "dr:target-account", "dr:account-type"
_SEPARATORS = re.compile(r"[-_:./ ]")


def unfit(machine: Machine, allowed: Container[str] = ()) -> DrsError | None:
    """Why the agent is not installed on a machine, by what EC2 says it is; None when nothing speaks against it.

    :param allowed: of ALLOWABLE, what is installed on all the same.
    """
    name = f"{machine['name']} ({machine['instance_id']})"
    architecture = str(machine.get("architecture") or "")
    if _MAC.search(architecture) or machine.get("platform") == machines.MAC:
        return DrsError("machine_is_mac", f"{name} runs macOS, for which there is no agent")
    if architecture.startswith("arm64") and ARM not in allowed:
        return DrsError("machine_is_arm", f"{name} has an {clean(architecture, 20)} processor")
    group = machine["tags"].get(GROUP_TAG)
    if group and AUTO_SCALING not in allowed:
        return DrsError("machine_in_auto_scaling", f"{name} belongs to the Auto Scaling group {clean(group, 80)}")
    return None


def elsewhere(machine: Mapping[str, Any], cell: Mapping[str, Any]) -> list[Finding]:
    """Errors for tags that name another place than the machine is about to be protected in.

    :param machine: ``name``, ``cell``, ``tags``.
    :param cell: of the plan: ``replication`` {account_id, region, cell}, ``extend_to`` and ``extend_account_id``,
        ``account_types`` of the machine's own account.
    """
    found: list[Finding] = []
    replication = cell.get("replication") or {}
    for key, value in (machine.get("tags") or {}).items():
        word = _SEPARATORS.sub("", str(key)).lower()
        text = str(value).strip()
        if not text:
            continue
        if word == _SEPARATORS.sub("", _REGION) and text.lower() != str(replication.get("region") or text).lower():
            found.append(_finding(machine, key, text, f"it replicates into {replication.get('region')}"))
        elif word == _SEPARATORS.sub("", _ACCOUNT):
            places = _accounts(cell)
            if places and text.lower() not in places:
                found.append(_finding(machine, key, text, f"it is protected in {names(sorted(places), 6)}"))
        elif word == _SEPARATORS.sub("", _TYPE):
            types = [str(one).lower() for one in cell.get("account_types") or ()]
            if types and text.lower() not in types:
                found.append(_finding(machine, key, text, f"the inventory has its account as {', '.join(types)}"))
    return found


def _accounts(cell: Mapping[str, Any]) -> set[str]:
    """Ids and names of the account that a machine replicates into, and of the one it is extended to."""
    replication = cell.get("replication") or {}
    said: Iterable[Any] = (
        replication.get("account_id"), replication.get("cell"), cell.get("extend_account_id"), cell.get("extend_to"),
    )  # fmt: skip
    places = {str(one).lower() for one in said if one}
    return places | {one.partition(".")[0] for one in places}


def _finding(machine: Mapping[str, Any], key: str, value: str, instead: str) -> Finding:
    text = f"{clean(machine.get('name'), 64)}: tag {clean(key, 60)} says {clean(value, 60)}, but {instead}"
    return finding(ERROR, "tag_names_another_place", text, cell=machine.get("cell"))
