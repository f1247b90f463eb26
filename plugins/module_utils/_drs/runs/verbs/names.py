"""Valid variable names and the closest match for an unknown one."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Option, Verb

# How alike two names are, from 0 to 1, for one of them to be a slip of the finger.
_ALIKE = 0.8
_HOLDS = {"list": "[...]", "dict": "{...}"}

# What people say, and what they mean by it in the options of a verb: the first that the verb has.
_MEANT = {
    "app": ("application",),
    "app_name": ("application",),
    "application_name": ("application",),
    "label": ("tag", "filter_tag"),
    "filter": ("filter_tag", "tag"),
    "filters": ("filter_tag", "tag"),
    "wave_name": ("wave",),
    "failure": ("max_failure",),
    "error": ("max_error", "max_failure"),
    "lag": ("max_lag_second",),
    "stale": ("allow_stale",),
    "subnet": ("subnet_id",),
    "security_group": ("security_group_id",),
    "network": ("drill_network", "subnet_id"),
    "rail": ("guardrail",),
    "guard_rail": ("guardrail",),
    "guard": ("guardrail",),
    "lease": ("drill_lease_hour",),
    "ttl": ("drill_lease_hour", "ttl_day"),
    "snapshot": ("point_in_time",),
    "pit": ("point_in_time",),
    "recovery_point": ("point_in_time",),
    "parallelism": ("max_concurrency", "concurrent_job"),
    "parallel": ("max_concurrency", "concurrent_job"),
    "concurrency": ("max_concurrency", "concurrent_job"),
    "file": ("plan_file", "input_file"),
    "plan": ("plan_file",),
    "document": ("plan_document", "document_name"),
    "run": ("run_id", "id"),
    "run_id": ("id",),
    "id": ("run_id", "id"),
    "name": ("plan_name", "name"),
    "approval": ("require_approval",),
    "confirmation": ("confirm",),
    "confirmed": ("confirm",),
    "reason": ("override_reason", "reason"),
    "override": ("override_reason",),
    "all": ("every_run", "all"),
    "everything": ("every_run", "all"),
    "every": ("every_run", "all"),
    "max_wait_minutes": ("max_wait", "timeout"),
    "wait": ("max_wait", "timeout", "wait_for"),
    "output": ("output_file", "export_dir", "dir"),
    "report": ("report_dir", "dir"),
    "log": ("log_path",),
    "user": ("initiator", "approver"),
}
_SERVERS: tuple[str, ...] = (
    *("server", "machine", "instance", "host", "hostname", "vm", "node", "source_server"),
    *("server_id", "machine_id", "instance_id", "host_id", "source_server_id", "server_name", "instance_name"),
)
_CELLS = ("account", "account_id", "region", "cell", "target", "target_account", "target_region", "account_name")


# What says which servers are meant, and in which options that is said. The names of tags are tags.
_SELECTION = ("application", "tag", "wave", "selection", "filter_tag")
_TAGS = ("tier", "priority", "role", "strategy", "enabled")
# What people put before a word that says which servers are meant.
_BEFORE = re.compile(r"^(target|selected|only|included?|which|these)_")
_CHOOSING = ("selection", "groups", "filter_tags", "waves")


class Form(NamedTuple):
    """How something is written right: ``text`` for people; the option, and the key in it where there is one."""

    text: str
    option: Option | None = None
    key: Option | None = None


def parts(name: str) -> str:
    """A name in lower case, its parts joined by underscores, whatever separates them."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    return "_".join(part for part in re.split(r"[^a-z0-9]+", apart) if part)


def words(name: str) -> str:
    """The same in the singular."""
    return "_".join(_singular(part) for part in parts(name).split("_"))


def _singular(part: str) -> str:
    if part.endswith("ies") and len(part) > 4:
        return part[:-3] + "y"
    return part[:-1] if part.endswith("s") and not part.endswith("ss") and len(part) > 2 else part


def candidates(verbs: Iterable[Verb]) -> dict[str, Form]:
    """Everything that the verbs of a role take, by its words: options, and the keys of those that are mappings.

    :returns: ``{words: Form}``.
    """
    forms: dict[str, Form] = {}
    options = {verb.variable(option.name): option for verb in verbs for option in verb.options if not option.internal}
    for variable, option in options.items():
        forms.setdefault(words(option.name), Form(variable, option))
    for variable, option in options.items():
        for key in option.keys:
            form = Form(_written(variable, option, key), option, key)
            forms.setdefault(words("%s_%s" % (option.name, key.name)), form)
            # the keys of tag_keys are names of tags, so that a bare one means a tag
            if option.name != "tag_keys":
                forms.setdefault(words(key.name), form)
    return forms


def _written(variable: str, option: Option, key: Option) -> str:
    inner = "{%s: %s}" % (key.name, _HOLDS.get(key.type, "..."))
    return "%s: [%s]" % (variable, inner) if option.type == "list" else "%s: %s" % (variable, inner)


def nearest(typed: str, verbs: Iterable[Verb]) -> Form | None:
    """What somebody meant by a name without the name of its role; None when it is near nothing.

    :param typed: such as ``applications`` or ``selection.applications``.
    :param verbs: those of the role.
    """
    forms = candidates(verbs)
    asked = words(typed)
    if asked in forms and forms[asked].key is None:
        return forms[asked]
    if chooses(typed):
        return _choosing(asked, forms)
    if asked in forms and not places(typed):
        return forms[asked]
    for meant in _MEANT.get(asked, ()):
        if meant in forms:
            return forms[meant]
    return None if places(typed) else _alike(asked, forms)


def _choosing(asked: str, forms: Mapping[str, Form]) -> Form | None:
    """Where a verb is told which servers are meant."""
    meant = (asked, *_MEANT.get(asked, ()))
    if asked in _SERVERS:
        meant = ("source_server_id", "source_server")
    elif asked in _TAGS:
        meant = ("tag", "filter_tag")
    matching = [forms[one] for one in meant if one in forms]
    return next((form for form in matching if form.option and form.option.name in _CHOOSING), None)


def _alike(asked: str, forms: Mapping[str, Form]) -> Form | None:
    """What is spelled alike, else what begins so, else the shortest that has all the words."""
    rated = max(((SequenceMatcher(None, asked, one).ratio(), one) for one in forms), default=(0.0, ""))
    if rated[0] >= _ALIKE:
        return forms[rated[1]]
    pieces = set(asked.split("_"))
    near = [one for one in forms if one.startswith(asked + "_")]
    near = near or [one for one in forms if pieces <= set(one.split("_"))]
    near = near or [one for one in forms if asked.startswith(one + "_") and "_" in one]
    return forms[min(near, key=len)] if near else None


def chooses(typed: str, tags: bool = True) -> bool:
    """Whether a name says which servers are meant; ``tags``: also by the name of a tag, such as role or tier."""
    asked = words(typed)
    bare = _BEFORE.sub("", asked)
    meant = (asked, *_MEANT.get(asked, ()), bare, *_MEANT.get(bare, ()))
    return asked in (*_SERVERS, *(_TAGS if tags else ())) or any(one in _SELECTION for one in meant)


def places(typed: str) -> bool:
    """Whether a name says which accounts or Regions are meant."""
    return words(typed) in _CELLS


def shared(typed: str, variables: Iterable[str]) -> str | None:
    """The shared variable that is nearest to a name, None when none is near."""
    asked = words(typed)
    rated = sorted(((SequenceMatcher(None, asked, words(one)).ratio(), one) for one in variables), reverse=True)
    return rated[0][1] if rated and rated[0][0] >= _ALIKE else None
