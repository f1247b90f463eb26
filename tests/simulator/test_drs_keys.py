"""Test the KMS keys of staging disks: sharing with a target account, and launches that fail without it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from drs_simulator.iam import keys
from support.drs_cell import ACCOUNT, REGION, STAGING, Cell, client, fresh, ledger, refused, settings
from support.drs_extension import BOTH, extend, make_role

TEMPLATE: dict[str, Any] = {
    "stagingAreaSubnetId": "subnet-0123456789abcdef0",
    "replicationServersSecurityGroupsIDs": ["sg-0123456789abcdef0"],
    "bandwidthThrottling": 0,
    "stagingAreaTags": {},
    "pitPolicy": [
        {"units": "MINUTE", "interval": 10, "retentionDuration": 60},
        {"units": "HOUR", "interval": 1, "retentionDuration": 24},
        {"units": "DAY", "interval": 1, "retentionDuration": 7},
    ],
}
REFUSED = "(AuthFailure) when calling the ModifySnapshotAttribute operation: Not authorized to use key"


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh(BOTH) as made:
        make_role()
        yield made


@pytest.fixture
def staging(cell: Cell) -> Cell:
    return Cell(STAGING)


def _key(policy: dict[str, Any]) -> str:
    kms = client("kms", STAGING, REGION)
    return str(kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"])


def _template(staging: Cell, mode: str, key: str | None = None) -> None:
    more = {"ebsEncryptionKeyArn": key} if key else {}
    staging.drs.create_replication_configuration_template(**TEMPLATE, ebsEncryption=mode, **more)


def _launch(cell: Cell, staging: Cell) -> tuple[str, list[str]]:
    """Launch status and raw errors of one extended server that came after the template."""
    (copy,) = extend(cell, staging, staging.seed())
    job = cell.launch(copy)
    errors = [item["eventData"]["rawError"] for item in cell.log(job["jobID"]) if "rawError" in item["eventData"]]
    return job["participatingServers"][0]["launchStatus"], errors


def test_the_default_key_cannot_be_shared(cell: Cell, staging: Cell) -> None:
    """UG:multi-account: a customer managed key is needed, as aws/ebs cannot be shared; the job shows it."""
    _template(staging, "DEFAULT")
    status, errors = _launch(cell, staging)
    assert status == "FAILED"
    assert REFUSED in errors[0]
    assert "alias/aws/ebs" in errors[0]
    assert ledger("launched") == []
    original = next(iter(staging.backend.servers))
    assert staging.launch(original)["participatingServers"][0]["launchStatus"] == "LAUNCHED"


def test_no_encryption(cell: Cell, staging: Cell) -> None:
    """BM ebsEncryption NONE: there is no key to be shared."""
    _template(staging, "NONE")
    assert _launch(cell, staging) == ("LAUNCHED", [])


def test_nobody_said(cell: Cell, staging: Cell) -> None:
    """Without a template, without a setting and without the scenario's word there is no restriction."""
    assert _launch(cell, staging) == ("LAUNCHED", [])


def test_a_good_key(cell: Cell, staging: Cell) -> None:
    """UG:multi-account: the two ReEncrypt statements of the documentation, and the target's plain use of the key."""
    _template(staging, "CUSTOM", _key(keys.policy(STAGING, REGION, [ACCOUNT])))
    assert _launch(cell, staging) == ("LAUNCHED", [])


def _without(number: int) -> dict[str, Any]:
    policy = keys.policy(STAGING, REGION, [ACCOUNT])
    del policy["Statement"][number]
    return policy


@pytest.mark.parametrize(
    "policy",
    [
        keys.policy(STAGING, REGION, [ACCOUNT], good=False),
        keys.policy(STAGING, REGION, ["333333333333"]),
        keys.policy(STAGING, "eu-west-1", [ACCOUNT]),
        _without(1),
        _without(2),
        _without(3),
    ],
)
def test_a_wrong_key_policy(cell: Cell, staging: Cell, policy: dict[str, Any]) -> None:
    """UG:multi-account: role and target, each with its own account and through EC2 of the Region; the key is named."""
    key = _key(policy)
    _template(staging, "CUSTOM", key)
    status, errors = _launch(cell, staging)
    assert status == "FAILED"
    assert errors[0].endswith(f"{REFUSED} {key}")


