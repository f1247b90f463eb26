"""What speaks against a machine before anything is sent: what it is, and tags that name another place."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import deployment, machine_checks

GROUP = {machine_checks.GROUP_TAG: "web-asg"}
CELL = {
    "replication": {"account_id": "222222222222", "region": "us-west-2", "cell": "staging.us-west-2"},
    "extend_to": "target.us-west-2",
    "extend_account_id": "333333333333",
    "account_types": ["source"],
}


def machine(architecture="x86_64", **tags):
    return {"name": "web", "instance_id": "i-1", "cell": "shop.us-west-2", "architecture": architecture, "tags": tags}


@pytest.mark.parametrize(
    ("one", "allowed", "code"),
    [
        (machine(), (), None),
        (machine(None), (), None),
        (machine("i386"), (), None),
        (machine("arm64"), (), "machine_is_arm"),
        (machine("arm64"), ("arm64",), None),
        (machine("arm64_mac"), ("arm64",), "machine_is_mac"),
        (machine("x86_64_mac"), ("arm64", "auto_scaling"), "machine_is_mac"),
        (machine(**GROUP), (), "machine_in_auto_scaling"),
        (machine(**GROUP), ("arm64",), "machine_in_auto_scaling"),
        (machine(**GROUP), ("auto_scaling",), None),
        (machine("arm64", **GROUP), ("arm64",), "machine_in_auto_scaling"),
    ],
)
def test_what_is_not_installed_on(one, allowed, code):
    error = machine_checks.unfit(one, allowed)
    assert (error and error.code) == code
    assert error is None or "web (i-1)" in error.message


@pytest.mark.parametrize(
    ("key", "value", "instead"),
    [
        ("dr:target-region", "us-west-2", None),
        ("dr:target-region", "eu-west-1", "it replicates into us-west-2"),
        ("DR-Target-Region", "eu-west-1", "it replicates into us-west-2"),
        ("dr:target-region", "", None),
        ("dr:target-account", "222222222222", None),
        ("dr:target-account", "333333333333", None),
        ("dr:target-account", "Target", None),
        ("dr:target-account", "target.us-west-2", None),
        ("dr:target-account", "444444444444", "it is protected in"),
        ("dr:account-type", "source", None),
        ("dr:account-type", "Source", None),
        ("dr:account-type", "staging", "the inventory has its account as source"),
        ("dr:wave", "444444444444", None),
    ],
)
def test_a_tag_that_names_another_place_is_an_error_that_names_machine_tag_and_value(key, value, instead):
    found = machine_checks.elsewhere(machine(**{key: value}), CELL)
    if instead is None:
        assert found == []
        return
    (one,) = found
    assert (one["code"], one["severity"], one["cell"]) == ("tag_names_another_place", "error", "shop.us-west-2")
    assert f"web: tag {key} says {value}, but {instead}" in one["message"] and "replicate_to" in one["remedy"]


def test_what_the_inventory_does_not_say_contradicts_nothing():
    tags = {"dr:target-region": "eu-west-1", "dr:target-account": "444444444444", "dr:account-type": "staging"}
    assert machine_checks.elsewhere(machine(**tags), {}) == []


def test_ids_are_looked_for_in_every_cell_and_told_once():
    def entry(instance_id, code=None):
        error = {"code": code} if code else None
        return {"instance_id": instance_id, "outcome": "refused" if code else "planned", "error": error}

    unknown = "unknown_instance"
    readings = {
        "a": {"servers": [entry("i-1"), entry("i-2", unknown), entry("i-3", unknown)]},
        "b": {"servers": [entry("i-1", unknown), entry("i-2"), entry("i-3", unknown)]},
    }
    deployment.drop_strangers(readings)
    assert [one["instance_id"] for one in readings["a"]["servers"]] == ["i-1", "i-3"]
    assert [one["instance_id"] for one in readings["b"]["servers"]] == ["i-2"]
