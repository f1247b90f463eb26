"""Test enforced IAM: permissions of roles, forward access sessions of DRS, format of refusals."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.simulator import Simulator, SimulatorError

ACCOUNT, HUB, REGION = "111111111111", "999999999999", "us-west-2"
WORLD: dict[str, Any] = {
    "iam": {"enforce": True},
    "accounts": [
        {
            "id": ACCOUNT,
            "regions": [REGION],
            "roles": [{"name": "operator", "policies": []}, {"name": "admin"}],
            "access_key_id": "own",
        }
    ],
    "fleets": [{"account": ACCOUNT, "count": 2, "name": "web-{n}", "servers": {"web-1": {"tags": {"dr:wave": "1"}}}}],
    "jobs": {"total": 60},
}
CONSOLE = "arn:aws:iam::aws:policy/AWSElasticDisasterRecoveryConsoleFullAccess_v2"


@pytest.fixture(scope="module")
def sim(module_simulator: Any) -> Simulator:
    return module_simulator(WORLD)


@pytest.fixture
def iam(sim: Simulator) -> Iterator[Any]:
    """IAM by the account's own keys, which nothing is held against; the operator has no policies afterwards."""
    made = _own(sim, "iam")
    yield made
    for name in made.list_role_policies(RoleName="operator")["PolicyNames"]:
        made.delete_role_policy(RoleName="operator", PolicyName=name)
    for policy in made.list_attached_role_policies(RoleName="operator")["AttachedPolicies"]:
        made.detach_role_policy(RoleName="operator", PolicyArn=policy["PolicyArn"])
    assert sim.health()["internal_errors"] == 0, sim.log()


def _own(sim: Simulator, service: str) -> Any:
    import boto3

    keys = {"aws_access_key_id": "own", "aws_secret_access_key": "any"}
    return boto3.client(service, REGION, endpoint_url=sim.url, **keys)


def allow(iam: Any, *actions: str, name: str = "own", effect: str = "Allow", resource: Any = "*", **more: Any) -> None:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **more}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="operator", PolicyName=name, PolicyDocument=document)


def refusal(call: Any, **params: Any) -> tuple[str, int, str]:
    """Code, status and message of a refused call."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "action"),
    [
        ("drs", "describe_jobs", {}, ("AccessDeniedException", 403), "drs:DescribeJobs"),
        ("ec2", "describe_instances", {}, ("UnauthorizedOperation", 403), "ec2:DescribeInstances"),
        ("iam", "list_roles", {}, ("AccessDenied", 403), "iam:ListRoles"),
        ("ssm", "describe_instance_information", {}, ("AccessDeniedException", 400), "ssm:DescribeInstanceInformation"),
        ("sns", "list_topics", {}, ("AuthorizationError", 403), "sns:ListTopics"),
        ("service-quotas", "list_service_quotas", {"ServiceCode": "drs"}, ("AccessDeniedException", 400), None),
        ("kms", "list_keys", {}, ("AccessDeniedException", 400), "kms:ListKeys"),
        ("cloudformation", "list_stacks", {}, ("AccessDenied", 403), "cloudformation:ListStacks"),
    ],
)
def test_nothing_is_allowed_by_itself(
    sim: Simulator, iam: Any, service: str, operation: str, params: Any, code: Any, action: str | None
) -> None:
    """Each service says it in its own words, and names the action; the journal has it as well."""
    action = action or "servicequotas:ListServiceQuotas"
    client, mark = sim.client(service, ACCOUNT), sim.mark()
    found = refusal(getattr(client, operation), **params)
    assert found[:2] == code
    assert f"not authorized to perform: {action} on resource" in found[2]
    assert "no identity-based policy allows" in found[2]
    (entry,) = sim.journal(mark)
    assert (entry["iam_action"], entry["error"]) == (action, code[0])
    assert entry["denied"] == {"action": action, "resource": "*", "explicit": False}
    allow(iam, action)
    getattr(client, operation)(**params)


def test_who_is_not_asked(sim: Simulator, iam: Any) -> None:
    """The keys that a scenario hands out are its administrators'; everybody may ask who he is."""
    assert _own(sim, "drs").describe_jobs()["items"] == []
    assert "operator" in sim.client("sts", ACCOUNT).get_caller_identity()["Arn"]


