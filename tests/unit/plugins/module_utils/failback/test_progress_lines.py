"""Test the progress line of a failback."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import progress_lines

GIB = 1024**3


def entry(outcome: str, copied: int, total: int = 10) -> dict[str, Any]:
    told = {"replicated_bytes": copied * GIB, "total_bytes": total * GIB}
    return {"outcome": outcome, "failback": {"progress": told}}


def test_the_bytes_are_those_of_all_and_do_not_shrink_while_servers_settle():
    before = progress_lines.progress([entry("in_progress", 10), entry("in_progress", 5)])
    after = progress_lines.progress([entry("ready", 10), entry("in_progress", 5)])
    assert before == "0 of 2 servers there, 15.0 of 20.0 GiB (75 %)"
    assert after == "1 of 2 servers there, 15.0 of 20.0 GiB (75 %)"


def test_what_is_copied_is_not_counted_any_more_while_machines_start():
    assert progress_lines.progress([entry("in_progress", 10)]) == "0 of 1 server there"


def test_what_is_on_its_way_to_protection_is_not_said_to_be_protected():
    error = {"code": "protection_not_proven", "message": "shop-01: replication of its source server is INITIAL_SYNC"}
    told = {"stage": "protected", "did": ["ReverseReplication"], "progress": {"state": "INITIAL_SYNC"}}
    one: Any = {
        "name": "shop-01",
        "source_server_id": "s-1",
        "outcome": "in_progress",
        "failback": told,
        "error": error,
    }
    assert progress_lines.where(one) == "being protected, INITIAL_SYNC, ReverseReplication"
    assert progress_lines.waiting([one]) == "being protected: shop-01"
    assert progress_lines.standing(one).endswith("(replication of its source server is INITIAL_SYNC)")
    assert progress_lines.where({**one, "outcome": "protected", "error": None}) == "protected, ReverseReplication"


def test_a_copy_without_a_point_in_time_is_not_called_ready():
    error = {"code": "no_point_in_time_yet", "message": "shop-01: its copy s-2 has none so far"}
    one: Any = {
        "name": "shop-01",
        "source_server_id": "s-1",
        "outcome": "in_progress",
        "failback": {"stage": "ready", "progress": {"state": "CONTINUOUS"}},
        "error": error,
    }
    assert progress_lines.where(one) == "copied, no point in time yet, CONTINUOUS"
    assert progress_lines.waiting([one]) == "copied, no point in time yet: shop-01"
    assert progress_lines.standing(one).endswith("(its copy s-2 has none so far)")
    assert progress_lines.where({**one, "outcome": "ready", "error": None}) == "ready"
