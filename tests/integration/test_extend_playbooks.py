"""Test the playbooks capacity and extend: 850 servers recovered in a target that may replicate 300."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter

import pytest
import yaml
from support.extension import STAGING_A, STAGING_B, TARGET, Target, accounts_of_extension
from support.playbook import Controller
from support.scenarios import SECRET

PAYMENTS = "payments.us-west-2"


def controller_of(world, directory):
    """A controller whose inventory says that the staging accounts are extended to payments."""
    controller = Controller(world, directory)
    cells = [controller._cell(one) for one in controller.accounts]
    for cell in cells:
        if "staging" in cell["types"]:
            cell["extend_to"] = "payments"
    controller.inventory = controller.write_inventory(cells)
    return controller


def counts(run):
    return dict(Counter(one["outcome"] for one in run.fact("server_extend_result")["servers"]))


# -- small -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(accounts_of_extension(second=3))


@pytest.fixture(scope="module")
def story(world, tmp_path_factory):
    """Check, what its next line says, the same again, take back: (runs by name, mutating calls of each)."""
    controller = controller_of(world, tmp_path_factory.mktemp("extend"))
    runs, calls = {}, {}
    runs["check"] = controller.start("extend", check=True, typed=("-e", "server_extend_deployment_id=d-7")).wait()
    calls["check"] = world.mutations()
    mark = world.mark()
    runs["extend"] = controller.paste(runs["check"])
    calls["extend"] = world.mutations(mark)
    shop = {"server_extend_state": "absent", "server_extend_selection": {"tags": {"dr:application": "shop"}}}
    for name, variables in (("again", {}), ("back", shop)):
        mark = world.mark()
        runs[name] = controller.run("extend", variables)
        calls[name] = world.mutations(mark)
    return runs, calls


def test_check_says_what_would_be_extended_and_changes_nothing(story):
    runs, calls = story
    assert runs["check"].rc == 0, runs["check"].output
    assert counts(runs["check"]) == {"planned": 7} and calls["check"] == []
    assert runs["check"].next_command.startswith("ansible-playbook resilience.drs.extend ")
    assert "--check" not in runs["check"].next_command, "it is for the change itself"


def test_extends_all_staging_accounts_of_the_target(story):
    runs, calls = story
    assert runs["extend"].rc == 0, runs["extend"].output
    assert counts(runs["extend"]) == {"extended": 7} and runs["extend"].changed
    assert calls["extend"] == ["drs:CreateExtendedSourceServer"] * 7
    assert "9 of 4000 source servers (limit: service quotas), 2 own, 7 extended, 9" in runs["extend"].output
    assert "next: ansible-playbook resilience.drs.drill" in runs["extend"].output


def test_again_changes_nothing(story):
    runs, calls = story
    assert runs["again"].rc == 0, runs["again"].output
    assert counts(runs["again"]) == {"already_extended": 7} and not runs["again"].changed and calls["again"] == []


def test_takes_back_what_was_selected(story):
    runs, calls = story
    assert runs["back"].rc == 0, runs["back"].output
    assert counts(runs["back"]) == {"unextended": 4}
    assert calls["back"] == ["drs:DeleteSourceServer"] * 4


def test_no_output_shows_the_external_id(story):
    assert all(SECRET not in run.output and SECRET not in str(run.events) for run in story[0].values())


def test_taking_back_everything_must_be_said(world, tmp_path):
    mark = world.mark()
    run = controller_of(world, tmp_path).run("extend", {"server_extend_state": "absent"})
    assert run.rc != 0 and "server_extend_all" in run.output and world.mutations(mark) == []


def test_without_staging_accounts_it_says_what_to_set(world, tmp_path):
    run = Controller(world, tmp_path).run("extend")
    assert run.rc != 0 and "no_staging_account" in run.output and "extend_to" in run.output


def test_one_staging_account_denied_does_not_stop_the_other(simulator, tmp_path):
    sim = simulator(accounts_of_extension(second=3, trusted=(STAGING_A,)))
    run = controller_of(sim, tmp_path).run("extend")
    assert run.rc != 0 and counts(run) == {"extended": 4}
    result = {one["staging_account_id"]: one for one in run.fact("server_extend_result")["results"]}
    assert result[STAGING_A]["error"] is None and result[STAGING_B]["error"]["code"] == "staging_role_missing"
    assert f"create-role --role-name DRSStagingAccountRole_{TARGET}" in " ".join(run.output.split())
    # the role of the staging cell refuses: nothing can be checked there, and the target continues without
    sim.deny_role(STAGING_B)
    mark = sim.mark()
    again = controller_of(sim, tmp_path / "again").run("extend")
    assert again.rc != 0 and counts(again) == {"already_extended": 4} and sim.mutations(mark) == []


def test_arns_go_to_the_staging_account_that_they_are_of(simulator, tmp_path):
    sim = simulator(accounts_of_extension(second=3))
    arns = [Target(sim).arns()["shop-002"], Target(sim).arns(STAGING_B)["bill-001"]]
    run = controller_of(sim, tmp_path).run("extend", {"server_extend_selection": {"source_servers": arns}})
    assert run.rc == 0, run.output
    assert counts(run) == {"extended": 2} and set(Target(sim).copies()) == {"shop-002", "bill-001"}


def test_a_key_that_is_not_shared_is_refused_unless_somebody_goes_on(simulator, tmp_path):
    scenario = accounts_of_extension()
    scenario["accounts"][1]["encryption"] = {"mode": "CUSTOM", "key": "wrong_policy"}
    sim = simulator(scenario)
    controller = controller_of(sim, tmp_path)
    only_a = {"server_extend_staging_account_ids": [STAGING_A]}
    run = controller.run("extend", only_a)
    assert run.rc != 0 and "key_not_shared" in run.output and sim.mutations() == []
    warned = controller.run("extend", {**only_a, "server_extend_preflight": "warn"})
    assert warned.rc == 0 and counts(warned) == {"extended": 4}


def test_capacity_places_planned_servers_and_refuses_what_does_not_fit(world, tmp_path):
    controller = controller_of(world, tmp_path)
    mark = world.mark()
    password = tmp_path / "vault password"
    password.write_text("opens it", encoding="utf-8")
    cells = controller.inventory.rename(tmp_path / "typed.drs_accounts.yml")
    controller.inventory = tmp_path / "no_such.yml"
    typed = ["-i", cells, "--vault-id", f"dev@{password}"]
    run = controller.run("capacity", {"capacity_planned": 300}, limit="all", typed=typed)
    assert run.rc == 0, run.output
    again = f" --limit all -i {cells} --vault-id 'dev@{password}' --check"
    assert run.next_command == f"ansible-playbook resilience.drs.deploy_agents{again}"
    controller.inventory = cells
    placed = run.task("Sum up and place planned servers")["placement"]
    assert [(one["cell"], one["servers"]) for one in placed["placements"]] == [
        ("staging-b.us-west-2", 237),
        ("staging-a.us-west-2", 63),
    ]
    full = controller.run("capacity", {"capacity_planned": 474})
    assert full.rc != 0 and "capacity_full: 1 of 474 servers" in full.output and "DOES NOT FIT" in full.output
    assert world.mutations(mark) == []


def test_capacity_names_a_cell_that_cannot_be_read(simulator, tmp_path):
    sim = simulator(accounts_of_extension(second=3))
    sim.deny_role(STAGING_B)
    run = controller_of(sim, tmp_path).run("capacity")
    assert run.rc != 0 and "Coverage incomplete: 1 of 3 cells" in run.output
    assert run.task("Sum up and place planned servers")["total"]["cells"] == 2


# -- after a deployment ------------------------------------------------------------------------------------------------

FOLLOW = {
    "name": "A deployment that was good",
    "hosts": "drs_cells",
    "gather_facts": False,
    "tasks": [
        {
            "name": "Extend what was installed",
            "ansible.builtin.include_role": {"name": "resilience.drs.server_extend", "tasks_from": "follow"},
        },
        {"name": "The end", "ansible.builtin.debug": {"msg": "the deployment stands"}},
    ],
}


def follow(world, directory, arns):
    controller = controller_of(world, directory)
    servers = [{"outcome": "installed", "arn": arn} for arn in arns] + [{"outcome": "failed", "arn": None}]
    play = {**FOLLOW, "vars": {"agent_deploy_result": {"servers": servers}}}
    path = directory / "follow.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return controller.run(str(path))


def test_follows_a_deployment_with_what_was_installed(simulator, tmp_path):
    sim = simulator(accounts_of_extension(second=3, trusted=(STAGING_A,)))
    arns = Target(sim).arns()
    run = follow(sim, tmp_path, [arns["shop-001"], arns["shop-003"]])
    assert run.rc == 0, run.output
    assert counts(run) == {"extended": 2} and set(Target(sim).copies()) == {"shop-001", "shop-003"}


def test_a_deployment_stays_good_whatever_becomes_of_the_extension(simulator, tmp_path):
    sim = simulator(accounts_of_extension(second=3, trusted=()))
    run = follow(sim, tmp_path, [*Target(sim).arns().values(), *Target(sim).arns(STAGING_B).values()])
    assert run.rc == 0, run.output
    result = run.fact("server_extend_result")
    assert not result["ok"] and "staging_role_missing" in result["reasons"][0]
    assert "The deployment is complete" in run.output and "the deployment stands" in run.output
    assert sim.mutations() == []


def test_a_deployment_without_anything_to_extend_is_left_alone(world, tmp_path):
    mark = world.mark()
    run = follow(world, tmp_path, [])
    assert run.rc == 0 and world.mutations(mark) == [], run.output


# -- big ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(start_simulator, tmp_path_factory):
    """250 own servers and two staging accounts of 300: capacity, extension, capacity, drill; and what happened."""
    sim = start_simulator(accounts_of_extension(own=250, staged=300, second=300))
    controller = controller_of(sim, tmp_path_factory.mktemp("large"))
    before = controller.run("capacity")
    extended = controller.run("extend")
    after = controller.run("capacity")
    drill = controller.run("drill", {"recovery_run_id": "big", "recovery_plan_name": "big"})
    return sim, before, extended, after, drill


def test_600_servers_are_extended_into_a_target_of_250(large):
    _sim, before, extended, after, _drill = large
    assert before.rc == extended.rc == after.rc == 0, extended.output
    assert counts(extended) == {"extended": 600}
    first, then = (run.task("Sum up and place planned servers") for run in (before, after))
    assert first["total"]["machines"] == then["total"]["machines"] == 850
    target = next(one for one in then["cells"] if one["cell"] == PAYMENTS)
    assert target["servers"] == {"total": 850, "own": 250, "extended": 600, "replicating": 250, "recoverable": 850}
    assert [one["servers"] for one in target["extended"]] == [300, 300]
    levels = {one["cell"]: one["level"] for one in then["cells"]}
    assert levels == {PAYMENTS: "warning", "staging-a.us-west-2": "full", "staging-b.us-west-2": "full"}


def test_850_servers_are_drilled_from_the_target_each_once_and_none_from_staging(large):
    sim, _before, _extended, _after, drill = large
    assert drill.rc == 0, drill.output[-4000:]
    assert drill.outcomes == {"launched": 850}
    launched = sim.ledger("launched")
    assert {entry["account"] for entry in launched} == {TARGET}
    assert len({entry["source_server_id"] for entry in launched}) == len(launched) == 850
    assert all(entry["is_drill"] for entry in launched)
    assert not {"wiped", "launch_failed", "deleted"} & {entry["effect"] for entry in sim.ledger()}
    starts = sim.journal(action="StartRecovery")
    assert {entry["account"] for entry in starts} == {TARGET}
    assert max(len(entry["request"]["sourceServers"]) for entry in starts) == 100


def test_the_drill_of_copies_is_told_by_name(large):
    assert large[4].servers["shop-300"]["cell"] == PAYMENTS and large[4].servers["bill-001"]["outcome"] == "launched"
