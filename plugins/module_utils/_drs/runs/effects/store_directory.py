"""The run store in a directory: one file per item, written whole or not at all.

``<path>/<run id>/<item>.json`` holds two lines: the record without its body, and the body, so that a query need not
read what it does not want. A file is written beside its place, synced and renamed, under a lock of the run's folder:
a full disk, a killed process and a second writer all leave the old file or the new one. The lock is flock's, so the
directory belongs on a local disk, or on a network file system that honours it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import typing as t
from urllib.parse import quote

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import item as store_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

_SUFFIX = ".json"
_LOCK = ".lock"
_NEW = ".new-"
_NAME = 180


def _file(item: str) -> str:
    """A file name for an item: itself as far as a file system takes it, and never two items under one name."""
    name = quote(item, safe="")
    if len(name) > _NAME:
        name = name[: _NAME - 33] + "~" + hashlib.sha256(item.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return name + _SUFFIX


class DirectoryStore:
    """The directory backend; see store.open_store for the interface."""

    backend = "directory"

    def __init__(self, path: str, now: t.Callable[[], str]) -> None:
        self.path = os.path.abspath(os.path.expanduser(path))
        self.where = self.path
        self._now = now

    @contextlib.contextmanager
    def _told(self, what: str) -> t.Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise DrsError("run_store_unavailable", f"{self.path}: cannot {what}: {exc.strerror or exc}") from None

    @contextlib.contextmanager
    def _locked(self, run_id: str) -> t.Iterator[str]:
        folder = os.path.join(self.path, run_id)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(os.path.join(folder, _LOCK), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(descriptor)

    def _read(self, path: str, body: bool = True) -> dict[str, t.Any] | None:
        """The record of a file, None when there is none."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, encoding="utf-8") as stream:
            try:
                record = json.loads(stream.readline())
                if body:
                    record["body"] = json.loads(stream.read())
                return record
            except (ValueError, TypeError):
                raise DrsError("run_store_damaged", f"{path}: is not a record of the run store") from None

    def _write(self, folder: str, record: dict[str, t.Any]) -> None:
        head = {key: value for key, value in record.items() if key != "body"}
        data = (_json(head) + "\n" + _json(record["body"]) + "\n").encode("utf-8", "surrogatepass")
        target = os.path.join(folder, _file(record["item"]))
        # the lock makes the writer the only one; a file that a dead one has left is written over
        new = os.path.join(folder, _NEW + hashlib.sha256(target.encode("utf-8")).hexdigest()[:16])
        try:
            descriptor = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(new, target)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(new)
            raise
        self._sync(folder)

    @staticmethod
    def _sync(folder: str) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    # -- the interface -------------------------------------------------------------------------------------------
    def get(self, run_id: str, item: str) -> dict[str, t.Any] | None:
        store_record.check_name(run_id, item)
        with self._told(f"read {item} of run {run_id}"):
            return self._read(os.path.join(self.path, run_id, _file(item)))

    def put(
        self,
        run_id: str,
        item: str,
        body: t.Any,
        version: int | None,
        index: t.Mapping[str, t.Any] | None = None,
        expires_at: t.Any = None,
    ) -> int:
        store_record.check_name(run_id, item)
        fields = store_record.fields(index, expires_at)
        with self._told(f"write {item} of run {run_id}"), self._locked(run_id) as folder:
            known = self._read(os.path.join(folder, _file(item)), body=False)
            found = known["version"] if known else None
            if found != version:
                raise store_record.conflict(run_id, item, version, found)
            made = (found or 0) + 1
            self._write(folder, {"run_id": run_id, "item": item, "version": made, **fields, "body": body})
            return made

    def delete(self, run_id: str, item: str, version: int) -> None:
        store_record.check_name(run_id, item)
        with self._told(f"remove {item} of run {run_id}"), self._locked(run_id) as folder:
            path = os.path.join(folder, _file(item))
            known = self._read(path, body=False)
            found = known["version"] if known else None
            if found != version:
                raise store_record.conflict(run_id, item, version, found)
            os.unlink(path)
            self._sync(folder)

    def items(self, run_id: str, prefix: str = "") -> list[dict[str, t.Any]]:
        store_record.check_name(run_id)
        now = self._now()
        with self._told(f"read run {run_id}"):
            found = [self._read(path) for path in self._files(run_id) if _may_begin(path, prefix)]
        kept = [one for one in found if one and one["item"].startswith(prefix) and not store_record.expired(one, now)]
        return sorted(kept, key=lambda one: one["item"])

    def last(self, run_id: str, prefix: str) -> dict[str, t.Any] | None:
        store_record.check_name(run_id)
        with self._told(f"read run {run_id}"):
            paths = [path for path in self._files(run_id) if _may_begin(path, prefix)]
            return self._read(max(paths)) if paths else None

    def query(self, **asked: t.Any) -> tuple[list[dict[str, t.Any]], str | None]:
        query = store_record.Query(**asked)
        now = self._now()
        with self._told("read the records"):
            heads = []
            for run_id in sorted(self._folders()):
                for path in self._files(run_id):
                    head = self._read(path, body=False)
                    if head and query.matches(head, now):
                        heads.append((head, path))
            paths = {(head["run_id"], head["item"]): path for head, path in heads}
            newest = sorted((head for head, _path in heads), key=lambda one: one["started_at"], reverse=True)
            page, token = query.page([newest], now)
            whole = [self._read(paths[one["run_id"], one["item"]]) for one in page]
        return [one for one in whole if one], token

    def _folders(self) -> list[str]:
        try:
            return [entry.name for entry in os.scandir(self.path) if entry.is_dir()]
        except FileNotFoundError:
            return []

    def _files(self, run_id: str) -> list[str]:
        folder = os.path.join(self.path, run_id)
        try:
            names = os.listdir(folder)
        except FileNotFoundError:
            return []
        return [os.path.join(folder, name) for name in sorted(names) if name.endswith(_SUFFIX)]


def _may_begin(path: str, prefix: str) -> bool:
    """Whether the item of a file may begin with a prefix; names are cut, so that this is no proof."""
    return os.path.basename(path).startswith(quote(prefix, safe="")[: _NAME - 33])


def _json(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
