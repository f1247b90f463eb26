"""One cell of the certification matrix: a version of ansible-core, a Python, an amazon.aws, and the built tarball.

Each cell is a virtual environment of its own below .build/certify, with the collection installed from the tarball into
an empty place, so that nothing of the checkout helps. Only the simulator that plays AWS runs from the checkout.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

import cores
import get_collections
import sanity
import tree
from cores import NotToBeHad

ENDS = {"10.1.2": "ansible==12.3.0", "11.4.0": "ansible==14.5.0"}
"""The oldest and the newest amazon.aws that is claimed, and the package that holds it."""
NOISE = ("[WARNING]", "[DEPRECATION WARNING]", "DeprecationWarning", "[ERROR]", "Traceback (most recent call last)")


class Cell(NamedTuple):
    """What meets in a cell."""

    core: str
    amazon: str


CELLS = {
    "2.17": Cell("2.17", "10.1.2"),
    "2.19": Cell("2.19", "10.1.2"),
    "2.19-new": Cell("2.19", "11.4.0"),
    "2.20": Cell("2.20", "11.4.0"),
    "2.21": Cell("2.21", "11.4.0"),
}


def tests_need() -> list[str]:
    """What the unit tests are run by and, as the tarball says, need."""
    told = (tree.ROOT / "tests" / "unit" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return ["pytest", "pytest-xdist", *(line for line in told if line and not line.startswith("#"))]


def venv(place: Path, python: str, packages: list[str]) -> Path:
    """Make a virtual environment with packages unless it has them already; returns it. Raises NotToBeHad."""
    stamp = place / "packages.json"
    if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == packages:
        return place
    shutil.rmtree(place, ignore_errors=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    for command in ([python, "-m", "venv", str(place)], pip):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NotToBeHad(f"{' '.join(packages)}: {done.stderr.strip()[-300:]}")
    stamp.write_text(json.dumps(packages), encoding="utf-8")
    return place


def prepare(name: str, tarball: Path, work: Path) -> tuple[Path, Path]:
    """Make a cell; returns its bin and the root of its collections. Raises NotToBeHad."""
    wanted = CELLS[name]
    packages = [f"ansible-core=={wanted.core}.*", *cores.NEEDS, *tests_need()]
    made = venv(work / f"cell-{name}", cores.interpreter(wanted.core), packages)
    root = work / f"collections-{name}"
    found = get_collections.get(ENDS[wanted.amazon], wanted.amazon, root)
    if found != wanted.amazon:
        raise NotToBeHad(f"{ENDS[wanted.amazon]} holds amazon.aws {found} instead of {wanted.amazon}")
    place = root / "ansible_collections" / "resilience" / "drs"
    shutil.rmtree(place, ignore_errors=True)
    with tarfile.open(tarball) as archive:
        archive.extractall(place, filter="data")
    return made / "bin", root


def environment(binaries: Path, root: Path) -> dict[str, str]:
    """Nothing of the checkout, of the caller's Ansible or of its AWS."""
    dropped = ("ANSIBLE_", "AWS_", "RESILIENCE_DRS_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    path = [part for part in kept.get("PATH", os.defpath).split(os.pathsep) if Path(part).name != "shims"]
    kept.update(PATH=os.pathsep.join([str(binaries), *path]), LC_ALL="C.UTF-8", ANSIBLE_COLLECTIONS_PATH=str(root))
    return kept


def units(binaries: Path, root: Path) -> list[str]:
    """The unit tests that the tarball holds."""
    env = {**environment(binaries, root), "PYTHONPATH": str(root)}
    place = root / "ansible_collections" / "resilience" / "drs"
    command = [str(binaries / "python"), "-m", "pytest", "-q", "-n", "2", "--import-mode=importlib", "tests/unit"]
    # without the settings of the checkout, below which the cell lies
    command += ["-c", os.devnull, "--rootdir", str(place)]
    done = subprocess.run(command, cwd=place, env=env, check=False, capture_output=True, text=True)
    said = done.stdout.splitlines()
    told = [line for line in said if line.startswith(("FAILED ", "ERROR ", "E   "))][:60] + said[-3:]
    return [] if done.returncode == 0 else [f"unit tests: {line}" for line in told]


def sane(binaries: Path, root: Path) -> list[str]:
    """ansible-test sanity without an ignore file, with this cell's version."""
    place = root / "ansible_collections" / "resilience" / "drs"
    if list((place / "tests" / "sanity").glob("ignore*")):
        return ["tests/sanity holds an ignore file"]
    sanity.prepare_home(binaries.parent)
    env = {**environment(binaries, root), "HOME": str(sanity.HOME), "ANSIBLE_TEST_CONTENT_ROOT": str(place)}
    version = "{}.{}".format(*cores.version_of(str(binaries / "python")))
    command = [str(binaries / "ansible-test"), "sanity", "--color", "no", "--python", version]
    done = subprocess.run(command, cwd=place, env=env, check=False, capture_output=True, text=True)
    said = (done.stdout + done.stderr).splitlines()
    return [] if done.returncode == 0 else [f"sanity: {line}" for line in said if "ERROR" in line][:20] or said[-5:]


def noise(output: str) -> list[str]:
    """The warnings and deprecations of a playbook's output."""
    return [line for line in output.splitlines() if any(word in line for word in NOISE)]


def playbooks(binaries: Path, root: Path, work: Path) -> list[str]:
    """Drill, failover, failback and orchestrate from the tarball, by a process that has the simulator."""
    env = dict(
        os.environ, PYTHONPATH=os.pathsep.join(str(tree.ROOT / part) for part in (".build", "simulator", "tests"))
    )
    walk = [str(tree.VENV / "bin" / "python"), str(tree.ROOT / "tools" / "certify_walk.py")]
    folder = work / f"walk-{root.name}"
    shutil.rmtree(folder, ignore_errors=True)
    done = subprocess.run(
        [*walk, str(binaries), str(root), str(folder)], env=env, check=False, capture_output=True, text=True
    )
    if done.returncode:
        return [f"playbooks: {line}" for line in (done.stdout + done.stderr).splitlines()[-40:]]
    return [f"playbooks: {line}" for line in noise(done.stdout)]


def problems(name: str, tarball: Path, work: Path) -> list[str]:
    """All that is wrong in one cell. Raises NotToBeHad when it cannot be made here."""
    if sys.version_info < (3, 11):
        raise NotToBeHad("needs Python 3.11")
    binaries, root = prepare(name, tarball, work)
    only = os.environ.get("CERTIFY_ONLY", "playbooks units sanity").split()
    found: list[str] = []
    if "playbooks" in only:
        found += playbooks(binaries, root, work)
    if "units" in only:
        found += units(binaries, root)
    if "sanity" in only:
        found += sane(binaries, root)
    return found
