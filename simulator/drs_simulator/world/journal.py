"""The journal: every AWS call that reached the simulator, answered or not."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import sys
import threading
from collections import deque
from typing import Any

from ..scenario.scenario import JOURNAL_KEEP

# A call is a read when its name starts so. AssumeRole creates credentials but changes no resource. Everything else is
# taken to change something, so that a forgotten prefix makes a test fail rather than pass.
_READ = re.compile(
    r"(Describe|List|Get|BatchGet|Head|Search|Lookup|Query|Scan|Select|Simulate|Validate|Estimate|Preview|Check|Filter"
    r"|Decode|AssumeRole|TransactGet)"
)
# Values under these keys are never kept: external ids are shared secrets, the others are secrets outright.
_SECRET = re.compile(
    r"(external_?id|secret|password|token(?!s$)|private_?key|user_?data|^value$|session_?key)", re.IGNORECASE
)
HIDDEN = "***"
# Services whose requests carry no secrets: tags of DRS may be called anything, a metric has a Value.
_OPEN = ("drs", "cloudwatch")


def is_mutating(action: str) -> bool:
    """Whether an API action changes anything, judged by its name."""
    return _READ.match(action) is None


def redact(value: Any) -> Any:
    """A copy without secrets; lists and objects are walked, other values kept."""
    if isinstance(value, dict):
        return {
            key: HIDDEN
            if _SECRET.search(str(key)) and str(key) not in ("nextToken", "NextToken", "ClientToken")
            else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


# What many entries have in common, in the order of an entry; then its number.
_SHARED = ("account", "region", "principal", "source_identity", "service", "action", "error", "fault")
_SEQ = len(_SHARED)


def _compact(entry: dict[str, Any]) -> tuple[Any, ...]:
    """An entry as it is kept: ten thousand calls must not cost more than a few megabytes."""
    values = [sys.intern(value) if isinstance(value, str) else value for value in map(entry.get, _SHARED)]
    request = json.dumps(entry["request"], separators=(",", ":"), default=str)
    return (
        *values,
        entry["seq"],
        entry["time"],
        entry["status"],
        request,
        tuple(entry["iam_actions"]),
        entry["denied"],
    )


def _whole(kept: tuple[Any, ...]) -> dict[str, Any]:
    """The entry of its compact form."""
    *values, seq, time, status, request, iam_actions, denied = kept
    shared = dict(zip(_SHARED, values))
    return {
        "seq": seq,
        "time": time,
        **{name: shared[name] for name in _SHARED[:6]},
        "mutating": is_mutating(shared["action"]),
        "status": status,
        **{name: shared[name] for name in _SHARED[6:]},
        "request": json.loads(request),
        "iam_action": iam_actions[0] if iam_actions else None,
        "iam_actions": list(iam_actions),
        "denied": denied,
        "dependent": False,
    }


class Journal:
    """List of calls, the oldest dropped beyond ``keep``; numbers are given when a call ends, so `since` misses none."""

    def __init__(self, keep: int = JOURNAL_KEEP) -> None:
        self._lock = threading.Lock()
        self._entries: deque[tuple[Any, ...]] = deque(maxlen=keep)
        self._dependents: deque[dict[str, Any]] = deque(maxlen=10 * keep)
        self._last = 0
        self._last_dependent = 0

    @property
    def last(self) -> int:
        """The number of the last call: how many there were, dropped ones included."""
        return self._last

    @property
    def dropped(self) -> int:
        """How many calls are not kept any more."""
        return self._last - len(self._entries)

    def record(
        self,
        *,
        time: str,
        account: str | None,
        region: str,
        principal: str | None,
        source_identity: str | None,
        service: str,
        action: str,
        status: int | None,
        error: str | None,
        fault: str | None,
        request: dict[str, Any],
        iam_actions: list[str] | None = None,
        denied: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Write one call. status is None when no answer was sent; fault is the id of the rule that interfered.

        iam_actions: what IAM was asked, the action of the call first. denied: {action, resource, explicit} when IAM
        refused.
        """
        with self._lock:
            self._last += 1
            entry = {
                "seq": self._last,
                "time": time,
                "account": account,
                "region": region,
                "principal": principal,
                "source_identity": source_identity,
                "service": service,
                "action": action,
                "status": status,
                "error": error,
                "fault": fault,
                "request": request if service in _OPEN else redact(request),
                "iam_actions": iam_actions or [],
                "denied": denied,
            }
            self._entries.append(_compact(entry))
        return entry

    def record_dependents(self, entry: dict[str, Any], found: list[dict[str, Any]]) -> None:
        """Write what DRS needed IAM for on behalf of a recorded call. They stand apart: nobody sent them.

        found: [{action, denied}]. ``of`` is the number of the call; ``error`` is AccessDenied for a refused one.
        """
        with self._lock:
            for item in found:
                service, _sep, action = item["action"].partition(":")
                self._last_dependent += 1
                self._dependents.append(
                    {
                        "seq": self._last_dependent,
                        "of": entry["seq"],
                        **{key: entry[key] for key in ("time", "account", "region", "principal", "source_identity")},
                        "service": service,
                        "action": action,
                        "mutating": is_mutating(action),
                        "error": "AccessDenied" if item["denied"] else None,
                        "iam_action": item["action"],
                        "denied": item["denied"],
                        "dependent": True,
                    }
                )

    def entries(
        self,
        since: int = 0,
        service: str | None = None,
        action: str | None = None,
        account: str | None = None,
        dependent: bool = False,
    ) -> list[dict[str, Any]]:
        """Entries after number `since`, filtered by service, action and account when given.

        dependent: instead of the calls, what DRS needed IAM for on behalf of the calls after that number.
        """
        with self._lock:
            kept = [e for e in self._entries if e[_SEQ] > since] if not dependent else []
            chosen = [e for e in self._dependents if e["of"] > since] if dependent else map(_whole, kept)
        return [
            e
            for e in chosen
            if (service is None or e["service"] == service)
            and (action is None or e["action"] == action)
            and (account is None or e["account"] == account)
        ]