def test_a_role_without_policies_in_the_scenario_may_do_everything(sim: Simulator) -> None:
    """``policies`` of a role: none written means everything, an empty list means nothing."""
    keys = sim.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/admin", RoleSessionName="test")
    import boto3

    found = keys["Credentials"]
    drs = boto3.client(
        "drs",
        REGION,
        endpoint_url=sim.url,
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )
    assert len(drs.describe_source_servers()["items"]) == 2


def test_an_explicit_deny(sim: Simulator, iam: Any) -> None:
    """IAM User Guide: an explicit deny is told apart from a missing allow, and beats it."""
    allow(iam, "drs:*")
    allow(iam, "drs:DeleteJob", name="deny", effect="Deny")
    drs, mark = sim.client("drs", ACCOUNT), sim.mark()
    found = refusal(drs.delete_job, jobID="drsjob-00000000000000000")
    assert found[0] == "AccessDeniedException"
    assert "with an explicit deny" in found[2]
    assert sim.journal(mark)[0]["denied"]["explicit"] is True


def test_resources_and_their_tags(sim: Simulator, iam: Any) -> None:
    """aws:ResourceTag of DRS: each server of a call is asked for; one that may not be touched refuses the call."""
    _read(sim, iam)
    condition = {"StringEquals": {"aws:ResourceTag/dr:wave": "1"}}
    allow(iam, "drs:StopReplication", "drs:TagResource", name="wave", Condition=condition)
    one, two = (item["sourceServerID"] for item in sim.client("drs", ACCOUNT).describe_source_servers()["items"])
    drs = sim.client("drs", ACCOUNT)
    found = refusal(drs.stop_replication, sourceServerID=two)
    assert f"source-server/{two}" in found[2]
    drs.stop_replication(sourceServerID=one)
    arn = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{two}"
    assert refusal(drs.tag_resource, resourceArn=arn, tags={"dr:wave": "1"})[0] == "AccessDeniedException"


def _read(sim: Simulator, iam: Any) -> None:
    allow(iam, "drs:Describe*", name="read")


def test_request_tags(sim: Simulator, iam: Any) -> None:
    """aws:RequestTag and aws:TagKeys: what a call brings."""
    _read(sim, iam)
    condition = {"ForAllValues:StringLike": {"aws:TagKeys": "dr:*"}, "StringLike": {"aws:RequestTag/dr:role": "*"}}
    allow(iam, "drs:TagResource", name="tags", Condition=condition)
    drs = sim.client("drs", ACCOUNT)
    arn = drs.describe_source_servers()["items"][1]["arn"]
    drs.tag_resource(resourceArn=arn, tags={"dr:role": "db"})
    for tags in ({"Name": "x", "dr:role": "db"}, {"dr:tier": "1"}):
        assert refusal(drs.tag_resource, resourceArn=arn, tags=tags)[0] == "AccessDeniedException"


def _start(sim: Simulator) -> Any:
    drs = sim.client("drs", ACCOUNT)
    server = drs.describe_source_servers()["items"][1]["sourceServerID"]
    return drs.start_recovery(isDrill=True, sourceServers=[{"sourceServerID": server}])["job"]


def test_what_drs_does_for_its_caller(sim: Simulator, iam: Any) -> None:
    """SAR, dependent actions of StartRecovery: checked with the caller's permissions, and journalled apart."""
    allow(iam, "drs:*")
    mark = sim.mark()
    with pytest.raises(ClientError, match="ec2:DescribeAccountAttributes"):
        _start(sim)
    assert sim.ledger("launched") == []
    calls = sim.journal(mark)
    assert [entry["iam_action"] for entry in calls] == ["drs:DescribeSourceServers", "drs:StartRecovery"]
    found = sim.journal(mark, dependent=True)
    assert {entry["of"] for entry in found} == {calls[1]["seq"]}
    assert all(entry["dependent"] for entry in found)
    needed = {entry["iam_action"] for entry in found if entry["error"] == "AccessDenied"}
    assert {"ec2:RunInstances", "iam:PassRole", "ec2:CreateTags"} <= needed
    assert "drs:CreateRecoveryInstanceForDrs" in {entry["iam_action"] for entry in found} - needed


