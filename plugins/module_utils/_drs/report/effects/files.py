"""Write reports as files, atomically, and read them back to compare.

All files are first written beside their places and synced; only then they take the names, the last one last. A full
disk is met before that, so the files of an earlier report stay as they were. The folder is locked meanwhile, so that
two reports at once come one after the other and do not mix.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import tarfile
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

FOLDER_MODE, FILE_MODE = 0o750, 0o640
# A bundle of 3,000 servers has some megabytes; whatever is larger is no bundle.
MOST_BYTES = 512 * 1024 * 1024


def publish(
    folder: str, files: t.Mapping[str, bytes], last: t.Sequence[str] = (), gone: t.Iterable[str] = (), dry: bool = False
) -> bool:
    """Write files into a folder; returns whether anything changed.

    :param last: names that are put in place after the others, in this order: what vouches for the rest.
    :param gone: names of an earlier bundle that this one has no more.
    :param dry: only compare.
    :raises DrsError: ``report_not_written``; then no file has changed.
    """
    order = [name for name in files if name not in last] + [name for name in last if name in files]
    changed = [name for name in order if _read(os.path.join(folder, name)) != files[name]]
    left = [name for name in gone if name not in files and os.path.lexists(os.path.join(folder, name))]
    if dry or not (changed or left):
        return bool(changed or left)
    with own_files.told("report_not_written", folder):
        os.makedirs(folder, FOLDER_MODE, exist_ok=True)
        with _locked(folder):
            own_files.write(folder, {name: files[name] for name in order}, FILE_MODE, locked=True)
            for name in left:
                os.unlink(os.path.join(folder, name))
            if left:
                own_files.sync(folder)
    return True


@contextlib.contextmanager
def _locked(folder: str) -> t.Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(path: str) -> bytes | None:
    """The bytes of a file; None when there is none that could be read. A link is not followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as stream:
        try:
            return stream.read(MOST_BYTES)
        except OSError:
            return None


def names(folder: str) -> list[str]:
    """The names in a folder without hidden parts of a report that was cut off; empty when there is no folder."""
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith(own_files.PART))
    except OSError:
        return []


def read_bundle(path: str) -> dict[str, bytes]:
    """Every file of a bundle by its name, from a folder or a tar archive.

    :raises DrsError: ``evidence_unreadable``.
    """
    if os.path.isdir(path):
        return _read_folder(path)
    try:
        with tarfile.open(path, "r:") as archive:
            return _read_archive(archive)
    except (OSError, tarfile.TarError, EOFError, ValueError) as exc:
        raise DrsError("evidence_unreadable", f"{path}: {exc}") from exc


def _read_folder(path: str) -> dict[str, bytes]:
    result: dict[str, bytes] = {}
    for folder, _folders, files in os.walk(path):
        for name in files:
            full_path = os.path.join(folder, name)
            data = _read(full_path)
            # what cannot be read, or is a link, is not what was written
            result[os.path.relpath(full_path, path)] = b"" if data is None else data
    return result


def _read_archive(archive: tarfile.TarFile) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for member in archive:
        name = member.name.partition("/")[2] or member.name
        if member.isdir():
            continue
        stream = archive.extractfile(member) if member.isreg() and member.size <= MOST_BYTES else None
        # a second member of one name would hide the first
        files[name if name not in files else name + " (again)"] = stream.read() if stream else b""
    return files


def archive_of(files: t.Mapping[str, bytes], top: str) -> bytes:
    """A tar archive of files below one folder; the same files give the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size, member.mode = len(files[name]), FILE_MODE
            archive.addfile(member, io.BytesIO(files[name]))
    return buffer.getvalue()
