"""Know what was done on a bad day, from the simulator's ledger, journal and clock alone.

Nothing of the collection is asked: launches are effects of the ledger, attempts are jobs, times are those of calls.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from support.numbers_story import BACK, CLEANUP, DRILL, LAGS, PAY, SHOP, TARGET, Story

RUN_TAG = "resilience.drs/run"
Row = dict[str, Any]


def numbers(document: Any, place: str = "") -> dict[str, float]:
    """Every number of a document by its place: ``{".summary.total": 7}``."""
    if isinstance(document, bool):
        return {}
    if isinstance(document, (int, float)):
        return {place: document}
    if isinstance(document, dict):
        parts = [numbers(value, f"{place}.{key}") for key, value in document.items()]
    elif isinstance(document, (list, tuple)):
        parts = [numbers(value, f"{place}[{number}]") for number, value in enumerate(document)]
    else:
        return {}
    return {key: value for part in parts for key, value in part.items()}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Truth:
    """What the simulator says was done."""

    def __init__(self, story: Story) -> None:
        self._at = story.at
        self.ledger = story.simulator.ledger()
        self.journal = story.simulator.journal()
        self._events = story.events()
        #: the servers of the scenario by id: id, name, account, application, wave, critical
        self.by_id: dict[str, Row] = story.identities
        self._home = {one["source_server_id"]: one["of_server"] for one in self.ledger if one["effect"] == "reversed"}
        self.gone = [one for one in self.ledger if one["effect"] == "terminated" and one["is_drill"]]
        self.drilled = {one["name"] for one in self.by_id.values() if one["account"] in (PAY, SHOP)}

    # -- servers -------------------------------------------------------------------------------------------------------
    def named(self, name: str) -> Row:
        """The server of a name."""
        return next(one for one in self.by_id.values() if one["name"] == name)

    def servers(self, run: str, account: str | None = None) -> list[Row]:
        """Those of a run, in one account when given."""
        places = [TARGET] if run == BACK else [PAY, SHOP]
        return [one for one in self.by_id.values() if one["account"] in places and account in (None, one["account"])]

    def sources(self) -> set[str]:
        """The source servers that are there at the end."""
        deleted = {one["source_server_id"] for one in self.ledger if one["effect"] == "deleted"}
        return (set(self.by_id) | set(self._home)) - deleted

    def lag(self, name: str) -> float:
        """Seconds by which the replication of a server lags behind, all day long."""
        return LAGS.get(name, 0)

    # -- launches ------------------------------------------------------------------------------------------------------
    def _effects(self, run: str) -> list[Row]:
        return [
            {**one, "server": self._home.get(one["source_server_id"], one["source_server_id"])}
            for one in self.ledger
            if one["effect"] in ("launched", "launch_failed") and (one["job_tags"] or {}).get(RUN_TAG) == run
        ]

    def tries(self, run: str) -> dict[str, list[Row]]:
        """By server every launch that was tried, in order."""
        found: dict[str, list[Row]] = {one["id"]: [] for one in self.servers(run)}
        for one in self._effects(run):
            found[one["server"]].append(one)
        return found

    def launched(self, run: str) -> dict[str, Row]:
        """By server the launch that brought its machine."""
        return {one["server"]: one for one in self._effects(run) if one["effect"] == "launched"}

    def last(self, run: str, until: datetime | None = None) -> dict[str, str]:
        """By server what became of it in the end, or until a moment."""
        word = {DRILL: "launched", BACK: "cleaned"}[run]
        return {
            one["server"]: word if one["effect"] == "launched" else "failed"
            for one in self._effects(run)
            if until is None or _time(one["time"]).replace(microsecond=0) <= until
        }

    def outcomes(self, run: str, account: str | None = None, until: datetime | None = None) -> Counter[str]:
        """How many servers ended how."""
        if run == CLEANUP:
            return Counter(terminated=sum(1 for one in self.gone if account in (None, one["account"])))
        last = self.last(run, until)
        return Counter(last[one["id"]] for one in self.servers(run, account) if one["id"] in last)

    def failures(self, run: str) -> int:
        """How many launches failed."""
        return sum(1 for one in self._effects(run) if one["effect"] == "launch_failed")

    def codes(self, run: str, account: str | None = None) -> dict[str, int]:
        """The failures that were left in the end, by the collection's code for what the simulator made fail."""
        failed = self.outcomes(run, account)["failed"]
        return {"launch_capacity": failed} if failed else {}

    def standing(self) -> list[Row]:
        """The machines that still stand: launched, neither terminated nor taken from DRS's list."""
        ended = {
            one["recovery_instance_id"]
            for one in self.ledger
            if one["effect"] in ("terminated", "deleted") and one.get("recovery_instance_id")
        }
        launched = [one for one in self.ledger if one["effect"] == "launched"]
        return [one for one in launched if one["recovery_instance_id"] not in ended]

    # -- calls ---------------------------------------------------------------------------------------------------------
    def calls(self, run: str) -> Counter[str]:
        """How often a run called what starts and ends jobs."""
        machines = {one["recovery_instance_id"] for one in self.launched(run).values()}
        told: Counter[str] = Counter()
        for one in self.journal:
            request = one["request"] or {}
            if one["action"] == "StartRecovery" and (request.get("tags") or {}).get(RUN_TAG) == run:
                told["StartRecovery"] += 1
            if one["action"] == "TerminateRecoveryInstances" and machines & set(request["recoveryInstanceIDs"]):
                told["TerminateRecoveryInstances"] += 1
        return told

    def _started(self, effect: Row) -> datetime:
        """When the call was made that a launch is the effect of."""
        mine = [
            _time(one["time"])
            for one in self.journal
            if one["action"] == "StartRecovery"
            and one["account"] == effect["account"]
            and {"sourceServerID": effect["source_server_id"]} in one["request"]["sourceServers"]
            and _time(one["time"]) <= _time(effect["time"])
        ]
        return max(mine)

    def ended(self, run: str, server: str) -> datetime:
        """When the job that launched a server had ended."""
        return self._job_end(self.launched(run)[server]["job_id"])

    def _job_end(self, job: str) -> datetime:
        return max(_time(one["time"]) for one in self.ledger if one["job_id"] == job)

    def duration(self, effect: Row) -> float:
        """Seconds from the call to the end of its job."""
        return (self._job_end(effect["job_id"]) - self._started(effect)).total_seconds()

    def took(self, run: str, account: str) -> list[float]:
        """Seconds of each server of a record that came through."""
        if run == CLEANUP:
            return [self._ending(one) for one in self.gone if one["account"] == account]
        mine = {one["id"] for one in self.servers(run, account)}
        return [self.duration(one) for key, one in self.launched(run).items() if key in mine]

    def _ending(self, effect: Row) -> float:
        called = [
            _time(one["time"])
            for one in self.journal
            if one["action"] == "TerminateRecoveryInstances" and one["account"] == effect["account"]
        ]
        return (self._job_end(effect["job_id"]) - max(called)).total_seconds()

    # -- data ----------------------------------------------------------------------------------------------------------
    def data_time(self, run: str, server: str) -> datetime:
        """Of when the data is that was launched."""
        return _time(self.launched(run)[server]["data_time"])

    def age(self, run: str, server: str) -> float:
        """How old the data was when its launch began; of a failback nothing was lost, for its source went on."""
        begun = self._started(self.launched(run)[server]) if run == DRILL else self.at("back typed")
        return max(0.0, (begun - self.data_time(run, server)).total_seconds())

    def oldest(self, run: str, account: str) -> float:
        """The oldest data that was launched in an account."""
        launched = self.launched(run)
        return max(self.age(run, one["id"]) for one in self.servers(run, account) if one["id"] in launched)

    # -- time ----------------------------------------------------------------------------------------------------------
    def at(self, what: str) -> datetime:
        """A moment of the day, by the simulator's clock."""
        return self._at[what]

    def seconds(self, run: str, account: str | None = None) -> float:
        """From the first command to the end of the last one."""
        if run == CLEANUP:
            ends = [self._job_end(one["job_id"]) for one in self.gone if one["account"] == account]
            calls = [
                _time(one["time"])
                for one in self.journal
                if one["action"] == "TerminateRecoveryInstances" and one["account"] == account
            ]
            begun = max(one for one in calls if one <= max(ends)).replace(microsecond=0)
            return (max(ends).replace(microsecond=0) - begun).total_seconds()
        first, last = {DRILL: ("typed", "ended"), BACK: ("back typed", "back ended")}[run]
        return (self.at(last) - self.at(first)).total_seconds()

    def waited(self, run: str, until: datetime | None = None) -> float:
        """In which nobody worked on it: for an approval, for somebody who resumes it. A takeover is no such time."""
        stops = {
            DRILL: [("typed", "approved"), ("failed", "retried")],
            BACK: [("back ready", "back launched"), ("back failed", "back retried"), ("back waits", "back confirmed")],
        }[run]
        end = until or max(self._at.values())
        spent = [(min(self.at(last), end) - self.at(first)).total_seconds() for first, last in stops]
        return sum(one for one in spent if one > 0)

    def events(self, run: str) -> int:
        """How many events the journal of a run has; a clean-up is an event of its run, and is recorded with it."""
        return len(self._events[DRILL if run == CLEANUP else run])
