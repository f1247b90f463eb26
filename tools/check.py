"""Run the steps of `make test`, all or the ones named, and sum up: `tools/check.py [step ...]`.

A step that fails does not stop the next one, so that one run shows everything. The last line counts each test of the
three pytest steps, and each other step as one check. Steps that are one check use one core each and run beside the
others, the longest first; what one of them prints comes when it has ended. The exit code is 1 when anything failed.
`bench` and `chaos` run by name only.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

import tree

REPORTS = tree.ROOT / ".build" / "reports"
WORKERS = os.environ.get("DRS_TEST_WORKERS", "2")
# Where the commands of this thread print; the screen when it is not set.
PRINTS_TO: ContextVar[TextIO | None] = ContextVar("PRINTS_TO", default=None)


@dataclass
class Outcome:
    """How one step ended: counts of tests (or of the one check that the step is) and the seconds it took."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        """One row of the closing table."""
        state = "FAILED" if self.failed else "passed"
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return (
            f"  {self.name:<12} {state:<7} {self.seconds:7.1f} s   {self.passed} passed, {self.failed} failed{skipped}"
        )


def test_environment() -> dict[str, str]:
    """Environment of the tests: both import roots, and nothing by which a test could reach a real AWS account."""
    dropped = ("ANSIBLE_", "AWS_", "BOTO", "RESILIENCE_DRS_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    env["PATH"] = os.pathsep.join([str(tree.VENV / "bin"), env.get("PATH", os.defpath)])
    env["PYTHONPATH"] = os.pathsep.join(str(tree.ROOT / part) for part in (".build", "simulator"))
    env.update(
        ANSIBLE_COLLECTIONS_PATH=str(tree.ROOT / ".build"),
        ANSIBLE_HOME=str(tree.ROOT / ".build" / "ansible-home"),
        RESILIENCE_DRS_STORE=str(tree.ROOT / ".build" / "run-store"),
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        LC_ALL="C.UTF-8",
    )
    return env


def run(command: list[str], cwd: Path = tree.ROOT, env: dict[str, str] | None = None) -> int:
    """Run a command with its output on the screen, or where this thread prints; returns its exit code."""
    sys.stdout.flush()
    to = PRINTS_TO.get()
    errors = subprocess.STDOUT if to else None
    return subprocess.run(
        command, check=False, cwd=cwd, env=env or test_environment(), stdout=to, stderr=errors
    ).returncode


def run_in_copy(name: str, command: list[str]) -> int:
    """Run a tool in a copy of the collection of its own; returns its exit code."""
    collection = tree.build(name)
    return run(command, cwd=collection, env=tree.tool_environment(collection))


def pytest(name: str, folder: str, workers: str = "", dist: str = "worksteal") -> Outcome:
    """Run pytest on a folder and count from its report; no test at all is a failure."""
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", folder, f"--junitxml={report}"]
    if workers:
        command += ["-n", workers, "--dist", *dist.split()]
    code = run(command)
    outcome = Outcome(name)
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            outcome.failed += failed
            outcome.skipped += skipped
            outcome.passed += int(suite.get("tests", 0)) - failed - skipped
    if code and not outcome.failed:
        outcome.failed = 1  # no test found, a crash, or an interruption
    return outcome


def check(name: str, *codes: int) -> Outcome:
    """The outcome of a step that is one check made of several commands."""
    return Outcome(name, failed=1) if any(codes) else Outcome(name, passed=1)


def sanity() -> Outcome:
    """ansible-test sanity on a copy, without ignore files."""
    return check("sanity", run([sys.executable, str(tree.ROOT / "tools" / "sanity.py")], env=dict(os.environ)))


def lint() -> Outcome:
    """ruff and mypy on the checkout, ansible-lint (production profile, offline) on a copy."""
    binaries = tree.VENV / "bin"
    codes = [
        run([str(binaries / "ruff"), "check", "--quiet", "--output-format=concise", "."]),
        run([str(binaries / "ruff"), "format", "--check", "--quiet", "--output-format=concise", "."]),
        # what is checked, and how, stands in pyproject.toml
        run([str(binaries / "mypy"), "--no-error-summary"]),
    ]
    if codes[1]:
        print("Some Python files are not formatted: make format", file=PRINTS_TO.get(), flush=True)
    command = [str(binaries / "ansible-lint"), "--offline", "--nocolor", "-q", "--strict"]
    return check("lint", *codes, run_in_copy("lint", command))


def changelog() -> Outcome:
    """antsibull-changelog lint."""
    return check("changelog", run_in_copy("changelog", [str(tree.VENV / "bin" / "antsibull-changelog"), "lint"]))


def docs() -> Outcome:
    """antsibull-docs: every plugin's documentation, and every reference in it to our own and amazon.aws plugins."""
    command = [str(tree.VENV / "bin" / "antsibull-docs"), "lint-collection-docs", "--plugin-docs", "--skip-rstcheck"]
    command += ["--validate-collection-refs=dependent", "--disallow-unknown-collection-refs", "."]
    return check("docs", run_in_copy("docs", command))


