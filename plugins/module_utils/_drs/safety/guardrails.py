"""Guardrails of a run: how many servers, at what times, and how long a drill may stay.

A drill keeps to them. A declared disaster goes past the first two with a reason that a person typed, which is recorded.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Iterable, Mapping, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import second
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.change_calendar import (
    Calendar,
    read_calendar,
    wrong,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import RECOVERY
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import EXPIRES_TAG
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import AnyWave, PastGuardrail
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Job

GUARDRAILS_SPEC = {"guardrails": {"type": "dict", "default": {}}, "override_reason": {"type": "str"}}

LIMITS = ("max_servers_per_wave", "max_servers_per_account", "max_servers_per_run")
KEYS = (*LIMITS, "calendar", "drill_lease_hours")
LEASE_HOURS = 8
LEASE_HOURS_MAX = 168
# A word is no reason.
REASON_LENGTH = 10


Guarded = dict[str, Any]


class Guardrails(NamedTuple):
    """The guardrails of a run, checked: limits by their names, the calendar, the lease of a drill, the typed reason."""

    limits: dict[str, int]
    calendar: Calendar | None
    lease: timedelta
    reason: str


def resolve(given: Given | None, override_reason: str | None, mode: str | None) -> Guardrails:
    """Check the options ``guardrails`` and ``override_reason``. Raises DrsError ``invalid_option``."""
    guardrails = dict(given or {})
    for key in guardrails:
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(KEYS)}"
            raise wrong(f"guardrails.{clean(key, 40)} is not known{hint}")
    limits = {key: _number(key, guardrails[key], 100_000) for key in LIMITS if guardrails.get(key) is not None}
    hours = guardrails.get("drill_lease_hours")
    lease = LEASE_HOURS if hours is None else _number("drill_lease_hours", hours, LEASE_HOURS_MAX)
    reason = (override_reason or "").strip()
    if reason and mode != RECOVERY:
        raise wrong("override_reason is for a declared disaster; a drill keeps to its guardrails")
    if reason and len(reason) < REASON_LENGTH:
        raise wrong(f"override_reason '{clean(reason)}' is no reason; write at least {REASON_LENGTH} characters")
    return Guardrails(limits, read_calendar(guardrails.get("calendar")), timedelta(hours=lease), reason)


def tightened(installed: Given | None, asked: Given | None) -> Guarded:
    """The guardrails {name: value} of an installation with those of a request: each may become tighter, none looser.

    Of two limits the lower one holds; a request may add freezes, and a calendar where there is none. Other windows than
    those of the installation are taken for looser: nobody can tell.

    :raises DrsError: ``guardrail_loosened``, naming each with both values; ``invalid_option``.
    """
    result: Guarded = {key: value for key, value in (installed or {}).items() if value is not None}
    wider = []
    for key, value in (asked or {}).items():
        had = result.get(key)
        if value is None or value == had:
            continue
        if had is None or key not in KEYS:
            result[key] = value
        elif key == "calendar":
            merged = _more_freezes(had, value)
            wider += [] if merged else [key]
            result[key] = merged or had
        elif _number(key, value, 100_000) > _number(key, had, 100_000):
            wider.append("%s: %s, and the installation allows %s" % (key, clean(value, 20), clean(had, 20)))
        else:
            result[key] = value
    resolve(result, None, None)
    if wider:
        raise DrsError("guardrail_loosened", "guardrails.%s" % "; guardrails.".join(wider))
    return result


def _more_freezes(installed: Any, asked: Any) -> Guarded | None:
    """A calendar with the freezes of another one, None when that has other windows or another zone."""
    if not isinstance(installed, Mapping) or not isinstance(asked, Mapping):
        return None
    others = {key: value for key, value in asked.items() if key != "freezes"}
    if any(installed.get(key) != value for key, value in others.items()):
        return None
    return {**installed, "freezes": [*(installed.get("freezes") or ()), *(asked.get("freezes") or ())]}


def judge(
    guardrails: Guardrails, mode: str, waves: Iterable[AnyWave], now: datetime | str | None
) -> tuple[list[Finding], list[PastGuardrail]]:
    """Hold a plan's waves against the guardrails.

    :param waves: [{wave, servers [{account_id}]}].
    :param now: when the run would start; None when nobody knows, which is outside of every calendar.
    :returns: findings, and the overrides [{guardrail, reason}] where a typed reason went past a guardrail. Then
        the findings are warnings.
    """
    against = _radius(guardrails.limits, list(waves)) + _closed(guardrails.calendar, now)
    if mode == RECOVERY and guardrails.reason:
        findings = [
            finding(WARNING, code, f"{text}; overridden: {clean(guardrails.reason, 200)}")
            for _guardrail, code, text in against
        ]
        passed = dict.fromkeys(guardrail for guardrail, _code, _text in against)
        return findings, [{"guardrail": guardrail, "reason": guardrails.reason} for guardrail in passed]
    return [finding(ERROR, code, text) for _guardrail, code, text in against], []


def _radius(limits: Mapping[str, int], waves: list[AnyWave]) -> list[tuple[str, str, str]]:
    counts: list[tuple[str, str, int]] = []
    accounts: dict[str, int] = {}
    for wave in waves:
        counts.append(("max_servers_per_wave", f"wave {clean(wave['wave'], 40)}", len(wave["servers"])))
        for server in wave["servers"]:
            account = str(server.get("account_id") or "unknown")
            accounts[account] = accounts.get(account, 0) + 1
    counts += [
        ("max_servers_per_account", f"account {account}", number) for account, number in sorted(accounts.items())
    ]
    counts.append(("max_servers_per_run", "the run", sum(accounts.values())))
    return [
        (name, "blast_radius", f"{what} has {count(number, 'server')}, and guardrails.{name} allows {limits[name]}")
        for name, what, number in counts
        if name in limits and number > limits[name]
    ]


def _closed(calendar: Calendar | None, now: datetime | str | None) -> list[tuple[str, str, str]]:
    if calendar is None:
        return []
    moment = parse_time(now)
    if moment is None:
        return [("calendar", "outside_window", "the time is not known, so nobody knows whether a window is open")]
    freeze = calendar.freeze_at(moment)
    if freeze:
        why = f" ({clean(freeze.reason, 80)})" if freeze.reason else ""
        return [
            ("calendar", "change_freeze", f"it is {iso_time(moment)}, in the freeze until {freeze.until_text}{why}")
        ]
    if calendar.is_open(moment):
        return []
    opening = calendar.next_opening(moment)
    then = f"; the next one opens at {iso_time(opening)}" if opening else ""
    return [("calendar", "outside_window", f"it is {iso_time(moment)}, outside of every window of the calendar{then}")]


def expiry(guardrails: Guardrails, now: datetime) -> str:
    """When the lease of a drill that is launched now is over, for its job's tag EXPIRES_TAG."""
    return second(now + guardrails.lease)


def lease_over(job: Job | None, now: datetime) -> bool:
    """Whether the lease of what a JOB launched is over. One without a readable lease has none that could be."""
    until = parse_time((job["tags"] or {}).get(EXPIRES_TAG)) if job else None
    return until is not None and until <= now


def _number(name: str, value: Any, most: int) -> int:
    text = str(value).strip() if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= most:
        raise wrong(f"guardrails.{name} must be a number from 1 to {most}, not {value!r}")
    return int(text)
