"""Test the plan: its servers, their order, and all blocking findings."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import random

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import build as plan_build
from ansible_collections.resilience.drs.plugins.module_utils._drs.plan import hashes
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import wave_key
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG
from hypothesis import given
from hypothesis import strategies as st

NOW = "2026-01-31T12:00:00Z"
TARGET, STAGING = "111111111111", "222222222222"
DENIED = {"code": "AccessDenied", "message": "not authorized to perform sts:AssumeRole", "remedy": "Check the trust."}


def server_id(number):
    return "s-%017d" % number


def arn(number, account=TARGET):
    return "arn:aws:drs:us-west-2:%s:source-server/%s" % (account, server_id(number))


def server(number, account=TARGET, state="CONTINUOUS", lag=None, original=None, name=None, machine=None, **tags):
    spelled = {"wave": "dr:wave", "priority": "dr:priority", "app": "dr:application", "critical": "dr:critical"}
    item = {
        "sourceServerID": server_id(number),
        "arn": arn(number, account),
        "replicationDirection": "FAILOVER",
        "tags": {"Name": name or "web-%03d" % number, **{spelled.get(key, key): value for key, value in tags.items()}},
        "sourceProperties": {"identificationHints": {"awsInstanceID": machine}},
        "dataReplicationInfo": {"dataReplicationState": state, "lagDuration": lag},
    }
    if original is not None:
        item["stagingArea"] = {"status": "EXTENDED", "stagingSourceServerArn": original}
    return normalise_server(item, account, "us-west-2")


def cell(servers, name="payments.us-west-2", account=TARGET, **changes):
    return {
        "cell": name,
        "account_id": account,
        "region": "us-west-2",
        "account_types": ["target"],
        "error": None,
        "source_servers": servers,
        "recovery_instances": [],
        **changes,
    }


def staging(servers, **changes):
    return cell(servers, "staging.us-west-2", STAGING, **{"account_types": ["staging"], **changes})


def build(*cells, mode="drill", **changes):
    return plan_build.build_plan({"name": "payments", "mode": mode, "cells": list(cells), "now": NOW, **changes})


def codes(plan, severity="error"):
    return [item["code"] for item in plan["findings"] if item["severity"] == severity]


def order(plan):
    return [[one["source_server_id"] for one in wave["servers"]] for wave in plan["waves"]]


def reasons(plan):
    return {one["source_server_id"]: one["reason_code"] for one in plan["excluded"]}


# -- order, jobs and hash --------------------------------------------------------------------------------------------


def test_the_shape_of_a_plan():
    plan = build(cell([server(1, wave="1", app="shop", critical="false"), server(2)]))
    assert plan["findings"] == []
    assert [wave["wave"] for wave in plan["waves"]] == ["1", "default"]
    assert plan["waves"][0] == {
        "wave": "1",
        "servers": [
            {
                "source_server_id": server_id(1),
                "arn": arn(1),
                "name": "web-001",
                "cell": "payments.us-west-2",
                "account_id": TARGET,
                "region": "us-west-2",
                "wave": "1",
                "application": "shop",
                "critical": False,
                "priority": None,
                "extended": False,
                "origin_account_id": None,
                "wanted_point_in_time": "latest",
                "predicted_rpo_seconds": 0,
                "rpo_seconds": None,
                "rto_seconds": None,
                "readiness": server(1)["readiness"],
                "warnings": [],
            }
        ],
        "by_cell": {"payments.us-west-2": [server_id(1)]},
        "jobs_by_cell": {"payments.us-west-2": 1},
        "jobs": 1,
        "stage": 1,
        "depends_on": [],
        "after": [],
        "max_failures": None,
        "gates": {"before": [], "after": []},
        "actions": {"before": [], "after": []},
    }
    assert plan["stages"] == [{"stage": 1, "waves": ["1"]}, {"stage": 2, "waves": ["default"]}]
    assert plan["waves"][1]["depends_on"] == plan["waves"][1]["after"] == ["1"]
    assert plan["summary"] == {
        "servers": 2,
        "waves": 2,
        "jobs": 2,
        "cells": 1,
        "applications": {"none": 1, "shop": 1},
        "critical": 1,
        "optional": 1,
        "excluded": {},
        "errors": 0,
        "warnings": 0,
        "worst_predicted_rpo_seconds": 0,
    }
    assert (plan["coverage"], plan["created_at"], len(plan["hash"])) == ("complete", NOW, 64)


def test_waves_then_priority_then_application_then_name():
    servers = [
        server(1, wave="10"),
        server(2, wave="2", priority="10"),
        server(3, wave="2", priority="9", app="b"),
        server(4, wave="2", priority="9", app="a", name="z"),
        server(5, wave="2", priority="9", app="a", name="a"),
        server(6, wave="2"),
        server(7),
    ]
    expected = [[5, 4, 3, 2, 6], [1], [7]]
    assert order(build(cell(servers))) == [[server_id(one) for one in wave] for wave in expected]


SERVERS = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from([None, "", "1", " 1", "2", "10", "db"]),
        st.sampled_from([None, "1", "5"]),
        st.sampled_from([None, "shop", "mail"]),
        st.sampled_from(["a.us-west-2", "b.us-west-2", "c.us-west-2"]),
    ),
    max_size=40,
    unique_by=lambda one: one[0],
)


def cells_of(rows):
    by_cell = {}
    for number, wave, priority, app, name in rows:
        tags = {"wave": wave, "priority": priority, "app": app}
        by_cell.setdefault(name, []).append(
            server(number, **{key: value for key, value in tags.items() if value is not None})
        )
    accounts = {"a.us-west-2": "111111111111", "b.us-west-2": "222222222222", "c.us-west-2": "333333333333"}
    return [cell(servers, name, accounts[name]) for name, servers in by_cell.items()]


@given(rows=SERVERS, per_job=st.integers(1, 7), seed=st.randoms(use_true_random=False))
def test_a_plan_does_not_depend_on_the_order_of_its_input(rows, per_job, seed):
    limits = {"servers_per_job": per_job}
    first = plan_build.build_plan({"name": "p", "mode": "drill", "cells": cells_of(rows), "now": NOW, "limits": limits})
    shuffled = cells_of(seed.sample(rows, len(rows)))
    seed.shuffle(shuffled)
    again = plan_build.build_plan({"name": "p", "mode": "drill", "cells": shuffled, "now": NOW, "limits": limits})
    assert again == first
    assert json.loads(json.dumps(first)) == first


@given(rows=SERVERS, per_job=st.integers(1, 7))
def test_every_server_is_in_one_wave_one_cell_and_enough_jobs(rows, per_job):
    plan = plan_build.build_plan(
        {
            "name": "p",
            "mode": "drill",
            "cells": cells_of(rows),
            "limits": {"servers_per_job": per_job},
            "allow_empty": True,
        }
    )
    planned = [one for wave in plan["waves"] for one in wave["servers"]]
    assert sorted(one["source_server_id"] for one in planned) == sorted(server_id(row[0]) for row in rows)
    waves = [wave["wave"] for wave in plan["waves"]]
    named = [wave for wave in waves if wave != "default"]
    assert named == sorted(named, key=wave_key) and waves == named + ["default"] * (len(waves) - len(named))
    for wave in plan["waves"]:
        assert sorted(one for ids in wave["by_cell"].values() for one in ids) == sorted(
            one["source_server_id"] for one in wave["servers"]
        )
        for name, ids in wave["by_cell"].items():
            assert ids == [one["source_server_id"] for one in wave["servers"] if one["cell"] == name]
            assert len(quotas.batches(ids, per_job)) == wave["jobs_by_cell"][name]
        assert wave["jobs"] == sum(wave["jobs_by_cell"].values())


def test_the_hash_knows_what_would_be_done():
    def made(*cells, **changes):
        return build(*(cells or (cell([server(1), server(2)]),)), **changes)["hash"]

    same = made()
    assert made(now="2027-01-01T00:00:00Z") == same
    assert made(cell([server(1, lag="PT5M"), server(2)])) == same
    assert made(policy={"max_failures": "10%"}) == same
    others = [
        made(mode="recovery"),
        made(point_in_time="latest_available"),
        made(policy={"max_failures": 3}),
        made(cell([server(1)])),
        made(cell([server(1), server(2), server(3)])),
        made(cell([server(1), server(2, wave="1")])),
        made(cell([server(1), server(2, priority="1")])),
        made(cell([server(1), server(2, account=STAGING)])),
    ]
    assert same not in others and len(set(others)) == len(others)


def test_the_hash_of_a_plan_can_be_computed_again():
    plan = build(cell([server(number, wave=str(number % 3)) for number in range(9)]))
    assert hashes.plan_hash(json.loads(json.dumps(plan))) == plan["hash"]
    plan["waves"][0]["servers"].pop()
    assert hashes.plan_hash(plan) != plan["hash"]


@given(st.lists(st.text(max_size=5), unique=True, max_size=8), st.randoms(use_true_random=False))
def test_a_batch_is_named_by_its_servers_whatever_their_order(ids, seed):
    name = hashes.batch_id("run", "1", "cell", ids)
    assert name == hashes.batch_id("run", 1, "cell", seed.sample(ids, len(ids)))
    assert len(name) == 12 and int(name, 16) >= 0
    for other in (
        ("run2", "1", "cell", ids),
        ("run", "2", "cell", ids),
        ("run", "1", "c", ids),
        ("run", "1", "cell", [*ids, "xxxxxx"]),
    ):
        assert hashes.batch_id(*other) != name


@pytest.mark.parametrize(("wave", "fits"), [("1", True), ("Zwölf: a/b", True), ("1\n2", False), ("w" * 257, False)])
def test_a_wave_that_cannot_travel_as_a_tag_is_refused_with_the_plan(wave, fits):
    plan = build(cell([server(1, **{"dr:wave": wave})]))
    assert codes(plan) == ([] if fits else ["wave_not_a_tag"])


def test_what_quotas_do_not_let_run_at_once_is_told():
    servers = [server(number) for number in range(250)]
    plan = build(cell(servers))
    assert (plan["waves"][0]["jobs"], plan["findings"]) == (3, [])
    few = build(cell(servers), limits={"servers_in_jobs": 200})
    assert codes(few, "warning") == ["will_queue"]
    assert codes(build(cell(servers), limits={"concurrent_jobs": 2}), "warning") == ["will_queue"]


# -- selection -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        ({}, [1, 2, 3, 4]),
        ({"tags": {"dr:application": "shop"}}, [1, 2]),
        ({"tags": {"dr:application": "shop", "dr:wave": "2"}}, [2]),
        ({"tags": {"dr:application": ["shop", "mail"]}}, [1, 2, 3]),
        ({"applications": ["mail"]}, [3]),
        ({"waves": ["1"]}, [1]),
        ({"waves": ["1", 2]}, [1, 2, 3]),
        ({"waves": ["default"]}, [4]),
        ({"source_server_ids": [server_id(4), server_id(1)]}, [1, 4]),
        ({"source_server_ids": [server_id(1)], "waves": ["1"]}, [1]),
        ({"tags": None, "applications": None, "waves": []}, [1, 2, 3, 4]),
    ],
)
def test_selection(selection, chosen):
    servers = [
        server(1, app="shop", wave="1"),
        server(2, app="shop", wave="2"),
        server(3, app="mail", wave="2"),
        server(4),
    ]
    plan = build(cell(servers), selection=selection)
    assert codes(plan) == []
    assert sorted(one for wave in order(plan) for one in wave) == [server_id(one) for one in chosen]
    assert len(plan["excluded"]) == 4 - len(chosen)


@pytest.mark.parametrize(
    ("selection", "code", "says"),
    [
        ({"tags": {"DR-Wav": "1"}}, "unknown_tag_key", "dr:wave"),
        ({"tags": {"dr:wave": "7"}}, "no_match", "none of 2 servers"),
        ({"applications": ["shopp"]}, "unknown_application", "shop"),
        ({"waves": ["7"]}, "unknown_wave", "there are 1, 2"),
        ({"source_server_ids": [server_id(9)]}, "unknown_id", server_id(9)),
        ({"source_server_ids": ["s-short"]}, "malformed_id", "s-short"),
        ({"source_server_ids": [server_id(1), server_id(1)]}, "duplicate_id", server_id(1)),
        ({"source_server_ids": [server_id(3)]}, "not_enabled", server_id(3)),
        ({"aplications": ["shop"]}, "invalid_option", "applications"),
    ],
)
def test_a_selection_that_is_wrong_is_an_error(selection, code, says):
    servers = [server(1, app="shop", wave="1"), server(2, app="shop", wave="2")]
    if code == "not_enabled":
        servers.append(server(3, **{"dr:enabled": "no"}))
    plan = build(cell(servers), selection=selection)
    assert code in codes(plan)
    assert says in next(item["message"] for item in plan["findings"] if item["code"] == code)


def test_no_match_is_accepted_only_where_it_is_meant():
    plan = build(cell([server(1, wave="1")]), selection={"tags": {"dr:wave": "7"}}, allow_empty=True)
    assert (codes(plan), codes(plan, "warning"), plan["waves"]) == ([], ["no_match"], [])
    assert codes(build(cell([]))) == ["no_match"]
    # a cell that was not read is not a cell without servers
    unread = cell(None, error={"code": "NoCredentials", "message": "none"})
    assert codes(build(unread)) == ["cell_unreadable"]
    partly = build(unread, cell([], "other.us-west-2", "333333333333"))
    (told,) = [one for one in partly["findings"] if one["code"] == "no_match"]
    assert told["severity"] == "error" and "Make the cells readable" in told["remedy"]
    assert "Loosen" not in told["remedy"]
    assert codes(build(cell([]), allow_empty="no")) == ["no_match"]


@pytest.mark.parametrize(
    ("expected", "wrong"), [(None, False), (2, False), ("2", False), (1, True), (0, True), (True, True)]
)
def test_the_expected_count(expected, wrong):
    assert codes(build(cell([server(1), server(2)]), expected_count=expected)) == ["unexpected_count"] * wrong


# -- servers that the request leaves out ------------------------------------------------------------------------------


def test_a_server_that_cannot_launch_is_left_out_with_the_reason():
    """Its state is no error of the plan any more, and the plan says who is missing and why."""
    fleet = [server(1), server(2, state="STOPPED"), server(3)]
    assert codes(build(cell(fleet))) == ["not_recoverable"]
    plan = build(cell(fleet), left_out={server_id(2): "agent lost, ticket 4711"}, expected_count=2)
    assert codes(plan) == [] and order(plan) == [[server_id(1), server_id(3)]]
    (out,) = plan["excluded"]
    assert (out["source_server_id"], out["reason_code"]) == (server_id(2), "left_out")
    assert out["name"] == "web-002" and out["reason"].endswith("agent lost, ticket 4711")


def test_whom_a_plan_leaves_out_and_why_is_part_of_its_hash():
    fleet = cell([server(1), server(2)])
    some = build(fleet, selection={"source_server_ids": [server_id(1)]})
    hashes = [build(fleet, left_out={server_id(2): why})["hash"] for why in ("a", "b", "a")]
    assert hashes[0] == hashes[2] != hashes[1] and some["hash"] not in hashes


@pytest.mark.parametrize(
    ("left_out", "errors", "warnings"),
    [
        ({server_id(9): "why"}, ["unknown_id"], []),
        ({server_id(2): "why"}, [], ["not_selected"]),
        ({server_id(1): "why"}, ["no_match"], []),
        ({}, [], []),
        (None, [], []),
    ],
)
def test_what_is_left_out_must_have_been_in(left_out, errors, warnings):
    plan = build(cell([server(1), server(2)]), selection={"source_server_ids": [server_id(1)]}, left_out=left_out)
    assert (codes(plan), codes(plan, "warning")) == (errors, warnings)


def test_an_id_that_may_be_in_a_cell_that_was_not_read_is_a_warning():
    lost = {"cell": "b.us-west-2", "account_id": "222222222222", "region": "us-west-2", "error": {"code": "x"}}
    assert "unknown_id" not in codes(build(cell([server(1)]), lost, left_out={server_id(9): "why"}))


def test_all_findings_are_listed_errors_first():
    servers = [server(1, state="STALLED", wave="1"), server(2, state="INITIAL_SYNC", wave="1"), server(3, wave="1")]
    live = {
        "source_server_id": server_id(3),
        "recovery_instance_id": "i-0123456789abcdef0",
        "is_drill": False,
        "failback": None,
    }
    plan = build(
        cell(servers, recovery_instances=[live]),
        cell([], "denied", "333333333333", error=DENIED),
        expected_count=7,
        policy={"max_failures": "many"},
        point_in_time="yesterday",
        limits={"servers_per_job": 0},
        tag_keys={"wav": "x"},
        replace_recovery_instance_ids=["i-1", "i-1"],
        selection={"source_server_ids": [server_id(1), server_id(2), server_id(3), server_id(4)]},
    )
    assert set(codes(plan)) == {
        "stale_data",
        "not_recoverable",
        "live_recovery_instance",
        "unexpected_count",
        "invalid_option",
        "invalid_point_in_time",
        "invalid_limit",
        "invalid_tag_key",
        "malformed_id",
        "duplicate_id",
        "unknown_id",
    }
    severities = [item["severity"] for item in plan["findings"]]
    assert severities == sorted(severities)
    assert plan["summary"]["errors"] == severities.count("error")
    assert all(item["remedy"] and item["message"] for item in plan["findings"])
    assert json.loads(json.dumps(plan)) == plan


@pytest.mark.parametrize("mode", ["failover", "", None])
def test_an_unknown_mode_is_an_error(mode):
    assert codes(build(cell([server(1)]), mode=mode)) == ["invalid_option"]


# -- cells that were not read ----------------------------------------------------------------------------------------


def test_a_cell_that_was_not_read_is_named_with_account_role_and_remedy():
    role = "arn:aws:iam::333333333333:role/Recovery"
    denied = cell([], "orders.us-west-2", "333333333333", error=DENIED, assume_role_arn=role)
    plan = build(cell([server(1)]), denied)
    assert (codes(plan), codes(plan, "warning")) == ([], ["cell_unreadable"])
    assert plan["coverage"] == "incomplete"
    assert plan["unknown_cells"] == [
        {"cell": "orders.us-west-2", "account_id": "333333333333", "region": "us-west-2", "error": DENIED}
    ]
    told = plan["findings"][0]
    for part in ("orders.us-west-2", "333333333333", role, "AccessDenied"):
        assert part in told["message"]
    assert told["remedy"] == "Check the trust."
    assert [(one["cell"], one["read"], one["servers"]) for one in plan["cells"]] == [
        ("orders.us-west-2", False, None),
        ("payments.us-west-2", True, 1),
    ]


def test_a_cell_without_a_list_of_servers_is_not_an_empty_one():
    plan = build(cell([server(1)]), cell(None, "orders.us-west-2", "333333333333"))
    assert plan["coverage"] == "incomplete"


def test_when_no_cell_was_read_nothing_is_planned_even_where_empty_is_allowed():
    plan = build(cell([], error=DENIED), allow_empty=True)
    assert "cell_unreadable" in codes(plan)
    assert codes(build())[0] == "no_cells"


def test_an_id_that_is_missing_may_be_in_a_cell_that_was_not_read():
    denied = cell([], "orders.us-west-2", "333333333333", error=DENIED)
    plan = build(cell([server(1)]), denied, selection={"source_server_ids": [server_id(9)]})
    assert "may be in one that was not" in next(
        one["message"] for one in plan["findings"] if one["code"] == "unknown_id"
    )


def test_the_same_account_and_region_twice_is_an_error_and_counts_once():
    plan = build(cell([server(1)]), cell([server(1)], "payments-again.us-west-2"))
    assert codes(plan) == ["duplicate_cell"]
    assert plan["summary"]["servers"] == 1


# -- every machine once ----------------------------------------------------------------------------------------------


def extended_pair(**tags):
    return server(1, STAGING, **tags), server(101, original=arn(1, STAGING), **tags)


@pytest.mark.parametrize(
    ("recover_in", "types", "kept", "left_out"),
    [
        ("target", ["staging"], 101, {1: "extended_copy_in_target"}),
        ("target", ["source", "staging"], 101, {1: "extended_copy_in_target"}),
        ("staging", ["staging"], 1, {101: "extended_copy_in_staging"}),
    ],
)
def test_an_extended_server_is_recovered_once(recover_in, types, kept, left_out):
    original, copy = extended_pair(wave="1")
    plan = build(cell([copy]), staging([original], account_types=types), policy={"recover_in": recover_in})
    assert plan["findings"] == []
    assert order(plan) == [[server_id(kept)]]
    assert reasons(plan) == {server_id(number): code for number, code in left_out.items()}


def test_a_staging_account_recovers_nothing_by_itself_and_says_so():
    plan = build(cell([server(5)]), staging([server(2, STAGING)]))
    assert order(plan) == [[server_id(5)]]
    assert (reasons(plan), codes(plan, "warning")) == ({server_id(2): "staging_account"}, ["staging_account"])
    both = build(cell([server(5)]), staging([server(2, STAGING)], account_types=["source", "staging"]))
    assert both["summary"]["servers"] == 2


def test_many_servers_in_staging_are_one_warning_with_their_number_and_extending_is_the_remedy():
    plan = build(staging([server(number, STAGING) for number in range(1, 41)]))
    assert (codes(plan), codes(plan, "warning")) == (["no_match"], ["staging_account"])
    none, told = plan["findings"]
    assert none["message"] == "every server that matches is left out, of 40 servers that were read: 40 staging_account"
    assert "Extend the server" in none["remedy"] and "Loosen" not in none["remedy"]
    assert told["message"].startswith("40 servers of ") and "not extended" in told["message"]
    assert told["details"]["source_server_ids"] == [server_id(number) for number in range(1, 41)]
    assert len(plan["excluded"]) == 40, "each one stands among those that are left out"


@pytest.mark.parametrize(("mode", "severity"), [("drill", "error"), ("recovery", "warning")])
def test_a_copy_without_the_tags_of_its_original_does_not_vanish_silently(mode, severity):
    original, copy = server(1, STAGING, wave="1"), server(101, original=arn(1, STAGING), wave="9")
    plan = build(
        cell([copy, server(5, wave="1")]), staging([original]), mode=mode, selection={"tags": {"dr:wave": "1"}}
    )
    assert codes(plan, severity) == ["extended_copy_not_selected"]
    assert server_id(101) in plan["findings"][0]["message"]


def test_an_extended_copy_whose_original_was_not_read_is_told_when_recovered_in_staging():
    plan = build(
        cell([server(101, original=arn(1, STAGING)), server(5)]),
        staging([], error=DENIED),
        policy={"recover_in": "staging"},
    )
    assert "staging_copy_not_read" in codes(plan)
    assert order(plan) == [[server_id(5)]]


def test_a_copy_asked_for_by_id_that_is_not_recovered_is_an_error():
    original, copy = extended_pair()
    plan = build(cell([copy]), staging([original]), selection={"source_server_ids": [server_id(1), server_id(101)]})
    assert codes(plan) == ["extended_copy_in_target"]


def test_one_original_is_not_recovered_in_two_targets():
    copies = [server(101, original=arn(1, STAGING)), server(102, account="333333333333", original=arn(1, STAGING))]
    plan = build(cell(copies[:1]), cell(copies[1:], "other.us-west-2", "333333333333"), mode="recovery")
    assert codes(plan) == ["extended_twice"]


def test_one_machine_is_not_recovered_from_two_source_servers():
    twins = [server(1, machine="i-0123456789abcdef0"), server(2, machine="i-0123456789abcdef0")]
    assert codes(build(cell(twins))) == ["same_machine_twice"]
    leftover = server(2, machine="i-0123456789abcdef0", state="DISCONNECTED", critical="no")
    assert codes(build(cell([twins[0], leftover]), mode="recovery")) == []


def hosted(number, host, name="shop-01", **more):
    return {**server(number, name=name, machine="i-%017d" % number, **more), "hostname": host}


def test_a_machine_and_its_copy_are_not_launched_together_unasked():
    """After a failback, say: the original has an agent again, and so has the machine that was launched in its place."""
    pair = [hosted(1, "shop-01"), hosted(2, "shop-01")]
    plan = build(cell(pair))
    assert codes(plan) == ["same_name_twice"]
    (told,) = [one["message"] for one in plan["findings"] if one["code"] == "same_name_twice"]
    assert "shop-01" in told and "%s of i-00000000000000001" % server_id(1) in told and server_id(2) in told
    disaster = build(cell(pair), mode="recovery")
    assert (codes(disaster), codes(disaster, "warning")) == ([], ["same_name_twice"])
    assert disaster["summary"]["servers"] == 2
    assert codes(build(cell(pair), left_out={server_id(1): "retired"})) == []


@pytest.mark.parametrize(
    "other",
    [
        hosted(2, "ip-10-0-0-2"),
        hosted(2, "shop-01", "shop-02"),
        {**hosted(2, "shop-01"), "origin_region": "eu-west-1"},
        {**hosted(2, "shop-01"), "instance_id": None, "replication": {"state": "DISCONNECTED"}},
    ],
    ids=["host", "name", "region", "record"],
)
def test_one_thing_in_common_makes_no_copy(other):
    assert "same_name_twice" not in codes(build(cell([hosted(1, "shop-01"), other]), mode="recovery"), "warning")


def test_equal_names_are_not_one_server():
    plan = build(
        cell([server(1, name="web"), server(2, name="web")]), cell([server(1, STAGING, name="web")], "b", STAGING)
    )
    assert plan["summary"]["servers"] == 3


# -- guards ----------------------------------------------------------------------------------------------------------


def live(number, **changes):
    return {
        "source_server_id": server_id(number),
        "recovery_instance_id": "i-%017d" % number,
        "is_drill": False,
        "ec2_instance_state": "RUNNING",
        "failback": {"state": "FAILBACK_NOT_STARTED"},
        "job_id": "drsjob-00000000000000001",
        **changes,
    }


@pytest.mark.parametrize("mode", ["drill", "recovery"])
def test_a_live_recovery_of_a_selected_server_refuses_the_plan(mode):
    plan = build(cell([server(1, wave="1"), server(2, wave="2")], recovery_instances=[live(1)]), mode=mode)
    assert codes(plan) == ["live_recovery_instance"]
    other = build(
        cell([server(1, wave="1"), server(2, wave="2")], recovery_instances=[live(1)]),
        mode=mode,
        selection={"waves": ["2"]},
    )
    assert codes(other) == []


def test_recovery_instances_that_were_not_read_refuse_the_plan():
    assert codes(build(cell([server(1)], recovery_instances=None))) == ["recovery_instances_unread"]


def test_a_typed_id_replaces_a_live_recovery_and_one_that_is_gone_is_only_told():
    plan = build(
        cell([server(1)], recovery_instances=[live(1)]),
        mode="recovery",
        replace_recovery_instance_ids=["i-%017d" % 1, "i-%017d" % 2],
    )
    assert (codes(plan), sorted(codes(plan, "warning"))) == ([], ["recovery_instance_replaced", "unknown_id"])
    assert plan["waves"][0]["servers"][0]["warnings"] == ["recovery_instance_replaced"]


def test_what_the_same_run_launched_is_adopted():
    own = {
        "job_id": "drsjob-00000000000000001",
        "type": "LAUNCH",
        "active": True,
        "run_id": "run-1",
        "tags": {RUN_TAG: "run-1"},
        "servers": [{"source_server_id": server_id(1)}],
    }
    again = cell([server(1, state="DISCONNECTED")], recovery_instances=[live(1)], jobs=[own])
    assert codes(build(again, mode="recovery", run_id="run-1")) == []
    assert codes(build(again, mode="recovery", run_id="run-1"), "warning") == ["server_in_own_job"]
    assert set(codes(build(again, mode="recovery", run_id="run-2"))) == {
        "live_recovery_instance",
        "server_in_active_job",
        "not_recoverable",
    }
    assert "live_recovery_instance" in codes(build(again, mode="recovery"))


@pytest.mark.parametrize(
    ("mode", "critical", "policy", "severity"),
    [
        ("drill", "no", {"continue_on_failure": True}, "error"),
        ("recovery", "yes", {}, "error"),
        ("recovery", "no", {}, "warning"),
        ("recovery", "yes", {"continue_on_failure": True}, "warning"),
    ],
)
def test_a_server_that_cannot_launch_stops_a_recovery_only_where_its_gate_would(mode, critical, policy, severity):
    plan = build(cell([server(1, state="STOPPED", critical=critical), server(2)]), mode=mode, policy=policy)
    assert codes(plan, severity) == ["not_recoverable"]
    assert plan["summary"]["servers"] == 2


def test_old_data_is_planned_in_a_recovery_with_its_age():
    plan = build(cell([server(1, state="STALLED", lag="PT3H"), server(2, lag="PT1M")]), mode="recovery")
    by_id = {one["source_server_id"]: one for one in plan["waves"][0]["servers"]}
    assert by_id[server_id(1)]["predicted_rpo_seconds"] == 10800
    assert by_id[server_id(1)]["warnings"] == ["stale_data"]
    assert plan["summary"]["worst_predicted_rpo_seconds"] == 10800
    unknown = build(cell([server(1, state="STALLED"), server(2)]), mode="recovery")
    assert unknown["summary"]["worst_predicted_rpo_seconds"] is None


def test_servers_carry_the_objectives_of_their_tags():
    plan = build(cell([server(1, **{"dr:rpo": "15m", "dr:rto": "2h"}), server(2, **{"dr:rto": "soon"})]))
    told = [(one["rpo_seconds"], one["rto_seconds"]) for one in plan["waves"][0]["servers"]]
    assert told == [(900, 7200), (None, None)]


def test_a_point_in_time_beyond_the_objective_is_told():
    plan = build(cell([server(1, **{"dr:rpo": "15m"})]), point_in_time="2026-01-31T11:00:00Z")
    assert (plan["point_in_time"], codes(plan, "warning")) == ("2026-01-31T11:00:00Z", ["predicted_rpo"])
    assert codes(build(cell([server(1, **{"dr:rpo": "2h"})]), point_in_time="2026-01-31T11:00:00Z"), "warning") == []


def test_a_server_that_is_failing_back_refuses_the_plan():
    reversed_server = {**server(1), "replication_direction": "FAILBACK"}
    assert codes(build(cell([reversed_server]), mode="recovery")) == ["reversed_replication"]


def test_a_large_plan_is_made_quickly_and_named_completely():
    numbers = random.Random(1).sample(range(5000), 3000)
    plan = build(cell([server(number, wave=str(number % 5)) for number in numbers]))
    assert plan["summary"]["servers"] == 3000
    assert plan["summary"]["jobs"] == sum(-(-len(wave["servers"]) // 100) for wave in plan["waves"])
