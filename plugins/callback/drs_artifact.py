# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drs_artifact
type: notification
short_description: Leave the artifact of a role that fails before its last page
version_added: 1.0.0
author:
  - resilience.drs contributors (@resilience-drs)
description:
  - Every verb of this collection leaves C(drs_artifact) for the next job of a workflow. One that fails before its last
    page, by a wrong option or a store that is away, leaves why, with the C(error) of the catalogue.
  - The playbooks of this collection do so by themselves. Enable this callback for plays of your own that run its roles.
  - The artifact of a role is left also when the play rescues its failure. A play without any host runs no role, and
    leaves none.
requirements:
  - Enable it with C(callbacks_enabled), such as C(callbacks_enabled = resilience.drs.drs_artifact) in ansible.cfg or
    C(ANSIBLE_CALLBACKS_ENABLED=resilience.drs.drs_artifact).
"""

from ansible.plugins.callback import CallbackBase

from ansible_collections.resilience.drs.plugins.plugin_utils._action.variables import of_playbook
from ansible_collections.resilience.drs.plugins.plugin_utils._play import whose
from ansible_collections.resilience.drs.plugins.plugin_utils._play.leaving import Leaving


class CallbackModule(CallbackBase):
    """Sees what fails in roles of this collection, in plays of other people."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "resilience.drs.drs_artifact"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._leaving = Leaving()
        self._theirs = True
        self._role = ""

    def v2_playbook_on_play_start(self, play):
        """Leave the plays of this collection to what is loaded with them."""
        self._theirs = not whose.of_collection(play)
        self._leaving.loader = play.get_loader()

    def v2_playbook_on_task_start(self, task, is_conditional):
        """Remember what was left before a role that begins: it is not of this one."""
        role = whose.verb(task) if self._theirs else ""
        # the first task of a role may be Ansible's own check of its options
        if role and (role != self._role or whose.begins(task)):
            self._leaving.begin()
        self._role = role

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A task that failed in a role of this collection, or in one that it has called."""
        task = result._task  # pylint: disable=protected-access
        role = whose.verb(task) if self._theirs else ""
        if role and not ignore_errors:
            self._leaving.leave(role, result._result, of_playbook(task))  # pylint: disable=protected-access
