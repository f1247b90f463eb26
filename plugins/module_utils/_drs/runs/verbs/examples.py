"""An example of the right form for each option that is a mapping or a list, for whoever gave it another one."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Option

_SERVER, _INSTANCE, _ACCOUNT = "s-1111111111111111a", "i-1111111111111111a", "111111111111"
_JOB, _TOPIC = "drsjob-1111111111111111a", "arn:aws:sns:us-west-2:111111111111:resilience-drs"
_ROLE = "arn:aws:iam::111111111111:role/controller"
_SETTINGS = {"settings": {"copy_tags": True}}
_ACTION = {"name": "check-web", "document": "Check-Web", "order": 1001}

# By the variable, where options of one name have different forms, else by the option or the key of an option.
_EXAMPLES: dict[str, Any] = {
    "account": {"pit_retention_days": 7},
    "account_ids": [_ACCOUNT],
    "account_setup_tags": {"owner": "resilience"},
    "actions": [{"id": "a-1", "what": "Raise the quota", "owner": "A. Person", "due": "2026-12-31"}],
    "adopt_job_ids": [_JOB],
    "allow": ["arm64"],
    "applications": ["payments"],
    "clean_up_principals": [_ROLE],
    "confirm_recovery_instance_ids": [_INSTANCE],
    "confirm_resync": [_SERVER],
    "controller_principals": [_ROLE],
    "devices": ["/dev/nvme1n1"],
    "drill_network": {"subnet_ids": ["subnet-11111111"]},
    "except": {_SERVER: "it cannot boot, ticket 1234"},
    "evidence_lock": {"bucket": "dr-evidence", "retain_days": 365},
    "evidence_timestamp": {"url": "https://timestamp.example.com"},
    "exclude": ["aws:*"],
    "fail_on": ["FAIL"],
    "filter_tags": {"dr:application": "payments"},
    "follow_arns": ["arn:aws:drs:us-west-2:111111111111:source-server/" + _SERVER],
    "groups": [{"applications": ["payments"], **_SETTINGS}],
    "guardrails": {"max_servers_per_run": 100},
    "include": ["dr:*"],
    "instance_ids": [_INSTANCE],
    "into": ["staging"],
    "kinds": ["success", "failure"],
    "launch_actions_account": [_ACTION],
    "launch_actions_groups": [{"applications": ["payments"], "actions": [_ACTION]}],
    "launch_actions_servers": [{"name": "web-01", "actions": [_ACTION]}],
    "launch_groups": [{"applications": ["payments"], **_SETTINGS}],
    "launch_servers": [{"name": "web-01", **_SETTINGS}],
    "launch_template": {"copy_tags": True},
    "limits": {"servers_in_jobs": 100},
    "node_credentials": {"profile": "default"},
    "objectives": {"payments": {"rto": "4h", "rpo": "15m"}},
    "participants": [{"name": "A. Person", "role": "in charge"}],
    "patterns": ["cross_account"],
    "policy": {"max_failures": "10%"},
    "prices": {"currency": "USD", "regions": {"default": {"server_hour": 0.03}}},
    "recovery_instance_ids": [_INSTANCE],
    "replace_recovery_instance_ids": [_INSTANCE],
    "replication_template": {"staging_area_subnet_id": "subnet-11111111"},
    "resource_tags": {"owner": "resilience"},
    "selection": {"tags": {"dr:application": "payments"}},
    "servers": [{"name": "web-01", **_SETTINGS}],
    "settings": {"copy_tags": True},
    "sign_offs": [
        {"name": "A. Person", "decision": "accepted", "at": "2026-11-30T12:00:00Z", "evidence_hash": "the hash"}
    ],
    "source_server_ids": [_SERVER],
    "source_servers": [_SERVER],
    "stack_sets": ["resilience-drs"],
    "staging_account_ids": [_ACCOUNT],
    "statuses": ["failed"],
    "store": {"backend": "dynamodb", "region": "us-west-2"},
    "subnet_ids": ["subnet-11111111"],
    "tag_keys": {"wave": ["RecoveryWave"]},
    "tags": {"dr:application": "payments"},
    "waves": ["1", "2"],
}


def example(option: Option, place: str) -> Any:
    """A value of an option or key in its form; None where none is known.

    :param place: how people name it, such as ``recovery_selection`` or ``recovery_selection.applications``.
    """
    return _EXAMPLES.get(place, _EXAMPLES.get(option.name))


def such_as(option: Option, place: str, element: bool = False) -> str:
    """What to write instead, to stand behind "is not a mapping"; empty where no example is known.

    :param element: one item of the option, which is a list.
    """
    value = example(option, place.partition("[")[0] if element else place)
    if value is None or option.type not in ("list", "dict"):
        return ""
    if element:
        return ", such as %s" % json.dumps(value[0])
    if "." in place or "[" in place:
        return ", such as %s" % json.dumps(value)
    return "; write it as -e '%s'" % json.dumps({place: value})
