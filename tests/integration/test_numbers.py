"""Test that every number of every output is that of the simulator's ledger and journal, after a bad day.

The day (support/numbers_story.py): a drill that waits for approval, loses its controller in wave 1, is taken over,
fails, is tried again and ends partly; its clean-up; a failback in four commands, with a failure and a retry. Nothing of
the collection computes what is expected here.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import csv
import io
import re
from collections import Counter

import pytest
from support import numbers_story as story
from support.numbers_story import BACK, CLEANUP, DRILL, ORIGIN, PAY, SHOP, TARGET
from support.numbers_truth import Truth, numbers
from support.page_rows import rows_of

PLANNED = {DRILL: {PAY: 3, SHOP: 4}, BACK: {TARGET: 2}}


@pytest.fixture(scope="module")
def day(start_simulator, tmp_path_factory):
    """What was done, and every output of it."""
    with pytest.MonkeyPatch.context() as patch:
        simulator = start_simulator(story.scenario())
        for name, value in story.Story.env(simulator).items():
            patch.setenv(name, value)
        real = story.time.sleep
        patch.setattr(story.time, "sleep", lambda seconds: real(seconds / 1000))
        lived = story.Story(simulator, tmp_path_factory.mktemp("numbers")).live()
        yield Truth(lived), lived.outputs()


def percent(part, whole):
    """Rounded down to a tenth: 100 means all."""
    return part * 1000 // whole / 10 if whole else None


def rated(counts, **more):
    """The counts of a total, as every output tells them."""
    good = counts["launched"] + counts["cleaned"] + counts["terminated"]
    whole = sum(counts.values())
    told = {"counted": whole, "succeeded": good, "failed": counts["failed"], "open": 0, "skipped": 0}
    return {
        **{f".{key}": value for key, value in told.items()},
        ".rate": percent(good, whole),
        ".servers": whole,
        **more,
    }


def under(prefix, found):
    return {prefix + key: value for key, value in found.items()}


# -- the history: table, CSV and JSON ------------------------------------------------------------------------------


def of_record(truth, run, account):
    """Every number of a history record."""
    counts = truth.outcomes(run, account)
    good, whole = sum(counts[one] for one in ("launched", "terminated", "cleaned")), sum(counts.values())
    took = truth.took(run, account)
    told = {
        ".schema": 1,
        ".anchor.events": truth.events(run),
        ".times_recorded": {DRILL: 3, BACK: 4, CLEANUP: 1}[run],
        ".servers": whole,
        ".succeeded": good,
        ".failed": counts["failed"],
        ".success_percent": percent(good, whole),
        ".duration_seconds": truth.seconds(run, account),
        ".summary.total": whole,
        **{f".summary.{key}": value for key, value in counts.items() if value},
        **dict.fromkeys((".failures_left_out", ".skipped", ".timed_out", ".unfinished"), 0),
        **{f".failure_codes.{key}": number for key, number in truth.codes(run, account).items()},
    }
    if took:
        told.update({".launch_seconds.max": max(took), ".launch_seconds.mean": round(sum(took) / len(took), 1)})
    if run != CLEANUP:
        told[".waited_seconds"] = truth.waited(run)
    if run == DRILL:
        told[".worst_data_age_seconds"] = truth.oldest(run, account)
    (application,) = {one["application"] for one in truth.servers(run, account)} if run != CLEANUP else {None}
    told.update(under(".applications[0]", {".servers": whole, ".succeeded": good, ".critical_failed": 0}))
    if run == DRILL:
        told[".applications[0].worst_data_age_seconds"] = truth.oldest(run, account)
    return told, application


RECORDS = [(DRILL, PAY), (DRILL, SHOP), (CLEANUP, PAY), (CLEANUP, SHOP), (BACK, TARGET)]


def check_history(truth, told):
    assert len(told["records"]) == len(RECORDS)
    for one in told["records"]:
        expected, application = of_record(truth, one["run_id"], one["account_id"])
        assert numbers(one) == expected, one["run_id"]
        assert one["applications"][0]["application"] == application
    runs = sum((truth.outcomes(run) for run in (DRILL, BACK)), Counter())
    good = runs["launched"] + runs["cleaned"]
    for window in told["totals"].values():
        assert (window["servers"], window["succeeded"], window["failed"]) == (sum(runs.values()), good, runs["failed"])
        assert (window["runs"], window["records"]) == (2, len(RECORDS))
        assert window["success_percent"] == percent(good, sum(runs.values()))
    assert sum(one["count"] for one in told["groups"]) == len(told["failures"]) == runs["failed"]
    rows = list(csv.DictReader(io.StringIO(told["csv"])))
    assert len(rows) == len(RECORDS)
    for row in rows:
        expected, _application = of_record(truth, row["run_id"], row["account_id"])
        for key in ("servers", "succeeded", "failed", "unfinished", "skipped", "duration_seconds", "success_percent"):
            assert float(row[key]) == expected["." + key], (row["run_id"], key)


def check_history_table(truth, shown):
    for run, account in RECORDS:
        (line,) = [one.split() for one in shown.splitlines() if run in one and account in one]
        expected, _application = of_record(truth, run, account)
        keys = ("servers", "succeeded", "failed", "unfinished", "skipped")
        assert [int(one) for one in line[-6:-1]] == [expected["." + key] for key in keys], line


# -- evidence and report -------------------------------------------------------------------------------------------


def of_objective(truth, run, name):
    mine = [one for one in truth.servers(run) if one["application"] == name]
    critical = [one for one in mine if one["critical"]]
    came = [one for one in mine if one["id"] in truth.launched(run)]
    told = {".servers": len(mine), ".critical": len(critical), ".launched": len(came)}
    command = truth.at("typed" if run == DRILL else "back typed")
    ends = {one["name"]: truth.ended(run, one["id"]) for one in critical}
    last = max(ends.values())
    spent = (last - command).total_seconds()
    told.update({".rto.actual": spent, ".rto.from_command": spent, ".rto.worst_seconds": spent})
    told[".rto.waited"] = truth.waited(run, last)
    ages = [truth.age(run, one["id"]) for one in came]
    before = [truth.lag(one["name"]) for one in came] if run == DRILL else ages
    told.update({".rpo.actual": max(before), ".rpo.best": min(before), ".rpo.worst_seconds": max(before)})
    told.update({".rpo.launched": max(ages), ".rpo.missing": 0, ".rpo.unknown": 0})
    times = [truth.data_time(run, one["id"]) for one in came]
    told[".spread_seconds"] = (max(times) - min(times)).total_seconds()
    told.update({".rto.own_missed": 0, ".rpo.own_missed": 0})
    if run == DRILL:
        told[".rto.own_missed"] = sum((one - command).total_seconds() > 7200 for one in ends.values())
        told[".rpo.own_missed"] = sum(one > 900 for one in before)
        told.update({".rto.target": 7200, ".rto.worst_target": 7200, ".rpo.target": 900, ".rpo.worst_target": 900})
        told.update({".rpo.at_start": max(before)})
        told[".rto.from_approved"] = (last - truth.at("approved")).total_seconds()
    return told


def check_run(truth, run, told):
    """The part of a run that report and evidence share."""
    assert numbers(told["totals"]) == rated(truth.outcomes(run))
    assert (told["seconds"], told["waited_seconds"]) == (truth.seconds(run), truth.waited(run))
    for goal in told["objectives"]:
        assert numbers(goal) == pytest.approx(of_objective(truth, run, goal["application"]), abs=1e-6)
    tried = truth.tries(run)
    for one in told["servers"]:
        server = truth.named(one["name"])
        assert one["attempts"] == len(tried[server["id"]]), one["name"]
        assert one["outcome"] == truth.last(run)[server["id"]]
        came = truth.launched(run).get(server["id"])
        assert one["recovery_instance_id"] == (came["recovery_instance_id"] if came else None)
        assert one["job_id"] == tried[server["id"]][-1]["job_id"]
        assert one["duration_seconds"] == truth.duration(tried[server["id"]][-1]) if came else True
    earlier = [(one["name"], one["job_id"], one["outcome"]) for one in told["attempts"]]
    assert sorted(earlier) == sorted(
        (server["name"], one["job_id"], "launched" if one["effect"] == "launched" else "failed")
        for server in truth.servers(run)
        for one in tried[server["id"]][:-1]
    )
    for wave in told["waves"]:
        mine = [one for one in truth.servers(run) if one["wave"] == wave["wave"]]
        assert numbers(wave["totals"]) == rated(Counter(truth.last(run)[one["id"]] for one in mine))
        for cell in wave["cells"]:
            own = [one for one in mine if cell["cell"].startswith(one["account"])]
            assert numbers(cell["totals"]) == rated(Counter(truth.last(run)[one["id"]] for one in own))
    assert [one["seq"] for one in told["events"]] == list(range(1, truth.events(run) + 1))


def check_evidence(truth, run, told):
    check_run(truth, run, told["run"])
    counts = truth.outcomes(run)
    good = counts["launched"] + counts["cleaned"]
    scope = {".planned": sum(counts.values()), ".attempted": sum(counts.values()), ".launched": good}
    scope.update(
        {".failed": counts["failed"], **dict.fromkeys((".validated", ".skipped", ".not_attempted", ".open"), 0)}
    )
    assert numbers(told["scope"]) == scope
    assert told["journal"]["events"] == truth.events(run) and told["journal"]["unbroken"]
    # every job that AWS has ever had of the run left its log, those of the controller that died as well
    logged = {one["job_id"] for one in told["job_logs"] if one["events"] and not one["problem"]}
    assert {each["job_id"] for one in truth.tries(run).values() for each in one} <= logged, told["job_logs"]
    if run == DRILL:
        assert not [one for one in told["not_proven"] if "log of" in one], told["not_proven"]
    whats = Counter(one["what"] for one in told["exceptions"])
    retries = sum(len(one) - 1 for one in truth.tries(run).values())
    assert (whats["retry"], whats["server"]) == (retries, counts["failed"]), whats
    assert (whats["takeover"], whats["resume"]) == ((1, 2) if run == DRILL else (0, 3)), whats
    if run == DRILL:
        assert told["run"]["cleanup"]["terminated"] == len(truth.gone) == good
        # the controller that died wrote no request ids down, and the evidence says of how many jobs
        silent = [one for one in told["not_proven"] if "request id" in one]
        assert len(silent) == 1 and "2 DRS jobs" in silent[0], silent
        calls = Counter(one["operation"] for one in told["requests"])
        assert calls + Counter(StartRecovery=2) == truth.calls(DRILL)
    else:
        # the stages of each server, with the machine that the ledger says was launched for it
        for one in told["run"]["servers"]:
            rows = [stage for stage in one["stages"] if stage["stage"] == "launched"]
            wanted = [
                (each["job_id"], each["recovery_instance_id"]) for each in truth.tries(run)[one["source_server_id"]]
            ]
            assert [(row["job_id"], row["recovery_instance_id"]) for row in rows] == wanted
            assert {row["original_account_id"] for row in rows} == {ORIGIN}
            done = [stage["stage"] for stage in one["stages"] if stage["outcome"] == stage["stage"]]
            assert done == ["reversed", "ready", "launched", "protected", "cleaned"], one["stages"]


def check_evidence_files(truth, run, told):
    files = {name: text.decode() for name, text in told.items()}
    attempts = list(csv.DictReader(io.StringIO(files["attempts.csv"])))
    tried = {truth.by_id[key]["name"]: len(one) for key, one in truth.tries(run).items()}
    assert Counter(one["name"] for one in attempts) == Counter(tried)
    servers = list(csv.DictReader(io.StringIO(files["servers.csv"])))
    assert {one["name"]: int(one["attempts"]) for one in servers} == tried
    counts = truth.outcomes(run)
    good, whole = counts["launched"] + counts["cleaned"], sum(counts.values())
    assert f"{good} of {whole} servers" in files["summary.md"], files["summary.md"]
    if run == BACK:
        assert len(list(csv.DictReader(io.StringIO(files["stages.csv"])))) == 5 * whole + truth.failures(run)


def check_report(truth, run, told):
    check_run(truth, run, told["run"])
    runs = {one: truth.outcomes(one) for one in (DRILL, BACK)}
    both = sum(runs.values(), Counter())
    assert numbers(told["totals"]) == rated(both, **{".runs": 2})
    for window in told["windows"]:
        assert numbers(window) == rated(both, **{".runs": 2}), window
    for one in told["accounts"]:
        mine = sum((truth.outcomes(each, one["account_id"]) for each in (DRILL, BACK)), Counter())
        assert numbers(one) == rated(mine, **{".runs": 1}), one
    for one in told["activity"]:
        accounts = {DRILL: 2, BACK: 1, CLEANUP: 2}[one["run_id"]]
        assert numbers(one) == rated(truth.outcomes(one["run_id"]), **{".accounts": accounts}), one
    assert [numbers(one) for one in told["failure_groups"]] == [
        {
            ".servers": both["failed"],
            ".categories[0].servers": both["failed"],
            ".categories[0].codes[0].servers": both["failed"],
        }
    ]
    # the day of the simulator may end between the two runs
    days = [sum(one[key] for one in told["over_time"]) for key in ("counted", "failed", "runs")]
    assert days == [sum(both.values()), both["failed"], 2], told["over_time"]


def check_report_csv(truth, run, told):
    rows = [one for one in csv.DictReader(io.StringIO(told)) if one["run_id"] == run]
    assert {one["source_server_id"]: one["outcome"] for one in rows} == truth.last(run)


def check_page(truth, run, page):
    tried = truth.tries(run)
    rows = rows_of(page, "servers")
    assert {one["name"]: one["outcome"] for one in rows} == {
        truth.by_id[key]["name"]: outcome for key, outcome in truth.last(run).items()
    }
    assert {one["name"]: int(one["attempts"]) for one in rows} == {
        truth.by_id[key]["name"]: len(one) for key, one in tried.items()
    }
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    counts = truth.outcomes(run)
    good, whole = counts["launched"] + counts["cleaned"], sum(counts.values())
    assert f"{good} of {whole}" in words


# -- what was sent -------------------------------------------------------------------------------------------------


def check_metrics(truth, sent):
    def summed(name, action, account=None):
        place = {"Action": action, **({"AccountId": account} if account else {})}
        found = [
            one
            for one in sent
            if one["MetricName"] == name and {each["Name"]: each["Value"] for each in one["Dimensions"]} == place
        ]
        return sum(float(one["Value"]) for one in found)

    for run, action in ((DRILL, "drill"), (BACK, "failback")):
        counts = truth.outcomes(run)
        assert summed("Executions", action) == 1
        assert summed("FailedExecutions", action) == int(bool(counts["failed"]))
        assert summed("ServersProcessed", action) == sum(counts.values())
        assert summed("FailedServers", action) == counts["failed"]
        assert summed("WaitingForPeople", action) == truth.waited(run)
        for account in PLANNED[run]:
            mine = truth.outcomes(run, account)
            assert summed("ServersProcessed", action, account) == sum(mine.values())
            assert summed("FailedServers", action, account) == mine["failed"]
        last = [
            one
            for one in sent
            if one["MetricName"] == "Duration" and one["Dimensions"] == [{"Name": "Action", "Value": action}]
        ]
        assert float(last[-1]["Value"]) == truth.seconds(run)
        times = [
            float(value)
            for one in sent
            if one["MetricName"] == "LaunchTime" and one["Dimensions"] == [{"Name": "Action", "Value": action}]
            for value in one["Values"]
        ]
        assert times and set(times) <= {truth.duration(one) for one in truth.launched(run).values()}, times


def check_notifications(truth, sent):
    ends = {}
    for one in sent:
        ends.setdefault(one.get("run_id"), []).append(one)
    kinds = [one["kind"] for one in ends[DRILL]]
    assert kinds == ["waiting_for_approval", "start", "partial", "start", "partial"], kinds
    first, last = ends[DRILL][2], ends[DRILL][4]
    early = truth.outcomes(DRILL, until=truth.at("failed"))
    planned = sum(PLANNED[DRILL].values()) - sum(early.values())
    assert first["summary"] == {**early, "planned": planned, "total": sum(PLANNED[DRILL].values())}
    assert (first["duration_seconds"], first["waited_seconds"]) == (
        (truth.at("failed") - truth.at("typed")).total_seconds(),
        (truth.at("approved") - truth.at("typed")).total_seconds(),
    )
    assert {one["servers"] for one in (ends[DRILL][1], ends[DRILL][3])} == {sum(PLANNED[DRILL].values())}
    for one, run in ((last, DRILL), (ends[BACK][-1], BACK)):
        counts = truth.outcomes(run)
        assert one["summary"] == {
            **{key: number for key, number in counts.items() if number},
            "total": sum(counts.values()),
        }
        assert (one["duration_seconds"], one["waited_seconds"]) == (truth.seconds(run), truth.waited(run))
        assert one["failure_codes"] == truth.codes(run)
        assert sum(one["failed_accounts"].values()) == len(one["failures"]) == counts["failed"]
        assert one["accounts"] == len(PLANNED[run])
    (gone,) = ends[CLEANUP]
    assert gone["summary"]["terminated"] == len(truth.gone) and gone["of_run_id"] == DRILL
    assert gone["proof"].startswith("clean: %d terminated, 0 left" % len(truth.gone))


# -- status, orchestrate, watch ------------------------------------------------------------------------------------


def check_status(truth, told):
    summary = told["report"]["summary"]
    there = truth.sources()
    assert summary["servers"] == len(told["report"]["servers"]) == len(there)
    standing = truth.standing()
    live = [one for one in standing if not one["is_drill"]]
    counts = summary["recovery_instances"]
    assert (counts["total"], counts["drills"], counts["live"]) == (len(standing), len(standing) - len(live), len(live))
    assert {one["name"]: one["lag_seconds"] for one in told["report"]["servers"] if one["name"] in truth.drilled} == {
        name: truth.lag(name) for name in truth.drilled
    }


def check_answer(truth, run, told):
    counts = truth.outcomes(run)
    good, whole = counts["launched"] + counts["cleaned"], sum(counts.values())
    summary = told["summary"]
    assert (summary["total"], summary["totalServers"], summary["succeeded"], summary["failed"], summary["other"]) == (
        whole,
        whole,
        good,
        counts["failed"],
        0,
    )
    assert summary["successRate"] == good * 1000 // whole / 10
    assert summary["byOutcome"] == {key: number for key, number in counts.items() if number}
    for one in told["stagingAccountResults"]:
        mine = truth.outcomes(run, one["accountId"])
        assert (one["total"], one["succeeded"], one["failed"]) == (
            sum(mine.values()),
            mine["launched"] + mine["cleaned"],
            mine["failed"],
        )
    assert {one["sourceServerId"] for one in told["failedServers"]} == {
        key for key, outcome in truth.last(run).items() if outcome == "failed"
    }
    if run == DRILL:
        assert {one["recoveryInstanceId"]: one["launchSeconds"] for one in told["recoveryInstances"]} == {
            one["recovery_instance_id"]: truth.duration(one) for one in truth.launched(run).values()
        }


def check_watch(truth, run, told):
    counts = truth.outcomes(run)
    assert told["servers"] == {key: number for key, number in counts.items() if number}
    assert told["total"] == told["finished"] == sum(counts.values())
    assert (told["elapsed_seconds"], told["waited_seconds"]) == (truth.seconds(run), truth.waited(run))
    assert sum(one["failed"] for one in told["waves"]) == counts["failed"]


CHECKS = {
    "history": check_history,
    "history_table": check_history_table,
    "metrics": check_metrics,
    "notifications": check_notifications,
    "status": check_status,
}
CHECKS_OF_RUN = {
    "evidence": check_evidence,
    "evidence_files": check_evidence_files,
    "evidence_page": check_page,
    "report": check_report,
    "report_csv": check_report_csv,
    "report_page": check_page,
    "answer": check_answer,
    "watch": check_watch,
}


def checked(truth, outputs):
    """Names of the outputs in which a number is not that of the ledger, with what was said."""
    wrong = {}
    for name, check in CHECKS.items():
        try:
            check(truth, outputs[name])
        except AssertionError as exc:
            wrong[name] = str(exc)
    for name, check in CHECKS_OF_RUN.items():
        for run in (DRILL, BACK):
            try:
                check(truth, run, outputs[name][run])
            except AssertionError as exc:
                wrong[name, run] = str(exc)
    return wrong


def test_every_number_of_every_output_is_that_of_the_ledger(day):
    truth, outputs = day
    assert checked(truth, outputs) == {}


def one_more(text, pattern):
    """A text with the number that a pattern finds made larger by one."""
    found = re.search(pattern, text, re.S)
    assert found, pattern
    return text[: found.start(1)] + str(int(found.group(1)) + 1) + text[found.end(1) :]


def _edit(outputs, name):
    """Change one number of an output, as a fault would."""
    at = outputs[name]
    if name == "history":
        at["records"][0]["failed"] += 1
    elif name == "history_table":
        outputs[name] = one_more(at, r"%s[^\n]*%s\D+[^\n]*?(\d+) +\d+ +\d+ +\d+ +\d+ +\S+ *\n" % (DRILL, PAY))
    elif name == "metrics":
        next(one for one in at if one["MetricName"] == "FailedServers" and one["Dimensions"])["Value"] = "7"
    elif name == "notifications":
        at[-1]["summary"]["total"] += 1
    elif name == "status":
        at["report"]["summary"]["recovery_instances"]["live"] += 1
    elif name == "evidence":
        at[BACK]["run"]["servers"][0]["attempts"] += 1
    elif name == "evidence_files":
        at[DRILL]["summary.md"] = at[DRILL]["summary.md"].replace(b"6 of 7 servers", b"7 of 7 servers")
    elif name == "report":
        at[DRILL]["windows"][0]["rate"] += 0.1
    elif name == "report_csv":
        at[BACK] = at[BACK].replace("cleaned", "failed", 1)
    elif name in ("evidence_page", "report_page"):
        at[DRILL] = one_more(at[DRILL], r'id="data-servers">.*?"attempts":(?:{"of":)?\[(\d+)')
    elif name == "answer":
        at[BACK]["summary"]["succeeded"] -= 1
    elif name == "watch":
        at[DRILL]["elapsed_seconds"] += 1


@pytest.mark.parametrize("name", [*CHECKS, *CHECKS_OF_RUN])
def test_one_number_that_is_not_the_ledgers_is_found(day, name):
    truth, outputs = day
    edited = copy.deepcopy(outputs)
    _edit(edited, name)
    assert {one if isinstance(one, str) else one[0] for one in checked(truth, edited)} == {name}
