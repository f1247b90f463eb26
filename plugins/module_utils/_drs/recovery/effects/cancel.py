"""Cancel a run over all cells: nothing more starts, running jobs are watched, results are recorded.

Whose jobs those are is judged as at a launch (see adoption). A cell that is not in the play, or that cannot be read, is
named, and its servers are unknown in the record: not launched is only what somebody has looked for.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Entry, Given, Options
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import WaveRecord
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import wave_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import Hands
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.wait import WAIT_SPEC, JobWait
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import waves as known_waves
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC, open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import or_error, working

_PACE = ("poll_interval", "poll_interval_max", "timeout")
SPEC = {
    "run_id": {"type": "str", "required": True},
    "reason": {"type": "str", "default": ""},
    **{key: WAIT_SPEC[key] for key in _PACE},
    **STORE_SPEC,
}
_ABOUT = (
    *("kind", "run_id", "mode", "plan_name", "plan_hash", "correlation_id", "ticket", "initiator"),
    *("parent_execution", "ended_at"),
)
CANCELLED = {"proceed": False, "reason": "the run was cancelled", "code": "run_cancelled"}


class Cancelling:
    """The cancellation of one run over the cells of a play.

    :param sessions: by cell its session, or why there is none.
    :param places: {name: {account_id, region}} of the same cells, as the inventory has them.
    :param params: see SPEC.
    :param check_mode: read, and change nothing.
    :param who: who typed it, as the journal tells it: ``typed_by``, ``controller``, ``sessions`` and ``versions``.
    """

    def __init__(
        self,
        sessions: Mapping[str, Cell | DrsError],
        places: Mapping[str, AnyServer],
        params: Given,
        check_mode: bool,
        hands: Hands,
        who: Mapping[str, Any] | None = None,
    ) -> None:
        self.who = dict(who or {})
        self.sessions, self.places, self.params = sessions, places, params
        self.check_mode, self.hands = check_mode, hands
        self.store = params["store"]
        self.record: Options = {}

    def run(self) -> Result:
        """Cancel; returns ``{run, waves [{wave, mode, servers, verdict}], missing [{cell, error}], history, changed}``,
        ``history`` what the history records of it. A run that was cancelled, with nothing left to look for, stays as it
        is.

        :raises DrsError: what the run store says, such as run_unknown or run_not_active.
        """
        known, begun = self._known()
        if known["run"]["status"] == "cancelled" and not begun:
            over: Result = {"run": known["run"], "waves": [], "missing": [], "changed": False}
            return {**over, "history": self._history(known["run"])}
        cancelled = self._step("cancelled", reason=self.params["reason"])
        known, begun = self._known()  # once nothing more can start
        started, waited = self._watch(begun)
        ended = [self._ended(wave, known["plan"], started, waited) for wave in begun]
        run = self._step("finished")["run"] if not self.check_mode else cancelled["run"]
        missing = [{"cell": cell, "error": one["error"]} for cell, one in sorted(started.items()) if one.get("error")]
        result = {"run": run, "waves": ended, "missing": missing, "changed": not self.check_mode}
        return {**result, "history": self._history(run)}

    def _known(self) -> tuple[Result, list[WaveRecord]]:
        """The run as the store has it, and its waves that something has still to be looked for in."""
        known: Result = run_request.stored_run(open_store(self.store), self.params["run_id"])
        waves = clean_up.with_current_cells(known["waves"], self.places)
        self.record = {"run": known["run"], "waves": waves}
        return known, [one for one in waves if _open(one)]

    def _history(self, run: Mapping[str, Any]) -> Result:
        """The run as the history records it; plan and waves are in its record."""
        told = {key: run.get(key) for key in _ABOUT}
        told.update(status="cancelled", stopped=run.get("reason") or "the run was cancelled")
        return {**told, "started_at": run["created_at"]}

    def _step(self, state: str, **options: Any) -> Result:
        """drs_run."""
        given = {"run_id": self.params["run_id"], "store": self.store, **options, **self.who}
        params = run_request.params_of(state, **given)
        return run_request.perform(params, self.check_mode)

    def _watch(self, begun: list[WaveRecord]) -> tuple[dict[str, Result], dict[str, Result]]:
        """Adopt and wait in every cell that the waves are in; a cell that nobody can look into has its ``error``."""
        by_cell: dict[str, list[Entry]] = {}
        for wave in begun:
            for one in wave["servers"]:
                by_cell.setdefault(str(one["cell"]), []).append({**one, "wave": wave["wave"]})
        absent = DrsError("cell_unreadable", "the cell is not in this play")
        sessions = {name: self.sessions.get(name, absent) for name in by_cell}
        cells = working(sessions)
        answers = self.hands.over(lambda cell: launch.launch(cell, self._request(by_cell[cell.name]), True), cells)
        waits = {name: self._wait(cells[name], one) for name, one in answers.items() if not isinstance(one, DrsError)}
        ended = {} if self.check_mode else self.hands.wait(waits)
        started = {name: or_error(answers.get(name, session)) for name, session in sessions.items()}
        return started, {name: or_error(one) for name, one in ended.items()}

    def _request(self, servers: list[Entry]) -> Options:
        run = self.record["run"]
        named = {"run_id": run["run_id"], "mode": run["mode"], "wave": servers[0]["wave"], "servers": servers}
        return {**named, "record": self.record, "adopt_only": True}

    def _wait(self, cell: Cell, answer: Result) -> JobWait:
        params = {
            **{key: option.get("default") for key, option in WAIT_SPEC.items()},
            **{key: self.params[key] for key in _PACE},
            "jobs": answer["jobs"],
            "servers": answer["servers"],
            "label": "%s cancelled" % cell.name,
        }
        return JobWait(cell, params)

    def _ended(
        self, wave: WaveRecord, plan: Given, started: Mapping[str, Result], waited: Mapping[str, Result]
    ) -> Result:
        """Write down what became of a wave whose intent was recorded."""
        name = wave["wave"]
        planned = next(one for one in plan["waves"] if str(one["wave"]) == name)
        # by the names that the cells have now
        asked = {**planned, "servers": [{**one, "wave": name} for one in wave["servers"]]}
        told = {cell: _unknown(one, asked["servers"], cell) for cell, one in started.items()}
        verdict = wave_request.judge({"wave": asked, "started": told, "waited": waited, "policy": plan["policy"]})
        servers = known_waves.not_erased(wave["servers"], verdict["servers"])
        if not self.check_mode:
            self._step("wave_done", wave=name, servers=servers, verdict=CANCELLED)
        verdict = {**verdict, **CANCELLED}
        return {"wave": name, "mode": self.record["run"]["mode"], "servers": servers, "verdict": verdict}


def _open(wave: WaveRecord) -> bool:
    """Whether something of a wave has still to be looked for: no end is recorded, or not that of every server."""
    return wave["status"] == "intended" or any(one.get("outcome") == outcomes.UNKNOWN for one in wave["servers"])


def _unknown(answer: Result, servers: list[Entry], cell: str) -> Result:
    """What a cell answered; of one that did not, every server as unknown, for its jobs may run."""
    if "error" not in answer:
        return answer
    mine = [one for one in servers if one["cell"] == cell]
    return {"servers": [outcomes.server_entry(outcomes.UNKNOWN, one, error=answer["error"]) for one in mine]}
