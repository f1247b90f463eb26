"""The life of four servers under one reading of DRS, in the test's own process: drill, clean-up, failover, failback.

The collection's own rooms work in two cells of the simulator without a network between them, and the simulator's clock
goes on when they wait. What came of it is judged by what was launched, and by what the ledger says was harmed. The
matrix runs this under each value of each doubt (`drs_simulator.scenario.doubts`). Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery.effects.clean_up import SPEC, Cleaning

from support import drs_cell
from support.drs_failback import HOME, two_accounts
from support.failback import TEMPLATE
from support.failback_session import Session
from support.walker import Hands, Moments, Walker

from drs_simulator.scenario.doubts import DOUBTS, RECORDED_ANSWERS  # isort: skip

ACCOUNT, REGION = drs_cell.ACCOUNT, drs_cell.REGION
NAMES = ("web-1", "web-2", "web-3", "web-4")
LATE = "late"
"""A server that DRS refuses to launch: it replicates, and has no point in time."""
KEYS = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "testing"}
# An hour for a copy back, so that a reading that adds a quarter of one is seen.
QUICK = {"reverse_bytes_per_second": 50 * 1024**3 // 3600}
CONFIRM = f"FAILBACK shop {len(NAMES)} {HOME} TERMINATE {len(NAMES)} {REGION}"
ENDS_WELL = {"launched": 4, "failed": 1}
# What must never happen to these four, in the words of the ledger.
HARM = ("wiped", "swapped", "points_deleted")


def readings() -> list[tuple[str, dict[str, Any]]]:
    """Every reading that the matrix runs: (its name, the settings)."""
    found: list[tuple[str, dict[str, Any]]] = [("as documented", {}), ("as recorded", dict(RECORDED_ANSWERS))]
    for doubt in DOUBTS:
        found += [(f"{doubt.name}={value}", {doubt.name: value}) for value in doubt.others]
    # no server's answer says which launch it was, and its job is gone
    found.append(("as recorded, jobs gone", {**RECORDED_ANSWERS, "job_retention_days": 0}))
    found.append(("refused without a word, first point late", {"refusal_names": "nobody", "first_point_seconds": 900}))
    return found


class _Cell(Cell):
    """A cell whose account travels in a header, as nobody assumes roles here."""

    def __init__(self, account: str, region: str) -> None:
        super().__init__({"region": region, "cell": f"{account}.{region}", **KEYS})
        self.account = account

    def client(self, service: str, effect: bool = False, brief: bool = False) -> Any:
        known = (service, effect, brief) in self._clients
        client = super().client(service, effect, brief)
        if not known:
            client.meta.events.register(
                "before-sign", lambda request, **_: request.headers.add_header("x-moto-account-id", self.account)
            )
        return client


class _Place:
    """What Walker and Session ask of a place."""

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region
        self.drs = drs_cell.client("drs", account, region)
        self._cell = _Cell(account, region)

    def cell(self, **_options: Any) -> Cell:
        return self._cell

    def ids(self, *names: str) -> list[str]:
        items = self.drs.describe_source_servers(filters={}, maxResults=200)["items"]
        found = {item["sourceProperties"]["identificationHints"]["fqdn"].split(".")[0]: item for item in items}
        return [found[name]["sourceServerID"] for name in names or sorted(found)]


class Life:
    """Two cells of one account, the servers, and what the collection did with them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.simulator = types.SimpleNamespace(clock=types.SimpleNamespace(advance=drs_cell.advance))
        self.away, self.home = _Place(ACCOUNT, REGION), _Place(ACCOUNT, HOME)
        self.places = [self.away]
        self.store = {"backend": "directory", "path": str(directory / "store")}
        self.mode, self.run_id = "drill", "drill-1"
        self.options: dict[str, Any] = {"policy": {"continue_on_failure": True}}
        self._fill()

    def _fill(self) -> None:
        home, away = drs_cell.Cell(ACCOUNT, HOME), drs_cell.Cell(ACCOUNT, REGION)
        for cell in (home, away):
            subnet = cell.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
            cell.drs.create_replication_configuration_template(**{**TEMPLATE, "stagingAreaSubnetId": subnet})
        self.servers = {
            name: away.seed(
                name,
                origin_account=ACCOUNT,
                origin_region=HOME,
                instance_id=f"i-0a1a1a1a1a1a1a1a{number}",
                tags={"dr:wave": "1", "dr:application": "shop", "dr:critical": "no"},
            )
            for number, name in enumerate((*NAMES, LATE), 1)
        }
        away.backend.servers[self.servers[LATE]].replication.first_point = None

    # -- what an operator does -----------------------------------------------------------------------------------

    def recover(self, mode: str, run_id: str, name: str = "a", **options: Any) -> dict[str, Any]:
        """A drill or a failover to its end: {status, summary, stopped}."""
        self.mode, self.run_id = mode, run_id
        if mode == "recovery":
            options["typed"] = {"confirm": f"FAILOVER chaos {len(self.servers)} {self.away.region}"}
        return Walker(self, name, **options).go()  # type: ignore[arg-type]

    def terminate(self, run_id: str) -> dict[str, Any]:
        """The clean-up of a run, with its proof."""
        params = {key: spec.get("default") for key, spec in SPEC.items()}
        params.update(run_id=run_id, store={**params["store"], **self.store} if params["store"] else self.store)
        place = {"account_id": self.away.account, "region": self.away.region}
        cell = self.away.cell()
        hands = Hands(self, Moments())  # type: ignore[arg-type]
        return dict(Cleaning({cell.name: cell}, {cell.name: place}, params, False, hands).run())

    def fail_back(self, run_id: str, **typed: Any) -> dict[str, dict[str, Any]]:
        """A failback from its plan to its clean-up: the last entry of each server by its name."""
        session = Session(self, list(NAMES), self.directory / "failback", run_id=run_id, sync_timeout=86400)
        session.home(**typed)
        return session.last

    def machines(self, place: _Place | None = None) -> dict[str, str]:
        """The recovery instances that stand, by the name of their server."""
        there = place or self.away
        items = there.drs.describe_recovery_instances(filters={})["items"]
        names = {identifier: name for name, identifier in self.servers.items()}
        return {
            names.get(item["sourceServerID"], item["sourceServerID"]): item["recoveryInstanceID"]
            for item in items
            if item["ec2InstanceState"] in ("PENDING", "RUNNING", "STOPPED")
        }

    def effects(self, *names: str) -> list[Mapping[str, Any]]:
        """Entries of the ledger, of some effects."""
        return [one for one in drs_cell.ledger() if one["effect"] in names]


