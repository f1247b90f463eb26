"""Test declared replication settings: refusals before any call, differences, disks, impact, what is sent."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import lookup
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import compare
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import replication_settings as settings

KEY = "arn:aws:kms:us-west-2:111111111111:key/11111111-1111-1111-1111-111111111111"
BOOT = {"deviceName": "/dev/sda1", "isBootDisk": True, "stagingDiskType": "AUTO", "optimizedStagingDiskType": "GP3"}
DATA = {"deviceName": "/dev/sdf", "isBootDisk": False, "stagingDiskType": "GP3", "iops": 3000, "throughput": 125}
CONFIGURATION = {
    "sourceServerID": "s-1",
    "stagingAreaSubnetId": "subnet-11111111",
    "replicationServersSecurityGroupsIDs": ["sg-11111111", "sg-22222222"],
    "replicationServerInstanceType": "t3.small",
    "useDedicatedReplicationServer": False,
    "ebsEncryption": "DEFAULT",
    "bandwidthThrottling": 0,
    "dataPlaneRouting": "PRIVATE_IP",
    "createPublicIP": False,
    "stagingAreaTags": {"cost": "1"},
    "pitPolicy": compare.pit_policy(7),
    "replicatedDisks": [BOOT, DATA],
}
NOW = settings.current(CONFIGURATION)
SUBNETS = {"subnet-11111111": {"cidr": "10.0.0.0/24", "vpc_id": "vpc-1", "public": False, "tags": {}}}
GROUPS = {"sg-11111111": "vpc-1", "sg-22222222": "vpc-1", "sg-99999999": "vpc-2"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "it sets nothing"),
        ({"staging_area_subnet_id": "10.0.0.0/24"}, "subnet- and"),
        ({"replication_servers_security_groups_ids": ["sg-11111111", "default"]}, "'default' is not sg-"),
        ({"replication_server_instance_type": "large"}, "t3.small"),
        ({"ebs_encryption_key_arn": "alias/mine"}, "ARN of a key"),
        ({"ebs_encryption": "NONE", "ebs_encryption_key_arn": KEY}, "only ebs_encryption CUSTOM"),
        ({"pit_retention_days": 366}, "366 is not from 1 to 365"),
        ({"bandwidth_throttling": -1}, "-1 is not from 0"),
        ({"disks": [{"device": "/dev/sdf"}]}, "it sets nothing"),
        ({"disks": [{"device": "*", "type": "GP2"}, {"device": "*", "type": "GP3"}]}, "is there twice"),
        ({"disks": [{"device": "*", "type": "ST1", "iops": 3000}]}, "a disk of type ST1 has none"),
        ({"disks": [{"device": "*", "type": "IO1", "throughput": 300}]}, "GP3 do"),
    ],
)
def test_what_is_wrong_by_itself_is_refused_by_its_place(given, words):
    for where, arguments in (
        ("groups[0].settings", (None, [{"settings": given}], [])),
        ("servers[0].settings", (None, [], [{"name": "x", "settings": given}])),
        ("account", (given, [], [])),
    ):
        if where == "account" and not given:
            continue
        with pytest.raises(DrsError) as error:
            settings.check(*arguments)
        assert error.value.code == "invalid_option"
        assert error.value.message.startswith(where) and words in error.value.message


def test_only_what_differs_differs():
    same = {
        "replication_servers_security_groups_ids": ["sg-22222222", "sg-11111111"],
        "staging_area_tags": {"cost": 1},
        "ebs_encryption": "DEFAULT",
        "pit_retention_days": 7,
        "bandwidth_throttling": 0,
        "disks": [{"device": "/dev/sdf", "iops": 3000}, {"device": "/dev/sda1", "type": "AUTO"}],
    }
    assert settings.differences(NOW, same) == {}
    assert settings.differences(NOW, {**same, "pit_retention_days": 8}) == {"pit_retention_days": 8}
    assert settings.differences(NOW, {"staging_area_tags": {}}) == {"staging_area_tags": {}}


def test_a_disk_is_named_or_one_of_all_and_loses_what_its_new_type_has_not():
    asked = {"disks": [{"device": "*", "type": "ST1"}, {"device": "/dev/sdf", "throughput": 250, "type": None}]}
    changed = settings.differences(NOW, asked)["disks"]
    assert changed == [
        {"device": "/dev/sda1", "type": "ST1", "iops": None, "throughput": None},
        {"device": "/dev/sdf", "type": "ST1", "iops": None, "throughput": None},
    ]
    one = settings.differences(NOW, {"disks": [{"device": "/dev/sdf", "throughput": 250}]})
    assert one["disks"] == [{"device": "/dev/sdf", "type": "GP3", "iops": 3000, "throughput": 250}]
    sent = settings.members(one, NOW, CONFIGURATION)["replicatedDisks"]
    assert sent == [BOOT, {**DATA, "throughput": 250}]
    assert settings.before(NOW, one) == {"disks": [NOW["disks"][1]]}


def test_what_is_taken_back_is_what_was_there_before():
    asked = {
        "ebs_encryption": "CUSTOM",
        "ebs_encryption_key_arn": KEY,
        "disks": [{"device": "/dev/sda1", "type": "GP3", "iops": 4000}],
    }
    changed = settings.differences(NOW, asked)
    was = settings.restorable(settings.before(NOW, changed))
    then = {**NOW, **asked, "disks": [{**NOW["disks"][0], "type": "GP3", "iops": 4000}, NOW["disks"][1]]}
    back = settings.differences(then, was, whole=True)
    assert back == {"ebs_encryption": "DEFAULT", "disks": [NOW["disks"][0]]}
    assert settings.members(back, then, CONFIGURATION)["replicatedDisks"] == [BOOT, DATA]
    # from a key to none and back: DRS may have forgotten the key
    own = {**NOW, "ebs_encryption": "CUSTOM", "ebs_encryption_key_arn": KEY}
    was = settings.restorable(settings.before(own, {"ebs_encryption": "NONE"}))
    back = settings.differences({**NOW, "ebs_encryption": "NONE"}, was, whole=True)
    members = settings.members(back, NOW, CONFIGURATION)
    assert members == {"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": KEY}
    assert settings.restorable({"what_a_later_release_knows": 1}) == {}


def test_a_key_goes_with_its_mode():
    own = {**NOW, "ebs_encryption": "CUSTOM", "ebs_encryption_key_arn": KEY}
    other = KEY.replace("1111-", "2222-")
    changed = settings.differences(own, {"ebs_encryption_key_arn": other})
    assert settings.members(changed, own, CONFIGURATION) == {
        "ebsEncryption": "CUSTOM",
        "ebsEncryptionKeyArn": other,
    }
    changed = settings.differences({**own, "ebs_encryption": "NONE"}, {"ebs_encryption": "CUSTOM"})
    assert settings.members(changed, own, CONFIGURATION)["ebsEncryptionKeyArn"] == KEY


def test_the_impact_of_each_setting_is_that_of_the_user_guide():
    by_impact: dict[str, set[str]] = {}
    for option in settings.SETTING_SPEC:
        by_impact.setdefault(settings.impact(option), set()).add(option)
    assert by_impact["resync"] == {"ebs_encryption", "ebs_encryption_key_arn"}
    assert by_impact["pause"] == {
        *("staging_area_subnet_id", "replication_server_instance_type", "use_dedicated_replication_server"),
        *("internet_protocol", "pit_retention_days"),
    }
    assert settings.resyncs({"bandwidth_throttling": 1, "ebs_encryption": "NONE"}) == ["ebs_encryption"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"bandwidth_throttling": 5}, None),
        ({"ebs_encryption": "CUSTOM", "ebs_encryption_key_arn": KEY}, None),
        ({"ebs_encryption": "CUSTOM"}, "encryption_key_missing"),
        ({"ebs_encryption_key_arn": KEY}, "encryption_key_unused"),
        ({"disks": [{"device": "/dev/sdz", "type": "GP3"}]}, "disk_unknown"),
        ({"disks": [{"device": "/dev/sda1", "type": "IO1"}]}, "disk_iops_missing"),
        ({"staging_area_subnet_id": "subnet-99999999"}, "subnet_unknown"),
        ({"replication_servers_security_groups_ids": ["sg-77777777"]}, "security_group_unknown"),
        ({"replication_servers_security_groups_ids": ["sg-99999999"]}, "security_group_other_vpc"),
        ({"replication_servers_security_groups_ids": ["sg-22222222"]}, None),
    ],
)
def test_what_blocks_a_server_is_named(given, code):
    found = settings.blocking_findings(given, NOW, SUBNETS, GROUPS)
    assert [one for one, _text in found] == ([code] if code else [])
    assert all(lookup(one) for one, _text in found)


def test_public_routing_without_a_public_address_is_worth_knowing():
    assert settings.warnings({"data_plane_routing": "PUBLIC_IP"}, NOW)
    assert settings.warnings({"data_plane_routing": "PUBLIC_IP", "create_public_ip": True}, NOW) == []
    assert settings.warnings({"bandwidth_throttling": 5}, {**NOW, "data_plane_routing": "PUBLIC_IP"}) == []
