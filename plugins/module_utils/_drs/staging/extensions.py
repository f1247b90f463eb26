"""Extensions over many staging accounts: which servers of which account into which target, and what came of them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count

PRESENT = "present"
NAMES_IN_REASON = 10


class Place(NamedTuple):
    """A cell as the inventory has it; ``extend_to`` is the name of the cell that its servers are extended to."""

    name: str
    account_id: str
    region: str
    extend_to: str | None = None


class Pair(NamedTuple):
    """What is worked on: servers of one staging account, extended into one target.

    ``staging`` is the name of the staging account's cell, empty where the inventory has none; ``source_servers`` are
    ids and ARNs that may be of this account, empty when none were named.
    """

    target: str
    account_id: str
    staging: str
    source_servers: tuple[str, ...] = ()


def pairs(targets: Sequence[Place], places: Sequence[Place], values: Given) -> list[Pair]:
    """The staging accounts of each target: those of ``staging_account_ids``, else those that extend to it.

    :param targets: the cells of the play.
    :param places: all cells of the inventory.
    :param values: of the verb server_extend: ``staging_account_ids``, ``selection``.
    """
    result: list[Pair] = []
    for target in targets:
        own = sorted({one.account_id for one in places if one.extend_to == target.name})
        result += _of_target(target, values["staging_account_ids"] or own, places, values["selection"])
    return result


def following(arns: Iterable[str], places: Sequence[Place]) -> list[Pair]:
    """The pairs of a deployment: each staging account that servers replicate into, and where it is extended to.

    :param arns: of source servers, in their staging accounts.
    """
    named = list(arns)
    accounts = {one.split(":")[4] for one in named}
    by_name = {one.name: one for one in places}
    seen = dict.fromkeys(
        (one.extend_to, one.account_id) for one in places if one.account_id in accounts and one.extend_to in by_name
    )
    result: list[Pair] = []
    for name, account_id in seen:
        result += _of_target(by_name[str(name)], [account_id], places, {"source_servers": named})
    return result


def installed(deployment: Given) -> list[str]:
    """ARNs of the source servers that a deployment left, whether they are new or not.

    :param deployment: agent_deploy_result.
    """
    good = (outcomes.INSTALLED, outcomes.ALREADY_INSTALLED)
    return [str(one["arn"]) for one in deployment.get("servers") or () if one["outcome"] in good and one.get("arn")]


def _of_target(target: Place, account_ids: Iterable[str], places: Sequence[Place], selection: Given) -> list[Pair]:
    named = selection.get("source_servers") or []
    found: list[Pair] = []
    for account_id in account_ids:
        mine = tuple(one for one in named if _may_be_of(one, (account_id, target.account_id)))
        if named and not mine:
            continue
        cells = [one.name for one in places if (one.account_id, one.region) == (account_id, target.region)]
        found.append(Pair(target.name, account_id, cells[0] if cells else "", mine))
    return found


def _may_be_of(server: str, account_ids: Iterable[str]) -> bool:
    """Whether a plain id, or an ARN of one of the accounts: a copy is named by the target's own."""
    return server.startswith("s-") or any(":%s:" % one in server for one in account_ids)


def request_of(pair: Pair, values: Given) -> dict[str, Any]:
    """The options of drs_extended_source_server for one pair."""
    copied = "state all copy_tags resource_tags tag_keys limits".split()
    return {
        **{name: values[name] for name in copied},
        "staging_account_id": pair.account_id,
        "source_servers": list(pair.source_servers) or None,
        "tags": values["selection"].get("tags") or None,
        "deployment_id": values["deployment_id"],
        # the other staging accounts may have what this one has not
        "allow_empty": True,
        "confirm_recovery_instance_ids": values["confirm_recovery_instance_ids"] or None,
    }


def reasons(results: Sequence[Mapping[str, Any]], values: Given) -> list[str]:
    """Why an extension has failed, a sentence each; empty when it has not.

    :param results: one for each pair: ``staging_account_id``, ``servers`` [entry] or None, ``error``.
    """
    servers = [one for result in results for one in result["servers"] or ()]
    bad = [str(one["name"]) for one in servers if one["outcome"] not in outcomes.EXTENSION_OUTCOMES]
    lost = [result for result in results if result["error"]]
    verb = "extended" if values["state"] == PRESENT else "taken back"
    texts = []
    if bad:
        said = count(len(bad), "server was", "servers were")
        texts.append("%s not %s: %s" % (said, verb, ", ".join(bad[:NAMES_IN_REASON])))
    if not servers and not lost and values["selection"] and not values["allow_empty"]:
        texts.append("no_match: no staging account has a server that server_extend_selection means")
    if lost:
        codes = ", ".join(dict.fromkeys(str(one["error"]["code"]) for one in lost))
        accounts = ", ".join(str(one["staging_account_id"]) for one in lost)
        texts.append("%s: staging accounts %s could not be worked with" % (codes, accounts))
    return texts


def result(deployment_id: str, results: Sequence[Mapping[str, Any]], values: Given) -> Result:
    """What the role leaves as server_extend_result: {state, deployment_id, results, servers, ok, reasons}."""
    why = reasons(results, values)
    return {
        "state": values["state"],
        "deployment_id": deployment_id,
        "results": list(results),
        "servers": [one for each in results for one in each["servers"] or ()],
        "ok": not why,
        "reasons": why,
    }
