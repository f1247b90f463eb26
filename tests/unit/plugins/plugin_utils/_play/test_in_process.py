"""Test where a module of one cell runs: in its task's process only where that is the Python that would run it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleBotocoreError
from ansible_collections.resilience.drs.plugins.action.drs_controller import ActionModule
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import module
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._play import in_process

MODULES = Path(__file__).resolve().parents[5] / "plugins" / "modules"
NAMES = sorted(path.stem for path in MODULES.glob("*.py") if "run_in_cell(" in path.read_text(encoding="utf-8"))
HERE = {"ansible_python_interpreter": sys.executable}


def action(name="drs_service", /, transport="local", become=None, check_mode=False, task_vars=None, **arguments):
    loader, task = DataLoader(), Task()
    task.action, task.args, task.check_mode = f"resilience.drs.{name}", arguments, check_mode
    return ActionModule(
        task=task,
        connection=types.SimpleNamespace(transport=transport, become=become, has_native_async=False),
        play_context=types.SimpleNamespace(check_mode=check_mode),
        loader=loader,
        templar=Templar(loader=loader, variables=HERE if task_vars is None else task_vars),
        shared_loader_obj=None,
    )


def test_a_module_on_this_machine_with_this_python_needs_no_process_of_its_own():
    assert in_process.possible(action(), HERE)


@pytest.mark.parametrize(
    "one",
    [
        {"transport": "ssh"},
        {"become": object()},
        {"debug_botocore_endpoint_logs": True},
        {"task_vars": {"ansible_python_interpreter": "/usr/bin/python3"}},
        {"task_vars": {"ansible_python_interpreter": "auto"}},
        {"task_vars": {}},
    ],
)
def test_every_other_module_is_shipped(one):
    assert not in_process.possible(action(**one), one.get("task_vars", HERE))


@pytest.mark.parametrize("what", ["environment", "async_val"])
def test_what_a_task_asks_for_is_given_by_a_process_of_its_own(what):
    asked = action()
    setattr(asked._task, what, {"environment": [{"AWS_CA_BUNDLE": "/x"}], "async_val": 30}[what])
    assert not in_process.possible(asked, HERE)
    setattr(asked._task, what, {"environment": [{}], "async_val": 0}[what])
    assert in_process.possible(asked, HERE)


def test_a_task_that_is_delegated_runs_with_the_python_of_where_it_goes():
    asked = action()
    asked._task.delegate_to = "bastion"
    assert in_process.possible(asked, {"ansible_delegated_vars": {"bastion": HERE}})
    other = {**HERE, "ansible_delegated_vars": {"bastion": {"ansible_python_interpreter": "/opt/python"}}}
    assert not in_process.possible(asked, other)
    assert not in_process.possible(asked, {**HERE, "ansible_delegated_vars": {"bastion": {}}})


@pytest.mark.parametrize("old", [True, False])
def test_what_boto3_lacks_is_told_by_the_module(monkeypatch, old):
    def check():
        if old:
            return False
        raise AnsibleBotocoreError(message="no boto3")

    monkeypatch.setattr(in_process, "check_sdk_version_supported", check)
    assert not in_process.possible(action(), HERE)


@pytest.mark.parametrize("name", NAMES)
def test_what_every_module_of_a_cell_does_is_known_without_running_it(name):
    asked = module.declared(importlib.import_module(in_process.MODULES + name).main)
    assert callable(asked.work) and isinstance(asked.spec, dict)
    # and afterwards it is a module again
    assert module._ASKED == []


def test_a_module_of_no_cell_is_said_to_be_none():
    with pytest.raises(TypeError):
        module.declared(lambda: None)


def stub(monkeypatch, work, **spec):
    asked = module.CellWork(work, spec, {})
    monkeypatch.setattr(module, "declared", lambda main: asked)
    monkeypatch.setattr(module, "Cell", lambda params: types.SimpleNamespace(**params))


def test_the_result_is_that_of_a_module(monkeypatch):
    stub(monkeypatch, lambda cell, params, check: {"in": cell.region, "check": check, "changed": check})
    done = in_process.run(action(region="us-west-2", check_mode=True), "drs_service", HERE)
    assert (done["in"], done["check"], done["changed"]) == ("us-west-2", True, True)
    stub(monkeypatch, lambda cell, params, check: {})
    assert in_process.run(action(), "drs_service", HERE)["changed"] is False


def test_no_secret_stands_in_the_result(monkeypatch):
    stub(monkeypatch, lambda cell, params, check: {"echo": f"<{params['external_id']}>", "deep": [dict(params)]})
    done = in_process.run(action(external_id="s3cret-of-shop", secret_key="s3cret-key"), "drs_service", HERE)
    assert "s3cret" not in str(done)


@pytest.mark.parametrize(
    ("error", "code"), [(DrsError("no_cells", "none"), "no_cells"), (ValueError("of our own"), "internal_error")]
)
def test_it_fails_in_the_one_way(monkeypatch, error, code):
    def work(cell, params, check):
        raise error

    stub(monkeypatch, work)
    done = in_process.run(action(cell="shop.us-west-2"), "drs_service", HERE)
    assert done["failed"] and done["error"]["code"] == code and done["msg"].startswith(f"shop.us-west-2: {code}: ")
    assert ("exception" in done) == (code == "internal_error")


def test_an_option_that_it_does_not_have_is_refused_under_its_name():
    asked = action(nonsense=1)
    asked._load_name = "resilience.drs.drs_service"
    with pytest.raises(AnsibleError, match=r"\(resilience\.drs\.drs_service\) module: nonsense"):
        in_process.run(asked, "drs_service", HERE)


@pytest.mark.parametrize("asked_for", [True, False, None])
def test_its_arguments_stand_in_the_result_where_those_of_a_module_would(monkeypatch, asked_for):
    def configured(name, variables):
        if asked_for is None:  # an ansible-core that does not know the setting
            raise AnsibleError(name)
        return asked_for

    stub(monkeypatch, lambda cell, params, check: {})
    monkeypatch.setattr(in_process, "config", types.SimpleNamespace(get_config_value=configured))
    done = in_process.run(action(region="us-west-2"), "drs_service", HERE)
    assert (done.get("invocation") or {"module_args": {}})["module_args"].get("region") == (
        None if asked_for is False else "us-west-2"
    )
