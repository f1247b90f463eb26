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
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate import proofs, standing

PLACE = {"account_id": "111111111111", "region": "us-west-2"}


def launched(number, cell="a", outcome=outcomes.LAUNCHED):
    server = {"source_server_id": "s-%d" % number, "name": "web-%d" % number, "cell": cell, **PLACE}
    ids = {"recovery_instance_id": "i-%d" % number, "ec2_instance_id": "i-%d" % number, "job_id": "drsjob-1"}
    return outcomes.server_entry(outcome, server, **ids)


def run(*outstanding, proven=(), clean=None, **kept):
    return clean_up.Recorded(clean_up.KNOWN, outstanding, proven, clean=clean, kept=kept)


def there(number, **more):
    state = {"recovery_instance_id": "i-%d" % number, "ec2_instance_id": "i-%d" % number, "is_drill": True}
    return {**state, "ec2_instance_state": "RUNNING", "cell": "a", "job_id": "drsjob-1", **PLACE, **more}


@pytest.fixture
def keep(monkeypatch):
    """Keep the proofs of runs with two cells, a and b, of which b is not read: ({run: proof}, doubts)."""

    def kept(runs, terminated=(), instances=(), machines=None, gaps=(), store=None, deaf=True, after=None, **done):
        written = {}

        def write(run_id, _store, proof, who):
            if isinstance(store, DrsError):
                raise store
            written[run_id] = proof

        read = {"recovery_instances": list(instances), "machines": machines or {}, "gaps": list(gaps)}
        sessions = {"a": Cell({"cell": "a", "region": "us-west-2"}), "b": DrsError("AccessDenied", "no")}
        if not deaf:
            del sessions["b"]
        monkeypatch.setattr(proofs, "keep", write)
        monkeypatch.setattr(proofs, "look", lambda _cell, _outstanding: read)

        monkeypatch.setattr(proofs.effects, "after", after)

        def over(work, cells):
            return {name: work(cell) for name, cell in cells.items()}

        done = {"servers": list(terminated), **done}
        places = {"a": PLACE, "b": {**PLACE, "region": "us-east-1"}}
        return written, proofs.kept(runs, sessions, over, done, {}, places)

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
    assert proofs.kept(runs, {"a": None}, None, {}, {}, {}) == []


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


# -- volumes, network interfaces and snapshots ------------------------------------------------------------------------


def attached(number, kind=resources.VOLUME, cell="a"):
    ids = {"id": "%s-%d" % (kind[:3], number), "volume_id": None, "recovery_instance_id": "i-%d" % number}
    server = {"source_server_id": "s-%d" % number, "cell": cell, **PLACE}
    return {"kind": kind, **ids, **server, "delete_on_termination": True}


def ended(number, job="drsjob-9", cell="a"):
    return {**launched(number, cell, outcomes.TERMINATED), "job_id": job}


def call(job, cell="a", error=None):
    row = {"cell": cell, "service": "drs", "operation": "TerminateRecoveryInstances", "request_id": "r-%s" % job}
    return {**row, "at": "2026-01-31T12:00:00Z", "error": error, "job_id": job}


def ec2(*standing, unread=None):
    """What EC2 has of what is looked for: the ids that stand, or by kind why it did not say."""

    def after(_cell, looked_for):
        there = {kind: {} for kind in resources.KINDS}
        for one in looked_for:
            if one["id"] in standing:
                there[one["kind"]][one["id"]] = "available"
        return resources.judged(looked_for, there, unread or {})

    return after


