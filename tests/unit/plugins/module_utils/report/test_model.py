"""Test the report: rates and colours, verdict, objectives, failures, periods, files."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import json
from xml.etree import ElementTree

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import charts as report_charts
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import failures as report_failures
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import objectives as report_objectives
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import rates
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import documents
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import run as report_run
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import files_text as report_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support import reports

HOSTILE = "=cmd|' /C calc'!A0 <b>&\"'`{{ 7*7 }}`|x"


def build(**request):
    return report_model.build({"generated_at": reports.NOW, **request})


def verdict(**more):
    return report_run.run_of(reports.documents(**more), {})["verdict"]


# -- rates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("good", "of", "level"),
    [
        (0, 0, "none"),
        (96, 100, "green"),
        (95, 100, "yellow"),
        (951, 1000, "green"),
        (80, 100, "yellow"),
        (799, 1000, "red"),
        (0, 1, "red"),
        (1, 1, "green"),
    ],
)
def test_the_colour_of_a_share(good, of, level):
    assert rates.level(good, of) == level


def test_each_stage_of_a_failback_is_a_success_and_what_was_not_begun_counts_nowhere():
    told = rates.tally({"cleaned": 2, "ready": 1, "stopped": 1, "failed": 1, "applied": 1})
    assert (told["succeeded"], told["failed"], told["counted"]) == (5, 1, 6)
    waiting = {"kind": "failback", "status": "waiting", "counts": {"planned": 3}}
    assert rates.working([waiting, {**waiting, "status": "succeeded"}]) == [{**waiting, "status": "succeeded"}]


def test_a_share_is_never_rounded_up():
    assert outcomes.percent(2999, 3000) == 99.9
    assert outcomes.percent(3000, 3000) == 100.0
    assert outcomes.percent(0, 0) is None


def test_what_never_started_has_not_succeeded_and_what_was_skipped_does_not_count():
    told = rates.rated([{"launched": 6, "planned": 2, "skipped": 5, "unheard_of": 1, "failed": 1, "total": 15}])
    assert (told["counted"], told["succeeded"], told["failed"], told["open"], told["skipped"]) == (10, 6, 2, 2, 5)
    assert told["rate"] == 60.0 and told["level"] == "red"


def test_the_windows_hold_what_began_in_them():
    records = [reports.record("a", "111111111111", 0.5, 4), reports.record("b", "111111111111", 6, 3, 1)]
    records += [reports.record("c", "222222222222", 29, 0, 2), reports.record("d", "222222222222", 31, 9)]
    told = {one["name"]: one for one in build(history=records)["windows"]}
    assert [(told[name]["runs"], told[name]["succeeded"], told[name]["counted"]) for name in told] == [
        (1, 4, 4),
        (2, 7, 8),
        (3, 7, 10),
    ]


# -- records ---------------------------------------------------------------------------------------------------------


def test_a_run_and_its_record_in_the_history_count_once():
    same = reports.record("drill-1", reports.ACCOUNTS[0], 0.2, 1, kind="recovery", pattern="cross_account")
    model = build(history=[same], runs=[reports.documents(servers=12)])
    assert model["totals"]["counted"] == 12 and model["totals"]["runs"] == 1
    assert len(model["activity"]) == 1


def test_the_clean_up_of_a_run_is_no_run_of_its_own():
    done = reports.record("drill-1", reports.ACCOUNTS[0], 0.2, 1, kind="recovery", pattern="cross_account")
    gone = reports.record("terminate-1", reports.ACCOUNTS[0], 0.1, 1, kind="termination", pattern="cross_account")
    assert build(history=[done, gone])["totals"]["runs"] == 1


def test_records_of_an_older_version_are_read_and_of_a_newer_one_told():
    old = {"run_id": "old", "account_id": "111111111111", "status": "success", "started_at": "2026-02-28"}
    new = reports.record("new", "222222222222", 1, 5, schema=9)
    model = build(history=[{"run_id": "old", "item": "account:1:x", "body": old}, new])
    assert [(one["run_id"], one["status"]) for one in model["activity"]] == [("old", "succeeded")]
    assert model["verdict"]["word"] == "UNKNOWN"
    assert "record_newer" in model["alerts"][0]["text"]


def test_a_run_of_a_newer_version_is_refused():
    with pytest.raises(DrsError, match="schema 2, this version reads up to 1") as caught:
        reports.documents(schema=2)
    assert caught.value.code == "record_newer"


def test_an_empty_history_is_no_success():
    model = build()
    assert model["verdict"]["word"] == "UNKNOWN"
    assert model["totals"]["rate"] is None and all(one["level"] == "none" for one in model["windows"])


@pytest.mark.parametrize(
    ("request_", "code", "told"),
    [
        ({"since": "2026-03-02", "until": "2026-03-01"}, "dates_reversed", "since 2026-03-02T00:00:00Z is after until"),
        ({"since": "yesterday"}, "invalid_option", "since: 'yesterday' is no time"),
        ({"until": "2026-02-30"}, "invalid_option", "until"),
        ({"statuses": ["failed", "wobbly"]}, "unknown_status", "wobbly; there are: planned"),
    ],
)
def test_what_cannot_be_asked_for(request_, code, told):
    with pytest.raises(DrsError, match=told) as caught:
        build(**request_)
    assert caught.value.code == code


def test_period_status_account_and_pattern_narrow_the_report():
    records = [
        reports.record("a", "111111111111", 1, 4),
        reports.record("b", "222222222222", 2, 3, 1),
        reports.record("c", "222222222222", 9, 0, 2),
    ]
    asked = {"since": "2026-02-25", "statuses": ["partial"], "account_ids": ["222222222222"]}
    assert [one["run_id"] for one in build(history=records, **asked)["activity"]] == ["b"]
    assert [one["run_id"] for one in build(history=records, patterns=["same_account"])["activity"]] == ["a"]


# -- the verdict -----------------------------------------------------------------------------------------------------


def test_a_drill_passes_only_when_all_that_it_launched_is_proven_to_be_gone():
    assert verdict() == {"word": "PASS", "reasons": []}
    assert verdict(cleaned=False)["word"] == "DRAFT"
    found = reports.documents()
    found["cleanup"]["left"] = [{"recovery_instance_id": "i-1"}]
    found["cleanup"]["clean"] = False
    assert report_run.run_of(found, {})["verdict"]["word"] == "FAIL"
    found["cleanup"]["left"] = None
    assert report_run.run_of(found, {})["verdict"]["word"] == "DRAFT"


def test_a_clean_up_of_a_part_is_no_proof_of_the_whole():
    """``terminate --limit``: the proof says clean of what it has looked at, and the record names more."""
    found = reports.documents()
    whole = found["cleanup"]["servers"]
    found["cleanup"]["servers"] = whole[1:]
    told = report_run.run_of(found, {})
    missing = whole[0]["recovery_instance_id"]
    assert told["verdict"]["word"] == "FAIL" and "1 not proven to be gone" in told["verdict"]["reasons"][0]["text"]
    assert [one["recovery_instance_id"] for one in told["cleanup"]["not_proven"]] == [missing]
    found["cleanup"]["proven"] = [missing]
    assert report_run.run_of(found, {})["verdict"]["word"] == "PASS"


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("succeeded", "PASS"),
        ("partial", "PASS"),
        ("running", "DRAFT"),
        ("waiting", "DRAFT"),
        ("paused", "DRAFT"),
        ("failed", "FAIL"),
        ("timeout", "FAIL"),
        ("cancelled", "FAIL"),
        ("splendid", "UNKNOWN"),
    ],
)
def test_the_status_of_the_run_bounds_the_verdict(status, word):
    assert verdict(status=status)["word"] == word


@pytest.mark.parametrize("status", ["waiting", "failed", "splendid"])
def test_what_is_said_of_the_status_names_the_run(status):
    found = reports.documents(status=status)
    found["run"]["reason"] = "waits for approval: start"
    told = [one["text"] for one in report_run.run_of(found, {})["verdict"]["reasons"]]
    assert any(text.startswith(f"run {found['run']['run_id']} ") for text in told), told
    if status == "waiting":
        assert any("is waiting (waits for approval: start): it is not over" in text for text in told)


def test_an_optional_server_may_fail_and_a_critical_one_may_not():
    assert verdict(servers=12, failed=4)["word"] == "PASS"
    # all servers of an application that may fail did: it is down, and its objective is not met
    assert verdict(servers=12, failed=6)["reasons"][0]["text"] == "shop: the recovery time objective is not met"
    told = verdict(servers=12, failed=7)
    assert told["word"] == "FAIL"
    assert any(one["text"].startswith("critical server srv-") for one in told["reasons"])


def test_a_server_without_a_result_is_no_success():
    found = reports.documents(servers=6)
    found["waves"] = found["waves"][:-1]
    run = report_run.run_of(found, {})
    assert run["totals"]["open"] == 2 and run["totals"]["succeeded"] == 4
    assert run["verdict"]["word"] == "FAIL"  # its recovery time was never reached


def test_coverage_a_failed_validation_and_a_denied_approval_show():
    found = reports.documents()
    found["plan"]["unknown_cells"] = [{"cell": "unit9.us-west-2", "error": {"code": "AccessDenied"}}]
    assert report_run.run_of(found, {})["verdict"]["word"] == "UNKNOWN"
    found = reports.documents()
    found["waves"][1]["validation"] = {"passed": False, "reason": "no answer"}
    assert report_run.run_of(found, {})["verdict"]["word"] == "FAIL"
    found = reports.documents()
    found["approvals"][0]["decision"] = "rejected"
    assert report_run.run_of(found, {})["verdict"]["word"] == "FAIL"


def test_a_fleet_that_was_not_read_whole_takes_the_pass_away():
    fleet = reports.fleet()
    assert build(runs=[reports.documents()], status=fleet)["verdict"]["word"] == "PASS"
    fleet["coverage"] = "incomplete"
    fleet["unknown_cells"] = [{"cell": "unit9.us-west-2", "error": {"code": "AccessDenied", "remedy": "Ask."}}]
    model = build(runs=[reports.documents()], status=fleet)
    assert model["verdict"]["word"] == "UNKNOWN"
    assert "unit9.us-west-2" in model["alerts"][0]["text"]


# -- objectives ------------------------------------------------------------------------------------------------------


def test_recovery_time_ends_with_the_last_critical_server_and_the_worst_data_counts():
    found = reports.documents(servers=12)
    goals = {one["application"]: one for one in report_objectives.objectives(found, {})}
    ends = [
        report_objectives.parse_time(entry["ended_at"])
        for wave in found["waves"]
        for entry in wave["servers"]
        if entry["application"] == "mail"
    ]
    declared = report_objectives.parse_time(found["run"]["declared_at"])
    assert goals["mail"]["rto"]["from_declared"] == (max(ends) - declared).total_seconds()
    assert goals["mail"]["rto"]["from_approved"] == goals["mail"]["rto"]["from_declared"] - 90
    assert goals["mail"]["rto"]["ends_with"] == "launched" and goals["mail"]["rto"]["met"] is True
    # servers 2, 6 and 10, one in each wave: their data is 32, 36 and 40 seconds old when their launch begins
    assert goals["mail"]["rpo"]["actual"] == 40 and goals["mail"]["rpo"]["worst_server"] == "srv-0010"
    assert goals["mail"]["spread_seconds"] == 1800 - 8


def test_a_validation_is_the_end_of_recovery_time():
    found = reports.documents(servers=4)
    for wave in found["waves"]:
        wave["validation"] = {"passed": True, "at": reports.at(3000)}
    goal = report_objectives.objectives(found, {})[0]
    assert goal["rto"]["ends_with"] == "validated" and goal["rto"]["ended_at"] == reports.at(3000)


@pytest.mark.parametrize(
    ("validation", "proceed", "done", "passed"),
    [
        (None, True, False, None),
        ({"failed": []}, True, True, True),
        ({"failed": []}, False, False, None),
        ({"failed": ["unit1: no answer"]}, False, True, False),
        ({"passed": True}, True, True, True),
        ({"unheard_of": 1}, True, True, False),
    ],
)
def test_what_a_wave_says_of_its_validation(validation, proceed, done, passed):
    told = report_objectives.validation_of({"validation": validation, "verdict": {"proceed": proceed}})
    assert (told["done"], told["passed"]) == (done, passed)


def test_what_was_not_reached_or_is_not_known_meets_no_target():
    found = reports.documents(servers=8, failed=8)
    assert all(one["rto"]["met"] is False for one in report_objectives.objectives(found, {}))
    found = reports.documents(servers=8)
    found["waves"][0]["servers"][0]["point_in_time"] = None
    goal = next(one for one in report_objectives.objectives(found, {}) if one["application"] == "payments")
    assert goal["rpo"]["unknown"] == 1 and goal["rpo"]["met"] is False and goal["spread_seconds"] is None


def test_data_from_after_its_launch_has_no_age_and_meets_no_target():
    found = reports.documents(servers=8)
    entry = next(one for one in found["waves"][0]["servers"] if one["outcome"] == "launched")
    entry["point_in_time"] = "2099-01-01T00:00:00Z"
    goals = report_objectives.objectives(found, {})
    goal = next(one for one in goals if one["application"] == entry["application"])
    assert (goal["rpo"]["unknown"], goal["rpo"]["met"]) == (1, False)


def test_targets_that_are_given_win_over_tags():
    found = reports.documents(servers=8)
    targets = report_objectives.targets_of({"mail": {"rto": "30m", "rpo": "1s"}})
    goal = next(one for one in report_objectives.objectives(found, targets) if one["application"] == "mail")
    assert (goal["rto"]["target"], goal["rpo"]["target"]) == (1800, 1)
    assert goal["rpo"]["met"] is False
    assert report_run.run_of(found, targets)["verdict"]["word"] == "FAIL"


@pytest.mark.parametrize("given", [{"mail": "45m"}, {"mail": {"rt0": "45m"}}, {"mail": {"rto": "soon"}}])
def test_targets_that_nobody_can_read(given):
    with pytest.raises(DrsError) as caught:
        report_objectives.targets_of(given)
    assert caught.value.code in ("invalid_option", "invalid_duration")


def test_data_is_lost_from_the_declaration_on_and_in_a_drill_from_the_launch():
    run = {"mode": "recovery", "started_at": reports.at(0), "declared_at": reports.at(-600)}
    result = {"started_at": reports.at(900)}
    assert report_objectives.lost_from(run, result) == reports.at(-600)
    assert report_objectives.lost_from({**run, "disrupted_at": reports.at(-900)}, result) == reports.at(-900)
    for mode in ("drill", "failback_drill"):
        assert report_objectives.lost_from({**run, "mode": mode}, result) == reports.at(900)
        assert report_objectives.lost_from({**run, "mode": mode}, {}) == reports.at(0)


# -- failures --------------------------------------------------------------------------------------------------------


def test_failures_are_grouped_by_account_and_kind_with_the_remedy_said_once():
    model = build(runs=[reports.documents(servers=30, failed=12)])
    assert len(model["failures"]) == 12
    assert sum(one["servers"] for one in model["failure_groups"]) == 12
    codes = {code["code"] for one in model["failure_groups"] for part in one["categories"] for code in part["codes"]}
    assert codes == {"launch_capacity", "launch_kms", "AccessDeniedException"}
    assert sorted(one["code"] for one in model["remedies"]) == sorted(codes)
    assert all(one["remedy"] for one in model["remedies"])


def test_a_failure_that_says_nothing_is_told_all_the_same():
    one = report_failures.failure_of({"name": "a", "outcome": "failed"}, {"run_id": "r"})
    assert one["code"] == "no_reason" and one["message"] and one["remedy"]


def test_failures_that_the_history_did_not_keep_are_counted():
    model = build(history=[reports.record("a", "111111111111", 1, 0, 2, failures_left_out=98)])
    assert any("98 failures more" in one["text"] for one in model["alerts"])


# -- files -----------------------------------------------------------------------------------------------------------


def hostile_model():
    def naming(server):
        return {**server, "name": HOSTILE, "application": "app|<i>" + "x" * 10000}

    return build(title=HOSTILE, runs=[reports.documents(servers=6, failed=6, naming=naming)])


def test_the_same_request_gives_the_same_bytes():
    whole = {"history": [reports.record("a", "111111111111", 1, 4, 1)], "runs": [reports.documents(servers=9)]}
    for write in (report_text.as_json, report_text.csv_of, report_text.junit, report_text.summary):
        assert write(build(**whole)) == write(build(**whole))


def test_csv_holds_every_server_and_no_formula():
    rows = list(csv.DictReader(report_text.csv_of(hostile_model()).splitlines()))
    assert len(rows) == 6
    assert all(row["name"].startswith("'=cmd") and len(row["application"]) <= 120 for row in rows)
    assert all(row["message"] and row["remedy"] for row in rows)


def test_junit_is_xml_whatever_the_names_are():
    root = ElementTree.fromstring(report_text.junit(hostile_model()))
    cases = list(root.iter("testcase"))
    assert len(cases) == 7 and sum(1 for one in cases if one.find("failure") is not None) == 7
    assert "<b>&\"'" in cases[1].get("name")


def test_junit_without_a_run_is_about_accounts():
    root = ElementTree.fromstring(report_text.junit(build(history=[reports.record("a", "111111111111", 1, 3, 1)])))
    assert [one.get("name") for one in root.iter("testcase")] == ["verdict", "111111111111"]
    assert [one.get("failures") for one in root] == ["1", "1"]


def test_markdown_takes_names_for_text():
    text = report_text.summary(hostile_model())
    assert "<b>" not in text and "<i>" not in text
    for line in text.splitlines():
        assert line.replace("\\|", "").count("|") in (0, 5, 6, 7, 9)


def test_report_json_is_plain_ascii():
    text = report_text.as_json(build(title="\u05e9\u05dc\u05d5\u05dd\u202e", runs=[reports.documents()]))
    assert text.isascii() and json.loads(text)["title"] == "\u05e9\u05dc\u05d5\u05dd"


# -- charts ----------------------------------------------------------------------------------------------------------


def test_the_chart_of_waves_stays_inside_its_frame():
    chart = report_charts.gantt(report_run.waves_of(reports.documents(servers=40, failed=5)))
    assert len(chart["rows"]) == 3 * 4 and chart["left_out"] == 0
    assert all(row["x"] >= chart["label"] and row["x"] + row["width"] <= chart["width"] for row in chart["rows"])
    assert report_charts.gantt([]) is None


def test_many_rows_are_not_drawn_and_said():
    found = reports.documents(servers=300)
    waves = report_run.waves_of(found) * 20
    assert report_charts.gantt(waves)["left_out"] == len(waves) * 4 - report_charts.MOST_ROWS


def test_documents_come_in_the_order_of_the_plan():
    found = documents.documents(reversed(reports.items(servers=40)))
    assert [one["wave"] for one in found["waves"]] == ["1", "2", "3"]
    assert [one["seq"] for one in found["events"]] == [1, 2, 3]


def test_an_alert_of_the_fleet_names_the_servers_and_what_to_type():
    status = {
        "coverage": "complete",
        "summary": {"recovery_instances": {"drills": 2}},
        "servers": [{"name": "web-%d" % number, "recoverable": "no"} for number in range(7)],
    }
    unfit, drills = build(status=status)["alerts"][-2:]
    assert "web-0, web-1, web-2, web-3, web-4 and 2 more" in unfit["text"] and "drs.status" in unfit["remedy"]
    assert drills["remedy"].startswith("No drill of this period left them.")


def test_the_alert_of_a_drill_that_still_stands_names_its_run():
    status = {"coverage": "complete", "summary": {"recovery_instances": {"drills": 2}}}
    left = build(status=status, runs=[reports.documents(run_id="q4-1", cleaned=False)])["alerts"][-1]
    assert left["remedy"] == "ansible-playbook resilience.drs.terminate -e terminate_run_id=q4-1"
