"""Test that each guard before a changing call matters: without it, the ledger shows the damage.

The second half is what makes the first one worth anything: it shows that nothing but this guard stood in the way.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import launch_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import termination_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.confirmation import check_confirmation
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import points_in_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import replication_policy
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import terminate
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import jobs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.cells import by_id, outcomes
from support.simulator import ROOT


pytestmark = pytest.mark.usefixtures("no_real_waiting")


def codes(result):
    """Error codes of the servers of a result."""
    return {one["error"]["code"] for one in result["servers"] if one["error"]}


# -- before StartRecovery ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_live_recovery(place, monkeypatch, mode):
    ids = place.ids()
    place.foreign_launch(ids[:1], drill=False)
    place.mark()
    with pytest.raises(DrsError) as caught:
        place.launch(ids, mode=mode)
    assert caught.value.code == "live_recovery_instance"
    assert place.mutations() == [] and place.effects() == []

    monkeypatch.setattr(launch_checks, "live_recovery", lambda *_args, **_kwargs: [])
    place.wait(place.launch(ids, mode=mode))
    (wiped,) = place.effects("wiped")
    assert wiped["source_server_id"] == ids[0] and not wiped["is_drill"]


def test_live_recovery_is_given_up_only_for_the_typed_instance(place):
    ids = place.ids()
    place.foreign_launch(ids[:2], drill=False)
    typed = place.instances()[ids[0]]
    place.mark()
    with pytest.raises(DrsError):
        place.launch(ids[:2], mode="recovery", replace_recovery_instance_ids=[typed])
    with pytest.raises(DrsError):
        place.launch(ids[:1], mode="drill", replace_recovery_instance_ids=[typed])
    assert place.mutations() == []
    place.wait(place.launch(ids[:1], mode="recovery", replace_recovery_instance_ids=[typed]))
    assert [entry["recovery_instance_id"] for entry in place.effects("wiped")] == [typed]


def test_adoption_of_what_the_run_has_launched(place, monkeypatch):
    ids = place.ids()
    place.wait(place.launch(ids))
    place.mark()
    assert outcomes(place.launch(ids)) == {"launched": 4}
    assert place.mutations() == [] and place.effects() == []

    monkeypatch.setattr(jobs, "of_run", lambda *_args, **_kwargs: [])
    place.wait(place.launch(ids))
    assert place.times("launched") == place.times("wiped") == dict.fromkeys(ids, 1)


def test_the_look_for_the_job_after_a_lost_answer(place, monkeypatch):
    ids = place.ids()
    place.simulator.faults.add("drop_response", times=1, action="StartRecovery", account=place.account)
    assert outcomes(place.wait(place.launch(ids[:2]))) == {"launched": 2}
    assert place.mutations() == ["StartRecovery"]

    monkeypatch.setattr(jobs, "of_batch", lambda *_args: None)
    place.mark()
    place.simulator.faults.add("drop_response", times=1, action="StartRecovery", account=place.account)
    lost = place.launch(ids[2:])
    # sent twice: only DRS, with its one job for a server, stood between that and a second launch
    assert place.mutations() == ["StartRecovery"] * 2
    assert outcomes(lost) == {"in_progress": 2}
    place.simulator.clock.advance(3600)
    assert place.times("launched") == dict.fromkeys(ids[2:], 1)


def test_the_hold_behind_other_jobs(place, monkeypatch):
    ids = place.ids()
    place.foreign_launch(ids[:1], finish=False)
    place.mark()
    assert outcomes(place.wait(place.launch(ids[:2], run_id="with"))) == {"refused": 1, "launched": 1}
    assert place.times("launched") == dict.fromkeys(ids[:2], 1)

    place.foreign_launch(ids[:1], finish=False)
    place.mark()
    monkeypatch.setattr(launch.Launch, "_hold", lambda *_args: None)
    started = place.launch([ids[0], *ids[2:]], run_id="without")
    # without the hold DRS is asked for the busy server all the same, and refuses it
    assert outcomes(started) == {"failed": 1, "in_progress": 2}
    assert codes(started) == {"ConflictException"}


def test_replication_ready(place, monkeypatch):
    ids = place.ids()
    place.simulator.set_server(place.account, place.region, ids[0], state="STALLED")
    place.mark()
    assert codes(place.launch(ids[:1])) == {"stale_data"}
    assert place.mutations() == []

    monkeypatch.setattr(replication_policy, "replication_ready", lambda *_args, **_kwargs: [])
    place.wait(place.launch(ids[:1]))
    (launched,) = place.effects("launched")
    assert launched["data_time"] < launched["time"]


def test_the_guardrails_of_this_moment(place, monkeypatch):
    ids = place.ids()
    frozen = {"calendar": {"freezes": [{"from": "2000-01-01T00:00:00Z", "until": "2200-01-01T00:00:00Z"}]}}
    for given, code in ((frozen, "change_freeze"), ({"max_servers_per_wave": 3}, "blast_radius")):
        with pytest.raises(DrsError) as caught:
            place.launch(ids, guardrails=given)
        assert caught.value.code == code
    assert place.mutations() == []

    monkeypatch.setattr(guardrails, "judge", lambda *_args: ([], []))
    place.wait(place.launch(ids, guardrails=frozen))
    assert place.times("launched") == dict.fromkeys(ids, 1)


def test_the_lease_of_a_drill(place, monkeypatch):
    ids = place.ids()
    place.wait(place.launch(ids[:2], guardrails={"drill_lease_hours": 2}))
    place.wait(place.launch(ids[2:3], run_id="longer"))
    place.foreign_launch(ids[3:], drill=True)
    place.mark()
    # nobody's lease is over: not ours, and what others launched has none
    assert place.terminate(expired_only=True)["servers"] == [] and place.mutations() == []
    place.simulator.clock.advance(2 * 3600)
    assert outcomes(place.terminate(expired_only=True, check_mode=True)) == {"planned": 2}
    assert place.mutations() == []
    place.wait(place.terminate(expired_only=True))
    assert set(place.times("terminated")) == set(ids[:2])

    place.mark()
    monkeypatch.setattr(guardrails, "lease_over", lambda *_args: True)
    place.wait(place.terminate(expired_only=True))
    # the others' drill still stands for the guards that ask whose it is
    assert set(place.times("terminated")) == {ids[2]}


def test_quotas_admit(place, monkeypatch):
    ids = place.ids()
    limits = {"servers_per_job": 1, "concurrent_jobs": 2}
    started = place.launch(ids, limits=limits)
    assert outcomes(started) == {"in_progress": 2, "queued": 2}
    assert len(place.calls("StartRecovery")) == 2
    assert outcomes(place.wait(started)) == {"launched": 4}

    place.mark()
    monkeypatch.setattr(quotas, "admit", lambda waiting, _active, _limit: (list(waiting), []))
    assert outcomes(place.launch(ids, limits=limits, run_id="run-2")) == {"in_progress": 4}
    assert len(place.calls("StartRecovery")) == 4


@pytest.mark.parametrize("state", ["launched", "terminated"])
def test_check_mode(place, monkeypatch, state):
    ids = place.ids()
    if state == "terminated":
        place.wait(place.launch(ids))
        place.mark()

    def act():
        if state == "launched":
            return place.launch(ids, check_mode=True)
        return place.terminate(run_id="run-1", check_mode=True)

    assert outcomes(act()) == {"planned": 4}
    assert place.mutations() == [] and place.effects() == []

    for kind in (launch.Launch, terminate.Termination):
        never = property(lambda self: False, lambda self, value: None)
        monkeypatch.setattr(kind, "check_mode", never, raising=False)
    place.wait(act())
    assert place.times(state) == dict.fromkeys(ids, 1)


def test_never_newer_than_asked_for(place, monkeypatch):
    ids = place.ids()
    asked = "2001-01-01T00:00:00Z"
    assert codes(place.launch(ids, point_in_time=asked)) == {"no_point_in_time"}
    assert place.mutations() == []

    def newest(snapshots, _wanted):
        chosen = max(snapshots, key=lambda one: one["timestamp"])
        return chosen["snapshot_id"], chosen["timestamp"], None

    real = drs.recovery_snapshots
    monkeypatch.setattr(drs, "recovery_snapshots", lambda cell, one, until=None: real(cell, one))
    monkeypatch.setattr(points_in_time, "choose_snapshot", newest)
    place.wait(place.launch(ids, point_in_time=asked))
    assert [entry["data_time"] > asked for entry in place.effects("launched")] == [True] * 4


# -- before TerminateRecoveryInstances -----------------------------------------------------------------------------


def _foreign_recovery(place, ids):
    """Somebody's own recovery, asked for by its id."""
    place.foreign_launch(ids[:1], drill=False)
    return {"recovery_instance_ids": [place.instances()[ids[0]]]}, {"not_a_drill"}


