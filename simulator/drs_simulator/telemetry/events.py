"""Events of DRS on EventBridge: put on the default bus of the account and Region where the thing happened.

EventBridge events reference, aws.drs, and UG:monitoring-event-bridge-sample for the details. Rules deliver to what moto
knows (SQS, logs, other buses) and to SNS. Of a world in which nobody ever used EventBridge nothing is sent. What the
details of the two events of source networks hold is a guess: the new status, or the result, as the API names it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
from datetime import datetime
from typing import Any

from ..moto_fixes import registry
from ..world.world import world

_LAUNCH = "DRS Source Server Launch Result"
_STALLED = "DRS Source Server Data Replication Stalled Change"
_FAILBACK = "DRS Recovery Instance Failback State Change"
_POINT = "DRS PIT Snapshot Taken"
_NETWORK_STATUS = "DRS Source Network Protection Status Change"
_NETWORK_RESULT = "DRS Source Network Recovery Result"
#: What happened -> (detail-type, state, whose ARN). Without a state the teller gives the whole ``detail``.
_EVENTS: dict[str, tuple[str, str | None, str]] = {
    "launched": (_LAUNCH, "RECOVERY_LAUNCH_SUCCEEDED", "source-server"),
    "launch_failed": (_LAUNCH, "RECOVERY_LAUNCH_FAILED", "source-server"),
    "stalled": (_STALLED, "STALLED", "source-server"),
    "not_stalled": (_STALLED, "NOT_STALLED", "source-server"),
    "reversed": (_FAILBACK, "FAILBACK_IN_PROGRESS", "recovery-instance"),
    "failback_client": (_FAILBACK, "FAILBACK_IN_PROGRESS", "recovery-instance"),
    "failed_back": (_FAILBACK, "FAILBACK_COMPLETED", "recovery-instance"),
    "failback_failed": (_FAILBACK, "FAILBACK_ERROR", "recovery-instance"),
    "point": (_POINT, None, "source-server"),
    "network_status": (_NETWORK_STATUS, None, "source-network"),
    "network_recovered": (_NETWORK_RESULT, None, "source-network"),
}
_IDS = {
    "source-server": "source_server_id",
    "recovery-instance": "recovery_instance_id",
    "source-network": "source_network_id",
}


def tell(what: str, at: datetime, fields: dict[str, Any]) -> None:
    """Put the event of something that happened on the bus, when it has one and somebody uses EventBridge."""
    if what not in _EVENTS or not registry.applied("events"):
        return
    from moto.events.models import events_backends
    from moto.utilities.utils import get_partition

    kind, state, noun = _EVENTS[what]
    # Of a reversal the ledger tells the cell that replicates from now on; the recovery instance is in the other one.
    own = noun == "recovery-instance"
    account = str((own and fields.get("of_account")) or fields["account"])
    region = str((own and fields.get("of_region")) or fields["region"])
    identifier = fields[_IDS[noun]]
    detail: dict[str, Any] = fields["detail"] if state is None else {"state": state}
    if kind == _LAUNCH:
        detail.update({"job-id": fields["job_id"], "is-drill": str(bool(fields["is_drill"])).upper()})
    event = {
        "Source": "aws.drs",
        "DetailType": kind,
        "Detail": json.dumps(detail),
        "Resources": [f"arn:{get_partition(region)}:drs:{region}:{account}:{noun}/{identifier}"],
        "Time": at.timestamp(),
    }
    events_backends[account][region].put_events([event])


@registry.corrects("events")
def correct() -> None:
    """Let rules deliver to SNS topics, and name the account, which AWS does and moto does not."""
    from moto.events.models import Rule
    from moto.events.utils import EventTemplateParser

    whole = EventTemplateParser.DEFAULT_EVENT_INPUT_TEMPLATE
    if '"account"' not in whole:
        EventTemplateParser.DEFAULT_EVENT_INPUT_TEMPLATE = whole.replace('"region"', '"account": "<account>", "region"')
    original = Rule.send_to_targets

    @functools.wraps(original)
    def send_to_targets(self: Any, original_event: Any, *more: Any, **named: Any) -> None:
        topics = [one for one in self.targets if ":sns:" in one["Arn"]]
        if not topics:
            original(self, original_event, *more, **named)
            return
        every, self.targets = self.targets, [one for one in self.targets if one not in topics]
        try:
            original(self, original_event, *more, **named)
        finally:
            self.targets = every
        if self.event_pattern.matches_event(original_event):
            for one in topics:
                _publish(one["Arn"], original_event)

    Rule.send_to_targets = send_to_targets


def _publish(arn: str, event: dict[str, Any]) -> None:
    from moto.sns.models import sns_backends

    registry.apply("sns")
    region, account = arn.split(":")[3:5]
    sns_backends[account][region].publish(message=json.dumps(event, default=str), arn=arn)


def listen() -> None:
    """Be told of what happens in the world; called once."""
    if tell not in world.listeners:
        world.listeners.append(tell)
