"""The end of a run whose cells have all left the play: what nobody in the play can write any more.

A play ends when its last host is unreachable, and so does the playbook; the task that waited for a task file of the
user never comes. Whoever notices (the playbook's last play, or its callback) ends the run in its record.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.steps import Steps
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands
from ansible_collections.resilience.drs.plugins.plugin_utils._action.people import technical_user


def controller() -> str:
    """The name of this controller: its machine and the process of its playbook."""
    return "%s:%d" % (os.uname().nodename, os.getppid())


def unfinished(walked: Any) -> bool:
    """Whether a result of a walk is one that waits for a task file of the user."""
    return isinstance(walked, Mapping) and bool(walked.get("begun") and walked.get("task_file") and walked.get("hold"))


def open_walk(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """What ``left_behind`` needs of the result of a walk; None of one that waits for nothing."""
    if not unfinished(result):
        return None
    return {"begun": True, "hold": result["hold"], "task_file": {"step": result["task_file"]["step"]}}


def left_behind(walked: Mapping[str, Any], hands: Hands, task_vars: Mapping[str, Any]) -> str:
    """End the run of a walk that waits for a task file which nobody runs any more.

    :param walked: the last result of the walk: ``hold`` {run_id, epoch, store}, ``task_file`` {step}.
    :param task_vars: what says who types here, see ``people.technical_user``.
    :returns: what to tell, with the next command.
    """
    hold, person = walked["hold"], technical_user(task_vars)
    who = {"initiator": person["user"], "typed_by": person, "controller": controller()}
    run = Steps(str(hold["run_id"]), hold["store"], who, hands.warn, epoch=hold["epoch"])
    why = "every cell left the play in %s, so its result is unknown" % walked["task_file"]["step"]
    text = "run %s: %s" % (run.run_id, why)
    try:
        run.take("finished", reason=why, complete=False, timed_out=False)
    except DrsError as exc:
        text = "%s; %s" % (text, failure(exc)["msg"])
    remedy = hands.next("resume", {"runs_id": run.run_id, "runs_store": run.store}, closing.BESIDES)
    return "%s. next: %s" % (text, remedy)
