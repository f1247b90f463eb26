"""The file of an answer: one of one call, the old one gone before anything starts, the new one there as a whole."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.effects import own_files
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean

# whoever waits for the answer may be another user of the group
_MODE = 0o640


class AnswerFile:
    """Where a call answers.

    :param path: absolute; empty for nowhere.
    :param process: the id of the process of this call, which lives as long as the call.
    """

    def __init__(self, path: str, process: int) -> None:
        self.path, self._process = path, process
        folder, name = os.path.split(path)
        self._claim = os.path.join(folder, ".%s.call" % name)

    def take(self) -> None:
        """Take the file for this call, and remove the answer of an earlier one.

        :raises DrsError: ``answer_file_in_use`` by another call that still runs; ``answer_unwritten`` where no file can
            be: better now than after a failover.
        """
        if not self.path:
            return
        with self._told():
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            self._claimed()
            _remove(self.path)

    def _claimed(self) -> None:
        """Leave a note of whose the file is. Of two calls at the same time one makes it, and the other one reads it."""
        for _turn in range(10):
            try:
                handle = os.open(self._claim, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
            except FileExistsError:
                owner = self._owner()
                if owner == _named(self._process):
                    return
                if owner and _runs(owner):
                    text = "orchestrate_output_file: %s is written by process %s"
                    raise DrsError("answer_file_in_use", text % (clean(self.path, 400), owner.split()[0])) from None
                _remove(self._claim)
                continue
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(_named(self._process))
            return

    def _owner(self) -> str:
        try:
            with open(self._claim, encoding="utf-8") as file:
                return file.read(200)
        except FileNotFoundError:
            return ""

    def write(self, document: Mapping[str, Any]) -> None:
        """Write the answer: whoever reads the file meanwhile finds nothing, or all of it.

        :raises DrsError: ``answer_unwritten``.
        """
        if not self.path:
            return
        text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        folder, name = os.path.split(self.path)
        with self._told():
            own_files.write(folder, {name: text.encode()}, _MODE, exactly=True)
            if self._owner() == _named(self._process):
                _remove(self._claim)

    def _told(self) -> AbstractContextManager[None]:
        return own_files.told("answer_unwritten", "orchestrate_output_file: %s" % clean(self.path, 400))


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except FileNotFoundError:
        pass


def _named(process: int) -> str:
    """A process by its id and when it began, for ids are given again. Where nobody says when, by its id."""
    try:
        with open("/proc/%d/stat" % process, encoding="utf-8", errors="replace") as file:
            began = file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        began = ""
    return ("%d %s" % (process, began)).strip()


def _runs(owner: str) -> bool:
    """Whether the process that left a note still runs."""
    number = owner.split()[0]
    if not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return _named(int(number)) == owner
