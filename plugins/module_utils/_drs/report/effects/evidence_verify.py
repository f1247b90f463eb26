"""Verify an evidence bundle, from a folder or an archive."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re

from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence_bundle
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import files as report_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import VERSION
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

VERIFY_SPEC = {
    "path": {"type": "path", "required": True},
    "manifest_sha256": {"type": "str"},
}
_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


def verify(params: Given) -> Result:
    """Check a bundle; see evidence_bundle.checked.

    :raises DrsError: ``evidence_altered``, ``evidence_unreadable``, ``invalid_option``.
    """
    expected = (params["manifest_sha256"] or "").strip()
    if expected and not _SHA256.fullmatch(expected):
        raise DrsError("invalid_option", f"manifest_sha256: '{expected[:80]}' is no SHA-256; write its 64 digits")
    files = report_files.read_bundle(params["path"])
    if not files:
        raise DrsError("evidence_unreadable", f"{params['path']}: no file is there")
    if not evidence_bundle.OWN.intersection(files):
        # another folder than was meant is no evidence that somebody has altered
        raise DrsError("evidence_unreadable", f"{params['path']}: none of its files is of an evidence bundle")
    result = evidence_bundle.checked(files, expected or None, VERSION)
    if result["problems"]:
        shown = ", ".join(f"{one['file']} {one['problem']}" for one in result["problems"][:10])
        more = len(result["problems"]) - 10
        text = f"{params['path']}: {shown}" + (f" and {more} more" if more > 0 else "")
        raise DrsError("evidence_altered", text, details=result)
    return {**result, "changed": False}
