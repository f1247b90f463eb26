"""Test that a record that somebody edited is found broken, and where, whatever one member they changed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import random

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import journal
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence, evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from support import reports
from support.run_steps import Day, day, failed_failover, plan

EDITS = 1000


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The record of a failover of which two critical servers failed."""
    with pytest.MonkeyPatch.context() as patch:
        return failed_failover(str(tmp_path_factory.mktemp("store")), patch).documents()


def broken(found):
    return [one["item"] for one in proof.problems(found["events"], found)]


def leaves(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if not pairs:
        yield path
    for key, one in pairs or ():
        yield from leaves(one, (*path, key))


def edited(found, path, value):
    changed = copy.deepcopy(found)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def test_what_is_as_it_was_written_is_whole(kept):
    assert broken(kept) == []
    assert set(kept["events"][-1]["documents"]) == {"cleanup"}
    told = evidence.build(kept, {}, [], reports.NOW, "1.0.0")
    assert told["journal"]["unbroken"] and told["journal"]["problems"] == []


def test_failed_servers_that_somebody_edits_to_launched_are_told(kept):
    forged = copy.deepcopy(kept)
    for one in forged["waves"][0]["servers"]:
        one.update(outcome="launched", error=None)
    forged["run"].update(status="succeeded", summary={"launched": 3})
    assert broken(forged) == ["run", "wave:1"]
    told = evidence.build(forged, {}, [], reports.NOW, "1.0.0")
    assert told["run"]["verdict"]["word"] == "FAIL" and not told["journal"]["unbroken"]
    assert told["journal"]["problem"].startswith("BROKEN: run is not what event ")
    given = {"objectives": {}, "sign_offs": [], "generated_at": reports.NOW, "collection_version": "1.0.0"}
    files = evidence_bundle.files_of(forged, told, "<!doctype html>", given)
    for version in ("1.0.0", "another version"):
        checked = evidence_bundle.checked(files, None, version)
        assert [one["file"] for one in checked["problems"]] == ["run.json", "waves.json"], checked
        assert all("BROKEN" in one["problem"] for one in checked["problems"])


def test_every_single_edit_is_found(kept):
    source = random.Random(16)
    paths = [one for one in leaves(kept) if one[0] not in ("run_id", "anchors")]
    assert len(paths) > 200
    for number in range(EDITS):
        path = paths[number % len(paths)]
        value = source.choice([None, "launched", "", 0, True, day("08:01"), [], {"a": 1}])
        changed = edited(kept, path, value)
        if changed != kept:
            assert broken(changed), (path, value)


def test_documents_that_are_gone_or_were_added_are_told(kept):
    for name in ("run", "plan", "cleanup"):
        assert broken({**kept, name: None}) == [name]
    assert broken({**kept, "waves": []}) == ["wave:1"] and broken({**kept, "approvals": []}) == ["approval:start"]
    more = {**kept, "waves": [*kept["waves"], {**kept["waves"][0], "wave": "2"}]}
    assert broken(more) == ["wave:2"]
    assert "journal" in broken({**kept, "events": kept["events"][:-2] + kept["events"][-1:]})


def test_the_order_of_two_writers_does_not_matter_and_an_old_journal_is_not_judged(kept, tmp_path, monkeypatch):
    at = Day(str(tmp_path), monkeypatch)
    epoch = at("08:00", "begun", plan=plan(1, mode="drill"))["epoch"]
    at("08:01", "paused", reason="x")
    record = at.store.get("r-1", "run")
    # a controller that wrote before somebody paused the run, and whose event comes after that of the pause
    step_documents = {"run": {"version": record["version"] - 1, "sha256": "0" * 64}}
    late = journal.make_event(at.store.last("r-1", "event:")["body"], "x", "y", {}, day("08:02"), step_documents)
    at.store.put("r-1", journal.event_item(late["seq"]), late, None)
    assert broken(at.documents()) == [] and epoch == 1
    assert broken(reports.documents()) == []
