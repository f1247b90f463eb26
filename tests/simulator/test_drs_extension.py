"""Test extended source servers: staging role, errors, broken extensions, the view of the staging account."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from drs_simulator.iam import staging_roles as roles
from support.drs_cell import ACCOUNT, REGION, STAGING, Cell, client, fresh, ledger, refused, settings
from support.drs_extension import BOTH, POLICY, ROLE, drop_role, extend, make_role

DENIED = ("AccessDeniedException", 403, "Error in Authorization")


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh(BOTH) as made:
        yield made


@pytest.fixture
def staging(cell: Cell) -> Cell:
    return Cell(STAGING)


def _denied(error: dict[str, Any]) -> tuple[str, int, str]:
    return error["code"], error["status"], error["message"]


def test_no_role_no_extension(cell: Cell, staging: Cell) -> None:
    """UG:adding-trusted-account: DRSStagingAccountRole_<target> lets DRS in; without it "Error in Authorization"."""
    arn = staging.server(staging.seed())["arn"]
    assert _denied(refused(cell.drs.list_extensible_source_servers, stagingAccountID=STAGING)) == DENIED
    assert _denied(refused(cell.drs.create_extended_source_server, sourceServerArn=arn)) == DENIED
    assert cell.drs.describe_source_servers()["items"] == []
    assert ledger("extended") == []


def test_with_the_role(cell: Cell, staging: Cell) -> None:
    """UG:adding-trusted-account: the role of the documentation is enough; nothing is called in the staging account."""
    make_role()
    original = staging.seed()
    assert len(cell.drs.list_extensible_source_servers(stagingAccountID=STAGING)["items"]) == 1
    (copy,) = extend(cell, staging, original)
    assert cell.server(copy)["stagingArea"]["status"] == "EXTENDED"
    assert [entry["source_server_id"] for entry in ledger("extended")] == [copy]


def _trust(**changes: Any) -> dict[str, Any]:
    trust = roles.trust_policy(ACCOUNT)
    trust["Statement"][0].update(changes)
    return trust


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "/"},
        {"trust": _trust(Principal={"Service": "ec2.amazonaws.com"})},
        {"trust": _trust(Action="sts:AssumeRole")},
        {"trust": _trust(Condition={"StringLike": {"sts:SourceIdentity": "333333333333"}})},
        {"trust": _trust(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:drs:*:*:recovery-instance/*"}})},
        {"policy": {**POLICY, "Statement": POLICY["Statement"][1:]}},
        {"policy": {**POLICY, "Statement": [*POLICY["Statement"], {"Effect": "Deny", "Action": "*", "Resource": "*"}]}},
    ],
)
def test_a_role_that_is_not_right(cell: Cell, staging: Cell, wrong: dict[str, Any]) -> None:
    """UG:adding-trusted-account: path, service, both actions, the conditions on the target, and the policy matter."""
    make_role(**wrong)
    arn = staging.server(staging.seed())["arn"]
    assert _denied(refused(cell.drs.create_extended_source_server, sourceServerArn=arn)) == DENIED


def test_the_role_goes_and_comes_back(cell: Cell, staging: Cell) -> None:
    """BM StagingArea.status EXTENSION_ERROR: the role was revoked; a recovery is refused until it is back."""
    make_role()
    (copy,) = extend(cell, staging, staging.seed())
    drop_role()
    area = cell.server(copy)["stagingArea"]
    assert (area["status"], ROLE in area["errorMessage"]) == ("EXTENSION_ERROR", True)
    assert refused(cell.drs.start_recovery, sourceServers=[{"sourceServerID": copy}])["code"] == "ValidationException"
    make_role()
    assert cell.server(copy)["stagingArea"] == {k: v for k, v in area.items() if k != "errorMessage"} | {
        "status": "EXTENDED"
    }
    assert cell.launch(copy)["participatingServers"][0]["launchStatus"] == "LAUNCHED"


def test_the_role_goes_during_a_launch(cell: Cell, staging: Cell) -> None:
    """UG:multi-account: snapshots are shared with the role while the job runs; a COMPLETED job with a FAILED server."""
    make_role()
    (copy,) = extend(cell, staging, staging.seed())
    job = cell.start(copy)
    drop_role()
    done = cell.finish(job)
    assert (done["status"], done["participatingServers"][0]["launchStatus"]) == ("COMPLETED", "FAILED")
    (failure,) = [item["eventData"] for item in cell.log(job) if item["event"] == "CONVERSION_FAIL"]
    assert "Error in Authorization" in failure["rawError"]
    (there,) = staging.drs.describe_jobs()["items"]
    assert (there["status"], there["participatingServers"][0]["launchStatus"]) == ("COMPLETED", "FAILED")


def test_a_role_that_may_not_share(cell: Cell, staging: Cell) -> None:
    """MP StagingAccountPolicy_v2: ec2:ModifySnapshotAttribute, for the target's user id only."""
    other = json.loads(json.dumps(POLICY))
    other["Statement"][1]["Condition"]["StringEquals"]["ec2:Add/userId"] = "333333333333"
    make_role(policy=other)
    (copy,) = extend(cell, staging, staging.seed())
    assert cell.launch(copy)["participatingServers"][0]["launchStatus"] == "FAILED"
    assert "ec2:ModifySnapshotAttribute" in ledger("launch_failed")[0]["cause"]


