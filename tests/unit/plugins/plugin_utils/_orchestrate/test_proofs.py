"""The proof of a termination by tags is kept with the runs that launched what is gone, once, and never for more."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate import proofs, standing

PLACE = {"account_id": "111111111111", "region": "us-west-2"}


def launched(number, cell="a", outcome=outcomes.LAUNCHED):
    server = {"source_server_id": "s-%d" % number, "name": "web-%d" % number, "cell": cell, **PLACE}
    ids = {"recovery_instance_id": "i-%d" % number, "ec2_instance_id": "i-%d" % number, "job_id": "drsjob-1"}
    return outcomes.server_entry(outcome, server, **ids)


def run(*outstanding, proven=(), clean=None):
    return clean_up.Recorded(clean_up.KNOWN, outstanding, proven, clean=clean)


def there(number, **more):
    state = {"recovery_instance_id": "i-%d" % number, "ec2_instance_id": "i-%d" % number, "is_drill": True}
    return {**state, "ec2_instance_state": "RUNNING", "cell": "a", "job_id": "drsjob-1", **PLACE, **more}


@pytest.fixture
def keep(monkeypatch):
    """Keep the proofs of runs with two cells, a and b, of which b is not read: ({run: proof}, doubts)."""

    def kept(runs, terminated=(), instances=(), machines=None, gaps=(), store=None, deaf=True):
        written = {}

        def write(run_id, _store, proof):
            if isinstance(store, DrsError):
                raise store
            written[run_id] = proof

        read = {"recovery_instances": list(instances), "machines": machines or {}, "gaps": list(gaps)}
        sessions = {"a": Cell({"cell": "a", "region": "us-west-2"}), "b": DrsError("AccessDenied", "no")}
        if not deaf:
            del sessions["b"]
        monkeypatch.setattr(proofs, "keep", write)
        monkeypatch.setattr(proofs, "look", lambda _cell, _outstanding: read)

        def over(work, cells):
            return {name: work(cell) for name, cell in cells.items()}

        return written, proofs.kept(runs, sessions, over, terminated, {})

    return kept


def test_every_run_has_the_part_of_the_proof_that_is_of_it(keep):
    gone = [launched(1, outcome=outcomes.TERMINATED), launched(2, outcome=outcomes.TERMINATED)]
    written, doubtful = keep({"one": run(launched(1)), "two": run(launched(2), launched(3))}, gone)
    assert not doubtful and {name: proof["proven"] for name, proof in written.items()} == {
        "one": ["i-1"],
        # wiped by a later drill: nobody terminated it, and it is gone all the same
        "two": ["i-2", "i-3"],
    }
    assert [written[name]["summary"]["terminated"] for name in ("one", "two")] == [1, 1]
    assert [one["clean"] for one in written.values()] == [False, False], "cell b was not read"


def test_a_second_look_that_proves_nothing_new_writes_nothing(keep):
    assert keep({"one": run(launched(1), proven=["i-1"]), "two": run()}) == ({}, [])


def test_where_nothing_is_owed_no_cell_is_looked_into(monkeypatch):
    monkeypatch.setattr(proofs, "look", None)
    runs = {"one": run(launched(1), proven=["i-1"], clean=True), "two": run()}
    assert proofs.kept(runs, {"a": None}, None, [], {}) == []


def test_what_kept_a_proof_from_being_clean_is_cured_by_the_next_one(keep):
    before = {"one": run(launched(1), proven=["i-1"], clean=False)}
    assert keep(before) == ({}, [])
    written, _doubtful = keep(before, deaf=False)
    assert written["one"]["clean"] and written["one"]["proven"] == ["i-1"]


@pytest.mark.parametrize(
    "look",
    [
        {"instances": [there(1)]},
        {"machines": {"i-1": "running"}},
        {
            "gaps": [
                {"service": "ec2", "missing": "machines", "error": {"code": "UnauthorizedOperation", "message": "no"}}
            ]
        },
    ],
)
def test_what_stands_or_was_not_seen_is_not_proven(keep, look):
    assert keep({"one": run(launched(1))}, **look) == ({}, [])


def test_a_machine_in_a_cell_that_was_not_read_stays_owed(keep):
    written, _doubtful = keep({"one": run(launched(1), launched(2, "b"))})
    assert written["one"]["proven"] == ["i-1"] and not written["one"]["clean"]
    assert [one["recovery_instance_id"] for one in written["one"]["not_proven"]] == ["i-2"]


def test_a_proof_that_was_not_kept_is_a_doubt(keep):
    _written, (doubt,) = keep({"one": run(launched(1))}, store=DrsError("run_store_unavailable", "away"))
    assert doubt["error"]["code"] == "clean_up_incomplete" and "run one: the proof" in doubt["error"]["message"]


def test_what_is_proven_is_not_looked_for_again():
    runs = {"one": run(launched(1), launched(2), proven=["i-1"])}
    assert [one["recovery_instance_id"] for one in standing.launched_by(runs)] == ["i-2"]
    assert [one["recovery_instance_id"] for one in standing.launched_by(runs, proven=True)] == ["i-1"]


def test_runs_are_known_by_the_jobs_that_launched_their_machines():
    jobs = [{"job_id": "drsjob-1", "run_id": "one"}, {"job_id": "drsjob-2", "run_id": "two"}, {"job_id": "drsjob-3"}]
    cells = [{"jobs": jobs}, {"jobs": None}]
    assert standing.runs_of([there(1), there(2, job_id="drsjob-3"), there(3, job_id=None)], cells) == ["one"]
