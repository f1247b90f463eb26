"""What the pages of a report say, read from their HTML: places, people, times, words and what is left out."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import html
import json
import re

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import charts, connect, deviations, evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import documents as report_documents
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import files_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import model as report_model
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import run as report_run
from ansible_collections.resilience.drs.plugins.plugin_utils._report import heads, page, tables
from support import report_pages as pages, reports
from support.page_rows import rows_of

SERVER, HOME = "s-" + "0" * 17, ("shop.us-east-1", "555555555555", "us-east-1")


def section(text, name):
    """A section of a page as words; empty when it has none."""
    found = re.search(r'<section id="%s".*?</section>' % name, text, re.S)
    return words(found[0]) if found else ""


def words(text):
    """What a reader reads: without script, data and marks."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def heads_of(text, table):
    """The headings of a table."""
    head = re.search(r'<table id="%s".*?<tbody>' % table, text, re.S)[0]
    return [words(one) for one in re.findall(r"<th [^>]*>(.*?)</th>", head, re.S)]


def failed_back():
    """A failback of two servers whose machines stand in another account and Region than the servers."""
    found = reports.failed_back()
    for wave in found["waves"]:
        for one in wave["servers"]:
            for stage in one["stages"]:
                if stage["stage"] == "launched":
                    stage.update(zip(("original_cell", "original_account_id", "original_region"), HOME))
    return found


def evidence_of(found, **more):
    made = evidence.build(found, {}, [], reports.NOW, "1.0.0", more.get("about"))
    return page.render(evidence.as_model(made), made)


def report_of(found, **more):
    return page.render(report_model.build({"runs": [found], "generated_at": reports.NOW, **more}))


# -- where and who ---------------------------------------------------------------------------------------------------


def test_what_failed_back_is_shown_where_its_machine_stands():
    """Zone and address are those of the machine; an account of the other side beside them leads nowhere."""
    found = failed_back()
    model = report_model.build({"runs": [found], "generated_at": reports.NOW})
    rows = rows_of(page.render(model), "servers")
    assert {(one["cell"], one["account_id"], one["region"]) for one in rows} == {HOME}
    hosts = connect.inventory(model["run"])["all"]["hosts"]
    assert {one["drs_account_id"] for one in hosts.values()} == {HOME[1]}
    assert [one["account_id"] for one in files_text.server_rows(model) if one["run_id"] == "home-1"] == [HOME[1]] * 2


def test_the_retry_of_a_failback_has_who_and_when():
    found = failed_back()
    wave, later = next((wave, one) for wave in found["waves"] for one in wave["servers"] if len(one["stages"]) > 2)
    wave["attempts"] = [
        {**later, "outcome": "failed", "job_id": "j-0", "error": {"code": "no_room", "message": "full"}}
    ]
    (retry,) = [
        one for one in deviations.exceptions_of(found, report_run.run_of(found, {}), None) if one["what"] == "retry"
    ]
    launch = later["stages"][-1]
    assert (retry["who"], retry["at"], retry["why"]) == ("ada", launch["started_at"], "full")


def test_a_person_stands_once_with_all_that_they_did():
    roles = [("ann", "initiator"), ("bob", "approver (start)"), ("ann", "resumed the run")]
    assert page._people({"name": name, "role": role} for name, role in roles) == [
        ("ann", ["initiator", "resumed the run"]),
        ("bob", ["approver (start)"]),
    ]
    same = words(report_of(reports.documents(initiator="ann", started_by={"name": "ann"})))
    assert "typed by" not in same.partition("hash of the plan")[0]


def test_a_name_from_right_to_left_leaves_the_sentence_in_order():
    name = "\u05e9\u05e8\u05ea-01"
    text = evidence_of(reports.documents(servers=3, failed=1, naming=lambda one: {**one, "name": name}))
    assert f'<bdi dir="ltr">{name} in unit' in text
    assert re.search(r"</span> \(1[^)]*\): <bdi>%s</bdi>" % name, text)


# -- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "kind"), [("closed", "good"), ("open", "open"), ("paused", "open"), ("odd", "bad")])
def test_a_corrective_action_that_is_closed_is_no_fault(word, kind):
    assert page.tone(word) == kind


def test_details_of_events_are_pairs_that_can_be_told_apart():
    data = {"reason": "wave 1, launched: stop", "clean": True, "left": False, "status": "failed", "none": None}
    (one,) = report_run.events_of([{"seq": 1, "at": reports.NOW, "event": "run_finished", "actor": "a", "data": data}])
    assert one["detail"] == "clean: yes; left: no; reason: wave 1, launched: stop; status: failed"


def test_times_have_a_zone():
    model = report_model.build({"history": pages.history(), "since": "2026-02-01", "generated_at": reports.NOW})
    text = words(page.render(model))
    assert "since 2026-02-01 00:00:00 UTC" in text
    assert all(" UTC" in one for one in re.findall(r"last (?:succeeded|partial|failed) \S+ \S+ \S+", text))
    assert "Times in UTC, 2026-03-01" in section(report_of(reports.documents()), "waves")