def test_no_extension_of_an_extension(cell: Cell, staging: Cell) -> None:
    """BM ListExtensibleSourceServers: extended servers are not extensible; nothing is chained."""
    make_role()
    (copy,) = extend(cell, staging, staging.seed())
    third = Cell("333333333333")
    # The first target's role for the third account, so that only the chaining is refused.
    third_role = json.dumps(roles.trust_policy("333333333333"))
    own = client("iam", ACCOUNT, "us-east-1")
    own.create_role(RoleName="DRSStagingAccountRole_333333333333", Path=roles.PATH, AssumeRolePolicyDocument=third_role)
    own.put_role_policy(
        RoleName="DRSStagingAccountRole_333333333333", PolicyName="drs", PolicyDocument=json.dumps(POLICY)
    )
    assert third.drs.list_extensible_source_servers(stagingAccountID=ACCOUNT)["items"] == []
    error = refused(third.drs.create_extended_source_server, sourceServerArn=cell.server(copy)["arn"])
    assert error["code"] == "ValidationException"


def test_un_extend_while_a_recovery_instance_lives(cell: Cell, staging: Cell) -> None:
    """UG:multi-account: an extended server is deleted "at any time"; a setting refuses, as nobody has tried it here."""
    make_role()
    original = staging.seed()
    (copy,) = extend(cell, staging, original)
    cell.launch(copy)
    settings.configure({"unextend_with_recovery_instance": "refused"})
    assert refused(cell.drs.delete_source_server, sourceServerID=copy)["code"] == "ConflictException"
    settings.configure({"unextend_with_recovery_instance": "allowed"})
    cell.drs.delete_source_server(sourceServerID=copy)
    (instance,) = cell.instances()
    assert cell.instance_state(instance["ec2InstanceID"]) == "running"
    assert staging.state(original) == "CONTINUOUS"
    assert extend(cell, staging, original) != [copy]


def test_the_staging_account_sees_a_job(cell: Cell, staging: Cell) -> None:
    """BM JobType CREATE_CONVERTED_SNAPSHOT, InitiatedBy TARGET_ACCOUNT: conversion happens in the staging account."""
    make_role()
    originals = staging.seeds(3)
    copies = extend(cell, staging, *originals)
    own = cell.seed("own")
    job = cell.launch(*copies, own)
    assert {item["launchStatus"] for item in job["participatingServers"]} == {"LAUNCHED"}
    (there,) = staging.drs.describe_jobs()["items"]
    assert (there["type"], there["initiatedBy"], there["status"]) == (
        "CREATE_CONVERTED_SNAPSHOT",
        "TARGET_ACCOUNT",
        "COMPLETED",
    )
    assert [item["sourceServerID"] for item in there["participatingServers"]] == originals
    assert [event for event in staging.events(there["jobID"]) if event.startswith("JOB")] == ["JOB_START", "JOB_END"]
    assert job["creationDateTime"] <= there["creationDateTime"] < there["endDateTime"] <= job["endDateTime"]
    assert [entry["account"] for entry in ledger("launched")] == [ACCOUNT] * 4


def test_the_job_holds_nothing_in_the_staging_account(cell: Cell, staging: Cell) -> None:
    """Not documented (a setting): by default such a job does not count, and the original can be drilled meanwhile."""
    make_role()
    original = staging.seed()
    (copy,) = extend(cell, staging, original)
    cell.backend.set_server(copy, stuck=True)
    job = cell.start(copy)
    cell.finish(job)
    (there,) = staging.drs.describe_jobs()["items"]
    assert there["status"] == "STARTED"
    staging.launch(original)
    cell.backend.set_server(copy, stuck=False)
    assert cell.finish(job)["status"] == "COMPLETED"
    assert {item["status"] for item in staging.drs.describe_jobs()["items"]} == {"COMPLETED"}


