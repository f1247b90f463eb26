"""Test the verdict on a wave of a deployment: failures, skipped machines, silent cells."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import machine_wave


def judge(*ends, started=None, **more):
    wave = {
        "wave": "1",
        "machines": [{"instance_id": f"i-{n}", "name": f"m{n}", "cell": "c"} for n in range(len(ends) or 2)],
    }
    servers = [
        outcomes.server_entry(end, {"instance_id": f"i-{n}", "name": f"m{n}", "cell": "c"})
        for n, end in enumerate(ends)
        if end
    ]
    answer = {"c": {"servers": servers}} if started is None else started
    return machine_wave.judge({"wave": wave, "started": answer, "waited": {}, "policy": {}, **more})


def test_the_gate_counts_failures():
    assert judge("installed", "already_installed")["proceed"]
    assert judge("installed", "installed", "installed", "failed")["proceed"]
    verdict = judge("installed", "failed")
    assert not verdict["proceed"] and [one["name"] for one in verdict["bad_servers"]] == ["m1"]
    assert verdict["reason"].startswith("stop: 1 machine did not succeed, at most 0 may fail: m1 (failed)")


def test_a_machine_that_nothing_could_be_sent_to_is_no_failure():
    assert judge("skipped", "skipped")["proceed"]
    assert judge("skipped", "installed")["reason"] == "proceed: 1 of 2 machines succeeded, 1 could not be sent to"


@pytest.mark.parametrize("end", ["in_progress", "queued", "unknown", "refused", None])
def test_what_has_not_succeeded_counts(end):
    assert not judge("installed", end)["proceed"]


def test_a_cell_that_failed_gives_its_machines_the_error():
    error = {"code": "AccessDenied", "message": "no", "remedy": "fix", "retryable": False}
    verdict = judge(started={"c": {"failed": True, "error": error}})
    assert {(one["outcome"], one["error"]["code"]) for one in verdict["servers"]} == {("refused", "AccessDenied")}
    silent = judge(started={})
    assert {(one["outcome"], one["error"]["code"]) for one in silent["servers"]} == {("unknown", "outcome_unknown")}


def test_what_the_wait_says_goes_over_what_sending_said():
    found = judge(
        "in_progress",
        waited={
            "c": {"servers": [outcomes.server_entry("installed", {"instance_id": "i-0", "name": "m0", "cell": "c"})]}
        },
    )
    assert [one["outcome"] for one in found["servers"]] == ["installed"]


def test_the_policy_says_how_many_machines_may_fail():
    assert judge("installed", "failed", policy={"max_failures": 1})["proceed"]
    assert not judge("installed", "installed", "installed", "failed", policy={"max_failures": "0%"})["proceed"]


def test_what_counts_as_success_may_be_given():
    assert not judge("removed", "skipped", success=["removed"])["proceed"]
