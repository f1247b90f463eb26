"""Test the tables: complete, honest about unknowns, within the width, safe with hostile names."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import text
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.wave_verdict import judge_wave
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan.build import build_plan
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.readiness import fleet_summary
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server
from hypothesis import given
from hypothesis import strategies as st

DENIED = {"code": "AccessDenied", "message": "not authorized to perform sts:AssumeRole", "remedy": "Check the trust."}
EVIL = "web\x1b[2J\x1b]0;title\x07\u202e\u200b\r\n\t\x9b31m|01"


def server(number, name=None, state="CONTINUOUS", lag=None, cell="payments.us-west-2", original=None, **tags):
    item = {
        "sourceServerID": "s-%017d" % number,
        "arn": "arn:aws:drs:us-west-2:111111111111:source-server/s-%017d" % number,
        "replicationDirection": "FAILOVER",
        "tags": {"Name": name or "web-%02d" % number, **tags},
        "dataReplicationInfo": {"dataReplicationState": state, "lagDuration": lag},
    }
    if original:
        item["stagingArea"] = {"status": "EXTENDED", "stagingSourceServerArn": original}
    return normalise_server(item, "111111111111", "us-west-2", cell=cell)


def cells(*servers, instances=()):
    read = {"cell": "payments.us-west-2", "account_id": "111111111111", "region": "us-west-2", "account_types": []}
    lost = {"cell": "orders.us-west-2", "account_id": "333333333333", "region": "us-west-2", "error": DENIED}
    return [{**read, "error": None, "source_servers": list(servers), "recovery_instances": list(instances)}, lost]


def a_plan(*servers, **changes):
    return build_plan(
        {"name": "payments", "mode": "drill", "cells": cells(*servers), "now": "2026-01-31T12:00:00Z", **changes}
    )


def result(number, outcome="launched", **values):
    return outcomes.server_entry(outcome, server(number), **values)


def columns_of(rendered, first):
    return next(line.split() for line in rendered.splitlines() if line.startswith(first))


EMPTY = {
    "status": {},
    "servers": {},
    "plan": a_plan(),
    "wave": {},
    "run": {},
    "cleanup": {},
    "deploy_plan": {},
    "deploy_wave": {},
    "deploy": {},
    "capacity": {},
    "extension": {},
    "begun": {},
    "runs": {},
    "journal": {},
    "report": {},
    "evidence": {},
    "failback_plan": {},
    "failback_stage": {},
    "failback": {},
    "launch_actions": {},
    "launch_settings": {},
    "replication_settings": {},
    "setup": {},
    "watch": {},
    "tag_sync": {},
    "history": {},
    "readiness": {},
    "said": {},
}
BAD = {"code": EVIL, "message": EVIL * 30, "remedy": EVIL * 30}
HOMEWARD = [
    {
        **result(number, "failed", name=EVIL * 4, cell=EVIL, error=BAD),
        "failback": {"original": {"cell": EVIL * 2, "private_ip": EVIL}, "progress": {"state": EVIL, "percent": 12.0}},
    }
    for number in range(70)
]
MACHINES = [
    {**result(number, "failed", name=EVIL * 4, cell=EVIL, error=BAD), "priority": EVIL, "platform": "windows"}
    for number in range(30)
]
FULL = {
    "status": {"cells": cells(*[server(number, EVIL * 3) for number in range(50)]), "unprotected": [{"name": EVIL}]},
    "servers": {"servers": [server(1, EVIL * 9), server(2, "\u6771\u4eac" * 40)]},
    "plan": a_plan(
        *[server(number, EVIL * 5, "STALLED", **{"dr:wave": EVIL, "app": EVIL * 4}) for number in range(50)]
    ),
    "said": {"lines": [EVIL * 30, EVIL]},
    "wave": {
        "wave": EVIL,
        "servers": [
            result(
                number, "failed", name=EVIL * 4, cell=EVIL, error={"code": EVIL, "message": EVIL * 40, "remedy": EVIL}
            )
            for number in range(50)
        ],
        "verdict": {"proceed": False, "reason": EVIL * 50},
    },
    "run": {"name": EVIL, "waves": [{"wave": EVIL, "servers": [result(1, "unknown", name="x" * 500)]}]},
    "cleanup": {
        "servers": [result(1, "refused", name=EVIL)],
        "left": [{"recovery_instance_id": EVIL, "cell": EVIL * 20, "is_drill": True}],
        "unknown_cells": [{"cell": EVIL, "error": {"code": EVIL, "message": EVIL * 30, "remedy": EVIL * 30}}],
    },
    "deploy_plan": {
        "deployment_id": EVIL * 9,
        "waves": [{"wave": EVIL, "machines": MACHINES, "by_cell": {EVIL: ["i-1"]}}],
        "cells": [
            {"cell": EVIL * 3, "replication": {"cell": EVIL}, "pattern": EVIL, "method": EVIL, "summary": {"total": 1}}
        ],
        "settled": MACHINES[:2],
        "unknown_cells": [{"cell": EVIL, "error": BAD}],
        "findings": [{"severity": "error", **BAD}],
    },
    "deploy_wave": {"wave": EVIL, "servers": MACHINES, "verdict": {"proceed": False, "reason": EVIL * 50}},
    "deploy": {"deployment_id": EVIL, "waves": [{"wave": EVIL, "servers": MACHINES}], "replication": MACHINES[:1]},
    "capacity": {
        "cells": [
            {"cell": EVIL * 3, "quotas": [], "extended": [{"servers": 2, "staging_account_id": EVIL, "broken": 1}]}
        ],
        "unknown_cells": [{"cell": EVIL, "error": BAD}],
        "costs": {
            "currency": EVIL,
            "cost": 1,
            "accounts": [
                {
                    "account_id": EVIL,
                    "servers": 1,
                    "replication_servers": 1,
                    "disks_gb": 1,
                    "snapshots_gb": 0.5,
                    "cost": 1,
                }
            ],
            "savings": [{"cell": EVIL, "code": EVIL, "ids": [EVIL], "cost": None, "remedy": EVIL * 9}],
            "saving": 0,
            "unpriced": [EVIL],
            "unread": [{"cell": EVIL, "error": BAD}],
        },
    },
    "extension": {
        "results": [
            {
                "target": EVIL * 3,
                "staging_account_id": EVIL * 2,
                "servers": MACHINES[:3],
                "error": BAD,
                "findings": [BAD],
            }
        ],
    },
    "history": {
        "records": [
            {"started_at": EVIL, "run_id": EVIL * 9, "status": EVIL, "pattern": EVIL, "servers": 3, "failed": 1}
        ]
        * 70,
        "groups": [{"account_id": EVIL, "title": EVIL, "count": 3, "codes": {EVIL: 3}, "remedies": [EVIL * 30]}],
        "totals": {"24h": {"records": 1, "runs": 1, "servers": 3, "success_percent": None}},
        "asked": {"status": EVIL},
        "unreadable": [{"kind": "damaged", "where": EVIL, "why": EVIL, "remedy": "Move it."}],
        "unrecorded": [{"folder": EVIL, "files": 1, "records": None, "command": EVIL}],
        "next_token": EVIL,
    },
    "readiness": {
        "score": 7,
        "grade": "F",
        "coverage": {"in_scope": 3},
        "parts": [{"title": "Lag", "points": 2.5, "weight": 20, "state": "breached", "reason": EVIL * 9}],
        "hard_zero": [EVIL * 30],
        "applications": [
            {
                **dict.fromkeys(("worst_lag_seconds", "rpo_seconds", "drill_age_days"), 7),
                "application": EVIL * 9,
                "servers": 3,
                "healthy": 1,
                "drill_due": True,
                "last_drill": {"at": EVIL, "result": "passed"},
            }
        ],
        "outstanding": [{"name": EVIL * 9, "cell": EVIL, "problem": EVIL * 30, "critical": False}],
        "cells": 2,
        "unknown_cells": [{"cell": EVIL, "error": BAD}],
    },
    "begun": {"run_id": EVIL * 9, "option": EVIL},
    "runs": {
        "runs": [
            {
                "run_id": EVIL,
                "status": "failed",
                "mode": EVIL,
                "created_at": EVIL,
                "initiator": EVIL * 9,
                "summary": {"x": 3},
            }
        ],
        "token": EVIL,
    },
    "journal": {
        "run": {
            "run_id": EVIL,
            "reason": EVIL * 30,
            "overrides": [{"guardrail": EVIL, "reason": EVIL * 30, "by": EVIL}],
        },
        "waves": [{"wave": EVIL * 9, "status": "done", "servers": [{"outcome": "launched"}], "intended_at": EVIL}],
        "approvals": [{"gate": EVIL, "decision": EVIL, "approver": EVIL * 9, "expires_at": EVIL}],
        "events": [{"at": "now", "event": EVIL, "data": {"reason": EVIL * 30, "servers": 3}}] * 50,
        "journal_problems": [EVIL * 9],
    },
    "report": {
        "report": {
            "path": EVIL * 9,
            "verdict": {"word": "FAIL", "reasons": [{"word": "FAIL", "text": EVIL * 30}] * 50},
            "totals": {"runs": 3, "rate": 33.3},
            "alerts": [{"level": "critical", "text": EVIL * 30, "remedy": EVIL * 30}],
        },
        "evidence": {
            "path": EVIL * 9,
            "run_id": EVIL,
            "verdict": {"word": "FAIL"},
            "state": "DRAFT",
            "exceptions": [{"what": EVIL, "detail": EVIL * 30}],
            "evidence_hash": "0" * 64,
            "manifest_sha256": EVIL * 9,
        },
    },
    "evidence": {
        "about": {"run_id": EVIL, "verdict": EVIL, "state": EVIL * 9, "generated_at": EVIL, "evidence_hash": EVIL},
        "files": 13,
        "manifest_sha256": "f" * 64,
        "recomputed": True,
    },
    "failback_plan": {
        "name": EVIL,
        "mode": "failback",
        "waves": [
            {
                "wave": EVIL,
                "servers": [
                    {
                        "name": EVIL * 3,
                        "cell": EVIL,
                        "original": {"cell": EVIL * 2},
                        "launch_settings": {EVIL: EVIL, "tags": {EVIL: [EVIL]}},
                    }
                ],
            }
        ],
        "unconfirmed": {"option": EVIL, "given": EVIL * 3, "wanted": EVIL * 3},
        "findings": [{"severity": "error", **BAD}],
        "summary": {"excluded": {EVIL: 3}, "launch_settings": 1},
        "unknown_cells": [{"cell": EVIL, "error": BAD}],
        "confirmation": EVIL * 3,
    },
    "failback_stage": {"wave": EVIL, "state": EVIL, "servers": HOMEWARD, "verdict": {"reason": EVIL * 50}},
    "failback": {
        "name": EVIL,
        "mode": EVIL,
        "servers": HOMEWARD,
        "stopped": EVIL * 9,
        "left": [EVIL],
        "plan": {"unknown_cells": [{"cell": EVIL, "error": BAD}]},
    },
    "launch_settings": {
        "change_id": EVIL,
        "cells": [
            {
                "cell": EVIL * 3,
                "servers": MACHINES[:3],
                "drift": [{"name": EVIL * 4, "setting": EVIL, "declared": [EVIL], "actual": EVIL * 9}],
                "warnings": [EVIL * 30],
            },
            {"cell": EVIL, "error": BAD},
        ],
    },
    "launch_actions": {
        "cells": [
            {
                "cell": EVIL * 3,
                "servers": MACHINES[:3],
                "templates": MACHINES[:2],
                "drift": [{"name": EVIL * 4, "setting": EVIL, "declared": {EVIL: EVIL * 9}, "actual": None}],
                "warnings": [EVIL * 30],
            },
            {"cell": EVIL, "error": BAD},
        ],
    },
    "replication_settings": {
        "change_id": EVIL,
        "cells": [
            {
                "cell": EVIL * 3,
                "servers": MACHINES[:3],
                "templates": MACHINES[:2],
                "resync": [{"name": EVIL * 4, "settings": [EVIL]}],
                "extended": [EVIL],
                "drift": [
                    {"name": EVIL * 4, "setting": EVIL, "declared": [{EVIL: EVIL}], "actual": {EVIL: EVIL * 9}},
                    {"name": EVIL, "setting": EVIL, "declared": None, "actual": 1, "impact": EVIL},
                ],
                "warnings": [EVIL * 30],
            },
            {"cell": EVIL, "error": BAD},
        ],
    },
    "watch": {
        "path": EVIL,
        "timed_out": True,
        "view": {
            "run_id": EVIL,
            "reason": EVIL * 9,
            "waves": [{"wave": EVIL, "status": EVIL, "finished": 1, "servers": 2, "failed": 0, "seconds": 60}],
            "left": {"objective": EVIL, "estimate": EVIL},
            "elapsed_seconds": 60,
            "at": EVIL,
        },
    },
    "setup": {
        "mode": "check",
        "cells": [
            {
                "cell": EVIL,
                "account_id": "111111111111",
                "changes": ["stack " + EVIL],
                "outputs": {"account": {"RoleArn": EVIL}},
                "regions": {"account": "us-west-2"},
                "drift": [{"text": EVIL, "account_id": EVIL, "stack": EVIL, "region": EVIL}],
                "unread": [EVIL],
                "warnings": [EVIL],
            },
        ],
        "clean_up_role": EVIL,
    },
    "tag_sync": {
        "cells": [
            {
                "cell": EVIL * 3,
                "servers": MACHINES[:3],
                "changes": [{"name": EVIL, "write": {EVIL: EVIL * 9}, "delete": [EVIL * 9]}],
            },
            {"cell": EVIL, "error": BAD},
        ]
    },
}


@pytest.mark.parametrize("width", [20, 80, 100])
@pytest.mark.parametrize("data", [EMPTY, FULL], ids=["empty", "full"])
@pytest.mark.parametrize("kind", render.KINDS)
def test_every_table_is_harmless_and_narrow(kind, data, width):
    rendered = render.render(kind, {**data[kind], "next": "ansible-playbook resilience.drs.drill"}, width)
    assert f"\n\n{rendered}".endswith("\n\nnext: ansible-playbook resilience.drs.drill")
    assert all(char == "\n" or char.isprintable() for char in rendered)
    assert max(map(text.columns, rendered.splitlines())) <= max(width, 80)
    assert not any(line != line.rstrip() for line in rendered.splitlines())
    assert "\n\n\n" not in rendered


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="status, servers, plan, wave, run, cleanup"):
        render.render("poem", {})


def test_the_next_command_is_never_cut():
    command = "ansible-playbook resilience.drs.drill " + "-e key=value " * 20
    assert render.render("wave", {"next": command}).endswith("next: " + command.strip())
    assert "next" not in render.render("wave", {"next": None})


# -- status ----------------------------------------------------------------------------------------------------------


def test_the_status_names_what_is_on_its_way_home():
    instance = {
        "source_server_id": server(1)["source_server_id"],
        "pending_action": "wait_for_sync",
        "failback": {"status": "Synchronizing"},
        "replication": {"percent": 61.9, "eta": "2026-01-31T23:07:00Z"},
    }
    rendered = render.render("status", {"cells": cells(server(1, "web-01"), instances=[instance])})
    told = "Synchronizing, 61 % copied, expected end 2026-01-31 23:07Z, pending in DRS: wait for sync"
    assert "web-01 in payments.us-west-2: %s" % told in " ".join(rendered.split())
    quiet = {**instance, "pending_action": None}
    assert "Failing back" not in render.render("status", {"cells": cells(server(1), instances=[quiet])})


def test_the_status_counts_per_cell_and_in_total():
    servers = [
        server(1),
        server(2, lag="PT5M", state="BACKLOG"),
        server(3, state="INITIAL_SYNC"),
        server(4, state="STALLED"),
    ]
    instances = [
        {"is_drill": True, "ec2_instance_state": "RUNNING"},
        {"is_drill": True, "ec2_instance_state": "TERMINATED"},
        {"is_drill": None, "ec2_instance_state": "STOPPED"},
    ]
    rendered = render.render("status", {"cells": cells(*servers[:3], instances=instances)})
    assert columns_of(rendered, "payments.us-west-2") == "payments.us-west-2 3 1 1 1 0 5m00s 1 1".split()
    assert "Total" not in rendered, "the total of one row repeats it"
    stalled = render.render("status", {"cells": cells(*servers)})
    assert columns_of(stalled, "payments")[1:] == "4 1 1 1 1 unknown 0 0".split()
    assert "web-04 in payments.us-west-2: Replication has stalled" in stalled


def test_a_cell_that_was_not_read_is_not_an_empty_row():
    rendered = render.render("status", {"cells": cells(server(1))})
    assert "Coverage incomplete: 1 of 2 cells not read" in rendered
    assert "orders.us-west-2 (account 333333333333): AccessDenied: not authorized" in rendered
    assert "Remedy: Check the trust." in rendered
    assert not any(line.startswith("orders") for line in rendered.splitlines())


def test_a_remedy_is_told_once_however_many_cells_need_it():
    read, lost = cells(server(1))
    dark = [{**lost, "cell": "orders-%d.us-west-2" % one, "account_id": "3333333333%02d" % one} for one in range(50)]
    for kind in ("status", "plan"):
        data = {"cells": [read, *dark]}
        rendered = render.render(kind, data if kind == "status" else a_plan(cells=data["cells"]))
        assert rendered.count("Remedy: Check the trust.") == 1, kind
        assert all(one["cell"] in rendered for one in dark), "each cell is named all the same"


def test_who_looked_at_a_part_of_the_cells_is_not_told_that_a_machine_has_no_agent():
    read = cells(server(1))[:1]
    machine = {"name": "db-09", "instance_id": "i-9", "cell": "a.us-west-2", "why": "dr:enabled=yes is missing"}
    whole = {"cells": read, "unprotected": [machine], "without_agent": [{**machine, "instance_id": "i-8"}]}
    assert "Tagged for recovery, but not in DRS:" in render.render("status", whole)
    assert "Without an agent, and not tagged for recovery:" in render.render("status", whole)
    part = render.render("status", {**whole, "narrowed": True})
    assert "Tagged for recovery, but not in DRS, in any cell that was read:" in part
    assert "Without an agent, in any cell that was read, and not tagged for recovery:" in part


def test_what_the_tags_of_a_fleet_lack_is_told_once():
    place = {"cell": "payments.us-west-2", "instance_id": "i-1"}
    alike = [{**place, "name": "web-%02d" % number, "why": "dr:enabled=yes is missing"} for number in range(30)]
    odd = {**place, "name": "db-01", "why": "dr:enabled=no is not yes"}
    shown = render.render("status", {"cells": cells(server(1)), "untagged": [*alike, odd]})
    assert shown.count("dr:enabled=yes is missing") == 1
    assert "  dr:enabled=yes is missing:\n    web-00 (i-1) in payments.us-west-2\n    web-01 (i-1)" in shown
    assert "\n  db-01 (i-1) in payments.us-west-2: dr:enabled=no is not yes" in shown
    many = render.render("status", {"cells": cells(server(1)), "untagged": alike * 2})
    assert "and 20 more; the results name them all" in many


def test_findings_of_a_plan_stand_together_by_code():
    said = [("stale", "web-02"), ("live", "web-04"), ("stale", "web-01"), ("live", "web-03")]
    plan = {**a_plan(server(1)), "findings": [{"severity": "error", "code": c, "message": m} for c, m in said]}
    shown = render.render("plan", plan)
    listed = [line.strip() for line in shown.split("ERRORS, this plan must not run:")[1].splitlines() if "web-" in line]
    assert listed[:4] == ["stale: web-01", "stale: web-02", "live: web-03", "live: web-04"]


LONGEST = max((entry.remedy for entry in CATALOGUE.values()), key=len)


def test_no_remedy_of_ours_reaches_the_bound():
    named = "Set the variable SOME_RATHER_LONG_NAME_OF_A_VARIABLE: it should hold the external id, and it is empty. "
    assert len(named + LONGEST) < text.REMEDY_WIDTH
    assert text.remedy_of({"remedy": named + LONGEST}) == named + LONGEST


@pytest.mark.parametrize("kind", ["status", "plan", "findings", "wave", "launch_settings"])
def test_what_to_do_is_told_whole(kind):
    """The end of a remedy is the command: whoever reads half of it has nothing to type."""
    error = {**DENIED, "remedy": LONGEST}
    read, lost = cells(server(1))
    dark = [read, {**lost, "error": error}]
    failed = [result(1, "failed", error=error)]
    data = {
        "status": {"cells": dark},
        "plan": a_plan(cells=dark),
        "findings": {**a_plan(server(1)), "findings": [{"severity": "error", **error}]},
        "wave": {"wave": "1", "servers": failed, "verdict": {"proceed": False}},
        "launch_settings": {"cells": [{**read, "servers": failed, "drift": [], "warnings": []}], "state": "present"},
    }[kind]
    shown = render.render("plan" if kind == "findings" else kind, data)
    assert text.clean(LONGEST) in " ".join(shown.split())


def test_recovery_instances_that_were_not_read_are_not_none():
    unread = [{**cells(server(1))[0], "recovery_instances": None}]
    assert columns_of(render.render("status", {"cells": unread}), "payments")[-2:] == ["?", "?"]


def test_machines_that_appear_twice_are_counted_once():
    original = server(1)
    fleet = [original, server(2, original=original["arn"]), server(3)]
    rendered = render.render("status", {"cells": cells(*fleet)})
    assert fleet_summary(fleet)["counted_twice"] == 1, "the report says the same"
    assert "1 machine is counted twice, in staging and extended to a target: 2 machines in all." in rendered


def test_machines_that_are_tagged_but_not_protected_are_listed():
    bare = [{"name": "db-09", "instance_id": "i-9", "cell": "a.us-west-2"}]
    rendered = render.render("status", {"cells": cells()[:1], "unprotected": bare})
    assert "Tagged for recovery, but not in DRS:\n  db-09 (i-9) in a.us-west-2" in rendered


def test_a_machine_that_an_unread_cell_may_protect_is_not_said_to_be_bare():
    bare = [{"name": "db-09", "instance_id": "i-9", "cell": "a.us-west-2"}]
    rendered = render.render("status", {"cells": cells(), "unprotected": bare})
    assert "Tagged for recovery, but not in DRS, in any cell that was read:\n  db-09 (i-9) in a.us-west-2" in rendered


# -- plan ------------------------------------------------------------------------------------------------------------


def test_a_plan_shows_waves_jobs_order_ages_and_what_is_left_out():
    servers = [
        server(2, **{"dr:wave": "1", "app": "shop"}),
        server(1, **{"dr:wave": "1"}),
        server(3, lag="PT90S", **{"dr:wave": "2"}),
    ]
    plan = a_plan(*servers, server(4, **{"dr:wave": "1", "dr:enabled": "no"}), point_in_time="latest_available")
    rendered = render.render("plan", plan)
    assert rendered.startswith(
        "PLAN payments: drill, hash %s\n3 servers in 2 waves, 1 cell, 2 jobs; data: latest_av" % plan["hash"][:12]
    )
    assert columns_of(rendered, "1 ") == "1 payments.us-west-2 2 1 2 10m00s 0 none, shop".split()
    assert columns_of(rendered, "Total") == "Total 3 2 3 11m30s 0 none, shop".split()
    assert "wave 1, payments.us-west-2: web-02, web-01" in rendered
    assert "Left out:\n  1 not_enabled: their tag dr:enabled says no" in rendered
    assert "Coverage incomplete: 1 of 2 cells" in rendered
    assert "ERRORS" not in rendered


def test_whom_a_request_leaves_out_is_named_with_the_reason():
    plan = a_plan(server(1), server(2), left_out={server(2)["source_server_id"]: "does not boot, ticket 4711"})
    rendered = render.render("plan", plan)
    assert "1 left_out: left out by the request" in rendered
    assert "Left out by the request:\n  web-02 (%s) in " % server(2)["source_server_id"] in rendered
    assert "does not boot, ticket 4711" in " ".join(rendered.split())


def test_errors_of_a_plan_are_all_shown_before_the_warnings():
    plan = a_plan(server(1, state="STOPPED"), server(2, state="STOPPED"), expected_count=9)
    rendered = render.render("plan", plan)
    assert rendered.count("not_recoverable: ") == 2
    assert rendered.index("ERRORS, this plan must not run") < rendered.index("unexpected_count")
    assert rendered.count("Wait for initial sync") == 1


def test_a_large_plan_names_its_servers_only_on_request():
    plan = a_plan(*[server(number) for number in range(61)])
    assert "web-33" not in render.render("plan", plan)
    assert "web-33" in render.render("plan", {**plan, "detail": True})


# -- results ---------------------------------------------------------------------------------------------------------


def test_a_wave_closes_with_counts_slowest_oldest_failures_and_remedies():
    capacity = {"code": "launch_capacity", "message": "InsufficientInstanceCapacity", "remedy": "Choose another type."}
    servers = [
        result(1, duration_seconds=612, data_age_seconds=30),
        result(2, duration_seconds=400.2, data_age_seconds=95),
        result(3, "failed", error=capacity, duration_seconds=80),
        result(4, "failed", error=capacity),
        result(5, "queued", critical=False),
    ]
    rendered = render.render(
        "wave", {"wave": "1", "servers": servers, "verdict": {"proceed": False, "reason": "stop: so"}}
    )
    assert columns_of(rendered, "payments.us-west-2") == "payments.us-west-2 2 2 1 10m12s 1m35s".split()
    assert "web-03 in payments.us-west-2: FAILED (optional), launch_capacity: InsufficientInstanceCapacity" in rendered
    assert "web-05 in payments.us-west-2: QUEUED (optional)" in rendered
    assert rendered.count("Choose another type.") == 1
    assert "Verdict: stop: so" in rendered


def test_the_worst_comes_first():
    servers = [result(1, "skipped"), result(2, "refused"), result(3, "unknown"), result(4, "failed")]
    servers.append(result(5, "failed", critical=True))
    rendered = render.render("wave", {"servers": servers})
    listed = [line.split()[0] for line in rendered.splitlines() if line.startswith("  web")]
    assert listed == ["web-05", "web-04", "web-03", "web-02", "web-01"]


def test_data_whose_age_nobody_knows_is_not_young():
    servers = [result(1, data_age_seconds=30), result(2)]
    assert columns_of(render.render("wave", {"servers": servers}), "payments")[-1] == "unknown"


def test_servers_of_a_cell_that_vanished_are_in_the_table():
    plan = a_plan(server(1), server(2))
    verdict = judge_wave(plan["waves"][0], [result(1)], plan["policy"])
    rendered = render.render("wave", {"wave": "default", "servers": [result(1)], "verdict": verdict})
    assert columns_of(rendered, "payments")[1:4] == "1 0 1".split()
    assert "web-02 in payments.us-west-2: UNKNOWN" in rendered


def test_a_wave_that_nobody_could_watch_to_its_end_says_what_continues_in_aws():
    error = {"code": "ExpiredToken", "message": "the session has expired", "remedy": "Renew it."}
    named = {"cell": "a.us-west-2", "outcome": "in_progress", "job_id": "drsjob-1", "error": error}
    servers = [{**named, "name": "web-%d" % number, "source_server_id": "s-%d" % number} for number in (1, 2)]
    rendered = render.render("wave", {"wave": "1", "servers": servers})
    told = " ".join(rendered.partition("Continue in AWS")[2].split())
    assert told == (
        ", where nobody waits for them now; the next command finds and adopts them: drsjob-1 in a.us-west-2: 2 servers"
    )
    assert "Continue in AWS" not in render.render(
        "wave", {"wave": "1", "servers": [{**servers[0], "outcome": "failed"}]}
    )


def test_a_run_shows_every_wave_also_those_that_did_not_start():
    plan = a_plan(server(1, **{"dr:wave": "1"}), server(2, **{"dr:wave": "2"}), server(3, **{"dr:wave": "2"}))
    waves = [{"wave": "1", "servers": [result(1, "failed")], "verdict": {"proceed": False}}]
    rendered = render.render("run", {"plan": plan, "waves": waves, "elapsed_seconds": 1234.5})
    assert rendered.startswith("RUN payments: drill, in 20m35s")
    assert columns_of(rendered, "1 ") == "1 1 0 1 0 - - STOPPED".split()
    assert columns_of(rendered, "2 ") == "2 1 0 0 2 - - not started".split()
    assert columns_of(rendered, "Total") == "Total 1 0 1 2 - -".split()
    assert "Coverage incomplete" in rendered


def test_long_lists_are_cut_and_counted():
    rendered = render.render("wave", {"servers": [result(number, "failed") for number in range(45)]})
    assert "and 5 more; the results name them all" in rendered


# -- clean-up --------------------------------------------------------------------------------------------------------


def instance(**changes):
    known = {"recovery_instance_id": "i-0123456789abcdef0", "cell": "payments.us-west-2", "source_server_id": "s-1"}
    return {**known, "is_drill": True, "ec2_instance_state": "RUNNING", "job_id": "drsjob-1", **changes}


@pytest.mark.parametrize(
    ("left", "unknown", "says"),
    [
        ([], [], "Proof: read again, no drill instance is left."),
        ([instance(ec2_instance_state="TERMINATED")], [], "Proof: read again"),
        ([instance(is_drill=False)], [], "Proof: read again"),
        ([instance()], [], "NOT CLEAN: 1 drill instance is left."),
        ([instance(is_drill=None)], [], "NOT CLEAN: 1 drill instance is left."),
        ([instance(ec2_instance_state="NOT_FOUND")], [], "NOT CLEAN: 1 drill instance is left."),
        ([instance(), instance()], [], "NOT CLEAN: 2 drill instances are left."),
        (None, [], "NOT PROVEN: the instances were not read again afterwards."),
        ([], [{"cell": "orders.us-west-2", "error": DENIED}], "NOT PROVEN for orders.us-west-2"),
    ],
)
def test_the_proof_says_only_what_is_proven(left, unknown, says):
    rendered = render.render("cleanup", {"servers": [result(1, "terminated")], "left": left, "unknown_cells": unknown})
    assert says in rendered
    assert ("Proof:" in rendered) is says.startswith("Proof")


def test_a_proof_says_how_it_comes_into_the_evidence():
    again = "ansible-playbook resilience.drs.report -e report_run_id=q4"
    proven = {"servers": [result(1, "terminated")], "left": [], "asked": "of run q4", "clean": True}
    proven["report_command"] = again
    assert "\n  %s" % again in render.render("cleanup", proven)
    for change in ({"clean": False}, {"asked": ""}, {"record": "unknown"}, {"servers": [result(1, "planned")]}):
        assert "resilience.drs.report" not in render.render("cleanup", {**proven, **change})


def test_the_proof_names_what_it_is_about_and_what_stands_besides():
    rendered = render.render("cleanup", {"servers": [], "left": [], "asked": "of run q4", "others": 34})
    assert "Proof: read again, no drill instance of run q4 is left.\n34 other drill instances exist." in rendered


@pytest.mark.parametrize(
    ("asked", "title"), [("of run q4", "0 instances of run q4\n"), ("", "0 instances of every run\n")]
)
def test_a_clean_up_says_whose_instances_it_is_about(asked, title):
    assert "CLEAN-UP: %s" % title in render.render("cleanup", {"servers": [], "left": [], "asked": asked})


def test_what_is_left_is_in_the_table_and_named():
    rendered = render.render(
        "cleanup",
        {
            "servers": [
                result(1, "terminated"),
                result(2, "refused", error={"code": "not_a_drill", "message": "live"}),
            ],
            "left": [
                instance(cell="a.us-west-2"),
                instance(is_drill=False, recovery_instance_id="i-0fedcba9876543210"),
            ],
        },
    )
    assert columns_of(rendered, "a.us-west-2") == "a.us-west-2 0 0 0 0 1".split()
    assert columns_of(rendered, "Total") == "Total 1 1 0 0 1".split()
    assert "LEFT:\n  i-0123456789abcdef0 in a.us-west-2: of s-1, RUNNING, job drsjob-1" in rendered
    assert "which stay:\n  i-0fedcba9876543210" in rendered
    assert "web-02 in payments.us-west-2: REFUSED (optional), not_a_drill: live" in rendered


# -- text ------------------------------------------------------------------------------------------------------------


@given(st.text(), st.integers(3, 40))
def test_cleaned_text_is_printable_and_short(value, width):
    cleaned = text.clean(value, width)
    assert cleaned.isprintable()
    assert text.columns(cleaned) <= width
    assert text.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x1b[31mb\x1b[0m", "ab"),
        ("a\x1b]8;;http://x\x1b\\b", "ab"),
        ("a\u202eb\u2066c\u200bd\ufeff", "abcd"),
        ("a\r\n\tb  c", "a b c"),
        ("\x9b2Ja\x07\x00", "a"),
        (None, ""),
        (7, "7"),
        ("\ud800x\ue000", "x"),
    ],
)
def test_what_is_taken_out(raw, clean):
    assert text.clean(raw) == clean


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"),
        (59, "59s"),
        (59.1, "1m00s"),
        (612, "10m12s"),
        (3599.5, "1h00m"),
        (3601, "1h01m"),
        (86399, "1d00h"),
        (86400, "1d00h"),
        (90000, "1d01h"),
        (-3, "0s"),
        (None, "-"),
        (float("inf"), "-"),
        (True, "-"),
        ("7", "-"),
    ],
)
def test_durations(seconds, written):
    assert text.duration(seconds) == written


@given(st.text(), st.integers(12, 60), st.sampled_from(["", "  ", "    "]))
def test_wrapped_text_loses_nothing_and_fits(value, width, indent):
    cleaned = text.clean(value)
    lines = text.wrap(cleaned, width, indent)
    assert "".join(lines).replace(" ", "") == cleaned.replace(" ", "")
    assert all(text.columns(line) <= width for line in lines)


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80), st.integers(0, 10**6)), max_size=5))
def test_a_grid_is_aligned_and_keeps_its_numbers(rows):
    drawn = [row.split("\n") for row in text.grid(("Name", "Place", "Number"), rows, [2], 60)]
    assert len(drawn) == len(rows) + 1
    assert len({text.columns(row[0]) for row in drawn}) == 1
    assert all(text.columns(line) <= 60 for row in drawn for line in row)
    assert [int(row[0].split()[-1]) for row in drawn[1:]] == [row[2] for row in rows]
    for row, (name, place, _number) in zip(drawn[1:], rows):
        shown = "".join("".join(row).split())
        assert "..." in shown or all(char in shown for char in text.clean(name + place).replace(" ", ""))


def test_a_name_in_a_narrow_table_is_continued_below_and_never_cut():
    header = ("Cell", "Servers", "Attention", "Worst lag", "Why")
    rows = [("staging-a.us-west-2", 16, 3, "1m00s", "0 of 4 passed a drill"), ("staging-b.us-west-2", 1, 0, "-", "")]

    def drawn(width):
        return "\n".join(text.grid(header, rows, (1, 2, 3), width)).splitlines()

    assert drawn(80)[1] == "staging-a.us-west-2       16          3      1m00s  0 of 4 passed a drill"
    assert drawn(72) == [
        "                                         Worst",
        "Cell                 Servers  Attention    lag  Why",
        "staging-a.us-west-2       16          3  1m00s  0 of 4 passed a drill",
        "staging-b.us-west-2        1          0      -",
    ]
    assert drawn(52)[2:] == [
        "staging-a.      16         3 1m00s 0 of 4 passed",
        "us-west-2                          a drill",
        "staging-b.       1         0     -",
        "us-west-2",
    ]


def test_a_title_is_broken_between_its_words():
    header, rows = ("Server", "Cell", "In original cell"), [("shop-server-01", "dr.us-west-2", "172.31.0.4")]
    lines = "\n".join(text.grid(header, rows, (), 40)).splitlines()
    assert [line.split() for line in lines[:3]] == [["In"], ["original"], ["Server", "Cell", "cell"]], lines


def test_short_lists_are_written_out_and_long_ones_counted():
    assert text.names(["a", "b\x07"]) == "a, b"
    assert text.names(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert (text.count(1, "job"), text.count(2, "job")) == ("1 job", "2 jobs")


def test_launch_settings_show_each_server_once_with_all_that_differs():
    rows = [("copy_tags", False, True), ("subnet_id", "subnet-1", None), ("security_group_ids", ["sg-1"], [])]
    drift = [
        {"source_server_id": "s-1", "name": "db", "setting": setting, "declared": declared, "actual": actual}
        for setting, declared, actual in rows
    ]
    error = {"code": "static_ip_taken", "message": "db: 10.0.0.9 is that of eni-1", "remedy": "Give another."}
    servers = [result(1, "applied", name="db"), result(2, "refused", name="web", error=error)]
    cell = {"cell": "payments.us-west-2", "servers": servers, "drift": drift, "warnings": []}
    lost = {"cell": "orders.us-west-2", "account_id": "333333333333", "error": DENIED}
    shown = render.render("launch_settings", {"cells": [cell, lost], "change_id": "change-1", "state": "present"})
    assert columns_of(shown, "payments")[1:] == ["0", "1", "0", "1", "0", "0"]
    words = " ".join(shown.split())
    assert "db in payments.us-west-2: copy_tags true -> false, subnet_id none -> subnet-1" in words
    assert "security_group_ids [] -> [sg-1]" in words
    assert "static_ip_taken: db: 10.0.0.9 is that of eni-1 (web)" in words and "Remedy: Give another." in words
    assert "Coverage incomplete" in words and "Change change-1" in words
    back = render.render("launch_settings", {"cells": [cell], "change_id": "change-1", "state": "restored"})
    assert "taken back" in back and "As before" in back and "Change change-1" not in back
    checked = render.render("launch_settings", {"cells": [cell], "mode": "check"})
    assert "Would change" in checked


def test_replication_settings_show_the_template_the_impact_and_what_is_copied_again():
    names = {"source_server_id": "s-1", "name": "db"}
    disk = {"device": "/dev/sdf", "type": "GP3", "iops": None}
    drift = [
        {**names, "setting": "ebs_encryption", "declared": "NONE", "actual": "DEFAULT", "impact": "resync"},
        {**names, "setting": "disks", "declared": [disk], "actual": [{**disk, "iops": 3000}], "impact": "none"},
        {**names, "setting": "staging_area_subnet_id", "declared": "subnet-1", "actual": None, "impact": "pause"},
    ]
    error = {"code": "template_missing", "message": "there is none", "remedy": "Run setup."}
    cell = {
        "cell": "payments.us-west-2",
        "servers": [result(1, "unchanged", name="db")],
        "templates": [result(2, "failed", name="replication template", error=error)],
        "resync": [{**names, "settings": ["ebs_encryption"]}],
        "extended": ["s-2", "s-3"],
        "drift": drift,
    }
    shown = render.render("replication_settings", {"cells": [cell], "change_id": "c-1", "state": "present"}, 200)
    words = " ".join(shown.split())
    for part in (
        "1 server, 1 cell",
        "payments.us-west-2: failed",
        "ebs_encryption DEFAULT -> NONE (copies all disks again)",
        "disks [device=/dev/sdf iops=3000 type=GP3] -> [device=/dev/sdf type=GP3]",
        "staging_area_subnet_id none -> subnet-1 (replication pauses)",
        "DRS may copy all disks again: db in payments.us-west-2",
        "template_missing: there is none (replication template)",
        "2 servers replicate into another account",
    ):
        assert part in words, (part, words)
    assert "can be taken back" not in shown
    done = {**cell, "templates": [result(2, "applied", name="replication template")]}
    shown = render.render("replication_settings", {"cells": [done], "change_id": "c-1", "state": "present"})
    assert "taken back by replication_settings_state=restored" in " ".join(shown.split())


def test_tags_show_what_is_written_and_deleted():
    changes = [{"name": "web", "write": {"dr:wave": "2", "a": "1"}, "delete": ["old"]}]
    cell = {"cell": "payments.us-west-2", "servers": [result(1, "applied", name="web")], "changes": changes}
    shown = render.render("tag_sync", {"cells": [cell]})
    assert "web in payments.us-west-2: a=1, dr:wave=2, old deleted" in shown and "Differed" in shown
    assert "Would be written" in render.render("tag_sync", {"cells": [cell], "mode": "check"})


def test_the_other_command_stands_below_the_next_one():
    page = {"servers": [], "left": [], "next": "ansible-playbook a", "otherwise": "ansible-playbook b"}
    last = render.render("cleanup", page, 80).splitlines()[-2:]
    assert last == ["next: ansible-playbook a", "or, to try no more and terminate what stands: ansible-playbook b"]


def test_the_list_of_runs_never_cuts_an_id():
    ids = ["tw-20261129T15%04dZ-%s" % (number, "long" * 12) for number in (1, 2)]
    run = {"mode": "drill", "status": "waiting", "created_at": "2026-11-29T15:00:01Z", "initiator": "n" * 60}
    shown = render.render("runs", {"runs": [{**run, "run_id": one} for one in ids]}, 100)
    assert all(one in shown for one in ids)


def test_a_look_at_a_clean_up_with_nothing_to_do_says_so():
    shown = render.render("cleanup", {"servers": [], "left": None, "unknown_cells": []}, 80)
    assert "Nothing is to be removed." in shown and "NOT PROVEN" not in shown
    lost = [{"cell": "a", "error": {"code": "AccessDenied"}}]
    assert "NOT PROVEN" in render.render("cleanup", {"servers": [], "left": None, "unknown_cells": lost}, 80)


def test_a_look_at_a_clean_up_names_what_would_go_and_calls_it_no_failure():
    going = result(1, "planned", cell="a.us-west-2")
    going["recovery_instance_id"] = "i-1"
    shown = render.render("cleanup", {"servers": [going], "left": None}, 100)
    assert f"Would be terminated:\n  {going['name']}: i-1 in a.us-west-2" in shown
    assert "Check mode: nothing was terminated." in shown
    assert "Not terminated" not in shown and "NOT PROVEN" not in shown and "PLANNED" not in shown
    asked = {"option": "terminate_confirm", "given": "", "wanted": "TERMINATE every-run 1 us-west-2"}
    unsure = render.render("cleanup", {"servers": [going], "left": None, "unconfirmed": asked}, 100)
    assert "\nNothing was terminated.\n" in unsure and "Check mode" not in unsure
    assert "NOT CONFIRMED: terminate_confirm is not given." in unsure
    live = result(2, "refused", error={"code": "not_a_drill", "message": "live"})
    assert "Not terminated:" in render.render("cleanup", {"servers": [going, live], "left": None}, 100)


@pytest.mark.parametrize("left", [None, []])
def test_a_clean_up_of_a_run_that_nobody_knows_proves_nothing(left):
    unknown = {"servers": [], "asked": "of run q5", "record": "unknown", "left": left}
    shown = render.render("cleanup", unknown, 120)
    assert "NOT FOUND: the run is in no run store that was looked into, and no instance bears its tags." in shown
    assert "Proof:" not in shown and "by their tags alone" not in shown and "Nothing is to be removed" not in shown
    found = render.render("cleanup", {**unknown, "left": [], "servers": [result(1, "terminated")]}, 120)
    assert "its instances were found by their tags alone" in found and "Proof:" in found and "NOT FOUND" not in found


def test_a_failure_stands_on_one_page():
    """That of its wave, where this screen has shown it; the page of the run says where to look."""
    lost = result(7, "failed", cell="payments.us-west-2", error={"code": "launch_capacity", "message": "none"})
    waves = [{"wave": "1", "servers": [lost]}, {"wave": "2", "servers": [result(8, "launched")]}]
    again = render.render("run", {"name": "first-1", "waves": waves, "told": []})
    once = render.render("run", {"name": "first-1", "waves": waves, "told": ["1", "2"]})
    assert "Not successful:" in again and "launch_capacity" in again
    assert "launch_capacity" not in once and once.endswith("1 server was not successful, named above with wave 1.")


def test_set_up_shows_what_would_be_made_and_the_names_of_what_there_is():
    role = "arn:aws:iam::111111111111:role/DRSOrchestration"
    cells = [
        {
            "cell": "shop.us-west-2",
            "account_id": "111111111111",
            "changes": ["stack resilience-drs-account", "DRS initialised"],
            "outputs": {"account": {"OrchestrationRoleArn": role}},
            "regions": {"account": "us-east-1"},
        },
        {
            "cell": "shop.us-east-1",
            "account_id": "111111111111",
            "changes": [],
            "drift": [{"text": "R was changed", "stack": "s", "region": "us-west-2"}],
            "unread": ["s: its drift could not be read: AccessDenied"],
        },
    ]
    shown = render.render("setup", {"cells": cells, "mode": "check"}, 160)
    assert "2 cells" in shown and "1 account" in shown
    assert "would make or change stack resilience-drs-account" in shown
    assert "shop.us-east-1 (account 111111111111): nothing to do" in shown
    assert (
        f"OrchestrationRoleArn = {role} (us-east-1)" in shown
        and "account 111111111111: R was changed (s, us-west-2)" in shown
    )
    assert "Changed beside the stacks (stack_drifted)" in shown and "its drift could not be read" in shown
    told = render.render("setup", {"cells": [{**cells[0], "warnings": ["w: x"]}], "clean_up_role": "DRSCleanUp"}, 160)
    many = [{**cells[0], "warnings": ["w: cell %d has none. Remedy: Give one." % one]} for one in range(9)]
    alike = render.render("setup", {"cells": many}, 160)
    assert alike.count("Remedy: Give one.") == 1 and alike.count("has none.") == 9
    assert "  initialised DRS\n" in told
    assert "Warnings" in told and "w: x" in told and "-e drs_clean_up_role_name=DRSCleanUp" in told
    assert "Two roles" not in shown and "Warnings" not in shown


def test_the_page_of_capacity_shows_costs_by_account_and_what_could_be_saved():
    row = {"replication_servers": 2, "disks_gb": 300, "snapshots_gb": 12.5}
    costs = {
        "currency": "EXAMPLE",
        "cost": 150.5,
        "accounts": [
            {"account_id": "111111111111", "servers": 9, "cost": 100.5, **row},
            {"account_id": "222222222222", "servers": 1, "cost": 50, **row},
        ],
        "savings": [
            {"cell": "a", "code": "disks_gp2", "ids": ["vol-1", "vol-2"], "cost": 40, "remedy": "Set them to GP3."},
            {"cell": "a", "code": "servers_held_up", "ids": ["s-1"], "cost": None, "remedy": "Repair them."},
        ],
        "saving": 40,
        "unpriced": ["instance_hour.t3.small"],
        "unread": [{"cell": "b", "error": {"code": "AccessDenied", "message": "no"}}],
    }
    page = render.render("capacity", {"cells": [], "costs": costs})
    assert "COSTS of a month at rest, in EXAMPLE:" in page
    rows = [line.split() for line in page.splitlines()]
    assert ["111111111111", "9", "2", "300", "12.5", "100.50"] in rows
    assert ["Total", "10", "4", "600", "25", "150.50"] in rows
    assert "Could be saved, 40.00 a month:" in page and "a: 40.00, disks gp2 (vol-1, vol-2)" in page
    assert "a: a cost that the prices do not tell, servers held up (s-1)" in page and "Remedy: Set them to GP3." in page
    assert "instance_hour.t3.small" in page and "b: AccessDenied: no" in page
    assert "COSTS" not in render.render("capacity", {"cells": []})


@pytest.mark.parametrize(("state", "label"), [("read", "Read"), ("restored", "As before"), ("present", "As declared")])
def test_settings_count_what_their_state_means(state, label):
    cell = {"cell": "a.us-west-2", "servers": [{"name": "web", "outcome": "unchanged"}]}
    page = render.render("launch_settings", {"cells": [cell], "state": state})
    assert label in page and sum(page.count(one) for one in ("As before", "As declared")) == (state != "read")


def test_the_end_of_a_failback_says_where_the_application_runs_and_names_what_is_left():
    details = {"protected": True, "protected_machine": "i-new", "original": {"cell": "shop.us-east-1"}}
    done = {"name": "shop-01", "cell": "dr.us-west-2", "outcome": "cleaned", "failback": details}
    server = {"name": "shop-01", "original_instance_id": "i-old", "original": {"cell": "shop.us-east-1"}}
    data = {"name": "home", "mode": "failback", "servers": [done], "left": ["i-old"]}
    data["plan"] = {"waves": [{"wave": "1", "servers": [server]}]}
    rendered = render.render("failback", data)
    assert next(line for line in rendered.splitlines() if line.startswith("shop-01")).endswith("i-new")
    assert "  shop-01: i-old in shop.us-east-1" in rendered
    # where DRS still names the machine before, nobody knows the other one
    details["protected_machine"] = "i-old"
    assert next(line for line in render.render("failback", data).splitlines() if line.startswith("shop-01")).endswith(
        "-"
    )
