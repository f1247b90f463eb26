"""Objectives of a run, by application: recovery time and recovery point, actual against target.

Recovery time runs from the first command, or from the declaration where one was typed that is earlier, to the moment
when the last critical server of the application was validated; without a validation it ends with the launch, and says
so. What of it people were waited for (an approval, a pause, a stop until somebody resumes) is part of it, and stands
beside it. Nothing that comes later, such as an approval or a resume, moves its beginning.

The recovery point is what would have been lost had the source died when the run began: the age of its data then, as the
frozen plan has it. Beside it stands what the launched data was: the moment of the declaration (of a drill: when the
launch of the server began) less the time of that data. The first is judged; where the plan has none, the second. The
worst server counts, and a critical server that never came meets no target. An application is as good as its worst
server is, held against the strictest objective that one of its servers has: for the application that is what was asked
for. Each server's own objective says which is the farthest from it, and how many miss theirs (``own_missed``). The
spread is how far the data of an application's servers lies apart: DRS knows no point in time of several servers.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import (
    came,
    planned_servers,
    text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.durations import parse_duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import (
    clock_problem,
    iso_time,
    parse_time,
    seconds_between,
    span,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given

NO_APPLICATION = "(no application)"
VALIDATED = "validated"
LAUNCHED = "launched"
DECLARED = "declared"
COMMAND = "command"


def targets_of(given: Given | None) -> dict[str, dict[str, float | None]]:
    """Read the targets that the caller gives: ``{application: {rto, rpo}}``, durations such as 45m.

    :raises DrsError: ``invalid_option`` or ``invalid_duration``.
    """
    result: dict[str, dict[str, float | None]] = {}
    for application, values in (given or {}).items():
        strange = sorted(set(as_mapping(values)) - {"rto", "rpo"})
        if not isinstance(values, Mapping) or strange:
            raise DrsError(
                "invalid_option", f"objectives: {application}: write rto and rpo, such as {{rto: 45m, rpo: 15m}}"
            )
        result[str(application)] = {
            key: float(parse_duration(values[key])) if values.get(key) is not None else None for key in ("rto", "rpo")
        }
    return result


def objectives(documents: Mapping[str, Any], targets: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The OBJECTIVES of each application of a run, by its name.

    ``{application, servers, critical, launched, rto {target, actual, begins_with, begun_at, from_command,
    from_declared, from_approved, waited, ended_at, ends_with, met, WORST}, rpo {target, actual, at_start, launched,
    best, missing, unknown, met, WORST}, worst_server, spread_seconds}``, in seconds. ``actual`` is what is judged.
    WORST is ``worst_server, worst_seconds, worst_target, own_missed``: the server that is the farthest from its own
    objective, measured by that, and how many servers miss their own; seconds are None for one that never came.
    ``met`` is None without a target; an actual that nobody knows, or that was never reached, does not meet one.
    """
    groups = group_by(planned_servers(documents), lambda one: text(one.get("application")) or NO_APPLICATION)
    return [_of_application(name, groups[name], documents, as_mapping(targets.get(name))) for name in sorted(groups)]


def _of_application(
    name: str, servers: list[dict[str, Any]], documents: Mapping[str, Any], targets: Mapping[str, Any]
) -> dict[str, Any]:
    critical = [one for one in servers if one.get("critical") is not False]
    launched = [one for one in servers if came(one)]
    # servers that may fail do not hold up an application; where all of them may, those that came count
    rto = _time(critical or launched, documents, _target(targets.get("rto"), servers, "rto_seconds"), targets)
    rpo = _point(critical, launched, documents, _target(targets.get("rpo"), servers, "rpo_seconds"), targets)
    return {
        "application": name,
        "servers": len(servers),
        "critical": len(critical),
        "launched": len(launched),
        "rto": rto,
        "rpo": rpo,
        "worst_server": _worst(rto, rpo),
        "spread_seconds": _spread(launched),
    }


