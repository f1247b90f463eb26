"""Test scenarios: accepted input, the resulting world, and one clear error for invalid input."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime

import pytest
from botocore.exceptions import ClientError
from drs_simulator.scenario import scenario as scenarios
from drs_simulator.scenario.scenario import ScenarioError
from drs_simulator.world.world import World
from support.simulator import PACKAGE_ROOT, SCENARIOS, Simulator, SimulatorError

ONE, TWO = "111111111111", "222222222222"
ACCOUNT = {"id": ONE, "regions": ["us-west-2"]}


def fleet(**values):
    return {"accounts": [ACCOUNT], "fleets": [{"account": ONE, **values}]}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"clock": []}, "clock: [] is not a mapping"),
        ({"acounts": []}, "scenario.acounts: unknown key; did you mean 'accounts'?"),
        ({"seed": "x"}, "seed: 'x' is not a number"),
        ({"clock": {"mode": "fast"}}, "clock.mode: 'fast' is not one of stepped, speed"),
        ({"clock": {"speed": 0}}, "clock.speed: 0 is not a number from 0.001"),
        ({"hub": {"account_id": "12"}}, "hub.account_id: '12' is not an account id; write 12 digits in quotes"),
        ({"jobs": {"durations": {"boot": 1}}}, "jobs.durations.boot: unknown key"),
        ({"jobs": {"durations": {"launch": [9, 3]}}}, "jobs.durations.launch: [9, 3] has its low end above its high"),
        ({"accounts": [{"id": 123}]}, "accounts[0].id: 123 is not an account id"),
        ({"accounts": [ACCOUNT, ACCOUNT]}, f"accounts[1].id: '{ONE}' is there twice"),
        ({"accounts": [{"id": ONE, "regions": ["Oregon"]}]}, "accounts[0].regions[0]: 'Oregon' is not a Region"),
        ({"accounts": [{"id": ONE, "role": {}}]}, "accounts[0].role.name: None is not text"),
        ({"accounts": [{"id": ONE, "role": {"name": "r", "deny": "yes"}}]}, "role.deny: 'yes' is not true or false"),
        ({"accounts": [{"id": ONE, "quotas": {"jobs": 1}}]}, "accounts[0].quotas.jobs: unknown key"),
        ({"fleets": [{"account": TWO}]}, f"fleets[0].account: '{TWO}' is not among accounts"),
        (
            fleet(origin={"environment": "CLOUD"}),
            "fleets[0].origin.environment: 'CLOUD' is not one of AWS, ON_PREMISES",
        ),
        (fleet(origin={"environment": "ON_PREMISES", "region": "us-east-1"}), "fleets[0].origin.region"),
        (fleet(origin={"environment": "ON_PREMISES"}, create_instances=True), "fleets[0].create_instances"),
        (fleet(region="eu-west-1"), "fleets[0].region: 'eu-west-1' is not among the regions of account"),
        (fleet(count=2, name="web"), "fleets[0].name: 'web' gives several servers one name; put {n}"),
        (fleet(name="web-{m}"), "fleets[0].name: 'web-{m}' is not a name pattern"),
        (fleet(state="RUNNING"), "fleets[0].state: 'RUNNING' is not one of STOPPED"),
        (fleet(tags={"a": ["b"]}), "fleets[0].tags.a: ['b'] is not a tag value"),
        (fleet(extend_to=TWO), f"fleets[0].extend_to: '{TWO}' is not among accounts"),
        (fleet(disks=[{"size": 5}]), "fleets[0].disks[0].size: unknown key; known keys: device, gib"),
        (
            fleet(count=2, name="w-{n}", servers={"w-3": {}}),
            "fleets[0].servers.w-3: 'w-3' is not a server of this fleet (w-1 to w-2)",
        ),
        (
            fleet(count=1, name="w-{n}", servers={"w-1": {"fail_lunch": "x"}}),
            "fleets[0].servers.w-1.fail_lunch: unknown key; did you mean 'fail_launch'?",
        ),
        ({"faults": [{"kind": "boom"}]}, "faults[0].kind: 'boom' is not one of throttle"),
    ],
)
def test_one_error_with_field_value_and_fix(raw, text):
    with pytest.raises(ScenarioError, match=re.escape(text)):
        World().load(raw)


def test_a_region_without_drs_and_an_unknown_setting_end_the_start():
    for raw, text in (
        ({"accounts": [{"id": ONE, "regions": ["us-moon-1"]}]}, "'us-moon-1' (account 111111111111) has no DRS"),
        ({"accounts": [ACCOUNT], "settings": {"gravity": 1}}, "settings: unknown DRS setting 'gravity'"),
        (fleet(set={"colour": "red"}), "fleets[0]: unknown server property colour"),
    ):
        with pytest.raises(SimulatorError) as error:
            Simulator(raw)
        assert text in str(error.value)
        assert "Traceback" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "cannot be read (No such file or directory)"), ("a: [", "is not YAML"), ("- x", "is not a mapping")],
)
def test_file_problems_name_the_file_and_exit_2(tmp_path, content, text):
    path = tmp_path / "scenario.yml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "drs_simulator", "--scenario", str(path)],
        env={"PYTHONPATH": str(PACKAGE_ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert f"scenario: {path}: " in result.stderr
    assert text in result.stderr


# A name with a second dot is no scenario but goes with one, such as an inventory.
@pytest.mark.parametrize(
    "path", sorted(p for p in SCENARIOS.glob("*.yml") if "." not in p.stem), ids=lambda path: path.stem
)
def test_shipped_scenarios_are_good(path):
    found = scenarios.load(path)
    assert found.accounts and (found.fleets or found.machines.instances)


def test_numbers_and_booleans_are_taken_as_people_write_them():
    found = scenarios.load(
        {
            "accounts": [{**ACCOUNT, "id": 111111111111}],
            "fleets": [{"account": ONE, "tags": {"dr:wave": 1, "on": True}}],
        }
    )
    assert found.accounts[0].id == ONE
    assert found.fleets[0].tags == {"dr:wave": "1", "on": "true"}
    assert found.fleets[0].region == "us-west-2", "an account with one Region needs no region in its fleets"


def test_an_account_may_have_its_replication_template(simulator):
    sim = simulator({"accounts": [{**ACCOUNT, "role": {"name": "operator"}, "replication_template": True}]})
    (found,) = sim.client("drs", ONE).describe_replication_configuration_templates()["items"]
    subnets = {one["SubnetId"] for one in sim.client("ec2", ONE).describe_subnets()["Subnets"]}
    assert found["stagingAreaSubnetId"] in subnets


def test_quotas_of_a_scenario_stand_over_those_of_aws():
    world = World()
    world.load({"accounts": [{**ACCOUNT, "quotas": {"concurrent_jobs": 3}}]})
    assert world.quotas(ONE, "us-west-2")["concurrent_jobs"] == 3
    assert world.quotas(ONE, "us-west-2")["servers_per_job"] == 100
    assert world.quotas(TWO, "us-west-2")["concurrent_jobs"] == 20


def test_random_numbers_depend_on_seed_and_names_only():
    world = World()
    world.load({"seed": 7})
    first = world.rng("a", 1).random()
    world.rng("b").random()
    assert world.rng("a", 1).random() == first
    assert world.rng("a", 2).random() != first
    world.load({"seed": 8})
    assert world.rng("a", 1).random() != first


@pytest.fixture(scope="module")
def sim():
    raw = {
        "accounts": [
            {"id": ONE, "regions": ["us-west-2"], "role": {"name": "r"}},
            {"id": TWO, "regions": ["us-west-2"], "role": {"name": "r"}},
        ],
        "jobs": {"total": 600},
        "fleets": [
            {
                "account": ONE,
                "count": 3,
                "name": "web-{n:02}",
                "tags": {"app": "shop", "tier": "web"},
                "lag_seconds": 30,
                "disks": [{"device": "/dev/sda1", "gib": 20}, {"device": "/dev/sdb", "gib": 30}],
                "origin": {"account": TWO, "region": "eu-west-1"},
                "servers": {
                    "web-02": {"state": "STALLED", "tags": {"tier": "api"}},
                    "web-03": {"fail_launch": "InsufficientInstanceCapacity"},
                },
            },
            {
                "account": TWO,
                "count": 3,
                "name": "db-{n}",
                "extend_to": ONE,
                "extend_tags": {"copy": "true"},
                "set": {"agent_version": "1.2.3"},
                "servers": {"db-2": {"fail_launch": "no room"}, "db-3": {"set": {"staging_error": "role is gone"}}},
            },
            {"account": TWO, "count": 1, "name": "box", "create_instances": True},
        ],
    }
    with Simulator(raw) as sim:
        yield sim
        assert sim.health()["internal_errors"] == 0, sim.log()


def servers(sim, account):
    return {
        item["sourceProperties"]["identificationHints"]["hostname"]: item
        for item in sim.client("drs", account).describe_source_servers()["items"]
    }


def test_names_tags_disks_and_origin(sim):
    found = servers(sim, ONE)
    web = found["web-01"]
    assert {"app": "shop", "tier": "web"}.items() <= web["tags"].items()
    assert [d["deviceName"] for d in web["dataReplicationInfo"]["replicatedDisks"]] == ["/dev/sda1", "/dev/sdb"]
    assert web["sourceCloudProperties"] | {} == {
        **web["sourceCloudProperties"],
        "originAccountID": TWO,
        "originRegion": "eu-west-1",
    }
    assert web["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"


def test_overrides_of_one_server(sim):
    found = servers(sim, ONE)
    assert found["web-02"]["dataReplicationInfo"]["dataReplicationState"] == "STALLED"
    assert {"app": "shop", "tier": "api"}.items() <= found["web-02"]["tags"].items()


def test_extended_copies_stand_in_the_target_and_name_their_original(sim):
    copies = {n: s for n, s in servers(sim, ONE).items() if n.startswith("db")}
    originals = servers(sim, TWO)
    assert set(copies) == {"db-1", "db-2", "db-3"}
    assert copies["db-1"]["stagingArea"]["stagingSourceServerArn"] == originals["db-1"]["arn"]
    assert copies["db-1"]["tags"]["copy"] == "true"
    assert copies["db-3"]["stagingArea"]["errorMessage"] == "role is gone"
    assert originals["db-1"]["agentVersion"] == "1.2.3"
    assert "copy" not in originals["db-1"]["tags"]


def test_launch_failures_also_of_extended_copies(sim):
    drs = sim.client("drs", ONE)
    found = servers(sim, ONE)
    wanted = [found[name]["sourceServerID"] for name in ("web-01", "web-03", "db-1", "db-2")]
    job = drs.start_recovery(isDrill=True, sourceServers=[{"sourceServerID": i} for i in wanted])["job"]
    sim.clock.advance(7200)
    (done,) = drs.describe_jobs(filters={"jobIDs": [job["jobID"]]})["items"]
    status = {p["sourceServerID"]: p["launchStatus"] for p in done["participatingServers"]}
    assert [status[i] for i in wanted] == ["LAUNCHED", "FAILED", "LAUNCHED", "FAILED"]
    assert {e["source_server_id"] for e in sim.ledger("launch_failed")} == {wanted[1], wanted[3]}


def test_source_instances_on_request(sim):
    box = servers(sim, TWO)["box"]
    identity = box["sourceProperties"]["identificationHints"]["awsInstanceID"]
    ec2 = sim.client("ec2", TWO, "us-east-1")
    (reservation,) = ec2.describe_instances(InstanceIds=[identity])["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "running"


def test_properties_change_at_run_time_by_name_or_id(sim):
    server = servers(sim, ONE)["web-01"]
    sim.set_server(ONE, "us-west-2", "web-01", state="DISCONNECTED")
    assert servers(sim, ONE)["web-01"]["dataReplicationInfo"]["dataReplicationState"] == "DISCONNECTED"
    sim.set_server(ONE, "us-west-2", server["sourceServerID"], state="CONTINUOUS")
    assert servers(sim, ONE)["web-01"]["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"


@pytest.mark.parametrize(
    ("account", "region", "name", "changes"),
    [
        (ONE, "us-west-2", "nobody", {"state": "STALLED"}),
        ("444444444444", "us-west-2", "web-01", {"state": "STALLED"}),
        (ONE, "us-moon-1", "web-01", {"state": "STALLED"}),
        (ONE, "us-west-2", "web-01", {}),
        (ONE, "us-west-2", "web-01", {"stait": "STALLED"}),
    ],
)
def test_senseless_changes_are_refused(sim, account, region, name, changes):
    with pytest.raises(SimulatorError):
        sim.set_server(account, region, name, **changes)


def test_the_same_seed_gives_the_same_world_and_the_same_story():
    """Two processes: same ids, same launches, same offsets in virtual time. Another seed differs."""

    def insist(operation, **arguments):
        # botocore's own retries wait in real time, up to 20 seconds.
        while True:
            try:
                return operation(**arguments)
            except ClientError as problem:
                if problem.response["Error"]["Code"] != "ThrottlingException":
                    raise

    def story(seed: int) -> list[tuple]:
        raw = {
            "seed": seed,
            "accounts": [{**ACCOUNT, "role": {"name": "r"}}],
            "fleets": [{"account": ONE, "count": 4, "servers": {"server-02": {"fail_launch": "no room"}}}],
            "faults": [{"kind": "throttle", "match": {"service": "drs"}, "rate": 0.5}],
        }
        with Simulator(raw) as sim:
            start = datetime.fromisoformat(sim.clock()["now"])
            drs = sim.client("drs", ONE)
            servers = [item["sourceServerID"] for item in insist(drs.describe_source_servers)["items"]]
            insist(drs.start_recovery, isDrill=True, sourceServers=[{"sourceServerID": i} for i in servers])
            sim.clock.advance(7200)
            effects = [
                (
                    e["effect"],
                    e["source_server_id"],
                    e["recovery_instance_id"],
                    e["job_id"],
                    (datetime.fromisoformat(e["time"]) - start).total_seconds(),
                )
                for e in sim.ledger()
            ]
            return [*effects, *((e["action"], e["error"]) for e in sim.journal())]

    assert story(1) == story(1)
    assert story(1) != story(2)
