# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clean copy of the collection where Ansible's tools want it: .build/tree/ansible_collections/resilience/drs.

ansible-test insists on that path and walks everything below it. A link to the checkout would show it .venv and, through
.build, the checkout again without end; a copy of what git knows or would add holds neither.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / ".build" / "tree"
COLLECTION = TREE / "ansible_collections" / "resilience" / "drs"
VENV = ROOT / ".venv"


def project_files() -> list[str]:
    """Tracked files, and new ones that no ignore rule excludes, relative to the checkout and sorted."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # A file deleted but not yet committed is still listed.
    return sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file())


def build() -> Path:
    """Replace the copy by a fresh one, amazon.aws beside it; returns the folder of the copy."""
    shutil.rmtree(COLLECTION, ignore_errors=True)
    for name in project_files():
        target = COLLECTION / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    amazon = TREE / "ansible_collections" / "amazon"
    if amazon.is_symlink():
        amazon.unlink()
    amazon.symlink_to(next(VENV.glob("lib/python3*/site-packages/ansible_collections")) / "amazon")
    return COLLECTION


def tool_environment(home: Path | None = None) -> dict[str, str]:
    """Environment for a tool run in the copy: the venv first in PATH, no settings of the caller's Ansible or AWS.

    Folders of pyenv shims are left out: a shim exists for versions that are not active, and ansible-test, which takes
    what it finds for an interpreter, stops there.
    """
    path = [str(VENV / "bin")]
    path += [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(part).name != "shims"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_", "PYTHON"))}
    kept.update(PATH=os.pathsep.join(path), LC_ALL="C.UTF-8", ANSIBLE_COLLECTIONS_PATH=str(TREE))
    if home:
        kept["HOME"] = str(home)
    return kept
