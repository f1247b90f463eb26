"""Test the closed lists of failback: stages of a server, and states that a task asks for."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import get_args

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import OUTCOMES
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage


def test_every_stage_has_a_next_step_and_there_are_no_others():
    stages = get_args(failback_stage.Stage)
    assert set(failback_stage.NEXT) == set(stages)
    assert set(failback_stage.NEXT_ON_PREMISES) <= set(stages)


def test_every_state_can_be_asked_for_and_is_the_outcome_of_a_server_that_has_reached_it():
    assert tuple(request.STATES) == failback_stage.STATES
    assert set(failback_stage.STATES) <= set(OUTCOMES)
