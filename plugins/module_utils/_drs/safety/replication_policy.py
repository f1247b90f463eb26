"""The replication policy: which servers may launch from the data they have, and how old it may be."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from difflib import get_close_matches
from math import ceil
from typing import Any, Iterable, Mapping, Sequence, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import post_launch
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import current_lag, volume_unread
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import objective, resolve_keys
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.durations import parse_duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import seconds_between
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import Policy
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Server, TagKeys

RECOVERY = "recovery"
# What min_readiness may be, the strictest first.
READY = "ready"
LAGGING = "lagging"
RECOVERABLE = "recoverable"
MIN_READINESS = (READY, LAGGING, RECOVERABLE)
RECOVER_IN = ("target", "staging")

# Without any consistent point in time (DRS user guide, preparing-failover; StopReplication deletes them all).
NEVER_RECOVERABLE = ("INITIAL_SYNC", "STOPPED", "DISCONNECTED")
# DRS takes a point in time every 10 minutes (user guide, point-in-time).
SNAPSHOT_INTERVAL = 600

DEFAULTS: dict[str, Any] = {
    "min_readiness": None,
    "max_lag_seconds": None,
    "allow_stale": None,
    "continue_on_failure": False,
    "max_failures": "10%",
    "recover_in": "target",
}

# Only where it is given: what a plan does not say is not part of its hash.
POST_LAUNCH = "post_launch"
KEYS = (*DEFAULTS, POST_LAUNCH)


# To continue means to go on to the next wave, so the default of ``max_failures`` does not take it back.
ANY_NUMBER = "100%"


def resolve_policy(policy: Given | None, mode: str) -> tuple[Policy, list[Finding]]:
    """Fill in a policy's defaults and check it.

    - ``allow_stale``: accept old data; by default true in a recovery, false in a drill.
    - ``min_readiness``: ready (in step), lagging (in contact, behind), recoverable (any consistent point in time); by
      default recoverable when stale data is allowed, else ready.
    - ``max_lag_seconds``: seconds or text such as 15m; None for no limit. A server's own rpo tag goes before it.
    - ``continue_on_failure``, ``max_failures`` (a number of servers or a percentage of the wave; with the former alone
      any number): see wave_verdict.judge_wave.
    - ``recover_in``: target or staging, for extended servers.
    - ``post_launch``: required (as DRS judges), all or none, see model.post_launch; not there when it is not given.

    :returns: the whole policy, and error findings for what cannot be.
    """
    given = {key: value for key, value in (policy or {}).items() if value is not None}
    resolved = {**DEFAULTS, **{key: value for key, value in given.items() if key in KEYS}}
    findings = [_wrong("policy.%s is not known%s" % (clean(key, 40), _near(key))) for key in given if key not in KEYS]
    for key in ("allow_stale", "continue_on_failure"):
        if not isinstance(resolved[key], (bool, type(None))):
            findings.append(_wrong("policy.%s must be true or false, not %r" % (key, resolved[key])))
            resolved[key] = None
    resolved["continue_on_failure"] = resolved["continue_on_failure"] is True
    if resolved["continue_on_failure"] and "max_failures" not in given:
        resolved["max_failures"] = ANY_NUMBER
    if resolved["allow_stale"] is None:
        resolved["allow_stale"] = mode == RECOVERY
    if resolved["min_readiness"] is None:
        resolved["min_readiness"] = RECOVERABLE if resolved["allow_stale"] else READY
    for key, choices in (
        ("min_readiness", MIN_READINESS),
        ("recover_in", RECOVER_IN),
        (POST_LAUNCH, post_launch.RULES),
    ):
        if key in resolved and resolved[key] not in choices:
            findings.append(_wrong("policy.%s must be one of %s, not %r" % (key, ", ".join(choices), resolved[key])))
            resolved[key] = choices[0]
    if resolved["max_lag_seconds"] is not None:
        try:
            resolved["max_lag_seconds"] = parse_duration(resolved["max_lag_seconds"])
        except DrsError as error:
            findings.append(finding(ERROR, error.code, "policy.max_lag_seconds: %s" % error.message))
            resolved["max_lag_seconds"] = 0
    try:
        failure_limit(resolved["max_failures"], 100)
    except ValueError as error:
        findings.append(_wrong("policy.max_failures %s" % error))
        resolved["max_failures"] = 0
    return cast("Policy", resolved), findings


def failure_limit(value: Any, servers: int) -> int:
    """How many servers may fail: a number, or a percentage of ``servers`` rounded down.

    :raises ValueError: neither a number from 0 nor a percentage from 0% to 100%.
    """
    text = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    number = text[:-1].strip() if text.endswith("%") else text
    if not (number.isascii() and number.isdigit()) or (text.endswith("%") and int(number) > 100):
        raise ValueError("must be a number of servers or a percentage such as 10%%, not %r" % (value,))
    return servers * int(number) // 100 if text.endswith("%") else int(number)


def _wrong(message: str) -> Finding:
    return finding(ERROR, "invalid_option", message)


def _near(key: str) -> str:
    near = get_close_matches(str(key), KEYS, n=1)
    return "; did you mean %s?" % near[0] if near else "; it has %s" % ", ".join(KEYS)


def replication_ready(
    servers: Iterable[Server],
    policy: Given | None,
    mode: str,
    keys: Mapping[str, Sequence[str]] | None = None,
) -> list[Finding]:
    """Hold the replication of servers (SERVER) against a policy.

    An error says that the server must not launch, a warning that it will with older data. Never accepted, whatever the
    policy: no consistent data, a broken extension, a volume DRS has not read yet, and data about the server that is
    missing.

    :param policy: see ``resolve_policy``; its own mistakes are findings too.
    :param keys: tag keys, as tags.resolve_keys gives them.
    """
    resolved, findings = resolve_policy(policy, mode)
    tag_keys = keys or resolve_keys()
    for server in servers:
        fatal = _impossible(server)
        findings.extend(fatal or _readiness(server, resolved) + _lag(server, resolved, tag_keys))
    return findings


def _impossible(server: Server) -> list[Finding]:
    replication = as_mapping(server.get("replication"))
    readiness = as_mapping(server.get("readiness"))
    state = replication.get("state")
    why = clean(readiness.get("reason"), 200)
    findings = []
    staging = as_mapping(server.get("staging_area"))
    if server.get("extended") and staging.get("status") != "EXTENDED":
        text = "%s: its extension is %s" % (_name(server), clean(staging.get("status"), 40) or "in an unknown state")
        said = clean(staging.get("error_message"), 200)
        findings.append(finding(ERROR, "extension_error", text + (": %s" % said if said else ""), server=server))
    waiting = [
        "%s %s" % (clean(disk.get("device_name"), 40), clean(disk["volume_status"], 60))
        for disk in replication.get("disks") or ()
        if volume_unread(disk.get("volume_status"))
    ]
    if waiting:
        text = "%s: volumes are not ready to launch: %s" % (_name(server), ", ".join(waiting))
        findings.append(finding(ERROR, "volume_not_ready", text, server=server))
    nothing = readiness.get("recoverable") not in ("full", "old_data")
    # What is missing may be the extension or a volume, which has been said already.
    if state in NEVER_RECOVERABLE or not state or (nothing and not findings):
        text = "%s: nothing to launch from, replication is %s" % (_name(server), clean(state, 40) or "unknown")
        findings.append(finding(ERROR, "not_recoverable", text + (" (%s)" % why if why else ""), server=server))
    return findings


def _readiness(server: Server, policy: Policy) -> list[Finding]:
    readiness = as_mapping(server.get("readiness"))
    level = readiness.get("level")
    if readiness.get("ready") is True and level == READY:
        return []
    minimum = policy["min_readiness"]
    if minimum == LAGGING and level == LAGGING or minimum == RECOVERABLE:
        rpo = predicted_rpo(server)
        text = "%s launches from older data (%s), predicted RPO %s" % (
            _name(server),
            clean(level, 40) or "readiness unknown",
            "unknown" if rpo is None else duration(rpo),
        )
        return [finding(WARNING, "stale_data", text, server=server, details={"predicted_rpo_seconds": rpo})]
    text = "%s is %s, the policy asks for %s" % (_name(server), clean(level, 40) or "of unknown readiness", minimum)
    why = clean(readiness.get("reason"), 200)
    code = "not_ready" if level in (READY, LAGGING) else "stale_data"
    return [finding(ERROR, code, text + (" (%s)" % why if why else ""), server=server, details={"level": level})]


def _lag(server: Server, policy: Policy, keys: TagKeys) -> list[Finding]:
    severity = WARNING if policy["allow_stale"] else ERROR
    limit = policy["max_lag_seconds"]
    own = objective(server.get("tags"), "rpo", keys)
    if own and own.seconds is None:
        text = "%s: its rpo tag %s is not a duration" % (_name(server), clean(own.text, 40))
        return [finding(severity, "invalid_duration", text, server=server)]
    limit = own.seconds if own else limit
    lag = current_lag(server)
    if limit is None or (lag is not None and lag <= limit):
        return []
    if lag is None:
        text = "%s does not say how far it lags; at most %s is allowed" % (_name(server), duration(limit))
        return [finding(severity, "lag_unknown", text, server=server, details={"limit_seconds": limit})]
    text = "%s lags by %s, at most %s is allowed" % (_name(server), duration(lag), duration(limit))
    details = {"lag_seconds": lag, "limit_seconds": limit}
    return [finding(severity, "lag_too_high", text, server=server, details=details)]


def predicted_rpo(server: Server, point_in_time: str = "latest", now: Any = None) -> int | None:
    """Seconds of data that a launch now would lose, at the most; None when nobody can tell.

    ``latest`` loses the lag; ``latest_available`` up to one snapshot interval more; a time what has passed since it.
    """
    lag = current_lag(server)
    if point_in_time not in ("latest", "latest_available"):
        passed = seconds_between(point_in_time, now)
        return None if passed is None else ceil(max(passed, lag or 0))
    if lag is None:
        return None
    return ceil(lag + (SNAPSHOT_INTERVAL if point_in_time == "latest_available" else 0))


def _name(server: Server) -> str:
    server_id = clean(server.get("source_server_id"), 40)
    name = clean(server.get("name"), 64)
    return server_id if not name or name == server_id else "%s (%s)" % (name, server_id)
