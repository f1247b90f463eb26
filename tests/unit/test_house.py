"""Test that this checkout keeps the house rules, and that tools/house.py detects each violation."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import house
import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "plugins/module_utils/_drs"
SIMULATOR = "simulator/drs_simulator"
HEAD = (
    '"""What it is for."""\n'
    "# Copyright (c) 2026, resilience.drs contributors\n"
    "# SPDX-License-Identifier: GPL-3.0-or-later\n"
    "# This file is private to the collection; nothing outside it may import it.\n"
    "from __future__ import annotations\n"
)
ROOM = "from ansible_collections.resilience.drs.plugins.module_utils._drs"

# (rule, path, the lines under the usual head)
BROKEN = [
    ("assert", f"{LIBRARY}/model/tags.py", "assert True"),
    ("assert", "simulator/drs_simulator/world/clock.py", "def f():\n    assert f"),
    ("length", f"{LIBRARY}/model/tags.py", "x = 1\n" * 400),
    ("length", "simulator/drs_simulator/world/clock.py", "x = 1\n" * 400),
    ("two-worlds", f"{LIBRARY}/aws/session.py", "import drs_simulator.clock"),
    ("two-worlds", "plugins/inventory/drs_accounts.py", "from moto.core import models"),
    ("two-worlds", "simulator/drs_simulator/http/server.py", f"{ROOM} import tags"),
    ("two-worlds", "simulator/drs_simulator/http/server.py", "def f():\n    import ansible.module_utils.basic"),
    ("two-worlds", "simulator/drs_simulator/ext/drs/models/jobs.py", "from plugins.module_utils import _drs"),
    ("pure-import", f"{LIBRARY}/model/tags.py", "import boto3"),
    ("pure-import", f"{LIBRARY}/plan/build.py", "import os"),
    ("pure-import", f"{LIBRARY}/plan/build.py", "from os import environ"),
    ("pure-import", f"{LIBRARY}/plan/build.py", "import random"),
    ("pure-import", f"{LIBRARY}/waiting/step.py", "import time"),
    ("pure-import", f"{LIBRARY}/safety/launch_checks.py", "from ansible.module_utils.basic import AnsibleModule"),
    (
        "pure-import",
        f"{LIBRARY}/safety/launch_checks.py",
        "def f():\n    try:\n        import botocore.exceptions\n    finally:\n        pass",
    ),
    ("pure-import", f"{LIBRARY}/plan/a_new_file.py", "import requests"),
    ("pure-import", f"{LIBRARY}/recovery/effects/launch.py", "import time"),
    ("pure-import", f"{LIBRARY}/recovery/effects/launch.py", "import boto3"),
    ("pure-import", f"{LIBRARY}/aws/clock.py", "import boto3"),
    ("room", f"{LIBRARY}/tags.py", "x = 1"),
    ("room", f"{LIBRARY}/a_new_room/tags.py", "x = 1"),
    ("room", f"{LIBRARY}/plan/effects/deeper/tags.py", "x = 1"),
    ("leftwards", f"{LIBRARY}/model/tags.py", f"{ROOM}.plan import build"),
    ("leftwards", f"{LIBRARY}/model/tags.py", f"{ROOM}.plan.build import plan"),
    ("leftwards", f"{LIBRARY}/model/tags.py", "from ..plan import build"),
    ("leftwards", f"{LIBRARY}/core/catalogue/aws.py", f"{ROOM}.core import text"),
    ("leftwards", f"{LIBRARY}/core/catalogue/aws.py", f"{ROOM}.core.errors import DrsError"),
    ("leftwards", f"{LIBRARY}/safety/guardrails.py", f"{ROOM}.waiting import pace"),
    ("leftwards", f"{LIBRARY}/status/effects/cell.py", f"{ROOM}.agents.effects import wait"),
    ("leftwards", f"{LIBRARY}/plan/build.py", f"{ROOM} import tables"),
    (
        "leftwards",
        f"{LIBRARY}/model/tags.py",
        "import ansible_collections.resilience.drs.plugins.module_utils._drs.plan.build as build",
    ),
    ("room", f"{SIMULATOR}/clock.py", "x = 1"),
    ("room", f"{SIMULATOR}/a_new_room/clock.py", "x = 1"),
    ("room", f"{SIMULATOR}/world/deeper/clock.py", "x = 1"),
    ("room", f"{SIMULATOR}/ext/clock.py", "x = 1"),
    ("room", f"{SIMULATOR}/ext/drs/deeper/clock.py", "x = 1"),
    ("leftwards", f"{SIMULATOR}/protocol/wire.py", "from drs_simulator.world import clock"),
    ("leftwards", f"{SIMULATOR}/protocol/wire.py", "def f():\n    from ..world.clock import Clock"),
    ("leftwards", f"{SIMULATOR}/world/clock.py", "import drs_simulator.iam.rules"),
    ("leftwards", f"{SIMULATOR}/world/clock.py", "from .. import iam"),
    ("leftwards", f"{SIMULATOR}/world/clock.py", "from drs_simulator import register"),
    ("leftwards", f"{SIMULATOR}/world/clock.py", "import drs_simulator"),
    ("leftwards", f"{SIMULATOR}/http/server.py", "from drs_simulator.__main__ import main"),
    ("leftwards", f"{SIMULATOR}/iam/keys.py", "from moto.drs.models import schedule"),
    ("leftwards", f"{SIMULATOR}/iam/keys.py", "from moto import drs"),
    ("leftwards", f"{SIMULATOR}/ext/drs/models/jobs.py", "from drs_simulator.machines import agents"),
    ("leftwards", f"{SIMULATOR}/ext/drs/urls.py", "from drs_simulator.ssm.api import list_commands"),
    ("pure", f"{LIBRARY}/recovery/choice.py", f"{ROOM}.recovery.effects import launch"),
    ("pure", f"{LIBRARY}/recovery/choice.py", f"{ROOM}.recovery.effects.launch import launch"),
    ("pure", f"{LIBRARY}/recovery/choice.py", "from .effects import launch"),
    ("pure", f"{LIBRARY}/recovery/choice.py", f"{ROOM}.safety.effects.drill_info import read"),
    ("pure", f"{LIBRARY}/safety/launch_checks.py", f"{ROOM}.aws.session import Cell"),
    ("pure", f"{LIBRARY}/plan/build.py", "def f():\n    from ..aws import clock"),
    ("pure-call", f"{LIBRARY}/plan/build.py", "from datetime import datetime\nx = datetime.now()"),
    ("pure-call", f"{LIBRARY}/plan/build.py", "import datetime\nx = datetime.datetime.utcnow()"),
    ("pure-call", f"{LIBRARY}/plan/build.py", "import datetime\nx = datetime.date.today()"),
    ("pure-call", f"{LIBRARY}/plan/build.py", "x = open('file')"),
    ("pure-call", f"{LIBRARY}/waiting/step.py", "print('line')"),
    ("pure-call", f"{LIBRARY}/plan/build.py", "x = __import__('boto3')"),
    ("pure-call", f"{LIBRARY}/recovery/effects/launch.py", "from datetime import datetime\nx = datetime.now()"),
    ("one-sleep", f"{LIBRARY}/aws/session.py", "import time\ntime.sleep(1)"),
    ("one-sleep", "plugins/action/drs_job_wait.py", "from time import sleep"),
    ("module-import", "plugins/modules/drs_plan.py", "import boto3"),
    ("module-import", "plugins/modules/drs_plan.py", "import time"),
    (
        "module-import",
        "plugins/modules/drs_plan.py",
        "from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import Cell",
    ),
    ("module-loop", "plugins/modules/drs_plan.py", "for x in ():\n    pass"),
    ("module-loop", "plugins/modules/drs_plan.py", "def f():\n    while f:\n        pass"),
    ("module-client", "plugins/modules/drs_plan.py", "def main(module):\n    return module.client('drs')"),
    (
        "module-client",
        "plugins/modules/drs_plan.py",
        "def main(client):\n    return client.get_paginator('describe_jobs')",
    ),
    ("plugin-import", "plugins/action/drs_job_wait.py", "import boto3"),
    ("plugin-import", "plugins/action/drs_job_wait.py", "import time"),
    ("plugin-import", "plugins/inventory/drs_accounts.py", "import boto3"),
    ("plugin-import", "plugins/plugin_utils/_inventory/cells.py", "from urllib.request import urlopen"),
]
# Rules about what is missing from a file, so the head is not put in front.
BARE = [
    ("purpose", f"{LIBRARY}/model/tags.py", HEAD.partition("\n")[2] + "x = 1\n"),
    ("future", "tools/demo.py", '"""D."""\n# SPDX-License-Identifier: GPL-3.0-or-later\nx = 1\n'),
    ("licence", "tools/demo.py", '"""D."""\nfrom __future__ import annotations\nx = 1\n'),
    (
        "licence",
        "tools/demo.py",
        '"""D."""\nfrom __future__ import annotations\n'
        + "x = 1\n" * 30
        + "# SPDX-License-Identifier: GPL-3.0-or-later\n",
    ),
    (
        "private-notice",
        f"{LIBRARY}/model/tags.py",
        HEAD.replace("# This file is private", "# This file is public") + "x = 1\n",
    ),
    (
        "private-notice",
        "plugins/plugin_utils/_inventory/cells.py",
        HEAD.replace("# This file is private", "# This file") + "x = 1\n",
    ),
]
KEPT = [
    (f"{LIBRARY}/model/tags.py", "import re\nfrom collections import abc\nfrom datetime import datetime, timedelta"),
    (
        f"{LIBRARY}/plan/build.py",
        f"{ROOM}.model import quotas, tags\n{ROOM}.core.errors import DrsError\nfrom . import graph",
    ),
    (f"{LIBRARY}/plan/build.py", "def f(clock):\n    return clock.now()"),
    (f"{LIBRARY}/aws/session.py", "import boto3\nfrom botocore.config import Config"),
    (f"{LIBRARY}/aws/clock.py", "import os\nimport time\ntime.sleep(1)"),
    (
        f"{LIBRARY}/recovery/effects/launch.py",
        f"{ROOM}.aws import drs\n{ROOM}.plan import build\n{ROOM}.aws.session import Cell",
    ),
    (
        f"{LIBRARY}/recovery/effects/wait.py",
        f"{ROOM}.waiting import step\n{ROOM}.waiting.effects import job_results\nfrom . import launch",
    ),
    ("plugins/modules/drs_plan.py", f"{ROOM}.aws.module import run\nx = [y for y in ()]" + "\nx = 1" * 500),
    (
        "plugins/modules/drs_plan.py",
        "from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule",
    ),
    ("plugins/action/drs_job_wait.py", f"from ansible.plugins.action import ActionBase\n{ROOM}.waiting import step"),
    ("plugins/inventory/drs_accounts.py", "from botocore.session import Session"),
    ("simulator/drs_simulator/world/clock.py", "import time\nimport moto.core\ntime.sleep(1)"),
    (
        f"{SIMULATOR}/world/clock.py",
        "from ..protocol import wire\nfrom ..scenario.checks import fail\nfrom . import journal",
    ),
    (f"{SIMULATOR}/world/clock.py", "import moto.drs_of_somebody_else"),
    (
        f"{SIMULATOR}/world/clock.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..iam.accounts import Accounts",
    ),
    (f"{SIMULATOR}/machines/agents.py", "def f():\n    from moto.drs.models import schedule\n    from moto import drs"),
    (f"{SIMULATOR}/ext/drs/models/jobs.py", "from .. import settings\nfrom ..exceptions import x\nfrom . import wire"),
    (f"{SIMULATOR}/ext/drs/models/jobs.py", "from drs_simulator.world.world import world"),
    (f"{SIMULATOR}/__main__.py", "from . import register\nfrom .http.server import Server"),
    ("tests/unit/test_tags.py", f"{ROOM}.model import tags\nassert tags" + "\nx = 1" * 500),
]


def test_the_house_is_in_order():
    assert [str(violation) for violation in house.check_tree(ROOT)] == []


def test_the_house_is_not_empty():
    """Guards against a checker that looks in the wrong place and therefore finds nothing."""
    assert len(list((ROOT / LIBRARY).rglob("*.py"))) > 8
    assert len(list((ROOT / "simulator" / "drs_simulator").rglob("*.py"))) > 8


@pytest.mark.parametrize(("rule", "path", "lines"), BROKEN)
def test_a_broken_rule_is_seen(rule, path, lines):
    assert {violation.rule for violation in house.check_source(path, f"{HEAD}{lines}\n")} >= {rule}


@pytest.mark.parametrize(("rule", "path", "text"), BARE)
def test_a_missing_line_is_seen(rule, path, text):
    assert [violation.rule for violation in house.check_source(path, text)] == [rule]


@pytest.mark.parametrize(("path", "lines"), KEPT)
def test_what_is_allowed_passes(path, lines):
    assert house.check_source(path, f"{HEAD}{lines}\n") == []


def test_every_rule_has_a_planted_source():
    of_trees = {"circle", "crowded", "raises", "shape"}  # planted below
    assert {rule for rule, path, text in BROKEN + BARE} | of_trees == set(house.RULES)


def planted(folder: Path, files: dict[str, str]) -> list[tuple[str, str]]:
    """Path and rule of what is found in a checkout of these files; a text that is a name imports that library file."""
    for name, lines in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + lines + "\n", encoding="utf-8")
    return [(violation.path, violation.rule) for violation in house.check_tree(folder)]


def test_circles_are_seen_in_the_library_and_the_simulator(tmp_path):
    found = planted(
        tmp_path,
        {
            f"{LIBRARY}/plan/a.py": f"{ROOM}.plan import b",
            f"{LIBRARY}/plan/b.py": "def f():\n    from .c import x",
            f"{LIBRARY}/plan/c.py": f"{ROOM}.plan.a import y",
            f"{LIBRARY}/plan/d.py": f"{ROOM}.plan.a import y",
            f"{SIMULATOR}/ext/drs/urls.py": "from moto.drs.models import jobs",
            f"{SIMULATOR}/ext/drs/models/jobs.py": "from drs_simulator.ext.drs.urls import x",
            "simulator/drs_simulator/http/wire.py": "from . import server",
            "simulator/drs_simulator/http/server.py": (
                "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .wire import Wire"
            ),
        },
    )
    assert found == [
        (f"{LIBRARY}/plan/a.py", "circle"),
        ("simulator/drs_simulator/ext/drs/models/jobs.py", "circle"),
    ]


@pytest.mark.parametrize("folder", [f"{LIBRARY}/plan", "plugins/plugin_utils/_report", "simulator/drs_simulator/http"])
def test_a_crowded_folder_is_seen(tmp_path, folder):
    files = {f"{folder}/f{number}.py": "x = 1" for number in range(20)}
    assert planted(tmp_path, {**files, f"{folder}/__init__.py": "x = 1"}) == []
    assert planted(tmp_path, {f"{folder}/one_more.py": "x = 1"}) == [(folder, "crowded")]


NOUNS = (
    "from typing import Any, TypedDict\nResult = dict[str, Any]\nAwsData = dict[str, Any]\n"
    "class _Wave(TypedDict):\n    name: str\nclass WaveEntry(_Wave):\n    servers: int\n"
)
ERRORS = (
    "class DrsError(Exception):\n    x = 1\nclass Fenced(DrsError):\n    x = 1\n"
    "def refusal(found) -> DrsError:\n    return DrsError(found)\n"
)

# the function f of a file in plan/, and whether its docstring says too little
RAISES = {
    "itself": "def f():\n    'Do it.'\n    raise DrsError('x')",
    "by its full name": "def f():\n    'Do it.'\n    raise errors.DrsError('x')",
    "a kind of it": "def f():\n    'Do it.'\n    raise Fenced('x')",
    "one that was made": "def f():\n    'Do it.'\n    raise findings.refusal([])",
    "what it caught": "def f():\n    'Do it.'\n    try:\n        g()\n    except DrsError:\n        raise",
    "what it caught by name": (
        "def f():\n    'Do it.'\n    try:\n        g()\n    except DrsError as e:\n        raise e"
    ),
    "in a handler": (
        "def f():\n    'Do it.'\n    try:\n        g()\n    except ValueError:\n        raise DrsError('x')"
    ),
    "by a call": "def _g():\n    raise DrsError('x')\ndef f():\n    'Do it.'\n    return _g()",
    "by two calls": "def _h():\n    raise DrsError('x')\ndef _g():\n    _h()\ndef f():\n    'Do it.'\n    _g()",
    "by AWS": "def f(cell):\n    'Do it.'\n    with cell.errors('GetRole'):\n        return 1",
    "by pages": "def f(cell):\n    'Do it.'\n    return pages(cell, 'drs')",
    "without a docstring": "def f():\n    raise DrsError('x')",
}
QUIET = {
    "it says so": "def f():\n    'Do it.\\n\\n:raises DrsError: x.\\n'\n    raise DrsError('x')",
    "it is private": "def _f():\n    raise DrsError('x')",
    "another error": "def f():\n    'Do it.'\n    raise ValueError('x')",
    "it catches it": (
        "def f():\n    'Do it.'\n    try:\n        raise DrsError('x')\n    except DrsError:\n        return 1"
    ),
    "another function does": (
        "def g():\n    'Raises DrsError.'\n    raise DrsError('x')\ndef f():\n    'Do it.'\n    return h()"
    ),
    "its caller catches it": (
        "def _g():\n    raise DrsError('x')\ndef f():\n    'Do it.'\n    try:\n        _g()\n"
        "    except DrsError:\n        return 1"
    ),
}
SHAPES = {
    "a dict": "def f() -> dict[str, int]:\n    'Numbers.'",
    "a bare dict": "def f() -> dict:\n    'Numbers.'",
    "dicts in a list": "def f() -> list[dict[str, int]] | None:\n    'Numbers.'",
    "a mapping": "def f() -> Mapping[str, int]:\n    'Numbers.'",
    "a noun": "def f() -> WaveEntry:\n    'What became of it.'",
    "a noun among others": "def f() -> tuple[int, list[WaveEntry]]:\n    'What became of it.'",
    "a result": "def f() -> Result:\n    'The result.'",
    "what AWS says": "def f() -> AwsData:\n    'What AWS says.'",
    "no docstring": "def f() -> dict[str, int]:\n    return {}",
}
SHAPED = {
    "braces": "def f() -> dict[str, int]:\n    'Numbers: {name: number}.'",
    "a field": "def f() -> Result:\n    'Numbers.\\n\\n:returns: numbers by name.\\n'",
    "its name": "def f() -> WaveEntry:\n    'The WaveEntry of a server.'",
    "its words": "def f() -> list[WaveEntry]:\n    'The wave entries of all servers.'",
    "an operation": "def f() -> AwsData:\n    'GetRole, as IAM has it.'",
    "private": "def _f() -> dict[str, int]:\n    'Numbers.'",
    "no dict": "def f() -> list[str]:\n    'Names.'",
}


def of_a_room(folder: Path, lines: str, room: str = "plan") -> list[tuple[str, str]]:
    """What is found in a checkout whose library has errors, nouns, and one more file."""
    files = {f"{LIBRARY}/core/errors.py": ERRORS, f"{LIBRARY}/core/nouns.py": NOUNS, f"{LIBRARY}/{room}/f.py": lines}
    return planted(folder, files)


@pytest.mark.parametrize("what", RAISES)
def test_an_error_that_no_docstring_tells_is_seen(tmp_path, what):
    assert of_a_room(tmp_path, RAISES[what]) == [(f"{LIBRARY}/plan/f.py", "raises")]


@pytest.mark.parametrize("what", SHAPES)
def test_a_dict_whose_shape_no_docstring_tells_is_seen(tmp_path, what):
    assert of_a_room(tmp_path, SHAPES[what]) == [(f"{LIBRARY}/plan/f.py", "shape")]


@pytest.mark.parametrize("lines", [*QUIET.values(), *SHAPED.values()], ids=[*QUIET, *SHAPED])
def test_a_docstring_that_says_enough_passes(tmp_path, lines):
    assert of_a_room(tmp_path, lines) == []


def test_methods_have_docstrings_as_functions_do(tmp_path):
    one = (
        "class A:\n    def f(self):\n        'Do it.'\n        self._g()\n"
        "    def _g(self):\n        raise DrsError('x')"
    )
    assert of_a_room(tmp_path, one) == [(f"{LIBRARY}/plan/f.py", "raises")]


def test_only_the_rooms_that_are_named_are_held_to_it(tmp_path):
    assert of_a_room(tmp_path, RAISES["itself"] + "\n", "display") == []


def test_planted_files_are_found_in_a_checkout(tmp_path):
    planted = {
        "plugins/module_utils/_drs/plan/build.py": "import boto3\n",
        "simulator/drs_simulator/http/x.py": "import ansible\n",
    }
    for name, lines in planted.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + lines, encoding="utf-8")
    (tmp_path / "plugins" / "module_utils" / "_drs" / "__init__.py").touch()
    found = house.check_tree(tmp_path)
    assert [(violation.path, violation.rule) for violation in found] == [
        ("plugins/module_utils/_drs/plan/build.py", "pure-import"),
        ("simulator/drs_simulator/http/x.py", "two-worlds"),
    ]
    assert str(found[0]).startswith("plugins/module_utils/_drs/plan/build.py:6: pure-import: plan/build imports boto3")
