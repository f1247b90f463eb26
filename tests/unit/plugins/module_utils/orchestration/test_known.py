"""What a request is told of a run that is paused: how far it is, and what it waits for, as its first answer said it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as orchestration_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import known, request

ASKED = {"action": "drill", "tags": {"dr:application": "db"}, "metadata": {"correlationId": "c"}}
SERVERS = [
    {"source_server_id": "s-%017d" % one, "name": "db-%d" % one, "cell": "a", "account_id": "111111111111"}
    for one in (1, 2)
]
LAUNCHED = {**SERVERS[0], "outcome": "launched", "error": None, "recovery_instance_id": "i-1", "job_id": "drsjob-1"}
PLAN = {
    "name": "drill",
    "hash": "f" * 64,
    "waves": [{"wave": str(number), "servers": [server]} for number, server in enumerate(SERVERS, start=1)],
}
GATE = {"gate": "rest", "type": "pause", "wave": "1", "status": "waiting"}
ERROR = {"code": "run_paused", "message": "run r is paused", "remedy": "resume", "retryable": False}


def answer(reason, *gates, **options):
    parts = {
        "run": {"run_id": "r", "reason": reason, "plan_hash": "f" * 64},
        "plan": PLAN,
        "waves": [{"wave": "1", "servers": [LAUNCHED]}, {"wave": "2", "status": "intended", "servers": SERVERS[1:]}],
    }
    told = known.of_record(parts, gates)
    facts = {
        "settings": orchestration_input.settings({**ASKED, "options": options}, "2026-03-01T12:00:00Z"),
        "started_at": "2026-03-01T12:00:00Z",
        "ended_at": "2026-03-01T12:00:05Z",
        "failure": {"error": ERROR},
        "names_run": True,
        "left": {"recovery_plan": told["plan"], "recovery_result": told["result"]},
    }
    return request.conclude(facts)


@pytest.mark.parametrize(("options", "status"), [({}, "failed"), ({"waiting_status": True}, "waiting")])
def test_a_request_that_finds_its_run_at_a_pause_says_where_it_stands(options, status):
    told = answer("gate rest: Look.", {**GATE, "gate": "earlier"}, GATE, **options)
    document = told["document"]
    assert not told["succeeded"] and (document["status"], document["error"]["code"]) == (status, "run_paused")
    assert document["error"]["retryable"] is False and document["runId"] == "r"
    assert document["waitingFor"] == {"gate": "rest", "type": "pause", "wave": "1", "message": "Look."}
    assert document["summary"]["byOutcome"] == {"launched": 1, "planned": 1}
    assert [one["recoveryInstanceId"] for one in document["recoveryInstances"]] == ["i-1"]
    assert document["nextPhaseReason"] == "the run waits at a gate"


@pytest.mark.parametrize(
    ("reason", "gates"),
    [
        ("the network team", []),
        # it went through this gate; a person has paused it since
        ("the network team", [{**GATE, "status": "passed"}]),
        ("gate rest: Look.", [{**GATE, "status": "passed"}, {**GATE, "type": "approval"}]),
    ],
)
def test_a_run_that_a_person_has_paused_waits_at_no_gate(reason, gates):
    document = answer(reason, *gates)["document"]
    assert document["waitingFor"] == {"gate": None, "type": "pause", "wave": None, "message": reason}
    assert document["nextPhaseReason"] == "the run is paused"


def test_a_run_that_is_known_is_named_though_it_let_nobody_in():
    facts = {
        "settings": orchestration_input.settings(ASKED, "2026-03-01T12:00:00Z"),
        "started_at": "2026-03-01T12:00:00Z",
        "ended_at": "2026-03-01T12:00:05Z",
        "failure": {"error": {**ERROR, "code": "run_cancelled"}},
        "found_run": "r",
    }
    assert request.conclude(facts)["document"]["runId"] == "r"
