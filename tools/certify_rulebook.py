"""Run the rulebook with the real ansible-rulebook on events of the simulator: the piece `rulebook` of tools/certify.py.

`tools/certify_rulebook.py PROGRAMS ROOT_OF_COLLECTIONS WORKING_FOLDER` applies the stack of the queue to the simulator,
lets servers fail to launch, stall and fail back, and gives the queue to the rule engine. In the platform's place stands
a server on this machine with the job templates of the pattern. It refuses a launch that a platform refuses and counts
the others: each rule has to start its template, once however many events there are, and nothing else may start.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import yaml
from support import automation
from support.automation_rules import launch_problems
from support.simulator import Simulator

ACCOUNT, REGION = "111111111111", "us-west-2"
QUEUE = "resilience-drs-events"
RULEBOOK = automation.EDA / "rulebooks" / "drs_events.yml"
WANTED = {"DRS report": 1, "DRS readiness": 1, "DRS status": 1}
LIMIT = 300  # seconds; a rule engine starts in ten, on a busy machine in a minute
WORLD: dict[str, Any] = {
    "hub": {"account_id": ACCOUNT},
    "accounts": [{"id": ACCOUNT, "regions": [REGION]}],
    "fleets": [
        {
            "account": ACCOUNT,
            "region": REGION,
            "count": 3,
            "name": "db-{n}",
            "origin": {"environment": "ON_PREMISES"},
            "servers": {name: {"fail_launch": "no room"} for name in ("db-2", "db-3")},
        }
    ],
    "jobs": {"total": 600},
}


class Platform(ThreadingHTTPServer):
    """As much of the API of AWX as the rule engine uses."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.templates = list(automation.templates().values())
        self.launched: Counter[str] = Counter()
        self.refused: list[str] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def found(self, name: str) -> list[dict[str, Any]]:
        """The templates of a name as the API shows them, the fields that a launch looks at."""
        asks = {f"ask_{what}_on_launch": False for what in ("inventory", "labels", "variables", "limit")}
        return [
            {
                **asks,
                **{key: value for key, value in one.items() if key in asks},
                "id": number,
                "name": name,
                "type": "job_template",
                "summary_fields": {"organization": {"name": one["organization"]}},
                "related": {"launch": f"/api/v2/job_templates/{number}/launch/"},
            }
            for number, one in enumerate(self.templates)
            if one["name"] == name
        ]

    def launch(self, number: int, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What a launch is answered with. Variables that no survey asks for are ignored, as the platform does."""
        template = self.templates[number]
        names = {one["variable"] for one in automation.questions(template)}
        given = {key: value for key, value in (asked.get("extra_vars") or {}).items() if key in names}
        problems = list(launch_problems(template, given))
        if problems:
            self.refused.append(f"{template['name']}: {'; '.join(problems)}")
            return 400, {"variables_needed_to_start": problems}
        self.launched[template["name"]] += 1
        return 201, self.job(number)

    def job(self, number: int) -> dict[str, Any]:
        """A job, which has ended at once."""
        now = "2026-01-31T12:00:00Z"
        return {"id": number, "url": f"/api/v2/jobs/{number}/", "status": "successful", "created": now, "artifacts": {}}


class Answers(BaseHTTPRequestHandler):
    """The paths of that API."""

    server: Platform

    def log_message(self, *_arguments: Any) -> None:
        """Nothing: what counts is what was launched."""

    def answer(self, code: int, body: dict[str, Any]) -> None:
        """Send JSON."""
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self) -> None:
        """Settings, templates by name, and jobs."""
        asked = urlparse(self.path)
        parts = asked.path.strip("/").split("/")
        if parts[-1] == "config":
            self.answer(200, {"version": "24.6.1"})
        elif parts[-1] == "unified_job_templates":
            self.answer(200, {"next": None, "results": self.server.found(parse_qs(asked.query)["name"][0])})
        elif parts[-2] == "jobs":
            self.answer(200, self.server.job(int(parts[-1])))
        elif parts[-1] in ("jobs", "unified_jobs"):
            numbers = [int(one) for one in parse_qs(asked.query).get("id__in", [""])[0].split(",") if one]
            jobs = [self.server.job(one) for one in numbers]
            self.answer(200, {"next": None, "count": len(jobs), "results": jobs})
        else:
            self.answer(404, {"detail": self.path})

    def do_POST(self) -> None:
        """A launch."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or "{}")
        parts = self.path.strip("/").split("/")
        if parts[-1] == "launch" and parts[-3] == "job_templates":
            self.answer(*self.server.launch(int(parts[-2]), body))
        else:
            self.answer(404, {"detail": self.path})


def happen(simulator: Simulator) -> None:
    """Events of every kind that the rule of EventBridge sends on: those that start something, twice, and the others."""
    template = (automation.EDA / "cloudformation" / "drs_events.yml").read_text(encoding="utf-8")
    simulator.client("cloudformation").create_stack(StackName=QUEUE, TemplateBody=template)
    # the simulator tells EventBridge nothing until somebody has asked it something
    (rule,) = simulator.client("events").list_rules(NamePrefix=QUEUE)["Rules"]
    print(f"events: {rule['EventPattern']}", flush=True)
    drs = simulator.client("drs")
    servers = [one["sourceServerID"] for one in drs.describe_source_servers(filters={})["items"]]
    drs.start_recovery(sourceServers=[{"sourceServerID": one} for one in servers], isDrill=False)
    simulator.clock.advance(3600)
    for state in ("STALLED", "CONTINUOUS"):
        for server in servers[1:]:
            simulator.set_server(ACCOUNT, REGION, server, state=state)
    simulator.post(
        "/_sim/failback_clients", account=ACCOUNT, region=REGION, name="db-1", steps_seconds=60, sync_seconds=90
    )
    simulator.clock.advance(600)
    (instance,) = drs.describe_recovery_instances(filters={})["items"]
    drs.start_failback_launch(recoveryInstanceIDs=[instance["recoveryInstanceID"]])
    simulator.clock.advance(3600)
    # The engine asks the queue and waits for 20 seconds, in which the simulator serves nobody else: 2 of them for real.
    simulator.post("/_sim/clock", mode="speed", speed=10)


def waiting(simulator: Simulator) -> int:
    """How many events are in the queue or with the rule engine."""
    sqs = simulator.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    return sum(int(one) for one in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())


def engine(programs: Path, root: str, folder: Path, simulator: Simulator, platform: Platform) -> subprocess.Popen[str]:
    """Start the rule engine as an activation does, with a store of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {"drs_events_region": REGION, "drs_events_queue": QUEUE, "drools_db_file_path": str(folder / "engine")}
    variables = folder / "variables.yml"
    variables.write_text(yaml.safe_dump(known), encoding="utf-8")
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"localhost": {}}}}), encoding="utf-8")
    dropped = ("ANSIBLE_", "AWS_", "EDA_", "PYTHON")
    env = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    env.update(
        PATH=os.pathsep.join([str(programs), env.get("PATH", os.defpath)]),
        LC_ALL="C.UTF-8",
        HOME=str(folder),
        ANSIBLE_COLLECTIONS_PATH=root,
        AWS_ENDPOINT_URL=simulator.url,
        AWS_ACCESS_KEY_ID=simulator.scenario["hub_access_key"],
        AWS_SECRET_ACCESS_KEY="simulated",
        EDA_JOB_TEMPLATE_REFRESH_DELAY="1",
    )
    command = [str(programs / "ansible-rulebook"), "--rulebook", str(RULEBOOK), "--inventory", str(inventory)]
    command += ["--vars", str(variables), "--persistence-id", "1", "--id", "1", "--verbose"]
    command += ["--controller-url", platform.url, "--controller-token", "simulated"]
    with open(folder / "engine.log", "w", encoding="utf-8") as log:
        return subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT, text=True)


def problems(simulator: Simulator, platform: Platform, running: subprocess.Popen[str]) -> list[str]:
    """What is wrong once every event is read and every rule had the time to start its template."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline and running.poll() is None and not platform.refused:
        if not waiting(simulator) and set(platform.launched) >= set(WANTED):
            break
        time.sleep(1)
    found = [f"refused: {one}" for one in platform.refused]
    if running.poll() is not None:
        found.append(f"ansible-rulebook ended by itself with {running.returncode}")
    if dict(platform.launched) != WANTED:
        found.append(f"launched {dict(platform.launched)} instead of {WANTED}")
    if left := waiting(simulator):
        found.append(f"{left} events were not taken from the queue")
    return found


def main(programs: str, root: str, folder: str) -> int:
    """Run it; returns the exit code."""
    with Simulator(WORLD) as simulator, Platform() as platform:
        threading.Thread(target=platform.serve_forever, daemon=True).start()
        happen(simulator)
        told = waiting(simulator)
        running = engine(Path(programs), root, Path(folder), simulator, platform)
        try:
            found = problems(simulator, platform, running)
        finally:
            running.terminate()
            try:
                running.wait(30)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
            platform.shutdown()
        if told < 7:
            found.append(f"only {told} events for the rules to choose from")
    print("\n".join(found))
    if found:
        print((Path(folder) / "engine.log").read_text(encoding="utf-8", errors="replace")[-3000:])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
