"""Test the capacity report and the placement of servers: levels, source of limits, jobs, copies."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import capacity_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import costs
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.extension import STAGING_A, TARGET, Target, accounts_of_extension
from support.scenarios import REGION, account, fleet

LEVELS = {239: "ok", 240: "warning", 269: "warning", 270: "critical", 299: "critical", 300: "full"}
SMALL, BUSY = "444444444444", "555555555555"


pytestmark = pytest.mark.usefixtures("no_real_waiting")


def staged(servers):
    """The account that holds so many servers."""
    return f"2220000{servers:05}"


@pytest.fixture(scope="module")
def world(start_simulator):
    """Accounts as full as LEVELS says, one with quotas of its own, and one where jobs can run."""
    scenario = accounts_of_extension(staged=5, second=3)
    scenario["accounts"] += [account(staged(servers), types=["staging"]) for servers in LEVELS]
    scenario["accounts"] += [
        account(SMALL, quotas={"replicating_servers": 10, "source_servers": 12, "concurrent_jobs": 2}),
        account(BUSY),
    ]
    scenario["fleets"] += [fleet(staged(servers), servers, "web-{n:03}") for servers in LEVELS]
    scenario["fleets"] += [fleet(SMALL, 9, "web-{n:02}"), fleet(BUSY, 4, "web-{n:02}")]
    return start_simulator(scenario)


@pytest.fixture
def clean(world):
    yield world
    world.faults.clear()


def quota(capacity, name="replicating_servers"):
    return next(row for row in capacity["quotas"] if row["name"] == name)


@pytest.mark.parametrize(("servers", "level"), LEVELS.items())
def test_the_levels_begin_exactly_at_240_270_and_300(world, servers, level):
    found = Target(world, staged(servers)).capacity(planned=1)
    assert quota(found)["used"] == servers and quota(found)["level"] == found["level"] == level
    assert found["planned"]["fits"] == (servers < 300)
    assert quota(found)["source"] == "service_quotas" and not quota(found)["adjustable"]


def test_limits_are_those_of_the_account(world):
    found = Target(world, SMALL).capacity()
    assert (quota(found)["used"], quota(found)["limit"], quota(found)["level"]) == (9, 10, "critical")
    assert quota(found, "source_servers")["limit"] == 12 and quota(found, "source_servers")["level"] == "ok"
    assert found["limits"]["concurrent_jobs"] == 2


@pytest.mark.parametrize("kind", ["deny", "server_error", "drop_connection"])
def test_without_service_quotas_the_documented_limits_are_used_and_said(clean, kind):
    mark = clean.mark()
    clean.faults.add(kind, action="ListServiceQuotas", account=SMALL)
    found = Target(clean, SMALL).capacity()
    assert {row["source"] for row in found["quotas"]} == {"documented"}
    assert quota(found)["limit"] == 300 and found["limits_error"]["code"] and found["limits_error"]["remedy"]
    assert 1 <= len(clean.journal(mark, action="ListServiceQuotas")) <= 4, (
        "what stands in for it is known, so it is left soon"
    )
    given = Target(clean, SMALL).capacity(limits={"replicating_servers": 10})
    assert (quota(given)["limit"], quota(given)["source"]) == (10, "given")
    assert quota(given, "source_servers")["source"] == "documented"


def test_a_cell_that_cannot_be_read_is_an_error_and_never_empty(clean):
    clean.faults.add("deny", action="DescribeSourceServers", account=SMALL)
    with pytest.raises(DrsError) as caught:
        Target(clean, SMALL).capacity()
    assert caught.value.code == "AccessDeniedException"


def test_only_what_runs_counts_as_a_job(world):
    target = Target(world, BUSY)
    ids = target.ids()
    target.foreign_launch(ids[:1])
    assert target.capacity()["jobs"]["jobs"] == 0
    target.foreign_launch(ids[1:], finish=False)
    found = target.capacity()
    assert (found["jobs"]["jobs"], found["jobs"]["servers"]) == (1, 3)
    assert quota(found, "concurrent_jobs")["used"] == 1 and quota(found, "servers_in_jobs")["used"] == 3
    world.clock.advance(3600)
    assert target.capacity()["jobs"]["servers"] == 0


def test_reading_changes_nothing_and_costs_a_few_calls(world):
    target = Target(world, staged(300))
    target.capacity()
    assert target.mutations() == []
    # 300 servers in pages of 200, jobs, quotas
    assert sorted(entry["action"] for entry in target.calls() if entry["action"] != "AssumeRole") == [
        "DescribeJobs",
        "DescribeSourceServers",
        "DescribeSourceServers",
        "ListServiceQuotas",
    ]


def test_what_a_cell_costs_is_read_from_what_is_there(world):
    target = Target(world, SMALL)
    mark = {"Key": "AWSElasticDisasterRecoveryManaged", "Value": "drs.amazonaws.com"}
    disk = {"AvailabilityZone": f"{REGION}a", "VolumeType": "gp3"}
    ec2 = world.client("ec2", SMALL, REGION)
    tags = [{"ResourceType": "volume", "Tags": [mark]}]
    ours = ec2.create_volume(**disk, Size=100, TagSpecifications=tags)
    ec2.create_volume(**disk, Size=70)  # somebody else's
    values = {"server_hour": 1, "snapshot_gb_month": 2, "disk_gb_month": {"gp3": 3}}
    given = {"currency": "EXAMPLE", "hours_per_month": 10, "regions": {"default": values}}
    told = costs.read(target.cell(), {"prices": given}, False)["costs"]
    assert (told["account_id"], told["currency"], told["servers"]) == (SMALL, "EXAMPLE", {"number": 9, "cost": 90})
    assert told["disks"] == [{"type": "gp3", "number": 1, "gb": 100, "cost": 300}]
    assert [(one["code"], one["ids"]) for one in told["savings"]] == [("disks_unattached", [ours["VolumeId"]])]
    assert told["snapshots"]["volumes"] >= 9 and told["snapshots"]["cost"] == told["snapshots"]["gb"] * 2
    assert told["cost"] == 90 + 300 + told["snapshots"]["cost"]
    assert {entry["action"] for entry in target.calls() if entry["service"] == "ec2"} >= {
        *("DescribeInstances", "DescribeSnapshots", "DescribeVolumes"),
    }


def test_copies_are_counted_by_staging_account_and_where_they_replicate(world):
    target = Target(world)
    target.extend()
    target.extend(target.second)
    found = target.capacity()
    assert found["servers"] == {"total": 10, "own": 2, "extended": 8, "replicating": 2, "recoverable": 10}
    assert [(one["staging_account_id"], one["servers"]) for one in found["extended"]] == [
        (target.staging, 5),
        (target.second, 3),
    ]
    assert quota(Target(world, target.staging).capacity())["used"] == 5


def test_a_launch_of_copies_shows_in_the_jobs_of_their_staging_account(simulator):
    target = Target(simulator(accounts_of_extension()))
    target.extend()
    copies = [one["sourceServerID"] for one in target.copies().values()]
    target.foreign_launch(copies, finish=False)
    seen = set()
    for _n in range(20):
        seen |= set(Target(target.simulator, STAGING_A).capacity()["jobs"]["by_type"])
        if seen:
            break
        target.simulator.clock.advance(30)
    assert "CREATE_CONVERTED_SNAPSHOT" in seen


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"warning_percent": 95.0}, "invalid_option"),
        ({"critical_percent": 101.0}, "invalid_option"),
        ({"planned": -1}, "invalid_option"),
        ({"limits": {"servers": 1}}, "invalid_limit"),
    ],
)
def test_bad_input_is_refused_before_anything_is_called(world, options, code):
    target = Target(world, BUSY)
    with pytest.raises(DrsError) as caught:
        target.capacity(**options)
    assert caught.value.code == code and target.calls() == []


# -- placement over what was read --------------------------------------------------------------------------------------


def plan(capacities, **params):
    defaults = {key: spec.get("default") for key, spec in capacity_request.CAPACITY_PLAN_SPEC.items()}
    cells = [
        {
            "cell": one["cell"],
            "account_types": ["target"] if one["account_id"] == TARGET else ["staging"],
            "extend_to": None if one["account_id"] == TARGET else f"{TARGET}.{REGION}",
            "capacity": one,
        }
        for one in capacities
    ]
    return capacity_request.capacity_plan({**defaults, "cells": cells, **params})


def test_fourteen_staging_accounts_of_300(simulator):
    """Full, they and their target say so; with one emptied, that one takes what fits."""
    numbers = [f"2220000{number:05}" for number in range(14)]
    sim = simulator(
        {
            "accounts": [account(TARGET), *(account(one, types=["staging"]) for one in numbers)],
            "fleets": [fleet(TARGET, 250, "own-{n:03}")]
            + [fleet(one, 300 if one != numbers[13] else 150, "web-{n:03}") for one in numbers],
        }
    )
    capacities = [Target(sim, one).capacity() for one in [TARGET, *numbers]]
    found = plan(capacities, planned=120)
    assert found["total"]["servers"]["replicating"] == 13 * 300 + 150 + 250
    assert found["total"]["level"] == "full"
    (one,) = found["placement"]["placements"]
    assert (one["account_id"], one["servers"], one["used_after"]) == (numbers[13], 90, 240)
    assert (found["placement"]["unplaced"], found["placement"]["would_fit_at_limit"]) == (30, 120)
    whole = plan(capacities, planned=151, fill_percent=100.0)
    assert (whole["placement"]["placed"], whole["fits"]) == (150, False)
