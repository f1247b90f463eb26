"""Probe machines from the controller: a TCP connection, or an HTTP request and its response."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import ipaddress
import math
import socket
import typing as t
import urllib.error
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.urls import open_url

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import states, step
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting.effects.wait import Wait

ADDRESS = "{address}"
Probe = dict[str, t.Any]
_AT_ONCE = 32
_MOST_BYTES = 1 << 20

SPEC = {
    "tcp": {
        "type": "dict",
        "options": {"host": {"type": "str", "default": ADDRESS}, "port": {"type": "int", "required": True}},
    },
    "http": {
        "type": "dict",
        "options": {
            "url": {"type": "str", "required": True},
            "status": {"type": "list", "elements": "int", "default": [200]},
            "contains": {"type": "str"},
            "validate_certs": {"type": "bool", "default": True},
        },
    },
    "addresses": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 10},
    "retries": {"type": "int", "default": 0},
    "interval": {"type": "int", "default": 10},
}


def options(given: Given) -> dict[str, t.Any]:
    """The options of a probe, see SPEC, with the defaults of those that are not given."""

    def whole(spec: t.Mapping[str, t.Any], some: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return {
            key: whole(one["options"], some[key])
            if one.get("options") and some.get(key)
            else some.get(key, one.get("default"))
            for key, one in spec.items()
        }

    return whole(SPEC, given)


def targets(params: Given) -> list[str]:
    """What is to be probed: URLs, or ``host:port``. A placeholder stands for each address, which must be one.

    :raises DrsError: ``invalid_option`` for what cannot be probed, before anything is.
    """
    if bool(params.get("tcp")) == bool(params.get("http")):
        raise DrsError("invalid_option", "give one of tcp and http")
    for key, least in (("timeout", 1), ("retries", 0), ("interval", 0)):
        if params[key] < least:
            raise DrsError("invalid_option", f"{key}: {params[key]} must be at least {least}")
    if params.get("tcp"):
        if not 1 <= params["tcp"]["port"] <= 65535:
            raise DrsError("invalid_option", f"tcp.port: {params['tcp']['port']} must be from 1 to 65535")
        pattern = f"{params['tcp'].get('host') or ADDRESS}:{params['tcp']['port']}"
    else:
        pattern = params["http"]["url"]
        parts = urllib.parse.urlsplit(pattern.replace(ADDRESS, "address"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DrsError("invalid_option", f"http.url: {clean(pattern, 120)} is not an http or https address")
        if parts.username or parts.password:
            raise DrsError("invalid_option", "http.url: a name or password in it would be shown; leave it out")
    if ADDRESS not in pattern:
        return [pattern]
    return [pattern.replace(ADDRESS, _host(one)) for one in dict.fromkeys(params["addresses"])]


def _host(address: str) -> str:
    """An address as it stands in a URL. It comes from AWS, so it must be an address and nothing else."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise DrsError("invalid_option", f"addresses: {clean(address, 60)} is not an IP address") from None
    return f"[{ip}]" if ip.version == 6 else str(ip)


def begin(params: Given) -> dict[str, Probe]:
    """What is to be probed, by target, before the first try: {target, ok, attempts, error}.

    :raises DrsError: what ``targets`` raises; probe_failed when there is no target.
    """
    named = targets(params)
    if not named:
        raise DrsError("probe_failed", "there is no address to look at")
    return {one: {"target": one, "ok": False, "attempts": 0, "error": None} for one in named}


def attempt(probes: dict[str, Probe], params: Given) -> None:
    """Try each target once that has not answered yet, many at a time; changes ``probes``."""
    left = [one for one in probes if not probes[one]["ok"]]
    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(left) or 1)) as pool:
        for one, problem in zip(left, pool.map(lambda target: _probe(target, params), left)):
            probes[one].update(ok=problem is None, attempts=probes[one]["attempts"] + 1, error=problem)


