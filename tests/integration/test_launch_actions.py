"""Test post-launch actions against the simulator: put once, run after a launch, judged by the policy of a run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support.cells import Place, outcomes
from support.playbook import Controller
from support.scenarios import account, fleet

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import launch_actions

ACCOUNT = "140000000001"


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(
        {
            "accounts": [account(ACCOUNT)],
            "fleets": [fleet(ACCOUNT, 3, "db-{n:02}", tags={"dr:application": "payments"})],
            "jobs": {"total": 600},
        }
    )


def test_actions_are_put_once_run_after_the_launch_and_judged_by_the_policy(world, tmp_path):
    place = Place(world, ACCOUNT)
    drs = place.drs
    one, two, three = place.ids("db-01", "db-02", "db-03")
    template = drs.create_launch_configuration_template(postLaunchEnabled=True)["launchConfigurationTemplate"]
    for server in (one, two, three):
        drs.update_launch_configuration(sourceServerID=server, postLaunchEnabled=True)
    controller = Controller(world, tmp_path, [ACCOUNT])
    declared = {
        "launch_actions_account": [{"name": "time", "document": "AWS-RunShellScript"}],
        "launch_actions_groups": [
            {"actions": [{"name": "check", "document": "AWS-CreateImage", "optional": False, "category": "VALIDATION"}]}
        ],
        "launch_actions_servers": [{"name": "db-03", "actions": [{"name": "check", "state": "absent"}]}],
    }
    place.mark()
    planned = controller.run("launch_actions", declared, check=True)
    assert planned.rc == 0 and place.mutations() == [], planned.output
    done = controller.run("launch_actions", declared)
    assert done.rc == 0, done.output
    assert sorted(place.mutations()) == ["PutLaunchAction"] * 6
    assert done.fact("launch_actions_result")["drift"] == planned.fact("launch_actions_result")["drift"]
    assert "time none -> active=True" in done.output and "Template of new servers" in done.output
    place.mark()
    again = controller.run("launch_actions", {**declared, "launch_actions_fail_on_drift": True})
    assert again.rc == 0 and place.mutations() == [], again.output
    params = {"source_server_ids": [three], "template": True}
    found = launch_actions.info(place.cell(), params, False)["resources"]
    assert [(each["resource_id"], [action["name"] for action in each["actions"]]) for each in found] == [
        (template["launchConfigurationTemplateID"], ["time"]),
        (three, ["time"]),
    ]

    # an action that is not optional fails its server as DRS says, one that is does not; the policy turns both
    world.set_server(ACCOUNT, "us-west-2", "db-01", fail_action="check")
    world.set_server(ACCOUNT, "us-west-2", "db-02", fail_action="time")
    lines: list[str] = []
    started = place.launch([one, two, three])
    waited = place.wait(started, lines, fail_on="never")
    assert outcomes(waited) == {"failed": 1, "launched": 2}
    entries = {each["name"]: each for each in waited["servers"]}
    assert entries["db-01"]["error"]["code"] == "post_launch_failed" and "check" in entries["db-01"]["error"]["message"]
    assert entries["db-02"]["error"]["code"] == "post_launch_failed" and entries["db-02"]["private_ip"]
    assert [run["status"] for run in entries["db-03"]["post_launch"]] == ["SUCCEEDED"] and not entries["db-03"]["error"]
    told = "\n".join(lines)
    assert "db-01 post-launch action check FAILED:" in told, told
    assert "db-02 post-launch action time FAILED (optional):" in told and "post-launch actions succeeded" in told
    strict = place.wait(started, fail_on="never", post_launch="all")
    assert outcomes(strict) == {"failed": 2, "launched": 1}
    bears = place.wait(started, fail_on="never", post_launch="none")
    assert outcomes(bears) == {"launched": 3}
    assert {each["name"]: bool(each["ec2_instance_id"]) for each in bears["servers"]}["db-01"]

    options = {"recovery_plan_name": "acts", "recovery_policy": {"post_launch": "none"}}
    run = controller.run("drill", options)
    assert run.rc == 0 and run.outcomes == {"launched": 3}, run.output
    assert "Post-launch actions that failed" in run.output and "check (AWS-CreateImage)" in run.output
