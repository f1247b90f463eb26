"""Run action plugins and modules as Ansible does: arguments in, one result out."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.module_utils import basic
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core 2.17, where modules read their arguments from here

    @contextlib.contextmanager
    def patch_module_args(args: dict[str, Any]) -> Iterator[None]:
        """Arguments for the module that is made in this context."""
        given = json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", given):
            yield


PLUGINS = "ansible_collections.resilience.drs.plugins"
ROOT = Path(__file__).resolve().parents[2]
ROUTES = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))


def source(name: str) -> str:
    """The text of a module; empty for a name that is none."""
    file = ROOT / "plugins" / "modules" / f"{name}.py"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def action_file(name: str) -> types.ModuleType | None:
    """The file of the action that Ansible would run for a module: where meta/runtime.yml sends it, or its namesake.

    None for a module of one cell, which tests of modules run as one.
    """
    if name.startswith("drs_") and "run_in_cell(" in source(name):
        return None
    route = ROUTES["plugin_routing"]["modules"].get(name, {}).get("action_plugin", name).rpartition(".")[2]
    if importlib.util.find_spec(f"{PLUGINS}.action.{route}") is None:
        return None
    return importlib.import_module(f"{PLUGINS}.action.{route}")


def run_action(name: str, /, check_mode: bool = False, **arguments: Any) -> dict[str, Any]:
    """Run an action plugin on the controller; raises AnsibleError for options that it does not take."""
    module = action_file(name)
    loader, task = DataLoader(), Task()
    task.action, task.args = f"resilience.drs.{name}", arguments
    task.check_mode = check_mode
    action = module.ActionModule(
        task=task,
        connection=types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir=None), _load_name="local"),
        play_context=types.SimpleNamespace(check_mode=check_mode),
        loader=loader,
        templar=Templar(loader=loader),
        shared_loader_obj=None,
    )
    action._load_name = task.action  # as the loader of plugins does; ansible-core 2.17 names it in errors
    return dict(action.run(task_vars={"inventory_hostname": "localhost"}))


def runner(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Something that runs what a task of that name would: the action plugin where there is one, else the module."""

    def go(name: str, /, check_mode: bool = False, **arguments: Any) -> dict[str, Any]:
        if action_file(name):
            try:
                return dict(json.loads(json.dumps(run_action(name, check_mode, **arguments))))
            except AnsibleError as exc:
                return {"failed": True, "msg": str(exc)}
        with patch_module_args({**arguments, "_ansible_check_mode": check_mode}):
            with pytest.raises(SystemExit) as ended:
                importlib.import_module(f"{PLUGINS}.modules.{name}").main()
        result = dict(json.loads(capsys.readouterr().out))
        assert bool(ended.value.code) is bool(result.get("failed"))
        return result

    return go
