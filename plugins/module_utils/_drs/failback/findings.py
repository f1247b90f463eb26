"""The blocking findings of one call of a failback, each about one pair. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import RecoveryInstance, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import Pair


class BlockingFindings:
    """The blocking findings of one call for one pair."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.findings: list[Finding] = []

    def when(self, wrong: Any, code: str, text: str, *values: Any) -> None:
        """Add a finding; the values go into the text, cleaned."""
        if wrong:
            server = as_mapping(self.pair.get("server"))
            name = clean(server.get("name") or server.get("source_server_id"), 64) or "a server"
            said = "%s: %s" % (name, text % tuple(clean(value, 120) or "unknown" for value in values))
            self.findings.append(finding(ERROR, code, said, server=server))

    def unlisted(self, copy: Server | None, launched: RecoveryInstance | None) -> None:
        """Add a finding when a server names a recovery instance that DRS did not list: a launch would wipe it."""
        named = as_mapping(copy).get("recovery_instance_id")
        if named and named != as_mapping(launched).get("recovery_instance_id"):
            self.when(True, "recovery_instance_unlisted", "it names %s, which DRS does not list", named)

    def not_held(self, what: str, words: str) -> None:
        """Add a finding when an active job holds the server or its reversed server."""
        job = as_mapping(self.pair.get("jobs")).get(what)
        if job:
            text = "%s is in job %s (%s, run %s)"
            values = (words, job.get("job_id"), job.get("initiated_by"), job.get("run_id"))
            self.when(True, "server_in_active_job", text, *values)
