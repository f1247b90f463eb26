"""A cell whose AWS is a dictionary, for tests of single decisions without server, network or time.

The clients are botocore's own, so a request or an answer that does not fit the service model fails the test. What is
answered is as little as a test needs; how AWS behaves is the simulator's subject, not this file's.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import itertools
import types
from datetime import datetime, timedelta, timezone

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import BATCH_TAG, RUN_TAG, WAVE_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from botocore.exceptions import EndpointConnectionError
from botocore.validate import validate_parameters

ACCOUNT = "111111111111"
REGION = "us-west-2"
NAME = f"payments.{REGION}"
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)
KEYS = {"access_key": "testing", "secret_key": "testing"}
LOST = "the request never arrived"
LOST_AFTER = "the answer never arrived"

_current: FakeDrs | None = None


def stamp(seconds: float = 0) -> str:
    """A time as DRS writes it, so many seconds from NOW."""
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def server_id(number: int) -> str:
    return f"s-{number:017d}"


def instance_id(number: int) -> str:
    return f"i-{number:017x}"


def arn(kind: str, one: str) -> str:
    return f"arn:aws:drs:{REGION}:{ACCOUNT}:{kind}/{one}"


class FakeCell(Cell):
    """A cell with botocore's own clients, answered by a FakeDrs."""

    def __init__(self, aws: FakeDrs, **params: object) -> None:
        super().__init__({"region": REGION, "cell": NAME, **KEYS, **params})
        self.aws = aws
        self.server_time = aws.now
        self.renewals = 0

    def client(self, service, effect=False, brief=False):
        global _current  # clients are made once for all tests, and ask the cell that used them last
        _current = self.aws
        return _client(service, effect)

    def service_time(self):
        return self.server_time

    def renew(self):
        self.renewals += 1
        super().renew()


@functools.lru_cache(maxsize=None)
def _client(service: str, effect: bool):
    client = Cell({"region": REGION, **KEYS}).client(service, effect)
    asked: dict = {}

    def note(params, **_kwargs):
        asked.update(params=params)

    def answer(model, **_kwargs):
        http = types.SimpleNamespace(status_code=200)
        found = _current.answer(service, model.name, dict(asked["params"]), effect)
        if "Error" in found:
            http.status_code = 400
            found["ResponseMetadata"] = {"HTTPStatusCode": 400}
        else:
            validate_parameters(found, model.output_shape)
        return http, found

    client.meta.events.register("before-parameter-build", note)
    client.meta.events.register("before-call", answer)
    return client


