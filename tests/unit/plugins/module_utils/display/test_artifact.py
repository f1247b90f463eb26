"""Test what a verb leaves for the next job, and that it is what the published schema promises."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import (
    NAME,
    SCHEMA,
    VERBS,
    artifact,
    stats,
)

LAUNCHED, FAILED = {"outcome": "launched"}, {"outcome": "failed"}
LOST = {"cell": "orders.us-west-2", "error": {"code": "access_denied"}}
DATA = {
    "run": (
        {
            "name": "first-1",
            "mode": "drill",
            "status": "partial",
            "report_path": "/reports",
            "waves": [{"wave": "1", "servers": [LAUNCHED, LAUNCHED]}, {"wave": "2", "servers": [FAILED]}],
            "plan": {"unknown_cells": [LOST]},
        },
        {
            "mode": "drill",
            "run_id": "first-1",
            "status": "partial",
            "counts": {"launched": 2, "failed": 1},
            "coverage": "incomplete",
            "uncovered": ["orders.us-west-2"],
            "report_path": "/reports",
        },
    ),
    "status": ({"cells": [{"cell": "a", "source_servers": []}, LOST]}, {"uncovered": ["orders.us-west-2"]}),
    "cleanup": ({"asked": "of run first-1", "servers": [{"outcome": "terminated"}]}, {"counts": {"terminated": 1}}),
    "journal": (
        {"run": {"run_id": "r", "mode": "recovery", "status": "waiting"}},
        {"status": "waiting", "run_id": "r"},
    ),
    "report": (
        {"report": {"path": "/out", "verdict": {"word": "PASS"}, "run_id": "r"}, "evidence": {"path": "/out/e"}},
        {"status": "PASS", "report_path": "/out", "evidence_path": "/out/e"},
    ),
    "failback": (
        {"name": "home-1", "status": "waiting", "servers": [LAUNCHED]},
        {"run_id": "home-1", "verb": "failback"},
    ),
    "deploy": ({"deployment_id": "d-1", "waves": [{"servers": [{"outcome": "installed"}]}]}, {"run_id": "d-1"}),
    "readiness": ({"cells": 2, "unknown_cells": [LOST], "servers": 7}, {"coverage": "incomplete", "counts": {}}),
    "watch": (
        {"view": {"run_id": "r", "mode": "drill", "status": "running", "servers": {"launched": 2}}, "path": "/w"},
        {"run_id": "r", "mode": "drill", "status": "running", "counts": {"launched": 2}, "report_path": "/w"},
    ),
    "evidence": (
        {"about": {"run_id": "r", "state": "SIGNED"}, "files": 3, "path": "/ev"},
        {"run_id": "r", "verb": "evidence", "status": "unchanged", "evidence_path": "/ev", "report_path": ""},
    ),
    "tag_sync": ({"cells": [{"cell": "a", "servers": [{"outcome": "changed"}]}]}, {"counts": {"changed": 1}}),
}


@pytest.mark.parametrize("kind", DATA)
def test_what_a_verb_leaves(kind):
    data, wanted = DATA[kind]
    left = artifact(kind, data, "ansible-playbook resilience.drs.terminate -e terminate_run_id=first-1")
    assert left is not None and {key: left[key] for key in wanted} == wanted
    assert left["next"].startswith("ansible-playbook resilience.drs.terminate")


@pytest.mark.parametrize("kind", VERBS)
@pytest.mark.parametrize("data", [{}, DATA["run"][0]], ids=["nothing", "something"])
def test_it_is_what_the_schema_promises(kind, data):
    jsonschema.validate(artifact(kind, data), SCHEMA)


def test_only_the_end_of_a_verb_leaves_something():
    assert set(VERBS) <= set(render.KINDS)
    assert artifact("wave", DATA["run"][0]) is None and stats(None) == {}
    assert stats({"verb": "status"})["ansible_stats"]["data"] == {NAME: {"verb": "status"}}


def test_a_cell_that_failed_on_its_way_is_not_covered():
    told = artifact("setup", {"cells": [{"cell": "a"}], "failed_cells": ["b"], "mode": ""})
    assert (told["status"], told["coverage"], told["uncovered"]) == ("incomplete", "incomplete", ["b"])
    assert artifact("setup", {"cells": [{"cell": "a"}], "failed_cells": []})["status"] == "complete"
