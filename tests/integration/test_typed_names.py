"""Test unknown variable names: refused before the first call, or reported if they may be the user's own."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from support.playbook import Controller
from support.scenarios import account, fleet

ACCOUNT = "111111111111"
OTHER = "222222222222"


@pytest.fixture(scope="module")
def world(start_simulator):
    return start_simulator(
        {
            "accounts": [account(ACCOUNT, "payments"), account(OTHER, "beside")],
            "fleets": [
                fleet(ACCOUNT, 2, "pay-{n:02}", 1, tags={"dr:application": "payments"}),
                fleet(ACCOUNT, 3, "ledger-{n:02}", 2, tags={"dr:application": "ledger"}),
            ],
            "jobs": {"total": 60},
        }
    )


@pytest.fixture
def mine(world, tmp_path):
    return Controller(world, tmp_path, [ACCOUNT])


def flat(run):
    """What a playbook printed, without the breaks of its lines."""
    return " ".join(run.output.split())


@pytest.mark.parametrize(
    ("playbook", "typed", "words"),
    [
        (
            "drill",
            ["recovery_applications=payments", "recovery_run_id=d1"],
            "recovery_selection: {applications: [...]}",
        ),
        ("drill", ["recovery_selection.applications=payments"], "recovery_selection: {applications: [...]}"),
        ("drill", ['{"recovery_selection": {"application": ["payments"]}}'], "recovery_selection.application"),
        ("drill", ["recovery_mode=recovery", "recovery_confirm=x"], "recovery_mode is drill in this playbook"),
        ("failover", ['{"__recovery_resumed": true}'], "__recovery_resumed is internal to recovery"),
        ("terminate", ["terminate_applications=payments"], "terminate has no selection by applications"),
        ("verify_evidence", ["evidence_folder=x"], "evidence_path"),
        ("orchestrate", ["recovery_selection=x"], "recovery_selection is set by orchestrate itself"),
    ],
)
def test_what_nothing_reads_is_refused_before_any_call(world, mine, playbook, typed, words):
    mark, before = world.mark(), len(world.ledger())
    told = mine.run(playbook, typed=[part for one in typed for part in ("-e", one)])
    assert told.rc != 0, told.output
    assert words in flat(told)
    assert (len(world.journal(mark)), len(world.ledger())) == (0, before)


def test_a_file_of_variables_is_typed_as_well(world, mine):
    told = mine.run("drill", {"recovery_waves": ["1"], "recovery_tag_keyz": {}})
    assert told.rc != 0 and world.ledger("launched") == []
    assert "recovery_selection: {waves: [...]}" in flat(told) and "recovery_tag_keys" in flat(told)
    assert """Type it as -e '{"recovery_selection": {"waves": ["1"]}}'""" in flat(told).replace("\\", "")


def test_the_same_names_in_the_inventory_are_told_with_the_plan(world, mine):
    beside = mine.directory / "group_vars"
    beside.mkdir()
    written = {"recovery_applications": ["payments"], "drs_run_stor": {}, "recovery_ticket_url": "x"}
    (beside / "all.yml").write_text(json.dumps({**written, "drs_own_variables": ["recovery_ticket_url"]}))
    told = mine.run("drill", {"failback_confirm": "x", "applications": "payments"}, check=True)
    assert told.rc == 0, told.output
    plan = told.output[told.output.index("PLAN ") :]
    for name in ("recovery_applications", "drs_run_stor", "failback_confirm", "applications"):
        assert name in plan, name
    assert "recovery_ticket_url" not in plan


def test_a_name_of_ones_own_is_declared(world, mine):
    own = {"recovery_ticket_url": "x", "recovery_selection": {"applications": ["payments"]}}
    told = mine.run("drill", {**own, "recovery_run_id": "own-1", "drs_own_variables": ["recovery_ticket_url"]})
    assert told.rc == 0, told.output
    assert len(told.servers) == 2


@pytest.mark.parametrize(
    ("playbook", "typed", "words", "times"),
    [
        ("failback", {"failback_heartbeat": "often", "failback_run_id": "type"}, "failback_heartbeat: 'often'", 1),
        ("deploy_agents", {"agent_deploy_max_concurrency": "many"}, "agent_deploy_max_concurrency: 'many'", 1),
        ("extend", {"server_extend_fail": "perhaps", "drs_hosts": "drs_cells"}, "server_extend_fail: 'perhaps'", 1),
        ("cancel", {"runs_id": "type", "runs_store": "here"}, "runs_store: 'here'", 1),
        # the check, and the answer that the parent system gets
        ("orchestrate", {"orchestrate_same_run_hours": "few"}, "did not come to its end: invalid_option", 2),
    ],
)
def test_a_value_of_a_wrong_type_is_told_once_for_all_cells(world, tmp_path, playbook, typed, words, times):
    mark = world.mark()
    told = Controller(world, tmp_path).run(playbook, typed)
    assert told.rc != 0 and world.journal(mark) == []
    assert told.output.count("fatal: [") == times and words in flat(told), told.output
