"""Start the simulator as a process and talk to it: ``Simulator("minimal")``. Needs neither pytest nor moto."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: The folder that holds the package: the process runs this very copy, whatever else is installed.
PACKAGE_ROOT = Path(__file__).resolve().parents[2]
#: The scenarios that come with the package.
SCENARIOS = PACKAGE_ROOT / "drs_simulator" / "scenarios"
START_TIMEOUT = 60.0


@functools.cache
def _session() -> Any:
    """One boto3 session for all clients: it keeps the service models, which take longer to read than a test to run."""
    import boto3

    return boto3.Session()


class SimulatorError(RuntimeError):
    """The simulator did not start, or refused an admin call; the text is what it said."""


class Simulator:
    """A running simulator.

    scenario: a path, the name of a scenario of the package (``minimal``), or the scenario as a mapping.
    Use it as a context manager, or call stop(); the process is ended in any case, by kill when it does not listen, and
    ends by itself when the process that started it was killed.
    """

    def __init__(self, scenario: str | os.PathLike[str] | Mapping[str, Any], port: int = 0) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="drs-simulator-")
        self.scenario_path = self._scenario_file(scenario)
        self.log_path = Path(self._directory.name) / "stderr.txt"
        self.url = ""
        self._credentials: dict[str, dict[str, str]] = {}
        self._start(port)
        self.scenario: dict[str, Any] = self.get("/_sim/scenario")

    def _scenario_file(self, scenario: str | os.PathLike[str] | Mapping[str, Any]) -> Path:
        if isinstance(scenario, Mapping):
            path = Path(self._directory.name) / "scenario.yml"
            # JSON is YAML but for its escapes of two halves, and writing it needs nothing outside the standard library.
            path.write_text(json.dumps(scenario, ensure_ascii=False), encoding="utf-8")
            return path
        path = Path(scenario)
        return SCENARIOS / f"{path}.yml" if not path.suffix else path

    def _start(self, port: int) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        environment["PYTHONPATH"] = str(PACKAGE_ROOT)
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "drs_simulator", "--exit-with-parent"),
                    *("--scenario", str(self.scenario_path), "--port", str(port)),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                cwd=self._directory.name,
            )
        stdout = self.process.stdout
        if stdout is None:
            raise SimulatorError("no pipe to the simulator's output")
        line = b""
        if select.select([stdout], [], [], START_TIMEOUT)[0]:
            line = stdout.readline()
        if not line.startswith(b"ready "):
            self._kill()
            raise SimulatorError(f"the simulator did not start: {line.decode()}{self.log()}".strip())
        self.url = line.decode().split()[1]

    def log(self) -> str:
        """What the process wrote to its error output."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End the process: TERM, and KILL when it has not gone after five seconds. May be called again."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                pass
        self._kill()
        self._directory.cleanup()

    def _kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- admin -----------------------------------------------------------------------------------------------------

    def _call(self, method: str, path: str, body: Any = None, timeout: float = 60.0) -> Any:
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            text = problem.read().decode(errors="replace")
            try:
                text = json.loads(text)["error"]
            except (ValueError, KeyError):
                pass
            raise SimulatorError(text) from None

    def get(self, path: str, **query: Any) -> Any:
        """GET an admin path; arguments that are None are left out."""
        given = {key: value for key, value in query.items() if value is not None}
        return self._call("GET", path + (f"?{urllib.parse.urlencode(given)}" if given else ""))

    def post(self, path: str, timeout: float = 60.0, **body: Any) -> Any:
        """POST an admin path with a JSON object."""
        return self._call("POST", path, body, timeout)

    def health(self) -> dict[str, Any]:
        """Status, virtual time, number of calls, number of the simulator's own failures."""
        return self.get("/_sim/health")

    def mark(self) -> int:
        """The number of the last journal entry; give it to journal(since=...) to see only what came after."""
        return int(self.health()["calls"])

    def journal(
        self,
        since: int = 0,
        service: str | None = None,
        action: str | None = None,
        account: str | None = None,
        mutating: bool | None = None,
        dependent: bool = False,
    ) -> list[dict[str, Any]]:
        """Calls in order, filtered by what is given; dependent: what DRS needed IAM for on their behalf instead."""
        query = {"since": since, "service": service, "action": action, "account": account}
        found = self.get("/_sim/journal", **query, dependent="true" if dependent else None)["entries"]
        return [entry for entry in found if mutating is None or entry["mutating"] == mutating]

    def mutations(self, since: int = 0) -> list[str]:
        """``service:Action`` of each call that changes something."""
        return [f"{e['service']}:{e['action']}" for e in self.journal(since, mutating=True)]

    def ledger(self, effect: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """Effects in order, of one kind when given."""
        return self.get("/_sim/ledger", effect=effect, since=since)["entries"]

    @property
    def clock(self) -> ClockDoor:
        """The virtual clock."""
        return ClockDoor(self)

    @property
    def faults(self) -> FaultsDoor:
        """The fault rules."""
        return FaultsDoor(self)

    def set_server(self, account: str, region: str, server: str | list[str], **changes: Any) -> None:
        """Change properties of servers, given by id or name: state, lag_seconds, fail_launch, stuck ..."""
        self.post("/_sim/servers", account=account, region=region, source_server_id=server, set=changes)

    def set_instance(self, account: str, region: str, instance: str | list[str], **changes: Any) -> None:
        """Change what SSM and the installer find on instances, by id or name: ssm, failure, network, profile ..."""
        self.post("/_sim/instances", account=account, region=region, instance_id=instance, set=changes)

    def deny_role(self, account: str, deny: bool = True, role: str | None = None) -> None:
        """Make the role of an account refuse everybody, or trust again."""
        body = {"account": account, "deny": deny, **({"role": role} if role else {})}
        self._call("POST", "/_sim/roles", body)

    def expire_sessions(self, account: str | None = None) -> int:
        """End all role sessions now; returns how many."""
        return int(self._call("POST", "/_sim/sessions", {"account": account} if account else {})["expired"])

    # -- AWS -------------------------------------------------------------------------------------------------------

    @property
    def hub_account(self) -> str:
        """The account of the caller's own keys."""
        return str(self.scenario["hub_account"])

    @property
    def aws_env(self) -> dict[str, str]:
        """Environment that makes boto3, the AWS CLI and the modules talk to this simulator with the hub's keys."""
        return {
            "AWS_ACCESS_KEY_ID": str(self.scenario["hub_access_key"]),
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    @property
    def sleep_env(self) -> dict[str, str]:
        """Environment that makes the collection sleep in virtual time."""
        return {"RESILIENCE_DRS_SLEEP_URL": f"{self.url}/_sim/sleep"}

    def client(self, service: str, account: str | None = None, region: str = "us-west-2", retries: int = 1) -> Any:
        """A plain boto3 client of a service in an account and Region; other accounts by their scenario role.

        retries: attempts in all; 1 shows each error of the simulator as it is.
        """
        from botocore.config import Config

        account = account or self.hub_account
        keys = {"aws_access_key_id": self.scenario["hub_access_key"], "aws_secret_access_key": "simulated"}
        if account != self.hub_account:
            keys = self.assume(account)
        config = Config(retries={"total_max_attempts": retries, "mode": "standard"}, connect_timeout=5, read_timeout=60)
        return _session().client(service, region, endpoint_url=self.url, config=config, **keys)

    @functools.cached_property
    def written(self) -> dict[str, Any]:
        """The scenario as its file has it."""
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return dict(yaml.load(self.scenario_path.read_text(encoding="utf-8"), loader))

    def role_of(self, account: str) -> tuple[str, str | None]:
        """ARN and external id of the first role of an account, from the scenario file."""
        for entry in self.written["accounts"]:
            if str(entry["id"]) == account:
                role = entry.get("role") or (entry.get("roles") or [None])[0]
                if role:
                    return f"arn:aws:iam::{account}:role/{role['name']}", role.get("external_id")
        raise SimulatorError(f"account {account} has no role in {self.scenario_path}")

    def assume(self, account: str) -> dict[str, str]:
        """Session keys of the account's role, as arguments of boto3's client()."""
        if account not in self._credentials:
            arn, external_id = self.role_of(account)
            arguments = {"RoleArn": arn, "RoleSessionName": "test"}
            if external_id:
                arguments["ExternalId"] = external_id
            found = self.client("sts").assume_role(**arguments)["Credentials"]
            self._credentials[account] = {
                "aws_access_key_id": found["AccessKeyId"],
                "aws_secret_access_key": found["SecretAccessKey"],
                "aws_session_token": found["SessionToken"],
            }
        return self._credentials[account]


class ClockDoor:
    """The virtual clock of a running simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def __call__(self) -> dict[str, Any]:
        """Time, mode, speed and clients."""
        return self._simulator.get("/_sim/clock")

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the start."""
        return float(self()["elapsed"])

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move the time forward."""
        return self._simulator.post("/_sim/clock", advance=seconds)

    def set(self, **settings: Any) -> dict[str, Any]:
        """Change mode, speed or grace."""
        return self._simulator.post("/_sim/clock", **settings)

    def sleep(self, seconds: float, client: str = "test") -> dict[str, Any]:
        """Sleep in virtual time as a client of the simulator."""
        return self._simulator.post("/_sim/sleep", timeout=600, seconds=seconds, client=client)

    def leave(self, client: str = "test") -> dict[str, Any]:
        """Say that this client sleeps no more."""
        return self._simulator.post("/_sim/leave", client=client)


class FaultsDoor:
    """The fault rules of a running simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def __call__(self) -> list[dict[str, Any]]:
        """All rules with their counters."""
        return self._simulator.get("/_sim/faults")["faults"]

    def add(self, kind: str, rate: float = 1.0, **rest: Any) -> str:
        """Add a rule. service, action, account and region go into its match; times, after, seconds, id as they are.

        Returns the id of the rule, which is what the journal shows as ``fault``.
        """
        match = {key: rest.pop(key) for key in ("service", "action", "account", "region") if key in rest}
        return str(self._simulator.post("/_sim/faults", kind=kind, rate=rate, match=match, **rest)["added"][0]["id"])

    def clear(self, rule_id: str | None = None) -> None:
        """Remove one rule, or all."""
        self._simulator._call("DELETE", "/_sim/faults" + (f"?id={urllib.parse.quote(rule_id)}" if rule_id else ""))
