"""Test the records of an inventory: what nobody knows is never told as good."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory import records

MODEL = botocore.session.get_session().get_service_model("drs")
TOLD = {"DISCONNECTED": "disconnected", "STOPPED": "stopped", "REPLICATION_STATE_NOT_AVAILABLE": "unknown"}
STATES = {
    state
    for name in ("DataReplicationState", "RecoveryInstanceDataReplicationState")
    for state in MODEL.shape_for(name).enum
}


@pytest.mark.parametrize("state", sorted(STATES))
def test_the_agent_of_every_state_that_drs_knows(state):
    assert records.agent_state(state) == TOLD.get(state, "connected")


@pytest.mark.parametrize("state", [None, "", "PARTING", "continuous"])
def test_a_state_that_is_not_known_says_nothing_of_the_agent(state):
    assert records.agent_state(state) == "unknown"
