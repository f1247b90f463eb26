"""Settings of long next commands: files beside the run store of this user, until no run needs them any more."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import ACTIVE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.recorded import RUN
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import (
    Store,
    open_store,
    usual_path,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.item import is_run_id

FOLDER = "resilience-drs-commands"
_NAME = re.compile(r"[a-z_]+-[0-9a-f]{12}[.]json", re.ASCII)
_DAY = 24 * 60 * 60


def _folder() -> str:
    store = own_files.place(usual_path())
    return os.path.join(os.path.dirname(store), FOLDER)


def write(verb: str, settings: Given) -> str:
    """Write the extra variables of a command into a file that nobody else may read; returns its path.

    It is named by what it holds: the same command is the same file, and as young as the last time that it was printed.

    :raises OSError: there is no home, or no file can be written there.
    """
    text = json.dumps(settings, indent=1, sort_keys=True)
    folder = _folder()
    os.makedirs(folder, mode=own_files.FOLDER_MODE, exist_ok=True)
    name = "%s-%s.json" % (verb, hashlib.sha256(text.encode()).hexdigest()[:12])
    own_files.write(folder, {name: text.encode()}, synced=False)
    return os.path.join(folder, name)


def remove_old(store: Store) -> list[str]:
    """Remove the files whose command was last printed ``keep_days`` before the youngest one; returns their paths.

    One that names a run which this store knows and which is not at its end stays, for its command is still to be typed,
    and so does one that names another store. Whatever cannot be read or removed stays as well.
    """
    try:
        folder = _folder()
        ours = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if _NAME.fullmatch(name)]
        times = {path: os.stat(path).st_mtime for path in ours}
    except OSError:
        return []
    # the clock of the file system alone: that of a store may be another one
    before = max(times.values(), default=0) - store.keep_days * _DAY
    old = [path for path in ours if store.keep_days and times[path] < before and not _needed(path, store)]
    gone = []
    for path in old:
        with contextlib.suppress(OSError):
            os.unlink(path)
            gone.append(path)
    return gone


def _needed(path: str, store: Store) -> bool:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), encoding="utf-8") as file:
            settings = json.load(file)
        stores = [value for name, value in settings.items() if name.endswith("_store")]
        if any(open_store(one).where != store.where for one in stores):
            return True
        ids = {value for name, value in settings.items() if name.endswith("_id") and is_run_id(value)}
        return any(_is_open(store.get(one, RUN)) for one in sorted(ids))
    except (OSError, ValueError, TypeError, AttributeError, DrsError):
        return True


def _is_open(record: t.Any) -> bool:
    return record is not None and record["body"].get("status") in ACTIVE
