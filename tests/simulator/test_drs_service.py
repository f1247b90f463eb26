"""Test the DRS service as a whole: validation, errors, headers, tags, templates, extensions, speed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from drs_simulator.iam import staging_roles
from support.drs_cell import ACCOUNT, REGION, STAGING, Cell, advance, client, fresh, ledger, refused, settings, world

SERVER, INSTANCE, JOB = "s-" + "0" * 17, "i-" + "0" * 17, "drsjob-" + "0" * 17
RULES = [
    {"units": "MINUTE", "interval": 10, "retentionDuration": 60},
    {"units": "HOUR", "interval": 1, "retentionDuration": 24},
    {"units": "DAY", "interval": 1, "retentionDuration": 7},
]
TEMPLATE: dict[str, Any] = {
    "stagingAreaSubnetId": "subnet-0123456789abcdef0",
    "replicationServersSecurityGroupsIDs": ["sg-0123456789abcdef0"],
    "ebsEncryption": "DEFAULT",
    "bandwidthThrottling": 0,
    "stagingAreaTags": {},
    "pitPolicy": RULES,
}

CALLS: dict[str, dict[str, Any]] = {
    "describe_source_servers": {},
    "describe_recovery_instances": {},
    "describe_recovery_snapshots": {"sourceServerID": SERVER},
    "describe_jobs": {},
    "describe_job_log_items": {"jobID": JOB},
    "delete_job": {"jobID": JOB},
    "start_recovery": {"sourceServers": [{"sourceServerID": SERVER}]},
    "terminate_recovery_instances": {"recoveryInstanceIDs": [INSTANCE]},
    "disconnect_recovery_instance": {"recoveryInstanceID": INSTANCE},
    "delete_recovery_instance": {"recoveryInstanceID": INSTANCE},
    "disconnect_source_server": {"sourceServerID": SERVER},
    "delete_source_server": {"sourceServerID": SERVER},
    "stop_replication": {"sourceServerID": SERVER},
    "start_replication": {"sourceServerID": SERVER},
    "get_launch_configuration": {"sourceServerID": SERVER},
    "update_launch_configuration": {"sourceServerID": SERVER},
    "get_replication_configuration": {"sourceServerID": SERVER},
    "update_replication_configuration": {"sourceServerID": SERVER},
    "create_replication_configuration_template": TEMPLATE,
    "describe_replication_configuration_templates": {},
    "update_replication_configuration_template": {"replicationConfigurationTemplateID": "rct-" + "0" * 17},
    "delete_replication_configuration_template": {"replicationConfigurationTemplateID": "rct-" + "0" * 17},
    "create_launch_configuration_template": {},
    "describe_launch_configuration_templates": {},
    "update_launch_configuration_template": {"launchConfigurationTemplateID": "lct-" + "0" * 17},
    "delete_launch_configuration_template": {"launchConfigurationTemplateID": "lct-" + "0" * 17},
    "list_extensible_source_servers": {"stagingAccountID": STAGING},
    "create_extended_source_server": {"sourceServerArn": f"arn:aws:drs:{REGION}:{STAGING}:source-server/{SERVER}"},
    "list_staging_accounts": {},
}


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


@pytest.mark.parametrize("name", CALLS)
def test_uninitialised_account(cell: Cell, name: str) -> None:
    """UG:getting-started-initializing: UninitializedAccountException (400) from every call."""
    other = Cell(region="eu-west-1", initialize=False)
    error = refused(getattr(other.drs, name), **CALLS[name])
    assert (error["code"], error["status"]) == ("UninitializedAccountException", 400)


def test_initialise(cell: Cell) -> None:
    """BM InitializeService: 204, may be called again; per account and per Region."""
    other = Cell(region="eu-west-1", initialize=False)
    for _time in range(2):
        assert other.drs.initialize_service()["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert other.drs.describe_jobs()["items"] == []
    assert Cell(STAGING, "eu-west-1", initialize=False).backend.initialized is False


def test_error_form(cell: Cell) -> None:
    """BM: JSON body with message, code and the modelled members; x-amzn-errortype names the shape."""
    error = refused(cell.drs.stop_replication, sourceServerID=SERVER)
    assert error["headers"]["x-amzn-errortype"] == "ResourceNotFoundException"
    assert error["headers"]["content-type"] == "application/json"
    assert (error["status"], error["resourceId"], error["resourceType"]) == (404, SERVER, "SourceServer")
    with pytest.raises(cell.drs.exceptions.ResourceNotFoundException):
        cell.drs.stop_replication(sourceServerID=SERVER)


@pytest.mark.parametrize(
    ("name", "params", "field"),
    [
        ("stop_replication", {"sourceServerID": "s-abc123"}, "sourceServerID"),
        ("stop_replication", {"sourceServerID": "i-" + "0" * 17}, "sourceServerID"),
        ("describe_jobs", {"filters": {"jobIDs": ["drsjob-111-abc"]}}, "filters.jobIDs.1.member"),
        ("describe_jobs", {"filters": {"fromDate": "yesterday please ok"}}, "filters.fromDate"),
        ("start_recovery", {"sourceServers": [{"sourceServerID": "web-01"}]}, "sourceServers.1.member.sourceServerID"),
        ("describe_recovery_instances", {"filters": {"recoveryInstanceIDs": ["ri-1"]}}, "filters.recoveryInstanceIDs"),
        ("update_launch_configuration", {"sourceServerID": SERVER, "launchDisposition": "ON"}, "launchDisposition"),
        ("list_extensible_source_servers", {"stagingAccountID": "12345"}, "stagingAccountID"),
        ("list_staging_accounts", {"maxResults": 51}, "maxResults"),
    ],
)
def test_modelled_input_is_enforced(cell: Cell, name: str, params: dict[str, Any], field: str) -> None:
    """BM: patterns, enums and bounds, which botocore's client does not check; reason fieldValidationFailed."""
    error = refused(getattr(cell.drs, name), **params)
    assert (error["code"], error["reason"]) == ("ValidationException", "fieldValidationFailed")
    assert any(item["name"].startswith(field) for item in error["fieldList"])


