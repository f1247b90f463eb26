"""Explain an error code: cause, remedy, and whether waiting may cure it, from the one catalogue.

The codes are those of AWS, of this collection, of failed launches, of the installation of agents and of replication;
core/catalogue holds them by topic. Messages are redacted first.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.agents import (
    AGENT,
    STATUS_CODES,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.aws import AWS, BY_MESSAGE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.code_shapes import (
    DESTRUCTIVE,
    EXPLICIT_DENY,
    OF_DRS,
    OF_DRS_ONLY,
    PATTERNS,
    SHAPES,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.staging import EXTENSION
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.failback import FAILBACK
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.launch import (
    EVENT_CODES,
    LAUNCH,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.launch_patterns import (
    OWN_DEFECT,
    RAW_PATTERNS,
    REFUSED,
    TOPICS,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.own import OWN
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.plan import PLAN
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.plan_file import PLAN_FILE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.guardrails import GUARDRAILS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.replication import REPLICATION
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.reports import RECORD, REPORT
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.runs import RUNS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.settings import SETTINGS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.setup import SETUP
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.entry import Entry
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.redaction import scrub
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Explanation

UNKNOWN_ERROR = "unknown_error"
PARTS: tuple[dict[str, Entry], ...] = (
    AWS,
    SHAPES,
    OWN,
    PLAN,
    PLAN_FILE,
    GUARDRAILS,
    LAUNCH,
    REPLICATION,
    AGENT,
    EXTENSION,
    SETUP,
    RUNS,
    REPORT,
    FAILBACK,
    SETTINGS,
    RECORD,
)
CATALOGUE: dict[str, Entry] = {code: entry for part in PARTS for code, entry in part.items()}
# So much of a message is read for its class.
_READ = 1500
_LAUNCHING, _OF_SERVERS = ("StartRecovery", "StartFailbackLaunch"), ("ValidationException", "ConflictException")
_NO_ROLE = CATALOGUE["AssumeRole:AccessDenied"]
_HTTP_ERROR = re.compile(r"^[45]\d\d$")
_AWS_CODE = re.compile(r"[A-Z][\w.]+|[45]\d\d", re.ASCII)
_STATUSES = {re.sub(r"[^a-z]", "", status.lower()): code for status, code in STATUS_CODES.items()}


def lookup(code: str, operation: str = "") -> Entry:
    """The catalogue's entry for a code, its meaning for the operation first; a generic one for a code nobody knows.

    A code of AWS that the catalogue has not means what its form says (``NoSuchBucket``, ``EntityAlreadyExists``), and
    so does one whose entry speaks of DRS when another service says it.
    """
    if f"{operation}:{code}" in CATALOGUE:
        return CATALOGUE[f"{operation}:{code}"]
    elsewhere = operation and code in OF_DRS_ONLY and not OF_DRS.search(operation)
    if code in CATALOGUE and not elsewhere:
        return CATALOGUE[code]
    if _AWS_CODE.fullmatch(code):
        for pattern, key in PATTERNS:
            if pattern.search(code):
                return CATALOGUE[key]
    if _HTTP_ERROR.match(code):
        # A body that botocore could not parse leaves only the HTTP status as a code.
        return CATALOGUE["InternalFailure"] if code[0] == "5" else CATALOGUE["InvalidParameterValue"]
    return CATALOGUE[UNKNOWN_ERROR]


def explain(code: str, message: Any = "", operation: str = "", secrets: Iterable[str | None] = ()) -> Explanation:
    """Explain an error.

    :param code: an AWS error code, the class name of a botocore exception, or a code of this collection.
    :param message: what was said; scrubbed. Without one the cause stands in for it.
    :param operation: the API operation, for example ``AssumeRole``; some codes mean more there.
    :returns: ``{code, message, cause, remedy, retryable}``; never fails, a code nobody knows gets a generic remedy.
    """
    name = str(code or UNKNOWN_ERROR)
    for pattern, key in BY_MESSAGE.get(operation, ()):
        if re.search(pattern, str(message or ""), re.IGNORECASE):
            return _explained(name, CATALOGUE[key], message, secrets)
    entry = lookup(name, operation)
    if EXPLICIT_DENY in str(message or "").lower() and entry in (CATALOGUE["AccessDenied"], _NO_ROLE):
        return _explained(name, CATALOGUE[_denied_by(str(message))], message, secrets)
    if operation in _LAUNCHING and name in _OF_SERVERS:
        # what hinders a launch has the same words whether DRS says it at once or in the log of the job
        key = _launch_class(str(message or ""))
        if key:
            return _explained(name, LAUNCH[key], message, secrets)
    return _explained(name, entry, message, secrets)


def _denied_by(message: str) -> str:
    """The entry that an explicit deny means: that of set-up's own for destructive calls, or another one."""
    return "*ExplicitDenyDestructive" if DESTRUCTIVE.search(message[:_READ]) else "*ExplicitDeny"


