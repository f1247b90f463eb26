"""The operations of launch actions, source networks and RetryDataReplication. responses.py makes HTTP of them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime
from typing import Any

from .models import DrsBackend
from .networks import recovery


def put_launch_action(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """PutLaunchAction."""
    return backend.actions.put(params)


def list_launch_actions(response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """ListLaunchActions, in their order."""
    wanted = (params.get("filters") or {}).get("actionIds")
    found = [one for one in backend.actions.of(params["resourceId"]) if not wanted or one["actionId"] in wanted]
    return response.listing("ListLaunchActions", found, params)


def delete_launch_action(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
    """DeleteLaunchAction."""
    backend.actions.delete(params["resourceId"], params["actionId"])


def retry_data_replication(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """RetryDataReplication."""
    server = backend.find_server(params["sourceServerID"])
    backend.retry_data_replication(now, server)
    return server.to_wire(now)


# --------------------------------------------------------------------------------------------------------- networks
def create_source_network(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """CreateSourceNetwork."""
    return {"sourceNetworkID": backend.networks.create(params).id}


def describe_source_networks(response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """DescribeSourceNetworks."""
    filters = params.get("filters") or {}
    found = [
        network.to_wire()
        for network in backend.networks.items.values()
        if (not filters.get("sourceNetworkIDs") or network.id in filters["sourceNetworkIDs"])
        and filters.get("originAccountID") in (None, network.account)
        and filters.get("originRegion") in (None, network.region)
    ]
    return response.listing("DescribeSourceNetworks", found, params)


def delete_source_network(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> None:
    """DeleteSourceNetwork."""
    backend.networks.delete(params["sourceNetworkID"])


def start_source_network_replication(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """StartSourceNetworkReplication."""
    return {"sourceNetwork": backend.networks.start(now, params["sourceNetworkID"]).to_wire()}


def stop_source_network_replication(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """StopSourceNetworkReplication."""
    return {"sourceNetwork": backend.networks.stop(now, params["sourceNetworkID"]).to_wire()}


def start_source_network_recovery(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """StartSourceNetworkRecovery."""
    return {"job": recovery.start(backend, now, params).to_wire()}


def associate_source_network_stack(_response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]) -> Any:
    """AssociateSourceNetworkStack."""
    return {"job": recovery.associate(backend, now, params).to_wire()}


def export_source_network_cfn_template(
    _response: Any, backend: DrsBackend, now: datetime, params: dict[str, Any]
) -> Any:
    """ExportSourceNetworkCfnTemplate."""
    return {"s3DestinationUrl": recovery.export(backend, now, params["sourceNetworkID"])}


OPERATIONS = (
    put_launch_action,
    list_launch_actions,
    delete_launch_action,
    retry_data_replication,
    create_source_network,
    describe_source_networks,
    delete_source_network,
    start_source_network_replication,
    stop_source_network_replication,
    start_source_network_recovery,
    associate_source_network_stack,
    export_source_network_cfn_template,
)
