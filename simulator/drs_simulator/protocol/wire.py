"""Requests and errors in each of AWS's wire protocols.

Everything that must be known before (or without) a service's own code: service, Region, operation, parameters, and the
body of an error in JSON, query XML, EC2 XML or CBOR.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import gzip
import json
import re
import struct
import uuid
import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from drs_simulator.protocol import cbor

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
# Signing names that differ from the name people know the service by (boto3's).
_NAMES = {
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "elasticloadbalancing": "elbv2",
}
# Services that answer without a Region; their requests are signed for us-east-1.
_GLOBAL = ("iam", "sts", "organizations", "route53", "cloudfront", "budgets", "ce")


# Where the caller of a request stands in its WSGI environment.
PRINCIPAL_KEY = "drs_simulator.principal"


@dataclass
class Call:
    """One AWS request. protocol: rest-json, json, query, ec2, cbor or rest-xml; params: as they came."""

    service: str
    signing_name: str
    region: str
    access_key_id: str | None
    protocol: str
    action: str
    params: dict[str, Any] = field(default_factory=dict)
    #: What IAM said, see iam/guard.py, Verdict; None before it was asked.
    verdict: Any = None


@dataclass
class Answer:
    """One HTTP answer. drop: close the connection instead of sending it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drop: bool = False


@functools.lru_cache(maxsize=1)
def drs_operations() -> frozenset[str]:
    """Names of all operations of DRS, from botocore's model."""
    from moto.core.utils import get_service_model

    return frozenset(get_service_model("drs").operation_names)


@functools.lru_cache(maxsize=1)
def _drs_routes() -> dict[str, tuple[str, str]]:
    """Operation of DRS -> its method and path, from botocore's model."""
    from moto.core.utils import get_service_model

    model = get_service_model("drs")
    operations = {name: model.operation_model(name).http for name in model.operation_names}
    return {name: (http["method"], http["requestUri"]) for name, http in operations.items()}


def drs_route(action: str, method: str, path: str) -> bool:
    """Whether a method and a path are those of an operation of DRS."""
    wanted, where = _drs_routes()[action]
    return method == wanted and (path == where or ("{" in where and path.startswith(where.partition("{")[0])))


@functools.lru_cache(maxsize=64)
def regions(service: str) -> frozenset[str]:
    """Regions in which a service exists, from botocore's endpoint data; for an unlisted service those of EC2."""
    from moto.core.base_backend import AccountSpecificBackend

    session = AccountSpecificBackend.get_session()
    found: set[str] = set()
    for partition in session.get_available_partitions():
        found.update(session.get_available_regions(service, partition_name=partition))
    return frozenset(found) if found or service == "ec2" else regions("ec2")


def region_exists(service: str, region: str) -> bool:
    """Whether a service can be asked in a Region. Global services answer for every Region."""
    return region == "aws-global" or region in regions("ec2" if service in _GLOBAL else service)


def _flat(text: str) -> dict[str, Any]:
    return dict(parse_qsl(text, keep_blank_values=True))


def _drs_action(method: str, path: str) -> str:
    """The operation of a DRS path; tag operations share one path and differ by method."""
    first = path.lstrip("/").split("/", 1)[0]
    if first == "tags":
        return {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}.get(method, "tags")
    return first


