"""Tags of servers: selection by tags, wave and application, recovery objectives."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.durations import UNITS, parse_duration, has_unit
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.scales import number_word, numbered, rank, word
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
    "rpo": ("dr:rpo", "DR-RPO", "dr:rpo-target"),
    "rto": ("dr:rto", "DR-RTO", "dr:rto-target"),
}
TRUE_WORDS = ("yes", "true", "on", "1", "y")
FALSE_WORDS = ("no", "false", "off", "0", "n")
# The unit of objectives that are bare numbers, beside the names above; without it a bare number is seconds.
OBJECTIVE_UNIT = "objective_unit"
# Words of a scale of one's own for priorities, the first is recovered first, beside the names above.
PRIORITY_ORDER = "priority_order"
SETTINGS = (OBJECTIVE_UNIT, PRIORITY_ORDER)
# Tag keys of published schemes whose numbers are minutes.
_MINUTES = ("dr:rpo-target", "dr:rto-target")
_UNIT_IN_KEY = re.compile(r"(?<=[-_:. a-z])(day|hour|hr|minute|min|second|sec)s?$", re.IGNORECASE)
# An objective is a bound by itself: "< 4h" says what "4h" says.
_BOUND = re.compile(
    r"^(<=?|≤|max\.?|maximum|within|under|up to|less than|at most)\s*|\s+(max\.?|maximum)$", re.IGNORECASE
)
_UNIT_WORDS = {"hr": "hours", "min": "minutes", "sec": "seconds"}
_WAVE_WORD = re.compile(r"^(?:wave[-_ :.#–—]*(?=.)|(?:w|#)[-_ ]*(?=\d+$))", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(r"(\d{1,9})(?:\.0+|st|nd|rd|th)?", re.ASCII | re.IGNORECASE)

_NUMBER_RUN = re.compile(r"(\d+)", re.ASCII)


def resolve_keys(overrides: Mapping[str, str | Sequence[str]] | None = None) -> dict[str, tuple[str, ...]]:
    """Merge the user's tag keys over the defaults; an override replaces the spellings of its name.

    :raises DrsError: ``invalid_tag_key`` for a name that means nothing, or an empty list of spellings.
    :returns: ``{name: spellings}``, the first of which counts; every name of ``DEFAULT_TAG_KEYS`` is a key.
    """
    keys = dict(DEFAULT_TAG_KEYS)
    for name, value in (overrides or {}).items():
        # what else there is (a mapping, a number, null in a list) are no spellings
        listed = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else ()
        spellings = tuple(str("" if spelling is None else spelling).strip() for spelling in listed)
        unit = name == OBJECTIVE_UNIT and len(spellings) == 1 and spellings[0] in UNITS
        order = name == PRIORITY_ORDER and spellings and "" not in spellings
        if not unit and not order and (name not in DEFAULT_TAG_KEYS or not spellings or "" in spellings):
            raise DrsError(
                "invalid_tag_key",
                "tag_keys: {!r} with {!r} is not usable; the names are {}.".format(
                    name,
                    value,
                    ", ".join([*DEFAULT_TAG_KEYS, f"{OBJECTIVE_UNIT} ({', '.join(UNITS)})", PRIORITY_ORDER]),
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


def flag(tags: Mapping[str, str] | None, spellings: Sequence[str]) -> bool | None:
    """The one reader of a tag that is a yes or a no, for every place that asks.

    Of several spellings the first that says one of both counts; an empty one says nothing.

    :returns: None without the tag, and where no spelling says yes or no.
    """
    for key in spellings:
        value = (tags or {}).get(key)
        if value is not None and (is_true(value) or is_false(value)):
            return is_true(value)
    return None


def known_keys(servers: Iterable[AnyServer]) -> set[str]:
    """All tag keys that at least one server carries."""
    return {key for server in servers for key in (server.get("tags") or {})}


def as_plain(text: str) -> str:
    """A key or value without case and separators, as people mix them up."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def near_keys(key: str, keys: Iterable[str], count: int = 3) -> list[str]:
    """Known tag keys spelled much like this one, the nearest first; case and separators count little."""
    by_plain: dict[str, list[str]] = {}
    for one in sorted(set(keys)):
        by_plain.setdefault(as_plain(one), []).append(one)
    close = get_close_matches(as_plain(key), list(by_plain), n=count, cutoff=0.6)
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
        meaning = flag(tags, spellings_of(key, keys or {}))
        by_meaning = any(isinstance(one, bool) and meaning is one for one in flags)
        if not by_meaning and tag_text not in wanted_values(value):
            return False
    return True


