"""What EC2 does not tell of an instance before it is terminated is not proven to be gone, and the instance goes."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import terminate
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources

INSTANCE = {
    "recovery_instance_id": "i-1",
    "ec2_instance_id": "i-1",
    "source_server_id": "s-1",
    "cell": "a",
    "account_id": "111111111111",
    "region": "us-west-2",
}


def looked_at(monkeypatch, answer):
    def before(_cell, _instances):
        if isinstance(answer, DrsError):
            raise answer
        return answer

    monkeypatch.setattr(terminate.resources, "before", before)
    found = terminate.Termination(Cell({"cell": "a", "region": "us-west-2"}), {"with_resources": True})
    found.instances["i-1"] = dict(INSTANCE)
    found._look_at_resources(["i-1"])
    return found._result()


def test_what_could_not_be_read_stands_for_what_is_not_proven(monkeypatch):
    told = looked_at(monkeypatch, DrsError("UnauthorizedOperation", "not allowed"))
    (row,) = told["unseen"]
    assert told["resources"] == [] and (row["recovery_instance_id"], row["cell"]) == ("i-1", "a")
    assert "UnauthorizedOperation: not allowed" in row["reason"]
    nothing = resources.together([], [], {})
    assert resources.is_open(resources.with_unseen(nothing, told["unseen"], {"i-1"}))
    # what stands keeps its volumes, and the next clean-up reads them
    assert not resources.is_open(resources.with_unseen(nothing, told["unseen"], set()))


def test_what_was_read_is_not_unseen(monkeypatch):
    assert looked_at(monkeypatch, [{"kind": resources.VOLUME, "recovery_instance_id": "i-1"}])["unseen"] == []


def test_an_answer_that_lacks_the_instance_is_as_good_as_none(monkeypatch):
    (row,) = looked_at(monkeypatch, [])["unseen"]
    assert row["recovery_instance_id"] == "i-1" and "EC2 lists nothing of it" in row["reason"]


@pytest.mark.parametrize("state", ["TERMINATED", "SHUTTING-DOWN", "NOT_FOUND"])
def test_of_an_instance_that_is_gone_nothing_is_missing(monkeypatch, state):
    monkeypatch.setitem(INSTANCE, "ec2_instance_state", state)
    assert looked_at(monkeypatch, [])["unseen"] == []
