"""The proof that volumes, network interfaces and snapshots went with their instances: seen before, looked for after."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import SPEC, Cleaning, keep
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import together
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle, verify
from support.fake_drs import FakeCell, FakeDrs, instance_id
from support.run_steps import CELL, Day, day, plan

PLACES = {CELL: {"account_id": "111111111111", "region": "us-west-2"}}
LOOKS = ("DescribeVolumes", "DescribeNetworkInterfaces", "DescribeSnapshots")


class World:
    """A drill of two servers in a store, standing in a cell, each with two volumes and a network interface."""

    def __init__(self, path, monkeypatch) -> None:
        self.aws = FakeDrs()
        self.cell = FakeCell(self.aws, cell=CELL)
        self.path, self.lines, self.slept = path, [], 0.0
        self.stays: set[str] = set()
        """What does not go with its instance."""
        self.at = Day(path, monkeypatch)
        frozen = plan(2, "drill")
        epoch = self.at("08:00", "begun", plan=frozen)["epoch"]
        job = self.aws.launched([1, 2], run_id="r-1")
        for number in (1, 2):
            self.attach(number)
        listed = frozen["waves"][0]["servers"]
        fates = {
            one["name"]: {
                "outcome": "launched",
                "job_id": job["jobID"],
                "recovery_instance_id": instance_id(number),
                "ec2_instance_id": instance_id(number),
            }
            for number, one in enumerate(listed, start=1)
        }
        self.at.wave("08:10", epoch, listed, fates=fates)

    def attach(self, number: int) -> None:
        machine = self.aws.machines[instance_id(number)]
        disks = [f"vol-{number}a", f"vol-{number}b"]
        machine["BlockDeviceMappings"] = [
            {"Ebs": {"VolumeId": one, "DeleteOnTermination": not one.endswith("b")}} for one in disks
        ]
        machine["NetworkInterfaces"] = [
            {"NetworkInterfaceId": f"eni-{number}", "Attachment": {"DeleteOnTermination": True}}
        ]
        self.aws.volumes.update({one: {"VolumeId": one, "State": "in-use"} for one in disks})
        self.aws.cards[f"eni-{number}"] = {"NetworkInterfaceId": f"eni-{number}", "Status": "in-use"}

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.aws.now += timedelta(seconds=seconds)
        self.cell.server_time = self.aws.now
        for job in self.aws.jobs:
            if job["status"] != "COMPLETED":
                self.aws.end(job)
        for table in (self.aws.volumes, self.aws.cards):
            for key in list(table):
                machine = self.aws.machines[instance_id(int(key.strip("volenib-a")))]
                if machine["State"]["Name"] == "terminated" and key not in self.stays:
                    del table[key]

    # the hands
    def over(self, work, cells):
        result = {}
        for name, cell in cells.items():
            try:
                result[name] = work(cell)
            except DrsError as exc:
                result[name] = exc
        return result

    def wait(self, waits):
        return {name: together.run(one, self.sleep, self.lines.append) for name, one in waits.items()}

    def terminate(self, sessions=None, **given):
        self.aws.calls.clear()
        params = {key: spec.get("default") for key, spec in SPEC.items()}
        params.update(run_id="r-1", store={"path": self.path}, poll_interval=5, heartbeat=30, max_errors=5, **given)
        self.cleaning = Cleaning({CELL: self.cell} if sessions is None else sessions, PLACES, params, False, self)
        return self.cleaning.run()

    def evidence(self):
        return evidence.build(self.at.documents(), {}, [], day("09:00"), "1.0.0")


@pytest.fixture
def world(tmp_path, monkeypatch):
    return World(str(tmp_path), monkeypatch)


def kinds(listed):
    return sorted((one["kind"], one["id"]) for one in listed)


def test_all_that_belonged_to_the_instances_is_gone_at_four_calls_a_cell(world):
    proof = world.terminate()
    assert proof["clean"], proof
    assert proof["resources"]["gone"] == {"volume": 4, "network interface": 2, "snapshot": 0}
    assert proof["resources"]["instances"] == [instance_id(1), instance_id(2)]
    assert [len(world.aws.called(one)) for one in LOOKS] == [1, 1, 1], "for the whole cell, not for each server"
    page = " ".join(render.render("cleanup", proof).split())
    assert "Of the instances: volumes 4 gone, 0 left; network interfaces 2 gone, 0 left; snapshots 0 gone" in page
    told = world.evidence()
    assert told["run"]["cleanup"]["clean"] and not [one for one in told["not_proven"] if "snapshots" in one]


@pytest.mark.parametrize("left", ["vol-1b", "snap-9"])
def test_what_is_left_is_named_with_its_remedy_and_is_no_success(world, left):
    if left == "snap-9":
        world.aws.copies["snap-9"] = {"SnapshotId": "snap-9", "VolumeId": "vol-2a"}
        world.aws.copies["snap-8"] = {"SnapshotId": "snap-8", "VolumeId": "vol-of-others"}
    else:
        world.stays = {left}
    proof = world.terminate()
    assert not proof["clean"] and clean_up.problem(world.cleaning.asked, proof) and proof["left"] == []
    assert [one["id"] for one in proof["resources"]["left"]] == [left] and world.slept < 300
    page = " ".join(render.render("cleanup", proof).split())
    assert "NOT CLEAN" in page and left in page and "aws ec2 delete-" in page
    told = world.evidence()
    assert told["run"]["verdict"]["word"] == "FAIL" and not told["run"]["cleanup"]["clean"]
    assert [one for one in told["exceptions"] if left in one["detail"] and one["what"] == "clean-up"]
    files = bundle.evidence_files_of(world.at.documents(), told, {"objectives": {}, "sign_offs": []})
    assert left in files["index.html"].decode()
    # the same again finds it again, although its instance is long forgotten, and is clean once somebody has deleted it
    assert [one["id"] for one in world.terminate()["resources"]["left"]] == [left]
    world.stays = set()
    world.aws.copies.pop("snap-9", None)
    world.aws.volumes.pop(left, None)
    again = world.terminate()
    assert again["clean"] and again["resources"]["left"] == [], again["resources"]
    assert again["resources"]["gone"]["snapshot" if left == "snap-9" else "volume"] >= 1


@pytest.mark.parametrize(("call", "kind"), list(zip(LOOKS, resources.KINDS)))
def test_what_could_not_be_read_is_not_proven_and_is_when_it_can_be(world, call, kind):
    world.aws.fail(call, *["UnauthorizedOperation"] * 9)
    proof = world.terminate()
    assert not proof["clean"] and {one["kind"] for one in proof["resources"]["not_proven"]} == {kind}
    assert all("UnauthorizedOperation" in one["reason"] for one in proof["resources"]["not_proven"])
    page = " ".join(render.render("cleanup", proof).split())
    assert "NOT PROVEN" in page and kind in page
    assert "Nobody knows whether" in " ".join(world.evidence()["not_proven"])
    world.aws.faults.clear()
    assert world.terminate()["clean"]


def test_what_goes_with_its_instance_is_waited_for_and_what_stays_by_its_setting_is_not(world):
    world.stays = {"vol-1b", "vol-2a"}
    proof = world.terminate()
    assert kinds(proof["resources"]["left"]) == [("volume", "vol-1b"), ("volume", "vol-2a")]
    assert 250 < world.slept < 400
    assert any("1 volume or network interface still to go" in line for line in world.lines), world.lines


def test_instances_that_nobody_saw_before_they_went_are_told_and_not_failed(world):
    for one in (instance_id(1), instance_id(2)):
        del world.aws.instances[one]
        world.aws.machines[one]["State"]["Name"] = "terminated"
    proof = world.terminate()
    assert proof["clean"] and proof["resources"]["instances"] == [] and not world.aws.called("DescribeVolumes")
    (line,) = [one for one in world.evidence()["not_proven"] if "were not looked at" in one]
    assert "of 2 instances" in line and instance_id(1) in line


def test_a_cell_that_is_no_longer_there_leaves_what_was_open_unproven(world):
    world.stays = {"vol-1b"}
    world.terminate()
    proof = world.terminate(sessions={})
    assert [(one["id"], one["reason"]) for one in proof["resources"]["not_proven"]] == [
        ("vol-1b", "its cell is not in this play")
    ]
    denied = world.terminate(sessions={CELL: DrsError("AccessDenied", "no role")})
    assert {one["reason"] for one in denied["resources"]["not_proven"]} == {"AccessDenied: no role"}


def test_a_proof_of_the_instances_alone_forgets_nothing_of_their_volumes(world):
    world.stays = {"vol-1b"}
    proof = world.terminate()
    keep("r-1", {"path": world.path}, {**proof, "resources": None, "clean": True})
    kept = world.at.documents()["cleanup"]
    assert [one["id"] for one in kept["resources"]["left"]] == ["vol-1b"] and kept["clean"] is False


def test_a_changed_proof_of_resources_is_found(world):
    world.stays = {"vol-1b"}
    world.terminate()
    given = {"objectives": {}, "sign_offs": [], "generated_at": day("09:00"), "collection_version": "1.0.0"}
    documents, told = world.at.documents(), world.evidence()
    assert verify.verify(bundle.evidence_files_of(documents, told, given))["problems"] == []
    told["run"]["cleanup"]["resources"]["left"] = []
    told["evidence_hash"] = evidence.evidence_hash(told)
    found = verify.verify(bundle.evidence_files_of(documents, told, given))["problems"]
    assert [name for name, what in found if "resources left" in what] == ["evidence.json"]
