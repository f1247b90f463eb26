"""Judge a wave over the results of all its cells: what drs_wave_verdict does."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.results import entries_of, error_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import wave_verdict
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import AnyWave, PlanServer, Wave

VERDICT_SPEC = {
    "wave": {"type": "dict", "required": True},
    "started": {"type": "dict", "required": True},
    "waited": {"type": "dict", "default": {}},
    "policy": {"type": "dict", "default": {}},
    "success": {"type": "list", "elements": "str"},
}


def judge(params: Given) -> Result:
    """Judge a wave: its verdict, and one entry for each server of the wave.

    ``started`` and ``waited`` are the results of drs_recovery and drs_job_wait by cell. A server without an entry
    takes the error of its cell: refused when the launch failed as a whole, which is before anything was sent; unknown
    otherwise.

    :returns: ``{proceed, reason, code, limit, ..., bad_servers, servers, summary, changed}``; see
        ``wave_verdict.judge_wave``.
    """
    wave, started, waited = params["wave"], params["started"], params["waited"]
    entries_by_key = {
        (one["cell"], one["source_server_id"]): one
        for cell in started
        for one in entries_of(started.get(cell), waited.get(cell))
    }
    servers = [
        entries_by_key.get((one["cell"], one["source_server_id"])) or _missing(one, wave, started.get(one["cell"]))
        for one in wave["servers"]
    ]
    return judged(wave, servers, params["policy"], params.get("success") or (outcomes.LAUNCHED,))


def judged(wave: AnyWave, servers: list[Entry], policy: Given, success: Iterable[str] = (outcomes.LAUNCHED,)) -> Result:
    """The verdict on a wave whose entries are known: {proceed, reason, code, servers, summary, ...}, see ``judge``."""
    verdict = wave_verdict.judge_wave(wave, servers, policy, success)
    # "failed" means something else in a module's result
    result = {"bad_servers" if key == "failed" else key: value for key, value in verdict.items()}
    return {**result, "servers": servers, "summary": outcomes.summarise(servers), "changed": False}


def _missing(server: PlanServer, wave: Wave, launched: Result | None) -> Entry:
    error = error_of(launched, "servers")
    if error:
        return outcomes.server_entry(outcomes.REFUSED, server, wave=wave["wave"], error=error)
    silent = DrsError("outcome_unknown", f"{server['cell']} returned no result for {server['name']}")
    return outcomes.server_entry(outcomes.UNKNOWN, server, wave=wave["wave"], error=silent)