def test_plain_use_by_setting(cell: Cell, staging: Cell) -> None:
    """Not documented for DRS (a setting): whether the target needs more of the key than to re-encrypt."""
    settings.configure({"target_key_use": "ignored"})
    _template(staging, "CUSTOM", _key(_without(3)))
    assert _launch(cell, staging)[0] == "LAUNCHED"


def test_the_key_policy_is_read_at_each_launch(cell: Cell, staging: Cell) -> None:
    """KMS: a changed policy counts at once; a disabled key is no key."""
    key, kms = _key(_without(1)), client("kms", STAGING, REGION)
    _template(staging, "CUSTOM", key)
    (copy,) = extend(cell, staging, staging.seed())

    def status() -> str:
        return str(cell.launch(copy)["participatingServers"][0]["launchStatus"])

    assert status() == "FAILED"
    good = json.dumps(keys.policy(STAGING, REGION, [ACCOUNT]))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=good)
    assert status() == "LAUNCHED"
    kms.disable_key(KeyId=key.rpartition("/")[2])
    assert status() == "FAILED"


def test_fast_recovery_shares_as_well(cell: Cell, staging: Cell) -> None:
    """BM recoveryMode FAST skips the conversion, not the sharing of the snapshots."""
    _template(staging, "DEFAULT")
    (copy,) = extend(cell, staging, staging.seed())
    cell.backend.launch_configuration(cell.backend.servers[copy])["recoveryMode"] = "FAST"
    job = cell.launch(copy)
    (failure,) = [item["eventData"] for item in cell.log(job["jobID"]) if item["event"] == "LAUNCH_FAILED"]
    assert REFUSED in failure["rawError"]


def test_a_template_is_for_new_servers(cell: Cell, staging: Cell) -> None:
    """UG:replication-settings: existing servers keep theirs until UpdateReplicationConfiguration."""
    old = staging.seed("old")
    _template(staging, "DEFAULT")
    new = staging.seed("new")
    staging.drs.get_replication_configuration(sourceServerID=old)
    copies = extend(cell, staging, old, new)
    found = {item["sourceServerID"]: item["launchStatus"] for item in cell.launch(*copies)["participatingServers"]}
    assert [found[copy] for copy in copies] == ["LAUNCHED", "FAILED"]
    staging.drs.update_replication_configuration(sourceServerID=new, ebsEncryption="NONE")
    staging.drs.update_replication_configuration(sourceServerID=old, ebsEncryption="DEFAULT")
    found = {item["sourceServerID"]: item["launchStatus"] for item in cell.launch(*copies)["participatingServers"]}
    assert [found[copy] for copy in copies] == ["FAILED", "LAUNCHED"]


