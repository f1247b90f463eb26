"""Hold extensions/patterns/drs against the modules that apply it to AWX: the piece `platform` of tools/certify.py.

Whichever role dispatches the data, it ends in calls of the modules of awx.awx, whose names and parameters the data has.
The argument specs are taken from the modules themselves, as they stand in the newest release of the Python package
`ansible` that holds awx.awx; what Ansible would refuse of a call is a problem here. No platform is asked.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import get_collections
import tree
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from cores import NotToBeHad

COLLECTION, VERSION = "awx.awx", "24.6.1"
MODULES = {
    "controller_credential_types": "credential_type",
    "controller_execution_environments": "execution_environment",
    "controller_inventories": "inventory",
    "controller_inventory_sources": "inventory_source",
    "controller_notifications": "notification_template",
    "controller_projects": "project",
    "controller_roles": "role",
    "controller_schedules": "schedule",
    "controller_teams": "team",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
}
"""The variables of the data, and the module that each of their entries becomes a call of."""
NODES = "simplified_workflow_nodes"
Call = tuple[str, dict[str, Any]]


def calls(data: Mapping[str, Any]) -> Iterator[Call]:
    """Each call that the data leads to, as a module and its parameters. Raises KeyError for data without a module.

    :param data: the variables of setup.yml, evaluated. Without a notification the one that it could have counts.
    """
    for name in sorted(one for one in data if one.startswith("controller_")):
        module = MODULES[name]
        entries = data[name] or ([data["drs_platform_on_call"]] if module == "notification_template" else [])
        for entry in entries:
            yield module, {key: value for key, value in entry.items() if key != NODES}
            for node in entry.get(NODES, []):
                of = {"workflow_job_template": entry["name"], "organization": entry["organization"]}
                yield f"{module}_node", {**of, **node}


class _Told(Exception):
    """What a module hands to the class that all modules of awx.awx begin with."""


def validator(module: str) -> ArgumentSpecValidator:
    """What Ansible checks the parameters of a module of awx.awx with. Raises NotToBeHad without such a module."""

    def tell(argument_spec: dict[str, Any], **more: Any) -> None:
        raise _Told(argument_spec, more)

    try:
        found = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}")
        with mock.patch.object(found, "ControllerAPIModule", tell):
            found.main()
    except _Told as told:
        spec, more = told.args
        known = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")
        return ArgumentSpecValidator(spec, **{key: more[key] for key in known if key in more})
    except ImportError as why:
        raise NotToBeHad(f"{COLLECTION} has no module {module}: {why}") from why
    raise NotToBeHad(f"{COLLECTION}: {module} does not tell its argument spec")


def complaints(call: Call, check: ArgumentSpecValidator) -> list[str]:
    """What Ansible refuses of a call."""
    module, parameters = call
    name = parameters.get("name") or parameters.get("identifier") or parameters.get("role")
    return [f"{module} {name}: {one}" for one in check.validate(parameters).error_messages]


def platform(work: Path) -> list[str]:
    """The problems of all calls. Raises NotToBeHad.

    :param work: the folder that awx.awx is kept below.
    """
    root = work / "awx"
    found = get_collections.get(get_collections.WHEEL, VERSION, root, COLLECTION)
    if found != VERSION:
        raise NotToBeHad(f"{get_collections.WHEEL} holds {COLLECTION} {found} instead of {VERSION}")
    sys.path[:0] = [str(root), str(tree.ROOT / "tests")]
    from support import automation

    checks: dict[str, ArgumentSpecValidator] = {}
    problems: list[str] = []
    for call in calls(automation.objects()):
        if call[0] not in checks:
            checks[call[0]] = validator(call[0])
        problems += complaints(call, checks[call[0]])
    return problems
