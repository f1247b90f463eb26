"""Test that each correction of moto does what AWS does and changes nothing else."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import inspect
import io

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import RpcV2CBORParser
from drs_simulator.moto_fixes import ec2_speed
from drs_simulator.protocol import wire
from moto.utilities.utils import load_resource

ACCOUNT = "111111111111"
IMAGE = "ami-12c6146b"


@pytest.fixture(scope="module")
def instances(small):
    ec2 = small.client("ec2", ACCOUNT)
    launched = []
    for name, ssm in (("a", None), ("b", "unmanaged"), ("c", "ConnectionLost"), ("d", None)):
        tags = [{"Key": "Name", "Value": name}] + ([{"Key": "simulator:ssm", "Value": ssm}] if ssm else [])
        launched.append(
            ec2.run_instances(
                ImageId=IMAGE, MinCount=1, MaxCount=1, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]
            )["Instances"][0]["InstanceId"]
        )
    return launched


def listed(ec2, **arguments):
    pages = ec2.get_paginator("describe_instances").paginate(**arguments)
    return [i for page in pages for r in page["Reservations"] for i in r["Instances"]]


def test_service_quotas_of_drs(simulator):
    """Codes and defaults: AWS General Reference, endpoints and quotas of DRS."""
    sim = simulator(
        {
            "accounts": [
                {"id": ACCOUNT, "regions": ["us-west-2"], "role": {"name": "r"}, "quotas": {"concurrent_jobs": 5}}
            ]
        }
    )
    client = sim.client("service-quotas", ACCOUNT)
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="drs", PaginationConfig={"PageSize": 4})
    values = {q["QuotaCode"]: q["Value"] for page in pages for q in page["Quotas"]}
    assert values["L-D88FAC3A"] == 5
    assert (values["L-C1D14A2B"], values["L-B827C881"], values["L-05AFA8C6"]) == (300, 100, 500)
    quota = client.get_service_quota(ServiceCode="drs", QuotaCode="L-E28BE5E0")["Quota"]
    assert (quota["Value"], quota["Adjustable"]) == (4000, True)
    defaults = client.list_aws_default_service_quotas(ServiceCode="drs")["Quotas"]
    assert {q["QuotaCode"]: q["Value"] for q in defaults}["L-D88FAC3A"] == 20
    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.get_service_quota(ServiceCode="drs", QuotaCode="L-00000000")
    assert client.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"] == 5


def test_the_service_linked_role_has_the_name_it_has_at_aws(simulator):
    """DRS user guide, "Using service-linked roles"."""
    iam = simulator().client("iam", ACCOUNT)
    role = iam.create_service_linked_role(AWSServiceName="drs.amazonaws.com")["Role"]
    assert role["RoleName"] == "AWSServiceRoleForElasticDisasterRecovery"


def test_iam_shows_aliases_and_roles_of_the_scenario(small):
    iam = small.client("iam", ACCOUNT)
    assert iam.list_account_aliases()["AccountAliases"] == ["payments"]
    trust = iam.get_role(RoleName="drs-operator")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"AWS": ["arn:aws:iam::999999999999:root"]}
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "sesame"}}


def test_images_are_those_of_moto_whatever_was_asked_for_before(small):
    """EC2 API, DescribeSnapshots: those of others are seen by whom they are shared with, and Amazon shares none."""
    ec2 = small.client("ec2", ACCOUNT)
    offered = {
        one["ami_id"]
        for name in ("amis", "latest_amis/us-west-2", "ecs/optimized_amis/us-west-2")
        for one in load_resource(f"ec2/resources/{name}.json")
    }
    rare = next(
        one for one in offered if one not in {ami["ami_id"] for ami in load_resource("ec2/resources/amis.json")}
    )
    (image,) = ec2.describe_images(ImageIds=[IMAGE])["Images"]
    assert (image["ImageId"], image["ImageOwnerAlias"]) == (IMAGE, "amazon")
    assert ec2.run_instances(ImageId=rare, MinCount=1, MaxCount=1)["Instances"][0]["ImageId"] == rare
    assert {one["ImageId"] for one in ec2.describe_images(Owners=["amazon"])["Images"]} == offered
    with pytest.raises(ClientError, match="InvalidAMIID.NotFound"):
        ec2.describe_images(ImageIds=["ami-00000000000000000"])
    made = {one["Description"] for one in ec2.describe_snapshots()["Snapshots"]}
    assert not [text for text in made if "for AMI" in text]


@pytest.mark.parametrize(
    "kind, where", [("region", "us-west-2"), ("availability-zone", "us-west-2a"), ("availability-zone-id", "usw2-az1")]
)
def test_a_region_offers_the_instance_types_that_moto_knows(small, kind, where):
    offered = small.client("ec2", ACCOUNT).describe_instance_type_offerings(
        LocationType=kind, Filters=[{"Name": "instance-type", "Values": ["m5.large"]}]
    )["InstanceTypeOfferings"]
    assert {"InstanceType": "m5.large", "LocationType": kind, "Location": where} in offered


def test_a_launch_template_version_inherits_from_its_source(small):
    """EC2 API reference, CreateLaunchTemplateVersion: parameters not given come from SourceVersion."""
    ec2 = small.client("ec2", ACCOUNT)
    template = ec2.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.small", "ImageId": IMAGE}
    )["LaunchTemplate"]["LaunchTemplateId"]
    for source in ("1", "$Latest"):
        made = ec2.create_launch_template_version(
            LaunchTemplateId=template, SourceVersion=source, LaunchTemplateData={"InstanceType": "m5.large"}
        )["LaunchTemplateVersion"]["LaunchTemplateData"]
        assert (made["InstanceType"], made["ImageId"]) == ("m5.large", IMAGE)
    alone = ec2.create_launch_template_version(
        LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "c5.large"}
    )
    assert "ImageId" not in alone["LaunchTemplateVersion"]["LaunchTemplateData"]


def test_a_listing_from_the_cache_sees_every_change(small, instances):
    ec2 = small.client("ec2", ACCOUNT)
    a = instances[0]
    first = listed(ec2)
    assert listed(ec2) == first
    ec2.create_tags(Resources=[a], Tags=[{"Key": "colour", "Value": "red"}])
    assert {"Key": "colour", "Value": "red"} in listed(ec2, InstanceIds=[a])[0]["Tags"]
    ec2.create_tags(Resources=[a], Tags=[{"Key": "colour", "Value": "blue"}])
    assert {"Key": "colour", "Value": "blue"} in listed(ec2, InstanceIds=[a])[0]["Tags"]
    ec2.stop_instances(InstanceIds=[a])
    stopped = listed(ec2, InstanceIds=[a])[0]
    assert stopped["State"]["Name"] == "stopped"
    assert stopped["StateTransitionReason"].startswith("User initiated")
    ec2.modify_instance_attribute(InstanceId=a, InstanceType={"Value": "c5.xlarge"})
    assert listed(ec2, InstanceIds=[a])[0]["InstanceType"] == "c5.xlarge"
    volume = ec2.create_volume(Size=1, AvailabilityZone=stopped["Placement"]["AvailabilityZone"])["VolumeId"]
    ec2.attach_volume(InstanceId=a, VolumeId=volume, Device="/dev/sdx")
    assert "/dev/sdx" in [m["DeviceName"] for m in listed(ec2, InstanceIds=[a])[0]["BlockDeviceMappings"]]
    group = ec2.create_security_group(GroupName="g", Description="g")["GroupId"]
    ec2.modify_instance_attribute(InstanceId=a, Groups=[group])
    assert [g["GroupId"] for g in listed(ec2, InstanceIds=[a])[0]["SecurityGroups"]] == [group]
    ec2.start_instances(InstanceIds=[a])
    assert listed(ec2, InstanceIds=[a])[0]["State"]["Name"] == "running"


def test_filters_and_pages_of_the_listing_are_moto_s(small, instances):
    ec2 = small.client("ec2", ACCOUNT)
    a = instances[0]
    found = listed(ec2, Filters=[{"Name": "tag:Name", "Values": ["a"]}])
    assert [i["InstanceId"] for i in found] == [a]
    assert listed(ec2, Filters=[{"Name": "tag:Name", "Values": ["nobody"]}]) == []
    everything = {i["InstanceId"] for i in listed(ec2)}
    assert {i["InstanceId"] for i in listed(ec2, PaginationConfig={"PageSize": 5})} == everything
    with pytest.raises(ClientError, match="InvalidInstanceID.NotFound"):
        ec2.describe_instances(InstanceIds=["i-00000000000000000"])


def test_the_cached_listing_is_byte_for_byte_that_of_moto(monkeypatch):
    """In this process, without a server: the same reservations rendered by moto and by the quick way."""
    import drs_simulator

    drs_simulator.register()
    from moto import mock_aws
    from moto.core.request import Request
    from moto.ec2.models import ec2_backends
    from moto.ec2.models.amis import AmiBackend
    from moto.ec2.models.core import TaggedEC2Resource
    from moto.ec2.models.instances import InstanceBackend
    from moto.ec2.responses import EC2Response
    from moto.ec2.responses.instances import InstanceResponse

    def render() -> str:
        request = Request.from_primitives(
            "POST",
            "https://ec2.us-west-2.amazonaws.com/",
            {"Content-Type": "application/x-www-form-urlencoded", "x-moto-account-id": ACCOUNT},
            "Action=DescribeInstances&Version=2016-11-15",
        )
        _status, headers, body = EC2Response.dispatch(request, request.raw_url, request.headers)
        return str(body).replace(str(headers["x-amzn-requestid"]), "ID")

    serialised = []
    serialise = EC2Response.serialized

    def counted(self, result):
        serialised.append(len(result.result["Reservations"]))
        return serialise(self, result)

    monkeypatch.setattr(EC2Response, "serialized", counted)
    for owner, name in (
        (TaggedEC2Resource, "get_tags"),
        (InstanceResponse, "describe_instances"),
        (AmiBackend, "describe_images"),
        (InstanceBackend, "get_instance"),
    ):
        # moto's own way, whatever test of this process was first to use EC2; put back after the test.
        monkeypatch.setattr(owner, name, inspect.unwrap(getattr(owner, name)))
    with mock_aws():
        backend = ec2_backends[ACCOUNT]["us-west-2"]
        for number in range(3):
            backend.run_instances(
                IMAGE,
                1,
                None,
                [],
                is_instance_type_default=True,
                region_name="us-west-2",
                tags={"instance": {"Name": f"n & {number}", "x": "<y>"}},
            )
        plain = render()
        ec2_speed.apply()
        assert render() == plain, "cold"
        assert render() == plain, "from the cache"
        # moto: all three at once; cold: each and the frame; from the cache: the frame alone.
        assert serialised == [3, 1, 1, 1, 1, 1]


def test_errors_in_cbor_are_readable_by_botocore():
    """botocore speaks CBOR to services whose model lists it first; the errors of the simulator must parse there."""
    call = wire.Call("cloudwatch", "monitoring", "us-west-2", "hub", "cbor", "ListMetrics")
    answer = wire.trouble(call, "throttle", None)
    stream = io.BufferedReader(io.BytesIO(answer.body))
    assert RpcV2CBORParser().parse_data_item(stream) == {"__type": "Throttling", "message": "Rate exceeded"}


def test_launch_templates_come_in_pages_with_the_tags_of_now(small):
    """EC2 API reference: MaxResults up to 200 and a NextToken; moto stops after fifteen and keeps the first tags."""
    ec2 = small.client("ec2", ACCOUNT)
    made = [
        ec2.create_launch_template(LaunchTemplateName=f"page-{n:02}", LaunchTemplateData={"InstanceType": "m5.large"})
        for n in range(20)
    ]
    ids = [item["LaunchTemplate"]["LaunchTemplateId"] for item in made]
    pages = ec2.get_paginator("describe_launch_templates").paginate(PaginationConfig={"PageSize": 7})
    found = [item["LaunchTemplateId"] for page in pages for item in page["LaunchTemplates"]]
    assert set(ids) <= set(found)
    assert len(found) == len(set(found))
    ec2.create_tags(Resources=[ids[3]], Tags=[{"Key": "later", "Value": "yes"}])
    (shown,) = ec2.describe_launch_templates(LaunchTemplateIds=[ids[3]])["LaunchTemplates"]
    assert {"Key": "later", "Value": "yes"} in shown["Tags"]
    for n in range(16):
        data = {"InstanceType": f"m5.{n + 1}xlarge"}
        ec2.create_launch_template_version(LaunchTemplateId=ids[0], LaunchTemplateData=data)
    assert len(ec2.describe_launch_template_versions(LaunchTemplateId=ids[0])["LaunchTemplateVersions"]) == 17
    with pytest.raises(ClientError, match="InvalidLaunchTemplateId.NotFound"):
        ec2.describe_launch_templates(LaunchTemplateIds=["lt-00000000000000000"])


def test_the_default_key_of_ebs_is_read_chosen_and_given_up(small):
    """EC2 API reference, GetEbsDefaultKmsKeyId: ``alias/aws/ebs`` until a key is chosen; ResetEbsDefaultKmsKeyId."""
    ec2, kms = small.client("ec2", ACCOUNT), small.client("kms", ACCOUNT)
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    key = kms.create_key()["KeyMetadata"]["Arn"]
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key
    assert small.client("ec2", ACCOUNT, "us-east-1").get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"


def test_a_batch_of_deletions_tells_of_failures_only_when_there_are_some(small):
    """backstage/backstage issue 22026: AWS leaves an empty list out, and clients look whether it is there."""
    sqs = small.client("sqs", ACCOUNT)
    url = sqs.create_queue(QueueName="batches")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    good = {"Id": "good", "ReceiptHandle": message["ReceiptHandle"]}
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=[good])
    assert deleted["Successful"] == [{"Id": "good"}]
    assert "Failed" not in deleted
    refused = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "bad", "ReceiptHandle": "unknown"}])
    assert [one["Code"] for one in refused["Failed"]] == ["ReceiptHandleIsInvalid"]
    assert "Successful" not in refused
