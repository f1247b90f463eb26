"""Live through a bad day on the simulator: an approved drill with failures, a takeover and a retry; a failback.

The controllers are the collection's own walks in this process (support/walker.py, support/failback_session.py), and
each command ends as the roles end it: with a history record, metrics and a notification. Beside them stands what was
done, by the simulator's own ledger and journal, and by its clock. Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import reading as history_reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as input_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import request as answer_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import SPEC as CLEANING
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import Cleaning
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import evidence, evidence_bundle, files_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import watch
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import ending, reading
from ansible_collections.resilience.drs.plugins.module_utils._drs.report.effects import request as report_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import request as status_request
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell as status_cell
from ansible_collections.resilience.drs.plugins.plugin_utils._action.recovery import Recovery
from ansible_collections.resilience.drs.plugins.plugin_utils._action.telling import tell_beginning
from ansible_collections.resilience.drs.plugins.plugin_utils._failback.failback import Failback
from ansible_collections.resilience.drs.plugins.plugin_utils._report import page

from support.cells import Place
from support.chaos import World
from support.failback import HOME, QUICK, Way
from support.failback_session import Killed, Session
from support.scenarios import REGION, account, fleet
from support.simulator import Simulator
from support.walker import READ, Moments, SeenWalk, Walker

PAY, SHOP = "555555555555", "666666666666"
ORIGIN, TARGET = "111111111111", "444444444444"
DRILL, BACK, CLEANUP = "drill-1", "home-1", "terminate-1"
NO_ROOM = "InsufficientInstanceCapacity: no room"
# seconds by which the replication of a server lags behind
LAGS = {"app-01": 40, "db-02": 12}
TARGETS = {"dr:rto": "2h", "dr:rpo": "15m"}
# in wave 1 of PAY, three of them; in wave 2 of SHOP, two of them, which are not critical
BAD_ONCE, BAD_ALWAYS = "db-03", "web-02"


def scenario() -> dict[str, Any]:
    """Two accounts that drill, and a pair of which one was recovered into the other."""
    both = {"types": ["source", "target"], "regions": [REGION, HOME]}
    shop = {**TARGETS, "dr:application": "shop", "dr:critical": "false"}
    fleets = [
        fleet(PAY, 3, "db-{n:02}", 1, tags={**TARGETS, "dr:application": "pay"}),
        fleet(SHOP, 2, "app-{n:02}", 1, tags={**TARGETS, "dr:application": "shop"}),
        fleet(SHOP, 2, "web-{n:02}", 2, tags=shop),
        fleet(TARGET, 2, "back-{n:02}", tags={"dr:application": "back"}, origin={"account": ORIGIN, "region": HOME}),
    ]
    return {
        "accounts": [
            account(PAY, "pay"),
            account(SHOP, "shop"),
            account(ORIGIN, "origin", **both),
            account(TARGET, "dr", **both),
        ],
        "fleets": fleets,
        "jobs": {"total": 600},
        "settings": QUICK,
        "failback_roles": [{"account": ORIGIN, "trusts": TARGET}],
    }


@dataclass
class Accounts(World):
    """The world of the drill: two accounts, with as many servers as the scenario gives them."""

    def __post_init__(self) -> None:
        self.accounts = [PAY, SHOP]
        self.places = [Place(self.simulator, one) for one in self.accounts]
        self.store = {"backend": "directory", "path": str(self.directory / "store")}
        self._calls = self.simulator.mark()


class Told(Walker):
    """A controller that leaves what the role's last task records of its command."""

    walked: SeenWalk

    def _walked(self, made: SeenWalk, complete: bool) -> dict[str, Any]:
        self.walked = made
        return super()._walked(made, complete)


