"""Test what a command is said to have done to machines that its list of invocations lacks."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import results
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ssm
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ssm_command
from support.fake_drs import FakeCell, FakeDrs, instance_id


def entry(number: int) -> dict:
    one = {"name": f"web-{number}", "instance_id": instance_id(number), "command_id": "c-1"}
    return outcomes.server_entry(outcomes.IN_PROGRESS, one)


def invocation(number: int, status: str = "Success") -> dict:
    return ssm_command.normalise_invocation({"CommandId": "c-1", "InstanceId": instance_id(number), "Status": status})


def read(monkeypatch, status: str, listed: list[dict]) -> tuple:
    monkeypatch.setattr(ssm, "invocations", lambda _cell, _command_id: listed)
    command = ssm_command.normalise_command({"CommandId": "c-1", "Status": status})
    done, claimed, unseen = results.read(FakeCell(FakeDrs()), command, [entry(1), entry(2)])
    return [(one["outcome"], (one["error"] or {}).get("code")) for one in done], claimed, unseen


def test_a_machine_that_the_list_of_a_success_lacks_is_proven_like_the_others(monkeypatch):
    done, claimed, unseen = read(monkeypatch, "Success", [invocation(1)])
    assert done == [("in_progress", None)] * 2
    assert (claimed, unseen) == ({instance_id(1), instance_id(2)}, set())


@pytest.mark.parametrize("status", ["Failed", "TimedOut", "Cancelled"])
def test_a_machine_that_a_command_never_reached_is_not_tried(monkeypatch, status):
    done, claimed, _unseen = read(monkeypatch, status, [invocation(1)])
    assert [outcome for outcome, _code in done] == ["in_progress", "skipped"]
    assert claimed == {instance_id(1)}
