"""Test how post-launch actions judge their server, under each rule."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import post_launch


def run(status="FAILED", optional=False, name="check"):
    reason = "exit 1" if status == "FAILED" else None
    return {"name": name, "document": "D", "status": status, "optional": optional, "reason": reason, "run_id": name}


def entry(outcome, *runs, instance="i-1", error=None):
    return outcomes.server_entry(
        outcome, {"name": "db"}, post_launch=list(runs) or None, recovery_instance_id=instance, error=error
    )


@pytest.mark.parametrize(
    ("outcome", "runs", "instance", "rule", "became", "told"),
    [
        ("launched", [run("SUCCEEDED")], "i-1", "all", "launched", False),
        ("launched", [run(optional=True)], "i-1", "required", "launched", True),
        ("launched", [run(optional=True)], "i-1", "none", "launched", True),
        ("launched", [run(optional=True)], "i-1", "all", "failed", True),
        ("failed", [run()], "i-1", "required", "failed", True),
        ("failed", [run()], "i-1", "all", "failed", True),
        ("failed", [run()], "i-1", "none", "launched", True),
        # DRS names no instance: nothing says that the machine stands
        ("failed", [run()], None, "none", "failed", True),
        # it failed for another reason than its optional action
        ("failed", [run(optional=True)], "i-1", "none", "failed", False),
        ("failed", [], "i-1", "none", "failed", False),
        ("in_progress", [run(optional=True)], "i-1", "all", "in_progress", False),
    ],
)
def test_a_rule_judges_what_failed(outcome, runs, instance, rule, became, told):
    result = post_launch.judged(entry(outcome, *runs, instance=instance), rule)
    assert result["outcome"] == became
    assert bool(result["error"]) is told
    if told:
        assert result["error"]["code"] == "post_launch_failed"
        assert result["error"]["message"] == "db: check (D): exit 1"


def test_the_error_of_a_launched_server_is_not_lost_for_an_optional_action():
    older = {"code": "older_data", "message": "m", "remedy": "", "retryable": False}
    server = entry("launched", run(optional=True), error=older)
    assert post_launch.judged(server, "required")["error"]["code"] == "older_data"
    assert post_launch.judged(server, "all")["error"]["code"] == "post_launch_failed"


def test_runs_of_what_an_earlier_release_recorded_are_none():
    assert post_launch.runs_of(None) is None
    assert post_launch.runs_of({"source_server_id": "s-1"}) is None
    assert post_launch.runs_of({"actions": []}) is None
    assert post_launch.runs_of({"actions": [run()]}) == [run()]
