"""Make clean copies of the collection for Ansible's tools: .build/trees/NAME/ansible_collections/resilience/drs.

ansible-test insists on that path and walks everything below it. A link to the checkout would show it .venv and, through
.build, the checkout again without end; a copy of what git knows or would add holds neither. Each step has a copy of its
own, so that several can work at a time.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREES = ROOT / ".build" / "trees"
VENV = ROOT / ".venv"


def project_files() -> list[str]:
    """Tracked files, and new ones that no ignore rule excludes, relative to the checkout and sorted."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # A file deleted but not yet committed is still listed.
    return sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file())


def build(name: str) -> Path:
    """Replace the copy of that name by a fresh one, amazon.aws beside it; returns the folder of the copy."""
    collections = TREES / name / "ansible_collections"
    collection = collections / "resilience" / "drs"
    shutil.rmtree(collection, ignore_errors=True)
    for file in project_files():
        target = collection / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target, follow_symlinks=False)
    amazon = collections / "amazon"
    if amazon.is_symlink():
        amazon.unlink()
    amazon.symlink_to(next(VENV.glob("lib/python3*/site-packages/ansible_collections")) / "amazon")
    return collection


def tool_environment(collection: Path, home: Path | None = None) -> dict[str, str]:
    """Environment for a tool run in a copy: the venv first in PATH, no settings of the caller's Ansible or AWS.

    Folders of pyenv shims are left out: a shim exists for versions that are not active, and ansible-test, which takes
    what it finds for an interpreter, stops there.
    """
    path = [str(VENV / "bin")]
    path += [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(part).name != "shims"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_", "PYTHON"))}
    kept.update(PATH=os.pathsep.join(path), LC_ALL="C.UTF-8", ANSIBLE_COLLECTIONS_PATH=str(collection.parents[2]))
    if home:
        kept["HOME"] = str(home)
    return kept
