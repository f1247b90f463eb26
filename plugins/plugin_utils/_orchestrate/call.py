"""One call of the orchestration entry point, step by step: what the action drs_orchestration does.

``begun`` takes the file of the answer; ``opened`` checks the input and says which run it is; ``looked`` finds the
servers of a status and the drill instances of a termination; ``answered`` makes the answer of what the roles left;
``closed`` ends as the answer says.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from ansible.plugins.action import ActionBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock, drs
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import (
    identity,
    known,
    matching,
    request,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as asked_for
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request as run_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.answers import working
from ansible_collections.resilience.drs.plugins.plugin_utils._action import cleaning, files, people, plan_yaml, reading
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate import installation, proofs, standing
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate.answer_file import AnswerFile
from ansible_collections.resilience.drs.plugins.plugin_utils._action.cells import Play
from ansible_collections.resilience.drs.plugins.plugin_utils._action.command import about_command
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands
from ansible_collections.resilience.drs.plugins.plugin_utils._action.variables import role_values

Result = dict[str, Any]
VERB = "orchestrate"
BEGUN, OPENED, LOOKED, ANSWERED = (
    "__orchestrate_begun",
    "__orchestrate_opened",
    "__orchestrate_looked",
    "__orchestrate_answer",
)
FAILURE = "__orchestrate_failure"


class Orchestration:
    """One call of the entry point.

    :param action: the action of the task.
    :param task_vars: as it got them.
    """

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any]) -> None:
        self._action, self._vars = action, task_vars
        self._loader, self._templar = action._loader, action._templar  # pylint: disable=protected-access
        self._check_mode = bool(action._task.check_mode)  # pylint: disable=protected-access
        self._play = Play(action, task_vars)
        self._hands = Hands(self._loader, task_vars)

    # -- before anything is done -----------------------------------------------------------------------------------
    def begun(self) -> Result:
        """Take the file of the answer; the answer of an earlier call is gone from here on. Raises DrsError."""
        path = self._templated("orchestrate_output_file")
        path = files.absolute(str(path)) if path else ""
        self._file(path).take()
        return {"started_at": clock.now(), "output_file": path}

    def opened(self) -> Result:
        """Check the input, and determine the run.

        :returns: ``{asked (the input as it came), settings (input.settings), names_run}``.
        :raises DrsError: invalid_input, invalid_option, confirmation_by_request.
        """
        people.refuse_typed(self._loader)
        values = run_request.checked(VERB, role_values(VERB, self._vars, self._templar))
        asked = self._input(values)
        began = self._kept(BEGUN)["started_at"]
        settings = asked_for.settings(asked, began)
        first = identity.run_id(settings, files.absolute("."))
        name = first
        if first and not settings["run_id"] and settings["is_drill"] is not None:
            name = identity.current(first, lambda one: self._known(one, values), began, values["same_run_hours"])
        own = settings["options"]
        if "run_id" in own and name:
            own["run_id"] = name
        installation.keep(run_request.VERBS[settings["verb"]], own, self._templated)
        if "store" in own:
            own["store"] = values["store"] or {}
        return {"asked": asked, "settings": settings, "names_run": bool(first)}

    def _input(self, values: Mapping[str, Any]) -> Any:
        if values["input_file"]:
            what = "orchestrate_input_file"
            return _parsed(files.read_text(values["input_file"], what, "invalid_input"), what)
        given = values["input"]
        return _parsed(given, "orchestrate_input") if isinstance(given, str) else given

    def _known(self, run_id: str, values: Mapping[str, Any]) -> Any:
        """The record of a run; None where there is none, or nobody can say: the role that does the action says so."""
        try:
            return Steps(run_id, values["store"] or {}, {}, self._hands.warn).existing()["run"]
        except DrsError:
            return None

    # -- what is chosen without a plan -----------------------------------------------------------------------------
    def looked(self) -> Result:
        """Find the servers of a status in what was read, or those of a termination, and count what would go.

        :returns: ``{chosen (matching.matched, with the instances of those servers alone), options (of the verb),
            terminates}``.
        :raises DrsError: what is wrong with the selection of a termination.
        """
        settings = self._kept(OPENED)["settings"]
        values = settings["options"]
        if settings["action"] == asked_for.TERMINATE and not settings["selection"]:
            return {"chosen": None, "options": values, "terminates": True}
        if settings["action"] == asked_for.STATUS:
            chosen = matching.matched(self._cells_read(), settings["selection"], settings["allow_empty"])
            mine = {(one["cell"], one["source_server_id"]) for one in chosen["servers"]}
            chosen["instances"] = [
                one for one in chosen["instances"] if (one["cell"], one["source_server_id"]) in mine and alive(one)
            ]
            return {"chosen": chosen, "options": values, "terminates": False}
        chosen = standing.standing(self._play, self._hands, settings, values)
        wrong = matching.first_error(chosen["findings"])
        if wrong:
            raise DrsError(wrong["code"], wrong["message"])
        ids = [str(one["recovery_instance_id"]) for one in matching.drill_instances(chosen)]
        values = {**values, "recovery_instance_ids": ids}
        self._count(chosen, values)
        return {"chosen": chosen, "options": values, "terminates": bool(ids)}

    def _cells_read(self) -> list[Any]:
        """What the role status has read of each cell."""
        return [plain(self._play.variables(name).get("status_cell") or {"cell": name}) for name in self._play.all]

    def _count(self, chosen: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Show and count what is to go, before anything goes."""
        ids = values["recovery_instance_ids"]
        live = len(chosen["instances"]) - len(ids)
        text = "terminate: %s of %s" % (count(len(ids), "drill instance"), count(len(chosen["servers"]), "server"))
        self._hands.say(
            text
            + ("; %s" % count(live, "live recovery instance stays", "live recovery instances stay") if live else "")
        )
        for one in chosen["doubtful"]:
            self._hands.warn("[%s] %s" % (clean(one["cell"], 64), one["error"]["message"]))
        if not ids:
            return
        names = {one["source_server_id"]: one["name"] for one in chosen["servers"]}
        for one in chosen["instances"]:
            if one["recovery_instance_id"] in ids:
                place = (clean(one["cell"], 64), clean(names[one["source_server_id"]], 64))
                self._hands.say("[%s] %s %s" % (*place, clean(one["recovery_instance_id"], 40)))

    # -- the answer ------------------------------------------------------------------------------------------------
    def answered(self) -> Result:
        """Make the answer of what the roles left, and write it.

        :returns: ``{document, succeeded, unwritten (an error, or None)}``.
        """
        began, opened, looked = (self._kept(name) for name in (BEGUN, OPENED, LOOKED))
        settings = opened.get("settings") or {}
        asked = opened.get("asked")
        if asked is None:
            asked = self._asked_at_all()
        asked = asked if isinstance(asked, Mapping) else {}
        metadata = asked.get("metadata")
        failure = self._failure()
        left = self._left()
        found = self._found(settings, left, failure)
        facts = {
            "settings": settings,
            "found_run": found["run_id"],
            "requested_action": str(asked.get("action") or ""),
            "metadata": metadata if isinstance(metadata, Mapping) else {},
            "started_at": began.get("started_at"),
            "ended_at": clock.now(),
            "check_mode": self._check_mode,
            "names_run": bool(opened.get("names_run")),
            "chosen": self._proven(settings, looked.get("chosen"), left),
            "cells": self._places(),
            "failure": failure,
        }
        facts["details"] = self._details(settings, {**left, **found["left"]}, facts)
        told = self._told({**facts, "left": {**left, **found["left"]}})
        document = told["document"]
        unwritten = None
        try:
            self._file(began.get("output_file") or "").write(document)
        except DrsError as exc:
            unwritten = outcomes.error_entry(exc)
        return {**told, "unwritten": unwritten}

    @staticmethod
    def _told(facts: Mapping[str, Any]) -> Result:
        """The answer; also when a fault of our own keeps it from being made of what there is."""
        try:
            return request.conclude(facts)
        except Exception as exc:  # pylint: disable=broad-exception-caught
            error = DrsError("internal_error", "the answer: %s: %s" % (type(exc).__name__, exc)).to_dict()
            bare = {**facts, "settings": {}, "left": {}, "details": {}, "failure": {"error": error}}
            return request.conclude(bare)

    def _left(self) -> Result:
        """What the roles left; the servers of a recovery are in the record of its run, not in facts."""
        left = {name: self._first(name) for name in request.LEFT}
        result = left["recovery_result"]
        if not result:
            return left
        try:
            parts = Steps(result["run_id"], result["store"], {}, self._hands.warn).stored_run()
        except DrsError as exc:
            self._hands.warn("the answer holds no servers: %s: %s" % (exc.code, exc.message))
            return left
        waves = [one for one in parts["waves"] if one.get("status") != "intended"]
        return {
            **left,
            "recovery_plan": parts.get("plan") or left["recovery_plan"],
            "recovery_result": {**result, "waves": waves},
        }

    def _found(self, settings: Mapping[str, Any], left: Mapping[str, Any], failure: Mapping[str, Any]) -> Result:
        """The run that the request names and that it did not continue, refused or in a check.

        :returns: ``{run_id (None without one), left (of request.LEFT)}``.
        """
        verb, options = settings.get("verb"), settings.get("options") or {}
        nothing: Result = {"run_id": None, "left": {}}
        if verb not in ("recovery", "failback") or left.get("%s_result" % verb) or not (failure or self._check_mode):
            return nothing
        run = Steps(str(options.get("run_id") or ""), options.get("store") or {}, {}, self._hands.warn)
        try:
            parts = run.stored_run() if run.run_id else {"run": None}
            if parts["run"] is None or (failure.get("error") or {}).get("code") != known.PAUSED:
                return {**nothing, "run_id": run.run_id if parts["run"] else None}
            told = known.of_record(parts, run.kept("gate:").values())
        except DrsError:
            return nothing
        return {"run_id": run.run_id, "left": {"%s_%s" % (verb, key): value for key, value in told.items()}}

    def _asked_at_all(self) -> Any:
        """The input of a request that was refused, as far as it can be read: its metadata is passed through."""
        try:
            return self._input(run_request.checked(VERB, role_values(VERB, self._vars, self._templar)))
        except DrsError:
            return {}

    def _proven(self, settings: Mapping[str, Any], chosen: Any, left: Mapping[str, Any]) -> Any:
        """Keep the proof of a termination by tags with the runs that it was of.

        :returns: ``chosen``, with what nobody will know of later among its ``doubtful``.
        """
        if not chosen or settings.get("action") != asked_for.TERMINATE or self._check_mode:
            return chosen
        store = {key: value for key, value in (settings["options"].get("store") or {}).items() if value is not None}
        places = cleaning.places_of(self._play)
        try:
            runs = standing.recorded(store, settings["selection"], places, chosen.get("runs") or ())
        except DrsError:
            # standing.standing has said that the store was not read
            return chosen
        done, sessions, over = left.get("terminate_result") or {}, reading.opened(self._play), self._hands.over
        doubtful = proofs.kept(
            runs, sessions, over, done, store, places, lambda: about_command(self._vars, sessions, over)
        )
        return {**chosen, "doubtful": [*chosen["doubtful"], *doubtful]}

    def _failure(self) -> Mapping[str, Any]:
        """The result of the task that stopped the action: a task that runs once leaves it with the host it ran on."""
        return next((one for one in map(self._of(FAILURE), self._play.all) if one), {})

    def _places(self) -> list[Result]:
        places = cleaning.places_of(self._play)
        return [{"cell": name, **{key: value or None for key, value in one.items()}} for name, one in places.items()]

    def _details(self, settings: Mapping[str, Any], left: Mapping[str, Any], facts: Mapping[str, Any]) -> Result:
        """What is true of servers and instances now: names, tags, what stands. A cell that cannot be read has none."""
        chosen = facts["chosen"]
        if chosen:
            return _indexed(chosen["servers"], chosen["instances"], {})
        names = {str(one.get("cell")) for one in request.servers_of(left)}
        if not names or not settings:
            return _indexed([], [], {})

        def read(cell: Cell) -> Result:
            servers = drs.source_servers(cell)
            return {"servers": servers, "instances": drs.recovery_instances(cell, with_ec2=True)}

        cells = working(reading.opened(self._play), [name for name in self._play.all if name in names])
        answers = {name: one for name, one in self._hands.over(read, cells).items() if not isinstance(one, DrsError)}

        def placed(key: str) -> list[Result]:
            return [{**one, "cell": name} for name, answer in answers.items() for one in answer[key]]

        instances = [one for one in placed("instances") if alive(one)]  # type: ignore[arg-type]
        standing: dict[str, list[str]] = {name: [] for name in answers}
        for one in instances:
            standing[one["cell"]].append(one["recovery_instance_id"])
        return _indexed(placed("servers"), instances, standing)

    # -- the last words --------------------------------------------------------------------------------------------
    def closed(self) -> Result:
        """Fail unless the next phase may start, in one message."""
        answer = self._kept(ANSWERED)
        document, unwritten = answer["document"], answer.get("unwritten")
        texts = []
        if not answer["succeeded"]:
            error = document.get("error") or {}
            texts = ["%s: %s; %s." % (document["action"] or VERB, document["status"], document["nextPhaseReason"])]
            texts += [str(error["message"])] if error.get("message") else []
        texts += ["%s: %s" % (unwritten["code"], unwritten["message"])] if unwritten else []
        return {"failed": True, "msg": " ".join(texts)} if texts else {}

    # -- variables -------------------------------------------------------------------------------------------------
    def _file(self, path: str) -> AnswerFile:
        return AnswerFile(path, os.getppid())

    def _of(self, name: str) -> Any:
        return lambda host: plain(self._play.variables(host).get(name) or {})

    def _first(self, name: str) -> Any:
        """A fact that a task left for all hosts, from the first host that has it."""
        return next((one for one in map(self._of(name), self._play.all) if one), None)

    def _kept(self, name: str) -> Result:
        found = self._first(name)
        return dict(found) if isinstance(found, Mapping) else {}

    def _templated(self, name: str) -> Any:
        value = self._vars.get(name)
        done = self._templar.template(value) if value is not None else None
        return None if done == self._vars.get("omit") else plain(done)


