"""The end of a recovery: why its playbook fails, whatever took the run away."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing


@pytest.mark.parametrize(
    ("result", "clean", "problems"),
    [
        ({"status": "succeeded"}, None, []),
        ({"status": "succeeded"}, False, ["the clean-up is not complete"]),
        # everything was launched before somebody else cancelled the run: that is no success
        ({"status": "cancelled"}, None, ["the run was cancelled"]),
        ({"status": "cancelled", "stopped": "run_cancelled: no"}, None, ["run_cancelled: no"]),
        ({"status": "partial", "uncovered": ["a", "b"]}, True, ["coverage incomplete: a, b could not be read"]),
    ],
)
def test_why_a_playbook_fails_at_its_end(result, clean, problems):
    assert closing.problems(result, clean) == problems
