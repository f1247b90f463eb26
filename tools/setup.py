"""Prepare .venv and .build: `python3 tools/setup.py [--exact-python]`; a second run does nothing.

Uses the standard library only, since nothing else is there yet. Leaves behind:

- ``.venv``: the packages of requirements/dev.txt, the simulator (drs-simulator, editable: its files stay here) and
  amazon.aws in its site-packages;
- ``.build/ansible_collections``: the import root, ``resilience/drs`` -> this checkout and ``amazon`` -> the venv, so
  that ``ANSIBLE_COLLECTIONS_PATH=.build`` and ``PYTHONPATH=.build`` find the collection whatever this folder is called.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".ready"
BUILD = ROOT / ".build"
INPUTS = ("requirements/dev.txt", "simulator/pyproject.toml", "tools/get_collections.py")


class SetupError(Exception):
    """Set-up cannot continue; the text says what to do."""


def fingerprint() -> str:
    """What the stamp holds: changed requirements, a moved checkout or a rebuilt venv all make it differ."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def run(command: list[str], failure: str, **kwargs) -> None:
    """Run a command; raise SetupError with `failure` when it fails."""
    try:
        subprocess.run(command, check=True, **kwargs)
    except (subprocess.CalledProcessError, OSError) as exc:
        raise SetupError(f"{failure}\n  ({exc})") from exc


def venv_version() -> tuple[int, ...] | None:
    """The Python version inside .venv as (3, 11), or None when there is no working venv."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        shown = subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True).stdout
    except (subprocess.CalledProcessError, OSError):
        return None
    return tuple(int(part) for part in shown.split())


def ensure_venv(exact: bool) -> None:
    """Create .venv with this interpreter, unless a working one is there (of this version, when `exact`)."""
    found = venv_version()
    if found and found >= (3, 11) and not (exact and found != sys.version_info[:2]):
        return
    print(f"Creating .venv with Python {sys.version.split()[0]} ({sys.executable})", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", str(VENV)],
        "Could not create a virtual environment. On Debian and Ubuntu the package python3-venv is missing; "
        "elsewhere try another interpreter: make setup PYTHON=/path/to/python3.11",
    )


def pip_settings() -> dict[str, str]:
    """pip's effective settings by bare name (index-url, cert, ...), files and environment merged."""
    command = [PYTHON, "-m", "pip", "config", "list"]
    shown = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    settings: dict[str, str] = {}
    for line in shown.splitlines():
        key, separator, value = line.partition("=")
        if separator:
            settings[key.rpartition(".")[2]] = value.strip("'\"")
    return settings


def install_packages() -> None:
    """Install requirements/dev.txt and the simulator, by uv (seconds) and, where uv fails, by pip (a minute or two)."""
    wanted = ["-r", str(ROOT / "requirements" / "dev.txt"), "-e", str(ROOT / "simulator")]
    quiet = ["--quiet", "--disable-pip-version-check"]
    print("Installing the packages of requirements/dev.txt and the simulator", flush=True)
    settings = pip_settings()
    env = dict(os.environ, VIRTUAL_ENV=str(VENV), UV_PYTHON_DOWNLOADS="never")
    # uv does not read pip's configuration; without these a machine behind a mirror would look in the wrong place.
    if "index-url" in settings:
        env.setdefault("UV_DEFAULT_INDEX", settings["index-url"])
    if "cert" in settings:
        env.setdefault("SSL_CERT_FILE", settings["cert"])
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON), *wanted]
    got_uv = subprocess.run([PYTHON, "-m", "pip", "install", *quiet, "uv"], check=False, capture_output=True)
    if got_uv.returncode == 0 and subprocess.run(uv, check=False, env=env).returncode == 0:
        return
    print("uv is of no use here; installing with pip, which takes a minute or two", flush=True)
    run(
        [str(PYTHON), "-m", "pip", "install", *quiet, *wanted],
        "Could not install the packages. The first set-up needs a Python package index, directly or through a mirror "
        "named in pip's configuration (pip config list). Nothing is downloaded once set-up has succeeded.",
    )


def link(path: Path, target: Path) -> None:
    """Make `path` a symbolic link to `target`, replacing a link that points elsewhere."""
    if path.is_symlink():
        if os.readlink(path) == str(target):
            return
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def ensure_import_root() -> None:
    """Make .build/ansible_collections; cheap, so done every time (a moved checkout leaves stale links)."""
    collections = next(VENV.glob("lib/python3*/site-packages/ansible_collections"))
    link(BUILD / "ansible_collections" / "amazon", collections / "amazon")
    link(BUILD / "ansible_collections" / "resilience" / "drs", ROOT)


def main(arguments: list[str]) -> int:
    """Set up; returns the exit code."""
    exact = "--exact-python" in arguments
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / "setup.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once must not build one venv
        started = time.monotonic()
        try:
            stamped = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
            done = stamped == fingerprint() and not (exact and venv_version() != sys.version_info[:2])
            if not done:
                ensure_venv(exact)
                install_packages()
                run(
                    [str(PYTHON), str(ROOT / "tools" / "get_collections.py")],
                    "Could not get amazon.aws, the one collection this one depends on.",
                )
            ensure_import_root()
            if not done:
                STAMP.write_text(fingerprint(), encoding="utf-8")
                print(f"Set-up done in {time.monotonic() - started:.0f} s", flush=True)
        except SetupError as exc:
            print(f"\nset-up failed: {exc}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
