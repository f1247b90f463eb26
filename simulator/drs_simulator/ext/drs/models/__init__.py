"""The DRS backend of one account and Region; the parts live in the modules beside this one."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from .. import exceptions as errors
from ..actions.actions import LaunchActions
from ..networks.network import SourceNetworks
from ..plans.store import Plans
from ..settings import SETTINGS
from . import configuration, seeding
from .extension import ExtensionOperations
from .failback import FailbackOperations, lose_agent
from .failback_client import ClientOperations
from .jobs import Job
from .launch import Launch
from .operations import JobOperations, ServerOperations
from .recovery_instances import RecoveryInstance
from .schedule import Owner, lock, now, settle_all
from .servers import SourceServer

__all__ = ["DrsBackend", "drs_backends", "lock", "machine_gone", "now", "settle_all"]


class DrsBackend(
    JobOperations, ExtensionOperations, FailbackOperations, ClientOperations, ServerOperations, BaseBackend
):
    """State of DRS in one account and Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.owner = Owner()
        self.initialized = False
        self.servers: dict[str, SourceServer] = {}
        #: Staging server ARN -> its extension in this account.
        self.extensions: dict[str, SourceServer] = {}
        self.jobs: dict[str, Job] = {}
        self.active_jobs: dict[str, Job] = {}
        self.launches: dict[tuple[str, str], Launch] = {}
        self.recovery_instances: dict[str, RecoveryInstance] = {}
        self.templates = configuration.Templates(self)
        self.plans = Plans(self)
        self.networks = SourceNetworks(self)
        self.actions = LaunchActions(self)
        self.job_count = 0
        #: Servers that ever came; an id is never given twice.
        self.server_count = 0

    def reset(self) -> None:
        """moto's reset: pending events of the old state are dropped."""
        self.owner.alive = False
        super().reset()

    def initialize(self) -> None:
        """Initialise without asking or making anything in IAM; for the operation see initialization.initialize."""
        self.initialized = True

    def cell(self, account: str, region: str) -> DrsBackend:
        """The backend of another account and Region. Raises KeyError for a Region without DRS."""
        found: DrsBackend = drs_backends[account][region]
        return found

    def require_initialized(self) -> None:
        """Refuse a call in an account and Region in which InitializeService was never called.

        Raises:
            UninitializedAccountException: always, until then.
        """
        if not self.initialized:
            raise errors.UninitializedAccountException()

    def seed_server(self, **properties: Any) -> SourceServer:
        """See seeding.seed_server."""
        with lock:
            return seeding.seed_server(self, **properties)

    def seed_extended(self, staging_server: SourceServer, tags: dict[str, str] | None = None) -> SourceServer:
        """See seeding.seed_extended."""
        with lock:
            return seeding.seed_extended(self, staging_server, tags)

    def server(self, reference: str) -> SourceServer:
        """A server by id, ARN or name; ValueError when there is none."""
        return seeding.find(self, reference)

    def set_server(self, reference: str, **changes: Any) -> SourceServer:
        """See seeding.set_server; what was due before the change happens before it."""
        with lock:
            settle_all()
            return seeding.set_server(self, reference, **changes)

    def free(self, server: SourceServer, moment: datetime) -> None:
        """Let hanging launches of a server continue, as far as its faults allow."""
        for launch in list(self.launches.values()):
            if launch.server is server:
                launch.free(moment)

    def launch_configuration(self, server: SourceServer) -> dict[str, Any]:
        """The launch settings in force, without making an EC2 launch template."""
        return configuration.launch_settings(self, server)

    def forget(self, instance: RecoveryInstance) -> None:
        """Drop the record of a recovery instance whose EC2 instance is gone."""
        self.recovery_instances.pop(instance.id, None)
        server = instance.server
        if instance in server.launched:
            server.launched.remove(instance)
        if server.recovery_instance is instance:
            server.recovery_instance, server.ended_instance = None, instance.id

    def find_server(self, identifier: str) -> SourceServer:
        """A source server by id. Raises ResourceNotFoundException."""
        server = self.servers.get(identifier)
        if server is None:
            raise errors.not_found("SourceServer", identifier)
        return server

    def find_recovery_instance(self, identifier: str) -> RecoveryInstance:
        """A recovery instance by id. Raises ResourceNotFoundException."""
        instance = self.recovery_instances.get(identifier)
        if instance is None:
            raise errors.not_found("RecoveryInstance", identifier)
        return instance

    def known_jobs(self, moment: datetime) -> list[Job]:
        """Jobs that can still be described, newest first (BM DescribeJobs)."""
        days = SETTINGS["job_retention_days"]
        jobs = list(self.jobs.values())
        if days is not None:
            oldest = moment - timedelta(days=days)
            jobs = [job for job in jobs if job.active or (job.ended or moment) >= oldest]
        return jobs[::-1]

    def tags_of(self, resource_arn: str) -> tuple[dict[str, str], Any]:
        """The tag dictionary of a resource and the source server it belongs to, if it is one.

        Raises:
            ResourceNotFoundException: no such resource in this account and Region.
        """
        kind, _slash, identifier = resource_arn.rpartition(":")[2].partition("/")
        found: Any = None
        if kind == "source-server":
            found = self.servers.get(identifier)
        elif kind == "job":
            found = self.jobs.get(identifier)
        elif kind == "recovery-instance":
            found = self.recovery_instances.get(identifier)
        elif kind == "recovery-plan":
            found = self.plans.tagged(resource_arn)
        elif kind == "source-network":
            found = self.networks.items.get(identifier)
        else:
            for name in ("replicationConfigurationTemplate", "launchConfigurationTemplate"):
                for item in self.templates.all(name):
                    if item["arn"] == resource_arn:
                        return item["tags"], None
        if found is None or found.arn != resource_arn:
            raise errors.not_found("Resource", resource_arn)
        return found.tags, found


drs_backends = BackendDict(DrsBackend, "drs")


def machine_gone(machine: str, moment: datetime) -> None:
    """A machine was terminated through EC2: whatever replicates from it has lost its agent."""
    for regions in list(drs_backends.values()):
        for backend in list(regions.values()):
            for server in backend.servers.values():
                if server.origin.instance_id == machine and not server.extended:
                    lose_agent(server, moment)
