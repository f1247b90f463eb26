"""Test the readiness score: weights, unknowns, and what sets it to zero."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import metrics
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.build import build_plan
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import readiness_score
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server

NOW = "2026-03-10T12:00:00Z"
HOME, TARGET = "111111111111", "222222222222"
TAGS = {"dr:enabled": "true", "dr:recovery-strategy": "drs", "dr:application": "shop"}


def server(number, state="CONTINUOUS", lag="P0D", account=HOME, extended_from=None, seen=NOW, instance=True, **tags):
    arn = f"arn:aws:drs:us-west-2:{account}:source-server/s-{number:017}"
    item = {
        "sourceServerID": f"s-{number:017}",
        "arn": arn,
        "tags": {"Name": f"web-{number}", **TAGS, **tags},
        "sourceProperties": {"identificationHints": {"awsInstanceID": f"i-{number:017}"} if instance else {}},
        "dataReplicationInfo": {"dataReplicationState": state, "lagDuration": lag},
        "lifeCycle": {"lastSeenByServiceDateTime": seen},
    }
    if extended_from:
        item["stagingArea"] = {
            "status": "EXTENDED",
            "stagingAccountID": extended_from,
            "stagingSourceServerArn": f"arn:aws:drs:us-west-2:{extended_from}:source-server/s-{number:017}",
        }
    return normalise_server(item, account, "us-west-2", cell=f"{account}.us-west-2", now=NOW)


def machine(number, **tags):
    item = {
        "InstanceId": f"i-{number:017}",
        "State": {"Name": "running"},
        "Tags": [{"Key": key, "Value": value} for key, value in {"Name": f"web-{number}", **TAGS, **tags}.items()],
    }
    return machines.normalise(item, HOME, "us-west-2", f"{HOME}.us-west-2")


def cell(servers=(), account=HOME, error=None, **more):
    name = f"{account}.us-west-2"
    return {"cell": name, "error": error, "source_servers": list(servers), "recovery_instances": [], **more}


def drill(at="2026-03-01T00:00:00Z", good=2, servers=2, application="shop", run="run-1", **more):
    part = {"application": application, "servers": servers, "succeeded": good}
    return {"kind": "recovery", "mode": "drill", "run_id": run, "started_at": at, "applications": [part], **more}


def capacity(level="ok"):
    return [{"cell": f"{HOME}.us-west-2", "capacity": {"level": level}}]


def judge(cells, **more):
    given = {key: option.get("default") for key, option in readiness_score.SPEC.items()}
    return readiness_score.report({**given, "cells": cells, **more}, NOW)


def parts(told):
    return {one["name"]: (one["points"], one["state"]) for one in told["parts"]}


GOOD = {"history": [drill()], "capacity": capacity(), "drift": []}


def test_a_fleet_that_lacks_nothing_has_all_points_and_shows_them():
    told = judge([cell([server(1), server(2)])], **GOOD)
    assert (told["score"], told["grade"], told["complete"], told["hard_zero"]) == (100, "A", True, [])
    assert parts(told) == {name: (weight, "met") for name, weight in readiness_score.WEIGHTS.items()}
    assert told["coverage"]["percent"] == 100 and told["outstanding"] == []
    assert sum(readiness_score.WEIGHTS.values()) == 100


def test_a_cell_that_could_not_be_read_makes_coverage_unknown_and_costs_its_points():
    lost = cell(account=TARGET, error={"code": "AccessDenied"})
    told = judge([cell([server(1), server(2)]), lost], **GOOD)
    assert told["coverage"]["percent"] is None and parts(told)["coverage"] == (0, "unknown")
    assert told["score"] == 70 and not told["complete"]
    assert told["unknown_cells"] == [{"cell": f"{TARGET}.us-west-2", "error": {"code": "AccessDenied"}}]


def test_nothing_is_ready_when_nothing_could_be_read():
    told = judge([cell(error={"code": "x"})], machines=[machine(1)], **GOOD)
    assert told["coverage"]["percent"] is None and parts(told)["lag"][1] == "unknown" and told["score"] < 60


@pytest.mark.parametrize("state", ["STOPPED", "DISCONNECTED", "INITIAL_SYNC"])
def test_a_critical_server_that_is_not_protected_makes_the_score_zero(state):
    told = judge([cell([server(1), server(2, state)])], **GOOD)
    assert (told["score"], told["grade"]) == (0, "F")
    assert told["hard_zero"] == [f"web-2 in {HOME}.us-west-2 is critical and not protected"]
    assert parts(told)["freshness"] == (20, "met"), "the parts are shown all the same"


def test_a_tagged_machine_that_is_not_in_drs_makes_the_score_zero():
    told = judge([cell([server(1)])], machines=[machine(1), machine(2)], **GOOD)
    assert told["score"] == 0 and "web-2" in told["hard_zero"][0]
    assert told["coverage"]["in_scope"] == 2 and told["coverage"]["percent"] == 50


def test_a_server_that_is_not_critical_only_costs_points():
    told = judge([cell([server(1), server(2, "STOPPED", **{"dr:critical": "no"})])], **GOOD)
    assert told["hard_zero"] == [] and 0 < told["score"] < 100
    assert [one["name"] for one in told["outstanding"]] == ["web-2"]


def test_what_an_unread_cell_may_protect_is_no_reason_for_zero():
    lost = cell(account=TARGET, error={"code": "x"})
    told = judge([cell([server(1)]), lost], machines=[machine(1), machine(2)], **GOOD)
    assert told["hard_zero"] == [] and told["coverage"]["percent"] is None


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (server(2, lag="PT2H"), "its lag is 2h00m, more than its RPO of 1h00m"),
        (server(2, lag="PT20M", **{"dr:rpo": "15m"}), "its lag is 20m00s, more than its RPO of 15m00s"),
        (server(2, seen="2026-03-10T09:00:00Z"), "DRS has not heard of it for 3h00m"),
        (server(2, "STALLED"), "Replication has stalled"),
    ],
)
def test_what_does_not_count_as_healthy(one, reason):
    told = judge([cell([server(1), one])], **GOOD)
    assert told["coverage"]["percent"] == 50
    assert reason in told["outstanding"][0]["problem"]


def test_an_rpo_that_nobody_can_read_is_the_general_one():
    assert judge([cell([server(1, lag="PT30M", **{"dr:rpo": "soon"})])], **GOOD)["coverage"]["percent"] == 100


def test_an_extended_server_counts_once_and_needs_its_copy():
    original, copy = server(1), server(1, account=TARGET, extended_from=HOME)
    both = judge([cell([original], extend_to="t"), cell([copy], TARGET)], **GOOD)
    assert both["coverage"]["in_scope"] == 1 and both["coverage"]["percent"] == 100
    alone = judge([cell([original], extend_to="t"), cell([], TARGET)], **GOOD)
    assert alone["coverage"]["percent"] == 0
    assert alone["outstanding"][0]["problem"] == "it is not extended into the target account"


def test_a_server_that_is_tagged_for_nothing_is_out_of_scope():
    stray = server(2, "STOPPED", **{"dr:enabled": "false"})
    assert judge([cell([server(1), stray])], **GOOD)["coverage"]["in_scope"] == 1


def untagged(number, state="CONTINUOUS", **more):
    one = server(number, state, **more)
    return {**one, "tags": {"Name": one["name"]}}


def test_a_server_that_a_drill_would_take_is_in_scope_without_a_tag():
    told = judge([cell([server(1), untagged(2, "STALLED")])], machines=[machine(1)], **GOOD)
    assert told["coverage"]["in_scope"] == 2 and told["coverage"]["percent"] == 50
    assert [one["name"] for one in told["outstanding"]] == ["web-2"]


def test_a_machine_that_is_tagged_and_left_out_of_drills_is_outstanding():
    no = server(1, **{"dr:enabled": "no"})
    told = judge([cell([no])], machines=[machine(1)], **GOOD)
    assert told["outstanding"][0]["problem"] == "a drill leaves it out: its tag dr:enabled says no"
    staged = judge([cell([server(1)], account_types=["staging"])], **GOOD)
    assert "extended to no target account" in staged["outstanding"][0]["problem"]
    lost = judge([cell([server(1)], account_types=["staging"]), cell(account=TARGET, error={"code": "X"})], **GOOD)
    assert lost["outstanding"] == []


@pytest.mark.parametrize("word", [None, "yes", "no", "maybe", "disabled", ""])
@pytest.mark.parametrize("copy_word", [None, "yes", "no"])
@pytest.mark.parametrize("types", [[], ["staging"]])
def test_readiness_and_plan_have_one_scope(word, copy_word, types):
    def tagged(one, value):
        return {**one, "tags": {"Name": one["name"], **({} if value is None else {"dr:enabled": value})}}

    originals = [tagged(server(1, instance=False), word), tagged(server(2, instance=False), word)]
    copies = [tagged(server(1, account=TARGET, extended_from=HOME, instance=False), copy_word)]
    cells = [
        {**cell(originals, account_types=types), "account_id": HOME, "region": "us-west-2"},
        {**cell(copies, TARGET, account_types=["target"]), "account_id": TARGET, "region": "us-west-2"},
    ]
    planned = build_plan({"name": "p", "mode": "drill", "cells": cells, "now": NOW, "allow_empty": True})
    healthy = judge(cells, **GOOD)["coverage"]["healthy"]
    assert healthy == sum(len(wave["servers"]) for wave in planned["waves"])


def test_a_server_without_a_machine_counts_too():
    told = judge([cell([server(1), server(2, instance=False)])], machines=[machine(1)], **GOOD)
    assert told["coverage"]["in_scope"] == 2 and told["score"] == 100


# -- drills ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "fresh", "last"),
    [
        ([], (0, "breached"), (0, "breached")),
        ([drill()], (20, "met"), (10, "met")),
        ([drill("2025-11-01T00:00:00Z")], (0, "breached"), (10, "met")),
        ([drill(), drill("2026-03-09T00:00:00Z", 1, run="run-2")], (20, "met"), (5, "breached")),
        ([drill(good=0)], (0, "breached"), (0, "breached")),
        ([drill(clean=False)], (0, "breached"), (5, "breached")),
        ([drill(clean=True)], (20, "met"), (10, "met")),
        ([drill(reason="wave 1: stop")], (0, "breached"), (5, "breached")),
        ([drill(application="other")], (0, "breached"), (0, "breached")),
        ([drill(mode="recovery")], (0, "breached"), (0, "breached")),
    ],
    ids=["none", "passed", "old", "then half", "failed", "unclean", "clean", "stopped", "another", "not a drill"],
)
def test_drills(records, fresh, last):
    told = judge([cell([server(1), server(2)])], **{**GOOD, "history": records})
    assert parts(told)["freshness"] == fresh and parts(told)["last_drill"] == last


def test_a_drill_over_two_accounts_passes_in_both_or_not_at_all():
    records = [drill(), drill(good=0, servers=1)]
    told = judge([cell([server(1), server(2)])], **{**GOOD, "history": records})
    assert told["applications"][0]["last_drill"]["result"] == "partial"
    assert told["applications"][0]["drill_due"] is True


def test_a_history_that_could_not_be_read_is_unknown_and_not_never():
    told = judge([cell([server(1)])], **{**GOOD, "history": [], "history_error": {"code": "run_store_unavailable"}})
    assert parts(told)["freshness"] == (0, "unknown") and not told["complete"]
    assert "run_store_unavailable" in next(one["reason"] for one in told["parts"] if one["name"] == "freshness")


def test_each_application_is_shown():
    told = judge([cell([server(1), server(2, lag="PT2H", **{"dr:application": "crm"})])], **GOOD)
    crm, shop = told["applications"]
    assert (crm["application"], crm["healthy"], crm["worst_lag_seconds"], crm["drill_age_days"]) == (
        "crm",
        0,
        7200,
        None,
    )
    assert (shop["application"], shop["healthy"], shop["drill_age_days"]) == ("shop", 1, 9)


# -- what nobody looked at -------------------------------------------------------------------------------------------


def test_parts_that_nobody_asked_for_are_left_out_of_the_sum_and_said():
    told = judge([cell([server(1)])], history=[drill()])
    assert told["score"] == 100 and not told["complete"]
    assert parts(told)["capacity"] == (None, "not_assessed") and parts(told)["drift"] == (None, "not_assessed")


@pytest.mark.parametrize(("level", "points"), [("ok", 10), ("warning", 7.5), ("critical", 2.5), ("full", 0)])
def test_capacity(level, points):
    assert parts(judge([cell([server(1)])], **{**GOOD, "capacity": capacity(level)}))["capacity"][0] == points


def test_capacity_of_an_unread_cell_is_unknown():
    unread = [*capacity(), {"cell": "b", "error": {"code": "x"}}]
    assert parts(judge([cell([server(1)])], **{**GOOD, "capacity": unread}))["capacity"] == (0, "unknown")


@pytest.mark.parametrize(("found", "points"), [([], 10), ([{"severity": "warning"}], 5), ([{"severity": "error"}], 0)])
def test_drift(found, points):
    assert parts(judge([cell([server(1)])], **{**GOOD, "drift": found}))["drift"][0] == points


def test_an_empty_fleet_has_no_score():
    told = judge([cell()], **GOOD)
    assert told["score"] is None and told["grade"] is None and told["coverage"]["percent"] is None


@pytest.mark.parametrize("key", ["rpo_seconds", "max_silence_seconds", "drill_max_age_days"])
def test_a_bound_of_nothing_is_refused(key):
    with pytest.raises(DrsError, match=f"{key}: 0 is not above 0"):
        judge([cell()], **{key: 0})


def test_what_is_unknown_is_no_metric():
    whole = metrics.of_readiness(judge([cell([server(1)])], **GOOD))
    assert {one["name"]: one["value"] for one in whole} == {
        "ReadinessScore": 100,
        "Coverage": 100,
        "StalledServers": 0,
        "WorstLag": 0,
    }
    lost = metrics.of_readiness(judge([cell(error={"code": "x"})], **GOOD))
    assert "Coverage" not in {one["name"] for one in lost} and "WorstLag" not in {one["name"] for one in lost}


def test_tags_that_cannot_be_meant_stand_beside_the_score():
    told = judge(
        [cell([server(1, **{"dr:rpo": "soon"})])],
        machines=[machine(1), {**machine(2), "tags": {"dr:enabled": "true", "dr:recovery-strategy": "DRS"}}],
    )
    assert {one["code"] for one in told["tag_findings"]} == {"invalid_duration", "tag_opt_in_near"}
