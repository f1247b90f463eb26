"""Test work over all cells in one step: one session a cell, independent of forks, errors kept per cell."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support.playbook import Controller
from support.scenarios import SECRET, account, fleet

CELLS = {"111111111111": "payments", "222222222222": "shop", "333333333333": "orders"}


@pytest.fixture(scope="module")
def world(start_simulator):
    accounts = [account(one, name) for one, name in CELLS.items()]
    fleets = [fleet(one, number, f"{name}-{{n}}") for number, (one, name) in enumerate(CELLS.items(), start=1)]
    return start_simulator({"accounts": accounts, "fleets": fleets})


def test_one_step_reads_every_cell_with_one_session_each_and_says_so_line_by_line(world, tmp_path):
    run = Controller(world, tmp_path).run("status", env={"ANSIBLE_FORKS": "1"})
    assert run.rc == 0, run.output
    assert len(run.tasks("drs_cells_info")) == 1
    for number, name in enumerate(CELLS.values(), start=1):
        assert f"[{name}.us-west-2] {number} source server" in run.output
    assert sorted(entry["request"]["RoleArn"].split(":")[4] for entry in world.journal(action="AssumeRole")) == sorted(
        CELLS
    )
    assert SECRET not in run.output + str(run.events)


def test_a_lookup_that_fails_in_one_cell_is_the_error_of_that_cell(world, tmp_path):
    mine = Controller(world, tmp_path)
    folder = mine.directory / "host_vars"
    folder.mkdir()
    (folder / "shop.us-west-2.yml").write_text(
        "drs_external_id: \"{{ lookup('ansible.builtin.file', '/nowhere/at/all') }}\"\n", encoding="utf-8"
    )
    mark = world.mark()
    run = mine.run("status")
    assert run.rc != 0
    read = run.task("drs_cells_info")["cells"]
    assert [name for name, one in read.items() if one["error"]] == ["shop.us-west-2"]
    assert read["shop.us-west-2"]["error"]["code"] == "cell_unreadable"
    assert len(read["orders.us-west-2"]["source_servers"]) == 3
    assert {entry["account"] for entry in world.journal(mark, service="drs")} == {"111111111111", "333333333333"}
