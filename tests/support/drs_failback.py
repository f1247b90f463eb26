"""Helpers of the failback tests: two cells, a server that was failed over, its failback.

Names are those of the user guide: A1 original machine, B1 source server, B2 recovery instance (B3 its machine, which
has the same id), A2 reversed source server, A3 failback instance (A4 its machine).
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from .drs_cell import ACCOUNT, REGION, STAGING, Cell, advance, fresh

HOME = "us-east-1"
A1 = "i-0a1a1a1a1a1a1a1a1"
#: Long enough for every copy and every job of these tests.
LONG = 86400.0


def two_accounts(**more: Any) -> dict[str, Any]:
    """A scenario of two accounts that trust each other, both initialised in both Regions."""
    accounts = [{"id": one, "name": f"account-{one[0]}", "regions": [REGION, HOME]} for one in (ACCOUNT, STAGING)]
    return {"accounts": accounts, "failback_roles": [{"account": ACCOUNT, "trusts": STAGING}], **more}


class Pair:
    """A server of the original cell that replicates into the recovery cell."""

    def __init__(
        self, original: Cell | None = None, recovery: Cell | None = None, name: str = "web", **more: Any
    ) -> None:
        self.home, self.away = original or Cell(ACCOUNT, HOME), recovery or Cell()
        properties: dict[str, Any] = {
            "origin_account": self.home.account,
            "origin_region": self.home.region,
            "instance_id": A1,
            **more,
        }
        self.b1 = self.away.seed(name, **properties)

    def failover(self, drill: bool = False) -> str:
        """Launch in the recovery cell; B2."""
        self.away.launch(self.b1, drill=drill)
        return self.b2

    @property
    def b2(self) -> str:
        """The recovery instance."""
        return str(self.away.instances(self.b1)[0]["recoveryInstanceID"])

    def reverse(self, wait: float = LONG) -> str:
        """ReverseReplication(B2); A2's id."""
        arn = self.away.drs.reverse_replication(recoveryInstanceID=self.b2)["reversedDirectionSourceServerArn"]
        advance(wait)
        return str(arn).rpartition("/")[2]

    def fail_back(self, a2: str, drill: bool = False) -> str:
        """Launch in the original cell; A3."""
        self.home.launch(a2, drill=drill)
        return str(self.home.instances(a2)[0]["recoveryInstanceID"])

    def recovery_instance(self) -> dict[str, Any]:
        """B2 as DRS describes it."""
        return self.away.instances(self.b1)[0]


__all__ = ["A1", "HOME", "LONG", "Pair", "fresh", "two_accounts"]
