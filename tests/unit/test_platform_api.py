"""Test the page about the platform's API: its examples are launches and artifacts as templates and schema have them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.artifact import SCHEMA
from support.automation import questions, templates, workflows
from support.automation_rules import launch_problems

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "platform_api.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(one) for one in re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)]
REQUESTS = [one for one in EXAMPLES if "template" in one]
ANSWERS = [one["artifacts"]["drs_artifact"] for one in EXAMPLES if "artifacts" in one]


@pytest.mark.parametrize("asked", REQUESTS, ids=lambda one: one["template"])
def test_a_request_is_one_that_the_survey_of_its_template_takes(asked):
    assert list(launch_problems(templates()[asked["template"]], asked["extra_vars"])) == []


@pytest.mark.parametrize("left", ANSWERS, ids=lambda one: one["verb"])
def test_an_answer_is_an_artifact(left):
    jsonschema.validate(left, SCHEMA)
    assert set(left["counts"]) <= set(outcomes.OUTCOMES)


def test_a_template_is_asked_only_what_its_survey_asks():
    """Other variables are ignored by the platform, so the page must not promise them."""
    promised = re.findall(r"launch `(DRS [a-z ]+)` with `(\w+)`", PAGE)
    assert promised == [("DRS history", "history_kind")]
    for name, variable in promised:
        assert variable in {one["variable"] for one in questions(templates()[name])}


def test_every_request_has_its_answer_and_every_template_that_is_named_exists():
    assert len(REQUESTS) == len(ANSWERS) >= 4
    named = set(re.findall(r"`(DRS [a-z ]+)`", PAGE))
    assert named and named <= set(templates()) | set(workflows())


def test_the_fields_are_those_of_the_schema():
    table = PAGE.partition("## The artifact")[2].partition("## What")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", table, flags=re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(SCHEMA["properties"])
