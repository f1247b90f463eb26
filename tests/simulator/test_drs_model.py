"""Test that every operation of botocore's DRS model is answered within the model and its HTTP status."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.drs_cell import ACCOUNT, REGION, STAGING, Cell, advance, client, fresh, models, refused

from simulator.test_drs_actions import action
from simulator.test_drs_networks import HOME, Source
from simulator.test_drs_service import CALLS, TEMPLATE

LEFT_OUT: list[str] = []  # the ones listed in docs/simulator.md, made by tools/make_simulator_doc.py
HOUR = 3600


def model() -> Any:
    return client("drs", ACCOUNT, REGION).meta.service_model


def test_every_operation_is_answered_or_listed() -> None:
    """70 operations in botocore 1.44.5; whatever a newer model adds must be answered, or be named as left out."""
    from moto.drs.responses import not_simulated  # type: ignore[import-not-found]

    with fresh():
        assert not_simulated() == LEFT_OUT
        assert len(model().operation_names) - len(LEFT_OUT) >= 70


def test_an_operation_that_is_not_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that no client retries, and that nobody takes for one of AWS."""
    with fresh() as cell:
        from moto.drs.responses import DrsResponse  # type: ignore[import-not-found]

        monkeypatch.setattr(DrsResponse, "describe_jobs", DrsResponse.unsupported)
        error = refused(cell.drs.describe_jobs)
    assert (error["code"], error["status"]) == ("NotImplementedBySimulator", 400)
    assert "drs:DescribeJobs" in error["message"]


@contextmanager
def watched(cell: Cell) -> Iterator[dict[str, set[int]]]:
    """Operation -> the HTTP statuses that its calls had."""
    seen: dict[str, set[int]] = {}

    def note(http_response: Any, model: Any, **_other: Any) -> None:
        seen.setdefault(model.name, set()).add(http_response.status_code)

    cell.drs.meta.events.register("after-call.drs", note)
    yield seen
    cell.drs.meta.events.unregister("after-call.drs", note)


def _servers_and_settings(cell: Cell) -> None:
    """Servers, points in time, replication, settings, templates, tags."""
    drs, server = cell.drs, cell.seed("set", tags={"Name": "set"})
    drs.initialize_service()
    drs.describe_source_servers()
    drs.describe_recovery_snapshots(sourceServerID=server)
    for kind, values in (("replication", TEMPLATE), ("launch", {})):
        made = getattr(drs, f"create_{kind}_configuration_template")(**values, tags={"t": "1"})
        made = made.get("launchConfigurationTemplate", made)
        name = f"{kind}ConfigurationTemplateID"
        getattr(drs, f"describe_{kind}_configuration_templates")()
        getattr(drs, f"update_{kind}_configuration_template")(**{name: made[name]})
        drs.list_tags_for_resource(resourceArn=made["arn"])
        getattr(drs, f"delete_{kind}_configuration_template")(**{name: made[name]})
    for kind in ("launch", "replication"):
        getattr(drs, f"get_{kind}_configuration")(sourceServerID=server)
        getattr(drs, f"update_{kind}_configuration")(sourceServerID=server, name="x")
    arn = cell.server(server)["arn"]
    drs.tag_resource(resourceArn=arn, tags={"a": "b"})
    drs.untag_resource(resourceArn=arn, tagKeys=["a"])
    drs.put_launch_action(resourceId=server, **action(1))
    drs.list_launch_actions(resourceId=server)
    drs.delete_launch_action(resourceId=server, actionId=action(1)["actionId"])
    drs.stop_replication(sourceServerID=server)
    drs.start_replication(sourceServerID=server)
    drs.retry_data_replication(sourceServerID=cell.seed("stalled", state="STALLED"))
    drs.disconnect_source_server(sourceServerID=server)
    drs.delete_source_server(sourceServerID=server)


def _launches(cell: Cell) -> None:
    """Jobs, recovery instances, failback of both kinds."""
    drs, away = cell.drs, cell.seed("away", origin_account=ACCOUNT, origin_region=HOME)
    Cell(region=HOME)
    job = cell.launch(away, drill=False)["jobID"]
    drs.describe_job_log_items(jobID=job)
    instance = cell.instances(away)[0]["recoveryInstanceID"]
    drs.reverse_replication(recoveryInstanceID=instance)
    drs.delete_job(jobID=job)
    ground = cell.seed("ground", vmware_uuid="4210aaaa-0000-0000-0000-000000000001")
    cell.launch(ground, drill=False)
    instance = cell.instances(ground)[0]["recoveryInstanceID"]
    drs.get_failback_replication_configuration(recoveryInstanceID=instance)
    drs.update_failback_replication_configuration(recoveryInstanceID=instance, name="x", usePrivateIP=False)
    held = cell.backend.recovery_instances[instance]
    for _time in range(2):
        models.failback_client.boot(cell.backend, held, models.settle_all(), steps_seconds=70, sync_seconds=70)
        advance(HOUR)
        if _time == 0:
            drs.stop_failback(recoveryInstanceID=instance)
    drs.start_failback_launch(recoveryInstanceIDs=[instance])
    advance(HOUR)
    drs.disconnect_recovery_instance(recoveryInstanceID=instance)
    drs.delete_recovery_instance(recoveryInstanceID=instance)
    gone = cell.seed("gone")
    cell.launch(gone)
    cell.finish(
        drs.terminate_recovery_instances(recoveryInstanceIDs=[cell.instances(gone)[0]["recoveryInstanceID"]])["job"][
            "jobID"
        ]
    )