def test_malformed_body() -> None:
    """BM ValidationExceptionReason cannotParse, and required members also for callers other than boto3."""
    from moto.core.request import Request
    from moto.drs.responses import DrsResponse
    from werkzeug.test import EnvironBuilder

    with fresh():

        def call(body: str) -> dict[str, Any]:
            builder = EnvironBuilder("/StartRecovery", f"https://drs.{REGION}.amazonaws.com", method="POST", data=body)
            environ = {**builder.get_environ(), "HTTP_X_MOTO_ACCOUNT_ID": ACCOUNT}
            request = Request(environ)
            _status, _headers, text = DrsResponse.dispatch(request, request.url, request.headers)
            return dict(json.loads(text))

        assert call("{nonsense")["reason"] == "cannotParse"
        assert call("[]")["reason"] == "cannotParse"
        assert call("{}")["fieldList"][0]["name"] == "sourceServers"


def test_unknown_region() -> None:
    """There is no DRS in every Region: a clear error, not a server error that clients retry."""
    with fresh():
        error = refused(client("drs", ACCOUNT, "us-nowhere-9").describe_jobs)
        assert (error["code"], error["status"]) == ("UnrecognizedClientException", 400)


def test_answers_carry_the_virtual_time(cell: Cell) -> None:
    """The HTTP Date header, as AWS carries the real time."""
    advance(10 * 86400)
    headers = cell.drs.describe_jobs()["ResponseMetadata"]["HTTPHeaders"]
    assert abs((parsedate_to_datetime(headers["date"]) - world.clock.now()).total_seconds()) < 2


