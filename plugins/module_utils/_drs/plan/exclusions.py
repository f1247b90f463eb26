"""Exclusions from a plan: the reason in a few words beside each code; the catalogue has the long form."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Excluded

PHRASES = {
    "not_selected": "outside of the selection",
    "left_out": "left out by the request, see below",
    "not_enabled": "their tag dr:enabled says no",
    "extended_copy_in_target": "copies in a staging account; the same machines are recovered in their target account",
    "extended_copy_in_staging": "copies in a target account; the same machines are recovered in their staging account",
    "staging_account": "in a staging account, and extended to no target account that was read",
    "reversed_server": "they replicate back from a recovery instance: the failback launches them",
    "recovery_instance_missing": "nothing of them was failed over",
    "not_failed_over": "only drill instances of them exist; the original machines serve",
    "no_drill_on_premises": "machines outside AWS are rebooted by a failback, so there is no drill of it",
}


def reasons(excluded: Mapping[str, int]) -> list[str]:
    """A line for each code: how many, the code, and what it means."""
    lines = []
    for code, number in excluded.items():
        phrase = PHRASES.get(code)
        lines.append("%d %s%s" % (number, clean(code, 60), ": %s" % phrase if phrase else ""))
    return lines


def line(excluded: Excluded) -> str:
    """One server that a request leaves out: its name, id and cell, and why."""
    return "%s (%s) in %s: %s" % (
        clean(excluded["name"], 64),
        clean(excluded["source_server_id"], 40),
        clean(excluded["cell"], 64),
        clean(excluded["reason"], 240),
    )
