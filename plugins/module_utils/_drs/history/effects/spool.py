"""Spool records that the store did not take: a file each, written atomically, to be imported later.

The folder lies beside the run store, never in it: what is not recorded must not be taken for a run.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import glob
import json
import os
import tempfile
import typing as t
from urllib.parse import quote

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.records import SCHEMA
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.nouns import AnyHistory, Pending

FOLDER = "~/.local/state/resilience-drs-unrecorded"
_TEMPORARY = "resilience-drs-"
_PREFIX, _SUFFIX, _DONE = "history-", ".json", ".imported"
_NAME = 128


def write(folder: str | None, run_id: str, records: t.Sequence[AnyHistory]) -> str:
    """Write records into a file of a folder, or, when that takes none, of a new temporary one; returns its path.

    :param folder: the folder; FOLDER when not given.
    :raises OSError: neither takes it.
    """
    text = json.dumps({"schema": SCHEMA, "records": list(records)}, indent=1, sort_keys=True)
    try:
        return _into(_place(folder), run_id, text)
    except OSError:
        return _into(tempfile.mkdtemp(prefix=_TEMPORARY), run_id, text)


def _place(folder: str | None) -> str:
    return own_files.place(folder or FOLDER)


def _into(folder: str, run_id: str, text: str) -> str:
    os.makedirs(folder, mode=own_files.FOLDER_MODE, exist_ok=True)
    # a name that no other record has
    name = f"{_PREFIX}{quote(run_id, safe='')[:_NAME]}-{os.urandom(4).hex()}{_SUFFIX}"
    own_files.write(folder, {name: text.encode()})
    return os.path.join(folder, name)


def command(path: str) -> str:
    """What brings a file or folder into the store."""
    return f"ansible-playbook resilience.drs.history -e history_import={path}"


def pending(folder: str | None) -> list[Pending]:
    """What waits to be imported: ``[{folder, files, records, command}]``, of the folders that hold something.

    They are the folder that is named, the usual one, and temporary ones of this user. ``records`` is None when a file
    cannot be read; the import says which.
    """
    places = []
    for one in (folder, None):
        with contextlib.suppress(OSError):  # no home, and so nothing that waits there
            places.append(_place(one))
    places += sorted(_temporary())
    result: list[Pending] = []
    for place in dict.fromkeys(places):
        paths = _waiting(place)
        if paths:
            about: Pending = {"folder": place, "files": len(paths), "records": _count(paths), "command": command(place)}
            result.append(about)
    return result


def _temporary() -> t.Iterator[str]:
    for path in glob.glob(os.path.join(glob.escape(tempfile.gettempdir()), _TEMPORARY + "*")):
        # in a folder that all share, a name alone proves nothing
        with contextlib.suppress(OSError):
            if os.lstat(path).st_uid == os.getuid() and not os.path.islink(path):
                yield path


def _waiting(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if name.startswith(_PREFIX) and name.endswith(_SUFFIX)]


def _count(paths: t.Iterable[str]) -> int | None:
    try:
        return sum(len(read(path)) for path in paths)
    except DrsError:
        return None


def files(path: str) -> list[str]:
    """The files to import: the one that is named, or those of a folder that are not imported yet, by name.

    :raises DrsError: ``history_file_unreadable`` when there is nothing of that name.
    """
    with own_files.told("history_file_unreadable", f"import: {path}"):
        place = _place(path)
    if os.path.isdir(place):
        return _waiting(place)
    if not os.path.isfile(place):
        raise DrsError("history_file_unreadable", f"import: {place} is neither a file nor a folder")
    return [place]


def read(path: str) -> list[t.Any]:
    """The records of a file as they stand there.

    :raises DrsError: ``history_file_unreadable``.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY), encoding="utf-8") as file:
            held = json.load(file)
    except (OSError, ValueError, RecursionError) as exc:
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
