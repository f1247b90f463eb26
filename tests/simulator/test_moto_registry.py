"""Test the registry of moto corrections, and the slots of the world that assembly fills."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import drs_simulator
import pytest
from drs_simulator.assembly import start
from drs_simulator.moto_fixes import registry
from drs_simulator.world.world import World

ACCOUNTS = {"accounts": [{"id": "111111111111", "name": "one", "regions": ["us-west-2"]}]}


@pytest.fixture(autouse=True)
def _registry_of_its_own(monkeypatch):
    """Nothing of moto is corrected by these tests."""
    monkeypatch.setattr(registry, "_corrections", {})
    monkeypatch.setattr(registry, "_done", set())


def test_corrections_are_done_once_at_the_first_use_in_the_order_of_registration():
    done = []
    registry.corrects("ec2")(lambda: done.append("first"))
    registry.corrects("ssm", "ec2")(lambda: done.append("second"))
    assert (registry.applied("ec2"), done) == (False, [])
    registry.apply("ec2")
    registry.apply("ec2")
    assert (registry.applied("ec2"), registry.applied("ssm"), done) == (True, False, ["first", "second"])
    registry.apply("ssm")
    assert done == ["first", "second", "second"]


def test_who_asks_to_be_first_is():
    done = []
    registry.corrects("ec2")(lambda: done.append("later"))
    registry.corrects("ec2", first=True)(lambda: done.append("first"))
    registry.apply("ec2")
    assert done == ["first", "later"]


def test_a_service_without_corrections_counts_as_used():
    registry.apply("sqs")
    assert registry.applied("sqs")


def test_a_correction_that_would_never_happen_is_refused():
    registry.apply("ec2")
    with pytest.raises(RuntimeError, match="corrects ec2, which was used before"):
        registry.corrects("ec2")(lambda: None)


def test_a_correction_may_ask_for_another_service_and_for_its_own():
    done = []
    registry.corrects("iam")(lambda: done.append("iam"))

    @registry.corrects("cloudformation")
    def correct():
        registry.apply("cloudformation")
        registry.apply("iam")
        done.append("cloudformation")

    registry.apply("cloudformation")
    assert done == ["iam", "cloudformation"]


def test_whoever_registers_is_known_to_assembly():
    package = Path(drs_simulator.__file__).parent
    there = {
        file.relative_to(package).as_posix()
        for file in package.rglob("*.py")
        if "@registry.corrects(" in file.read_text(encoding="utf-8")
    }
    named = {Path(module.__file__).relative_to(package).as_posix() for module in start.MODULES}
    assert named == there - {"assembly/start.py"}


def test_slots_are_empty_until_filled_and_made_anew_with_each_scenario():
    world = World()
    with pytest.raises(AttributeError):
        getattr(world, "accounts")  # noqa: B009
    start.fill(world)
    hub = world.scenario.hub_account
    before = (world.accounts, world.machines, world.commands)
    assert world.accounts.ids == [hub]
    world.load(ACCOUNTS)
    assert world.accounts.ids == [hub, "111111111111"]
    assert all(new is not old for new, old in zip((world.accounts, world.machines, world.commands), before))
