"""Make the release of the version in galaxy.yml: its changelog, then the tarball with public addresses.

`tools/release.py --here [--date 2026-01-31]` lets antsibull-changelog write CHANGELOG.rst and changelogs/changelog.yaml
and remove the fragments, and ends there: it needs no address. `tools/release.py --repository https://...` does the same
unless it is done, writes the public addresses into galaxy.yml, and builds the tarball into dist/.

The first release tells what the collection is. Its fragments tell what changed on the way there, which concerns nobody:
only those with a release_summary are taken, and version control keeps the others.

Nothing is committed, tagged or uploaded: look at `git diff` first.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = "https://example.com/"
VERSION = re.compile(r"[1-9]\d*\.\d+\.\d+")


def addressed(galaxy: str, repository: str) -> str:
    """galaxy.yml with the addresses of a repository; repository: ``https://HOST/OWNER/NAME``."""
    base = repository.rstrip("/")
    addresses = {
        "repository": base,
        "homepage": base,
        "documentation": f"{base}/tree/main/docs",
        "issues": f"{base}/issues",
    }
    for key, address in addresses.items():
        galaxy = re.sub(rf"(?m)^{key}: .*$", f"{key}: {address}", galaxy)
    return galaxy


def problems(galaxy: str, fragments: int, released: list[str], here: bool) -> list[str]:
    """Why no release can be made.

    :param galaxy: the text of galaxy.yml, with its addresses.
    :param fragments: how many changes wait for a release.
    :param released: the versions that were released.
    :param here: only the changelog is made.
    """
    version = str(yaml.safe_load(galaxy)["version"])
    found = []
    if not VERSION.fullmatch(version):
        found.append(f"galaxy.yml: {version} is no version of a release, such as 1.0.0")
    if version in released and fragments:
        found.append(f"{version} has its changelog, and fragments wait: raise the version in galaxy.yml")
    if version in released and not fragments and here:
        found.append(f"{version} has its changelog, and changelogs/fragments is empty: nothing has changed")
    if version not in released and not fragments:
        found.append("changelogs/fragments is empty: nothing has changed")
    if PLACEHOLDER in galaxy and not here:
        found.append(
            "galaxy.yml has no public addresses: give --repository https://..., or --here for the changelog alone"
        )
    return found


def history(fragments: dict[str, str], released: list[str]) -> list[str]:
    """The fragments that a release leaves out: those of the first one that are not its summary.

    :param fragments: their texts by name.
    :param released: the versions that were released.
    """
    if released:
        return []
    return sorted(name for name, text in fragments.items() if "release_summary" not in (yaml.safe_load(text) or {}))


def run(*command: str) -> None:
    """Run a command in the checkout. Raises CalledProcessError."""
    print("$", " ".join(command), flush=True)
    subprocess.run(command, cwd=ROOT, check=True)


def main(arguments: list[str]) -> int:
    """Make the release; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--repository", default="")
    parser.add_argument("--date")
    parser.add_argument("--here", action="store_true")
    asked = parser.parse_args(arguments)
    file = ROOT / "galaxy.yml"
    galaxy = file.read_text(encoding="utf-8")
    if asked.repository:
        galaxy = addressed(galaxy, asked.repository)
    folder = ROOT / "changelogs" / "fragments"
    fragments = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yml"))}
    kept = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))
    released = list(kept.get("releases") or {})
    here = asked.here and not asked.repository
    found = problems(galaxy, len(fragments), released, here)
    left_out = history(fragments, released)
    if fragments and len(left_out) == len(fragments):
        found.append("no fragment has the release_summary of the first release")
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    file.write_text(galaxy, encoding="utf-8")
    try:
        if fragments:
            run("antsibull-changelog", "lint")
            for name in left_out:
                (folder / name).unlink()
            if left_out:
                print(f"{len(left_out)} fragments of the time before the first release are left out.", flush=True)
            run("antsibull-changelog", "release", *(["--date", asked.date] if asked.date else []))
        if not here:
            run("ansible-galaxy", "collection", "build", "--force", "--output-path", "dist")
    except subprocess.CalledProcessError as why:
        print(f"{why}; nothing was committed: git checkout -- galaxy.yml changelogs", file=sys.stderr)
        return 1
    if here:
        print("Look at CHANGELOG.rst and commit. The tarball: make release REPOSITORY=https://...")
        return 0
    print("Look at git diff, commit it, tag it, and publish dist/*.tar.gz.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