def test_tags(cell: Cell) -> None:
    """BM ListTagsForResource, TagResource, UntagResource on servers, jobs, recovery instances and templates."""
    server = cell.seed(tags={"Name": "web"})
    job = cell.launch(server, tags={"run": "1"})
    template = cell.drs.create_replication_configuration_template(**TEMPLATE, tags={"t": "1"})
    arns = [cell.server(server)["arn"], job["arn"], cell.instances()[0]["arn"], template["arn"]]
    for arn in arns:
        before = cell.drs.list_tags_for_resource(resourceArn=arn)["tags"]
        cell.drs.tag_resource(resourceArn=arn, tags={"dr:wave": "2", "a/b": "x y"})
        assert cell.drs.list_tags_for_resource(resourceArn=arn)["tags"] == {**before, "dr:wave": "2", "a/b": "x y"}
        cell.drs.untag_resource(resourceArn=arn, tagKeys=["dr:wave", "a/b"])
        assert cell.drs.list_tags_for_resource(resourceArn=arn)["tags"] == before
    assert cell.server(server)["tags"] == {"Name": "web"}
    assert cell.job(job["jobID"])["tags"] == {"run": "1"}
    missing = arns[0][:-3] + "000"
    assert refused(cell.drs.list_tags_for_resource, resourceArn=missing)["code"] == "ResourceNotFoundException"


def test_launch_configuration(cell: Cell) -> None:
    """UG:ec2-launch: one EC2 launch template per source server; its default version decides at launch."""
    server = cell.seed()
    found = cell.drs.get_launch_configuration(sourceServerID=server)
    assert (found["launchDisposition"], found["targetInstanceTypeRightSizingMethod"]) == ("STARTED", "BASIC")
    template = found["ec2LaunchTemplateID"]
    assert cell.drs.get_launch_configuration(sourceServerID=server)["ec2LaunchTemplateID"] == template
    subnet = sorted(item["SubnetId"] for item in cell.ec2.describe_subnets()["Subnets"])[-1]
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet}]}
    cell.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    cell.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    cell.launch(server)
    instance = cell.instances(server)[0]["ec2InstanceID"]
    shown = cell.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert shown["SubnetId"] == subnet


def _subnet(cell: Cell) -> tuple[str, ipaddress.IPv4Network]:
    """A subnet, and its range."""
    found = sorted((one["SubnetId"], one["CidrBlock"]) for one in cell.ec2.describe_subnets()["Subnets"])[0]
    return found[0], ipaddress.IPv4Network(found[1])


def _template(cell: Cell, server: str, **data: Any) -> dict[str, Any]:
    """Make a default version of the server's launch template; a subnet to work with."""
    template = cell.drs.get_launch_configuration(sourceServerID=server)["ec2LaunchTemplateID"]
    made = cell.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    number = str(made["LaunchTemplateVersion"]["VersionNumber"])
    cell.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=number)
    return dict(made["LaunchTemplateVersion"]["LaunchTemplateData"])


