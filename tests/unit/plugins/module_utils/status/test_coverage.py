"""Test the coverage report: machines that should be protected but are not."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.csv_text import csv_text
import csv
import io

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import render as display_render
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from ansible_collections.resilience.drs.plugins.module_utils._drs.status import coverage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.normalise import normalise_server

TAGGED = {"dr:enabled": "true", "dr:recovery-strategy": "drs"}


def machine(number, tags, cell="a.us-west-2"):
    item = {
        "InstanceId": f"i-{number:017d}",
        "State": {"Name": "running"},
        "Tags": [{"Key": key, "Value": value} for key, value in {"Name": f"m-{number}", **tags}.items()],
    }
    return machines.normalise(item, "111111111111", "us-west-2", cell)


def server(number, state="CONTINUOUS", cell="b.us-west-2", **tags):
    item = {
        "sourceServerID": f"s-{number:017d}",
        "arn": f"arn:aws:drs:us-west-2:222222222222:source-server/s-{number:017d}",
        "tags": {"Name": f"m-{number}", **tags},
        "sourceProperties": {"identificationHints": {"awsInstanceID": f"i-{number:017d}"}},
        "dataReplicationInfo": {"dataReplicationState": state},
    }
    return normalise_server(item, "222222222222", "us-west-2", cell=cell)


def cell(name, servers=(), error=None):
    return {
        "cell": name,
        "error": error,
        "source_servers": list(servers),
        "recovery_instances": [],
    }


def names(found):
    return [one["name"] for one in found]


def test_a_machine_is_protected_by_a_server_of_any_cell():
    told = coverage.report([cell("a"), cell("b", [server(1)])], [machine(1, TAGGED), machine(2, TAGGED)])
    assert names(told["unprotected"]) == ["m-2"]
    assert told["untagged"] == [] and told["coverage"] == "complete"


@pytest.mark.parametrize("state", ["DISCONNECTED", "STOPPED"])
def test_a_server_through_which_nothing_flows_protects_nothing(state):
    told = coverage.report([cell("a", [server(1, state)])], [machine(1, TAGGED)])
    assert names(told["unprotected"]) == ["m-1"]


def test_protected_and_not_tagged():
    told = coverage.report([cell("a", [server(1)])], [machine(1, {}), machine(3, {})])
    assert names(told["untagged"]) == ["m-1"] and told["unprotected"] == []


def test_what_drs_made_is_not_a_machine_to_protect():
    made = machine(1, {**TAGGED, machines.MANAGED_TAG: "drs.amazonaws.com"})
    assert coverage.report([cell("a")], [made])["unprotected"] == []


def test_an_unreadable_cell_makes_coverage_unknown():
    told = coverage.report([cell("a"), cell("b", error={"code": "AccessDenied"})], [machine(1, TAGGED)])
    assert told["coverage"] == "incomplete" and told["unknown_cells"][0]["cell"] == "b"


def test_rows_and_csv_hold_the_same_and_no_formula():
    evil = server(1, **{"Name": '=HYPERLINK("http://example.com")', "dr:application": 'a,b\n"c"'})
    told = coverage.report([cell("a", [evil])])
    (row,) = csv.DictReader(io.StringIO(csv_text(told["servers"], coverage.COLUMNS)))
    assert tuple(row) == coverage.COLUMNS
    assert row["name"] == '\'=HYPERLINK("http://example.com")'
    assert row["application"] == 'a,b\n"c"'
    assert row["state"] == "CONTINUOUS" and row["readiness"] == "ready"


# -- what to type next ---------------------------------------------------------------------------------------------


def away(number, home=("111111111111", "us-east-1"), direction="FAILOVER"):
    """A server of home, replicating into account 222222222222 in us-west-2."""
    return {
        **server(number),
        "origin_account_id": home[0],
        "origin_region": home[1],
        "replication_direction": direction,
    }


def instance(number, **more):
    return {
        "source_server_id": f"s-{number:017d}",
        "ec2_instance_state": "RUNNING",
        "is_drill": False,
        "origin_environment": "AWS",
        "pending_action": None,
        **more,
    }


def next_of(servers=(), instances=(), found=(), lost=()):
    cells = [{**cell("b", servers), "recovery_instances": list(instances)}, *lost]
    return coverage.next_step(cells, coverage.report(cells, found))


def test_what_serves_away_from_home_goes_before_agents_and_drills():
    bare, drill = [machine(9, TAGGED)], instance(2, is_drill=True)
    told = next_of([away(1), away(2)], [instance(1), drill], bare)
    assert told == {"playbook": "failback", "options": {}, "check": True}
    assert next_of([away(2)], [drill], bare)["playbook"] == "terminate"
    assert next_of([away(1)], [], bare)["playbook"] == "deploy_agents"
    assert next_of([away(1)]) == {"playbook": "drill", "options": {"recovery_plan_name": "my-drill"}, "check": True}


@pytest.mark.parametrize(
    ("of_jobs", "typed"),
    [
        ({"drsjob-1": "q4-1"}, {"terminate_run_id": "q4-1"}),
        ({"drsjob-1": "q4-2", "drsjob-2": "q4-1"}, {"terminate_run_id": "q4-1"}),
        ({"drsjob-1": None}, {"terminate_every_run": True}),
        ({}, {"terminate_every_run": True}),
    ],
)
def test_the_clean_up_that_comes_next_names_what_it_is_of(of_jobs, typed):
    """terminate without a run is refused, so the command that is printed must not be that one."""
    drills = [instance(n, is_drill=True, job_id=f"drsjob-{n}") for n in (1, 2)]
    jobs = [{"job_id": name, "run_id": run} for name, run in of_jobs.items()]
    cells = [{**cell("b", [away(1), away(2)]), "recovery_instances": drills, "jobs": jobs}]
    told = coverage.next_step(cells, coverage.report(cells, []))
    assert told == {"playbook": "terminate", "options": typed, "check": True}


@pytest.mark.parametrize("action", ["launch_for_failback", "finalise_failback"])
def test_what_is_on_its_way_home_goes_on_with_its_run(action):
    assert next_of([away(1)], [instance(1, pending_action=action)])["playbook"] == "runs"


@pytest.mark.parametrize(
    ("one", "more"),
    [
        (away(1), {"ec2_instance_state": "TERMINATED"}),
        (away(1, direction="FAILBACK"), {}),  # the machine that a failback has launched in the original cell
        (away(1, home=("222222222222", "us-west-2")), {}),  # nowhere to go: it never left
        (away(1, home=(None, None)), {}),
    ],
)
def test_what_has_no_way_home_is_not_sent_there(one, more):
    assert next_of([one], [instance(1, **more)])["playbook"] == "drill"


def test_a_machine_from_outside_aws_has_a_way_home():
    one = away(1, home=(None, None))
    assert next_of([one], [instance(1, origin_environment="ON_PREMISES")])["playbook"] == "failback"


def test_nothing_is_said_before_every_cell_is_read():
    lost = [cell("c", error={"code": "AccessDenied"})]
    told = next_of([away(1)], [instance(1)], [machine(9, TAGGED)], lost)
    assert told == {"playbook": "status", "options": {}, "check": False}


@pytest.mark.parametrize(
    "tags",
    [{"dr:enabled": "true", "dr:recovery-strategy": "DRS"}, {"dr:Enabled": "yes", "dr:recovery-strategy": "drs"}],
)
def test_a_machine_whose_tags_nearly_ask_for_protection_is_named(tags):
    told = coverage.report([cell("a", [server(1)])], [machine(1, TAGGED), machine(2, tags)])
    (one,) = [one for one in told["tag_findings"] if one["code"] == "tag_opt_in_near"]
    assert next(iter(tags)).split(":")[0] in one["message"] and told["unprotected"] == []
    page = display_render.render("status", {"cells": [cell("a", [server(1)])], **told})
    assert "Nearly tagged for recovery, and not in DRS" in page and one["message"][:40] in page
    # it is told once: neither as tagged for recovery, nor as one that is not
    assert "Tagged for recovery, but" not in page and "Without an agent" not in page and page.count("m-2") == 1


def test_what_is_neither_yes_nor_no_is_named_once_for_machine_and_server():
    odd = {"dr:critical": "perhaps"}
    told = coverage.report([cell("a", [server(1, **odd)])], [machine(1, {**TAGGED, **odd})])
    assert [one["code"] for one in told["tag_findings"]] == ["tag_unclear"]


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "dr:enabled=yes is missing, dr:recovery-strategy=drs is missing"),
        ({**TAGGED, "dr:enabled": "off"}, "dr:enabled=off is not yes"),
        ({**TAGGED, "dr:recovery-strategy": "backup"}, "dr:recovery-strategy=backup is not drs"),
        ({"DR-Enabled": "", "DRStrategy": "drs"}, "DR-Enabled=(empty) is not yes"),
    ],
)
def test_what_is_in_drs_and_not_tagged_for_it_is_told_with_its_tags(tags, why):
    told = coverage.report([cell("a", [server(1)])], [machine(1, tags)])
    assert told["untagged"][0]["why"] == why
    page = display_render.render("status", {"cells": [cell("a", [server(1)])], **told})
    assert "In DRS, but not tagged for recovery" in page and why in " ".join(page.split())


def test_machines_without_an_agent_are_listed_whatever_their_tags_say():
    found = [machine(1, TAGGED), machine(2, TAGGED), machine(3, {}), machine(4, {"dr:enabled": "no"})]
    gone = {**machine(5, {}), "state": "terminated"}
    told = coverage.report([cell("a", [server(1)])], [*found, gone])
    assert names(told["without_agent"]) == ["m-2", "m-3", "m-4"]
    page = display_render.render("status", {"cells": [cell("a", [server(1)])], **told})
    tagged, others = page.split("Without an agent, and not tagged for recovery:")
    assert "m-2 (i-00000000000000002) in a.us-west-2" in tagged and "m-2" not in others
    assert "m-3 (i-00000000000000003) in a.us-west-2: dr:enabled=yes is missing" in others and "m-4" in others


def launched(number, name, cell="a.us-west-2", **tags):
    """A machine that DRS has made, with the name of another one."""
    made = {**TAGGED, machines.MANAGED_TAG: "drs.amazonaws.com", "Name": name, **tags}
    return machine(number, made, cell)


def test_an_original_that_was_failed_back_from_is_retired_and_nobody_is_sent_to_it():
    # the server of m-1 protects the machine that was launched in its place
    home = {**server(7), "name": "m-1"}
    found = [machine(1, TAGGED), machine(2, {}), launched(7, "m-1")]
    told = coverage.report([cell("b", [home])], found)
    assert [(one["name"], one["instance_id"], one["replaced_by"]) for one in told["retired"]] == [
        ("m-1", "i-00000000000000001", "i-00000000000000007")
    ]
    assert told["unprotected"] == [] and names(told["without_agent"]) == ["m-2"] and told["untagged"] == []
    assert coverage.next_step([cell("b", [home])], told)["playbook"] == "drill"
    page = display_render.render("status", {"cells": [cell("b", [home])], **told})
    retired = " ".join(page.partition("Retired: failed back from, and no longer protected:")[2].split())
    assert retired.startswith("m-1 (i-00000000000000001) in a.us-west-2: i-00000000000000007 is protected in its place")


@pytest.mark.parametrize(
    ("made", "home"),
    [
        (launched(7, "m-1", "c.us-west-2"), server(7)),  # in another cell
        (launched(7, "m-8"), server(7)),  # of another name
        (machine(7, {**TAGGED, "Name": "m-1"}), server(7)),  # a machine of that name that DRS did not make
        (launched(7, "m-1"), server(7, "DISCONNECTED")),
        (launched(7, "m-1"), server(8)),  # a drill's recovery instance, which no server protects
    ],
)
def test_a_machine_is_not_retired_for_its_name_alone(made, home):
    told = coverage.report([cell("b", [{**home, "name": made["name"]}])], [machine(1, TAGGED), made])
    assert told["retired"] == [] and "i-00000000000000001" in [one["instance_id"] for one in told["unprotected"]]


# -- what stands in staging alone ----------------------------------------------------------------------------------


def test_what_is_not_extended_is_told_and_comes_before_a_drill():
    staging = {**cell("staging", [server(1), server(2), server(3, "DISCONNECTED"), server(4, **{"dr:enabled": "no"})])}
    copy = {**server(9), "extended": True, "staging_area": {"staging_source_server_arn": server(1)["arn"]}}
    cells = [{**staging, "extend_to": "target"}, {**cell("target", [copy]), "extend_to": None}]
    told = coverage.report(cells)
    assert told["not_extended"] == [{"cell": "staging", "extend_to": "target", "servers": ["m-2"]}]
    assert coverage.next_step(cells, told) == {"playbook": "extend", "options": {}, "check": True}
    page = display_render.render("status", {"cells": cells, **told})
    assert (
        "In staging, and not extended into the target:\n  1 server of staging, to be extended into target: m-2" in page
    )


def test_of_a_target_that_was_not_read_nothing_is_said_to_lack():
    lost = cell("target", error={"code": "AccessDenied"})
    assert coverage.report([{**cell("staging", [server(2)]), "extend_to": "target"}, lost])["not_extended"] == []
    assert coverage.report([cell("staging", [server(2)])])["not_extended"] == []


def test_a_fleet_that_was_not_read_is_not_one_of_no_servers():
    lost = [cell("a", error={"code": "NoCredentials"}), cell("b", error={"code": "NoCredentials"})]
    page = display_render.render("status", {"cells": lost})
    assert page.startswith("STATUS: 2 cells, none of them read\n") and "Total" not in page
    page = display_render.render("status", {"cells": [*lost, cell("c", [server(1)])]})
    assert page.startswith("STATUS: 3 cells, 1 source server, 2 not read\n")
