"""Test job templates as a platform runs them: playbook, variables, and survey answers as text.

The inventory is the one that the platform keeps: what the plugin said, with the variables of the inventory object. Role
and external id come from the environment that the credential type injects.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from support import automation
from support.automation_jobs import PLAN, WORLD, Platform
from support.simulator import Simulator


@pytest.fixture(scope="module")
def world(start_simulator) -> Simulator:
    return start_simulator(WORLD)


@pytest.fixture(scope="module")
def platform(world: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return Platform(world, Path(tmp_path_factory.mktemp("platform")))


def test_a_drill_by_its_workflow(world, platform):
    """Every node as the workflow runs it; what was answered for the workflow reaches each of them."""
    answers = {one["variable"]: one["default"] for one in workflow_questions("DRS drill with approval")}
    answers.update(PLAN, awx_workflow_job_id=7, awx_user_name="someone")
    jobs, given = {}, {}

    def launch(node, artifacts):
        name, given[node["identifier"]] = node["identifier"], artifacts
        if name == "terminate":
            # outside of its workflow it must not take a run without a name for all runs
            alone = platform.launch("DRS step terminate")
            assert "CLEAN-UP: 0 instances" in alone.output and world.ledger("terminated") == [], alone.output
        check = node.get("job_type") == "check"
        done = platform.launch(node["unified_job_template"], None, answers, check, artifacts)
        jobs[name] = done
        assert "kept-in-a-credential" not in done.output
        assert name in ("readiness", "plan") or world.ledger("launched"), name
        return done.rc == 0, left(done)

    ways = automation.walk("DRS drill with approval", launch)
    # nothing was ever drilled, which readiness tells and does not block
    assert ways[0][0] == "readiness" and "never" in jobs["readiness"].output, jobs["readiness"].output
    nodes = ("plan", "go", "drill", "terminate", "report")
    assert ways[1:] == [(one, True) for one in nodes], "".join(one.output for one in jobs.values())
    assert jobs["plan"].plan["summary"]["servers"] == 2
    drilled = jobs["drill"]
    assert drilled.result["run_id"] == "workflow-7" and drilled.outcomes == {"launched": 2}
    assert "CLEAN-UP: 2 instances" in jobs["terminate"].output
    assert "Evidence of run workflow-7" in jobs["report"].output
    # each node has what the one before it left
    assert given["readiness"] == {} and given["plan"]["drs_artifact"]["verb"] == "readiness"
    assert given["terminate"]["drs_artifact"]["run_id"] == "workflow-7"
    assert given["terminate"]["drs_artifact"]["counts"] == {"launched": 2}
    assert given["report"]["drs_artifact"]["counts"] == {"terminated": 2}


def test_a_failover_launches_only_what_was_typed(world, platform):
    asked = {**PLAN, "recovery_run_id": "real-1"}
    before = len(world.ledger("launched"))
    planned = platform.launch("DRS failover", asked, check=True)
    assert planned.rc == 0 and "FAILOVER shop 2 us-west-2" in planned.output, planned.output
    unsaid = platform.launch("DRS failover", asked)
    assert unsaid.rc != 0 and "confirmation_mismatch" in unsaid.output, unsaid.output

    right = {**asked, "recovery_confirm": "FAILOVER shop 2 us-west-2", "recovery_require_approval": True}
    frozen = platform.launch("DRS step failover", workflow={**right, "awx_user_name": "first"})
    assert frozen.rc != 0 and "WAITS for approval of the plan" in frozen.output, frozen.output
    assert len(world.ledger("launched")) == before
    hashed = {"runs_id": "real-1", "runs_plan_hash": frozen.result["plan_hash"][:8], "runs_decision": "approved"}
    own = platform.launch("DRS approve", {**hashed, "awx_user_name": "first"})
    assert own.rc != 0 and "approval_own" in own.output, own.output

    other = platform.launch("DRS approve", {**hashed, "awx_user_name": "second"})
    assert other.rc == 0, other.output
    gone = platform.launch("DRS step resume", workflow={**right, "awx_user_name": "first"})
    assert gone.rc == 0 and gone.outcomes == {"launched": 2}, gone.output


@pytest.mark.parametrize(
    ("name", "answers", "said"),
    [
        ("DRS deploy agents", {"agent_deploy_filter_tags": '{"dr:enabled": "true"}'}, "no_match"),
        ("DRS failback", {"failback_run_id": "h-1", "failback_selection": '{"waves": ["9"]}'}, "unknown_wave"),
        ("DRS orchestrate", {"orchestrate_input": '{"action": "status", "tags": {"dr:enabled": "true"}}'}, "payments"),
    ],
)
def test_answers_are_text_and_are_understood(platform, name, answers, said):
    done = platform.launch(name, answers, check=True)
    assert said in done.output, done.output


def left(run):
    """What a playbook left for the next node of a workflow, by name."""
    found = {}
    for event in run.events:
        found.update((event["result"].get("ansible_stats") or {}).get("data") or {})
    return found


def workflow_questions(name):
    return automation.questions(automation.workflows()[name])
