"""What no_log hides of a task of this collection: everything that it prints but its closing lines.

Ansible hides the results of such a task, and nothing of what an action prints itself.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.utils.display import Display
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact, closing_lines
from ansible_collections.resilience.drs.plugins.plugin_utils._play.interrupted import STANDING


class Screen:
    """What the task of this process may print. Its threads print, too, so this is no variable of a context."""

    def __init__(self) -> None:
        self.hidden = False
        self._behind: list[str] = []

    @contextlib.contextmanager
    def of(self, task: Any) -> Iterator[None]:
        """While a task works: hidden where its no_log is set, by whatever says so."""
        before = self.hidden, self._behind
        self.hidden, self._behind = bool(task.no_log), []
        try:
            yield
        finally:
            self.hidden, self._behind = before

    def show(self, text: str) -> None:
        """Print a page or a line, unless it is hidden."""
        if not self.hidden:
            Display().display(text)

    def warn(self, text: str) -> None:
        """Print a warning, unless it is hidden."""
        if not self.hidden:
            Display().warning(text)

    def keep(self, kind: str, data: Mapping[str, Any]) -> None:
        """Remember the commands of the page that a verb ends with, for its closing lines."""
        if kind in artifact.VERBS:
            self._behind = closing_lines.after(data)

    def close(self, result: Mapping[str, Any], left: Mapping[str, Any] | None) -> None:
        """Print the closing lines of a task whose page is hidden.

        :param result: of the task. :param left: the artifact of its page.
        """
        if not self.hidden or result.get("task_file"):
            return
        code = artifact.code_of(result) if result.get("failed") else ""
        if code:
            # Ansible hides the code, too, and the artifact of the playbook has it
            STANDING.note(failed=code)
        for line in closing_lines.closing_lines(left, self._behind, code):
            Display().display(line)


SCREEN = Screen()
