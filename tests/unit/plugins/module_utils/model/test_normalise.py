"""Test the conversion of DRS descriptions into the shapes of the library."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timezone

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import readiness
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import normalise as model_normalise
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.own import OWN
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import LEVELS, STATES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MODEL = botocore.session.get_session().get_service_model("drs")
GIB = 1024**3
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)

SERVER_KEYS = {
    *("source_server_id arn account_id region cell hostname name instance_id origin_account_id origin_region").split(),
    *("agent_version tags replication_direction replication readiness staging_area extended last_launch").split(),
    *(
        "added_at last_seen last_seen_seconds private_ip recovery_instance_id reversed_direction_source_server_arn"
    ).split(),
}
REPLICATION_KEYS = {
    *("state lag_seconds backlog_bytes eta current_step steps steps_done disks total_bytes replicated_bytes").split(),
    *("percent error").split(),
}
DISK_KEYS = {
    *("device_name total_bytes replicated_bytes rescanned_bytes backlogged_bytes percent volume_status").split(),
}
RI_KEYS = {
    *("recovery_instance_id arn source_server_id account_id region cell ec2_instance_id ec2_instance_state").split(),
    *("private_ip instance_type availability_zone subnet_id is_drill job_id origin_environment point_in_time").split(),
    *("failback pending_action replication tags").split(),
}
FAILBACK_KEYS = {
    *("state status client_id job_id initiated_at launch_type to_original_server agent_last_seen").split(),
}
JOB_KEYS = {
    *("job_id arn account_id region cell type status initiated_by created_at ended_at tags run_id wave batch").split(),
    *("active servers").split(),
}
PARTICIPANT_KEYS = {"source_server_id", "launch_status", "recovery_instance_id", "failed_actions", "actions"}
READINESS_KEYS = {"ready", "level", "recoverable", "code", "reason"}


def described(state: str = "CONTINUOUS", **more) -> dict:
    """A server as DescribeSourceServers returns it."""
    info = {
        "dataReplicationState": state,
        "lagDuration": "P0D",
        "replicatedDisks": [
            {
                "deviceName": "/dev/sda1",
                "totalStorageBytes": 10 * GIB,
                "replicatedStorageBytes": 10 * GIB,
                "backloggedStorageBytes": 0,
                "volumeStatus": "REGULAR",
            }
        ],
    }
    info.update(more.pop("info", {}))
    return {
        "sourceServerID": "s-12345678901234567",
        "arn": "arn:aws:drs:eu-west-1:111111111111:source-server/s-12345678901234567",
        "tags": {"Name": "web-1", "dr:wave": "1"},
        "replicationDirection": "FAILOVER",
        "agentVersion": "6.42.24",
        "dataReplicationInfo": info,
        "sourceProperties": {
            "identificationHints": {"hostname": "ip-10-0-0-1", "awsInstanceID": "i-0123456789abcdef0"},
            "networkInterfaces": [{"ips": ["10.0.1.1"]}, {"ips": ["10.0.0.1"], "isPrimary": True}],
        },
        "sourceCloudProperties": {"originAccountID": "222222222222", "originRegion": "eu-central-1"},
        "lifeCycle": {
            "lastSeenByServiceDateTime": "2026-01-31T11:59:00.000000Z",
            "lastLaunch": {
                "initiated": {"apiCallDateTime": "2026-01-30T00:00:00Z", "jobID": "drsjob-1", "type": "DRILL"},
                "status": "LAUNCHED",
            },
        },
        **more,
    }


def normalise(item: dict) -> dict:
    return model_normalise.normalise_server(item, "111111111111", "eu-west-1", NOW)


# -- source servers ---------------------------------------------------------------------------------------------------
def test_a_whole_server():
    server = normalise(described())
    assert set(server) == SERVER_KEYS
    assert set(server["replication"]) == REPLICATION_KEYS
    assert set(server["replication"]["disks"][0]) == DISK_KEYS
    expected = {
        "source_server_id": "s-12345678901234567",
        "account_id": "111111111111",
        "region": "eu-west-1",
        "cell": "111111111111.eu-west-1",
        "hostname": "ip-10-0-0-1",
        "name": "web-1",
        "instance_id": "i-0123456789abcdef0",
        "private_ip": "10.0.0.1",
        "origin_account_id": "222222222222",
        "origin_region": "eu-central-1",
        "agent_version": "6.42.24",
        "replication_direction": "FAILOVER",
        "staging_area": None,
        "extended": False,
        "last_launch": {"type": "DRILL", "job_id": "drsjob-1", "time": "2026-01-30T00:00:00Z", "status": "LAUNCHED"},
        "added_at": None,
        "last_seen": "2026-01-31T11:59:00Z",
        "last_seen_seconds": 60,
        "recovery_instance_id": None,
        "reversed_direction_source_server_arn": None,
    }
    assert {key: server[key] for key in expected} == expected
    assert server["replication"]["percent"] == 100
    assert server["readiness"]["ready"] is True


def test_nothing_described_still_has_every_key():
    server = model_normalise.normalise_server({}, None, None)
    assert set(server) == SERVER_KEYS
    assert set(server["replication"]) == REPLICATION_KEYS
    assert server["readiness"]["recoverable"] == "no"
    assert server["cell"] == "unknown.unknown"


def test_place_comes_from_the_arn_when_it_is_not_given():
    server = model_normalise.normalise_server(described(), None, None, cell="shop.eu-west-1")
    assert (server["account_id"], server["region"], server["cell"]) == ("111111111111", "eu-west-1", "shop.eu-west-1")


@pytest.mark.parametrize(
    ("tags", "hints", "name"),
    [
        ({"Name": "tag"}, {"hostname": "host"}, "tag"),
        ({"Name": ""}, {"hostname": "host"}, "host"),
        ({}, {"fqdn": "host.example.com"}, "host.example.com"),
        (None, None, "s-12345678901234567"),
    ],
)
def test_a_name_is_the_tag_else_the_host_else_the_id(tags, hints, name):
    server = normalise(described(tags=tags, sourceProperties={"identificationHints": hints}))
    assert server["name"] == name


@pytest.mark.parametrize(
    ("state", "lag", "seconds"),
    [
        ("CONTINUOUS", None, 0),
        ("CONTINUOUS", "", 0),
        ("CREATING_SNAPSHOT", None, 0),
        ("CONTINUOUS", "rubbish", None),
        ("CONTINUOUS", "PT2M", 120),
        ("BACKLOG", None, None),
        ("DISCONNECTED", None, None),
        ("STALLED", "P2DT1H32M12.136909S", 178332.136909),
    ],
)
def test_lag(state, lag, seconds):
    assert normalise(described(state, info={"lagDuration": lag}))["replication"]["lag_seconds"] == seconds


def test_disks_add_up_and_100_percent_means_complete():
    disks = [
        {
            "deviceName": "a",
            "totalStorageBytes": 10 * GIB,
            "replicatedStorageBytes": 10 * GIB,
            "backloggedStorageBytes": 5,
        },
        {
            "deviceName": "b",
            "totalStorageBytes": 30 * GIB,
            "replicatedStorageBytes": 30 * GIB - 1,
            "backloggedStorageBytes": 7,
        },
        {"deviceName": "c"},
    ]
    info = normalise(described(info={"replicatedDisks": disks}))["replication"]
    assert (info["total_bytes"], info["replicated_bytes"], info["backlog_bytes"]) == (40 * GIB, 40 * GIB - 1, 12)
    assert info["percent"] == 99.9
    assert [disk["percent"] for disk in info["disks"]] == [100, 99.9, None]


def test_initiation_steps():
    steps = ["WAIT", "CREATE_SECURITY_GROUP", "LAUNCH_REPLICATION_SERVER", "BOOT_REPLICATION_SERVER"]
    status = ["SUCCEEDED", "SKIPPED", "IN_PROGRESS", "NOT_STARTED"]
    initiation = {"steps": [{"name": name, "status": one} for name, one in zip(steps, status)]}
    info = normalise(described("INITIATING", info={"dataReplicationInitiation": initiation}))["replication"]
    assert (info["steps_done"], info["current_step"]) == (2, "LAUNCH_REPLICATION_SERVER")
    assert info["steps"][0] == {"name": "WAIT", "status": "SUCCEEDED"}


def test_replication_errors_are_explained():
    failure = {"error": "AGENT_NOT_SEEN", "rawError": "ExternalId=hunter22"}
    told = normalise(described("STALLED", info={"dataReplicationError": failure}))["replication"]["error"]
    assert set(told) == {"code", "message", "cause", "remedy", "retryable"}
    assert told["code"] == "AGENT_NOT_SEEN"
    assert "hunter22" not in told["message"]


@pytest.mark.parametrize(
    ("area", "extended"),
    [
        ({"status": "EXTENDED", "stagingAccountID": "2", "stagingSourceServerArn": "arn:other"}, True),
        ({"status": "EXTENSION_ERROR", "stagingAccountID": "2"}, True),
        ({"status": "NOT_EXTENDED"}, False),
        ({"stagingSourceServerArn": "arn:aws:drs:eu-west-1:333333333333:source-server/s-99999999999999999"}, True),
        ({"stagingSourceServerArn": "arn:aws:drs:eu-west-1:111111111111:source-server/s-12345678901234567"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_extended(area, extended):
    server = normalise(described(stagingArea=area))
    assert server["extended"] is extended
    if area:
        keys = {"status", "staging_account_id", "staging_source_server_arn", "error_message"}
        assert set(server["staging_area"]) == keys
    else:
        assert server["staging_area"] is None


def test_the_result_of_the_last_launch_is_told_without_its_status():
    launch = {"initiated": {"type": "RECOVERY"}}
    server = normalise(described(lifeCycle={"lastLaunch": launch}, lastLaunchResult="SUCCEEDED"))
    assert server["last_launch"] == {"type": "RECOVERY", "job_id": None, "time": None, "status": "SUCCEEDED"}
    assert normalise(described(lifeCycle={}, lastLaunchResult="NOT_STARTED"))["last_launch"] is None


# -- readiness --------------------------------------------------------------------------------------------------------
EXPECTED = {
    "CONTINUOUS": (True, "ready", "full"),
    "CREATING_SNAPSHOT": (True, "ready", "full"),
    "BACKLOG": (False, "lagging", "old_data"),
    "RESCAN": (False, "rescan", "old_data"),
    "PAUSED": (False, "paused", "old_data"),
    "STALLED": (False, "stalled", "old_data"),
    "INITIATING": (False, "initiating", "old_data"),
    "INITIAL_SYNC": (False, "initial_sync", "no"),
    "STOPPED": (False, "stopped", "no"),
    "DISCONNECTED": (False, "disconnected", "no"),
    "BRAND_NEW": (False, "error", "no"),
    None: (False, "error", "no"),
}


def test_every_state_of_the_model_has_a_meaning():
    assert set(MODEL.shape_for("DataReplicationState").enum) == set(STATES)
    assert set(EXPECTED) == {*STATES, "BRAND_NEW", None}


@pytest.mark.parametrize(("state", "expected"), EXPECTED.items())
def test_readiness_of_every_state(state, expected):
    verdict = normalise(described(state))["readiness"]
    assert set(verdict) == READINESS_KEYS
    assert (verdict["ready"], verdict["level"], verdict["recoverable"]) == expected
    assert verdict["code"] == {"full": None, "old_data": "stale_data", "no": "not_recoverable"}[expected[2]]
    assert verdict["reason"].endswith(".")


@pytest.mark.parametrize("lag", ["P0D", None, "PT1S"])
@pytest.mark.parametrize("percent", [0, 50, 100])
def test_initial_sync_is_never_recoverable(lag, percent):
    disks = [{"totalStorageBytes": 100, "replicatedStorageBytes": percent}]
    verdict = normalise(described("INITIAL_SYNC", info={"lagDuration": lag, "replicatedDisks": disks}))["readiness"]
    assert (verdict["ready"], verdict["recoverable"]) == (False, "no")


@pytest.mark.parametrize("state", ["INITIATING", "STALLED", "PAUSED", "RESCAN", "BACKLOG"])
def test_what_was_never_copied_has_no_old_data(state):
    disks = [{"totalStorageBytes": 100, "replicatedStorageBytes": 0}]
    verdict = normalise(described(state, info={"replicatedDisks": disks}))["readiness"]
    assert (verdict["level"], verdict["recoverable"]) == (EXPECTED[state][1], "no")
    assert verdict["code"] == "not_recoverable"


@pytest.mark.parametrize(
    ("status", "recoverable"),
    [
        ("REGULAR", "full"),
        ("CONTAINS_MARKETPLACE_PRODUCT_CODES", "full"),
        ("MISSING_VOLUME_ATTRIBUTES", "no"),
        ("MISSING_VOLUME_ATTRIBUTES_AND_PRECHECK_UNAVAILABLE", "no"),
        ("PENDING", "no"),
        ("MISSING_LICENSE_ATTRIBUTES", "no"),
        (None, "full"),
    ],
)
def test_a_volume_whose_attributes_are_missing_blocks_the_launch(status, recoverable):
    disks = [{"deviceName": "/dev/sdb", "totalStorageBytes": 1, "replicatedStorageBytes": 1, "volumeStatus": status}]
    verdict = normalise(described(info={"replicatedDisks": disks}))["readiness"]
    assert verdict["recoverable"] == recoverable
    if recoverable == "no":
        assert (verdict["code"], verdict["ready"], verdict["level"]) == ("volume_not_ready", False, "error")
        assert "/dev/sdb" in verdict["reason"]


def test_every_volume_status_of_the_model_is_tested():
    assert len(MODEL.shape_for("VolumeStatus").enum) == 5


@pytest.mark.parametrize("state", ["CONTINUOUS", "BACKLOG"])
def test_a_volume_in_a_status_that_is_not_known_is_not_ready(state):
    disks = [{"deviceName": "/dev/sdb", "totalStorageBytes": 1, "replicatedStorageBytes": 1, "volumeStatus": "CORRUPT"}]
    info = {"replicatedDisks": disks, "dataReplicationState": state}
    verdict = normalise(described(info=info))["readiness"]
    assert (verdict["ready"], verdict["level"], verdict["recoverable"]) == (False, "error", "old_data")
    assert "CORRUPT" in verdict["reason"]


def test_an_extension_in_a_status_that_is_not_known_is_not_ready():
    verdict = normalise(described(stagingArea={"status": "EXTENSION_SUSPENDED"}))["readiness"]
    assert (verdict["code"], verdict["recoverable"], verdict["ready"]) == ("extension_error", "no", False)
    assert "EXTENSION_SUSPENDED" in verdict["reason"]


def test_a_broken_extension_blocks_the_launch():
    area = {"status": "EXTENSION_ERROR", "errorMessage": "role is gone"}
    verdict = normalise(described(stagingArea=area))["readiness"]
    assert (verdict["code"], verdict["recoverable"], verdict["level"]) == ("extension_error", "no", "error")
    assert "role is gone" in verdict["reason"]


@pytest.mark.parametrize("server", [{}, {"replication": None}, {"replication": {"state": 7, "disks": [None, 3]}}])
def test_readiness_of_rubbish_is_no(server):
    assert readiness.readiness(server.get("replication"), server.get("staging_area"))["recoverable"] == "no"


# -- recovery instances -----------------------------------------------------------------------------------------------
def recovered(**more) -> dict:
    return {
        "recoveryInstanceID": "i-0000000000000000a",
        "ec2InstanceID": "i-0000000000000000a",
        "ec2InstanceState": "PENDING",
        "sourceServerID": "s-12345678901234567",
        "arn": "arn:aws:drs:eu-west-1:111111111111:recovery-instance/i-0000000000000000a",
        "isDrill": True,
        "jobID": "drsjob-1",
        "originEnvironment": "AWS",
        "pointInTimeSnapshotDateTime": "2026-01-31T11:50:00+00:00",
        "failback": {"state": "FAILBACK_NOT_STARTED"},
        "dataReplicationInfo": {"dataReplicationState": "NOT_STARTED"},
        "recoveryInstanceProperties": {
            "networkInterfaces": [{"ips": ["10.0.0.9"]}, {"ips": ["10.0.0.1"], "isPrimary": True}]
        },
        **more,
    }


def test_a_whole_recovery_instance():
    ec2 = {
        "State": {"Name": "running"},
        "PrivateIpAddress": "10.1.0.1",
        "InstanceType": "m5.large",
        "SubnetId": "subnet-1",
        "Placement": {"AvailabilityZone": "eu-west-1b"},
    }
    instance = model_normalise.normalise_recovery_instance(recovered(), "111111111111", "eu-west-1", ec2)
    assert set(instance) == RI_KEYS
    assert set(instance["failback"]) == FAILBACK_KEYS
    assert set(instance["replication"]) == REPLICATION_KEYS
    assert instance["ec2_instance_state"] == "RUNNING"
    assert (instance["private_ip"], instance["instance_type"], instance["subnet_id"]) == (
        "10.1.0.1",
        "m5.large",
        "subnet-1",
    )
    assert instance["availability_zone"] == "eu-west-1b"
    assert (instance["is_drill"], instance["point_in_time"]) == (True, "2026-01-31T11:50:00Z")
    assert instance["pending_action"] is None


def test_without_ec2_the_agent_tells_the_primary_address():
    instance = model_normalise.normalise_recovery_instance(recovered(), "111111111111", "eu-west-1")
    assert (instance["ec2_instance_state"], instance["private_ip"], instance["subnet_id"]) == (
        "PENDING",
        "10.0.0.1",
        None,
    )


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (None, None), ("true", None)])
def test_a_drill_is_only_what_drs_calls_one(value, expected):
    assert model_normalise.normalise_recovery_instance(recovered(isDrill=value), None, None)["is_drill"] is expected


@pytest.mark.parametrize("state", MODEL.shape_for("FailbackState").enum)
def test_what_a_failback_waits_for(state):
    instance = model_normalise.normalise_recovery_instance(recovered(failback={"state": state}), None, None)
    quiet = {"FAILBACK_NOT_STARTED", "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"}
    assert instance["failback"]["state"] == state
    assert (instance["pending_action"] is None) == (state in quiet)


@pytest.mark.parametrize("state", MODEL.shape_for("RecoveryInstanceDataReplicationState").enum)
def test_every_replication_state_of_a_recovery_instance_passes(state):
    info = {"dataReplicationState": state, "lagDuration": "2026-01-01T00:00:00Z"}
    instance = model_normalise.normalise_recovery_instance(recovered(dataReplicationInfo=info), None, None)
    assert (instance["replication"]["state"], instance["replication"]["lag_seconds"]) == (state, None)


# -- jobs -------------------------------------------------------------------------------------------------------------
def test_a_whole_job():
    job = {
        "jobID": "drsjob-12345678901234567",
        "arn": "arn:aws:drs:eu-west-1:111111111111:job/drsjob-12345678901234567",
        "type": "LAUNCH",
        "initiatedBy": "START_DRILL",
        "status": "COMPLETED",
        "creationDateTime": "2026-01-31T11:00:00Z",
        "endDateTime": "2026-01-31T11:10:00Z",
        "tags": {"resilience.drs/run": "r1", "resilience.drs/wave": "2", "resilience.drs/batch": "0123456789ab"},
        "participatingServers": [
            {"sourceServerID": "s-1", "launchStatus": "LAUNCHED", "recoveryInstanceID": "i-1"},
            {
                "sourceServerID": "s-2",
                "launchStatus": "FAILED",
                "launchActionsStatus": {
                    "runs": [
                        {"status": "FAILED", "action": {"name": "health"}, "failureReason": "password=abc"},
                        {"status": "SUCCEEDED", "action": {"name": "cw"}},
                    ]
                },
            },
        ],
    }
    result = model_normalise.normalise_job(job, "111111111111", "eu-west-1")
    assert set(result) == JOB_KEYS
    assert (result["run_id"], result["wave"], result["batch"], result["active"]) == ("r1", "2", "0123456789ab", False)
    assert result["ended_at"] == "2026-01-31T11:10:00Z"
    assert result["servers"][0] == {
        "source_server_id": "s-1",
        "launch_status": "LAUNCHED",
        "recovery_instance_id": "i-1",
        "failed_actions": [],
        "actions": [],
    }
    assert result["servers"][1]["failed_actions"] == [{"name": "health", "reason": "password=[redacted]"}]


@pytest.mark.parametrize(
    ("status", "active"),
    [("PENDING", True), ("STARTED", True), ("COMPLETED", False), (None, True), ("CANCELLING", True)],
)
def test_a_job_holds_its_servers_until_it_is_completed(status, active):
    assert model_normalise.normalise_job({"status": status}, None, None)["active"] is active


def test_somebody_elses_job_belongs_to_no_run():
    job = model_normalise.normalise_job({"tags": {"Owner": "x"}}, None, None)
    assert (job["run_id"], job["wave"], job["batch"], job["servers"]) == (None, None, None, [])


# -- tolerance --------------------------------------------------------------------------------------------------------
RUBBISH = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.none(), max_size=2), st.just({})
)


def shaped(name: str, depth: int = 5) -> st.SearchStrategy:
    """Values of a shape of the model in which anything may be missing or of another type."""
    shape = MODEL.shape_for(name)
    if shape.type_name == "structure" and depth:
        members = {key: shaped(member.name, depth - 1) for key, member in shape.members.items()}
        good = st.fixed_dictionaries({}, optional=members)
    elif shape.type_name == "list" and depth:
        good = st.lists(shaped(shape.member.name, depth - 1), max_size=2)
    elif shape.type_name == "map":
        good = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2)
    elif shape.type_name in ("long", "integer"):
        good = st.integers(-5, 10**13)
    elif shape.type_name == "boolean":
        good = st.booleans()
    elif getattr(shape, "enum", None):
        good = st.sampled_from(shape.enum)
    else:
        good = st.one_of(
            st.sampled_from(["P0D", "PT5M", "2026-01-31T11:00:00Z", "arn:aws:drs:r:1:x/y"]), st.text(max_size=8)
        )
    return st.one_of(good, good, good, RUBBISH)


PLACE = st.one_of(st.none(), st.just("111111111111"))
TOLERANT = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@TOLERANT
@given(shaped("SourceServer"), PLACE, st.one_of(st.none(), st.just(NOW), st.text(max_size=3)))
def test_no_server_is_too_odd(item, account_id, now):
    server = model_normalise.normalise_server(item, account_id, None, now)
    assert set(server) == SERVER_KEYS
    assert set(server["replication"]) == REPLICATION_KEYS
    assert all(set(disk) == DISK_KEYS for disk in server["replication"]["disks"])
    verdict = server["readiness"]
    assert verdict["level"] in LEVELS
    assert verdict["recoverable"] in ("full", "old_data", "no")
    assert verdict["code"] is None or verdict["code"] in OWN
    assert verdict["ready"] == (verdict["recoverable"] == "full")
    if server["replication"]["state"] == "INITIAL_SYNC":
        assert verdict["recoverable"] == "no"
    percent = server["replication"]["percent"]
    assert percent is None or 0 <= percent <= 100


@TOLERANT
@given(shaped("RecoveryInstance"), PLACE, RUBBISH)
def test_no_recovery_instance_is_too_odd(item, account_id, ec2):
    instance = model_normalise.normalise_recovery_instance(item, account_id, None, ec2)
    assert set(instance) == RI_KEYS
    assert set(instance["failback"]) == FAILBACK_KEYS
    assert set(instance["replication"]) == REPLICATION_KEYS


@TOLERANT
@given(shaped("Job"), PLACE)
def test_no_job_is_too_odd(item, account_id):
    job = model_normalise.normalise_job(item, account_id, None)
    assert set(job) == JOB_KEYS
    assert all(set(server) == PARTICIPANT_KEYS for server in job["servers"])


# -- fleet ------------------------------------------------------------------------------------------------------------
def test_a_fleet_is_counted():
    servers = [
        normalise(described()),
        normalise(described("BACKLOG", info={"lagDuration": "PT9M"})),
        normalise(described("STALLED", info={"lagDuration": None})),
        model_normalise.normalise_server(described(), "222222222222", "eu-west-2"),
    ]
    instances = [{"is_drill": True}, {"is_drill": None}, {"is_drill": False, "ec2_instance_state": "TERMINATED"}]
    summary = readiness.fleet_summary(servers, instances)
    assert (summary["servers"], summary["ready"], summary["ready_percent"]) == (4, 2, 50)
    assert summary["by_state"] == {"CONTINUOUS": 2, "BACKLOG": 1, "STALLED": 1}
    assert summary["by_readiness"] == {"ready": 2, "lagging": 1, "stalled": 1}
    assert summary["by_recoverable"] == {"full": 2, "old_data": 2}
    assert summary["by_account"] == {"111111111111": 3, "222222222222": 1}
    assert summary["by_region"] == {"eu-west-1": 3, "eu-west-2": 1}
    assert summary["by_cell"] == {"111111111111.eu-west-1": 3, "222222222222.eu-west-2": 1}
    assert (summary["worst_lag_seconds"], summary["lag_unknown"]) == (540, 1)
    assert summary["recovery_instances"] == {"total": 2, "drills": 1, "live": 1, "failing_back": 0}


def test_an_empty_fleet_has_no_percentage():
    summary = readiness.fleet_summary([])
    assert (summary["servers"], summary["ready_percent"], summary["worst_lag_seconds"]) == (0, None, None)


@given(st.lists(st.sampled_from(list(EXPECTED)), max_size=15))
def test_every_way_to_count_counts_every_server(states):
    summary = readiness.fleet_summary([normalise(described(state)) for state in states])
    for key in ("by_state", "by_readiness", "by_recoverable", "by_region", "by_account", "by_cell"):
        assert sum(summary[key].values()) == len(states)
    assert summary["ready"] == sum(1 for state in states if EXPECTED[state][0])


@pytest.mark.parametrize(
    ("cards", "address"),
    [
        ([{"isPrimary": True, "ips": ["fe80::1", "192.0.2.5"]}], "192.0.2.5"),
        ([{"isPrimary": True, "ips": ["127.0.0.1", "169.254.3.4", "2001:db8::5"]}], "2001:db8::5"),
        ([{"isPrimary": True, "ips": ["2001:db8::5", " 10.0.0.5 "]}], "10.0.0.5"),
        ([{"isPrimary": True, "ips": ["fe80::1"]}, {"ips": ["10.0.0.9"]}], "10.0.0.9"),
        ([{"isPrimary": True, "ips": ["255.255.255.255", "240.0.0.1", "10.0.0.7"]}], "10.0.0.7"),
        ([{"isPrimary": True, "ips": ["fe80::1%eth0", "10.1.2.3/24", "169.254.1.1"]}], None),
        ([{"ips": ["10.0.0.9"]}, {"isPrimary": True, "ips": ["10.0.0.5"]}], "10.0.0.5"),
        ([{"isPrimary": True, "ips": ["::1", "", "0.0.0.0", "unknown", None]}], None),
        ([{"isPrimary": True, "ips": ["::ffff:10.0.0.9"]}], "10.0.0.9"),
        ([{"isPrimary": True, "ips": ["::ffff:127.0.0.1", "2001:db8::5"]}], "2001:db8::5"),
    ],
)
def test_the_address_is_one_that_can_be_connected_to(cards, address):
    item = {"sourceServerID": "s-1", "sourceProperties": {"networkInterfaces": cards}}
    assert model_normalise.normalise_server(item, "111122223333", "eu-west-1")["private_ip"] == address


@pytest.mark.parametrize(
    ("name", "hints", "shown"),
    [
        ("   ", {"hostname": "srv01"}, "srv01"),
        ("\t", {"hostname": " ", "fqdn": "srv01.corp"}, "srv01.corp"),
        (" web ", {}, "web"),
        ("", {}, "s-1"),
        ("\u200b\u00a0", {"hostname": "srv01"}, "srv01"),
        ("\u202e", {"hostname": "\u200b", "fqdn": "srv01.corp"}, "srv01.corp"),
    ],
)
def test_a_blank_name_is_none(name, hints, shown):
    item = {"sourceServerID": "s-1", "tags": {"Name": name}, "sourceProperties": {"identificationHints": hints}}
    assert model_normalise.normalise_server(item, "111122223333", "eu-west-1")["name"] == shown
