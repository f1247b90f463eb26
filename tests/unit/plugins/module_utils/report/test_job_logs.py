"""The logs of DRS jobs: kept by job, told in report and evidence, and missed where they lack."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence, evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import job_logs as kept_logs
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle
from support import reports
from support.run_steps import Day, plan

EVIL = "</script><script>alert(1)</script>"


def log(job_id, *events, **more):
    return {"cell": "c", "job_id": job_id, "read_at": reports.at(0), "error": None, "events": list(events), **more}


DENIED = {"code": "AccessDeniedException", "message": "not authorized"}


def made_of(documents):
    return evidence.build(documents, {}, [], reports.NOW, "1.0.0")


def test_a_later_error_never_takes_the_place_of_a_log_and_a_later_log_that_of_an_error():
    good, denied = log("j-1", ["t", "JOB_START", None]), log("j-1", error=DENIED)
    assert kept_logs.merged([good], [denied]) == [good]
    assert kept_logs.merged([denied], [good]) == [good] and kept_logs.merged(None, [denied]) == [denied]
    assert (kept_logs.known([good]), kept_logs.known([denied]), kept_logs.known(None)) == ({"j-1"}, set(), set())


def test_a_wave_that_is_launched_again_keeps_the_logs_and_the_calls_of_its_earlier_jobs(tmp_path, monkeypatch):
    at, frozen = Day(str(tmp_path), monkeypatch), plan(1, "drill")
    epoch = at("08:00", "begun", plan=frozen)["epoch"]
    servers = frozen["waves"][0]["servers"]
    for number in (1, 2):
        told = {"calls": [{"request_id": f"id-{number}", "job_id": f"j-{number}"}], "logs": [log(f"j-{number}", ["t"])]}
        entries = [{**servers[0], "outcome": "launched", "job_id": f"j-{number}"}]
        at(f"08:{number}0", "wave_intended", wave="1", servers=servers, epoch=epoch)
        at(f"08:{number}5", "wave_done", wave="1", servers=entries, verdict={}, epoch=epoch, data=told)
    (wave,) = at.documents()["waves"]
    assert [one["request_id"] for one in wave["calls"]] == ["id-1", "id-2"]
    assert [one["job_id"] for one in wave["logs"]] == ["j-1", "j-2"]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([(0, "SNAPSHOT_START"), (65, "SNAPSHOT_END"), (66, "LAUNCH_START")], "snapshot 1m05s, launch begun"),
        (
            [(0, "LAUNCH_START"), (9, "LAUNCH_FAILED", "no room")],
            "launch failed after 9s, LAUNCH_FAILED: no room",
        ),
        (
            [(0, "USING_PREVIOUS_SNAPSHOT"), (1, "CONVERSION_START"), (3, "CONVERSION_END")],
            "USING_PREVIOUS_SNAPSHOT, conversion 2s",
        ),
        ([(0, "SOMETHING_NEW")], "SOMETHING_NEW"),
        ([(9, "LAUNCH_START"), (0, "LAUNCH_END")], "launch -"),
    ],
)
def test_the_course_of_an_attempt_in_a_line(events, said):
    documents = reports.documents(servers=1)
    rows = [[reports.at(one[0]), one[1], "s-1", *one[2:]] for one in events]
    documents["waves"][0]["logs"] = [log("j-1", *rows, ["x", "JOB_END", None])]
    assert job_logs.course(documents) == {("j-1", "s-1"): said}


def test_what_is_missing_is_named_with_its_jobs():
    documents = reports.documents(servers=3, cleaned=False)
    jobs = [one["job_id"] for wave in documents["waves"] for one in wave["servers"]]
    assert job_logs.gaps(documents) == [] and not [one for one in made_of(documents)["not_proven"] if "log of" in one]
    documents["waves"][0]["logs"] = [log(jobs[0], error=DENIED)]
    documents["waves"][1]["logs"] = []
    documents["waves"][2]["logs"] = [log(jobs[2])]
    lines = job_logs.gaps(documents)
    assert lines == [
        f"The log of 1 DRS job was not kept: {jobs[1]}.",
        f"The log of 1 DRS job could not be read (AccessDeniedException): {jobs[0]}.",
        f"The log of 1 DRS job could not be read (no event of it is on record): {jobs[2]}.",
    ]
    assert set(lines) <= set(made_of(documents)["not_proven"])


def test_the_bundle_holds_every_line_and_one_for_each_log_that_was_not_read():
    documents = reports.documents(servers=2, cleaned=False)
    documents["waves"][0]["logs"].append(log("j-9", error=DENIED))
    made = made_of(documents)
    rows = list(csv.DictReader(io.StringIO(evidence_bundle.files_of(documents, made, "", {})["job_log.csv"].decode())))
    assert len(rows) == sum(len(one["events"]) for one in made["job_logs"]) + 1 == 15
    assert [one["reason"] for one in rows if one["event"] == job_logs.NOT_READ] == [
        "AccessDeniedException: not authorized"
    ]


def test_the_pages_show_the_log_and_escape_it():
    documents = reports.documents(servers=2, failed=1)
    for wave in documents["waves"]:
        for one in wave["logs"]:
            one["events"] = [[*event[:3], EVIL] if len(event) > 3 else event for event in one["events"]]
    page = bundle.evidence_files_of(documents, made_of(documents), {})["index.html"].decode()
    assert "snapshot 1m05s, conversion 5m34s, launch failed after 1m39s" in page
    assert EVIL not in page and "LAUNCH_FAILED: " in page


@pytest.mark.parametrize("odd", [None, 7, "x", {"a": 1}, [], [None], [[]], [7], {"events": {}}])
def test_a_log_of_any_shape_fails_nothing(odd):
    documents = reports.documents(servers=1)
    documents["waves"][0]["logs"] = [odd, {"job_id": odd, "events": odd, "error": odd}]
    assert made_of(documents)["job_logs"]
