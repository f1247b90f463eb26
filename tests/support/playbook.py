"""Run the collection's playbooks as processes against a running simulator. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from support.simulator import ROOT, Simulator

BIN = Path(sys.executable).parent
#: In PYTHONPATH of every playbook of the tests, see there.
KEPT_BYTECODE = Path(__file__).parent / "kept_bytecode"
TIMEOUT = 240.0


@dataclass
class Run:
    """A playbook that has ended: exit code, what it printed, and the result of each task as data."""

    rc: int
    output: str
    events: list[dict[str, Any]] = field(repr=False, default_factory=list)
    record: Callable[[str, Mapping[str, Any]], dict[str, Any]] = field(repr=False, default=lambda _run_id, _store: {})
    """What the run store holds of a run: record(run id, options of the store)."""

    def tasks(self, name: str) -> list[dict[str, Any]]:
        """Results of the tasks whose name or action contains ``name``, in order, with ``host`` and ``status`` added."""
        return [
            {**event["result"], "host": event["host"], "status": event["status"]}
            for event in self.events
            if name in event["task"] or name in event["action"]
        ]

    def task(self, name: str, host: str | None = None) -> dict[str, Any]:
        """The last of ``tasks(name)``, of one host when given."""
        found = [one for one in self.tasks(name) if host in (None, one["host"]) and one["status"] != "skipped"]
        if not found:
            raise AssertionError(f"no result of a task {name!r}\n{self.output}")
        return found[-1]

    def fact(self, name: str) -> Any:
        """The last value of a fact that a task set; None when none did."""
        facts = [event["result"].get("ansible_facts") or {} for event in self.events]
        return next((one[name] for one in reversed(facts) if name in one), None)

    @cached_property
    def result(self) -> dict[str, Any]:
        """What the role recovery leaves: run_id, mode, plan_hash, coverage, waves, stopped; the servers of the waves
        are those of the record."""
        found = self.fact("recovery_result")
        if not found:
            raise AssertionError(f"the role recovery left no result\n{self.output}")
        kept = self.record(found["run_id"], found["store"])
        servers = {one["wave"]: one["servers"] for one in kept.get("waves") or ()}
        return {**found, "waves": [{**one, "servers": servers[one["wave"]]} for one in found["waves"]]}

    @cached_property
    def servers(self) -> dict[str, dict[str, Any]]:
        """The server entries of all waves by name."""
        return {one["name"]: one for wave in self.result["waves"] for one in wave["servers"]}

    @property
    def outcomes(self) -> dict[str, int]:
        """How many servers of all waves have which outcome."""
        counts: dict[str, int] = {}
        for one in self.servers.values():
            counts[one["outcome"]] = counts.get(one["outcome"], 0) + 1
        return counts

    @property
    def next_command(self) -> str:
        """What the last line `next:` says to type."""
        found = re.findall(r"^next: (.+)$", self.output, re.MULTILINE)
        if not found:
            raise AssertionError(f"no next command was printed\n{self.output}")
        return str(found[-1])

    @property
    def changed(self) -> bool:
        """Whether any task changed anything."""
        return any(event["result"].get("changed") for event in self.events if event["status"] != "skipped")

    @property
    def plan(self) -> dict[str, Any]:
        """The plan: the frozen one, or of a check and a refusal the one that was shown."""
        shown = self.tasks("Plan, begin and walk")[0].get("plan")
        if shown:
            return dict(shown)
        found = self.fact("recovery_result")
        return dict(self.record(found["run_id"], found["store"])["plan"])

    @property
    def begun(self) -> dict[str, Any]:
        """The run as the store has it."""
        found = self.fact("recovery_result")
        return dict(self.record(found["run_id"], found["store"])["run"])


class Process:
    """A playbook that is running."""

    def __init__(
        self,
        command: list[str],
        env: dict[str, str],
        directory: Path,
        results: Path,
        record: Callable[[str, Mapping[str, Any]], dict[str, Any]] = lambda _run_id, _store: {},
    ) -> None:
        self.results = results
        self.record = record
        self._text = b""
        self._mark = f"DRS_TEST_PROCESS={uuid.uuid4().hex}"
        self.popen = subprocess.Popen(
            command,
            cwd=directory,
            env={**env, **dict([self._mark.split("=")])},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.popen.poll() is None

    def read_until(self, found: Callable[[str], bool], timeout: float = 60.0) -> str:
        """Read output until ``found`` says yes to all text so far; raises AssertionError when it ends or takes long."""
        stream = self.popen.stdout
        if stream is None:
            raise AssertionError("no pipe to the playbook's output")
        deadline = time.monotonic() + timeout
        while not found(self.text):
            ready = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]
            data = os.read(stream.fileno(), 65536) if ready else b""
            self._text += data
            if not data:
                raise AssertionError(f"not found in the output:\n{self.text}")
        return self.text

    @property
    def text(self) -> str:
        """What was read so far."""
        return self._text.decode("utf-8", "replace")

    def _whole(self) -> set[int]:
        """The playbook and all that it has started: Ansible gives each worker a session, and so a group, of its own."""
        found = set()
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self._mark.encode() in path.read_bytes().split(b"\0"):
                    found.add(int(path.parent.name))
            except OSError:
                continue  # it has gone meanwhile, or is not ours
        return found

    def kill(self) -> None:
        """KILL to the playbook and all its workers, as when the machine dies: none of them sees another one's end."""
        for number in (signal.SIGSTOP, signal.SIGKILL):
            sent: set[int] = set()
            while new := self._whole() - sent:
                for pid in new:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
                sent |= new
        self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()

    def wait(self, timeout: float = TIMEOUT) -> Run:
        """Let it end; a playbook that does not is killed and an error."""
        try:
            self._text += self.popen.communicate(timeout=timeout)[0] or b""
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the playbook did not end in {timeout} seconds:\n{self.text}") from None
        events = []
        if self.results.exists():
            events = [json.loads(line) for line in self.results.read_text(encoding="utf-8").splitlines()]
        _check_answers(events)
        return Run(self.popen.returncode, self.text, events, self.record)


