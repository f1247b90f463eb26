"""The opening of a failback: its request, its plan over all cells, its original cells, what must hold before."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import closing, walk
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import plan as planning
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.cells import Cells
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.pairs import Place
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.plugin_utils._action import reading, task_files
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play, open_cells
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cleaning import CleanUpPlay
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.people import by_request, confirmed_by
from ansible_collections.resilience.drs.plugins.plugin_utils._action.opening import (
    Opened,
    Opening,
    allowed,
    record_request,
    unknown,
)

VERB = "failback"
_KEPT = ("failback_", "notify_", "history_", "drs_hosts", "drs_run_store")
_READ = {"include_ec2": False, "machines": False, "lookback_hours": 48}
REACHED = "reached:"


class FailbackOpening(Opening):
    """Opens the failback of one task."""

    VERB = VERB
    DONE = "begun"

    def requested(self) -> dict[str, Any]:
        """The request of this command alone. Raises DrsError."""
        return {**super().requested(), "without_store": "", "log_path": None}

    def values_of(self, run: Mapping[str, Any], asked: Mapping[str, Any]) -> Any:
        """The request that a known run goes on with, see ``Opening.values_of``."""
        own = {name: value for name, value in asked.items() if name not in ("without_store", "log_path")}
        resumed = super().values_of(run, own)
        return resumed._replace(values={**resumed.values, "without_store": "", "log_path": None})

    def mode_of(self, values: Mapping[str, Any]) -> str:
        """What the record calls the mode of a request."""
        return closing.PLAN_MODES[values["mode"]]

    @staticmethod
    def request_of(values: Mapping[str, Any]) -> dict[str, Any]:
        """A request as the declaration knows it."""
        return {name: value for name, value in values.items() if name not in ("without_store", "log_path")}

    # -- the plan --------------------------------------------------------------------------------------------------
    def opened(self) -> Opened:
        """Read all cells, plan over them, and look whether the run is known. Begins nothing. Raises DrsError."""
        run_id, run, recorded, (values, changes, widened) = self.known()
        recorded["reached"] = reached(run) if recorded["run"] is not None else {}
        over = closing.is_over(recorded["run"])
        if not over:
            self._require_task_file(values["validate_tasks"])
        sessions = reading.opened(self._play)
        # what has ended is told from its record; no cell is asked for it
        read = {} if over else reading.read_all(self._play, sessions, _READ)["cells"]
        planned = self._planned_failback(values, run_id, list(read.values()))
        planned["plan"]["allowed"] = allowed(VERB, values)
        planned["plan"]["hash"] = plan_hash(planned["plan"])
        about = {"plan": planned["plan"], "request": record_request(VERB, self.request_of(values))}
        about["end_pause"] = values["end_pause"]
        looked = planned["valid"] or not self.check_mode or over
        told = run.take("planned", widened=bool(widened), **about) if looked else unknown(planned)
        # whose regions they are, the plan knows: those in which machines are launched
        text = str(told["plan"]["confirmation"])
        if self._wants_confirmation(values, told["plan"]) and by_request(self._loader, self._vars, self._templar):
            values["confirm"] = text
            run.who["confirmed_by"] = "request"
        told.update(confirmation=text, confirmed=str(values["confirm"] or "").split() == text.split())
        return Opened(run, recorded, values, changes, widened, sessions, planned, told)

    def _require_task_file(self, path: str | None) -> None:
        """Refuse a file that Ansible would not take hours later, when it is due. Raises DrsError."""
        task = self._action._task  # pylint: disable=protected-access
        wrong = task_files.of_validation(task, self._loader, "failback_validate_tasks", path)
        if wrong:
            raise findings.refusal(wrong)

    def _planned_failback(self, values: Mapping[str, Any], run_id: str, cells: list[dict]) -> dict[str, Any]:
        params = {key: option.get("default") for key, option in planning.PLAN_SPEC.items()}
        params.update({name: values[name] for name in set(params) & set(values) if values[name] is not None})
        params.update(
            name=values["plan_name"],
            mode=closing.PLAN_MODES[values["mode"]],
            cells=cells,
            known_cells=self._known_cells(),
            run_id=run_id,
            fail_on_error=False,
        )
        return {**dict(plain(planning.plan(params))), "overrides": [], "lease_until": None}

    def _known_cells(self) -> dict[str, list[str]]:
        """Account and Region of every cell of the inventory, also of those that --limit leaves out: a server may have
        come from any of them."""
        hosts = (self._vars.get("groups") or {}).get("all") or self._play.all
        result = {}
        for name in hosts:
            if {"drs_account_id", "drs_region"} <= set(self._play.variables(name)):
                result[str(name)] = [str(self._play.value(name, key)) for key in ("account_id", "region")]
        return result

    def clean_up_cells(self, plan: Mapping[str, Any]) -> Cells | None:
        """The cells of a plan as the role of ``drs_clean_up_role_name``; None where no cell of it names one."""
        play = CleanUpPlay(self._action, self._vars)
        places = (one["original"] for wave in plan["waves"] for one in wave["servers"])
        originals = [place["cell"] for place in places if place and place["cell"]]
        if not any(map(play.names_role, [*play.all, *self._there(dict.fromkeys(originals))])):
            return None
        return Cells(reading.opened(play), self.originals(plan, play))

    def originals(self, plan: Mapping[str, Any], play: Play | None = None) -> dict[str, dict[Place, Cell]]:
        """By recovery cell the original cells of its servers, each with a session of its own.

        One whose options cannot be made is missing, and its servers are refused with that reason.

        :param play: whose role they are opened as; that of the task by default.
        """
        wanted: dict[str, dict[str, Place]] = {}
        for wave in plan["waves"]:
            for one in wave["servers"]:
                place = one["original"]
                mine = wanted.setdefault(one["cell"], {})
                if place and place["cell"]:
                    mine[place["cell"]] = (str(place["account_id"]), str(place["region"]))
        result: dict[str, dict[Place, Cell]] = {}
        for cell, places in wanted.items():
            opened = open_cells(play or self._play, self._there(places))
            result[cell] = {places[name]: one for name, one in opened.items() if isinstance(one, Cell)}
        return result

    def _there(self, names: Iterable[str]) -> list[str]:
        """Those hosts that the inventory has."""
        hosts = (self._vars.get("groups") or {}).get("all") or self._play.all
        return [name for name in names if name in hosts]

    # -- what must hold --------------------------------------------------------------------------------------------
    def show(self, one: Opened) -> None:
        """Show the plan, with what must be typed to follow it."""
        page = dict(one.plan)
        # what was typed and nothing reads, where the inventory may mean it for others
        checked = plain(self._vars.get("__failback_checked") or {})
        page["findings"] = [*(page.get("findings") or []), *(checked.get("findings") or [])]
        page["terminated"] = closing.terminated(one.plan)
        valid = one.planned["valid"] or one.begun["resumed"]
        if self._wants_confirmation(one.values, one.plan) and valid and not one.begun["confirmed"]:
            typed = one.values["confirm"] or ""
            page["unconfirmed"] = {"option": self._confirm, "given": typed, "wanted": one.begun["confirmation"]}
        self._hands.show("failback_plan", page)

    @property
    def _confirm(self) -> str:
        return confirmed_by("failback_confirm", self._vars)

    def _wants_confirmation(self, values: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
        if values["mode"] != closing.FAILBACK or self.check_mode:
            return False
        return values["until"] in walk.CONFIRMED or bool(closing.within_region(plan))

    def require_valid(self, one: Opened) -> None:
        """Refuse what must not begin. Raises DrsError, with all findings of a plan that is refused."""
        self._require_plan(one)
        values = one.values
        if self._wants_confirmation(values, one.plan) and not one.begun["confirmed"]:
            # how to type it stands under the plan
            text = "%s does not name this plan, '%s' does. Nothing was done."
            raise DrsError("confirmation_mismatch", text % (self._confirm, one.begun["confirmation"]))
        beyond = values["until"] in walk.CONFIRMED
        if beyond and self._wants_confirmation(values, one.plan) and not values["validate_tasks"]:
            self._require_machines(one)
        self._require_coverage(one)

    @staticmethod
    def _require_machines(one: Opened) -> None:
        """What a person says is validated must have stood before this command. Raises DrsError."""
        if not walk.begin(one.existing["reached"])["stood"]:
            text = (
                "run %s: failback_validated says that somebody has looked at the machines in the original cells, and "
                "none of this run stood there before this command. Nothing was done."
            )
            raise DrsError("failback_nothing_to_validate", text % one.run.run_id)


def reached(run: Steps) -> dict[str, dict[str, Any]]:
    """By ARN how far the record of a run says that each server has come: {state, instance}. Raises DrsError."""
    result: dict[str, dict[str, Any]] = {}
    for body in run.kept(REACHED).values():
        result.update(body.get("servers") or {})
    return result


def kept_names() -> tuple[str, ...]:
    """How the names begin of those typed variables that the same command, typed for real, needs as well."""
    return _KEPT
