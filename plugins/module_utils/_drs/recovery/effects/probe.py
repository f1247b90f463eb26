"""Probe machines from the controller: a TCP connection, or an HTTP request and its response."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import ipaddress
import socket
import typing as t
import urllib.error
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.urls import open_url

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.clock import Clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

ADDRESS = "{address}"
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


def run(params: Given) -> Result:
    """Probe every target until it answers as it should, or its tries are over: {probes, changed}.

    :raises DrsError: probe_failed, naming the targets that did not answer, and why, or when there is no target.
    """
    targets_of_probe = targets(params)
    if not targets_of_probe:
        raise DrsError("probe_failed", "there is no address to look at")
    probes = {one: {"target": one, "ok": False, "attempts": 0, "error": None} for one in targets_of_probe}
    with Clock("probe") as clock, ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(targets_of_probe) or 1)) as pool:
        for attempt in range(params["retries"] + 1):
            left = [one for one in targets_of_probe if not probes[one]["ok"]]
            if not left:
                break
            if attempt:
                clock.sleep(params["interval"])
            for one, problem in zip(left, pool.map(lambda target: _probe(target, params), left)):
                probes[one].update(ok=problem is None, attempts=attempt + 1, error=problem)
    bad = [one for one in probes.values() if not one["ok"]]
    if bad:
        result = "; ".join(f"{clean(one['target'], 120)}: {one['error']}" for one in bad[:10])
        more = f" and {len(bad) - 10} more" if len(bad) > 10 else ""
        text = f"{len(bad)} of {count(len(probes), 'endpoint')} did not answer as they should: {result}{more}"
        raise DrsError("probe_failed", text, details={"probes": list(probes.values())})
    return {"probes": list(probes.values()), "changed": False}


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
