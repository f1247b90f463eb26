"""Where records go that the store did not take: a file of their own, whole or not at all, to be imported later."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.records import SCHEMA

FOLDER = "~/.local/state/resilience-drs/unrecorded"
_PREFIX, _SUFFIX, _DONE = "history-", ".json", ".imported"


def write(folder: str | None, run_id: str, records: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """Write records into a file of a folder, or, when that takes none, of a new temporary one; returns its path.

    :param folder: the folder; FOLDER when not given.
    :raises OSError: neither takes it.
    """
    text = json.dumps({"schema": SCHEMA, "records": list(records)}, indent=1, sort_keys=True)
    try:
        return _into(os.path.abspath(os.path.expanduser(folder or FOLDER)), run_id, text)
    except OSError:
        return _into(tempfile.mkdtemp(prefix="resilience-drs-"), run_id, text)


def _into(folder: str, run_id: str, text: str) -> str:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".writing-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # a name that no other record has: the random part of the temporary one
        path = os.path.join(folder, f"{_PREFIX}{run_id}-{part.rpartition('-')[2]}{_SUFFIX}")
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    return path


def files(path: str) -> list[str]:
    """The files to import: the one that is named, or those of a folder that are not imported yet, by name.

    :raises DrsError: ``history_file_unreadable`` when there is nothing of that name.
    """
    whole = os.path.abspath(os.path.expanduser(path))
    if os.path.isdir(whole):
        names = (name for name in sorted(os.listdir(whole)) if name.startswith(_PREFIX) and name.endswith(_SUFFIX))
        return [os.path.join(whole, name) for name in names]
    if not os.path.isfile(whole):
        raise DrsError("history_file_unreadable", f"import: {whole} is neither a file nor a folder")
    return [whole]


def read(path: str) -> list[t.Any]:
    """The records of a file as they stand there.

    :raises DrsError: ``history_file_unreadable``.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY), encoding="utf-8") as file:
            held = json.load(file)
    except (OSError, ValueError) as exc:
        raise DrsError("history_file_unreadable", f"import: {path}: {exc}") from None
    records = held.get("records") if isinstance(held, dict) else held
    if not isinstance(records, list):
        raise DrsError("history_file_unreadable", f"import: {path} holds no list of records")
    return records


def done(path: str) -> str:
    """Mark a file as imported, so that a folder can be imported again; returns its new path."""
    with contextlib.suppress(OSError):
        os.replace(path, path + _DONE)
        return path + _DONE
    return path
