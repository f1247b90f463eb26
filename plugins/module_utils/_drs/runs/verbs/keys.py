"""The keys of the mappings that several verbs take: selection, policy, limits, tag keys, guardrails, run store."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import moments
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import refusal
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import ids, points_in_time, quotas, tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Option
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import drill_network, guardrails
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import replication_policy

SELECTION = (
    Option("tags", "dict", filled=True),
    Option("source_server_ids", "list", elements="str", filled=True),
    Option("applications", "list", elements="str", filled=True),
    Option("waves", "list", elements="str", filled=True),
)
POLICY = tuple(Option(name, "raw") for name in replication_policy.KEYS)
FAILBACK_POLICY = tuple(one for one in POLICY if one.name in ("continue_on_failure", "max_failures"))
EXTEND_SELECTION = (
    Option("tags", "dict", filled=True),
    Option("source_servers", "list", elements="str", filled=True),
)
LAUNCH_GROUP = (
    Option("applications", "list", elements="str", filled=True),
    Option("tags", "dict", filled=True),
    Option("settings", "dict"),
)
LAUNCH_SERVER = (Option("source_server_id"), Option("name"), Option("settings", "dict"))
ACTIONS_OF_GROUP = (*LAUNCH_GROUP[:2], Option("actions", "list", elements="dict"))
ACTIONS_OF_SERVER = (*LAUNCH_SERVER[:2], Option("actions", "list", elements="dict"))
GUARDRAILS = tuple(Option(name, "raw") for name in guardrails.KEYS)
DRILL_NETWORK = tuple(
    Option(name, str(spec["type"]), elements=spec.get("elements"))
    for name, spec in drill_network.NETWORK_SPEC["options"].items()
)
TAG_KEYS = tuple(Option(name, "raw") for name in (*tags.DEFAULT_TAG_KEYS, *tags.SETTINGS))
# by name, or by the quota's code
LIMITS = tuple(Option(name, "raw") for name in (*quotas.QUOTAS, *(one.code for one in quotas.QUOTAS.values())))
STORE = (
    Option("backend", choices=("directory", "dynamodb")),
    *(Option(name) for name in ("path", "table", "region", "profile")),
    Option("keep_days", "int"),
)

Check = Callable[[Any, Mapping[str, Any]], None]


def check_run_id(value: Any, _values: Mapping[str, Any]) -> None:
    """A run id that travels in tags, paths and commands.

    :raises DrsError: the code of the first finding of ``ids.valid_id``.
    """
    findings = ids.valid_id("run", value) if value is not None else []
    if findings:
        raise DrsError(findings[0]["code"], findings[0]["message"])


def each_id(kind: str) -> Check:
    """The check of a list of ids of a kind, see ``ids.valid_id``: one that is none would choose nothing, in silence.

    The check raises DrsError: ``malformed_id``.

    :raises DrsError: never by itself.
    """

    def check(value: Any, _values: Mapping[str, Any]) -> None:
        findings = [found for one in value or () for found in ids.valid_id(kind, one)]
        if findings:
            raise refusal(findings)

    return check


def check_region(value: Any, _values: Mapping[str, Any]) -> None:
    """The name of a Region; one that is none would choose nothing, in silence.

    :raises DrsError: ``malformed_id``.
    """
    findings = ids.valid_id("region", value) if value else []
    if findings:
        raise refusal(findings)


def check_except(value: Any, _values: Mapping[str, Any]) -> None:
    """Ids of source servers, each with the reason for leaving it out.

    :raises DrsError: ``malformed_id``, or ``invalid_option`` for a reason that is missing.
    """
    for one, reason in (value or {}).items():
        findings = ids.valid_id("source_server", one)
        if findings:
            raise refusal(findings)
        if not isinstance(reason, str) or not reason.strip():
            raise DrsError("invalid_option", "except.%s: say in words why this server is left out" % one)


def check_point_in_time(value: Any, _values: Mapping[str, Any]) -> None:
    """A time, or a word for one. Whether it lies in the future, whoever knows the present says.

    :raises DrsError: the code of the first finding of ``points_in_time.resolve``.
    """
    _form, findings = points_in_time.resolve(value)
    if findings:
        raise refusal(findings)


def check_time(value: Any, _values: Mapping[str, Any]) -> None:
    """A time that somebody noted, by its date as well.

    :raises DrsError: ``invalid_option``.
    """
    if value is not None and parse_time(value) is None:
        raise DrsError("invalid_option", "'%s' is not a time; write 2026-03-01T12:00:00Z" % clean(value, 40))


def at_least_one(value: Any, _values: Mapping[str, Any]) -> None:
    """A number of hours, or of lines.

    :raises DrsError: invalid_option.
    """
    if value is not None and value < 1:
        raise DrsError("invalid_option", "%s is less than 1" % value)


def percent(value: Any, _values: Mapping[str, Any]) -> None:
    """A part of a whole.

    :raises DrsError: invalid_option.
    """
    if value is not None and not 0 <= value <= 100:
        raise DrsError("invalid_option", "%g is not between 0 and 100" % value)


def share(value: Any, _values: Mapping[str, Any]) -> None:
    """How many may fail: a number, or a percentage.

    :raises DrsError: invalid_option.
    """
    try:
        replication_policy.failure_limit(value, 100)
    except ValueError as exc:
        raise DrsError("invalid_option", str(exc)) from None


def check_policy(value: Any, values: Mapping[str, Any]) -> None:
    """Every value of a policy.

    :raises DrsError: the code of the first finding of ``replication_policy.resolve_policy``.
    """
    _policy, findings = replication_policy.resolve_policy(value, values.get("mode") or "drill")
    if findings:
        raise refusal(findings)


def check_guardrails(value: Any, _values: Mapping[str, Any]) -> None:
    """Every value of the guardrails."""
    guardrails.resolve(value, None, None)


def check_override_reason(value: Any, values: Mapping[str, Any]) -> None:
    """A reason long enough, and not in a drill."""
    guardrails.resolve({}, value, values.get("mode"))


def check_drill_network(value: Any, _values: Mapping[str, Any]) -> None:
    """Ids in their form, and at least one subnet."""
    drill_network.guardrail(value)


def check_limits(value: Any, _values: Mapping[str, Any]) -> None:
    """Numbers within what AWS can do."""
    quotas.limits(value)


def check_tag_keys(value: Any, _values: Mapping[str, Any]) -> None:
    """Spellings of tags."""
    tags.resolve_keys(value)


def not_negative(value: Any, _values: Mapping[str, Any]) -> None:
    """A number of seconds, servers or days.

    :raises DrsError: invalid_option.
    """
    if value is not None and value < 0:
        raise DrsError("invalid_option", "%s is less than 0" % value)


def selection(part: str) -> Option:
    """Which servers."""
    return Option("selection", "dict", {}, part=part, keys=SELECTION, filled=True)


def tag_keys(part: str) -> Option:
    """Tag keys that differ from the usual ones."""
    return Option("tag_keys", "dict", {}, part=part, keys=TAG_KEYS, check=check_tag_keys, shared="drs_tag_keys")


def limits(part: str) -> Option:
    """Quotas that differ from the documented ones."""
    return Option("limits", "dict", {}, part=part, keys=LIMITS, check=check_limits)


def store(part: str, default: Any = None) -> Option:
    """Where runs are remembered."""
    return Option("store", "dict", default, part=part, keys=STORE, shared="drs_run_store")


_SOME_DAY = "2026-03-01T00:00:00Z"


def when(name: str, default: str | None) -> Option:
    """One end of a period; what an age counts back from, whoever knows the present says.

    The check of the option raises DrsError: ``invalid_option``.

    :raises DrsError: never by itself.
    """

    def check(value: Any, _values: Mapping[str, Any]) -> None:
        text = str(value or "").strip()
        if text:
            moments.moment(name, text, _SOME_DAY)

    return Option(name, default=default, check=check)


def seconds(name: str, default: int, part: str) -> Option:
    """A number of seconds."""
    return Option(name, "int", default, part=part, check=not_negative)
