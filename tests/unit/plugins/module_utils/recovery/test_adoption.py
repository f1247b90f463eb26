"""Test ownership of launches: every mismatch between job and record, and jobs that are gone."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import adoption
from support.fake_drs import NAME, instance_id, server_id, stamp

JOB, OTHER = "drsjob-00000000000000001", "drsjob-00000000000000002"
CREATED = stamp(-3600)
KEY = adoption.key_of("run-1", CREATED)
IDS = (server_id(1), server_id(2))


def record(*numbers: int, wave: str = "1", at: float = -600.0, jobs: tuple[str, ...] = (), cell: str = NAME, **entry):
    """The record of run-1: one wave of these servers, intended at a time; ``entry`` is what it knows of each."""
    servers = [{"source_server_id": server_id(one), "cell": cell, **entry} for one in numbers or (1, 2)]
    body = {"wave": wave, "intended_at": stamp(at), "servers": servers, "jobs": list(jobs)}
    return adoption.record_of({"run_id": "run-1", "created_at": CREATED}, [body], NAME)


def job(ids=IDS, **changes) -> dict:
    return {
        "job_id": JOB,
        "type": "LAUNCH",
        "initiated_by": "START_DRILL",
        "created_at": stamp(-590),
        "run_id": "run-1",
        "wave": "1",
        "batch": adoption.batch_of(KEY, "1", NAME, ids),
        "servers": [{"source_server_id": one} for one in ids],
        **changes,
    }


def against(one: dict, known=None, waves=None) -> list[str]:
    given = waves or dict.fromkeys(IDS, "1")
    return adoption.disagreements(one, "run-1", NAME, record() if known is None else known, given)


# -- jobs that DRS lists -----------------------------------------------------------------------------------------------

RUN = {"run_id": "run-2"}
WAVE = {"wave": "2"}
BATCH = {"batch": "0123456789ab"}
SERVERS = {"servers": [{"source_server_id": server_id(1)}, {"source_server_id": server_id(9)}]}
TIME = {"created_at": stamp(-600 - 30 * 3600)}


def test_what_agrees_in_everything_is_the_runs_own():
    assert against(job()) == []


@pytest.mark.parametrize("number", range(1, 6))
def test_whatever_disagrees_is_told_in_every_combination(number):
    for changes in itertools.combinations((RUN, WAVE, BATCH, SERVERS, TIME), number):
        one = job()
        for change in changes:
            one.update(change)
        assert against(one), changes


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        (RUN, "its run tag is run-2"),
        ({"run_id": None}, "its run tag is missing"),
        (WAVE, "its wave tag is 2, which the run has not intended"),
        ({"wave": None}, "its wave tag is missing"),
        (BATCH, "its batch tag is 0123456789ab"),
        ({"batch": None}, "its batch tag is missing"),
        (SERVERS, f"1 of its servers is not in that wave ({server_id(9)})"),
        (TIME, "it began before the run intended that wave"),
        ({"created_at": None}, "it began before the run intended that wave"),
    ],
)
def test_each_disagreement_is_named(changes, word):
    told = against(job(**changes))
    assert any(word in one for one in told), told


def test_another_record_of_the_same_run_id_gives_other_batches():
    """Two people with the same run id, the same servers and the same wave, seconds apart."""
    theirs = job(batch=adoption.batch_of(adoption.key_of("run-1", stamp(-3599)), "1", NAME, IDS))
    assert [one for one in against(theirs) if "batch tag" in one]


def test_a_job_that_the_record_names_is_its_own_whatever_its_tags_say():
    assert against(job(**BATCH, **TIME), record(jobs=(JOB,))) == []
    assert against(job(**BATCH, **TIME), record(job_id=JOB)) == []
    assert against(job(**BATCH, **TIME), record(jobs=(OTHER,)))


def test_clocks_may_differ_a_little():
    assert against(job(created_at=stamp(-600 - adoption.SKEW))) == []
    assert against(job(created_at=stamp(-601 - adoption.SKEW)))


def test_servers_that_are_tried_again_are_the_runs_own_with_a_batch_of_their_own():
    first = adoption.batch_of(KEY, "1", NAME, IDS)
    second = adoption.batch_of(KEY, "1", NAME, IDS, {first})
    third = adoption.batch_of(KEY, "1", NAME, IDS, {first, second})
    assert len({first, second, third}) == 3
    assert [against(job(batch=one)) for one in (first, second, third)] == [[], [], []]


@pytest.mark.parametrize(
    ("changes", "ours"), [({}, True), (BATCH, True), (TIME, True), (WAVE, False), (SERVERS, False), (RUN, False)]
)
def test_where_the_store_was_lost_and_a_person_said_why_run_wave_and_servers_have_to_do(changes, ours):
    body = {"wave": "1", "intended_at": stamp(0), "servers": [{"source_server_id": one, "cell": NAME} for one in IDS]}
    overrides = [{"guardrail": "run_store", "reason": "incident 4711"}]
    substitute = adoption.record_of({"run_id": "run-1", "created_at": stamp(0), "overrides": overrides}, [body], NAME)
    assert (against(job(**changes), substitute) == []) is ours


def test_another_cell_of_the_record_intends_nothing_here():
    assert against(job(), record(cell="elsewhere.us-west-2"))


def test_a_record_without_intents_owns_nothing():
    assert against(job(), adoption.record_of({"run_id": "run-1"}, [], NAME))


@pytest.mark.parametrize(
    ("changes", "ours"), [({}, True), (BATCH, True), (TIME, True), (RUN, False), (WAVE, False), ({"wave": None}, False)]
)
def test_without_a_record_run_and_wave_have_to_do(changes, ours):
    told = adoption.disagreements(job(**changes), "run-1", NAME, None, dict.fromkeys(IDS, "1"))
    assert (told == []) == ours


def test_who_when_and_what_of_a_foreign_job_stand_in_one_sentence():
    text = adoption.foreign_job_text(job(), ["its wave tag is 2"])
    for word in (JOB, "START_DRILL", stamp(-590), *IDS, "its wave tag is 2"):
        assert word in text


def test_ownership_is_tags_record_and_mode():
    own = adoption.Ownership("run-1", NAME, True, dict.fromkeys(IDS, "1"), record=record())
    assert own.owns(job()) and not own.owns(job(initiated_by="START_RECOVERY")) and not own.owns(job(**BATCH))
    assert own.bearing([job(), job(job_id=OTHER, run_id=None)]) == [job()]
    asked = adoption.Ownership("run-1", NAME, True, {}, [OTHER], record())
    theirs = job(job_id=OTHER, run_id=None, **BATCH, **TIME)
    assert asked.owns(theirs) and asked.mismatches(theirs) == [] and asked.bearing([theirs]) == [theirs]


# -- jobs that DRS no longer lists -------------------------------------------------------------------------------------

SINCE = parse_time(stamp(-600))


def last(job_id=JOB, at=-590.0, kind="DRILL", status="LAUNCHED") -> dict:
    return {"type": kind, "job_id": job_id, "time": stamp(at), "status": status}


def instance(job_id=JOB, drill=True, at=-595.0, state="RUNNING") -> dict:
    one = {"recovery_instance_id": instance_id(1), "source_server_id": server_id(1), "ec2_instance_id": instance_id(1)}
    one["ec2_instance_state"] = state
    return {**one, "private_ip": "10.0.0.1", "is_drill": drill, "job_id": job_id, "point_in_time": stamp(at)}


def known(outcome="in_progress", job_id=JOB, **values) -> dict:
    return {"job_id": job_id, "outcome": outcome, "started_at": stamp(-590), "error": None, **values}


def of_vanished(entry=None, launch=None, instances=(), listed=(), drill=True, since=SINCE, asked=()):
    found = adoption.of_vanished(server_id(1), entry, since, drill, listed, launch, list(instances), asked)
    if found is None:
        return None
    return found.outcome, (found.error.code if hasattr(found.error, "code") else (found.error or {}).get("code"))


def expected(recorded: str | None, launched: str | None, stands: bool) -> tuple[str, str | None] | None:
    """What a gone job has become, in words of its own: the record, the last launch's status, the instance."""
    if recorded is None and launched is None and not stands:
        return None
    if recorded is None:
        return "unknown", "job_gone"
    if stands:
        return "launched", None
    if recorded == "launched" or launched in ("LAUNCHED", "TERMINATED"):
        return "unknown", "recovery_instance_gone"
    if recorded == "failed" or launched == "FAILED":
        return "failed", "launch_failed"
    return "unknown", "job_gone"


