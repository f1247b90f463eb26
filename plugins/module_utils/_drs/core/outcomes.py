"""Outcomes of servers: the closed list of them, and the one shape of a result per server."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyError,
    AnyServer,
    Entry,
    Error,
    Outcome,
    Summary,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, seconds_between

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

PLANNED: Outcome = "planned"
QUEUED: Outcome = "queued"
IN_PROGRESS: Outcome = "in_progress"
LAUNCHED: Outcome = "launched"
TERMINATED: Outcome = "terminated"
INSTALLED: Outcome = "installed"
ALREADY_INSTALLED: Outcome = "already_installed"
REMOVED: Outcome = "removed"
EXTENDED: Outcome = "extended"
ALREADY_EXTENDED: Outcome = "already_extended"
UNEXTENDED: Outcome = "unextended"
REVERSED: Outcome = "reversed"
READY: Outcome = "ready"
PROTECTED: Outcome = "protected"
CLEANED: Outcome = "cleaned"
STOPPED: Outcome = "stopped"
APPLIED: Outcome = "applied"
UNCHANGED: Outcome = "unchanged"
SKIPPED: Outcome = "skipped"
REFUSED: Outcome = "refused"
FAILED: Outcome = "failed"
UNKNOWN: Outcome = "unknown"

# Still moving: somebody has to look again.
OPEN_OUTCOMES: tuple[Outcome, ...] = (PLANNED, QUEUED, IN_PROGRESS)
# Nothing was tried of it.
UNTRIED: tuple[Outcome, ...] = (PLANNED, SKIPPED)
# The machine is protected by an agent; the server is extended, or was taken back; whatever is well of an extension.
AGENT_OUTCOMES: tuple[Outcome, ...] = (INSTALLED, ALREADY_INSTALLED)
EXTENSION_OUTCOMES: tuple[Outcome, ...] = (EXTENDED, ALREADY_EXTENDED, UNEXTENDED, PLANNED, SKIPPED)
# The stages of a failback, in their order.
STAGES: tuple[Outcome, ...] = (REVERSED, READY, LAUNCHED, PROTECTED, CLEANED)
# Count against a wave: an outcome nobody could read is never taken for a success.
BAD_OUTCOMES: tuple[Outcome, ...] = (REFUSED, FAILED, UNKNOWN)

ENTRY_KEYS = (
    "source_server_id",
    "instance_id",
    "arn",
    "name",
    "cell",
    "account_id",
    "region",
    "application",
    "wave",
    "batch",
    "critical",
    "outcome",
    "changed",
    "adopted",
    "job_id",
    "command_id",
    "recovery_instance_id",
    "ec2_instance_id",
    "private_ip",
    "availability_zone",
    "is_drill",
    "point_in_time",
    "data_age_seconds",
    "started_at",
    "ended_at",
    "duration_seconds",
    "post_launch",
    "error",
)
_FLAGS = ("changed", "adopted", "critical")
_TIMES = ("point_in_time", "started_at", "ended_at")


def error_entry(error: DrsError | AnyError | None) -> Error | None:
    """Reduce an error to the four keys every result carries: code, message, remedy, retryable."""
    if error is None:
        return None
    if isinstance(error, Mapping):
        fields: AnyError = error
        if not fields.get("code"):
            fields = DrsError("unknown_error", str(error.get("message") or "")).to_dict()
    else:
        fields = error.to_dict()
    return {
        "code": str(fields["code"]),
        "message": str(fields.get("message") or ""),
        "remedy": str(fields.get("remedy") or ""),
        "retryable": bool(fields.get("retryable", False)),
    }


def server_entry(
    outcome: Outcome,
    server: AnyServer | None = None,
    *,
    error: DrsError | AnyError | None = None,
    **values: Any,
) -> Entry:
    """Build the one per-server result.

    ``server`` (a described server, a server of a plan or an earlier entry) supplies whatever keys it shares with an
    entry, except the outcome and the error; ``values`` go over it. Times may be datetimes or ISO 8601 text and become
    text in UTC. ``duration_seconds`` and ``data_age_seconds`` (age of the data when the launch began) are derived when
    not given. Every key of ENTRY_KEYS is in the result.

    :raises ValueError: an outcome that is not in OUTCOMES, or a value whose name is not in ENTRY_KEYS.
    """
    if outcome not in OUTCOMES:
        raise ValueError("outcome {!r} is not one of {}".format(outcome, ", ".join(OUTCOMES)))
    strange = sorted(set(values) - set(ENTRY_KEYS))
    if strange:
        raise ValueError("a server entry has no {}; it has {}".format(", ".join(strange), ", ".join(ENTRY_KEYS)))
    entry: dict[str, Any] = dict.fromkeys(ENTRY_KEYS)
    if server is not None:
        entry.update({key: server[key] for key in ENTRY_KEYS if key in server})
    entry.update(values)
    entry["outcome"] = outcome
    entry["error"] = error_entry(error)
    for key in _FLAGS:
        entry[key] = bool(entry[key])
    for key in _TIMES:
        entry[key] = iso_time(entry[key])
    if entry["duration_seconds"] is None:
        entry["duration_seconds"] = seconds_between(entry["started_at"], entry["ended_at"])
    if entry["data_age_seconds"] is None:
        entry["data_age_seconds"] = seconds_between(entry["point_in_time"], entry["started_at"])
    return cast("Entry", entry)


def percent(succeeded: int, counted: int) -> float | None:
    """The one success rate: a share in percent, rounded down to a tenth, so that 100 means all; None of nothing.

    :param counted: all but what was skipped: a server that was planned and never started has not succeeded.
    """
    return succeeded * 1000 // counted / 10 if counted else None


def summarise(servers: Iterable[AnyServer]) -> Summary:
    """Count entries by outcome: every outcome is a key, zero included, and ``total``.

    An entry without an outcome, or with one outside the closed list, counts as unknown: it must not vanish.
    """
    counts: dict[str, int] = dict.fromkeys(OUTCOMES, 0)
    total = 0
    for server in servers:
        outcome = server.get("outcome")
        counts[outcome if outcome in counts else UNKNOWN] += 1
        total += 1
    counts["total"] = total
    return counts
