"""Clean up a run over all cells: terminate what its record names, wait, read again, and prove it.

One step for all cells, so that nothing depends on who else is in the play: a cell that has left it, or that was never
in it, is counted by what the record has there.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs, ec2
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import gaps
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import (
    AnyServer,
    Entry,
    Given,
    Options,
    Result,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.results import entries_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import (
    CleanUp,
    JobLog,
    Resource,
    Resources,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import pace
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import clean_up
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects import resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import or_error
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.resources import current_cells, with_unseen
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import terminate
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.wait import WAIT_SPEC, JobWait
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import job_logs
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import STORE_SPEC, open_store

_IDS = {"type": "list", "elements": "str", "default": []}
_PACE = ("expected_seconds", "poll_interval", "poll_interval_max", "heartbeat", "timeout")
SPEC = {
    "run_id": {"type": "str"},
    "every_run": {"type": "bool", "default": False},
    "confirm": {"type": "str"},
    "expired_only": {"type": "bool", "default": False},
    "recovery_instance_ids": _IDS,
    "confirm_recovery_instance_ids": _IDS,
    "limits": {"type": "dict", "default": {}},
    **{key: WAIT_SPEC[key] for key in _PACE},
    "expected_seconds": {"type": "int", "default": 90},
    "poll_interval_max": {"type": "int", "default": 60},
    "timeout": {"type": "int", "default": 3600},
    "max_wait": {"type": "int", "default": 0},
    **STORE_SPEC,
    "run_epoch": {"type": "int"},
    "log_path": {"type": "path"},
}
_PASSED = (
    *("run_id", "every_run", "expired_only", "recovery_instance_ids", "confirm_recovery_instance_ids", "limits"),
    "run_epoch",
)


class Hands(Protocol):
    """What work over all cells needs of the process that it runs in."""

    def over(self, work: Callable[[Cell], Any], cells: Mapping[str, Cell]) -> dict[str, Any]:
        """Do something in every cell; by cell what ``work`` returned, or the DrsError that ended it there."""

    def wait(self, waits: Mapping[str, Any]) -> dict[str, Any]:
        """Wait in many cells together; by cell the result, or the DrsError."""


class Cleaning:
    """One clean-up over the cells of a play.

    :param sessions: by cell its session, or why there is none.
    :param places: {name: {account_id, region}} of the same cells, as the inventory has them.
    :param params: see SPEC.
    :param check_mode: say what would be done; call nothing that changes anything.
    :param who: who typed it, as the journal tells it; see ``keep``. It is called when there is something to keep.
    """

    def __init__(
        self,
        sessions: Mapping[str, Cell | DrsError],
        places: Mapping[str, AnyServer],
        params: Given,
        check_mode: bool,
        hands: Hands,
        who: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.who = who
        self.sessions, self.places, self.params = sessions, places, params
        self.check_mode, self.hands = check_mode, hands
        self.cells = {name: cell for name, cell in sessions.items() if isinstance(cell, Cell)}
        self.run_id = str(params.get("run_id") or "")
        self.store = params["store"]
        self.asked = clean_up.Requested(
            self.run_id,
            [*params["recovery_instance_ids"], *params["confirm_recovery_instance_ids"]],
            bool(params["expired_only"]),
            bool(params["every_run"]),
            params.get("confirm"),
        )
        self.record: Options | None = None
        self.recorded = clean_up.NO_RECORD
        self.kept: Options = {}
        """The proof of earlier clean-ups of the run."""
        self.logged: set[str] = set()
        self.logs: list[JobLog] = []

    def run(self) -> CleanUp:
        """Terminate, wait, look again and keep the proof; returns it.

        What every run left is only counted unless a person has typed how much that is (``confirmed``).
        """
        self._read_record()
        if self.asked.every_run:
            counted = clean_up.prove(self.asked, self._over(lambda cell: self._terminate(cell, True)), {}, None)
            if self.check_mode or not counted["confirmed"]:
                return counted
        started = self._over(lambda cell: self._terminate(cell, self.check_mode))
        if self.check_mode:
            return clean_up.prove(self.asked, started, {}, None, self.recorded)
        waits = {
            name: self._wait(self.cells[name], answer) for name, answer in started.items() if answer.get("servers")
        }
        waited = {name: or_error(one) for name, one in self.hands.wait(waits).items()}
        self.logs = [log for one in waits.values() for log in one.logs]
        nowhere = clean_up.not_listed(self.asked, started)
        left = self._over(lambda cell: look(cell, self.recorded.outstanding, nowhere))
        found = self._resources(started, waited)
        proof = clean_up.prove(self.asked, started, waited, left, self.recorded, found)
        calls = [call for cell in self.cells.values() for call in cell.take_sent()]
        if self._of_no_run:
            attached = [one for answer in started.values() for one in answer.get("resources") or ()]
            return {**proof, "attached": attached, "calls": calls, "logs": self.logs}
        self._keep(proof, calls)
        return proof

    @property
    def _of_no_run(self) -> bool:
        """Whether the instances are named, and the caller keeps the proof with the runs that they were of."""
        return bool(self.asked.ids) and not self.run_id

    def _read_record(self) -> None:
        if not self.run_id:
            return
        try:
            store = open_store(self.store)
            run = store.get(self.run_id, "run")
            if run is None:
                self.recorded = clean_up.Recorded(clean_up.UNKNOWN)
                return
            waves = clean_up.with_current_cells([one["body"] for one in store.items(self.run_id, "wave:")], self.places)
            kept = store.get(self.run_id, "cleanup")
        except DrsError as exc:
            self.recorded = clean_up.Recorded(clean_up.UNREAD, error=outcomes.error_entry(exc))
            return
        self.record = {"run": run["body"], "waves": waves}
        self.kept = kept["body"] if kept else {}
        self.logged = job_logs.known(self.kept.get("logs"))
        self.recorded = clean_up.Recorded(
            clean_up.KNOWN, clean_up.outstanding(waves), kept["body"].get("proven") or () if kept else ()
        )

    def _over(self, work: Callable[[Cell], Result]) -> dict[str, Result]:
        """What each cell of the play answered, or its ``error``; also of those that have no session."""
        answers = self.hands.over(work, self.cells)
        return {name: or_error(answers.get(name, session)) for name, session in self.sessions.items()}

    def _terminate(self, cell: Cell, check_mode: bool, with_resources: bool = True) -> Result:
        given: Options = {key: self.params[key] for key in _PASSED if self.params.get(key) not in (None, [], {})}
        given["with_resources"] = with_resources
        if self.record:
            given["record"] = self.record
        return terminate.terminate(cell, {**given, "store": self.store}, check_mode)

    def _wait(self, cell: Cell, answer: Result) -> JobWait:
        params = {
            **{key: option.get("default") for key, option in WAIT_SPEC.items()},
            **{key: self.params[key] for key in _PACE},
            "timeout": pace.time_left(0, self.params["max_wait"], self.params["timeout"]),
            "jobs": answer["jobs"],
            "servers": answer["servers"],
            "label": "%s clean-up" % cell.name,
            # only the record of a run keeps them
            "logs_known": self.logged if self.recorded.state == clean_up.KNOWN or self._of_no_run else None,
        }
        return JobWait(cell, params, lambda: self._terminate(cell, False, False))

    def _resources(self, started: Mapping[str, Result], waited: Mapping[str, Result]) -> Resources:
        """What became of the volumes, network interfaces and snapshots of what was terminated now, and of what earlier
        clean-ups of the run have left open."""
        seen: list[Resource] = [one for answer in started.values() for one in answer.get("resources") or ()]
        entries = (one for name, answer in started.items() for one in entries_of(answer, waited.get(name)))
        ended = {str(one["recovery_instance_id"]) for one in entries if one["outcome"] == outcomes.TERMINATED}
        pause: Options = {key: self.params[key] for key in (*_PACE, "max_wait")}
        cell_of = current_cells(self.places)
        found = resources.prove((seen, ended), self.kept, cell_of, self.sessions, self.hands.wait, pause)
        unseen = [one for answer in started.values() for one in answer.get("unseen") or ()]
        return with_unseen(found, unseen, ended)

    def _keep(self, proof: CleanUp, calls: list[dict[str, Any]]) -> None:
        """Keep the proof with the run: a proof that nobody has kept proves nothing later, so it is not clean then."""
        if self.recorded.state != clean_up.KNOWN:
            return
        more = {"calls": calls, "logs": self.logs}
        try:
            keep(self.run_id, self.store, {**proof, **more}, self.params.get("log_path"), self.who())
        except DrsError as exc:
            proof["record_error"], proof["clean"] = outcomes.error_entry(exc), False


def look(cell: Cell, outstanding: Iterable[Entry], nowhere: Iterable[str] = ()) -> Result:
    """What stands in a cell: by DRS, and by EC2 of what records name and DRS no longer does.

    :param outstanding: entries of the records. :param nowhere: ids that a person named and that DRS lists in no cell.
    :returns: ``{recovery_instances, machines {EC2 id: its state}, gaps}``, as ``clean_up.prove`` takes it.
    """
    unread: list[DrsError] = []
    instances = drs.recovery_instances(cell, with_ec2=True, gaps=unread)
    listed = {one["ec2_instance_id"] for one in instances}
    named = {clean_up.machine_of(one) for one in outstanding if one["cell"] == cell.name} | set(nowhere)
    machines: dict[str, str] = {}
    try:
        # what did not answer a moment ago is not asked again
        machines = {} if unread else ec2.states(cell, sorted(named - listed - {""}))
    except DrsError as exc:
        unread.append(exc)
    return {
        "recovery_instances": instances,
        "machines": machines,
        "gaps": gaps.of_ec2(gaps.OF_PROOF, unread),
    }


def keep(
    run_id: str,
    store: Given,
    proof: Given,
    log_path: str | None = None,
    who: Mapping[str, Any] | None = None,
) -> None:
    """Keep a proof in the record of its run.

    :param proof: a CleanUp, with the ``calls`` and ``logs`` of it where there are some.
    :param who: ``typed_by``, ``controller``, ``sessions`` and ``versions`` of the command, as far as they are known.
    :raises DrsError: what the step ``cleaned`` of drs_run raises.
    """
    given: Options = {"run_id": run_id, "data": dict(proof), "store": dict(store), "log_path": log_path, **(who or {})}
    params = run_request.params_of("cleaned", **given)
    run_request.perform(params, False)