def test_the_launch_template_gives_address_group_type_and_public_address(cell: Cell) -> None:
    """UG:ec2-launch, and UG:launch-general-settings: without right sizing the type is the template's."""
    subnet, network = _subnet(cell)
    address = str(network[77])
    group = cell.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    card = {"DeviceIndex": 0, "SubnetId": subnet, "PrivateIpAddress": address, "Groups": [group]}
    server = cell.seed()
    _template(cell, server, InstanceType="r6i.large", NetworkInterfaces=[{**card, "AssociatePublicIpAddress": True}])
    for sizing, kind in (("BASIC", "m5.large"), ("IN_AWS", "m5.large"), ("NONE", "r6i.large")):
        cell.drs.update_launch_configuration(sourceServerID=server, targetInstanceTypeRightSizingMethod=sizing)
        cell.launch(server)
        instance = cell.instances(server)[0]["ec2InstanceID"]
        (found,) = cell.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
        assert (found["SubnetId"], found["PrivateIpAddress"], found["InstanceType"]) == (subnet, address, kind)
        assert [one["GroupId"] for one in found["SecurityGroups"]] == [group]
        assert found["PublicIpAddress"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-100, "does not fall within the subnet's address range"),
        (3, "reserved address range"),
        (4095, "reserved address range"),
        (50, "InvalidIPAddress.InUse"),
    ],
)
def test_an_address_that_ec2_refuses_fails_the_launch(cell: Cell, number: int, text: str) -> None:
    """EC2 error codes; VPC user guide, subnet CIDR blocks: the first four addresses and the last are reserved."""
    subnet, network = _subnet(cell)
    cell.ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress=str(network[50]))
    server, address = cell.seed(), str(network.network_address + number)
    _template(cell, server, NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet, "PrivateIpAddress": address}])
    job = cell.launch(server)
    assert job["participatingServers"][0]["launchStatus"] == "FAILED"
    (failure,) = [item["eventData"] for item in cell.log(job["jobID"]) if item["event"] == "LAUNCH_FAILED"]
    assert text in failure["rawError"] and address in failure["rawError"]


def test_copy_tags_off(cell: Cell) -> None:
    """BM LaunchConfiguration.copyTags."""
    server = cell.seed(tags={"secret-of": "production"})
    cell.drs.update_launch_configuration(sourceServerID=server, copyTags=False)
    cell.launch(server)
    instance = cell.instances(server)[0]["ec2InstanceID"]
    shown = cell.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert "secret-of" not in {tag["Key"] for tag in shown["Tags"]}


def test_launch_into_needs_the_copies_off(cell: Cell) -> None:
    """UG: launching into an existing instance needs copyTags and copyPrivateIp off."""
    server = cell.seed()
    into = {"launchIntoEC2InstanceID": INSTANCE}
    call = cell.drs.update_launch_configuration
    assert refused(call, sourceServerID=server, launchIntoInstanceProperties=into)["code"] == "ValidationException"
    answer = call(sourceServerID=server, launchIntoInstanceProperties=into, copyTags=False)
    assert answer["launchIntoInstanceProperties"] == into


def test_launch_configuration_template(cell: Cell) -> None:
    """GR L-1F3FAE4D: one per account; new servers take their settings from it."""
    template = cell.drs.create_launch_configuration_template(launchDisposition="STOPPED", copyTags=False)
    identifier = template["launchConfigurationTemplate"]["launchConfigurationTemplateID"]
    error = refused(cell.drs.create_launch_configuration_template)
    assert (error["code"], error["quotaCode"]) == ("ServiceQuotaExceededException", "L-1F3FAE4D")
    found = cell.drs.get_launch_configuration(sourceServerID=cell.seed())
    assert (found["launchDisposition"], found["copyTags"]) == ("STOPPED", False)
    cell.drs.update_launch_configuration_template(launchConfigurationTemplateID=identifier, recoveryMode="FAST")
    (shown,) = cell.drs.describe_launch_configuration_templates()["items"]
    assert shown["recoveryMode"] == "FAST"
    answer = cell.drs.delete_launch_configuration_template(launchConfigurationTemplateID=identifier)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert cell.drs.describe_launch_configuration_templates()["items"] == []


def test_replication_configuration_template(cell: Cell) -> None:
    """BM: 201 on create, Describe with ids, Update needs the id, 204 on delete."""
    made = cell.drs.create_replication_configuration_template(**TEMPLATE)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    identifier = made["replicationConfigurationTemplateID"]
    (shown,) = cell.drs.describe_replication_configuration_templates(replicationConfigurationTemplateIDs=[identifier])[
        "items"
    ]
    assert shown["stagingAreaSubnetId"] == TEMPLATE["stagingAreaSubnetId"]
    cell.drs.update_replication_configuration_template(
        replicationConfigurationTemplateID=identifier, bandwidthThrottling=100
    )
    assert cell.drs.get_replication_configuration(sourceServerID=cell.seed())["bandwidthThrottling"] == 100
    cell.drs.delete_replication_configuration_template(replicationConfigurationTemplateID=identifier)
    call = cell.drs.describe_replication_configuration_templates
    error = refused(call, replicationConfigurationTemplateIDs=[identifier])
    assert error["code"] == "ResourceNotFoundException"


