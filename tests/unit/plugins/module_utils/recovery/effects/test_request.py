"""Test the request made from the options of drs_recovery, and its repetition."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import request as recovery_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import FakeCell, FakeDrs, instance_id, server_id

DEFAULTS = {key: spec.get("default") for key, spec in recovery_request.RECOVERY_SPEC.items()}


@pytest.fixture
def aws():
    return FakeDrs()


def perform(aws, check_mode=False, **params):
    return recovery_request.perform(FakeCell(aws), {**DEFAULTS, **params}, check_mode)


def launched(aws, **params):
    servers = [{"source_server_id": aws.add_server(1)}]
    given = {"state": "launched", "mode": "drill", "run_id": "run-1", "servers": servers, **params}
    return perform(aws, **given)


def test_state_decides_what_is_done(aws):
    assert launched(aws)["summary"]["in_progress"] == 1
    aws.end(aws.jobs[0])
    assert perform(aws, state="terminated", run_id="run-1")["summary"]["in_progress"] == 1
    assert aws.effects == ["StartRecovery", "TerminateRecoveryInstances"]


def test_check_mode_is_handed_on(aws):
    given = {"state": "launched", "mode": "drill", "run_id": "run-1"}
    result = perform(aws, True, servers=[{"source_server_id": aws.add_server(1)}], **given)
    assert result["summary"]["planned"] == 1
    assert aws.effects == []


def test_the_request_comes_back_to_be_repeated(aws):
    first = launched(aws, policy={"allow_stale": True, "max_lag_seconds": None, "min_readiness": None})
    assert first["request"]["policy"] == {"allow_stale": True}
    assert "source_server_ids" not in first["request"], "what was not given is not asked for the second time either"
    again = perform(aws, **first["request"])
    assert again["changed"] is False
    assert again["request"] == first["request"]
    assert len(aws.jobs) == 1


def test_a_request_to_terminate_comes_back_with_its_typed_ids(aws):
    aws.launched([1], by="START_RECOVERY")
    result = perform(aws, state="terminated", confirm_recovery_instance_ids=[instance_id(1)])
    assert result["request"]["confirm_recovery_instance_ids"] == [instance_id(1)]
    assert result["summary"]["in_progress"] == 1


@pytest.mark.parametrize("server", [{}, {"name": "web-01"}, {"source_server_id": None}, {"source_server_id": 7}])
def test_a_server_without_its_id_is_refused(aws, server):
    with pytest.raises(DrsError) as caught:
        perform(aws, state="launched", mode="drill", run_id="r", servers=[{"source_server_id": server_id(1)}, server])
    assert caught.value.code == "invalid_option"
    assert "servers[1].source_server_id" in caught.value.message
    assert aws.calls == []


@pytest.mark.parametrize("run_id", ["", "a run", "-x", "x" * 129])
@pytest.mark.parametrize("state", ["launched", "terminated"])
def test_a_run_id_that_cannot_be_a_tag_is_refused(aws, run_id, state):
    with pytest.raises(DrsError) as caught:
        perform(aws, state=state, mode="drill", run_id=run_id)
    assert caught.value.code == "malformed_id"
    assert aws.calls == []
