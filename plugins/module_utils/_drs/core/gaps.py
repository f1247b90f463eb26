"""Gaps: what a service beside DRS did not say. It costs what that service alone knows, no more, and is named."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Error, Gap
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, remedy_of

OF_INSTANCES = "private addresses, types and subnets of recovery instances, and EC2's word on their state"
OF_MACHINES = "machines that are tagged for recovery and not in DRS"
OF_PROOF = "EC2's word on which machines are gone"
OF_LIMITS = "the limits of the account, for which the documented ones stand in"
OF_NAMES = "the names of accounts, for which an alias or the id stands in"


def of_ec2(missing: str, errors: Iterable[DrsError]) -> list[Gap]:
    """One gap for each error with which EC2 did not answer.

    :param missing: what nobody knows therefore, in words: one of the texts above.
    """
    return [of_error("EC2", missing, one) for one in errors]


def of_error(service: str, missing: str, error: DrsError) -> Gap:
    """The gap that a service leaves that answered with an error, or not at all; ``missing`` as in ``of_ec2``."""
    told: Error = {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "retryable": error.retryable,
    }
    return {"service": service, "missing": missing, "error": told}


def of_limits(capacity: Mapping[str, Any]) -> list[Gap]:
    """The gap that Service Quotas left in a CAPACITY: none where it answered."""
    told = capacity.get("limits_error")
    return [{"service": "Service Quotas", "missing": OF_LIMITS, "error": told}] if told else []


def line(cell: object, gap: Gap) -> str:
    """A gap in one sentence: service, cell, what is missing, why, and the remedy."""
    error = gap["error"]
    text = "%s in %s: %s (%s: %s)" % (
        clean(gap["service"], 40),
        clean(cell, 64),
        clean(gap["missing"], 120),
        clean(error["code"], 60),
        clean(error["message"], 200),
    )
    return "%s. Remedy: %s" % (text, remedy_of(error)) if error["remedy"] else text
