"""Test that output is true, written in whole sentences, and explained in place."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue import own as catalogue_own
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import exclusions
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.findings import ERROR, failure_text, finding
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import sentence, with_remedy

PLUGINS = Path(__file__).parents[4] / "plugins"


# -- sentences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "whole"),
    [("who approves", "who approves."), ("so.", "so."), ("why?", "why?"), ("cut...", "cut..."), ("", "")],
)
def test_a_sentence_ends_before_the_next_one_begins(text, whole):
    assert sentence(text) == whole
    assert with_remedy(text, "Do it.") == f"{whole} Remedy: Do it."
    assert with_remedy(text, "") == text


def test_every_way_to_tell_an_error_ends_its_message():
    own = DrsError("approval_own", "run r-1 was started by ann, who approves")
    assert "who approves. Remedy: " in failure(own)["msg"]
    assert "who approves. Remedy: " in failure_text([finding(ERROR, "approval_own", own.message)])


def test_no_remedy_is_joined_to_what_may_have_no_full_stop():
    joined = re.compile(r"(%s|\}) Remedy:")
    found = [str(path) for path in PLUGINS.rglob("*.py") if joined.search(path.read_text(encoding="utf-8"))]
    assert [Path(path).name for path in found] == ["text.py"], "text.with_remedy joins them"


# -- what is left out ----------------------------------------------------------------------------------------------


def test_every_reason_to_leave_a_server_out_is_said_in_a_few_words():
    codes = {*catalogue_own.SELECTION, "extended_copy_in_staging"}
    codes |= {"recovery_instance_missing", "not_failed_over", "no_drill_on_premises"}
    assert set(exclusions.PHRASES) == codes and codes <= set(CATALOGUE)
    assert all(20 < len(phrase) < 100 and phrase[-1] != "." for phrase in exclusions.PHRASES.values())
    assert exclusions.reasons({"not_enabled": 2, "new_code": 1}) == [
        "2 not_enabled: their tag dr:enabled says no",
        "1 new_code",
    ]


@pytest.mark.parametrize("kind", ["plan", "failback_plan"])
def test_a_plan_says_it_beside_the_code(kind):
    text = render.render(kind, {"name": "shop", "summary": {"excluded": {"extended_copy_in_target": 20}}})
    assert "Left out:\n  20 extended_copy_in_target: copies in a staging account; " in text


# -- what is there -------------------------------------------------------------------------------------------------


def test_how_to_go_on_is_said_of_a_run_not_of_a_plan():
    plan = {"name": "shop", "mode": "recovery", "run_id": "shop-1", "summary": {}}
    assert "shop-1" not in render.render("plan", plan) + render.render("failback_plan", plan)
    text = render.render("begun", {"run_id": "shop-1", "option": "recovery_run_id"})
    assert text == "Run shop-1: the same recovery_run_id resumes it, on any controller."


@pytest.mark.parametrize("kind", ["plan", "failback_plan"])
def test_what_must_be_typed_stands_under_the_plan(kind):
    asked = {"option": "recovery_confirm", "given": "yes", "wanted": "FAILOVER shop 2 us-west-2"}
    text = render.render(kind, {"name": "shop", "summary": {}, "unconfirmed": asked})
    assert "NOT CONFIRMED: recovery_confirm is 'yes' and does not name this plan." in text
    assert "type exactly: FAILOVER shop 2 us-west-2\n" in text
    assert """-e '{"recovery_confirm": "FAILOVER shop 2 us-west-2"}'""" in text
    assert "NOT CONFIRMED" not in render.render(kind, {"name": "shop", "summary": {}})


@pytest.mark.parametrize("kind", ["plan", "failback_plan"])
def test_a_request_is_told_the_option_that_it_has(kind):
    asked = {"option": "options.confirm", "given": "", "wanted": "FAILOVER shop 2 us-west-2"}
    text = render.render(kind, {"name": "shop", "summary": {}, "unconfirmed": asked})
    assert "NOT CONFIRMED: options.confirm is not given." in text
    assert '\n    "confirm": "FAILOVER shop 2 us-west-2"' in text
    assert "-e '" not in text and "type exactly: FAILOVER shop 2 us-west-2\n" in text


def test_the_plan_of_a_failback_says_which_server_launches_with_what():
    network = {"subnet_id": "subnet-1", "security_group_ids": ["sg-1", "sg-2"], "copy_tags": True}
    servers = [
        {"name": "shop-01", "cell": "dr", "launch_settings": network},
        {"name": "shop-02", "cell": "dr", "launch_settings": {**network, "private_ip": "10.1.2.30"}},
        {"name": "shop-03", "cell": "dr", "launch_settings": network},
        {"name": "shop-04", "cell": "dr", "launch_settings": {}},
    ]
    plan = {"name": "shop", "waves": [{"wave": "1", "servers": servers}], "summary": {"launch_settings": 3}}
    text = re.sub(r"\n {4}", " ", render.render("failback_plan", plan))
    shared = "copy_tags yes, security_group_ids sg-1, sg-2, subnet_id subnet-1"
    assert "In the original cell they launch with:" in text
    assert f"  shop-01, shop-03: {shared}\n" in text
    assert "  shop-02: copy_tags yes, private_ip 10.1.2.30, security_group_ids sg-1, sg-2, subnet_id subnet-1" in text
    assert "shop-04:" not in text


# -- counts ------------------------------------------------------------------------------------------------------------

_NOUNS = (
    "server|cell|instance|machine|wave|job|account|name|run|file|setting|event|record|line|endpoint|gate|failure|host"
)
_COUNTED = re.compile(r"(%%d|\{(len\(|[a-z_.]*(number|count|total)\b)[^{}]*\}) (source |recovery )?(%s)s\b" % _NOUNS)
# Where the number is two at the least, and where only a program reads the text.
_NEVER_ONE = ("after {tried} jobs", "{len(ids)} instances have", "of %d source servers (limit: %s)")


def test_a_number_that_may_be_one_has_its_noun_from_count():
    """``1 servers`` is what a text with a number and a plural says of a fleet of one."""
    found = []
    for folder in (PLUGINS, PLUGINS.parent / "playbooks"):
        for path in sorted(folder.rglob("*.py")):
            for line in path.read_text(encoding="utf-8").splitlines():
                code = line.partition("  #")[0]
                if _COUNTED.search(code) and not any(one in code for one in _NEVER_ONE):
                    found.append("%s: %s" % (path.name, line.strip()))
    assert found == []
    assert _COUNTED.search('f"{len(ids)} servers were"') and _COUNTED.search('"%d source servers" % n')
