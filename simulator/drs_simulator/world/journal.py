"""The journal: every AWS call that reached the simulator, answered or not."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import threading
from typing import Any

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


class Journal:
    """Append-only list of calls; numbers are given when a call ends, so `since` never misses one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        self._dependents: list[dict[str, Any]] = []

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
            entry = {
                "seq": len(self._entries) + 1,
                "time": time,
                "account": account,
                "region": region,
                "principal": principal,
                "source_identity": source_identity,
                "service": service,
                "action": action,
                "mutating": is_mutating(action),
                "status": status,
                "error": error,
                "fault": fault,
                # DRS carries no secrets, and its tags may be called anything.
                "request": request if service == "drs" else redact(request),
                "iam_action": iam_actions[0] if iam_actions else None,
                "iam_actions": iam_actions or [],
                "denied": denied,
                "dependent": False,
            }
            self._entries.append(entry)
        return entry

    def record_dependents(self, entry: dict[str, Any], found: list[dict[str, Any]]) -> None:
        """Write what DRS needed IAM for on behalf of a recorded call. They stand apart: nobody sent them.

        found: [{action, denied}]. ``of`` is the number of the call; ``error`` is AccessDenied for a refused one.
        """
        with self._lock:
            for item in found:
                service, _sep, action = item["action"].partition(":")
                self._dependents.append(
                    {
                        "seq": len(self._dependents) + 1,
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
            chosen = [e for e in self._dependents if e["of"] > since] if dependent else self._entries[since:]
        return [
            e
            for e in chosen
            if (service is None or e["service"] == service)
            and (action is None or e["action"] == action)
            and (account is None or e["account"] == account)
        ]
