"""Test cells that cannot be read: named with account, role, reason and remedy, never counted as empty."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell as status_cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from support.playbook import Controller
from support.scenarios import ROLE, SECRET, account, fleet

GOOD, DENIED, WRONG, MISSING, EMPTY = (str(digit) * 12 for digit in (1, 2, 3, 4, 5))
GUESS = "an-external-id-that-is-wrong"
BAD = {
    "denied.us-west-2": (DENIED, "AccessDenied"),
    "wrong.us-west-2": (WRONG, "AccessDenied"),
    "missing.us-west-2": (MISSING, "AccessDenied"),
    "uninitialised.us-east-2": (EMPTY, "UninitializedAccountException"),
}


@pytest.fixture(scope="module")
def world(start_simulator):
    names = {GOOD: "good", DENIED: "denied", WRONG: "wrong", MISSING: "missing", EMPTY: "uninitialised"}
    return start_simulator(
        {
            "accounts": [account(identity, name) for identity, name in names.items()],
            "fleets": [fleet(identity, 2, "web-{n}") for identity in names],
            "jobs": {"total": 600},
        }
    )


@pytest.fixture(scope="module")
def mine(world, tmp_path_factory):
    """A controller whose inventory has one good cell, and four that cannot be read."""
    world.deny_role(DENIED)
    controller = Controller(world, tmp_path_factory.mktemp("faulty"))
    cells = [controller._cell(one) for one in controller.accounts]
    for cell in cells:
        if cell["account_id"] == MISSING:
            del cell["external_id_env"]
        if cell["account_id"] == EMPTY:
            cell["regions"] = ["us-east-2"]
    controller.external_ids[f"DRS_EXTERNAL_ID_{WRONG}"] = GUESS
    controller.write_inventory(cells)
    return controller


@pytest.fixture(scope="module")
def drill(world, mine):
    return mine.run("drill", {"recovery_run_id": "d"}), world.journal(), world.ledger()


def test_the_others_continue_and_the_run_ends_non_zero_with_coverage_incomplete(drill):
    run, calls, effects = drill
    assert run.rc != 0
    assert run.outcomes == {"launched": 2}
    assert run.result["coverage"] == "incomplete" and "coverage incomplete" in run.output
    assert {entry["account"] for entry in effects} == {GOOD}
    assert {entry["account"] for entry in calls if entry["mutating"]} == {GOOD}


@pytest.mark.parametrize("cell", sorted(BAD))
def test_each_is_named_with_account_role_reason_and_remedy(drill, cell):
    run = drill[0]
    identity, code = BAD[cell]
    (unknown,) = [one for one in run.plan["unknown_cells"] if one["cell"] == cell]
    assert unknown["account_id"] == identity
    assert unknown["error"]["code"] == code and unknown["error"]["remedy"]
    assert cell in run.output
    if code == "AccessDenied":
        assert f"arn:aws:iam::{identity}:role/{ROLE}" in unknown["error"]["message"]
        assert f"arn:aws:iam::{identity}:role/{ROLE}" in run.output.replace("\n", "")


def test_no_external_id_in_output_or_results(drill):
    everything = drill[0].output + str(drill[0].events)
    assert SECRET not in everything and GUESS not in everything


def test_full_coverage_can_be_insisted_on_before_anything_is_launched(world, mine):
    mark = world.mark()
    run = mine.run("drill", {"recovery_require_full_coverage": True, "recovery_run_id": "full"})
    assert run.rc != 0 and "denied.us-west-2" in run.output
    assert world.mutations(mark) == []


def test_status_shows_the_readable_cell_names_the_others_and_fails(world, mine):
    run = mine.run("status")
    assert run.rc != 0
    assert "Coverage incomplete" in run.output
    for cell in ("good.us-west-2", *BAD):
        assert cell in run.output
    assert SECRET not in run.output + str(run.events)


def test_a_clean_up_that_cannot_look_everywhere_is_not_clean(world, mine):
    run = mine.run("terminate", {"terminate_run_id": "d"})
    assert run.rc != 0
    proof = run.task("drs_terminate")
    assert not proof["clean"] and {one["cell"] for one in proof["unknown_cells"]} == set(BAD)
    assert proof["summary"]["terminated"] == 2
    assert {entry["account"] for entry in world.ledger("terminated")} == {GOOD}


@pytest.mark.parametrize(
    ("region", "code", "said"),
    [
        ("us-wset-2", "unknown_region", "us-west-2"),
        ("", "missing_region", "region"),
        (None, "missing_region", "region"),
    ],
)
def test_regions_that_are_none(region, code, said, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "EC2_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DrsError) as caught:
        Cell({"region": region})
    assert caught.value.code == code and said in caught.value.message


def test_a_region_where_drs_is_not_initialised_says_how_to_initialise_it(place):
    with pytest.raises(DrsError) as caught:
        params = {"source_server_ids": None, "staging_account_ids": None, "tags": {}}
        status_cell.source_servers(place.cell(region="eu-west-1"), params, False)
    assert caught.value.code == "UninitializedAccountException" and "resilience.drs.setup" in caught.value.remedy
    assert place.mutations() == [], "nobody asked to initialise it"
