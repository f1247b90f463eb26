"""The attempts of a server in a run: what became of each, kept when a later one takes its place. Pure.

The ``servers`` of a wave's record are its last attempts; ``attempts`` holds those before: ``[{cell, source_server_id,
name, outcome, job_id, recovery_instance_id, point_in_time, started_at, ended_at, error {code, message}}]``, in the
order in which they were made.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean

_KEYS = (
    *("cell", "source_server_id", "name", "outcome", "job_id", "recovery_instance_id", "point_in_time"),
    *("started_at", "ended_at"),
)


def earlier(before: Mapping[str, Any], servers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The earlier attempts of a wave once its servers are those: nothing that was tried is ever forgotten.

    :param before: the record of the wave before it is written, empty when there was none.
    :param servers: the entries that take the place of those in it.
    :returns: what ``attempts`` of the record becomes.
    """
    now = {identity(one): one for one in servers}
    known = [dict(one) for one in before.get("attempts") or ()]
    for one in before.get("servers") or ():
        after = now.get(identity(one))
        if one.get("outcome") in (*outcomes.UNTRIED, None) or (after is not None and _same(one, after)):
            continue
        known.append(_attempt(one))
    return known


def _attempt(one: Mapping[str, Any]) -> dict[str, Any]:
    error = one.get("error") or {}
    told = {key: clean(error.get(key), 300) for key in ("code", "message")} if error else None
    return {**{key: one.get(key) for key in _KEYS}, "error": told}


def _same(one: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two entries tell of one attempt: of one job, or of one refusal that led to none."""
    if _went_on(one, after):
        return True
    if one.get("job_id") or after.get("job_id"):
        # a job that was not seen at first is found later: it is what had been tried
        return one.get("job_id") == after.get("job_id") or (not one.get("job_id") and bool(after.get("adopted")))
    return _refusal(one) == _refusal(after)


def _went_on(one: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a server that fails back came from one stage to the next; a further launch of it is another attempt."""
    if not one.get("failback") or one.get("outcome") not in outcomes.STAGES:
        return False
    return not one.get("job_id") or after.get("job_id") in (None, one["job_id"])


def _refusal(one: Mapping[str, Any]) -> tuple[Any, ...]:
    error = one.get("error") or {}
    return (one.get("outcome"), error.get("code"), one.get("started_at"), one.get("ended_at"))


def identity(one: Mapping[str, Any]) -> tuple[Any, Any]:
    """Which server an entry is about, whatever an action knows it by."""
    return (one.get("cell"), one.get("source_server_id") or one.get("instance_id") or one.get("name"))
