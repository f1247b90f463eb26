"""Read an evidence bundle from whatever a copy has made of it, and say what the copy did: a part of verify.py.

In a bundle it stands within that program, which bundle.verifier puts together, so it needs nothing but Python either.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
DESKTOP_FILES = (".DS_Store", "Thumbs.db", "desktop.ini", ".directory")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pretty(value: Any) -> bytes:
    """JSON as the files of a bundle have it."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def loads(data: bytes) -> Any:
    """The value of JSON.

    :raises ValueError: it is none, or nested deeper than anything that a bundle holds.
    """
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def short(value: Any, width: int = 80) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(one if one.isprintable() else "?" for one in text)[:width]


def read(place: str) -> dict[str, bytes]:
    """Every file of a bundle, from its folder or from an archive that any tool has made of it.

    :raises OSError: there is neither, or it cannot be read.
    """
    if os.path.isdir(place):
        return _from_folder(place)
    if not os.path.isfile(place):
        raise FileNotFoundError(f"{place}: there is no folder and no archive of this name")
    try:
        if zipfile.is_zipfile(place):
            with zipfile.ZipFile(place) as packed:
                listed = [one for one in packed.infolist() if not one.is_dir()]
                return _without_folder((one.filename, packed.read(one)) for one in listed)
        with tarfile.open(place) as tar:
            return _without_folder(
                (one.name, stream.read() if stream else b"")
                for one in tar.getmembers()
                if not one.isdir()
                for stream in [tar.extractfile(one) if one.isfile() else None]
            )
    except OSError:
        raise
    except Exception as exc:  # pylint: disable=broad-exception-caught
        # each compression has an error of its own for data that is damaged
        raise OSError(f"{place}: is no folder, and no zip or tar archive that can be read: {exc}") from exc


def _without_folder(members: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """The files of an archive without the folder that some tools put around all of them; of two of one name, which
    tools unpack differently, the second gets a name of its own, so that it counts as added."""
    listed = [(name.replace("\\", "/"), data) for name, data in members]
    listed = [(name[2:] if name.startswith("./") else name, data) for name, data in listed]
    tops = [name.rpartition("/")[0] for name, _data in listed if name.rpartition("/")[2] == MANIFEST]
    nearest = sorted(tops, key=len)[0] if tops else ""
    top = nearest + "/" if nearest else ""
    files: dict[str, bytes] = {}
    for name, data in listed:
        plain = name[len(top) :] if name.startswith(top) else name
        files[plain if plain not in files else f"{plain} (a second one)"] = data
    return files


def _from_folder(folder: str) -> dict[str, bytes]:
    """Every file below a folder by its name; a link counts as an empty file, for it is not what was written."""
    files: dict[str, bytes] = {}
    for place, folders, names in os.walk(folder):
        for name in [*names, *(one for one in folders if os.path.islink(os.path.join(place, one)))]:
            path = os.path.join(place, name)
            if os.path.islink(path) or not os.path.isfile(path):
                files[os.path.relpath(path, folder).replace(os.sep, "/")] = b""
                continue
            with open(path, "rb") as stream:
                files[os.path.relpath(path, folder).replace(os.sep, "/")] = stream.read()
    return files


def of_copying(files: Mapping[str, bytes], problems: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The problems in the words of what a copy has done: converted line ends, another name, files of a desktop."""
    by_hash = {sha256(data): name for name, data in sorted(files.items())}
    try:
        contents = loads(files[MANIFEST])
        wanted = {str(one["name"]): str(one["sha256"]) for one in contents["files"]}
        as_written = {MANIFEST: sha256(pretty(contents))}
    except (KeyError, TypeError, ValueError):
        return list(problems)
    # the sums name the manifest as it was, which says how its own lines ended
    rows = sorted([*wanted.items(), (MANIFEST, as_written[MANIFEST])])
    as_written[SUMS] = sha256("".join(f"{value}  {name}\n" for name, value in rows).encode())
    added = {name for name, what in problems if what == "added"}
    moved: dict[str, str] = {}
    result = []
    for name, what in problems:
        elsewhere = by_hash.get(str(wanted.get(name)))
        if what == "changed" and _plain_lines(files[name]) in (wanted.get(name), as_written.get(name)):
            what = "changed: only its line ends were converted, by a copy as text; copy the bundle as binary"
        elif what == "missing" and elsewhere in added:
            moved[str(elsewhere)] = name
            what = f"missing: it is here under the name {short(elsewhere)}"
        result.append((name, what))
    return [
        (name, f"added: it is {short(moved[name])} under another name")
        if name in moved and what == "added"
        else (name, "added: a file that a desktop leaves behind; remove it")
        if what == "added" and os.path.basename(name) in DESKTOP_FILES or name.startswith("__MACOSX/")
        else (name, what)
        for name, what in result
    ]


def _plain_lines(data: bytes) -> str:
    """SHA-256 of a text with the line ends of a bundle."""
    return sha256(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