def _foreign_drill(place, ids):
    """Somebody's own drill, asked for by its id."""
    place.foreign_launch(ids[:1])
    return {"recovery_instance_ids": [place.instances()[ids[0]]]}, {"not_launched_by_us"}


def _own_recovery(place, ids):
    """A recovery for real that this very run has launched."""
    place.wait(place.launch(ids[:1], mode="recovery"))
    return {"run_id": "run-1"}, {"not_a_drill"}


def _other_run(place, ids):
    """A drill of another run of ours, asked for by its id."""
    place.wait(place.launch(ids[:1], run_id="theirs"))
    return {"run_id": "ours", "recovery_instance_ids": [place.instances()[ids[0]]]}, {"not_launched_by_us"}


@pytest.mark.parametrize("make", [_foreign_recovery, _foreign_drill, _own_recovery, _other_run])
def test_terminate_only_our_own_drills(place, monkeypatch, make):
    ids = place.ids()
    request, expected = make(place, ids)
    place.mark()
    refused = place.terminate(**request)
    assert outcomes(refused) == {"refused": 1}
    assert codes(refused) & expected
    assert place.mutations() == [] and place.effects() == []

    monkeypatch.setattr(termination_checks, "_not_our_drill", lambda *_args: [])
    place.wait(place.terminate(**request))
    assert place.times("terminated") == {ids[0]: 1}


