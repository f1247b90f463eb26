"""CloudFormation as AWS handles it: parameters, failed creations, retained resources, drift.

moto looks for hidden parameters (NoEcho) among the values instead of the names, shows lists as Python writes them, and
takes a list or an unnamed default for a difference when it decides whether a stack is to be updated. Policies of keys
that stacks make are kept as data, which KMS itself then cannot read.

A creation that fails leaves moto's caller with the error of the resource and the stack in CREATE_IN_PROGRESS. AWS
answers CreateStack with an id, removes what was made, and keeps the stack in ROLLBACK_COMPLETE: it cannot be updated,
and its name is taken until it is deleted (CloudFormation user guide, "Stack status codes"). RetainExceptOnCreate is
Retain but for that removal ("DeletionPolicy attribute"). Drift is known of roles: their trust and attached policies.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from . import registry

_HIDDEN = "****"


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


@registry.corrects("cloudformation")
def correct() -> None:
    """Correct moto's CloudFormation; called once."""
    # Stacks make roles without any call of IAM; the corrections of IAM must hold for them as well.
    registry.apply("iam")
    from moto.cloudformation.exceptions import ValidationError
    from moto.cloudformation.models import Stack
    from moto.cloudformation.responses import CloudFormationResponse

    def shown(self: Any) -> list[dict[str, Any]]:
        hidden = self.resource_map.no_echo_parameter_keys
        return [
            {"ParameterKey": key, "ParameterValue": _HIDDEN if key in hidden else _text(value)}
            for key, value in self.resource_map.resolved_parameters.items()
        ]

    def refuse_the_same(self: Any, incoming: Any, body: str, stack: Any) -> None:
        there = {key: _text(value) for key, value in stack.stack_parameters.items()}
        given = {key: _text(value) for key, value in self._get_param_values(incoming or [], there).items()}
        if body == stack.template and all(there.get(key) == value for key, value in given.items()):
            raise ValidationError(stack.name, message="No updates are to be performed.")

    from moto.iam.models import Role
    from moto.kms.models import KmsBackend

    put_policy = Role.put_policy

    def put(self: Any, policy_name: str, policy_json: Any) -> None:
        # a stack hands over what stands in its template, and GetRolePolicy would show that in Python's notation
        put_policy(self, policy_name, json.dumps(policy_json) if isinstance(policy_json, dict) else policy_json)

    Role.put_policy = put

    create_key = KmsBackend.create_key

    def create(self: Any, policy: Any, *more: Any, **named: Any) -> Any:
        return create_key(self, json.dumps(policy) if isinstance(policy, dict) else policy, *more, **named)

    KmsBackend.create_key = create
    _keep_what_failed(Stack, CloudFormationResponse)
    _tell_drift(CloudFormationResponse)
    Stack.parameter_list = property(shown)
    CloudFormationResponse._validate_different_update = refuse_the_same


def _keep_what_failed(stack_class: Any, responses: Any) -> None:
    """A creation that fails ends in ROLLBACK_COMPLETE, and what a stack retains stays."""
    from moto.cloudformation.exceptions import ValidationError
    from moto.cloudformation.parsing import ResourceMap
    from moto.core.exceptions import ServiceException

    made, delete = stack_class.create_resources, ResourceMap.delete

    def create(self: Any) -> None:
        try:
            made(self)
        except (ServiceException, KeyError, ValueError) as error:
            there = set(self.resource_map._parsed_resources)
            wanted = [name for name in self.resource_map._resource_json_map if name not in there]
            failed = wanted[0] if wanted else self.name
            _event(self, failed, "CREATE_FAILED", str(getattr(error, "message", "") or error))
            _delete(self.resource_map, retained=("Retain",))
            self.status = "ROLLBACK_COMPLETE"
            self._add_stack_event("ROLLBACK_COMPLETE")

    def _delete(resources: Any, retained: tuple[str, ...] = ("Retain", "RetainExceptOnCreate")) -> None:
        whole = resources._resource_json_map
        resources._resource_json_map = {
            name: {**one, "DeletionPolicy": "Retain" if one.get("DeletionPolicy") in retained else "Delete"}
            for name, one in whole.items()
        }
        try:
            delete(resources)
        finally:
            resources._resource_json_map = whole

    # moto makes a resource whenever somebody looks at it, of a stack that is gone as well
    empty = ("ROLLBACK_COMPLETE", "DELETE_COMPLETE")
    outputs, held = stack_class.outputs.fget, stack_class.stack_resources.fget
    stack_class.outputs = property(lambda self: None if self.status in empty else outputs(self))
    stack_class.stack_resources = property(lambda self: [] if self.status in empty else held(self))
    update = responses.update_stack

    def refuse(self: Any) -> Any:
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        if stack.status == "ROLLBACK_COMPLETE":
            text = f"Stack:{stack.stack_id} is in ROLLBACK_COMPLETE state and can not be updated."
            raise ValidationError(stack.name, message=text)
        return update(self)

    remove = ResourceMap._delete_resource

    def detached(self: Any, parsed: Any, whole: Any) -> None:
        """CloudFormation detaches the policies that a role has by its template before it deletes the role."""
        if whole.get("Type") == "AWS::IAM::Role" and getattr(parsed, "managed_policies", None):
            from moto.iam.models import iam_backends

            for arn in (whole.get("Properties") or {}).get("ManagedPolicyArns") or ():
                known = next((one for one in parsed.managed_policies if one.rpartition("/")[2] in str(arn)), None)
                if known:
                    iam_backends[self._account_id]["aws"].detach_role_policy(known, parsed.name)
        remove(self, parsed, whole)

    stack_class.create_resources = create
    ResourceMap._delete_resource = detached
    ResourceMap.delete = _delete
    responses.update_stack = refuse