def _extensions(cell: Cell) -> None:
    """A staging account's server, extended."""
    staging = Cell(STAGING)
    staging.seed("theirs")
    with pytest.MonkeyPatch.context() as patched:
        from drs_simulator.iam import staging_roles

        patched.setattr(staging_roles, "problem", lambda *_names: None)
        offered = cell.drs.list_extensible_source_servers(stagingAccountID=STAGING)["items"]
        cell.drs.create_extended_source_server(sourceServerArn=offered[0]["arn"])
        cell.drs.list_staging_accounts()


def _networks(cell: Cell) -> None:
    """A source network, recovered twice."""
    drs, vpc = cell.drs, Source().vpc
    network = drs.create_source_network(vpcID=vpc, originAccountID=STAGING, originRegion=HOME)["sourceNetworkID"]
    drs.start_source_network_replication(sourceNetworkID=network)
    advance(HOUR)
    store = client("s3", ACCOUNT, REGION)
    store.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": REGION})
    drs.create_launch_configuration_template(exportBucketArn="arn:aws:s3:::exports")
    drs.export_source_network_cfn_template(sourceNetworkID=network)
    drs.start_source_network_recovery(sourceNetworks=[{"sourceNetworkID": network}])
    advance(HOUR)
    stack = drs.describe_source_networks()["items"][0]["cfnStackName"]
    drs.associate_source_network_stack(sourceNetworkID=network, cfnStackName=stack)
    advance(HOUR)
    drs.stop_source_network_replication(sourceNetworkID=network)
    drs.delete_source_network(sourceNetworkID=network)


def _plans(cell: Cell) -> None:
    """A plan whose first step fails, is retried and skipped; a second execution that is cancelled."""
    drs, bad, good = cell.drs, cell.seed("bad", fail_launch="no room"), cell.seed("good")
    plan = drs.create_recovery_plan(name="p")["recoveryPlan"]["recoveryPlanArn"]
    drs.update_recovery_plan(recoveryPlanArn=plan, description="d")
    drs.list_recovery_plans()
    drs.get_recovery_plan(recoveryPlanArn=plan)
    steps = []
    for server in (bad, good):
        chosen = {"serverStepConfiguration": {"servers": [{"serverArn": cell.server(server)["arn"]}]}}
        made = drs.create_recovery_plan_step(recoveryPlanArn=plan, stepName="s", configuration=chosen)
        steps.append(made["recoveryPlanStep"]["recoveryPlanStepArn"])
    drs.reorder_recovery_plan_steps(recoveryPlanArn=plan, orderedStepArns=steps)
    drs.list_recovery_plan_steps(recoveryPlanArn=plan)
    drs.get_recovery_plan_step(recoveryPlanStepArn=steps[0])
    drs.update_recovery_plan_step(recoveryPlanStepArn=steps[0], stepName="t")
    started = drs.start_recovery_plan_execution(recoveryPlanArn=plan, mode="DRILL")["recoveryPlanExecution"]
    execution = started["recoveryPlanExecutionArn"]
    advance(HOUR)
    first = drs.list_recovery_plan_execution_steps(recoveryPlanExecutionArn=execution)["recoveryPlanExecutionSteps"][0]
    named = {"recoveryPlanExecutionStepArn": first["recoveryPlanExecutionStepArn"]}
    drs.get_recovery_plan_execution_step(**named)
    drs.retry_recovery_plan_execution_step(**named)
    advance(HOUR)
    drs.update_recovery_plan_execution_step(**named, status="SKIPPED")
    advance(HOUR)
    drs.get_recovery_plan_execution(recoveryPlanExecutionArn=execution)
    drs.list_recovery_plan_executions()
    drs.delete_recovery_plan_execution(recoveryPlanExecutionArn=execution)
    other = drs.start_recovery_plan_execution(recoveryPlanArn=plan, mode="DRILL")["recoveryPlanExecution"]
    drs.cancel_recovery_plan_execution(recoveryPlanExecutionArn=other["recoveryPlanExecutionArn"])
    advance(HOUR)
    drs.delete_recovery_plan_step(recoveryPlanStepArn=steps[0])
    drs.delete_recovery_plan(recoveryPlanArn=plan)


def test_every_answer_is_within_the_model() -> None:
    """Members, types, patterns and enums are held against the model by support.drs_cell; here all operations pass."""
    with fresh() as cell, watched(cell) as seen:
        for part in (_servers_and_settings, _launches, _extensions, _networks, _plans):
            part(cell)
    wanted = {name: {model().operation_model(name).http.get("responseCode", 200)} for name in model().operation_names}
    assert {name: seen.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"initialize_service"}))
def test_errors_of_an_empty_account_are_within_the_model(name: str) -> None:
    """An id that does not exist: a success, or a code with its HTTP status and members as modelled."""
    with fresh() as cell:
        call = getattr(cell.drs, name)
        try:
            call(**CALLS[name])
        except cell.drs.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            shapes = {shape.name: shape for shape in model().error_shapes}
            assert (
                error.response["ResponseMetadata"]["HTTPStatusCode"] == shapes[code].metadata["error"]["httpStatusCode"]
            )
