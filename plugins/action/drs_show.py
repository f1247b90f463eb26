# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.plugins.action import ActionBase

from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import artifact, stats
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands
from ansible_collections.resilience.drs.plugins.plugin_utils._play.hidden import SCREEN
from ansible_collections.resilience.drs.plugins.plugin_utils._play.screen import WIDTH


class ActionModule(ActionBase):
    """Prints a table as it is; a debug task would print it as a quoted string in a dictionary."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    _supports_diff = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(
            argument_spec={
                "kind": {"type": "str", "choices": list(render.KINDS), "required": True},
                "data": {"type": "dict", "required": True},
                "width": {"type": "int"},
                "next_command": {"type": "str"},
                "next_playbook": {"type": "str"},
                "next_options": {"type": "dict", "default": {}},
                "next_kept": {"type": "list", "elements": "str", "default": []},
                "next_check": {"type": "bool", "default": False},
            }
        )
        command = params["next_command"] or ""
        if params["next_playbook"]:
            hands = Hands(self._loader, task_vars or {})
            command = hands.next(
                params["next_playbook"], params["next_options"], params["next_kept"], params["next_check"]
            )
        text = render.render(params["kind"], {**params["data"], "next": command}, params["width"] or WIDTH)
        left = artifact(params["kind"], params["data"], command)
        with SCREEN.of(self._task):
            SCREEN.show(text)
            SCREEN.keep(params["kind"], {**params["data"], "next": command})
            SCREEN.close(result, left)
        result.update(changed=False, text=text)
        # a role that another one has called is a step of that one, whose own end leaves the artifact
        if not (task_vars or {}).get("ansible_parent_role_names"):
            result.update(stats(left))
        return result
