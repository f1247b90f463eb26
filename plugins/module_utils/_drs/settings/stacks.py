"""Stacks of set-up: what a stack lacks of what is wanted, what its state means, and why it failed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping

# States of a stack whose first creation failed: it holds nothing and can only be deleted (CloudFormation user guide,
# "Stack status codes"). REVIEW_IN_PROGRESS is a change set that nobody executed.
FAILED_FIRST = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS")
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
GOING = ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
_MOVING = "_IN_PROGRESS"
# Reasons that only say that something else failed first.
_FOLLOWED = ("resource creation cancelled", "resource update cancelled", "the following resource(s) failed")
# A parameter Make<LogicalId> switches the role of that logical id.
SWITCH = "Make"
DRIFTED, IN_SYNC = "DRIFTED", "IN_SYNC"


def moving(status: str) -> bool:
    """Whether CloudFormation still works on a stack."""
    return status.endswith(_MOVING) and status not in FAILED_FIRST


def switches(roles: Mapping[str, str], made: Iterable[str], there: Iterable[str]) -> dict[str, str]:
    """Which of the roles (or tables) a stack is to hold: those it has made already, and those that are not there.

    :param roles: {parameter of the template: name of the role}.
    :param made: logical ids of what the stack holds.
    :param there: names of roles that are in the account.
    :returns: {parameter: ``true`` or ``false``}.
    """
    mine, existing = set(made), set(there)
    return {
        parameter: "true" if parameter[len(SWITCH) :] in mine or name not in existing else "false"
        for parameter, name in roles.items()
    }


def shown(parameters: Any) -> dict[str, str]:
    """Parameters as DescribeStacks shows them: {key: value}."""
    pairs = [as_mapping(one) for one in as_list(parameters)]
    return {str(one.get("ParameterKey")): str(one.get("ParameterValue") or "") for one in pairs}


def differences(
    applied: str, there: Mapping[str, str], wanted: str, parameters: Mapping[str, str], hidden: Sequence[str]
) -> list[str]:
    """What an update would change, in words; hidden parameters are shown as stars by AWS and never compared."""
    found = [] if applied.strip() == wanted.strip() else ["the template"]
    for key, value in sorted(parameters.items()):
        if key not in hidden and there.get(key, "") != value:
            before, after = clean(there.get(key), 120) or "(empty)", clean(value, 120) or "(empty)"
            found.append(f"{key}: {before} becomes {after}")
    return found


def first_failure(events: Iterable[Mapping[str, Any]]) -> str:
    """Why a stack failed: the resource that failed first, with its reason.

    :param events: as AWS gives them, the newest first.
    """
    for one in reversed(list(events)):
        reason = clean(one.get("ResourceStatusReason"), 400)
        followed = any(reason.lower().startswith(text) for text in _FOLLOWED)
        if str(one.get("ResourceStatus", "")).endswith("_FAILED") and reason and not followed:
            return f"{clean(one.get('LogicalResourceId'), 80)}: {reason}"
    return "CloudFormation gave no reason"


# What helps against a reason, where that is another thing than to correct what is named.
_REMEDIES = (
    (
        ("not authorized", "accessdenied", "access denied", "unauthorizedoperation"),
        "Give the role that applies the stacks what bootstrap.json has (docs/iam.md, Set-up), or look for the service "
        "control policy or permissions boundary that denies it; then run `ansible-playbook resilience.drs.setup` "
        "again.",
    ),
    (
        ("already exists",),
        "Something else made it: delete that, or give another name (`role_name` of the inventory, "
        "`account_setup_clean_up_role_name`, `account_setup_table_name`, `account_setup_topic_name`), then run "
        "`ansible-playbook resilience.drs.setup` again.",
    ),
)


def remedy(reason: str) -> str | None:
    """What to do about the reason that a stack or a call for it failed; None where the catalogue says it."""
    said = reason.lower()
    return next((text for words, text in _REMEDIES if any(word in said for word in words)), None)


def outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    """The outputs of a stack: {key: value}, names and ARNs of what it made."""
    pairs = [as_mapping(one) for one in as_list(stack.get("Outputs"))]
    return {str(one["OutputKey"]): str(one.get("OutputValue") or "") for one in pairs if one.get("OutputKey")}


def drifted(found: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What differs from a stack's template: [{logical_id, type, physical_id, status, text}]."""
    result = []
    for one in found:
        paths = [str(as_mapping(each).get("PropertyPath")) for each in as_list(one.get("PropertyDifferences"))]
        status = str(one.get("StackResourceDriftStatus") or "")
        name = clean(one.get("PhysicalResourceId"), 160) or clean(one.get("LogicalResourceId"), 80)
        text = f"{name} was deleted" if status == "DELETED" else f"{name} was changed: {names(paths, 5) or 'unknown'}"
        result.append(
            {
                "logical_id": str(one.get("LogicalResourceId") or ""),
                "type": str(one.get("ResourceType") or ""),
                "physical_id": str(one.get("PhysicalResourceId") or ""),
                "status": status,
                "text": text,
            }
        )
    return sorted(result, key=lambda one: one["logical_id"])


def drifted_instances(instances: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The instances of a stack set whose stacks have drifted, by account and Region."""
    found = [one for one in instances if one.get("DriftStatus") == DRIFTED]
    return sorted(found, key=lambda one: (str(one.get("Account")), str(one.get("Region"))))


def wrong_instances(instances: Iterable[Mapping[str, Any]]) -> list[str]:
    """What else is wrong with the instances of a stack set, a sentence each: not current, or their drift is unknown."""
    found = []
    for one in instances:
        place = f"account {clean(one.get('Account'), 20)}, {clean(one.get('Region'), 30)}"
        status = str(one.get("Status") or "CURRENT")
        if status != "CURRENT":
            reason = clean(one.get("StatusReason"), 240)
            found.append(f"{place} is {status}" + (f": {reason}" if reason else ""))
        elif one.get("DriftStatus") not in (DRIFTED, IN_SYNC):
            found.append(
                f"{place}: whether it drifted is not known ({clean(one.get('DriftStatus'), 40) or 'not told'})"
            )
    return sorted(found)


def drift_unread(status: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Why the drift of a stack is not known, or not all of it; "" when it is.

    :param status: of DescribeStackDriftDetectionStatus, once it has ended. :param rows: what ``drifted`` tells.
    """
    reason = clean(status.get("DetectionStatusReason"), 240) or "no reason was given"
    if status.get("DetectionStatus") != "DETECTION_COMPLETE":
        return f"the drift of not all it made is known: {reason}"
    told = clean(status.get("StackDriftStatus"), 40)
    if told not in (DRIFTED, IN_SYNC):
        return f"whether it drifted is not known ({told or 'not told'})"
    return "it has drifted, and CloudFormation does not say what" if told == DRIFTED and not rows else ""
