"""Test the guard of un-extending, and the tags of copies."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import types

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import removal_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import extend
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import copy_tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st

STAGING, TARGET = "222222222222", "111111111111"
ORIGINAL = f"arn:aws:drs:us-west-2:{STAGING}:source-server/s-11111111111111111"
COPY = {
    "source_server_id": "s-22222222222222222",
    "arn": f"arn:aws:drs:us-west-2:{TARGET}:source-server/s-22222222222222222",
    "account_id": TARGET,
    "name": "web-01",
    "extended": True,
    "staging_area": {"staging_account_id": STAGING, "staging_source_server_arn": ORIGINAL, "status": "EXTENDED"},
    "replication_direction": "FAILOVER",
    "recovery_instance_id": None,
}
INSTANCE = {
    "recovery_instance_id": "i-11111111",
    "source_server_id": COPY["source_server_id"],
    "ec2_instance_state": "RUNNING",
    "is_drill": False,
    "failback": {"state": "FAILBACK_NOT_STARTED"},
}


def codes(server=None, instances=(), jobs=(), typed=()):
    server = server or COPY
    found = removal_checks.may_unextend(server, STAGING, instances, jobs, typed)
    return [one["code"] for one in findings.errors_of(found)]


def test_a_copy_at_rest_may_go():
    assert codes() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"extended": False},
        {"extended": None},
        {"extended": "yes"},
        {"staging_area": None},
        {"staging_area": {}},
        {"staging_area": {**COPY["staging_area"], "staging_account_id": "333333333333"}},
        {"staging_area": {**COPY["staging_area"], "staging_source_server_arn": None}},
        {"staging_area": {**COPY["staging_area"], "staging_source_server_arn": COPY["arn"]}},
        {"account_id": STAGING},
    ],
)
def test_what_is_not_provably_a_copy_of_that_account_stays_whatever_is_typed(changes):
    assert codes({**COPY, **changes}, typed=["i-11111111"]) == ["not_an_extended_copy"]


@pytest.mark.parametrize("drill", [True, False, None])
@pytest.mark.parametrize("state", ["RUNNING", "STOPPED", "PENDING", "NOT_FOUND", None])
def test_a_standing_instance_holds_its_copy_unless_it_is_typed(drill, state):
    instance = {**INSTANCE, "is_drill": drill, "ec2_instance_state": state}
    assert codes(instances=[instance]) == ["copy_has_instance"]
    assert codes(instances=[instance], typed=["i-22222222"]) == ["copy_has_instance"]
    assert codes(instances=[instance], typed=["i-11111111"]) == []


def test_a_terminated_instance_and_one_of_another_server_hold_nothing():
    assert codes(instances=[{**INSTANCE, "ec2_instance_state": "TERMINATED"}]) == []
    assert codes(instances=[{**INSTANCE, "source_server_id": "s-33333333333333333"}]) == []


def test_instances_and_jobs_that_were_not_read_hold_it():
    assert codes(instances=None) == ["recovery_instances_unread"]
    assert codes(jobs=None) == ["jobs_unread"]


def test_an_instance_that_only_the_server_names_holds_it():
    assert codes({**COPY, "recovery_instance_id": "i-9"}) == ["recovery_instance_unknown"]
    assert codes({**COPY, "recovery_instance_id": "i-9"}, typed=["i-9"]) == []


@pytest.mark.parametrize("state", ["FAILBACK_IN_PROGRESS", "FAILBACK_READY_FOR_LAUNCH", "FAILBACK_ERROR", "NEW_STATE"])
def test_a_failback_holds_it_whatever_is_typed(state):
    instance = {**INSTANCE, "failback": {"state": state}}
    assert codes(instances=[instance], typed=["i-11111111"]) == ["failback_in_progress"]


def test_reversed_replication_and_a_job_hold_it_whatever_is_typed():
    assert codes({**COPY, "replication_direction": "FAILBACK"}, typed=["i-11111111"]) == ["reversed_replication"]
    job = {"active": True, "job_id": "drsjob-1", "servers": [{"source_server_id": COPY["source_server_id"]}]}
    assert codes(jobs=[job], typed=["i-11111111"]) == ["server_in_active_job"]
    assert codes(jobs=[{**job, "active": False}]) == []


# -- tags --------------------------------------------------------------------------------------------------------------

SERVER = {"name": "web-01", "arn": ORIGINAL, "tags": {"dr:wave": "2", "Name": "old", "aws:cloudformation:stack": "x"}}


def test_a_copy_gets_the_tags_of_its_server_and_says_where_it_is_from():
    assert copy_tags.of_copy(SERVER, {"deployment_id": "d-1"}) == {
        "dr:wave": "2",
        "Name": "web-01",
        "ExtendedFrom": ORIGINAL,
        "DeploymentId": "d-1",
    }


def test_own_tags_win_and_copying_can_be_switched_off():
    given_ = {"copy_tags": False, "resource_tags": {"Name": "mine", "keep": True, "count": 3}}
    assert copy_tags.of_copy(SERVER, given_) == {
        "Name": "mine",
        "ExtendedFrom": ORIGINAL,
        "keep": "true",
        "count": "3",
    }


@given(st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=5), max_size=80))
def test_there_are_never_more_tags_than_aws_allows_and_ours_stay(tags):
    found = copy_tags.of_copy({**SERVER, "tags": tags}, {"deployment_id": "d", "resource_tags": {"own": "x"}})
    assert len(found) <= 50 and not any(key.lower().startswith("aws:") for key in found)
    assert {"Name": "web-01", "ExtendedFrom": ORIGINAL, "DeploymentId": "d", "own": "x"}.items() <= found.items()


@pytest.mark.parametrize(
    "tags", [{"": "x"}, {"aws:x": "y"}, {"AWS:x": "y"}, {"k" * 129: "v"}, {"k": "v" * 257}, {"k": None}, {"k": ["a"]}]
)
def test_tags_that_aws_would_refuse_are_refused_before_anything_is_sent(tags):
    with pytest.raises(DrsError) as caught:
        copy_tags.check(tags, None)
    assert caught.value.code == "invalid_option"


def test_a_deployment_id_is_checked_as_a_tag():
    copy_tags.check({"k": "v"}, "d" * 256)
    with pytest.raises(DrsError):
        copy_tags.check({}, "d" * 257)


# -- refusals ----------------------------------------------------------------------------------------------------------


def extended(monkeypatch, denied):
    """Extend four servers of which some are denied: outcomes by the last digit, and the servers that were asked for."""
    arns = [f"arn:aws:drs:us-west-2:{STAGING}:source-server/s-{number:017d}" for number in range(1, 5)]
    asked: list[int] = []

    def copy_of(arn):
        area = {**COPY["staging_area"], "staging_source_server_arn": arn}
        return {**COPY, "source_server_id": arn[-19:], "tags": {}, "staging_area": area, "region": "us-west-2"}

    def create(_cell, arn, _tags):
        asked.append(int(arn[-1]))
        if int(arn[-1]) in denied:
            raise DrsError("AccessDeniedException", "Error in Authorization")
        return copy_of(arn)

    offered = [{"source_server_id": one[-19:], "arn": one, "name": one[-1], "tags": {}} for one in arns]
    monkeypatch.setattr(extend.drs, "extensible_source_servers", lambda *_args: offered)
    monkeypatch.setattr(extend.drs, "create_extended_source_server", create)
    monkeypatch.setattr(
        extend.drs, "source_servers", lambda *_args, **_more: [copy_of(arns[n - 1]) for n in asked if n not in denied]
    )
    monkeypatch.setattr("ansible_collections.amazon.aws.plugins.module_utils.cloud.time.sleep", lambda _seconds: None)
    cell = types.SimpleNamespace(name="payments", region="us-west-2")
    result = extend.Extension(cell, {"staging_account_id": STAGING}, (4000, "default"), TARGET).run([])
    return {int(one["staging_source_server_arn"][-1]): one["outcome"] for one in result["servers"]}, asked


@pytest.mark.parametrize("denied", [{1}, {3}, {2, 4}, {2, 3, 4}])
def test_a_server_that_is_denied_takes_no_others_along(monkeypatch, denied):
    outcome_of, asked = extended(monkeypatch, denied)
    assert asked == [1, 2, 3, 4]
    assert {one for one, outcome in outcome_of.items() if outcome == "failed"} == denied
    assert {one for one, outcome in outcome_of.items() if outcome == "extended"} == {1, 2, 3, 4} - denied


def test_a_role_that_is_missing_is_believed_after_the_second_server(monkeypatch):
    outcome_of, asked = extended(monkeypatch, {1, 2, 3, 4})
    assert asked == [1, 2]
    assert outcome_of == {1: "failed", 2: "failed", 3: "refused", 4: "refused"}


# -- the table ---------------------------------------------------------------------------------------------------------


def entry(outcome, name, error=None):
    return outcomes.server_entry(outcome, {"name": name, "cell": "payments"}, error=error)


def test_the_table_puts_equal_reasons_together_and_names_what_was_not_read():
    missing = DrsError("extension_stopped", "not tried: no role", remedy="Make the role.")
    denied = {"code": "AccessDenied", "message": "no", "remedy": "Check the trust."}
    results = [
        {
            "target": "payments",
            "staging_account_id": STAGING,
            "staging_cell": "staging-a",
            "servers": [entry("extended", "ok-1"), *(entry("refused", f"web-{n:03}", missing) for n in range(300))],
            "findings": [findings.finding(findings.WARNING, "unencrypted_staging", "plain disks")],
        },
        {"target": "payments", "staging_account_id": "333333333333", "servers": None, "error": denied},
    ]
    text = render.render("extension", {"results": results, "state": "present"})
    lines = text.splitlines()
    assert lines[0] == "EXTENSION: 301 servers, 2 staging accounts" and max(map(len, lines)) <= 100
    assert text.count("extension_stopped") == text.count("Make the role.") == 1 and "and 290 more" in text
    assert "unencrypted_staging" in text and "333333333333" in text and "Check the trust." in text


def test_the_table_of_taking_back_is_harmless_whatever_the_names_are():
    evil = "web\x1b[2J\u202e\r\n01"
    error = DrsError("copy_has_instance", evil)
    results = [{"target": evil, "staging_account_id": STAGING, "servers": [entry("refused", evil, error)]}]
    text = render.render("extension", {"results": results, "state": "absent"})
    assert text.startswith("UN-EXTENSION") and not {"\x1b", "\u202e", "\r"} & set(text)
