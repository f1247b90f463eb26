"""Guard of un-extending: only a copy of that staging account, nothing running, nothing failing back. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Iterable

from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import launch_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import failback_at_rest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import still_exists
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job, RecoveryInstance, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping


def is_copy(server: Server, staging_account_id: str) -> bool:
    """Whether a SERVER is provably the extended copy of a server in that staging account."""
    area = as_mapping(server.get("staging_area"))
    original = str(area.get("staging_source_server_arn") or "")
    return (
        server.get("extended") is True
        and area.get("staging_account_id") == staging_account_id
        and original.split(":")[4:5] == [staging_account_id]
        and original != server.get("arn")
        and server.get("account_id") != staging_account_id
    )


def may_unextend(
    server: Server,
    staging_account_id: str,
    recovery_instances: Iterable[RecoveryInstance] | None,
    active_jobs: Iterable[Job] | None,
    typed_ids: Iterable[str] = (),
) -> list[Finding]:
    """Findings that block un-extending a server; none means that it may be removed.

    - Only an extended copy of that staging account, whatever was typed: the call would delete an own server as well.
    - Not while a recovery instance of it stands, a drill's included, unless the exact id of that instance is typed.
    - Not while a failback is in progress or a job holds it, whatever was typed.

    :param recovery_instances: the RIs of the server; None means not read, which refuses. So with ``active_jobs``.
    """
    title = f"{clean(server.get('name'), 64)} ({clean(server.get('source_server_id'))})"
    if not is_copy(server, staging_account_id):
        text = f"{title} is not an extended copy of a server in account {staging_account_id}; it stays"
        return [finding(ERROR, "not_an_extended_copy", text, server=server)]
    if recovery_instances is None:
        return [finding(ERROR, "recovery_instances_unread", f"{title}: its instances were not read", server=server)]
    findings = launch_checks.in_active_job([str(server.get("source_server_id"))], active_jobs)
    if server.get("replication_direction") == "FAILBACK":
        text = f"{title} replicates back from a recovery"
        findings.append(finding(ERROR, "reversed_replication", text, server=server))
    typed = set(typed_ids)
    own = [one for one in recovery_instances if one.get("source_server_id") == server.get("source_server_id")]
    for one in own:
        findings += _instance(server, title, one, typed)
    instance_id = server.get("recovery_instance_id")
    if instance_id and instance_id not in typed and all(one.get("recovery_instance_id") != instance_id for one in own):
        text = f"{title} has recovery instance {clean(instance_id)}, about which DRS said nothing"
        findings.append(
            finding(ERROR, "recovery_instance_unknown", text, server=server, recovery_instance_id=instance_id)
        )
    return findings


def _instance(server: AnyServer, title: str, instance: RecoveryInstance, typed: set[str]) -> list[Finding]:
    instance_id = instance.get("recovery_instance_id")
    if not failback_at_rest(instance):
        text = f"{title}: the failback of {clean(instance_id)} is not at rest"
        return [finding(ERROR, "failback_in_progress", text, server=server, recovery_instance_id=instance_id)]
    if not still_exists(instance) or (instance_id and instance_id in typed):
        return []
    state = clean(instance.get("ec2_instance_state") or "state unknown", 40)
    kind = "drill" if instance.get("is_drill") is True else "recovery"
    text = f"{title} has {kind} instance {clean(instance_id)} ({state})"
    return [finding(ERROR, "copy_has_instance", text, server=server, recovery_instance_id=instance_id)]
