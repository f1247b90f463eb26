"""Test the search for the servers that made DRS refuse a whole call."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import refusals
from hypothesis import given, settings
from hypothesis import strategies as st

CODE = "ValidationException"


def ids(count: int) -> list[str]:
    return [f"s-{number:017d}" for number in range(count)]


def search(servers, bad, naming=None, code=CODE, aliases=None):
    """Send batches to a DRS that refuses each one with a bad server; ``naming(bad)``: what its error is."""
    told, taken, calls = {}, [], []
    strategy = refusals.Search(servers, aliases)
    for batch in strategy:
        calls.append(batch)
        standing = [one for one in batch if one in bad]
        if standing:
            error = naming(standing) if naming else DrsError(code, "refused")
            for one in strategy.refused(batch, error):
                assert one not in told
                told[one] = error
        else:
            strategy.taken()
            taken.append(batch)
    return told, taken, calls


def flat(batches) -> list[str]:
    return [one for batch in batches for one in batch]


def by_resource(standing) -> DrsError:
    return DrsError(CODE, "it cannot be launched", details={"resource_id": standing[0]})


def by_text(standing) -> DrsError:
    return DrsError("ConflictException", f"Source server arn:aws:drs:x:111111111111:source-server/{standing[0]} is bad")


@pytest.mark.parametrize("naming", [by_resource, by_text])
def test_what_the_error_names_is_left_out_and_the_rest_is_sent_again(naming):
    servers = ids(100)
    told, taken, calls = search(servers, {servers[40]}, naming)
    assert list(told) == [servers[40]]
    assert len(calls) == 2
    assert taken == [[one for one in servers if one != servers[40]]]


def test_several_named_ones_cost_one_call_each():
    servers = ids(100)
    bad = {servers[3], servers[50], servers[99]}
    told, taken, calls = search(servers, bad, by_resource)
    assert set(told) == bad and len(calls) == 4 and len(flat(taken)) == 97
    assert all(told[one].details["resource_id"] == one for one in bad), "each has its own reason"


@given(st.integers(1, 130), st.sets(st.integers(0, 129), max_size=130), st.sampled_from([None, by_resource, by_text]))
@settings(max_examples=150, deadline=None)
def test_whoever_is_refused_everybody_else_is_taken_once(count, numbers, naming):
    servers = ids(count)
    bad = {servers[number] for number in numbers if number < count}
    told, taken, calls = search(servers, bad, naming)
    assert set(told) == bad
    assert sorted(flat(taken)) == [one for one in servers if one not in bad]
    assert len(calls) <= 1 + 2 * len(bad) * max(1, math.ceil(math.log2(max(2, count))))
    assert len(calls) <= 2 * count


def test_one_unnamed_server_of_a_hundred_costs_no_more_than_two_log_n_calls():
    servers = ids(100)
    costs = [len(search(servers, {one})[2]) for one in servers]
    assert max(costs) <= 1 + 2 * math.ceil(math.log2(100))
    jobs = [len(search(servers, {one})[1]) for one in servers]
    assert max(jobs) <= math.ceil(math.log2(100)), "each piece that is taken is one of the 20 jobs of the account"


def test_a_half_that_must_hold_the_refused_one_is_not_sent_as_a_whole():
    servers = ids(8)
    _told, _taken, calls = search(servers, {servers[7]})
    assert [len(one) for one in calls] == [8, 4, 2, 1, 1]


def test_a_batch_that_was_put_aside_says_nothing_against_the_others():
    """The room was used up meanwhile: the pieces are queued, each once."""
    servers = ids(8)
    strategy = refusals.Search(servers)
    aside = []
    for batch in strategy:
        if len(batch) == 8:
            assert strategy.refused(batch, DrsError(CODE, "refused")) == []
        else:
            aside += batch
    assert aside == servers


@pytest.mark.parametrize(
    "code",
    [
        *("UninitializedAccountException", "ServiceQuotaExceededException", "ThrottlingException"),
        *("InternalServerException", "EndpointConnectionError", "ExpiredTokenException", "AccessDeniedException"),
        "run_cancelled",
    ],
)
def test_what_says_nothing_of_single_servers_is_the_reason_of_all(code):
    servers = ids(10)
    told, taken, calls = search(servers, {servers[4]}, code=code)
    assert set(told) == set(servers) and taken == [] and len(calls) == 1


def test_a_caller_who_may_not_launch_one_server_launches_the_others():
    servers = ids(10)

    def naming(standing):
        return DrsError("AccessDeniedException", f"not authorized to perform: drs:StartRecovery on {standing[0]}")

    told, taken, calls = search(servers, {servers[4]}, naming)
    assert list(told) == [servers[4]] and len(flat(taken)) == 9 and len(calls) == 2


def test_a_caller_who_may_launch_none_is_told_so_a_few_times_only():
    servers = ids(100)

    def naming(standing):
        return DrsError("AccessDeniedException", f"not authorized to perform: drs:StartRecovery on {standing[0]}")

    told, taken, calls = search(servers, set(servers), naming)
    assert set(told) == set(servers) and taken == []
    assert len(calls) == refusals.DENIALS + 1


def test_an_error_that_names_the_whole_request_names_nobody():
    servers = ids(4)
    told, taken, _calls = search(servers, {servers[1]}, lambda _standing: DrsError(CODE, ", ".join(servers)))
    assert list(told) == [servers[1]] and len(flat(taken)) == 3


def test_an_error_that_names_a_stranger_names_nobody():
    servers = ids(4)
    stranger = DrsError(CODE, "", details={"resource_id": "s-99999999999999999"})
    told, taken, _calls = search(servers, {servers[1]}, lambda _standing: stranger)
    assert list(told) == [servers[1]] and len(flat(taken)) == 3


def test_a_machine_may_be_named_by_its_server():
    machines = [f"i-{number:017x}" for number in range(4)]
    aliases = dict(zip(ids(4), machines))
    error = DrsError("ConflictException", "busy", details={"resource_id": ids(4)[2]})
    told, taken, calls = search(machines, {machines[2]}, lambda _standing: error, aliases=aliases)
    assert list(told) == [machines[2]] and len(calls) == 2 and len(flat(taken)) == 3


def test_nobody_is_no_call():
    assert search([], set()) == ({}, [], [])
