"""Test further members of launch templates: what is read, what satisfies a declaration, what is sent."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import lookup
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import addresses, launch_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import launch_template, template_members

DISK = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 100, "VolumeType": "gp3", "Iops": 3000, "Throughput": 125}}
OTHER = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeType": "gp2", "SnapshotId": "snap-1"}}
DATA = {
    "InstanceType": "m5.large",
    "KeyName": "mine",
    "IamInstanceProfile": {"Arn": "arn:aws:iam::111111111111:instance-profile/path/web"},
    "Placement": {"AvailabilityZone": "us-west-2a", "Tenancy": "dedicated"},
    "BlockDeviceMappings": [DISK, OTHER, {"DeviceName": "/dev/sdz", "NoDevice": ""}],
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "1"}]}],
    "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "s"}, {"DeviceIndex": 2, "Groups": ["sg-1", "sg-2"]}],
    "Operator": {"Managed": False},
}
NOW = template_members.read(DATA)


def differs(**desired):
    return set(launch_settings.differences({**launch_template.read(DATA)}, desired))


@pytest.mark.parametrize(
    "desired",
    [
        {"key_name": "mine"},
        {"instance_profile": "web"},
        {"instance_profile": DATA["IamInstanceProfile"]["Arn"]},
        {"availability_zone": "us-west-2a", "tenancy": "dedicated"},
        {"placement_group": ""},
        {"instance_tags": {"a": 1}},
        {"volumes": [{"device": "/dev/sda1", "size": 100, "type": None}]},
        {"interfaces": [{"device_index": 2, "security_group_ids": ["sg-2", "sg-1"]}]},
    ],
)
def test_what_is_there_is_not_written(desired):
    assert differs(**desired) == set()


def test_each_member_is_sent_for_itself_and_keeps_what_is_not_declared():
    before = copy.deepcopy(DATA)
    sent, inherits = launch_template.change(DATA, {"volumes": [{"device": "*", "type": "gp3", "iops": 4000}]})
    assert inherits and before == DATA
    assert sent == {
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/sda1",
                "Ebs": {"VolumeSize": 100, "VolumeType": "gp3", "Iops": 4000, "Throughput": 125},
            },
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeType": "gp3", "SnapshotId": "snap-1", "Iops": 4000}},
            {"DeviceName": "/dev/sdz", "NoDevice": ""},
        ]
    }
    sent, _inherits = launch_template.change(DATA, {"instance_tags": {"b": 2}, "availability_zone": "us-west-2b"})
    assert sent["Placement"] == {"AvailabilityZone": "us-west-2b", "Tenancy": "dedicated"}
    tags = {one["ResourceType"]: one["Tags"] for one in sent["TagSpecifications"]}
    assert tags == {
        "instance": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
        "volume": [{"Key": "b", "Value": "2"}],
    }
    key = {"volumes": [{"device": "/dev/sdf", "type": "st1", "kms_key_id": "alias/mine"}]}
    (_boot, disk, _none) = launch_template.change(DATA, key)[0]["BlockDeviceMappings"]
    assert disk["Ebs"] == {"VolumeType": "st1", "SnapshotId": "snap-1", "KmsKeyId": "alias/mine", "Encrypted": True}


def test_a_further_card_is_changed_or_added_and_the_others_stay():
    asked = [{"device_index": 1, "subnet_id": "s-1"}, {"device_index": 2, "private_ip": "10.0.0.9"}]
    sent, inherits = launch_template.change(DATA, {"interfaces": asked})
    assert inherits and sent["NetworkInterfaces"] == [
        {"DeviceIndex": 0, "SubnetId": "s"},
        {"DeviceIndex": 1, "DeleteOnTermination": True, "SubnetId": "s-1"},
        {"DeviceIndex": 2, "Groups": ["sg-1", "sg-2"], "PrivateIpAddress": "10.0.0.9"},
    ]


@pytest.mark.parametrize(
    ("desired", "member"),
    [
        ({"key_name": ""}, "KeyName"),
        ({"instance_profile": ""}, "IamInstanceProfile"),
        ({"availability_zone": "", "tenancy": ""}, "Placement"),
    ],
)
def test_what_shall_be_there_no_longer_is_not_inherited_and_what_is_only_told_is_not_sent(desired, member):
    sent, inherits = launch_template.change(DATA, desired)
    assert not inherits and set(sent) == set(DATA) - {member, "Operator"}
    assert launch_template.change({"InstanceType": "x"}, desired) == ({}, True)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"volumes": [{"device": "*", "size": 1}, {"device": "*", "size": 2}]}, "is there twice"),
        ({"volumes": [{"device": "*"}]}, "it sets nothing"),
        ({"volumes": [{"device": "*", "type": "st1", "iops": 1}]}, "a volume of type st1 has none"),
        ({"interfaces": [{"device_index": 0, "description": "x"}]}, "0 is not from 1 to 15"),
        ({"host_id": "h-1", "tenancy": "default"}, "it needs tenancy host"),
        ({"instance_tags": {"aws:x": "1"}}, "cannot be the key of a tag"),
        ({"launch_into_name": "{nmae}"}, "'nmae' is none"),
        ({"launch_into_name": "{name}", "launch_into_instance_id": "i-11111111"}, "excludes launch_into_instance_id"),
        ({"keep_last_octet": True, "private_ip": "10.0.0.9"}, "excludes private_ip"),
    ],
)
def test_what_is_wrong_by_itself_is_refused(given, words):
    with pytest.raises(DrsError) as error:
        launch_settings.check([], [{"name": "db", "settings": given}])
    assert error.value.code == "invalid_option" and words in error.value.message


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"volumes": [{"device": "/dev/sdx", "size": 100}]}, "volume_unknown"),
        ({"volumes": [{"device": "/dev/sda1", "size": 99}]}, "volume_too_small"),
        ({"volumes": [{"device": "/dev/sdf", "type": "io2"}]}, "volume_iops_missing"),
        ({"host_id": "h-1"}, "host_without_tenancy"),
        ({"volumes": [{"device": "*", "size": 200}], "host_id": "h-1", "tenancy": "host"}, None),
    ],
)
def test_what_blocks_a_server_is_named(given, code):
    found = template_members.blocking_findings(given, NOW)
    assert [one for one, _text in found] == ([code] if code else [])
    assert all(lookup(one) for one, _text in found)


@pytest.mark.parametrize(
    ("address", "cidr", "became"),
    [
        ("192.168.7.45", "10.1.2.0/24", "10.1.2.45"),
        ("192.168.7.45", "10.1.16.0/20", "10.1.16.45"),
        ("192.168.7.45", "10.1.2.128/25", "10.1.2.45"),
        ("192.168.7.200", "10.1.2.128/25", "10.1.2.200"),
    ],
)
def test_the_last_octet_is_kept(address, cidr, became):
    assert addresses.with_last_octet(address, cidr) == became
