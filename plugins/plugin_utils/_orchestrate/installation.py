"""What an installation has decided for its recoveries holds for those that are asked for by a request as well."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import Verb
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.values import converted
from ansible_collections.resilience.drs.plugins.module_utils._drs.safety import guardrails

_GUARDRAILS = "guardrails"
PRECAUTIONS = ("drill_network", "require_approval", "require_full_coverage", "validate_tasks")
"""Options that make a run safer: the inventory's value holds unless the request gives one that is set as well."""
POLICY = "policy"
_OF_CONTRACT = ("continue_on_failure", "max_failures")
"""What of the policy a request that is silent means to be off."""


def keep(verb: Verb, values: dict[str, Any], value_of: Callable[[str], Any]) -> None:
    """Put what the inventory says of a verb's precautions into the options of a request, in place.

    :param value_of: the value of a variable as the play has it, None without one.
    :raises DrsError: ``guardrail_loosened``.
    """
    for option in verb.options:
        name = option.name
        if name not in values:
            continue
        variable = verb.variable(name)
        installed = value_of(variable) if name in (_GUARDRAILS, POLICY, *PRECAUTIONS) else None
        installed = None if installed is None else converted(option, installed, variable)
        if installed in (None, "") and option.shared:
            installed = value_of(option.shared)
        if name == _GUARDRAILS:
            values[name] = guardrails.tightened(installed, values[name])
        elif name == POLICY:
            kept = {key: value for key, value in (installed or {}).items() if key not in _OF_CONTRACT}
            values[name] = {**kept, **(values[name] or {})}
        elif installed and not values[name]:
            values[name] = installed
        elif option.shared and not values[name]:
            values[name] = option.default
