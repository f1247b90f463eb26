"""Test the wait for replication: an answer that lacks a server is asked for again before anything is believed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.effects import replication_wait
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from support.fake_drs import FakeCell, FakeDrs, server_id


@pytest.fixture
def wait():
    aws = FakeDrs()
    for number in (1, 2, 3):
        aws.add_server(number, "INITIAL_SYNC")
    params = {key: option.get("default") for key, option in replication_wait.WAIT_SPEC.items()}
    ids = [server_id(number) for number in (1, 2, 3)]
    return replication_wait.ReplicationWait(FakeCell(aws), {**params, "source_server_ids": ids, "label": "x"})


def test_a_server_that_one_answer_lacks_is_asked_for_once_more(wait, monkeypatch):
    read, asked = drs.source_servers, []

    def lacking(cell, ids):
        asked.append(list(ids))
        return [one for one in read(cell, ids) if len(asked) > 1 or one["source_server_id"] != server_id(2)]

    monkeypatch.setattr(drs, "source_servers", lacking)
    wait.begin(0.0)
    look = wait.look(0.0)
    assert (look.error, look.done) == (None, False)
    assert asked[1:] == [[server_id(2)]]
    assert set(wait.servers) == {server_id(1), server_id(2), server_id(3)}


def test_a_server_that_is_gone_ends_the_wait(wait):
    del wait.cell.aws.servers[server_id(2)]
    wait.begin(0.0)
    with pytest.raises(Exception, match=server_id(2)) as caught:
        wait.look(0.0)
    assert caught.value.code == "unknown_id"
