"""Test guardrails in playbooks: calendar of a drill, override of a failover, lease and sweep."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime

import pytest
from support.playbook import Controller
from support.scenarios import account, fleet

FROZEN = {
    "calendar": {"freezes": [{"from": "2000-01-01T00:00:00Z", "until": "2200-01-01T00:00:00Z", "reason": "audit"}]}
}
REASON = "the primary Region is down"


@pytest.fixture(scope="module")
def story(start_simulator, tmp_path_factory):
    """(runs by name, mutating calls of each) of a refused and an allowed drill, two sweeps, two failovers."""
    one, other = "111111111111", "222222222222"
    world = start_simulator(
        {
            "accounts": [account(one, "payments"), account(other, "orders")],
            "fleets": [fleet(one, 2, "db-{n:02}"), fleet(other, 1, "web-{n:02}", 2)],
            "jobs": {"total": 600},
        }
    )
    controller = Controller(world, tmp_path_factory.mktemp("guardrails"))
    runs, calls = {}, {}

    def run(name, playbook, variables, **more):
        mark = world.mark()
        runs[name] = controller.run(playbook, variables, **more)
        calls[name] = [one for one in world.mutations(mark) if one != "sts:AssumeRole"]

    run("frozen", "drill", {"drs_guardrails": FROZEN})
    run("drill", "drill", {"drs_guardrails": {"max_servers_per_run": 3, "drill_lease_hours": 1}})
    run("early", "sweep", {})
    world.clock.advance(3600)
    run("sweep", "sweep", {})
    failover = {"recovery_guardrails": {**FROZEN, "max_servers_per_wave": 1}, "recovery_plan_name": "payments"}
    run("asked", "failover", {**failover, "recovery_override_reason": REASON}, check=True)
    return runs, calls


def test_a_drill_in_a_freeze_launches_nothing_and_says_until_when(story):
    runs, calls = story
    assert runs["frozen"].rc != 0 and calls["frozen"] == []
    told = " ".join(runs["frozen"].output.split())
    assert "The plan is refused and nothing was launched: change_freeze" in told
    assert "in the freeze until 2200-01-01T00:00:00Z (audit)" in told


def test_a_drill_inside_of_its_guardrails_runs_and_carries_its_lease(story):
    runs, calls = story
    assert runs["drill"].rc == 0, runs["drill"].output
    assert calls["drill"] == ["drs:StartRecovery"] * 2
    assert runs["drill"].fact("recovery_result")["overrides"] == []
    begun = runs["drill"].begun
    begins, ends = (datetime.fromisoformat(begun[key]) for key in ("created_at", "lease_until"))
    assert abs((ends - begins).total_seconds() - 3600) <= 60


def test_a_sweep_before_the_lease_is_over_touches_nothing_and_is_content(story):
    runs, calls = story
    assert runs["early"].rc == 0, runs["early"].output
    assert calls["early"] == []


def test_a_sweep_after_the_lease_terminates_and_proves(story):
    runs, calls = story
    assert runs["sweep"].rc == 0, runs["sweep"].output
    assert calls["sweep"] == ["drs:TerminateRecoveryInstances"] * 2
    assert "CLEAN-UP: 3 instances" in runs["sweep"].output


def test_a_declared_disaster_goes_past_with_its_reason_in_the_plan(story):
    runs, calls = story
    assert runs["asked"].rc == 0, runs["asked"].output
    told = " ".join(runs["asked"].output.split())
    assert f"overridden: {REASON}" in told and "change_freeze" in told and "blast_radius" in told
    assert calls["asked"] == []
    assert [one["guardrail"] for one in runs["asked"].task("Plan, begin and walk")["overrides"]] == [
        "max_servers_per_wave",
        "calendar",
    ]
    # the command to type next means the same guardrails
    assert "recovery_override_reason" in told
