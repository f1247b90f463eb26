"""Ask what somebody changed beside stack sets: one detection a stack set, told by account, Region and resource.

It is asked in the account that administers the stack sets. What cannot be asked is told, and is no reason to fail.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import cloudformation
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import stacks

SPEC: dict[str, Any] = {
    "names": {"type": "list", "elements": "str", "required": True},
    "call_as": {"type": "str", "choices": ["SELF", "DELEGATED_ADMIN"], "default": "SELF"},
    "timeout": {"type": "int", "default": 1800},
}
_POLL_SECONDS = 5
_RUNNING = ("RUNNING", "QUEUED", "STOPPING")


def perform(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Detect the drift of stack sets, as SPEC says.

    :returns: ``{changed: False, drift [stack, account_id, region, logical_id, type, physical_id, status, text],
        unread [text], warnings [text]}``; ``unread`` is what is not known. In check mode nothing is asked.
    """
    drift: list[dict[str, str]] = []
    unread: list[str] = []
    for name in [] if check_mode else dict.fromkeys(params["names"]):
        try:
            rows, unknown = _of_one(cell, name, params)
        except DrsError as error:
            unread.append(f"stack set {name}: its drift could not be read: {error.code}: {error.message}")
            continue
        drift += rows
        unread += unknown
    warnings = [
        f"stack_drifted: stack set {one['stack']} in account {one['account_id']}, {one['region']}: {one['text']}. "
        "Put it back by hand, or delete that instance and create it again."
        for one in drift
    ]
    return {"changed": False, "drift": drift, "unread": unread, "warnings": [*warnings, *unread]}


def _of_one(cell: Cell, name: str, params: Given) -> tuple[list[dict[str, str]], list[str]]:
    """What differs in the accounts of one stack set, and where that is not known."""
    call_as = params["call_as"]
    operation = cloudformation.detect_set_drift(cell, name, call_as)
    ended = _wait(cell, name, operation, params)
    instances = cloudformation.set_instances(cell, name, call_as)
    rows: list[dict[str, str]] = []
    silent = []
    for one in stacks.drifted_instances(instances):
        place = (str(one["Account"]), str(one["Region"]))
        found = stacks.drifted(cloudformation.set_drifts(cell, name, *place, operation, call_as))
        silent += [] if found else [f"account {place[0]}, {place[1]}: it has drifted, and nobody says what"]
        rows += [{"stack": name, "account_id": place[0], "region": place[1], **row} for row in found]
    unknown = [f"stack set {name}: {text}" for text in [*silent, *stacks.wrong_instances(instances)]]
    if ended.get("Status") != "SUCCEEDED":
        reason = ended.get("StatusReason") or "no reason was given"
        unknown.insert(0, f"stack set {name}: its drift detection ended {ended.get('Status')}: {reason}")
    return rows, unknown


def _wait(cell: Cell, name: str, operation: str, params: Given) -> AwsData:
    with Clock(name) as clock:
        while True:
            there = cloudformation.set_operation(cell, name, operation, params["call_as"])
            if there["Status"] not in _RUNNING:
                return there
            if clock.seconds() > params["timeout"]:
                raise DrsError("stack_failed", f"its drift detection is still {there['Status']}", retryable=True)
            clock.sleep(_POLL_SECONDS)
