"""Test each TypedDict against a full example of what the library makes: members and types."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime, timezone
from typing import Any

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs, ec2, iam_kms
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors, findings, nouns, outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import (
    explain,
    explain_install_failure,
    explain_launch_failure,
    explain_replication,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import plan as failback_plan
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import pairs
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.launch import Reverse
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import metrics, query, rates
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records as history_records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import spool
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory import records
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.effects import directory
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import nouns as capacity_nouns
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_nouns
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import nouns as history_nouns
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import normalise
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import nouns as model_nouns
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import plan_nouns
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import readiness
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import run_nouns
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import setting_nouns
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ssm_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import build
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import wave_verdict
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file as plan_file
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import gates, lifecycle, removal
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_directory import DirectoryStore
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import automation
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network, guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.replication_policy import resolve_policy
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import (
    compare,
    launch_settings,
    launch_template,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import capacity_report, placement
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import capacity as staging_capacity
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import info
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects.remove import Removal
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import coverage
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.step import begin
from botocore import xform_name

ACCOUNT, REGION, CELL = "111111111111", "us-west-2", "payments.us-west-2"
HOME_ACCOUNT, HOME_REGION, HOME = "222222222222", "eu-central-1", "payments.eu-central-1"
NOW = "2026-03-01T12:00:00Z"
SERVER_ID, COPY_ID = "s-%017d" % 1, "s-%017d" % 2
ARN = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{SERVER_ID}"
COPY_ARN = f"arn:aws:drs:{HOME_REGION}:{HOME_ACCOUNT}:source-server/{COPY_ID}"
SESSION = botocore.session.get_session()


# -- holding a value against a type ------------------------------------------------------------------------------------


def misfits(value: Any, hint: Any, where: str = "it") -> Iterator[str]:
    """Where a value is not what a type says; nothing when it is."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return
    if typing.is_typeddict(hint):
        yield from _misfits_of_members(value, hint, where)
    elif origin in (typing.Union, types.UnionType):
        if all(list(misfits(value, one, where)) for one in arguments):
            tried = next((one for one in arguments if isinstance(value, dict) and typing.is_typeddict(one)), None)
            yield from misfits(value, tried, where) if tried else [f"{where} is {value!r}, not {hint}"]
    elif origin is typing.Literal:
        if not any(type(value) is type(one) and value == one for one in arguments):
            yield f"{where} is {value!r}, not one of {arguments}"
    elif origin is list:
        if not isinstance(value, list):
            yield f"{where} is {value!r}, no list"
            return
        for number, item in enumerate(value):
            yield from misfits(item, arguments[0], f"{where}[{number}]")
    elif origin in (dict, Mapping):
        if not isinstance(value, dict):
            yield f"{where} is {value!r}, no dict"
            return
        for key, item in value.items():
            yield from misfits(key, arguments[0], f"a key of {where}")
            yield from misfits(item, arguments[1], f"{where}[{key!r}]")
    elif not (value.__class__ is hint or (hint is float and value.__class__ is int)):
        yield f"{where} is {value!r}, not {hint}"


