"""Turn the options of drs_agent_install into calls of the rooms that act on them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import REACHED_BY
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import machine_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import methods as agent_methods
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import remove as agent_remove
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import install
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import selecting
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import CELL_OPTIONS
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import DEFAULT_SESSION_NAME
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Options, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server

ABSENT = "absent"

REPLICATION_OPTION: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {
        "account_id": {"type": "str"},
        "region": {"type": "str"},
        "cell": {"type": "str"},
        "profile": {"type": "str"},
        "assume_role_arn": {"type": "str"},
        "external_id": {"type": "str", "no_log": True},
        "role_session_name": {"type": "str"},
        "source_identity": {"type": "str"},
    },
}

INSTALL_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", install.LATEST, ABSENT], "default": "present"},
    "deployment_id": {"type": "str", "default": "deployment"},
    "wave": {"type": "str", "default": "1"},
    "instance_ids": {"type": "list", "elements": "str"},
    "filter_tags": {"type": "dict"},
    "tag_keys": {"type": "dict", "default": {}, "no_log": False},
    "replication": REPLICATION_OPTION,
    "method": {"type": "str", "choices": list(agent_methods.METHODS), "default": agent_methods.AUTO},
    "document_name": {"type": "str"},
    "devices": {"type": "list", "elements": "str", "default": []},
    "allow": {"type": "list", "elements": "str", "choices": list(machine_checks.ALLOWABLE), "default": []},
    "proxy": {"type": "str"},
    "endpoint": {"type": "str"},
    "s3_endpoint": {"type": "str"},
    "output_bucket": {"type": "str"},
    "node_credentials": {"type": "dict", "default": {}, "no_log": False},
    "tags": {"type": "dict", "default": {}},
    "copy_tags": {"type": "bool", "default": True},
    "installer_tags": {"type": "bool", "default": True},
    "max_concurrency": {"type": "int", "default": 300},
    "max_errors": {"type": "str", "default": "25%"},
    "delivery_timeout": {"type": "int", "default": 600},
    "execution_timeout": {"type": "int", "default": 3600},
    "lookback_minutes": {"type": "int", "default": 120},
    "limits": {"type": "dict", "default": {}},
    "delete": {"type": "bool", "default": False},
}
# SendCommand.TimeoutSeconds (botocore model of ssm); executionTimeout of AWS-RunShellScript.
_BOUNDS = {
    "max_concurrency": (1, 100000),
    "delivery_timeout": (30, 2592000),
    "execution_timeout": (1, 172800),
    "lookback_minutes": (1, 43200),
}


def replication_cell(cell: Cell, params: Given) -> Cell:
    """The replication cell of a task: the source cell itself unless ``replication`` says otherwise.

    What ``replication`` leaves out of the way there is the source cell's way only while no other account is named:
    the role of one account is no key to another.
    """
    replication = {key: value for key, value in (params.get("replication") or {}).items() if value is not None}
    if replication.get("account_id"):
        wrong = valid_id("account", replication["account_id"])
        if wrong:
            raise DrsError(wrong[0]["code"], f"replication.account_id: {wrong[0]['message']}")
    own = {key: params.get(key) for key in CELL_OPTIONS}
    reached = {key: replication[key] for key in REACHED_BY if key in replication}
    same = all(
        own.get(key) == value for key, value in reached.items() if key in ("region", "profile", "assume_role_arn")
    )
    if same and "external_id" not in reached:
        return cell
    if same and reached["external_id"] == own.get("external_id"):
        return cell
    if "assume_role_arn" in reached:
        own.update(external_id=None, source_identity=None, role_session_name=DEFAULT_SESSION_NAME)
    own.update(reached)
    own["cell"] = replication.get("cell") or ".".join(filter(None, (replication.get("account_id"), own["region"])))
    return Cell(own)


def account_of(params: Given) -> str | None:
    """The account of the replication cell where the options say so."""
    replication = params.get("replication") or {}
    arn = (replication.get("assume_role_arn") or "").split(":")
    return replication.get("account_id") or (arn[4] if len(arn) > 4 and arn[4] else None)


def _checked(params: Given) -> Options:
    for key, (low, high) in _BOUNDS.items():
        if not low <= params[key] <= high:
            raise DrsError("invalid_option", f"{key}: {params[key]} is not from {low} to {high}")
    ids = params.get("instance_ids")
    findings = duplicate_ids(ids or [])
    for one in ids or []:
        findings += valid_id("managed_node" if machines.is_node(one) else "recovery_instance", one)
    if findings:
        # the same form as a recovery instance, which is an EC2 instance as well
        text = "; ".join(one["message"].replace("recovery instance id", "instance id") for one in findings)
        raise DrsError(findings[0]["code"], text, details={"findings": findings})
    request = {key: params[key] for key in INSTALL_SPEC if params.get(key) is not None and key != "replication"}
    request.setdefault("filter_tags", dict(machines.DEFAULT_FILTER))
    if not request["filter_tags"] and ids is None:
        raise DrsError("invalid_option", "filter_tags: an empty filter would mean every instance; name instance_ids")
    return request


def perform(
    cell: Cell, params: Given, check_mode: bool, target: Cell | None = None, elsewhere: Sequence[Server] = ()
) -> Result:
    """Do what the options of drs_agent_install ask for.

    :param target: the session of the replication cell, where the caller has it already.
    :param elsewhere: source servers of other cells, see ``install.Install``.
    """
    request = _checked(params)
    target = target or replication_cell(cell, params)
    place = {"account_id": account_of(params), "region": target.region, "cell": target.name}
    full_request = {**request, "replication": place}
    if params["state"] != ABSENT:
        # what drs_agent_wait repeats, for ids of its own; the way to the replication cell is given to it apart
        again = {key: value for key, value in request.items() if key not in ("instance_ids", "filter_tags")}
        return {**install.install(cell, target, full_request, check_mode, elsewhere), "request": again}
    chosen, missing = selecting.selected(cell, full_request)
    gone = [{"instance_id": one, "name": one, "cell": cell.name, "region": cell.region} for one in missing]
    return {
        **agent_remove.remove(target, [*chosen, *gone], full_request, check_mode),
        "replication": place,
        "request": request,
    }