class FakeDrs:
    """What one cell holds, in the shapes of the API; ``calls`` notes every call as (operation, params, effect)."""

    def __init__(self) -> None:
        self.now = NOW
        self.servers: dict[str, dict] = {}
        self.instances: dict[str, dict] = {}
        self.machines: dict[str, dict] = {}
        self.jobs: list[dict] = []
        self.logs: dict[str, list] = {}
        # of EC2, by id: volumes, network interfaces, snapshots
        self.volumes: dict[str, dict] = {}
        self.cards: dict[str, dict] = {}
        self.copies: dict[str, dict] = {}
        self.snapshots: dict[str, list] = {}
        self.calls: list[tuple[str, dict, bool]] = []
        self.faults: dict[str, list] = {}
        self.hooks: dict[str, list] = {}
        self.refuses: dict[str, dict] = {}
        self._numbers = itertools.count(1)

    # -- filling -------------------------------------------------------------------------------------------------
    def add_server(self, number: int, state: str = "CONTINUOUS", **changes) -> str:
        one = server_id(number)
        self.servers[one] = {
            "sourceServerID": one,
            "arn": arn("source-server", one),
            "tags": {"Name": f"web-{number:02}"},
            "replicationDirection": "FAILOVER",
            "dataReplicationInfo": {"dataReplicationState": state, "lagDuration": "PT5S"},
            "sourceProperties": {"identificationHints": {"awsInstanceID": f"i-5{number:016x}"}},
            "lifeCycle": {"lastSeenByServiceDateTime": stamp(-5)},
            **changes,
        }
        return one

    def add_job(self, servers, status="COMPLETED", kind="LAUNCH", by="START_DRILL", job_tags=None, at=-600.0) -> dict:
        """``servers``: {source server id: (launch status, recovery instance id or None)}."""
        one = f"drsjob-{next(self._numbers):017d}"
        job = {
            "jobID": one,
            "arn": arn("job", one),
            "type": kind,
            "initiatedBy": by,
            "status": status,
            "creationDateTime": stamp(at),
            "tags": dict(job_tags or {}),
            "participatingServers": [
                {"sourceServerID": one, "launchStatus": state, **({"recoveryInstanceID": made} if made else {})}
                for one, (state, made) in servers.items()
            ],
        }
        if status == "COMPLETED":
            job["endDateTime"] = stamp(at + 540)
        self.jobs.insert(0, job)
        return job

    def add_instance(self, number: int, job: dict | None = None, drill: bool | None = True, state="running", **changes):
        """The recovery instance of server ``number``; its EC2 machine has the same id."""
        one = instance_id(number)
        self.instances[one] = {
            "recoveryInstanceID": one,
            "ec2InstanceID": one,
            "ec2InstanceState": "RUNNING",
            "sourceServerID": server_id(number),
            "arn": arn("recovery-instance", one),
            "tags": {},
            "jobID": job["jobID"] if job else "drsjob-99999999999999999",
            "pointInTimeSnapshotDateTime": stamp(-660),
            "failback": {"state": "FAILBACK_NOT_STARTED"},
            **({} if drill is None else {"isDrill": drill}),
            **changes,
        }
        if state:
            address = f"10.0.{number // 250}.{number % 250}"
            self.machines[one] = {"InstanceId": one, "State": {"Name": state}, "PrivateIpAddress": address}
        return one

    def launched(self, numbers, run_id="run-1", by="START_DRILL", **changes) -> dict:
        """An ended launch of these servers by a run, with its instances."""
        job = self.add_job(
            {server_id(one): ("LAUNCHED", instance_id(one)) for one in numbers},
            by=by,
            job_tags={RUN_TAG: run_id, WAVE_TAG: "1", BATCH_TAG: f"batch-{run_id}"} if run_id else {},
        )
        for one in numbers:
            if server_id(one) not in self.servers:
                self.add_server(one)
            self.add_instance(one, job, drill=by == "START_DRILL", **changes)
        return job

    def end(self, job: dict, **status: str) -> None:
        """End a job: every server becomes LAUNCHED (TERMINATED) unless ``status`` says otherwise by server id."""
        job["status"], job["endDateTime"] = "COMPLETED", stamp(600)
        for server in job["participatingServers"]:
            one = server["sourceServerID"]
            good = "LAUNCHED" if job["type"] == "LAUNCH" else "TERMINATED"
            server["launchStatus"] = status.get(one, good)
            if server["launchStatus"] == "LAUNCHED":
                server["recoveryInstanceID"] = self.add_instance(int(one[2:]), job, job["initiatedBy"] == "START_DRILL")
            if server["launchStatus"] == "TERMINATED":
                for instance in list(self.instances.values()):
                    if instance["sourceServerID"] == one:
                        self.machines[instance["ec2InstanceID"]]["State"]["Name"] = "terminated"
                        del self.instances[instance["recoveryInstanceID"]]

    # -- faults --------------------------------------------------------------------------------------------------
    def fail(self, operation: str, *faults) -> None:
        """The next calls of an operation fail: by code, or ``LOST`` / ``LOST_AFTER`` (the effect happens)."""
        self.faults.setdefault(operation, []).extend(faults)

    def refuse(self, one: str, code="ValidationException", text="it cannot be launched", **members) -> None:
        """Every call that takes this server (machine) along is refused as a whole; ``members`` of the error."""
        self.refuses[one] = {"Error": {"Code": code, "Message": text}, **members}

    def before(self, operation: str, hook) -> None:
        """Call ``hook(params)`` before the next call of an operation is answered."""
        self.hooks.setdefault(operation, []).append(hook)

    def called(self, operation: str) -> list[dict]:
        return [params for name, params, _effect in self.calls if name == operation]

    @property
    def effects(self) -> list[str]:
        return [name for name, _params, effect in self.calls if effect]

    # -- answering -----------------------------------------------------------------------------------------------
    def answer(self, service: str, operation: str, params: dict, effect: bool) -> dict:
        self.calls.append((operation, params, effect))
        if self.hooks.get(operation):
            self.hooks[operation].pop(0)(params)
        fault = self.faults[operation].pop(0) if self.faults.get(operation) else None
        asked = [one["sourceServerID"] for one in params.get("sourceServers", ())]
        refused = [one for one in (*asked, *params.get("recoveryInstanceIDs", ())) if one in self.refuses]
        if fault == LOST_AFTER and not refused:
            getattr(self, f"_{operation}")(params)
        if fault in (LOST, LOST_AFTER):
            raise EndpointConnectionError(endpoint_url="https://drs.us-west-2.amazonaws.com")
        if fault:
            return {"Error": {"Code": fault, "Message": f"{operation} was answered with {fault}"}}
        if refused:
            return dict(self.refuses[refused[0]])
        return getattr(self, f"_{operation}")(params)

    @staticmethod
    def _page(items: list, params: dict) -> dict:
        start, size = int(params.get("nextToken") or 0), params.get("maxResults") or 50
        page = {"items": items[start : start + size]}
        if start + size < len(items):
            page["nextToken"] = str(start + size)
        return page

    def _DescribeSourceServers(self, params):
        wanted = params["filters"].get("sourceServerIDs")
        found = [one for key, one in self.servers.items() if wanted is None or key in wanted]
        return self._page(found, params)

    def _DescribeRecoveryInstances(self, params):
        ids, owners = params["filters"].get("recoveryInstanceIDs"), params["filters"].get("sourceServerIDs")
        found = [
            one
            for key, one in self.instances.items()
            if (ids is None or key in ids) and (owners is None or one["sourceServerID"] in owners)
        ]
        return self._page(found, params)

    def _DescribeJobs(self, params):
        ids, since = params["filters"].get("jobIDs"), params["filters"].get("fromDate", "")
        found = [
            one
            for one in self.jobs
            if (ids is None or one["jobID"] in ids) and (not since or one["creationDateTime"] >= since)
        ]
        return self._page(found, params)

    def _DescribeJobLogItems(self, params):
        return self._page(self.logs.get(params["jobID"], []), params)

    def _DescribeRecoverySnapshots(self, params):
        until = params.get("filters", {}).get("toDateTime")
        found = [
            {"snapshotID": key, "sourceServerID": params["sourceServerID"], "expectedTimestamp": at, "timestamp": at}
            for key, at in self.snapshots.get(params["sourceServerID"], [])
            if until is None or at <= until
        ]
        return self._page(found, params)

    def _StartRecovery(self, params):
        job = self.add_job(
            {one["sourceServerID"]: ("PENDING", None) for one in params["sourceServers"]},
            status="PENDING",
            by="START_DRILL" if params["isDrill"] else "START_RECOVERY",
            job_tags=params["tags"],
            at=0,
        )
        return {"job": job}

    def _TerminateRecoveryInstances(self, params):
        owners = [self.instances[one]["sourceServerID"] for one in params["recoveryInstanceIDs"]]
        job = self.add_job(
            dict.fromkeys(owners, ("PENDING", None)), "PENDING", "TERMINATE", "TERMINATE_RECOVERY_INSTANCES", at=0
        )
        return {"job": job}

    def _held(self, table: dict, params: dict) -> list:
        wanted = [value for one in params["Filters"] for value in one["Values"]]
        return [one for key, one in table.items() if key in wanted or one.get("VolumeId") in wanted]

    def _DescribeVolumes(self, params):
        return {"Volumes": self._held(self.volumes, params)}

    def _DescribeNetworkInterfaces(self, params):
        return {"NetworkInterfaces": self._held(self.cards, params)}

    def _DescribeSnapshots(self, params):
        assert params["OwnerIds"] == ["self"]
        return {"Snapshots": self._held(self.copies, params)}

    def _DescribeInstances(self, params):
        wanted = [value for one in params["Filters"] for value in one["Values"]]
        # by id or by state, as the filters of EC2 that the library uses
        found = [one for key, one in self.machines.items() if key in wanted or one["State"]["Name"] in wanted]
        return {"Reservations": [{"Instances": found}]} if found else {"Reservations": []}
