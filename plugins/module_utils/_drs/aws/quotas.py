"""The calls of Service Quotas, one function each: what an account may have of DRS. They decide nothing."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.pages import pages
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell

PAGE_SIZE = 100
SERVICE = "drs"


def applied(cell: Cell) -> tuple[dict[str, t.Any], str | None]:
    """ListServiceQuotas of DRS.

    :returns: the applied value by quota code (``L-...``), and the account they belong to, None when nothing says it.
    :raises DrsError: what the service said; a role need not be allowed to ask. One that does not answer is given up
        soon: the documented limits are known without it.
    """
    items = pages(cell, "service-quotas", "list_service_quotas", "Quotas", PAGE_SIZE, True, ServiceCode=SERVICE)
    values = {item["QuotaCode"]: item.get("Value") for item in items if item.get("QuotaCode")}
    # arn:partition:servicequotas:region:ACCOUNT:...
    accounts = [(item.get("QuotaArn") or "::::").split(":")[4] for item in items]
    return values, next((one for one in accounts if one), None)
