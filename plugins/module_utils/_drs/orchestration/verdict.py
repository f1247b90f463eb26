"""The verdict of an orchestration: status, error, whether the same request may be sent again, the next phase."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import count, names
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import views
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import closing
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration.schema import (
    FAILED,
    PARTIAL,
    SUCCESS,
    TIMEOUT,
    WAITING,
)

UNCONFIRMED = "confirmation_mismatch"
# What a walk that came to its end fails with: the result says it better.
_STOPPED = "action_stopped"
_TAKEN_OVER = "run_superseded: "


class Verdict(NamedTuple):
    """``status`` of STATUSES; ``error`` {code, message, remedy, retryable} or None; whether the next phase is
    ``ready``, and the ``reason``."""

    status: str
    error: Mapping[str, Any] | None
    ready: bool
    reason: str


def judge(facts: views.Facts, view: views.View) -> Verdict:
    """Judge what an action left.

    :param facts: see ``result.document``.
    """
    chosen, result = facts.get("settings") or {}, facts.get("result") or {}
    cause = _cause(facts, view)
    status = _status(facts, view, cause)
    ready, reason = _next_phase(facts, view, status, cause)
    error = _error(facts, view, status, ready, cause)
    if status == WAITING and not chosen.get("waiting_status"):
        status = FAILED
    if result.get("waiting") and error is not None:
        reason = "the run waits at a gate" if result["waiting"].get("gate") else "the run is paused"
    return Verdict(status, error, ready, reason)


def _cause(facts: views.Facts, view: views.View) -> Mapping[str, Any] | None:
    """What stopped the action before its end; None for a run that came to one, whatever it is."""
    error = facts.get("error") or view.error
    result = facts.get("result") or {}
    told = result.get("stopped") or result.get("waiting") or result.get("timed_out") or view.clean is False
    told = told or closing.launched_nothing(result)
    if error and error.get("code") == _STOPPED and told:
        return None
    return error


def _status(facts: views.Facts, view: views.View, cause: Mapping[str, Any] | None) -> str:
    chosen, result = facts.get("settings") or {}, facts.get("result") or {}
    if result.get("waiting"):
        return WAITING
    if result.get("timed_out") or view.late and not view.complete:
        return TIMEOUT
    broken = bool(cause or result.get("stopped") or view.clean is False)
    empty = not view.servers and not chosen.get("allow_empty")
    if not broken and not empty and (view.complete or facts.get("check_mode")):
        return PARTIAL if view.unread else SUCCESS
    return PARTIAL if view.succeeded else FAILED


def _next_phase(facts: views.Facts, view: views.View, status: str, cause: Mapping[str, Any] | None) -> tuple[bool, str]:
    """Whether the next phase may start, as the plan's ``next_phase`` says, and why."""
    plan, result = facts.get("plan") or {}, facts.get("result") or {}
    rules = {"ready_when": "policy", "require_full_coverage": True, **(plan.get("next_phase") or {})}
    action = (facts.get("settings") or {}).get("action")
    succeeded, total = len(view.succeeded), len(view.servers)
    if cause:
        return False, "the action did not come to its end: %s" % _of_cause(facts, cause)["code"]
    if status == WAITING:
        return False, "the run waits at a gate"
    if status == TIMEOUT:
        return False, closing.LATE
    if result.get("stopped"):
        return False, "the run stopped: %s" % result["stopped"]
    if view.clean is False:
        return False, "the clean-up is not complete"
    if view.unread and rules["require_full_coverage"]:
        return False, "some cells could not be read"
    if not total and status not in (SUCCESS, PARTIAL):
        return False, "no server matched"
    if facts.get("check_mode"):
        return False, "this was a check: nothing was done"
    if rules["ready_when"] == "never":
        return False, "the plan leaves it to a person"
    if action == "status" and not view.complete:
        return False, "%d of %s are ready" % (succeeded, count(total, "server"))
    if succeeded < total and rules["ready_when"] == "all":
        return False, "%d of %s succeeded, the plan asks for all" % (succeeded, count(total, "server"))
    if action == "terminate" and view.complete and not succeeded:
        return True, "no drill instance of %s stands" % count(total, "server")
    if action == "terminate" and view.complete and succeeded < total:
        told = count(succeeded, "drill instance is", "drill instances are"), count(total - succeeded, "other server")
        return True, "%s terminated, and none of %s stands" % told
    if total and not succeeded:
        # also where the plan allows each failure: the next phase would build on nothing
        return False, "none of %s succeeded" % count(total, "server")
    return True, "%d of %s succeeded" % (succeeded, count(total, "server")) if total else "nothing was left to be done"