def explain_launch_failure(event: str | None, raw_error: Any = "", secrets: Iterable[str | None] = ()) -> Explanation:
    """Explain why a server's launch failed, from the job log's event and its raw error (either may be missing)."""
    text = "" if raw_error is None else str(raw_error)
    code = _launch_class(text) or EVENT_CODES.get(str(event or ""), "launch_failed")
    return _explained(code, CATALOGUE[code], text, secrets)


def _launch_class(text: str) -> str:
    """The code of LAUNCH that a message of EC2 means; empty where nothing is known.

    Patterns take long for thousands of characters without a blank, as in an encoded message; what tells stands before.
    """
    text = text[:_READ]
    refused = REFUSED.search(text) and not OWN_DEFECT.search(text)
    patterns = (*RAW_PATTERNS, *TOPICS) if refused else RAW_PATTERNS
    return next((code for pattern, code in patterns if pattern.search(text)), "")


def explain_install_failure(
    status_details: str | None, output: Any = "", secrets: Iterable[str | None] = ()
) -> Explanation:
    """Explain why a command of Systems Manager did not install the agent.

    :param status_details: what Systems Manager says of the invocation, for example ``ExecutionTimedOut``; where it says
        why by itself, that counts. ``Success`` says nothing: a download that was not run also ends in it.
    :param output: what the installer wrote; the line that names a known failure becomes the message, of an unknown one
        what is neither frame nor ordinary progress.
    """
    status, text = str(status_details or ""), "" if output is None else str(output)
    if _plain(status) in _STATUSES:
        code = _STATUSES[_plain(status)]
        return _explained(code, AGENT[code], "", secrets)
    # only here: its many patterns take a twentieth of a second, and no playbook but a deployment has use for them
    from ansible_collections.resilience.drs.plugins.module_utils._drs.core import install_output

    code, line = install_output.cause(text)
    if code:
        return _explained(code, AGENT[code], line, secrets)
    if status == "Success":
        return _explained("install_no_source_server", AGENT["install_no_source_server"], "", secrets)
    code = "install_failed" if text.strip() or _plain(status) == "failed" else "ssm_unknown_status"
    return _explained(code, AGENT[code], install_output.reason(text), secrets)


def _plain(status: str) -> str:
    """A status without blanks and case: the API writes ``DeliveryTimedOut``, its documentation Delivery Timed Out."""
    return re.sub(r"[^a-z]", "", status.lower())


def explain_replication(error_code: str | None, raw: Any = "", secrets: Iterable[str | None] = ()) -> Explanation:
    """Explain an error of replication (dataReplicationError, of a source server or a recovery instance)."""
    name = str(error_code or "replication_error")
    return _explained(name, REPLICATION.get(name, REPLICATION["replication_error"]), raw, secrets)


def _explained(code: str, entry: Entry, message: Any, secrets: Iterable[str | None]) -> Explanation:
    return {
        "code": code,
        "message": scrub(message, secrets) or entry.cause,
        "cause": entry.cause,
        "remedy": entry.remedy,
        "retryable": entry.retryable,
    }
