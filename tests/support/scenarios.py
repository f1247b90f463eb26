"""Scenarios as data, for the tests of the collection."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

REGION = "us-west-2"
SECRET = "external-id-that-nobody-may-see"
ROLE = "DRSOrchestration"
# Accounts of the shared simulator, one for each test that needs no scenario of its own.
POOL = [f"1000000{number:05}" for number in range(1, 61)]


def account(identity: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    """An account with DRS in one Region and a role that demands an external id."""
    role = {"name": ROLE, "external_id": SECRET}
    whole = {"id": identity, "name": name or identity, "types": ["target"], "regions": [REGION], "role": role}
    return {**whole, **more}


def fleet(identity: str, count: int, name: str, wave: int | str = 1, **more: Any) -> dict[str, Any]:
    """Servers of one wave, protected and in step. tags are added to the usual ones."""
    tags = {"dr:enabled": "true", "dr:wave": str(wave), **more.pop("tags", {})}
    return {"account": identity, "region": REGION, "count": count, "name": name, "tags": tags, **more}


def many_accounts() -> dict[str, Any]:
    """The accounts of POOL, each with web-01 to web-04 in wave 1; every launch job takes 600 seconds."""
    return {
        "accounts": [account(one) for one in POOL],
        "fleets": [fleet(one, 4, "web-{n:02}") for one in POOL],
        "jobs": {"total": 600},
    }


def three_waves(**more: Any) -> dict[str, Any]:
    """One account with databases in wave 1, applications in wave 2, web servers (not critical) in wave 3."""
    one = "111111111111"
    return {
        "accounts": [account(one, "payments")],
        "fleets": [
            fleet(one, 2, "db-{n:02}", 1, tags={"dr:application": "payments"}),
            fleet(one, 3, "app-{n:02}", 2, tags={"dr:application": "payments"}),
            fleet(one, 3, "web-{n:02}", 3, tags={"dr:application": "shop", "dr:critical": "false"}),
        ],
        "jobs": {"total": 600},
        **more,
    }
