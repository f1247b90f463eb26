"""The proof of a failback's clean-up: seen before a machine goes, looked for after, kept where terminate keeps it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import keep
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import clean_ups, connect, evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import run as report_run
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle, verify
from support.fake_drs import FakeCell, FakeDrs, instance_id, server_id
from support.run_steps import CELL, Day, day, plan

PACE = {"poll_interval": 5, "poll_interval_max": 60, "heartbeat": 30, "max_wait": 0}
PLACE = {"cell": CELL, "account_id": "111111111111", "region": "us-west-2"}


class World:
    """A cell whose two machines, each with a volume and a network interface, are terminated by a failback."""

    def __init__(self) -> None:
        self.aws = FakeDrs()
        self.cell = FakeCell(self.aws, cell=CELL)
        self.aws.launched([1, 2], run_id="r-1")
        for number in (1, 2):
            self.aws.machines[instance_id(number)]["BlockDeviceMappings"] = [
                {"Ebs": {"VolumeId": f"vol-{number}", "DeleteOnTermination": number == 1}}
            ]
            self.aws.volumes[f"vol-{number}"] = {"VolumeId": f"vol-{number}", "State": "in-use"}

    def wait(self, waits):
        def sleep(seconds):
            self.aws.volumes.pop("vol-1", None)

        return {name: together.run(one, sleep, lambda _line: None) for name, one in waits.items()}

    def proof(self, mode="drill", kept=None, sessions=None) -> proof.Proof:
        sessions = {CELL: self.cell} if sessions is None else sessions
        return proof.Proof(kept, {"mode": mode, **PACE}, sessions, {}, self.wait)

    def terminated(self, made: proof.Proof, read: bool = True) -> None:
        machines = [
            {
                **PLACE,
                "recovery_instance_id": instance_id(number),
                "ec2_instance_id": instance_id(number),
                "source_server_id": server_id(number),
            }
            for number in (1, 2)
        ]
        found = proof.attached(self.cell, machines)
        for machine in machines:
            entry = proof.machine_entry({"source_server_id": machine["source_server_id"]}, machine, "drsjob-1")
            items = found[machine["recovery_instance_id"]] if read else (None, ())
            made.of(self.cell)[machine["recovery_instance_id"]] = proof.Machine(entry, *items)


def came(*words: str) -> list[dict[str, Any]]:
    return [
        {"cell": CELL, "source_server_id": server_id(number), "outcome": one} for number, one in enumerate(words, 1)
    ]


@pytest.fixture
def world():
    return World()


def test_what_stands_of_a_drills_machine_is_left_and_no_success_until_it_is_gone(world):
    made = world.proof()
    world.terminated(made)
    told = made.make(came("cleaned", "cleaned"))
    assert told["clean"] is False and made.seen == {CELL: {}}
    assert [(one["kind"], one["id"], one["recovery_instance_id"]) for one in told["resources"]["left"]] == [
        ("volume", "vol-2", instance_id(2))
    ]
    assert told["resources"]["gone"]["volume"] == 1 and told["summary"]["terminated"] == 2
    assert proof.problem(told).startswith("the clean-up is not complete: volumes 1 gone, 1 left")
    page = render.render("failback", {"name": "r-1", "mode": "failback_drill", "resources": told["resources"]})
    assert "vol-2" in page and "Of the instances: volumes 1 gone, 1 left" in page
    # somebody deletes it; the next command of the run has nothing to terminate, and proves it
    del world.aws.volumes["vol-2"]
    again = world.proof(kept=told)
    assert again.due()
    now = again.make(came("cleaned", "cleaned"))
    assert (now["clean"], proof.problem(now), again.due()) == (True, "", False)
    assert (now["resources"]["gone"]["volume"], len(now["servers"]), now["summary"]["terminated"]) == (2, 2, 0)


def test_of_a_machine_that_has_served_what_stays_by_its_setting_is_kept_and_named(world):
    made = world.proof("failback")
    world.terminated(made)
    world.aws.volumes["vol-1"]["State"] = "in-use"
    told = made.make(came("cleaned", "cleaned"))
    assert told["clean"] and proof.problem(told) == "" and told["resources"]["left"] == []
    assert [one["id"] for one in told["resources"]["kept"]] == ["vol-2"]
    page = render.render("failback", {"name": "r-1", "mode": "failback", "resources": told["resources"]})
    assert "Kept of terminated instances" in page and "0 not proven; 1 kept" in page
    # what is kept stays named by a later look of the run
    assert [one["id"] for one in world.proof("failback", told).make([])["resources"]["kept"]] == ["vol-2"]


def test_a_machine_whose_clean_up_did_not_end_proves_nothing(world):
    made = world.proof()
    world.terminated(made)
    told = made.make(came("cleaned", "in_progress"))
    assert told["clean"] is False and told["proven"] == [instance_id(1)]
    assert [(one["recovery_instance_id"], one["job_id"]) for one in told["not_proven"]] == [
        (instance_id(2), "drsjob-1")
    ]
    assert [one["id"] for one in told["resources"]["not_proven"]] == ["vol-2"]
    del world.aws.volumes["vol-2"]
    assert made.make(came("cleaned", "cleaned"))["clean"], "the same command looks at it again"


@pytest.mark.parametrize("sessions", [{}, {CELL: DrsError("cell_unreadable", "gone")}])
def test_a_cell_that_cannot_be_asked_proves_nothing_of_what_was_open(world, sessions):
    made = world.proof()
    world.terminated(made)
    told = world.proof(kept=made.make(came("cleaned", "cleaned")), sessions=sessions).make([])
    assert told["clean"] is False and [one["id"] for one in told["resources"]["not_proven"]] == ["vol-2"]


def test_a_machine_goes_although_nobody_could_read_what_was_attached_and_that_is_not_proven(world):
    world.aws.fail("DescribeInstances", DrsError("UnauthorizedOperation", "no"))
    made = world.proof()
    world.terminated(made)
    told = made.make(came("cleaned", "started"))
    assert told["clean"] is False and told["proven"] == [instance_id(1)]
    (row,) = told["resources"]["not_proven"]
    assert row["recovery_instance_id"] == instance_id(1) and "UnauthorizedOperation: no" in row["reason"]
    assert proof.problem(told), "the command does not end well"


def test_record_report_and_evidence_have_the_proof_and_a_changed_one_is_found(world, tmp_path, monkeypatch):
    at, frozen = Day(str(tmp_path), monkeypatch), {**plan(2, "drill"), "mode": "failback_drill"}
    at("08:00", "begun", plan=frozen, kind="failback")
    made = world.proof()
    world.terminated(made)
    told = made.make(came("cleaned", "cleaned"))
    keep("r-1", {"path": str(tmp_path)}, told)
    evid = evidence.build(at.documents(), {}, [], day("09:00"), "1.0.0")
    shown = evid["run"]["cleanup"]
    assert (shown["terminated"], shown["clean"], [one["id"] for one in shown["resources"]["left"]]) == (
        2,
        False,
        ["vol-2"],
    )
    assert any("the clean-up is not complete: 0 left" in one["text"] for one in evid["run"]["verdict"]["reasons"])
    assert any("vol-2" in one["detail"] for one in evid["exceptions"])
    assert not any("not looked at" in one for one in evid["not_proven"])
    assert (
        clean_ups.cleanup_of(at.documents())["proven"] and connect.standing(report_run.run_of(at.documents(), {})) == []
    )
    # verify.py holds the evidence against the document
    given = {"objectives": {}, "sign_offs": [], "generated_at": day("09:00"), "collection_version": "1.0.0"}
    assert verify.verify(bundle.evidence_files_of(at.documents(), evid, given))["problems"] == []
    evid["run"]["cleanup"]["resources"]["left"] = []
    evid["evidence_hash"] = evidence.evidence_hash(evid)
    found = verify.verify(bundle.evidence_files_of(at.documents(), evid, given))["problems"]
    assert [name for name, what in found if "resources left" in what] == ["evidence.json"]


def test_a_machine_that_nobody_saw_before_it_went_is_named_as_not_looked_at(world, tmp_path, monkeypatch):
    at, frozen = Day(str(tmp_path), monkeypatch), {**plan(2, "drill"), "mode": "failback"}
    at("08:00", "begun", plan=frozen, kind="failback")
    made = world.proof("failback")
    world.terminated(made, read=False)
    told = made.make(came("cleaned", "cleaned"))
    assert told["clean"] and told["resources"]["instances"] == []
    keep("r-1", {"path": str(tmp_path)}, told)
    evid = evidence.build(at.documents(), {}, [], day("09:00"), "1.0.0")
    assert any("of 2 instances were not looked at" in one for one in evid["not_proven"])