def _target(given: Any, servers: Iterable[Mapping[str, Any]], key: str) -> float | None:
    """What the caller gives; else the strictest target of the servers, from their tags."""
    if given is not None:
        return float(given)
    values = [one[key] for one in servers if isinstance(one.get(key), (int, float)) and not isinstance(one[key], bool)]
    return float(min(values)) if values else None


def _far(seconds: float | None, target: float | None) -> tuple[float, float]:
    """How far something is from its objective, to be compared: by its part of it, then in seconds."""
    taken = seconds or 0.0
    if target is None:
        return 0.0, taken
    return (taken / target if target else float("inf") if taken else 0.0), taken


def _worst(rto: Mapping[str, Any], rpo: Mapping[str, Any]) -> str | None:
    """The server to look at first: of the objective that is the farthest from being met."""

    def how_far(goal: Mapping[str, Any]) -> tuple[bool, bool, tuple[float, float]]:
        return goal["met"] is False, goal["worst_seconds"] is None, _far(goal["worst_seconds"], goal["worst_target"])

    both = [goal for goal in (rpo, rto) if goal["worst_server"]]
    found = max(both, key=how_far, default=None)
    return found["worst_server"] if found else None


def _time(
    servers: list[dict[str, Any]], documents: Mapping[str, Any], target: float | None, given: Mapping[str, Any]
) -> dict[str, Any]:
    run = as_mapping(documents["run"])
    waves = {str(one.get("wave")): one for one in documents["waves"]}
    ends = []
    for server in servers:
        moment, with_what = _end(server, as_mapping(waves.get(str(server.get("wave")))))
        ends.append((moment, with_what, server))
    reached = bool(ends) and all(moment for moment, _with_what, _server in ends)
    last = max(ends, key=lambda one: one[0] or "") if reached else None
    ended = last[0] if last else None
    begun, begins_with = begin_of(run)
    actual = span(begun, ended)
    farthest = [
        (_far(span(begun, moment), goal), text(server.get("name")), goal)
        for moment, _with_what, server in ends
        if moment
        for goal in [_target(given.get("rto"), [server], "rto_seconds") or target]
    ]
    worst = max(farthest, key=lambda one: one[0]) if reached and farthest else ((0.0, 0.0), None, target)
    late = [server for moment, _with_what, server in ends if not moment]
    return {
        "target": target,
        "actual": actual,
        "begins_with": begins_with,
        "begun_at": begun,
        "from_command": span(_command(run), ended),
        "from_declared": span(run.get("declared_at"), ended),
        "from_approved": span(run.get("approved_at"), ended),
        "waited": run_times.waited_between(run, begun, ended),
        "ended_at": ended,
        "ends_with": (VALIDATED if all(one[1] == VALIDATED for one in ends) else LAUNCHED) if reached else None,
        "worst_server": text(late[0].get("name")) if late else worst[1],
        "worst_seconds": worst[0][1] if worst[1] else None,
        "worst_target": worst[2],
        "own_missed": len(late) + sum(1 for far, _name, goal in farthest if goal is not None and far[1] > goal),
        # where two clocks differ nobody knows; verdict says so
        "met": None if target is None or clock_problem(begun, ended) else actual is not None and actual <= target,
    }