@pytest.mark.parametrize("state", ["TERMINATED", "SHUTTING-DOWN"])
@pytest.mark.parametrize("recorded", ["in_progress", "launched", "failed", "unknown"])
def test_an_instance_that_is_listed_still_and_has_ended_is_no_launch(recorded, state):
    assert of_vanished(known(recorded), last(), [instance(state=state)]) == ("unknown", "recovery_instance_gone")
    told = ("failed", "launch_failed") if recorded == "failed" else ("unknown", "recovery_instance_gone")
    assert of_vanished(known(recorded), None, [instance(state=state)]) == told
    assert of_vanished(known(recorded), None, [instance(state="PENDING")]) == ("launched", None)


@pytest.mark.parametrize("stands", [True, False])
@pytest.mark.parametrize("launched", [None, "PENDING", "IN_PROGRESS", "LAUNCHED", "FAILED", "TERMINATED"])
@pytest.mark.parametrize("recorded", [None, "in_progress", "launched", "failed", "unknown", "queued"])
def test_every_combination_of_record_last_launch_and_instance(recorded, launched, stands):
    told = of_vanished(
        known(recorded) if recorded else None,
        last(status=launched) if launched else None,
        [instance()] if stands else [],
    )
    assert told == expected(recorded, launched, stands)


@pytest.mark.parametrize("recorded", [None, "in_progress", "failed", "launched"])
def test_a_job_that_is_listed_is_not_gone(recorded):
    assert of_vanished(known(recorded) if recorded else None, last(), [instance()], listed=[JOB]) is None


