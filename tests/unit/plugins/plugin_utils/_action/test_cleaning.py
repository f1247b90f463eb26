"""Which role a clean-up works as: that of the cell, or the one that may destroy."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action import cleaning
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cleaning import CleanUpPlay, as_clean_up_role

OWN = {"region": "us-west-2", "assume_role_arn": "arn:aws-us-gov:iam::111111111111:role/dr/DRSOrchestration"}


@pytest.mark.parametrize(
    ("options", "role", "external_id", "expected"),
    [
        ({**OWN, "external_id": "s"}, "", "", {**OWN, "external_id": "s"}),
        (
            {**OWN, "external_id": "s"},
            "DRSCleanUp",
            "",
            {**OWN, "external_id": "s", "assume_role_arn": "arn:aws-us-gov:iam::111111111111:role/DRSCleanUp"},
        ),
        (
            {**OWN, "external_id": "s"},
            "/team/DRSCleanUp",
            "t",
            {**OWN, "external_id": "t", "assume_role_arn": "arn:aws-us-gov:iam::111111111111:role/team/DRSCleanUp"},
        ),
        (
            {"region": "us-west-2"},
            "DRSCleanUp",
            "",
            {"region": "us-west-2", "assume_role_arn": "arn:aws:iam::222222222222:role/DRSCleanUp"},
        ),
        (
            {"region": "cn-north-1"},
            "DRSCleanUp",
            "",
            {"region": "cn-north-1", "assume_role_arn": "arn:aws-cn:iam::222222222222:role/DRSCleanUp"},
        ),
    ],
)
def test_a_clean_up_works_as_the_role_that_is_named_for_it(options, role, external_id, expected):
    assert as_clean_up_role(options, role, external_id, "222222222222") == expected


class Inventory(CleanUpPlay):
    """Two cells whose variables are given."""

    def __init__(self, variables):
        self._variables = variables

    def variables(self, name):
        return self._variables

    def template(self, name, value):
        if value == "{{ lookup('fails') }}":
            raise RuntimeError("no connection")
        return value


def test_whether_a_cell_names_one_is_known_before_it_is_opened():
    assert Inventory({"drs_clean_up_role_name": "DRSCleanUp"}).names_role("a")
    assert not Inventory({}).names_role("a") and not Inventory({"drs_clean_up_role_name": ""}).names_role("a")
    # what cannot be known is told by the session that fails, not left out
    assert Inventory({"drs_clean_up_role_name": "{{ lookup('fails') }}"}).names_role("a")


def test_the_variables_of_the_cell_say_which(monkeypatch):
    monkeypatch.setattr(cleaning.Play, "cell_options", lambda self, name: dict(OWN))
    assert Inventory({}).cell_options("a") == OWN
    told = Inventory({"drs_clean_up_role_name": "DRSCleanUp"}).cell_options("a")
    assert told["assume_role_arn"].endswith(":role/DRSCleanUp") and "external_id" not in told
    broken = Inventory({"drs_clean_up_role_name": "DRSCleanUp", "drs_clean_up_external_id": "{{ lookup('fails') }}"})
    with pytest.raises(DrsError, match="no connection, in drs_clean_up_external_id") as caught:
        broken.cell_options("a")
    assert caught.value.code == "cell_unreadable"


def test_the_next_command_names_a_run_store_only_where_one_was_given():
    unset = dict.fromkeys(("path", "table", "region", "profile", "keep_days"))
    for store in (None, {}, {"backend": "directory"}, {"backend": "directory", **unset}):
        assert cleaning.store_to_type(store) == {}
    assert cleaning.store_to_type({**unset, "backend": "directory", "path": "/srv/runs"}) == {
        "backend": "directory",
        "path": "/srv/runs",
    }
    table = {**unset, "backend": "dynamodb", "table": "runs", "region": "us-west-2"}
    assert cleaning.store_to_type(table) == {"backend": "dynamodb", "table": "runs", "region": "us-west-2"}
