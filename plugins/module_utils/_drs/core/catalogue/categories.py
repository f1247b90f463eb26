"""Categories of failures: who has to act, and on what."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from typing import Any

ACCESS = "access"
QUOTA = "quota"
NETWORK = "network"
ENCRYPTION = "encryption"
DATA = "data"
MACHINE = "machine"
CONFIGURATION = "configuration"
GUARD = "guard"
TIME = "time"
SERVICE = "service"
OTHER = "other"

CATEGORIES: dict[str, str] = {
    ACCESS: "Rights, roles, credentials",
    QUOTA: "Quotas and capacity",
    NETWORK: "Network",
    ENCRYPTION: "Keys and encryption",
    DATA: "Replication and data",
    MACHINE: "The machine or its agent",
    CONFIGURATION: "Launch settings and set-up",
    GUARD: "Refused by a guard",
    TIME: "Took too long, or the end is not known",
    SERVICE: "AWS itself",
    OTHER: "Other",
}
"""Each category with its title, in the order of a report."""

# Read in order, the first that is found in a code (without case, the operation before a colon left out) decides.
_PATTERNS: tuple[tuple[str, str], ...] = (
    (CONFIGURATION, r"invalid_(?!platform)|tag_key|no_replication_cell|no_?region|invalidregion|unknownendpoint"),
    (TIME, r"wait_timeout|launch_timeout|execution_timeout|outcome_unknown|effect_unknown|extension_not_(seen|gone)"),
    (ENCRYPTION, r"kms|(^|_)key(?!_pair)(_|$)|encrypt|bitlocker"),
    (
        ACCESS,
        r"denied|unauthori|not_?authorized|credential|token|signature|authfailure|accesskeyid|_iam$|assume_role|pass_role|"
        r"roles?_missing|staging_role|launch_profile|launch_account|optin|subscription|regiondisabled|profilenotfound|clienttokenid|"
        r"requestexpired|malformedpolicy|timetooskewed|failed_to_authenticate|marketplace|licence|unrecognizedclient",
    ),
    (
        SERVICE,
        r"throttl|internal_?(server|failure|error)|service_?(unavailable|fault)|^unavailable$|slowdown|toomany|"
        r"priorrequest|requestlimit|parsererror",
    ),
    (QUOTA, r"quota|_limit$|_full$|vcpu|launch_capacity|launch_reservation|error_threshold"),
    (
        NETWORK,
        r"network|connect|proxy|certificate|sslerror|endpoint|timeout|ssm_undeliverable|httpclient|incompleteread|responsestreaming|"
        r"subnet|security_group|address_in_use|failed_to_pair|communication|failed_to_download|client_not_seen",
    ),
    (
        GUARD,
        r"live_recovery|earlier_drill|failback_in_progress|revers|server_in_(active|own)_job|not_a_drill|drill_unknown|"
        r"not_launched_by_us|source_instance|confirmation|has_(recovery_)?instance|drs_managed|not_(an_)?extended",
    ),
    (
        DATA,
        r"snapshot|stale|not_recoverable|not_ready|lag_|point_in_time|converg|staging_disks|replication|data|volume|older|"
        r"extension_error|extended_",
    ),
    (
        MACHINE,
        r"^install|^ssm|instance_not_running|unknown_instance|tagging_failed|removal_failed|sendcommand|agent_not_seen",
    ),
    (
        CONFIGURATION,
        r"^launch|template|initiali[sz]|setting|invalid|validation|not_offered|unsupported|unknown_|malformed",
    ),
    (TIME, r"cancel|not_started|terminate|wave_failed|critical_failed"),
)
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)


# Faults of our own, or nobody's: a pattern must not blame them on anybody.
_NOBODYS = ("unknown_error", "internal_error", "will_queue", "predicted_rpo")


def category(code: Any) -> str:
    """The category (a key of CATEGORIES) of an error code; ``other`` for what is in none, and for no code."""
    text = str(code or "").rpartition(":")[2].lower()
    if text in _NOBODYS:
        return OTHER
    for name, pattern in _COMPILED:
        if text and pattern.search(text):
            return name
    return OTHER
