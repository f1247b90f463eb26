"""The scenarios that come with the package, by name."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"


def names() -> list[str]:
    """Names of the scenarios that come with the package, sorted."""
    return sorted(file.stem for file in FOLDER.glob("*.yml"))


def find(scenario: str | None) -> str | None:
    """The path of a scenario given by path or name; None stays None. A file of that name comes first."""
    if scenario in names() and not Path(str(scenario)).exists():
        return str(FOLDER / f"{scenario}.yml")
    return scenario
