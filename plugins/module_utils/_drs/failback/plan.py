"""The plan of a failback: which servers fail back, to where, in which waves. Pure.

It has the shape of a PLAN (plan/build.build_plan) as far as waves, gates and the run store look at it. Its servers have
a recovery instance, or what is left of an earlier failback; everything else takes no part.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any, Iterable, Sequence, cast

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import alive
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import declared
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import launch_settings
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import (
    ERROR,
    WARNING,
    errors_of,
    finding,
    refusal,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.confirmation import (
    check_confirmation,
    confirmation_text,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import valid_id
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety.replication_policy import resolve_policy
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.chosen import UNREAD
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.selection import choose, identity, read_cells
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import (
    excluded_entry,
    group_by_wave,
    flag,
    resolve_keys,
    tag_value,
    wanted_values,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Finding, Given, Result
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.plan_nouns import (
    CellRead,
    Excluded,
    FailurePolicy,
    Selection,
    UnknownCell,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.failback_nouns import (
    FailbackPlan,
    FailbackServer,
    FailbackWave,
    OriginalPlace,
    Pair,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import RecoveryInstance, Server
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.setting_nouns import LaunchSettings

Instances = dict[tuple[str, str], RecoveryInstance]
"""Recovery instances that may still run, by cell and source server."""

FAILBACK = "failback"
DRILL = "failback_drill"
MODES = (FAILBACK, DRILL)
# What decides a failback is not what a launch may use, but how many may fail.
_POLICY = ("continue_on_failure", "max_failures")

_DICTS = {"type": "list", "elements": "dict"}
PLAN_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "mode": {"type": "str", "choices": list(MODES), "required": True},
    "cells": {**_DICTS, "required": True},
    "known_cells": {"type": "dict", "default": {}},
    "selection": {"type": "dict", "default": {}},
    "tag_keys": {"type": "dict", "default": {}, "no_log": False},
    "allow_empty": {"type": "bool", "default": False},
    "expected_count": {"type": "int"},
    "policy": {"type": "dict", "default": {}},
    "launch_groups": {**_DICTS, "default": []},
    "launch_servers": {**_DICTS, "default": []},
    "run_id": {"type": "str"},
    "confirm": {"type": "str"},
    "fail_on_error": {"type": "bool", "default": True},
}


def plan(params: Given) -> Result:
    """Build the plan: {plan, findings, valid, confirmation, confirmed, changed}.

    :raises DrsError: with all errors among the findings, unless ``fail_on_error`` is off.
    """
    built = _Builder(params).build()
    if params["run_id"] is not None:
        built["findings"] = valid_id("run", params["run_id"]) + built["findings"]
    wrong = errors_of(built["findings"])
    if wrong and params["fail_on_error"]:
        raise refusal(wrong)
    confirmation = check_confirmation(
        params["confirm"],
        built["mode"],
        built["name"],
        built["summary"]["servers"],
        built["regions"],
        built["terminates"],
    )
    return {
        "plan": built,
        "findings": built["findings"],
        "valid": not wrong,
        "confirmation": built["confirmation"],
        "confirmed": not confirmation,
        "changed": False,
    }


class _Builder:
    """One plan in the making: every step adds to the findings, none gives up."""

    def __init__(self, params: Given) -> None:
        self.params = params
        self.drill = params["mode"] == DRILL
        self.findings: list[Finding] = []
        self.excluded: list[Excluded] = []
        # by server the machines that run and are no drills: within one Region there may be two of them
        self.machines: Counter[tuple[str, str]] = Counter()
        self.listed: set[str] = set()
        given = dict(as_mapping(params.get("policy")))
        strange = sorted(set(given) - set(_POLICY))
        if strange:
            text = "policy.%s is not known; it has %s" % (clean(strange[0], 40), ", ".join(_POLICY))
            self.findings.append(finding(ERROR, "invalid_option", text))
        policy, problems = resolve_policy({key: given[key] for key in _POLICY if key in given}, "recovery")
        self.policy: FailurePolicy = {
            "continue_on_failure": policy["continue_on_failure"],
            "max_failures": policy["max_failures"],
        }
        self.findings += problems
        try:
            self.keys = resolve_keys(params.get("tag_keys"))
        except DrsError as error:
            self.findings.append(finding(ERROR, error.code, error.message))
            self.keys = resolve_keys()
        self.known = {(str(at[0]), str(at[1])): cell for cell, at in as_mapping(params.get("known_cells")).items()}

    def build(self) -> FailbackPlan:
        """The plan."""
        given = [{key: value for key, value in cell.items() if value is not None} for cell in self.params["cells"]]
        cells = cast("list[CellRead]", given)
        read, unknown, problems = read_cells(cells)
        self.findings += problems
        instances: Instances = {}
        everyone: list[Server] = []
        for cell in read:
            for instance in cell.get("recovery_instances") or ():
                self.listed.add(instance["recovery_instance_id"])
                if alive(instance):
                    self.machines[cell["cell"], instance["source_server_id"]] += instance.get("is_drill") is not True
                    instances[cell["cell"], instance["source_server_id"]] = instance
            everyone += [{**server, "cell": cell["cell"]} for server in cell["source_servers"]]
        for one in unknown:
            self.known.setdefault((str(one["account_id"]), str(one["region"])), one["cell"])
        self.known.update({(str(one["account_id"]), one["region"]): one["cell"] for one in read})
        everyone.sort(key=identity)
        selected = self._select(everyone, instances, len(read), complete=not unknown)
        self.launch = self._launch_settings(selected)
        waves = self._waves(selected, instances)
        return self._plan(waves, read, unknown)

    def _select(
        self, everyone: Sequence[Server], instances: Instances, cells_read: int, complete: bool
    ) -> list[Server]:
        selection = cast(Selection, self.params.get("selection") or {})
        # the reversed copies of a failback are no servers that could be failed back themselves
        ours = [one for one in everyone if one.get("replication_direction") != "FAILBACK"]
        chosen, excluded, problems = choose(ours, selection, self.keys, complete)
        self.findings += problems
        self.excluded += excluded
        asked = wanted_values(selection.get("source_server_ids") or ())
        kept = []
        for server in chosen:
            code = self._no_part(server, instances.get((server["cell"], server["source_server_id"])))
            if code is None:
                kept.append(server)
                continue
            self.excluded.append(excluded_entry(server, code))
            named = server.get("recovery_instance_id")
            if code == "recovery_instance_missing" and named and named not in self.listed:
                text = "%s takes no part: it names %s, which DRS does not list" % (
                    clean(server["name"], 64),
                    clean(named),
                )
                self.findings.append(finding(WARNING, "recovery_instance_unlisted", text, server=server))
            if server["source_server_id"] in asked:
                text = "%s (%s) was asked for by id" % (clean(server["name"], 64), server["source_server_id"])
                self.findings.append(finding(ERROR, code, text, server=server))
        # where no cell was read nothing is known of the selection, which has been said
        if not kept and not problems and cells_read:
            severity = WARNING if self.params.get("allow_empty") is True else ERROR
            text = "none of %s that were read has a recovery instance to fail back from" % count(len(ours), "server")
            remedy = None if complete else UNREAD
            self.findings.append(finding(severity, "no_match", text, remedy=remedy))
        expected = self.params.get("expected_count")
        if expected is not None and expected != len(kept):
            text = "%s selected, %s expected" % (count(len(kept), "server"), expected)
            self.findings.append(finding(ERROR, "unexpected_count", text))
        return kept

    def _no_part(self, server: Server, instance: RecoveryInstance | None) -> str | None:
        """Why a server takes no part."""
        if instance is None:
            # what an interrupted clean-up has left is still to be cleaned up
            return None if server.get("reversed_direction_source_server_arn") else "recovery_instance_missing"
        if not self.drill and instance.get("is_drill") is True:
            return "not_failed_over"
        if self.drill and instance.get("origin_environment") == failback_stage.ON_PREMISES:
            return "no_drill_on_premises"
        return None

    def _launch_settings(self, selected: Sequence[Server]) -> dict[str, LaunchSettings]:
        """The launch settings of each server in the original cell: the copy there is a new server without them.

        Machines from outside AWS are launched by their failback client, and have no such settings.
        """
        groups, own = self.params.get("launch_groups") or [], self.params.get("launch_servers") or []
        try:
            launch_settings.check_names("launch_groups", groups)
            launch_settings.check_names("launch_servers", own)
            launch_settings.check(groups, own)
            settled, strange = declared.resolve(selected, groups, own, self.keys)
        except DrsError as error:
            self.findings.append(finding(ERROR, error.code, "launch settings: %s" % error.message))
            return {}
        for number in declared.empty_groups(selected, groups, self.keys):
            text = "launch_groups[%d] means none of the servers of this plan" % number
            self.findings.append(finding(WARNING, "no_match", text))
        for one in strange:
            text = "launch_servers: %s is not among the servers of this plan" % clean(one, 64)
            self.findings.append(finding(ERROR, "unknown_id", text))
        return settled

    def _waves(self, selected: Sequence[Server], instances: Instances) -> list[FailbackWave]:
        waves: list[FailbackWave] = []
        for wave, members in group_by_wave(selected, self.keys).items():
            servers = [
                self._server(one, wave, instances.get((one["cell"], one["source_server_id"])))
                for one in sorted(members, key=lambda one: (str(one["name"]), identity(one)))
            ]
            by_cell: dict[str, list[str]] = {cell: [] for cell in sorted({one["cell"] for one in servers})}
            for one in servers:
                by_cell[one["cell"]].append(one["source_server_id"])
            waves.append({"wave": wave, "servers": servers, "by_cell": by_cell})
        return waves

    def _server(self, server: Server, wave: str, instance: RecoveryInstance | None) -> FailbackServer:
        pair: Pair = {"server": server, "instance": instance}
        origin = failback_stage.origin(pair)
        place = failback_stage.place_of(server) if origin == failback_stage.AWS else None
        original: OriginalPlace | None = None
        if place is not None:
            original = {"account_id": place[0], "region": place[1], "cell": self.known.get(place)}
        self._check(server, instance, origin, original)
        settled = self.launch.get(str(server["source_server_id"])) if origin == failback_stage.AWS else None
        return {
            "source_server_id": server["source_server_id"],
            "arn": server["arn"],
            "name": server["name"],
            "cell": server["cell"],
            "account_id": server["account_id"],
            "region": server["region"],
            "wave": wave,
            "application": tag_value(server.get("tags"), self.keys["application"]),
            "critical": flag(server.get("tags"), self.keys["critical"]) is not False,
            "origin": origin,
            "original": original,
            "original_instance_id": server.get("instance_id"),
            "recovery_instance_id": instance["recovery_instance_id"] if instance else None,
            "is_drill": instance["is_drill"] if instance else None,
            "launch_settings": settled or {},
        }

    def _check(
        self, server: Server, instance: RecoveryInstance | None, origin: str | None, original: OriginalPlace | None
    ) -> None:
        """What would be refused later is said now, while nothing has begun."""
        name = "%s (%s)" % (clean(server.get("name"), 64), server.get("source_server_id"))
        wrong = []
        if origin not in (failback_stage.AWS, failback_stage.ON_PREMISES) or (
            origin == failback_stage.AWS and original is None
        ):
            wrong.append(("origin_unknown", "%s: DRS does not say where it came from" % name))
        elif original is not None and original["cell"] is None:
            values = (name, original["account_id"], original["region"])
            wrong.append(("original_cell_missing", "%s came from account %s in %s, which is no cell here" % values))
        if original and (original["account_id"], original["region"]) == (server["account_id"], server["region"]):
            if self.drill or server.get("extended") is True:
                text = "%s came from its own account and Region, where reversing ends the protection of what it was"
                wrong.append(("same_region_failback", text % name))
            elif self.machines[server["cell"], server["source_server_id"]] > 1:
                text = "%s has more than one recovery instance that runs; resume the run that launched them"
                wrong.append(("same_region_failback", text % name))
        if instance is not None and instance.get("is_drill") is None:
            wrong.append(("drill_unknown", "%s: whether its recovery instance is a drill is not known" % name))
        self.findings += [finding(ERROR, code, text, server=server) for code, text in wrong]

    def _plan(self, waves: list[FailbackWave], read: Iterable[CellRead], unknown: list[UnknownCell]) -> FailbackPlan:
        servers = [one for wave in waves for one in wave["servers"]]
        regions = sorted({(one["original"] or one)["region"] for one in servers})
        ends = [one for one in servers if one["recovery_instance_id"]]
        terminates: dict[str, Any] | None = None
        if not self.drill:
            terminates = {"count": len(ends), "regions": sorted({one["region"] for one in ends})}
        mode, name = self.params["mode"], self.params["name"]
        content: list[Any] = [[wave["wave"], [identity(one) for one in wave["servers"]]] for wave in waves]
        settled = {one["arn"]: one["launch_settings"] for one in servers if one["launch_settings"]}
        # what is approved includes what machines launch with
        content += [settled] if settled else []
        sealed = json.dumps([mode, self.policy, content], sort_keys=True).encode("utf-8", "replace")
        reasons = Counter(one["reason_code"] for one in self.excluded)
        wrong = errors_of(self.findings)
        applications = Counter(one["application"] or "none" for one in servers)
        return {
            "name": name,
            "mode": mode,
            "hash": hashlib.sha256(sealed).hexdigest(),
            "point_in_time": "latest",
            "policy": self.policy,
            "coverage": "incomplete" if unknown else "complete",
            "unknown_cells": unknown,
            "cells": [
                {"cell": cell["cell"], "account_id": cell.get("account_id"), "region": cell.get("region")}
                for cell in read
            ],
            "waves": waves,
            "excluded": self.excluded,
            "findings": sorted(self.findings, key=lambda one: one["severity"] != ERROR),
            "regions": regions,
            "terminates": terminates,
            "confirmation": confirmation_text(mode, name, len(servers), regions, terminates),
            "summary": {
                "servers": len(servers),
                "waves": len(waves),
                "cells": len({one["cell"] for one in servers}),
                "applications": dict(sorted(applications.items())),
                "critical": sum(1 for one in servers if one["critical"]),
                "optional": sum(1 for one in servers if not one["critical"]),
                "launch_settings": len(settled),
                "excluded": dict(sorted(reasons.items())),
                "errors": len(wrong),
                "warnings": len(self.findings) - len(wrong),
            },
        }
