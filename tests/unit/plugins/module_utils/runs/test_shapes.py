"""Test the schemas of documents: what decides where and what becomes of a server has its type."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import shapes

SERVER = {"source_server_id": "s-1", "cell": "a", "region": "us-west-2", "job_id": None}
PLAN = {"mode": "drill", "hash": "x", "waves": [{"wave": "1", "servers": [SERVER], "by_cell": {"a": ["s-1"]}}]}
WAVE = {"wave": "1", "status": "done", "servers": [{**SERVER, "outcome": "launched"}], "ended_before": None}


@pytest.mark.parametrize(
    ("item", "body", "said"),
    [
        ("plan", PLAN, ""),
        ("wave:1", WAVE, ""),
        ("plan", {**PLAN, "excluded": 5}, "its member excluded is a number"),
        ("plan", {**PLAN, "summary": ["y"]}, "its member summary is a list"),
        ("plan", {**PLAN, "policy": "x"}, "its member policy is a text"),
        (
            "plan",
            {**PLAN, "waves": [{**PLAN["waves"][0], "servers": [{**SERVER, "region": []}]}]},
            "its member waves[0].servers[0].region is a list",
        ),
        ("wave:1", {**WAVE, "servers": [{**SERVER, "outcome": ["y"]}]}, "its member servers[0].outcome is a list"),
        ("wave:1", {**WAVE, "ended_at": 5}, "its member ended_at is a number"),
    ],
)
def test_a_document_has_its_shape(item, body, said):
    assert shapes.wrong(item, body) == said
