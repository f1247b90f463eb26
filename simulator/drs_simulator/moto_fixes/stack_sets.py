"""Drift of stack sets, which moto does not have: DetectStackSetDrift and what tells of it.

A detection is an operation of the stack set (``DETECT_DRIFT``) that compares the stack of each instance, in its own
account. What it found is told by DescribeStackSetOperation and DescribeStackSet (``StackSetDriftDetectionDetails``), by
the instances (``DriftStatus``, ``NOT_CHECKED`` before) and by ListStackInstanceResourceDrifts for one instance and one
detection (CloudFormation user guide, "Performing drift detection on CloudFormation StackSets"; shapes: botocore's
model of cloudformation). A detection is over at once.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import uuid
from typing import Any

from . import registry
from .cloudformation import drifts

_ACTION, _NOT_CHECKED = "DETECT_DRIFT", "NOT_CHECKED"


@registry.corrects("cloudformation")
def correct() -> None:
    """Correct moto's stack sets; called once."""
    from moto.cloudformation.exceptions import ValidationError
    from moto.cloudformation.models import StackInstance
    from moto.cloudformation.responses import CloudFormationResponse, StackSetOperationDTO
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult

    class OperationNotFoundException(ServiceException):
        code = "OperationNotFoundException"

    class StackInstanceNotFoundException(ServiceException):
        code = "StackInstanceNotFoundException"

    tell, build = StackInstance.to_dict, StackSetOperationDTO.__init__

    def detect(self: Any) -> Any:
        stack_set = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
        name = self._get_param("OperationId") or str(uuid.uuid4())
        places = [(one.account_id, one.region_name) for one in stack_set.stack_instances]
        operation = stack_set._create_operation(name, _ACTION, "SUCCEEDED")
        operation["Instances"] = [{account: region} for account, region in places]
        operation["Drift"] = {
            place: list(drifts(one.account_id, one.stack)) for place, one in zip(places, stack_set.stack_instances)
        }
        for place, one in zip(places, stack_set.stack_instances):
            one.drift_status = "DRIFTED" if operation["Drift"][place] else "IN_SYNC"
        stack_set.stack_set_drift_detection_details = _details(operation)
        return ActionResult({"OperationId": name})

    def describe(self: Any, operation: Any, stack_set: Any) -> None:
        build(self, operation, stack_set)
        if operation["Action"] == _ACTION:
            self.stack_set_drift_detection_details = _details(operation)

    def instance(self: Any) -> Any:
        return {**tell(self), "DriftStatus": getattr(self, "drift_status", _NOT_CHECKED)}

    def found(self: Any) -> Any:
        stack_set = self.cloudformation_backend.describe_stack_set(self._get_param("StackSetName"))
        name, place = self._get_param("OperationId"), tuple(map(self._get_param, _PLACE))
        operation = next((one for one in stack_set.operations if one["OperationId"] == name), None)
        if operation is None or operation["Action"] != _ACTION:
            raise OperationNotFoundException(f"Operation {name} not found")
        if place not in operation["Drift"]:
            raise StackInstanceNotFoundException(f"Stack instance {place[0]} {place[1]} not found")
        wanted = self._get_param("StackInstanceResourceDriftStatuses") or []
        rows = [
            one for one in operation["Drift"][place] if not wanted or one["StackResourceDriftStatus"] in wanted
        ]  # fmt: skip
        return ActionResult({"Summaries": rows})

    def listed(self: Any) -> Any:
        rows = self.cloudformation_backend.list_stack_instances(self._get_param("StackSetName"))
        for filter_ in self._get_param("Filters") or []:
            if filter_["Name"] != "DRIFT_STATUS":
                raise ValidationError(message=f"the simulator does not know the filter {filter_['Name']}")
            rows = [one for one in rows if one["DriftStatus"] in filter_["Values"].split(",")]
        account, region = map(self._get_param, _PLACE)
        rows = [
            one for one in rows if account in (None, one["Account"]) and region in (None, one["Region"])
        ]  # fmt: skip
        return ActionResult({"Summaries": rows})

    CloudFormationResponse.detect_stack_set_drift = detect
    CloudFormationResponse.list_stack_instance_resource_drifts = found
    CloudFormationResponse.list_stack_instances = listed
    StackSetOperationDTO.__init__ = describe
    StackInstance.to_dict = instance


_PLACE = ("StackInstanceAccount", "StackInstanceRegion")


def _details(operation: dict[str, Any]) -> dict[str, Any]:
    found = operation["Drift"].values()
    drifted = sum(1 for one in found if one)
    return {
        "DriftStatus": "DRIFTED" if drifted else "IN_SYNC",
        "DriftDetectionStatus": "COMPLETED",
        "LastDriftCheckTimestamp": operation["CreationTimestamp"],
        "TotalStackInstancesCount": len(found),
        "DriftedStackInstancesCount": drifted,
        "InSyncStackInstancesCount": len(found) - drifted,
        "InProgressStackInstancesCount": 0,
        "FailedStackInstancesCount": 0,
    }
