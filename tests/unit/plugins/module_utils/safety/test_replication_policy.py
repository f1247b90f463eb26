"""Test the replication policy, and the predicted age of the data of a launch."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import replication_policy
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.replication_policy import replication_ready
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import STATES
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server

NOW = "2026-01-31T12:00:00Z"
NEVER = ("INITIAL_SYNC", "STOPPED", "DISCONNECTED", "A_NEW_STATE", None)


def server(state="CONTINUOUS", lag=None, tags=None, staging=None, disks=()):
    item = {
        "sourceServerID": "s-11111111111111111",
        "arn": "arn:aws:drs:us-west-2:111111111111:source-server/s-11111111111111111",
        "tags": {"Name": "web-01", **(tags or {})},
        "dataReplicationInfo": {"dataReplicationState": state, "lagDuration": lag, "replicatedDisks": list(disks)},
    }
    if staging:
        item["stagingArea"] = {"status": staging, "stagingSourceServerArn": "arn:original", "errorMessage": "gone"}
    return normalise_server(item, "111111111111", "us-west-2")


def judged(one, mode, **given):
    found = replication_ready([one], given, mode)
    return [(item["severity"], item["code"]) for item in found]


@pytest.mark.parametrize("mode", ["drill", "recovery"])
@pytest.mark.parametrize("stale", [True, False, None])
@pytest.mark.parametrize("state", [*STATES, "A_NEW_STATE", None])
def test_every_state_in_every_mode(state, mode, stale):
    found = judged(server(state, "PT1M"), mode, allow_stale=stale)
    errors = [code for severity, code in found if severity == "error"]
    old_is_fine = stale if stale is not None else mode == "recovery"
    if state in NEVER:
        assert errors == ["not_recoverable"]
    elif state in ("CONTINUOUS", "CREATING_SNAPSHOT"):
        assert found == []
    elif old_is_fine:
        assert found == [("warning", "stale_data")]
    else:
        assert errors == ["not_ready" if state == "BACKLOG" else "stale_data"]


@pytest.mark.parametrize("mode", ["drill", "recovery"])
@pytest.mark.parametrize(
    "broken",
    [
        {"readiness": {}},
        {"readiness": None},
        {"replication": {}},
        {"replication": None},
        {"readiness": {"ready": True, "level": "ready", "recoverable": "no"}},
        {"readiness": {"ready": True, "level": "ready", "recoverable": None}},
    ],
)
def test_missing_data_refuses(broken, mode):
    assert ("error", "not_recoverable") in judged({**server(), **broken}, mode, allow_stale=True)


@pytest.mark.parametrize("state", ["INITIAL_SYNC", "STOPPED", "DISCONNECTED"])
def test_a_state_without_points_in_time_is_refused_whatever_readiness_says(state):
    good = server()
    one = {**good, "replication": {**good["replication"], "state": state}}
    assert judged(one, "recovery", allow_stale=True) == [("error", "not_recoverable")]


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_a_broken_extension_is_refused(mode):
    assert judged(server(staging="EXTENSION_ERROR"), mode, allow_stale=True) == [("error", "extension_error")]
    assert judged(server(staging="EXTENDED"), mode) == []
    assert judged(server(staging="NOT_EXTENDED"), mode) == []


@pytest.mark.parametrize("mode", ["drill", "recovery"])
@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("REGULAR", False),
        ("CONTAINS_MARKETPLACE_PRODUCT_CODES", False),
        ("MISSING_VOLUME_ATTRIBUTES", True),
        ("MISSING_VOLUME_ATTRIBUTES_AND_PRECHECK_UNAVAILABLE", True),
        ("PENDING", True),
        (None, False),
    ],
)
def test_volumes_that_drs_has_not_read_are_refused(status, refused, mode):
    disk = {"deviceName": "/dev/sda1", "totalStorageBytes": 1, "replicatedStorageBytes": 1, "volumeStatus": status}
    assert judged(server(disks=[disk]), mode, allow_stale=True) == [("error", "volume_not_ready")] * refused


@pytest.mark.parametrize(
    ("lag", "limit", "tag", "mode", "found"),
    [
        ("PT10M", 600, None, "drill", []),
        ("PT10M1S", 600, None, "drill", [("error", "lag_too_high")]),
        ("PT10M1S", "10m", None, "drill", [("error", "lag_too_high")]),
        ("PT10M1S", 600, None, "recovery", [("warning", "lag_too_high")]),
        ("PT10M1S", 600, "15m", "drill", []),
        ("PT10M1S", None, "5m", "drill", [("error", "lag_too_high")]),
        ("PT10M1S", 3600, "5m", "drill", [("error", "lag_too_high")]),
        ("PT10M1S", None, "soon", "drill", [("error", "invalid_duration")]),
        ("PT10M1S", None, "soon", "recovery", [("warning", "invalid_duration")]),
        ("PT10M1S", None, None, "drill", []),
        ("nonsense", 600, None, "recovery", [("warning", "lag_unknown")]),
        ("nonsense", 600, None, "drill", [("error", "lag_unknown")]),
    ],
)
def test_lag_is_held_against_the_tag_then_the_policy(lag, limit, tag, mode, found):
    one = server("CONTINUOUS", lag, {"dr:rpo": tag} if tag else None)
    assert judged(one, mode, max_lag_seconds=limit) == found


@pytest.mark.parametrize(("mode", "severity"), [("drill", "error"), ("recovery", "warning")])
def test_an_unknown_lag_is_not_within_any_limit(mode, severity):
    assert (severity, "lag_unknown") in judged(server("BACKLOG"), mode, max_lag_seconds=600)


def test_a_policy_may_ask_for_more_than_its_mode_does():
    assert judged(server("STALLED", "PT1H"), "recovery", min_readiness="lagging") == [("error", "stale_data")]
    assert judged(server("BACKLOG", "PT1H"), "recovery", min_readiness="lagging") == [("warning", "stale_data")]
    assert judged(server("BACKLOG", "PT1H"), "drill", min_readiness="lagging") == [("warning", "stale_data")]
    assert judged(server("BACKLOG", "PT1H"), "recovery", min_readiness="ready") == [("error", "not_ready")]


def test_the_predicted_rpo_is_told():
    found = replication_ready([server("STALLED", "PT3H")], {}, "recovery")[0]
    assert "predicted RPO 3h00m" in found["message"]
    assert found["details"]["predicted_rpo_seconds"] == 10800
    assert "predicted RPO unknown" in replication_ready([server("STALLED")], {}, "recovery")[0]["message"]


@pytest.mark.parametrize(
    ("state", "lag", "point_in_time", "seconds"),
    [
        ("CONTINUOUS", None, "latest", 0),
        ("CONTINUOUS", "PT12.2S", "latest", 13),
        ("CONTINUOUS", None, "latest_available", 600),
        ("STALLED", None, "latest", None),
        ("STALLED", None, "latest_available", None),
        ("STALLED", None, "2026-01-31T11:00:00Z", 3600),
        ("STALLED", "PT2H", "2026-01-31T11:00:00Z", 7200),
        ("CONTINUOUS", None, "not a time", None),
    ],
)
def test_predicted_rpo(state, lag, point_in_time, seconds):
    assert replication_policy.predicted_rpo(server(state, lag), point_in_time, NOW) == seconds


def test_defaults_differ_by_mode_only_in_what_old_data_is_worth():
    drill, found = replication_policy.resolve_policy({}, "drill")
    recovery, more = replication_policy.resolve_policy(None, "recovery")
    assert found == more == []
    assert (drill["allow_stale"], drill["min_readiness"]) == (False, "ready")
    assert (recovery["allow_stale"], recovery["min_readiness"]) == (True, "recoverable")
    assert drill["continue_on_failure"] is recovery["continue_on_failure"] is False


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"max_failure": 1}, "max_failures"),
        ({"min_readiness": "good"}, "ready, lagging, recoverable"),
        ({"recover_in": "source"}, "target, staging"),
        ({"allow_stale": "maybe"}, "true or false"),
        ({"continue_on_failure": 1}, "true or false"),
        ({"max_failures": "ten"}, "percentage"),
        ({"max_failures": "101%"}, "percentage"),
        ({"max_failures": -1}, "percentage"),
        ({"max_failures": True}, "percentage"),
        ({"max_failures": 1.5}, "percentage"),
        ({"max_lag_seconds": "soon"}, "max_lag_seconds"),
    ],
)
def test_a_policy_that_cannot_be_is_an_error_and_never_more_lenient(given, says):
    whole, found = replication_policy.resolve_policy(given, "drill")
    assert [item["severity"] for item in found] == ["error"]
    assert says in found[0]["message"]
    default = replication_policy.resolve_policy({}, "drill")[0]
    assert whole["allow_stale"] is default["allow_stale"] is False
    assert whole["continue_on_failure"] is False
    assert whole["min_readiness"] == "ready"


@pytest.mark.parametrize("mode", ["drill", "recovery"])
@pytest.mark.parametrize("servers", [1, 3, 9, 10, 400])
def test_continue_on_failure_is_taken_away_by_no_default(mode, servers):
    """As a plan, a failback and orchestrate read a policy, with and without empty values beside it."""
    for beside in ({}, {"max_failures": None}, {"allow_stale": True}, {"max_lag_seconds": "15m"}):
        whole, found = replication_policy.resolve_policy({"continue_on_failure": True, **beside}, mode)
        assert found == [] and replication_policy.failure_limit(whole["max_failures"], servers) == servers
    for limit, most in ((0, 0), ("10%", servers // 10), (2, 2)):
        whole, _found = replication_policy.resolve_policy({"continue_on_failure": True, "max_failures": limit}, mode)
        assert replication_policy.failure_limit(whole["max_failures"], servers) == most
    without, _found = replication_policy.resolve_policy({"continue_on_failure": False}, mode)
    assert without == replication_policy.resolve_policy({}, mode)[0]


@pytest.mark.parametrize(
    ("value", "servers", "limit"),
    [
        (0, 10, 0),
        (3, 10, 3),
        ("3", 10, 3),
        ("10%", 10, 1),
        ("10%", 19, 1),
        ("10%", 9, 0),
        ("100%", 7, 7),
        (" 5 % ", 40, 2),
    ],
)
def test_the_limit_of_failures_is_rounded_down(value, servers, limit):
    assert replication_policy.failure_limit(value, servers) == limit
