"""Test the tables of history and readiness, and that foreign text cannot break them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.resilience.drs.plugins.module_utils._drs.history import records
from ansible_collections.resilience.drs.plugins.module_utils._drs.history import query as history_query
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import readiness_score
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render

NOW = "2026-03-10T12:00:00Z"
PAY = "111111111111"


def data(count=1, name="db-01", **more):
    place = {"cell": "pay.us-west-2", "account_id": PAY, "region": "us-west-2"}
    error = {"code": "launch_kms", "message": "no", "remedy": "Share the key."}
    bad = outcomes.server_entry("failed", {**place, "source_server_id": "s-1", "name": name}, error=error)
    good = outcomes.server_entry("launched", {**place, "source_server_id": "s-2", "name": "db-02"})
    made = {"kind": "recovery", "mode": "drill", "servers": [bad, good], "started_at": NOW, "ended_at": NOW}
    found = [one for number in range(count) for one in records.records({**made, "run_id": f"run-{number}"}, NOW)]
    rows = history_query.failures(found)
    told = {"records": found, "groups": history_query.grouped(rows), "totals": history_query.totals(found, NOW)}
    return {**told, "next_token": None, "unreadable": [], "unrecorded": [], "asked": {}, **more}


def lines(kind, told, width=120):
    return render.render(kind, told, width).splitlines()


def test_history_names_runs_totals_and_what_failed():
    text = "\n".join(lines("history", data(2, asked={"status": "partial"})))
    assert text.startswith("HISTORY: 2 records, status partial")
    row = next(line for line in text.splitlines() if "run-0" in line)
    assert row.split()[:5] == ["2026-03-10", "12:00:00", "run-0", "drill", PAY] and " partial " in row
    assert "24h: 2 runs, 4 servers, 50% succeeded" in text
    assert f"{PAY}: Keys and encryption, 2: launch_kms (2). Share the key." in text


def test_an_account_number_stands_in_one_piece_however_narrow_the_page():
    told = data(1)
    told["records"][0].update(run_id="terminate-20261130T043832Z", mode="termination", region="ap-southeast-1")
    for width in (80, 100, 120):
        shown = lines("history", told, width)
        head = next(line for line in shown if "Account" in line)
        assert any(PAY in line.split() for line in shown), width
        assert max(map(len, shown)) <= width
        assert ("Skipped" in head) is (width > 110), "what is nowhere takes no room from what is read"
    told["records"][0]["skipped"] = 3
    assert any("Skipped" in line for line in lines("history", told, 100))


def test_an_empty_history_says_none():
    assert lines("history", data(0))[:3] == ["HISTORY: 0 records", "", "  none"]


def test_a_long_history_says_how_much_more_there_is():
    text = "\n".join(lines("history", data(100, next_token="abc")))
    assert "and 40 more; an export has them all" in text and "history_token=abc" in text


def test_what_is_not_shown_is_named_with_what_to_do():
    odd = [
        {
            "kind": "newer",
            "where": f"/store/r-{number}/run.json",
            "why": "was written by version 3",
            "remedy": "Update.",
        }
        for number in range(22)
    ]
    waiting = {"folder": "/home/ann/unrecorded", "files": 2, "records": 5, "command": "ansible-playbook x"}
    found = data(1, unreadable=odd, unrecorded=[waiting])
    found["records"][0]["clock_problem"] = "it ended at 2026-03-01T11:00:00Z, 3600 seconds before it began"
    text = "\n".join(lines("history", found))
    assert "newer: /store/r-19/run.json: was written by version 3. Update." in text
    assert "/store/r-20/" not in text and "and 2 other records" in text
    assert "5 records in 2 files of /home/ann/unrecorded. Import: ansible-playbook x" in text
    assert "3600 seconds before it began" in text


def test_readiness_shows_every_part_and_every_application():
    given = {key: option.get("default") for key, option in readiness_score.SPEC.items()}
    cells = [{"cell": "a.us-west-2", "source_servers": []}, {"cell": "b.us-west-2", "error": {"code": "AccessDenied"}}]
    machine = {"instance_id": "i-1", "name": "web\x1b[31m-1", "cell": "a.us-west-2", "state": "running"}
    machine.update(tags={"dr:enabled": "true", "dr:recovery-strategy": "drs", "dr:application": "shop"})
    machine.update(managed_by_drs=False)
    told = readiness_score.report({**given, "cells": cells, "machines": [machine]}, NOW)
    shown = lines("readiness", told)
    assert shown[0] == "READINESS: 0 of 100, grade F, 1 server, not everything was looked at"
    for part in told["parts"]:
        assert any(line.startswith(part["title"]) and part["state"].replace("_", " ").upper() in line for line in shown)
    text = "\n".join(shown)
    assert "\x1b" not in text and "web-1 in a.us-west-2: it is tagged for recovery and not in DRS" in text
    assert "Coverage incomplete: 1 of 2 cells not read" in text
    assert any(line.split()[:2] == ["shop", "1"] and line.endswith("DUE") for line in shown)


def test_readiness_of_nothing():
    given = {key: option.get("default") for key, option in readiness_score.SPEC.items()}
    assert lines("readiness", readiness_score.report({**given, "cells": []}, NOW))[0].startswith(
        "READINESS: nothing is in scope, 0 servers"
    )


def test_lines_keep_to_the_width():
    evil = data(3, name="x" * 500)
    assert max(map(len, lines("history", evil, 100))) <= 100


def test_the_table_counts_what_csv_and_json_count():
    place = {"cell": "pay.us-west-2", "account_id": PAY, "region": "us-west-2"}
    error = {"code": "launch_kms", "message": "no", "remedy": "Share the key."}
    entries = [
        outcomes.server_entry(one, {**place, "source_server_id": f"s-{number}", "name": f"db-{number}"}, error=error)
        for number, one in enumerate(["failed", "failed", "launched", "planned", "skipped", "skipped", "skipped"])
    ]
    made = {"kind": "recovery", "mode": "drill", "run_id": "r-1", "servers": entries, "started_at": NOW}
    (record,) = records.records({**made, "ended_at": NOW}, NOW)
    shown = lines("history", {**data(0), "records": [record]}, 150)
    header, row = (shown[place].split() for place in (2, 4))
    told = dict(zip(header[6:], row[7:]))
    assert told == {"Count": "7", "Succeeded": "1", "Failed": "2", "Open": "1", "Skipped": "3", "Took": "0s"}, shown
    counts = [record[key] for key in ("servers", "succeeded", "failed", "unfinished", "skipped")]
    assert counts == [7, 1, 2, 1, 3] and sum(counts[1:]) == counts[0]


def test_no_role_makes_a_page_wider_than_the_terminal_is():
    roles = Path(__file__).parents[5] / "roles"
    assert roles.is_dir()
    assert [path.name for path in roles.glob("*/tasks/*.yml") if re.search(r"^ +width:", path.read_text(), re.M)] == []
