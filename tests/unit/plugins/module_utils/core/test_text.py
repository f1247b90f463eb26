"""Test that a text is made harmless the same way, however plain it is."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import text


def test_plain_text_is_cleaned_as_any_other():
    """What is ASCII alone takes a shorter way to the same end; the letter beside it sends it the long way."""
    for number in range(128):
        for given in (f"a{chr(number)}b", f"a {chr(number)}  b", chr(number), f"a{chr(number)}[31mb"):
            assert text.clean(given) == text.clean(given + " |\u00e9").rpartition("|")[0].strip()
            assert text.columns(given) == text.columns(given + "\u00e9") - 1
