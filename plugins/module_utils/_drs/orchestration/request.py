"""Turn what the roles of an action left into the facts of its answer."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import errors_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyError, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import result as orchestration_result
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import schema

LEFT = (
    *("recovery_result", "recovery_plan", "recovery_confirmation", "terminate_result"),
    *("failback_result", "failback_plan", "failback_confirmation"),
)
"""The facts that the roles behind the actions leave."""

_CODED = re.compile(r"^(?:[^:\s]+: )?([A-Za-z][A-Za-z_.]{2,60}): ", re.ASCII)


def servers_of(left: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every server that a role has told of."""
    for wave in (left.get("recovery_result") or {}).get("waves") or ():
        yield from wave.get("servers") or ()
    for name in ("failback_result", "terminate_result"):
        yield from (left.get(name) or {}).get("servers") or ()


def conclude(facts: Mapping[str, Any]) -> Result:
    """Make the answer.

    :param facts: those of ``result.document`` that the entry point itself knows; ``left`` {name of LEFT: value} what
        the roles left, ``failure`` the result of the task that stopped the action, empty when none did.
    :returns: ``{document, succeeded}``; ``succeeded`` is what the exit status follows.
    """
    settings, left = facts.get("settings") or {}, facts.get("left") or {}
    told = _of_role(str(settings.get("verb") or ""), left)
    error = why(facts.get("failure") or {}, told.get("plan") or {}) or _silent(facts, told)
    made = orchestration_result.document({**facts, **told, "error": error})
    go_on = made["nextPhaseReady"] or bool(facts.get("check_mode")) and made["status"] == schema.SUCCESS
    return {"document": made, "succeeded": go_on}


def _of_role(verb: str, left: Mapping[str, Any]) -> Result:
    """What the role of a verb left: plan, result, confirmation, cleanup."""
    cleanup = left.get("terminate_result") or {}
    if verb == "terminate":
        return {"cleanup": cleanup, "confirmation": cleanup.get("confirmation")}
    if verb == "failback":
        return {
            "plan": left.get("failback_plan"),
            "result": _waiting(left.get("failback_result") or {}),
            "confirmation": left.get("failback_confirmation"),
        }
    if verb != "recovery":
        return {}
    result = left.get("recovery_result") or {}
    return {
        "plan": left.get("recovery_plan"),
        "result": _waiting(result),
        "confirmation": left.get("recovery_confirmation"),
        "cleanup": cleanup if result.get("cleanup") else {},
    }


def _silent(facts: Mapping[str, Any], told: Mapping[str, Any]) -> AnyError | None:
    """Why an action that nothing stopped is no success all the same: it left no result. A check begins nothing."""
    verb = (facts.get("settings") or {}).get("verb")
    if facts.get("check_mode") or told.get("result") or verb not in ("recovery", "failback"):
        return None
    return DrsError("action_stopped", "the action left no result, so nothing is known of it").to_dict()


def _waiting(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """A result, with the gate that it waits at where that is the run's own approval: no gate of a plan names it."""
    if result.get("status") != "waiting" or not result.get("stopped") or result.get("waiting"):
        return result
    return {**result, "waiting": {"gate": "start", "type": "approval", "wave": None, "message": None}}


def why(failure: Mapping[str, Any], plan: Mapping[str, Any]) -> AnyError | None:
    """What stopped a role, from the result of its task that failed; a plan that is not valid says it by itself."""
    if not failure:
        return None
    wrong = errors_of(plan.get("findings") or ())
    if wrong:
        return {**wrong[0], "message": "; ".join(dict.fromkeys(str(one["message"]) for one in wrong[:20]))}
    error = failure.get("error")
    if isinstance(error, Mapping) and error.get("code"):
        return dict(error)
    text = str(failure.get("msg") or "")
    match = _CODED.match(text)
    code = match.group(1) if match and match.group(1) in CATALOGUE else "action_stopped"
    return DrsError(code, text).to_dict()