def molecule() -> Outcome:
    """The cheapest scenarios of Molecule; `make molecule` runs all."""
    return check("molecule", run([sys.executable, str(tree.ROOT / "tools" / "molecule.py"), "--bounded"]))


def bench() -> Outcome:
    """Every script of bench/, one after the other."""
    scripts = sorted(path for path in (tree.ROOT / "bench").glob("*.py") if not path.name.startswith("_"))
    if not scripts:
        print("bench/ holds no script", file=sys.stderr)
    return check("bench", *([run([sys.executable, str(path)]) for path in scripts] or [1]))


def integration() -> Outcome:
    """The playbooks, and the page of a report in a browser, which is installed when it is missing."""
    run([sys.executable, str(tree.ROOT / "tools" / "browser.py")], env=dict(os.environ))
    # by file: the tests of a file share the result of a playbook that takes many seconds. One more than elsewhere, for
    # playbooks wait a part of their time.
    workers = os.environ.get("DRS_TEST_WORKERS") or str(int(WORKERS) + 1)
    # in the order of its conftest.py, not the files with the most tests first: those are the quick ones
    return pytest("integration", "tests/integration", workers, "loadfile --no-loadscope-reorder")


def chaos() -> Outcome:
    """The whole of chaos: each kind of fault and each broken guard, the matrix and a nemesis, then the real playbooks.

    The first part is in `make test` as well: store down, two controllers, expired credentials, a cell that begins to
    deny, a Region that answers nothing; and that each invariant's check bites.
    """
    bites = pytest("chaos", "tests/integration/test_chaos.py", WORKERS, "worksteal")
    print(f"Faults and broken guards: {bites.passed} passed, {bites.failed} failed.\n", flush=True)
    tools = [
        str(tree.ROOT / "tools" / name)
        for name in ("chaos.py", "chaos_readings.py", "chaos_failback.py", "chaos_playbook.py")
    ]
    return check("chaos", bites.failed, *[run([sys.executable, tool]) for tool in tools])


STEPS: dict[str, Callable[[], Outcome]] = {
    "unit": lambda: pytest("unit", "tests/unit", WORKERS),
    "simulator": lambda: pytest("simulator", "tests/simulator", WORKERS, "loadfile"),
    "integration": integration,
    "molecule": molecule,
    "sanity": sanity,
    "lint": lint,
    "changelog": changelog,
    "docs": docs,
}
# The longest first: whatever begins last ends last, and then the other core has nothing to do.
ONE_CORE = ("sanity", "molecule", "lint", "changelog", "docs")
BY_NAME = {**STEPS, "bench": bench, "chaos": chaos}


def timed(name: str) -> Outcome:
    """Run one step and measure how long it took."""
    started = time.monotonic()
    outcome = BY_NAME[name]()
    outcome.seconds = time.monotonic() - started
    return outcome


def kept(name: str) -> tuple[Outcome, str]:
    """Run one step and keep what it prints."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        PRINTS_TO.set(output)
        outcome = timed(name)
        output.seek(0)
        return outcome, output.read()


def outcomes_of(names: Iterable[str]) -> Iterator[Outcome]:
    """Run the steps; those of one core one after another beside the others, and beside each other after them.

    With one worker (DRS_TEST_WORKERS=1) nothing runs beside anything.
    """
    names = list(names)
    beside = [one for one in names if one in ONE_CORE]
    waiting = deque(one for one in ONE_CORE if one in beside)
    ended: dict[str, Future[tuple[Outcome, str]]] = {one: Future() for one in beside}

    def lane() -> None:
        while True:
            try:
                name = waiting.popleft()
            except IndexError:
                return
            try:
                ended[name].set_result(kept(name))
            except BaseException as exc:
                ended[name].set_exception(exc)

    if len(beside) > 1:
        print(f"\nBeside the others, each shown when it has ended: {', '.join(beside)}", flush=True)
    lanes = int(WORKERS)
    with ThreadPoolExecutor(lanes) as pool:
        if lanes > 1:
            pool.submit(lane)
        for name in (one for one in names if one not in ONE_CORE):
            print(f"\n== {name} ==", flush=True)
            yield timed(name)
        for _lane in range(max(1, lanes - 1)):
            pool.submit(lane)
        for name in beside:
            outcome, output = ended[name].result()
            print(f"\n== {name} ==\n{output}", flush=True)
            yield outcome


def main(names: list[str]) -> int:
    """Run the named steps (all of `make test` when none is named); returns the exit code."""
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        print(f"unknown step {', '.join(unknown)}; there are: {', '.join(BY_NAME)}", file=sys.stderr)
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    outcomes = list(outcomes_of(names or STEPS))
    print(f"\n== summary ==\n{chr(10).join(outcome.line() for outcome in outcomes)}")
    passed, failed, skipped = (sum(getattr(o, field) for o in outcomes) for field in ("passed", "failed", "skipped"))
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped in {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
