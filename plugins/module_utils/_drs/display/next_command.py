"""The command to type next, quoted so that it can be pasted into a shell."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Options

# What neither the shell nor Ansible's key=value parser reads in another way.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@%+,-]+", re.ASCII)

# Playbooks that work with the run store or a folder alone: a limit to cells would leave them without a host.
ON_CONTROLLER = ("approve", "pause", "runs", "verify_evidence", "watch")


# Settings and variables of cells that people type, without the secret ones and without where a run is recorded.
_OF_EVERY_VERB = (
    *("drs_tag_keys", "drs_guardrails", "drs_clean_up_role_name", "drs_own_variables"),
    *("drs_region", "drs_profile", "drs_assume_role_arn", "drs_role_session_name", "drs_source_identity"),
    *("drs_replicate_to", "drs_extend_to"),
)


def quoted(text: str) -> str:
    """Quote a word for a POSIX shell, when it needs it."""
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"


def typed(given: Given, beginnings: Iterable[str], options: Given) -> Options:
    """Those extra variables of this command that the next one needs as well.

    :param given: the extra variables that were typed.
    :param beginnings: how the names begin of those that count.
    :param options: what the next command says by itself; it wins, also where it says nothing of a name that it has.
    """
    begins = tuple(beginnings)
    return {
        # whoever types a false or a zero goes against a default
        name: str(value).lower() if value is False or value == 0 and isinstance(value, int) else value
        for name, value in given.items()
        if begins and name.startswith(begins) and name not in options
    }


def shared(verb: str, options: Given, narrowed: bool = True) -> list[str]:
    """The settings of all verbs that the next command needs where they were typed for this one.

    They say in which cells, by which way and by whose tags, guardrails and records. External ids are secret and are
    never printed.

    :param options: what the next command says by itself: the store of a run is said once.
    :param narrowed: whether the next command is about no more cells than this one.
    """
    store = [] if any(value for name, value in options.items() if name.endswith("_store")) else ["drs_run_store"]
    if verb in ON_CONTROLLER:
        return [*store, "drs_tag_keys"]
    return [*store, *(["drs_hosts"] if narrowed else []), *_OF_EVERY_VERB]


def extra_variables(given: Given) -> str:
    """Write ``-e`` for these extra variables, each of them, so that a shell and Ansible read back what was given.

    Plain texts become ``-e name=value``. Everything else goes into one JSON object: ``-e name='two words'`` would reach
    Ansible as two settings, and a list or dictionary would arrive as text.
    """
    plain = {name: value for name, value in given.items() if isinstance(value, str) and _PLAIN.fullmatch(value)}
    rest = {name: value for name, value in given.items() if name not in plain}
    words = ["-e %s=%s" % (name, value) for name, value in plain.items()]
    return " ".join([*words, *(["-e " + quoted(json.dumps(rest))] if rest else [])])


def given_of(options: Given | None) -> Options:
    """The extra variables of a command: without those that are empty, false or None, which is what they default to."""
    return {
        name: value
        for name, value in (options or {}).items()
        if value not in (None, "", False) and value != {} and value != []
    }


def playbook_command(
    verb: str,
    options: Given | None = None,
    limit: str = "",
    check: bool = False,
    file: str = "",
    words_of_ansible: Iterable[str] = (),
) -> str:
    """Write the command that runs a playbook of this collection.

    :param options: extra variables; see ``given_of`` for those that are left out.
    :param limit: the hosts pattern of ``--limit``; left out where there are no cells to limit.
    :param file: that holds extra variables; before the options.
    :param words_of_ansible: options of ansible-playbook itself with their values, such as ``-i`` and a path.
    """
    given = given_of(options)
    words = ["ansible-playbook", "resilience.drs." + verb]
    if file:
        words.append("-e " + quoted("@" + file))
    if given:
        words.append(extra_variables(given))
    if limit and verb not in ON_CONTROLLER:
        words += ["--limit", quoted(limit)]
    words += map(quoted, words_of_ansible)
    if check:
        words.append("--check")
    return " ".join(words)
