"""Apply one stack of set-up: found in whichever Region of the account it is, made, changed, and told what became of it.

Roles are global, so their stack belongs to one Region of an account and not to the play that happens to run first. A
stack whose first creation failed stays in ROLLBACK_COMPLETE and can only be deleted; that is done here.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import cloudformation, drs_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import partitions
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import stacks

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "template": {"type": "str", "required": True},
    "parameters": {"type": "dict", "default": {}},
    "secret_parameters": {"type": "dict", "default": {}, "no_log": True},
    "tags": {"type": "dict", "default": {}},
    "regions": {"type": "list", "elements": "str", "default": []},
    "roles_if_missing": {"type": "dict", "default": {}},
    "tables_if_missing": {"type": "dict", "default": {}},
    "drift": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 1800},
}
_POLL_SECONDS = 5


def perform(cell: Cell, params: Given, check_mode: bool) -> Result:
    """Apply a stack, as SPEC says.

    :returns: ``{changed, stack, region, differences [text], outputs {key: value}, drift [...], unread [text],
        warnings}``; in check
        mode ``differences`` says what would be changed, and nothing is called that changes anything.
    :raises DrsError: ``bootstrap_denied``, ``stack_failed``, or what CloudFormation said.
    """
    try:
        return _Stack(cell, params, check_mode).perform()
    except DrsError as error:
        if error.details.get("operation") == "AssumeRole":
            text = f"{cell.role_arn} cannot be assumed, so {params['name']} cannot be applied: {error.message}"
            raise DrsError("bootstrap_denied", text, details=error.details) from None
        if error.code in ("AccessDenied", "AccessDeniedException"):
            remedy = stacks.remedy("access denied")
            raise DrsError(error.code, error.message, details=error.details, remedy=remedy) from None
        raise


def _in_partition(region: str, value: str) -> str:
    """A parameter, its ARNs in the partition of the Region; a list of them is one text with commas."""
    return ",".join(partitions.arn_in(region, one) for one in value.split(","))


class _Stack:
    """One stack on its way."""

    def __init__(self, cell: Cell, params: Given, check_mode: bool) -> None:
        self.params, self.check, self.name = params, check_mode, params["name"]
        regions = list(dict.fromkeys(params["regions"])) or [cell.region]
        self.cells = [cell if one == cell.region else Cell({**params, "region": one}) for one in regions]
        self.hidden = list(params["secret_parameters"])
        self.secrets = [str(value) if value else None for value in params["secret_parameters"].values()]

    def perform(self) -> Result:
        home, there = self._find()
        given = {**self.params["parameters"], **self.params["secret_parameters"]}
        parameters = {key: _in_partition(home.region, str(value)) for key, value in given.items()}
        made = cloudformation.resources(home, self.name) if there else {}
        parameters.update(self._switches(home, made))
        if there is None:
            changes = ["the stack"]
        else:
            applied, shown = cloudformation.template(home, self.name), stacks.shown(there.get("Parameters"))
            changes = stacks.differences(applied, shown, self.params["template"], parameters, self.hidden)
        changed = bool(changes)
        if not self.check:
            changed = self._apply(home, there is None, parameters)
            there = cloudformation.stack(home, self.name)
        drift, unread = self._drift(home) if there and self.params["drift"] and not self.check else ([], [])
        drift = [{"stack": self.name, "region": home.region, **one} for one in drift]
        return {
            "changed": changed,
            "stack": self.name,
            "region": home.region,
            "differences": changes if changed else [],
            "outputs": stacks.outputs(there or {}),
            "drift": drift,
            "unread": unread,
            "warnings": [
                f"stack_drifted: {self.name} in {home.region}: {one['text']}. "
                "Put it back by hand, or delete the stack and run setup again."
                for one in drift
            ]
            + unread,
        }

    def _find(self) -> tuple[Cell, AwsData | None]:
        """The Region that holds the stack, else the first; the stack, or None where there is none that can be used."""
        for one in self.cells:
            there = cloudformation.stack(one, self.name)
            if there is None:
                continue
            if stacks.moving(there["StackStatus"]) and not self.check:
                there = self._wait(one, str(there["StackId"]))
            if there["StackStatus"] in stacks.GOING:
                # as a controller leaves it that is killed while it removes what failed
                continue
            if there["StackStatus"] in stacks.FAILED_FIRST:
                # it holds nothing, and nothing but its removal lets another one take its name
                self._delete(one, there)
                continue
            return one, there
        return self.cells[0], None

    def _switches(self, home: Cell, made: dict[str, tuple[str, str]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for option, exists in (
            ("roles_if_missing", drs_settings.role_exists),
            ("tables_if_missing", drs_settings.table_exists),
        ):
            named = self.params[option]
            unknown = [name for key, name in named.items() if key[len(stacks.SWITCH) :] not in made]
            found.update(stacks.switches(named, made, [name for name in unknown if exists(home, str(name))]))
        return found

    def _apply(self, home: Cell, create: bool, parameters: dict[str, str]) -> bool:
        body, tags = self.params["template"], {key: str(value) for key, value in self.params["tags"].items()}
        stack_id = cloudformation.apply(home, self.name, body, parameters, tags, create)
        if stack_id is None:
            return False
        there = self._wait(home, stack_id)
        if there["StackStatus"] in stacks.GOOD:
            return True
        reason = stacks.first_failure(cloudformation.events(home, stack_id))
        text = f"{self.name} in {home.region} ended in {there['StackStatus']}: {reason}"
        if create:
            self._delete(home, there)
            text += " (the failed stack was deleted)"
        raise DrsError("stack_failed", text, secrets=self.secrets, remedy=stacks.remedy(reason))

    def _delete(self, home: Cell, there: AwsData) -> None:
        if self.check:
            return
        cloudformation.delete(home, self.name)
        gone = self._wait(home, str(there["StackId"]))
        if gone and gone["StackStatus"] != "DELETE_COMPLETE":
            text = f"{self.name} in {home.region} cannot be deleted, it ended in {gone['StackStatus']}"
            raise DrsError("stack_failed", text, secrets=self.secrets)

    def _wait(self, home: Cell, stack_id: str) -> AwsData:
        with Clock(self.name) as clock:
            while True:
                there = cloudformation.stack(home, stack_id) or {"StackStatus": "DELETE_COMPLETE"}
                if not stacks.moving(there["StackStatus"]):
                    return there
                if clock.seconds() > self.params["timeout"]:
                    text = f"{self.name} in {home.region} is still {there['StackStatus']}"
                    raise DrsError("stack_failed", text, secrets=self.secrets, retryable=True)
                clock.sleep(_POLL_SECONDS)

    def _drift(self, home: Cell) -> tuple[list[dict[str, str]], list[str]]:
        """What somebody changed beside the stack, and why that could not be read, which is no reason to fail."""
        try:
            detection = cloudformation.detect_drift(home, self.name)
            with Clock(self.name) as clock:
                while True:
                    status = cloudformation.drift_status(home, detection)
                    if status["DetectionStatus"] != "DETECTION_IN_PROGRESS":
                        break
                    if clock.seconds() > self.params["timeout"]:
                        return [], [f"{self.name} in {home.region}: its drift was not known in time"]
                    clock.sleep(_POLL_SECONDS)
            drifted = status.get("StackDriftStatus") == stacks.DRIFTED
            rows = stacks.drifted(cloudformation.drifts(home, self.name)) if drifted else []
            unread = stacks.drift_unread(status, rows)
            return rows, [f"{self.name} in {home.region}: {unread}"] if unread else []
        except DrsError as error:
            return [], [f"{self.name} in {home.region}: its drift could not be read: {error.code}: {error.message}"]
