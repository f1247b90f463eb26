"""Make sure that a Chromium is installed, in which the tests open the page of a report: `tools/browser.py`.

Where there is npm, axe-core is fetched as well, by which the tests find what keeps people out of a page.

It is a package of the system, not of Python, so `make setup` does without it; `make test` and `make integration` ask
for it here. On Debian and Ubuntu, as root, it is installed; elsewhere this says what to install and ends with 1.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import tree

sys.path.insert(0, str(tree.ROOT / "tests"))

from support import browser

PACKAGES = ("chromium", "fonts-dejavu-core")
AXE_VERSION = "4.14.1"
HELP = (
    "No Chromium is installed, in which the page of a report would be tested. Install the package chromium, or name\n"
    "the program of one in RESILIENCE_BROWSER. Until then tests/integration/test_report_browser.py fails."
)


def install() -> bool:
    """Install it by apt-get where that is possible; whether one is there afterwards."""
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        return False
    print(f"Installing {' and '.join(PACKAGES)} (about 115 MB, once)", flush=True)
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    for command in ([apt, "update"], [apt, "install", "-y", "--no-install-recommends", *PACKAGES]):
        command[1:1] = ["-qq", *wait]
        if subprocess.run(command, check=False, env=env, stdout=subprocess.DEVNULL).returncode:
            print(f"{' '.join(command)} failed", file=sys.stderr)
    return browser.find() is not None


def fetch_axe() -> None:
    """Fetch axe-core beside the tools of the tests, where there is npm; without it pages are judged less strictly."""
    npm = shutil.which("npm")
    if browser.axe() or not npm or not tree.VENV.is_dir():
        return
    print(f"Fetching axe-core {AXE_VERSION} (once)", flush=True)
    command = [npm, "install", "--prefix", str(browser.AXE), "--no-audit", "--no-fund", f"axe-core@{AXE_VERSION}"]
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
        print("axe-core could not be fetched; the pages are tested without it", file=sys.stderr)


def main() -> int:
    """Look, install when it is missing; returns the exit code."""
    fetch_axe()
    if browser.find() or install():
        return 0
    print(HELP, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
