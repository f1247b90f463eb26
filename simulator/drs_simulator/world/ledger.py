"""The ledger: what really happened to servers, in order, whatever any client was told."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

# Effects the DRS code writes: launched, launch_failed, wiped, terminated, disconnected, deleted, extended ...
_FIELDS = (
    "account",
    "region",
    "source_server_id",
    "recovery_instance_id",
    "is_drill",
    "job_id",
    "job_tags",
    "cause",
)


class Ledger:
    """Append-only list of effects."""

    def __init__(self, now: Callable[[], Any]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []

    def record(self, effect: str, at: Any = None, **fields: Any) -> dict[str, Any]:
        """Write one effect.

        effect: e.g. ``launched``. at: the virtual time of the effect, now when not given. fields: account, region,
        source_server_id, recovery_instance_id, is_drill, job_id, job_tags, cause; others are kept as given.
        Returns the entry with its ``seq`` (1, 2, 3 ...).
        """
        with self._lock:
            entry: dict[str, Any] = {
                "seq": len(self._entries) + 1,
                "time": (at or self._now()).isoformat(),
                "effect": effect,
            }
            entry.update({name: fields.pop(name, None) for name in _FIELDS})
            entry.update(fields)
            self._entries.append(entry)
        return entry

    def entries(self, since: int = 0, effect: str | None = None) -> list[dict[str, Any]]:
        """Entries after number `since`, of one effect when given."""
        with self._lock:
            return [e for e in self._entries[since:] if effect is None or e["effect"] == effect]
