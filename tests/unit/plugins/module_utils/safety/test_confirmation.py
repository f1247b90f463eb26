"""Test the typed confirmation: everything must be named, and nothing else is accepted."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.confirmation import (
    check_confirmation,
    confirmation_text,
)


def codes(findings, severity="error"):
    return [item["code"] for item in findings if item["severity"] == severity]


@pytest.mark.parametrize(
    ("text", "mode", "region", "accepted"),
    [
        ("FAILOVER payments 12 us-west-2", "recovery", "us-west-2", True),
        ("  FAILOVER   payments 12 us-west-2\n", "recovery", ["us-west-2"], True),
        ("FAILOVER payments 12 eu-west-1,us-west-2", "recovery", ["us-west-2", "eu-west-1", "us-west-2"], True),
        ("DRILL payments 12 us-west-2", "drill", "us-west-2", True),
        ("TERMINATE payments 12 us-west-2", "terminate", "us-west-2", True),
        ("failover payments 12 us-west-2", "recovery", "us-west-2", False),
        ("DRILL payments 12 us-west-2", "recovery", "us-west-2", False),
        ("FAILOVER orders 12 us-west-2", "recovery", "us-west-2", False),
        ("FAILOVER payments 11 us-west-2", "recovery", "us-west-2", False),
        ("FAILOVER payments 12 eu-west-1", "recovery", "us-west-2", False),
        ("FAILOVER payments 12", "recovery", "us-west-2", False),
        ("yes", "recovery", "us-west-2", False),
        ("", "recovery", "us-west-2", False),
        (None, "recovery", "us-west-2", False),
        (True, "recovery", "us-west-2", False),
    ],
)
def test_the_confirmation_names_plan_count_and_region(text, mode, region, accepted):
    found = check_confirmation(text, mode, "payments", 12, region)
    assert bool(found) is not accepted
    if found:
        assert "payments 12" in found[0]["message"]


@pytest.mark.parametrize(
    ("text", "mode", "plan", "count", "region"),
    [
        ("STATUS p 1 r", "status", "p", 1, "r"),
        ("FAILOVER 1 r", "recovery", "", 1, "r"),
        ("FAILOVER p 0 r", "recovery", "p", 0, "r"),
        ("FAILOVER p 1", "recovery", "p", 1, []),
        ("FAILOVER p 1 ,r", "recovery", "p", 1, ["", "r"]),
        ("FAILOVER p 1", "recovery", "p", 1, ""),
    ],
)
def test_nothing_can_be_confirmed_without_its_parts(text, mode, plan, count, region):
    assert codes(check_confirmation(text, mode, plan, count, region)) == ["confirmation_mismatch"]


def test_one_server_can_be_confirmed():
    assert check_confirmation("FAILOVER p 1 r", "recovery", "p", 1, "r") == []


def test_without_a_server_there_are_no_words_that_confirm():
    assert confirmation_text("drill", "failover", 0, []) == ""
    assert confirmation_text("drill", "shop", 1, ["us-west-2"]) == "DRILL shop 1 us-west-2"
