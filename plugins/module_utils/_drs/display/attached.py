"""The volumes, network interfaces and snapshots of terminated instances in the closing tables that end with a proof."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Page
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources


def listed(page: Page, found: Mapping[str, Any]) -> None:
    """What a proof leaves open, each with its instance and what to do, and what stays by its own setting.

    :param found: the ``resources`` of a proof (``model/run_nouns.Resources``).
    """
    page.listed("LEFT of terminated instances", [resources.line(one) for one in found.get("left") or ()])
    page.listed("NOT PROVEN, of terminated instances", _alike(found.get("not_proven") or ()))
    page.listed("Kept of terminated instances", [resources.line(one) for one in found.get("kept") or ()])


def said(page: Page, found: Mapping[str, Any]) -> None:
    """The proof in a line, when there was anything to look at."""
    told = resources.sentence(found)
    if told:
        page.say("Of the instances: %s." % told)


def things(number: int) -> str:
    """How many volumes, network interfaces or snapshots there are, with the verb that follows."""
    return count(number, "volume, network interface or snapshot is", "volumes, network interfaces or snapshots are")


def _alike(unproven: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is not proven to be gone, once for each kind, cell and reason."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for one in unproven:
        key = tuple(clean(one.get(name), 300) for name in ("kind", "cell", "reason"))
        groups.setdefault(key, []).append(str(one.get("id") or "of %s" % one.get("volume_id")))
    return ["%s in %s: %s (%s)" % (*key, names(ids, 5)) for key, ids in groups.items()]
