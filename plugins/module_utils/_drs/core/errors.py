"""Errors: one catalogue that turns every code into a cause, a remedy and whether waiting may cure it.

Codes come from AWS (catalogue_aws), from this collection (catalogue_own, catalogue_plan, catalogue_plan_file,
catalogue_guardrails), from
failed launches (catalogue_launch), from the installation of agents (catalogue_agent), from capacity and extension
(catalogue_extension), from replication (catalogue_replication), from setting up (catalogue_setup), from runs
(catalogue_runs), from reports (catalogue_report), from failback (catalogue_failback), from launch settings, tags and
the network of drills (catalogue_settings), and from what tells about runs (catalogue_record).
Messages pass through ``scrub`` first: no external id or key is ever repeated.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.agents import (
    AGENT,
    INSTALL_PATTERNS,
    STATUS_CODES,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.aws import AWS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.staging import EXTENSION
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.failback import FAILBACK
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.launch import (
    EVENT_CODES,
    LAUNCH,
    RAW_PATTERNS,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.own import OWN
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.plan import PLAN
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.plan_file import PLAN_FILE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.guardrails import GUARDRAILS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.history import RECORD
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.replication import REPLICATION
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.reports import REPORT
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.runs import RUNS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.settings import SETTINGS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.setup import SETUP
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry

UNKNOWN_ERROR = "unknown_error"
CATALOGUE: dict[str, Entry] = {
    **AWS,
    **OWN,
    **PLAN,
    **PLAN_FILE,
    **GUARDRAILS,
    **LAUNCH,
    **REPLICATION,
    **AGENT,
    **EXTENSION,
    **SETUP,
    **RUNS,
    **REPORT,
    **FAILBACK,
    **SETTINGS,
    **RECORD,
}
_HTTP_ERROR = re.compile(r"^[45]\d\d$")

# A raw error of DRS may be 64 KiB; nobody reads more than this, and a wave has hundreds of servers.
MESSAGE_LIMIT = 2000
REDACTED = "[redacted]"
_SECRET_NAMES = (
    r"(?:sts:)?external[ _-]?id|(?:aws[_-]?)?secret[_-]?(?:access[_-]?)?key|(?:aws[_-]?)?session[_-]?token|"
    r"(?:x-amz-)?security[_-]token|x-amz-(?:signature|credential)|aws_?access_?key_?id|access[_-]?key(?:[_-]?id)?|"
    r"x-amz-security-token|signature|credential|password"
)
_SCRUBBERS = (
    # XML elements, as STS writes them.
    (re.compile("(<(" + _SECRET_NAMES + r")>)[^<]*(</\2>)", re.IGNORECASE), r"\1" + REDACTED + r"\3"),
    # name=value, name: value, "name": "value", name 'value' and their escaped forms.
    (
        re.compile(
            r"(?<![A-Za-z])((?:" + _SECRET_NAMES + r")\\*[\"']?(?:\s*[:=]\s*|\s+(?=\\*[\"'])))"
            r"(\\*\"[^\"]*\"|'[^']*'|[^\s,;&)}\]<>\"']+)",
            re.IGNORECASE,
        ),
        r"\1" + REDACTED,
    ),
    (re.compile(r"(Bearer\s+|AWS4-HMAC-SHA256\s+)[^\r\n]+", re.IGNORECASE), r"\1" + REDACTED),
    # Long-term and temporary access key ids, wherever they stand.
    (re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}"), REDACTED),
)


class DrsError(Exception):
    """An error with a code of the catalogue.

    ``code``, ``message``, ``cause``, ``remedy``, ``retryable`` as ``explain`` gives them (``remedy`` and ``retryable``
    can be overruled); ``details`` is free data about it, for example ``{"source_server_ids": [...]}``.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        operation: str = "",
        remedy: str | None = None,
        retryable: bool | None = None,
        details: Mapping[str, Any] | None = None,
        secrets: Iterable[str | None] = (),
    ) -> None:
        known = explain(code, message, operation, secrets)
        super().__init__(known["message"])
        self.code: str = known["code"]
        self.message: str = known["message"]
        self.cause: str = known["cause"]
        self.remedy: str = known["remedy"] if remedy is None else remedy
        self.retryable: bool = known["retryable"] if retryable is None else retryable
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def to_dict(self) -> dict[str, Any]:
        """The error as plain data: code, message, cause, remedy, retryable, details."""
        return {
            "code": self.code,
            "message": self.message,
            "cause": self.cause,
            "remedy": self.remedy,
            "retryable": self.retryable,
            "details": self.details,
        }


