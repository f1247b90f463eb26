"""Test the last word of a recovery's playbook: what it fails with, and the code by which an artifact tells it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.plugin_utils._action.recovery import Recovery

UNWRITTEN = "report_not_written: /srv/dr: no space is left"
MISSING = "the report that was asked for was not written: " + UNWRITTEN
REFUSED = {"msg": "no_cells: none", "error": {"code": "no_cells"}}


@pytest.mark.parametrize(
    ("walked", "no_report", "message", "code"),
    [
        ({"begun": True, "result": {"status": "succeeded"}}, "", None, None),
        ({"begun": True, "result": {"status": "succeeded"}}, UNWRITTEN, MISSING, "report_not_written"),
        # the status of the record says more than that
        ({"begun": True, "result": {"status": "failed", "stopped": "wave 1"}}, UNWRITTEN, f"wave 1; {MISSING}", None),
        ({"begun": False, "refused": REFUSED}, UNWRITTEN, "no_cells: none", "no_cells"),
    ],
)
def test_a_report_that_was_asked_for_and_is_missing_is_no_success(walked, no_report, message, code):
    one = object.__new__(Recovery)
    one._vars = {Recovery.FACT: walked}
    told = one.closed(None, no_report)
    assert (told.get("failed", False), told.get("msg")) == (message is not None, message)
    assert told.get("error", {}).get("code") == code
