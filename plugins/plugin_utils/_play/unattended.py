"""What a playbook does without anybody who can see it: its output cannot be written, or it is gone itself.

Ansible takes an error of the output for the end of its own queue, and waits for ever then; and a task goes on by itself
when its playbook was killed. Both would be a run that nobody watches.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any


def guard(display: Any, lost: Callable[[Exception], None]) -> None:
    """Tell, instead of raising it, that this process cannot print: the reader of its pipe has gone, the disk of its log
    is full, the output was closed.

    :param display: Ansible's display, whatever prints by it.
    :param lost: called with what went wrong, each time.
    """
    shown, process = display.display, os.getpid()

    def guarded(msg: Any, *args: Any, **options: Any) -> None:
        try:
            shown(msg, *args, **options)
        except Exception as exc:  # pylint: disable=broad-exception-caught
            # a task prints by way of its playbook, so there it is something else
            if os.getpid() != process:
                raise
            lost(exc)

    display.display = guarded


@contextlib.contextmanager
def attended(seconds: float = 1.0) -> Iterator[None]:
    """End the process of a task when its playbook has gone: killed, it can end none of its tasks.

    What was begun continues in AWS and is in the record, as after any kill; nothing more is begun.

    :param seconds: between two looks.
    """
    above = multiprocessing.parent_process()
    playbook, done = (above.pid if above else None) or os.getppid(), threading.Event()

    def watch() -> None:
        while os.getppid() == playbook:
            if done.wait(seconds):
                return
        os._exit(1)

    threading.Thread(target=watch, name="drs-attended", daemon=True).start()
    try:
        yield
    finally:
        done.set()
