"""Test findings: what counts as an error, and how a refusal lists them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import errors_of, failure_text, finding


def test_a_failure_lists_every_error_once_and_counts_the_rest():
    found = [finding("error", "no_match", "nothing %d" % number) for number in range(30)]
    found += [finding("warning", "stale_data", "old"), found[0]]
    text = failure_text(found)
    assert len(text.splitlines()) == 21
    assert text.endswith("and 10 more")
    assert "old" not in text


def test_what_is_not_clearly_a_warning_is_an_error():
    assert errors_of([{"code": "x"}, {"severity": "info"}, {"severity": "warning"}]) == [
        {"code": "x"},
        {"severity": "info"},
    ]