def begin_of(run: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """When the recovery time of a run begins, and with what: ``declared`` or ``command``; None for both when unknown.

    A declaration that is typed later than the first command makes no recovery shorter.
    """
    command, declared = _command(run), iso_time(run.get("declared_at"))
    if declared and (not command or seconds_between(declared, command)):
        return declared, DECLARED
    return (command, COMMAND) if command else (None, None)


def _command(run: Mapping[str, Any]) -> str | None:
    """When the run was first typed; ``started_at`` is when it was first let run, which an approval puts off."""
    return iso_time(run.get("created_at") or run.get("started_at"))


def _end(server: Mapping[str, Any], wave: Mapping[str, Any]) -> tuple[str | None, str]:
    """When a server was there for its users, as far as anybody checked."""
    if not came(server):
        return None, LAUNCHED
    validation = validation_of(wave)
    if validation["done"]:
        return (validation["at"] if validation["passed"] else None), VALIDATED
    return iso_time(as_mapping(server["result"]).get("ended_at") or wave.get("ended_at")), LAUNCHED


def validation_of(wave: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the validation of a wave: ``{done, passed, at, detail}``.

    The wave says ``{failed [why]}``, or ``{passed, at, reason}``.
    """
    validation = wave.get("validation")
    body = as_mapping(validation)
    if not body:
        return {"done": False, "passed": None, "at": None, "detail": None}
    failed = as_list(body.get("failed"))
    if "failed" in body and not failed and as_mapping(wave.get("verdict")).get("proceed") is not True:
        # a wave that its verdict stopped is not validated any more
        return {"done": False, "passed": None, "at": None, "detail": None}
    passed = body["passed"] is True if "passed" in body else "failed" in body and not failed
    detail = text("; ".join(str(one) for one in failed), 300) or text(body.get("reason"), 300)
    return {"done": True, "passed": passed, "at": iso_time(body.get("at") or wave.get("ended_at")), "detail": detail}


def lost_from(run: Mapping[str, Any], result: Mapping[str, Any]) -> str | None:
    """From when on the data of a server was lost: from the declaration, or the first command.

    A drill loses none, and its sources continue while its waves are walked. Its data would have been as old as it was
    when the launch of that very server began; held against the start of the run, all later waves would look perfect.
    """
    begun = result.get("started_at") or run.get("started_at") or run.get("created_at")
    if str(run.get("mode") or "").endswith("drill"):
        return iso_time(begun)
    return iso_time(run.get("disrupted_at")) or begin_of(run)[0] or iso_time(begun)


def _point(
    critical: list[dict[str, Any]],
    launched: list[dict[str, Any]],
    documents: Mapping[str, Any],
    target: float | None,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    run = as_mapping(documents["run"])
    ages, before = [], []
    for one in launched:
        result, name = as_mapping(one["result"]), text(one.get("name")) or ""
        age = seconds_between(result.get("point_in_time"), lost_from(run, result))
        if clock_problem(result.get("point_in_time"), result.get("ended_at")):
            # of data from after the launch nobody knows the age, least of all that there is none
            age = None
        ages.append((age, name))
        known = _predicted(one)
        # where the plan does not know what would have been lost, the launched data says it
        goal = _target(given.get("rpo"), [one], "rpo_seconds") or target
        before.append((age if known is None else known, name, goal))
    dated = [(age, name) for age, name in ages if age is not None]
    judged = [(age, name, goal) for age, name, goal in before if age is not None]
    oldest = max((age for age, _name, _goal in judged), default=None)
    # an hour is much to who may lose a minute, and little to who may lose a day
    worst = max(judged, key=lambda one: (_far(one[0], one[2]), one[1]), default=(None, None, target))
    missing = [one for one in critical if not came(one)]
    unknown = len(ages) - len(dated)
    # one server whose data nobody can date may be the worst, and of one that never came everything is lost
    met = None if target is None else oldest is not None and not unknown and not missing and oldest <= target
    return {
        "target": target,
        "actual": oldest,
        "at_start": max((one for one in map(_predicted, launched) if one is not None), default=None),
        "launched": max(dated)[0] if dated else None,
        "best": min((age for age, _name, _goal in judged), default=None),
        "worst_server": text(missing[0].get("name")) if missing else worst[1],
        "worst_seconds": None if missing else worst[0],
        "worst_target": worst[2],
        "own_missed": len(missing) + sum(1 for age, _name, goal in judged if goal is not None and age > goal),
        "missing": len(missing),
        "unknown": unknown,
        "met": met,
    }


def _predicted(server: Mapping[str, Any]) -> float | None:
    """The age of the data of a server when its plan was frozen, which is when the run began."""
    value = server.get("predicted_rpo_seconds")
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 else None


def _spread(launched: list[dict[str, Any]]) -> float | None:
    times = [parse_time(as_mapping(one["result"]).get("point_in_time")) for one in launched]
    moments = [moment for moment in times if moment]
    return (max(moments) - min(moments)).total_seconds() if moments and len(moments) == len(times) else None
