"""What the record holds of a wave, and what a later read may change of it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import server_key
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry

_KNOWN = (outcomes.LAUNCHED, outcomes.IN_PROGRESS, outcomes.FAILED)
_NOTHING_SEEN = (outcomes.REFUSED, outcomes.UNKNOWN)


def not_erased(before: Iterable[Mapping[str, Any]] | None, fresh: Sequence[Entry]) -> list[Entry]:
    """The entries of a wave after another look at it: what is known to have been launched stays known.

    A server that a job of this run has launched, or tried to, keeps that outcome, its job and its instance when the
    look saw no job of it: because its cell could not be read, was not in the play, or refused the launch of others. Why
    nothing was seen is its error then.

    :param before: the entries of the record; those that were only intended have no outcome.
    :param fresh: the entries of this look, server_entry.
    """
    previous = {server_key(one): one for one in before or () if one.get("job_id") and one.get("outcome") in _KNOWN}
    result = []
    for one in fresh:
        was = previous.get(server_key(one))
        unseen = one.get("outcome") in _NOTHING_SEEN and not one.get("job_id")
        entry = {**was, "error": one.get("error"), "changed": False, "adopted": True} if was and unseen else one
        result.append(cast("Entry", entry))
    return result


def validation(failed: Sequence[str] | None, before: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the record says of the validation of a wave: {failed: [text]}; None when there never was one.

    One that failed stays failed until one passes, also for a command that asks for none.

    :param failed: the failures of this walk's validation, empty when it passed, None when none ran.
    :param before: what the record said.
    """
    if failed is not None:
        return {"failed": list(failed)}
    return {"failed": list(before["failed"])} if before and before.get("failed") else None
