"""A bounded pool of threads that read cells, with a deadline for those that do not answer."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Done(Generic[R]):
    """How one item ended: its value, or the exception, or neither when the time was up."""

    def __init__(self, value: R | None = None, error: Exception | None = None, finished: bool = True) -> None:
        self.value = value
        self.error = error
        self.finished = finished


def run(items: Sequence[T], work: Callable[[T], R], workers: int, timeout: float | None) -> list[Done[R]]:
    """Run ``work`` on each item in at most ``workers`` threads; the results in the order of the items.

    timeout: seconds for all of it; what has not ended by then counts as not finished, and its thread is left behind.
    The threads are daemons, because a Region that does not answer must not keep the command from ending.
    """
    waiting: deque[int] = deque(range(len(items)))
    results: dict[int, Done[R]] = {}
    changed = threading.Condition()

    def serve() -> None:
        while True:
            with changed:
                if not waiting:
                    return
                index = waiting.popleft()
            done: Done[Any]
            try:
                done = Done(work(items[index]))
            except Exception as error:  # pylint: disable=broad-exception-caught
                done = Done(error=error)
            with changed:
                results[index] = done
                changed.notify_all()

    for number in range(max(1, min(workers, len(items)))):
        threading.Thread(target=serve, name=f"drs-cell-{number}", daemon=True).start()
    with changed:
        changed.wait_for(lambda: len(results) == len(items), timeout)
        # nobody begins with what nobody waits for any more
        waiting.clear()
        return [results.get(index) or Done(finished=False) for index in range(len(items))]