def test_extension(cell: Cell) -> None:
    """UG:multi-account: the target account asks; the copy is a server of the target, replication stays in staging."""
    staging = Cell(STAGING)
    original = staging.seed("db", tags={"a": "b"}, origin_account="333333333333", origin_region="us-east-1")
    (item,) = cell.drs.list_extensible_source_servers(stagingAccountID=STAGING)["items"]
    assert (item["hostname"], item["tags"]) == ("db", {"a": "b"})
    answer = cell.drs.create_extended_source_server(sourceServerArn=item["arn"], tags={"dr:wave": "1"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    made = answer["sourceServer"]
    assert made["sourceServerID"] != original
    assert f":{ACCOUNT}:" in made["arn"]
    area = {"status": "EXTENDED", "stagingAccountID": STAGING, "stagingSourceServerArn": item["arn"]}
    assert made["stagingArea"] == area
    assert made["tags"] == {"dr:wave": "1"}
    assert cell.drs.list_extensible_source_servers(stagingAccountID=STAGING)["items"] == []
    assert cell.drs.list_staging_accounts()["accounts"] == [{"accountID": STAGING}]
    filtered = cell.drs.describe_source_servers(filters={"stagingAccountIDs": [STAGING]})["items"]
    assert [server["sourceServerID"] for server in filtered] == [made["sourceServerID"]]
    points = [{**p, "sourceServerID": original} for p in cell.points(made["sourceServerID"])]
    assert points == staging.points(original)
    staging.backend.set_server(original, state="STALLED")
    assert cell.state(made["sourceServerID"]) == "STALLED"


def test_extended_server_is_recovered_in_the_target(cell: Cell) -> None:
    """UG:multi-account: recovery of the copy launches in the target account; the original is not busy."""
    staging = Cell(STAGING)
    original = staging.seed("db")
    arn = staging.server(original)["arn"]
    copy = cell.drs.create_extended_source_server(sourceServerArn=arn)["sourceServer"]["sourceServerID"]
    cell.launch(copy)
    (made,) = cell.instances(copy)
    assert cell.instance_state(made["ec2InstanceID"]) == "running"
    assert staging.instances() == []
    assert ledger("launched")[0]["account"] == ACCOUNT


def test_second_extension_by_setting(cell: Cell) -> None:
    """Not documented (a setting): the error of a second CreateExtendedSourceServer."""
    staging = Cell(STAGING)
    arn = staging.server(staging.seed())["arn"]
    cell.drs.create_extended_source_server(sourceServerArn=arn)
    assert refused(cell.drs.create_extended_source_server, sourceServerArn=arn)["code"] == "ValidationException"
    settings.configure({"already_extended_error": "ConflictException"})
    assert refused(cell.drs.create_extended_source_server, sourceServerArn=arn)["code"] == "ConflictException"


def test_extension_of_a_missing_server(cell: Cell) -> None:
    """BM: ResourceNotFoundException."""
    arn = f"arn:aws:drs:{REGION}:{STAGING}:source-server/{SERVER}"
    assert refused(cell.drs.create_extended_source_server, sourceServerArn=arn)["code"] == "ResourceNotFoundException"


def test_extension_error_when_the_original_goes(cell: Cell) -> None:
    """BM StagingArea.status EXTENSION_ERROR: the staging server was deleted; a recovery is then refused."""
    staging = Cell(STAGING)
    original = staging.seed()
    arn = staging.server(original)["arn"]
    copy = cell.drs.create_extended_source_server(sourceServerArn=arn)["sourceServer"]["sourceServerID"]
    staging.drs.disconnect_source_server(sourceServerID=original)
    staging.drs.delete_source_server(sourceServerID=original)
    area = cell.server(copy)["stagingArea"]
    assert area["status"] == "EXTENSION_ERROR"
    assert area["errorMessage"]
    call = cell.drs.start_recovery
    assert refused(call, sourceServers=[{"sourceServerID": copy}])["code"] == "ValidationException"


def test_what_an_extended_server_may_not(cell: Cell) -> None:
    """UG:multi-account: replication is managed in the staging account; delete is possible at any time."""
    staging = Cell(STAGING)
    arn = staging.server(staging.seed())["arn"]
    copy = cell.drs.create_extended_source_server(sourceServerArn=arn)["sourceServer"]["sourceServerID"]
    for call in (cell.drs.stop_replication, cell.drs.start_replication, cell.drs.disconnect_source_server):
        assert refused(call, sourceServerID=copy)["code"] == "ConflictException"
    call = cell.drs.update_replication_configuration
    assert refused(call, sourceServerID=copy, bandwidthThrottling=1)["code"] == "ValidationException"
    cell.drs.delete_source_server(sourceServerID=copy)
    assert len(cell.drs.list_extensible_source_servers(stagingAccountID=STAGING)["items"]) == 1
    cell.drs.create_extended_source_server(sourceServerArn=arn)


def test_total_server_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """GR L-E28BE5E0: total source servers, extended ones included."""
    monkeypatch.setattr(staging_roles, "problem", lambda *_names: None)
    scenario = {"accounts": [{"id": ACCOUNT, "name": "target", "regions": [REGION], "quotas": {"source_servers": 1}}]}
    with fresh(scenario) as cell:
        staging = Cell(STAGING)
        arns = [staging.server(server)["arn"] for server in staging.seeds(2)]
        cell.drs.create_extended_source_server(sourceServerArn=arns[0])
        error = refused(cell.drs.create_extended_source_server, sourceServerArn=arns[1])
        assert (error["code"], error["status"], error["quotaCode"]) == (
            "ServiceQuotaExceededException",
            402,
            "L-E28BE5E0",
        )


def test_settings_are_checked() -> None:
    """A misspelt setting is told, and nothing is changed."""
    for bad in ({"page_siz": 1}, {"job_log_order": "RANDOM"}):
        with pytest.raises(ValueError, match="known:|must be one of"):
            settings.configure({"page_size": 7, **bad})
    assert settings.SETTINGS["page_size"] == 200


def test_job_log_order_by_setting(cell: Cell) -> None:
    """Not documented (a setting): whether the log comes oldest or newest first."""
    job = cell.launch(cell.seed())["jobID"]
    before = cell.events(job)
    settings.configure({"job_log_order": "DESC"})
    assert cell.events(job) == before[::-1]


def test_newer_members_are_optional(cell: Cell) -> None:
    """Members that older botocore versions lack are only ever additions; unknown input members are ignored."""
    from moto.drs import validation
    from moto.drs.responses import service_model

    shape = service_model().operation_model("StartRecovery").input_shape
    assert not list(validation.problems(shape, {"sourceServers": [{"sourceServerID": SERVER}], "newer": 1}))


def test_thousands_of_servers_are_listed_whole_and_a_hundred_make_one_job(cell: Cell) -> None:
    servers = cell.seeds(3000)
    pages = [page["items"] for page in cell.drs.get_paginator("describe_source_servers").paginate()]
    assert {one["sourceServerID"] for items in pages for one in items} == set(servers)
    assert sum(len(items) for items in pages) == 3000
    cell.start(*servers[:100])
    assert [len(job["participatingServers"]) for job in cell.drs.describe_jobs()["items"]] == [100]
