"""Leaves the artifact of a playbook that fails before its last page: a bad option, no cell, a store that is away.

It belongs to the playbooks of this collection and is loaded with them; nobody has to enable it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.plugins.callback import CallbackBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact
from ansible_collections.resilience.drs.plugins.plugin_utils._play import whose
from ansible_collections.resilience.drs.plugins.plugin_utils._play.leaving import Leaving

_PLAYBOOKS = whose.playbooks(__file__)


class CallbackModule(CallbackBase):
    """Sees what fails in the playbooks of this collection."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "drs_artifact"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._leaving = Leaving()
        self._playbook = None

    def v2_playbook_on_play_start(self, play):
        """Remember whose play it is, and what an earlier playbook has left."""
        playbook = whose.playbook(play, _PLAYBOOKS)
        if playbook != self._playbook:
            # before the first one there is nothing
            if self._leaving.loader:
                self._leaving.begin()
            self._playbook = playbook
        self._leaving.loader = play.get_loader()

    def v2_playbook_on_no_hosts_matched(self):
        """A play that had no cell to work on."""
        if not self._leaving.is_new():
            self._leave({"error": {"code": "no_cells"}})

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A task that failed, though a rescue may follow: a page that is shown later leaves an artifact of its own."""
        if not ignore_errors:
            self._leave(result._result)  # pylint: disable=protected-access

    def _leave(self, result):
        role = artifact.ROLES.get(self._playbook)
        if role is not None:
            self._leaving.leave(role, result)
