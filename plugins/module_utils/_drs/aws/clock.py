"""The clock of the collection: the only file that reads the time or sleeps."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import second

import json
import os
import time
import urllib.parse
from datetime import datetime
from datetime import timezone
from http.client import HTTPConnection
from time import monotonic
from typing import Protocol

SLEEP_URL = "RESILIENCE_DRS_SLEEP_URL"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _simulator_url() -> str | None:
    """Return the simulator's sleep address, or None for real time.

    Only loopback addresses are honoured: the variable exists for the simulator alone, and a stray value must never
    send a disaster run somewhere else to ask how long to wait.
    """
    url = os.environ.get(SLEEP_URL)
    if url and urllib.parse.urlsplit(url).hostname in LOOPBACK:
        return url
    return None


def _ask(url: str, body: dict[str, float | str] | None = None) -> bytes:
    """Ask the simulator. Not with a general opener of addresses: that reads the machine's certificates each time."""
    address = urllib.parse.urlsplit(url)
    method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
    # A stepped clock answers when every waiting client sleeps, which takes real seconds at the most.
    connection = HTTPConnection(address.hostname or "", address.port, timeout=600)
    try:
        connection.request(method, address.path, data, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    except OSError as exc:
        raise ConnectionError(
            f"{SLEEP_URL} says that this is a simulation, and no simulator answers at {url} ({exc}): start it, or "
            f"unset {SLEEP_URL}"
        ) from None
    finally:
        connection.close()
    if answer.status != 200:
        raise ConnectionError(f"the simulator's clock at {url} answered {answer.status}")
    return text


def now() -> str:
    """The time as records hold it, ``2026-03-01T12:00:00Z``; the simulator's when the environment names its address.

    What a run notes is held against times that AWS wrote, so under a simulator both come from one clock.
    """
    url = _simulator_url()
    moment = datetime.now(timezone.utc)
    if url is not None:
        answer = _ask(urllib.parse.urljoin(url, "clock"))
        moment = datetime.fromisoformat(json.loads(answer)["now"]).astimezone(timezone.utc)
    return second(moment)


def ticks() -> float:
    """Seconds of a clock of this machine that nobody sets; only their differences mean anything."""
    return monotonic()


class News(Protocol):
    """Something that other threads set; threading.Event is one."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or for so many seconds."""


class Clock:
    """Sleeps in real seconds, or in the simulator's virtual ones when the environment names its address.

    The simulator's stepped clock moves only while all its clients sleep, so a client says who it is and when it has
    finished; use it as a context manager for that.
    """

    def __init__(self, client: str) -> None:
        self._client = client
        self._url = _simulator_url()
        self._made = ticks()
        self._slept = 0.0

    def seconds(self) -> float:
        """Seconds since the clock was made; in the simulator those that this client slept, for nothing else takes time
        there."""
        return ticks() - self._made if self._url is None else self._slept

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        if self._url is None:
            time.sleep(seconds)
        else:
            _ask(self._url, {"seconds": seconds, "client": self._client})
            self._slept += seconds

    def pause(self, seconds: float, news: News) -> None:
        """Let ``seconds`` pass, or less when there is news of other threads. Only one thread of a program sleeps.

        In the simulator time stands still while the others work, however long ``seconds`` are: there is news first.
        """
        news.wait(seconds if self._url is None and seconds < float("inf") else None)

    def __enter__(self) -> Clock:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._url is not None:
            _ask(urllib.parse.urljoin(self._url, "leave"), {"client": self._client})
