"""Parse the sources of account entries: the file itself, a parameter of Systems Manager, AWS Organizations. Pure.

What an account may say is the same wherever it is written. An account that two sources give is taken whole from the
first of them: the file before the parameter, the parameter before the organisation.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import (
    DEFAULTS_KEYS,
    CellError,
    check_keys,
    kind,
    show,
)
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cells import Cell, Given, group_name, one_cell

READER_KEYS = ("external_id_env", "external_id_var", "profile", "role_arn", "role_session_name", "source_identity")
PARAMETER_KEYS = ("name", "region", *READER_KEYS)
ORGANIZATION_KEYS = (*DEFAULTS_KEYS, "exclude", "include", "name", "ou_ids", "reader", "recursive")
SOURCES = ("accounts", "ssm_parameter", "organization")

_OU_ID = re.compile(r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32}")
# Systems Manager: a name with its path, or the ARN of a parameter that another account shares.
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,2048}")


@dataclass(frozen=True)
class Parameter:
    """A parameter that holds account entries; ``reader`` says in which Region and as whom it is read."""

    name: str
    reader: Cell


@dataclass(frozen=True)
class Organization:
    """Accounts of an organisation, or of some of its units.

    ou_ids: units and roots, none for the whole organisation. keys: what holds for each of the accounts.
    """

    where: str
    reader: Cell
    ou_ids: tuple[str, ...] = ()
    recursive: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    by_name: bool = True
    keys: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sources:
    """All sources of one file, checked but not read."""

    inline: list[Given]
    parameter: Parameter | None
    organizations: list[Organization]

    @property
    def remote(self) -> bool:
        """Whether AWS has to be asked for the accounts."""
        return bool(self.parameter or self.organizations)

    def profiles(self) -> set[str]:
        """The profiles that read the sources."""
        readers = [one.reader for one in (self.parameter, *self.organizations) if one]
        return {reader.profile for reader in readers if reader.profile}


def check_sources(config: Mapping[str, Any], regions_by_partition: Mapping[str, frozenset[str]]) -> Sources:
    """The sources of a file. Raises CellError at the first thing that is wrong with any of them."""
    defaults = {} if config.get("defaults") is None else config["defaults"]
    check_keys(defaults, DEFAULTS_KEYS, "defaults")
    accounts, parameter, organizations = (config.get(key) for key in SOURCES)
    if accounts in (None, []) and not parameter and not organizations:
        raise CellError(
            "accounts is empty, so there is no cell. Give at least one account with its account_id, or a source of"
            " accounts: ssm_parameter or organization."
        )
    source_parameter = None
    if parameter is not None:
        check_keys(parameter, PARAMETER_KEYS, "ssm_parameter")
        name = parameter.get("name")
        if not isinstance(name, str) or not _PARAMETER_NAME.fullmatch(name):
            raise CellError(f"ssm_parameter.name {show(name)} is not the name of a parameter of Systems Manager.")
        if not parameter.get("region"):
            raise CellError("ssm_parameter.region is missing. Name the Region that the parameter is in.")
        reader = _reader(parameter, "ssm_parameter", parameter["region"], defaults, regions_by_partition)
        source_parameter = Parameter(name, reader)
    return Sources(
        inline=entries_of(accounts, defaults, "accounts") if accounts is not None else [],
        parameter=source_parameter,
        organizations=_organizations(organizations, defaults, regions_by_partition),
    )


def entries_of(accounts: Any, defaults: Mapping[str, Any], where: str) -> list[Given]:
    """The entries of a list of accounts, not looked into yet."""
    if not isinstance(accounts, (list, tuple)):
        raise CellError(f"{where} must be a list of accounts, each with its account_id, got {kind(accounts)}.")
    return [Given(entry, defaults, f"{where}[{index}]") for index, entry in enumerate(accounts)]


def parameter_entries(text: str, name: str, defaults: Mapping[str, Any]) -> list[Given]:
    """The entries in a parameter: a JSON list of accounts, or ``{"defaults": {...}, "accounts": [...]}``.

    Its own defaults win over those of the file. Variables of Ansible itself are refused there, for they would let
    whoever may write the parameter run programs on the controller.
    """
    where = f"parameter {name}: "
    try:
        content = json.loads(text)
    except ValueError as error:
        # the text is not repeated: nobody knows what it is
        raise CellError(f"{where}it does not hold JSON ({error}). Write a list of accounts.") from None
    if isinstance(content, list):
        content = {"accounts": content}
    check_keys(content, ("accounts", "defaults"), where.rstrip(": "))
    own = content.get("defaults") or {}
    check_keys(own, DEFAULTS_KEYS, f"{where}defaults")
    entries = entries_of(content.get("accounts") or [], over(defaults, own), f"{where}accounts")
    if not entries:
        raise CellError(f"{where}it holds no account. Write at least one, with its account_id.")
    for given in entries:
        variables = given.entry.get("vars") if isinstance(given.entry, Mapping) else None
        for key in variables if isinstance(variables, Mapping) else ():
            if str(key).startswith("ansible_"):
                raise CellError(
                    f"{given.where}.vars.{key} is not accepted from a parameter: it decides what runs on this machine."
                    " Set it in group_vars."
                )
    return entries


def organization_entries(
    source: Organization,
    accounts: Iterable[Mapping[str, Any]],
    defaults: Mapping[str, Any],
    say: Callable[[str], None],
) -> list[Given]:
    """The entries for accounts of Organizations: {account_id, name, status}, in the order of their ids.

    Accounts that are not ACTIVE, and those that include and exclude leave out, are named through ``say``.
    """
    accounts_by_id = {one["account_id"]: one for one in accounts}
    for pattern in source.include:
        if not any(_fits(pattern, one) for one in accounts_by_id.values()):
            raise CellError(f"{source.where}.include {show(pattern)} is no account there. Correct it, or remove it.")
    for pattern in source.exclude:
        if not any(_fits(pattern, one) for one in accounts_by_id.values()):
            say(f"{source.where}.exclude '{pattern}' is no account there")
    entries = []
    for account_id, one in sorted(accounts_by_id.items()):
        named = f"account {account_id} ({one['name']})"
        if one["status"] != "ACTIVE":
            say(f"{source.where}: {named} is skipped, it is {one['status']}")
        elif source.include and not any(_fits(pattern, one) for pattern in source.include):
            say(f"{source.where}: {named} is not in include")
        elif any(_fits(pattern, one) for pattern in source.exclude):
            say(f"{source.where}: {named} is in exclude")
        else:
            entry = {"account_id": account_id, **({"name": one["name"]} if source.by_name else {})}
            entries.append(Given(entry, over(defaults, source.keys), f"{source.where} {named}", one["name"]))
    return entries


def merge(*sources: Sequence[Given]) -> list[Given]:
    """The entries of all sources, the first source that has an account wins; the last one's names give way.

    The last source is the organisation's: two of its accounts may have one name, and no name was written to be part of
    a host name. Such a name is made one, and completed by the account id where it would mean two accounts.
    """
    kept: list[Given] = []
    owner: dict[str, int] = {}
    for number, source in enumerate(sources):
        for given in source:
            account_id = str(given.entry.get("account_id")) if isinstance(given.entry, Mapping) else ""
            if owner.setdefault(account_id, number) == number:
                kept.append(given)
    last = [given for given in kept if given.discovered]
    names = {given.entry["account_id"]: _host_part(given) for given in last}
    # an account of two units is listed once per unit
    counts: dict[str, set[str]] = {}
    for given in kept:
        entry = given.entry if isinstance(given.entry, Mapping) else {}
        name = names.get(entry.get("account_id")) or str(entry.get("name") or entry.get("account_id"))
        counts.setdefault(group_name("account", name), set()).add(str(entry.get("account_id")))
    for given in last:
        account_id = given.entry["account_id"]
        name = names[account_id]
        if len(counts[group_name("account", name)]) > 1 and name != account_id:
            name = f"{name[:50]}-{account_id}"
        given.entry["name"] = name
    return kept


def over(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Own defaults over those of the file. Either way to name the external id replaces both ways."""
    pair = ("external_id_env", "external_id_var")
    below = {key: value for key, value in defaults.items() if key not in pair or not any(name in own for name in pair)}
    return {**below, **own}


