"""The logs of DRS jobs in the record of a run: which are known, and what another look adds. Pure.

A LOG is ``{cell, job_id, read_at, error, events}``, see ``model/run_nouns.JobLog``.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def known(logs: Sequence[Mapping[str, Any]] | None) -> set[str]:
    """The ids of the jobs whose logs are on record; one that could not be read is asked for again."""
    return {str(one.get("job_id")) for one in logs or () if not one.get("error")}


def merged(
    before: Sequence[Mapping[str, Any]] | None, fresh: Sequence[Mapping[str, Any]] | None
) -> list[dict[str, Any]]:
    """The logs of a record with those that were read since, by job: a log never gives way to the error of a later
    look, for DRS does not keep its jobs for ever.

    :returns: ``[{cell, job_id, read_at, error, events}]``.
    """
    have = known(before)
    result = {str(one.get("job_id")): dict(one) for one in before or ()}
    for one in fresh or ():
        if not (one.get("error") and one.get("job_id") in have):
            result[str(one.get("job_id"))] = dict(one)
    return list(result.values())
