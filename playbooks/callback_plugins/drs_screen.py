"""Keeps the screen of this collection's playbooks to what they have to say: no line for a task that went well.

It belongs to the playbooks of this collection and is loaded with them; nobody has to enable it. What a person set for
the screen stays as they set it, more verbosity (-v) shows everything, and the plays of other playbooks look as ever.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
import os
from collections.abc import Mapping

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.playbook.task_include import TaskInclude
from ansible.plugins.callback import CallbackBase
from ansible.plugins.callback.default import CallbackModule as Default
from ansible_collections.resilience.drs.plugins.plugin_utils._play import whose

_OURS = "resilience.drs."
_HIDDEN = ("display_ok_hosts", "display_skipped_hosts")
# A mapping or a list of a failed task of ours with more characters is for programs.
_MOST = 400
_PLAYBOOKS = whose.playbooks(__file__)
_COLLECTION = os.path.dirname(_PLAYBOOKS)


def _asked_for(option, name):
    """Whether a person said that a screen shall show it; a screen that does not know the option is left alone."""
    for known in (name, "default"):
        try:
            value, origin = C.config.get_config_value_and_origin(option, plugin_type="callback", plugin_name=known)
        except AnsibleError:
            continue
        return origin != "default" and bool(value)
    return True


class _Unchanging:
    """The display of a screen without the lines that say of a host that it changed."""

    def __init__(self, display):
        self._display = display

    def __getattr__(self, name):
        return getattr(self._display, name)

    def display(self, msg, *args, **kwargs):
        """Print all but those lines."""
        if not str(msg).startswith("changed: ["):
            self._display.display(msg, *args, **kwargs)


def _brief(result, ours=False):
    """A result whose failure its message has told: with the code, and not with the same words once more.

    An error of this collection is also there as data, for programs, which get it as it is; and so are a plan and its
    servers, which stand on the page above.

    :param ours: the task is one of this collection, and has failed.
    """
    if ours and result.get("msg"):
        result = {key: value for key, value in result.items() if key in ("error", "details") or not _bulky(value)}
    error = result.get("error")
    if not (result.get("msg") and isinstance(error, Mapping) and {"code", "message", "remedy"} <= set(error)):
        return result
    return {**{key: value for key, value in result.items() if key != "details"}, "error": error["code"]}


def _bulky(value):
    return isinstance(value, (Mapping, list, tuple)) and len(str(value)) > _MOST


def quiet(screen, verbosity):
    """Hide what went well and what was skipped or included on a screen, where nobody said anything about it.

    :param screen: the callback that prints: Ansible's own or one made from it, as that of AWX is.
    :returns: how to show it again.
    """
    name = getattr(screen, "_load_name", "") or "default"
    before = {}
    for option in _HIDDEN:
        if not verbosity and not _asked_for(option, name):
            before[option] = screen.get_option(option)
            screen.set_option(option, False)
    if "display_ok_hosts" not in before:
        return lambda: None

    def quietly(shown):
        def went_well(result):
            # Ansible prints the heading of an include although nothing may follow it; and what a walk has to say stands
            # above already, so that it changed something is left to the recap. The event itself goes on, for a platform
            # keeps it.
            task, told = result._task, result._result  # pylint: disable=protected-access
            display = screen._display  # pylint: disable=protected-access
            # what a person's own tasks say, those of a validation for example, is theirs to see
            theirs = not whose.within(task, _COLLECTION)
            if isinstance(task, TaskInclude) or str(task.action).startswith(_OURS):
                screen._last_task_banner = task._uuid  # pylint: disable=protected-access
                if not theirs:
                    screen._display = _Unchanging(display)  # pylint: disable=protected-access
            if not theirs and not told.get("changed"):
                # Ansible drops the warnings of what it does not show
                screen._handle_warnings(told)  # pylint: disable=protected-access
            screen.set_option("display_ok_hosts", theirs and before["display_ok_hosts"])
            try:
                shown(result)
            finally:
                screen.set_option("display_ok_hosts", False)
                screen._display = display  # pylint: disable=protected-access

        return went_well

    failing = []

    def failed(shown):
        def has_failed(result, *args, **kwargs):
            failing.append(whose.within(result._task, _COLLECTION))  # pylint: disable=protected-access
            try:
                shown(result, *args, **kwargs)
            finally:
                failing.pop()

        return has_failed

    # on this object alone, and taken away again below
    screen.v2_runner_on_ok = quietly(screen.v2_runner_on_ok)
    screen.v2_runner_item_on_ok = quietly(screen.v2_runner_item_on_ok)
    screen.v2_runner_on_failed = failed(screen.v2_runner_on_failed)
    screen.v2_runner_item_on_failed = failed(screen.v2_runner_item_on_failed)
    screen.v2_playbook_on_include = lambda included_file: None
    dumped = screen._dump_results  # pylint: disable=protected-access
    screen._dump_results = lambda result, *args, **options: dumped(
        _brief(result, failing[-1:] == [True]), *args, **options
    )

    def loud():
        for option, value in before.items():
            screen.set_option(option, value)
        del screen.v2_runner_on_ok, screen.v2_runner_item_on_ok, screen.v2_playbook_on_include, screen._dump_results
        del screen.v2_runner_on_failed, screen.v2_runner_item_on_failed

    return loud


class CallbackModule(CallbackBase):
    """Looks at each play that begins: one of this collection is quiet, another one as it was."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "drs_screen"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._screens = None
        self._loud = []

    def v2_playbook_on_play_start(self, play):
        """Set the screens for this play."""
        if self._screens is None:
            # Ansible hands a callback no other one, so they are looked for
            self._screens = [one for one in gc.get_objects() if issubclass(type(one), Default)]
        while self._loud:
            self._loud.pop()()
        if whose.within(play, _PLAYBOOKS):
            self._loud = [quiet(screen, self._display.verbosity) for screen in self._screens]