def _event(stack: Any, logical_id: str, status: str, reason: str) -> None:
    from moto.cloudformation.models import Event

    kind = (stack.resource_map._resource_json_map.get(logical_id) or {}).get("Type", "AWS::CloudFormation::Stack")
    event = Event(
        stack_id=stack.stack_id,
        stack_name=stack.name,
        logical_resource_id=logical_id,
        physical_resource_id="",
        resource_type=kind,
        resource_status=status,
        resource_status_reason=reason,
        resource_properties=None,
    )
    stack.events.append(event)


def _tell_drift(responses: Any) -> None:
    """DetectStackDrift and what tells of it; a detection is over at once."""
    from moto.core.responses import ActionResult

    def detect(self: Any) -> Any:
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        return ActionResult({"StackDriftDetectionId": stack.stack_id.rsplit("/", 1)[-1]})

    def status(self: Any) -> Any:
        wanted = self._get_param("StackDriftDetectionId")
        stacks = self.cloudformation_backend.stacks.values()
        stack = next(one for one in stacks if one.stack_id.endswith(wanted))
        drifted = list(drifts(self.current_account, stack))
        return ActionResult(
            {
                "StackId": stack.stack_id,
                "StackDriftDetectionId": wanted,
                "StackDriftStatus": "DRIFTED" if drifted else "IN_SYNC",
                "DetectionStatus": "DETECTION_COMPLETE",
                "DriftedStackResourceCount": len(drifted),
                "Timestamp": stack.creation_time,
            }
        )

    def found(self: Any) -> Any:
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        return ActionResult({"StackResourceDrifts": list(drifts(self.current_account, stack))})

    responses.detect_stack_drift = detect
    responses.describe_stack_drift_detection_status = status
    responses.describe_stack_resource_drifts = found


def _inline(properties: dict[str, Any], stack: Any) -> dict[str, Any]:
    """The inline policies of a role as its stack has them: {name: document}."""
    from moto.cloudformation.parsing import clean_json

    policies = clean_json(properties.get("Policies") or [], stack.resource_map)
    return {one["PolicyName"]: one["PolicyDocument"] for one in policies}


def drifts(account: str, stack: Any) -> Iterator[dict[str, Any]]:
    """Roles of a stack in an account that are gone, or whose policies are not as it has them, as AWS tells it."""
    from moto.iam.models import iam_backends

    backend = iam_backends[account]["aws"]
    policies = [
        one for one in stack.stack_resources if getattr(one, "cf_resource_type", "") == "AWS::IAM::ManagedPolicy"
    ]
    for role in stack.stack_resources:
        if getattr(role, "cf_resource_type", "") != "AWS::IAM::Role":
            continue
        found = {
            "StackId": stack.stack_id,
            "LogicalResourceId": role.logical_resource_id,
            "PhysicalResourceId": role.name,
            "ResourceType": "AWS::IAM::Role",
            "Timestamp": stack.creation_time,
        }
        if role.id not in backend.roles:
            yield {**found, "StackResourceDriftStatus": "DELETED"}
            continue
        properties = stack.resource_map._resource_json_map[role.logical_resource_id]["Properties"]
        own = {one.arn for one in policies}
        known = own | {arn for arn in role.managed_policies if ":iam::aws:policy/" in arn}
        wanted = len(properties.get("ManagedPolicyArns", []))
        strange = [arn for arn in role.managed_policies if arn not in known]
        kept = [arn for arn in role.managed_policies if arn not in own]
        paths = ["/ManagedPolicyArns"] if strange or len(kept) != wanted else []
        if {name: json.loads(text) for name, text in role.policies.items()} != _inline(properties, stack):
            paths.append("/Policies")
        if paths:
            differences = [
                {"PropertyPath": one, "ExpectedValue": "", "ActualValue": "", "DifferenceType": "NOT_EQUAL"}
                for one in paths
            ]
            yield {**found, "StackResourceDriftStatus": "MODIFIED", "PropertyDifferences": differences}
