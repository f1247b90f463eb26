"""The manifest of an evidence bundle: its files, their hashes, and what has changed since.

manifest.json names every other file with size and SHA-256, and holds a hash over that list. SHA256SUMS says the same,
manifest.json included, in the form that `sha256sum -c` reads. Both can be made again from the list, byte for byte, so a
change of any byte of any file is found. Who can write the folder can write a new manifest: the hash of the manifest
belongs somewhere else, in the ticket for example.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.report.files_text import as_json, canonical
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sealed(files: Mapping[str, bytes], about: Mapping[str, Any]) -> dict[str, bytes]:
    """Add the manifest and the sums to the files of a bundle.

    :param about: what the manifest says beside the files, for example the run and the hash of the evidence.
    """
    listed = [{"name": name, "bytes": len(files[name]), "sha256": digest(files[name])} for name in sorted(files)]
    result = {**files, MANIFEST: _manifest(listed, about)}
    return {**result, SUMS: _sums(listed, result[MANIFEST])}


def _manifest(listed: list[dict[str, Any]], about: Mapping[str, Any]) -> bytes:
    content = {"about": dict(about), "files": listed}
    return as_json({**content, "root_sha256": digest(canonical(content).encode("ascii"))}).encode("ascii")


def _sums(listed: list[dict[str, Any]], manifest: bytes) -> bytes:
    rows = [(one["name"], one["sha256"]) for one in listed] + [(MANIFEST, digest(manifest))]
    return "".join(f"{value}  {name}\n" for name, value in sorted(rows)).encode("utf-8")


def read(files: Mapping[str, bytes]) -> dict[str, Any] | None:
    """The manifest of a bundle; None when there is none that can be read."""
    try:
        document = json.loads(files[MANIFEST].decode("ascii"))
    except (KeyError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def problems(files: Mapping[str, bytes], expected: str | None = None) -> list[dict[str, Any]]:
    """What is not as it was: ``[{file, problem}]``, empty when every byte is.

    :param expected: the SHA-256 of manifest.json as it was kept elsewhere.
    """
    contents = read(files)
    if contents is None:
        return [_problem(MANIFEST, "missing" if MANIFEST not in files else "altered: it is no manifest")]
    result = []
    listed = [dict(as_mapping(one)) for one in as_list(contents.get("files"))]
    if _manifest(listed, as_mapping(contents.get("about"))) != files[MANIFEST]:
        result.append(_problem(MANIFEST, "altered"))
    if expected and digest(files[MANIFEST]) != expected.strip().lower():
        result.append(_problem(MANIFEST, "not the one whose hash was given"))
    named = {str(one.get("name")): one for one in listed}
    for name in sorted(named):
        if name not in files:
            result.append(_problem(name, "missing"))
        elif digest(files[name]) != named[name].get("sha256"):
            result.append(_problem(name, "altered"))
    for name in sorted(set(files) - set(named) - {MANIFEST, SUMS}):
        result.append(_problem(name, "added"))
    if SUMS not in files:
        result.append(_problem(SUMS, "missing"))
    elif _safe_sums(listed, files[MANIFEST]) != files[SUMS]:
        result.append(_problem(SUMS, "altered"))
    return result


def _safe_sums(listed: list[dict[str, Any]], manifest: bytes) -> bytes | None:
    try:
        return _sums(listed, manifest)
    except (KeyError, TypeError, UnicodeEncodeError):
        return None


def _problem(name: str, what: str) -> dict[str, Any]:
    return {"file": clean(name, 200), "problem": what}
