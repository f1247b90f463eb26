"""Whose a play or a task is, by the file that it stands in: one of this collection, or somebody else's."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
from typing import Any


def playbooks(callback: str) -> str:
    """The folder of the playbooks that a callback plugin lies beside, by the file of the callback."""
    return os.path.realpath(os.path.join(os.path.dirname(callback), ".."))


def file_of(one: Any) -> str:
    """The file that a play or a task stands in, "" of one that stands in none."""
    path = (one.get_path() or "").rpartition(":")[0]
    return os.path.realpath(path) if path else ""


def within(one: Any, folder: str) -> bool:
    """Whether a play or a task stands in a folder, or in one below it."""
    return file_of(one).startswith(folder + os.sep)


def playbook(play: Any, folder: str) -> str:
    """The name of the playbook that a play stands in, such as ``drill``; "" of one that is not in this folder."""
    where, name = os.path.split(file_of(play))
    return os.path.splitext(name)[0] if where == folder else ""
