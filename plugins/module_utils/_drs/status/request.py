"""Turn the options of drs_fleet_report into the report on the fleet."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.csv_text import csv_text
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import coverage
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given, Result

_DICTS = {"type": "list", "elements": "dict"}

FLEET_SPEC = {
    "cells": {**_DICTS, "required": True},
    "machines": {**_DICTS, "default": []},
    "tag_keys": {"type": "dict", "default": {}, "no_log": False},
}


def report_fleet(params: Given) -> Result:
    """Report on the fleet of all cells, see coverage.report; ``csv`` is its servers as text, ``next`` what to do."""
    result = coverage.report(params["cells"], params["machines"], params["tag_keys"])
    following = coverage.next_step(params["cells"], result)
    return {"report": result, "csv": csv_text(result["servers"], coverage.COLUMNS), "next": following, "changed": False}
