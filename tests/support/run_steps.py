"""Take the steps of drs_run in a directory store, each at a time of one day."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import documents as run_documents
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import ending
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store

CELL = "payments.us-west-2"


def day(moment: str) -> str:
    """A time of the day that all steps are of."""
    return f"2026-03-01T{moment}:00Z"


def plan(servers: int = 1, mode: str = "recovery", **more: Any) -> dict[str, Any]:
    """A plan of one wave; ``more`` goes into each of its servers."""
    listed = [
        {
            "source_server_id": f"s-{number:017}",
            "name": f"db-{number}",
            "cell": CELL,
            "account_id": "111111111111",
            "region": "us-west-2",
            "application": "shop",
            **more,
        }
        for number in range(1, servers + 1)
    ]
    wave = {"wave": "1", "servers": listed, "by_cell": {CELL: [one["source_server_id"] for one in listed]}}
    whole = {"name": "shop", "mode": mode, "waves": [wave], "cells": [], "summary": {"servers": servers}}
    return {**whole, "hash": plan_hash(whole)}


def job_log(entries: list[dict[str, Any]], moment: str) -> dict[str, Any]:
    """The log of the first of the jobs of some entries, as the record of a wave keeps it."""
    job = next(one["job_id"] for one in entries if one["job_id"])
    events: list[list[Any]] = [[day(moment), "JOB_START", None]]
    for one in entries:
        failed = one["outcome"] == "failed"
        end = [day(moment), "LAUNCH_FAILED", one["source_server_id"], "no room"]
        events += [[day(moment), "LAUNCH_START", one["source_server_id"]], *([end] if failed else [])]
    told = {"cell": CELL, "job_id": job, "read_at": day(moment), "error": None}
    return {**told, "events": [*events, [day(moment), "JOB_END", None]]}


class Day:
    """A store, and one run in it: day("07:50", "begun", plan=...)."""

    def __init__(self, path: str, monkeypatch: Any) -> None:
        self.path, self._monkeypatch = path, monkeypatch
        self.store = open_store({"path": path})

    def __call__(self, moment: str, state: str, **options: Any) -> dict[str, Any]:
        self._monkeypatch.setattr(clock, "now", lambda: day(moment))
        own = {"run_id": "r-1", "store": {"path": self.path}, "initiator": "ann", "controller": "host:1"}
        return request.perform(request.params_of(state, **{**own, **options}), False)

    def wave(self, moment: str, epoch: int, servers: list[dict[str, Any]], **fates: Any) -> None:
        """The wave is walked: ``fates`` are what becomes of the servers, ``fates={name: members}``."""
        self(moment, "wave_intended", wave="1", servers=servers, epoch=epoch)
        entries = [{**one, **fates["fates"][one["name"]]} for one in servers]
        good = all(one["outcome"] == "launched" for one in entries)
        verdict = {"proceed": good, "reason": "proceed" if good else "stop: too many failed"}
        logs = {"logs": [job_log(entries, moment)]}
        self(moment, "wave_done", wave="1", servers=entries, verdict=verdict, epoch=epoch, data=logs)

    def documents(self) -> dict[str, Any]:
        """What a report reads of the run."""
        return run_documents.documents(self.store.items("r-1"))


def failed_failover(path: str, monkeypatch: Any) -> Day:
    """A failover in a store, approved, cleaned up and recorded, of which two critical servers failed."""
    at = Day(path, monkeypatch)
    frozen = plan(3)
    options = {"plan": frozen, "approvals": ["start"], "confirm": "FAILOVER shop 3 us-west-2"}
    at("07:50", "begun", **options)
    at("08:20", "approved", approver="bob")
    epoch = at("08:20", "begun", **options)["epoch"]
    error = {"code": "launch_capacity", "message": "no room", "remedy": "wait", "retryable": True}
    bad = {"outcome": "failed", "job_id": "drsjob-1", "ended_at": day("08:25"), "error": error}
    good = {"outcome": "launched", "job_id": "drsjob-1", "ended_at": day("08:30"), "point_in_time": day("08:19")}
    at.wave("08:30", epoch, frozen["waves"][0]["servers"], fates={"db-1": bad, "db-2": bad, "db-3": good})
    at("08:30", "finished", epoch=epoch, reason="wave 1")
    at("08:40", "cleaned", data={"clean": True, "left": [], "summary": {"terminated": 1}})
    params = {key: spec.get("default") for key, spec in ending.SPEC.items()}
    told = {"kind": "recovery", "mode": "recovery", "run_id": "r-1", "started_at": day("07:50"), "stopped": "wave 1"}
    ending.conclude({**params, "store": {"path": path}, "result": told}, False)
    return at