def _parsed(text: str, what: str) -> Any:
    """The data of JSON or YAML.

    :raises DrsError: ``invalid_input``, for a key that stands twice as well.
    """
    try:
        data, twice = plan_yaml.load(text)
    except yaml.YAMLError as exc:
        raise DrsError("invalid_input", "%s is neither JSON nor YAML: %s" % (what, clean(exc, 200))) from None
    if twice:
        told = (
            "%s stands twice, in line %d and in line %d" % (clean(key, 60), first, line) for key, line, first in twice
        )
        raise DrsError("invalid_input", "%s: %s; give it once" % (what, "; ".join(told)))
    return data


def unanswered(begun: Mapping[str, Any], opened: Mapping[str, Any], process: int, error: DrsError | None = None) -> str:
    """Answer a call whose cells have all left the play, so that no task is left to do it.

    :param begun: the result of the step that took the file.
    :param opened: that of the step that checked the input, empty without one.
    :param error: what else it was than that.
    :returns: what to tell.
    """
    settings = opened.get("settings") or {}
    asked = opened.get("asked") if isinstance(opened.get("asked"), Mapping) else {}
    text = "every cell has left the play: its hosts became unreachable, failed or were ended"
    error = error or DrsError("action_stopped", text)
    facts = {
        "settings": {**settings, "run_id": (settings.get("options") or {}).get("run_id")},
        "requested_action": str((asked or {}).get("action") or ""),
        "metadata": (asked or {}).get("metadata") or {},
        "started_at": begun.get("started_at"),
        "ended_at": clock.now(),
        "names_run": bool(opened.get("names_run")),
        "failure": {"error": error.to_dict()},
    }
    document = request.conclude(facts)["document"]
    AnswerFile(str(begun.get("output_file") or ""), process).write(document)
    return "%s: %s; %s" % (document["action"] or VERB, document["status"], error.message)


def _indexed(servers: Iterable[Any], instances: Iterable[Any], standing: Result) -> Result:
    """What was read, by cell and id of the source server."""

    def by_place(some: Iterable[Any]) -> dict[tuple[str, str], Any]:
        return {(one["cell"], one["source_server_id"]): one for one in some}

    return {"servers": by_place(servers), "instances": by_place(instances), "standing": standing or None}
