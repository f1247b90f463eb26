"""Leave the artifact of a verb that failed before its last page, where Ansible keeps what a playbook leaves.

That is in time: a platform reads it at the end of the playbook, before any callback but its own is called, and what a
failed task returns Ansible itself does not keep.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

from ansible.executor.stats import AggregateStats
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.variables import typed_variables
from ansible_collections.resilience.drs.plugins.plugin_utils._play.interrupted import STANDING


class Leaving:
    """The artifact of one playbook. ``loader`` is Ansible's, which knows what was typed."""

    def __init__(self) -> None:
        self.loader: Any = None
        self.stats: list[Any] | None = None
        self._before: Any = None

    def begin(self) -> None:
        """What is there by now is of something else."""
        self._before = self.left()

    def is_new(self) -> bool:
        """Whether something was left since ``begin``."""
        return self.left() is not self._before

    def leave(self, role: str, result: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> None:
        """Leave that a role has failed: what it has left as failed, or one that says why it came to nothing.

        :param role: one of ``artifact.ROLES``. :param result: of the task that failed.
        :param given: variables of the role beside what was typed.
        """
        code = artifact.code_of(plain({key: result.get(key) for key in ("error", "msg")}))
        # what no_log hides has its code nowhere else
        if "censored" in result:
            code = str(STANDING.noted().get("failed") or "")
        left = self.left()
        if left is not None and self.is_new():
            made = artifact.failed(left, code)
        else:
            made = artifact.refused(role, self._run_id(role, given or {}), code)
        for one in self._kept():
            one.set_custom_stats(artifact.NAME, made)

    def left(self) -> Any:
        """The artifact that is there; None without one."""
        runs = [one.custom.get("_run") or {} for one in self._kept()]
        return next((one[artifact.NAME] for one in runs if artifact.NAME in one), None)

    def _run_id(self, role: str, given: Mapping[str, Any]) -> str:
        """The run that was begun or asked for."""
        known = {**plain(dict(given)), **plain(typed_variables(self.loader))}
        asked = [known.get(name) for name in (role + "_run_id", role + "_id")]
        named = [STANDING.noted().get("run_id"), *(one for one in asked if "{{" not in str(one))]
        return str(next((one for one in named if one), ""))

    def _kept(self) -> list[Any]:
        """What Ansible keeps for the end of the playbook. It hands that to no callback before, so it is looked for."""
        if self.stats is None:
            self.stats = [one for one in gc.get_objects() if issubclass(type(one), AggregateStats)]
        return self.stats
