"""What people decide of a run: a pause, a cancellation, an approval, an override; each a write and an event.

What a controller does with it stands in lifecycle.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import ACTIVE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import approvals
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import proof
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.recorded import PLAN
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.recorded import Recorded

HISTORY = "account:"
"""Where the history keeps what it tells of a run."""


class Decided(Recorded):
    """The steps of people in one run; see Recorded for its options."""

    def _frozen(self, run: dict[str, t.Any]) -> dict[str, t.Any] | None:
        """The plan that the run was frozen with; None when it ended before that was written."""
        record = self.store.get(self.run_id, PLAN)
        if record and run_record.is_frozen_of(run, record["body"]):
            run_record.check_plan(run, record["body"])
            return record["body"]
        if run["waves"]:
            raise DrsError("run_store_damaged", f"the plan of run {self.run_id} is missing, or another one")
        return None

    def _set(self, status: str, event: str, of: t.Sequence[str]) -> dict[str, t.Any]:
        reason = self.params.get("reason") or ""

        def changed(run: dict[str, t.Any]) -> dict[str, t.Any]:
            if self.params.get("epoch") is not None:
                run_record.check_epoch(run, self.params["epoch"])
            if run["status"] not in of:
                raise DrsError("run_not_active", f"run {self.run_id} is {run['status']}")
            idle = {} if status == "cancelled" else {"idle_since": run.get("idle_since") or self.now}
            return {**run, "status": status, "reason": reason, **idle}

        run = self._change(changed)
        self.append_event(event, {"reason": reason, **self.of_command("sessions", "versions")})
        self._tell_history(status, reason)
        return {"run": run}

    def _tell_history(self, status: str, reason: str) -> None:
        """Have the history say how the run stands, where an earlier command left it waiting or paused.

        Who pauses or cancels it is no controller of it, so nobody records it anew. What cannot be written is written by
        the next command that records the run.
        """
        records, _odd = self.store.readable(self.run_id, HISTORY)
        for one in records:
            if one["body"].get("status") in ACTIVE and one["body"]["status"] != status:
                index = {key: one.get(key) for key in ("account_id", "status", "pattern", "started_at")}
                body = proof.sealed({**one["body"], "status": status, "reason": reason or one["body"].get("reason")})
                with contextlib.suppress(DrsError):
                    told: t.Any = {**index, "status": status}
                    self.store.put(self.run_id, one["item"], body, one["version"], told, one.get("expires_at"))

    def paused(self) -> dict[str, t.Any]:
        """Nothing more is started until somebody resumes the run: {run}.

        :raises DrsError: run_unknown, run_not_active, run_superseded, or what the store says.
        """
        return self._set("paused", "run_paused", ACTIVE)

    def waiting(self) -> dict[str, t.Any]:
        """The run waits at a gate: {run}.

        :raises DrsError: run_unknown, run_not_active, run_superseded, or what the store says.
        """
        return self._set("waiting", "run_waiting", ACTIVE)

    def cancelled(self) -> dict[str, t.Any]:
        """Nothing more is ever started in the run; what runs is watched to its end: {run}.

        :raises DrsError: run_unknown, run_not_active, run_superseded, or what the store says.
        """
        return self._set("cancelled", "run_cancelled", (*ACTIVE, "cancelled"))

    def approved(self) -> dict[str, t.Any]:
        """Record a decision at a gate, for exactly the plan that the run is frozen with.

        :returns: ``{run, approval}``.
        :raises DrsError: run_cancelled, approval_own, approval_void, gate_unknown, invalid_option, plan_changed, or
            what the store says.
        """
        gate = self.params.get("gate_name") or "start"
        approver = self.params.get("approver") or self.params.get("actor")
        decision = self.params.get("decision") or run_record.DECISIONS[0]
        run = self.current_run()
        run_record.check_alive(run, end_pause=True)  # an approval may come while the run is paused
        typed_by = self.params.get("typed_by")
        approvals.check_approver(run, approver, typed_by)
        approvals.check_gate(run, self._frozen(run), gate)
        plan_hash = self.params.get("plan_hash")
        if plan_hash and not str(run["plan_hash"]).startswith(plan_hash):
            raise DrsError("approval_void", f"plan_hash: {plan_hash} is not {run['plan_hash']}, the plan of the run")
        body = {
            "gate": gate,
            "plan_hash": run["plan_hash"],
            "approver": approver,
            "approved_by": typed_by,
            "decision": decision,
            "at": self.now,
            "expires_at": run_record.until(self.params.get("expires_at"), self.params.get("expires_hours"), self.now),
            "reason": self.params.get("reason") or "",
        }
        self._replace(f"approval:{gate}", lambda _known: body)
        if decision == "approved":
            run = self._change(lambda record: {**record, "approved_at": record["approved_at"] or self.now})
        self.append_event("run_approved" if decision == "approved" else "run_rejected", body, actor=approver)
        return {"run": run, "approval": body}

    def noted(self) -> dict[str, t.Any]:
        """Append an event of the caller's own, and overrides of guardrails: {run}.

        :raises DrsError: run_unknown, run_superseded, or what the store says.
        """
        run = self._check_mine()
        given = self.params.get("overrides") or ()
        if given:

            def overruled(record: dict[str, t.Any]) -> dict[str, t.Any]:
                if self.params.get("epoch") is not None:
                    run_record.check_epoch(record, self.params["epoch"])
                for one in given:
                    by = one.get("by") or self.params.get("actor") or record["initiator"]
                    record = run_record.with_override(record, one["guardrail"], one["reason"], by, self.now)
                return record

            run = self._change(overruled)
            self.append_event("guardrail_overruled", {"overrides": list(given), **self.of_command()})
        if self.params.get("event"):
            self.append_event(str(self.params["event"]), self.params.get("data"))
        return {"run": run}

    def cleaned(self) -> dict[str, t.Any]:
        """Keep the proof of a clean-up: {run}.

        :raises DrsError: run_unknown, run_superseded, or what the store says.
        """
        run = self.current_run()
        proof = dict(self.params.get("data") or {})
        calls = list(proof.get("calls") or ())

        def kept(record: dict[str, t.Any] | None) -> dict[str, t.Any]:
            gone = run_record.terminated_count(record, proof)
            before = record or {}
            # who looked at the instances alone leaves what is known of their volumes as it is
            found = proof.get("resources") or before.get("resources") or {}
            is_open = bool(found.get("left") or found.get("not_proven"))
            return {
                **proof,
                "resources": found or None,
                **({"clean": bool(proof["clean"] and not is_open)} if "clean" in proof else {}),
                "at": self.now,
                "gone": gone,
                "calls": [*(before.get("calls") or ()), *calls],
                "logs": job_logs.merged(before.get("logs"), proof.get("logs")),
            }

        self._replace("cleanup", kept)
        told = {key: proof.get(key) for key in ("clean", "summary") if key in proof}
        told.update(self.of_command("sessions", "versions"))
        self.append_event("run_cleaned", {**told, **({"calls": calls} if calls else {})})
        return {"run": run}