class _Topic:
    """The variables of a play that has a topic."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def variables(self, _host: str) -> dict[str, str]:
        """Those of a host."""
        return {"notify_topic_arn": self._topic}

    def template(self, _host: str, value: Any) -> Any:
        """They hold no templates."""
        return value

    def warn(self, text: str) -> None:
        """What is not sent is an error here."""
        raise AssertionError(text)


class Story:
    """The day, and what was done in it. The environment names the simulator: see env()."""

    def __init__(self, simulator: Simulator, directory: Path) -> None:
        self.simulator = simulator
        self.world = Accounts(simulator, 0, directory, run_id=DRILL)
        self.world.options = {
            "plan_name": "q1",
            "require_approval": True,
            "policy": {"max_failures": 1, "min_readiness": "lagging"},
            "require_full_coverage": True,
        }
        self.way = Way(simulator, ORIGIN, TARGET)
        self.session = Session(self.way, ["back-01", "back-02"], Path(self.world.store["path"]), run_id=BACK)
        self.topic = simulator.client("sns").create_topic(Name="runs")["TopicArn"]
        self.at: dict[str, datetime] = {}
        self.results: dict[str, dict[str, Any]] = {}

    @staticmethod
    def env(simulator: Simulator) -> dict[str, str]:
        """What makes this process keep the simulator's time, and send to it."""
        return {**simulator.aws_env, **simulator.sleep_env}

    # -- what happened, in order -----------------------------------------------------------------------------------
    def live(self) -> Story:
        """The whole day."""
        self.identities = self._identities()
        for name, lag in LAGS.items():
            self.simulator.set_server(PAY if name.startswith("db") else SHOP, REGION, name, lag_seconds=lag)
        self.way.failover()
        self._set(PAY, BAD_ONCE, NO_ROOM)
        self._set(SHOP, BAD_ALWAYS, NO_ROOM)
        self._note("typed")
        self._recover("a", "waiting")
        self._pass(1800)
        self.world.step("approved", approver="bob", gate_name="start")
        self._note("approved")
        self._die("b")
        self._pass(60)
        self._recover("c", "partial")
        self._note("failed")
        self._pass(1200)
        self._set(PAY, BAD_ONCE, None)
        self._note("retried")
        self._recover("d", "partial", retry_failed=True)
        self._note("ended")
        self._pass(300)
        self._clean()
        self._pass(600)
        self._fail_back()
        return self

    def _note(self, what: str) -> None:
        self.at[what] = self._now()

    def _now(self) -> datetime:
        found = parse_time(clock.now())
        assert found is not None
        return found

    def _pass(self, seconds: float) -> None:
        self.simulator.clock.advance(seconds)

    def _set(self, account_id: str, name: str, failure: str | None, region: str = REGION) -> None:
        self.simulator.set_server(account_id, region, name, fail_launch=failure)

    def _die(self, name: str) -> None:
        """A controller that is gone when it has launched wave 1, before it looks what came of it."""

        def die(moment: str) -> None:
            if moment.endswith(":wait"):
                raise Killed

        with contextlib.suppress(Killed):
            Told(self.world, name, moments=Moments(die)).go()
            raise AssertionError("it came to its end")

    def _recover(self, name: str, status: str, **options: Any) -> None:
        told = Told(self.world, name, moments=Moments(), **options)
        ended = told.go()
        assert ended["status"] == status, ended
        made = told.walked
        kept = self.world.kept()
        if made.state["stop"] == "" or not ended["stopped"].startswith("waits"):
            record = kept["run"]
            about = {**record, "action": "drill", "reason": "", "servers": kept["plan"]["summary"]["servers"]}
            tell_beginning(_Topic(self.topic), "localhost", _Topic(self.topic), {**about, "text": ""})
        result = {
            "mode": "drill",
            "run_id": DRILL,
            "plan_name": made.plan["name"],
            "plan_hash": made.plan["hash"],
            "stopped": ended["stopped"],
            "store": self.world.store,
        }
        self.results[DRILL] = {**result, "waves": kept["waves"], "waiting": made.state["waiting"], "status": status}
        self._conclude(Recovery._history(made, result, kept["run"], made.state))

    def _clean(self) -> None:
        cells = {place.cell().name: place.cell() for place in self.world.places}
        places = {
            name: {"account_id": place.account, "region": place.region} for name, place in zip(cells, self.world.places)
        }
        params = {key: spec.get("default") for key, spec in CLEANING.items()}
        params.update(run_id=DRILL, store=self.world.store)
        hands = Told(self.world, "e").hands
        self.proof = Cleaning(cells, places, params, False, hands).run()
        self._conclude(
            {
                "kind": "termination",
                "mode": "termination",
                "run_id": CLEANUP,
                "of_run_id": DRILL,
                "servers": self.proof["servers"],
                "unknown_cells": self.proof["unknown_cells"],
                "accounts": {name: one["account_id"] for name, one in places.items()},
                "clean": self.proof["clean"],
            }
        )

    def _fail_back(self) -> None:
        self._note("back typed")
        self._back("waiting", until="ready")
        self._note("back ready")
        self._pass(600)
        # the source server of the way back is there now
        self._set(ORIGIN, "back-02", NO_ROOM, HOME)
        self._note("back launched")
        self._back("failed")
        self._note("back failed")
        self._pass(900)
        self._set(ORIGIN, "back-02", None, HOME)
        self._note("back retried")
        self._back("waiting", retry_failed=True)
        self._note("back waits")
        self._pass(1500)
        self._note("back confirmed")
        self._back("succeeded", confirm=self.session.plan["confirmation"], validated=True)
        self._note("back ended")

    def _back(self, status: str, **typed: Any) -> None:
        run = self.session.go(**typed)
        assert run["status"] == status, run
        made = self.session.made
        assert made is not None
        result = {
            "mode": made.plan["mode"],
            "run_id": BACK,
            "plan_name": made.plan["name"],
            "plan_hash": made.plan["hash"],
            "servers": list(self.session.last.values()),
            "stopped": str(run["reason"] or "") if status == "failed" else "",
            "status": status,
        }
        self.results[BACK] = {**result, "plan": made.plan}
        self._conclude(Failback._history(made, result, run))

    def _conclude(self, result: Mapping[str, Any]) -> None:
        """The last task of a command, with every way to tell it."""
        params = {key: spec.get("default") for key, spec in ending.SPEC.items()}
        sending = {"metrics": {"region": REGION, "by_account": True}, "notification": {"topic_arn": self.topic}}
        told = ending.conclude({**params, "store": self.world.store, "result": dict(result), **sending}, False)
        assert told["recorded"] and told["warnings"] == [], told["warnings"]
        assert told["notification"] is None or told["notification"]["sent"], told

    # -- what is told of it ----------------------------------------------------------------------------------------
    def _identities(self) -> dict[str, dict[str, Any]]:
        """By id what plain boto3 says of each server."""
        found = {}
        for place in (*self.world.places, self.way.away):
            for one in place.drs.describe_source_servers(filters={})["items"]:
                tags = one["tags"]
                found[one["sourceServerID"]] = {
                    "id": one["sourceServerID"],
                    "name": one["sourceProperties"]["identificationHints"]["hostname"],
                    "account": place.account,
                    "application": tags["dr:application"],
                    "wave": tags["dr:wave"],
                    "critical": tags.get("dr:critical") != "false",
                }
        return found

    def events(self) -> dict[str, list[str]]:
        """By run the names of the events of its journal, in order."""
        store = open_store(self.world.store)
        return {run: [one["body"]["event"] for one in store.items(run, "event:")] for run in (DRILL, BACK)}

    def outputs(self) -> dict[str, Any]:
        """Every output, by its name; those of a run by its id."""
        store = self.world.store
        history = history_reading.read({**_defaults(history_reading.QUERY_SPEC), "store": store})
        told: dict[str, Any] = {
            "history": history,
            "history_table": render.render("history", history, 160),
            "status": self._status(),
            "metrics": [
                one for call in self.simulator.journal(action="PutMetricData") for one in call["request"]["MetricData"]
            ],
            "notifications": [_event_of(call["request"]) for call in self.simulator.journal(action="Publish")],
        }
        for run in (DRILL, BACK):
            asked = {"path": "unused", "run_id": run, "store": store, "generated_at": clock.now()}
            model = report_request.model({**_defaults(report_request.REPORT_SPEC), **asked})
            documents, made, given = report_request.evidence_of({**_defaults(report_request.EVIDENCE_SPEC), **asked})
            found = reading.run(open_store(store), run)
            of_run = {
                "report": model,
                "report_csv": files_text.csv_of(model),
                "report_page": page.render(model),
                "evidence": made,
                "evidence_files": evidence_bundle.files_of(documents, made, "<!doctype html>", given),
                "evidence_page": page.render(evidence.as_model(made), made),
                "answer": self._answer(run),
                "watch": watch.view(found, [], clock.now()),
            }
            for name, output in of_run.items():
                told.setdefault(name, {})[run] = output
        return told

    def _status(self) -> dict[str, Any]:
        cells = []
        for place in (*self.world.places, self.way.away, self.way.home):
            cell = place.cell()
            read = status_cell.everything(cell, READ, False)
            cells.append({"cell": cell.name, "account_id": place.account, "region": place.region, **read})
        params = {**_defaults(status_request.FLEET_SPEC), "cells": cells, "machines": []}
        return status_request.report_fleet(params)

    def _answer(self, run: str) -> dict[str, Any]:
        """The answer to a parent system that asked for the run."""
        result, drill = self.results[run], run == DRILL
        asked = {"action": "drill" if drill else "failback", "options": {"runId": run}, "tags": {"dr:wave": "1"}}
        left = {"recovery_result": result, "recovery_plan": self.world.kept()["plan"]} if drill else {
            "failback_result": result,
            "failback_plan": result["plan"],
        }  # fmt: skip
        facts = {
            "settings": input_of.settings(asked),
            "requested_action": asked["action"],
            "metadata": {},
            "left": left,
        }
        times = {"started_at": clock.now(), "ended_at": clock.now()}
        return answer_request.conclude({**facts, **times, "check_mode": False, "names_run": True})["document"]


def _defaults(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {key: option.get("default") for key, option in spec.items()}


def _event_of(request: Mapping[str, str]) -> dict[str, Any]:
    """The data of a notification, from the form in which SNS was called."""
    for key, value in request.items():
        if value == "event" and (found := re.fullmatch(r"(MessageAttributes\.entry\.\d+\.)Name", key)):
            return dict(json.loads(request[found[1] + "Value.StringValue"]))
    raise AssertionError(request)


__all__ = ["BACK", "CLEANUP", "DRILL", "Story", "scenario", "time"]
