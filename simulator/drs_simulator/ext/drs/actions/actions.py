"""Launch actions (post-launch actions): which a server or a template has, and their runs after a launch.

UG:post-launch-action-settings-overview: SSM documents of the type command or automation; the default ones, of the
launch configuration template, are given to servers that come later. BM: an action that is not optional marks the launch
as failed when it fails. Nothing is executed: a run succeeds unless the server's fault ``fail_action`` names it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from drs_simulator.moto_fixes import registry

from .. import exceptions as errors
from ..models.schedule import rng, schedule
from ..models.wire import iso
from ..settings import SETTINGS

if TYPE_CHECKING:
    from ..models import DrsBackend
    from ..models.launch import Launch
    from ..models.servers import SourceServer

#: GR "Max number of launch actions per resource", L-0588D03B.
MAX_ACTIONS, _QUOTA = 200, "L-0588D03B"
#: Documents of AWS that are automations; the others of AWS are taken for commands.
_AUTOMATIONS = ("AWS-CreateImage", "AWS-RestartEC2Instance", "AWS-StopEC2Instance", "AWSSupport-TroubleshootRDP")


def document_type(backend: DrsBackend, code: str) -> str:
    """LaunchActionType of an SSM document given by name or ARN.

    Raises:
        ValidationException: there is no such document in the account and Region.
    """
    from moto.core.exceptions import ServiceException
    from moto.ssm.exceptions import InvalidDocument
    from moto.ssm.models import ssm_backends

    registry.apply("ssm")
    name = code.rpartition("/")[2]
    try:
        found = ssm_backends[backend.account_id][backend.region_name]._get_documents(name)
    except (InvalidDocument, ServiceException):
        if not name.startswith("AWS"):
            text = f"The document {code} does not exist"
            raise errors.ValidationException(text, "fieldValidationFailed", [("actionCode", text)]) from None
        return "SSM_AUTOMATION" if name in _AUTOMATIONS else "SSM_COMMAND"
    return "SSM_AUTOMATION" if found.get_default_version().document_type == "Automation" else "SSM_COMMAND"


class LaunchActions:
    """The launch actions of one account and Region by resource: source servers and launch configuration templates."""

    def __init__(self, backend: DrsBackend) -> None:
        self.backend = backend
        self._items: dict[str, dict[str, dict[str, Any]]] = {}

    def _check(self, resource: str) -> None:
        """Refuse a resource that is not there. Raises ResourceNotFoundException."""
        if resource.startswith("s-"):
            self.backend.find_server(resource)
        elif not self.backend.templates.all("launchConfigurationTemplate", [resource]):
            raise errors.not_found("LaunchConfigurationTemplate", resource)

    def of(self, resource: str) -> list[dict[str, Any]]:
        """LaunchAction of each action of a resource, in their order. Raises ResourceNotFoundException."""
        self._check(resource)
        return sorted(self._items.get(resource, {}).values(), key=lambda item: int(item["order"]))

    def put(self, params: dict[str, Any]) -> dict[str, Any]:
        """PutLaunchAction: a new action, or another form of one that is there.

        Raises:
            ResourceNotFoundException, ValidationException, ServiceQuotaExceededException.
            ConflictException: the order is taken (a guess: BM models the error and says nothing of orders).
        """
        resource = params["resourceId"]
        self._check(resource)
        items = self._items.setdefault(resource, {})
        identifier = params["actionId"]
        if identifier not in items and len(items) >= MAX_ACTIONS:
            text = f"Launch actions of a resource would exceed the quota of {MAX_ACTIONS}"
            raise errors.ServiceQuotaExceededException(text, _QUOTA, resource, "LaunchAction")
        for other in items.values():
            if other["order"] == params["order"] and other["actionId"] != identifier:
                text = f"Launch action {other['actionId']} has the order {params['order']} already"
                raise errors.ConflictException(text, other["actionId"], "LaunchAction")
        kind = document_type(self.backend, params["actionCode"])
        items[identifier] = {**{key: value for key, value in params.items() if key != "resourceId"}, "type": kind}
        return {"resourceId": resource, **items[identifier]}

    def delete(self, resource: str, identifier: str) -> None:
        """DeleteLaunchAction. Raises ResourceNotFoundException."""
        self._check(resource)
        if self._items.get(resource, {}).pop(identifier, None) is None:
            raise errors.not_found("LaunchAction", identifier)

    def inherit(self, server: SourceServer) -> None:
        """Give a new server the actions of the launch configuration template of this moment."""
        template = self.backend.templates.first("launchConfigurationTemplate")
        mine = self._items.get(template["launchConfigurationTemplateID"]) if template else None
        if mine:
            self._items[server.id] = deepcopy(mine)

    def due(self, server: SourceServer) -> list[dict[str, Any]]:
        """The active actions of a server that is launched, when its launch settings let them run."""
        if not self.backend.launch_configuration(server).get("postLaunchEnabled"):
            return []
        return [item for item in self.of(server.id) if item["active"]] if server.id in self._items else []


class Runs:
    """The runs of a launched server's actions, one after the other; the participant finishes with the last one."""

    def __init__(self, launch: Launch, actions: list[dict[str, Any]]) -> None:
        self.launch, self.actions = launch, actions
        self.source = rng(launch.job.id, launch.server.id, "actions")
        self.status: dict[str, Any] = {"runs": []}

    def begin(self, at: datetime) -> None:
        """The machine runs: its SSM agent is found, the first action starts."""
        self.launch.participant.actions = self.status
        self.status["ssmAgentDiscoveryDatetime"] = iso(at)
        self._next(at, 0)

    def _run_id(self) -> str:
        digits = f"{self.source.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _next(self, at: datetime, number: int) -> None:
        if number == len(self.actions):
            self._end(at)
            return
        run = {"action": dict(self.actions[number]), "runId": self._run_id(), "status": "IN_PROGRESS"}
        self.status["runs"].append(run)
        seconds = round(self.source.uniform(*SETTINGS["launch_action_seconds"]), 3)
        schedule.after(at, seconds, self.launch.backend.owner, lambda due: self._done(run, due, number))

    def _done(self, run: dict[str, Any], at: datetime, number: int) -> None:
        failing = self.launch.server.faults.fail_action
        run["status"] = "SUCCEEDED"
        if failing in (run["action"]["name"], run["action"]["actionId"]):
            run["status"], run["failureReason"] = "FAILED", "The action ended with an error"
            if not run["action"]["optional"]:
                self._end(at, f"Launch action {run['action']['name']} failed")
                return
        self._next(at, number + 1)

    def _end(self, at: datetime, problem: str | None = None) -> None:
        self.launch.actions_ended(at, problem)