@contextmanager
def life(values: Mapping[str, Any], directory: Path) -> Iterator[Life]:
    """A world of its own under one reading."""
    # the answers may be what was recorded, which the model does not know
    with drs_cell.fresh(two_accounts()):
        drs_cell.settings.configure({**QUICK, **values})
        yield Life(directory)
        drs_cell.forgive()


def drill_and_clean_up(values: Mapping[str, Any], directory: Path) -> list[str]:
    """A drill, typed twice, its clean-up, and the next drill: what went wrong, in words."""
    wrong: list[str] = []
    with life(values, directory) as here:
        told = here.recover("drill", "drill-1")
        if told["summary"] != ENDS_WELL:
            wrong.append(f"drill: {told}")
        if sorted(here.machines()) != sorted(NAMES):
            wrong.append(f"drill: {sorted(here.machines())} stand")
        before = here.machines()
        again = here.recover("drill", "drill-1", "b")
        if here.machines() != before or again["summary"].get("launched") != 4:
            wrong.append(f"drill again: {again}, and other machines stand")
        proof = here.terminate("drill-1")
        if values.get("terminate_outcome") == "fails_once":
            if proof["clean"] or proof["summary"].get("failed") != 4:
                wrong.append(f"a termination that failed: clean {proof['clean']}, {proof['summary']}")
            proof = here.terminate("drill-1")
        if not proof["clean"] or here.machines():
            wrong.append(f"clean-up: {proof['summary']}, left {here.machines()}, not proven {proof['not_proven']}")
        # a launch of the seconds before, whose job is gone, cannot be told from one of this run
        if values.get("job_retention_days") == 0:
            return wrong + [f"harm: {one}" for one in here.effects(*HARM)]
        second = here.recover("drill", "drill-2")
        if second["summary"] != ENDS_WELL or sorted(here.machines()) != sorted(NAMES):
            wrong.append(f"a drill after the clean-up: {second}, {sorted(here.machines())} stand")
        wrong += [f"harm: {one}" for one in here.effects(*HARM)]
    return wrong


def failover_and_failback(values: Mapping[str, Any], directory: Path) -> list[str]:
    """A failover, and the way back from it to the end: what went wrong, in words."""
    wrong: list[str] = []
    with life(values, directory) as here:
        told = here.recover("recovery", "over-1")
        if told["summary"] != ENDS_WELL or sorted(here.machines()) != sorted(NAMES):
            wrong.append(f"failover: {told}, {sorted(here.machines())} stand")
            return wrong
        last = here.fail_back("home-1")
        if values.get("terminate_outcome") == "fails_once":
            outcomes = {one["outcome"] for one in last.values()}
            if outcomes != {"failed"}:
                wrong.append(f"a failback whose termination failed: {outcomes}")
            if sorted(here.machines()) != sorted(NAMES):
                wrong.append(f"a failback whose termination failed: {here.machines()} stand")
            last = here.fail_back("home-1", retry_failed=True, confirm=CONFIRM, validated=True)
        ended = {
            name.partition(".")[0]: (one["outcome"], (one["error"] or {}).get("code")) for name, one in last.items()
        }
        if ended != dict.fromkeys(NAMES, ("cleaned", None)):
            wrong.append(f"failback: {ended}")
        if here.machines():
            wrong.append(f"failback: {here.machines()} still stand in the recovery cell")
        back = [one for one in here.effects("launched") if one["region"] == HOME]
        if len(back) != 4:
            wrong.append(f"failback: {len(back)} launches at home")
        wrong += [f"harm: {one}" for one in here.effects("wiped", "swapped")]
    return wrong
