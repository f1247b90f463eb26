"""Faults: seeded, repeatable failures between a client and the simulated AWS."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import difflib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KINDS = ("throttle", "server_error", "drop_connection", "drop_response", "slow", "deny", "hold_before", "hold_after")
# A call that is held waits, before or after its effect, until its rule is removed, and is then dropped: time enough to
# kill or stop whoever made it. It stands in the journal when it begins to wait.
HOLDS = ("hold_before", "hold_after")
MAX_HOLD_SECONDS = 120.0
_MATCH = ("service", "action", "account", "region")
_KEYS = ("id", "match", "kind", "rate", "times", "after", "seconds")
MAX_SLOW_SECONDS = 30.0


class FaultError(ValueError):
    """A fault rule that makes no sense; the text names field, value and fix."""


@dataclass
class Rule:
    """One fault. rate: share of matching calls hit; times: at most so many hits; after: so many matches pass first."""

    id: str
    kind: str
    match: dict[str, list[str]] = field(default_factory=dict)
    rate: float = 1.0
    times: int | None = None
    after: int = 0
    seconds: float = 0.0
    seen: int = 0
    hits: int = 0
    holding: int = 0
    removed: threading.Event = field(default_factory=threading.Event, repr=False)
    rng: random.Random = field(default_factory=random.Random, repr=False)

    def applies_to(self, call: dict[str, str | None]) -> bool:
        """Whether the call is one this rule is about (a missing match key means any)."""
        return all(call.get(key) in wanted for key, wanted in self.match.items())

    def strikes(self) -> bool:
        """Decide for one matching call; counts it."""
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        # The number is drawn for each match, so a rate of 0.3 hits the same calls in every run of the same order.
        if self.rng.random() >= self.rate:
            return False
        self.hits += 1
        return True

    def describe(self) -> dict[str, Any]:
        """The rule as data, with its counters."""
        return {
            "id": self.id,
            "kind": self.kind,
            "match": self.match,
            "rate": self.rate,
            "times": self.times,
            "after": self.after,
            "seconds": self.seconds,
            "seen": self.seen,
            "hits": self.hits,
            "holding": self.holding,
        }


def _number(raw: dict[str, Any], where: str, key: str, default: float, low: float, high: float) -> float:
    value = raw.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise FaultError(f"{where}.{key}: {value!r} is not a number from {low:g} to {high:g}")
    return float(value)


def parse(raw: Any, where: str, default_id: str, rng: random.Random) -> Rule:
    """Turn the YAML or JSON of one rule into a Rule. Raises FaultError naming field, value and fix."""
    if not isinstance(raw, dict):
        raise FaultError(f"{where}: {raw!r} is not a mapping; write e.g. {{kind: throttle, rate: 0.3}}")
    for key in raw:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(_KEYS)}"
            raise FaultError(f"{where}.{key}: unknown key; {hint}")
    kind = raw.get("kind")
    if kind not in KINDS:
        raise FaultError(f"{where}.kind: {kind!r} is not one of {', '.join(KINDS)}")
    match: dict[str, list[str]] = {}
    for key, value in (raw.get("match") or {}).items():
        if key not in _MATCH:
            raise FaultError(f"{where}.match.{key}: unknown key; known keys: {', '.join(_MATCH)}")
        match[key] = [str(v) for v in value] if isinstance(value, list) else [str(value)]
    times = raw.get("times")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise FaultError(f"{where}.times: {times!r} is not a whole number above 0; leave it out for no limit")
    return Rule(
        id=str(raw.get("id") or default_id),
        kind=kind,
        match=match,
        rate=_number(raw, where, "rate", 1.0, 0.0, 1.0),
        times=times,
        after=int(_number(raw, where, "after", 0, 0, 1e9)),
        seconds=_number(raw, where, "seconds", 0.2 if kind == "slow" else 0.0, 0.0, MAX_SLOW_SECONDS),
        rng=rng,
    )


class Faults:
    """The rules in force."""

    def __init__(self, rng: Callable[..., random.Random]) -> None:
        self._rng = rng
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._made = 0

    def add(self, raw: Any, where: str = "fault") -> Rule:
        """Add a rule, replacing one with the same id. Raises FaultError."""
        with self._lock:
            self._made += 1
            default_id = f"fault-{self._made}"
            name = str(raw.get("id") or default_id) if isinstance(raw, dict) else default_id
            rule = parse(raw, where, default_id, self._rng("fault", name))
            self._keep([r for r in self._rules if r.id != rule.id] + [rule])
        return rule

    def remove(self, rule_id: str | None = None) -> int:
        """Remove one rule, or all when no id is given. Returns how many went."""
        with self._lock:
            before = len(self._rules)
            self._keep([r for r in self._rules if rule_id is not None and r.id != rule_id])
            return before - len(self._rules)

    def _keep(self, rules: list[Rule]) -> None:
        for rule in self._rules:
            if rule not in rules:
                rule.removed.set()
        self._rules = rules

    def pick(self, service: str, action: str, account: str | None, region: str) -> Rule | None:
        """The fault that hits this call, or None; the first matching rule that strikes wins."""
        call = {"service": service, "action": action, "account": account, "region": region}
        with self._lock:
            for rule in self._rules:
                if rule.applies_to(call) and rule.strikes():
                    return rule
        return None

    def hold(self, rule: Rule) -> None:
        """Let the calling thread wait until the rule is removed; two minutes at most."""
        with self._lock:
            rule.holding += 1
        rule.removed.wait(MAX_HOLD_SECONDS)
        with self._lock:
            rule.holding -= 1

    def describe(self) -> list[dict[str, Any]]:
        """All rules as data."""
        with self._lock:
            return [rule.describe() for rule in self._rules]
