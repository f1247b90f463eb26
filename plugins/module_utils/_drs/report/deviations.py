"""What a run did otherwise than planned: earlier attempts, people who stepped in, and every other exception.

An EXCEPTION is ``{what, detail, who, at, why}``; who, when and why are None where nothing on record says it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean, duration
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import as_list, as_mapping
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.about import open_actions
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.documents import entries_of, text, with_machine
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.job_logs import course, log_of

ATTEMPT_COLUMNS = (
    *("wave", "name", "source_server_id", "cell", "attempt", "last", "outcome", "code", "message", "job_id"),
    *("recovery_instance_id", "point_in_time", "started_at", "ended_at", "by", "log"),
)
STAGE_COLUMNS = (
    *("wave", "name", "source_server_id", "cell", "stage", "outcome", "code", "message", "at", "original_cell"),
    *("original_account_id", "original_region", "job_id", "recovery_instance_id", "ec2_instance_id", "private_ip"),
    *("availability_zone", "point_in_time", "started_at", "ended_at"),
)
EXCEPTION_COLUMNS = ("what", "detail", "who", "at", "why")
# After these events no controller works on the run: whoever resumes it takes it from nobody.
_STOPS = ("run_finished", "run_paused", "run_waiting", "run_cancelled")
_PEOPLE = {
    "run_paused": ("pause", "the run was paused"),
    "run_cancelled": ("cancellation", "the run was cancelled"),
    "policy_changed": ("options", "the policy was changed, which makes another plan"),
    "run_widened": ("options", "the run was widened, which makes another plan"),
    "run_imported": ("import", "what happened outside of the run store was taken into it"),
}


# -- attempts --------------------------------------------------------------------------------------------------------


def earlier_attempts(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every attempt that a later one took the place of, by wave: ``{wave, name, source_server_id, cell, attempt, last,
    outcome, code, message, job_id, recovery_instance_id, point_in_time, started_at, ended_at, by, log}``.

    ``attempt`` counts from 1 for each server, ``by`` is who typed the command that made it, ``log`` what the log of its
    job says of it (see report/job_logs.course).
    """
    typed, logs = _typed(documents["events"]), course(documents)
    number: Counter[tuple[Any, Any]] = Counter()
    rows = []
    for wave in documents["waves"]:
        # the copy that a failback launches stands in the stages of the server, and not in an attempt
        walked = {_key(one): one.get("stages") for one in entries_of(wave)}
        for one in map(as_mapping, as_list(wave.get("attempts"))):
            number[_key(one)] += 1
            one = {**one, "stages": one.get("stages") or walked.get(_key(one))}
            rows.append(_row(one, text(wave.get("wave"), 40), number[_key(one)], typed, logs))
    return rows


