"""The verdict on a wave: whether the next one may start."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any, Iterable

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.grouping import server_key
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.outcomes import (
    IN_PROGRESS,
    LAUNCHED,
    OUTCOMES,
    UNKNOWN,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.replication_policy import (
    ANY_NUMBER,
    DEFAULTS,
    failure_limit,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Entry, Finding, Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import WARNING, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    AnyWave,
    FailedServer,
    PlanServer,
    Verdict,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping

# Longer lists of names hide the reason; the closing table has them all.
NAMES_IN_REASON = 10


def judge_wave(
    plan_wave: AnyWave,
    server_results: Iterable[Entry],
    policy: Given | None = None,
    success: Iterable[str] = (LAUNCHED,),
) -> Verdict:
    """Judge a wave over all its cells.

    Every server of the plan's wave must have succeeded, except as many as the policy allows: ``max_failures`` (a
    number, or a percentage of the wave's servers, rounded down; the wave's own goes first) counts optional servers,
    and with ``continue_on_failure`` critical ones too, of which any number may fail where ``max_failures`` is not
    given; otherwise one critical server that did not succeed stops the run. A server that is not marked optional is
    critical. A server without a result, or whose outcome is unknown or still moving, has not succeeded.

    :param plan_wave: a wave of a PLAN.
    :param server_results: server entries (outcomes.server_entry) of all cells; of several for one server the last one
        counts, and those of servers that are not in the wave do not count.
    :param success: the outcomes that are a success.
    :returns: ``{proceed, reason, code, total, succeeded, failed, critical_failed, optional_failed, limit}``: ``failed``
        lists ``{source_server_id, name, cell, critical, outcome, error}``, the next three are numbers of servers;
        ``code`` is None, ``critical_failed`` or ``wave_failed``.
    """
    rules = _rules(plan_wave, policy)
    allowed = set(success)
    results = {server_key(entry): entry for entry in server_results}
    servers = list(plan_wave.get("servers") or ())
    failed = []
    for server in servers:
        result = results.get(server_key(server))
        outcome = result.get("outcome") if result else None
        if outcome not in allowed or outcome not in OUTCOMES:
            failed.append(_failure(server, result))
    critical = [item for item in failed if item["critical"]]
    optional = [item for item in failed if not item["critical"]]
    limit = failure_limit(rules["max_failures"], len(servers))
    anyway = rules["continue_on_failure"] is True
    counted = failed if anyway else optional
    code = None
    if critical and not anyway:
        code = "critical_failed"
        reason = "stop: %s did not succeed: %s" % (count(len(critical), "critical server"), _listed(critical))
    elif len(counted) > limit:
        code = "wave_failed"
        reason = "stop: %s did not succeed, at most %d may fail: %s" % (
            count(len(counted), "server" if anyway else "optional server"),
            limit,
            _listed(counted),
        )
    elif failed:
        reason = "proceed: %s of %d did not succeed, at most %d may fail: %s" % (
            len(failed),
            len(servers),
            limit,
            _listed(failed),
        )
    else:
        everything = "the only server" if len(servers) == 1 else "all %s" % count(len(servers), "server")
        reason = "proceed: %s succeeded" % everything if servers else "proceed: nothing to do"
    open_ones = [item for item in failed if item["outcome"] == IN_PROGRESS]
    if open_ones:
        # whoever reads only this must not take them for dead: the controller stopped watching, AWS did not stop
        told = count(len(open_ones), "server has", "servers have")
        reason += "; %s not ended: what was begun there continues in AWS" % told
    return {
        "proceed": code is None,
        "reason": reason,
        "code": code,
        "total": len(servers),
        "succeeded": len(servers) - len(failed),
        "failed": failed,
        "critical_failed": len(critical),
        "optional_failed": len(optional),
        "limit": limit,
    }


def _rules(plan_wave: AnyWave, policy: Given | None) -> dict[str, Any]:
    own = {"max_failures": plan_wave.get("max_failures")}
    given = {key: value for key, value in [*(policy or {}).items(), *own.items()] if value is not None}
    anyway = {"max_failures": ANY_NUMBER} if given.get("continue_on_failure") is True else {}
    return {**DEFAULTS, **anyway, **given}


def bears(plan_wave: AnyWave, policy: Given | None) -> str:
    """What a wave may lose before the run stops, for the plan's page."""
    rules, servers = _rules(plan_wave, policy), list(plan_wave.get("servers") or ())
    critical = sum(1 for one in servers if one.get("critical") is not False)
    limit = min(failure_limit(rules["max_failures"], len(servers)), len(servers))
    if rules["continue_on_failure"] is True:
        return (
            "any of %d may fail" % len(servers)
            if limit == len(servers)
            else "%d of %d may fail" % (limit, len(servers))
        )
    if critical == len(servers):
        if len(servers) == 1:
            return "none may fail, its only server is critical"
        return "none of %d may fail, all are critical" % len(servers)
    limit = min(limit, len(servers) - critical)
    text = "%d of %s may fail" % (limit, count(len(servers) - critical, "optional server"))
    return "%s, none of %d critical" % (text, critical) if critical else text


def zero_tolerance(plan_wave: AnyWave, policy: Given | None) -> list[Finding]:
    """A warning that a wave stops at its first failure although ``continue_on_failure`` is given.

    :returns: [findings.finding], with ``continue_limited``, or nothing.
    """
    rules, servers = _rules(plan_wave, policy), len(plan_wave.get("servers") or ())
    if rules["continue_on_failure"] is not True or not servers or failure_limit(rules["max_failures"], servers):
        return []
    text = "wave %s: continue_on_failure is given, but at most 0 of %s may fail (max_failures %s)"
    text %= (clean(plan_wave.get("wave"), 64), count(servers, "server"), clean(rules["max_failures"], 20))
    return [finding(WARNING, "continue_limited", text)]


def _failure(server: PlanServer, result: Entry | None) -> FailedServer:
    outcome = result.get("outcome") if result else None
    return {
        "source_server_id": server.get("source_server_id"),
        "name": server.get("name"),
        "cell": server.get("cell"),
        "critical": server.get("critical") is not False,
        "outcome": outcome if outcome in OUTCOMES else UNKNOWN,
        "error": result.get("error") if result else None,
    }


def _listed(failed: list[FailedServer]) -> str:
    texts = []
    for item in failed:
        code = clean(as_mapping(item["error"]).get("code"), 60)
        word = "%s, %s" % (item["outcome"], code) if code else item["outcome"]
        texts.append("%s (%s)" % (clean(item["name"] or item["source_server_id"], 64), word))
    return names(texts, NAMES_IN_REASON, width=140)
