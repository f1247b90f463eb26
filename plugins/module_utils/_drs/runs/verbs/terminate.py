"""The verb terminate: the options of the role terminate."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import keys
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import ONCE, Option, Verb

_FIX = (
    "Name what is to go: `terminate_run_id` (what one run launched), `terminate_recovery_instance_ids`, or "
    "`terminate_every_run: true` for what all runs have left; `sweep` removes drills whose lease is over."
)


def _check(values: Mapping[str, Any]) -> None:
    """Nothing said is not everything meant."""
    ways = [name for name in WAYS if values[name]]
    if not ways:
        raise DrsError("run_id_missing", "terminate_run_id: is missing or empty; nothing was terminated", remedy=_FIX)
    if "every_run" in ways and len(ways) > 1:
        others = " and ".join("terminate_%s" % name for name in ways if name != "every_run")
        raise DrsError("invalid_option", "terminate_every_run contradicts %s; leave one of them out" % others)


# How people say what is to be terminated.
WAYS = ("run_id", "every_run", "expired_only", "recovery_instance_ids", "confirm_recovery_instance_ids")

VERB = Verb(
    "terminate",
    "terminate",
    (
        Option("run_id", check=keys.check_run_id),
        Option("every_run", "bool", False, by_command=True),
        Option("confirm", by_person=True),
        Option("expired_only", "bool", False, by_playbook=True),
        Option("recovery_instance_ids", "list", [], elements="str", check=keys.each_id("recovery_instance")),
        Option(
            "confirm_recovery_instance_ids",
            "list",
            [],
            elements="str",
            by_person=True,
            check=keys.each_id("recovery_instance"),
        ),
        keys.limits(ONCE),
        keys.seconds("expected_seconds", 90, ONCE),
        keys.seconds("poll_interval", 5, ONCE),
        keys.seconds("poll_interval_max", 60, ONCE),
        keys.seconds("heartbeat", 60, ONCE),
        keys.seconds("timeout", 3600, ONCE),
        keys.seconds("max_wait", 0, ONCE),
        Option("fail", "bool", True),
        keys.store(ONCE),
        Option("run_epoch", "int"),
        Option("log_path", "path"),
    ),
    check=_check,
    uses={"history": ("result",), "notify": ("event",)},
    outputs=("terminate_result",),
    selects="terminate_run_id (what one run launched) or terminate_recovery_instance_ids",
)