def stages(servers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The stages of a failback, a row for each that brought something: STAGE_COLUMNS, by server in the plan's order.

    :param servers: the rows of report/run.servers_of.
    """
    about = ("wave", "name", "source_server_id", "cell")
    return [{**{key: one[key] for key in about}, **stage} for one in servers for stage in one["stages"]]


def all_attempts(documents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same with the last attempt of each server that was tried, by wave, server and number."""
    typed, logs = _typed(documents["events"]), course(documents)
    rows = earlier_attempts(documents)
    before = attempts_by_server(documents)
    for wave in documents["waves"]:
        for one in entries_of(wave):
            if one.get("outcome") not in outcomes.UNTRIED:
                # the last stage of a failback knows nothing of the launch that this attempt was
                row = _row(with_machine(one), text(wave.get("wave"), 40), before.get(_key(one), 0) + 1, typed, logs)
                rows.append({**row, "last": True})
    place = {text(wave.get("wave"), 40): number for number, wave in enumerate(documents["waves"])}
    return sorted(rows, key=lambda one: (place.get(one["wave"], 0), str(one["name"]), str(one["cell"]), one["attempt"]))


def attempts_by_server(documents: Mapping[str, Any]) -> Counter[tuple[Any, Any]]:
    """How many earlier attempts each server had: ``{(cell, source_server_id): number}``."""
    found = (one for wave in documents["waves"] for one in map(as_mapping, as_list(wave.get("attempts"))))
    return Counter(_key(one) for one in found)


def _key(one: Mapping[str, Any]) -> tuple[Any, Any]:
    return (text(one.get("cell")), text(one.get("source_server_id")))


def _row(
    one: Mapping[str, Any],
    wave: str | None,
    number: int,
    typed: list[tuple[str, str | None]],
    logs: Mapping[tuple[Any, Any], str],
) -> dict[str, Any]:
    error = as_mapping(one.get("error"))
    ids = ("name", "source_server_id", "cell", "job_id", "recovery_instance_id")
    return {
        **{key: text(one.get(key)) for key in ids},
        **{key: iso_time(one.get(key)) for key in ("point_in_time", "started_at", "ended_at")},
        "wave": wave,
        "attempt": number,
        "last": False,
        "outcome": one.get("outcome") if one.get("outcome") in outcomes.OUTCOMES else outcomes.UNKNOWN,
        "code": text(error.get("code"), 80),
        "message": text(error.get("message"), 300),
        "by": _by(typed, iso_time(one.get("started_at") or one.get("ended_at"))),
        "log": log_of(one, logs),
    }


def _typed(events: Iterable[Mapping[str, Any]]) -> list[tuple[str, str | None]]:
    """When each command began, and who typed it."""
    began = (one for one in events if one.get("event") in ("run_begun", "run_resumed"))
    return sorted(((iso_time(one.get("at")) or "", _who(one)) for one in began), key=lambda pair: pair[0])


def _by(commands: Iterable[tuple[str, str | None]], moment: str | None) -> str | None:
    """Who typed the command that something was part of: the last one that had begun by then."""
    before = [who for at, who in commands if moment and at <= moment]
    return before[-1] if before else None


def _who(event: Mapping[str, Any]) -> str | None:
    return text(as_mapping(event.get("data")).get("by")) or text(event.get("actor"))


# -- exceptions ------------------------------------------------------------------------------------------------------


def exceptions_of(documents: Mapping[str, Any], run: Mapping[str, Any], chain: str | None) -> list[dict[str, Any]]:
    """What did not go as planned, each an EXCEPTION ``{what, detail, who, at, why}``.

    :param run: the RUN of the report, see report/run.run_of.
    :param chain: what is wrong with the journal; None when it is whole.
    """
    found = [*([_told("journal", chain)] if chain else ()), *_of_people(documents["events"]), *_of_run(run)]
    # what may be thousands comes last: a page shows the first
    found += [*run["left_out"], *_of_retries(documents), *_of_servers(run)]
    return [{**one, "detail": clean(one["detail"], 400), "why": text(one["why"], 300)} for one in found]


def still_open(about: Mapping[str, Any], run_id: str | None) -> list[dict[str, Any]]:
    """What of earlier runs is still to be corrected, each an EXCEPTION ``{what, detail, who, at, why}``."""
    found = open_actions(about, run_id)
    return [_told("corrective action", clean(detail, 400), owner, None, None) for detail, owner in found]


def _told(what: str, detail: str, who: Any = None, at: Any = None, why: Any = None) -> dict[str, Any]:
    return {"what": what, "detail": detail, "who": text(who), "at": iso_time(at), "why": why}


def _of_people(events: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Resumes, takeovers, pauses, changed options and confirmations that nobody typed, from the journal."""
    at_work = False
    for one in events:
        name, data = one.get("event"), as_mapping(one.get("data"))
        who, at = _who(one), one.get("at")
        if name == "run_resumed":
            controller = text(one.get("actor")) or "another controller"
            said = (
                ("takeover", f"{controller} took the run over while another controller had it")
                if at_work
                else ("resume", f"{controller} continued the run")
            )
            yield _told(*said, who, at, None)
        if name in ("run_begun", "run_resumed"):
            at_work = True
            for option in map(as_mapping, as_list(data.get("options"))):
                values = [clean(option.get(key), 80) or "nothing" for key in ("variable", "was", "now")]
                yield _told("options", "%s was %s, and is %s" % tuple(values), who, at)
            if data.get("confirmed_by"):
                yield _told("confirmation", "the confirmation was not typed", data["confirmed_by"], at)
        if name in _PEOPLE:
            yield _told(*_PEOPLE[str(name)], who, at, data.get("reason"))
        if name in _STOPS:
            at_work = False


def _of_retries(documents: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each attempt that followed another one, with what had become of that."""
    rows = all_attempts(documents)
    for one, after in zip(rows, rows[1:]):
        if one["last"] or _key(one) != _key(after):
            continue
        job = f", job {one['job_id']}" if one["job_id"] else ""
        became = f"{one['outcome']}, {one['code'] or 'no reason'}{job}"
        detail = f"{one['name']} in {one['cell']}: attempt {one['attempt']} was {became}; then {after['outcome']}"
        yield _told("retry", detail, after["by"], after["started_at"] or after["ended_at"], one["message"])


def _of_run(run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in run["overrides"]:
        detail = f"{one['guardrail']} set aside by {one['by'] or 'nobody named'}: {one['reason'] or 'no reason'}"
        yield _told("override", detail, one["by"], one["at"], one["reason"])
    for wave in run["waves"]:
        if not wave["proceed"]:
            detail = f"wave {wave['wave']}: {wave['reason'] or 'it did not let the next wave start'}"
            yield _told("verdict", detail, None, wave["ended_at"], wave["reason"])
        if wave["validation"]["done"] and not wave["validation"]["passed"]:
            detail = f"wave {wave['wave']}: {wave['validation']['detail'] or 'failed'}"
            yield _told("validation", detail, None, wave["validation"]["at"], wave["validation"]["detail"])
    for goal in run["objectives"]:
        for key, name in (("rto", "recovery time"), ("rpo", "recovery point")):
            if goal[key]["met"] is False:
                reached = "not reached" if goal[key]["actual"] is None else duration(goal[key]["actual"])
                numbers = f"{reached}, target {duration(goal[key]['target'])}"
                if goal[key]["actual"] is not None and not (goal[key]["own_missed"] or goal[key].get("unknown")):
                    # the application is held to the strictest of them
                    numbers += ", though each server is within its own"
                yield _told("objective", f"{goal['application']}: {name} {numbers}")
    for one in run["approvals"]:
        by = one["approved_by"] or one["approver"]
        for detail in _of_approval(run, one):
            yield _told("approval", f"{one['gate']}: {detail}", by, one["at"], one["reason"])
    proof = run["cleanup"]
    for one in proof["left"]:
        where = one["cell"] or one["account_id"]
        yield _told("clean-up", f"{one['recovery_instance_id']} in {where} still exists", None, proof["at"])
    for one in proof["not_proven"] if proof["proven"] else ():
        named = f"{one['recovery_instance_id'] or 'an instance'} in {one['cell']}"
        yield _told("clean-up", f"{named} is not proven to be gone: {one['reason']}", None, proof["at"], one["reason"])
    for key, word in (("left", "left"), ("not_proven", "not proven to be gone")):
        for one in proof["resources"][key]:
            yield _told("clean-up", f"{word}: {one['line']}", None, proof["at"], one["reason"])
    for cell in proof["unknown_cells"]:
        yield _told("clean-up", f"{cell} could not be read", None, proof["at"])


def _of_servers(run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for server in run["servers"]:
        if server["outcome"] in (*outcomes.BAD_OUTCOMES, outcomes.SKIPPED):
            detail = f"{server['name']} in {server['cell']}: {server['outcome']}, {server['code'] or 'no reason'}"
            skipped = server["outcome"] == outcomes.SKIPPED
            who = f"rule {server['code'] or 'not known'}" if skipped else None
            at = server["ended_at"] or server["started_at"]
            yield _told("skipped" if skipped else "server", detail, who, at, server["code"])


def _of_approval(run: Mapping[str, Any], one: Mapping[str, Any]) -> Iterator[str]:
    if one["decision"] not in ("approved", "granted"):
        yield f"{one['decision'] or 'no decision'} by {one['approver'] or 'nobody'}"
    elif not one["of_this_plan"]:
        yield "for another plan than the one that ran"
    elif one["approver"] and one["approver"] == run["initiator"]:
        yield f"{one['approver']} approved what they had started"
    elif one["approved_by"] and one["approved_by"] == run["started_by"]:
        yield f"{one['approved_by']} typed the start and the approval"
