"""Files of ours on the controller: where they go, and how they are written, whole or not at all.

Data is written beside its place and only then takes the name, so that a full disk, a killed process and a reader all
find the old file or the new one. Everything here raises OSError; ``told`` makes an error of the catalogue of it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

PART = ".new-"
"""So begins the name of a file that is being written, or that a killed writer has left."""
FOLDER_MODE, FILE_MODE = 0o700, 0o600
_HOW = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


def place(path: str, instead: str = "write the whole path") -> str:
    """The absolute path of a file or folder, with ``~`` as a shell has it.

    A user without a home, as in a container that runs under any user id, has no such place: it would be a folder named
    ``~`` where the command was typed, or with an empty HOME one in the root of the file system.

    :param instead: what may be done besides setting HOME.
    :raises OSError: there is no home.
    """
    expanded = os.path.expanduser(path)
    if expanded.startswith("~") or (path == "~" or path.startswith("~/")) and os.environ.get("HOME") == "":
        raise FileNotFoundError(errno.ENOENT, "this user has no home directory; set HOME, or %s" % instead, path)
    return os.path.abspath(expanded)


@contextlib.contextmanager
def told(code: str, where: str) -> t.Iterator[None]:
    """Whatever the file system refuses is an error of the catalogue.

    :param where: what the message begins with: the path, and the option that names it or what was to be done.
    :raises DrsError: with ``code``.
    """
    try:
        yield
    except OSError as exc:
        raise DrsError(code, f"{where}: {reason(exc)}") from None


def reason(exc: OSError) -> str:
    """What the file system says, without the path and the number."""
    return exc.strerror or str(exc)


def write(
    folder: str,
    files: t.Mapping[str, bytes],
    mode: int = FILE_MODE,
    synced: bool = True,
    locked: bool = False,
    exactly: bool = False,
) -> None:
    """Put files into a folder that is there: first all are written beside their places, then they take their names.

    :param files: the bytes by name; the names are taken in this order.
    :param mode: of the files, as far as the umask of this process leaves it.
    :param synced: they are on the disk when this returns, and so are their names.
    :param locked: the caller has made sure that nobody else writes here, so that what a dead writer has left of a name
        is written over.
    :param exactly: the mode, whatever the umask is.
    :raises OSError: the folder holds what it held, unless names were taken already.
    """
    parts: dict[str, str] = {}
    try:
        for name, data in files.items():
            part = hashlib.sha256(name.encode("utf-8")).digest()[:8] if locked else os.urandom(8)
            path = os.path.join(folder, PART + part.hex())
            handle = os.open(path, _HOW | (os.O_TRUNC if locked else os.O_EXCL), mode)
            parts[name] = path
            _fill(handle, data, mode if exactly else None, synced)
        for name in files:
            os.replace(parts[name], os.path.join(folder, name))
            del parts[name]
    finally:
        for path in parts.values():
            with contextlib.suppress(OSError):
                os.unlink(path)
    if synced:
        sync(folder)


def _fill(handle: int, data: bytes, mode: int | None, synced: bool) -> None:
    try:
        if mode is not None:
            os.fchmod(handle, mode)
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        if synced:
            os.fsync(handle)
    finally:
        os.close(handle)


def sync(folder: str) -> None:
    """Bring the names of a folder onto the disk: those that were taken, and those that are gone."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