def test_what_never_came_is_not_reached_rather_than_a_dash():
    found = report_documents.documents([one for one in reports.items(servers=1) if one["item"] in ("run", "plan")])
    text = section(report_of(found), "objectives")
    assert "not reached of 1h00m not met" in text and "- of" not in text
    assert "recovery time not reached, target 1h00m" in section(evidence_of(found), "exceptions")


def test_no_journal_is_not_called_unbroken():
    found = report_documents.documents([one for one in reports.items(servers=1) if one["item"] in ("run", "plan")])
    assert "no journal No event is on record." in section(evidence_of(found), "journal")
    assert "unbroken 3 events" in section(evidence_of(reports.documents()), "journal")


def test_a_server_without_a_name_is_called_so_everywhere():
    fleet = reports.fleet(3)
    for one in fleet["servers"]:
        one["name"] = ""
    found = reports.documents(servers=3, failed=1, naming=lambda one: {**one, "name": ""})
    text = report_of(found, status=fleet)
    for table in ("servers", "replication", "failures"):
        assert {one["name"] for one in rows_of(text, table)} == {tables.NO_NAME}, table


# -- what goes on, and what is empty --------------------------------------------------------------------------------


def test_nothing_has_failed_in_a_wave_that_nobody_has_judged():
    waves = report_run.waves_of(pages.going())
    chart = charts.gantt(waves, now=reports.at(1000))
    assert _row(chart, "wave 2")["width"] and chart["until"] == reports.at(1000)
    levels = [(one["kind"], one["level"]) for one in chart["rows"][chart["rows"].index(_row(chart, "wave 2")) :]]
    assert levels == [("wave", "none"), *[("cell", "none")] * 3]


def _row(chart, label):
    return next(one for one in chart["rows"] if one["label"] == label)


def test_what_a_run_has_still_to_come_to_is_not_left_out():
    going = pages.going()
    assert "not tried" not in words(pages.watched_page(going, reports.at(1000)))
    going["run"].update(status="cancelled", ended_at=reports.at(1000))
    stopped = [one for one in report_run.run_of(going, {})["left_out"] if one["what"] == "not tried"]
    assert len(stopped) == 2 and "verdict of wave 2" not in str(stopped)


def test_a_run_that_has_ended_has_no_time_left():
    going, over = pages.going(), reports.documents(servers=12)
    assert "time left" in section(pages.watched_page(going, reports.at(1000)), "watching")
    assert "time left" not in section(pages.watched_page(over, reports.at(5000)), "watching")
    assert "Failures over time" not in pages.watched_page(going, reports.at(1000))


def test_columns_in_which_nothing_stands_are_not_shown_but_exported():
    text = pages.page_of(with_history=True)
    assert "application" not in heads_of(text, "failures") and "wave" not in heads_of(text, "failures")
    (data,) = re.findall(r'id="data-failures">(.*?)</script>', text, re.S)
    told = json.loads(data)
    assert {"application", "wave"} <= set(told["exported"]) == set(told["exported"]) & set(told["values"])
    assert len(told["columns"]) == len(heads_of(text, "failures"))
    full = pages.page_of(servers=12, failed=2, cleaned=False)
    assert heads_of(full, "servers")[:6] == ["server", "status", "recovery instance", "address", "account", "zone"]


def test_a_table_without_rows_has_no_heads():
    text = evidence_of(reports.documents())
    assert heads_of(text, "exceptions-table")
    empty = pages.page_of(with_history=False)
    assert heads_of(empty, "activities") == [] and "none" in section(empty, "activity")


def headings(text, table):
    """The headings that a narrow window puts before the values of a table, by the place of their column."""
    found = re.findall(r'#%s tr:not\(.gap\) > :nth-child\((\d+)\)[^{]*{ content: "([^"]*)"; }' % table, text)
    return {int(place): label for place, label in found}


def test_every_value_of_a_card_has_the_heading_of_its_column():
    text = pages.page_of(servers=12, failed=2, cleaned=False)
    for table in ("servers", "failures", "replication", "activities", "waves-table", "objectives-table"):
        shown = heads_of(text, table)
        assert headings(text, table) == {place: label for place, label in enumerate(shown, 1) if label}, table


def test_a_sheet_of_paper_says_what_it_is_of_and_nothing_that_came_from_outside_ends_the_style():
    found = evidence_of(reports.documents())
    assert re.search(r'content: "Evidence of run drill-1, draft - not signed, hash [0-9a-f]{64}"', found)
    assert 'content: "a_b_c_d"' in heads.paper('a"b</style>c\\d'.replace("</style>", "\n"))
    odd = page.render(report_model.build({"generated_at": reports.NOW, "title": 'x"; } </style><script>'}))
    assert odd.count("</style>") == 1 and "<script>{" not in odd


def test_many_accounts_take_a_line_of_their_own():
    cells = [{"cell": f"c{number}", "account_id": f"{number:012}", "region": "us-west-2"} for number in range(34)]
    text = report_of(reports.documents(cells=cells))
    assert re.search(r'<div class="wide"><dt>34 accounts</dt><dd>000000000000, 000000000001, ', text)
    assert "<div><dt>accounts</dt>" in report_of(reports.documents())


def test_an_alert_calls_a_quota_by_words():
    text = section(pages.page_of(servers=3), "alerts")
    assert "replicating servers is at 296 of 300 (critical)" in text and "replicating_servers" not in text
