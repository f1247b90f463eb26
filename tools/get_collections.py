"""Put amazon.aws into this interpreter's site-packages, out of the Python package `ansible` (run with .venv's python).

No other Python package carries amazon.aws, and a collection server is not needed this way. The wheel is 54 MB; the
5 MB kept are where every Ansible tool of the virtual environment looks by itself. Raises CalledProcessError when pip
cannot download, which the caller turns into a message.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

WHEEL = "ansible==12.3.0"  # the release built on ansible-core 2.19
AMAZON = "amazon.aws"
VERSION = "10.1.2"


def folder_of(collection: str) -> str:
    """Where a collection lies in a wheel and below a root of collections."""
    return f"ansible_collections/{collection.replace('.', '/')}/"


def installed_version(site_packages: Path, collection: str = AMAZON) -> str | None:
    """The version of a collection found there, or None."""
    manifest = site_packages / folder_of(collection) / "MANIFEST.json"
    if not manifest.is_file():
        return None
    return json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]


def get(package: str, version: str, folder: Path, collection: str = AMAZON) -> str:
    """Extract a collection from a release of the package ansible, unless that version is there; returns the version
    that is there then. Raises CalledProcessError when the package cannot be had."""
    if installed_version(folder, collection) == version:
        return version
    print(f"Fetching {collection} {version} (inside the Python package {package}, 54 MB)", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        # the wheel is of Python alone; that a release of it names a newer Python than this one does not matter here
        pip += ["--only-binary=:all:", "--ignore-requires-python"]
        subprocess.run([*pip, "--dest", scratch, package], check=True)
        with zipfile.ZipFile(next(Path(scratch).glob("ansible-*.whl"))) as wheel:
            wheel.extractall(folder, [one for one in wheel.namelist() if one.startswith(folder_of(collection))])
    return installed_version(folder, collection) or "none"


def main() -> int:
    """Extract amazon.aws unless the wanted version is there; returns the exit code."""
    found = get(WHEEL, VERSION, Path(sysconfig.get_path("purelib")))
    if found != VERSION:
        print(
            f"{WHEEL} holds amazon.aws {found}, expected {VERSION}: correct tools/get_collections.py", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
