"""Check the keys of one account entry. Pure; every refusal is a CellError."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

ACCOUNT_TYPES = ("source", "staging", "target")

# What a cell says about itself as host variables. Entries may not set these by hand: they would lie about the cell.
CELL_VARS = (
    "drs_cell",
    "drs_account_id",
    "drs_account_name",
    "drs_account_types",
    "drs_region",
    "drs_assume_role_arn",
    "drs_external_id",
    "drs_role_session_name",
    "drs_source_identity",
    "drs_profile",
    "drs_replicate_to",
    "drs_extend_to",
    "drs_account_display_name",
)

DEFAULTS_KEYS = (
    "extend_to",
    "external_id_env",
    "external_id_var",
    "partition",
    "profile",
    "regions",
    "replicate_to",
    "role_name",
    "role_session_name",
    "source_identity",
    "types",
)
ACCOUNT_KEYS = (*DEFAULTS_KEYS, "account_id", "name", "role_arn", "vars")

_ACCOUNT_ID_FIX = "Give the 12 digits of the AWS account, in quotes."
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
# No dot: the first one separates the name from the Region. Nothing with a meaning in a host pattern or a template.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# IAM: up to 64 characters, with an optional path before the name. The path is kept to what the name may hold.
_ROLE_NAME = re.compile(r"(?:[A-Za-z0-9_+=,.@-]{1,510}/){0,16}[A-Za-z0-9_+=,.@-]{1,64}")
_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):role/(?P<role>.+)")
# STS: RoleSessionName and SourceIdentity have the same form.
_SESSION_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
_CELL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}(?:\.[a-z0-9-]{1,40})?")
_PROFILE = re.compile(r"[A-Za-z0-9_ +=,.@:/-]{1,128}")

_LITERAL_EXTERNAL_ID = (
    "a literal external id is refused (the value is not shown), because inventory files are shared and"
    " ansible-inventory prints what they hold. Remove it and name where it is kept: 'external_id_env: NAME' for an"
    " environment variable of the controller, or 'external_id_var: NAME' for an Ansible variable (vaulted, or injected"
    " by AWX)."
)


class CellError(ValueError):
    """What is wrong with an entry: the field, the value (never a secret one) and what to write instead."""


def check_keys(mapping: Any, allowed: Iterable[str], where: str) -> None:
    """Refuse what is not a mapping, a literal external id, and any key not allowed (naming the nearest one).

    where: path of the mapping for the error, "" for the file itself.
    """
    prefix = f"{where}." if where else ""
    if not isinstance(mapping, Mapping):
        raise CellError(f"{where or 'the file'} must be a mapping (key: value), got {kind(mapping)}.")
    names = sorted(allowed)
    for key in mapping:
        if key == "external_id":
            raise CellError(f"{prefix}external_id: {_LITERAL_EXTERNAL_ID}")
        if key not in names:
            raise CellError(f"{prefix}{key} is not a known key.{near(key, names)} Known are {', '.join(names)}.")


class Fields:
    """One account entry over the defaults; each method returns one checked value or raises CellError.

    entry, defaults: mappings with the keys of ACCOUNT_KEYS and DEFAULTS_KEYS. A null or an empty text in the entry
    takes a default away. regions_by_partition: the Regions that exist. where: path of the entry for the errors.
    """

    def __init__(
        self,
        entry: Any,
        defaults: Mapping[str, Any],
        regions_by_partition: Mapping[str, frozenset[str]],
        where: str,
    ) -> None:
        check_keys(entry, ACCOUNT_KEYS, where)
        self._entry = entry
        self._defaults = defaults
        self._regions_by_partition = regions_by_partition
        self.where = where

    def account_id(self) -> str:
        """The 12 digits, from text or from a number that cannot have lost any."""
        value = self._entry.get("account_id")
        if value is None:
            raise CellError(f"{self.where}.account_id is missing. {_ACCOUNT_ID_FIX}")
        number = isinstance(value, int) and not isinstance(value, bool)
        text = str(value) if number else value
        if isinstance(text, str) and _ACCOUNT_ID.fullmatch(text):
            return text
        cause = " YAML read it as a number, which loses leading zeros or takes them for octal." if number else ""
        raise CellError(f"{self.where}.account_id {show(value)} is not an AWS account id.{cause} {_ACCOUNT_ID_FIX}")

    def account_name(self) -> str:
        """The name that host and group names are made of; the account id where there is none."""
        value, account_id = self._entry.get("name"), self.account_id()
        if value in (None, ""):
            return account_id
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise CellError(
                f"{self.where}.name {show(value)} cannot be part of a host name. Use text of up to 63 letters, digits,"
                " '-' and '_' that begins with a letter or digit."
            )
        if _ACCOUNT_ID.fullmatch(value) and value != account_id:
            raise CellError(
                f"{self.where}.name {show(value)} looks like an account other than {account_id}. Use a word."
            )
        return value

    def partition(self) -> str:
        """The AWS partition, ``aws`` unless said otherwise."""
        value, partitions = self._get("partition") or "aws", sorted(self._regions_by_partition)
        if not isinstance(value, str) or value not in partitions:
            raise CellError(
                f"{self._label('partition')} {show(value)} is not an AWS partition.{near(value, partitions)}"
                f" Known are {', '.join(partitions)}."
            )
        return value

    def regions(self) -> list[str]:
        """The Regions, each one of the partition's."""
        label, partition = self._label("regions"), self.partition()
        regions = self._list("regions", self._get("regions"), "[us-west-2]")
        possible = self._regions_by_partition[partition]
        for index, region in enumerate(regions):
            if isinstance(region, str) and region in possible:
                continue
            for other, others in self._regions_by_partition.items():
                if isinstance(region, str) and region in others:
                    raise CellError(
                        f"{label}[{index}] {show(region)} belongs to the partition {other}, the account to {partition}."
                        f" Set 'partition: {other}' or correct the Region."
                    )
            raise CellError(
                f"{label}[{index}] {show(region)} is not a Region of the partition {partition}.{near(region, possible)}"
                " Correct it; for a Region newer than the installed botocore update botocore."
            )
        return regions

    def types(self) -> tuple[str, ...]:
        """The account types in the order of ACCOUNT_TYPES, ``target`` unless said otherwise."""
        value = self._get("types")
        given = self._list("types", ["target"] if value is None else value, "[target]")
        for index, account_type in enumerate(given):
            if account_type not in ACCOUNT_TYPES:
                raise CellError(
                    f"{self._label('types')}[{index}] {show(account_type)} is not an account type."
                    f"{near(account_type, ACCOUNT_TYPES)} Known are {', '.join(ACCOUNT_TYPES)}."
                )
        return tuple(account_type for account_type in ACCOUNT_TYPES if account_type in given)

    def role_arn(self) -> str | None:
        """The role of the account, by its ARN or made of a role name; None for the caller's own credentials."""
        arn, account_id, partition = self._entry.get("role_arn"), self.account_id(), self.partition()
        if arn in (None, ""):
            name = self._text("role_name", _ROLE_NAME, "give the name of an IAM role, with its path if it has one")
            return f"arn:{partition}:iam::{account_id}:role/{name}" if name else None
        if self._entry.get("role_name"):
            raise CellError(f"{self.where} gives both role_arn and role_name. Keep one of them.")
        match = _ROLE_ARN.fullmatch(arn) if isinstance(arn, str) else None
        if not match or not _ROLE_NAME.fullmatch(match["role"]):
            raise CellError(
                f"{self.where}.role_arn {show(arn)} is not the ARN of an IAM role. It looks like"
                f" arn:{partition}:iam::{account_id}:role/NAME."
            )
        if match["account"] != account_id:
            raise CellError(
                f"{self.where}.role_arn {show(arn)} is a role of account {match['account']}, but account_id is"
                f" {account_id}. A cell works in the account of its role: correct one of them."
            )
        if match["partition"] != partition:
            raise CellError(
                f"{self.where}.role_arn {show(arn)} belongs to the partition {match['partition']}, the account to"
                f" {partition}. Correct the ARN or set partition."
            )
        return arn

    def external_id_expression(self) -> str | None:
        """The Jinja expression that finds the external id. What the entry says replaces the default of either kind."""
        keys = ("external_id_env", "external_id_var")
        own = any(key in self._entry for key in keys)
        origin, label = (self._entry, self.where) if own else (self._defaults, "defaults")
        given = [key for key in keys if origin.get(key) not in (None, "")]
        if len(given) == 2:
            raise CellError(f"{label} gives both external_id_env and external_id_var. Keep one of them.")
        if not given:
            return None
        key, name = given[0], origin[given[0]]
        if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
            # Whoever mistakes the field for the id itself must not find the id in the error.
            raise CellError(
                f"{label}.{key} must be the NAME of a variable: letters, digits and '_', not a digit first. What is"
                " given is not shown, it may be the external id itself."
            )
        if key == "external_id_env" and name.upper().startswith("AWS_"):
            # whoever writes an entry must not make this process send its own keys to a role of theirs
            raise CellError(f"{label}.{key} '{name}' is a setting of the AWS SDK. Keep the external id in another one.")
        if key == "external_id_env":
            return f"lookup('ansible.builtin.env', '{name}')"
        if name in CELL_VARS:
            raise CellError(f"{label}.{key} '{name}' is a variable that the cell itself sets. Use another variable.")
        return name

    def role_session_name(self) -> str | None:
        """The session name, None to leave it to the modules."""
        return self._session_text("role_session_name")

    def source_identity(self) -> str | None:
        """The source identity, None for none."""
        return self._session_text("source_identity")

    def profile(self) -> str | None:
        """The profile of the base credentials, None for the SDK's default chain."""
        return self._text("profile", _PROFILE, "name a profile of the AWS configuration files")

    def destination(self, key: str, of_type: str) -> tuple[str | None, str, bool]:
        """What replicate_to or extend_to names, unresolved (None for nothing), where, and whether as a default.

        key: ``replicate_to`` or ``extend_to``. of_type: the account type that can have one. A default does not hold
        for accounts of other types, an entry of another type that says so itself is refused.
        """
        has_type = of_type in self.types()
        if self._entry.get(key) and not has_type:
            raise CellError(
                f"{self.where}.{key} has no effect, for the account is not of the type {of_type}. Add {of_type} to its"
                f" types, or remove {key}."
            )
        fix = "give the host name of a cell, <account name>.<Region>, or the name of an account"
        name = self._text(key, _CELL_NAME, fix) if has_type else None
        return name, self._label(key), key not in self._entry

    def refuse_role_keys(self) -> None:
        """For an entry without a role: refuse what only a role can use. Defaults may be there for other accounts."""
        for key in ("external_id_env", "external_id_var", "role_session_name", "source_identity"):
            if self._entry.get(key):
                raise CellError(
                    f"{self.where}.{key} has no effect, for the account has no role. Give role_arn or role_name, or"
                    f" remove {key}."
                )

    def extra_vars(self) -> dict[str, Any]:
        """The entry's own variables, unchanged."""
        value = self._entry.get("vars")
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise CellError(f"{self.where}.vars must be a mapping (name: value), got {kind(value)}.")
        for name in value:
            if name == "external_id":
                raise CellError(f"{self.where}.vars.external_id: {_LITERAL_EXTERNAL_ID}")
            if name in CELL_VARS:
                raise CellError(f"{self.where}.vars.{name} is set by the cell itself. Use the keys of the account.")
            if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
                raise CellError(f"{self.where}.vars: {show(name)} is not a variable name. Use letters, digits and '_'.")
        return dict(value)

    def _get(self, key: str) -> Any:
        return self._entry[key] if key in self._entry else self._defaults.get(key)

    def _label(self, key: str) -> str:
        """Where a value was written, so that the error points to the line to correct."""
        return f"defaults.{key}" if key not in self._entry and key in self._defaults else f"{self.where}.{key}"

    def _text(self, key: str, pattern: re.Pattern[str], fix: str) -> str | None:
        value = self._get(key)
        if value in (None, ""):
            return None
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise CellError(f"{self._label(key)} {show(value)} is not valid: {fix}.")
        return value

    def _session_text(self, key: str) -> str | None:
        return self._text(key, _SESSION_NAME, "use 2 to 64 letters, digits and characters of _+=,.@-")

    def _list(self, key: str, value: Any, example: str) -> list[Any]:
        fix = f"for example '{key}: {example}'"
        if value in (None, "", []):
            raise CellError(f"{self._label(key)} is missing or empty. Give at least one, {fix}, here or in defaults.")
        if not isinstance(value, (list, tuple)):
            raise CellError(f"{self._label(key)} {show(value)} must be a list, {fix}.")
        return list(value)


def near(value: Any, names: Iterable[str]) -> str:
    """A hint with the nearest known spelling, or nothing."""
    matches = difflib.get_close_matches(value.lower(), sorted(names), n=1) if isinstance(value, str) else []
    return f" Did you mean '{matches[0]}'?" if matches else ""


def kind(value: Any) -> str:
    """What a value is, in the words of a YAML file."""
    if isinstance(value, bool):
        return "true or false"
    names = ((Mapping, "a mapping"), ((list, tuple), "a list"), (str, "text"), ((int, float), "a number"))
    return next(
        (name for types, name in names if isinstance(value, types)), "nothing" if value is None else "an object"
    )


def show(value: Any) -> str:
    """A value as an error may show it: short, on one line; what is not a simple value (a vaulted one) only by kind."""
    if isinstance(value, str):
        text = "".join(character if character.isprintable() else "?" for character in value)
        return f"'{text[:77]}...'" if len(text) > 80 else f"'{text}'"
    return str(value) if isinstance(value, (bool, int, float)) else f"({kind(value)})"
