"""Test the capacity of cells and totals, and drs_capacity_plan."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import capacity_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import capacity_report
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

PERCENTS = (80.0, 90.0)
PLACE = {"cell": "payments.us-west-2", "account_id": "111111111111", "region": "us-west-2"}


def own(number=0, state="CONTINUOUS", recoverable="full"):
    return {"extended": False, "replication": {"state": state}, "readiness": {"recoverable": recoverable}}


def copy(staging="222222222222", status="EXTENDED", recoverable="full"):
    area = {"staging_account_id": staging, "status": status}
    return {**own(recoverable=recoverable), "extended": True, "staging_area": area}


def job(servers=1, kind="LAUNCH"):
    return {"active": True, "type": kind, "servers": [{}] * servers}


def of_cell(servers=(), jobs=(), place=None, percents=PERCENTS, given=None, **planned):
    place = place or PLACE
    limits, sources = capacity_report.effective(None, given)
    return capacity_report.of_cell(place, list(servers), list(jobs), limits, sources, percents, planned)


def quota(capacity, name):
    return capacity_report.quota_of(capacity, name)


# -- limits ------------------------------------------------------------------------------------------------------------


def test_what_is_given_wins_over_service_quotas_and_that_over_the_documentation():
    limits, sources = capacity_report.effective(
        {"L-C1D14A2B": 300.0, "L-E28BE5E0": 5000.0, "L-UNKNOWN": 1.0}, {"source_servers": "4500"}
    )
    assert (limits["source_servers"], sources["source_servers"]) == (4500, "given")
    assert (limits["replicating_servers"], sources["replicating_servers"]) == (300, "service_quotas")
    assert (limits["concurrent_jobs"], sources["concurrent_jobs"]) == (20, "documented")
    assert "L-UNKNOWN" not in limits


def test_a_quota_code_may_be_given():
    limits, sources = capacity_report.effective({"L-D88FAC3A": 20.0}, {"L-D88FAC3A": 5})
    assert (limits["concurrent_jobs"], sources["concurrent_jobs"]) == (5, "given")


@pytest.mark.parametrize("value", [0, 0.0, -1, 2.5, None, "300", float("nan"), float("inf")])
def test_a_value_that_no_limit_has_counts_as_not_read(value):
    limits, sources = capacity_report.effective({"L-C1D14A2B": value}, None)
    assert (limits["replicating_servers"], sources["replicating_servers"]) == (300, "documented")


def test_one_call_takes_no_more_than_the_service_model_allows():
    assert capacity_report.effective({"L-B827C881": 250.0}, None)[0]["servers_per_job"] == 200


@pytest.mark.parametrize("given", [{"replicating": 1}, {"source_servers": 0}, {"source_servers": "many"}])
def test_an_impossible_limit_is_refused(given):
    with pytest.raises(DrsError) as caught:
        capacity_report.effective(None, given)
    assert caught.value.code == "invalid_limit"


@pytest.mark.parametrize(("warning", "critical"), [(0, 90), (91, 90), (80, 101), (-5, 50), (float("nan"), 90)])
def test_impossible_thresholds_are_refused(warning, critical):
    with pytest.raises(DrsError) as caught:
        capacity_report.thresholds(warning, critical)
    assert caught.value.code == "invalid_option"


# -- one cell ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("servers", "level"),
    [
        (239, "ok"),
        (240, "warning"),
        (269, "warning"),
        (270, "critical"),
        (299, "critical"),
        (300, "full"),
        (301, "full"),
    ],
)
def test_the_levels_begin_exactly_at_240_270_and_300(servers, level):
    found = of_cell([own()] * servers)
    assert quota(found, "replicating_servers")["level"] == found["level"] == level
    assert quota(found, "replicating_servers")["free"] == max(0, 300 - servers)


def test_thresholds_can_be_chosen():
    assert of_cell([own()] * 150, percents=(50.0, 60.0))["level"] == "warning"
    assert of_cell([own()] * 150, percents=(10.0, 50.0))["level"] == "critical"


def test_a_copy_counts_to_the_total_and_to_nothing_else():
    found = of_cell(
        [own()] * 250 + [copy()] * 300 + [copy("333333333333")] * 299 + [copy("333333333333", "EXTENSION_ERROR")]
    )
    assert quota(found, "replicating_servers")["used"] == 250
    assert quota(found, "source_servers")["used"] == 850
    assert found["servers"] == {"total": 850, "own": 250, "extended": 600, "replicating": 250, "recoverable": 850}
    assert found["extended"] == [
        {"staging_account_id": "222222222222", "servers": 300, "broken": 0},
        {"staging_account_id": "333333333333", "servers": 300, "broken": 1},
    ]


def test_what_stopped_holds_no_staging_resources_and_what_stalls_does():
    found = of_cell([own(state=one) for one in ("STOPPED", "DISCONNECTED", "PAUSED", "STALLED", "SOMETHING_NEW")])
    assert quota(found, "replicating_servers")["used"] == 3 and quota(found, "source_servers")["used"] == 5


def test_only_what_has_data_is_recoverable():
    assert of_cell([own(), own(recoverable="old_data"), own(recoverable="no")])["servers"]["recoverable"] == 2


def test_jobs_of_every_kind_count():
    found = of_cell(jobs=[job(100), job(3, "CREATE_CONVERTED_SNAPSHOT")])
    assert found["jobs"] == {"jobs": 2, "servers": 103, "by_type": {"CREATE_CONVERTED_SNAPSHOT": 1, "LAUNCH": 1}}
    assert quota(found, "servers_in_jobs")["used"] == 103


@pytest.mark.parametrize(
    ("here", "planned", "fits", "blocked"),
    [
        (299, {"replicating": 1}, True, []),
        (300, {"replicating": 1}, False, ["replicating_servers"]),
        (300, {"extended": 3700}, True, []),
        (300, {"extended": 3701}, False, ["source_servers"]),
        (300, {"replicating": 0}, True, []),
        (310, {"extended": 1}, True, []),
    ],
)
def test_planned_servers_fit_or_not_and_by_what(here, planned, fits, blocked):
    found = of_cell([own()] * here, **planned)["planned"]
    assert (found["fits"], found["blocked_by"]) == (fits, blocked)


# -- all cells ---------------------------------------------------------------------------------------------------------


def plan(cells, **params):
    defaults = {key: spec.get("default") for key, spec in capacity_request.CAPACITY_PLAN_SPEC.items()}
    return capacity_request.capacity_plan({**defaults, "cells": cells, **params})


def entry(name, servers, types=("staging",), extend_to=None, region="us-west-2", account="222222222222"):
    place = {"cell": name, "account_id": account, "region": region}
    capacity = of_cell(servers, place=place)
    return {"cell": name, "account_types": list(types), "extend_to": extend_to, "capacity": capacity}


LOST = {"cell": "lost.us-west-2", "account_types": ["staging"], "error": {"code": "AccessDenied", "message": "no"}}


def test_totals_add_up_and_a_machine_counts_once():
    target = entry("payments", [own()] * 250 + [copy()] * 300, ["target"])
    found = plan([target, entry("staging-a", [own()] * 300, extend_to="payments")])
    assert found["total"]["machines"] == 550 and found["total"]["servers"]["total"] == 850
    assert found["total"]["level"] == "full" and found["coverage"] == "complete"
    sums = {row["name"]: (row["used"], row["limit"]) for row in found["total"]["quotas"]}
    assert sums["replicating_servers"] == (550, 600) and sums["source_servers"] == (850, 8000)


def test_a_cell_that_was_not_read_is_in_no_sum_and_takes_nothing():
    found = plan([entry("staging-a", [own()] * 230), LOST], planned=20)
    assert found["total"]["cells"] == 1 and found["coverage"] == "incomplete"
    assert [one["cell"] for one in found["unknown_cells"]] == ["lost.us-west-2"]
    assert (found["placement"]["placed"], found["fits"]) == (10, False)


def test_only_cells_of_the_wanted_type_take_servers():
    cells = [entry("payments", [], ["target"]), entry("staging-a", [])]
    assert [one["cell"] for one in plan(cells, planned=5)["placement"]["placements"]] == ["staging-a"]
    both = plan(cells, planned=480, into=["staging", "target"])
    assert sorted(one["cell"] for one in both["placement"]["placements"]) == ["payments", "staging-a"]


def test_servers_of_two_regions_are_not_placed_together():
    cells = [entry("a.us-west-2", []), entry("a.us-east-1", [], region="us-east-1")]
    assert plan(cells)["fits"]
    with pytest.raises(DrsError) as caught:
        plan(cells, planned=1)
    assert caught.value.code == "invalid_option" and "us-east-1, us-west-2" in caught.value.message
    found = plan(cells, planned=1, region="us-east-1")
    assert [one["cell"] for one in found["placement"]["placements"]] == ["a.us-east-1"]


def test_a_region_that_no_cell_is_in_is_a_mistake_and_no_lack_of_staging_accounts():
    cells = [entry("a.us-west-2", []), entry("a.us-east-1", [], region="us-east-1"), LOST]
    for typed, hint in (("us-wset-2", "did you mean us-west-2?"), ("Oregon", "there are us-east-1, us-west-2")):
        with pytest.raises(DrsError, match="region: no cell is in '%s'; " % typed) as caught:
            plan(cells, planned=1, region=typed)
        assert caught.value.code == "invalid_option" and hint in caught.value.message
    assert plan(cells, region="us-wset-2")["fits"], "without planned servers nobody looks at it"


def test_the_target_of_a_staging_cell_binds_it():
    full = entry("payments", [copy()] * 3995, ["target"])
    found = plan([full, entry("staging-a", [], extend_to="payments")], planned=10)
    assert (found["placement"]["placed"], found["placement"]["unplaced"]) == (5, 5)
    assert "payments is full" in found["placement"]["reasons"][0]


def test_what_is_no_capacity_is_refused():
    with pytest.raises(DrsError) as caught:
        plan(
            [{"cell": "a", "account_types": ["staging"], "capacity": {"region": "us-west-2", "quotas": []}}], planned=1
        )
    assert caught.value.code in ("invalid_request", "internal_error")


# -- the table ---------------------------------------------------------------------------------------------------------


def test_the_table_shows_levels_sources_lost_cells_and_the_placement():
    cells = [
        entry("payments.us-west-2", [own()] * 250 + [copy()] * 2, ["target"]),
        entry("staging-a.us-west-2", [own()] * 300, extend_to="payments.us-west-2"),
        LOST,
    ]
    text = render.render("capacity", plan(cells, planned=7))
    for part in (
        "250/300",
        "300/300",
        "FULL",
        "2 servers from staging-a.us-west-2",
        "Documented limits",
        "Coverage incomplete",
    ):
        assert part in text, text
    assert "DOES NOT FIT" in text and "7 servers" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("page", ["capacity", "extension"])
def test_service_quotas_out_of_reach_is_named_with_reason_and_remedy(page):
    error = {"code": "ReadTimeoutError", "message": "no answer", "remedy": "Give `limits`.", "retryable": True}
    read, unread = entry("shop.us-west-2", [own()]), entry("payments.us-west-2", [own()])
    unread["capacity"]["limits_error"] = error
    if page == "capacity":
        text = render.render("capacity", plan([read, unread]))
    else:
        results = [{"target": one["cell"], "servers": [], "capacity": one["capacity"]} for one in (read, unread)]
        text = render.render("extension", {"results": results})
    said = " ".join(text.split())
    assert "Service Quotas in payments.us-west-2: the limits of the account" in said
    assert "ReadTimeoutError: no answer" in said and "Remedy: Give `limits`." in said
    assert "Service Quotas in shop" not in said


def test_costs_are_summed_where_a_cell_was_priced_also_of_one_whose_capacity_was_not_read():
    assert plan([LOST])["costs"] is None
    lost = {**LOST, "costs": {"cell": "lost.us-west-2", "account_id": None, "error": {"code": "AccessDenied"}}}
    assert plan([lost])["costs"]["unread"][0]["cell"] == "lost.us-west-2"
