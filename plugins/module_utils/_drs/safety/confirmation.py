"""The typed confirmation of a plan: the expected words, and whether they were typed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, quoted
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding

CONFIRMATION_WORDS = {
    "recovery": "FAILOVER",
    "failover": "FAILOVER",
    "drill": "DRILL",
    "terminate": "TERMINATE",
    "failback": "FAILBACK",
    "failback_drill": "DRILL",
}


def confirmation_text(
    mode: str, plan_name: str | None, count: int, regions: Iterable[str], terminates: Mapping[str, Any] | None = None
) -> str:
    """The text that a person must type to confirm; empty when there is nothing that could be confirmed.

    :param terminates: what goes for good in the end, {count, regions}; None or a count of 0 when nothing does.
    """
    if count < 1:
        return ""
    text = "%s %s %d %s" % (CONFIRMATION_WORDS[mode], plan_name, count, ",".join(sorted(set(regions))))
    if not terminates or not terminates["count"]:
        return text
    return "%s TERMINATE %d %s" % (text, terminates["count"], ",".join(sorted(set(terminates["regions"]))))


def check_confirmation(
    text: str | None,
    mode: str,
    plan_name: str | None,
    count: int,
    region: str | Iterable[str],
    terminates: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """Check what a person typed to confirm: ``FAILOVER <plan> <count> <region>``.

    ``mode`` recovery (or failover) wants FAILOVER, drill DRILL, terminate TERMINATE, failback FAILBACK. Several Regions
    are joined by commas in alphabetical order. Blanks around and between the words do not matter, everything else does.

    :param terminates: see ``confirmation_text``.
    :returns: an error finding that tells the text to type; none when it was typed.
    """
    regions = [region] if isinstance(region, str) else sorted(set(region))
    word = CONFIRMATION_WORDS.get(mode)
    if word is None or not plan_name or not regions or not all(regions) or count < 1:
        text_ = "there is nothing that could be confirmed: mode, plan name, server count or Region is missing"
        return [finding(ERROR, "confirmation_mismatch", text_)]
    expected = confirmation_text(mode, plan_name, count, regions, terminates)
    if isinstance(text, str) and text.split() == expected.split():
        return []
    said = "the confirmation must read '%s', typed was %s" % (clean(expected, 200), quoted(text))
    return [finding(ERROR, "confirmation_mismatch", said, details={"expected": expected})]