def _host_part(given: Given) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", str(given.entry.get("name") or "")).strip("-_")[:63]
    return name if name and not re.fullmatch(r"[0-9]{12}", name) else given.entry["account_id"]


def _fits(pattern: str, account: Mapping[str, Any]) -> bool:
    return pattern == account["account_id"] or fnmatchcase(account["name"], pattern)


def _organizations(
    value: Any, defaults: Mapping[str, Any], regions_by_partition: Mapping[str, frozenset[str]]
) -> list[Organization]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise CellError(f"organization must be a list of mappings, got {kind(value)}. Begin it with '- '.")
    result = []
    for index, one in enumerate(value):
        where = f"organization[{index}]"
        check_keys(one, ORGANIZATION_KEYS, where)
        lists = {key: _texts(one, key, where) for key in ("ou_ids", "include", "exclude")}
        for ou_id in lists["ou_ids"]:
            if not _OU_ID.fullmatch(ou_id):
                raise CellError(
                    f"{where}.ou_ids {show(ou_id)} is neither an organisational unit (ou-...) nor a root (r-...)."
                )
        name = one.get("name") or "name"
        if name not in ("name", "id"):
            raise CellError(f"{where}.name {show(name)} is not valid: write name or id, what host names are made of.")
        recursive = one.get("recursive")
        if recursive not in (None, True, False):
            raise CellError(f"{where}.recursive {show(recursive)} must be true or false.")
        reader = one.get("reader") or {}
        check_keys(reader, ("region", *READER_KEYS), f"{where}.reader")
        result.append(
            Organization(
                where=where,
                reader=_reader(
                    reader, f"{where}.reader", reader.get("region") or "us-east-1", defaults, regions_by_partition
                ),
                recursive=recursive is not False,
                by_name=name == "name",
                keys={key: value for key, value in one.items() if key in DEFAULTS_KEYS},
                **lists,
            )
        )
    return result


def _texts(mapping: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = mapping.get(key) or []
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise CellError(f"{where}.{key} must be a list of texts; write account ids in quotes.")
    return tuple(value)


def _reader(
    mapping: Mapping[str, Any],
    where: str,
    region: Any,
    defaults: Mapping[str, Any],
    regions_by_partition: Mapping[str, frozenset[str]],
) -> Cell:
    """As whom, and in which Region, a source is read. Of the defaults of accounts only the profile holds here."""
    entry = {key: mapping[key] for key in READER_KEYS if key in mapping}
    arn = str(entry.get("role_arn") or "")
    # a reader without a role is whoever calls, in an account that nobody needs to know
    entry["account_id"] = next(iter(re.findall(r"^arn:[a-z-]+:iam::([0-9]{12}):", arn)), "000000000000")
    partitions = (
        name for name, regions in regions_by_partition.items() if isinstance(region, str) and region in regions
    )
    entry |= {"regions": [region], "name": "source-of-accounts"}
    base = {"profile": defaults.get("profile"), "partition": next(partitions, "aws")}
    return one_cell(entry, base, regions_by_partition, where)
