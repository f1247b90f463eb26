"""The readiness score of a fleet: six parts with their points, and the sum of them.

What could not be read earns nothing, and is never left out of the sum; what nobody asked for (capacity, drift) is left
out of it, and said. One critical server that is not protected makes the whole 0, whatever the rest says.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import group_by
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import seconds_between
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import tag_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import coverage
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.scope import Scope

WEIGHTS = {"coverage": 30, "lag": 20, "freshness": 20, "drift": 10, "capacity": 10, "last_drill": 10}
TITLES = {
    "coverage": "Coverage",
    "lag": "Lag against RPO",
    "freshness": "Drill freshness",
    "drift": "Drift",
    "capacity": "Capacity",
    "last_drill": "Last drill",
}
MET, BREACHED, UNKNOWN, NOT_ASSESSED = "met", "breached", "unknown", "not_assessed"
GRADES = ((90, "A"), (80, "B"), (70, "C"), (60, "D"))
_CAPACITY = {"ok": 1.0, "warning": 0.75, "critical": 0.25, "full": 0.0}
# Nothing can be launched from these, so they protect nobody.
_UNPROTECTED = ("disconnected", "stopped")
_NO_DRILL = {"servers": 0, "good": 0, "stopped": False, "clean": None}
DAY = 86400

SPEC: dict[str, Any] = {
    "cells": {"type": "list", "elements": "dict", "required": True},
    "machines": {"type": "list", "elements": "dict", "default": []},
    "history": {"type": "list", "elements": "dict", "default": []},
    "history_error": {"type": "dict"},
    "capacity": {"type": "list", "elements": "dict"},
    "drift": {"type": "list", "elements": "dict"},
    "rpo_seconds": {"type": "int", "default": 3600},
    "max_silence_seconds": {"type": "int", "default": 3600},
    "drill_max_age_days": {"type": "int", "default": 90},
    "tag_keys": {"type": "dict", "default": {}, "no_log": False},
    "now": {"type": "str"},
}


def report(params: Given, now: str) -> Result:
    """Judge a fleet.

    :param params: as in SPEC. ``cells`` as a plan's request has them, with ``extend_to`` where servers are to be
        extended; ``machines`` of EC2; ``history`` records of drills; ``history_error``, why it could not be read;
        ``capacity`` [{cell, capacity or error}] and ``drift`` findings, None where nobody looked.
    :returns: ``{score, grade, complete, hard_zero [reason], parts [{name, title, weight, points, state, reason}],
        coverage {...}, lag {...}, applications [...], outstanding [{name, cell, application,
        critical, problem}], cells, unknown_cells, at}``.
        Without a single server in scope ``score`` is None.
    :raises DrsError: ``invalid_option`` for a bound that is not above 0.
    """
    for key in ("rpo_seconds", "max_silence_seconds", "drill_max_age_days"):
        if params[key] <= 0:
            raise DrsError("invalid_option", f"{key}: {params[key]} is not above 0")
    return _Judge(params, now).report()


class _Judge:
    """One report in the making."""

    def __init__(self, params: Given, now: str) -> None:
        self.params, self.now = params, now
        self.keys = tags.resolve_keys(params["tag_keys"])
        cells = params["cells"]
        self.lost = [one for one in cells if one.get("error") or one.get("source_servers") is None]
        self.read = [one for one in cells if one not in self.lost]
        self.scope = Scope(self.read, self.keys, not self.lost)
        self.members = self._members()
        drills = [one for one in params["history"] if one.get("kind") == "recovery" and one.get("mode") == "drill"]
        self.drills = sorted(drills, key=lambda one: str(one.get("started_at") or ""), reverse=True)

    # -- what is in scope ----------------------------------------------------------------------------------------
    def _members(self) -> list[dict[str, Any]]:
        """Everything that is to be recovered, once: tagged machines of EC2, and what else a drill would launch."""
        servers = [server for cell in self.read for server in cell["source_servers"] or ()]
        copies = {as_mapping(one.get("staging_area")).get("staging_source_server_arn"): one for one in servers}
        copies.pop(None, None)
        extend = {one["cell"] for one in self.read if one.get("extend_to")}
        servers_by_instance = machines.by_instance(servers)
        retired = machines.failed_back_from(self.params["machines"], servers)
        opted_in = machines.select(self.params["machines"], machines.DEFAULT_FILTER, self.keys)
        selected = [one for one in opted_in if one["instance_id"] not in retired]
        listed = [
            self._member(machine, servers_by_instance.get(machine["instance_id"]), copies, extend)
            for machine in selected
        ]
        instance_ids = {one["instance_id"] for one in listed}
        for server in servers:
            if server.get("extended") and self._origin(server, servers):
                continue  # its original is counted, with this copy
            copy = copies.get(server.get("arn"))
            taken = self.scope.why_not(server, copy) == ""
            asked = tags.flag(server.get("tags"), self.keys["enabled"]) and not copy
            if server.get("instance_id") not in instance_ids and (taken or asked):
                listed.append(self._member(server, server, copies, extend))
        return listed

    @staticmethod
    def _origin(copy: Mapping[str, Any], servers: Iterable[Mapping[str, Any]]) -> bool:
        arn = as_mapping(copy.get("staging_area")).get("staging_source_server_arn")
        return bool(arn) and any(one.get("arn") == arn for one in servers)

    def _member(
        self,
        one: Mapping[str, Any],
        server: Mapping[str, Any] | None,
        copies: Mapping[Any, Mapping[str, Any]],
        extend: set[str],
    ) -> dict[str, Any]:
        copy = copies.get((server or {}).get("arn"))
        carried = {
            key: value for each in (copy, server, one) for key, value in ((each or {}).get("tags") or {}).items()
        }
        rpo = self._rpo(carried)
        lag = as_mapping((server or {}).get("replication")).get("lag_seconds")
        problem = self._problem(server, lag, rpo)
        if server and not problem and server.get("cell") in extend and copy is None and not server.get("extended"):
            problem = "it is not extended into the target account"
        if server and not problem and self.scope.why_not(server, copy):
            problem = "a drill leaves it out: %s" % self.scope.why_not(server, copy)
        judged = as_mapping((server or {}).get("readiness"))
        launch = as_mapping((copy or server or {}).get("last_launch"))
        return {
            "name": one.get("name"),
            "cell": (server or one).get("cell"),
            "instance_id": one.get("instance_id"),
            "application": tags.tag_value(carried, self.keys["application"]) or None,
            "critical": tags.flag(carried, self.keys["critical"]) is not False,
            "protected": bool(server)
            and judged.get("level") not in _UNPROTECTED
            and judged.get("recoverable") in ("full", "old_data"),
            "in_drs": bool(server),
            "problem": problem,
            "lag": lag,
            "rpo": rpo,
            "stalled": judged.get("level") == "stalled",
            "last_launch": launch.get("time"),
        }

    def _rpo(self, carried: Mapping[str, Any]) -> float:
        own = tags.seconds_of(carried, "rpo", self.keys)
        return self.params["rpo_seconds"] if own is None else own

    def _problem(self, server: Mapping[str, Any] | None, lag: float | None, rpo: float) -> str:
        """Why a member does not count as healthy; empty when it does."""
        if server is None:
            return "it is tagged for recovery and not in DRS"
        judged = as_mapping(server.get("readiness"))
        if not judged.get("ready"):
            return clean(judged.get("reason"), 200) or "nothing is known about its replication"
        if lag is None:
            return "its lag is unknown"
        if lag > rpo:
            return "its lag is %s, more than its RPO of %s" % (duration(lag), duration(rpo))
        silent = server.get("last_seen_seconds")
        if silent is not None and silent > self.params["max_silence_seconds"]:
            return "DRS has not heard of it for %s" % duration(silent)
        return ""

    # -- the parts -----------------------------------------------------------------------------------------------
    def _coverage(self) -> tuple[float | None, str, str]:
        healthy = sum(1 for one in self.members if not one["problem"])
        if self.lost:
            return None, UNKNOWN, "%s could not be read" % count(len(self.lost), "cell")
        if not self.members:
            return 0.0, BREACHED, "nothing is in scope"
        share = healthy / len(self.members)
        return (
            share,
            MET if share == 1 else BREACHED,
            "%d of %s healthy" % (healthy, count(len(self.members), "server")),
        )

    def _lag(self) -> tuple[float | None, str, str]:
        there = [one for one in self.members if one["in_drs"]]
        if not there:
            return (None, UNKNOWN, "no server could be read") if self.lost else (0.0, BREACHED, "no server is in DRS")
        inside = [one for one in there if one["lag"] is not None and one["lag"] <= one["rpo"]]
        share = len(inside) / len(there)
        return share, MET if share == 1 else BREACHED, "%d of %d within their RPO" % (len(inside), len(there))

    def _fresh(self, applications: Sequence[Mapping[str, Any]]) -> tuple[float | None, str, str]:
        if self.params["history_error"]:
            return None, UNKNOWN, "the history could not be read: %s" % self._why()
        if not applications:
            return 0.0, BREACHED, "nothing is in scope"
        fresh = sum(1 for one in applications if not one["drill_due"])
        share = fresh / len(applications)
        text = "%d of %s passed a drill in the last %s"
        days = count(self.params["drill_max_age_days"], "day")
        return share, MET if share == 1 else BREACHED, text % (fresh, count(len(applications), "application"), days)

    def _last_drill(self, applications: Sequence[Mapping[str, Any]]) -> tuple[float | None, str, str]:
        if self.params["history_error"]:
            return None, UNKNOWN, "the history could not be read: %s" % self._why()
        drilled = [one["last_drill"] for one in applications if one["last_drill"]]
        if not drilled:
            return 0.0, BREACHED, "no drill is on record"
        points = {"passed": 1.0, "partial": 0.5}
        share = sum(points.get(one["result"], 0.0) for one in drilled) / len(applications)
        passed = sum(1 for one in drilled if one["result"] == "passed")
        return share, MET if share == 1 else BREACHED, "%d of %d passed their last one" % (passed, len(applications))

    def _capacity(self) -> tuple[float | None, str, str]:
        given = self.params["capacity"]
        if given is None:
            return None, NOT_ASSESSED, "nobody looked"
        unread = [one for one in given if not one.get("capacity")]
        if unread or not given:
            return None, UNKNOWN, "%s could not be read" % count(len(unread), "cell")
        levels = [str(one["capacity"].get("level")) for one in given]
        share = min(_CAPACITY.get(level, 0.0) for level in levels)
        fullest = min(levels, key=lambda level: _CAPACITY.get(level, 0.0))
        return share, MET if share == 1 else BREACHED, "the fullest cell is at the level %s" % clean(fullest, 20)

    def _drift(self) -> tuple[float | None, str, str]:
        drift = self.params["drift"]
        if drift is None:
            return None, NOT_ASSESSED, "nobody looked"
        wrong = sum(1 for one in drift if one.get("severity") != "warning")
        share = 0.0 if wrong else 0.5 if drift else 1.0
        return share, MET if share == 1 else BREACHED, count(len(drift), "difference") if drift else "none found"

    def _why(self) -> str:
        return clean(as_mapping(self.params["history_error"]).get("code"), 60) or "no reason was given"

    # -- applications --------------------------------------------------------------------------------------------
    def _applications(self) -> list[dict[str, Any]]:
        groups = group_by(self.members, lambda one: str(one["application"] or ""))
        return [self._application(name, members) for name, members in sorted(groups.items())]

    def _application(self, name: str, members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        drills = self._drills_of(name)
        passed = next((one for one in drills if one["result"] == "passed"), None)
        age = seconds_between(passed["at"], self.now) if passed else None
        lags = [one["lag"] for one in members if one["in_drs"]]
        healthy = sum(1 for one in members if not one["problem"])
        return {
            "application": name or None,
            "servers": len(members),
            "healthy": healthy,
            "unprotected_critical": sum(1 for one in members if one["critical"] and not one["protected"]),
            "worst_lag_seconds": None if None in lags or not lags else max(lags),
            "rpo_seconds": min(one["rpo"] for one in members),
            "last_drill": drills[0] if drills else None,
            "last_passed_drill": passed,
            "drill_age_days": None if age is None else int(age // DAY),
            "drill_due": age is None or age > self.params["drill_max_age_days"] * DAY,
            "last_launch": max((one["last_launch"] for one in members if one["last_launch"]), default=None),
        }

    def _drills_of(self, name: str) -> list[dict[str, Any]]:
        """The drills of an application, newest first, each over all its accounts."""
        runs: dict[str, dict[str, Any]] = {}
        for record in self.drills:
            for part in as_list(record.get("applications")):
                if (part.get("application") or "") == name:
                    run = runs.setdefault(
                        str(record.get("run_id")),
                        {**_NO_DRILL, "run_id": record.get("run_id"), "at": record.get("started_at")},
                    )
                    run["servers"] += part.get("servers") or 0
                    run["good"] += part.get("succeeded") or 0
                    run["stopped"] = run["stopped"] or bool(record.get("reason"))
                    if record.get("clean") is not None:
                        run["clean"] = record["clean"] and run["clean"] is not False
        return [{**run, "result": _result(run)} for run in runs.values()]

    def _tags(self) -> list[Finding]:
        """What is written in tags and cannot be meant so: of members, and of machines that nearly are some."""
        servers = [server for cell in self.read for server in cell["source_servers"] or ()]
        found, protected = self.params["machines"], machines.by_instance(servers)
        wanted = machines.select(found, machines.DEFAULT_FILTER, self.keys)
        covered = {*protected, *machines.failed_back_from(found, servers)}
        bare = [one for one in found if one["instance_id"] not in covered and not one.get("managed_by_drs")]
        near = [tag_checks.near_opt_in(one, self.keys) for one in bare]
        return [*(one for one in near if one), *coverage.tags_of([*wanted, *servers], self.keys)]

    # -- the whole -----------------------------------------------------------------------------------------------
    def report(self) -> dict[str, Any]:
        applications = self._applications()
        judged = {
            "coverage": self._coverage(),
            "lag": self._lag(),
            "freshness": self._fresh(applications),
            "drift": self._drift(),
            "capacity": self._capacity(),
            "last_drill": self._last_drill(applications),
        }
        parts: list[dict[str, Any]] = [
            {
                "name": name,
                "title": TITLES[name],
                "weight": weight,
                "points": None if judged[name][1] == NOT_ASSESSED else round((judged[name][0] or 0.0) * weight, 1),
                "state": judged[name][1],
                "reason": judged[name][2],
            }
            for name, weight in WEIGHTS.items()
        ]
        # a cell that was not read may protect what looks bare; it has cost the points for coverage already
        bare = [
            one for one in self.members if one["critical"] and not one["protected"] and (one["in_drs"] or not self.lost)
        ]
        zero = ["%s in %s is critical and not protected" % (one["name"], one["cell"]) for one in bare]
        possible = sum(one["weight"] for one in parts if one["points"] is not None)
        earned = sum(one["points"] for one in parts if one["points"] is not None)
        score = None if not self.members and not self.lost else 0 if zero else int(earned * 100 // possible)
        lags = [one["lag"] for one in self.members if one["in_drs"]]
        healthy = sum(1 for one in self.members if not one["problem"])
        return {
            "score": score,
            "grade": None if score is None else next((grade for least, grade in GRADES if score >= least), "F"),
            "complete": all(one["state"] not in (UNKNOWN, NOT_ASSESSED) for one in parts),
            "hard_zero": zero,
            "parts": parts,
            "coverage": {
                "state": judged["coverage"][1],
                "in_scope": len(self.members),
                "healthy": healthy,
                "percent": None if self.lost or not self.members else healthy * 100 // len(self.members),
                "counted": "machines" if self.params["machines"] else "source_servers",
            },
            "lag": {
                "worst_seconds": None if None in lags or not lags else max(lags),
                "unknown": lags.count(None),
                "stalled": sum(1 for one in self.members if one["stalled"]),
            },
            "applications": applications,
            "outstanding": [
                {key: one[key] for key in ("name", "cell", "application", "critical", "problem")}
                for one in sorted(
                    self.members, key=lambda one: (one["protected"], not one["critical"], str(one["name"]))
                )
                if one["problem"]
            ],
            "tag_findings": self._tags(),
            "cells": len(self.params["cells"]),
            "unknown_cells": [{"cell": one["cell"], "error": one.get("error")} for one in self.lost],
            "at": self.now,
        }


def _result(run: Mapping[str, Any]) -> str:
    """``passed`` is launched as a whole, not stopped, and not known to have left anything behind."""
    if run["good"] == run["servers"] and not run["stopped"] and run["clean"] is not False:
        return "passed"
    return "partial" if run["good"] else "failed"
