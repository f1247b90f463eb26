"""Test adoption: nothing is launched twice when jobs are gone, and other people's jobs are left alone."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import wait as waiting
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from support.cells import outcomes
from support.chaos import Stop, World, many_worlds

RUN_TAG, WAVE_TAG, BATCH_TAG = "resilience.drs/run", "resilience.drs/wave", "resilience.drs/batch"
pytestmark = pytest.mark.usefixtures("no_real_waiting")


NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def worlds(start_simulator):
    return start_simulator(many_worlds(16))


@pytest.fixture
def world(worlds, monkeypatch, tmp_path):
    """A world that nobody has touched, whose runs go by the simulator's clock: three accounts, a server in each of
    three waves."""
    for name, value in worlds.sleep_env.items():
        monkeypatch.setenv(name, value)
    return lambda: World(worlds, next(NUMBERS), tmp_path)


def delete_jobs(here) -> list[str]:
    """DeleteJob for every job of a world, which must have ended."""
    here.simulator.clock.advance(3600)
    gone = []
    for place in here.places:
        for job in place.drs.describe_jobs(filters={})["items"]:
            place.drs.delete_job(jobID=job["jobID"])
            gone.append(job["jobID"])
    return gone


def effects(here) -> dict[str, int]:
    """How often each effect happened."""
    counts: dict[str, int] = {}
    for one in here.ledger():
        counts[one["effect"]] = counts.get(one["effect"], 0) + 1
    return counts


# -- jobs that DRS no longer lists -------------------------------------------------------------------------------------


def test_a_run_whose_jobs_are_gone_is_what_its_record_says(world):
    here = world()
    first = here.walk().go()
    assert len(delete_jobs(here)) == 9
    again = here.walk("again").go()
    assert first["summary"] == again["summary"] == {"launched": 9} and again["status"] == "succeeded"
    assert effects(here) == {"launched": 9}, "nothing is launched twice, nothing is wiped"
    known = {one["job_id"] for wave in here.kept()["waves"] for one in wave["servers"]}
    assert len(known) == 9, "the record still names the jobs"


def test_a_launch_that_nobody_wrote_down_and_whose_job_is_gone_is_a_doubt_until_a_person_says(world):
    """Killed right after the first StartRecovery; the job ends and is deleted before anybody looks again."""
    here = world()
    number = next(point.number for point in _points(here, world) if point.kind == "launch")
    assert here.run(stop=Stop(number, "after")) is None
    (gone,) = delete_jobs(here)
    again = here.walk("second").go()
    assert again["status"] == "partial" and again["summary"] == {"launched": 2, "unknown": 1}
    (doubt,) = [one["error"] for wave in here.kept()["waves"] for one in wave["servers"] if one["outcome"] == "unknown"]
    assert doubt["code"] == "job_gone" and gone in doubt["message"] and "recovery_adopt_job_ids" in doubt["remedy"]
    assert here.walk("third", retry_failed=True).go()["summary"] == {"launched": 2, "unknown": 1}
    assert effects(here) == {"launched": 3}
    last = here.walk("fourth", adopt=(gone,)).go()
    assert (last["status"], last["summary"]) == ("succeeded", {"launched": 9})
    assert effects(here) == {"launched": 9}


def _points(here, world):
    """The edges of an undisturbed run, which every other one has as well."""
    other = world()
    controller = other.start()
    controller.wait()
    return controller.seen()


def test_a_retry_over_a_failed_server_whose_later_job_is_gone_launches_nothing(world):
    here = world()
    place = here.places[0]
    (failing,) = place.ids("srv-1")
    here.simulator.set_server(place.account, place.region, failing, fail_launch="InsufficientInstanceCapacity: no")
    assert here.walk().go()["summary"] == {"failed": 1, "launched": 2}
    here.simulator.set_server(place.account, place.region, failing, fail_launch=None)
    # somebody tries it again beside the run, and the job is deleted
    place.foreign_launch([failing])
    job = place.drs.describe_jobs(filters={})["items"][0]["jobID"]
    place.drs.delete_job(jobID=job)
    again = here.walk("again", retry_failed=True).go()
    # what the run knows of it stays known, with the doubt that keeps it from being launched again
    assert again["summary"] == {"launched": 2, "failed": 1}
    (doubt,) = [one["error"]["code"] for one in here.kept()["waves"][0]["servers"] if one["error"]]
    assert doubt == "job_gone"
    assert effects(here) == {"launched": 3, "launch_failed": 1}


@pytest.mark.parametrize("fails", [None, "InsufficientInstanceCapacity: no"])
def test_a_job_that_vanishes_between_two_looks_is_judged_at_once(place, fails):
    ids = place.ids()
    if fails:
        place.simulator.set_server(place.account, place.region, ids[0], fail_launch=fails)
    started = place.launch(ids)
    (job,) = started["jobs"]
    lines: list[str] = []
    slept: list[float] = []

    def sleep(seconds):
        slept.append(seconds)
        place.simulator.clock.advance(seconds)
        found = place.drs.describe_jobs(filters={"jobIDs": [job["job_id"]]})["items"]
        if found and found[0]["status"] == "COMPLETED":
            place.drs.delete_job(jobID=job["job_id"])

    params = {key: spec.get("default") for key, spec in waiting.WAIT_SPEC.items()}
    params.update(jobs=started["jobs"], servers=started["servers"], timeout=7200)
    done = together.run(waiting.JobWait(place.cell(), params), sleep, lines.append)
    assert outcomes(done) == ({"failed": 1, "launched": 3} if fails else {"launched": 4})
    assert not done["timed_out"] and sum(slept) < 1800, "nobody waits two hours for a job that is gone"
    assert all(one["recovery_instance_id"] for one in done["servers"] if one["outcome"] == "launched")
    assert any("no longer listed by DRS" in line and job["job_id"] in line for line in lines)


def test_a_clean_up_whose_job_vanishes_is_judged_by_what_stands(place):
    ids = place.ids()
    place.wait(place.launch(ids))
    started = place.terminate(run_id="run-1")
    (job,) = started["jobs"]
    place.simulator.clock.advance(3600)
    place.drs.delete_job(jobID=job["job_id"])
    place.mark()
    done = place.wait(started)
    assert outcomes(done) == {"terminated": 4} and place.mutations() == []


# -- jobs of others that bear the run's tag ----------------------------------------------------------------------------


@pytest.mark.parametrize("finish", [True, False])
@pytest.mark.parametrize(
    ("tags", "hours"),
    [
        ({WAVE_TAG: "2", BATCH_TAG: "0123456789ab"}, 30),
        ({WAVE_TAG: "1", BATCH_TAG: "0123456789ab"}, 0),
        ({WAVE_TAG: "1"}, 30),
    ],
)
def test_a_job_of_somebody_else_with_the_same_run_tag_is_named_and_left_alone(world, tags, hours, finish):
    here = world()
    place = here.places[0]
    (theirs,) = place.ids("srv-1")
    if hours and not finish:
        pytest.skip("no job runs for thirty hours")
    job = place.foreign_launch([theirs], finish=finish, tags={RUN_TAG: here.run_id, **tags})
    here.simulator.clock.advance(hours * 3600)
    ended = here.walk().go()
    assert ended["status"] == "partial" and ended["summary"] == {"launched": 2, "refused": 1}
    (refused,) = [one for wave in here.kept()["waves"] for one in wave["servers"] if one["outcome"] == "refused"]
    assert refused["source_server_id"] == theirs and refused["error"]["code"] == "foreign_job"
    disagrees = "has not intended" if tags[WAVE_TAG] == "2" else "batch tag"
    for word in (job, "START_DRILL", "wave", theirs, disagrees, *(["it began before"] if hours else [])):
        assert word in refused["error"]["message"]
    here.simulator.clock.advance(3600)
    assert effects(here) == {"launched": 3}, "nothing of theirs is wiped"
    assert len([one for one in here.ledger() if one["source_server_id"] == theirs]) == 1


def test_a_lost_store_names_what_it_launched_and_takes_it_when_told_to(world, tmp_path):
    here = world()
    here.walk().go()
    jobs = [job["jobID"] for place in here.places for job in place.drs.describe_jobs(filters={})["items"]]
    here.store = {"backend": "directory", "path": str(tmp_path / "another")}
    again = here.walk("again").go()
    assert (again["status"], again["summary"]) == ("failed", {"refused": 3})
    assert effects(here) == {"launched": 9}
    told = here.walk("told", adopt=tuple(jobs)).go()
    assert (told["status"], told["summary"]) == ("succeeded", {"launched": 9})
    assert effects(here) == {"launched": 9}
