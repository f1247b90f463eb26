"""Run `ansible-test sanity` without containers and without a download other than Python packages.

`tools/sanity.py [arguments of ansible-test sanity, e.g. --test validate-modules]`

ansible-test builds one small virtual environment per kind of test. It keeps them below HOME, so HOME is a folder in
.build: they survive from run to run, and nobody's real home is touched. Building one starts with a download of get-pip;
a stand-in at the place where ansible-test caches it spares that.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import tree

HOME = tree.ROOT / ".build" / "home"

# Takes get-pip's place: called as `python get_pip.py --disable-pip-version-check pip==X --no-setuptools --no-wheel`.
# The exact pip it asks for is not needed to install a handful of wheels. Copying .venv's, which comes from the same
# interpreter, takes a tenth of the time of ensurepip, eight times over.
GET_PIP = """\
import shutil, sysconfig
from pathlib import Path
for part in Path({source!r}).glob("pip*"):
    if part.name == "pip" or part.name.startswith("pip-"):
        shutil.copytree(part, Path(sysconfig.get_path("purelib")) / part.name, dirs_exist_ok=True)
"""


def get_pip_names(venv: Path = tree.VENV) -> set[str]:
    """Names under which the ansible-test of a venv looks for get-pip in its cache, such as get_pip_24_2.py."""
    source = next(venv.glob("lib/python3*/site-packages/ansible_test/_internal/python_requirements.py"))
    versions = set(re.findall(r"\bpip=['\"]([\d.]+)['\"]", source.read_text(encoding="utf-8")))
    return {f"get_pip_{version.replace('.', '_')}.py" for version in versions}


def pip_configuration() -> configparser.ConfigParser:
    """The caller's own pip settings, which ansible-test would lose: it drops PIP_* variables, and HOME is ours."""
    merged = configparser.ConfigParser(interpolation=None)
    home = Path.home()
    chosen = os.environ.get("PIP_CONFIG_FILE", os.devnull)
    merged.read([home / ".pip" / "pip.conf", home / ".config" / "pip" / "pip.conf", chosen], encoding="utf-8")
    if not merged.has_section("global"):
        merged.add_section("global")
    for name, value in os.environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            merged.set("global", name[4:].lower().replace("_", "-"), value)
    merged.set("global", "quiet", "2")  # errors only: the rest would bury what the tests say
    merged.set("global", "no-compile", "true")  # most of what is installed is never imported
    return merged


def prepare_home(venv: Path = tree.VENV) -> None:
    """Put the stand-in for get-pip and pip's configuration where ansible-test and pip look for them."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    source = next(venv.glob("lib/python3*/site-packages"))
    for name in get_pip_names(venv):
        (cache / name).write_text(GET_PIP.format(source=str(source)), encoding="utf-8")
    target = HOME / ".config" / "pip" / "pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)  # an index URL may carry a password
    with open(target, "w", encoding="utf-8") as stream:
        pip_configuration().write(stream)


def main(arguments: list[str]) -> int:
    """Copy the collection and check it with this interpreter's version; returns ansible-test's exit code."""
    prepare_home()
    collection = tree.build("sanity")
    if list((collection / "tests" / "sanity").glob("ignore*")):
        print("tests/sanity holds an ignore file: mend what it hides instead", file=sys.stderr)
        return 1
    env = tree.tool_environment(collection, HOME)
    env["ANSIBLE_TEST_CONTENT_ROOT"] = str(collection)  # without it the git repository around the copy is taken
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [str(tree.VENV / "bin" / "ansible-test"), "sanity", "--color", "no", "--python", version, *arguments]
    return subprocess.run(command, check=False, cwd=collection, env=env).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
