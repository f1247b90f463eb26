"""The recovery walk as a state machine: from plan and observations to the steps that are due and the reason to stop.

Nothing here calls, waits or writes. A walk is a list of STEPS made from the frozen plan, and a STATE that says which of
them are done. Each wave goes through its own steps in their order, and begins when the waves that it waits for have
passed, whatever others do. What does the steps (``effects/walk``) asks ``due`` for them, does them, and tells ``after``
what it observed.

A step is ``{id, kind, wave, hook}``. Its kind is one of KINDS; ``hook`` is the gate or the action of the plan that it
is of, else None. Steps of CLOSING are taken for everything whose launch began, also when the run stops: what runs in
AWS is watched, judged and written down.

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
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import graph as plan_graph
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace

Step = dict[str, Any]
State = dict[str, Any]

TIME, GATE, FILE, PROBE, AUTOMATION = "time", "gate", "file", "probe", "automation"
INTEND, LAUNCH, JUDGE, VALIDATE, RECORD = "intend", "launch", "judge", "validate", "record"
KINDS = (TIME, GATE, FILE, PROBE, AUTOMATION, INTEND, LAUNCH, JUDGE, VALIDATE, RECORD)
CLOSING = (JUDGE, VALIDATE, RECORD)
_OF_A_WAVE = (RECORD, FILE, PROBE, AUTOMATION)
"""Steps that say of a wave that it did not pass."""
"""Steps that are task files of the user: they run in YAML, once for each cell that owes a result."""

FAILED, UNKNOWN = "failed", "unknown"


def steps(plan: Mapping[str, Any], only: Iterable[str] | None = None, validated: bool = False) -> list[Step]:
    """The steps of a plan, wave by wave.

    :param only: the waves to walk, when not all: of a run whose failed servers alone are tried again.
    :param validated: whether each wave has a validation of the user's.
    """
    return [step for wave in _walked(plan, only) for step in _wave(wave, validated)]


def parents(plan: Mapping[str, Any], only: Iterable[str] | None = None) -> dict[str, list[str]]:
    """By wave that is walked the waves that must have passed before it begins.

    A plan that was frozen before waves said what they wait for keeps its stages: each waits for all before it.
    """
    graph = {
        str(wave["wave"]): [str(one) for one in wave["after"]]
        if "after" in wave
        else [str(one["wave"]) for one in plan["waves"] if one["stage"] < wave["stage"]]
        for wave in plan["waves"]
    }
    return plan_graph.among(graph, [str(wave["wave"]) for wave in _walked(plan, only)])


def _walked(plan: Mapping[str, Any], only: Iterable[str] | None) -> list[Mapping[str, Any]]:
    selected = None if only is None else set(only)
    return [wave for wave in plan["waves"] if selected is None or wave["wave"] in selected]


def _wave(wave: Mapping[str, Any], validated: bool) -> list[Step]:
    """What stands before a wave, the wave, and what stands after it."""
    name = str(wave["wave"])

    def step(kind: str, hook: Mapping[str, Any] | None = None, part: str = "") -> Step:
        words = [name, kind, *(_place(hook) if hook else []), part]
        return {
            "id": "/".join(word for word in words if word),
            "kind": kind,
            "wave": name,
            "hook": dict(hook) if hook else None,
        }

    def hooks(what: str, when: str) -> list[Step]:
        return [
            step(kind, hook, part) for hook in (wave.get(what) or {}).get(when) or () for kind, part in _parts(hook)
        ]

    return [
        step(TIME),
        *hooks("gates", "before"),
        *hooks("actions", "before"),
        step(INTEND),
        step(LAUNCH),
        *[step(kind) for kind in CLOSING if validated or kind != VALIDATE],
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
        "opened": [],
        "failed": {},
        "stop": "",
        "waiting": {},
        "timed_out": False,
        "lost": "",
        "spent": 0,
        "expected": int(expected),
        "waves": [],
        "failed_in": {},
        "tried_again": {},
    }


def due(all_steps: Iterable[Step], before: Mapping[str, Sequence[str]], state: Mapping[str, Any]) -> list[Step]:
    """The steps that may be taken now, at most one a wave; none when the walk is over, at its end or where it stopped.

    :param before: by wave the waves that must have passed first, see ``parents``.
    """
    done = set(state["done"])
    begun: set[str] = set()
    first: dict[str, Step] = {}
    for step in all_steps:
        if step["id"] in done:
            begun.add(step["wave"])
        else:
            first.setdefault(step["wave"], step)
    passed = {wave for wave in begun if wave not in first and wave not in state["failed"]}
    result = []
    for wave, step in first.items():
        if state["stop"] or wave in state["failed"]:
            # nothing begins any more; what has begun is watched to its end
            free = wave in state["opened"] and step["kind"] in (LAUNCH, *CLOSING)
        else:
            free = wave in begun or passed.issuperset(before.get(wave, ()))
        if free:
            result.append(step)
    return result


def opened(state: Mapping[str, Any], step: Step) -> State:
    """The state once the launch of a wave has begun, which takes long: its jobs may be there from now on."""
    return {**state, "opened": list(dict.fromkeys([*state["opened"], step["wave"]]))}


def tried_again(state: Mapping[str, Any], wave: str, jobs: Mapping[str, Sequence[str]]) -> State:
    """The state once a launch was answered, which may be asked for again in this command, after a turn of the user.

    :param jobs: by cell the jobs whose failed servers this command tries again. A server that was tried has a newer job
        and is not tried once more; one that was queued has not, and still is.
    """
    return {**state, "tried_again": {**state["tried_again"], wave: {cell: list(ids) for cell, ids in jobs.items()}}}


def ended(state: Mapping[str, Any]) -> State:
    """The state of a walk in which nothing is due any more: what failed alone is why it stopped."""
    stops = [one for one in (state["stop"], *state["failed"].values()) if one]
    return {**state, "stop": "; ".join(dict.fromkeys(stops))}


def time_left(state: Mapping[str, Any], max_wait: int, wave_timeout: int) -> int:
    """Seconds that the next wave may be waited for; 0 when the time for waiting is over."""
    return pace.time_left(int(state["spent"]), max_wait, wave_timeout)


def after(state: Mapping[str, Any], step: Step, observed: Mapping[str, Any], alone: bool = False) -> State:
    """The state after a step, given what was observed.

    :param observed: ``stop``: why the run must not continue, empty when it may. ``waiting``: the gate that it waits at.
        ``timed_out``, ``lost`` (code of the error that took the run away), ``expected`` (seconds, of a launch),
        ``wave`` (what is told of a wave that was recorded), ``failed_in`` {wave: [text]} of a validation.
    :param alone: whether a wave that does not pass stops only what waits for it, and not the run.
    """
    why = str(observed.get("stop") or "")
    of_wave = alone and step["kind"] in _OF_A_WAVE and not observed.get("lost") and not observed.get("timed_out")
    failed = dict(state["failed"])
    if why and of_wave:
        failed[step["wave"]] = why
    stops = [one for one in (state["stop"], "" if of_wave else why) if one]
    return {
        **state,
        "done": [*state["done"], step["id"]],
        "opened": list(opened(state, step)["opened"]) if step["kind"] == LAUNCH else list(state["opened"]),
        "failed": failed,
        # a wave that stops the run does not keep others whose launch began from being judged
        "stop": "; ".join(dict.fromkeys(stops)),
        "waiting": dict(observed.get("waiting") or state["waiting"]),
        "timed_out": bool(state["timed_out"] or observed.get("timed_out")),
        "lost": state["lost"] or str(observed.get("lost") or ""),
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
