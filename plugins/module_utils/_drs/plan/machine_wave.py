"""Judge a wave of a deployment of agents over the results of all cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import wave_verdict
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Entry, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import AnyWave
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count

# More than of a recovery, for nothing is down because an installer failed.
MAX_FAILURES = "25%"
# A machine that nothing could be sent to is told, and does not hold up the others.
NO_FAILURE = (outcomes.INSTALLED, outcomes.ALREADY_INSTALLED, outcomes.REMOVED, outcomes.SKIPPED)


def judge(params: Given) -> Result:
    """Judge a wave: one entry for each of its machines, and whether the next wave may start.

    :param params: ``wave``, ``policy`` and ``success`` as of wave_request.VERDICT_SPEC; ``started`` and ``waited`` are
        the results of drs_agent_install and
        drs_agent_wait by cell.
    :returns: {proceed, reason, limit, servers, bad_servers, summary, changed}.

    A machine without an entry takes the error of its cell: refused when sending failed as a whole; unknown otherwise.
    """
    wave, started, waited = params["wave"], params["started"], params["waited"]
    entries_by_key: dict[tuple[Any, Any], Entry] = {}
    for cell in started:
        for result in (started.get(cell) or {}, waited.get(cell) or {}):
            entries_by_key.update({(cell, one["instance_id"]): one for one in result.get("servers") or ()})
    servers = [
        entries_by_key.get((one["cell"], one["instance_id"])) or _missing(one, wave, started.get(one["cell"]) or {})
        for one in wave["machines"]
    ]
    # the verdict knows servers by source server id, and a machine that failed has none
    named: list[Entry] = [{**one, "source_server_id": one["instance_id"], "critical": False} for one in servers]
    policy = {"max_failures": MAX_FAILURES, **params["policy"]}
    verdict = wave_verdict.judge_wave({"servers": named}, named, policy, params.get("success") or NO_FAILURE)
    bad = {(one["cell"], one["source_server_id"]) for one in verdict["failed"]}
    reason = verdict["reason"].replace("optional server", "machine").replace("server", "machine")
    unsent = sum(1 for one in servers if one["outcome"] == outcomes.SKIPPED)
    if unsent and not bad:
        # no failure, but no success either: they must not pass for installed
        said = count(len(servers), "machine")
        reason = f"proceed: {len(servers) - unsent} of {said} succeeded, {unsent} could not be sent to"
    return {
        "proceed": verdict["proceed"],
        "reason": reason,
        "limit": verdict["limit"],
        "servers": servers,
        "bad_servers": [one for one in servers if (one["cell"], one["instance_id"]) in bad],
        "summary": outcomes.summarise(servers),
        "changed": False,
    }


def _missing(machine: AnyServer, wave: AnyWave, started: Result) -> Entry:
    if started.get("failed") or started.get("error"):
        error = started.get("error") or DrsError("internal_error", str(started.get("msg") or ""))
        return outcomes.server_entry(outcomes.REFUSED, _named(machine), wave=wave["wave"], error=error)
    silent = DrsError("outcome_unknown", f"{machine['cell']} returned no result for {machine['name']}")
    return outcomes.server_entry(outcomes.UNKNOWN, _named(machine), wave=wave["wave"], error=silent)


def _named(machine: AnyServer) -> AnyServer:
    return {key: machine.get(key) for key in ("instance_id", "name", "cell", "application")}