def test_terminate_without_ids_passes_by_what_is_not_ours(place):
    """Nobody asked for it, so it is not even refused."""
    ids = place.ids()
    place.foreign_launch(ids[:1], drill=False)
    place.foreign_launch(ids[1:2])
    place.wait(place.launch(ids[2:3], mode="recovery"))
    place.wait(place.launch(ids[3:], run_id="run-2"))
    place.mark()
    done = place.wait(place.terminate(every_run=True))
    assert outcomes(done) == {"terminated": 1}
    assert place.times("terminated") == {ids[3]: 1}


def test_typed_ids_stand_in_for_being_our_drill(place):
    ids = place.ids()
    place.foreign_launch(ids[:2], drill=False)
    typed = place.instances()[ids[0]]
    place.mark()
    done = place.wait(place.terminate(confirm_recovery_instance_ids=[typed]))
    assert outcomes(done) == {"terminated": 1}
    assert [entry["recovery_instance_id"] for entry in place.effects("terminated")] == [typed]


def _as_source_machine(place, monkeypatch):
    real = drs.source_servers

    def described(*args, **kwargs):
        machine = next(iter(place.instances().values()))
        return [dict(one, instance_id=machine) for one in real(*args, **kwargs)]

    monkeypatch.setattr(drs, "source_servers", described)


def _in_failback(_place, monkeypatch):
    real = drs.recovery_instances

    def described(*args, **kwargs):
        return [dict(one, failback={"state": "FAILBACK_IN_PROGRESS"}) for one in real(*args, **kwargs)]

    monkeypatch.setattr(drs, "recovery_instances", described)


@pytest.mark.parametrize(
    ("arrange", "code"), [(_as_source_machine, "source_instance"), (_in_failback, "failback_in_progress")]
)
def test_terminate_never_not_even_typed(place, monkeypatch, arrange, code):
    ids = place.ids()
    place.wait(place.launch(ids[:1]))
    instance = place.instances()[ids[0]]
    arrange(place, monkeypatch)
    place.mark()
    for request in ({"run_id": "run-1"}, {"confirm_recovery_instance_ids": [instance]}):
        refused = place.terminate(**request)
        assert outcomes(refused) == {"refused": 1} and codes(refused) == {code}
    assert place.mutations() == [] and place.effects() == []

    monkeypatch.setattr(termination_checks, "_never_terminate", lambda *_args: [])
    place.wait(place.terminate(run_id="run-1"))
    assert place.times("terminated") == {ids[0]: 1}