@pytest.mark.parametrize("copies", [False, True])
def test_another_encryption_may_copy_the_disks_again(cell: Cell, copies: bool) -> None:
    """UG:individual-replication-settings: "Full Sync may be required"; a setting, for nobody says when."""
    settings.configure({"full_sync_after_encryption_change": copies})
    server = cell.seed()
    cell.drs.update_replication_configuration(sourceServerID=server, bandwidthThrottling=5)
    assert cell.server(server)["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"
    cell.drs.update_replication_configuration(sourceServerID=server, ebsEncryption="NONE")
    state = cell.server(server)["dataReplicationInfo"]["dataReplicationState"]
    assert state == ("INITIATING" if copies else "CONTINUOUS")


def test_a_staging_disk_of_another_type_has_the_iops_of_that_type(cell: Cell) -> None:
    server = cell.seed()
    (device, *_others) = [
        disk["deviceName"] for disk in cell.drs.get_replication_configuration(sourceServerID=server)["replicatedDisks"]
    ]

    def changed(**values: Any) -> dict[str, Any]:
        disks = [{"deviceName": device, **values}]
        answer = cell.drs.update_replication_configuration(sourceServerID=server, replicatedDisks=disks)
        return dict(answer["replicatedDisks"][0])

    assert changed(stagingDiskType="GP3", iops=4000)["iops"] == 4000
    assert changed(throughput=250)["iops"] == 4000
    assert "iops" not in changed(stagingDiskType="ST1")


def test_a_custom_key_must_be_named(cell: Cell, staging: Cell) -> None:
    """BM ebsEncryptionKeyArn: what CUSTOM means without it would be nothing."""
    call = staging.drs.create_replication_configuration_template
    error = refused(call, **TEMPLATE, ebsEncryption="CUSTOM")
    assert (error["code"], error["fieldList"][0]["name"]) == ("ValidationException", "ebsEncryptionKeyArn")
    call = staging.drs.update_replication_configuration
    assert refused(call, sourceServerID=staging.seed(), ebsEncryption="CUSTOM")["code"] == "ValidationException"


def _scenario(**encryption: str) -> dict[str, Any]:
    target, staging = BOTH["accounts"]
    role = {"name": "drs-operator"}
    return {
        "accounts": [{**target, "role": role}, {**staging, "role": role, "encryption": encryption}],
        "fleets": [{"account": STAGING, "extend_to": ACCOUNT}],
    }


@pytest.mark.parametrize(
    ("encryption", "status"),
    [
        ({"mode": "DEFAULT"}, "FAILED"),
        ({"mode": "CUSTOM"}, "LAUNCHED"),
        ({"mode": "CUSTOM", "key": "wrong_policy"}, "FAILED"),
    ],
)
def test_keys_of_the_scenario(simulator: Any, encryption: dict[str, str], status: str) -> None:
    """``encryption`` of an account: its key is in KMS, its servers show it, launches of their extensions feel it."""
    sim = simulator(_scenario(**encryption))
    owner, target = sim.client("drs", STAGING), sim.client("drs", ACCOUNT)
    original = owner.describe_source_servers()["items"][0]["sourceServerID"]
    shown = owner.get_replication_configuration(sourceServerID=original)
    assert shown["ebsEncryption"] == encryption["mode"]
    if encryption["mode"] == "CUSTOM":
        policy = sim.client("kms", STAGING).get_key_policy(KeyId=shown["ebsEncryptionKeyArn"], PolicyName="default")
        assert ("ReEncrypt" in policy["Policy"]) is (status == "LAUNCHED")
    copy = target.describe_source_servers()["items"][0]["sourceServerID"]
    target.start_recovery(sourceServers=[{"sourceServerID": copy}])
    sim.clock.advance(3600)
    assert target.describe_jobs()["items"][0]["participatingServers"][0]["launchStatus"] == status


def test_a_default_key_that_somebody_chose_is_shared_like_any_other(simulator: Any) -> None:
    """EC2 user guide, EBS encryption: DEFAULT means the key that the account has chosen, aws/ebs when it has not."""
    sim = simulator(_scenario(mode="DEFAULT"))
    target = sim.client("drs", ACCOUNT)
    copy = target.describe_source_servers()["items"][0]["sourceServerID"]
    policy = json.dumps(keys.policy(STAGING, REGION, [ACCOUNT]))
    found = []
    for choose in (False, True):
        if choose:
            key = sim.client("kms", STAGING).create_key(Policy=policy)["KeyMetadata"]["Arn"]
            sim.client("ec2", STAGING).modify_ebs_default_kms_key_id(KmsKeyId=key)
        target.start_recovery(sourceServers=[{"sourceServerID": copy}])
        sim.clock.advance(3600)
        found.append(target.describe_jobs()["items"][0]["participatingServers"][0]["launchStatus"])
    assert found == ["FAILED", "LAUNCHED"]
