"""Where a termination by tags looks: what the records name and nobody has looked into is never taken for gone."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate import standing

SERVER, MACHINE = "s-%017d" % 1, "i-%017d" % 1
SELECTION = {"tags": {"DR-Wave": "1"}}
PLACE = {"account_id": "111111111111", "region": "us-west-2"}


class Store:
    """A run store with one drill of one server in cell a."""

    def __init__(self, cell):
        server = {"source_server_id": SERVER, "name": "web-1", "cell": cell, **PLACE}
        ids = {"recovery_instance_id": MACHINE, "ec2_instance_id": MACHINE, "job_id": "drsjob-1"}
        self.wave = {"wave": "1", "servers": [outcomes.server_entry(outcomes.LAUNCHED, server, **ids)]}

    def query(self, **_asked):
        run = {"run_id": "r1", "mode": "drill", "request": {"selection": SELECTION}}
        return SimpleNamespace(records=[{"body": run}])

    def items(self, _run_id, _prefix):
        return [{"body": self.wave}]

    def get(self, _run_id, _item):
        return None


@pytest.fixture
def look(monkeypatch):
    """Look with one cell a in the play, whose server stands there and whose machine DRS does not list."""

    def looked(ec2, instances=(), store=None, cell="a", inventory=("a",)):
        server = {"source_server_id": SERVER, "arn": "arn:1", "name": "web-1", "tags": {"DR-Wave": "1"}, **PLACE}
        read = {"cell": "a", "error": None, "source_servers": [server], "recovery_instances": instances, "jobs": []}
        asked = []

        def opened(_options):
            if isinstance(store, DrsError):
                raise store
            return Store(cell)

        def behind(_cell, ids):
            asked.append(ids)
            if isinstance(ec2, DrsError):
                raise ec2
            return {one: {"State": {"Name": ec2}} for one in ids if ec2}

        def over(work, cells):
            found = {}
            for name, one in cells.items():
                try:
                    found[name] = work(one)
                except DrsError as exc:
                    found[name] = exc
            return found

        cells = {"a": SimpleNamespace(name="a")}
        monkeypatch.setattr(standing.reading, "opened", lambda _play: cells)
        monkeypatch.setattr(standing, "working", lambda _sessions: cells)
        monkeypatch.setattr(standing.reading, "read_all", lambda *_asked: {"cells": {"a": {**read, **PLACE}}})
        monkeypatch.setattr(
            standing.cleaning,
            "places_of",
            lambda _play: {"a": PLACE if cell == "a" else {**PLACE, "region": "eu-west-1"}},
        )
        monkeypatch.setattr(standing, "open_store", opened)
        monkeypatch.setattr(standing.ec2, "instances_by_id", behind)
        play = SimpleNamespace(all=["a"], inventory=list(inventory))
        settings = {"selection": SELECTION, "allow_empty": False}
        found = standing.standing(play, SimpleNamespace(over=over), settings, {})
        return [one["error"]["message"] for one in found["doubtful"]], asked

    return looked


@pytest.mark.parametrize(
    ("ec2", "words"),
    [
        ("running", "EC2 still has it, running"),
        ("stopped", "EC2 still has it, stopped"),
        ("terminated", None),
        (None, None),
        (DrsError("UnauthorizedOperation", "no"), "EC2 was not read (UnauthorizedOperation)"),
    ],
)
def test_what_drs_no_longer_lists_is_gone_only_when_ec2_says_so(look, ec2, words):
    told, asked = look(ec2)
    assert asked == [[MACHINE]]
    assert bool(told) is bool(words) and all(words in one for one in told)


def test_of_a_cell_that_was_not_read_nobody_says_that_drs_no_longer_lists_its_machines(look):
    assert look("running", instances=None) == ([], [])


def test_a_machine_in_a_cell_that_a_limit_leaves_out_is_not_proven_to_be_gone(look):
    (one,), _asked = look(None, cell="b", inventory=("a", "b"))
    assert "its cell b is not in this play" in one
    assert look(None, cell="b")[0] == [], "a cell that is gone from the inventory keeps no termination from its end"


def test_a_store_that_cannot_be_read_leaves_a_doubt(look):
    (one,), asked = look("running", store=DrsError("run_store_unavailable", "no"))
    assert "the run store was not read (run_store_unavailable)" in one and asked == []
