"""What is told of a run that a request found paused, and so did not continue: how far it is and what it waits for."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PAUSED = "run_paused"


def of_record(parts: Mapping[str, Any], gates: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What a paused run has left, in place of a result of this call.

    :param parts: all that the store holds of the run, see ``runs/effects/request.stored_run``.
    :param gates: the records of its gates.
    :returns: ``{plan, result {run_id, plan_hash, waves (those that began), servers (of them), waiting {gate, type,
        wave, message}}}``; ``gate`` is None where a person paused the run, and ``message`` then is what they gave as
        the reason.
    """
    run = parts["run"]
    waves = [one for one in parts["waves"] if one.get("status") != "intended"]
    return {
        "plan": parts.get("plan") or {},
        "result": {
            "run_id": run["run_id"],
            "plan_hash": run.get("plan_hash"),
            "waves": waves,
            "servers": [server for wave in waves for server in wave.get("servers") or ()],
            "waiting": _waiting(run, gates),
        },
    }


def _waiting(run: Mapping[str, Any], gates: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    reason = str(run.get("reason") or "")
    for one in gates:
        start = "gate %s: " % one.get("gate")
        if one.get("type") == "pause" and one.get("status") == "waiting" and reason.startswith(start):
            return {"gate": one["gate"], "type": "pause", "wave": one.get("wave"), "message": reason[len(start) :]}
    return {"gate": None, "type": "pause", "wave": None, "message": reason or None}
