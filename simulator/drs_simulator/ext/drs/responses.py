"""The HTTP side of the service: routing, validation against botocore's model, status codes, error bodies.

Bodies are plain JSON made from plain dictionaries. moto's own serialiser walks the model per member, which costs more
than a millisecond per source server; that the result agrees with the model is checked by a test instead.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores
from werkzeug.http import http_date

from . import exceptions as errors
from . import responses_actions, responses_failback, responses_plans, responses_templates, validation
from .models import DrsBackend, drs_backends, extension, initialization, lock, settle_all
from .models import configuration as config
from .models.wire import page, parse_time
from .settings import SETTINGS

_Answer = tuple[int, dict[str, str], str]
#: What takes several servers and is refused for one.
_FOR_MANY = ("start_recovery", "terminate_recovery_instances", "start_failback_launch")
#: Operations that an account may use before InitializeService.
_BEFORE_INITIALIZE = ("InitializeService", "ListTagsForResource", "TagResource", "UntagResource")
_TAG_OPERATIONS = {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}
_UNKNOWN = "UnknownOperation"


@functools.lru_cache(maxsize=1)
def service_model() -> Any:
    """botocore's model of DRS, whichever version is installed."""
    from moto.core.utils import get_service_model

    return get_service_model("drs")


def operation(method: Callable[[DrsResponse, DrsBackend, datetime, dict[str, Any]], Any]) -> Callable[..., _Answer]:
    """Make an HTTP answer of a method that takes (backend, now, request) and returns the output's members or None."""

    @functools.wraps(method)
    def answer(self: DrsResponse) -> _Answer:
        with lock:
            moment = settle_all()
            try:
                model, params = self.read_request()
                backend = self.backend
                if model.name not in _BEFORE_INITIALIZE:
                    backend.require_initialized()
                result = method(self, backend, moment, params)
                return self.answer(model.http.get("responseCode", 200), moment, result)
            except errors.DrsException as failure:
                error = errors.told(failure, SETTINGS["refusal_names"]) if method.__name__ in _FOR_MANY else failure
                extra = {"x-amzn-errortype": error.code}
                return self.answer(error.status, moment, error.to_body(), extra)

    return answer


