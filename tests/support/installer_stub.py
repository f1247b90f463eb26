"""A stubbed place to download the agent's installer from, for scripts that run in a real shell. Needs no pytest."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """The folders of a machine: what can be downloaded, its programs, and where scripts work."""

    bucket: Path
    tools: Path
    scratch: Path


def serve(folder: Path, installer: str, curl: str, ending: str = "\n") -> Place:
    """Make a place with an installer, its checksum in a line with this ending, and a curl."""
    place = Place(*(folder / name for name in Place._fields))
    for one in place:
        one.mkdir()
    (place.bucket / "aws-replication-installer-init").write_text(installer, encoding="utf-8")
    digest = hashlib.sha512(installer.encode()).hexdigest()
    (place.bucket / "aws-replication-installer-init.sha512").write_text(
        f"{digest}  installer{ending}", encoding="utf-8"
    )
    program = place.tools / "curl"
    program.write_text(curl, encoding="utf-8")
    program.chmod(0o755)
    return place