def _check_answers(events: Iterable[Mapping[str, Any]]) -> None:
    """Hold every answer of the orchestration entry point against its published form, whatever the test is about."""
    answers = [(event["result"].get("ansible_facts") or {}).get("orchestrate_result") for event in events]
    if any(answers):
        # only here: few tests ask the entry point
        import jsonschema

        path = ROOT / "docs" / "schemas" / "orchestrate_output.schema.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        for answer in filter(None, answers):
            jsonschema.validate(answer, schema)


class Controller:
    """A machine with the collection, an inventory of the scenario's accounts, and the environment to reach them.

    directory: where inventory, results and Ansible's own files go.
    accounts: ids of the accounts to have in the inventory; all of the scenario when not given.
    programs: where ansible-playbook lies; that of the tests when not given.
    """

    def __init__(
        self,
        simulator: Simulator,
        directory: Path,
        accounts: Iterable[str] | None = None,
        programs: Path = BIN,
    ) -> None:
        self.simulator = simulator
        self.programs = programs
        self.directory = directory
        self.store = directory / "store"
        self._runs = 0
        wanted = None if accounts is None else set(accounts)
        self.accounts = [one for one in simulator.written["accounts"] if wanted is None or one["id"] in wanted]
        self.external_ids = {
            f"DRS_EXTERNAL_ID_{one['id']}": one["role"]["external_id"]
            for one in self.accounts
            if one.get("role", {}).get("external_id")
        }
        self.inventory = self.write_inventory([self._cell(one) for one in self.accounts])

    @staticmethod
    def _cell(account: Mapping[str, Any]) -> dict[str, Any]:
        cell = {"account_id": account["id"], "regions": account.get("regions") or ["us-west-2"]}
        cell.update({key: account[key] for key in ("name", "types") if account.get(key)})
        role = account.get("role") or {}
        if role:
            cell["role_name"] = role["name"]
        if role.get("external_id"):
            cell["external_id_env"] = f"DRS_EXTERNAL_ID_{account['id']}"
        return cell

    def write_inventory(self, cells: list[dict[str, Any]], name: str = "cells") -> Path:
        """Write an inventory of drs_accounts; returns its path."""
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / f"{name}.drs_accounts.yml"
        path.write_text(yaml.safe_dump({"plugin": "resilience.drs.drs_accounts", "accounts": cells}), encoding="utf-8")
        return path

    def _empty_config(self) -> Path:
        # an ansible.cfg of the person who runs the tests must not decide over their result
        path = self.directory / "ansible.cfg"
        path.touch()
        return path

    @property
    def env(self) -> dict[str, str]:
        """Environment of the playbooks: nothing of the caller's own Ansible or AWS settings."""
        dropped = ("ANSIBLE_", "AWS_", "RESILIENCE_DRS_", "PYTHONPATH")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
        return {
            **kept,
            **self.simulator.aws_env,
            **self.simulator.sleep_env,
            **self.external_ids,
            "PATH": f"{self.programs}{os.pathsep}{kept.get('PATH', os.defpath)}",
            "COLUMNS": "100",  # as without one, whatever runs the tests
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
            "PYTHONPATH": str(KEPT_BYTECODE),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "HOME": str(self.directory / "home"),  # what waits to be recorded goes there
            "ANSIBLE_HOME": str(self.directory / "home"),
            "RESILIENCE_DRS_STORE": str(self.store),
            "ANSIBLE_CONFIG": str(self._empty_config()),
            "ANSIBLE_INVENTORY": str(self.inventory),  # as ansible.cfg names it, so that no command has to
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
            "LC_ALL": "C.UTF-8",
        }

    def command(
        self, playbook: str, variables: Mapping[str, Any] | None = None, check: bool = False, limit: str | None = None
    ) -> list[str]:
        """The command line. playbook: ``drill`` and the like, or the path of a file."""
        name = f"resilience.drs.{playbook}" if "." not in playbook else playbook
        command = [str(self.programs / "ansible-playbook"), name]
        if variables:
            file = self.directory / f"variables-{self._runs}.json"
            file.write_text(json.dumps(variables), encoding="utf-8")
            command += ["-e", f"@{file}"]
        command += ["--check"] if check else []
        return command + (["--limit", limit] if limit else [])

    def start(
        self,
        playbook: str,
        variables: Mapping[str, Any] | None = None,
        *,
        check: bool = False,
        limit: str | None = None,
        env: Mapping[str, str] | None = None,
        typed: Iterable[str] = (),
    ) -> Process:
        """Start a playbook and return at once. typed: further arguments, as a person types them."""
        self._runs += 1
        results = self.directory / f"results-{self._runs}.jsonl"
        environment = {**self.env, "DRS_TEST_RESULTS": str(results), **(env or {})}
        command = [*self.command(playbook, variables, check, limit), *typed]
        return Process(command, environment, self.directory, results, self.record)

    def paste(self, run: Run, further: str = "") -> Run:
        """Run the last `next:` line of a run in a shell, as it stands; the inventory is known as from ansible.cfg."""
        self._runs += 1
        results = self.directory / f"results-{self._runs}.jsonl"
        environment = {**self.env, "DRS_TEST_RESULTS": str(results)}
        command = ["/bin/sh", "-c", f"{run.next_command} {further}"]
        return Process(command, environment, self.directory, results, self.record).wait()

    def record(self, run_id: str, store: Mapping[str, Any]) -> dict[str, Any]:
        """What a run store holds of a run, as this controller would read it."""
        # only here: whoever runs a playbook and reads no record needs no collection on its own path
        from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
        from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.request import stored_run
        from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_directory import (
            DirectoryStore,
        )
        from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store_dynamodb import DynamoStore

        if store.get("backend") != "dynamodb":
            return stored_run(DirectoryStore(str(store.get("path") or self.store)), run_id)
        keys = {"access_key": self.simulator.scenario["hub_access_key"], "secret_key": "simulated"}
        cell = Cell({"region": store.get("region"), "endpoint_url": self.simulator.url, "cell": "run store", **keys})
        return stored_run(DynamoStore(cell, str(store["table"])), run_id)

    def version(self) -> str:
        """The line in which ansible-playbook names its version."""
        command = [str(self.programs / "ansible-playbook"), "--version"]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.env).stdout.partition("\n")[
            0
        ]

    def run(self, playbook: str, variables: Mapping[str, Any] | None = None, **options: Any) -> Run:
        """Run a playbook to its end; options as those of start()."""
        return self.start(playbook, variables, **options).wait()
