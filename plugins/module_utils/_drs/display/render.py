"""Render a page by its kind: problems first, numbers to the right, the next command last.

Everything that comes from outside (names, tags, messages) is cleaned and cut on its way into a table.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.resilience.drs.plugins.module_utils._drs.display import (
    agents,
    capacity,
    failback,
    history,
    plan,
    recovery,
    report,
    runs,
    settings,
    status,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.closing_lines import commands
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.page import Data, Page
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean

# Numbers are never cut, so a table cannot be narrower than its numbers and a few letters of a name.
NARROWEST = 80


def render(kind: str, data: Data, width: int = 100) -> str:
    """Render a table as text: lines of at most ``width`` columns (80 or more), no colours, no line break at the end.

    ``data`` by kind, with ``next`` (the command to type next; never cut) in each:

    - ``status``: ``cells`` as in a plan's request [{cell, error, source_servers, recovery_instances}],
      ``unprotected`` and ``untagged`` [{name, cell}], machines that are tagged but not in DRS and the reverse.
    - ``servers``: ``servers`` [SERVER].
    - ``plan``: a PLAN; with ``detail`` its servers are named however many they are; ``unconfirmed``,
      ``to_confirm``: see the functions of page.
    - ``wave``: ``wave``, ``servers`` [server entry] of all cells, ``verdict`` {proceed, reason}.
    - ``run``: ``waves`` [{wave, servers, verdict}], ``plan`` (PLAN; waves without a result are shown as not started),
      ``name``, ``elapsed_seconds``, ``told`` [wave] whose page this screen has shown: what failed there stands there.
    - ``cleanup``: ``servers`` [server entry] of the termination, ``left`` [RI] read again afterwards (None: not read),
      ``unknown_cells`` [{cell, error}].
    - ``deploy_plan``, ``deploy_wave``, ``deploy``: see display/agents.
    - ``capacity``, ``extension``: see display/capacity.
    - ``begun``, ``runs``, ``journal``: see display/runs.
    - ``report``, ``evidence``, ``watch``: see display/report.
    - ``failback_plan``, ``failback_stage``, ``failback``: see display/failback.
    - ``launch_actions``, ``launch_settings``, ``replication_settings``, ``tag_sync``: see display/settings.
    - ``history``, ``readiness``: see display/history.
    - ``said``: ``lines`` [text], what a task has to say and no table says.

    :raises ValueError: a kind that is not in KINDS.
    """
    if kind not in KINDS:
        raise ValueError("kind must be one of %s, not %r" % (", ".join(KINDS), kind))
    page = Page(max(NARROWEST, width))
    _RENDERERS[kind](page, data)
    if data.get("next"):
        page.blank()
    page.lines += commands(data)
    return "\n".join(line.rstrip() for line in page.lines)


def _said(page: Page, data: Data) -> None:
    """Lines as they are."""
    for line in data.get("lines") or ():
        page.say(clean(line))


_RENDERERS: dict[str, Callable[[Page, Any], None]] = {
    "said": _said,
    **status.RENDERERS,
    **plan.RENDERERS,
    **recovery.RENDERERS,
    **agents.RENDERERS,
    **capacity.RENDERERS,
    **runs.RENDERERS,
    **report.RENDERERS,
    **failback.RENDERERS,
    **settings.RENDERERS,
    **history.RENDERERS,
}
KINDS = tuple(_RENDERERS)
