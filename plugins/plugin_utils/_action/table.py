"""The table of modules that only compute on the controller: the library function behind each of them.

The modules in plugins/modules document them; meta/runtime.yml sends all of them to the one action of this table.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

LIBRARY = "ansible_collections.resilience.drs.plugins.module_utils._drs."


class Row(NamedTuple):
    """A file of the library, and the names in it: of the function, its argument spec and the rules between options.

    The file is a name and no import: a task loads what it needs and not what the others need.
    """

    file: str
    function: str
    spec: str
    rules: str = ""
    # whether the function takes check mode as a second argument, for it writes
    writes: bool = False

    def function_spec_and_rules(self) -> tuple[Any, Mapping[str, Any], Mapping[str, Any]]:
        """What the names stand for, the file loaded."""
        file = importlib.import_module(LIBRARY + self.file)
        rules = getattr(file, self.rules) if self.rules else {}
        return getattr(file, self.function), getattr(file, self.spec), rules


TABLE: Mapping[str, Row] = {
    "drs_capacity_plan": Row("staging.capacity_request", "capacity_plan", "CAPACITY_PLAN_SPEC"),
    "drs_failback_plan": Row("failback.plan", "plan", "PLAN_SPEC"),
    "drs_fleet_verdict": Row("status.verdict", "judge", "SPEC"),
    "drs_fleet_report": Row("status.request", "report_fleet", "FLEET_SPEC"),
    "drs_wave_verdict": Row("plan.wave_request", "judge", "VERDICT_SPEC"),
    "drs_history_info": Row("history.effects.reading", "read", "QUERY_SPEC"),
    "drs_history_record": Row("report.effects.ending", "conclude", "SPEC", "RULES", writes=True),
    "drs_plan": Row("plan.request", "plan", "PLAN_SPEC", "PLAN_RULES"),
    "drs_readiness": Row("history.effects.book", "judge", "READINESS_SPEC"),
    "drs_run_gate": Row("runs.effects.gates", "perform", "SPEC", writes=True),
    "drs_run_info": Row("runs.effects.request", "read", "RUN_INFO_SPEC"),
}
