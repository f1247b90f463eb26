"""Test jobs: one per server, quotas, timing, descriptions and deletion."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from support.drs_cell import Cell, advance, fresh, ledger, refused, settings, when, world

BUSY = "One or more of the Source Servers included in API call are currently being processed by a Job"


@pytest.fixture
def cell() -> Iterator[Cell]:
    with fresh() as made:
        yield made


def _wanted(*servers: str) -> list[dict[str, Any]]:
    return [{"sourceServerID": server} for server in servers]


def test_total_duration_of_jobs_can_be_fixed() -> None:
    """A scenario's jobs.total: every launch job lasts that long, whatever its servers."""
    with fresh({"jobs": {"total": 612}}) as cell:
        job = cell.launch(*cell.seeds(5))
        lasted = when(job["endDateTime"]) - when(job["creationDateTime"])
        assert lasted == timedelta(seconds=612)


def test_same_seed_same_times_however_often_one_looks() -> None:
    """State is a function of the clock: polling changes nothing."""

    def run(step: float) -> list[tuple[str, str, float]]:
        with fresh({"seed": 7}) as cell:
            start = world.clock.now()
            cell.start(*cell.seeds(5))
            for _look in range(int(3600 / step)):
                advance(step)
                cell.drs.describe_jobs()
            return [(e["effect"], e["source_server_id"], (when(e["time"]) - start).total_seconds()) for e in ledger()]

    assert run(3600) == run(7)


def test_one_job_per_server(cell: Cell) -> None:
    """GR L-DD6D028C; ConflictException 409 with the text seen from the live service, also while a TERMINATE runs."""
    one, two = cell.seeds(2)
    cell.start(one)
    error = refused(cell.drs.start_recovery, sourceServers=_wanted(two, one))
    assert (error["code"], error["status"], error["message"]) == ("ConflictException", 409, BUSY)
    assert (error["resourceId"], error["resourceType"]) == (one, "SourceServer")
    advance(3600)
    cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[cell.instances(one)[0]["recoveryInstanceID"]])
    assert refused(cell.drs.start_recovery, sourceServers=_wanted(one))["code"] == "ConflictException"
    advance(3600)
    cell.start(one)


def test_a_repeated_request_conflicts_with_its_own_job(cell: Cell) -> None:
    """BM: StartRecovery has no client token, so a retry after a lost answer meets its own job."""
    server = cell.seed()
    cell.start(server, tags={"run": "1"})
    assert refused(cell.drs.start_recovery, sourceServers=_wanted(server))["code"] == "ConflictException"
    advance(3600)
    assert len(ledger("launched")) == 1


def test_hundred_servers_per_job(cell: Cell) -> None:
    """GR L-B827C881: 100 per job, although BM lets 200 through; HTTP 402 with the quota's code."""
    servers = cell.seeds(101)
    error = refused(cell.drs.start_recovery, sourceServers=_wanted(*servers))
    assert (error["code"], error["status"]) == ("ServiceQuotaExceededException", 402)
    assert (error["quotaCode"], error["serviceCode"]) == ("L-B827C881", "drs")
    assert cell.drs.describe_jobs()["items"] == []
    cell.start(*servers[:100])


def test_two_hundred_and_one_servers_are_against_the_model(cell: Cell) -> None:
    """BM StartRecoveryRequestSourceServers: 1..200 items."""
    error = refused(cell.drs.start_recovery, sourceServers=_wanted(*cell.seeds(201)))
    assert (error["code"], error["status"], error["reason"]) == ("ValidationException", 400, "fieldValidationFailed")


def test_five_hundred_servers_in_all_jobs(cell: Cell) -> None:
    """GR L-05AFA8C6: 500 source servers in all active jobs."""
    servers = cell.seeds(501)
    for start in range(0, 500, 100):
        cell.start(*servers[start : start + 100])
    error = refused(cell.drs.start_recovery, sourceServers=_wanted(servers[500]))
    assert (error["code"], error["quotaCode"]) == ("ServiceQuotaExceededException", "L-05AFA8C6")


def test_twenty_jobs_at_once(cell: Cell) -> None:
    """GR L-D88FAC3A: 20 concurrent jobs in progress."""
    servers = cell.seeds(21)
    for server in servers[:20]:
        cell.start(server)
    error = refused(cell.drs.start_recovery, sourceServers=_wanted(servers[20]))
    assert (error["code"], error["status"], error["quotaCode"]) == ("ServiceQuotaExceededException", 402, "L-D88FAC3A")
    advance(3600)
    cell.start(servers[20])


def test_quotas_are_per_account_and_region(cell: Cell) -> None:
    """GR: quotas count per account per Region."""
    for server in cell.seeds(20):
        cell.start(server)
    other = Cell(region="eu-west-1")
    other.start(other.seed())


def test_jobs_newest_first_and_their_filters(cell: Cell) -> None:
    """BM DescribeJobs: newest first; jobIDs, fromDate, toDate."""
    jobs = []
    for server in cell.seeds(3):
        jobs.append(cell.job(cell.start(server)))
        advance(100)
    ids = [job["jobID"] for job in jobs]
    assert [job["jobID"] for job in cell.drs.describe_jobs()["items"]] == ids[::-1]
    middle = jobs[1]["creationDateTime"]
    for filters, expected in (
        ({"fromDate": middle}, [ids[2], ids[1]]),
        ({"toDate": middle}, [ids[1], ids[0]]),
        ({"fromDate": middle, "toDate": middle}, [ids[1]]),
        ({"jobIDs": [ids[0], ids[2]]}, [ids[2], ids[0]]),
        ({"jobIDs": ["drsjob-" + "0" * 17]}, []),
    ):
        assert [job["jobID"] for job in cell.drs.describe_jobs(filters=filters)["items"]] == expected


def test_delete_job(cell: Cell) -> None:
    """BM DeleteJob: 204; ConflictException while it runs; ResourceNotFoundException afterwards."""
    job = cell.start(cell.seed())
    assert refused(cell.drs.delete_job, jobID=job)["code"] == "ConflictException"
    cell.finish(job)
    assert cell.drs.delete_job(jobID=job)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert cell.drs.describe_jobs()["items"] == []
    error = refused(cell.drs.delete_job, jobID=job)
    assert (error["code"], error["status"]) == ("ResourceNotFoundException", 404)


def test_job_retention_by_setting(cell: Cell) -> None:
    """Not documented (a setting): how long completed jobs can be described."""
    cell.launch(cell.seed())
    advance(10 * 86400)
    assert len(cell.drs.describe_jobs()["items"]) == 1
    settings.configure({"job_retention_days": 7})
    assert cell.drs.describe_jobs()["items"] == []


def test_stuck_server_keeps_the_job_open_until_freed(cell: Cell) -> None:
    """BM: jobs cannot be cancelled; a hanging server holds its job and its slot in the quotas."""
    good, hanging = cell.seed("good"), cell.seed("hanging", stuck=True)
    job = cell.finish(cell.start(good, hanging), 86400)
    assert job["status"] == "STARTED"
    assert [item["launchStatus"] for item in job["participatingServers"]] == ["LAUNCHED", "IN_PROGRESS"]
    cell.backend.set_server(hanging, stuck=False)
    assert cell.finish(job["jobID"])["status"] == "COMPLETED"


def test_log_of_an_unknown_job(cell: Cell) -> None:
    """BM DescribeJobLogItems models ValidationException, not ResourceNotFoundException."""
    assert refused(cell.drs.describe_job_log_items, jobID="drsjob-" + "0" * 17)["code"] == "ValidationException"
