"""Test what a verb says at its end where no_log hides its page: figures and commands, and nothing of a result."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import VERBS, artifact
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.closing_lines import (
    HIDDEN,
    after,
    closing_lines,
)

SERVERS = [{"name": "db-01", "outcome": "launched"}, {"name": "db-02", "outcome": "already_installed"}]
LOST = [{"cell": "shop.us-west-2", "error": {"code": "AccessDenied", "message": "111111111111"}}]
DATA = {"servers": SERVERS, "cells": LOST, "unknown_cells": [], "run": {"run_id": "r-1", "status": "partial"}}


@pytest.mark.parametrize("kind", sorted(VERBS))
def test_of_every_page_that_ends_a_verb_there_are_figures_and_no_names(kind):
    left = artifact(kind, DATA, "type this")
    lines = closing_lines(left, after({**DATA, "next": "type this"}))
    text = "\n".join(lines)
    status = "unchanged" if kind == "evidence" else "partial"
    assert lines[0].startswith(
        "%s r-1: %s, 1 launched, 1 already installed, " % (VERBS[kind].replace("_", " "), status)
    )
    assert "1 cell was not read, coverage incomplete" in lines[0] and lines[1:] == ["next: type this", HIDDEN]
    assert not [name for name in ("db-0", "shop", "111111111111") if name in text]


def test_the_other_commands_stand_there_and_that_a_confirmation_is_asked_for():
    page = {
        "next": "a",
        "then": "b",
        "otherwise": "c",
        "unconfirmed": {"option": "recovery_confirm", "wanted": "RECOVER"},
    }
    asked, *commands = after(page)
    assert "confirmation" in asked and "RECOVER" not in asked, "nobody confirms what they have not seen"
    assert commands == ["next: a", "and then: b", "or, to try no more and terminate what stands: c"]


def test_an_error_is_told_by_its_code_its_cause_and_its_remedy():
    entry = CATALOGUE["run_unknown"]
    assert closing_lines(None, (), "run_unknown") == [f"ERROR run_unknown: {entry.cause} {entry.remedy}", HIDDEN]


def test_what_has_nothing_to_say_says_nothing():
    assert closing_lines(None) == []
