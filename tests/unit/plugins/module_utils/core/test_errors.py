"""Test that DrsError carries the catalogue entry of its code."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import errors
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE


def test_drs_error_carries_the_catalogue():
    error = errors.DrsError("no_match", "nothing has dr:wave=7", details={"key": "dr:wave"})
    assert str(error) == "no_match: nothing has dr:wave=7"
    assert error.to_dict() == {
        "code": "no_match",
        "message": "nothing has dr:wave=7",
        "cause": CATALOGUE["no_match"].cause,
        "remedy": CATALOGUE["no_match"].remedy,
        "retryable": False,
        "details": {"key": "dr:wave"},
    }


def test_drs_error_can_overrule_remedy_and_retryable():
    error = errors.DrsError("no_match", remedy="Do this.", retryable=True)
    assert (error.remedy, error.retryable) == ("Do this.", True)
