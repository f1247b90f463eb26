"""Check the options of drs_instances: one error that names the option, the value and what to write. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CellError, kind, near, show
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.machines import HOST_VARS, KINDS, READS, Names

KEYS = (
    "hosts",
    "cells_file",
    "tags",
    "tag_keys",
    "filters",
    "staging_account_ids",
    "extended",
    "protection",
    "hostnames",
    "connect_to",
    "details",
    "group_prefix",
    "on_error",
    "max_workers",
    "timeout",
)
CHOICES = {
    "hosts": KINDS,
    "extended": ("copy", "original", "both"),
    "connect_to": ("none", "source", "recovery"),
    "on_error": ("warn", "fail", "ignore"),
}
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,30}")


@dataclass(frozen=True)
class Options:
    """The options of a file; see the documentation of the plugin."""

    hosts: str
    tags: Mapping[str, Any]
    tag_keys: Mapping[str, Sequence[str]]
    filters: list[dict[str, Any]]
    staging_account_ids: list[str] | None
    extended: str
    protection: bool
    names: Names
    connect_to: str
    details: bool
    group_prefix: str
    on_error: str
    max_workers: int
    timeout: float

    @property
    def kinds(self) -> list[str]:
        """What has to be read, the hosts themselves first."""
        result = [one for one in READS[self.hosts] if self.protection or self.hosts != "instances" or one == self.hosts]
        other = {"recovery": "recovery_instances", "source": "source_servers"}.get(self.connect_to)
        if self.connect_to == "recovery" and self.hosts == "instances" and "source_servers" not in result:
            result.append("source_servers")
        if other and other not in result and not (self.hosts == "instances" and self.connect_to == "source"):
            result.append(other)
        return result

    def query(self, account_id: str, partition: str) -> dict[str, Any]:
        """The query of one cell, see fleet.read."""
        return {
            "account_id": account_id,
            "partition": partition,
            "filters": self.filters,
            "staging_account_ids": self.staging_account_ids,
        }


def check_options(config: Mapping[str, Any]) -> Options:
    """The options of a file. Raises CellError, and DrsError for tag keys."""
    chosen = {}
    for key, choices in CHOICES.items():
        value = config.get(key)
        if value is None and key == "hosts":
            raise CellError(f"hosts is missing. Say what the hosts are: {', '.join(choices)}.")
        chosen[key] = choices[0] if value is None else value
        if chosen[key] not in choices:
            raise CellError(f"{key} {show(value)} is not valid.{near(value, choices)} Known are {', '.join(choices)}.")
    hosts = chosen["hosts"]
    for key, only in (("filters", "instances"), ("protection", "instances"), ("extended", "source_servers")):
        if config.get(key) is not None and hosts != only:
            raise CellError(f"{key} has no effect with 'hosts: {hosts}', only with 'hosts: {only}'. Remove it.")
    prefix = config.get("group_prefix", "dr_")
    if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
        raise CellError(f"group_prefix {show(prefix)} cannot begin a group name. Use letters, digits and '_'.")
    for key in ("protection", "details"):
        if config.get(key) not in (None, True, False):
            raise CellError(f"{key} {show(config[key])} must be true or false.")
    criteria = _mapping(config, "tags")
    tag_keys = tags.resolve_keys(_mapping(config, "tag_keys"))
    return Options(
        tags=criteria,
        tag_keys=tag_keys,
        filters=_filters(_mapping(config, "filters"), criteria, tag_keys),
        staging_account_ids=_account_ids(config.get("staging_account_ids")),
        protection=config.get("protection") is not False,
        details=config.get("details") is True,
        names=Names.check(config.get("hostnames")),
        group_prefix=prefix,
        max_workers=_number(config, "max_workers", 16, 1, 64),
        timeout=_number(config, "timeout", 300, 1, 3600),
        **chosen,
    )


def check_composed(names: Any) -> None:
    """Refuse compose entries that would falsify a host."""
    for name in names:
        if name in HOST_VARS:
            raise CellError(f"compose.{name} would replace what the host says about itself. Use another variable name.")


def _mapping(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = config.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise CellError(f"{key} must be a mapping (key: value), got {kind(value)}.")
    return value


def _filters(
    given: Mapping[str, Any], criteria: Mapping[str, Any], tag_keys: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """The filters of DescribeInstances: those given, and what tags can be asked for in them."""
    filters = {one["Name"]: one["Values"] for one in machines.filter_of(criteria, tag_keys)}
    own: dict[str, list[str]] = {}
    for name, value in given.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        if not isinstance(name, str) or not values or not all(isinstance(one, (str, int, bool)) for one in values):
            raise CellError(f"filters.{name} {show(value)} must be a value or a list of values.")
        own[name] = [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
    return [{"Name": name, "Values": values} for name, values in {**filters, **own}.items()]


def _account_ids(value: Any) -> list[str] | None:
    if value in (None, []):
        return None
    if not isinstance(value, (list, tuple)) or not all(
        isinstance(one, str) and re.fullmatch(r"[0-9]{12}", one) for one in value
    ):
        raise CellError("staging_account_ids must be a list of account ids of 12 digits, in quotes.")
    return sorted(value)


def _number(config: Mapping[str, Any], key: str, default: int, least: int, most: int) -> int:
    value = config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise CellError(f"{key} {show(value)} must be a number from {least} to {most}.")
    return value