class DrsResponse(BaseResponse):
    """One request to DRS. Public methods are operations, named as moto derives them from the model."""

    def __init__(self) -> None:
        super().__init__(service_name="drs")

    @property
    def backend(self) -> DrsBackend:
        """The backend of the caller's account and Region.

        Raises:
            UnrecognizedClientException: DRS does not exist in that Region.
        """
        account = drs_backends[self.current_account]
        try:
            return account[self.region]
        except KeyError:
            raise errors.UnrecognizedClientException(self.region) from None

    def _get_action(self) -> str:
        path = unquote(self.path).strip("/")
        if path.startswith("tags/"):
            return _TAG_OPERATIONS.get(self.method, _UNKNOWN)
        return path if path in service_model().operation_names else _UNKNOWN

    def read_request(self) -> tuple[Any, dict[str, Any]]:
        """The operation's model and its validated input.

        Raises:
            ValidationException: not JSON, or against the model.
        """
        model = service_model().operation_model(self._get_action())
        try:
            params = json.loads(self.body) if self.body else {}
        except ValueError:
            raise errors.ValidationException("The request body is not valid JSON", "cannotParse") from None
        if not isinstance(params, dict):
            raise errors.ValidationException("The request body is not a JSON object", "cannotParse")
        path = unquote(self.path).strip("/")
        query = parse_qs(self.parsed_url.query, keep_blank_values=True)
        if path.startswith("tags/"):
            params["resourceArn"] = path.removeprefix("tags/")
        members = model.input_shape.members if model.input_shape else {}
        for name, shape in members.items():
            if shape.serialization.get("location") == "querystring":
                values = query.get(shape.serialization.get("name", name))
                if values:
                    params[name] = values if shape.type_name == "list" else _scalar(shape, values[0])
        params = {name: value for name, value in params.items() if value is not None}
        validation.check(model.input_shape, params)
        return model, params

    @staticmethod
    def answer(status: int, moment: datetime, body: Any, extra: dict[str, str] | None = None) -> _Answer:
        """Status, headers and JSON text; Date carries the virtual time, as AWS carries the real one."""
        headers = {
            "Content-Type": "application/json",
            "date": http_date(moment),
            **(extra or {}),
            "status": str(status),
        }
        text = "" if status == 204 else json.dumps(body if body is not None else {}, separators=(",", ":"))
        return status, headers, text

    @staticmethod
    def listing(name: str, found: list[Any], params: dict[str, Any], key: str = "items") -> dict[str, Any]:
        """One page of a list operation."""
        items, token = page(name, found, params.get("maxResults"), params.get("nextToken"))
        return {key: items, "nextToken": token} if token else {key: items}

    def unsupported(self) -> _Answer:
        """An operation of a newer model than this service knows: an error that no client retries."""
        with lock:
            name = self._get_action()
            shown = name if name != _UNKNOWN else f"{self.method} {self.path}"
            error = errors.NotImplementedBySimulator(f"The simulator does not implement drs:{shown}.")
            return self.answer(error.status, settle_all(), error.to_body(), {"x-amzn-errortype": error.code})

    unknown_operation = unsupported

    # ------------------------------------------------------------------------------------------ service and servers
    @operation
    def initialize_service(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
        initialization.initialize(backend)

    @operation
    def describe_source_servers(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        filters = params.get("filters") or {}
        found = list(backend.servers.values())
        if filters.get("sourceServerIDs"):
            wanted = set(filters["sourceServerIDs"])
            found = [server for server in found if server.id in wanted]
        if filters.get("hardwareId"):
            found = [server for server in found if filters["hardwareId"] in server.hardware_ids()]
        if filters.get("stagingAccountIDs"):
            accounts = set(filters["stagingAccountIDs"])
            found = [server for server in found if server.staging and server.staging.account_id in accounts]
        result = self.listing("DescribeSourceServers", found, params)
        result["items"] = [server.to_wire(now) for server in result["items"]]
        return result

    @operation
    def describe_recovery_snapshots(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        server = backend.servers.get(params["sourceServerID"])
        if server is None:
            raise errors.ValidationException(f"Source server {params['sourceServerID']} does not exist")
        filters = params.get("filters") or {}
        found = server.snapshots(now)
        for name, keep in (("fromDateTime", lambda at, end: at >= end), ("toDateTime", lambda at, end: at <= end)):
            if filters.get(name):
                bound = parse_time(filters[name], name)
                found = [item for item in found if keep(parse_time(item["expectedTimestamp"], name), bound)]
        if params.get("order", "ASC") == "DESC":
            found = found[::-1]
        return self.listing("DescribeRecoverySnapshots", found, params)

    @operation
    def disconnect_source_server(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        server = backend.find_server(params["sourceServerID"])
        backend.disconnect_source_server(now, server)
        return server.to_wire(now)

    @operation
    def delete_source_server(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
        backend.delete_source_server(now, backend.find_server(params["sourceServerID"]))

    @operation
    def stop_replication(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        server = backend.find_server(params["sourceServerID"])
        backend.stop_replication(now, server)
        return {"sourceServer": server.to_wire(now)}

    @operation
    def start_replication(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        server = backend.find_server(params["sourceServerID"])
        backend.start_replication(now, server)
        return {"sourceServer": server.to_wire(now)}

    # --------------------------------------------------------------------------------------------------------- jobs
    @operation
    def start_recovery(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        is_drill, tags = params.get("isDrill", False), params.get("tags", {})
        return {"job": backend.start_recovery(now, params["sourceServers"], is_drill, tags).to_wire()}

    @operation
    def terminate_recovery_instances(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        return {"job": backend.terminate_recovery_instances(now, params["recoveryInstanceIDs"]).to_wire()}

    @operation
    def describe_jobs(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        filters = params.get("filters") or {}
        found = backend.known_jobs(now)
        if filters.get("jobIDs"):
            wanted = set(filters["jobIDs"])
            found = [job for job in found if job.id in wanted]
        if filters.get("fromDate"):
            start = parse_time(filters["fromDate"], "fromDate")
            found = [job for job in found if job.created >= start]
        if filters.get("toDate"):
            end = parse_time(filters["toDate"], "toDate")
            found = [job for job in found if job.created <= end]
        result = self.listing("DescribeJobs", found, params)
        result["items"] = [job.to_wire() for job in result["items"]]
        return result

    @operation
    def describe_job_log_items(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        job = backend.jobs.get(params["jobID"])
        if job is None:
            raise errors.ValidationException(f"Job {params['jobID']} does not exist")
        found = job.log[::-1] if SETTINGS["job_log_order"] == "DESC" else job.log
        return self.listing("DescribeJobLogItems", found, params)

    @operation
    def delete_job(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
        backend.delete_job(params["jobID"])

    # ------------------------------------------------------------------------------------------- recovery instances
    @operation
    def describe_recovery_instances(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        filters = params.get("filters") or {}
        found = list(backend.recovery_instances.values())
        if filters.get("recoveryInstanceIDs"):
            wanted = set(filters["recoveryInstanceIDs"])
            found = [instance for instance in found if instance.id in wanted]
        if filters.get("sourceServerIDs"):
            servers = set(filters["sourceServerIDs"])
            found = [instance for instance in found if instance.server.id in servers]
        result = self.listing("DescribeRecoveryInstances", found, params)
        result["items"] = [instance.to_wire(now) for instance in result["items"]]
        return result

    @operation
    def disconnect_recovery_instance(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
        backend.disconnect_recovery_instance(now, backend.find_recovery_instance(params["recoveryInstanceID"]))

    @operation
    def delete_recovery_instance(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
        backend.delete_recovery_instance(now, backend.find_recovery_instance(params["recoveryInstanceID"]))

    # --------------------------------------------------------------------------------------------------- extensions
    @operation
    def list_extensible_source_servers(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        extension.check_role(params["stagingAccountID"], backend.account_id, self.region)
        staging = drs_backends[params["stagingAccountID"]][self.region]
        found = [
            {"hostname": server.name, "arn": server.arn, "tags": server.tags}
            for server in staging.servers.values()
            if not server.extended and server.arn not in backend.extensions
        ]
        return self.listing("ListExtensibleSourceServers", found, params)

    @operation
    def create_extended_source_server(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        staging_arn = params["sourceServerArn"]
        parts = staging_arn.split(":")
        staging = None
        if len(parts) == 6 and parts[3] == self.region:
            staging = drs_backends[parts[4]][self.region].servers.get(parts[5].partition("/")[2])
        server = backend.create_extended_source_server(now, staging, staging_arn, params.get("tags", {}))
        return {"sourceServer": server.to_wire(now)}

    @operation
    def list_staging_accounts(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        accounts = sorted({server.staging.account_id for server in backend.servers.values() if server.staging})
        return self.listing("ListStagingAccounts", [{"accountID": item} for item in accounts], params, "accounts")

    # ------------------------------------------------------------------------------------------------ configuration
    @operation
    def get_launch_configuration(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        return config.launch_configuration(backend, backend.find_server(params["sourceServerID"]))

    @operation
    def update_launch_configuration(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        server = backend.find_server(params.pop("sourceServerID"))
        return config.update_launch_configuration(backend, server, params)

    @operation
    def get_replication_configuration(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        return config.replication_configuration(backend, backend.find_server(params["sourceServerID"]))

    @operation
    def update_replication_configuration(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        server = backend.find_server(params.pop("sourceServerID"))
        return config.update_replication_configuration(backend, server, params, now)

    # --------------------------------------------------------------------------------------------------------- tags
    @operation
    def list_tags_for_resource(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
        return {"tags": backend.tags_of(params["resourceArn"])[0]}

    @operation
    def tag_resource(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
        backend.tags_of(params["resourceArn"])[0].update(params["tags"])

    @operation
    def untag_resource(self, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
        tags = backend.tags_of(params["resourceArn"])[0]
        for key in params["tagKeys"]:
            tags.pop(key, None)


def _scalar(shape: Any, text: str) -> Any:
    """A query string value in the type the model gives it; one that does not fit is left for the validation."""
    if shape.type_name in ("integer", "long") and text.lstrip("-").isdigit():
        return int(text)
    return text


for _method in (
    *responses_actions.OPERATIONS,
    *responses_failback.OPERATIONS,
    *responses_plans.OPERATIONS,
    *responses_templates.OPERATIONS,
):
    setattr(DrsResponse, _method.__name__, operation(_method))


def _fill_unsupported() -> None:
    """Give modelled operations that are not simulated a method, so that moto routes them to the clear error."""
    for name in service_model().operation_names:
        method = camelcase_to_underscores(name)
        if not hasattr(DrsResponse, method):
            setattr(DrsResponse, method, DrsResponse.unsupported)


def not_simulated() -> list[str]:
    """Operations of the installed model that are answered with NotImplementedBySimulator."""
    names = service_model().operation_names
    unsupported = DrsResponse.unsupported
    return [name for name in names if getattr(DrsResponse, camelcase_to_underscores(name)) is unsupported]


_fill_unsupported()
