"""Test watching a run from its record alone: what it shows, what it prints, when it ends, and how old it says it is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import watch
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import watch as watching
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle
from support import reports
from support.report_pages import going


def seen(found, now, gates=()):
    return watch.view(found, list(gates), reports.at(now))


def test_a_run_that_goes_on():
    one = seen(going(), 1000)
    assert (one["status"], one["over"], one["elapsed_seconds"]) == ("running", False, 1060.0)
    assert [(wave["wave"], wave["status"], wave["finished"], wave["servers"]) for wave in one["waves"]] == [
        ("1", "done", 4, 4),
        ("2", "launching", 0, 4),
        ("3", "not begun", 0, 4),
    ]
    assert (one["finished"], one["total"]) == (4, 12)
    # a wave took 12 minutes: what is left of the second one, and the third
    assert one["left"]["estimate_seconds"] == (720 - 100) + 720
    # an hour from the declaration, two minutes before the start
    assert one["left"]["objective_seconds"] == 3600 - 1120
    assert one["left"]["objective"] == "41m20s left of the recovery time objective of 1h00m"
    assert [(gate["gate"], gate["status"]) for gate in one["gates"]] == [
        ("start", "not reached"),
        ("data-checked", "not reached"),
    ]


def test_a_probe_that_may_have_passed_is_not_said_to_be_ahead():
    found = going()
    found["plan"]["waves"][0]["gates"] = {"after": [{"name": "answers", "type": "health"}]}
    assert [gate["status"] for gate in seen(found, 1000)["gates"] if gate["type"] == "health"] == ["not recorded"]


def test_an_objective_that_is_missed_says_by_how_much():
    assert seen(going(), 4000)["left"]["objective"] == "missed by 8m40s of the recovery time objective of 1h00m"


def test_nothing_is_estimated_before_a_wave_has_ended():
    left = seen(going(ended=0), 300)["left"]
    assert (left["estimate_seconds"], left["estimate"]) == (None, "unknown until a wave has ended")


def test_waves_that_run_together_take_their_time_once():
    found = going()
    for wave, stage in zip(found["plan"]["waves"], (1, 2, 2)):
        wave["stage"] = stage
    assert seen(found, 1000)["left"]["estimate_seconds"] == 720


def test_the_age_is_that_of_the_last_event():
    found = going()
    one = seen(found, 1000)
    assert (one["record_event"], one["record_age_seconds"]) == ("wave_intended", 1000.0)
    assert watch.age(one) == "record written 16m40s ago (wave_intended)"
    found["events"] = []
    assert watch.age(seen(found, 1000)) == "nothing says when the record was written"


def test_gates_say_who_decided_and_who_is_waited_for():
    found = going()
    found["run"].update(status="waiting", reason="gate data-checked: nobody has approved", idle_since=reports.at(700))
    waits = {"gate": "data-checked", "type": "approval", "wave": "2", "at": reports.at(700), "status": "waiting"}
    one = seen(found, 1000, [waits])
    assert one["gates"][1]["status"] == "waiting" and one["waited_seconds"] == 300.0
    found["approvals"] = [
        {"gate": "data-checked", "decision": "approved", "approver": "grace", "at": reports.at(900), "reason": "seen"}
    ]
    one = seen(found, 1000, [waits])
    assert (one["gates"][1]["status"], one["gates"][1]["by"]) == ("approved", "grace")


def test_only_what_changes_is_a_line():
    first, second = seen(going(), 1000), seen(going(ended=2), 1900)
    assert watch.lines(None, first) == [] == watch.lines(first, first)
    assert watch.lines(first, second) == ["wave 2: done, 4 of 4 servers", "wave 3: launching, 0 of 4 servers"]
    found = going(ended=2)
    found["run"].update(status="paused", reason="the network team")
    assert watch.lines(second, seen(found, 2000)) == ["the run is paused: the network team"]


def test_the_terminal_shows_waves_gates_and_what_is_left():
    text = render.render("watch", {"view": seen(going(), 1000), "path": "out"})
    assert "WATCH: run drill-1, drill, running" in text and "Open out/index.html" in text
    assert "data-checked (approval, before wave 2): not reached" in text
    assert "To the objective: 41m20s left" in text and "To the end: about 22m20s" in text


def test_the_page_refreshes_itself_and_says_how_old_it_is():
    found = going()
    page = bundle.watch_files_of(found, seen(found, 1000), 15)["index.html"].decode()
    assert f'data-written="{reports.at(1000)}" data-every="15" data-over="no"' in page
    assert "(wave_intended), 16m40s before this page" in page
    assert 'http-equiv="refresh"' not in page and "Recent activity" not in page
    # what its end may still mend is no verdict yet
    assert ">DRAFT<" in page and "objective is not met" not in page
    last = bundle.watch_files_of(found, {**seen(found, 1000), "over": True}, 15)["index.html"].decode()
    assert "objective is not met" in last and 'data-over="yes"' in last


# -- watching --------------------------------------------------------------------------------------------------------


class Told:
    """A run store with one look after the other; the last one stays."""

    def __init__(self, *looks):
        self.looks = list(looks)

    def items(self, run_id):
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(look, DrsError):
            raise look
        kinds = {"run": look["run"], "plan": look["plan"]}
        kinds.update({f"wave:{one['wave']}": one for one in look["waves"]})
        kinds.update({f"event:{one['seq']:06}": one for one in look["events"]})
        return [{"run_id": run_id, "item": item, "body": copy.deepcopy(body)} for item, body in kinds.items()]


@pytest.fixture
def follow(monkeypatch):
    """Watch these looks: the result, the lines that were printed, and the seconds that were slept."""

    def follow(*looks, changed=True, **given):
        monkeypatch.setattr(watching, "open_store", lambda _options: Told(*looks))
        params = {"store": {}, "run_id": "drill-1", "interval": 15, "timeout": 86400, "once": False, **given}
        lines, slept = [], []
        result = watching.follow(params, lambda *_: changed, lines.append, slept.append, lambda: reports.at(3000))
        return result, lines, slept

    return follow


def test_it_watches_until_the_run_has_ended(follow):
    result, lines, slept = follow(going(), going(ended=2), reports.documents(servers=12))
    assert (result["looks"], result["over"], result["status"], result["changed"]) == (3, True, "succeeded", True)
    assert result["timed_out"] is False and slept == [15, 15]
    assert lines[0] == "[drill-1] wave 2: done, 4 of 4 servers"
    assert "[drill-1] the run is succeeded" in lines


def test_a_job_that_has_nothing_to_say_shows_that_it_lives(follow):
    result, lines, slept = follow(going(), timeout=150)
    assert result["timed_out"] and sum(slept) == 150
    assert len(lines) == 2 and all("running, 1 of 3 waves, 4 of 12 servers" in one for one in lines)


def test_a_store_that_does_not_answer_for_a_while_is_asked_again(follow):
    down = DrsError("run_store_unavailable", "down", retryable=True)
    result, lines, _slept = follow(going(), down, down, reports.documents(servers=12))
    assert (
        result["looks"] == 2
        and lines[:2] == ["the run store does not answer (run_store_unavailable); trying again"] * 2
    )
    with pytest.raises(DrsError, match="down"):
        follow(going(), down)
    with pytest.raises(DrsError, match="down"):
        follow(down, going())


def test_a_look_is_enough_when_it_is_all_that_is_asked_for(follow):
    result, lines, slept = follow(going(), once=True)
    assert (result["looks"], result["timed_out"], lines, slept) == (1, False, [], [])
    with pytest.raises(DrsError, match="interval"):
        follow(going(), interval=0)
