"""The declaration of a verb's option: name, type, default, choices, and its effect on a run.

A verb is what people do with a role: its options are declared once, here, and everything else (the role's argument
spec and defaults, surveys, the input of orchestrate, the names that may be typed, what a run keeps) is held against
the declaration or made from it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# What an option is to a run.
# HASHED decides whether it is the same run: another value means another run.
# FROZEN is kept with the run and cannot be typed anew.
# WIDENS is kept; another value may do more than was confirmed and approved, so both are asked for again.
# ANEW is kept; another value is noted in the journal and holds from then on.
# ONCE belongs to the command that it is typed in, and is not kept.
HASHED, FROZEN, WIDENS, ANEW, ONCE = PARTS = ("hashed", "frozen", "widens", "anew", "once")
KEPT = (HASHED, FROZEN, WIDENS, ANEW)


def differs(was: Any, now: Any) -> bool:
    """Any other value."""
    return bool(was != now)


def set_or_changed(was: Any, now: Any) -> bool:
    """Another value; taking it away widens nothing."""
    return bool(now) and was != now


def cleared(was: Any, now: Any) -> bool:
    """A precaution that was on is off."""
    return bool(was) and not now


def more_items(was: Any, now: Any) -> bool:
    """An item that was not there before."""
    return not set(now or ()) <= set(was or ())


@dataclass(frozen=True)
class Option:
    """One option of a verb, or one key of an option that is a mapping.

    :param name: as in the values of a verb; the variable is the role's name, an underscore, and this.
    :param type: one of Ansible's: str, int, float, bool, list, dict, path, raw.
    :param default: what holds without it; what is not a constant comes from ``derive`` or ``shared``.
    :param part: what it is to a run, one of PARTS.
    :param shared: the variable of the whole collection that the role's default reads, such as ``drs_run_store``.
    :param derive: the default from the other values, for one that is not a constant.
    :param check: raises DrsError for a value that cannot be, given the value and all values.
    :param keys: the keys of a mapping, or of the mappings in a list; none when any key may stand there.
    :param widens: for part WIDENS, whether another value (was, now) may do more.
    :param entries: the entry points that take it, where not all of the verb do.
    :param filled: empty would mean all; it is left out where all are meant, and never given empty.
    :param by_playbook: decided by which playbook is run; typing another value would make it another playbook.
    :param by_command: counts only when it is typed with the command, never from the inventory.
    :param by_person: what one person decides for one run: typed, or written in a play, never from the inventory.
    :param where: for a required one, where its value is found, in a sentence.
    :param internal: set by the collection itself; no variable of a role.
    """

    name: str
    type: str = "str"
    default: Any = None
    required: bool = False
    choices: tuple[Any, ...] = ()
    elements: str | None = None
    part: str = ONCE
    shared: str = ""
    derive: Callable[[Mapping[str, Any]], Any] | None = None
    check: Callable[[Any, Mapping[str, Any]], None] | None = None
    keys: tuple[Option, ...] = ()
    widens: Callable[[Any, Any], bool] = differs
    entries: tuple[str, ...] = ()
    filled: bool = False
    by_playbook: bool = False
    by_command: bool = False
    by_person: bool = False
    where: str = ""
    internal: bool = False


@dataclass(frozen=True)
class Verb:
    """What people do with a role.

    :param name: of the verb; that of its role where the role has one verb.
    :param role: whose variables its options are.
    :param entries: the entry points of the role's argument spec that take these options.
    :param options: in the order of the argument spec.
    :param check: raises DrsError for values that contradict each other.
    :param uses: the roles that it runs, with the options of theirs that it sets itself.
    :param when: the roles among them that run only when an option of the verb is given: {role: option}.
    :param outputs: the variables that it leaves or sets for task files, by their full names; nobody types them.
    :param selects: by what people choose what it works on, in words.
    """

    name: str
    role: str
    options: tuple[Option, ...]
    entries: tuple[str, ...] = ("main",)
    check: Callable[[Mapping[str, Any]], None] | None = None
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    selects: str = ""
    by_name: dict[str, Option] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {option.name: option for option in self.options})

    def variable(self, name: str) -> str:
        """The variable that people type for an option."""
        return "%s_%s" % (self.role, name)
