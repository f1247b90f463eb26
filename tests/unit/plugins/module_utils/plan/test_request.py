"""Test that a missing result of a cell is never counted as a success."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import request as plan_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.fake_drs import ACCOUNT, NAME, REGION, FakeCell, FakeDrs, server_id, stamp

OTHER = "orders.us-west-2"
DEFAULTS = {key: spec.get("default") for key, spec in plan_request.PLAN_SPEC.items()}


def cell_of(count: int, **changes) -> dict:
    aws = FakeDrs()
    for number in range(1, count + 1):
        aws.add_server(number)
    servers = drs.source_servers(FakeCell(aws))
    return {
        "cell": NAME,
        "account_id": ACCOUNT,
        "region": REGION,
        "account_types": ["target"],
        "source_servers": servers,
        "recovery_instances": [],
        "jobs": [],
        "error": None,
        "assume_role_arn": None,
        **changes,
    }


def plan(cells=None, **changes) -> dict:
    given = {**DEFAULTS, "name": "shop", "mode": "drill", "now": stamp(), "cells": cells or [cell_of(3)]}
    return plan_request.plan({**given, **changes})


def test_a_plan_of_everything():
    result = plan()
    assert result["valid"] and not result["changed"]
    assert result["plan"]["summary"]["servers"] == 3
    assert result["confirmation"] == "DRILL shop 3 us-west-2"
    assert result["confirmed"] is False
    assert plan(confirm="DRILL shop 3 us-west-2")["confirmed"] is True
    assert plan(confirm="DRILL shop 4 us-west-2")["confirmed"] is False


def test_options_that_were_not_given_select_nothing():
    """Ansible hands over every suboption, as null when it is not there."""
    selection = {"tags": None, "source_server_ids": [server_id(2)], "applications": None, "waves": None}
    assert plan(selection=selection)["plan"]["summary"]["servers"] == 1


def test_errors_fail_the_plan_with_all_of_them():
    with pytest.raises(DrsError) as caught:
        plan(selection={"source_server_ids": [server_id(8), server_id(9)]})
    assert server_id(8) in caught.value.message and server_id(9) in str(caught.value.details) + caught.value.message


def test_errors_can_be_had_as_data():
    result = plan(selection={"source_server_ids": [server_id(9)]}, fail_on_error=False)
    assert result["valid"] is False
    assert "unknown_id" in [one["code"] for one in result["findings"]]


def test_a_cell_that_was_not_read_is_unknown_not_empty():
    denied = {"code": "AccessDenied", "message": "no", "remedy": "ask"}
    lost = cell_of(0, cell=OTHER, account_id="222222222222", source_servers=None, error=denied)
    result = plan([cell_of(2), lost])
    assert result["plan"]["coverage"] == "incomplete"
    assert [one["cell"] for one in result["plan"]["unknown_cells"]] == [OTHER]