def select(
    servers: Iterable[Server],
    selection: Selection | None,
    keys: TagKeys | None = None,
    disabled_too: bool = False,
) -> tuple[list[Server], list[Excluded]]:
    """Split servers into the selected and the excluded, in the order given.

    ``selection`` may hold ``tags`` (see ``matches``), ``source_server_ids``, ``applications``, ``waves``; all that are
    given must hold. A server whose ``enabled`` tag says no is never selected, not even by id, but with
    ``disabled_too``: whoever takes machines away asks what stands, not what may be launched.

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
    waves = {wave_name(one) for one in wanted_values(selection.get("waves") or ())}
    selected: list[Server] = []
    excluded: list[Excluded] = []
    for server in everyone:
        tags = server.get("tags") or {}
        tested = (
            (not matches(tags, criteria, keys), "its tags do not match", None),
            (bool(ids) and server.get("source_server_id") not in ids, "its id is not among those asked for", None),
            (
                bool(applications) and tag_value(tags, keys["application"]) not in applications,
                "it is of another application",
                keys["application"],
            ),
            (
                bool(waves) and wave_name(tag_value(tags, keys["wave"])) not in waves,
                "it is of another wave",
                keys["wave"],
            ),
        )
        reason, spellings = next(((text, own) for failed, text, own in tested if failed), ("", None))
        if reason:
            tag = written_tag(tags, spellings) if spellings else _mismatch(tags, criteria, keys)
            excluded.append(excluded_entry(server, "not_selected", f"Not selected: {reason}.", tag))
        elif not disabled_too and flag(tags, keys["enabled"]) is False:
            saying = [one for one in keys["enabled"] if is_false((tags or {}).get(one))]
            excluded.append(excluded_entry(server, "not_enabled", tag=written_tag(tags, saying)))
        else:
            selected.append(server)
    return selected, excluded


def _mismatch(tags: Mapping[str, str], criteria: Given, keys: TagKeys) -> str | None:
    """The tag by which a server is not what was asked for; None when it was not for a tag."""
    wrong = (key for key, value in criteria.items() if not matches(tags, {key: value}, keys))
    return next((written_tag(tags, spellings_of(key, keys)) for key in wrong), None)


def written_tag(tags: Mapping[str, str] | None, spellings: Sequence[str]) -> str:
    """The tag that counts among its spellings, as the server bears it: ``dr:enabled=no``, or ``dr:wave is not set``."""
    for key in spellings:
        value = (tags or {}).get(key)
        if value is not None:
            return "%s=%s" % (key, str(value).strip())
    return "%s is not set" % spellings[0]


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


def excluded_entry(server: AnyServer, reason_code: str, reason: str = "", tag: str | None = None) -> Excluded:
    """The excluded server: its identity, the code, and the reason (the catalogue's when none is given).

    :param tag: the tag with its value by which it is excluded, see ``written_tag``; None when it is not for a tag.
    """
    return {
        "source_server_id": server.get("source_server_id"),
        "name": server.get("name"),
        "cell": server.get("cell"),
        "account_id": server.get("account_id"),
        "region": server.get("region"),
        "reason_code": reason_code,
        "reason": reason or CATALOGUE[reason_code].cause,
        "tag": tag,
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


def wave_name(value: Any) -> str:
    """A wave without what people write differently for the same one: ``1`` of ``01``, ``wave-1``, ``W1``, ``first``."""
    text = "" if value is None else str(value).strip()
    bare = _WAVE_WORD.sub("", text)
    number = _WHOLE_NUMBER.fullmatch(bare)
    written = int(number[1]) if number else number_word(bare)
    return re.sub(r"[-_ –—]+", "-", bare.lower()) if written is None else str(written)


def group_by_wave(
    servers: Iterable[Tagged], keys: TagKeys | None = None, default_wave: str = "default"
) -> dict[str, list[Tagged]]:
    """Group servers by their wave tag, waves in running order, servers as they came.

    Spellings of one wave (see ``wave_name``) are one wave: by the name that all write, or where they differ by its
    number, else by the spelling that sorts first. A server without a wave, or with an empty one, goes to
    ``default_wave``, which runs last unless some server names it.

    :returns: ``{wave: [server]}``.
    :raises DrsError: ``invalid_tag_key``, never without ``keys``.
    """
    spellings = (keys or resolve_keys())["wave"]
    members: dict[str, list[Tagged]] = {}
    written: dict[str, set[str]] = {}
    for server in servers:
        wave = tag_value(server.get("tags"), spellings) or ""
        same = wave_name(wave or default_wave)
        members.setdefault(same, []).append(server)
        written.setdefault(same, set()).update([wave] if wave else [])
    names = {same: _shown(same, seen) if seen else default_wave for same, seen in written.items()}
    order = sorted(members, key=lambda same: wave_key(names[same] if written[same] else None))
    return {names[same]: members[same] for same in order}


def _shown(same: str, written: Iterable[str]) -> str:
    seen = sorted(written, key=wave_key)
    return seen[0] if len(seen) == 1 or not same.isdigit() else same


def priority_key(value: Any, keys: TagKeys | None = None) -> tuple[Any, ...]:
    """A key that sorts priorities: numbers and words of known scales by rank, then other words as text, none last.

    The scales are critical, high, medium, low; gold, silver, bronze; p1, p2; tier1, tier2; their first rank is 1.
    ``keys`` may hold an order of one's own (``priority_order``).
    """
    text = "" if value is None else str(value).strip()
    ranked = priority_rank(text, keys)
    if ranked is not None:
        return (0, ranked, (), text.lower())
    return (2, 0, (), "") if not text else (1, *wave_key(text)[1:])


def priority_rank(value: str, keys: TagKeys | None = None) -> int | None:
    """The rank of a priority; None for a word that no scale has. A scale of one's own replaces the known words."""
    text = value.strip().lower()
    own = [word(one) for one in (keys or {}).get(PRIORITY_ORDER, ())]
    if word(text) in own:
        return own.index(word(text)) + 1
    number = numbered(text)
    return number if number is not None or own else rank(text)


class Objective(NamedTuple):
    """An objective that a tag carries: its key and text, its seconds (None when they cannot be read), and the unit that
    was taken for a bare number, with where that comes from (``key``, ``setting`` or nothing; empty texts otherwise)."""

    key: str
    text: str
    seconds: int | None
    unit: str
    source: str


def objective(tags: Mapping[str, str] | None, name: str, keys: TagKeys) -> Objective | None:
    """What the tags say of ``rpo`` or ``rto``; None where they say nothing."""
    key = next((one for one in keys[name] if str((tags or {}).get(one) or "").strip()), None)
    if key is None:
        return None
    text = str((tags or {})[key]).strip()
    unit, source = "", ""
    bare = _BOUND.sub("", text)
    if not has_unit(bare):
        in_key = _UNIT_IN_KEY.search(key)
        set_to = (keys.get(OBJECTIVE_UNIT) or ("",))[0]
        if key in _MINUTES:
            unit, source = "minutes", "key"
        elif in_key:
            word = in_key[1].lower()
            unit, source = _UNIT_WORDS.get(word, word + "s"), "key"
        else:
            unit, source = set_to or "seconds", "setting" if set_to else ""
    try:
        return Objective(key, text, parse_duration(bare, UNITS[unit or "seconds"]), unit, source)
    except DrsError:
        return Objective(key, text, None, "", "")


def seconds_of(tags: Mapping[str, str] | None, name: str, keys: TagKeys) -> int | None:
    """The seconds of ``rpo`` or ``rto``; None without one, and for one that cannot be read."""
    found = objective(tags, name, keys)
    return found.seconds if found else None
