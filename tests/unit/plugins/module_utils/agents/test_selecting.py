"""Test which machines of a cell the agent is not installed on again: originals that were failed back from."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import selecting
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import install, request as asking
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines, tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks


def perform_defaults():
    return {key: option.get("default") for key, option in asking.INSTALL_SPEC.items()}


CELL = SimpleNamespace(name="shop.us-east-1")


def machine(instance_id, name="shop-01", made=False):
    own = {"Name": name, **({machines.MANAGED_TAG: "drs.amazonaws.com"} if made else {})}
    item = {"InstanceId": instance_id, "State": {"Name": "running"}}
    item["Tags"] = [{"Key": key, "Value": value} for key, value in own.items()]
    return machines.normalise(item, "111111111111", "us-east-1", CELL.name)


def server(instance_id, name="shop-01", state="CONTINUOUS"):
    return {"instance_id": instance_id, "name": name, "extended": False, "tags": {}, "replication": {"state": state}}


@pytest.fixture
def asked(monkeypatch):
    """EC2 with the machine i-new, which DRS made; the ids that it was asked for."""
    ids: list[str] = []

    def instances(_cell, filters):
        ids.extend(filters[0]["Values"])
        return [machine(one, made=one == "i-new") for one in filters[0]["Values"]]

    monkeypatch.setattr(selecting.ec2, "instances", instances)
    return ids


def test_an_original_is_known_by_the_machine_that_is_protected_in_its_place(asked):
    found = selecting.retired(CELL, [machine("i-old"), machine("i-2", "db-01")], [server("i-new"), server("i-9", "x")])
    assert list(found) == ["i-old"] and asked == ["i-new"], "EC2 is asked for namesakes alone"


def test_a_namesake_that_drs_did_not_make_retires_nobody(asked):
    assert selecting.retired(CELL, [machine("i-old")], [server("i-other")]) == {}
    assert selecting.retired(CELL, [machine("i-old")], [server("i-new", state="DISCONNECTED")]) == {}


def test_without_a_namesake_ec2_is_not_asked_again(asked):
    assert selecting.retired(CELL, [machine("i-old")], [server("i-old"), server(None)]) == {} and asked == []


@pytest.mark.parametrize(("protected", "left"), [("i-near", []), ("i-other", ["i-near"])])
def test_what_is_in_drs_is_not_said_to_be_without_protection(monkeypatch, protected, left):
    bare = {**machine("i-near"), "tags": {"dr:enabled": "yes"}}
    near = tag_checks.near_opt_in(bare, tags.resolve_keys(None))
    monkeypatch.setattr(selecting, "read", lambda _cell, _request: ([], [], [(bare, near)]))
    monkeypatch.setattr(install.Install, "_read_target", lambda _self: [])
    request = {"method": "aws_document", "deployment_id": "d-1", "devices": [], "replication": {}, "state": "present"}
    one = install.Install(CELL, CELL, {**perform_defaults(), **request}, True, [server(protected)])
    one._read_machines()
    one._settle_present()
    assert [each["instance_id"] for each, _why in one.near] == left
