"""Leaves the artifact of a playbook that fails before its last page: a bad option, no cell, a store that is away.

It belongs to the playbooks of this collection and is loaded with them; nobody has to enable it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc

from ansible.executor.stats import AggregateStats
from ansible.plugins.callback import CallbackBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.variables import typed_variables
from ansible_collections.resilience.drs.plugins.plugin_utils._play import whose
from ansible_collections.resilience.drs.plugins.plugin_utils._play.interrupted import STANDING

_PLAYBOOKS = whose.playbooks(__file__)


class CallbackModule(CallbackBase):
    """Sees what fails, and writes it where Ansible keeps what a playbook leaves.

    That is in time: a platform reads it at the end of the playbook, before any callback but its own is called, and what
    a failed task returns Ansible itself does not keep.
    """

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "drs_artifact"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._loader = None
        self._stats = None
        self._playbook = None
        self._before = None

    def v2_playbook_on_play_start(self, play):
        """Remember whose play it is, and what an earlier playbook has left."""
        playbook = whose.playbook(play, _PLAYBOOKS)
        if playbook != self._playbook:
            # before the first one there is nothing
            self._before = self._left() if self._loader else None
            self._playbook = playbook
        self._loader = play.get_loader()

    def v2_playbook_on_no_hosts_matched(self):
        """A play that had no cell to work on."""
        if self._left() is self._before:
            self._leave("no_cells")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A task that failed, though a rescue may follow: a page that is shown later leaves an artifact of its own."""
        if not ignore_errors:
            # pylint: disable=protected-access
            code = artifact.code_of(plain({key: result._result.get(key) for key in ("error", "msg")}))
            # what no_log hides has its code nowhere else
            if "censored" in result._result:
                code = str(STANDING.noted().get("failed") or "")
            self._leave(code)

    def _leave(self, code):
        role = artifact.ROLES.get(self._playbook)
        if role is None:
            return
        left = self._left()
        if left is not None and left is not self._before:
            made = artifact.failed(left, code)
        else:
            made = artifact.refused(role, self._run_id(role), code)
        for one in self._kept():
            one.set_custom_stats(artifact.NAME, made)

    def _run_id(self, role):
        """The run that was begun or asked for."""
        given = plain(typed_variables(self._loader))
        asked = [given.get(name) for name in (role + "_run_id", role + "_id")]
        named = [STANDING.noted().get("run_id"), *(one for one in asked if "{{" not in str(one))]
        return str(next((one for one in named if one), ""))

    def _left(self):
        """The artifact that is there; None without one."""
        runs = [one.custom.get("_run") or {} for one in self._kept()]
        return next((one[artifact.NAME] for one in runs if artifact.NAME in one), None)

    def _kept(self):
        """What Ansible keeps for the end of the playbook. It hands that to no callback before, so it is looked for."""
        if self._stats is None:
            self._stats = [one for one in gc.get_objects() if issubclass(type(one), AggregateStats)]
        return self._stats
