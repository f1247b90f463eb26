"""The proof of a clean-up in a report: what is gone, left, or not proven, held against the record of the run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.waiting import resources
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import text
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count

_GONE = (outcomes.TERMINATED, outcomes.SKIPPED)


def cleanup_of(documents: Mapping[str, Any]) -> dict[str, Any]:
    """The proof of the clean-up: ``{proven, clean, at, terminated, left [{...}], not_proven [{recovery_instance_id,
    cell, reason}], unknown_cells [name], resources}``, the last one as resources_of returns it.

    It is held against the record: an instance that a wave has launched and that no clean-up has proven to be gone makes
    it incomplete, whatever the proof says of itself.
    """
    proof = as_mapping(documents["cleanup"])
    result = {**proof, **as_mapping(proof.get("result"))}
    left = result.get("left")
    unproven = _unproven(documents, result)
    keys = ("recovery_instance_id", "ec2_instance_id", "source_server_id", "cell", "account_id", "region", "name")
    return {
        # without a look at what is left nothing is proven
        "proven": bool(result) and left is not None,
        "clean": result.get("clean") is True and not unproven,
        "at": iso_time(result.get("at")),
        "terminated": sum(
            1 for one in as_list(result.get("servers")) if as_mapping(one).get("outcome") == outcomes.TERMINATED
        ),
        "left": [{key: text(as_mapping(one).get(key)) for key in keys} for one in as_list(left)],
        "not_proven": unproven,
        "unknown_cells": [
            text(as_mapping(one).get("cell")) or "unknown" for one in as_list(result.get("unknown_cells"))
        ],
        "resources": resources_of(result),
    }


def counts_of(proof: Mapping[str, Any]) -> str:
    """What a proof of a clean-up (see ``cleanup_of``) leaves open, in figures."""
    unread = count(len(proof["unknown_cells"]), "cell")
    said = "%d left, %d not proven to be gone, %s not read" % (len(proof["left"]), len(proof["not_proven"]), unread)
    more = [len(proof["resources"][key]) for key in ("left", "not_proven")]
    what = "; of volumes, network interfaces and snapshots %d left, %d not proven to be gone" % tuple(more)
    return said + (what if any(more) else "")


def resources_of(proof: Mapping[str, Any]) -> dict[str, Any]:
    """The volumes, network interfaces and snapshots of a proof: ``{instances [id], gone {kind: number}, left [{kind,
    id, volume_id, cell, account_id, region, recovery_instance_id, source_server_id, state, delete_on_termination,
    line}], not_proven [the same with reason], kept [as left: what may stand], sentence}``; all empty where nobody has
    looked."""
    told = as_mapping(proof.get("resources"))
    keys = ("kind", "id", "volume_id", "cell", "account_id", "region", "recovery_instance_id", "source_server_id")

    def shown(one: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {key: text(one.get(key)) for key in (*keys, "state")}
        row["reason"] = text(one.get("reason"), 300)
        row["delete_on_termination"] = one.get("delete_on_termination") is True
        return {**row, "line": resources.line(row)}

    gone = as_mapping(told.get("gone"))
    return {
        "sentence": resources.sentence(told),
        "instances": [text(one) or "" for one in as_list(told.get("instances"))],
        "gone": {kind: gone[kind] if isinstance(gone.get(kind), int) else 0 for kind in resources.KINDS},
        **{key: [shown(as_mapping(one)) for one in as_list(told.get(key))] for key in ("left", "not_proven", "kept")},
    }


def _unproven(documents: Mapping[str, Any], result: Mapping[str, Any]) -> list[dict[str, str]]:
    """The instances that the waves have launched and of which nothing proves that they are gone, and why not."""

    def ids(entries: Any) -> set[str]:
        return {_id_of(one) for one in map(as_mapping, as_list(entries))}

    named = [as_mapping(one) for one in as_list(result.get("not_proven"))]
    ended = (one for one in map(as_mapping, as_list(result.get("servers"))) if one.get("outcome") in _GONE)
    known = ids(named) | ids(result.get("left")) | ids(list(ended))
    known |= {text(one) or "" for one in as_list(result.get("proven"))}
    # of a failback what stands serves, and its stages say what became of the other side
    waves = [] if as_mapping(documents["run"]).get("mode") == "failback" else documents["waves"]
    silent = [
        {**one, "reason": "no clean-up has looked for it"}
        for wave in waves
        for one in map(as_mapping, as_list(wave.get("servers")))
        if one.get("outcome") == outcomes.LAUNCHED and _id_of(one) and _id_of(one) not in known
    ]
    return [
        {
            "recovery_instance_id": _id_of(one),
            "cell": text(one.get("cell"), 64) or "",
            "reason": text(one.get("reason"), 300) or "",
        }
        for one in [*named, *silent]
    ]


def _id_of(one: Mapping[str, Any]) -> str:
    return text(one.get("recovery_instance_id")) or ""
