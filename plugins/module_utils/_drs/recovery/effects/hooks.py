"""The gates, probes and automations of a plan in a walk: what they ask, and what their answers mean for their wave."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Hook
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import Execution
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file_names
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import automation, probe
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.fresh import again_when_expired
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import gates
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps

Answer = dict[str, Any]
Begun = dict[str, tuple[automation.Automation, Execution, bool]]
"""By cell an automation, its execution, and whether that was found."""


def of_gate(hook: Mapping[str, Any], reason: str) -> str:
    """One line about a gate."""
    return "gate %s of wave %s: %s" % (hook["name"], hook["wave"], reason)


def gate(
    run: Steps, hook: Mapping[str, Any], say: Callable[[str], None], look: bool = False, beside: bool = False
) -> Answer:
    """Go through a gate, or stop at it: what is observed of its step, see ``walk.after``.

    :param say: prints a line; one is said when the run goes through.
    :param look: only say whether it is open: nothing is written, and nobody waits yet.
    :param beside: the run has stopped at another gate already.
    """
    asked = {key: hook.get(key) for key in ("type", "wave", "message")}
    params = {**asked, **run.names(), "gate": hook["name"], "store": run.store, "beside": beside}
    try:
        answer = gates.perform(params, look)
    except DrsError as exc:
        return {"stop": of_gate(hook, failure(exc)["msg"]), "lost": exc.code}
    if answer["open"]:
        if answer["changed"]:
            say(of_gate(hook, answer["reason"]))
        return {}
    return {"stop": of_gate(hook, answer["reason"]), "waiting": {} if beside else answer["waiting"]}


def begin_probe(
    hook: Mapping[str, Any], servers: Sequence[Entry], heartbeat: int, timeout: float = math.inf
) -> probe.ProbeWait:
    """The wait for the endpoints of a health gate.

    :param servers: what became of the servers of its wave.
    :param timeout: seconds that are left for waiting.
    :raises DrsError: probe_failed when there is nothing to look at, or what ``probe.begin`` raises.
    """
    launched = [one for one in servers if one["outcome"] == outcomes.LAUNCHED]
    given = {key: hook[key] for key in probe.SPEC if hook.get(key) is not None}
    addresses = [one["private_ip"] for one in launched if one.get("private_ip")]
    if file_names.needs_address(cast(Hook, hook)) and (not launched or len(addresses) < len(launched)):
        lost = names(one["name"] for one in launched if not one.get("private_ip"))
        why = "no address is known of %s" % lost if launched else "no server of the wave was launched"
        raise DrsError("probe_failed", "nothing was looked at: %s" % why)
    params = probe.options({**given, "addresses": addresses})
    label = "gate %s of wave %s" % (hook["name"], hook["wave"])
    return probe.ProbeWait(probe.begin(params), params, label, heartbeat, timeout)


def begin_automation(
    cell: Cell, run_id: str, hook: Mapping[str, Any], values: Mapping[str, Any], timeout: int
) -> tuple[automation.Automation, Execution, bool]:
    """Start the automation of an action in a cell, or take up what this action has started: (it, its execution,
    whether that was found).

    :raises DrsError: what ``Automation.start`` raises.
    """
    params = {
        **{key: option.get("default") for key, option in automation.SPEC.items()},
        **{key: hook[key] for key in ("document", "version", "parameters") if hook.get(key) is not None},
        **{key: values[key] for key in ("poll_interval", "poll_interval_max", "heartbeat")},
        "run_id": run_id,
        "action": walk.action_of(hook),
        "label": "%s %s" % (cell.name, hook["name"]),
        "timeout": timeout,
    }
    made = automation.Automation(cell, params)
    return (made, *again_when_expired(cell, made.start))


def ended_automations(begun: Begun, waited: Mapping[str, Any]) -> dict[str, Any]:
    """By cell what its automation returned, or the DrsError that it ended in.

    :param waited: by cell the result of its wait, or the DrsError.
    """
    answers: dict[str, Any] = {}
    for cell, (made, sent, adopted) in begun.items():
        came = waited[cell]
        try:
            answers[cell] = came if isinstance(came, DrsError) else automation.ended(made, sent, adopted, came)
        except DrsError as exc:
            answers[cell] = exc
    return answers


def of_automations(hook: Mapping[str, Any], errors: Sequence[str], over: bool) -> Answer:
    """What is observed of an action, given what went wrong in its cells, and whether the time for waiting is over."""
    text = "action %s of wave %s: %s" % (hook["name"], hook["wave"], "; ".join(errors))
    return {"stop": text, "timed_out": over} if errors else {}


def said_of_probe(hook: Mapping[str, Any], probes: Mapping[str, probe.Probe]) -> str:
    """The line about endpoints that have answered."""
    return of_gate(hook, "%s answered" % count(len(probes), "endpoint"))
