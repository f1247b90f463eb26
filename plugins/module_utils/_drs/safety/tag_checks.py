"""Findings on the tags of machines and servers: what nobody can have meant as it is read, named with its value.

What is a yes or a no and says neither, spellings of one tag that disagree, keys that nearly are a known one, an opt-in
that is nearly right, objectives without a unit or that cannot be read, and words in two spellings. Whoever typed it
meant something; what is read in its place is said.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import as_plain
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, duration, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags as tag_values
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.modes import DRILL
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import TagKeys

# Attributes that are a yes or a no, with what is read where a tag says neither.
FLAGS = {"enabled": "it takes part", "critical": "it is critical"}
OBJECTIVES = ("rpo", "rto")
# Attributes that decide what is launched, when, and how well; a key that nearly is one of theirs changes it unseen.
_DECIDING = ("enabled", "strategy", "wave", "priority", "application", "critical", "rpo", "rto")
# A key of the house; near spellings of such a key are mistakes, those of a plain word like Role are words.
_OURS = re.compile(r"^(drs?|disaster.?recovery)[-_:./ ]|^(?-i:(DR|Dr|dr)[Ss]?[A-Z][a-z])", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:(?:aws)?(?:drs?|disaster.?recovery)[-_:./ ]+|dr)(?=.)", re.IGNORECASE)
# A key that is the prefix alone, with a yes or a no, says whether the machine takes part.
_BARE = ("dr", "drs", "disasterrecovery", "awsdrs", "drsenabled")
# Words behind the prefix by which other schemes say what a machine takes part in, or what it stays out of.
_TAKES_PART = re.compile(
    r"(exclu|optout|optin|skip|ignore|disable|inclu|participa|protect|enrol|active|required?$|inscope|scope$|on$|off$|"
    r"no$|none$|not(in)?$|in$|out$|eligib|candidate|member|recover(y|ed)?$|replicat(e|ed|ion)$|failover$)"
)
# Short forms of names, and what others put behind them.
_SHORT = {"app": "application", "prio": "priority", "crit": "critical", "criticality": "critical", "strat": "strategy"}
_BEHIND = (
    r"(number|no|nr|num|id|name|group|order|target|objective|value|minutes?|mins?|hours?|hrs?|seconds?|secs?|days?|tag)"
)
_NEAR = 0.82
# Values of a strategy that mean DRS and are not what is asked for.
_STRATEGY = "drs"
_NEAR_STRATEGIES = "drs awsdrs enabled yes true on elasticdisasterrecovery awselasticdisasterrecovery dr".split()
_PLAIN_STRATEGY = re.compile(r"strategy$")
_ONLY_NUMBER = re.compile(r"\D*?0*(\d{1,9})\D*")
# Words that are a yes or a no for a key that can say nothing else.
_YES_WORD = re.compile(r"enabled?|active|included?|required|protected|optin|optedin|inscope")
_NO_WORD = re.compile(r"disabled?|inactive|excluded?|none|never|unprotected|optout|optedout|outofscope|skip|na")
_STAYS_OUT = re.compile(r"exclu|optout|skip|ignore|disable|off$|out$|no$|not|none$")
_SHOWN = 5
_APPLICATIONS = ("application_spellings", "are different applications")


def of_plan(
    selected: Sequence[AnyServer], everyone: Iterable[AnyServer], keys: TagKeys, mode: str, existing: Iterable[Finding]
) -> list[Finding]:
    """Findings on the tags of the servers of a plan: errors in a drill, warnings in a recovery, which cannot wait.

    :param everyone: all servers that were read, where the selection goes by application; one in another case is left
        out by it.
    :param existing: the findings of the plan so far; of an objective that cannot be read the policy on lag has spoken.
    :returns: [findings.finding].
    """
    severity = ERROR if mode == DRILL else WARNING
    known = {(one["code"], one["source_server_id"]) for one in existing}
    found = [one for server in selected for one in of_server(server, keys, severity)]
    found = [one for one in found if (one["code"], one["source_server_id"]) not in known]
    found += of_all(selected, keys)
    said = {one["message"] for one in found}
    others = _spellings(list(everyone), keys["application"], as_plain, *_APPLICATIONS)
    return [*found, *(one for one in others if one["message"] not in said)]


def of_server(server: AnyServer, keys: TagKeys, severity: str) -> list[Finding]:
    """Findings on the tags of one machine or server: unclear, contradicting, nearly known, unreadable.

    :param severity: of what may decide about its launch; words that only order are warnings.
    :returns: [findings.finding].
    """
    tags: Mapping[str, str] = server.get("tags") or {}
    found = [item for name in FLAGS for item in _flag(server, tags, name, keys, severity)]
    found += _near_keys(server, tags, keys, severity)
    found += _unreadable(server, tags, keys, severity)
    return found


def of_all(servers: Iterable[AnyServer], keys: TagKeys) -> list[Finding]:
    """Warnings on the tags of all together: numbers without a unit, spellings of one wave or application, priorities.

    One for each text, however many servers carry it.

    :returns: [findings.finding].
    """
    listed = list(servers)
    return [
        *_without_unit(listed, keys),
        *_spellings(listed, keys["wave"], tag_values.wave_name, "wave_spellings", "are one wave"),
        *_alike(listed, keys["wave"]),
        *_spellings(listed, keys["application"], as_plain, *_APPLICATIONS),
        *_priorities(listed, keys),
    ]


def near_opt_in(machine: AnyServer, keys: TagKeys) -> Finding | None:
    """Why a machine without protection was probably meant to have it; None where its tags do not say so.

    A machine opts in with ``enabled`` saying yes and ``strategy`` being drs.

    :returns: findings.finding, a warning ``tag_opt_in_near``.
    """
    tags: Mapping[str, str] = machine.get("tags") or {}
    enabled = tag_values.flag(tags, keys["enabled"])
    strategy = tag_values.tag_value(tags, keys["strategy"])
    if enabled is False or (enabled is True and strategy == _STRATEGY):
        return None
    key, value = _carried(tags, keys["strategy"])
    if enabled is True and strategy and _nearly_drs(strategy):
        return _opt_in(machine, "%s=%s is not %s" % (clean(key, 64), clean(value, 40), _STRATEGY))
    meant = enabled is True or strategy == _STRATEGY or bool(strategy and as_plain(strategy) == _STRATEGY)
    near = [one for one in _near(tags, keys, ("enabled", "strategy")) if _asks(one[0], tags[one[0]])]
    if not near and not strategy:
        near = [
            (key, keys["strategy"][0])
            for key in tags
            if _PLAIN_STRATEGY.search(as_plain(key)) and _nearly_drs(tags[key])
        ]
    if near and (meant or any(_yes_or_drs(tags[one[0]]) for one in near)):
        wrong, right = near[0]
        return _opt_in(machine, "%s=%s: the key is not %s" % (clean(wrong, 64), clean(tags[wrong], 40), right))
    key, value = _carried(tags, keys["enabled"])
    if enabled is None and key and strategy and _nearly_drs(strategy):
        return _opt_in(machine, "%s=%s is neither yes nor no" % (clean(key, 64), clean(value, 40) or "(empty)"))
    if enabled is None and strategy == _STRATEGY:
        return _opt_in(machine, "it has no tag %s" % keys["enabled"][0])
    if enabled is True and not strategy:
        return _opt_in(machine, "it has no tag %s" % keys["strategy"][0])
    return None


def _opt_in(machine: AnyServer, why: str) -> Finding:
    text = "%s is not protected: %s" % (_name(machine), why)
    details = {"instance_id": machine.get("instance_id")}
    return finding(WARNING, "tag_opt_in_near", text, server=machine, details=details)


def _flag(server: AnyServer, tags: Mapping[str, str], name: str, keys: TagKeys, severity: str) -> list[Finding]:
    carried = {key: str(tags[key]).strip() for key in keys[name] if tags.get(key) is not None}
    said = {key: value for key, value in carried.items() if tag_values.flag({key: value}, (key,)) is not None}
    found = []
    read = tag_values.flag(tags, keys[name])
    reading = FLAGS[name] if read is not False else "it does not take part" if name == "enabled" else "it is optional"
    for key, value in carried.items():
        # an empty tag beside one that says something has not been filled in
        if key in said or (not value and said):
            continue
        text = "%s: %s=%s is neither yes nor no; read as: %s"
        text %= (_name(server), clean(key, 64), clean(value, 40) or "(empty)", reading)
        found.append(finding(severity, "tag_unclear", text, server=server))
    if len({tag_values.is_true(value) for value in said.values()}) > 1:
        told = ", ".join("%s=%s" % (clean(key, 64), clean(value, 40)) for key, value in said.items())
        text = "%s: %s disagree; read as: %s" % (_name(server), told, reading)
        found.append(finding(severity, "tag_contradicts", text, server=server))
    return found


def _near_keys(server: AnyServer, tags: Mapping[str, str], keys: TagKeys, severity: str) -> list[Finding]:
    found = []
    for wrong, right in _near(tags, keys, _DECIDING):
        other = _meant(wrong, tags, keys, ("enabled",)) and tag_values.flag(tags, keys["enabled"]) is None
        if other and (_says_yes(tags[wrong]) is True) is not _stays_out(wrong):
            continue  # another scheme says that it takes part, which is what is read
        text = "%s: the tag %s=%s is read by nothing; did you mean %s?"
        text %= (_name(server), clean(wrong, 64), clean(tags[wrong], 40), right)
        ours = _OURS.match(right) or right not in {one for many in tag_values.DEFAULT_TAG_KEYS.values() for one in many}
        ours = ours and as_plain(wrong) not in OBJECTIVES
        found.append(finding(severity if ours else WARNING, "tag_key_near", text, server=server))
    return found


def _near(tags: Mapping[str, str], keys: TagKeys, wanted: Sequence[str]) -> list[tuple[str, str]]:
    """Keys that are carried and nearly are one of the wanted, each with that one."""
    known = {spelling for name, many in keys.items() if name not in tag_values.SETTINGS for spelling in many}
    found = []
    for key in tags:
        if key in known or key.startswith("aws:"):
            continue
        right = next((one for name in wanted for one in keys[name] if as_plain(one) == as_plain(key)), "")
        right = right or _meant(key, tags, keys, wanted)
        if right and not _OURS.match(right) and any(tags.get(one) for one in _siblings(right, keys)):
            continue  # the word stands beside the real tag
        if not right and _OURS.match(key):
            right = _nearest(key, keys, wanted, known)
        if right:
            found.append((key, right))
    return found


def _meant(key: str, tags: Mapping[str, str], keys: TagKeys, wanted: Sequence[str]) -> str:
    """The spelling that a key of another scheme stands for: by its prefix alone, a word for taking part, a short form
    or one with a word behind it, or an objective without the prefix."""
    plain, value = as_plain(key), tags[key]
    rest = as_plain(_PREFIX.sub("", key)) if _OURS.match(key) else ""
    yes = _says_yes(value)
    says = yes is not None
    if says and tag_values.flag(tags, keys["enabled"]) is (yes is not _stays_out(key)):
        says = False  # the known tag says the same
    if "enabled" in wanted and says and (plain in _BARE or (rest and _TAKES_PART.match(rest))):
        return keys["enabled"][0]
    for name in wanted:
        names = [name, *(short for short, one in _SHORT.items() if one == name)]
        if rest and any(re.fullmatch(one + _BEHIND + "*", rest) for one in names):
            return keys[name][0]
        if plain == name and name in OBJECTIVES:
            return keys[name][0]
    return ""


def _nearest(key: str, keys: TagKeys, wanted: Sequence[str], known: Iterable[str]) -> str:
    scored = [
        (SequenceMatcher(None, as_plain(key), as_plain(one)).ratio(), one)
        for name in wanted
        for one in keys[name]
        if _OURS.match(one)
    ]
    # what is spelled exactly like another known key but for separators is that one, not this
    if any(as_plain(one) == as_plain(key) for one in known):
        return ""
    best = max(scored, default=(0.0, ""), key=lambda one: one[0])
    return best[1] if best[0] >= _NEAR else ""


def _siblings(spelling: str, keys: TagKeys) -> Sequence[str]:
    return next(many for many in keys.values() if spelling in many)


def _unreadable(server: AnyServer, tags: Mapping[str, str], keys: TagKeys, severity: str) -> list[Finding]:
    found = []
    for name in OBJECTIVES:
        told = tag_values.objective(tags, name, keys)
        if told and told.seconds is None:
            text = "%s: its %s tag %s=%s is not a duration"
            text %= (_name(server), name, clean(told.key, 64), clean(told.text, 40))
            found.append(finding(severity, "invalid_duration", text, server=server))
    return found


def _without_unit(servers: Iterable[AnyServer], keys: TagKeys) -> list[Finding]:
    seen: dict[tuple[str, str, int, str], list[str]] = {}
    for server in servers:
        for name in OBJECTIVES:
            told = tag_values.objective(server.get("tags"), name, keys)
            # a unit that the key or the setting says has been said
            if told and told.seconds and told.unit and not told.source:
                seen.setdefault((told.key, told.text, told.seconds, told.unit), []).append(_name(server))
    found = []
    for (key, text, seconds, unit), carriers in sorted(seen.items()):
        said = "%s=%s says no unit; %s read as %s (%s, %s)"
        said %= (clean(key, 64), clean(text, 20), clean(text, 20), duration(seconds), unit, _some(carriers))
        found.append(finding(WARNING, "objective_without_unit", said))
    return found


def _spellings(
    servers: Iterable[AnyServer], spellings: Sequence[str], same: Any, code: str, verdict: str
) -> list[Finding]:
    seen: dict[str, dict[str, list[str]]] = {}
    for server in servers:
        value = tag_values.tag_value(server.get("tags"), spellings)
        if value:
            seen.setdefault(same(value), {}).setdefault(value, []).append(_name(server))
    found = []
    for written in seen.values():
        if len(written) > 1:
            told = "; ".join("%s (%s)" % (clean(value, 40), _some(who)) for value, who in sorted(written.items()))
            found.append(finding(WARNING, code, "%s %s" % (told, verdict)))
    return found


def _alike(servers: Sequence[AnyServer], spellings: Sequence[str]) -> list[Finding]:
    """Waves that have their only number in common (``1`` and ``batch 1``) and are different waves."""
    seen: dict[str, dict[str, list[str]]] = {}
    for server in servers:
        wave = tag_values.wave_name(tag_values.tag_value(server.get("tags"), spellings))
        number = _ONLY_NUMBER.fullmatch(wave)
        if number:
            seen.setdefault(str(int(number[1])), {}).setdefault(wave, []).append(_name(server))
    found = []
    for number_text, written in seen.items():
        if number_text in written and len(written) > 1:
            told = "; ".join("%s (%s)" % (clean(value, 40), _some(who)) for value, who in sorted(written.items()))
            found.append(finding(WARNING, "wave_spellings", "%s are different waves, with one number" % told))
    return found


def _priorities(servers: Iterable[AnyServer], keys: TagKeys) -> list[Finding]:
    unknown: dict[str, list[str]] = {}
    for server in servers:
        value = tag_values.tag_value(server.get("tags"), keys["priority"])
        if value and tag_values.priority_rank(value, keys) is None:
            unknown.setdefault(value, []).append(_name(server))
    return [
        finding(WARNING, "priority_unknown", "priority %s (%s) has no rank; it comes after those that have one"
                % (clean(value, 40), _some(who)))
        for value, who in sorted(unknown.items())
    ]  # fmt: skip


def _carried(tags: Mapping[str, str], spellings: Sequence[str]) -> tuple[str, str]:
    return next(((key, str(tags[key]).strip()) for key in spellings if tags.get(key) is not None), ("", ""))


def _yes_or_drs(value: Any) -> bool:
    return tag_values.is_true(value) or _nearly_drs(str(value))


def _asks(key: str, value: Any) -> bool:
    """Whether a key that nearly is a known one asks for protection: a yes, but that of a word for staying out."""
    return not tag_values.is_false(value) and not (_stays_out(key) and tag_values.is_true(value))


def _says_yes(value: Any) -> bool | None:
    """Whether a value says yes or no, also by a word that the reader of flags does not know; None for neither."""
    if tag_values.is_true(value) or tag_values.is_false(value):
        return tag_values.is_true(value)
    plain = as_plain(str(value))
    return True if _YES_WORD.fullmatch(plain) else False if _NO_WORD.fullmatch(plain) else None


def _stays_out(key: str) -> bool:
    return bool(_STAYS_OUT.search(as_plain(key)))


def _nearly_drs(value: str) -> bool:
    plain = as_plain(value)
    return (
        plain in _NEAR_STRATEGIES
        or bool(re.search(r"(^|[^a-z])drs([^a-z]|$)|elastic.?disaster", value, re.IGNORECASE))
        or (
            len(plain) <= len(_STRATEGY) + 1
            and plain[:1] == "d"
            and (SequenceMatcher(None, plain, _STRATEGY).ratio() >= _NEAR or sorted(plain) == sorted(_STRATEGY))
        )
    )


def _some(who: Sequence[str]) -> str:
    return "%s: %s" % (count(len(who), "server"), names(sorted(who), _SHOWN))


def _name(server: AnyServer) -> str:
    own = server.get("source_server_id") or server.get("instance_id")
    name, own = clean(server.get("name"), 64), clean(own, 40)
    return own if not name or name == own else "%s (%s)" % (name, own) if own else name