def _misfits_of_members(value: Any, noun: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is {value!r}, no {noun.__name__}"
        return
    members = typing.get_type_hints(noun)
    for key in sorted(set(value) - set(members)):
        yield f"{where} has {key}, which {noun.__name__} has not"
    for key in sorted(noun.__required_keys__ - set(value)):
        yield f"{where} has no {key}, which {noun.__name__} has"
    for key in sorted(set(members) & set(value)):
        yield from misfits(value[key], members[key], f"{where}.{key}")


def check(value: Any, noun: Any) -> None:
    """Fail with all that does not fit."""
    wrong = list(misfits(value, noun))
    assert not wrong, "\n".join(wrong)


class Inner(typing.TypedDict):
    """For the checker's own test."""

    number: float | None


class _Whole(typing.TypedDict):
    name: str
    flag: bool
    inner: Inner | None
    many: list[Inner]
    counts: dict[str, int]
    word: typing.Literal["one", "two"]


class Whole(_Whole, total=False):
    """For the checker's own test."""

    extra: str


FITS: dict[str, Any] = {
    "name": "a",
    "flag": True,
    "inner": {"number": 1},
    "many": [{"number": None}],
    "counts": {"x": 1},
    "word": "two",
}


def test_the_checker_accepts_what_fits():
    check(FITS, Whole)
    check({**FITS, "extra": "x", "inner": None}, Whole)


@pytest.mark.parametrize(
    "change",
    [
        {"strange": 1},
        {"name": None},
        {"flag": 1},
        {"extra": 1},
        {"inner": {"number": True}},
        {"inner": {"number": 1, "more": 2}},
        {"inner": {}},
        {"many": [{"number": "1"}]},
        {"many": None},
        {"counts": {"x": "1"}},
        {"counts": {1: 1}},
        {"counts": []},
        {"word": "three"},
        {"word": None},
    ],
)
def test_the_checker_finds_what_does_not_fit(change):
    assert list(misfits({**FITS, **change}, Whole))


@pytest.mark.parametrize("missing", sorted(FITS))
def test_the_checker_finds_what_is_missing(missing):
    assert list(misfits({key: value for key, value in FITS.items() if key != missing}, Whole))


# -- examples ----------------------------------------------------------------------------------------------------------


def example(service: str, shape: str) -> Any:
    """A full example of a shape of AWS, every member given."""
    return _example(SESSION.get_service_model(service).shape_for(shape), ())


def _example(shape: Any, above: tuple[str, ...]) -> Any:
    if shape.name in above:
        return None
    above = (*above, shape.name)
    if shape.type_name == "structure":
        return {name: _example(member, above) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [_example(shape.member, above)]
    if shape.type_name == "map":
        return {"Name": _example(shape.value, above)}
    if shape.type_name == "string" and "arn" in shape.name.lower():
        return ARN
    if shape.type_name == "string":
        return shape.enum[0] if getattr(shape, "enum", None) else "P1D" if "Duration" in shape.name else "text"
    if shape.type_name == "timestamp":
        return datetime(2026, 3, 1, tzinfo=timezone.utc)
    return {"boolean": True, "integer": 1, "long": 1, "double": 1.0, "float": 1.0}[shape.type_name]


def server(**changes: Any) -> Any:
    item = {
        **example("drs", "SourceServer"),
        "sourceServerID": SERVER_ID,
        "arn": ARN,
        "replicationDirection": "FAILOVER",
        "tags": {
            "Name": "web-1",
            "dr:wave": "1",
            "dr:application": "shop",
            "dr:rpo": "1h",
            "dr:rto": "2h",
            "dr:priority": "3",
        },
        "reversedDirectionSourceServerArn": COPY_ARN,
        **changes,
    }
    item["sourceCloudProperties"] = {"originAccountID": HOME_ACCOUNT, "originRegion": HOME_REGION}
    item["dataReplicationInfo"] = {**item["dataReplicationInfo"], "dataReplicationState": "BACKLOG"}
    item["stagingArea"] = {**item["stagingArea"], "status": "NOT_EXTENDED"}
    return normalise.normalise_server(item, ACCOUNT, REGION, NOW, CELL)


def bare_server() -> Any:
    return normalise.normalise_server({"sourceServerID": SERVER_ID, "arn": ARN}, ACCOUNT, REGION)


def instance(**changes: Any) -> Any:
    item = {
        **example("drs", "RecoveryInstance"),
        "sourceServerID": SERVER_ID,
        "recoveryInstanceID": "i-0123456789abcdef0",
        "originEnvironment": "AWS",
        "isDrill": False,
        **changes,
    }
    return normalise.normalise_recovery_instance(item, ACCOUNT, REGION, example("ec2", "Instance"), CELL)


def job(**changes: Any) -> Any:
    item = {**example("drs", "Job"), "tags": {RUN_TAG: "r"}, **changes}
    item["participatingServers"][0]["launchActionsStatus"]["runs"][0]["status"] = "FAILED"
    return normalise.normalise_job(item, ACCOUNT, REGION, CELL)


class FakeCell:
    """A cell whose every page holds one full example, and whose every call answers with a full example."""

    name, region, account_id = CELL, REGION, ACCOUNT
    now = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

    def __init__(self, key: str, item: Any) -> None:
        self.answer = {key: [item]}

    def errors(self, _operation: str) -> Any:
        return nullcontext()

    def client(self, service: str, effect: bool = False, brief: bool = False) -> Any:
        self.service = service
        return self

    def _answer(self, operation: str) -> Any:
        model = SESSION.get_service_model(self.service)
        name = next(one for one in model.operation_names if xform_name(one) == operation)
        return _example(model.operation_model(name).output_shape, ())

    def __getattr__(self, operation: str) -> Any:
        return lambda **_params: self._answer(operation)

    def get_paginator(self, operation: str) -> Any:
        self.pages = self._answer(operation)
        return self

    def paginate(self, **_params: Any) -> Any:
        return self

    def build_full_result(self) -> Any:
        return {**self.pages, **self.answer}


def job_event() -> Any:
    item = {**example("drs", "JobLog"), "logDateTime": NOW}
    return drs.job_log(FakeCell("items", item), "drsjob-1")[0]


def snapshot() -> Any:
    item = {**example("drs", "RecoverySnapshot"), "timestamp": NOW}
    return drs.recovery_snapshots(FakeCell("items", item), SERVER_ID)[0]


def machine() -> Any:
    made = machines.normalise(example("ec2", "Instance"), ACCOUNT, REGION, CELL)
    return machines.with_ssm(made, example("ssm", "InstanceInformation"))


FILE: dict[str, Any] = {
    "schema": 1,
    "name": "payments",
    "description": "all of it",
    "policy": {"allow_stale": True, "min_readiness": "recoverable", "max_lag_seconds": "1h",
               "continue_on_failure": True, "max_failures": "10%", "recover_in": "target"},
    "limits": {"servers_per_job": 10},
    "point_in_time": "latest",
    "points_in_time": {"applications": {"shop": "latest"}, "source_servers": {SERVER_ID: "latest_available"}},
    "expected_count": 1,
    "order": "stages",
    "stops": "chain",
    "next_phase": {"ready_when": "all", "require_full_coverage": False},
    "waves": [
        {
            "name": "first",
            "description": "the first",
            "selector": {"tags": {"Name": "web-1"}, "source_server_ids": [SERVER_ID], "applications": ["shop"],
                         "waves": ["1"]},
            "depends_on": [],
            "critical": {"applications": ["shop"]},
            "optional": {"waves": ["9"]},
            "expected_count": 1,
            "allow_empty": False,
            "max_failures": 1,
            "point_in_time": "latest",
            "gates": {
                "before": [{"type": "approval", "name": "go", "message": "really?"}],
                "after": [
                    {"type": "pause", "message": "look"},
                    {"type": "health", "tasks": "a.yml", "retries": 3, "interval": "30s"},
                    {"type": "health", "http": {"url": "https://x.example"}, "timeout": "10s"},
                    {"type": "health", "tcp": {"port": 443}},
                ],
            },
            "actions": {
                "before": [{"type": "tasks", "file": "b.yml", "each_cell": True}],
                "after": [{"type": "ssm_automation", "document": "AWS-Doc", "version": "1", "parameters": {"a": "b"},
                           "cells": [CELL], "timeout": "1h"}],
            },
        }
    ],
}  # fmt: skip


def cell_read(**changes: Any) -> Any:
    return {
        "cell": CELL,
        "account_id": ACCOUNT,
        "region": REGION,
        "account_types": ["target"],
        "assume_role_arn": None,
        "error": None,
        "source_servers": [server()],
        "recovery_instances": [],
        "jobs": [],
        "read_at": NOW,
        **changes,
    }


DENIED = outcomes.error_entry(errors.DrsError("AccessDenied"))


def request(**changes: Any) -> Any:
    lost = {"cell": "lost", "account_id": HOME_ACCOUNT, "region": REGION, "error": DENIED}
    other = server(sourceServerID=COPY_ID, arn=ARN.replace(SERVER_ID, COPY_ID), tags={"Name": "other"})
    return {
        "name": "payments",
        "mode": "recovery",
        "cells": [cell_read(source_servers=[server(), other]), lost],
        "selection": {"source_server_ids": [SERVER_ID]},
        "tag_keys": {},
        "allow_empty": False,
        "expected_count": None,
        "policy": {},
        "limits": {},
        "point_in_time": "latest",
        "replace_recovery_instance_ids": [],
        "run_id": "r",
        "document": None,
        "left_out": {},
        "now": NOW,
        **changes,
    }


def plan(**changes: Any) -> Any:
    return build.build_plan(request(**changes))


def whole_plan() -> Any:
    made = plan(document=FILE, selection={})
    assert made["waves"] and made["excluded"] and made["findings"] and made["unknown_cells"]
    return made


def entry() -> Any:
    return outcomes.server_entry(
        "failed",
        plan()["waves"][0]["servers"][0],
        error=errors.DrsError("launch_failed"),
        started_at=NOW,
        ended_at=NOW,
        point_in_time=NOW,
        is_drill=False,
        job_id="drsjob-1",
    )


def failback_options(**changes: Any) -> Any:
    return {
        **dict.fromkeys(failback_plan.PLAN_SPEC),
        "name": "payments",
        "mode": "failback",
        "cells": [cell_read(recovery_instances=[instance(ec2InstanceState="RUNNING")])],
        "known_cells": {HOME: [HOME_ACCOUNT, HOME_REGION]},
        "fail_on_error": False,
        **changes,
    }


def whole_failback_plan() -> Any:
    made = failback_plan.plan(failback_options())["plan"]
    assert made["waves"] and made["waves"][0]["servers"][0]["original"]
    return made


def page(key: str, service: str, shape: str) -> Any:
    return FakeCell(key, example(service, shape))


CAPACITY = {"warning_percent": 80, "critical_percent": 90, "planned": 1, "planned_extended": 1, "limits": {}}
STAGING_CELL: Any = {
    "cell": CELL,
    "account_id": ACCOUNT,
    "region": REGION,
    "extend_to": HOME,
    "used": 1,
    "limit": 300,
    "total_used": 1,
    "total_limit": 4000,
}


def full_capacity() -> Any:
    limits, sources = capacity_report.effective(None, {})
    place: Any = {"cell": CELL, "account_id": ACCOUNT, "region": REGION}
    copy = {**server(), "extended": True}
    return capacity_report.of_cell(place, [server(), copy], [job()], limits, sources, (80, 90), {"replicating": 500})


def read_staging() -> Any:
    options = {"account_id": ACCOUNT, "target_account_id": HOME_ACCOUNT, "source_server_ids": [], "max_servers": 1}
    return info.read(page("items", "drs", "SourceServer"), options, False)["staging"]


def history_record() -> Any:
    good = {**entry(), "source_server_id": COPY_ID, "outcome": "launched", "error": None, "duration_seconds": 9.0}
    result = {"kind": "recovery", "run_id": "r", "plan": whole_plan(), "servers": [entry(), good]}
    (made,) = [one for one in history_records.records(result, NOW) if one["launch_seconds"]]
    assert made["failures"] and made["applications"]
    return made


AUTOMATION = {"document": "AWS-Doc", "run_id": "r", "action": "a", "version": None, "parameters": {}}
MANY = [{"wave": "1", "servers": [{"account_id": ACCOUNT}, {"account_id": ACCOUNT}]}]


# -- a run as a store keeps it -----------------------------------------------------------------------------------------


TYPED = "FAILOVER payments 1 us-west-2"


class Stored:
    """A run that went through everything, in a store; each step is an hour after the one before."""

    def __init__(self, folder: Any) -> None:
        self.store = DirectoryStore(str(folder), lambda: NOW)
        self.hour = 12
        again = {
            "plan": plan(),
            "request": {"mode": "recovery", "name": "payments"},
            "initiator": "ann",
            "confirm": TYPED,
        }
        look = {"run_id": "r", "epoch": 2, "gate": "look", "type": "pause", "wave": "1"}
        past = [{"guardrail": "calendar", "reason": "a real disaster"}]
        self.do("begun", **again, controller="c1", overrides=past, approvals=["start"])
        self.do("approved", approver="bob", expires_hours=100, reason="ok")
        self.do("begun", **again, controller="c1")
        self.do("wave_intended", wave="1", servers=[entry()], epoch=2)
        gates.go_through(self.store, look, self.now)
        self.do("begun", **again, controller="c2", end_pause=True)
        verdict = {"proceed": True, "reason": "", "code": None}
        self.do("wave_done", wave="1", servers=[entry()], epoch=3, verdict=verdict, validation={"passed": True})
        self.do("finished", epoch=3)

    @property
    def now(self) -> str:
        return f"2026-03-01T{self.hour}:00:00Z"

    def do(self, step: str, **params: Any) -> None:
        self.hour += 1
        getattr(lifecycle.Run(self.store, {"run_id": "r", **params}, self.now), step)()

    def record(self, item: str) -> Any:
        found = self.store.get("r", item)
        assert found is not None
        return found

    def body(self, item: str) -> Any:
        return self.record(item)["body"]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return Stored(tmp_path_factory.mktemp("store"))


# -- every noun --------------------------------------------------------------------------------------------------------

MADE: dict[str, tuple[Any, Callable[[], Any]]] = {
    "error": (nouns.Error, lambda: DENIED),
    "explanation": (nouns.Explanation, lambda: explain("AccessDenied")),
    "explanation of replication": (nouns.Explanation, lambda: explain_replication("AGENT_NOT_SEEN")),
    "explanation of a launch": (nouns.Explanation, lambda: explain_launch_failure(None)),
    "explanation of an installation": (nouns.Explanation, lambda: explain_install_failure("Failed")),
    "error data": (nouns.ErrorData, lambda: errors.DrsError("AccessDenied").to_dict()),
    "finding": (nouns.Finding, lambda: findings.finding("error", "no_match", "x", server=server(), details={"a": 1})),
    "finding about nothing": (nouns.Finding, lambda: findings.finding("error", "no_match", "none")),
    "entry": (nouns.Entry, entry),
    "entry of nothing": (nouns.Entry, lambda: outcomes.server_entry("unknown")),
    "entry of a job": (nouns.Entry, lambda: jobs.entry(job(), server())),
    "summary": (nouns.Summary, lambda: outcomes.summarise([entry()])),
    "server": (model_nouns.Server, server),
    "bare server": (model_nouns.Server, bare_server),
    "recovery instance": (model_nouns.RecoveryInstance, instance),
    "bare recovery instance": (
        model_nouns.RecoveryInstance,
        lambda: normalise.normalise_recovery_instance(
            {"recoveryInstanceID": "i-1", "sourceServerID": SERVER_ID, "arn": ARN}, ACCOUNT, REGION
        ),
    ),
    "job": (model_nouns.Job, job),
    "job with its log": (model_nouns.Job, lambda: {**job(), "log": [job_event()]}),
    "job event": (model_nouns.JobEvent, job_event),
    "snapshot": (model_nouns.Snapshot, snapshot),
    "machine": (model_nouns.Machine, machine),
    "machine before Systems Manager": (
        model_nouns.Machine,
        lambda: machines.normalise({"InstanceId": "i-1"}, None, REGION, CELL),
    ),
    "command": (model_nouns.Command, lambda: ssm_command.normalise_command(example("ssm", "Command"))),
    "invocation": (
        model_nouns.Invocation,
        lambda: ssm_command.normalise_invocation(example("ssm", "CommandInvocation")),
    ),
    "fleet": (model_nouns.Fleet, lambda: readiness.fleet_summary([server()], [instance()])),
    "quota": (model_nouns.QuotaUse, lambda: quotas.headroom([server()], [job()], quotas.limits())[0]),
    "room": (model_nouns.QuotaRoom, lambda: machines.room(CELL, [server()], 1, quotas.limits())[0][0]),
    "policy": (plan_nouns.Policy, lambda: resolve_policy({"max_lag_seconds": "1h"}, "drill")[0]),
    "plan file": (plan_nouns.PlanFile, lambda: plan_file.read(FILE, NOW)[0]),
    "plan file without more": (
        plan_nouns.PlanFile,
        lambda: plan_file.read({"name": "p", "waves": [{"name": "w", "selector": {"waves": ["1"]}}]}, NOW)[0],
    ),
    "plan request": (plan_nouns.PlanRequest, request),
    "cell that was read": (plan_nouns.CellRead, cell_read),
    "plan": (plan_nouns.Plan, whole_plan),
    "plan of tags": (plan_nouns.Plan, plan),
    "verdict": (plan_nouns.Verdict, lambda: wave_verdict.judge_wave(plan()["waves"][0], [entry()])),
    "failback plan": (failback_nouns.FailbackPlan, whole_failback_plan),
    "failback plan of nothing": (
        failback_nouns.FailbackPlan,
        lambda: failback_plan.plan(failback_options(cells=[cell_read(error=DENIED)]))["plan"],
    ),
    "progress": (failback_nouns.Progress, lambda: failback_stage.progress(server())),
    "subnet": (model_nouns.Subnet, lambda: ec2.subnets(page("Subnets", "ec2", "Subnet"), ["text"])["text"]),
    "launch template's version": (
        setting_nouns.TemplateVersion,
        lambda: ec2.template_versions(page("LaunchTemplateVersions", "ec2", "LaunchTemplateVersion"), "lt-1")[0],
    ),
    "holder of an address": (
        setting_nouns.Holder,
        lambda: ec2.holders(page("NetworkInterfaces", "ec2", "NetworkInterface"), ["text"])["text", "text"],
    ),
    "encryption of new servers": (
        setting_nouns.Encryption,
        lambda: drs.encryption_settings(page("items", "drs", "ReplicationConfigurationTemplate"))[0],
    ),
    "encryption of a server": (
        setting_nouns.Encryption,
        lambda: drs.encryption_of(page("items", "drs", "SourceServer"), SERVER_ID),
    ),
    "what is offered": (
        setting_nouns.Offered,
        lambda: drs.extensible_source_servers(page("items", "drs", "StagingSourceServer"), ACCOUNT)[0],
    ),
    "role": (setting_nouns.Role, lambda: iam_kms.role(page("AttachedPolicies", "iam", "AttachedPolicy"), "r")),
    "key": (setting_nouns.Key, lambda: iam_kms.key(page("items", "drs", "SourceServer"), "k")),
    "execution of an automation": (
        setting_nouns.Execution,
        lambda: automation.Automation(page("items", "drs", "Job"), AUTOMATION).read("e-1"),
    ),
    "drill network": (plan_nouns.DrillNetwork, lambda: drill_network.guardrail({"subnet_tags": {"a": "b"}})),
    "past a guardrail": (
        list[plan_nouns.PastGuardrail],
        lambda: guardrails.judge(
            guardrails.resolve({"max_servers_per_run": 1}, "a real disaster", "recovery"), "recovery", MANY, NOW
        )[1],
    ),
    "capacity": (capacity_nouns.Capacity, full_capacity),
    "capacity with its own limits": (
        capacity_nouns.Capacity,
        lambda: staging_capacity.read(page("Quotas", "service-quotas", "ServiceQuota"), CAPACITY, False)["capacity"],
    ),
    "all capacity": (capacity_nouns.TotalCapacity, lambda: capacity_report.total([full_capacity()], (80, 90))),
    "placement": (
        capacity_nouns.Placement,
        lambda: placement.place(3, [STAGING_CELL], {HOME: {"used": 1, "limit": 9}}),
    ),
    "staging cell": (capacity_nouns.StagingCell, lambda: STAGING_CELL),
    "staging account": (setting_nouns.StagingAccount, read_staging),
    "account": (
        setting_nouns.Account,
        lambda: directory.all_accounts(page("Accounts", "organizations", "Account"))[0],
    ),
    "inventory record of a server": (records.InventoryRecord, lambda: records.of_server(server())),
    "inventory record of a machine": (records.InventoryRecord, lambda: records.of_machine(machine(), ACCOUNT, "aws")),
    "inventory record of a recovery instance": (
        records.InventoryRecord,
        lambda: records.of_recovery_instance(instance(), machine()),
    ),
    "next step": (coverage.NextStep, lambda: coverage.next_step([cell_read()], coverage.report([cell_read()], []))),
    "recorded change": (
        setting_nouns.RecordedChange,
        lambda: launch_template.recorded(launch_template.record("c1", 3, {"copy_tags": True})),
    ),
    "diff": (nouns.Diff, lambda: compare.diff("x", {"copyTags": True}, {"copyTags": False}, {"a": "b"})),
    "launch settings": (
        setting_nouns.LaunchSettings,
        lambda: launch_settings.current(
            example("drs", "LaunchConfiguration"), example("ec2", "ResponseLaunchTemplateData")
        ),
    ),
    "trouble": (
        list[run_nouns.Trouble],
        lambda: troubles.from_errors([troubles.in_table(troubles.DAMAGED, "t", REGION, "it is", "r", "run")]),
    ),
    "new record of history": (history_nouns.NewHistoryRecord, history_record),
    "record of history": (history_nouns.HistoryRecord, lambda: query.merged(history_record(), None)),
    "record of history, written again": (
        history_nouns.HistoryRecord,
        lambda: query.merged(history_record(), query.merged(history_record(), None)),
    ),
    "figures": (history_nouns.Figures, lambda: history_records.figures([entry()])),
    "tally": (history_nouns.Tally, lambda: rates.tally({"launched": 1})),
    "rated": (history_nouns.Rated, lambda: rates.rated([{"launched": 1}])),
    "windows": (list[history_nouns.Window], lambda: rates.windows([{"started_at": NOW, "counts": {}}], NOW)),
    "totals": (dict[str, history_nouns.WindowTotals], lambda: query.totals([history_record()], NOW)),
    "failures in groups": (
        list[history_nouns.FailureGroup],
        lambda: query.grouped(query.failures([history_record()])),
    ),
    "metrics": (
        list[history_nouns.Metric],
        lambda: metrics.of_run([history_record()], history_records.overall([history_record()]), True),
    ),
    "waited": (
        nouns.Waited,
        lambda: Wait.progress_fields(begin(0.0)._replace(error=errors.DrsError("AccessDenied").to_dict())),
    ),
    "changes": (
        list[run_nouns.Change],
        lambda: run_record.changes(plan(), plan(selection={"source_server_ids": [COPY_ID]})),
    ),
    "clean-up": (
        run_nouns.CleanUp,
        lambda: clean_up.prove(
            clean_up.Requested(),
            {CELL: {"servers": [{**entry(), "recovery_instance_id": "i-1"}]}, "lost": {"error": DENIED}},
            {},
            {CELL: {"recovery_instances": [instance(isDrill=True, ec2InstanceState="RUNNING")]}},
            clean_up.Recorded(clean_up.UNREAD, [{**entry(), "cell": "elsewhere"}], ["i-2"], DENIED),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_a_noun_is_what_its_maker_returns(name):
    noun, make = MADE[name]
    check(make(), noun)


def test_the_clean_up_of_the_example_has_everything():
    made = MADE["clean-up"][1]()
    assert made["servers"] and made["left"] and made["unknown_cells"]


def test_a_plan_request_is_every_option_that_is_read():
    assert set(request()) == plan_nouns.PlanRequest.__optional_keys__


def test_the_keys_of_an_entry_stand_in_one_order():
    assert tuple(typing.get_type_hints(nouns.Entry)) == outcomes.ENTRY_KEYS


@pytest.mark.parametrize(
    ("item", "noun"),
    [
        ("run", run_nouns.Run),
        ("plan", plan_nouns.Plan),
        ("wave:1", run_nouns.WaveRecord),
        ("approval:start", run_nouns.Approval),
        ("gate:look", run_nouns.GateRecord),
    ],
)
def test_a_noun_is_what_a_store_keeps(stored, item, noun):
    check(stored.body(item), noun)
    check(stored.record(item), run_nouns.Record)


def test_a_run_of_the_store_has_waves_overrides_and_idle_times(stored):
    run = stored.body("run")
    assert run["waves"] and run["overrides"] and run["idle"] and run["summary"] and run["cells"] and run["scope"]


def test_what_was_removed_is_told(stored):
    told = removal.remove_old(DirectoryStore(stored.store.path, lambda: "2027-03-01T12:00:00Z"), check_mode=True)
    check(told, run_nouns.Removal)
    assert told["removed"] or told["kept"]


def test_what_waits_to_be_imported_is_told(tmp_path):
    spool.write(str(tmp_path), "r", [history_record()])
    check(spool.pending(str(tmp_path)), list[history_nouns.Pending])


def test_every_event_of_a_journal_is_an_event(stored):
    events = [one["body"] for one in stored.store.items("r", "event:")]
    assert len(events) > 4
    check(events, list[run_nouns.Event])


def test_a_new_run_lacks_what_a_controller_adds():
    made = run_record.new_run({"run_id": "r", "request": {"mode": "drill"}}, plan(), NOW, "1.0.0")
    check(made, run_nouns.NewRun)
    added = set(typing.get_type_hints(run_nouns.Run)) - set(typing.get_type_hints(run_nouns.NewRun))
    assert set(run_record.taken_over(made, plan(), {"end_pause": True}, NOW)) == {*made, *added}


def two_cells(monkeypatch: Any) -> Any:
    """A cell and the one that its server came from, each described by full examples."""
    home = normalise.normalise_server(
        {"sourceServerID": COPY_ID, "arn": COPY_ARN, "replicationDirection": "FAILBACK"}, HOME_ACCOUNT, HOME_REGION
    )

    class Home(FakeCell):
        name, region, account_id = HOME, HOME_REGION, HOME_ACCOUNT

    def of(here: Any, there: Any) -> Any:
        return lambda cell, *_args, **_named: [there if isinstance(cell, Home) else here]

    monkeypatch.setattr(pairs.drs, "source_servers", of(server(), home))
    monkeypatch.setattr(
        pairs.drs, "recovery_instances", of(instance(jobID="drsjob-1"), {**instance(), "source_server_id": COPY_ID})
    )
    monkeypatch.setattr(pairs.drs, "jobs", of(job(jobID="drsjob-1"), job(jobID="drsjob-2")))
    monkeypatch.setattr(pairs.drs, "encryption_settings", of(None, {}))
    return FakeCell("items", None), {(HOME_ACCOUNT, HOME_REGION): Home("items", None)}


def test_a_pair_is_what_both_cells_describe(monkeypatch):
    found = pairs.Pairs(*two_cells(monkeypatch), 1).read([SERVER_ID], templates=True, makers=True)
    check(found, dict[str, failback_nouns.Pair])
    pair = found[SERVER_ID]
    assert all(pair.values())
    assert set(pair["jobs"]) == failback_nouns.PairJobs.__optional_keys__
    assert pair["original"]["templates"] == 1


def test_the_entry_of_a_failback_says_where_both_sides_stand(monkeypatch):
    request = {"mode": "failback", "run_id": "r", "servers": [{"source_server_id": SERVER_ID}], "vouched": {}}
    told = Reverse(*two_cells(monkeypatch), request, check_mode=True).run()["servers"]
    check(told, list[failback_nouns.FailbackEntry])
    assert all(told[0]["failback"]["original"].values())


def test_the_entry_of_an_extension_says_from_where(monkeypatch):
    copy = server()
    copy["staging_area"] = {**copy["staging_area"], "staging_account_id": HOME_ACCOUNT}
    removal = Removal(FakeCell("items", None), {"staging_account_id": HOME_ACCOUNT}, True)
    monkeypatch.setattr(removal, "_guard", lambda chosen: chosen)
    check(removal.run([{**copy, "extended": True}])["servers"], list[nouns.ExtensionEntry])
