"""The recovery walk as a state machine: from plan and observations to the next step and the reason to stop.

Nothing here calls, waits or writes. A walk is a list of STEPS made from the frozen plan, in the order in which they are
taken, and a STATE that says which of them are done. What does the steps (``effects/walk``) asks ``due`` for the next
one, does it, and tells ``after`` what it observed.

A step is ``{id, kind, stage, waves, wave, hook}``. Its kind is one of KINDS; ``waves`` are those of its stage; ``wave``
and ``hook`` (a gate or an action of the plan) are None where the step is about the whole stage. Steps of CLOSING are
taken for everything that was launched, also when the run stops: what runs in AWS is watched, judged and written down.

Missing means failed: whoever owes a result and gives none counts as ``unknown``, and that stops the run.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace

Step = dict[str, Any]
State = dict[str, Any]

TIME, GATE, FILE, PROBE, AUTOMATION = "time", "gate", "file", "probe", "automation"
INTEND, LAUNCH, JUDGE, VALIDATE, RECORD = "intend", "launch", "judge", "validate", "record"
KINDS = (TIME, GATE, FILE, PROBE, AUTOMATION, INTEND, LAUNCH, JUDGE, VALIDATE, RECORD)
CLOSING = (JUDGE, VALIDATE, RECORD)
OF_THE_USER = (FILE, VALIDATE)
"""Steps that are task files of the user: they run in YAML, once for each cell that owes a result."""

FAILED, UNKNOWN = "failed", "unknown"


def steps(plan: Mapping[str, Any], only: Iterable[str] | None = None, validated: bool = False) -> list[Step]:
    """The steps of a plan.

    :param only: the waves to walk, when not all: of a run whose failed servers alone are tried again.
    :param validated: whether each wave has a validation of the user's.
    """
    selected = None if only is None else set(only)
    result: list[Step] = []
    for stage in plan.get("stages") or ():
        waves = [
            wave
            for wave in plan["waves"]
            if wave["stage"] == stage["stage"] and (selected is None or wave["wave"] in selected)
        ]
        if waves:
            result += _stage(stage["stage"], waves, validated)
    return result


def _stage(number: Any, waves: Sequence[Mapping[str, Any]], validated: bool) -> list[Step]:
    """What stands before the waves of a stage, the waves, and what stands after them.

    They do not depend on each other: all are launched first, then one wait watches over them all.
    """
    names = [str(wave["wave"]) for wave in waves]

    def step(kind: str, wave: Any = None, hook: Mapping[str, Any] | None = None, part: str = "") -> Step:
        words = [str(number), kind, *([str(wave)] if wave else []), *(_place(hook) if hook else []), part]
        return {
            "id": "/".join(word for word in words if word),
            "kind": kind,
            "stage": number,
            "waves": names,
            "wave": wave,
            "hook": dict(hook) if hook else None,
        }

    def hooks(what: str, when: str) -> list[Step]:
        return [
            step(kind, wave["wave"], hook, part)
            for wave in waves
            for hook in (wave.get(what) or {}).get(when) or ()
            for kind, part in _parts(hook)
        ]

    return [
        step(TIME),
        *hooks("gates", "before"),
        *hooks("actions", "before"),
        *[step(INTEND, wave) for wave in names],
        step(LAUNCH),
        *[step(kind, wave) for wave in names for kind in CLOSING if validated or kind != VALIDATE],
        *hooks("actions", "after"),
        *hooks("gates", "after"),
    ]


def _place(hook: Mapping[str, Any]) -> list[str]:
    """Where a gate or action stands: two of one name in a wave are two."""
    return [str(hook[key]) for key in ("when", "place", "name") if hook.get(key)]


def action_of(hook: Mapping[str, Any]) -> str:
    """What names an action among all of its run: its wave and its place; two of one name must not pass for one.

    A plan that was frozen before places were written down keeps the name alone, and what was started under it.
    """
    return "/".join([str(hook["wave"]), *_place(hook)]) if hook.get("place") else str(hook["name"])


def _parts(hook: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a gate or action asks for, in order: (kind of step, what tells several steps of one hook apart)."""
    kind = hook["type"]
    if kind in ("approval", "pause"):
        return [(GATE, "")]
    if kind == "ssm_automation":
        return [(AUTOMATION, "")]
    if kind == "tasks":
        return [(FILE, "")]
    probes = bool(hook.get("tcp") or hook.get("http"))
    return ([(FILE, "tasks")] if hook.get("tasks") else []) + ([(PROBE, "probe")] if probes else [])


