"""The run store in a directory: one file per item, written atomically.

``<path>/<run id>/<item>.json`` holds two lines: the record without its body, and the body, so that a query need not
read what it does not want. A file is written beside its place, synced and renamed, under a lock of the run's folder:
a full disk, a killed process and a second writer all leave the old file or the new one. The lock is flock's, so the
directory belongs on a local disk, or on a network file system that honours it.

Whatever else lies there is named and passed over. Names that begin with a dot are no runs and no records.
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
import stat
import typing as t
from urllib.parse import quote

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_reading import StoreReading
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import item as store_record
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import query as store_query
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import troubles
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_nouns import Head, Index, Record

_SUFFIX = ".json"
_LOCK = ".lock"
_REMOVED = ".removed"
_NAME = 180
_OF_FILE_SYSTEM = ("lost+found",)


def _file(item: str) -> str:
    """A file name for an item: itself as far as a file system takes it, and never two items under one name."""
    name = quote(item, safe="")
    if len(name) > _NAME:
        name = name[: _NAME - 33] + "~" + hashlib.sha256(item.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return name + _SUFFIX


class DirectoryStore(StoreReading):
    """The directory backend; see store.open_store for the interface."""

    backend = "directory"

    keep_days = 90

    def __init__(self, path: str, now: t.Callable[[], str] | None = None) -> None:
        self.path = path
        with contextlib.suppress(OSError):  # told by what is done with it
            self.path = own_files.place(path)
        self.where = self.path
        self._now = now

    def now(self) -> str:
        """A directory has no clock of its own: the controller's."""
        return (self._now or clock.now)()

    @contextlib.contextmanager
    def _told(self, what: str) -> t.Iterator[None]:
        with own_files.told("run_store_unavailable", f"{self.path}: cannot {what}"):
            own_files.place(self.path, "RESILIENCE_DRS_STORE to a folder")
            yield

    def _folder(self, run_id: str) -> str:
        return os.path.join(self.path, quote(run_id, safe=""))

    @contextlib.contextmanager
    def _locked(self, run_id: str) -> t.Iterator[str]:
        folder = self._folder(run_id)
        path = os.path.join(folder, _LOCK)
        while True:
            os.makedirs(folder, mode=own_files.FOLDER_MODE, exist_ok=True)
            try:
                descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, own_files.FILE_MODE)
            except FileNotFoundError:
                continue  # the run was removed between the two
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _is_still(path, descriptor):
                    yield folder
                    return
            finally:
                os.close(descriptor)

    # -- files ---------------------------------------------------------------------------------------------------
    def _read(self, path: str, body: bool = True) -> t.Any:
        """The record of a file, None when there is none.

        :raises DrsError: what is wrong with it, see troubles.
        """
        run_id, item = os.path.basename(os.path.dirname(path)), None
        # a pipe under the name of a record must not hold us up
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise troubles.in_directory(troubles.FOREIGN, path, "is not a file", run_id)
        with os.fdopen(descriptor, "rb") as stream:
            lines = (stream.readline(), stream.read() if body else b"")
        try:
            record = json.loads(lines[0])
            kind, why = store_record.wrong_head(record)
            if not kind:
                item = record["item"]
                if quote(record["run_id"], safe="") != run_id or _file(item) != os.path.basename(path):
                    kind, why = troubles.FOREIGN, f"is a copy of {item} of run {record['run_id']}"
            if body and not kind:
                record["body"] = json.loads(lines[1])
                kind, why = store_record.wrong_body(item or "", record["body"])
        except (ValueError, RecursionError):
            kind, why = troubles.DAMAGED, "is not a record of the run store"
        if kind:
            raise troubles.in_directory(kind, path, why, run_id, item)
        record.pop("format", None)
        return record

    def _tried(self, path: str, wrong: list[DrsError], body: bool = True) -> t.Any:
        """The record of one file among many: what is wrong with it goes to a list."""
        try:
            return self._read(path, body)
        except DrsError as error:
            wrong.append(error)
        except OSError as exc:
            wrong.append(_unread(path, exc, os.path.basename(os.path.dirname(path))))
        return None

    def _write(self, folder: str, record: Record) -> None:
        head = {key: value for key, value in record.items() if key != "body"}
        lines = _json({**head, "format": store_record.FORMAT}) + "\n" + _json(record["body"]) + "\n"
        own_files.write(folder, {_file(record["item"]): lines.encode("utf-8", "surrogatepass")}, locked=True)

    def _version(self, folder: str, run_id: str, item: str, expected: int | None) -> int | None:
        """The version that is stored; another one than the wanted is a conflict."""
        stored = self._read(os.path.join(folder, _file(item)), body=False)
        actual = stored["version"] if stored else None
        if actual != expected:
            raise store_record.conflict(run_id, item, expected, actual)
        return actual

    # -- the interface -------------------------------------------------------------------------------------------
    def get(self, run_id: str, item: str) -> Record | None:
        """See Store.get; DrsError run_store_damaged, run_store_foreign, run_store_newer or run_store_unavailable."""
        store_record.check_name(run_id, item)
        with self._told(f"read {item} of run {run_id}"):
            return self._read(os.path.join(self._folder(run_id), _file(item)))

    def put(
        self,
        run_id: str,
        item: str,
        body: t.Any,
        version: int | None,
        index: Index | None = None,
        expires_at: t.Any = None,
    ) -> int:
        """See Store.put; raises DrsError run_store_conflict, invalid_option, run_store_unavailable."""
        store_record.check_name(run_id, item)
        store_record.check_body(item, body)
        fields = store_record.fields(item, index, expires_at)
        with self._told(f"write {item} of run {run_id}"), self._locked(run_id) as folder:
            made = (self._version(folder, run_id, item, version) or 0) + 1
            document = {"run_id": run_id, "item": item, "version": made, **fields, "body": body}
            self._write(folder, t.cast("Record", document))
            return made

    def delete(self, run_id: str, item: str, version: int) -> None:
        """See Store.delete; raises DrsError run_store_conflict, run_store_unavailable."""
        store_record.check_name(run_id, item)
        with self._told(f"remove {item} of run {run_id}"), self._locked(run_id) as folder:
            self._version(folder, run_id, item, version)
            os.unlink(os.path.join(folder, _file(item)))
            own_files.sync(folder)

    def _items(self, run_id: str, prefix: str) -> tuple[list[Record], list[DrsError]]:
        store_record.check_name(run_id)
        now = self.now()
        records: list[Record] = []
        wrong: list[DrsError] = []
        with self._told(f"read run {run_id}"):
            for path in self._files(self._folder(run_id), prefix):
                one = self._tried(path, wrong)
                if one and one["item"].startswith(prefix) and not store_record.expired(one, now):
                    records.append(one)
        return sorted(records, key=lambda one: one["item"]), wrong

    def last(self, run_id: str, prefix: str) -> Record | None:
        """See Store.last; DrsError run_store_damaged, run_store_foreign, run_store_newer or run_store_unavailable."""
        store_record.check_name(run_id)
        with self._told(f"read run {run_id}"):
            paths = self._files(self._folder(run_id), prefix)
            return self._read(max(paths)) if paths else None

    def trouble(self, kind: str, run_id: str, item: str, why: str) -> DrsError:
        path = os.path.join(self._folder(run_id), _file(item))
        return troubles.in_directory(kind, path, why, run_id, item)

    def query(self, **asked: t.Any) -> store_query.Found:
        """See Store.query; raises DrsError invalid_option, run_store_unavailable."""
        query = store_query.Query(self.now(), **asked)
        wrong: list[DrsError] = []
        paths: dict[str, str] = {}
        heads: list[tuple[str, Head]] = []
        with self._told("read the records"):
            for path in self._listed(query.item, wrong):
                head = self._tried(path, wrong, body=False)
                if head and query.wants(head):
                    place = store_record.place(head)
                    heads.append((place, head))
                    paths[place] = path
            heads.sort(key=lambda pair: pair[0], reverse=True)
            return query.page([heads], lambda head: self._read(paths[store_record.place(head)]), wrong)

    def _listed(self, kind: str | None, wrong: list[DrsError]) -> t.Iterator[str]:
        """The files of all runs that may hold records with an index; what is no run, and no record, is told."""
        kinds = store_record.INDEXED if kind is None else (kind,)
        for folder in self._folders(wrong):
            try:
                paths = self._files(folder)
            except OSError as exc:
                wrong.append(_unread(folder, exc, os.path.basename(folder)))
                continue
            odd = [path for path in paths if not _is_item_name(os.path.basename(path))]
            if odd:
                more = f", and {len(odd) - 1} more" if len(odd) > 1 else ""
                why = f"holds what is no record: {os.path.basename(odd[0])}{more}"
                wrong.append(troubles.in_directory(troubles.FOREIGN, folder, why, os.path.basename(folder)))
            yield from (path for path in paths if _kind(path) in kinds)

    def _folders(self, wrong: list[DrsError]) -> list[str]:
        try:
            entries = sorted((one for one in os.scandir(self.path)), key=lambda one: one.name)
        except FileNotFoundError:
            return []
        result = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _OF_FILE_SYSTEM:
                continue
            if store_record.is_run_id(entry.name) and entry.is_dir():
                result.append(entry.path)
            else:
                wrong.append(troubles.in_directory(troubles.FOREIGN, entry.path, "is not a run"))
        return result

    @staticmethod
    def _files(folder: str, prefix: str = "") -> list[str]:
        try:
            names = os.listdir(folder)
        except FileNotFoundError:
            return []
        begin = quote(prefix, safe="")[: _NAME - 33]
        good = (name for name in sorted(names) if name.endswith(_SUFFIX) and name.startswith(begin))
        return [os.path.join(folder, name) for name in good if not name.startswith(".")]

    # -- removing ------------------------------------------------------------------------------------------------
    def remove(self, run_id: str, version: int, keep: t.Callable[[Head], bool]) -> int:
        """See Store.remove; raises DrsError run_store_conflict, run_store_unavailable."""
        store_record.check_name(run_id)
        with self._told(f"remove run {run_id}"), self._locked(run_id) as folder:
            self._version(folder, run_id, "run", version)
            names = (path for path in self._files(folder) if _is_item_name(os.path.basename(path)))
            gone = [path for path in names if _kind(path) != "run" and not self._keeps(path, keep)]
            # the run goes last: what a crash leaves is found again by it
            gone.append(os.path.join(folder, _file("run")))
            for path in gone:
                os.unlink(path)
            self._leave(folder)
        return len(gone)

    def _keeps(self, path: str, keep: t.Callable[[Head], bool]) -> bool:
        if _kind(path) != "account":
            return False
        wrong: list[DrsError] = []
        head = self._tried(path, wrong, body=False)
        # what cannot be read may be meant to be kept longer
        return bool(wrong) or (head is not None and keep(head))

    def remove_expired(self, before: str) -> int:
        """See Store.remove_expired; raises DrsError run_store_unavailable."""
        now = self.now()
        gone = 0
        with self._told("remove what has expired"):
            for path in self._listed(None, []):
                head = self._tried(path, [], body=False)
                if head and store_record.expired(head, now):
                    gone += self._remove_one(head, path, now)
        return gone

    def _remove_one(self, head: Head, path: str, now: str) -> int:
        with self._locked(head["run_id"]) as folder:
            again = self._read(path, body=False)
            if again is None or not store_record.expired(again, now):
                return 0
            os.unlink(path)
            self._leave(folder)
            return 1

    @staticmethod
    def _leave(folder: str) -> None:
        """Remove the folder of a run that holds nothing any longer but our own leavings; the caller has its lock."""
        left = os.listdir(folder)
        if any(name != _LOCK and not name.startswith(own_files.PART) for name in left):
            own_files.sync(folder)
            return
        for name in sorted(left, key=lambda one: one == _LOCK):
            os.unlink(os.path.join(folder, name))
        with contextlib.suppress(OSError):
            os.rmdir(folder)

    def removed_at(self) -> str | None:
        """See Store.removed_at; raises DrsError run_store_unavailable."""
        with self._told("read when runs were removed"), contextlib.suppress(FileNotFoundError, ValueError):
            with os.fdopen(os.open(os.path.join(self.path, _REMOVED), os.O_RDONLY), encoding="utf-8") as stream:
                return stream.read(40).strip() or None
        return None

    def note_removal(self, at: str) -> None:
        """See Store.note_removal; raises DrsError run_store_unavailable."""
        with self._told("note when runs were removed"):
            os.makedirs(self.path, mode=own_files.FOLDER_MODE, exist_ok=True)
            own_files.write(self.path, {_REMOVED: at.encode("utf-8")})


def _is_still(path: str, descriptor: int) -> bool:
    """Whether an open file is what stands under a name: a run that was removed has taken its lock with it."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _unread(path: str, exc: OSError, run_id: str) -> DrsError:
    return troubles.in_directory(troubles.DAMAGED, path, own_files.reason(exc), run_id)


def _kind(path: str) -> str:
    """The kind of item that a file holds, by its name."""
    return os.path.basename(path)[: -len(_SUFFIX)].partition("%3A")[0]


def _is_item_name(name: str) -> bool:
    kind, colon, rest = name[: -len(_SUFFIX)].partition("%3A")
    return store_record.is_item(f"{kind}:{rest}" if colon else kind)


def _json(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
