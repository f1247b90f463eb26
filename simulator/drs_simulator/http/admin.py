"""The admin API under /_sim: inspect and change the world while it runs. simulator/README.md lists it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from ..assembly import seeding
from ..protocol.wire import Answer
from ..world.world import World
from .gateway import Gateway

PREFIX = "/_sim"
_INSTANCE_KEYS = ("account", "region", "recovery_instance_id", "name")


class BadRequest(ValueError):
    """Something wrong in an admin call; the text names field, value and fix."""


class Admin:
    """Answers /_sim requests. alive: tells whether the client of the current request still listens."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self._doors: dict[tuple[str, str], Callable[[dict[str, str], dict[str, Any]], Any]] = {
            ("GET", "/health"): self._health,
            ("GET", "/scenario"): self._scenario,
            ("GET", "/journal"): self._journal,
            ("GET", "/ledger"): self._ledger,
            ("GET", "/clock"): lambda query, body: self.world.clock.describe(),
            ("POST", "/clock"): self._set_clock,
            ("POST", "/leave"): lambda query, body: {"left": self.world.clock.leave(_text(body, "client"))},
            ("GET", "/faults"): lambda query, body: {"faults": self.world.faults.describe()},
            ("POST", "/faults"): self._add_faults,
            ("DELETE", "/faults"): lambda query, body: {
                "removed": self.world.faults.remove(query.get("id") or body.get("id"))
            },
            ("POST", "/servers"): self._set_server,
            ("POST", "/instances"): self._set_instance,
            ("POST", "/recovery_instances"): self._set_recovery_instance,
            ("POST", "/failback_clients"): self._boot_client,
            ("POST", "/roles"): self._set_role,
            ("POST", "/sessions"): lambda query, body: {
                "expired": self.world.accounts.expire_sessions(body.get("account"))
            },
        }

    def handle(self, method: str, target: str, raw: bytes, alive: Callable[[], bool]) -> Answer:
        """Answer one admin request as JSON; errors are {"error": text} with 400 or 404."""
        path, _sep, query_text = target.partition("?")
        query = {key: values[-1] for key, values in parse_qs(query_text).items()}
        name = path[len(PREFIX) :].rstrip("/")
        try:
            body = self._body(raw)
            if (method, name) == ("POST", "/sleep"):
                return _json(200, self._sleep(body, alive))
            door = self._doors.get((method, name))
            if door is None:
                known = ", ".join(sorted(f"{m} {PREFIX}{p}" for m, p in [*self._doors, ("POST", "/sleep")]))
                return _json(404, {"error": f"no admin call {method} {path}; known: {known}"})
            with self.world.lock:
                return _json(200, door(query, body))
        except (ValueError, KeyError) as problem:
            text = problem.args[0] if problem.args else type(problem).__name__
            return _json(400, {"error": str(text)})

    @staticmethod
    def _body(raw: bytes) -> dict[str, Any]:
        if not raw:
            return {}
        try:
            found = json.loads(raw)
        except ValueError as problem:
            raise BadRequest(f"body: is not JSON ({problem})") from None
        if not isinstance(found, (dict, list)):
            raise BadRequest("body: is not a JSON object")
        return {"items": found} if isinstance(found, list) else found

    def _health(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        return {
            "status": "ok",
            "time": self.world.clock.now().isoformat(),
            "accounts": self.world.accounts.ids,
            "calls": self.world.journal.last,
            "internal_errors": self.gateway.internal_errors,
        }

    def _scenario(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        found = dataclasses.asdict(self.world.scenario)
        for account in found["accounts"]:
            for role in account["roles"]:
                # An external id is a shared secret; whoever may know it has the scenario file.
                role["external_id"] = bool(role["external_id"])
        return found

    def _journal(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        found = self.world.journal.entries(
            since=_since(query),
            service=query.get("service"),
            action=query.get("action"),
            account=query.get("account"),
            dependent=query.get("dependent") == "true",
        )
        return {"entries": found, "last": self.world.journal.last, "dropped": self.world.journal.dropped}

    def _ledger(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        seeding.settle()
        return {
            "entries": self.world.ledger.entries(since=_since(query), effect=query.get("effect")),
            "last": len(self.world.ledger.entries()),
        }

    def _set_clock(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        unknown = set(body) - {"advance", "mode", "speed", "grace"}
        if unknown:
            raise BadRequest(f"{sorted(unknown)[0]}: unknown key; known keys: advance, mode, speed, grace")
        if {"mode", "speed", "grace"} & set(body):
            self.world.clock.configure(body.get("mode"), body.get("speed"), body.get("grace"))
        if "advance" in body:
            self.world.clock.advance(_number(body, "advance"))
        return self.world.clock.describe()

    def _sleep(self, body: dict[str, Any], alive: Callable[[], bool]) -> dict[str, Any]:
        woke = self.world.clock.sleep(str(body.get("client") or "anonymous"), _number(body, "seconds"), alive)
        return {"now": woke.isoformat()}

    def _add_faults(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        items = body["items"] if "items" in body else [body]
        return {"added": [self.world.faults.add(item, "fault").describe() for item in items]}

    def _set_server(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        known = self.world.accounts.ids
        if body.get("set") and _text(body, "account") not in known:
            raise BadRequest(f"account: {body['account']} is not in the scenario; it has {', '.join(known)}")
        return _set(body, "source_server_id", '{"state": "STALLED"}', seeding.set_server)

    def _set_instance(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        return _set(body, "instance_id", '{"ssm": "online"}', self.world.machines.change)

    def _set_recovery_instance(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        return _set(body, "recovery_instance_id", '{"agent_connected": false}', seeding.set_recovery_instance)

    def _boot_client(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        account, region = _text(body, "account"), _text(body, "region")
        reference = body.get("recovery_instance_id") or body.get("name")
        options = {key: value for key, value in body.items() if key not in _INSTANCE_KEYS}
        return {"failback_client_id": seeding.boot_client(account, region, str(reference), options)}

    def _set_role(self, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        account = _text(body, "account")
        changes = {key: body[key] for key in ("deny", "external_id", "trusts") if key in body}
        if not changes:
            raise BadRequest("deny: is missing; give deny, external_id or trusts")
        names = self.world.accounts.set_role(account, body.get("role"), **changes)
        if not names:
            raise BadRequest(f"role: account {account} has no role {body.get('role') or 'at all'} in the scenario")
        return {"account": account, "roles": names}


def _since(query: dict[str, str]) -> int:
    try:
        return int(query.get("since", "0"))
    except ValueError:
        raise BadRequest(f"since: {query['since']!r} is not a whole number") from None


def _number(body: dict[str, Any], key: str) -> float:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadRequest(f"{key}: {value!r} is not a number of seconds")
    return float(value)


def _set(body: dict[str, Any], key: str, example: str, change: Callable[..., Any]) -> dict[str, Any]:
    """Change properties of one thing, or of several, that the body names by its id (the key) or by its name."""
    changes = body.get("set")
    if not isinstance(changes, dict) or not changes:
        raise BadRequest(f"set: is missing; write the properties to change, e.g. {example}")
    wanted = body.get(key) or body.get("name")
    names = wanted if isinstance(wanted, list) else [wanted]
    account, region = _text(body, "account"), _text(body, "region")
    for name in names:
        if not name:
            raise BadRequest(f"{key}: is missing; give {key} or name")
        change(account, region, str(name), changes)
    return {"changed": names, "set": changes}


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{key}: {value!r} is missing or no text")
    return value


def _json(status: int, body: Any) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body, default=str).encode() + b"\n")
