"""Test that only instances are terminated that are provably drills of ours, never a source machine."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from itertools import product
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import termination_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from support.safety import INSTANCE_ID, OTHER_ID, instance, job

# Each condition: the change that breaks it, and whether a typed id stands in for it.
CONJUNCTS = {
    "is a drill": ({"is_drill": False}, {}, True),
    "is known to be a drill": ({"is_drill": None}, {}, True),
    "is a drill, not nearly": ({"is_drill": "true"}, {}, True),
    "job is known": ({}, None, True),
    "job has an id": ({"job_id": None}, {"job_id": None}, True),
    "job is its own": ({}, {"job_id": "drsjob-22222222222222222"}, True),
    "job is of its account": ({}, {"account_id": "222222222222"}, True),
    "job is of its Region": ({}, {"region": "eu-west-1"}, True),
    "job was a drill": ({}, {"initiated_by": "START_RECOVERY"}, True),
    "job says who began it": ({}, {"initiated_by": None}, True),
    "job carries our tag": ({}, {"tags": {"other": "run-1"}}, True),
    "job has tags": ({}, {"tags": None}, True),
    "job is of this run": ({}, {"tags": {RUN_TAG: "run-2"}}, True),
    "EC2 instance is known": ({"ec2_instance_id": None}, {}, False),
    "is no source machine": ({"ec2_instance_id": "i-00000000000000051"}, {}, False),
    "is no source machine by its own id": (
        {"recovery_instance_id": "i-00000000000000051", "ec2_instance_id": OTHER_ID},
        {},
        False,
    ),
    "no failback": ({"failback": {"state": "FAILBACK_READY_FOR_LAUNCH"}}, {}, False),
    "failback is described": ({"failback": "?"}, {}, False),
    "id is well formed": ({"recovery_instance_id": "ri-1"}, {}, False),
}
SOURCES = ("i-00000000000000051", None)


def allowed(instance_changes, job_changes, typed, run_id="run-1", sources=SOURCES):
    standing = instance(**instance_changes)
    launched_by = None if job_changes is None else job(**job_changes)
    typed_ids = [standing["recovery_instance_id"]] if typed else [OTHER_ID]
    return termination_checks.terminate_allowed(standing, launched_by, run_id, sources, typed_ids)


@pytest.mark.parametrize("typed", [True, False])
def test_our_own_drill_may_go(typed):
    assert allowed({}, {}, typed) == (True, [])


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("name", CONJUNCTS)
def test_each_condition_alone_refuses(name, typed):
    changes, job_changes, typing_helps = CONJUNCTS[name]
    ok, reasons = allowed(changes, job_changes, typed)
    assert ok is (typed and typing_helps)
    assert len(reasons) == (0 if ok else 1)


def test_every_combination_of_conditions():
    names = ["is a drill", "job was a drill", "job carries our tag", "EC2 instance is known", "no failback"]
    for broken in product([False, True], repeat=len(names)):
        changes, job_changes, helps = {}, {}, True
        for name in (one for one, off in zip(names, broken) if off):
            changes.update(CONJUNCTS[name][0])
            job_changes.update(CONJUNCTS[name][1])
            helps = helps and CONJUNCTS[name][2]
        for typed in (True, False):
            ok, reasons = allowed(changes, job_changes, typed)
            assert ok is (not any(broken) or (typed and helps))
            if not typed:
                assert len(reasons) == sum(broken)


def test_any_run_of_this_collection_when_none_is_named():
    assert allowed({}, {"tags": {RUN_TAG: "run-2"}}, False, run_id=None)[0] is True
    assert allowed({}, {"tags": {}}, False, run_id=None)[0] is False


@pytest.mark.parametrize("typed", [True, False])
def test_unknown_source_machines_refuse(typed):
    ok, reasons = allowed({}, {}, typed, sources=None)
    assert (ok, [one["code"] for one in reasons]) == (False, ["source_instances_unknown"])


def test_reasons_can_stand_as_errors_of_a_result():
    _ok, reasons = allowed({"is_drill": False}, {}, False)
    assert reasons[0]["code"] == "not_a_drill"
    assert INSTANCE_ID in reasons[0]["message"]
    assert {"code", "message", "remedy", "retryable"} <= set(reasons[0])


@pytest.mark.parametrize(("is_drill", "code"), [(None, "drill_unknown"), (False, "not_a_drill")])
def test_not_knowing_is_told_apart_from_knowing(is_drill, code):
    assert [one["code"] for one in allowed({"is_drill": is_drill}, {}, False)[1]] == [code]


def test_a_similar_id_is_not_typed():
    standing = instance(is_drill=False)
    assert (
        termination_checks.terminate_allowed(standing, job(), "run-1", [], [INSTANCE_ID.upper(), INSTANCE_ID[:-1], ""])[
            0
        ]
        is False
    )
