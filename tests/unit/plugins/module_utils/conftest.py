"""Settings of hypothesis for the unit tests of the library."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from hypothesis import settings

# A busy machine is no defect: no example has a deadline of its own.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
