"""Which drill instances a termination by tags means, whatever became of their servers since."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.orchestration import drilled, matching

WAVE = {"tags": {"DR-Wave": "1"}}


def server(number, cell="a", **more):
    return {
        "source_server_id": "s-%017d" % number,
        "arn": "arn:aws:drs:%s:%d" % (cell, number),
        "name": "web-%d" % number,
        "account_id": "111111111111",
        "region": "us-west-2",
        "tags": {"DR-Wave": "1"},
        "replication": {"state": "CONTINUOUS"},
        **more,
    }


def machine(number, **more):
    named = {"recovery_instance_id": "i-%017d" % number, "ec2_instance_id": "i-%017d" % number, "tags": {}}
    place = {"source_server_id": "s-%017d" % number, "account_id": "111111111111", "region": "us-west-2"}
    return {**place, **named, "ec2_instance_state": "RUNNING", "is_drill": True, "job_id": "drsjob-1", **more}


def cell(servers, instances, name="a", jobs=(), **more):
    place = {"cell": name, "account_id": "1" * 11 + name.translate({97: "1", 98: "2"}), "region": "us-west-2"}
    return {
        **place,
        "error": None,
        "source_servers": list(servers),
        "recovery_instances": list(instances),
        "jobs": list(jobs),
        **more,
    }


def ids(found):
    return [int(one["recovery_instance_id"][2:]) for one in matching.drill_instances(found)]


def record(number, **more):
    return outcomes.server_entry(
        outcomes.LAUNCHED, {**server(number), "cell": "a"}, recovery_instance_id="i-%017d" % number, **more
    )


@pytest.mark.parametrize(
    "since",
    [
        {"tags": {"DR-Wave": "1", "DR-Enabled": "false"}},
        {"tags": {"DR-Wave": "1", "DR-Enabled": "no", "DR-Application": "x"}},
        {"replication": {"state": "DISCONNECTED"}},
        {"replication": {"state": "STOPPED"}},
    ],
)
def test_what_keeps_a_server_from_a_launch_leaves_no_machine_standing(since):
    found = drilled.found([cell([server(1, **since), server(2)], [machine(1), machine(2)])], WAVE, False)
    assert ids(found) == [1, 2] and not found["doubtful"]
    assert not [one for one in found["findings"] if one["severity"] == "error"]


@pytest.mark.parametrize("tags", [{"DR-Wave": "2"}, {}, {"Name": "renamed"}])
def test_a_server_that_was_tagged_otherwise_since_is_found_by_the_run_that_launched_it(tags):
    cells = [cell([server(1, tags=tags), server(2)], [machine(1), machine(2)])]
    assert ids(drilled.found(cells, WAVE, False)) == [2]
    assert ids(drilled.found(cells, WAVE, False, [record(1), record(2)])) == [1, 2]
    # a newer machine of the same server is another drill's
    newer = [cell([server(1, tags=tags), server(2)], [machine(1, recovery_instance_id="i-9"), machine(2)])]
    assert ids(drilled.found(newer, WAVE, False, [record(1)])) == [2]


def test_a_machine_tells_by_its_own_tags_what_it_was_launched_for():
    cells = [cell([server(1, tags={"DR-Wave": "2"})], [machine(1, tags={"DR-Wave": "1"})])]
    assert ids(drilled.found(cells, WAVE, False)) == [1]


def test_a_server_that_was_deleted_since_leaves_its_machine_to_nobody():
    gone = [cell([server(2)], [machine(1), machine(2)])]
    found = drilled.found(gone, WAVE, False)
    assert ids(found) == [2]
    (one,) = found["doubtful"]
    assert (one["recovery_instance_id"], one["outcome"], one["error"]["code"]) == (
        "i-%017d" % 1,
        "unknown",
        "clean_up_incomplete",
    )
    by_record = drilled.found(gone, WAVE, False, [record(1)])
    assert ids(by_record) == [1, 2] and not by_record["doubtful"]
    by_tag = drilled.found([cell([server(2)], [machine(1, tags={"DR-Wave": "1"}), machine(2)])], WAVE, False)
    assert ids(by_tag) == [1, 2] and not by_tag["doubtful"]
    other = drilled.found([cell([server(2)], [machine(1, tags={"DR-Wave": "7"}), machine(2)])], WAVE, False)
    assert ids(other) == [2] and not other["doubtful"]
    by_id = drilled.found(gone, {"source_server_ids": ["s-%017d" % 1]}, False)
    assert ids(by_id) == [1] and not by_id["findings"]


def test_a_fleet_that_is_gone_altogether_is_no_slip_of_the_finger_while_its_machines_stand():
    cells = [cell([server(2, tags={"other": "x"})], [machine(1)])]
    found = drilled.found(cells, WAVE, False, [record(1)])
    assert ids(found) == [1] and not found["findings"]
    assert [one["code"] for one in drilled.found([cell([server(2)], [])], {"tags": {"Wave": "9"}}, False)["findings"]]


def test_a_termination_that_is_asked_for_again_is_about_the_servers_whose_machines_are_proven_to_be_gone():
    cells = [cell([server(1, tags={"other": "x"})], [])]
    found = drilled.found(cells, WAVE, False, [], [record(1), record(1), record(2)])
    assert not found["findings"] and not found["doubtful"] and ids(found) == []
    # one is there under other tags, one was deleted since
    assert [(one["name"], "tags" in one) for one in found["servers"]] == [("web-1", True), ("web-2", False)]
    # while servers match, an old proof adds none
    matching_now = drilled.found([cell([server(1), server(2)], [])], {"tags": {"DR-Wave": "1"}}, False, [], [record(3)])
    assert [one["name"] for one in matching_now["servers"]] == ["web-1", "web-2"]


def test_the_machine_in_another_cell_is_not_of_a_server_with_the_same_id():
    cells = [cell([server(1)], [machine(1)]), cell([server(1, "b", tags={"DR-Wave": "2"})], [machine(1)], "b")]
    found = drilled.found(cells, WAVE, False)
    assert [(one["cell"], one["recovery_instance_id"]) for one in matching.drill_instances(found)] == [
        ("a", "i-%017d" % 1)
    ]


def test_live_machines_are_never_among_them():
    cells = [cell([server(1), server(2, tags={})], [machine(1, is_drill=False), machine(2, is_drill=False)])]
    found = drilled.found(cells, WAVE, False, [record(1), record(2)])
    assert ids(found) == [] and len(found["instances"]) == 1


def test_a_machine_of_which_nobody_knows_whether_it_is_a_drill_is_shown_and_not_hidden():
    """The termination refuses it by name; left out here, it would pass for gone."""
    cells = [cell([server(1), server(2, tags={})], [machine(1, is_drill=None), machine(2, is_drill=None)])]
    assert ids(drilled.found(cells, WAVE, False)) == [1]
    assert ids(drilled.found(cells, WAVE, False, [record(2)])) == [1, 2]
    (one,) = drilled.found([cell([server(1)], [machine(3, is_drill=None)])], WAVE, False)["doubtful"]
    assert one["recovery_instance_id"] == "i-%017d" % 3


def test_the_copy_that_is_not_recovered_counts_only_where_its_machine_stands():
    original = server(1, "b")
    copy = server(2, extended=True, staging_area={"staging_source_server_arn": original["arn"]})
    cells = [cell([copy], [machine(2)]), cell([original], [], "b", account_types=["staging"])]
    assert [one["cell"] for one in drilled.found(cells, WAVE, False)["servers"]] == ["a"]
    cells[1]["recovery_instances"] = [machine(1)]
    assert ids(drilled.found(cells, WAVE, False)) == [2, 1]


def test_a_drill_that_is_being_launched_is_not_proven_to_be_gone():
    job = {
        "job_id": "drsjob-5",
        "type": "LAUNCH",
        "active": True,
        "initiated_by": "START_DRILL",
        "servers": [{"source_server_id": "s-%017d" % 1}],
    }
    (one,) = drilled.found([cell([server(1)], [], jobs=[job])], WAVE, False)["doubtful"]
    assert "drsjob-5 still launches it" in one["error"]["message"]
    for more in ({"active": False}, {"initiated_by": "START_RECOVERY"}, {"type": "TERMINATE"}):
        assert not drilled.found([cell([server(1)], [], jobs=[{**job, **more}])], WAVE, False)["doubtful"]


def test_a_machine_that_ec2_has_behind_drs_is_left_over():
    (one,) = drilled.forgotten(
        [record(1), record(2), record(3)], {"i-%017d" % 1: "running", "i-%017d" % 2: "terminated"}
    )
    assert one["source_server_id"] == "s-%017d" % 1 and "EC2 still has it, running" in one["error"]["message"]


@pytest.mark.parametrize(
    ("mode", "selection", "asked", "same"),
    [
        ("drill", {"tags": {"DR-Wave": "1"}}, WAVE, True),
        ("drill", {"tags": {"DR-Wave": 1, "DR-Application": "APP1"}}, WAVE, True),
        ("drill", {"tags": {"DR-Wave": ["1", "2"]}}, WAVE, False),
        ("drill", {"tags": {"DR-Wave": "1"}}, {"tags": {"DR-Wave": ["1", "2"]}}, True),
        ("drill", {"tags": {"DR-Wave": "1"}}, {"tags": {"DR-Wave": "1", "DR-Application": "APP1"}}, False),
        ("drill", {"applications": ["db"]}, {"applications": "db"}, True),
        ("drill", {"applications": ["db", "web"]}, {"applications": "db"}, False),
        ("drill", {}, WAVE, False),
        ("recovery", {"tags": {"DR-Wave": "1"}}, WAVE, False),
    ],
)
def test_a_run_was_asked_for_with_these_criteria_or_with_more(mode, selection, asked, same):
    assert drilled.asked_for({"mode": mode, "request": {"selection": selection}}, asked) is same
