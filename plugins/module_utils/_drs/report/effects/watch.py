"""Watch a run: read its record again and again until it has ended, and hand every look to whoever shows it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t
from collections.abc import Callable

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import documents, watch
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC, open_store

SPEC: dict[str, t.Any] = {
    **STORE_SPEC,
    "run_id": {"type": "str"},
    "path": {"type": "path", "required": True},
    "interval": {"type": "int", "default": 15},
    "timeout": {"type": "int", "default": 86400},
    "once": {"type": "bool", "default": False},
}
# A line at least so often: platforms cut off a job that says nothing.
HEARTBEAT = 60
# A store that does not answer is asked again so often; the page says how old it is meanwhile.
PATIENCE = 20

Show = Callable[[dict[str, t.Any], dict[str, t.Any]], bool]


def follow(
    params: Given, show: Show, emit: Callable[[str], None], sleep: Callable[[float], None], now: Callable[[], str]
) -> Result:
    """Watch a run to its end, or for ``timeout`` seconds, or once.

    :param show: takes the documents of the run and the VIEW (report/watch.view); whether it changed a file.
    :param emit: prints a line.
    :returns: ``{run_id, status, over, looks, timed_out, changed, view}``.
    :raises DrsError: ``invalid_option``, ``run_unknown``, what the store said, PATIENCE times in a row.
    """
    if params["interval"] < 1:
        raise DrsError("invalid_option", f"interval: {params['interval']} is not a number of seconds above 0")
    store = open_store(params["store"])
    run_id = params["run_id"] or _newest(store)
    before: dict[str, t.Any] | None = None
    passed = quiet = looks = lost = 0
    changed = False
    while True:
        try:
            found, gates = _read(store, run_id)
            lost = 0
        except DrsError as error:
            lost += 1
            if before is None or lost > PATIENCE or not error.retryable:
                raise
            emit("the run store does not answer (%s); trying again" % clean(error.code, 60))
        else:
            looks += 1
            seen = watch.view(found, gates, now())
            changed = show(found, seen) or changed
            news = watch.lines(before, seen)
            before = seen
            if news or quiet >= HEARTBEAT:
                for line in [*news, watch.beat(seen)]:
                    emit("[%s] %s" % (run_id, line))
                quiet = 0
            if seen["over"] or params["once"]:
                break
        if passed >= params["timeout"]:
            break
        sleep(params["interval"])
        passed += params["interval"]
        quiet += params["interval"]
    last = before or {}
    timed_out = not (last["over"] or params["once"])
    result = {**{key: last[key] for key in ("run_id", "status", "over")}, "looks": looks, "timed_out": timed_out}
    return {**result, "changed": changed, "view": last}


def _newest(store: t.Any) -> str:
    """The id of the newest run.

    :raises DrsError: ``run_unknown`` when there is none.
    """
    records, _token, _odd = store.query(item="run", limit=50)
    found = reading.latest(records)
    if not found:
        raise DrsError("run_unknown", "there is no run in the run store; name one by runs_id")
    return str(found)


def _read(store: t.Any, run_id: str) -> tuple[dict[str, t.Any], list[t.Mapping[str, t.Any]]]:
    records = store.items(run_id)
    found = documents.documents(records)
    if found["run"] is None:
        raise DrsError("run_unknown", f"{run_id}: not in the run store")
    return found, [as_mapping(one.get("body")) for one in records if str(one.get("item")).startswith("gate:")]


def present() -> str:
    """The time of the clock, as records hold it."""
    return clock.now()
