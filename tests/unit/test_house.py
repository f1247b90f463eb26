# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house hold in this checkout, and the checker of tools/house.py sees each one when it is broken."""

from __future__ import annotations

from pathlib import Path

import house
import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "plugins/module_utils/_drs"
HEAD = (
    "# Copyright (c) 2026, resilience.drs contributors\n"
    "# SPDX-License-Identifier: GPL-3.0-or-later\n"
    "# This file is private to the collection; nothing outside it may import it.\n"
    "from __future__ import annotations\n"
)
ROOM = "from ansible_collections.resilience.drs.plugins.module_utils._drs"

# (rule, path, the lines under the usual head)
BROKEN = [
    ("assert", f"{LIBRARY}/tags.py", "assert True"),
    ("assert", "simulator/drs_simulator/clock.py", "def f():\n    assert f"),
    ("length", f"{LIBRARY}/tags.py", "x = 1\n" * 400),
    ("length", "simulator/drs_simulator/clock.py", "x = 1\n" * 400),
    ("two-worlds", f"{LIBRARY}/session.py", "import drs_simulator.clock"),
    ("two-worlds", "plugins/inventory/drs_accounts.py", "from moto.core import models"),
    ("two-worlds", "simulator/drs_simulator/server.py", f"{ROOM} import tags"),
    ("two-worlds", "simulator/drs_simulator/server.py", "def f():\n    import ansible.module_utils.basic"),
    ("two-worlds", "simulator/drs_simulator/ext/drs/models/jobs.py", "from plugins.module_utils import _drs"),
    ("pure-import", f"{LIBRARY}/tags.py", "import boto3"),
    ("pure-import", f"{LIBRARY}/plan.py", "import os"),
    ("pure-import", f"{LIBRARY}/plan.py", "from os import environ"),
    ("pure-import", f"{LIBRARY}/plan.py", "import random"),
    ("pure-import", f"{LIBRARY}/progress.py", "import time"),
    ("pure-import", f"{LIBRARY}/guards.py", "from ansible.module_utils.basic import AnsibleModule"),
    (
        "pure-import",
        f"{LIBRARY}/guards.py",
        "def f():\n    try:\n        import botocore.exceptions\n    finally:\n        pass",
    ),
    ("pure-import", f"{LIBRARY}/a_new_room.py", "import requests"),
    ("pure-import", f"{LIBRARY}/recovery.py", "import time"),
    ("pure-import", f"{LIBRARY}/recovery.py", "import boto3"),
    ("pure-import", f"{LIBRARY}/clock.py", "import boto3"),
    ("downwards", f"{LIBRARY}/guards.py", f"{ROOM} import session"),
    ("downwards", f"{LIBRARY}/guards.py", f"{ROOM}.session import Cell"),
    ("downwards", f"{LIBRARY}/guards.py", "from .session import Cell"),
    ("downwards", f"{LIBRARY}/guards.py", "from . import clock"),
    (
        "downwards",
        f"{LIBRARY}/guards.py",
        "import ansible_collections.resilience.drs.plugins.module_utils._drs.api as api",
    ),
    ("downwards", f"{LIBRARY}/a_new_room.py", f"{ROOM} import recovery"),
    ("downwards", f"{LIBRARY}/recovery.py", f"{ROOM} import termination"),
    ("downwards", f"{LIBRARY}/recovery.py", f"{ROOM} import waiting"),
    ("downwards", f"{LIBRARY}/session.py", f"{ROOM} import api"),
    ("pure-call", f"{LIBRARY}/plan.py", "from datetime import datetime\nx = datetime.now()"),
    ("pure-call", f"{LIBRARY}/plan.py", "import datetime\nx = datetime.datetime.utcnow()"),
    ("pure-call", f"{LIBRARY}/plan.py", "import datetime\nx = datetime.date.today()"),
    ("pure-call", f"{LIBRARY}/plan.py", "x = open('file')"),
    ("pure-call", f"{LIBRARY}/progress.py", "print('line')"),
    ("pure-call", f"{LIBRARY}/plan.py", "x = __import__('boto3')"),
    ("pure-call", f"{LIBRARY}/recovery.py", "from datetime import datetime\nx = datetime.now()"),
    ("one-sleep", f"{LIBRARY}/session.py", "import time\ntime.sleep(1)"),
    ("one-sleep", "plugins/action/drs_job_wait.py", "from time import sleep"),
    ("module-import", "plugins/modules/drs_plan.py", "import boto3"),
    ("module-import", "plugins/modules/drs_plan.py", "import time"),
    (
        "module-import",
        "plugins/modules/drs_plan.py",
        "from ansible_collections.resilience.drs.plugins.plugin_utils._cells import Cell",
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
    ("plugin-import", "plugins/plugin_utils/_cells.py", "from urllib.request import urlopen"),
]
# Rules about what is missing from a file, so the head is not put in front.
BARE = [
    ("future", "tools/demo.py", "# SPDX-License-Identifier: GPL-3.0-or-later\nx = 1\n"),
    ("licence", "tools/demo.py", "from __future__ import annotations\nx = 1\n"),
    (
        "licence",
        "tools/demo.py",
        "from __future__ import annotations\n" + "x = 1\n" * 30 + "# SPDX-License-Identifier: GPL-3.0-or-later\n",
    ),
    (
        "private-notice",
        f"{LIBRARY}/tags.py",
        HEAD.replace("# This file is private", "# This file is public") + "x = 1\n",
    ),
    (
        "private-notice",
        "plugins/plugin_utils/_cells.py",
        HEAD.replace("# This file is private", "# This file") + "x = 1\n",
    ),
]
KEPT = [
    (f"{LIBRARY}/tags.py", "import re\nfrom collections import abc\nfrom datetime import datetime, timedelta"),
    (f"{LIBRARY}/plan.py", f"{ROOM} import guards, tags\n{ROOM}.errors import DrsError\nfrom . import quotas"),
    (f"{LIBRARY}/plan.py", "def f(clock):\n    return clock.now()"),
    (f"{LIBRARY}/session.py", "import boto3\nfrom botocore.config import Config"),
    (f"{LIBRARY}/clock.py", "import os\nimport time\ntime.sleep(1)"),
    (f"{LIBRARY}/recovery.py", f"{ROOM} import api, plan\n{ROOM}.session import Cell"),
    (f"{LIBRARY}/waiting.py", f"{ROOM} import api, results, progress"),
    ("plugins/modules/drs_plan.py", f"{ROOM}.modules import run\nx = [y for y in ()]" + "\nx = 1" * 500),
    (
        "plugins/modules/drs_plan.py",
        "from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule",
    ),
    ("plugins/action/drs_job_wait.py", f"from ansible.plugins.action import ActionBase\n{ROOM} import waiting"),
    ("plugins/inventory/drs_accounts.py", "from botocore.session import Session"),
    ("simulator/drs_simulator/clock.py", "import time\nimport moto.core\ntime.sleep(1)"),
    ("tests/unit/test_tags.py", f"{ROOM} import tags\nassert tags" + "\nx = 1" * 500),
]


def test_the_house_is_in_order():
    assert [str(violation) for violation in house.check_tree(ROOT)] == []


def test_the_house_is_not_empty():
    """Guards against a checker that looks in the wrong place and therefore finds nothing."""
    assert len(list((ROOT / LIBRARY).glob("*.py"))) > 8
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
    assert {rule for rule, path, text in BROKEN + BARE} == set(house.RULES)


def test_planted_files_are_found_in_a_checkout(tmp_path):
    planted = {
        "plugins/module_utils/_drs/plan.py": "import boto3\n",
        "simulator/drs_simulator/ext/x.py": "import ansible\n",
    }
    for name, lines in planted.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + lines, encoding="utf-8")
    (tmp_path / "plugins" / "module_utils" / "_drs" / "__init__.py").touch()
    found = house.check_tree(tmp_path)
    assert [(violation.path, violation.rule) for violation in found] == [
        ("plugins/module_utils/_drs/plan.py", "pure-import"),
        ("simulator/drs_simulator/ext/x.py", "two-worlds"),
    ]
    assert str(found[0]).startswith("plugins/module_utils/_drs/plan.py:5: pure-import: plan imports boto3")
