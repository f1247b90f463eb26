# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ought to be protected and is not, over all cells."""

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs import machines, protection
from ansible_collections.resilience.drs.plugins.module_utils._drs.replication import normalise_server

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
    told = protection.report([cell("a"), cell("b", [server(1)])], [machine(1, TAGGED), machine(2, TAGGED)])
    assert names(told["unprotected"]) == ["m-2"]
    assert told["untagged"] == [] and told["coverage"] == "complete"


@pytest.mark.parametrize("state", ["DISCONNECTED", "STOPPED"])
def test_a_server_through_which_nothing_flows_protects_nothing(state):
    told = protection.report([cell("a", [server(1, state)])], [machine(1, TAGGED)])
    assert names(told["unprotected"]) == ["m-1"]


def test_protected_and_not_tagged():
    told = protection.report([cell("a", [server(1)])], [machine(1, {}), machine(3, {})])
    assert names(told["untagged"]) == ["m-1"] and told["unprotected"] == []


def test_what_drs_made_is_not_a_machine_to_protect():
    made = machine(1, {**TAGGED, machines.MANAGED_TAG: "drs.amazonaws.com"})
    assert protection.report([cell("a")], [made])["unprotected"] == []


def test_an_unreadable_cell_makes_coverage_unknown():
    told = protection.report([cell("a"), cell("b", error={"code": "AccessDenied"})], [machine(1, TAGGED)])
    assert told["coverage"] == "unknown" and told["unknown_cells"][0]["cell"] == "b"


def test_rows_and_csv_hold_the_same_and_no_formula():
    evil = server(1, **{"Name": '=HYPERLINK("http://example.com")', "dr:application": 'a,b\n"c"'})
    told = protection.report([cell("a", [evil])])
    (row,) = csv.DictReader(io.StringIO(protection.as_csv(told["servers"])))
    assert tuple(row) == protection.COLUMNS
    assert row["name"] == '\'=HYPERLINK("http://example.com")'
    assert row["application"] == 'a,b\n"c"'
    assert row["state"] == "CONTINUOUS" and row["readiness"] == "ready"
