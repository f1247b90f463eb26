"""Turn the options of the modules of orchestration into calls of the pure functions that do it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from typing import Any, Mapping

from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import result as orchestration_result
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import input as orchestration_input
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import errors_of
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyError, Given, Result

INPUT_SPEC = {"input": {"type": "dict", "required": True}, "now": {"type": "str"}}

RESULT_SPEC = {
    "settings": {"type": "dict", "default": {}},
    "requested_action": {"type": "str", "default": ""},
    "metadata": {"type": "dict", "default": {}},
    "started_at": {"type": "str", "required": True},
    "ended_at": {"type": "str", "required": True},
    "plan": {"type": "dict", "default": {}},
    "confirmation": {"type": "str"},
    "result": {"type": "dict", "default": {}},
    "cleanup": {"type": "dict", "default": {}},
    "fleet": {"type": "dict", "default": {}},
    "cells": {"type": "list", "elements": "dict", "default": []},
    "failure": {"type": "dict", "default": {}},
    "check_mode": {"type": "bool", "default": False},
}

_CODED = re.compile(r"^(?:[^:\s]+: )?([A-Za-z][A-Za-z_.]{2,60}): ", re.ASCII)


def check_input(params: Given) -> Result:
    """Check the input of an orchestration: {settings, changed}."""
    return {"settings": orchestration_input.settings(params["input"], params["now"]), "changed": False}


def conclude(params: Given) -> Result:
    """Make the output document: {document, succeeded, changed}; ``succeeded`` is what the exit status follows."""
    made = orchestration_result.document({**params, "error": why(params["failure"], params["plan"])})
    go_on = made["nextPhaseReady"] or (params["check_mode"] and made["status"] == orchestration_result.SUCCESS)
    return {"document": made, "succeeded": go_on, "changed": False}


def why(failure: Mapping[str, Any], plan: Mapping[str, Any]) -> AnyError | None:
    """What stopped a role, from the result of its task that failed; a plan that is not valid says it by itself."""
    if not failure:
        return None
    wrong = errors_of(plan.get("findings") or ())
    if wrong:
        return {**wrong[0], "message": "; ".join(dict.fromkeys(str(one["message"]) for one in wrong[:20]))}
    error = failure.get("error")
    if isinstance(error, Mapping) and error.get("code"):
        return dict(error)
    text = str(failure.get("msg") or "")
    match = _CODED.match(text)
    code = match.group(1) if match and match.group(1) in CATALOGUE else "action_stopped"
    return DrsError(code, text).to_dict()
