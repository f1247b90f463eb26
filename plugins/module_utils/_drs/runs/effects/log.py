"""Write structured events of a run as JSON lines for log collectors; errors never stop a run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import os
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files

_HOW = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC


def write(path: str | None, event: t.Mapping[str, t.Any]) -> str | None:
    """Append one event to a file; returns why it could not be written, None when it was."""
    if not path:
        return None
    line = json.dumps(event, sort_keys=True, separators=(",", ":"), default=str) + "\n"
    try:
        descriptor = os.open(own_files.place(path), _HOW, own_files.FILE_MODE)
        try:
            # one call, so that the lines of two controllers do not mix
            os.write(descriptor, line.encode("utf-8", "surrogatepass"))
        finally:
            os.close(descriptor)
    except OSError as exc:
        return f"log_path: {path}: {own_files.reason(exc)}"
    return None
