"""What a verb prints at its end where no_log hides its page: how it ended in figures, and the commands to type.

They name no machine, account or message: only what was typed, words of this collection, and numbers.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import lookup
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data

HIDDEN = "no_log hides everything else; ANSIBLE_NO_LOG=false shows it, unless the play itself says no_log."


def commands(data: Data) -> list[str]:
    """The lines of a page that are commands: ``next``, ``then`` and ``otherwise`` of it."""
    beginnings = {
        "next": "next: ",
        "then": "and then: ",
        "otherwise": "or, to try no more and terminate what stands: ",
    }
    return [said + clean(data[name]) for name, said in beginnings.items() if data.get(name)]


def after(data: Data) -> list[str]:
    """What stands behind the figures of a page that is hidden: that it asks for a confirmation, and its commands."""
    asks = data.get("unconfirmed") or data.get("to_confirm")
    seen = "It asks for a confirmation, whose words stand on the page: look at that first, without no_log."
    return [*([seen] if asks else []), *commands(data)]


def closing_lines(left: Mapping[str, Any] | None, behind: Sequence[str] = (), code: str = "") -> list[str]:
    """The closing lines of a verb; none where there is nothing to say.

    :param left: the artifact of the verb, as ``artifact.artifact`` makes it; None where it came to no page.
    :param behind: see ``after``.
    :param code: of the error that it fails with, "" without one.
    """
    said = [*([_figures(left)] if left else []), *behind]
    if code:
        entry = lookup(code)
        said.append("ERROR %s: %s %s" % (clean(code, 60), entry.cause, entry.remedy))
    return [*said, HIDDEN] if said else []


def _figures(left: Mapping[str, Any]) -> str:
    mode = " (%s)" % left["mode"] if left["mode"] else ""
    name = " " + left["run_id"] if left["run_id"] else ""
    of_coverage = left["status"] in ("complete", "incomplete")
    parts = [] if of_coverage else [left["status"]]
    parts += ["%s %s" % (number, outcome.replace("_", " ")) for outcome, number in left["counts"].items()]
    lost = len(left["uncovered"])
    parts.append("%s not read" % count(lost, "cell was", "cells were") if lost else "")
    parts.append("coverage %s" % left["coverage"])
    parts.append("report in %s" % left["report_path"] if left["report_path"] else "")
    return "%s%s%s: %s" % (left["verb"].replace("_", " "), mode, name, ", ".join(filter(None, parts)))