def test_terminate_adopts_its_own_running_job(place, monkeypatch):
    ids = place.ids()
    place.wait(place.launch(ids))
    place.mark()
    place.terminate(run_id="run-1")
    again = place.terminate(run_id="run-1")
    assert outcomes(again) == {"in_progress": 4} and not again["changed"]
    assert place.mutations() == ["TerminateRecoveryInstances"]

    monkeypatch.setattr(jobs, "holding", lambda *_args, **_kwargs: {})
    place.terminate(run_id="run-1")
    assert place.mutations() == ["TerminateRecoveryInstances"] * 2


def test_terminate_leaves_a_server_that_is_being_launched(place, monkeypatch):
    ids = place.ids()
    place.wait(place.launch(ids[:1]))
    place.simulator.set_server(place.account, place.region, ids[0], stuck="cleanup")
    job = place.foreign_launch(ids[:1], finish=False)
    place.mark()
    refused = place.terminate(run_id="run-1")
    assert codes(refused) == {"server_in_active_job"}
    assert job in refused["servers"][0]["error"]["message"]
    assert place.mutations() == []

    monkeypatch.setattr(jobs, "holding", lambda *_args, **_kwargs: {})
    place.terminate(run_id="run-1")
    assert place.mutations() == ["TerminateRecoveryInstances"]


def test_terminate_quotas_admit(place, monkeypatch):
    ids = place.ids()
    place.wait(place.launch(ids))
    limits = {"servers_per_job": 1, "concurrent_jobs": 3}
    place.mark()
    started = place.terminate(run_id="run-1", limits=limits, check_mode=True)
    assert outcomes(started) == {"planned": 3, "queued": 1}
    monkeypatch.setattr(quotas, "admit", lambda waiting, _active, _limit: (list(waiting), []))
    place.terminate(run_id="run-1", limits=limits)
    assert len(place.calls("TerminateRecoveryInstances")) == 4


# -- the typed confirmation ----------------------------------------------------------------------------------------


def take_away(file, guard):
    """Make a guard in the text of a file never hold."""
    text = file.read_text(encoding="utf-8")
    assert guard in text
    file.write_text(text.replace(guard, "if False:"), encoding="utf-8")


def test_confirmation_of_a_failover(place, controller, tmp_path):
    wrong = {"recovery_confirm": "FAILOVER something-else 4 us-west-2", "recovery_run_id": "run-1"}
    mine = controller(place.simulator, [place.account])
    place.mark()
    refused = mine.run("failover", wrong)
    assert refused.rc != 0 and "confirmation_mismatch" in refused.output
    assert place.mutations() == [] and place.effects() == []

    root = tmp_path / "without" / "ansible_collections"
    (root / "resilience" / "drs").mkdir(parents=True)
    for name in ("galaxy.yml", "meta", "playbooks", "plugins", "roles"):
        source, target = ROOT / name, root / "resilience" / "drs" / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    (root / "amazon").symlink_to((ROOT / ".build" / "ansible_collections" / "amazon").resolve())
    without = {"ANSIBLE_COLLECTIONS_PATH": str(root.parent)}
    plugins = root / "resilience" / "drs" / "plugins"
    take_away(plugins / "plugin_utils/_action/opening.py", "if not self.check_mode and not one.confirmed:")
    refused = mine.run("failover", wrong, env=without)
    assert refused.rc != 0 and "confirmation_mismatch" in refused.output, "the record insists on it by itself"
    assert place.mutations() == [] and place.effects() == []

    guard = 'if plan.get("mode") == "recovery" and not same and not before["confirmed"]:'
    take_away(plugins / "module_utils/_drs/runs/effects/lifecycle.py", guard)
    done = mine.run("failover", wrong, env=without)
    assert done.rc == 0, done.output
    assert len(place.effects("launched")) == 4
    assert by_id(done.result["waves"][0]).keys() == set(place.ids())


def test_the_confirmation_names_mode_plan_number_and_region():
    for text, mode, confirmed in (
        ("FAILOVER shop 1 us-west-2", "recovery", True),
        ("failover shop 1 us-west-2", "recovery", False),
        ("FAILOVER shop 2 us-west-2", "recovery", False),
        ("FAILOVER shop 1 us-east-2", "recovery", False),
        ("DRILL shop 1 us-west-2", "recovery", False),
        (None, "recovery", False),
    ):
        found = check_confirmation(text, mode, "shop", 1, ["us-west-2"])
        assert (not found) == confirmed, text
