"""How a recovery is opened: a request is no word of a person for what goes past a guardrail."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.plugin_utils._action import opening, people

PLACE = {"account_id": "111111111111", "region": "us-west-2"}
# the variables of a play in which the entry point does the recovery, and takes the request for the confirmation
PARENT = {"ansible_parent_role_names": ["resilience.drs.orchestrate"], people.CONFIRMATION: "request"}


def server(number):
    item = {
        "sourceServerID": "s-%017d" % number,
        "arn": "arn:aws:drs:us-west-2:111111111111:source-server/s-%017d" % number,
        "replicationDirection": "FAILOVER",
        "tags": {"Name": "db-%d" % number, "dr:application": "db"},
        "dataReplicationInfo": {"dataReplicationState": "CONTINUOUS"},
    }
    return normalise_server(item, *PLACE.values())


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """Open the failover of two servers in one cell with these options, as a request asks for it."""

    def open_it(**options):
        given = {
            "mode": "recovery",
            "plan_name": "failover",
            "selection": {"applications": ["db"]},
            "run_id": "r-1",
            "store": {"backend": "directory", "path": str(tmp_path)},
            **options,
        }
        values = request.checked("recovery", given)
        cell = {"cell": "a", "error": None, "account_types": ["target"], "recovery_instances": [], "jobs": [], **PLACE}
        cells = {"a": {**cell, "source_servers": [server(1), server(2)]}}
        monkeypatch.setattr(opening.reading, "opened", lambda _play: {})
        monkeypatch.setattr(opening.reading, "read_all", lambda *_asked: {"cells": cells})
        monkeypatch.setattr(people, "typed_variables", lambda _loader: {})
        monkeypatch.setattr(opening.Opening, "requested", lambda _self: values)
        monkeypatch.setattr(opening.Opening, "_of_files", lambda *_asked: [])
        action = SimpleNamespace(
            _loader=None,
            _templar=SimpleNamespace(template=lambda value: value),
            _task=SimpleNamespace(check_mode=False),
        )
        hands = SimpleNamespace(warn=lambda _text: None)
        return opening.Opening(action, PARENT, SimpleNamespace(all=["a"]), hands).opened()

    return open_it


def test_a_request_confirms_what_keeps_to_its_guardrails(opened):
    one = opened(guardrails={"max_servers_per_run": 2})
    assert one.planned["overrides"] == [] and one.confirmed
    assert one.values["confirm"] == one.begun["confirmation"] and one.run.who["confirmed_by"] == "request"


def test_a_request_never_confirms_what_goes_past_a_guardrail(opened):
    one = opened(guardrails={"max_servers_per_run": 1}, override_reason="the primary Region is lost")
    assert [each["guardrail"] for each in one.planned["overrides"]] == ["max_servers_per_run"]
    assert not one.confirmed and not one.values["confirm"] and "confirmed_by" not in one.run.who
