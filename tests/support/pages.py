"""The pages that people read: which there are, and what stands in them as code.

Every test of the documentation reads them by this file, so that none of them forgets a page.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import subprocess
from functools import lru_cache
from pathlib import Path

import ansible
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += [ROOT / "simulator" / "README.md", *sorted((ROOT / "extensions").rglob("*.md"))]
PAGES += sorted((ROOT / "roles").glob("*/README.md"))
# Where the names come from that pages use: everything that runs, is built from, or is published.
SOURCES = ("plugins", "roles", "playbooks", "simulator", "tools", "extensions", "meta", "requirements", "bench")
SOURCES += ("docs/schemas", "docs/examples", "Makefile", "galaxy.yml", "pyproject.toml", "changelogs/config.yaml")
SOURCES += ("tests/simulator/conftest.py",)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", flags=re.DOTALL | re.MULTILINE)


def name_of(page: Path) -> str:
    """The page's path in the checkout, as pytest shows it."""
    return str(page.relative_to(ROOT))


def blocks(text: str) -> list[tuple[str, str]]:
    """The blocks of code of a page: (language, what stands in it)."""
    return _BLOCK.findall(text)


def spans(text: str) -> list[str]:
    """What stands in sentences as code, each on one line."""
    return [re.sub(r"\s+", " ", one) for one in re.findall(r"`([^`]+)`", _BLOCK.sub("", text))]


@lru_cache(maxsize=1)
def source() -> str:
    """All that SOURCES hold, as text; what is made of it, and pages, left out."""
    texts = []
    for name in SOURCES:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix not in (".md", ".pyc", ".svg", ".gz"):
                texts.append(file.read_text(encoding="utf-8", errors="replace"))
    return "\n".join(texts)


@lru_cache(maxsize=1)
def words() -> frozenset[str]:
    """Every name that stands in SOURCES."""
    return frozenset(NAME.findall(source()))


@lru_cache(maxsize=1)
def tracked() -> frozenset[str]:
    """The files of the checkout and their folders, the latter with a slash at the end."""
    told = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = told.splitlines()
    return frozenset(files) | {f"{parent}/" for one in files for parent in Path(one).parents if str(parent) != "."}


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """The names in the checkout and of its files, of Ansible's settings, and of the environment of botocore."""
    settings = (Path(ansible.__file__).parent / "config" / "base.yml").read_text(encoding="utf-8")
    environment = [one[1] for one in BOTOCORE_DEFAUT_SESSION_VARIABLES.values() if isinstance(one[1], str)]
    stems = {Path(one).stem for one in tracked()}
    return words() | frozenset(NAME.findall(settings)) | frozenset(environment) | stems
