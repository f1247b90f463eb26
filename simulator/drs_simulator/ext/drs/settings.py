"""Settings for behaviour of DRS that AWS does not document, so that a scenario can switch it.

A default is the likeliest reading of the documentation; nothing here may be quoted as AWS behaviour.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from copy import deepcopy
from typing import Any

from drs_simulator.scenario.doubts import DOUBTS

#: Default quotas per account and Region: GR (General Reference, "AWS Elastic Disaster Recovery endpoints and quotas").
QUOTAS: dict[str, int] = {
    "servers_per_job": 100,
    "concurrent_jobs": 20,
    "servers_in_jobs": 500,
    "replicating_servers": 300,
    "source_servers": 4000,
}

#: Service Quotas codes of the quotas that this service enforces.
QUOTA_CODES: dict[str, str] = {
    "servers_per_job": "L-B827C881",
    "concurrent_jobs": "L-D88FAC3A",
    "servers_in_jobs": "L-05AFA8C6",
    "replicating_servers": "L-C1D14A2B",
    "source_servers": "L-E28BE5E0",
    "launch_configuration_templates": "L-1F3FAE4D",
}

#: Seconds, [low, high], drawn per server and phase from the scenario's seed. Compressed from the documented
#: "typically 5-20 minutes" of a recovery.
DURATIONS: dict[str, list[float]] = {
    "start": [1, 4],
    "cleanup": [20, 60],
    "snapshot": [60, 120],
    "conversion": [180, 420],
    "launch": [60, 180],
    "terminate": [30, 90],
}

#: What is no doubt about AWS, but a size or a speed of this simulator; the doubts are in scenario/doubts.
_DEFAULTS: dict[str, Any] = {
    **{doubt.name: doubt.default for doubt in DOUBTS},
    # Bytes per second of a reversed server's initial sync; None: as every other one.
    "reverse_bytes_per_second": None,
    # Seconds that a launch action runs, [low, high]; seconds until a source network is protected.
    "launch_action_seconds": [10, 60],
    "network_replication_seconds": 120,
    # Items per page when the caller does not ask, and the most a page ever holds.
    "page_size": 200,
    "max_page_size": 1000,
    # Bytes per second: initial sync and rescan; change rate from which a lag's backlog is computed.
    "sync_bytes_per_second": 128 * 1024 * 1024,
    "rescan_bytes_per_second": 512 * 1024 * 1024,
    "change_bytes_per_second": 2 * 1024 * 1024,
    # Seconds an initiation step takes, [low, high]; seconds CREATING_SNAPSHOT lasts after an initial sync.
    "initiation_step_seconds": [5, 30],
    "first_snapshot_seconds": 60,
    # Whether a server copies its disks again after another encryption was set. UG:individual-replication-settings:
    # "Full Sync may be required".
    "full_sync_after_encryption_change": False,
    # Seconds that an on-demand snapshot waits for the source before it falls back. Documented: ten minutes.
    "snapshot_wait_seconds": 600,
    # Launch settings of a server that no template describes.
    "launch_defaults": {
        "launchDisposition": "STARTED",
        "targetInstanceTypeRightSizingMethod": "BASIC",
        "copyPrivateIp": False,
        "copyTags": True,
        "osByol": False,
        "postLaunchEnabled": False,
        "recoveryMode": "OPTIMAL",
    },
    "agent_version": "6.42.24",
    "instance_type": "m5.large",
}

_CHOICES: dict[str, tuple[Any, ...]] = {doubt.name: doubt.choices for doubt in DOUBTS if doubt.choices}

SETTINGS: dict[str, Any] = deepcopy(_DEFAULTS)


def configure(overrides: dict[str, Any]) -> None:
    """Change settings.

    Raises:
        ValueError: an unknown name, or a value outside the listed choices; nothing is changed then.
    """
    for name, value in overrides.items():
        if name not in _DEFAULTS:
            raise ValueError(f"unknown DRS setting '{name}'; known: {', '.join(sorted(_DEFAULTS))}")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"DRS setting {name}={value!r} must be one of {', '.join(map(str, _CHOICES[name]))}")
    for name, value in overrides.items():
        if isinstance(_DEFAULTS[name], dict):
            SETTINGS[name].update(value)
        else:
            SETTINGS[name] = value


def reset() -> None:
    """Back to the defaults, in place: other modules hold the dictionary itself."""
    SETTINGS.clear()
    SETTINGS.update(deepcopy(_DEFAULTS))
