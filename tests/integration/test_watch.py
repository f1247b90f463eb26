"""Test watching a run that goes on: what the page and the terminal say while a wave is launched, and at its end."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import watch
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle
from support.chaos import World, many_worlds
from support.numbers_story import Story
from support.walker import Moments

LOOK = 60.0


class Watcher(threading.Thread):
    """Somebody who watches from another process: it has the run store, and nothing of the controller's."""

    def __init__(self, store):
        super().__init__(daemon=True)
        self.store, self.views, self.pages, self.lines, self.result = store, [], [], [], None
        self.looked, self.go_on = threading.Event(), threading.Event()

    def show(self, documents, view):
        self.views.append(view)
        self.pages.append(bundle.watch_files_of(documents, view, 15)["index.html"].decode())
        self.looked.set()
        return True

    def run(self):
        params = {key: spec.get("default") for key, spec in watch.SPEC.items()}
        params.update(store=self.store, path="unused")
        self.result = watch.follow(params, self.show, self.lines.append, lambda _s: self.go_on.wait(LOOK), clock.now)


def test_a_run_is_watched_while_its_second_wave_launches_and_the_watch_ends_with_it(
    simulator, tmp_path, monkeypatch, no_real_waiting
):
    sim = simulator(many_worlds(1))
    for name, value in Story.env(sim).items():
        monkeypatch.setenv(name, value)
    here = World(sim, 0, tmp_path, options={"require_approval": True})
    assert here.walk("a").go()["status"] == "waiting"
    here.step("approved", approver="bob", gate_name="start")
    watcher = Watcher(here.store)

    def held(moment):
        """The controller has written that it launches wave 2; time goes by, and it writes nothing."""
        if moment == "2/launch":
            sim.clock.advance(300)
            watcher.start()
            assert watcher.looked.wait(LOOK)

    mark = sim.mark()
    ended = here.walk("b", moments=Moments(held)).go()
    assert ended["status"] == "succeeded", ended
    looks = [one for one in sim.journal(mark) if one["account"] == sim.hub_account and one["service"] != "sts"]
    assert looks == [], "the watch calls nothing of AWS"
    watcher.go_on.set()
    watcher.join(LOOK)
    live, last = watcher.views

    assert (live["run_id"], live["status"], live["over"]) == ("chaos", "running", False)
    assert [(one["wave"], one["status"], one["finished"], one["servers"]) for one in live["waves"]] == [
        *(("1", "done", 3, 3), ("2", "launching", 0, 3), ("3", "not begun", 0, 3))
    ]
    assert (live["total"], live["finished"]) == (9, 3) and live["servers"] == {"planned": 6, "launched": 3}
    assert [(one["gate"], one["status"], one["by"]) for one in live["gates"]] == [("start", "approved", "bob")]
    assert live["record_event"] == "wave_intended" and live["record_age_seconds"] >= 300
    assert live["left"]["estimate_seconds"] is not None and "as long as the waves so far" in live["left"]["estimate"]
    assert live["elapsed_seconds"] >= 300

    page = watcher.pages[0]
    for words in ('data-over="no"', "The run now", "launching", "not begun", "approved", "3 of 9", "stop refreshing"):
        assert words in page, words
    screen = render.render("watch", {"view": live, "path": "p"}, 100)
    for words in ("WATCH: run chaos, drill", "launching", "not begun", "start", "bob", "ago (wave_intended)"):
        assert words in screen, (words, screen)

    assert (last["status"], last["over"], last["finished"]) == ("succeeded", True, 9)
    assert (last["left"]["estimate"], last["left"]["objective"]) == ("the run has ended", "the run has ended")
    assert watcher.result["over"] and watcher.result["looks"] == 2 and not watcher.result["timed_out"]
    assert 'data-over="yes"' in watcher.pages[1] and "The run has ended" in watcher.pages[1]
    said = "\n".join(watcher.lines)
    assert "the run is succeeded" in said and "wave 2: done, 3 of 3 servers" in said, said
