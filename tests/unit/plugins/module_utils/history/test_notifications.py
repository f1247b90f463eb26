"""Test notifications: contents, size, and what they never contain."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import notifications
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

TOPIC = "arn:aws:sns:us-west-2:999999999999:resilience-drs"
NOW = "2026-03-10T12:00:00Z"
SECRET = "hush-hush-7"
EVENT = {
    "kind": "partial",
    "run_id": "run-1",
    "action": "drill",
    "plan_name": "payments",
    "correlation_id": "c-42",
    "summary": {"launched": 3, "failed": 1, "total": 4},
    "duration_seconds": 605,
    "failures": [{"name": "db-01", "cell": "pay.us-west-2", "code": "launch_kms", "message": "no", "remedy": "Do."}],
}


def test_a_notification_has_a_text_for_people_and_attributes_for_programs():
    made = notifications.notification(EVENT)
    assert made["subject"] == "DRS drill payments: PARTLY succeeded"
    for line in ("Run: run-1", "Correlation id: c-42", "Took: 10m05s", "- db-01 in pay.us-west-2: launch_kms", "  Do."):
        assert line in made["message"].splitlines()
    assert made["attributes"]["run_id"] == "run-1" and made["attributes"]["correlation_id"] == "c-42"
    assert made["attributes"]["kind"] == "partial" and len(made["attributes"]) <= 10
    assert json.loads(made["attributes"]["event"])["failures"][0]["code"] == "launch_kms"


def test_whoever_is_asked_for_an_approval_reads_of_which_run():
    assert notifications.notification({**EVENT, "kind": "waiting_for_approval"})["subject"] == (
        "DRS drill payments (run run-1): WAITS for approval"
    )
    nameless = {"kind": "waiting_for_approval", "run_id": "run-1", "action": "drill"}
    assert notifications.notification(nameless)["subject"] == "DRS drill run-1: WAITS for approval"


@pytest.mark.parametrize("kind", notifications.KINDS)
def test_every_kind_says_what_it_is(kind):
    made = notifications.notification({"kind": kind, "run_id": "r", "action": "failover"})
    assert notifications._WORDS[kind] in made["subject"] and notifications._WORDS[kind] in made["message"]


def test_every_ending_of_a_run_has_a_kind():
    assert set(notifications.KIND_OF_STATUS.values()) == set(notifications.KINDS)
    assert set(STATUSES) - set(notifications.KIND_OF_STATUS) == {"planned", "paused"}


def test_a_notification_never_holds_a_secret_or_what_nobody_asked_for():
    event = {
        **EVENT,
        "reason": f"AssumeRole with external_id={SECRET} and AKIAABCDEFGHIJKLMNOP",
        "text": f"the word {SECRET}",
        "external_id": SECRET,
        "failures": [{"name": "x", "message": f"password: {SECRET}", "credentials": SECRET}],
    }
    made = notifications.notification(event, [SECRET])
    assert SECRET not in json.dumps(made) and "AKIA" not in json.dumps(made)


def test_a_notification_never_exceeds_what_sns_takes():
    huge = [{"name": "€" * 128, "cell": "c", "code": "x", "message": "€" * 300, "remedy": "€" * 400}] * 3000
    made = notifications.notification({**EVENT, "failures": huge, "text": "€" * 100_000})
    assert notifications.size(made) <= notifications.MOST_BYTES
    whole = json.loads(made["attributes"]["event"])
    assert len(whole["failures"]) + whole["failures_left_out"] == 3000


def test_failures_give_way_until_the_notification_fits(monkeypatch):
    monkeypatch.setattr(notifications, "MOST_BYTES", 3000)
    listed = [{"name": f"n-{number}", "code": "x", "message": "m" * 200} for number in range(40)]
    made = notifications.notification({**EVENT, "failures": listed})
    whole = json.loads(made["attributes"]["event"])
    assert notifications.size(made) <= 3000 and 0 < len(whole["failures"]) < 40
    assert f"and {whole['failures_left_out']} more" in made["message"]


def test_a_subject_is_one_short_line_of_ascii():
    made = notifications.notification({**EVENT, "plan_name": "zahlung\n\u202eübersicht" + "x" * 200})
    assert len(made["subject"]) < 100 and made["subject"].isascii() and "\n" not in made["subject"]


def test_templates_in_names_stay_text():
    made = notifications.notification({**EVENT, "plan_name": "{{ lookup('pipe', 'id') }}"})
    assert "{{ lookup('pipe', 'id') }}" in made["message"]


@pytest.mark.parametrize("topic", ["", None, "resilience-drs", "arn:aws:sqs:us-west-2:999999999999:x", TOPIC + ":sub"])
def test_what_is_no_topic_is_refused(topic):
    with pytest.raises(DrsError) as wrong:
        notifications.region_of(topic)
    assert wrong.value.code == "invalid_topic"


@pytest.mark.parametrize(
    ("topic", "region"),
    [(TOPIC, "us-west-2"), ("arn:aws-us-gov:sns:us-gov-west-1:999999999999:t.fifo", "us-gov-west-1")],
)
def test_a_topic_says_its_region(topic, region):
    assert notifications.region_of(topic) == region


def test_an_unknown_kind_is_refused():
    with pytest.raises(DrsError, match="event.kind: 'party' is not one of start"):
        notifications.notification({**EVENT, "kind": "party"})


def test_counts_by_code_and_account_come_before_the_list():
    codes = {"launch_capacity": 7, "launch_kms": 2}
    event = {**EVENT, "failure_codes": codes, "failed_accounts": {"111111111111": 6, "222222222222": 3}}
    lines = notifications.notification(event)["message"].splitlines()
    assert "By code: launch_capacity (7), launch_kms (2)" in lines
    assert "By account: 111111111111 (6), 222222222222 (3)" in lines
    assert lines.index("By code: launch_capacity (7), launch_kms (2)") < lines.index("Not successful:")


def test_a_cancelled_run_is_told_as_cancelled():
    made = notifications.notification({"kind": "failure", "status": "cancelled", "run_id": "r", "action": "drill"})
    assert made["subject"] == "DRS drill r: was CANCELLED" and "FAILED" not in made["message"]


def test_ten_thousand_failures_in_four_hundred_accounts_fit_and_are_counted():
    failures = [
        {"name": f"server-{n}", "cell": f"account{n % 400}.us-west-2", "code": "x" * 120, "message": "m" * 500}
        for n in range(10_000)
    ]
    accounts = {f"{n:012}": 25 for n in range(400)}
    event = {**EVENT, "failures": failures, "failure_codes": {"x" * 120: 10_000}, "failed_accounts": accounts}
    made = notifications.notification({**event, "reason": "r" * 5000})
    assert notifications.size(made) <= 262_144 and len(made["subject"]) < 100
    assert "(10000)" in made["message"] and "and 9950 more" in made["message"]
