"""Tags of servers: selection by tags, wave and application, recovery objectives."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.durations import parse_duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Excluded, Selection
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, TagKeys


Tagged = TypeVar("Tagged", bound=AnyServer)

# What a tag means -> the spellings that are accepted for it; the first one found on a server counts.
DEFAULT_TAG_KEYS: dict[str, tuple[str, ...]] = {
    "enabled": ("dr:enabled", "DR-Enabled", "DREnabled"),
    "strategy": ("dr:recovery-strategy", "DR-Recovery-Strategy", "DRStrategy"),
    "wave": ("dr:wave", "DR-Wave", "Wave"),
    "priority": ("dr:priority", "DR-Priority", "Priority"),
    "application": ("dr:application", "DR-Application", "Application", "app"),
    "role": ("dr:role", "DR-Role", "Role"),
    "tier": ("dr:tier", "DR-Tier", "Tier"),
    "critical": ("dr:critical", "DR-Critical"),
    "rpo": ("dr:rpo", "DR-RPO"),
    "rto": ("dr:rto", "DR-RTO"),
}
TRUE_WORDS = ("yes", "true", "on", "1", "y")
FALSE_WORDS = ("no", "false", "off", "0", "n")

_NUMBER_RUN = re.compile(r"(\d+)", re.ASCII)


def resolve_keys(overrides: Mapping[str, str | Sequence[str]] | None = None) -> dict[str, tuple[str, ...]]:
    """Merge the user's tag keys over the defaults; an override replaces the spellings of its name.

    :raises DrsError: ``invalid_tag_key`` for a name that means nothing, or an empty list of spellings.
    :returns: ``{name: spellings}``, the first of which counts; every name of ``DEFAULT_TAG_KEYS`` is a key.
    """
    keys = dict(DEFAULT_TAG_KEYS)
    for name, value in (overrides or {}).items():
        spellings = (value,) if isinstance(value, str) else tuple(value or ())
        spellings = tuple(str(spelling).strip() for spelling in spellings)
        if name not in DEFAULT_TAG_KEYS or not spellings or "" in spellings:
            raise DrsError(
                "invalid_tag_key",
                "tag_keys: {!r} with {!r} is not usable; the names are {}.".format(
                    name, value, ", ".join(DEFAULT_TAG_KEYS)
                ),
            )
        keys[name] = spellings
    return keys


def tag_value(tags: Mapping[str, str] | None, keys: str | Sequence[str]) -> str | None:
    """The stripped value of the first of the keys that the tags carry, else None. An empty value counts as carried."""
    for key in (keys,) if isinstance(keys, str) else keys:
        value = (tags or {}).get(key)
        if value is not None:
            return str(value).strip()
    return None


def is_true(value: Any) -> bool:
    """Whether a tag value says yes: yes, true, on, 1, y in any case."""
    return str(value).strip().lower() in TRUE_WORDS


def is_false(value: Any) -> bool:
    """Whether a tag value says no: no, false, off, 0, n in any case. A missing tag (None) does not."""
    return str(value).strip().lower() in FALSE_WORDS


def known_keys(servers: Iterable[AnyServer]) -> set[str]:
    """All tag keys that at least one server carries."""
    return {key for server in servers for key in (server.get("tags") or {})}


def near_keys(key: str, keys: Iterable[str], count: int = 3) -> list[str]:
    """Known tag keys spelled much like this one, the nearest first; case and separators count little."""

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    by_plain: dict[str, list[str]] = {}
    for one in sorted(set(keys)):
        by_plain.setdefault(plain(one), []).append(one)
    close = get_close_matches(plain(key), list(by_plain), n=count, cutoff=0.6)
    return [spelling for name in close for spelling in by_plain[name]][:count]


def wanted_values(value: Any) -> tuple[str, ...]:
    """The values that a selection accepts for one key: a text, number or boolean alone, or any of a list, stripped."""
    many = value if isinstance(value, (list, tuple, set, frozenset)) else (value,)
    return tuple("" if one is None else str(one).strip() for one in many)


def spellings_of(key: str, keys: TagKeys) -> tuple[str, ...]:
    """The tag keys behind a key of a selection: the spellings of a name (``application``), else the key itself."""
    return tuple(keys.get(key, (key,)))


def matches(tags: Mapping[str, str] | None, criteria: Given | None, keys: TagKeys | None = None) -> bool:
    """Whether the tags satisfy every wanted key (AND); a list of values means any of them; exact after stripping.

    With ``keys``, a wanted key may be a name such as ``application`` and is looked for in all its spellings. Booleans
    are compared by meaning (``true`` matches ``yes``), because YAML has turned an unquoted yes into one before we see
    it.
    """
    for key, value in (criteria or {}).items():
        tag_text = tag_value(tags, spellings_of(key, keys or {}))
        if tag_text is None:
            return False
        flags = value if isinstance(value, (list, tuple, set, frozenset)) else (value,)
        by_meaning = any(
            isinstance(flag, bool) and (is_true(tag_text) if flag else is_false(tag_text)) for flag in flags
        )
        if not by_meaning and tag_text not in wanted_values(value):
            return False
    return True


def select(
    servers: Iterable[Server],
    selection: Selection | None,
    keys: TagKeys | None = None,
) -> tuple[list[Server], list[Excluded]]:
    """Split servers into the selected and the excluded, in the order given.

    ``selection`` may hold ``tags`` (see ``matches``), ``source_server_ids``, ``applications``, ``waves``; all that are
    given must hold. A server whose ``enabled`` tag says no is never selected, not even by id.

    :returns: the selected servers as they came, and why each of the others is not.
    :raises DrsError: ``unknown_tag_key`` when a wanted tag key is on no server at all; ``details.near`` has near
    spellings.
    """
    keys = keys or resolve_keys()
    selection = selection or {}
    everyone = list(servers)
    criteria = dict(selection.get("tags") or {})
    check_keys(everyone, selection, keys)
    ids = set(wanted_values(selection.get("source_server_ids") or ()))
    applications = set(wanted_values(selection.get("applications") or ()))
    waves = set(wanted_values(selection.get("waves") or ()))
    selected: list[Server] = []
    excluded: list[Excluded] = []
    for server in everyone:
        tags = server.get("tags") or {}
        tested = (
            (not matches(tags, criteria, keys), "its tags do not match"),
            (bool(ids) and server.get("source_server_id") not in ids, "its id is not among those asked for"),
            (
                bool(applications) and tag_value(tags, keys["application"]) not in applications,
                "it is of another application",
            ),
            (bool(waves) and tag_value(tags, keys["wave"]) not in waves, "it is of another wave"),
        )
        reason = next((text for failed, text in tested if failed), "")
        if reason:
            excluded.append(excluded_entry(server, "not_selected", f"Not selected: {reason}."))
        elif is_false(tag_value(tags, keys["enabled"])):
            excluded.append(excluded_entry(server, "not_enabled"))
        else:
            selected.append(server)
    return selected, excluded


def check_keys(servers: Iterable[AnyServer], selection: Selection, keys: TagKeys) -> None:
    """Refuse a selection by a tag key that no server carries. With no servers at all there is nothing to say.

    :raises DrsError: ``unknown_tag_key``, naming every such key and near spellings.
    """
    known_tags = known_keys(servers)
    asked = list(selection.get("tags") or {})
    asked += [name for name in ("applications", "waves") if selection.get(name)]
    names = {"applications": "application", "waves": "wave"}
    missing: dict[str, list[str]] = {}
    for key in asked if known_tags else ():
        spellings = spellings_of(names.get(key, key), keys)
        if not known_tags.intersection(spellings):
            near = [one for spelling in spellings for one in near_keys(spelling, known_tags)]
            missing[key if key not in names else "/".join(spellings)] = list(dict.fromkeys(near))[:3]
    if missing:
        text = "; ".join(key + (f" (near: {', '.join(near)})" if near else "") for key, near in missing.items())
        raise DrsError(
            "unknown_tag_key",
            f"No server carries the tag key {text}.",
            details={"keys": list(missing), "near": missing, "known": sorted(known_tags)},
        )


def excluded_entry(server: AnyServer, reason_code: str, reason: str = "") -> Excluded:
    """The excluded server: its identity, the code, and the reason (the catalogue's when none is given)."""
    return {
        "source_server_id": server.get("source_server_id"),
        "name": server.get("name"),
        "cell": server.get("cell"),
        "account_id": server.get("account_id"),
        "region": server.get("region"),
        "reason_code": reason_code,
        "reason": reason or CATALOGUE[reason_code].cause,
    }


def wave_key(value: Any) -> tuple[Any, ...]:
    """A key that sorts waves as people do: numbers by value (2 before 10), then names in natural order, none last."""
    text = "" if value is None else str(value).strip()
    if not text:
        return (2, 0, (), "")
    if text.isascii() and text.isdigit():
        return (0, int(text), (), text)
    # Each part is a triple of one shape, so that a number never meets a text in a comparison.
    parts = tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part.lower())
        for part in _NUMBER_RUN.split(text)
        if part
    )
    return (1, 0, parts, text)


def group_by_wave(
    servers: Iterable[Tagged], keys: TagKeys | None = None, default_wave: str = "default"
) -> dict[str, list[Tagged]]:
    """Group servers by their wave tag, waves in running order, servers as they came.

    A server without a wave, or with an empty one, goes to ``default_wave``, which runs last unless some server names
    it.

    :returns: ``{wave: [server]}``.
    """
    spellings = (keys or DEFAULT_TAG_KEYS)["wave"]
    groups: dict[str, list[Tagged]] = {}
    named = set()
    for server in servers:
        wave = tag_value(server.get("tags"), spellings)
        if wave:
            named.add(wave)
        groups.setdefault(wave or default_wave, []).append(server)
    return {wave: groups[wave] for wave in sorted(groups, key=lambda one: wave_key(one if one in named else None))}


def duration_of(tags: Mapping[str, str] | None, keys: str | Sequence[str]) -> int | None:
    """The duration that tags carry, in seconds; None without one, and for one that cannot be read."""
    try:
        return parse_duration(tag_value(tags, keys))
    except DrsError:
        return None