def scrub(text: Any, secrets: Iterable[str | None] = ()) -> str:
    """Return text without external ids, access keys, secret keys, tokens and signatures.

    Values that are known to be secret (``secrets``, for example the cell's external id) go wherever they stand; the
    rest is found by its name or form. Control characters become spaces, and text over MESSAGE_LIMIT characters is cut.
    """
    clean = "" if text is None else str(text)
    # The longest first, so that a secret that contains another one leaves nothing behind. A very short one counts
    # only as a whole word: an external id "dr" must not turn every "drs" into a riddle that gives it away.
    known = sorted({str(secret) for secret in secrets if secret}, key=len, reverse=True)
    if known:
        parts = (re.escape(one) if len(one) > 3 else r"(?<!\w)" + re.escape(one) + r"(?!\w)" for one in known)
        clean = re.sub("|".join(parts), REDACTED, clean)
    for pattern, replacement in _SCRUBBERS:
        clean = pattern.sub(replacement, clean)
    clean = "".join(char if char.isprintable() or char == "\n" else " " for char in clean).strip()
    return clean if len(clean) <= MESSAGE_LIMIT else clean[: MESSAGE_LIMIT - 4].rstrip() + " ..."


def lookup(code: str, operation: str = "") -> Entry:
    """The catalogue's entry for a code, its meaning for the operation first; a generic one for a code nobody knows."""
    for key in (f"{operation}:{code}", code):
        if key in CATALOGUE:
            return CATALOGUE[key]
    if _HTTP_ERROR.match(code):
        # A body that botocore could not parse leaves only the HTTP status as a code.
        return CATALOGUE["InternalFailure"] if code[0] == "5" else CATALOGUE["ValidationException"]
    return CATALOGUE[UNKNOWN_ERROR]


def explain(code: str, message: Any = "", operation: str = "", secrets: Iterable[str | None] = ()) -> dict[str, Any]:
    """Explain an error.

    :param code: an AWS error code, the class name of a botocore exception, or a code of this collection.
    :param message: what was said; scrubbed. Without one the cause stands in for it.
    :param operation: the API operation, for example ``AssumeRole``; some codes mean more there.
    :returns: ``{code, message, cause, remedy, retryable}``; never fails, a code nobody knows gets a generic remedy.
    """
    name = str(code or UNKNOWN_ERROR)
    return _told(name, lookup(name, operation), message, secrets)


def explain_launch_failure(
    event: str | None, raw_error: Any = "", secrets: Iterable[str | None] = ()
) -> dict[str, Any]:
    """Explain why a server's launch failed, from the job log's event and its raw error (either may be missing)."""
    text = "" if raw_error is None else str(raw_error)
    for pattern, code in RAW_PATTERNS:
        if pattern.search(text):
            return _told(code, LAUNCH[code], text, secrets)
    code = EVENT_CODES.get(str(event or ""), "launch_failed")
    return _told(code, CATALOGUE[code], text, secrets)


def explain_install_failure(
    status_details: str | None, output: Any = "", secrets: Iterable[str | None] = ()
) -> dict[str, Any]:
    """Explain why a command of Systems Manager did not install the agent.

    :param status_details: what Systems Manager says of the invocation, for example ``ExecutionTimedOut``; where it says
        why by itself, that counts. ``Success`` says nothing: a download that was not run also ends in it.
    :param output: what the installer wrote; the line that names a known failure becomes the message.
    """
    status, text = str(status_details or ""), "" if output is None else str(output)
    if status in STATUS_CODES:
        code = STATUS_CODES[status]
        return _told(code, AGENT[code], "", secrets)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for pattern, code in INSTALL_PATTERNS:
        told = next((line for line in lines if pattern.search(line)), "")
        if told or pattern.search(text):
            return _told(code, AGENT[code], told or text, secrets)
    if status == "Success":
        return _told("install_no_source_server", AGENT["install_no_source_server"], "", secrets)
    code = "install_failed" if lines or status == "Failed" else "ssm_unknown_status"
    return _told(code, AGENT[code], " / ".join(lines[-3:]), secrets)


def explain_replication(error_code: str | None, raw: Any = "", secrets: Iterable[str | None] = ()) -> dict[str, Any]:
    """Explain an error of replication (dataReplicationError, of a source server or a recovery instance)."""
    name = str(error_code or "replication_error")
    return _told(name, REPLICATION.get(name, REPLICATION["replication_error"]), raw, secrets)


def _told(code: str, entry: Entry, message: Any, secrets: Iterable[str | None]) -> dict[str, Any]:
    return {
        "code": code,
        "message": scrub(message, secrets) or entry.cause,
        "cause": entry.cause,
        "remedy": entry.remedy,
        "retryable": entry.retryable,
    }
