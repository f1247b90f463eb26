"""Findings, the results of checks, in one shape. An error stops the action, a warning is only shown."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.plan import PLAN
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import lookup
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.redaction import scrub
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import with_remedy
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Finding

ERROR = "error"
WARNING = "warning"


def finding(
    severity: str,
    code: str,
    message: str,
    *,
    server: AnyServer | None = None,
    source_server_id: str | None = None,
    recovery_instance_id: str | None = None,
    cell: str | None = None,
    remedy: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Finding:
    """Build one finding.

    :param severity: ``error`` or ``warning``.
    :param code: a code of the catalogue; its remedy is used unless one is given.
    :param server: the server (or anything with its keys) that the finding is about; supplies id and cell.
    :returns: all plain data; it can stand as the error of a result.
    """
    entry = PLAN.get(code) or lookup(code)
    about = server or {}
    return {
        "severity": severity,
        "code": code,
        "message": scrub(message) or entry.cause,
        "remedy": entry.remedy if remedy is None else remedy,
        "retryable": entry.retryable,
        "source_server_id": source_server_id or about.get("source_server_id"),
        "recovery_instance_id": recovery_instance_id,
        "cell": cell or about.get("cell"),
        "details": dict(details or {}),
    }


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that stop the action. Anything that is not clearly a warning counts as an error."""
    return [item for item in findings if item.get("severity") != WARNING]


def failure_text(findings: Iterable[Finding], limit: int = 20) -> str:
    """Write all errors as one message, one line each, equal ones together; over ``limit`` lines the rest is counted."""
    lines: list[str] = []
    for item in errors_of(findings):
        line = "%s: %s" % (item["code"], with_remedy(item["message"], item.get("remedy")))
        if line not in lines:
            lines.append(line)
    if len(lines) > limit:
        lines = [*lines[:limit], "and %d more" % (len(lines) - limit)]
    return "\n".join(lines)


def refusal(findings: Iterable[Finding]) -> DrsError:
    """One error out of all error findings: nothing has been sent.

    Its code is that of the first one, its message and remedy hold each one's once, ``details`` has the errors.
    """
    wrong = errors_of(findings)
    return DrsError(
        wrong[0]["code"],
        "; ".join(dict.fromkeys(item["message"] for item in wrong)),
        remedy=" ".join(dict.fromkeys(item["remedy"] for item in wrong if item.get("remedy"))),
        details={"findings": wrong},
    )