def test_the_managed_policy_is_enough(sim: Simulator, iam: Any) -> None:
    """MP AWSElasticDisasterRecoveryConsoleFullAccess_v2 lets a person drill, clean up and change settings."""
    iam.attach_role_policy(RoleName="operator", PolicyArn=CONSOLE)
    drs = sim.client("drs", ACCOUNT)
    mark = sim.mark()
    job = _start(sim)
    sim.clock.advance(600)
    (instance,) = drs.describe_recovery_instances(filters={"sourceServerIDs": [_server(job)]})["items"]
    drs.update_launch_configuration(sourceServerID=_server(job), copyTags=False)
    drs.terminate_recovery_instances(recoveryInstanceIDs=[instance["recoveryInstanceID"]])
    sim.clock.advance(600)
    assert [entry["denied"] for entry in sim.journal(mark, dependent=True) if entry["denied"]] == []
    # The same actions without a service in between are not for the caller.
    ec2 = sim.client("ec2", ACCOUNT)
    assert refusal(ec2.terminate_instances, InstanceIds=[instance["ec2InstanceID"]])[0] == "UnauthorizedOperation"


def _server(job: dict[str, Any]) -> str:
    return str(job["participatingServers"][0]["sourceServerID"])


def test_templates_may_need_a_key(sim: Simulator, iam: Any) -> None:
    """SAR CreateReplicationConfigurationTemplate: ec2 always, kms and drs:TagResource with a key and tags."""
    allow(iam, "*")
    drs, mark = sim.client("drs", ACCOUNT), sim.mark()
    rules = [("MINUTE", 10, 60), ("HOUR", 1, 24), ("DAY", 1, 7)]
    template = {
        "stagingAreaSubnetId": "subnet-0123456789abcdef0",
        "associateDefaultSecurityGroup": True,
        "replicationServersSecurityGroupsIDs": [],
        "replicationServerInstanceType": "t3.small",
        "useDedicatedReplicationServer": False,
        "defaultLargeStagingDiskType": "GP3",
        "bandwidthThrottling": 0,
        "dataPlaneRouting": "PRIVATE_IP",
        "createPublicIP": False,
        "stagingAreaTags": {},
        "pitPolicy": [{"units": u, "interval": i, "retentionDuration": r} for u, i, r in rules],
    }
    drs.create_replication_configuration_template(ebsEncryption="NONE", **template)
    plain = {entry["iam_action"] for entry in sim.journal(mark, dependent=True)}
    assert {"ec2:CreateSecurityGroup", "ec2:DescribeSubnets"} <= plain
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/one"
    more = {"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": key, "tags": {"a": "b"}}
    drs.create_replication_configuration_template(**template, **more)
    found = {entry["iam_action"] for entry in sim.journal(mark, dependent=True)}
    assert found - plain == {"kms:DescribeKey", "kms:CreateGrant", "drs:TagResource"}


def test_documents_and_instances_of_a_command(sim: Simulator, iam: Any) -> None:
    """SAR ssm:SendCommand: the document (those of AWS name no account) and each instance, with its tags."""
    allow(iam, "ssm:SendCommand", resource=f"arn:aws:ssm:{REGION}::document/AWS-RunPowerShellScript")
    condition = {"StringEquals": {"ssm:resourceTag/dr:enabled": "true"}}
    instances = f"arn:aws:ec2:*:{ACCOUNT}:instance/*"
    allow(iam, "ssm:SendCommand", name="instances", resource=instances, Condition=condition)
    ec2, ssm = _own(sim, "ec2"), sim.client("ssm", ACCOUNT)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "dr:enabled", "Value": "true"}]}]
    (good,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, TagSpecifications=tags)["Instances"]
    (bad,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"]
    arguments = {"DocumentName": "AWS-RunPowerShellScript", "Parameters": {"commands": ["true"]}}
    ssm.send_command(InstanceIds=[good["InstanceId"]], **arguments)
    found = refusal(ssm.send_command, InstanceIds=[good["InstanceId"], bad["InstanceId"]], **arguments)
    assert f"instance/{bad['InstanceId']}" in found[2]
    arguments["DocumentName"] = "AWS-RunShellScript"
    assert "document/AWS-RunShellScript" in refusal(ssm.send_command, InstanceIds=[], **arguments)[2]


def test_assuming_a_role_from_a_role(sim: Simulator, iam: Any) -> None:
    """IAM User Guide, cross-account access: the role's trust and the caller's own policy must both allow."""
    trust: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/operator"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "one"}},
        },
    }
    iam.create_role(RoleName="next", Path="/dr/", AssumeRolePolicyDocument=json.dumps(trust))
    arn = f"arn:aws:iam::{ACCOUNT}:role/dr/next"
    sts = sim.client("sts", ACCOUNT)
    wanted = {"RoleArn": arn, "RoleSessionName": "test", "ExternalId": "one"}
    assert refusal(sts.assume_role, **wanted)[0] == "AccessDenied"
    allow(iam, "sts:AssumeRole", resource=arn)
    assert sts.assume_role(**wanted)["AssumedRoleUser"]["Arn"].endswith("assumed-role/next/test")
    assert refusal(sts.assume_role, **{**wanted, "ExternalId": "two"})[0] == "AccessDenied"
    # A source identity needs sts:SetSourceIdentity on both sides.
    allow(iam, "sts:AssumeRole", "sts:SetSourceIdentity", resource=arn)
    assert refusal(sts.assume_role, **wanted, SourceIdentity="me")[0] == "AccessDenied"
    trust["Statement"]["Action"] = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    iam.update_assume_role_policy(RoleName="next", PolicyDocument=json.dumps(trust))
    assert sts.assume_role(**wanted, SourceIdentity="me")["SourceIdentity"] == "me"


