"""Test records of runs and deployments: participants, results, and queries."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import STATUSES
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.csv_text import csv_text
import csv
import io
import json

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import categories
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import query as history_query
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st

NOW = "2026-03-10T12:00:00Z"
PAY, SHOP = "111111111111", "222222222222"
CELLS = [
    {"cell": "pay.us-west-2", "account_id": PAY, "region": "us-west-2"},
    {"cell": "shop.us-west-2", "account_id": SHOP, "region": "us-west-2"},
]
SECRET = "external_id=hush-hush-7"


def planned(number, cell=None, **more):
    cell = cell or CELLS[0]
    return {"source_server_id": f"s-{number:017}", "name": f"web-{number:02}", "critical": True, **cell, **more}


def done(number, outcome=outcomes.LAUNCHED, cell=None, code=None, **more):
    error = {"code": code, "message": f"no: {SECRET}", "remedy": "Cure it."} if code else None
    times = {"started_at": "2026-03-10T10:00:00Z", "ended_at": "2026-03-10T10:10:00Z"}
    times["recovery_instance_id"] = f"i-{number:017}" if outcome == outcomes.LAUNCHED else None
    return outcomes.server_entry(outcome, planned(number, cell), error=error, **{**times, **more})


def result(waves, kind="recovery", **more):
    """A drill whose plan holds the servers of ``waves`` [(planned, done)]."""
    plan = {
        "waves": [{"wave": str(n), "servers": servers} for n, (servers, _done) in enumerate(waves, 1)],
        "cells": CELLS,
        "unknown_cells": more.pop("unknown_cells", []),
    }
    ran = [{"wave": str(n), "servers": entries} for n, (_plan, entries) in enumerate(waves, 1) if entries]
    return {"kind": kind, "mode": "drill", "run_id": "run-1", "plan": plan, "waves": ran, **more}


def of(waves, **more):
    return records.records(result(waves, **more), NOW)


# -- records ---------------------------------------------------------------------------------------------------------


def test_one_record_for_each_account_that_took_part():
    found = of([([planned(1), planned(2, CELLS[1])], [done(1), done(2, outcomes.FAILED, CELLS[1], "launch_kms")])])
    assert [(one["account_id"], one["status"], one["servers"]) for one in found] == [
        (PAY, "succeeded", 1),
        (SHOP, "failed", 1),
    ]
    (good, bad) = found
    assert good["success_percent"] == 100 and good["failures"] == [] and good["duration_seconds"] == 600
    assert good["launch_seconds"] == {"max": 600, "mean": 600}
    (failure,) = bad["failures"]
    assert failure["category"] == "encryption" and failure["remedy"] == "Cure it." and failure["name"] == "web-02"
    assert records.item_of(bad) == f"account:{SHOP}:us-west-2"
    assert "hush" not in json.dumps(found)


def test_a_wave_that_was_not_begun_is_in_the_record():
    (record,) = of([([planned(1)], [done(1)]), ([planned(2)], [])], stopped="wave 1: stop")
    assert (record["succeeded"], record["unfinished"], record["status"]) == (1, 1, "partial")
    assert record["reason"] == "wave 1: stop" and record["success_percent"] == 50


def test_times_have_whole_seconds():
    (record,) = of([([planned(1)], [done(1, started_at="2026-03-10T10:00:00.123456Z")])])
    assert record["started_at"] == "2026-03-10T10:00:00Z"


def test_a_cell_that_could_not_be_read_has_failed_and_says_why():
    lost = {**CELLS[1], "error": {"code": "AccessDenied", "message": "no", "remedy": "Allow it."}}
    found = of([([planned(1)], [done(1)])], unknown_cells=[lost])
    assert [one["status"] for one in found] == ["succeeded", "failed"]
    assert found[1]["failures"][0]["category"] == "access" and found[1]["failures"][0]["name"] == "shop.us-west-2"
    assert records.overall(found)["status"] == "partial"


LATE = done(1, outcomes.IN_PROGRESS, code="launch_timeout")


@pytest.mark.parametrize(
    ("entries", "stopped", "status"),
    [
        ([done(1), done(2)], "", "succeeded"),
        ([done(1), done(2)], "validation failed", "partial"),
        ([done(1), done(2, outcomes.FAILED, code="launch_quota")], "", "partial"),
        ([done(1, outcomes.FAILED, code="x"), done(2, outcomes.UNKNOWN)], "", "failed"),
        ([LATE, done(2, outcomes.QUEUED, code="wait_timeout")], "", "timeout"),
        ([LATE, done(2, outcomes.FAILED, code="x")], "", "failed"),
        ([done(1, outcomes.SKIPPED), done(2)], "", "succeeded"),
        ([], "the run was cancelled", "cancelled"),
    ],
)  # fmt: skip
def test_status(entries, stopped, status):
    (record,) = of([([planned(1), planned(2)], entries)], stopped=stopped)
    assert record["status"] == status
    assert records.overall([record], {"stopped": stopped})["status"] == status


def test_a_clean_up_that_left_something_is_no_success():
    found = of([([planned(1)], [done(1)])], clean=False)
    assert records.overall(found, {"clean": False})["status"] == "partial" and found[0]["clean"] is False


@pytest.mark.parametrize("word", ["waiting", "paused", "cancelled"])
def test_a_run_that_waits_was_paused_or_cancelled_is_told_as_that_also_after_a_wave(word):
    told = {"stopped": "it waits for approval", "status": word}
    (record,) = of([([planned(1)], [])], **told)
    assert record["status"] == word and records.overall([record], told)["status"] == word
    (begun,) = of([([planned(1)], [done(1)])], **told)
    assert begun["status"] == word and records.overall([begun], told)["status"] == word


def test_a_deployment_names_its_account_where_it_replicates_to_and_what_was_sent():
    cell = {**CELLS[0], "account_name": "pay", "replication": {"account_id": SHOP, "region": "us-west-2"}}
    machine = {"instance_id": "i-1", "name": "web", "cell": cell["cell"]}
    entries = [
        outcomes.server_entry(outcomes.INSTALLED, {**machine, "instance_id": f"i-{n}", "command_id": f"c-{n % 2}"})
        for n in range(3)
    ]
    plan = {"waves": [], "cells": [cell], "unknown_cells": []}
    made = {"kind": "deployment", "run_id": "d-1", "plan": plan, "waves": [{"wave": "1", "servers": entries}]}
    (one,) = records.records(made, NOW)
    assert (one["account_name"], one["replication_account_id"]) == ("pay", SHOP)
    assert one["command_ids"] == ["c-0", "c-1"]
    (row,) = csv.DictReader(io.StringIO(csv_text([one], history_query.COLUMNS)))
    assert (row["account_name"], row["replication_account_id"], row["command_ids"]) == ("pay", SHOP, "c-0 c-1")


def test_a_deployment_knows_machines_by_their_instance():
    machine = {**CELLS[0], "instance_id": "i-1", "name": "m", "outcome": "planned"}
    entry = outcomes.server_entry(outcomes.INSTALLED, machine, source_server_id="s-1")
    settled = outcomes.server_entry(outcomes.ALREADY_INSTALLED, {**machine, "instance_id": "i-2"})
    skipped = outcomes.server_entry(outcomes.SKIPPED, {**machine, "instance_id": "i-3"}, error={"code": "ssm_inactive"})
    plan = {"waves": [{"wave": "1", "machines": [machine]}], "settled": [settled, skipped]}
    plan["cells"] = [{**CELLS[0], "pattern": "cross_account"}]
    told = {"kind": "deployment", "run_id": "d-1", "plan": plan, "waves": [{"wave": "1", "servers": [entry]}]}
    (record,) = records.records(told, NOW)
    assert (record["servers"], record["succeeded"], record["skipped"]) == (3, 2, 1)
    assert record["pattern"] == "cross_account" and record["status"] == "succeeded"
    assert [one["code"] for one in record["failures"]] == ["ssm_inactive"], "a machine that was passed over is named"


@pytest.mark.parametrize(
    ("servers", "pattern"),
    [
        ([{"extended": True}], "extended"),
        ([{"origin_account_id": SHOP}], "cross_account"),
        ([{"origin_account_id": PAY}], "same_account"),
        ([{}], "same_account"),
        ([{"extended": True}, {}], "mixed"),
    ],
)
def test_the_pattern_comes_from_the_plan(servers, pattern):
    plan = [planned(number, **more) for number, more in enumerate(servers)]
    (record,) = of([(plan, [done(number) for number in range(len(servers))])])
    assert record["pattern"] == pattern


def test_a_record_of_thousands_of_failures_stays_small():
    many = range(3000)
    (record,) = of([([planned(n) for n in many], [done(n, outcomes.FAILED, code="launch_quota") for n in many])])
    assert len(record["failures"]) == records.MOST_FAILURES
    assert record["failures_left_out"] == 3000 - records.MOST_FAILURES and record["failed"] == 3000


def test_percentages_round_down():
    entries = [done(number) for number in range(1999)] + [done(1999, outcomes.FAILED, code="x")]
    (record,) = of([([planned(number) for number in range(2000)], entries)])
    assert record["success_percent"] == 99.9


def test_an_extension_names_the_staging_account_that_could_not_be_worked_with():
    results = [{"target": "shop.us-west-2", "staging_account_id": PAY, "error": {"code": "staging_role_missing"}}]
    told = {"kind": "extension", "run_id": "e-1", "results": results, "accounts": {"shop.us-west-2": SHOP}}
    (record,) = records.records({**told, "servers": [done(1, outcomes.EXTENDED, CELLS[1])]}, NOW)
    assert (record["account_id"], record["region"], record["status"]) == (SHOP, "us-west-2", "partial")
    assert record["failures"][0]["name"] == f"staging account {PAY}" and record["pattern"] == "extended"
    (alone,) = records.records(told, NOW)
    assert (alone["status"], alone["servers"], alone["cell"]) == ("failed", 0, "shop.us-west-2")


@pytest.mark.parametrize("wrong", [{"kind": "dance"}, {"run_id": ""}, {"kind": None}])
def test_a_result_of_nothing_is_refused(wrong):
    with pytest.raises(DrsError, match="result.(kind|run_id)"):
        records.records({**result([]), **wrong}, NOW)


@given(st.lists(st.sampled_from(outcomes.OUTCOMES), max_size=30))
def test_no_server_is_lost_in_the_counts(listed):
    told = records.figures([{"outcome": one} for one in listed])
    assert told["succeeded"] + told["failed"] + told["unfinished"] + told["skipped"] == told["servers"] == len(listed)
    assert records.status(told) in STATUSES


def test_every_code_of_the_catalogue_has_a_category_that_exists():
    assert {categories.category(code) for code in CATALOGUE} <= set(categories.CATEGORIES)


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("AssumeRole:AccessDenied", "access"),
        ("launch_pass_role", "access"),
        ("StartRecovery:ServiceQuotaExceededException", "quota"),
        ("launch_vcpu_limit", "quota"),
        ("RequestLimitExceeded", "service"),
        ("launch_kms_share", "encryption"),
        ("launch_key_pair", "configuration"),
        ("install_certificate", "network"),
        ("install_network", "network"),
        ("install_linux_build", "machine"),
        ("stale_data", "data"),
        ("live_recovery_instance", "guard"),
        ("launch_timeout", "time"),
        ("launch_instance_type", "configuration"),
        ("internal_error", "other"),
        (None, "other"),
    ],
)
def test_categories(code, category):
    assert categories.category(code) == category


# -- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (
            {"since": "2026-03-02", "until": "2026-03-01"},
            "since: 2026-03-02T00:00:00Z is later than until, 2026-03-01T23:59:59Z",
        ),
        ({"status": "sucess"}, "failed, timeout; did you mean succeeded?"),
        ({"status": "green"}, "there are planned, waiting"),
        ({"pattern": "hub"}, "pattern: 'hub' is unknown"),
        ({"account_id": "42"}, "account_id: '42' is not an account"),
        ({"since": "yesterday"}, "since: 'yesterday' is not a time"),
        ({"limit": 0}, "limit: 0 is not a number from 1 to 1000"),
        ({"limit": 1001}, "limit: 1001"),
    ],
)
def test_bad_filters_are_refused_by_name(asked, text):
    with pytest.raises(DrsError) as wrong:
        history_query.filters(asked, NOW)
    assert text in str(wrong.value)


def test_an_age_is_counted_back_from_now():
    assert history_query.filters({"since": "7d", "until": ""}, NOW) == {"since": "2026-03-03T12:00:00Z"}


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"account_id": PAY, "kind": "recovery", "mode": "drill", "status": "succeeded"}, True),
        ({"account_id": SHOP}, False),
        ({"status": "failed"}, False),
        ({"pattern": "same_account"}, True),
        ({"since": "2026-03-10T10:00:00Z", "until": "2026-03-10T10:00:00Z"}, True),
        ({"since": "2026-03-10T10:00:01Z"}, False),
        ({"until": "2026-03-10T09:59:59Z"}, False),
        ({"failures_only": True}, False),
    ],
)
def test_each_filter_filters(asked, fits):
    (record,) = of([([planned(1)], [done(1)])])
    assert history_query.matches(record, asked) is fits


def test_a_record_from_before_the_schema_is_read():
    old = {"run_id": "old", "account_id": PAY, "status": "Success", "started_at": "2025-01-01T00:00:00Z"}
    old["summary"] = {"installed": 3, "failed": 1, "total": 4}
    old["failures"] = [{"name": "m", "code": "install_network"}]
    new = history_query.upgraded(old)
    assert (new["schema"], new["status"], new["kind"]) == (0, "succeeded", "deployment")
    assert (new["servers"], new["succeeded"], new["failed"], new["success_percent"]) == (4, 3, 1, 75)
    assert new["failures"][0]["category"] == "network"
    assert set(records.records(result([([planned(1)], [done(1)])]), NOW)[0]) <= set(new)


def test_a_record_that_lists_its_servers_is_counted_and_an_unknown_status_is_worked_out():
    old = {
        "run_id": "old",
        "account_id": PAY,
        "status": "odd",
        "servers": [{"outcome": "launched"}, {"outcome": "failed"}],
    }
    assert history_query.upgraded(old)["status"] == "partial"


def test_a_newer_record_is_read_as_it_is():
    newer = {"schema": records.SCHEMA + 1, "run_id": "r", "account_id": PAY, "more": 1}
    assert history_query.upgraded(newer) == newer


@pytest.mark.parametrize("body", [None, [], "text", {"run_id": "r"}, {"account_id": PAY}])
def test_what_is_no_record_is_none(body):
    assert history_query.upgraded(body) is None


def test_a_run_that_is_continued_began_when_it_began():
    (first,) = of([([planned(1)], [done(1, outcomes.FAILED, code="x")])], clean=True)
    (second,) = of([([planned(1)], [done(1, started_at="2026-03-10T11:00:00Z", ended_at="2026-03-10T11:05:00Z")])])
    told = history_query.merged(second, history_query.merged(first, None))
    assert (told["started_at"], told["ended_at"]) == ("2026-03-10T10:00:00Z", "2026-03-10T11:05:00Z")
    assert (told["times_recorded"], told["status"], told["duration_seconds"]) == (2, "succeeded", 3900)
    assert told["clean"] is True


def test_failures_are_grouped_by_account_and_category():
    wrong = [done(1, outcomes.FAILED, code="launch_kms"), done(2, outcomes.FAILED, code="launch_kms_share")]
    wrong.append(done(3, outcomes.FAILED, CELLS[1], "launch_quota"))
    rows = history_query.failures(of([([planned(1), planned(2), planned(3, CELLS[1])], wrong)]))
    assert [row["account_id"] for row in rows] == [PAY, PAY, SHOP] and rows[0]["run_id"] == "run-1"
    groups = history_query.grouped(rows)
    assert [(one["account_id"], one["category"], one["count"]) for one in groups] == [
        (PAY, "encryption", 2),
        (SHOP, "quota", 1),
    ]
    assert groups[0]["codes"] == {"launch_kms": 1, "launch_kms_share": 1} and groups[0]["remedies"] == ["Cure it."]


def test_totals_of_a_day_a_week_a_month():
    def at(moment):
        (record,) = of(
            [
                (
                    [planned(1), planned(2)],
                    [done(1, started_at=moment), done(2, outcomes.FAILED, code="x", started_at=moment)],
                )
            ]
        )
        return record

    found = [
        at("2026-03-10T01:00:00Z"),
        at("2026-03-05T00:00:00Z"),
        at("2026-02-15T00:00:00Z"),
        at("2026-01-01T00:00:00Z"),
    ]
    told = history_query.totals(found, NOW)
    assert {name: one["servers"] for name, one in told.items()} == {"24h": 2, "7d": 4, "30d": 6}
    assert told["24h"]["success_percent"] == 50
    assert history_query.totals([], NOW)["30d"]["success_percent"] is None


def test_totals_count_what_the_report_counts():
    """That a drill was cleaned up is no second success, and a run that waits has not begun: one share for both."""
    (drill,) = of([([planned(1), planned(2)], [done(1), done(2, outcomes.FAILED, code="x")])])
    cleaned = {**drill, "run_id": "t-1", "kind": "termination", "summary": {"terminated": 8, "total": 8}, "servers": 8}
    waiting = {**drill, "run_id": "r-9", "status": "waiting", "summary": {"planned": 5, "total": 5}, "servers": 5}
    found = [{**one, "started_at": "2026-03-10T01:00:00Z"} for one in (drill, cleaned, waiting)]
    told = history_query.totals(found, NOW)["24h"]
    model = report_model.build({"generated_at": NOW, "history": found})
    assert told["success_percent"] == model["totals"]["rate"] == 50.0
    assert (told["servers"], told["runs"]) == (model["totals"]["servers"], model["totals"]["runs"]) == (2, 2)
    assert model["windows"][0]["runs"] == 2


def test_a_run_that_is_written_down_says_itself_when_it_began_and_ended():
    began, ended = "2026-03-01T08:00:00Z", "2026-03-01T20:00:00Z"
    record = of([([planned(1)], [done(1)])], started_at=began, ended_at=ended)[0]
    assert (record["started_at"], record["ended_at"], record["duration_seconds"]) == (began, ended, 43200)


def test_a_list_in_csv_is_its_items_with_spaces_and_no_formula():
    (row,) = csv.DictReader(io.StringIO(csv_text([{"ids": ["=a", "b"], "none": []}], ["ids", "none"])))
    assert row == {"ids": "'=a b", "none": ""}


def test_csv_has_every_column_and_no_formula():
    evil = planned(1, name="=cmd|'/c calc'!A1")
    (record,) = of([([evil], [dict(done(1, outcomes.FAILED, code="launch_kms"), name=evil["name"])])])
    (row,) = csv.DictReader(io.StringIO(csv_text([record], history_query.COLUMNS)))
    assert tuple(row) == history_query.COLUMNS and row["status"] == "failed" and row["account_id"] == PAY
    rows = history_query.failures([record])
    (told,) = csv.DictReader(io.StringIO(csv_text(rows, history_query.FAILURE_COLUMNS)))
    assert told["name"] == "'" + evil["name"] and told["category"] == "encryption"


def test_what_was_terminated_has_no_age_of_data():
    """Its point in time held against the time of the termination would be the age of a machine."""
    gone = {"outcome": outcomes.TERMINATED, "application": "shop", "data_age_seconds": 3197.9, "duration_seconds": 79.0}
    assert records.figures([gone])["worst_data_age_seconds"] is None
    ages = [one["worst_data_age_seconds"] for one in records._applications([gone])]
    assert ages == [None]
