"""Who a cell is to AWS: the account that it is in, and the session that its calls are made with."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import TypedDict

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

_SESSION = ":assumed-role/"


class Caller(TypedDict):
    """The session of a cell as STS tells of it: ``arn`` is the principal that CloudTrail names, ``error`` why nobody
    knows it. ``source_identity`` is None where there is none or nobody can tell, see ``caller``."""

    cell: str
    account_id: str | None
    arn: str | None
    role_session_name: str | None
    source_identity: str | None
    error: str | None


def account_id(cell: Cell) -> str:
    """The account id: that of the role that the cell assumes, otherwise GetCallerIdentity, which nobody is denied.

    :raises DrsError: what STS said.
    """
    if cell.role_arn:
        return cell.role_arn.split(":")[4]
    with cell.errors("GetCallerIdentity"):
        return str(cell.client("sts").get_caller_identity()["Account"])


def caller(cell: Cell, ask: bool = False) -> Caller:
    """What STS tells of the session of a cell: the answer of the AssumeRole that made it, which costs no call, else
    GetCallerIdentity, which tells no source identity.

    :param ask: assume the role of a cell that has not been called yet.
    """
    told: dict[str, str | None] = {**cell.assumed}
    error = None
    if not told and cell.role_arn and not ask:
        error = "its role was not assumed"
    elif not told:
        try:
            with cell.errors("GetCallerIdentity"):
                told = {"arn": str(cell.client("sts", brief=True).get_caller_identity()["Arn"])}
            told = {**told, **cell.assumed}
        except DrsError as exc:
            error = exc.code
    arn = told.get("arn")
    return {
        "cell": cell.name,
        "account_id": arn.split(":")[4] if arn else None,
        "arn": arn,
        "role_session_name": arn.rpartition("/")[2] if arn and _SESSION in arn else None,
        "source_identity": told.get("source_identity"),
        "error": error,
    }
