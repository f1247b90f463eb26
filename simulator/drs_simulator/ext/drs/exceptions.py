"""The modelled DRS errors (botocore model ``drs`` 2020-02-26), with the members each of them carries."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import Any

from moto.core.exceptions import ServiceException


class DrsException(ServiceException):
    """Base of all DRS errors.

    ``code`` is the model's shape name, ``status`` its HTTP status, ``members`` the modelled members besides message
    (only non-empty ones are sent).
    """

    code = "InternalServerException"
    status = 500

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message)
        self.members = {key: value for key, value in members.items() if value}

    def to_body(self) -> dict[str, Any]:
        """The JSON body as DRS sends it: message, code and the modelled members."""
        return {"message": self.message, "code": self.code, **self.members}


class ValidationException(DrsException):
    """HTTP 400; ``reason`` is unknownOperation, cannotParse, fieldValidationFailed or other."""

    code = "ValidationException"
    status = 400

    def __init__(self, message: str, reason: str = "other", fields: list[tuple[str, str]] | None = None) -> None:
        field_list = [{"name": name, "message": text} for name, text in fields or []]
        super().__init__(message, reason=reason, fieldList=field_list)


class UninitializedAccountException(DrsException):
    """HTTP 400: InitializeService was never called in this account and Region."""

    code = "UninitializedAccountException"
    status = 400

    def __init__(self) -> None:
        super().__init__("Account is not initialized")


class UnrecognizedClientException(DrsException):
    """HTTP 400: there is no DRS endpoint in the Region of the request."""

    code = "UnrecognizedClientException"
    status = 400

    def __init__(self, region: str) -> None:
        super().__init__(f"There is no AWS Elastic Disaster Recovery endpoint in Region '{region}'")


class NotImplementedBySimulator(DrsException):
    """HTTP 400: AWS knows the operation, this service does not. No error of AWS."""

    code = "NotImplementedBySimulator"
    status = 400


class ServiceQuotaExceededException(DrsException):
    """HTTP 402 with the Service Quotas code of the exceeded quota."""

    code = "ServiceQuotaExceededException"
    status = 402

    def __init__(self, message: str, quota_code: str, resource_id: str = "", resource_type: str = "") -> None:
        super().__init__(
            message, quotaCode=quota_code, serviceCode="drs", resourceId=resource_id, resourceType=resource_type
        )


class AccessDeniedException(DrsException):
    """HTTP 403."""

    code = "AccessDeniedException"
    status = 403


class ResourceNotFoundException(DrsException):
    """HTTP 404 with the id and type of what is missing."""

    code = "ResourceNotFoundException"
    status = 404

    def __init__(self, message: str, resource_id: str, resource_type: str) -> None:
        super().__init__(message, resourceId=resource_id, resourceType=resource_type)


class ConflictException(DrsException):
    """HTTP 409 with the id and type of what stands in the way."""

    code = "ConflictException"
    status = 409

    def __init__(self, message: str, resource_id: str = "", resource_type: str = "") -> None:
        super().__init__(message, resourceId=resource_id, resourceType=resource_type)


_IDS = re.compile(r"(?:s|i|pit)-[0-9a-zA-Z]{8,17}")


def told(error: DrsException, how: str) -> DrsException:
    """The refusal of a call for several servers, naming the one in the way as a setting says.

    how: resource (in the member and the text), text (there alone), nobody.
    """
    if how == "resource" or not isinstance(error, (ValidationException, ConflictException, ResourceNotFoundException)):
        return error
    identifier = str(error.members.pop("resourceId", ""))
    error.members.pop("resourceType", None)
    text = str(error.message)
    if how == "nobody":
        text = _IDS.sub("of the request", text)
    elif identifier and identifier not in text:
        text = f"{text}: {identifier}"
    error.message = text
    return error


def not_found(kind: str, identifier: str) -> ResourceNotFoundException:
    """The 404 for one resource; ``kind`` is the API's noun, e.g. ``SourceServer``."""
    return ResourceNotFoundException(f"{kind} {identifier} does not exist", identifier, kind)


#: Errors that a setting may choose between where AWS does not document which one comes.
BY_NAME: dict[str, type[DrsException]] = {
    cls.code: cls for cls in (ValidationException, ResourceNotFoundException, ConflictException)
}


def chosen(name: str, message: str, resource_id: str, resource_type: str) -> DrsException:
    """The error class that a setting names, built with whatever members that class models."""
    if name == ValidationException.code:
        return ValidationException(message)
    return BY_NAME[name](message, resource_id, resource_type)  # type: ignore[call-arg]
