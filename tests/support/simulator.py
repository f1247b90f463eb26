"""The simulator for the tests: the package drs-simulator under its short name."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from drs_simulator.testing.process import PACKAGE_ROOT, SCENARIOS, Simulator, SimulatorError
from support.checkout import ROOT

__all__ = ["PACKAGE_ROOT", "ROOT", "SCENARIOS", "Simulator", "SimulatorError"]
