"""The request of a verb: validated options, the part that a run keeps, and what may change on resume."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import agents, failback, fleet, orchestrate
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import recovery, runs, terminate
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import (
    HASHED,
    FROZEN,
    KEPT,
    ONCE,
    WIDENS,
    Option,
    Verb,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.values import converted, given, near, wrong
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import OptionChange

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        *(recovery.VERB, failback.VERB, terminate.VERB, orchestrate.VERB),
        *(runs.RUNS, runs.RESUME, runs.CANCEL, runs.PAUSE, runs.APPROVE, runs.WATCH, runs.EVIDENCE),
        *(agents.AGENT_DEPLOY, agents.SERVER_EXTEND, agents.LAUNCH_SETTINGS, agents.REPLICATION_SETTINGS),
        agents.LAUNCH_ACTIONS,
        *(agents.TAG_SYNC, agents.ACCOUNT_SETUP),
        *(fleet.STATUS, fleet.READINESS, fleet.CAPACITY, fleet.REPORT, fleet.HISTORY, fleet.NOTIFY),
    )
}


class Resumed(NamedTuple):
    """What a run resumes with.

    ``values`` of all options; ``changes`` [{option, variable, was, now}] for the journal; ``widened`` the options
    among them that may do more than was confirmed and approved.
    """

    values: dict[str, Any]
    changes: list[OptionChange]
    widened: list[str]


def verb_options(verb: str) -> Mapping[str, Option]:
    """The options of a verb, in the order of the role's argument spec: {name: Option}."""
    return VERBS[verb].by_name


def checked(verb: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all options of a verb, each in its type, with defaults for what is not given.

    :param values: by option name, as Ansible has them; null and empty text mean that nothing is given.
    :returns: a value for every option of the verb, in the order of the declaration.
    :raises DrsError: ``invalid_option`` (or what the check of the option says), with the variable, its value and
        what to write.
    """
    declared = VERBS[verb]
    typed_values = _converted(declared, values)
    complete = {
        name: typed_values.get(name, copy.deepcopy(option.default)) for name, option in declared.by_name.items()
    }
    for name, option in declared.by_name.items():
        if option.derive and not given(complete[name]):
            complete[name] = option.derive(complete)
        # one that only another entry point takes is asked for there, by the role's argument spec
        here = not option.entries or declared.entries[0] in option.entries
        if option.required and here and not given(complete[name]):
            choices = ": one of %s" % ", ".join(map(str, option.choices)) if option.choices else ""
            remedy = "Add -e %s=... %s" % (declared.variable(name), option.where) if option.where else None
            raise wrong("%s is missing%s" % (declared.variable(name), choices), remedy)
    _check_each(declared, complete, complete)
    if declared.check:
        declared.check(complete)
    return complete


def _converted(verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those values that are given, each in its type."""
    for name in values:
        if name not in verb.by_name:
            raise wrong("%s is no option%s" % (verb.variable(clean(name, 60)), near(name, verb.by_name)))
    return {
        name: converted(verb.by_name[name], value, verb.variable(name))
        for name, value in values.items()
        if given(value)
    }


def _check_each(verb: Verb, some: Mapping[str, Any], complete: Mapping[str, Any]) -> None:
    for name in some:
        check = verb.by_name[name].check
        if check is None:
            continue
        try:
            check(complete[name], complete)
        except DrsError as exc:
            place = verb.variable(name)
            text = "%s_%s" % (verb.role, exc.message) if exc.message.startswith(name) else exc.message
            text = text if place in text else "%s: %s" % (place, text)
            raise DrsError(exc.code, text, remedy=exc.remedy, details=exc.details) from None


def frozen_part(verb: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the record of a run keeps as its request: everything but what belongs to one command alone.

    :param values: as ``checked`` returns them, or takes them.
    :returns: a value for every option that is kept: ``{option: value}``.
    :raises DrsError: what ``checked`` raises.
    """
    complete = checked(verb, values)
    return {name: complete[name] for name, option in VERBS[verb].by_name.items() if option.part in KEPT}


def request_hash(verb: str, values: Mapping[str, Any]) -> str:
    """SHA-256 over the options that decide whether it is the same run, whatever the order of keys.

    :raises DrsError: what ``checked`` raises.
    """
    complete = checked(verb, values)
    asked = {name: complete[name] or None for name, option in VERBS[verb].by_name.items() if option.part == HASHED}
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def resumed(verb: str, recorded: Mapping[str, Any], typed: Mapping[str, Any]) -> Resumed:
    """What a run resumes with: the request of its record, and what may be typed anew.

    :param recorded: the request of the record, see ``frozen_part``.
    :param typed: what this command gives, by option name, and nothing that it does not give. A value that is the one
        of the record is no change.
    :raises DrsError: ``option_fixed`` for an option that cannot change in this run; what ``checked`` raises.
    """
    declared = VERBS[verb]
    before = checked(verb, {name: recorded[name] for name in recorded if name in declared.by_name})
    now = _converted(declared, {name: value for name, value in typed.items() if value is not None})
    # what was given, and is taken away by typing no text
    now.update({name: copy.deepcopy(declared.by_name[name].default) for name in typed if typed[name] == ""})
    changes: list[OptionChange] = []
    widened, fixed = [], []
    for name, value in now.items():
        option = declared.by_name[name]
        if option.part == ONCE or value == before[name]:
            continue
        if option.part in (HASHED, FROZEN):
            fixed.append(name)
        elif option.part == WIDENS and option.widens(before[name], value):
            widened.append(name)
        changes.append({"option": name, "variable": declared.variable(name), "was": before[name], "now": value})
    if fixed:
        raise _fixed(declared, fixed, before, now)
    return Resumed(checked(verb, {**before, **now}), changes, widened)


def _fixed(verb: Verb, names: list[str], before: Mapping[str, Any], now: Mapping[str, Any]) -> DrsError:
    lines = [
        "%s is %s, typed was %s" % (verb.variable(name), _shown(before[name]), _shown(now[name])) for name in names
    ]
    return DrsError(
        "option_fixed",
        "%s: it cannot change in a run that has begun" % "; ".join(lines),
        details={"options": names, "recorded": {name: before[name] for name in names}},
    )


def _shown(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "not given"
    return clean(json.dumps(value, sort_keys=True, default=str), 200)
