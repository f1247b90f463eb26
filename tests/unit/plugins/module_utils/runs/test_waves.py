"""Test what a wave keeps: what was launched stays known, a validation that failed stays failed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import waves

DENIED = {"code": "AccessDeniedException", "message": "no", "remedy": "", "retryable": False}


def entry(outcome, job_id=None, cell="a", **more):
    return {"cell": cell, "source_server_id": "s-1", "outcome": outcome, "job_id": job_id, "error": None, **more}


@pytest.mark.parametrize("known", ["launched", "in_progress", "failed"])
@pytest.mark.parametrize("seen", ["refused", "unknown"])
def test_a_look_that_sees_no_job_erases_nothing_and_says_why(known, seen):
    before = entry(known, "drsjob-1", recovery_instance_id="i-1", changed=True)
    (kept,) = waves.not_erased([before], [entry(seen, error=DENIED)])
    assert kept == {**before, "error": DENIED, "changed": False, "adopted": True}


@pytest.mark.parametrize(
    ("before", "fresh"),
    [
        # a look that saw its job knows better
        (entry("launched", "drsjob-1"), entry("unknown", "drsjob-1")),
        (entry("failed", "drsjob-1"), entry("launched", "drsjob-2")),
        # nothing had been started
        (entry("refused"), entry("unknown")),
        ({"cell": "a", "source_server_id": "s-1"}, entry("refused")),
        (entry("launched", "drsjob-1", cell="b"), entry("refused")),
    ],
)
def test_what_was_seen_counts(before, fresh):
    assert waves.not_erased([before], [fresh]) == [fresh]
    assert waves.not_erased(None, [fresh]) == [fresh]


@pytest.mark.parametrize(
    ("failed", "before", "after"),
    [
        (None, {"failed": ["a: no"]}, {"failed": ["a: no"]}),
        ([], {"failed": ["a: no"]}, {"failed": []}),
        (["b: no"], {"failed": []}, {"failed": ["b: no"]}),
        (None, {"failed": []}, None),
        (None, None, None),
    ],
)
def test_a_validation_that_failed_stays_failed_until_one_passes(failed, before, after):
    assert waves.validation(failed, before) == after
