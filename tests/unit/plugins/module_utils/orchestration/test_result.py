"""The orchestration entry point: what may be asked, and the document that answers."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import json

import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import result as orchestration_result
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as orchestration_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import request as orchestration_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import schema as orchestration_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import json_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st

CHECK = jsonschema.Draft202012Validator(
    orchestration_schema.OUTPUT_SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
START, END = "2026-03-01T12:00:00Z", "2026-03-01T13:02:03Z"
METADATA = {"correlation_id": "c-1", "parent_execution": "arn:x", "ticket": "CHG-1", "labels": {"shift": "night"}}
TAGS = {"dr:application": "payments"}


def settings(action="drill", **request):
    request.setdefault("tags", TAGS)
    return orchestration_input.settings({"action": action, **request}, START)


def opt(options, action="drill"):
    """A request with options."""
    return {"action": action, "tags": TAGS, "options": options}


def refused(request):
    with pytest.raises(DrsError) as caught:
        orchestration_input.settings(request, START)
    assert caught.value.code in ("invalid_input", "malformed_id", "invalid_point_in_time")
    return [one["message"] for one in caught.value.details["findings"]]


# -- input -----------------------------------------------------------------------------------------------------------


def test_the_schemas_are_schemas():
    for one in (orchestration_schema.INPUT_SCHEMA, orchestration_schema.OUTPUT_SCHEMA):
        jsonschema.Draft202012Validator.check_schema(one)


@pytest.mark.parametrize(
    ("action", "options", "is_drill", "mode"),
    [
        ("drill", {}, True, "drill"),
        ("drill", {"is_drill": True}, True, "drill"),
        ("failover", {}, False, "recovery"),
        ("failover", {"is_drill": True}, True, "drill"),
        ("failover", {"is_drill": False}, False, "recovery"),
        ("failback", {"is_drill": True}, True, "drill"),
        ("failback", {}, False, "recovery"),
    ],
)
def test_a_drill_is_a_drill_only_when_it_is_said(action, options, is_drill, mode):
    made = settings(action, options=options)
    assert (made["is_drill"], made["mode"], made["action"]) == (is_drill, mode, action)


def test_options_become_settings_and_the_rest_has_its_default():
    made = settings(
        "failover",
        plan_file="plans/payments.yml",
        selection={"waves": ["db"]},
        options={
            "max_wait_minutes": 90,
            "continue_on_failure": True,
            "parallelism": 5,
            "point_in_time": "latest_available",
            "confirm": "FAILOVER payments 2 us-west-2",
            "expected_count": 2,
        },
        metadata=METADATA,
    )
    assert made["selection"] == {"waves": ["db"], "tags": TAGS}
    assert made["max_wait_seconds"] == 5400
    assert made["policy"] == {"continue_on_failure": True} and made["limits"] == {"concurrent_jobs": 5}
    assert made["plan_name"] == "" and settings()["plan_name"] == "drill"
    assert made["metadata"] == METADATA
    plain = settings("drill")
    assert (plain["max_wait_seconds"], plain["policy"], plain["limits"], plain["run_id"]) == (0, {}, {}, None)
    assert plain["point_in_time"] == "latest" and plain["allow_empty"] is False


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "action is missing"),
        ({"action": "recover"}, 'action: "recover" must be failover, failback, drill, terminate, status'),
        ({"action": "drill", "tag": {}}, "tag is not known; did you mean tags?"),
        (opt({"isDrill": True}), "options.isDrill is not known; did you mean is_drill?"),
        (opt({"max_wait_minutes": "90"}), 'options.max_wait_minutes: "90" must be a whole'),
        (opt({"max_wait_minutes": 0}), "options.max_wait_minutes: 0 must be at least 1"),
        (opt({"parallelism": 21}), "options.parallelism: 21 must be at most 20"),
        (opt({"notification_topic": "dr"}), "options.notification_topic: \"dr\" is not allowed"),
        ({"action": "drill", "tags": TAGS, "metadata": {"owner": "x"}}, "metadata.owner is not known; it has"),
        ({"action": "drill", "tags": TAGS, "metadata": {"ticket": "a\nb"}}, "metadata.ticket"),
        ({"action": "drill"}, "say what to drill: plan_file, tags or selection"),
        ({"action": "failover", "tags": {}}, "say what to failover: plan_file, tags or selection"),
        (opt({"is_drill": False}), "options.is_drill: false contradicts the action drill"),
        ({"action": "failback", "plan_file": "x"}, "plan_file means nothing for the action failback"),
        ({"action": "terminate", "tags": TAGS}, "tags means nothing for the action terminate"),
        ({"action": "terminate"}, "say what to terminate: options.run_id"),
        ({"action": "terminate", "options": {"run_id": None}}, "options.run_id: null"),
        ({"action": "terminate", "options": {"run_id": ""}}, 'options.run_id: ""'),
        ({"action": "terminate", "options": {"every_run": False}}, "say what to terminate: options.run_id"),
        ({"action": "terminate", "options": {"every_run": True, "run_id": "r"}}, "options.every_run contradicts"),
        (opt({"drill_network": {"subnet_ids": ["subnet-1"]}}, "failover"), "options.drill_network is for drills"),
        (opt({"override_reason": "a flood in the hall"}), "options.override_reason means nothing for the action drill"),
        (opt({"guardrails": {"max_servers": 1}}), "options.guardrails.max_servers is not known"),
        ({"action": "status", "options": {"run_id": "r"}}, "options.run_id means nothing for the action status"),
        (opt({"cleanup": True}, "failover"), "options.cleanup: true is for drills"),
        (opt({"retry_failed": True}), "options.retry_failed: true needs options.run_id"),
        (opt({"run_id": "a b"}), "options.run_id: run id 'a b' is malformed"),
        ({"action": "drill", "selection": {"source_server_ids": ["s-1"]}}, "selection.source_server_ids[0]: source"),
        ({"action": "terminate", "options": {"recovery_instance_ids": ["x"]}}, "options.recovery_instance_ids[0]: rec"),
        (opt({"point_in_time": "noon"}), "options.point_in_time 'noon' is neither"),
        (opt({"point_in_time": "2027-01-01T00:00:00Z"}), "is in the future"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_its_place(request_, message):
    assert [one for one in refused(request_) if message in one], refused(request_)


def test_every_mistake_is_told_at_once():
    assert len(refused({"action": "drill", "tags": TAGS, "options": {"is_dril": True, "parallelism": 0}, "x": 1})) == 3


# -- output ----------------------------------------------------------------------------------------------------------


def entry(number, outcome, cell="a", **more):
    server = {
        "source_server_id": "s-%017d" % number,
        "name": "web-%d" % number,
        "cell": cell,
        "account_id": "111111111111",
        "region": "us-west-2",
        "wave": "1",
        "critical": True,
    }
    error = more.pop("error", None)
    return outcomes.server_entry(outcome, server, error=error, **more)


def recovery(*found, stopped="", waiting=None, unread=(), next_phase=None, planned=None):
    """What the role leaves after a wave with these entries."""
    servers = planned if planned is not None else [{**one, "outcome": None, "error": None} for one in found]
    plan = {
        "name": "payments",
        "hash": "f" * 64,
        "waves": [{"wave": "1", "servers": servers}],
        "cells": [{"cell": "a", "account_id": "111111111111", "region": "us-west-2"}],
        "unknown_cells": [{"cell": one, "error": {"code": "AccessDenied", "message": "no"}} for one in unread],
    }
    if next_phase:
        plan["next_phase"] = next_phase
    result = {
        "run_id": "run-1",
        "waves": [{"wave": "1", "servers": list(found)}],
        "stopped": stopped,
        "waiting": waiting,
    }
    return {"plan": plan, "result": result}


def made(facts, action="drill", **more):
    whole = {
        "settings": settings(action)
        if action in orchestration_input.LAUNCHING
        else orchestration_input.settings(
            {"action": action, **({"options": {"run_id": "r"}} if action == "terminate" else {})}
        ),
        "metadata": METADATA,
        "started_at": START,
        "ended_at": END,
        **facts,
        **more,
    }
    document = orchestration_result.document(whole)
    CHECK.validate(json.loads(json.dumps(document)))
    return document


GOOD, BAD = "launched", "failed"
LATE = {"code": "wait_timeout", "message": "late", "remedy": "", "retryable": True}


@pytest.mark.parametrize(
    ("facts", "status", "ready"),
    [
        (recovery(entry(1, GOOD), entry(2, GOOD)), "success", True),
        (recovery(entry(1, GOOD), entry(2, BAD)), "partial", True),
        (recovery(entry(1, GOOD), entry(2, BAD), stopped="wave 1: critical"), "partial", False),
        (recovery(entry(1, BAD), stopped="wave 1: critical"), "failed", False),
        (recovery(entry(1, GOOD), unread=["b"]), "partial", False),
        (recovery(entry(1, GOOD), unread=["b"], next_phase={"require_full_coverage": False}), "partial", True),
        (recovery(entry(1, GOOD), entry(2, BAD), next_phase={"ready_when": "all"}), "partial", False),
        (recovery(entry(1, GOOD), next_phase={"ready_when": "never"}), "success", False),
        (recovery(entry(1, GOOD), entry(2, "in_progress", error=LATE), stopped="wave 1: late"), "timeout", False),
        (recovery(entry(1, GOOD), waiting={"gate": "go", "type": "approval", "wave": "2"}), "waiting", False),
        (recovery(entry(1, GOOD), planned=[entry(1, GOOD), entry(2, GOOD)], stopped="wave 1: x"), "partial", False),
        (recovery(), "success", True),
        ({"error": {"code": "no_match", "message": "none"}}, "failed", False),
    ],
)
def test_the_verdict_follows_the_servers_the_gates_and_the_plan(facts, status, ready):
    document = made(facts)
    assert (document["status"], document["nextPhaseReady"]) == (status, ready), document["nextPhaseReason"]
    assert document["nextPhaseReason"]


def test_a_document_says_all_there_is():
    late = entry(1, GOOD, recovery_instance_id="i-1", ec2_instance_id="i-1", private_ip="10.0.0.1", job_id="drsjob-1")
    facts = recovery(late, entry(2, BAD, error=DrsError("launch_failed", "no room")), entry(3, "refused", cell="b"))
    document = made(facts, "failover", confirmation="FAILOVER payments 3 us-west-2")
    assert document["summary"] == {
        "total": 3,
        "succeeded": 1,
        "failed": 2,
        "other": 0,
        "successRate": 33.3,
        "byOutcome": {"launched": 1, "refused": 1, "failed": 1},
    }
    assert document["timing"] == {
        "startedAt": START,
        "endedAt": END,
        "duration": "PT1H2M3S",
        "durationSeconds": 3723,
    }
    assert [one["ec2InstanceId"] for one in document["recoveryInstances"]] == ["i-1"]
    assert [(one["name"], one["outcome"]) for one in document["failedServers"]] == [
        ("web-2", "failed"),
        ("web-3", "refused"),
    ]
    assert document["failedServers"][0]["error"]["message"] == "no room"
    assert [(one["cell"], one["status"], one["total"]) for one in document["stagingAccountResults"]] == [
        ("a", "partial", 2),
        ("b", "failed", 1),
    ]
    assert document["metadata"] == METADATA
    assert (document["runId"], document["planName"], document["isDrill"]) == ("run-1", "payments", False)
    assert document["confirmation"] == "FAILOVER payments 3 us-west-2"


def test_a_cell_that_was_not_read_is_no_empty_one():
    document = made(recovery(entry(1, GOOD), unread=["b"]))
    told = {one["cell"]: one for one in document["stagingAccountResults"]}
    assert told["b"]["status"] == "unread" and told["b"]["error"]["code"] == "AccessDenied"
    assert document["coverage"] == {"complete": False, "unreadCells": ["b"]}


def test_a_run_whose_time_is_over_before_a_wave_is_a_timeout():
    facts = recovery(entry(1, GOOD), planned=[entry(1, GOOD), entry(2, GOOD)], stopped="the 60 seconds are over")
    facts["result"]["timed_out"] = True
    assert made(facts)["status"] == "timeout"


def test_servers_that_were_never_started_are_counted():
    document = made(recovery(entry(1, BAD), planned=[entry(1, BAD), entry(2, GOOD)], stopped="wave 1: x"))
    assert document["summary"]["total"] == 2 and document["summary"]["other"] == 1


@pytest.mark.parametrize(
    ("cleanup", "status", "ready"),
    [
        ({"servers": [entry(1, "terminated")], "left": [], "unknown_cells": [], "clean": True}, "success", True),
        ({"servers": [], "left": [], "unknown_cells": [], "clean": True}, "success", True),
        (
            {"servers": [entry(1, "terminated"), entry(2, "refused")], "left": [], "unknown_cells": [], "clean": False},
            "partial",
            False,
        ),
        (
            {"servers": [], "left": [{"recovery_instance_id": "i-1"}], "unknown_cells": [], "clean": False},
            "failed",
            False,
        ),
    ],
)
def test_a_termination(cleanup, status, ready):
    document = made({"cleanup": cleanup}, "terminate")
    assert (document["status"], document["nextPhaseReady"], document["isDrill"]) == (status, ready, None)


def test_a_failback_counts_the_servers_that_came_home():
    servers = [entry(1, GOOD, ec2_instance_id="i-1"), entry(2, BAD)]
    document = made(
        {"plan": {"name": "home"}, "result": {"run_id": "r", "servers": servers, "stopped": ""}}, "failback"
    )
    assert (document["status"], document["nextPhaseReady"], document["isDrill"]) == ("partial", True, False)
    assert [one["ec2InstanceId"] for one in document["recoveryInstances"]] == ["i-1"]
    stopped = made({"result": {"servers": servers, "stopped": "wave 1: x"}}, "failback")
    assert (stopped["status"], stopped["nextPhaseReady"]) == ("partial", False)


def test_a_status_tells_what_stands():
    cells = [
        {
            "cell": "a",
            "account_id": "111111111111",
            "region": "us-west-2",
            "recovery_instances": [
                {"recovery_instance_id": "i-1", "ec2_instance_state": "RUNNING", "is_drill": True},
                {"recovery_instance_id": "i-2", "ec2_instance_state": "TERMINATED"},
            ],
        }
    ]
    document = made({"fleet": {"unknown_cells": []}, "cells": cells}, "status")
    assert [one["recoveryInstanceId"] for one in document["recoveryInstances"]] == ["i-1"]
    assert (document["status"], document["nextPhaseReady"]) == ("success", True)
    lost = made({"fleet": {"unknown_cells": [{"cell": "a", "error": LATE}]}, "cells": cells}, "status")
    assert (lost["status"], lost["nextPhaseReady"]) == ("partial", False)


def test_a_check_never_makes_the_next_phase_ready():
    document = made(recovery(planned=[entry(1, GOOD)]), check_mode=True)
    assert (document["status"], document["nextPhaseReady"], document["checkMode"]) == ("success", False, True)
    assert document["summary"]["other"] == 1


def test_a_refused_input_is_answered_too():
    document = made({"settings": {}, "error": {"code": "invalid_input", "message": "x"}})
    assert (document["status"], document["action"]) == ("failed", None)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "PT0S"), (59, "PT59S"), (60, "PT1M"), (3600, "PT1H"), (93784, "PT26H3M4S")]
)
def test_durations_are_iso_8601(seconds, text):
    assert orchestration_result.iso_duration(seconds) == text


@given(
    st.lists(st.tuples(st.sampled_from(outcomes.OUTCOMES), st.sampled_from("abc")), max_size=8),
    st.sets(st.sampled_from("abcd")),
    st.sampled_from(["", "wave 1: critical"]),
    st.sampled_from(["all", "policy", "never"]),
    st.booleans(),
    st.booleans(),
)
def test_every_document_has_the_published_form_and_its_sums_are_right(found, unread, stopped, when, coverage, check):
    servers = [entry(number, outcome, cell) for number, (outcome, cell) in enumerate(found)]
    rules = {"ready_when": when, "require_full_coverage": coverage}
    document = made(recovery(*servers, stopped=stopped, unread=sorted(unread), next_phase=rules), check_mode=check)
    summary = document["summary"]
    assert summary["total"] == len(servers) == sum(summary["byOutcome"].values())
    assert summary["total"] == summary["succeeded"] + summary["failed"] + summary["other"]
    assert summary["total"] == sum(one["total"] for one in document["stagingAccountResults"])
    assert len(document["recoveryInstances"]) == summary["succeeded"]
    assert len(document["failedServers"]) == summary["failed"]
    if document["nextPhaseReady"]:
        assert not stopped and not check and when != "never"
        assert when != "all" or summary["succeeded"] == summary["total"]
        assert not (unread and coverage)
    if document["status"] == "success" and not check:
        assert summary["succeeded"] == summary["total"] and not unread and not stopped


# -- modules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "plan", "code"),
    [
        ({}, {}, None),
        ({"msg": "confirmation_mismatch: recovery_confirm does not name this plan."}, {}, "confirmation_mismatch"),
        ({"msg": "Task failed: something"}, {}, "action_stopped"),
        ({"error": {"code": "run_store_conflict", "message": "x"}}, {}, "run_store_conflict"),
        (
            {"msg": "The plan is refused"},
            {
                "findings": [
                    {"severity": "error", "code": "no_match", "message": "none", "remedy": "", "retryable": False}
                ]
            },
            "no_match",
        ),
    ],
)
def test_the_reason_of_a_stop_is_found(failure, plan, code):
    assert (orchestration_request.why(failure, plan) or {}).get("code") == code


def test_the_exit_status_follows_the_next_phase():
    base = dict.fromkeys(orchestration_request.RESULT_SPEC, None)
    for ready, check in itertools.product([True, False], repeat=2):
        facts = recovery(entry(1, GOOD)) if ready else recovery(entry(1, BAD), stopped="wave 1: x")
        told = orchestration_request.conclude(
            {
                **base,
                "settings": settings(),
                "failure": {},
                "started_at": START,
                "ended_at": END,
                "check_mode": check,
                **facts,
            }
        )
        assert told["succeeded"] is ready


def test_schema_messages_are_short():
    told = json_schema.check({"action": "x" * 500}, orchestration_schema.INPUT_SCHEMA)
    assert len(told[0]["message"]) < 250
