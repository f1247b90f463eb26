"""The walk of a failback as a state machine: a plan and what was observed in, the next step and why it stops out.

Nothing here calls, waits or writes. A walk is a list of STEPS, in the order in which they are taken, and a STATE that
says which of them are done. First every copy begins, for it takes hours; then one wave after the other goes as far as
was asked for.

A step is ``{id, kind, state, waves, wave, hook}``: ``state`` is the one that it brings its wave to; ``hook`` is None,
for a failback has no gates. What a machine may be taken through depends on who looked at it, see ``vouched``.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import seconds_between
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace

Step = dict[str, Any]
State = dict[str, Any]

STAGE, VALIDATE, RECORD = "stage", "validate", "record"
REVERSED, READY, LAUNCHED, PROTECTED, CLEANED = STATES = outcomes.STAGES
CONFIRMED = (PROTECTED, CLEANED)
# What a stage keeps of the entry that it brought.
_OF_STAGE = (
    *("job_id", "recovery_instance_id", "ec2_instance_id", "private_ip", "availability_zone", "point_in_time"),
    *("started_at", "ended_at"),
)
# The reversed server as well: the log of the launch knows it alone, and the clean-up forgets it.
_ORIGINAL = ("cell", "account_id", "region", "source_server_id")
_SAME_STAGE = ("stage", "outcome", "job_id", "recovery_instance_id")
"""The states that nobody can take back: they need a confirmation, and machines that somebody has validated."""

NO_CALL_PROTECTS = ("protect_extended", "on_premises_origin")


def states(until: str, drill: bool) -> list[str]:
    """The states that a walk goes through. A drill protects nothing."""
    asked = STATES[: STATES.index(until) + 1]
    return [one for one in asked if not (drill and one == PROTECTED)]


def steps(plan: Mapping[str, Any], until: str, drill: bool, validated: bool) -> list[Step]:
    """The steps of a plan.

    :param until: the state to go to.
    :param validated: whether the user has a task file that validates what was launched.
    """
    names = [str(wave["wave"]) for wave in plan["waves"]]
    going = states(until, drill)
    result = [_step(STAGE, name, REVERSED) for name in names]
    for name in names:
        for state in going[1:]:
            result.append(_step(STAGE, name, state))
            if state == LAUNCHED and validated:
                result += [_step(VALIDATE, name, state), _step(RECORD, name, state)]
    return result


def _step(kind: str, wave: str, state: str) -> Step:
    words = [wave, state] if kind == STAGE else [wave, state, kind]
    return {"id": "/".join(words), "kind": kind, "state": state, "waves": [wave], "wave": wave, "hook": None}


def begin(reached: Mapping[str, Mapping[str, Any]]) -> State:
    """The state of a walk that begins.

    :param reached: by ARN how far the record says that each server has come: {state, instance}, ``instance`` the id of
        the machine that was launched, or that came back.
    """
    return {
        "done": [],
        "stop": "",
        "waiting": {},
        "timed_out": False,
        "lost": "",
        # seconds that were waited
        "spent": 0,
        "failed_in": {},
        # machines that stood at launched before this command: what a person can have looked at
        "stood": {
            arn: one["instance"] for arn, one in reached.items() if one.get("instance") and at_least(one, LAUNCHED)
        },
        # by wave the machines that a task file of the user has validated in this command
        "valid": {},
        # what the record holds beyond what can be looked at again
        "beyond": {arn: one["state"] for arn, one in reached.items() if at_least(one, PROTECTED)},
        "out": [],
    }


def at_least(reached: Mapping[str, Any], state: str) -> bool:
    """Whether a server has come as far as a state."""
    found = reached.get("state")
    return found in STATES and STATES.index(str(found)) >= STATES.index(state)


def due(all_steps: Iterable[Step], state: Mapping[str, Any]) -> Step | None:
    """The step to take now; None when the walk is over, at its end or where it stopped."""
    if state["stop"]:
        return None
    done = set(state["done"])
    return next((step for step in all_steps if step["id"] not in done), None)


def after(state: Mapping[str, Any], step: Step, observed: Mapping[str, Any]) -> State:
    """The state after a step, given what was observed.

    :param observed: ``stop``: why the run must not continue, empty when it may; ``timed_out``; ``lost`` (code of the
        error that took the run away); ``failed_in`` {wave: [text]} of a validation; ``valid`` {wave: [id]}; ``out``
        [ARN] of servers that missed the state; ``spent`` seconds of waiting.
    """
    return {
        **state,
        "done": [*state["done"], step["id"]],
        "stop": state["stop"] or str(observed.get("stop") or ""),
        "timed_out": bool(state["timed_out"] or observed.get("timed_out")),
        "lost": state["lost"] or str(observed.get("lost") or ""),
        "spent": int(state["spent"]) + int(observed.get("spent") or 0),
        "failed_in": {**state["failed_in"], **(observed.get("failed_in") or {})},
        "valid": {**state["valid"], **(observed.get("valid") or {})},
        "out": [*state["out"], *(observed.get("out") or ())],
    }


def at(step: Step, reason: str) -> str:
    """A reason with the wave and the stage that it is about."""
    return "wave %s, %s: %s" % (step["wave"], step["state"], reason)


def time_left(state: Mapping[str, Any], values: Mapping[str, Any], timeout: int) -> int:
    """Seconds that may be waited now: those of the stage, or what is left of the time for all waiting."""
    return pace.time_left(int(state["spent"]), int(values["max_wait"]), timeout)


def time_over(step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is observed of a stage that nobody may wait for any more."""
    return {"stop": at(step, "the %d seconds for waiting are over" % values["max_wait"]), "timed_out": True}


