"""Install other versions of ansible-core into .build/cores/VERSION when they are first needed.

The collection promises every ansible-core from the floor in meta/runtime.yml on. What runs the playbooks on another one
asks `programs` for the folder with its ansible-playbook. Prints that folder: `python tools/cores.py 2.17`.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = ROOT / ".build" / "cores"
NEEDS = ("boto3", "botocore", "jsonschema")
"""What the collection needs at run time, see requirements.txt."""
PYTHONS = {
    "2.17": ((3, 10), (3, 12)),
    "2.18": ((3, 11), (3, 13)),
    "2.19": ((3, 11), (3, 13)),
    "2.20": ((3, 12), (3, 14)),
    "2.21": ((3, 12), (3, 14)),
}
"""The oldest and the newest Python of a controller, by version of ansible-core."""


class NotToBeHad(Exception):
    """That version cannot run here; the text says why."""


def oldest() -> str:
    """The oldest version that the collection supports."""
    runtime = (ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8")
    found = re.search(r'requires_ansible: ">=(\d+\.\d+)', runtime)
    if found is None:
        raise NotToBeHad("meta/runtime.yml names no oldest ansible-core")
    return found.group(1)


def version_of(python: str) -> tuple[int, ...]:
    """The version of an interpreter as (3, 11); () when it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        shown = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout
    except (subprocess.CalledProcessError, OSError):
        return ()
    return tuple(int(part) for part in shown.split())


def interpreter(version: str) -> str:
    """An interpreter for that version: this one, or another that is found. Raises NotToBeHad."""
    low, high = PYTHONS[version]
    minors = range(high[1], low[1] - 1, -1)
    names = [sys.executable, *(f"python3.{minor}" for minor in minors)]
    # a shim of pyenv runs only versions that are active; those that are installed lie here
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    names += [str(path) for minor in minors for path in sorted(installed.glob(f"3.{minor}.*/bin/python3.{minor}"))]
    for name in names:
        python = shutil.which(name)
        if python and low <= version_of(python) <= high:
            return python
    span = "{}.{} to {}.{}".format(*low, *high)
    raise NotToBeHad(f"ansible-core {version} needs Python {span}, and none is here")


def _install(venv: Path, version: str) -> None:
    """Make a venv with that version. Raises NotToBeHad."""
    wanted = [f"ansible-core=={version}.*", *NEEDS]
    quiet = ["--quiet", "--disable-pip-version-check"]
    steps = [
        [interpreter(version), "-m", "venv", str(venv)],
        [str(venv / "bin" / "python"), "-m", "pip", "install", *quiet, *wanted],
    ]
    for command in steps:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(venv, ignore_errors=True)
            raise NotToBeHad(f"ansible-core {version} cannot be installed: {done.stderr.strip()[-300:]}")


def programs(version: str) -> Path:
    """The folder with the programs of that version, which is installed when it is missing. Raises NotToBeHad."""
    CORES.mkdir(parents=True, exist_ok=True)
    venv = CORES / version
    with open(CORES / f"{version}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once must not build one venv
        playbook = venv / "bin" / "ansible-playbook"
        if not (os.access(playbook, os.X_OK) and version_of(str(venv / "bin" / "python"))):
            shutil.rmtree(venv, ignore_errors=True)
            _install(venv, version)
    return venv / "bin"


if __name__ == "__main__":
    try:
        print(programs(sys.argv[1] if len(sys.argv) > 1 else oldest()))
    except NotToBeHad as why:
        sys.exit(str(why))