def parse(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Call:
    """Read service, Region, operation and parameters out of a request; headers have lower-case names."""
    scope = _SCOPE.search(headers.get("authorization", ""))
    key, region, signing = scope.groups() if scope else (None, "us-east-1", "s3")
    signing = signing.lower()
    service = _NAMES.get(signing, signing)
    content_type = headers.get("content-type", "")
    target = headers.get("x-amz-target")
    if "smithy-protocol" in headers:
        return Call(service, signing, region, key, "cbor", path.rsplit("/", 1)[-1], cbor.params(body))
    if target:
        return Call(service, signing, region, key, "json", target.rsplit(".", 1)[-1], _json(body))
    if content_type.startswith("application/x-www-form-urlencoded") or "Action=" in query:
        params = {**_flat(query), **_flat(body.decode("utf-8", "replace"))}
        action = params.pop("Action", "")
        params.pop("Version", None)
        if not scope and action:
            service = signing = "sts"
        return Call(service, signing, region, key, "ec2" if service == "ec2" else "query", action, params)
    if service == "drs":
        params = {**_flat(query), **_json(body)}
        return Call(service, signing, region, key, "rest-json", _drs_action(method, path), params)
    protocol = "rest-xml" if service in ("s3", "route53", "cloudfront") else "rest-json"
    return Call(service, signing, region, key, protocol, f"{method} {path}", _flat(query))


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


#: Levels that a JSON body may have; items of DynamoDB, the deepest there are, may have 32, each written as two.
MAX_DEPTH = 100


def _too_deep(value: Any) -> bool:
    """Whether lists and objects stand in each other too often; told without recursion."""
    level = [value]
    for _depth in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


def inflated(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body of a request without compression: clients compress large metrics."""
    if headers.get("content-encoding") != "gzip":
        return headers, body
    try:
        plain = gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return headers, body
    kept = {key: value for key, value in headers.items() if key != "content-encoding"}
    return {**kept, "content-length": str(len(plain))}, plain


def unreadable(call: Call, body: bytes) -> str | None:
    """Why the body of a call cannot be read: no UTF-8, no JSON, or nested without end; None when it can."""
    if call.protocol not in ("json", "query", "ec2") and call.service != "drs":
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "The request body is not UTF-8"
    if call.protocol in ("query", "ec2") or not body:
        return None
    try:
        found = json.loads(body)
    except RecursionError:
        return "The request body is nested too deeply"
    except ValueError:
        return "The request body is not valid JSON"
    # Counting brackets is cheap; only a body with many of them is walked.
    nested = body.count(b"[") + body.count(b"{") > MAX_DEPTH and isinstance(found, (dict, list)) and _too_deep(found)
    return "The request body is nested too deeply" if nested else None


def _cbor(value: Any) -> bytes:
    """CBOR of texts and mappings of texts, all an error needs (RFC 8949)."""
    if isinstance(value, dict):
        return _cbor_head(5, len(value)) + b"".join(_cbor(k) + _cbor(v) for k, v in value.items())
    raw = str(value).encode()
    return _cbor_head(3, len(raw)) + raw


def _cbor_head(major: int, length: int) -> bytes:
    if length < 24:
        return bytes([major << 5 | length])
    return bytes([major << 5 | 25]) + struct.pack(">H", length)


def error(call: Call, code: str, message: str, status: int, extra: dict[str, Any] | None = None) -> Answer:
    """An error as the service of the call would send it. extra: further members (JSON protocols only)."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    if call.protocol in ("rest-json", "json"):
        headers["x-amzn-errortype"] = code
        members: dict[str, Any] = {"message": message, **(extra or {})}
        if call.protocol == "rest-json":
            headers["Content-Type"] = "application/json"
            members.setdefault("code", code)
        else:
            headers["Content-Type"] = "application/x-amz-json-1.1"
            members["__type"] = code
        return Answer(status, headers, json.dumps(members).encode())
    if call.protocol == "cbor":
        headers.update({"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"})
        return Answer(status, headers, _cbor({"__type": code, "message": message}))
    headers["Content-Type"] = "text/xml"
    fields = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if call.protocol == "ec2":
        body = f"<Response><Errors><Error>{fields}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif call.protocol == "rest-xml":
        body = f"<Error>{fields}<RequestId>{request_id}</RequestId></Error>"
    else:
        kind = "Sender" if status < 500 else "Receiver"
        body = (
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<Error><Type>{kind}</Type>{fields}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return Answer(status, headers, b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode())


_XML_CODE = re.compile(rb"<Code>([^<]+)</Code>")
_JSON_TYPE = re.compile(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"')


def error_code(answer: Answer) -> str | None:
    """The error code of an answer, None for a success."""
    if answer.status < 400:
        return None
    for name, value in answer.headers.items():
        if name.lower() == "x-amzn-errortype":
            return value.split(":", 1)[0].rsplit("#", 1)[-1]
    found = _XML_CODE.search(answer.body) or _JSON_TYPE.search(answer.body)
    return found.group(1).decode() if found else str(answer.status)


# What each protocol family says for the same trouble: (code, HTTP status).
_TROUBLE = {
    "throttle": {
        "rest-json": ("ThrottlingException", 429),
        "json": ("ThrottlingException", 400),
        "query": ("Throttling", 400),
        "ec2": ("RequestLimitExceeded", 503),
        "cbor": ("Throttling", 400),
        "rest-xml": ("SlowDown", 503),
    },
    "server_error": {
        "rest-json": ("InternalServerException", 500),
        "json": ("InternalServerError", 500),
        "query": ("InternalFailure", 500),
        "ec2": ("InternalError", 500),
        "cbor": ("InternalServiceFault", 500),
        "rest-xml": ("InternalError", 500),
    },
    "deny": {
        "rest-json": ("AccessDeniedException", 403),
        "json": ("AccessDeniedException", 400),
        "query": ("AccessDenied", 403),
        "ec2": ("UnauthorizedOperation", 403),
        "cbor": ("AccessDenied", 403),
        "rest-xml": ("AccessDenied", 403),
    },
}


# Services that have a word of their own for it.
_DENIED_BY = {"sns": ("AuthorizationError", 403)}


def trouble(call: Call, kind: str, principal_arn: str | None) -> Answer:
    """The error that a fault of a kind (throttle, server_error, deny) makes of a call."""
    code, status = _TROUBLE[kind][call.protocol]
    if kind == "deny":
        return denied(call, principal_arn, f"{call.signing_name}:{call.action}", "*")
    if kind == "throttle":
        extra = {"serviceCode": "drs"} if call.service == "drs" else None
        answer = error(call, code, "Rate exceeded", status, extra)
        if call.service == "drs":
            # A header member of the modelled exception; botocore hands it to nobody, curl shows it.
            answer.headers["Retry-After"] = "1"
        return answer
    extra = {"retryAfterSeconds": 1} if call.service == "drs" else None
    return error(call, code, "An internal error occurred in the simulated service.", status, extra)


def denied(call: Call, principal_arn: str | None, action: str, resource: str, explicit: bool = False) -> Answer:
    """The refusal of IAM in the words of the called service. explicit: by a Deny, not for want of an Allow."""
    code, status = _DENIED_BY.get(call.service) or _TROUBLE["deny"][call.protocol]
    reason = "with an explicit deny in an identity-based policy"
    if not explicit:
        reason = f"because no identity-based policy allows the {action} action"
    message = f"User: {principal_arn} is not authorized to perform: {action} on resource: {resource} {reason}"
    if call.protocol == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    return error(call, code, message, status)


_TOKEN_CODES = {
    # STS and IAM codes -> what the JSON services and EC2 say for the same trouble.
    "InvalidClientTokenId": {"json": "UnrecognizedClientException", "ec2": "AuthFailure"},
    "ExpiredToken": {"json": "ExpiredTokenException", "ec2": "RequestExpired"},
    "MissingAuthenticationToken": {"json": "MissingAuthenticationTokenException", "ec2": "AuthFailure"},
}


def refusal(call: Call, code: str, message: str, status: int) -> Answer:
    """A credential problem in the words of the called service."""
    family = {"rest-json": "json", "json": "json", "ec2": "ec2"}.get(call.protocol, "")
    return error(call, _TOKEN_CODES.get(code, {}).get(family, code), message, 401 if family == "ec2" else status)
