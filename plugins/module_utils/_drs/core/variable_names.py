"""Names of variables that somebody typed: one that is nearly an option of a role is a slip. Pure.

Ansible ignores a variable that nothing reads, so a misspelt selection selects everything, and a misspelt run id is the
clean-up of every run.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean

# How alike two names are behind the name of their role, from 0 to 1, for one of them to be a slip of the finger.
# Variables of one's own are further away: ticket_url is 0.75 from ticket.
_ALIKE = 0.8


def role_of(name: str, roles: Iterable[str]) -> str | None:
    """The role whose options begin as this name does, None when it is of none."""
    return next((role for role in sorted(roles, key=len, reverse=True) if name.startswith(role + "_")), None)


def check(typed: Iterable[str], options: Mapping[str, Iterable[str]]) -> list[str]:
    """Refuse names that are nearly an option of their role; returns those that are one.

    :param typed: the names of the variables that were typed.
    :param options: the options of each role.
    :raises DrsError: misspelt_variable, with all of them.
    """
    slips, found = [], []
    for name in sorted(typed):
        role = role_of(name, options)
        known = set(options[role]) if role else set()
        near = None if name in known else _nearest(name, known, "%s_" % role)
        if name in known:
            found.append(name)
        if near:
            slips.append("'%s' is not '%s'" % (clean(name, 80), near))
    if slips:
        raise DrsError("misspelt_variable", "%s; nothing would read it" % ", ".join(slips))
    return found


def _nearest(name: str, known: Iterable[str], beginning: str) -> str | None:
    """The option that was meant: one that is cut short, or much alike."""
    rest = {one.removeprefix(beginning): one for one in sorted(known)}
    typed = name.removeprefix(beginning)
    cut = [one for one in rest if one.startswith(typed + "_")]
    alike = sorted(cut, key=len)[:1] or difflib.get_close_matches(typed, rest, 1, _ALIKE)
    return rest[alike[0]] if alike else None
