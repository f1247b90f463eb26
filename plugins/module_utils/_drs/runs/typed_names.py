"""Check variable names that users give: refuse unknown ones, with the closest valid form.

Ansible ignores a variable that nothing reads, so a selection under a wrong name selects everything, and a guardrail
under a wrong name guards nothing. And a variable that is typed beats whatever a role sets itself.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.request import VERBS
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import names
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.names import Form
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Verb

OWN = "drs_own_variables"
# Variables of the whole collection that people set.
SETTINGS = {
    "drs_hosts": "which cells a playbook works on",
    "drs_run_store": "where runs are remembered",
    "drs_guardrails": "the guardrails of all plays",
    "drs_clean_up_role_name": "the role of each account that what destroys works as",
    "drs_clean_up_external_id": "the external id that this role demands",
    "drs_tag_keys": "the tag keys of all verbs",
    OWN: "names of variables of one's own",
}
# Variables of a cell, as the inventory plugin drs_accounts or an inventory file sets them.
CELL = (
    *("drs_cell", "drs_account_id", "drs_account_name", "drs_account_display_name", "drs_account_types"),
    *("drs_region", "drs_profile", "drs_assume_role_arn", "drs_external_id", "drs_role_session_name"),
    *("drs_source_identity", "drs_replicate_to", "drs_extend_to", "drs_unreadable_cells"),
)
# What orchestrate leaves for the next node of a workflow, which gets it as extra variables.
ARTIFACTS = (
    *("drs_orchestration", "drs_setup", "drs_status", "drs_run_id", "drs_next_phase_ready"),
    "drs_artifact",
)
SHARED = (*SETTINGS, *CELL, *ARTIFACTS)
# Other users of the prefix: the automation platform's own settings.
_OTHERS = ("drs_platform_",)
# Set by every playbook from the variables of the cell.
_SET = ("drs_cell_options",)
# So many options of a role are listed.
_FEW = 8
# What people call Ansible's check mode.
_CHECK_MODE = ("dry_run", "dryrun", "check", "check_mode", "check_only", "plan_only", "preview", "simulate", "noop")
# What Ansible makes of a word that is no name=value.
_RAW = "_raw_params"

# By what playbooks are called, where that is not the name of their role.
PLAYBOOKS = {
    "recovery": ("drill", "failover", "fail_over", "recover", "recoverys"),
    "failback": ("failback_drill", "fail_back"),
    "terminate": ("sweep", "cleanup", "clean_up", "termination"),
    "agent_deploy": ("deploy_agents", "deploy", "agents", "agent"),
    "server_extend": ("extend", "extension"),
    "account_setup": ("setup",),
    "tag_sync": ("sync_tags",),
    "runs": ("run", "resume", "approve", "pause", "cancel", "watch"),
    "evidence": ("verify_evidence",),
    "orchestrate": ("orchestration",),
}


# Words that people's own variables begin with as well: behind them only what says which servers are meant counts.
_OTHER_WORDS = {
    "recovery": ("restore", "launch", "switchover", "dr"),
    "failback": ("dr",),
    "terminate": ("delete", "destroy", "drill", "dr"),
    "agent_deploy": ("install", "dr"),
    "server_extend": ("dr",),
}


class Judged(NamedTuple):
    """What came of looking at names: ``known`` options, and ``warnings`` in sentences."""

    recognized: list[str]
    warnings: list[str]


class _Refused(NamedTuple):
    """One name that is refused: why, and where it has a right form, that and the value that was typed."""

    name: str
    why: str
    form: Form | None = None
    internal: bool = False
    json_form: str = ""


@lru_cache(maxsize=1)
def roles() -> dict[str, list[Verb]]:
    """The verbs of each role: {role: [Verb]}."""
    by_role: dict[str, list[Verb]] = {}
    for verb in VERBS.values():
        by_role.setdefault(verb.role, []).append(verb)
    return by_role


def role_of(name: str) -> str | None:
    """The role whose variables begin as this name does, however it is written; None when it is of none."""
    plain = names.parts(name)
    return next((one for one in sorted(roles(), key=len, reverse=True) if plain.startswith(one + "_")), None)


def check(
    verb: str,
    typed: Mapping[str, Any],
    own: Iterable[str] = (),
    played: Iterable[str] = (),
    playbook: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Judged:
    """Judge the names of the extra variables of a command.

    :param verb: what is run.
    :param typed: the extra variables.
    :param own: names, or patterns of them, that people declared as their own.
    :param played: other roles of this collection that the play runs.
    :param playbook: the variables that the playbook gives to the role.
    :param values: of the verb's options, as far as they are known.
    :raises DrsError: ``internal_variable`` for names that only this collection sets, ``misspelt_variable`` for names
        that nothing reads; with all of them. ``invalid_option`` for what must be typed and stands elsewhere.
    """
    runs = {VERBS[verb].role, *VERBS[verb].uses, *played}
    refused: list[_Refused] = []
    options: list[str] = []
    warnings: list[str] = []
    declared = [str(one) for one in own]
    for name in sorted(typed, key=str):
        if name == _RAW:
            refused += _raw(typed)
            continue
        refusal = _internal(VERBS[verb], str(name), typed[name], values or {}) or _unread(
            str(name), declared, VERBS[verb].role
        )
        refusal = refusal or _another_playbook(VERBS[verb], str(name), typed[name], playbook or {})
        if refusal:
            refused.append(refusal)
            continue
        role = role_of(str(name))
        if role and _is_option(role, str(name)):
            options.append(str(name))
            if role not in runs:
                warnings.append("%s is a variable of %s, which does not run here" % (name, role))
        elif not _is_own(str(name), declared):
            warnings += _bare(VERBS[verb], str(name))
    if refused:
        raise _error(refused, typed)
    for option in VERBS[verb].options:
        variable = VERBS[verb].variable(option.name)
        if option.by_command and (values or {}).get(option.name) and variable not in typed:
            raise DrsError("invalid_option", "%s counts only when it is typed with the command (-e)" % variable)
    return Judged(options, warnings)


def check_person(verb: str, values: Mapping[str, Any], inventory: Iterable[str]) -> None:
    """Refuse what a person decides for one run and the inventory gives to every run.

    :param values: of the verb's options; one that is empty decides nothing.
    :param inventory: the variables whose value here is the one of the inventory.
    :raises DrsError: ``invalid_option``, with all of them.
    """
    there = set(inventory)
    options = [one for one in VERBS[verb].options if one.by_person and values.get(one.name)]
    wrong = sorted({VERBS[verb].variable(one.name) for one in options} & there)
    if wrong:
        raise DrsError(
            "invalid_option",
            "%s: a person decides it for one run, so it is never taken from the inventory. Nothing was done"
            % _list(wrong),
            remedy="Take it out of the inventory, group_vars and host_vars, and type it with the command (-e).",
        )


def whole_run(verb: str) -> set[str]:
    """The variables of the options that a verb, and those that it is made of, has once for all cells."""
    if verb not in _WHOLE:
        return set()
    names = {verb, *(_WHOLE if verb == "orchestrate" else VERBS[verb].uses)}
    options = [(VERBS[one], option) for one in names & set(_WHOLE) for option in VERBS[one].options]
    return {name for each, option in options for name in (each.variable(option.name), option.shared) if name}


_WHOLE = ("orchestrate", "recovery", "failback", "terminate")
"""The verbs whose role makes one request of the variables of one cell."""


def check_inventory(variables: Iterable[str], own: Iterable[str] = ()) -> list[str]:
    """Warnings for variables of inventory, groups and hosts that begin as ours do and that nothing reads."""
    declared = [str(one) for one in own]
    outputs = {name for verb in VERBS.values() for name in verb.outputs}
    lines = []
    # playbooks of this collection set some names themselves, in files of variables
    for name in sorted(set(variables) - outputs - set(_SET)):
        if name.startswith("__"):
            # what a task of a role has left in this very play
            continue
        wrong = _unread(name, declared)
        if wrong:
            lines.append("inventory: %s" % wrong.why)
    return lines


def _is_own(name: str, declared: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in declared)


def _is_option(role: str, name: str) -> bool:
    return any(
        name == verb.variable(option.name) for verb in roles()[role] for option in verb.options if not option.internal
    )


def _internal(verb: Verb, name: str, value: Any, values: Mapping[str, Any]) -> _Refused | None:
    """Names that only this collection sets: typed, they would beat what it finds out by itself.

    A workflow gives the variables of its run to every node, so the id of this very run may be among them.
    """
    if name.startswith("__") and (role_of(name[2:]) or name.startswith("__drs_")):
        return _Refused(name, "%s is internal to %s" % (clean(name, 80), role_of(name[2:]) or "drs"), internal=True)
    if name in _SET or any(name in one.outputs for one in VERBS.values()):
        return _Refused(name, "%s is set by the collection itself" % name, internal=True)
    for role, options in verb.uses.items():
        here = not verb.when.get(role) or values.get(verb.when[role])
        same_run = name == "%s_run_id" % role and value and value == (values.get("id") or values.get("run_id"))
        if here and not same_run and name in ["%s_%s" % (role, option) for option in options]:
            return _Refused(name, "%s is set by %s itself" % (name, verb.name), internal=True)
    return None


def _another_playbook(verb: Verb, name: str, value: Any, playbook: Mapping[str, Any]) -> _Refused | None:
    """What decides which playbook it is, typed otherwise: a drill would become a failover."""
    decided = [verb.variable(option.name) for option in verb.options if option.by_playbook]
    if name not in decided or name not in playbook or str(value).lower() == str(playbook[name]).lower():
        return None
    text = "%s is %s in this playbook, and %s was typed" % (name, clean(playbook[name], 40), clean(value, 40))
    return _Refused(name, text, internal=True)


def _unread(name: str, declared: Iterable[str], playing: str = "") -> _Refused | None:
    """What is wrong with a name that begins as ours do; None when something reads it, or it is somebody's own.

    :param playing: the role that is run, whose playbooks are taken for its name as well.
    """
    plain = names.parts(name)
    if _is_own(name, declared):
        return None
    if plain.startswith("drs_"):
        if name in SHARED or name.startswith(_OTHERS):
            return None
        near = names.shared(name, SETTINGS) or names.shared(name, SHARED)
        return _Refused(name, _sentence(name, near or "", "" if near else "the shared ones are %s" % _list(SETTINGS)))
    role = role_of(name)
    if role is None:
        return _of_playbook(name, plain, playing)
    if _is_option(role, name):
        return None
    return _judged(name, role, plain[len(role) + 1 :])


def _of_playbook(name: str, plain: str, role: str) -> _Refused | None:
    """A name that begins with that of a playbook, and continues as an option of its role does."""
    for begin in PLAYBOOKS.get(role, ()):
        rest = plain.removeprefix(begin + "_")
        if rest != plain and (names.nearest(rest, roles()[role]) or names.chooses(rest)):
            return _judged(name, role, rest)
    for begin in _OTHER_WORDS.get(role, ()):
        rest = plain.removeprefix(begin + "_")
        if rest != plain and names.chooses(rest, tags=False):
            return _judged(name, role, rest)
    return None


def _judged(name: str, role: str, rest: str) -> _Refused:
    verbs = roles()[role]
    form = names.nearest(rest, verbs)
    if form:
        return _Refused(name, _sentence(name, form.text, ""), form)
    if names.chooses(rest):
        text = "%s has no selection by %s; it takes %s" % (role, clean(rest, 40), verbs[0].selects)
    elif rest in _CHECK_MODE:
        text = "type --check behind the command"
    elif names.places(rest):
        text = "which accounts and Regions are meant, drs_hosts says"
    else:
        text = "%s has no such option%s" % (role, _instead(role, rest))
    return _Refused(name, _sentence(name, "", text))


def _instead(role: str, rest: str) -> str:
    """The options of other roles by that name; else those of the role where they are few."""
    others = sorted(other for other in roles() if _is_option(other, "%s_%s" % (other, rest)))
    if others:
        return ", there is %s" % _list("%s_%s" % (other, rest) for other in others)
    own = dict.fromkeys(verb.variable(one.name) for verb in roles()[role] for one in verb.options)
    return "; it has %s" % _list(own) if len(own) <= _FEW else ""


def _sentence(name: str, form: str, text: str) -> str:
    end = "; write %s" % form if form else "; %s" % text if text else ""
    return "nothing reads %s%s" % (clean(name, 80), end)


def _list(several: Iterable[str]) -> str:
    return ", ".join(clean(one, 80) for one in several)


def _raw(typed: Mapping[str, Any]) -> list[_Refused]:
    """Words behind -e that are no name=value: half of a value with blanks, or a name without a value.

    Quotes do not help: the shell takes them off, and Ansible then splits the value at its blanks. A confirmation is the
    usual case, and its first word has arrived under its name.
    """
    text = clean(typed[_RAW], 300)
    why = "nothing reads '%s', it is no name=value; Ansible splits a value at its blanks, so it must stand in JSON"
    begun = [name for name in sorted(typed, key=str) if str(name).endswith("_confirm")]
    whole = {str(name): "%s %s" % (clean(typed[name], 60), text) for name in begun}
    example = whole if len(whole) == 1 else {"NAME": text}
    return [_Refused(text, why % text, json_form="-e '%s'" % json.dumps(example, ensure_ascii=False))]


def _bare(verb: Verb, name: str) -> list[str]:
    """A name without the role's that is one of its options: it may be somebody's own, so it is only told."""
    if name.startswith(("ansible_", "awx_", "tower_", "__")):
        return []
    verbs = roles()[verb.role]
    form = names.candidates(verbs).get(names.words(name))
    if form is None and names.chooses(name):
        # a word for which servers are meant decides about all of them when nothing reads it
        form = names.nearest(name, verbs)
        takes = form.text if form else verbs[0].selects
        return ["%s was typed and %s does not read it; it takes %s" % (clean(name, 80), verb.name, takes)]
    return ["%s was typed and is no option of %s; it takes %s" % (name, verb.name, form.text)] if form else []


def _error(refused: list[_Refused], typed: Mapping[str, Any]) -> DrsError:
    internal = [one for one in refused if one.internal]
    lines = [one.why for one in refused]
    remedies = []
    asked = _typed_right(refused, typed)
    if asked:
        remedies.append("Type it as -e '%s'." % json.dumps(asked, default=str, ensure_ascii=False))
    remedies += ["Type a value that has blanks in JSON: %s." % one.json_form for one in refused if one.json_form]
    if internal:
        remedies.append("Leave %s away." % _list(one.name for one in internal))
    unread = [one.name for one in refused if not one.internal and not one.json_form]
    if unread:
        remedies.append(
            "Correct the name, see docs/variables.md; one of your own is declared with %s: [%s]." % (OWN, _list(unread))
        )
    return DrsError(
        "internal_variable" if internal else "misspelt_variable",
        "%s. Nothing was done" % "; ".join(lines),
        remedy=" ".join(remedies),
        details={"variables": [clean(one.name, 80) for one in refused]},
    )


def _typed_right(refused: Iterable[_Refused], typed: Mapping[str, Any]) -> dict[str, Any]:
    """The variables as they should have been typed, with the values that were."""
    asked: dict[str, Any] = {}
    for one in refused:
        if one.form is None or one.form.key is None or one.form.option is None or one.form.option.type != "dict":
            continue
        variable = one.form.text.partition(":")[0]
        value = typed[one.name]
        if one.form.key.type == "list" and isinstance(value, (str, int)):
            value = [part.strip() for part in str(value).split(",")]
        before = asked.get(variable, typed.get(variable))
        asked[variable] = {**(before if isinstance(before, Mapping) else {}), one.form.key.name: value}
    return asked