@pytest.mark.parametrize(
    ("launch", "instances"),
    [
        (last(at=-600 - 3600), ()),
        (last(kind="RECOVERY"), ()),
        (None, [instance(at=-600 - 3600)]),
        (None, [instance(drill=False)]),
        (last(job_id=None), ()),
    ],
)
def test_a_launch_before_the_intent_or_of_the_other_mode_is_not_of_this_run(launch, instances):
    assert of_vanished(None, launch, instances) is None


def test_without_an_intent_nothing_is_known_of_what_is_gone():
    assert of_vanished(None, last(), [instance()], since=None) is None


@pytest.mark.parametrize(
    ("status", "stands", "told"),
    [
        ("LAUNCHED", True, ("launched", None)),
        ("LAUNCHED", False, ("unknown", "recovery_instance_gone")),
        ("FAILED", False, ("failed", "launch_failed")),
        ("IN_PROGRESS", False, ("unknown", "job_gone")),
    ],
)
def test_a_gone_job_that_a_person_says_is_the_runs(status, stands, told):
    assert of_vanished(None, last(status=status), [instance()] if stands else [], asked=[JOB]) == told


def test_a_later_launch_by_a_job_that_is_gone_goes_over_a_recorded_failure():
    """A retry whose job nobody wrote down, and which is gone: launching once more would wipe it."""
    assert of_vanished(known("failed"), last(job_id=OTHER), [instance(job_id=OTHER)]) == ("unknown", "job_gone")
    assert of_vanished(known("failed"), last(job_id=OTHER), [instance(job_id=OTHER)], listed=[JOB]) == (
        "unknown",
        "job_gone",
    )


def test_the_entry_of_a_gone_launch_has_its_instance_and_its_job():
    verdict = adoption.of_vanished(server_id(1), known(), SINCE, True, (), last(), [instance()])
    entry = adoption.entry_of(verdict, {"source_server_id": server_id(1), "name": "web-01", "wave": "1"}, is_drill=True)
    assert (entry["outcome"], entry["job_id"], entry["recovery_instance_id"]) == ("launched", JOB, instance_id(1))
    assert (entry["adopted"], entry["private_ip"], entry["name"]) == (True, "10.0.0.1", "web-01")
