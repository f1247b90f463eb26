"""Ansible as it is found: become set everywhere, hosts that are no cells, parts of a play, loops, vaulted variables."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import textwrap

import pytest
from ansible.constants import DEFAULT_VAULT_IDENTITY
from ansible.parsing.vault import VaultLib, VaultSecret
from support.playbook import Controller
from support.scenarios import account, fleet
from support.simulator import ROOT

PAY, SHOP = "111111111111", "222222222222"
PASSWORD = "of-the-test"


@pytest.fixture(scope="module")
def mine(start_simulator, tmp_path_factory):
    fleets = [fleet(PAY, 1, f"{app}-{{n}}", 1, tags={"dr:application": app}) for app in ("db", "web")]
    world = start_simulator({"accounts": [account(PAY, "pay")], "fleets": fleets, "jobs": {"total": 600}})
    return Controller(world, tmp_path_factory.mktemp("found"))


def written(mine, name, text):
    path = mine.directory / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return str(path)


def test_a_play_that_becomes_root_loops_over_applications_and_has_a_vault_does_each_drill_once(mine):
    """become as a keyword, in the environment and in the inventory; sudo would ask for a password, or lose the keys."""
    secret = VaultLib([(DEFAULT_VAULT_IDENTITY, VaultSecret(PASSWORD.encode()))])
    vaulted = textwrap.indent(secret.encrypt("CHG-1042").decode(), " " * 18)
    written(mine, "group_vars/all.yml", "ansible_become: true\nansible_become_exe: /nonexistent/sudo\n")
    play = f"""\
        - hosts: drs_cells
          gather_facts: false
          become: true
          any_errors_fatal: true
          vars_files: [{ROOT}/playbooks/vars/cell.yml]
          module_defaults:
            group/resilience.drs.cell: "{{{{ drs_cell_options }}}}"
          vars:
            drs_own_variables: [my_ticket]
            my_ticket: !vault |
        """
    text = textwrap.dedent(play) + textwrap.indent(textwrap.dedent(vaulted), " " * 6)
    text += textwrap.indent(
        textwrap.dedent(
            """\
            tasks:
              - ansible.builtin.include_role:
                  name: resilience.drs.recovery
                vars:
                  recovery_mode: drill
                  recovery_run_id: "loop-{{ app }}"
                  recovery_ticket: "{{ my_ticket }}"
                  recovery_selection: {applications: ["{{ app }}"]}
                loop: [db, web]
                loop_control:
                  loop_var: app
            """
        ),
        "  ",
    )
    own = written(mine, "own.yml", text)
    password = written(mine, "password", PASSWORD)
    env = {"ANSIBLE_VAULT_PASSWORD_FILE": password, "ANSIBLE_BECOME": "true"}
    run = mine.run(own, env=env)
    written(mine, "group_vars/all.yml", "{}\n")
    assert run.rc == 0, run.output
    for app in ("db", "web"):
        kept = mine.record(f"loop-{app}", {})
        assert (kept["run"]["status"], kept["run"]["ticket"]) == ("succeeded", "CHG-1042")
        assert [one["name"] for wave in kept["waves"] for one in wave["servers"]] == [f"{app}-1"]
    starts = [one for one in mine.simulator.journal() if one["action"] == "StartRecovery"]
    assert len(starts) == 2


def test_hosts_that_are_no_cells_and_parts_of_a_play_are_refused_in_one_sentence(mine):
    extra = written(mine, "machines.ini", "web01 ansible_connection=local\n")
    mark = mine.simulator.mark()
    run = mine.run("status", {"drs_hosts": "all"}, typed=["-i", mine.inventory, "-i", extra])
    assert run.rc != 0 and "play_not_supported: web01: not a cell" in run.output, run.output
    run = mine.run("terminate", {"terminate_run_id": "loop-db"}, typed=["--tags", "proof"])
    assert run.rc != 0 and "play_not_supported: --tags proof: a part of terminate cannot run alone" in run.output
    # a person who answers no for the walk, and no for the check before it
    for answers, left_out in (("y\nn\nc\n", "Plan, begin and walk"), ("n\nc\n", "Check the variables")):
        command = [*mine.command("drill", {"recovery_run_id": "steps"}), "--step"]
        env = {**mine.env, "DRS_TEST_RESULTS": str(mine.directory / "steps.jsonl")}
        done = subprocess.run(
            command, env=env, input=answers, cwd=mine.directory, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == 2 and f"task_skipped: '{left_out}' was left out by an answer to --step" in said, said
        assert "is undefined" not in said and "again without --step" in said
    assert mine.simulator.journal(mark) == []


def test_a_play_that_leaves_a_cell_out_is_refused_and_one_that_rescues_a_drill_cleans_up_in_every_cell(
    simulator, tmp_path
):
    """A condition around the role, a host that a task file adds, and a task that runs once, fails and is rescued:
    Ansible then names one cell as the hosts of the play, and all go on."""
    fleets = [fleet(one, 1, f"{name}-{{n}}") for one, name in ((PAY, "db"), (SHOP, "web"))]
    world = simulator(
        {"accounts": [account(PAY, "pay"), account(SHOP, "shop")], "fleets": fleets, "jobs": {"total": 60}}
    )
    mine = Controller(world, tmp_path)
    written(mine, "checks.yml", CHECKS)
    cell = f"{ROOT}/playbooks/vars/cell.yml"
    without = "when: drs_account_id == '111111111111'"
    # in a play of somebody else the callback is enabled by its name, and leaves what the next job gets
    env = {"ANSIBLE_CALLBACKS_ENABLED": "recorder,resilience.drs.drs_artifact", "ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    run = mine.run(written(mine, "without.yml", PLAY % (cell, without, TOLD)), env=env)
    left = " ".join(run.output.rpartition("CUSTOM STATS")[2].split())
    assert '"error": "play_not_supported"' in left and '"verb": "recovery"' in left, run.output
    assert "when: not true on shop.us-west-2, and the role works over all cells of the play" in run.output
    assert world.ledger() == []
    checked = "vars: {recovery_run_id: r1, recovery_validate_tasks: checks.yml}"
    run = mine.run(written(mine, "rescues.yml", PLAY % (cell, checked, CLEANED)))
    assert run.rc == 0, run.output
    assert "validation failed in pay.us-west-2: broken; shop.us-west-2: failed" in run.output
    assert "Proof: read again, no drill instance of run r1 is left." in run.output
    effects = sorted((one["effect"], one["account"]) for one in world.ledger())
    assert effects == [("launched", PAY), ("launched", SHOP), ("terminated", PAY), ("terminated", SHOP)]


CHECKS = """\
    - ansible.builtin.add_host: {name: 10.0.0.9, groups: recovered}
    - ansible.builtin.fail: {msg: broken}
      run_once: true
"""
PLAY = """\
    - hosts: drs_cells
      gather_facts: false
      vars_files: [%s]
      module_defaults:
        group/resilience.drs.cell: "{{ drs_cell_options }}"
      vars: {recovery_mode: drill}
      tasks:
        - block:
            - ansible.builtin.include_role: {name: resilience.drs.recovery}
              %s
          rescue:
            - %s
"""
TOLD = "ansible.builtin.debug: {msg: refused}"
CLEANED = "{ansible.builtin.include_role: {name: resilience.drs.terminate}, vars: {terminate_run_id: r1}}"
