"""Evaluate IAM policies: which statement allows or denies an action (IAM User Guide, policy evaluation).

Pure: documents and a request's context in, a word out. What it does not know refuses: an unknown condition operator
never makes an Allow hold and always makes a Deny hold, so a mistake shows as a refusal and not as a permission.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

ALLOW, DENY, NONE = "allow", "deny", "none"

#: Keys of a request as conditions read them, e.g. {"aws:viaawsservice": "true"}; names in lower case, values text or
#: a list of texts for keys with several values.
Context = Mapping[str, "str | list[str]"]
Statement = Mapping[str, Any]

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_MISSING = object()


def context(**given: str | list[str] | None) -> dict[str, str | list[str]]:
    """A context from keyword arguments, ``aws__ViaAWSService`` for ``aws:ViaAWSService``; None is left out."""
    return {name.replace("__", ":").lower(): value for name, value in given.items() if value is not None}


def texts(value: Any) -> list[str]:
    """A policy element that may be one text or a list; JSON true and false are read as IAM reads them."""
    items = value if isinstance(value, list) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items]


@functools.lru_cache(maxsize=1024)
def _statements(document: str) -> tuple[Statement, ...]:
    found = json.loads(document).get("Statement", [])
    return tuple([found] if isinstance(found, dict) else found)


def statements(document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a policy, which is JSON text or data."""
    return _statements(document if isinstance(document, str) else json.dumps(document, default=str, sort_keys=True))


@functools.lru_cache(maxsize=8192)
def _pattern(text: str, ignore_case: bool) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    regex = "".join(parts.get(letter, re.escape(letter)) for letter in text)
    return re.compile(regex, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def like(pattern: str, text: str, ignore_case: bool = False) -> bool:
    """Whether a text matches a pattern with * and ?."""
    return _pattern(pattern, ignore_case).fullmatch(text) is not None


def _arn_like(pattern: str, text: str) -> bool:
    """ArnLike: each of the six parts of an ARN is matched by itself."""
    wanted, given = pattern.split(":", 5), text.split(":", 5)
    return len(wanted) == len(given) == 6 and all(map(like, wanted, given))


def _fill(text: str, values: Context) -> str:
    """Policy variables such as ${aws:SourceIdentity}; one without a value matches nothing."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in ("*", "?", "$"):
            return name
        found = values.get(name.lower())
        return found if isinstance(found, str) else "\0"

    return _VARIABLE.sub(value, text) if "${" in text else text


_POSITIVE = {
    "StringEquals": lambda wanted, given: wanted == given,
    "StringEqualsIgnoreCase": lambda wanted, given: wanted.lower() == given.lower(),
    "StringLike": like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda wanted, given: wanted.lower() == given.lower(),
    "NumericEquals": lambda wanted, given: float(wanted) == float(given),
    "NumericLessThan": lambda wanted, given: float(given) < float(wanted),
    "NumericLessThanEquals": lambda wanted, given: float(given) <= float(wanted),
    "NumericGreaterThan": lambda wanted, given: float(given) > float(wanted),
    "NumericGreaterThanEquals": lambda wanted, given: float(given) >= float(wanted),
}
_NEGATIVE = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def _holds(operator: str, key: str, wanted: list[str], values: Context) -> bool | None:
    """Whether one line of a condition holds; None for an operator that is not known here."""
    quantifier, _sep, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    found = values.get(key.lower(), _MISSING)
    if base == "Null":
        return (found is _MISSING) is (wanted[0].lower() == "true")
    negative = base in _NEGATIVE
    test = _POSITIVE.get(_NEGATIVE.get(base, base))
    if test is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        return None
    if found is _MISSING:
        # A missing key makes a negated test hold, ForAllValues as well, and so does ...IfExists.
        return negative or quantifier == "ForAllValues" or rest.endswith("IfExists")
    given = [found] if isinstance(found, str) else list(found)  # type: ignore[call-overload]
    filled = [_fill(item, values) for item in wanted]

    def one(item: str) -> bool:
        try:
            return any(test(pattern, item) for pattern in filled) is not negative
        except ValueError:
            return False

    return (
        all(map(one, given)) if quantifier == "ForAllValues" or (negative and not quantifier) else any(map(one, given))
    )


def conditions_hold(statement: Statement, values: Context) -> bool:
    """Whether all conditions of a statement hold; one that cannot be judged holds for a Deny only."""
    for operator, lines in statement.get("Condition", {}).items():
        for key, wanted in lines.items():
            holds = _holds(operator, key, texts(wanted), values)
            if holds is None:
                holds = statement.get("Effect") == "Deny"
            if not holds:
                return False
    return True


def names_action(statement: Statement, action: str) -> bool:
    """Whether a statement's Action or NotAction covers an action; case does not matter."""
    if "NotAction" in statement:
        return not any(like(item, action, True) for item in texts(statement["NotAction"]))
    return any(like(item, action, True) for item in texts(statement.get("Action", [])))


def names_resource(statement: Statement, resource: str, values: Context) -> bool:
    """Whether a statement covers a resource. A statement without Resource (a trust or key policy) covers its own."""
    if "NotResource" in statement:
        return not any(like(_fill(item, values), resource) for item in texts(statement["NotResource"]))
    return any(like(_fill(item, values), resource) for item in texts(statement.get("Resource", "*")))


def decide(
    documents: Iterable[str | Mapping[str, Any]], action: str, resource: str = "*", values: Context | None = None
) -> str:
    """The verdict of identity policies: DENY when any statement denies, ALLOW when one allows, NONE otherwise."""
    verdict = NONE
    for document in documents:
        for statement in statements(document):
            if not names_action(statement, action) or not names_resource(statement, resource, values or {}):
                continue
            if conditions_hold(statement, values or {}):
                if statement.get("Effect") != "Allow":
                    return DENY
                verdict = ALLOW
    return verdict


def _names_principal(statement: Statement, principals: Mapping[str, Iterable[str]]) -> bool:
    if "NotPrincipal" in statement:
        others = {key: value for key, value in statement.items() if key != "NotPrincipal"}
        return not _names_principal({**others, "Principal": statement["NotPrincipal"]}, principals)
    wanted = statement.get("Principal", {})
    if wanted == "*":
        return True
    for kind, entries in wanted.items() if isinstance(wanted, Mapping) else ():
        for entry in texts(entries):
            if entry in principals.get(kind, ()) or (entry == "*" and kind in principals):
                return True
    return False


def decide_for(
    document: str | Mapping[str, Any],
    principals: Mapping[str, Iterable[str]],
    action: str,
    resource: str = "*",
    values: Context | None = None,
) -> str:
    """The verdict of a resource's own policy (of a role's trust, of a key) for a caller.

    principals: every name by which the caller may be meant, by kind, e.g. {"AWS": [account id, root ARN, role ARN]} or
    {"Service": ["drs.amazonaws.com"]}.
    """
    mine = [s for s in statements(document) if _names_principal(s, principals)]
    return decide([{"Statement": mine}] if mine else [], action, resource, values)


def names_of(account: str, role_arn: str | None = None, partition: str = "aws") -> dict[str, list[str]]:
    """Every name by which a policy may mean an account, and one of its roles besides."""
    names = [account, f"arn:{partition}:iam::{account}:root"]
    return {"AWS": [*names, role_arn] if role_arn else names}
