"""Test copying tags of instances to the source servers of other accounts, against the simulator."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import tag_sync
from ansible_collections.resilience.drs.plugins.module_utils._drs.status.effects import cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from support.cells import Place, outcomes
from support.playbook import Controller
from support.scenarios import account, fleet

SHOP, TARGET, LOST = "111111111111", "222222222222", "444444444444"
HALL, MANY = "666666666666", "333333333333"
HERE, THERE = "us-west-2", "us-east-1"


def from_account(identity: str) -> dict[str, Any]:
    """The source machines of a fleet are instances of this account."""
    return {"origin": {"account": identity, "region": THERE}, "create_instances": True}


@pytest.fixture(scope="module")
def world(start_simulator):
    accounts = [
        account(SHOP, "shop", types=["source"], regions=[THERE]),
        account(TARGET, "target"),
        account(HALL, "hall", types=["source"], regions=[THERE]),
        account(MANY, "many"),
        account(LOST, "lost"),
    ]
    return start_simulator(
        {
            "accounts": accounts,
            "fleets": [
                fleet(TARGET, 3, "web-{n:02}", **from_account(SHOP)),
                fleet(TARGET, 1, "esx-{n:02}"),
                fleet(MANY, 1000, "bulk-{n:04}", **from_account(HALL)),
                fleet(LOST, 1, "far-{n:02}", **from_account("555555555555")),
            ],
        }
    )


class Syncer(Place):
    """A cell of source servers, and the machines of the cell that they come from."""

    def read(self, account: str = SHOP) -> list[dict[str, Any]]:
        """drs_cell_info in a source cell, of its machines alone."""
        source = Place(self.simulator, account, THERE).cell()
        return list(cell.everything(source, {"parts": [], "machines": True}, False)["machines"])

    def sync(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """drs_tag_sync with the machines of the source cell; every option may be given."""
        params = {key: spec.get("default") for key, spec in tag_sync.SYNC_SPEC.items()}
        whole = {**params, "machines": self.read(), **options}
        return tag_sync.synchronise(self.cell(), whole, check_mode)

    def tag_machine(self, instance_id: str, **tags: str) -> None:
        """Somebody tags the source machine."""
        listed = [{"Key": key.replace("__", ":"), "Value": value} for key, value in tags.items()]
        self.simulator.client("ec2", SHOP, THERE).create_tags(Resources=[instance_id], Tags=listed)

    def server(self, name: str) -> dict[str, Any]:
        """A source server as plain DRS shows it."""
        filters = {"sourceServerIDs": self.ids(name)}
        return dict(self.drs.describe_source_servers(filters=filters)["items"][0])


@pytest.fixture(scope="module")
def syncer(world):
    return Syncer(world, TARGET)


def instance_of(server):
    return server["sourceProperties"]["identificationHints"]["awsInstanceID"]


# In this order: a later test works with what an earlier one left.


def test_what_differs_is_written_and_then_nothing(syncer):
    web = syncer.server("web-01")
    syncer.tag_machine(instance_of(web), dr__wave="7", owner="shop", ExtendedFrom="nowhere")
    syncer.mark()
    planned = syncer.sync(include=["dr:*", "owner", "ExtendedFrom"], check_mode=True)
    assert outcomes(planned) == {"planned": 1, "unchanged": 2, "skipped": 1} and planned["changed"]
    assert syncer.mutations() == []
    done = syncer.sync(include=["dr:*", "owner", "ExtendedFrom"])
    (change,) = done["changes"]
    assert change["write"] == {"dr:wave": "7", "owner": "shop"} and change["before"] == {"dr:wave": "1"}
    assert done["diff"] == planned["diff"]
    assert syncer.server("web-01")["tags"] == {**web["tags"], "dr:wave": "7", "owner": "shop"}
    again = syncer.sync(include=["dr:*", "owner", "ExtendedFrom"])
    assert not again["changed"] and again["changes"] == []
    assert syncer.mutations() == ["TagResource"]


def test_nothing_is_deleted_unless_asked_and_only_what_is_meant(syncer):
    arn = syncer.server("web-02")["arn"]
    syncer.drs.tag_resource(resourceArn=arn, tags={"dr:old": "1", "kept": "1", "ExtendedFrom": "x"})
    syncer.mark()
    assert not syncer.sync(include=["dr:*"])["changed"]
    with pytest.raises(DrsError) as refused:
        syncer.sync(purge=True)
    assert refused.value.code == "unfiltered_purge"
    done = syncer.sync(include=["dr:*", "Ext*"], purge=True)
    assert [one["delete"] for one in done["changes"]] == [["dr:old"]]
    assert set(syncer.server("web-02")["tags"]) >= {"kept", "ExtendedFrom"}
    assert syncer.mutations() == ["UntagResource"]


def test_one_server_that_cannot_be_tagged_does_not_stop_the_others(syncer):
    one, two = syncer.server("web-01"), syncer.server("web-03")
    syncer.tag_machine(instance_of(one), team="a")
    syncer.tag_machine(instance_of(two), team="b")
    syncer.drs.tag_resource(resourceArn=one["arn"], tags={f"full-{number:02}": "x" for number in range(47)})
    result = syncer.sync(include=["team"])
    found = {server["name"]: server for server in result["servers"]}
    assert found["web-01"]["outcome"] == "refused" and found["web-01"]["error"]["code"] == "too_many_tags"
    assert found["web-03"]["outcome"] == "applied" and syncer.server("web-03")["tags"]["team"] == "b"
    syncer.drs.untag_resource(resourceArn=one["arn"], tagKeys=[f"full-{number:02}" for number in range(47)])
    syncer.simulator.faults.add("deny", service="drs", action="TagResource", account=TARGET)
    assert outcomes(syncer.sync(include=["team"]))["failed"] == 1
    syncer.simulator.faults.clear()


def test_machines_are_looked_for_where_drs_says_they_are(syncer):
    elsewhere = [{**one, "account_id": "555555555555", "tags": {"dr:wave": "9"}} for one in syncer.read()]
    result = syncer.sync(machines=elsewhere)
    codes = [one["error"]["code"] for one in result["servers"] if one["error"]]
    assert codes == ["source_instance_not_read"] * 4 and not result["changed"]


def test_a_thousand_servers_at_rest_take_five_reads_at_the_most_and_no_write(world):
    many = Syncer(world, MANY)
    source = Place(world, HALL, THERE)
    result = many.sync(include=["dr:*"], machines=many.read(HALL))
    assert outcomes(result) == {"unchanged": 1000} and not result["changed"]
    reads = [one["action"] for place in (many, source) for one in place.calls() if one["action"] != "AssumeRole"]
    assert many.mutations() == [] and source.mutations() == []
    assert len(reads) <= 5, reads


def test_the_playbook_over_three_cells_of_which_one_has_sources_nobody_reads(world, tmp_path):
    controller = Controller(world, tmp_path / "controller", [SHOP, TARGET, LOST])
    mark = world.mark()
    run = controller.run("sync_tags", {"tag_sync_include": ["team", "dr:*"]})
    assert run.rc == 0, run.output
    found = {one["name"]: one for one in run.fact("tag_sync_result")["servers"]}
    assert found["web-01"]["outcome"] == "applied" and found["esx-01"]["outcome"] == "skipped"
    assert found["far-01"]["error"]["code"] == "source_instance_not_read" and "far-01" in run.output
    assert "team=a" in run.output and world.mutations(mark) == ["drs:TagResource"]
