"""Test gaps: what a service beside DRS did not say is named with the service, the reason and the remedy."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import gaps
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

DENIED = DrsError("AccessDeniedException", "no servicequotas:ListServiceQuotas for you\x1b[0m")


@pytest.mark.parametrize("service", ["EC2", "Service Quotas", "Organizations", "IAM"])
def test_a_gap_says_who_what_why_and_what_to_do(service):
    text = gaps.line("payments.us-west-2", gaps.of_error(service, gaps.OF_LIMITS, DENIED))
    assert text.startswith(f"{service} in payments.us-west-2: the limits of the account")
    assert "AccessDeniedException: no servicequotas:ListServiceQuotas" in text
    assert text.endswith(f"Remedy: {DENIED.remedy}") and "\x1b" not in text


def test_one_gap_for_each_error_of_ec2():
    assert gaps.of_ec2(gaps.OF_PROOF, []) == []
    found = gaps.of_ec2(gaps.OF_PROOF, [DENIED, DrsError("ReadTimeoutError", "late")])
    assert [(one["service"], one["error"]["code"]) for one in found] == [
        ("EC2", "AccessDeniedException"),
        ("EC2", "ReadTimeoutError"),
    ]


@pytest.mark.parametrize("capacity", [{}, {"limits_error": None}])
def test_limits_that_were_read_are_no_gap(capacity):
    assert gaps.of_limits(capacity) == []


def test_limits_that_were_not_read_are_one():
    told = {"code": "ReadTimeoutError", "message": "late", "remedy": "wait", "retryable": True}
    (gap,) = gaps.of_limits({"limits_error": told})
    assert (gap["service"], gap["error"]) == ("Service Quotas", told)
