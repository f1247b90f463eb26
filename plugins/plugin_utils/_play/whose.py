"""Whose a play or a task is, by the file that it stands in: one of this collection, or somebody else's."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import ROLES

_COLLECTION = "resilience.drs"
_OURS = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", "..", "playbooks"))


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


def of_collection(play: Any) -> bool:
    """Whether a play is of a playbook of this collection."""
    return within(play, _OURS)


def verb(task: Any) -> str:
    """The role of this collection that a task belongs to and that no other of its roles has called, without the
    collection's name; "" for any other task."""
    found, role = "", getattr(task, "_role", None)
    while role is not None:
        found = _of_role(role) or found
        above = getattr(role, "_parents", None) or [None]
        role = above[0]
    return found


def begins(task: Any) -> bool:
    """Whether a task is the first one of a verb that no other role of this collection has called."""
    action = str(task.action).rpartition(".")[2]
    first = action == "drs_check_variables" or (action == "drs_orchestration" and task.args.get("state") == "begun")
    return first and _of_role(getattr(task, "_role", None)) == verb(task) != ""


def _of_role(role: Any) -> str:
    collection, _dot, name = str(role.get_name() if role is not None else "").rpartition(".")
    return name if collection == _COLLECTION and name in ROLES.values() else ""