def begin(expected: int) -> State:
    """The state of a walk that begins. ``expected`` are the seconds that a first wave should take."""
    return {
        "done": [],
        "launched": [],
        "stop": "",
        "waiting": {},
        "timed_out": False,
        "lost": "",
        "spent": 0,
        "expected": int(expected),
        "waves": [],
        "failed_in": {},
    }


def due(all_steps: Iterable[Step], state: Mapping[str, Any]) -> Step | None:
    """The step to take now; None when the walk is over, at its end or where it stopped."""
    done = set(state["done"])
    for step in all_steps:
        if step["id"] in done:
            continue
        if not state["stop"] or (step["kind"] in CLOSING and step["stage"] in state["launched"]):
            return step
    return None


def time_left(state: Mapping[str, Any], max_wait: int, wave_timeout: int) -> int:
    """Seconds that the next stage may be waited for; 0 when the time for waiting is over."""
    return pace.time_left(int(state["spent"]), max_wait, wave_timeout)


def after(state: Mapping[str, Any], step: Step, observed: Mapping[str, Any]) -> State:
    """The state after a step, given what was observed.

    :param observed: ``stop``: why the run must not continue, empty when it may. ``waiting``: the gate that it waits at.
        ``timed_out``, ``lost`` (code of the error that took the run away), ``spent`` and ``expected`` (seconds, of a
        launch), ``wave`` (what is told of a wave that was recorded), ``failed_in`` {wave: [text]} of a validation.
    """
    why = str(observed.get("stop") or "")
    stops = [one for one in (state["stop"], why) if one]
    return {
        **state,
        "done": [*state["done"], step["id"]],
        "launched": [*state["launched"], step["stage"]] if step["kind"] == LAUNCH else list(state["launched"]),
        # a wave that stops the run does not keep the others of its stage from being judged
        "stop": "; ".join(dict.fromkeys(stops)),
        "waiting": dict(observed.get("waiting") or state["waiting"]),
        "timed_out": bool(state["timed_out"] or observed.get("timed_out")),
        "lost": state["lost"] or str(observed.get("lost") or ""),
        "spent": int(state["spent"]) + int(observed.get("spent") or 0),
        "expected": int(observed.get("expected") or state["expected"]),
        "waves": [*state["waves"], dict(observed["wave"])] if observed.get("wave") else list(state["waves"]),
        "failed_in": {**state["failed_in"], **(observed.get("failed_in") or {})},
    }


def counted(
    step: Step, owed: Iterable[str], tokens: Mapping[str, Mapping[str, Any]], gone: Mapping[str, str]
) -> list[dict[str, str]]:
    """Count the cells that owed a result of a task file: [{cell, outcome, why}] of all that did not succeed.

    :param owed: the cells that owe one.
    :param tokens: by cell what its task file left behind: ``step`` (the id of the step), ``failed`` (why, or empty).
        A token of another step, or none, is no result.
    :param gone: by cell why it is not there any more, where that is known.
    """
    result: list[dict[str, str]] = []
    owed = list(owed)
    if not owed:
        return [{"cell": "no cell", "outcome": UNKNOWN, "why": "%s: no cell ran it" % UNKNOWN}]
    for cell in owed:
        token = tokens.get(cell) or {}
        if token.get("step") != step["id"] or cell in gone:
            why = gone.get(cell) or "it returned no result of this step"
            result.append({"cell": cell, "outcome": UNKNOWN, "why": "%s: %s" % (UNKNOWN, why)})
        elif token.get("failed"):
            result.append({"cell": cell, "outcome": FAILED, "why": clean(token["failed"], 1000)})
    return result


def failures_text(failures: Iterable[Mapping[str, str]]) -> str:
    """Cells that did not succeed, in one line for people."""
    return "; ".join("%s: %s" % (one["cell"], one["why"]) for one in failures)


def failure_of(step: Step, failures: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """What is observed of a task file of the user whose cells were counted; see ``after``."""
    if step["kind"] == VALIDATE:
        # the verdict of the wave tells it, and stops the run
        return {"failed_in": {step["wave"]: ["%s: %s" % (one["cell"], one["why"]) for one in failures]}}
    if not failures:
        return {}
    hook = step["hook"] or {}
    about = (hook.get("kind"), hook.get("name"), step["wave"], failures_text(failures))
    return {"stop": "%s %s of wave %s failed in %s" % about}