# -- the error -------------------------------------------------------------------------------------------------------


def _error(
    facts: views.Facts, view: views.View, status: str, ready: bool, cause: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Why the next phase must not start; None when it may, when the plan says never, and of a check that is good."""
    chosen, result = facts.get("settings") or {}, facts.get("result") or {}
    if cause:
        return _of_cause(facts, cause)
    if ready or status == SUCCESS:
        return None
    if status == WAITING:
        code, text = _gate(result)
        # an approval is a record, which comes while the request is sent again; a pause is ended by a person alone, and
        # the same request is refused until then
        return _made(code, text, code == "waiting_for_approval" and _same_run(facts, view))
    if status == TIMEOUT:
        text = result.get("stopped") or "%s still moving when the time was over" % names(
            (one.get("name") or one.get("source_server_id") for one in view.servers if views.is_late(one)), 5
        )
        return _made("wait_timeout", text, _same_run(facts, view))
    reads = chosen.get("action") in ("status", "terminate")
    if view.clean is False:
        return _made("clean_up_incomplete", "of what was to be terminated, something is left or not proven", True)
    if view.failed or result.get("stopped"):
        if chosen.get("action") == "status":
            return _made("servers_not_ready", _failures(view), True)
        if not view.failed and _TAKEN_OVER in str(result["stopped"]):
            # no server of it failed: another call goes on with the run, and the same request finds what became of it
            return _made("run_superseded", str(result["stopped"]), _same_run(facts, view))
        again = bool(chosen.get("retry_failed")) and _same_run(facts, view)
        return _made("servers_failed", str(result.get("stopped") or _failures(view)), again)
    if view.unread:
        text = "%s could not be read" % names((one["cell"] for one in view.unread), 5)
        return _made("cell_unreadable", text, reads)
    if not view.servers:
        return _made("no_match", "no server was there to %s" % chosen.get("action"), False)
    leaves = ((facts.get("plan") or {}).get("next_phase") or {}).get("ready_when") == "never"
    if (
        facts.get("check_mode")
        or view.complete
        or leaves
        and status == PARTIAL
        and not view.failed
        and not _skipped(view)
    ):
        return None
    return _made("servers_failed", _failures(view), False)


def _skipped(view: views.View) -> bool:
    return any(one["outcome"] in (outcomes.SKIPPED, outcomes.PLANNED) for one in view.servers)


def _of_cause(facts: views.Facts, cause: Mapping[str, Any]) -> Mapping[str, Any]:
    """The error that stopped the action, with whether the same request may be sent again."""
    chosen = facts.get("settings") or {}
    if cause.get("code") == UNCONFIRMED and not chosen.get("confirm"):
        text = "nothing was begun: options.confirm must be '%s'" % facts.get("confirmation")
        return _made("waiting_for_confirmation", text, True)
    entry: Mapping[str, Any] = outcomes.error_entry(dict(cause)) or {}
    begun = bool((facts.get("result") or {}).get("run_id"))
    return {**entry, "retryable": bool(entry.get("retryable")) and (not begun or _names_run(facts))}


def _gate(result: Mapping[str, Any]) -> tuple[str, str]:
    gate = result["waiting"]
    kind = "approval" if gate.get("type") in (None, "", "approval") else "gate"
    return "waiting_for_%s" % kind, "run %s %s" % (result.get("run_id"), closing.waits(gate))


def _names_run(facts: views.Facts) -> bool:
    """Whether the same request would be the same run."""
    return bool(facts.get("names_run"))


def _same_run(facts: views.Facts, view: views.View) -> bool:
    """Whether the same request goes on with the run, or begins what has launched nothing yet."""
    launching = (facts.get("settings") or {}).get("is_drill") is not None
    return not launching or _names_run(facts) or not any(one.get("job_id") for one in view.servers)


def _failures(view: views.View) -> str:
    failed = view.failed or [one for one in view.servers if one["outcome"] not in view.good]
    told = names((one.get("name") or one.get("source_server_id") for one in failed), 5)
    return "%d of %s: %s" % (len(failed), count(len(view.servers), "server"), told)


def _made(code: str, message: str, retryable: bool) -> Mapping[str, Any]:
    return {**(outcomes.error_entry(DrsError(code, message)) or {}), "retryable": retryable}
