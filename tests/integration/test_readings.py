"""The life of servers, own and extended, under what DRS may answer: the bounded part of the matrix in `make chaos`.

Values that can hold at the same time are held at the same time, so that few lives see many of them.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from drs_simulator.scenario.doubts import DOUBTS, RECORDED_ANSWERS
from support import readings, readings_extended

AS_RECORDED = {**RECORDED_ANSWERS, "job_retention_days": 0}
OTHERWISE = {
    "refusal_names": "nobody",
    "not_recoverable_error": "ConflictException",
    "wrong_order_error": "ValidationException",
    "job_instance_ids": "some",
    "ended_instance_named": "kept",
    "in_progress_from": "launch",
    "job_log_order": "DESC",
    "after_initial_sync": "CONTINUOUS",
    "first_point_seconds": 900,
    "reversing_state": "FAILBACK_NOT_READY_FOR_LAUNCH",
    "reversed_arn_shown": "after_launch",
    "reversed_server_tags": "copied",
    "reverse_needs_template": True,
    "reprotect_hint": "unchanged",
    "protect_copy": "rescan",
    "converted_snapshot_jobs": "hidden",
    "untagged_instance_protected": True,
}
FAILING_LATE = {"terminate_outcome": "fails_once", "refusal_names": "text"}
EXTENDED_OTHERWISE = {
    **OTHERWISE,
    "already_extended_error": "ConflictException",
    "unextend_with_recovery_instance": "refused",
    "converted_snapshot_jobs": "counted",
    "terminate_outcome": "fails_once",
}
READINGS = {"as recorded": AS_RECORDED, "otherwise": OTHERWISE, "failing late": FAILING_LATE}


@pytest.mark.parametrize("values", READINGS.values(), ids=READINGS)
def test_a_drill_and_its_clean_up(values, tmp_path):
    assert readings.drill_and_clean_up(values, tmp_path) == []


@pytest.mark.parametrize("values", READINGS.values(), ids=READINGS)
def test_a_failover_and_its_failback(values, tmp_path):
    assert readings.failover_and_failback(values, tmp_path) == []


@pytest.mark.parametrize("values", [AS_RECORDED, EXTENDED_OTHERWISE], ids=["as recorded", "otherwise"])
def test_extended_servers_from_extension_to_removal(values, tmp_path):
    assert readings_extended.extension_drill_and_removal(values, tmp_path) == []


def test_the_matrix_has_every_value_of_every_doubt():
    """And the bounded part says how much of it there is."""
    values = {(name, str(value)) for _name, settings in readings.readings() for name, value in settings.items()}
    assert values >= {(one.name, str(value)) for one in DOUBTS for value in one.others}
    here = (*READINGS.values(), EXTENDED_OTHERWISE)
    bounded = {(name, str(value)) for settings in here for name, value in settings.items()}
    print(f"matrix: {len(readings.readings())} readings, {3 * len(readings.readings())} lives in make chaos;", end=" ")
    print(f"{2 * len(READINGS) + 2} lives with {len(bounded)} of {len(values)} values here")
    assert len(bounded) >= len(values) // 3
