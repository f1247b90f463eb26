"""Test that work in a cell with expired credentials is repeated exactly once."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.fresh import again_when_expired

OVER = "ExpiredTokenException"
GOOD = {"servers": [{"error": None}]}


class Renewed:
    """A cell that counts how often its credentials were read anew."""

    times = 0

    def renew(self):
        self.times += 1


def refused(code):
    return {"servers": [{"error": {"code": code}}, {"error": None}]}


@pytest.mark.parametrize(
    ("answers", "renewed", "result"),
    [
        ([GOOD], 0, GOOD),
        ([refused(OVER), GOOD], 1, GOOD),
        ([DrsError(OVER, "over"), GOOD], 1, GOOD),
        ([refused(OVER), refused(OVER)], 1, refused(OVER)),
        ([refused("AccessDenied")], 0, refused("AccessDenied")),
        ([DrsError("AccessDenied", "no")], 0, "AccessDenied"),
        ([DrsError(OVER, "over"), DrsError(OVER, "over")], 1, OVER),
    ],
)
def test_once_more_with_fresh_credentials(answers, renewed, result):
    cell, left = Renewed(), list(answers)

    def work():
        answer = left.pop(0)
        if isinstance(answer, DrsError):
            raise answer
        return answer

    try:
        told = again_when_expired(cell, work)
    except DrsError as exc:
        told = exc.code
    assert (told, cell.times, left) == (result, renewed, [])
