"""A scenario: the accounts, fleets and faults of a simulated world, as a person writes them in YAML."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import access, checks, instances
from .checks import ScenarioError, fail

__all__ = ["Account", "Fleet", "Role", "Scenario", "ScenarioError", "load"]

DEFAULT_HUB = "999999999999"
# Calls that the journal keeps.
JOURNAL_KEEP = 100_000
# Defaults of AWS (DRS quotas, General Reference); a scenario may lower them to make a test small.
QUOTAS = {
    "servers_per_job": 100,
    "concurrent_jobs": 20,
    "servers_in_jobs": 500,
    "jobs_per_server": 1,
    "replicating_servers": 300,
    "source_servers": 4000,
    "launch_actions_per_resource": 200,
    "launch_configuration_templates": 1,
    "source_networks": 100,
}
# Seconds each phase of a job takes, compressed from the 5 to 20 minutes that AWS calls typical.
DURATIONS = {
    "start": (1.0, 4.0),
    "snapshot": (60.0, 120.0),
    "conversion": (180.0, 420.0),
    "launch": (60.0, 180.0),
    "terminate": (30.0, 90.0),
    "cleanup": (20.0, 60.0),
}
STATES = (
    "STOPPED",
    "INITIATING",
    "INITIAL_SYNC",
    "BACKLOG",
    "CREATING_SNAPSHOT",
    "CONTINUOUS",
    "PAUSED",
    "RESCAN",
    "STALLED",
    "DISCONNECTED",
)


@dataclass(frozen=True)
class Role:
    """A role that may be assumed. trusts: account ids or principal ARNs; deny: refuse everybody."""

    name: str
    external_id: str | None = None
    deny: bool = False
    trusts: tuple[str, ...] = ()
    #: Policy documents and ARNs of managed policies; None means everything is allowed.
    policies: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Account:
    """One AWS account. regions: where DRS is initialised, with a replication configuration template if one is wanted.
    access_key_id: static keys of its own, if any.
    """

    id: str
    name: str
    alias: str | None
    types: tuple[str, ...]
    regions: tuple[str, ...]
    roles: tuple[Role, ...]
    quotas: dict[str, int]
    access_key_id: str | None = None
    encryption: dict[str, str] | None = None
    replication_template: bool = False


@dataclass(frozen=True)
class Fleet:
    """Source servers alike in one account and Region; `servers` overrides single ones by name."""

    account: str
    region: str
    names: tuple[str, ...]
    tags: dict[str, str]
    extend_to: str | None
    extend_tags: dict[str, str] | None
    state: str
    lag_seconds: float
    disks: tuple[dict[str, Any], ...]
    platform: str
    #: None: the machines run on premises.
    origin_account: str | None
    origin_region: str | None
    create_instances: bool
    properties: dict[str, Any]
    servers: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Scenario:
    """The whole world, checked."""

    seed: int = 42
    clock: dict[str, Any] = field(default_factory=lambda: {"mode": "stepped", "speed": 60.0})
    hub_account: str = DEFAULT_HUB
    hub_access_key: str = "hub"
    jobs: dict[str, Any] = field(default_factory=lambda: {"durations": dict(DURATIONS), "total": None})
    accounts: tuple[Account, ...] = ()
    fleets: tuple[Fleet, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    machines: instances.Machines = field(default_factory=instances.Machines)
    #: (staging account, target account) whose staging role exists from the beginning.
    staging_roles: tuple[tuple[str, str], ...] = ()
    #: (account, the account it trusts) whose failback roles exist from the beginning.
    failback_roles: tuple[tuple[str, str], ...] = ()
    journal_keep: int = JOURNAL_KEEP
    iam: dict[str, Any] = field(default_factory=lambda: {"enforce": False, "dependent_actions": "check"})

    @functools.cached_property
    def account_ids(self) -> list[str]:
        """All accounts there are, the hub first."""
        return [self.hub_account] + [a.id for a in self.accounts if a.id != self.hub_account]

    def account(self, account_id: str) -> Account | None:
        """The account with this id, or None."""
        return next((account for account in self.accounts if account.id == account_id), None)


_TOP = (
    *("seed", "clock", "hub", "jobs", "accounts", "fleets", "instances", "trusted", "ssm", "faults", "settings"),
    *("staging_roles", "failback_roles", "iam", "journal"),
)
_ACCOUNT = (
    "id",
    "name",
    "alias",
    "types",
    "regions",
    "role",
    "roles",
    "quotas",
    "access_key_id",
    "encryption",
    "replication_template",
)
_FLEET = (
    "account",
    "region",
    "count",
    "name",
    "tags",
    "extend_to",
    "extend_tags",
    "state",
    "lag_seconds",
    "disks",
    "platform",
    "origin",
    "create_instances",
    "set",
    "servers",
)
_SERVER = ("tags", "state", "lag_seconds", "disks", "platform", "fail_launch", "stuck", "set", "instance_id")


def _role(raw: Any, where: str, hub: str) -> Role:
    found = checks.mapping(raw, where, ("name", "external_id", "deny", "trusts", "policies"))
    external_id = found.get("external_id")
    return Role(
        name=checks.text(found.get("name"), f"{where}.name").lstrip("/"),
        external_id=None if external_id is None else checks.text(external_id, f"{where}.external_id"),
        deny=checks.boolean(found.get("deny"), f"{where}.deny", False),
        trusts=tuple(
            checks.text(t, f"{where}.trusts[{n}]")
            for n, t in enumerate(checks.sequence(found.get("trusts"), f"{where}.trusts"))
        )
        or (hub,),
        policies=None if found.get("policies") is None else access.policies(found, f"{where}.policies"),
    )


def _account(raw: Any, where: str, hub: str) -> Account:
    found = checks.mapping(raw, where, _ACCOUNT)
    identity = checks.account_id(found.get("id"), f"{where}.id")
    roles = [_role(found["role"], f"{where}.role", hub)] if found.get("role") is not None else []
    for n, item in enumerate(checks.sequence(found.get("roles"), f"{where}.roles")):
        roles.append(_role(item, f"{where}.roles[{n}]", hub))
    quotas = {}
    for name, value in checks.mapping(found.get("quotas"), f"{where}.quotas", QUOTAS).items():
        quotas[name] = int(checks.number(value, f"{where}.quotas.{name}", 0, 0))
    regions = checks.sequence(found.get("regions"), f"{where}.regions")
    return Account(
        id=identity,
        name=checks.text(found.get("name"), f"{where}.name", identity),
        alias=None if found.get("alias") is None else checks.text(found["alias"], f"{where}.alias"),
        types=tuple(
            checks.text(t, f"{where}.types[{n}]")
            for n, t in enumerate(checks.sequence(found.get("types"), f"{where}.types"))
        ),
        regions=tuple(checks.region(r, f"{where}.regions[{n}]") for n, r in enumerate(regions)),
        roles=tuple(roles),
        quotas=quotas,
        access_key_id=found.get("access_key_id"),
        encryption=access.encryption(found.get("encryption"), f"{where}.encryption"),
        replication_template=checks.boolean(found.get("replication_template"), f"{where}.replication_template", False),
    )


def _disks(raw: Any, where: str) -> tuple[dict[str, Any], ...]:
    found = checks.sequence(raw, where)
    disks = []
    for n, item in enumerate(found):
        disk = checks.mapping(item, f"{where}[{n}]", ("device", "gib"))
        disks.append(
            {
                "device": checks.text(disk.get("device"), f"{where}[{n}].device", "/dev/sda1"),
                "gib": checks.number(disk.get("gib"), f"{where}[{n}].gib", 50, 1, 65536),
            }
        )
    return tuple(disks) or ({"device": "/dev/sda1", "gib": 50},)


def _server(raw: Any, where: str) -> dict[str, Any]:
    """Overrides of one server; only what is given is returned."""
    found = checks.mapping(raw, where, _SERVER)
    result: dict[str, Any] = dict(checks.mapping(found.get("set"), f"{where}.set"))
    for key, value in found.items():
        if key == "tags":
            result[key] = checks.tags(value, f"{where}.tags")
        elif key == "state":
            result[key] = checks.choice(value, f"{where}.state", "CONTINUOUS", STATES)
        elif key == "lag_seconds":
            result[key] = checks.number(value, f"{where}.lag_seconds", 0, 0)
        elif key == "disks":
            result[key] = [dict(disk) for disk in _disks(value, f"{where}.disks")]
        elif key == "stuck":
            # true, or the phase in which the launch hangs.
            phases = (True, False, *(phase for phase in DURATIONS if phase not in ("start", "terminate")))
            if value not in phases:
                raise fail(f"{where}.stuck", value, "is not true, false, cleanup, snapshot, conversion or launch")
            result[key] = value
        elif key != "set":
            result[key] = None if value is None else checks.text(value, f"{where}.{key}")
    return result


def _fleet(raw: Any, where: str, accounts: Mapping[str, Account]) -> Fleet:
    found = checks.mapping(raw, where, _FLEET)

    def known(value: Any, field_name: str) -> str:
        identity = checks.account_id(value, f"{where}.{field_name}")
        if identity not in accounts:
            raise fail(f"{where}.{field_name}", identity, "is not among accounts; add it there or correct it")
        return identity

    account = known(found.get("account"), "account")
    default_region = accounts[account].regions[0] if len(accounts[account].regions) == 1 else None
    region = checks.region(found.get("region", default_region), f"{where}.region")
    if region not in accounts[account].regions:
        raise fail(f"{where}.region", region, f"is not among the regions of account {account}; add it there")
    extend_to = None if found.get("extend_to") is None else known(found["extend_to"], "extend_to")
    if extend_to and region not in accounts[extend_to].regions:
        raise fail(f"{where}.extend_to", extend_to, f"has no DRS in {region}; add it to the account's regions")
    count = int(checks.number(found.get("count"), f"{where}.count", 1, 1, 4000))
    pattern = checks.text(found.get("name"), f"{where}.name", "server-{n:02}")
    try:
        names = tuple(pattern.format(n=n) for n in range(1, count + 1))
    except (KeyError, IndexError, ValueError):
        raise fail(f"{where}.name", pattern, "is not a name pattern; use {n}, {n:02} or {n:03}") from None
    if len(set(names)) < count:
        raise fail(f"{where}.name", pattern, "gives several servers one name; put {n} or {n:02} into it")
    servers = {}
    for name, overrides in checks.mapping(found.get("servers"), f"{where}.servers").items():
        if name not in names:
            raise fail(f"{where}.servers.{name}", name, f"is not a server of this fleet ({names[0]} to {names[-1]})")
        servers[name] = _server(overrides, f"{where}.servers.{name}")
    origin = checks.mapping(found.get("origin"), f"{where}.origin", ("account", "region", "environment"))
    places = ("AWS", "ON_PREMISES")
    on_premises = checks.choice(origin.get("environment"), f"{where}.origin.environment", "AWS", places) != "AWS"
    for key in ("account", "region"):
        if on_premises and key in origin:
            raise fail(f"{where}.origin.{key}", origin[key], "has no meaning on premises; remove it")
    instances = checks.boolean(found.get("create_instances"), f"{where}.create_instances", False)
    if on_premises and instances:
        raise fail(f"{where}.create_instances", True, "has no meaning on premises; remove it")
    return Fleet(
        account=account,
        region=region,
        names=names,
        tags=checks.tags(found.get("tags"), f"{where}.tags"),
        extend_to=extend_to,
        extend_tags=None if found.get("extend_tags") is None else checks.tags(found["extend_tags"], f"{where}.tags"),
        state=checks.choice(found.get("state"), f"{where}.state", "CONTINUOUS", STATES),
        lag_seconds=checks.number(found.get("lag_seconds"), f"{where}.lag_seconds", 0, 0),
        disks=_disks(found.get("disks"), f"{where}.disks"),
        platform=checks.choice(found.get("platform"), f"{where}.platform", "linux", ("linux", "windows")),
        origin_account=None
        if on_premises
        else checks.account_id(origin.get("account", account), f"{where}.origin.account"),
        origin_region=None
        if on_premises
        else checks.region(origin.get("region", "us-east-1"), f"{where}.origin.region"),
        create_instances=instances,
        properties=checks.mapping(found.get("set"), f"{where}.set"),
        servers=servers,
    )


def _jobs(raw: Any) -> dict[str, Any]:
    found = checks.mapping(raw, "jobs", ("durations", "total"))
    durations = dict(DURATIONS)
    for phase, value in checks.mapping(found.get("durations"), "jobs.durations", DURATIONS).items():
        durations[phase] = checks.span(value, f"jobs.durations.{phase}")
    total = found.get("total")
    return {"durations": durations, "total": None if total is None else checks.number(total, "jobs.total", 0, 1)}


def parse(raw: Any) -> Scenario:
    """Check a scenario given as data. Raises ScenarioError for the first thing wrong."""
    found = checks.mapping(raw, "scenario", _TOP)
    clock = checks.mapping(found.get("clock"), "clock", ("mode", "speed", "grace"))
    hub = checks.mapping(found.get("hub"), "hub", ("account_id", "access_key_id"))
    journal = checks.mapping(found.get("journal"), "journal", ("keep",))
    hub_account = checks.account_id(hub.get("account_id", DEFAULT_HUB), "hub.account_id")
    accounts: dict[str, Account] = {}
    for n, item in enumerate(checks.sequence(found.get("accounts"), "accounts")):
        account = _account(item, f"accounts[{n}]", hub_account)
        if account.id in accounts:
            raise fail(f"accounts[{n}].id", account.id, "is there twice; give each account one entry")
        accounts[account.id] = account
    fleets = tuple(
        _fleet(item, f"fleets[{n}]", accounts) for n, item in enumerate(checks.sequence(found.get("fleets"), "fleets"))
    )
    return Scenario(
        seed=int(checks.number(found.get("seed"), "seed", 42, 0)),
        clock={
            "mode": checks.choice(clock.get("mode"), "clock.mode", "stepped", ("stepped", "speed")),
            "speed": float(checks.number(clock.get("speed"), "clock.speed", 60, 0.001)),
            "grace": float(checks.number(clock.get("grace"), "clock.grace", 2.0, 0.1, 600)),
        },
        hub_account=hub_account,
        hub_access_key=checks.text(hub.get("access_key_id"), "hub.access_key_id", "hub"),
        jobs=_jobs(found.get("jobs")),
        accounts=tuple(accounts.values()),
        fleets=fleets,
        faults=tuple(checks.sequence(found.get("faults"), "faults")),
        settings=dict(checks.mapping(found.get("settings"), "settings")),
        machines=instances.parse(found, accounts),
        staging_roles=access.staging_roles(found.get("staging_roles"), accounts),
        failback_roles=access.failback_roles(found.get("failback_roles"), accounts),
        iam=access.iam(found.get("iam")),
        journal_keep=int(checks.number(journal.get("keep"), "journal.keep", JOURNAL_KEEP, 1)),
    )


def load(source: str | os.PathLike[str] | Mapping[str, Any] | None) -> Scenario:
    """Read a scenario from a YAML file, or take it as data; None is an empty world. Raises ScenarioError."""
    if source is None or isinstance(source, Mapping):
        return parse(source)
    import yaml  # kept out of the import of this module: tests that give data do not need it

    try:
        with open(source, encoding="utf-8") as handle:
            raw = yaml.load(handle, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as problem:
        raise ScenarioError(f"{os.fspath(source)}: cannot be read ({problem.strerror}); check the path") from None
    except yaml.YAMLError as problem:
        raise ScenarioError(f"{os.fspath(source)}: is not YAML ({' '.join(str(problem).split())})") from None
    try:
        return parse(raw)
    except ScenarioError as problem:
        raise ScenarioError(f"{os.fspath(source)}: {problem}") from None
