"""What a verb over the fleet comes to: reasons in a fixed order, and the playbook after it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import verdict

LOST = {"cell": "pay.us-west-2", "error": {"code": "AccessDenied"}, "servers": [], "drift": [], "unknown": []}
CAPACITY = {"fits": True, "total": {"level": "warning"}, "unknown_cells": [], "placement": None}
READY = {"score": 90, "hard_zero": [], "unknown_cells": [], "applications": []}


def judged(kind, **given):
    params = {key: option.get("default") for key, option in verdict.SPEC.items()}
    return verdict.judge({**params, "kind": kind, **given})


def cell(outcome="applied", **more):
    server = {"name": "web-01", "source_server_id": "s-1", "outcome": outcome}
    return {"cell": "ord.us-west-2", "error": None, "servers": [server], "drift": [], "unknown": [], **more}


@pytest.mark.parametrize(
    ("data", "given", "reasons"),
    [
        ({}, {}, []),
        ({}, {"fail_at": "critical"}, []),
        ({}, {"fail_at": "warning"}, ["the fullest cell is at the level warning"]),
        ({"unknown_cells": [{"cell": "a"}]}, {}, []),
        (
            {"unknown_cells": [{"cell": "a"}, {"cell": "b"}]},
            {"fail_on_unreadable": True},
            ["coverage incomplete: a, b could not be read"],
        ),
        (
            {"fits": False, "placement": {"unplaced": 2, "reasons": ["quota", "no target"]}},
            {"planned": 5},
            ["capacity_full: 2 of 5 servers without a place: quota; no target"],
        ),
    ],
)
def test_capacity(data, given, reasons):
    result = judged("capacity", data={**CAPACITY, **data}, **given)
    assert (result["ok"], result["reasons"], result["next"]) == (not reasons, reasons, {})


def test_what_fits_is_deployed_next():
    assert judged("capacity", data=CAPACITY, planned=3)["next"] == {
        "playbook": "deploy_agents",
        "options": {},
        "check": True,
    }


@pytest.mark.parametrize(
    ("data", "given", "reasons"),
    [
        ({}, {}, []),
        ({}, {"fail_below": 90}, []),
        ({}, {"fail_below": 91}, ["the score is 90, below 91"]),
        ({"score": 0}, {"fail_below": 1}, ["the score is 0, below 1"]),
        ({"score": None}, {"fail_below": 91}, ["nothing is in scope"]),
        ({"hard_zero": ["db", "web"]}, {}, ["2 critical servers are not protected"]),
    ],
)
def test_readiness(data, given, reasons):
    result = judged("readiness", data={**READY, **data}, **given)
    assert (result["ok"], result["reasons"]) == (not reasons, reasons)


def test_the_drill_that_is_due_comes_next_and_protection_before_it():
    due = [{"application": name, "drill_due": name != "old"} for name in ("shop", "old", None)]
    following = judged("readiness", data={**READY, "applications": due})["next"]
    assert following["playbook"] == "drill" and following["check"]
    assert following["options"]["recovery_selection"] == {"applications": ["shop"]}
    bare = judged("readiness", data={**READY, "applications": due, "hard_zero": ["db"]})
    assert bare["next"]["playbook"] == "deploy_agents"


def test_tags_in_step_and_not():
    good = judged("tag_sync", cells=[cell("skipped")])
    assert (good["ok"], good["next"]) == (True, {"playbook": "status", "kept": []})
    bad = judged("tag_sync", cells=[cell("failed"), LOST])
    assert bad["reasons"] == [
        "1 server is not in step: web-01",
        "AccessDenied: pay.us-west-2 could not be worked with",
    ]
    assert bad["next"] == {"playbook": "sync_tags", "kept": ["tag_sync_", "drs_hosts"]}
    assert bad["result"]["ok"] is False and len(bad["result"]["servers"]) == 1
    assert judged("tag_sync", cells=[cell()], check=True)["next"]["playbook"] == "sync_tags"


@pytest.mark.parametrize(
    ("cells", "given", "reasons"),
    [
        ([cell()], {}, []),
        ([cell("failed")], {}, ["1 server is not as declared: web-01"]),
        ([cell("skipped")], {}, ["1 server is not as declared: web-01"]),
        ([cell(unknown=["s-1", "s-2"]), cell(unknown=["s-2"])], {}, ["unknown_id: in no cell that was read: s-2"]),
        ([cell(servers=[])], {}, ["no_match: no server has settings of that change, or is meant by what is declared"]),
        ([LOST], {}, ["AccessDenied: pay.us-west-2 could not be worked with"]),
        ([cell(drift=[{}, {}])], {}, []),
        ([cell(drift=[{}, {}])], {"fail_on_drift": True}, ["drift: 2 settings were not as declared"]),
    ],
)
def test_launch_and_replication_settings(cells, given, reasons):
    for kind in ("launch_settings", "replication_settings"):
        result = judged(kind, cells=cells, change_id="c-1", **given)
        assert (result["ok"], result["reasons"], result["result"]["reasons"]) == (not reasons, reasons, reasons)


def test_the_template_of_an_account_counts_and_is_enough():
    entry = cell("failed")["servers"][0]
    more = {"servers": [], "templates": [{**entry, "name": "replication template"}], "resync": [{"name": "db"}]}
    result = judged("replication_settings", cells=[cell(**more)], change_id="c-1")
    assert result["reasons"] == ["1 server is not as declared: replication template"]
    assert result["result"]["templates"] and result["result"]["resync"] == [{"name": "db"}]
    assert result["next"]["playbook"] == "replication_settings"
    more["templates"] = [{**entry, "outcome": "applied"}]
    fine = judged("replication_settings", cells=[cell(**more)], change_id="c-1")
    assert fine["ok"] and fine["next"]["playbook"] == "status"


@pytest.mark.parametrize(
    ("outcome", "state", "check", "playbook", "next_check"),
    [
        ("applied", "present", False, "drill", True),
        ("planned", "present", True, "launch_settings", False),
        ("failed", "present", False, "launch_settings", True),
        ("failed", "restored", True, "launch_settings", True),
    ],
)
def test_what_follows_launch_settings(outcome, state, check, playbook, next_check):
    given = {"cells": [cell(outcome)], "state": state, "check": check, "change_id": "c-1"}
    following = judged("launch_settings", **given)["next"]
    assert (following["playbook"], following["check"]) == (playbook, next_check)
    if playbook == "launch_settings":
        assert following["options"]["launch_settings_change_id"] == ("c-1" if state == "restored" else "")


def set_up(stacks=(), service=None, **templates):
    data = {
        "cell": "shop.us-west-2",
        "account_id": "111111111111",
        "stacks": [{"stack": name, "region": "us-west-2", "changed": changed, "drift": []} for name, changed in stacks],
        "outputs": {name: {} for name, _changed in stacks},
        "service": {"initialised": True, "changed": False} if service is None else service,
        "templates": {name: {"wanted": wanted, "result": result} for name, (wanted, result) in templates.items()},
    }
    return verdict.judge({"kind": "setup", "data": data})["result"]


def test_a_set_up_says_what_it_changed():
    told = set_up(
        [("account", True), ("hub", False)], launch=(True, {"changed": True}), other=(True, {"changed": False})
    )
    assert told["changes"] == ["stack account", "launch"] and told["changed"] is True and told["initialised"] is True
    assert told["regions"] == {"account": "us-west-2", "hub": "us-west-2"} and told["drift"] == []
    assert set_up([("account", False)])["changed"] is False


@pytest.mark.parametrize(
    ("declared", "service", "warned"),
    [
        (False, {"initialised": True, "has_replication_template": False}, True),
        (False, {"initialised": True, "has_replication_template": True}, False),
        (True, {"initialised": True, "has_replication_template": False}, False),
        # a bare account in check mode: its role does not exist yet
        (False, {"failed": True}, True),
    ],
)
def test_a_cell_without_a_staging_subnet_is_warned_of_before_agents_are_installed(declared, service, warned):
    told = set_up([("account", False)], service, **{"replication template": (declared, {"skipped": not declared})})
    assert [text.split(":")[0] for text in told["warnings"]] == ["no_replication_template"] * warned
    assert not warned or "host_vars/CELL.yml" in told["warnings"][0] and "shop.us-west-2 has no" in told["warnings"][0]


def test_what_was_changed_beside_stacks_and_stack_sets_is_told_once_and_by_account():
    rows = [{"account_id": one * 12, "text": one} for one in "129"]
    accounts = ["1" * 12, "1" * 12, "2" * 12]
    told = [
        verdict.judge(
            {
                "kind": "setup",
                "data": {
                    "cell": str(place),
                    "account_id": account,
                    "stacks": [
                        {"stack": "s", "region": "r", "changed": False, "drift": [{"text": "own"}], "unread": ["u"]}
                    ],
                    "outputs": {},
                    "service": {"initialised": True},
                    "templates": {},
                    "stack_sets": {"drift": rows, "unread": ["set"]},
                    "accounts": accounts,
                    "place": place,
                },
            }
        )["result"]
        for place, account in enumerate(accounts)
    ]
    # of its own account the first cell tells, of an account that is not in the play the first of all
    assert [[one["text"] for one in each["drift"]] for each in told] == [["own", "1", "9"], ["own"], ["own", "2"]]
    assert told[1]["drift"] == [{"account_id": "1" * 12, "text": "own"}]
    assert [each["unread"] for each in told] == [["u", "set"], ["u"], ["u"]]


@pytest.mark.parametrize(("wanted", "changes"), [(True, ["DRS initialised", "t"]), (False, ["DRS initialised"])])
def test_a_check_of_a_cell_whose_role_is_still_to_be_made_says_what_is_wanted(wanted, changes):
    told = set_up(service={"failed": True}, t=(wanted, {"skipped": True, "changed": False}))
    assert told["changes"] == changes and told["initialised"] is False


def test_a_template_that_nobody_wants_is_no_change():
    assert set_up(t=(False, {"skipped": True, "changed": False}))["changes"] == []
