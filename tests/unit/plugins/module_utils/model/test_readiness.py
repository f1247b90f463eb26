"""Test readiness: every level is in one health group, everything else needs attention."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import readiness

GROUPS = {"ready": "ready", "lagging": "behind", "rescan": "behind", "initial_sync": "syncing", "initiating": "syncing"}


@pytest.mark.parametrize("level", readiness.LEVELS)
def test_the_group_of_every_level(level):
    server = {"readiness": {"level": level}, "replication": {"error": None}}
    assert readiness.health(server) == GROUPS.get(level, "attention")


@pytest.mark.parametrize(
    "server",
    [
        {},
        {"readiness": None},
        {"readiness": {"level": "brand_new"}},
        {"readiness": {"level": "ready"}, "replication": {"error": {"code": "AGENT_NOT_SEEN"}}},
    ],
)
def test_what_is_not_known_and_what_has_an_error_wants_attention(server):
    assert readiness.health(server) == "attention"