def going(wave: Mapping[str, Any], state: Mapping[str, Any], step_state: str) -> list[Any]:
    """The servers of a wave that a step works on: those that missed no state, and are not recorded beyond it.

    What was protected or cleaned up is not walked through the states before it again, whatever is found in AWS: a
    finished failback looks like a server that was never failed over.
    """
    out = set(state["out"])
    left = [one for one in wave["servers"] if one["arn"] not in out]
    place = STATES.index(step_state)
    return [one for one in left if place > _floor(state["beyond"].get(one["arn"]))]


def _floor(beyond: str | None) -> int:
    """The place of the last state that is not walked again."""
    return STATES.index(beyond) if beyond else -1


def vouched(state: Mapping[str, Any], wave: str, by_person: bool) -> set[str]:
    """The machines of a wave that somebody has looked at.

    A person can have looked only at what stood before this command; a task file of the user also at what was launched
    in it, for it runs after the launch. What the record knows as protected was looked at before that.
    """
    looked_at = set(state["valid"].get(wave) or ())
    looked_at |= {state["stood"][arn] for arn in state["beyond"] if arn in state["stood"]}
    return looked_at | set(state["stood"].values()) if by_person else looked_at


def not_vouched(entries: Iterable[Entry], state: Mapping[str, Any], wave: str, by_person: bool) -> dict[str, DrsError]:
    """By ARN why a machine must not be taken further: nobody has looked at it. None of them when all were looked at."""
    known = vouched(state, wave, by_person)
    stood = set(state["stood"].values())
    result = {}
    for one in entries:
        machine = one.get("recovery_instance_id")
        if machine in known:
            continue
        why = (
            "it stood before, and nobody says that it is validated" if machine in stood else "it was launched just now"
        )
        text = "%s: nobody has validated %s; %s" % (one["name"], machine or "its machine", why)
        result[str(one["arn"])] = DrsError("failback_not_validated", text)
    return result


def excused(step: Step, entries: Iterable[Entry], values: Mapping[str, Any]) -> list[str]:
    """ARNs of servers that no call can protect, where the person does not ask for that: they go on without it."""
    if step["state"] != PROTECTED or values["require_protected"]:
        return []
    return [str(one["arn"]) for one in entries if as_mapping(one["error"]).get("code") in NO_CALL_PROTECTS]


def reached(before: Mapping[str, Any] | None, entry: Entry) -> dict[str, Any]:
    """How far a server has come, for the record: {state, instance}, and ``entry`` where it is not looked at again.

    A look that finds it nowhere, or an error, takes nothing away from what is known; neither does an earlier state.
    ``stages`` stay what they are, see with_stage.

    :param before: what the record says.
    """
    known = dict(before or {})
    state = entry.get("outcome")
    if state not in STATES or at_least(known, str(state)) and known.get("state") != state:
        return known
    machine = entry.get("recovery_instance_id") if at_least({"state": state}, LAUNCHED) else None
    kept = {"entry": dict(entry)} if state in CONFIRMED else {}
    kept.update({"stages": known["stages"]} if "stages" in known else {})
    return {"state": state, "instance": machine or known.get("instance"), **kept}


def with_stage(told: Mapping[str, Any], aimed: str, entry: Entry, at: str) -> dict[str, Any]:
    """What the record says of a server, with what came of one more stage among its ``stages``.

    A later stage says nothing of the job and the machine of an earlier one, so each keeps its own. A stage that another
    command only looks at again, and finds done, stands once.

    :param aimed: the state that the stage was to bring it to; ``outcome`` is what it brought.
    :param at: when it was seen.
    """
    original = (entry.get("failback") or {}).get("original") or {}  # type: ignore[attr-defined]
    error = entry.get("error")
    row = {
        "stage": aimed,
        "outcome": entry.get("outcome"),
        "code": error["code"] if error else None,
        "message": error["message"] if error else None,
        "at": at,
        **{key: entry.get(key) for key in _OF_STAGE},
        **{"original_" + key: original.get(key) for key in _ORIGINAL},
    }
    stages = list(told.get("stages") or ())
    beyond = at_least({"state": row["outcome"]}, aimed) and row["outcome"] != aimed
    if beyond or not error and any(all(one.get(key) == row[key] for key in _SAME_STAGE) for one in stages):
        return dict(told)
    return {**told, "stages": [*stages, row]}


def with_launch(entry: Mapping[str, Any], stages: Any) -> dict[str, Any]:
    """An entry of a server that fails back, with the machine that was launched for it in its original cell.

    Its last stage, such as the clean-up of the other side, knows nothing of that launch.

    :param stages: as the record keeps them, see with_stage; whatever else it is says nothing.
    """
    rows = [as_mapping(one) for one in as_list(stages)]
    launched = [one for one in rows if one.get("stage") == LAUNCHED and one.get("job_id")]
    if not launched or entry.get("job_id"):
        return dict(entry)
    told = {key: launched[-1].get(key) for key in _OF_STAGE}
    return {**entry, **told, "duration_seconds": seconds_between(told["started_at"], told["ended_at"])}


def success(state: str) -> list[str]:
    """The outcomes with which a server has got through a state."""
    return list(STATES[STATES.index(state) :])


def summary(entries: Sequence[Entry]) -> dict[str, int]:
    """How many servers have which outcome."""
    return {key: number for key, number in outcomes.summarise(entries).items() if number}
