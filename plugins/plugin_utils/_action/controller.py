"""The base of actions that compute on the controller or work with the run store.

They run in the process of the task, because a module would cost another one that first loads everything: a second for
a verdict that takes a millisecond.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact
from ansible_collections.resilience.drs.plugins.plugin_utils._action.files import absolute
from ansible_collections.resilience.drs.plugins.plugin_utils._play import shape, stepping
from ansible_collections.resilience.drs.plugins.plugin_utils._play.hidden import SCREEN
from ansible_collections.resilience.drs.plugins.plugin_utils._play.interrupted import STANDING
from ansible_collections.resilience.drs.plugins.plugin_utils._play.unattended import attended

Params = dict[str, Any]


def plain(value: Any) -> Any:
    """Options as a module would get them: without what Ansible adds to them. They are data here, whoever wrote them."""
    return json.loads(json.dumps(value, default=_text))


def _text(value: Any) -> str:
    """What JSON does not know: YAML makes dates of what looks like one."""
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _left_as_failed(result: dict[str, Any]) -> dict[str, Any]:
    """A result whose artifact, made when its page was shown, does not call complete what fails after it."""
    left = artifact.of_result(result)
    if not result.get("failed") or not left:
        return result
    return {**result, **artifact.stats(artifact.failed(left, artifact.code_of(result)))}


class ControllerAction(ActionBase):
    """An action on the controller. It sets SPEC, if need be RULES, and says what ``work`` is."""

    TRANSFERS_FILES = False
    SPEC: Mapping[str, Any] = {}
    RULES: Mapping[str, Any] = {}
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = False

    def work(self, params: Params, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The result. Raises DrsError."""
        raise NotImplementedError

    def kept(self, params: Params, result: Mapping[str, Any]) -> dict[str, Any]:
        """What the end of the playbook needs of the result and cannot see where no_log hides it: see ``Standing``."""
        return {}

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Check the options, work, and tell."""
        result = super().run(tmp, task_vars)
        # a copy, for Ansible writes the defaults of suboptions into the default of their option
        _validation, params = self.validate_argument_spec(argument_spec=copy.deepcopy(dict(self.SPEC)), **self.RULES)
        with SCREEN.of(self._task):
            try:
                self._look_at_play(task_vars or {})
                with attended():
                    result = _left_as_failed({**result, **self.work(self._placed(plain(params)), task_vars or {})})
            except DrsError as exc:
                result = {**result, "failed": True, **failure(exc)}
            SCREEN.close(result, artifact.of_result(result))
            if SCREEN.hidden:
                STANDING.note(**self.kept(params, result))
        return result

    def _look_at_play(self, task_vars: Mapping[str, Any]) -> None:
        """Refuse a play that would do the work of a role of ours in part.

        :raises DrsError: ``play_not_supported``, ``task_skipped``.
        """
        role = shape.own_role(self._task)
        if role and role not in shape.ANYWHERE:
            shape.refuse_division(self._task, task_vars)
        unchecked = stepping.unchecked(role, self._task.action, task_vars)
        if unchecked is not None:
            raise unchecked

    def _placed(self, params: Params) -> Params:
        """The options with paths that begin where the command was typed, that of a run store among them."""
        for name, spec in self.SPEC.items():
            value = params.get(name)
            if spec.get("type") == "path" and value:
                params[name] = absolute(value)
            elif name == "store" and isinstance(value, dict) and value.get("path"):
                with contextlib.suppress(DrsError):  # the store itself says that there is no home
                    params[name] = {**value, "path": absolute(value["path"])}
        return params
