"""Test limits, batches, and what may start now."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from math import ceil

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from hypothesis import given
from hypothesis import strategies as st

JOBS = st.lists(
    st.builds(lambda active, size: {"active": active, "servers": [{}] * size}, st.booleans(), st.integers(0, 120)),
    max_size=25,
)
LIMITS = st.builds(
    lambda jobs, servers: quotas.limits({"concurrent_jobs": jobs, "servers_in_jobs": servers}),
    st.integers(1, 25),
    st.integers(1, 600),
)


@pytest.mark.parametrize(
    ("name", "default", "adjustable"),
    [
        ("servers_per_job", 100, False),
        ("concurrent_jobs", 20, False),
        ("servers_in_jobs", 500, False),
        ("jobs_per_server", 1, False),
        ("replicating_servers", 300, False),
        ("source_servers", 4000, True),
    ],
)
def test_the_defaults_are_those_of_the_general_reference(name, default, adjustable):
    quota = quotas.QUOTAS[name]
    assert (quota.default, quota.adjustable) == (default, adjustable)
    assert quotas.limits()[name] == default


def test_codes_are_unique():
    assert len({quota.code for quota in quotas.QUOTAS.values()}) == len(quotas.QUOTAS)


def test_limits_take_names_codes_texts_and_what_service_quotas_returns():
    limit = quotas.limits({"concurrent_jobs": "5", "L-05AFA8C6": 200.0})
    assert (limit["concurrent_jobs"], limit["servers_in_jobs"], limit["servers_per_job"]) == (5, 200, 100)


def test_a_batch_always_fits_into_the_jobs_of_a_cell():
    assert quotas.limits({"servers_in_jobs": 30})["servers_per_job"] == 30


@pytest.mark.parametrize(
    "overrides",
    [
        {"jobs": 1},
        {"concurrent_jobs": 0},
        {"concurrent_jobs": -1},
        {"concurrent_jobs": "many"},
        {"concurrent_jobs": 1.5},
        {"concurrent_jobs": True},
        {"concurrent_jobs": None},
        {"concurrent_jobs": float("inf")},
        {"servers_per_job": 201},
    ],
)
def test_impossible_limits_are_refused(overrides):
    with pytest.raises(DrsError) as caught:
        quotas.limits(overrides)
    assert caught.value.code == "invalid_limit"


@given(st.lists(st.integers()), st.integers(1, 200))
def test_chunks_lose_and_repeat_nothing(items, size):
    parts = list(quotas.chunk(items, size))
    assert [item for part in parts for item in part] == items
    assert all(0 < len(part) <= size for part in parts)
    assert len(parts) == ceil(len(items) / size)
    assert quotas.batches(items, size) == parts


@pytest.mark.parametrize("size", [0, -1])
def test_a_chunk_of_nothing_is_refused(size):
    with pytest.raises(ValueError, match="at least 1"):
        list(quotas.chunk([1], size))


def test_250_servers_are_three_jobs():
    assert [len(batch) for batch in quotas.batches(range(250), 100)] == [100, 100, 50]


def test_only_active_jobs_take_room():
    jobs = [
        {"active": True, "servers": [{}, {}]},
        {"active": False, "servers": [{}]},
        {"servers": [{}]},
        {"active": True},
    ]
    assert quotas.usage(jobs) == {"jobs": 3, "servers": 3}


@given(st.lists(st.integers(1, 100), max_size=40), JOBS, LIMITS)
def test_admission_never_exceeds_a_limit_and_loses_no_batch(sizes, jobs, limit):
    waiting = [[number] * size for number, size in enumerate(sizes)]
    start, queued = quotas.admit(waiting, jobs, limit)
    taken = quotas.usage(jobs)
    if start:
        assert taken["jobs"] + len(start) <= limit["concurrent_jobs"]
        assert taken["servers"] + sum(map(len, start)) <= limit["servers_in_jobs"]
    assert sorted(start + queued) == waiting
    assert start == sorted(start) and queued == sorted(queued)


@given(st.lists(st.integers(1, 100), max_size=40), JOBS, LIMITS)
def test_nothing_waits_that_would_fit(sizes, jobs, limit):
    start, queued = quotas.admit([[0] * size for size in sizes], jobs, limit)
    taken = quotas.usage(jobs)
    jobs_left = limit["concurrent_jobs"] - taken["jobs"] - len(start)
    servers_left = limit["servers_in_jobs"] - taken["servers"] - sum(map(len, start))
    assert jobs_left <= 0 or all(len(batch) > servers_left for batch in queued)


@given(st.integers(1, 600), LIMITS)
def test_an_idle_cell_always_starts_something(servers, limit):
    start, queued = quotas.admit(quotas.batches(range(servers), limit["servers_per_job"]), [], limit)
    assert start
    assert sum(map(len, start)) + sum(map(len, queued)) == servers


def test_the_sixth_job_of_100_waits_and_a_small_one_behind_it_does_not():
    waiting = [[number] * 100 for number in range(5)] + [[5] * 100, [6] * 10]
    start, queued = quotas.admit(waiting, [{"active": True, "servers": [{}] * 50}], quotas.limits())
    assert [batch[0] for batch in start] == [0, 1, 2, 3, 6]
    assert [batch[0] for batch in queued] == [4, 5]


@pytest.mark.parametrize(
    ("used", "level"),
    [
        (0, "ok"),
        (239, "ok"),
        (240, "warning"),
        (269, "warning"),
        (270, "critical"),
        (299, "critical"),
        (300, "full"),
        (301, "full"),
    ],
)
def test_thresholds(used, level):
    assert quotas.threshold(used, 300) == level


def test_thresholds_can_be_set_and_nothing_of_nothing_is_full():
    assert quotas.threshold(50, 100, warning=50) == "warning"
    assert quotas.threshold(50, 100, warning=10, critical=50) == "critical"
    assert quotas.threshold(0, 0) == "full"


@given(st.integers(0, 10000), st.integers(1, 5000))
def test_full_means_that_no_more_fits(used, limit):
    assert (quotas.threshold(used, limit) == "full") == (used >= limit)


def test_headroom_counts_what_replicates_here():
    states = ["CONTINUOUS", "STALLED", "PAUSED", "STOPPED", "DISCONNECTED", None]
    servers = [{"extended": False, "replication": {"state": state}} for state in states]
    servers.append({"extended": True, "replication": {"state": "CONTINUOUS"}})
    rows = quotas.headroom(servers, [{"active": True, "servers": [{}] * 3}], quotas.limits())
    assert {row["name"]: row["used"] for row in rows} == {
        "replicating_servers": 4,
        "source_servers": 7,
        "concurrent_jobs": 1,
        "servers_in_jobs": 3,
    }
    assert set(rows[0]) == {"name", "title", "code", "adjustable", "used", "limit", "percent", "level"}
    assert (rows[0]["limit"], rows[0]["percent"], rows[0]["level"]) == (300, 1.3, "ok")