def test_each_run_has_the_volumes_and_interfaces_of_its_own_machines_with_their_calls_and_logs(keep):
    done = {
        "attached": [attached(1), attached(1, resources.INTERFACE), attached(2), attached(9)],
        "calls": [call("drsjob-9"), call("drsjob-8"), call(None, error="ThrottlingException"), call(None, "c", "no")],
        "logs": [{"job_id": "drsjob-9", "events": []}, {"job_id": "drsjob-8", "events": []}],
    }
    runs = {"one": run(launched(1)), "two": run(launched(2))}
    written, doubtful = keep(runs, [ended(1), ended(2, "drsjob-8")], after=ec2(), deaf=False, **done)
    assert not doubtful and all(one["clean"] for one in written.values())
    assert [one["resources"]["gone"] for one in written.values()] == [
        {"volume": 1, "network interface": 1, "snapshot": 0},
        {"volume": 1, "network interface": 0, "snapshot": 0},
    ]
    assert [one["resources"]["instances"] for one in written.values()] == [["i-1"], ["i-2"]]
    # a refused call made no job, so it is told with every run whose machines were in its cell
    assert [[one["job_id"] for one in proof["calls"]] for proof in written.values()] == [
        ["drsjob-9", None],
        ["drsjob-8", None],
    ]
    assert [[one["job_id"] for one in proof["logs"]] for proof in written.values()] == [["drsjob-9"], ["drsjob-8"]]


def test_a_volume_that_stands_is_left_of_its_run_and_makes_the_end_a_doubt(keep):
    done = {"attached": [attached(1), attached(2)]}
    runs = {"one": run(launched(1)), "two": run(launched(2))}
    written, (doubt,) = keep(runs, [ended(1), ended(2)], after=ec2("vol-1"), deaf=False, **done)
    assert [one["id"] for one in written["one"]["resources"]["left"]] == ["vol-1"]
    assert (written["one"]["clean"], written["two"]["clean"]) == (False, True)
    assert doubt["name"] == "one" and "volume vol-1 in a, of i-1" in doubt["error"]["message"]


def test_what_the_termination_itself_has_called_unclean_is_not_told_twice(keep):
    done = {"attached": [attached(1)], "clean": False}
    written, doubtful = keep({"one": run(launched(1))}, [ended(1)], after=ec2("vol-1"), deaf=False, **done)
    assert not written["one"]["clean"] and doubtful == []


@pytest.mark.parametrize(
    "after, message",
    [
        (ec2(unread={resources.VOLUME: "UnauthorizedOperation: no"}), "UnauthorizedOperation"),
        (None, "AccessDenied"),
    ],
)
def test_what_could_not_be_read_is_not_proven(keep, after, message):
    cell = "a" if after else "b"
    written, (doubt,) = keep(
        {"one": run(launched(1, cell))},
        [{**ended(1, cell=cell), "cell": cell}],
        after=after,
        attached=[attached(1, cell=cell)],
    )
    (row,) = written["one"]["resources"]["not_proven"]
    assert row["id"] == "vol-1" and message in row["reason"] and message in doubt["error"]["message"]
    assert not written["one"]["clean"]


def test_what_nobody_could_read_before_the_machine_went_is_not_proven(keep):
    unseen = resources.unseen([{**ended(1)}], DrsError("UnauthorizedOperation", "no"))
    done = {"resources": {"not_proven": unseen}, "clean": False}
    written, doubtful = keep({"one": run(launched(1))}, [ended(1)], deaf=False, **done)
    (row,) = written["one"]["resources"]["not_proven"]
    assert resources.line(row).startswith("volumes, network interfaces and snapshots in a, of i-1: EC2 did not tell")
    assert not written["one"]["clean"] and doubtful == []


def test_what_an_earlier_termination_left_open_is_looked_for_again_and_nothing_is_written_while_it_stays(keep):
    before, _doubt = keep({"one": run(launched(1))}, [ended(1)], after=ec2("vol-1"), deaf=False, attached=[attached(1)])
    again = {"one": run(launched(1), proven=["i-1"], clean=False, resources=before["one"]["resources"])}
    written, (doubt,) = keep(again, after=ec2("vol-1"), deaf=False)
    assert written == {} and "vol-1" in doubt["error"]["message"]
    written, doubtful = keep(again, after=ec2(), deaf=False)
    assert written["one"]["clean"] and doubtful == []
    assert written["one"]["resources"]["gone"]["volume"] == 1 and written["one"]["resources"]["left"] == []
