"""Who may approve what: the given name, the user that the machine reports, and the gates of a run."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, names

# The kind of person that a machine tells apart from others; on a controller many may share one account.
AWX = "awx"


def where(run: Mapping[str, Any], gate: Any) -> str:
    """The gate of a run, as the messages about its approval begin."""
    return f"run {run['run_id']}, gate {clean(gate, 64)}"


def check_approver(run: Mapping[str, Any], approver: Any, typed_by: Mapping[str, Any] | None = None) -> None:
    """Refuse an approver who started the run, by whatever name, or whom nobody can name.

    :param approver: the name that the decision is given under.
    :param typed_by: who typed it. It counts where the machine knows people apart, which is under AWX.
    :raises DrsError: approval_own.
    """
    name = clean(approver, 128)
    starter = run.get("started_by") or {}
    started = {_folded(run["initiator"]), _folded(starter.get("user"))} - {""}
    deciding = {_folded(name)} | (
        {_folded(typed_by.get("user"))} if typed_by and typed_by.get("kind") == AWX else set()
    )
    if not name or deciding & started:
        raise DrsError("approval_own", f"run {run['run_id']} was started by {who(run)}, who approves")


def _folded(name: Any) -> str:
    return clean(name, 128).casefold()


def person(one: Mapping[str, Any] | None) -> str:
    """Who typed a command, in words; empty when nobody knows."""
    if not one:
        return ""
    job = "AWX job %s" % clean(one.get("job"), 20) if one.get("job") else ""
    about = ", ".join(part for part in (clean(one.get("local"), 128), job) if part)
    return "%s%s" % (clean(one.get("user"), 128), " (%s)" % about if about else "")


def who(run: Mapping[str, Any]) -> str:
    """Who started a run: the name that was given for it, and who typed it where that is another one."""
    starter = run.get("started_by") or {}
    named = clean(run.get("initiator"), 128)
    if not starter or _folded(starter.get("user")) == _folded(named):
        return named
    return "%s, typed by %s" % (named or "nobody named", person(starter))


def check_gate(run: Mapping[str, Any], plan: Mapping[str, Any] | None, gate: str) -> None:
    """Refuse a decision at a gate that the run does not have: nothing would ever ask for it.

    :raises DrsError: gate_unknown, with the gates that can be approved.
    """
    hooks = [
        (hook.get("name"), hook.get("type"))
        for wave in (plan or {}).get("waves") or ()
        for when in ("before", "after")
        for hook in (wave.get("gates") or {}).get(when) or ()
    ]
    gates = list(run["approvals"]) + [name for name, kind in hooks if kind == "approval"]
    gates += [name for wave in run["waves"].values() for name in wave.get("approvals") or ()]
    if gate in gates:
        return
    pause = "; it is a pause, which resume ends" if (gate, "pause") in hooks else ""
    listed = "its gates with an approval: %s" % names(dict.fromkeys(gates)) if gates else "it needs no approval"
    raise DrsError("gate_unknown", f"run {run['run_id']} has no such gate '{clean(gate, 64)}'{pause}; {listed}")