def test_the_job_counts_by_setting() -> None:
    """Not documented (a setting): whether the staging account's quotas of jobs bear the target's launches."""
    scenario = {"accounts": [BOTH["accounts"][0], {**BOTH["accounts"][1], "quotas": {"servers_in_jobs": 1}}]}
    with fresh(scenario) as cell:
        settings.configure({"converted_snapshot_jobs": "counted"})
        staging = Cell(STAGING)
        make_role()
        original, busy = staging.seeds(2)
        (copy,) = extend(cell, staging, original)
        assert cell.launch(copy)["participatingServers"][0]["launchStatus"] == "LAUNCHED"
        staging.backend.set_server(busy, stuck=True)
        staging.start(busy)
        assert cell.launch(copy)["participatingServers"][0]["launchStatus"] == "FAILED"
        assert "ServiceQuotaExceeded" in ledger("launch_failed")[0]["cause"]


def test_hidden_jobs_by_setting(cell: Cell, staging: Cell) -> None:
    """A setting: a staging account that sees nothing."""
    make_role()
    settings.configure({"converted_snapshot_jobs": "hidden"})
    (copy,) = extend(cell, staging, staging.seed())
    cell.launch(copy)
    assert staging.drs.describe_jobs()["items"] == []


def test_a_failed_snapshot_ends_the_staging_job_for_its_server(cell: Cell, staging: Cell) -> None:
    """A server that never reaches its conversion does not keep the staging account's job open."""
    make_role()
    originals = staging.seeds(2)
    copies = extend(cell, staging, *originals)
    cell.backend.set_server(copies[0], fail_conversion="no driver")
    job = cell.launch(*copies)
    assert sorted(item["launchStatus"] for item in job["participatingServers"]) == ["FAILED", "LAUNCHED"]
    (there,) = staging.drs.describe_jobs()["items"]
    assert there["status"] == "COMPLETED"


def test_roles_of_the_scenario(simulator: Any) -> None:
    """``staging_roles`` and the extensions of fleets have their role in IAM; taking it away breaks them."""
    operator = {"name": "drs-operator"}
    accounts = [{**account, "role": operator} for account in BOTH["accounts"]]
    third = {"id": "333333333333", "name": "third", "regions": [REGION], "role": operator}
    scenario = {
        "accounts": [*accounts, third],
        "fleets": [{"account": STAGING, "count": 2, "extend_to": ACCOUNT}, {"account": STAGING, "name": "spare"}],
        "staging_roles": [{"staging": STAGING, "target": "333333333333"}],
    }
    sim = simulator(scenario)
    drs, third_drs = sim.client("drs", ACCOUNT), sim.client("drs", "333333333333")
    (spare,) = drs.list_extensible_source_servers(stagingAccountID=STAGING)["items"]
    assert len(third_drs.list_extensible_source_servers(stagingAccountID=STAGING)["items"]) == 3
    assert refused(drs.list_extensible_source_servers, stagingAccountID="333333333333")["code"] == DENIED[0]
    there = sim.client("iam", STAGING)
    (policy,) = there.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    assert policy["PolicyArn"] == roles.POLICY
    there.detach_role_policy(RoleName=ROLE, PolicyArn=roles.POLICY)
    there.delete_role(RoleName=ROLE)
    assert refused(drs.create_extended_source_server, sourceServerArn=spare["arn"])["code"] == DENIED[0]
    areas = {item["stagingArea"]["status"] for item in drs.describe_source_servers()["items"]}
    assert areas == {"EXTENSION_ERROR"}
    third_drs.create_extended_source_server(sourceServerArn=spare["arn"])


def test_a_role_made_by_cloudformation(simulator: Any) -> None:
    """UG:adding-trusted-account offers a template; moto forgets ManagedPolicyArns, which is corrected."""
    accounts = [{**account, "role": {"name": "drs-operator"}} for account in BOTH["accounts"]]
    sim = simulator({"accounts": accounts, "fleets": [{"account": STAGING}]})
    properties: dict[str, Any] = {
        "RoleName": ROLE,
        "Path": roles.PATH,
        "AssumeRolePolicyDocument": roles.trust_policy(ACCOUNT),
        "ManagedPolicyArns": [roles.POLICY],
    }
    stack = sim.client("cloudformation", STAGING)

    def apply(call: Any) -> str:
        body = json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})
        call(StackName="drs", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        try:
            sim.client("drs", ACCOUNT).list_extensible_source_servers(stagingAccountID=STAGING)
        except Exception as error:
            return str(error)
        return "ok"

    assert apply(stack.create_stack) == "ok"
    properties["ManagedPolicyArns"] = []
    assert "Error in Authorization" in apply(stack.update_stack)
    properties["Policies"] = [{"PolicyName": "drs", "PolicyDocument": POLICY}]
    assert apply(stack.update_stack) == "ok"
