"""The lifecycle of a run in the store: begun, taken over, waves intended and done, paused, approved, ended.

The order of writes is what makes a crash harmless: a wave is written down before it starts, with its servers, and its
outcome after it. Every write names the version that was read, and a controller continues only while the run's epoch is
its own. An event follows its write; one that a crash has swallowed is written when the step is done again.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.confirmation import (
    check_confirmation,
    confirmation_text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import attempts
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import times as run_times
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import VERSION
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.recorded import PLAN
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.decided import Decided
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.recorded import TRIES
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import Store
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping


class Run(Decided):
    """The life of one run; see Recorded for its options, and Decided for the steps of people."""

    # -- steps of a controller -----------------------------------------------------------------------------------
    def planned(self) -> dict[str, t.Any]:
        """What would resume: the frozen plan of a run that is known, else the one given. Writes nothing.

        :returns: ``{run, plan, resumed, changes, confirmation, confirmed}``; ``run`` is None when there is none.
        :raises DrsError: run_unknown, run_cancelled, run_paused, run_cleaned, run_id_reused, run_plan_mismatch,
            plan_changed, run_not_active, run_store_damaged, or what the store says.
        """
        run, _version = self.load()
        fresh = self.params.get("plan") or {}
        if run is None:
            return self._told(None, fresh, False, [])
        run_record.check_alive(run, self.params.get("end_pause"))
        if run["mode"] == "drill":  # a disaster spends no call of the store on it
            run_record.check_standing(run, as_mapping(self.store.get(self.run_id, "cleanup")).get("body"))
        if fresh:
            run_record.check_same(run, self.params.get("request") or {}, fresh)
        plan = self._frozen(run)
        if plan is None:
            if not fresh:
                raise DrsError("run_not_active", f"run {self.run_id} ended before its plan was kept; begin it again")
            return self._told(run, fresh, False, [])
        changes = run_record.changes(plan, fresh) if fresh else []
        # what widens a run is part of what was approved, so it makes another plan of it
        allowed = fresh.get("allowed") if self.params.get("widened") else None
        return self._told(run, run_record.with_policy(plan, fresh.get("policy"), allowed), True, changes)

    def begun(self) -> dict[str, t.Any]:
        """Create the run and freeze its plan, or take it over.

        :returns: ``{run, plan, resumed, changes, confirmation, confirmed, epoch}``, see ``planned``.
        :raises DrsError: confirmation_mismatch, run_superseded, run_store_conflict, or what ``planned`` raises.
        """
        for _turn in range(TRIES):
            before = self.planned()
            run, version = self.load()
            if (run or {}).get("epoch") != (before["run"] or {}).get("epoch"):
                continue
            plan = before["plan"]
            self._insist_on_confirmation(run, before)
            if run is None:
                started = {**self.params, "started_by": self.params.get("typed_by")}
                run = run_record.new_run(started, plan, self.now, VERSION)
            elif not before["resumed"]:
                # it ended between the record and the plan: nothing was started from what it was frozen with
                run = {**run, **run_record.frozen_fields(self.params.get("request") or {}, plan)}
            known_hash = run["plan_hash"]
            run = run_record.taken_over(run, plan, self.params, self.now)
            for one in self.params.get("overrides") or ():
                run = run_record.with_override(run, one["guardrail"], one["reason"], run["initiator"], self.now)
            try:
                self._save(run, version)
            except DrsError as exc:
                if exc.code != "run_store_conflict":
                    raise
                continue
            self._freeze(run, plan)
            if known_hash != run["plan_hash"]:
                widened = bool(self.params.get("widened"))
                about = {"plan_hash": run["plan_hash"], "was": known_hash, "policy": plan.get("policy")}
                self.append_event("run_widened" if widened else "policy_changed", about)
            data = {"epoch": run["epoch"], "plan_hash": run["plan_hash"], "changes": before["changes"]}
            if self.params.get("options"):
                data["options"] = self.params["options"]
            data.update(self.of_command("sessions", "versions"))
            if self.params.get("confirmed_by"):
                # who decided that nobody types it, beside the text that was taken for typed
                data["confirmed_by"] = self.params["confirmed_by"]
                data["confirmation"] = plan.get("confirmation") or before["confirmation"]
            self.append_event("run_resumed" if before["resumed"] else "run_begun", data)
            return {**before, "run": run, "epoch": run["epoch"]}
        raise DrsError("run_store_conflict", f"run {self.run_id} is being taken over by others all the time")

    @staticmethod
    def _insist_on_confirmation(run: dict[str, t.Any] | None, before: dict[str, t.Any]) -> None:
        """A recovery begins with the typed text that names its plan, and continues without it only with that very plan.

        :raises DrsError: ``confirmation_mismatch``.
        """
        plan = before["plan"]
        same = before["resumed"] and run is not None and plan.get("hash") == run["plan_hash"]
        if plan.get("mode") == "recovery" and not same and not before["confirmed"]:
            raise DrsError("confirmation_mismatch", f"the confirmation must read '{before['confirmation']}'")

    def _freeze(self, run: dict[str, t.Any], plan: dict[str, t.Any]) -> None:
        def written(record: dict[str, t.Any] | None) -> dict[str, t.Any]:
            if record is not None and record.get("hash") == run["plan_hash"]:
                return record
            run_record.check_epoch(self.current_run(), run["epoch"])
            return plan

        self._replace(PLAN, written)

    def _told(
        self, run: dict[str, t.Any] | None, plan: dict[str, t.Any], resumed: bool, changes: list[dict[str, t.Any]]
    ) -> dict[str, t.Any]:
        regions = sorted({server["region"] for wave in plan.get("waves") or () for server in wave["servers"]})
        # counted, for what the plan says of itself is not under its hash
        servers = sum(len(wave["servers"]) for wave in plan.get("waves") or ())
        asked: t.Any = (plan.get("mode"), plan.get("name"), servers, regions)
        return {
            "run": run,
            "plan": plan,
            "resumed": resumed,
            "changes": changes,
            "confirmation": confirmation_text(*asked),
            "confirmed": not check_confirmation(self.params.get("confirm"), *asked),
        }

    def wave_intended(self) -> dict[str, t.Any]:
        """Write down that a wave is about to start, before anything of it does.

        :returns: ``{run}``.
        :raises DrsError: invalid_option, outside_scope, run_superseded, what ``check_active`` and
            ``check_approval`` of runs/record raise, or what the store says.
        """
        wave = self._wave()
        servers = self.params.get("servers") or []
        run = self._check_mine()
        self._check_start(run, wave)

        def intended(record: dict[str, t.Any] | None) -> dict[str, t.Any]:
            again = record or {}
            return {
                "wave": wave,
                "status": "intended",
                "intended_at": again.get("intended_at") or self.now,
                "ended_at": None,
                "ended_before": again.get("ended_at") or again.get("ended_before"),
                "epoch": run["epoch"],
                "servers": again.get("servers") or servers,
                "verdict": again.get("verdict") or {},
                "attempts": again.get("attempts") or [],
                "jobs": again.get("jobs") or [],
                "calls": again.get("calls") or [],
                "logs": again.get("logs") or [],
                "validation": None,
            }

        self._replace(f"wave:{wave}", intended)

        def noted(record: dict[str, t.Any]) -> dict[str, t.Any]:
            run_record.check_epoch(record, run["epoch"])
            self._check_start(record, wave)
            at = (record["waves"].get(wave) or {}).get("at") or self.now
            entry = {"status": "intended", "at": at, "approvals": self.params.get("approvals") or []}
            return {**record, "waves": {**record["waves"], wave: entry}}

        run = self._change(noted)
        self.append_event("wave_intended", {"wave": wave, "servers": len(servers)})
        return {"run": run}

    def _check_start(self, run: dict[str, t.Any], wave: str) -> None:
        run_record.check_active(run)
        if wave not in run["scope"]:
            raise DrsError("outside_scope", f"wave: '{wave}' is not in the plan of run {self.run_id}")
        for gate in dict.fromkeys([*run["approvals"], *(self.params.get("approvals") or ())]):
            check_approval(self.store, run, gate, self.now)

    def wave_done(self) -> dict[str, t.Any]:
        """Write down what became of a wave; also of a run that was cancelled or paused meanwhile.

        :returns: ``{run}``.
        :raises DrsError: invalid_option, run_unknown, run_superseded, or what the store says.
        """
        wave = self._wave()
        verdict = self.params.get("verdict") or {}
        servers = self.params.get("servers") or []
        given = self.params.get("data") or {}
        calls = [dict(one) for one in given.get("calls") or ()]
        run = self._check_mine()

        def done(record: dict[str, t.Any] | None) -> dict[str, t.Any]:
            before = record or {}
            # a run that is typed again and finds everything as it was has not taken longer for that
            as_it_was = run_times.fates(before.get("servers")) == run_times.fates(servers)
            return {
                "wave": wave,
                "intended_at": self.now,
                **before,
                "status": "done" if verdict.get("proceed") else "stopped",
                "ended_at": (before.get("ended_before") if as_it_was else None) or self.now,
                "epoch": run["epoch"],
                "servers": servers,
                "attempts": attempts.earlier(before, servers),
                "verdict": {key: verdict.get(key) for key in ("proceed", "reason", "code") if key in verdict},
                "jobs": self.params.get("jobs") or sorted({one["job_id"] for one in servers if one.get("job_id")}),
                "validation": self.params.get("validation"),
                "calls": [*(before.get("calls") or ()), *calls],
                "logs": job_logs.merged(before.get("logs"), given.get("logs")),
            }

        body = self._replace(f"wave:{wave}", done)
        data = {"wave": wave, "verdict": body["verdict"], "jobs": body["jobs"], "outcomes": _count(servers)}
        self.append_event("wave_done", {**data, **({"calls": calls} if calls else {})})
        return {"run": run}

    def _wave(self) -> str:
        wave = str(self.params.get("wave") or "")
        if not wave:
            raise DrsError("invalid_option", "wave: is missing")
        return wave

    def finished(self) -> dict[str, t.Any]:
        """Close the run with its totals: {run}; one that was cancelled or paused stays that.

        :raises DrsError: run_unknown, run_superseded, or what the store says.
        """
        waves = [one["body"] for one in self.store.items(self.run_id, "wave:")]
        summary = dict(self.params.get("summary") or {}) or self._totals(waves)
        given = self.params.get("status")
        walked = {str(one["wave"]) for one in waves}

        def closed(run: dict[str, t.Any]) -> dict[str, t.Any]:
            if self.params.get("epoch") is not None:
                run_record.check_epoch(run, self.params["epoch"])
            if run["status"] in ("paused", "waiting"):
                return {**run, "summary": summary}
            run = {**run, "summary": summary, **run_times.over(run, waves, self.now)}
            stopped = self.params.get("reason") or ""
            if not given and not stopped:
                # who tries again only what failed leaves the waves behind it alone: that is no success
                left = [wave for wave, cells in run["scope"].items() if cells and wave not in walked]
                stopped = "not started: wave %s" % ", wave ".join(left) if left else ""
            over = given or run_record.ending(
                summary, stopped, bool(self.params.get("complete", True)), bool(self.params.get("timed_out"))
            )
            return run if run["status"] == "cancelled" else {**run, "status": over, "reason": stopped}

        run = self._change(closed)
        self.append_event("run_finished", {"status": run["status"], "reason": run["reason"], "summary": summary})
        return {"run": run}

    @staticmethod
    def _totals(waves: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
        """Servers by outcome over all waves that were written down."""
        return _count(one for wave in waves for one in wave["servers"])


def _count(servers: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for one in servers:
        outcome = str(one.get("outcome") or outcomes.UNKNOWN)
        totals[outcome] = totals.get(outcome, 0) + 1
    return dict(sorted(totals.items()))


def check_approval(store: Store, run: dict[str, t.Any], gate: str, now: str) -> None:
    """Refuse to go through a gate that is not validly approved; see runs/record.check_approval."""
    record = store.get(run["run_id"], f"approval:{gate}")
    run_record.check_approval(run, gate, record["body"] if record else None, now)
