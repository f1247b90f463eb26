"""Read what a drill would be connected to, right before its launch; what cannot be read is forbidden."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations


from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData, Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import TemplateVersion

UNREAD = "drill_network_unread"


def check(cell: Cell, servers: list[Server], given: Given | None) -> list[Finding]:
    """Hold the launch settings of servers against the guardrail: error findings, none when all may launch.

    One read of the launch templates and one of the subnets for all servers; the launch configuration is read one by
    one, as DRS tells it.

    :raises DrsError: the guardrail itself is wrong.
    """
    network = drill_network.guardrail(given)
    if not network or not servers:
        return []
    try:
        templates = ec2.default_template_versions(cell)
    except DrsError as exc:
        return [_unread(server, exc) for server in servers]
    findings: list[Finding] = []
    read: list[tuple[Server, AwsData, AwsData]] = []
    for server in servers:
        try:
            configuration = drs.launch_configuration(cell, server["source_server_id"])
            template_id = configuration.get("ec2LaunchTemplateID")
            template = templates.get(template_id or "") or _default(cell, template_id)
        except DrsError as exc:
            findings.append(_unread(server, exc))
        else:
            read.append((server, configuration, template["data"]))
    try:
        named = {card.get("SubnetId") for _server, _found, data in read for card in data.get("NetworkInterfaces") or []}
        subnets = ec2.subnets(cell, named - {None})
        production = _production(cell, [server for server, _configuration, _data in read])
    except DrsError as exc:
        return findings + [_unread(server, exc) for server, _configuration, _data in read]
    for server, configuration, data in read:
        wrong = drill_network.blocking_findings(configuration, data, subnets, production, network)
        findings += [finding(ERROR, code, f"{server['name']}: {text}", server=server) for code, text in wrong]
    return findings


def _default(cell: Cell, template_id: str | None) -> TemplateVersion:
    """A template that was made after all of them were read, as when DRS is asked for the settings the first time."""
    versions = ec2.template_versions(cell, template_id) if template_id else []
    default = next((one for one in versions if one["is_default"]), None)
    if default is None:
        raise DrsError("launch_template_missing", f"launch template {template_id or 'unknown'} is not there")
    return default


def _production(cell: Cell, servers: list[Server]) -> set[str]:
    """Subnets in which source machines of these servers run; only a recovery inside one Region can hit them."""
    here = [
        server["instance_id"]
        for server in servers
        if server["instance_id"]
        and server["origin_account_id"] in (None, server["account_id"])
        and server["origin_region"] in (None, cell.region)
    ]
    machines = ec2.instances_by_id(cell, here) if here else {}
    return {one["SubnetId"] for one in machines.values() if one.get("SubnetId")}


def _unread(server: Server, exc: DrsError) -> Finding:
    text = f"{server['name']}: what its drill would be connected to was not read: {exc.code}: {exc.message}"
    return finding(ERROR, UNREAD, text, server=server)