def test_a_boundary_limits_a_role(sim: Simulator, iam: Any) -> None:
    """IAM User Guide, permissions boundaries: what both the policies and the boundary allow."""
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": ["drs:Describe*", "iam:*"], "Resource": "*"},
    }
    arn = iam.create_policy(PolicyName="fence", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    allow(iam, "*")
    drs = sim.client("drs", ACCOUNT)
    iam.put_role_permissions_boundary(RoleName="operator", PermissionsBoundary=arn)
    try:
        drs.describe_jobs()
        assert refusal(drs.initialize_service)[0] == "AccessDeniedException"
    finally:
        iam.delete_role_permissions_boundary(RoleName="operator")
    drs.initialize_service()


def test_dependent_actions_can_be_left_out(simulator: Any) -> None:
    """``iam.dependent_actions: ignore``: only what the caller sends is held against its policies."""
    statement = {"Effect": "Allow", "Action": "drs:*", "Resource": "*"}
    operator = {"name": "operator", "policies": [{"Version": "2012-10-17", "Statement": [statement]}]}
    account = {"id": ACCOUNT, "regions": [REGION], "role": operator}
    world = {**WORLD, "accounts": [account], "iam": {"enforce": True, "dependent_actions": "ignore"}}
    sim = simulator(world)
    _start(sim)
    assert sim.journal(dependent=True) == []


def test_nothing_is_held_against_anybody_by_default(simulator: Any) -> None:
    """A scenario without ``iam`` stays as it was; the journal still names the actions."""
    account = {"id": ACCOUNT, "regions": [REGION], "role": {"name": "operator", "policies": []}}
    sim = simulator({**{k: v for k, v in WORLD.items() if k != "iam"}, "accounts": [account]})
    _start(sim)
    assert sim.journal(service="drs")[-1]["iam_action"] == "drs:StartRecovery"
    assert sim.journal(dependent=True) == []


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"iam": {"enforced": True}}, "iam.enforced: unknown key; did you mean 'enforce'"),
        ({"iam": {"enforce": True, "dependent_actions": "no"}}, "iam.dependent_actions: 'no' is not one of"),
        ({"failback_roles": [{"account": ACCOUNT, "trusts": ACCOUNT}]}, "is the account itself"),
        ({"failback_roles": [{"account": ACCOUNT, "trusts": "222222222222"}]}, "is not among accounts"),
        ({"staging_roles": [{"staging": ACCOUNT, "target": ACCOUNT}]}, "is the staging account itself"),
        ({"staging_roles": [{"staging": ACCOUNT, "target": "222222222222"}]}, "is not among accounts"),
        ({"role": {"name": "r", "policies": ["drs:*"]}}, "roles?.policies.0.: 'drs:.' is neither a policy"),
        ({"encryption": {"mode": "NONE", "key": "good"}}, "has no meaning with mode NONE"),
        ({"encryption": {"mode": "aes"}}, "encryption.mode: 'aes' is not one of DEFAULT, CUSTOM, NONE"),
    ],
)
def test_mistakes_are_told(simulator: Any, bad: dict[str, Any], says: str) -> None:
    """A scenario that makes no sense names field, value and fix."""
    account = {"id": ACCOUNT, "regions": [REGION], **{k: v for k, v in bad.items() if k in ("role", "encryption")}}
    rest = {k: v for k, v in bad.items() if k not in account}
    with pytest.raises(SimulatorError, match=says):
        simulator({"accounts": [account], **rest})
