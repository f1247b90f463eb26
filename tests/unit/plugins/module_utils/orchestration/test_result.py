"""Test the answer of the orchestration entry point: verdict, members, and when a request may be repeated."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import json

import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import result as orchestration_result
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import drilled
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as orchestration_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import request as orchestration_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import schema as orchestration_schema
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact, render
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.rates import rated
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
        "settings": settings(action),
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


WAITS = {"gate": "go", "type": "approval", "wave": "2"}
FINE, STOP = None, "servers_failed"


def nothing_launched(*found):
    """What the role leaves when its playbook fails because no server was launched."""
    facts = recovery(*found)
    error = {"code": "action_stopped", "message": "no server was launched"}
    return {**facts, "result": {**facts["result"], "status": "failed"}, "error": error}


@pytest.mark.parametrize(
    ("facts", "status", "ready", "code"),
    [
        (recovery(entry(1, GOOD), entry(2, GOOD)), "success", True, FINE),
        (recovery(entry(1, GOOD), entry(2, BAD)), "partial", True, FINE),
        (recovery(entry(1, GOOD), entry(2, BAD), stopped="wave 1: critical"), "partial", False, STOP),
        (recovery(entry(1, BAD), stopped="wave 1: critical"), "failed", False, STOP),
        # every failure was allowed, and nothing stands on which a next phase could build
        (recovery(entry(1, BAD), entry(2, BAD)), "failed", False, STOP),
        (nothing_launched(entry(1, BAD)), "failed", False, STOP),
        (recovery(entry(1, GOOD), unread=["b"]), "partial", False, "cell_unreadable"),
        (recovery(entry(1, GOOD), unread=["b"], next_phase={"require_full_coverage": False}), "partial", True, FINE),
        (recovery(entry(1, GOOD), entry(2, BAD), next_phase={"ready_when": "all"}), "partial", False, STOP),
        (recovery(entry(1, GOOD), next_phase={"ready_when": "never"}), "success", False, FINE),
        (recovery(entry(1, GOOD), entry(2, "in_progress"), stopped="late"), "timeout", False, "wait_timeout"),
        (recovery(entry(1, GOOD), entry(2, BAD, error=LATE)), "timeout", False, "wait_timeout"),
        (recovery(entry(1, GOOD), waiting=WAITS), "failed", False, "waiting_for_approval"),
        (recovery(entry(1, GOOD), waiting={**WAITS, "type": "pause"}), "failed", False, "waiting_for_gate"),
        (recovery(entry(1, GOOD), planned=[entry(1, GOOD), entry(2, GOOD)], stopped="x"), "partial", False, STOP),
        # an empty result is never success
        (recovery(), "failed", False, "no_match"),
        ({}, "failed", False, "no_match"),
        ({"error": {"code": "no_match", "message": "none"}}, "failed", False, "no_match"),
        # what the role fails with says less than what it left
        (
            {**recovery(entry(1, BAD), stopped="x"), "error": {"code": "action_stopped", "message": "x"}},
            "failed",
            False,
            STOP,
        ),
    ],
)
def test_the_verdict_follows_the_servers_the_gates_and_the_plan(facts, status, ready, code):
    document = made(facts)
    assert (document["status"], document["nextPhaseReady"]) == (status, ready), document["nextPhaseReason"]
    assert document["nextPhaseReason"] and (document["error"] or {}).get("code") == code


def test_a_request_that_is_sent_again_is_not_the_person_who_ends_a_pause():
    document = made(recovery(entry(1, GOOD), waiting={**WAITS, "type": "pause"}), names_run=True)
    assert (document["error"]["code"], document["error"]["retryable"]) == ("waiting_for_gate", False)
    # and the record says so when it is sent all the same
    failure = {"msg": "run_paused: run r is paused: gate rest: Look."}
    error = orchestration_request.why(failure, {})
    again = made({"error": error}, names_run=True)
    assert (again["status"], again["nextPhaseReady"], again["error"]["code"]) == ("failed", False, "run_paused")
    assert again["error"]["retryable"] is False and "resilience.drs.resume" in again["error"]["remedy"]


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (
            {"gate": "go", "type": "approval", "wave": "app", "message": "Data checked?"},
            "WAITS for approval of gate go of wave app: Data checked?",
        ),
        (
            {"gate": "start", "type": "approval", "wave": None, "message": None},
            "WAITS for approval of the plan (gate start)",
        ),
        (
            {"gate": "rest", "type": "pause", "wave": "app", "message": "Look."},
            "WAITS for a person at gate rest of wave app: Look.",
        ),
    ],
)
def test_the_answer_says_what_a_run_waits_for_in_the_words_of_its_last_page(gate, words):
    assert words == closing.waits(gate)
    assert made(recovery(entry(1, GOOD), waiting=gate))["error"]["message"].endswith(words)
    page = render.render("run", {"plan": {"waves": []}, "waits": closing.waits(gate)}, 120)
    assert words in page


def test_a_run_that_waits_for_nothing_says_nothing():
    assert closing.waits(None) == "" and closing.waits({}, True) == "WAITS for approval of the plan (gate start)"
    assert "WAITS" not in render.render("run", {"plan": {"waves": []}, "waits": closing.waits({})}, 120)


def test_who_asks_for_the_fifth_word_is_told_that_the_run_waits():
    asked = settings(options={"waitingStatus": True})
    document = made(recovery(entry(1, GOOD), waiting=WAITS), settings=asked)
    assert (document["status"], document["error"]["retryable"]) == ("waiting", True)


def test_nothing_is_a_success_where_it_is_allowed():
    document = made(recovery(), settings=settings(options={"allowEmpty": True}))
    assert (document["status"], document["nextPhaseReady"]) == ("success", True)


JOB = {"job_id": "drsjob-1"}
UNCONFIRMED = {"error": {"code": "confirmation_mismatch", "message": "x"}, "confirmation": "FAILOVER p 1 us-west-2"}


@pytest.mark.parametrize(
    ("facts", "options", "names_run", "retryable"),
    [
        # nothing was begun: the text is missing, and a wrong one stays wrong
        (UNCONFIRMED, {}, False, True),
        (UNCONFIRMED, {"confirm": "FAILOVER p 2 us-west-2"}, False, False),
        ({"error": {"code": "invalid_input", "message": "x"}}, {}, True, False),
        ({"error": {"code": "run_store_unavailable", "message": "x", "retryable": True}}, {}, False, True),
        # a run goes on only for whom the request names it; without that the same request launches all again
        (recovery(entry(1, "in_progress", **JOB), stopped="late"), {}, True, True),
        (recovery(entry(1, "in_progress", **JOB), stopped="late"), {}, False, False),
        (recovery(entry(1, GOOD, **JOB), waiting=WAITS), {}, True, True),
        (recovery(entry(1, GOOD, **JOB), waiting=WAITS), {}, False, False),
        (recovery(planned=[entry(1, GOOD)], waiting=WAITS), {}, False, True),
        # what failed is tried again only when the request says so
        (recovery(entry(1, BAD, **JOB), stopped="x"), {}, True, False),
        (recovery(entry(1, BAD, **JOB), stopped="x"), {"retryFailed": True, "runId": "r"}, True, True),
        # the plan of a run is frozen: a cell that was not read stays out of it
        (recovery(entry(1, GOOD), unread=["b"]), {}, True, False),
    ],
)
def test_retryable_says_exactly_whether_the_same_request_may_be_sent_again(facts, options, names_run, retryable):
    document = made(facts, settings=settings("failover", options=options), names_run=names_run)
    assert document["error"]["retryable"] is retryable, document["error"]


def test_a_plan_that_waits_for_its_confirmation_is_in_the_answer():
    facts = {**recovery(planned=[entry(1, GOOD), entry(2, GOOD)]), **UNCONFIRMED}
    del facts["result"]
    document = made(facts, "failover")
    assert (document["status"], document["error"]["code"]) == ("failed", "waiting_for_confirmation")
    assert document["nextPhaseReason"] == "the action did not come to its end: waiting_for_confirmation"
    assert [len(wave["servers"]) for wave in document["plan"]["waves"]] == [2]
    assert document["summary"]["skipped"] == 2 and made(recovery(entry(1, GOOD)))["plan"] is None


def test_a_document_says_all_there_is():
    late = entry(1, GOOD, recovery_instance_id="i-1", ec2_instance_id="i-1", private_ip="10.0.0.1", job_id="drsjob-1")
    facts = recovery(late, entry(2, BAD, error=DrsError("launch_failed", "no room")), entry(3, "refused", cell="b"))
    document = made(facts, "failover", confirmation="FAILOVER payments 3 us-west-2")
    assert document["summary"] == {
        "totalServers": 3,
        "succeeded": 1,
        "failed": 2,
        "skipped": 0,
        "total": 3,
        "other": 0,
        "successRate": 33.3,
        "byOutcome": {"launched": 1, "refused": 1, "failed": 1},
    }
    assert document["timing"] == {
        "startTime": START,
        "endTime": END,
        "durationSeconds": 3723,
        "durationFormatted": "PT1H2M3S",
        "startedAt": START,
        "endedAt": END,
        "duration": "PT1H2M3S",
    }
    assert [one["ec2InstanceId"] for one in document["recoveryInstances"]] == ["i-1"]
    assert [(one["name"], one["outcome"]) for one in document["failedServers"]] == [
        ("web-2", "failed"),
        ("web-3", "refused"),
    ]
    failure = document["failedServers"][0]
    assert (failure["errorCode"], failure["errorMessage"]) == ("launch_failed", "no room")
    assert (failure["sourceServerHostname"], failure["stagingAccountId"]) == ("web-2", "111111111111")
    assert document["stagingAccountResults"][0]["jobIds"] == ["drsjob-1"]
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
        ({"servers": [], "left": [], "unknown_cells": [], "clean": True}, "failed", False),
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


def server(number, state="CONTINUOUS", **more):
    ready = state == "CONTINUOUS"
    judged = {"ready": ready, "level": "ready" if ready else "stalled", "recoverable": "full" if ready else "old_data"}
    return {
        "source_server_id": "s-%017d" % number,
        "name": "web-%d" % number,
        "hostname": "web-%d.example" % number,
        "cell": "a",
        "account_id": "111111111111",
        "region": "us-west-2",
        "tags": {"dr:application": "payments"},
        "staging_area": {"staging_account_id": "333333333333"},
        "replication": {"state": state, "lag_seconds": 0.0 if ready else 900.0},
        "readiness": {**judged, "code": None if ready else "stale_data", "reason": state},
        **more,
    }


def instance(number, **more):
    place = {key: server(number)[key] for key in ("source_server_id", "cell", "account_id", "region")}
    named = {"recovery_instance_id": "i-%d" % number, "ec2_instance_id": "i-%d" % number, "tags": {"team": "pay"}}
    return {**place, **named, "ec2_instance_state": "RUNNING", "is_drill": True, "job_id": "drsjob-9", **more}


def looked(servers, instances=(), unread=(), findings=()):
    """What was chosen, and the details of it."""
    chosen = {
        "servers": list(servers),
        "instances": list(instances),
        "unknown_cells": [{"cell": one, "error": LATE} for one in unread],
        "findings": list(findings),
    }
    details = {
        "servers": {(one["cell"], one["source_server_id"]): one for one in servers},
        "instances": {(one["cell"], one["source_server_id"]): one for one in instances},
    }
    return {"chosen": chosen, "details": details}


NO_MATCH = {"severity": "error", "code": "no_match", "message": "none", "remedy": "", "retryable": False}


@pytest.mark.parametrize(
    ("facts", "status", "ready", "code"),
    [
        (looked([server(1), server(2)]), "success", True, None),
        (looked([server(1), server(2, "STALLED")]), "partial", False, "servers_not_ready"),
        (looked([server(1, "STALLED")]), "failed", False, "servers_not_ready"),
        (looked([server(1)], unread=["b"]), "partial", False, "cell_unreadable"),
        (looked([], findings=[NO_MATCH]), "failed", False, "no_match"),
        (looked([]), "failed", False, "no_match"),
    ],
)
def test_a_status_counts_who_is_ready(facts, status, ready, code):
    document = made(facts, "status")
    assert (document["status"], document["nextPhaseReady"]) == (status, ready), document["nextPhaseReason"]
    assert (document["error"] or {}).get("code") == code


def test_a_status_tells_of_each_server_and_what_was_launched_from_it():
    document = made(looked([server(1), server(2, "STALLED")], [instance(1)]), "status")
    first, second = document["servers"]
    assert (first["replicationState"], first["lagSeconds"], first["recoveryInstanceState"]) == (
        "CONTINUOUS",
        0,
        "RUNNING",
    )
    assert (second["ready"], second["lagSeconds"], second["recoveryInstanceId"]) == (False, 900, None)
    (failed,) = document["failedServers"]
    assert (failed["errorCode"], failed["sourceServerHostname"]) == ("stale_data", "web-2.example")
    (standing,) = document["recoveryInstances"]
    assert standing["tags"] == {"dr:application": "payments", "team": "pay"}
    assert standing["stagingAccountId"] == "333333333333"


def test_a_termination_by_tags_counts_servers_without_a_drill_as_skipped():
    facts = looked([server(1), server(2)], [instance(1)])
    facts["cleanup"] = {"servers": [entry(1, "terminated")], "left": [], "unknown_cells": [], "clean": True}
    document = made(facts, "terminate")
    summary = {key: document["summary"][key] for key in ("totalServers", "succeeded", "failed", "skipped")}
    assert summary == {"totalServers": 2, "succeeded": 1, "failed": 0, "skipped": 1}
    assert (document["status"], document["nextPhaseReady"]) == ("success", True)
    assert document["nextPhaseReason"] == "1 drill instance is terminated, and none of 1 other server stands"
    nothing = made(looked([server(1)]), "terminate")
    assert (nothing["status"], nothing["nextPhaseReason"]) == ("success", "no drill instance of 1 server stands")
    unread = made(looked([server(1)], unread=["b"]), "terminate")
    assert (unread["status"], unread["nextPhaseReady"], unread["error"]["retryable"]) == ("partial", False, True)


@pytest.mark.parametrize(("names_run", "retryable"), [(True, True), (False, False)])
def test_a_call_whose_run_another_one_took_over_says_so(names_run, retryable):
    """Two requests with one correlation id at the same time: the second takes over what the first has started."""
    stopped = "wave 1: run_superseded: run r: host:7 has taken it over (epoch 2, ours 1)."
    document = made(recovery(entry(1, GOOD, job_id="drsjob-1"), stopped=stopped), names_run=names_run)
    assert (document["error"]["code"], document["error"]["retryable"]) == ("run_superseded", retryable)
    assert (document["status"], document["nextPhaseReady"]) == ("partial", False)
    # a server that failed is told as that
    failed = made(recovery(entry(1, BAD, job_id="drsjob-1"), stopped=stopped), names_run=names_run)
    assert failed["error"]["code"] == "servers_failed"


def test_a_doubt_of_no_cell_makes_no_account():
    doubt = drilled.doubt({"name": "runs"}, "the run store was not read")
    chosen = {"servers": [], "instances": [], "unknown_cells": [], "findings": [], "doubtful": [doubt]}
    cells = [{"cell": "a", "account_id": "111111111111", "region": "us-west-2"}]
    document = made({"chosen": chosen, "cells": cells}, "terminate")
    assert document["error"]["code"] == "clean_up_incomplete" and document["error"]["retryable"]
    assert [one["cell"] for one in document["stagingAccountResults"]] == ["a"]


def test_what_was_only_planned_in_a_cell_has_not_failed_there():
    document = made(recovery(planned=[entry(1, "planned")]), check_mode=True)
    assert [one["status"] for one in document["stagingAccountResults"]] == ["not_started"]


def test_a_machine_of_the_run_that_no_longer_stands_is_no_success():
    launched = entry(1, GOOD, recovery_instance_id="i-1", ec2_instance_id="i-1")
    standing = {"details": {"standing": {"a": ["i-1"]}}}
    assert made({**recovery(launched), **standing})["status"] == "success"
    document = made({**recovery(launched), "details": {"standing": {"a": []}}})
    assert (document["status"], document["failedServers"][0]["errorCode"]) == ("failed", "recovery_instance_gone")
    # one that the drill itself was to take away at its end is gone by intent
    clean = {"cleanup": {"servers": [], "clean": True}}
    assert made({**recovery(launched), "details": {"standing": {"a": []}}, **clean})["status"] == "success"


def test_a_drill_whose_clean_up_is_not_proven_is_no_success():
    facts = {**recovery(entry(1, GOOD)), "cleanup": {"servers": [], "clean": False}}
    document = made(facts)
    assert (document["status"], document["error"]["code"]) == ("partial", "clean_up_incomplete")


def test_a_server_that_was_taken_away_since_is_an_error_where_the_plan_asks_for_all():
    servers = [entry(1, GOOD, "a"), entry(2, outcomes.TERMINATED, "a")]
    document = made(recovery(*servers, next_phase={"ready_when": "all"}))
    assert (document["status"], document["nextPhaseReady"]) == ("partial", False)
    assert (document["error"]["code"], document["error"]["retryable"]) == ("servers_failed", False)


def test_a_check_never_makes_the_next_phase_ready():
    document = made(recovery(planned=[entry(1, GOOD)]), check_mode=True)
    assert (document["status"], document["nextPhaseReady"], document["checkMode"]) == ("success", False, True)
    assert document["summary"]["other"] == 1 and document["error"] is None


def test_a_refused_input_is_answered_too():
    document = made({"settings": {}, "error": {"code": "invalid_input", "message": "x"}})
    assert (document["status"], document["action"]) == ("failed", None)
    assert document["coverage"] == {"complete": False, "unreadCells": []}, "no cell was read"


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
    assert summary["totalServers"] == summary["succeeded"] + summary["failed"] + summary["skipped"]
    assert len([one for one in document["recoveryInstances"] if one["status"] == "launched"]) == summary["succeeded"]
    assert len(document["failedServers"]) == summary["failed"]
    assert (
        document["nextPhaseReady"] or document["error"] or document["status"] == "success" or check or when == "never"
    )
    if document["nextPhaseReady"]:
        assert not stopped and not check and when != "never"
        assert when != "all" or summary["succeeded"] == summary["total"]
        assert not (unread and coverage)
    if document["status"] == "success":
        assert servers and document["error"] is None
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
    for ready, check in itertools.product([True, False], repeat=2):
        facts = recovery(entry(1, GOOD)) if ready else recovery(entry(1, BAD), stopped="wave 1: x")
        left = {"recovery_plan": facts["plan"], "recovery_result": facts["result"]}
        told = orchestration_request.conclude(
            {"settings": settings(), "started_at": START, "ended_at": END, "check_mode": check, "left": left}
        )
        assert told["succeeded"] is ready


def test_a_run_that_waits_for_its_own_approval_waits():
    facts = recovery(planned=[entry(1, GOOD)], stopped="run r waits for its approval")
    result = {**facts["result"], "waves": [], "status": "waiting", "waiting": {}}
    left = {"recovery_plan": facts["plan"], "recovery_result": result}
    told = orchestration_request.conclude({"settings": settings(), "left": left, "names_run": True})
    document = told["document"]
    assert (document["status"], document["error"]["code"]) == ("failed", "waiting_for_approval")
    assert document["error"]["retryable"] and document["waitingFor"]["gate"] == "start" and document["plan"]


def test_what_another_role_left_is_not_of_this_action():
    stale = {"recovery_result": recovery(entry(1, GOOD))["result"], "terminate_result": {"servers": [], "clean": True}}
    told = orchestration_request.conclude({"settings": settings("status"), "left": stale, **looked([server(1)])})
    assert told["document"]["recoveryInstances"] == [] and told["document"]["runId"] is None


def test_the_rate_is_the_one_of_the_reports_rounded_down_and_without_the_skipped():
    entries = [entry(number, GOOD) for number in range(1, 9)]
    entries += [entry(9, BAD, error=DrsError("launch_failed", "no room")), entry(10, outcomes.SKIPPED)]
    summary = made(recovery(*entries))["summary"]
    assert (summary["succeeded"], summary["totalServers"], summary["successRate"]) == (8, 10, 88.8)
    assert summary["successRate"] == rated([outcomes.summarise(entries)])["rate"]


def test_a_rate_of_what_was_not_tried_is_no_rate():
    summary = made(recovery(entry(1, outcomes.PLANNED), entry(2, outcomes.PLANNED)))["summary"]
    assert (summary["skipped"], summary["successRate"]) == (2, None)


@pytest.mark.parametrize("verb", ["recovery", "failback"])
def test_an_action_that_left_no_result_is_no_success_also_where_nothing_need_match(verb):
    settings = {"action": "failback" if verb == "failback" else "drill", "verb": verb, "allow_empty": True}
    told = orchestration_request.conclude({"settings": settings, "left": {}, "failure": {}})
    assert not told["succeeded"] and told["document"]["error"]["code"] == "action_stopped"
    # a check begins nothing, and leaves its plan alone
    assert orchestration_request.conclude({"settings": settings, "left": {}, "check_mode": True})["succeeded"]


def test_its_artifact_says_what_the_document_says():
    document = made(recovery(entry(1, GOOD), entry(2, BAD), stopped="wave 1: no", unread=["b"]))
    left = artifact.of_answer(document, {"next": "ansible-playbook resilience.drs.resume", "report_dir": "/out"})
    jsonschema.validate(left, artifact.SCHEMA)
    assert (left["verb"], left["mode"], left["run_id"], left["status"]) == (
        "orchestrate",
        "drill",
        "run-1",
        document["status"],
    )
    assert left["counts"] == {"launched": 1, "failed": 1} and left["error"] == document["error"]["code"]
    assert (left["coverage"], left["uncovered"]) == ("incomplete", ["b"])
    assert left["next"].endswith("resume") and left["report_path"] == "/out"
    early = made({"error": {"code": "invalid_input", "message": "no"}})
    jsonschema.validate(artifact.of_answer(early, {}), artifact.SCHEMA)
