"""The verb orchestrate: one action for a parent system, and how its input maps to options of other verbs."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import failback, fleet, keys
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import recovery, terminate
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import ONCE, Option, Verb

# The verb behind each action.
ACTIONS = {
    "drill": recovery.VERB,
    "failover": recovery.VERB,
    "failback": failback.VERB,
    "terminate": terminate.VERB,
    "status": fleet.STATUS,
}

_BOTH = ("recovery", "failback")


def _of(option: str, *verbs: str) -> tuple[str, ...]:
    return tuple("%s.%s" % (verb, option) for verb in verbs or ("recovery",))


# Each key of the input, and the options that it becomes, as verb.option or verb.option.key. What becomes none is read
# by the entry point itself: for status and terminate it chooses the servers by itself.
KEYS: dict[str, tuple[str, ...]] = {
    "action": (),
    "plan_name": _of("plan_name", *_BOTH),
    "plan_file": _of("plan_file"),
    "tags": _of("selection.tags", *_BOTH),
    **{
        "selection.%s" % key: _of("selection.%s" % key, *_BOTH)
        for key in ("applications", "waves", "source_server_ids")
    },
    "options.is_drill": _of("mode", *_BOTH),
    "options.max_wait_minutes": ("recovery.max_wait", "failback.max_wait", "terminate.timeout"),
    "options.point_in_time": _of("point_in_time"),
    "options.notification_topic": _of("topic_arn", "notify"),
    "options.continue_on_failure": _of("policy.continue_on_failure", *_BOTH),
    "options.max_failures": _of("policy.max_failures", *_BOTH),
    "options.parallelism": _of("limits.servers_in_jobs", *_BOTH, "terminate"),
    "options.except": _of("except"),
    "options.allow_empty": _of("allow_empty", *_BOTH),
    "options.expected_count": _of("expected_count", *_BOTH),
    "options.require_full_coverage": (*_of("require_full_coverage", *_BOTH), "status.fail_on_unreadable"),
    "options.guardrails": _of("guardrails"),
    "options.override_reason": _of("override_reason"),
    "options.drill_network": _of("drill_network"),
    "options.validate_tasks": _of("validate_tasks", *_BOTH),
    "options.validated": _of("validated", "failback"),
    "options.until": _of("until", "failback"),
    "options.require_approval": _of("require_approval", *_BOTH),
    "options.run_id": _of("run_id", *_BOTH, "terminate"),
    "options.retry_failed": _of("retry_failed", *_BOTH),
    "options.confirm": _of("confirm", *_BOTH, "terminate"),
    "options.cleanup": _of("cleanup"),
    "options.replace_recovery_instance_ids": _of("replace_recovery_instance_ids"),
    "options.every_run": _of("every_run", "terminate"),
    "options.recovery_instance_ids": _of("recovery_instance_ids", "terminate"),
    "options.confirm_recovery_instance_ids": _of("confirm_recovery_instance_ids", "terminate"),
    "options.waiting_status": (),
    "metadata.correlation_id": _of("correlation_id", *_BOTH),
    "metadata.parent_execution": _of("parent_execution", *_BOTH),
    "metadata.ticket": _of("ticket", *_BOTH),
    "metadata.initiator": _of("initiator", *_BOTH),
}
# Other names of keys, as the original contract of the entry point has them. Each is accepted in camelCase as well.
ALIASES: dict[str, tuple[str, ...]] = {
    "options.point_in_time": ("point_in_time_snapshot",),
    "options.notification_topic": ("notification_arn",),
    "metadata.parent_execution": ("parent_execution_id",),
    "metadata.ticket": ("ticket_id",),
    "metadata.initiator": ("initiated_by",),
}
# The options that a parent gives with every action, whether or not they mean something for it.
ALWAYS = ("is_drill", "max_wait_minutes", "notification_topic", "continue_on_failure", "parallelism", "allow_empty")
MAX_WAIT_MINUTES, PARALLELISM = 120, 50
TYPED, REQUEST = "typed", "request"
# What each verb gets besides: from the variables of this one, or as it must be here.
ALSO = {"recovery": ("store",), "failback": ("store",), "terminate": ("store", "fail"), "status": ()}


def set_options(verb: str) -> tuple[str, ...]:
    """The options of a verb that orchestrate sets itself."""
    targets = (target.split(".") for several in KEYS.values() for target in several)
    return tuple(dict.fromkeys([*(part[1] for part in targets if part[0] == verb), *ALSO[verb]]))


_USED = {verb.name: set_options(verb.name) for verb in ACTIONS.values()}

VERB = Verb(
    "orchestrate",
    "orchestrate",
    (
        Option("input", "raw", {}),
        Option("input_file", "path", ""),
        Option("output_file", "path", "orchestration.json"),
        Option("stats", "bool", True),
        # by whom a failover and a failback are confirmed; the request itself never says so
        Option("confirmation", default=TYPED, choices=(TYPED, REQUEST)),
        Option("same_run_hours", "int", 24, check=keys.not_negative),
        keys.store(ONCE),
    ),
    uses={**recovery.VERB.uses, **failback.VERB.uses, **_USED},
    outputs=("orchestrate_result", "orchestrate_settings"),
    selects="its input, by tags and selection",
)
