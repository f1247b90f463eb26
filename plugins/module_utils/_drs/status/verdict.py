"""What a verb over the fleet comes to: whether it ends well, why not, and the playbook after it.

Each function takes what its verb has found and the bounds that were asked for, and gives ``ok``, ``reasons`` [text],
``next`` {playbook, options, kept, check}, empty when there is none; ``result`` is what the role leaves.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, count, with_remedy

Verdict = dict[str, Any]
Data = Mapping[str, Any]

REPLICATION_TEMPLATE = "replication template"
GOOD_SETTINGS = ("applied", "unchanged", "planned")
GOOD_TAGS = (*GOOD_SETTINGS, "skipped")
SHOWN = 10

_BOOL: Any = {"type": "bool", "default": False}
SPEC: dict[str, Any] = {
    "kind": {
        "type": "str",
        "choices": [
            *(
                "capacity",
                "launch_actions",
                "launch_settings",
                "readiness",
                "replication_settings",
                "setup",
                "tag_sync",
            ),
        ],
        "required": True,
    },
    "data": {"type": "dict", "default": {}},
    "cells": {"type": "list", "elements": "dict", "default": []},
    "planned": {"type": "int", "default": 0},
    "fail_at": {"type": "str", "default": "never"},
    "fail_below": {"type": "int", "default": 0},
    "fail_on_unreadable": _BOOL,
    "fail_on_drift": _BOOL,
    "state": {"type": "str", "default": "present"},
    "change_id": {"type": "str"},
    "check": _BOOL,
}


def judge(params: Data) -> Verdict:
    """The verdict of a verb.

    :param params: see SPEC.
    :returns: ``{ok, reasons, next, result}``.
    """
    return {"changed": False, "result": {}, **_KINDS[params["kind"]](params)}


def _verdict(reasons: Iterable[str], following: Data, **more: Any) -> Verdict:
    said = [one for one in reasons if one]
    return {"ok": not said, "reasons": said, "next": dict(following), **more}


def _coverage(unknown: Iterable[Data], counts: bool) -> str:
    lost = ", ".join(clean(one["cell"], 64) for one in unknown)
    return "coverage incomplete: %s could not be read" % lost if lost and counts else ""


# -- what only looks ---------------------------------------------------------------------------------------------------
def capacity(params: Data) -> Verdict:
    """Of drs_capacity_plan: whether what is planned fits, and whether no cell is too full already."""
    data, planned = params["data"], params["planned"]
    full = ""
    if not data["fits"]:
        placement = data["placement"]
        about = (placement["unplaced"], count(planned, "server"), "; ".join(placement["reasons"]))
        full = "capacity_full: %s of %s without a place: %s" % about
    level = data["total"]["level"]
    at = params["fail_at"]
    bound = quotas.LEVELS.index(at) if at in quotas.LEVELS else len(quotas.LEVELS)
    high = "the fullest cell is at the level %s" % level if quotas.LEVELS.index(level) >= bound else ""
    following = {"playbook": "deploy_agents", "options": {}, "check": True} if planned and data["fits"] else {}
    return _verdict([full, high, _coverage(data["unknown_cells"], params["fail_on_unreadable"])], following)


def readiness(params: Data) -> Verdict:
    """Of the report of drs_readiness: whether the fleet could be recovered, and which drill is due."""
    report = params["data"]
    score, unprotected = report["score"], report["hard_zero"]
    low = score is not None and score < params["fail_below"]
    reasons = [
        "nothing is in scope" if score is None else "",
        "%s not protected" % count(len(unprotected), "critical server is", "critical servers are")
        if unprotected
        else "",
        "the score is %s, below %s" % (score, params["fail_below"]) if low else "",
        _coverage(report["unknown_cells"], params["fail_on_unreadable"]),
    ]
    due = [one["application"] for one in report["applications"] if one["drill_due"] and one["application"]]
    following: Verdict = {}
    if unprotected:
        following = {"playbook": "deploy_agents", "options": {}, "check": True}
    elif due:
        options = {"recovery_plan_name": "due", "recovery_selection": {"applications": due}}
        following = {"playbook": "drill", "options": options, "check": True}
    return _verdict(reasons, following)


# -- what changes every server -----------------------------------------------------------------------------------------
def _flat(cells: Sequence[Data], key: str) -> list[Any]:
    return [one for cell in cells for one in cell[key]]


def _not_good(servers: Sequence[Data], good: Sequence[str], what: str) -> str:
    bad = [clean(one["name"], 80) for one in servers if one["outcome"] not in good]
    return "%s not %s: %s" % (count(len(bad), "server is", "servers are"), what, ", ".join(bad[:SHOWN])) if bad else ""


def _lost(cells: Sequence[Data]) -> str:
    lost = [one for one in cells if one["error"]]
    codes = ", ".join(dict.fromkeys(str(one["error"]["code"]) for one in lost))
    return "%s: %s could not be worked with" % (codes, ", ".join(one["cell"] for one in lost)) if lost else ""


def tag_sync(params: Data) -> Verdict:
    """Of all cells {cell, error, servers}: whether every server has the tags of its machine."""
    cells = params["cells"]
    servers = _flat(cells, "servers")
    verdict = _verdict([_not_good(servers, GOOD_TAGS, "in step"), _lost(cells)], {})
    again = params["check"] or not verdict["ok"]
    kept = ["tag_sync_", "drs_hosts"] if again else []
    result = {"cells": cells, "servers": servers, "ok": verdict["ok"], "reasons": verdict["reasons"]}
    return {**verdict, "next": {"playbook": "sync_tags" if again else "status", "kept": kept}, "result": result}


def launch_settings(params: Data) -> Verdict:
    """Of all cells {cell, error, servers, drift, unknown}: whether every server is as declared."""
    after = {"playbook": "drill", "options": {"recovery_plan_name": "my-drill"}, "kept": [], "check": True}
    verdict = _settings("launch_settings", params, after)
    texts = [one["csv"] for one in params["cells"] if one.get("csv")]
    # the first line of each cell's text is the same header
    text = "".join([texts[0], *(one.split("\n", 1)[1] for one in texts[1:])]) if texts else ""
    return {**verdict, "result": {**verdict["result"], "csv": text}}


def launch_actions(params: Data) -> Verdict:
    """Of all cells {cell, error, servers, templates, drift, unknown}: whether everything is as declared."""
    after = {"playbook": "drill", "options": {"recovery_plan_name": "my-drill"}, "kept": [], "check": True}
    verdict = _settings("launch_actions", params, after)
    templates = [row for one in params["cells"] for row in one.get("templates") or ()]
    return {**verdict, "result": {**verdict["result"], "templates": templates}}


def replication_settings(params: Data) -> Verdict:
    """Of all cells {cell, error, servers, templates, resync, drift, unknown}: whether everything is as declared."""
    cells = params["cells"]
    after = {"playbook": "status", "options": {}, "kept": [], "check": False}
    verdict = _settings("replication_settings", params, after)
    return {
        **verdict,
        "result": {
            **verdict["result"],
            **{key: [row for one in cells for row in one.get(key) or ()] for key in ("templates", "resync")},
        },
    }


def setup(params: Data) -> Verdict:
    """Of one cell {cell, account_id, stacks, outputs, service, templates, ...}: what was, or would be, changed.

    ``warnings`` [text] say what it lacks and nobody has asked for.

    :param params: ``stacks`` are results of drs_account_stack in the order of ``outputs``; ``templates`` {name:
        {wanted, result}}, whose result was skipped where the cell's role is still to be made; ``stack_sets`` {drift,
        unread} of drs_stack_set_drift; ``accounts`` those of the cells of the play, ``place`` which of these it is.
    """
    data = params["data"]
    stacks, service = data["stacks"], data["service"]
    changes = ["stack %s" % one["stack"] for one in stacks if one["changed"]]
    initialised = service.get("initialised")
    # a cell whose role cannot be assumed yet in check mode has told nothing of DRS
    changes += ["DRS initialised"] if service.get("changed") or initialised is None else []
    for name, one in data["templates"].items():
        result = one["result"]
        if one["wanted"] and (result.get("changed") or result.get("skipped")):
            changes.append(name)
    sets = _sets(data)
    result = {
        **{key: data[key] for key in ("cell", "account_id", "stacks", "outputs")},
        "regions": {name: one["region"] for name, one in zip(data["outputs"], stacks)},
        "drift": [{"account_id": data["account_id"], **row} for one in stacks for row in one["drift"]] + sets["drift"],
        "unread": [text for one in stacks for text in one.get("unread") or ()] + sets["unread"],
        "initialised": bool(initialised),
        "warnings": _of_template(data),
        "changed": bool(changes),
        "changes": changes,
    }
    return _verdict([], {}, result=result)


# the same for every cell, so that a page tells it once
_SUBNET = (
    "Give account_setup_replication_template: {staging_area_subnet_id: subnet-...} in a file host_vars/CELL.yml "
    "for each of these cells, and run setup again before agents are installed. Without it, servers that replicate "
    "into the cell get the defaults of DRS, with its own key, and cannot be extended; and nothing fails back into it."
)


def _of_template(data: Data) -> list[str]:
    """A warning where new servers would have only the defaults of DRS, for nothing says their staging subnet."""
    asked = data["templates"].get(REPLICATION_TEMPLATE)
    if not asked or asked["wanted"] or data["service"].get("has_replication_template"):
        return []
    text = "no_replication_template: %s has no replication template, and no staging subnet is given for one"
    return [with_remedy(text % clean(data["cell"], 64), _SUBNET)]


def _sets(data: Data) -> dict[str, list[Any]]:
    """What a cell tells of the stack sets: of its account, when it is the first cell of it; the first one the rest."""
    found, accounts, place = data.get("stack_sets") or {}, data.get("accounts") or [], int(data.get("place") or 0)
    own = data["account_id"] not in accounts[:place]
    drift = [
        row
        for row in found.get("drift") or ()
        if (own and row["account_id"] == data["account_id"]) or (place == 0 and row["account_id"] not in accounts)
    ]
    return {"drift": drift, "unread": list(found.get("unread") or ()) if place == 0 else []}


def _settings(kind: str, params: Data, after: Verdict) -> Verdict:
    cells, state, change = params["cells"], params["state"], params["change_id"]
    servers, drift = _flat(cells, "servers"), _flat(cells, "drift")
    kept_for = [*servers, *(entry for one in cells for entry in one.get("templates") or ())]
    named = {one[key] for one in servers for key in ("name", "source_server_id")}
    nowhere = [one for one in dict.fromkeys(_flat(cells, "unknown")) if one not in named]
    lost = _lost(cells)
    drifted = "drift: %s not as declared" % count(len(drift), "setting was", "settings were")
    none = "no_match: no server has settings of that change, or is meant by what is declared"
    reasons = [
        _not_good(kept_for, GOOD_SETTINGS, "as declared"),
        "unknown_id: in no cell that was read: %s" % ", ".join(map(str, nowhere)) if nowhere else "",
        none if not kept_for and not lost else "",
        drifted if drift and params["fail_on_drift"] else "",
        lost,
    ]
    verdict = _verdict(reasons, {})
    restored = state == "restored"
    # what has no undo has no state and no change
    again: Verdict = {kind + "_state": "", kind + "_change_id": ""} if change is not None else {}
    if restored:
        again = {kind + "_state": "restored", kind + "_change_id": change}
    following = after
    if params["check"] or not verdict["ok"]:
        kept = [kind + "_", "drs_hosts"]
        following = {"playbook": kind, "options": again, "kept": kept, "check": not verdict["ok"]}
    result = {
        "state": state,
        "change_id": change,
        "cells": cells,
        "servers": servers,
        "drift": drift,
        "unknown": nowhere,
        "ok": verdict["ok"],
        "reasons": verdict["reasons"],
    }
    return {**verdict, "next": following, "result": result}


_KINDS = {
    "capacity": capacity,
    "launch_actions": launch_actions,
    "launch_settings": launch_settings,
    "readiness": readiness,
    "replication_settings": replication_settings,
    "setup": setup,
    "tag_sync": tag_sync,
}