def over(probes: t.Mapping[str, Probe], params: Given) -> bool:
    """Whether nothing is left to be tried: all have answered, or the tries are over."""
    return all(one["ok"] or one["attempts"] > params["retries"] for one in probes.values())


def judged(probes: t.Mapping[str, Probe]) -> Result:
    """The result of probes: {probes, changed}.

    :raises DrsError: probe_failed, naming the targets that did not answer, and why.
    """
    bad = [one for one in probes.values() if not one["ok"]]
    if bad:
        result = "; ".join(f"{clean(one['target'], 120)}: {one['error']}" for one in bad[:10])
        more = f" and {len(bad) - 10} more" if len(bad) > 10 else ""
        text = f"{len(bad)} of {count(len(probes), 'endpoint')} did not answer as they should: {result}{more}"
        raise DrsError("probe_failed", text, details={"probes": list(probes.values())})
    return {"probes": list(probes.values()), "changed": False}


def run(params: Given) -> Result:
    """Probe every target until it answers as it should, or its tries are over: {probes, changed}.

    :raises DrsError: what ``begin`` and ``judged`` raise.
    """
    probes = begin(params)
    with Clock("probe") as clock:
        attempt(probes, params)
        while not over(probes, params):
            clock.sleep(params["interval"])
            attempt(probes, params)
    return judged(probes)


class _Here:
    """Where a probe looks from: the controller, which is no cell."""

    name = region = ""

    def renew(self) -> None:
        """There are no credentials."""


class ProbeWait(Wait):
    """Waiting for targets to answer, beside other waits. Its result: {probes}, what ``judged`` judges.

    :param probes: see ``begin``.
    :param label: names it in lines.
    """

    TABLE = {"tried": states.GOING_ON, "over": states.DONE}

    def __init__(
        self, probes: dict[str, Probe], params: Given, label: str, heartbeat: int, timeout: float = math.inf
    ) -> None:
        interval = max(params["interval"], 0.1)
        paced = {
            "poll_interval": interval,
            "poll_interval_max": interval,
            "expected_seconds": 1,
            "heartbeat": heartbeat,
        }
        # its tries are what ends it, unless the time for all waiting is over before
        super().__init__({**paced, "timeout": timeout, "label": label}, t.cast(Cell, _Here()))
        self.probes, self.options = probes, params

    def read(self) -> dict[str, Probe]:
        attempt(self.probes, self.options)
        return self.probes

    def states_of(self, state: dict[str, Probe]) -> list[str]:
        return ["over" if over(state, self.options) else "tried"]

    def changes(self, state: dict[str, Probe]) -> list[str]:
        return []

    def beat(self, elapsed: float, others: t.Sequence[Wait] = ()) -> str:
        answered = sum(1 for one in self.probes.values() if one["ok"])
        return f"{self.label}: {answered} of {count(len(self.probes), 'endpoint')} answered after {int(elapsed)}s"

    def result(self, progress: step.Progress) -> Result:
        return {"probes": self.probes, **self.progress_fields(progress)}


def _probe(target: str, params: Given) -> str | None:
    """Why a target does not answer as it should; None when it does."""
    try:
        if params.get("tcp"):
            host, _colon, port = target.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), params["timeout"]).close()
            return None
        return _get(target, params["http"], params["timeout"])
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "reason", None) or exc
        return clean(str(reason) or type(exc).__name__, 200)


def _get(url: str, target: t.Mapping[str, t.Any], timeout: float) -> str | None:
    try:
        answer = open_url(
            url,
            timeout=timeout,
            validate_certs=target["validate_certs"],
            http_agent="resilience.drs",
            follow_redirects="none",
        )
        status, body = answer.getcode(), answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as exc:
        status, body = exc.code, exc.read(_MOST_BYTES)
    if status not in target["status"]:
        return f"HTTP status {status}, not {', '.join(map(str, target['status']))}"
    if target["contains"] and target["contains"].encode() not in body:
        return f"the answer does not contain {clean(target['contains'], 60)}"
    return None
