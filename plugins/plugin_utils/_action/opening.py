"""The opening of a recovery: its request, its plan over all cells, what must hold before anything begins."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import findings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file as plan_file
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import file_names
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import request as planning
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.hashes import plan_hash
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects import automation
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import record as run_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.effects import drill_info
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import working
from ansible_collections.resilience.drs.plugins.plugin_utils._action import files, reading, task_files
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.ending import controller
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands
from ansible_collections.resilience.drs.plugins.plugin_utils._action.people import (
    by_request,
    confirmed_by,
    for_parent,
    technical_user,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._action.variables import role_values, typed_values
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import OptionChange

VERB = "recovery"


class Opened(NamedTuple):
    """What a recovery begins with, or goes on with.

    ``values`` are those that the run uses, ``changes`` and ``widened`` what of them differs from the record, ``known``
    what the record held; ``planned`` and ``begun`` are the results of drs_plan and of drs_run C(planned).
    """

    run: Steps
    existing: dict[str, Any]
    values: dict[str, Any]
    changes: list[OptionChange]
    widened: list[str]
    sessions: dict[str, Any]
    planned: dict[str, Any]
    begun: dict[str, Any]

    @property
    def plan(self) -> dict[str, Any]:
        """The plan that is followed: the frozen one of a run that is known, else the one made now."""
        return dict(self.begun["plan"])

    @property
    def confirmed(self) -> bool:
        """Whether nobody has to confirm this plan: a drill, the very plan that was confirmed, or the typed text."""
        run = self.begun["run"]
        same = self.begun["resumed"] and self.plan["hash"] == run["plan_hash"]
        return self.values["mode"] == closing.DRILL or same or bool(self.begun["confirmed"])


class Opening:
    """Opens the run of one task; the plan, and what must hold before it is followed, are those of a recovery.

    :param action: the action of the task.
    :param task_vars: as it got them.
    """

    VERB = VERB
    """The verb whose declared options make the request."""
    DONE = "launched"
    """What was not done when the opening refuses, as its messages say it."""

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any], play: Play, hands: Hands) -> None:
        self._action, self._vars, self._play, self._hands = action, task_vars, play, hands
        self._mistakes: list[Finding] = []
        self._loader, self._templar = action._loader, action._templar  # pylint: disable=protected-access
        self.check_mode = bool(action._task.check_mode)  # pylint: disable=protected-access

    @property
    def hosts(self) -> str:
        """The cells that were asked for, as the next command names them."""
        return str(self._vars.get("drs_hosts") or "")

    # -- the request -----------------------------------------------------------------------------------------------
    def requested(self) -> dict[str, Any]:
        """The request of this command alone. Raises DrsError; mistakes of a plan file are reported with the plan."""
        self._mistakes = []
        reported_by_plan = self._mistakes if self.VERB == VERB else None
        return request.checked(self.VERB, role_values(self.VERB, self._vars, self._templar, reported_by_plan))

    def steps(self, asked: Mapping[str, Any], run_id: str, hold: Mapping[str, Any] | None = None) -> Steps:
        """The record of the run; ``hold`` {epoch, store} of a controller that has begun it."""
        own, person = hold or {}, technical_user(self._vars)
        return Steps(
            run_id,
            own.get("store", asked["store"] or {}),
            {
                "initiator": asked["initiator"] or person["user"],
                "typed_by": person,
                "controller": controller(),
            },
            self._hands.warn,
            asked["without_store"] if asked["mode"] == closing.RECOVERY else "",
            asked.get("log_path"),
            own.get("epoch"),
        )

    def values_of(self, run: Mapping[str, Any], asked: Mapping[str, Any]) -> request.Resumed:
        """The request that a known run goes on with: that of its record, and what may be typed anew.

        :raises DrsError: option_fixed, run_id_reused, invalid_plan_file.
        """
        run_record.check_mode_of(run, {**asked, "mode": self.mode_of(asked)})
        defaults = request.checked(self.VERB, {"mode": asked["mode"]})
        typed = typed_values(self.VERB, self._loader, self._vars, self._templar)
        # what a playbook or an inventory gives is given as well, unless it is the default
        for name, value in asked.items():
            if value != defaults[name] and not request.verb_options(self.VERB)[name].internal:
                typed.setdefault(name, value)
        recorded = run["request"]
        resumed = request.resumed(self.VERB, recorded, {**typed, "task_files": recorded.get("task_files") or {}})
        validate = resumed.values["validate_tasks"]
        made = files.task_files(
            resumed.values.get("plan_document") or {},
            resumed.values.get("plan_dir"),
            ("%s_validate_tasks" % self.VERB, validate) if validate else None,
        )
        return request.resumed(self.VERB, recorded, {**typed, "task_files": made})

    def mode_of(self, values: Mapping[str, Any]) -> str:
        """What the record calls the mode of a request."""
        return str(values["mode"])

    # -- the plan --------------------------------------------------------------------------------------------------
    def known(self) -> tuple[str, Steps, dict[str, Any], request.Resumed]:
        """Look whether the run of this command is known: its id, its record, what that holds, and the request.

        :raises DrsError: see ``requested``, ``values_of``, and what the store says.
        """
        asked = self.requested()
        run_id = asked["run_id"] or closing.run_id(asked["plan_name"], clock.now())
        run = self.steps(asked, run_id)
        recorded = run.existing() if asked["run_id"] else {"run": None, "waves": {}}
        if recorded["run"] is None:
            return run_id, run, recorded, request.Resumed(asked, [], [])
        resumed = self.values_of(recorded["run"], asked)
        run.log_path = resumed.values["log_path"]
        return run_id, run, recorded, resumed

    def opened(self) -> Opened:
        """Read all cells, plan over them, and look whether the run is known. Begins nothing. Raises DrsError."""
        run_id, run, recorded, (values, changes, widened) = self.known()
        sessions = reading.opened(self._play)
        read = reading.read_all(self._play, sessions, {**_NO_EC2, "lookback_hours": 48})["cells"]
        planned = self._planned(values, run_id, list(read.values()))
        planned["plan"]["allowed"] = allowed(VERB, values)
        planned["plan"]["hash"] = plan_hash(planned["plan"])
        if recorded["run"] is None:
            self._add(planned, self._of_files(values, planned["plan"], sessions))
        else:
            # the plan of a run that is known is not judged again, but what it is about to run is
            wrong = task_files.problems(self._action._task, self._loader, values)  # pylint: disable=protected-access
            if wrong:
                raise findings.refusal(wrong)
        if values["mode"] == closing.DRILL and values["drill_network"]:
            self._hold_against_network(values, planned, sessions)
        about = {"plan": planned["plan"], "request": record_request(VERB, values), "confirm": values["confirm"]}
        about["end_pause"] = values["end_pause"]
        looked = planned["valid"] or not self.check_mode
        answer = run.take("planned", widened=bool(widened), **about) if looked else unknown(planned)
        trusted = by_request(self._loader, self._vars, self._templar, planned["overrides"])
        if values["mode"] == closing.RECOVERY and trusted:
            about["confirm"] = values["confirm"] = answer["confirmation"]
            run.who["confirmed_by"] = "request"
            answer = run.take("planned", widened=bool(widened), **about) if looked else answer
        return Opened(run, recorded, values, changes, widened, sessions, planned, answer)

    def _planned(self, values: Mapping[str, Any], run_id: str, cells: list[dict]) -> dict[str, Any]:
        names = set(planning.PLAN_SPEC) & set(values)
        document = values["plan_document"]
        params = {
            **{name: values[name] for name in names if values[name] is not None},
            "name": values["plan_name"],
            "run_id": run_id,
            "fail_on_error": False,
            **({"document": document, "now": clock.now()} if document else {}),
        }
        spec = {key: option for key, option in planning.PLAN_SPEC.items() if key != "cells"}
        checked = ArgumentSpecValidator(spec).validate(params)
        if checked.error_messages:
            raise DrsError("invalid_option", "; ".join(checked.error_messages))
        return dict(plain(planning.plan({**checked.validated_parameters, "cells": cells})))

    def _hold_against_network(self, values: Mapping[str, Any], planned: dict[str, Any], sessions: Mapping) -> None:
        """The network of a drill, as findings of the plan; right before each launch it is read and judged again."""
        mine: dict[str, list[str]] = {}
        for wave in planned["plan"]["waves"]:
            for server in wave["servers"]:
                mine.setdefault(server["cell"], []).append(server["source_server_id"])

        def read(cell: Cell) -> list[Finding]:
            params = {"source_server_ids": mine[cell.name], "drill_network": values["drill_network"]}
            return list(drill_info.read(cell, params, False)["findings"])

        answers = self._hands.over(read, working(sessions, [name for name in sessions if name in mine]))
        against: list[Finding] = []
        for answer in answers.values():
            # what a cell could not read counts against it, as it does at the launch
            unread = isinstance(answer, DrsError)
            against += [findings.finding(findings.ERROR, answer.code, answer.message)] if unread else answer
        self._add(planned, against)

    @staticmethod
    def _add(planned: dict[str, Any], more: list[Finding]) -> None:
        planned["plan"]["findings"] = planned["findings"] = [*more, *planned["findings"]]
        planned["valid"] = planned["valid"] and not findings.errors_of(more)

    def _of_files(self, values: Mapping[str, Any], plan: Mapping[str, Any], sessions: Mapping) -> list[Finding]:
        """Mistakes of a plan file that would show hours later: keys, task files, documents of automations."""
        mistakes = list(self._mistakes)
        named = {one["message"].partition(": ")[0] for one in mistakes}
        parsed = task_files.problems(self._action._task, self._loader, values)  # pylint: disable=protected-access
        # what is not there or no YAML has been told
        mistakes += [one for one in parsed if one["details"]["path"] not in named]
        file, _findings = plan_file.understood(values["plan_document"] or None)
        by_wave = {str(wave["wave"]): list(wave["by_cell"]) for wave in plan["waves"]}
        mine: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for place, action in file_names.hooks_of(file, "actions") if file else ():
            if action["type"] == "ssm_automation":
                for cell in action.get("cells") or by_wave.get(action["wave"], []):
                    mine.setdefault(cell, []).append((place, action))
        cells = working(sessions, [name for name in sessions if name in mine])
        answers = self._hands.over(lambda cell: automation.unreadable(cell, mine[cell.name]), cells)
        for answer in answers.values():
            mistakes += [] if isinstance(answer, DrsError) else answer
        return mistakes

    # -- what must hold --------------------------------------------------------------------------------------------
    def show(self, one: Opened) -> None:
        """Show the plan, with what must be typed to follow it."""
        valid, confirmation = one.planned["valid"], one.begun["confirmation"]
        page = dict(one.plan)
        # what was typed and nothing reads, where the inventory may mean it for others
        checked = plain(self._vars.get("__recovery_checked") or {})
        page["findings"] = [*page["findings"], *(checked.get("findings") or [])]
        if not self.check_mode and (valid or one.begun["resumed"]) and not one.confirmed:
            typed = one.values["confirm"] or ""
            page["unconfirmed"] = {"option": self._confirm, "given": typed, "wanted": confirmation}
        command = ""
        if self.check_mode and valid and for_parent(self._vars):
            # the same request; what must be confirmed, its answer says
            command = self._hands.next("orchestrate", {}, ("orchestrate_", "drs_hosts"))
        elif self.check_mode and valid:
            options = closing.after_check(self._as_given(), self.hosts, one.run.run_id)
            if one.values["mode"] == closing.RECOVERY:
                page["to_confirm"] = {"option": "recovery_confirm", "wanted": confirmation}
            command = self._hands.next(closing.verb(one.values["mode"]), options, closing.OF_THE_VERB)
        self._hands.show("plan", page, command)

    @property
    def _confirm(self) -> str:
        return confirmed_by("recovery_confirm", self._vars)

    def _as_given(self) -> dict[str, Any]:
        """The options of this command as it has them: a plan file by its path."""
        checked = request.checked(VERB, role_values(VERB, self._vars, self._templar))
        return {**checked, "plan_document": {}} if checked["plan_file"] else checked

    def require_valid(self, one: Opened) -> None:
        """Refuse what must not begin. Raises DrsError, with all findings of a plan that is refused."""
        self._require_plan(one)
        if not self.check_mode and not one.confirmed:
            # how to type it stands under the plan
            text = "%s does not name this plan, '%s' does. Nothing was launched."
            raise DrsError("confirmation_mismatch", text % (self._confirm, one.begun["confirmation"]))
        self._require_coverage(one)

    def _require_plan(self, one: Opened) -> None:
        """A run that is known follows the plan it was frozen with; every call is judged by itself."""
        if not one.planned["valid"] and not one.begun["resumed"]:
            wrong = findings.errors_of(one.planned["findings"])
            codes = ", ".join(dict.fromkeys(str(finding["code"]) for finding in wrong))
            text = "The plan is refused and nothing was %s: %s. See the plan above." % (self.DONE, codes)
            raise DrsError("plan_refused", text)

    def _require_coverage(self, one: Opened) -> None:
        lost = [clean(cell["cell"], 64) for cell in one.planned["plan"]["unknown_cells"]]
        if one.values["require_full_coverage"] and lost:
            text = "%s could not be read. Nothing was %s." % (", ".join(lost), self.DONE)
            raise DrsError("cell_unreadable", text)


_NO_EC2 = {"include_ec2": False, "machines": False}


def record_request(verb: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The request as the record keeps it: the frozen part, and what all verbs call the name and the plan file."""
    kept = request.frozen_part(verb, values)
    return {**kept, "name": values["plan_name"], "document": values.get("plan_document") or {}}


def allowed(verb: str, values: Mapping[str, Any]) -> str:
    """A digest of the options that widen what a plan may do, so that its hash, and with it an approval, covers them."""
    widening = {
        name: values[name] for name, option in request.verb_options(verb).items() if option.part == request.WIDENS
    }
    return run_record.digest(widening)


def unknown(planned: Mapping[str, Any]) -> dict[str, Any]:
    """What drs_run would tell of a plan that is only looked at and is not valid."""
    result = {key: planned[key] for key in ("plan", "confirmation", "confirmed")}
    return {**result, "run": None, "resumed": False, "changes": []}
