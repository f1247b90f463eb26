"""Test replication settings as code against the simulator: applied once, undone, refused, and by the playbook."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support.cells import outcomes
from support.launch_settings import Network
from support.playbook import Controller
from support.replication_settings import Keeper
from support.scenarios import account, fleet

HERE, THERE, PLAYED = "130000000001", "130000000002", "130000000003"
KEY = "arn:aws:kms:us-west-2:130000000001:key/11111111-1111-1111-1111-111111111111"


@pytest.fixture(scope="module")
def world(start_simulator):
    accounts = [account(HERE), account(THERE), account(PLAYED)]
    payments = {"dr:application": "payments"}
    return start_simulator(
        {
            "accounts": accounts,
            "fleets": [
                fleet(HERE, 2, "db-{n:02}", tags=payments),
                fleet(HERE, 1, "web-{n:02}", tags={"dr:application": "shop"}),
                fleet(THERE, 1, "far-{n:02}", tags=payments, extend_to=HERE),
                fleet(PLAYED, 2, "app-{n:02}", tags=payments),
            ],
            "staging_roles": [{"staging": THERE, "target": HERE}],
        }
    )


def codes(result):
    """The error code of each server of a result by name."""
    return {one["name"]: one["error"]["code"] for one in [*result["servers"], *result["templates"]] if one["error"]}


def test_settings_are_written_once_taken_back_once_and_copy_disks_only_by_name(world):
    keeper = Keeper(world, HERE)
    network = Network(keeper)
    one, two, web = keeper.ids("db-01", "db-02", "web-01")
    keeper.make_template(network.first, network.group)
    before = [keeper.configuration(each) for each in (one, two, web)], keeper.template()
    device = before[0][0]["replicatedDisks"][0]["deviceName"]
    disk = {"device": device, "type": "GP3", "iops": 4000, "throughput": 250}
    declared = (
        {
            "applications": ["payments"],
            "settings": {"staging_area_subnet_id": network.second, "bandwidth_throttling": 80},
        },
        {"name": "db-01", "settings": {"disks": [disk], "bandwidth_throttling": 100}},
    )
    told = {
        "account": {"pit_retention_days": 14, "staging_area_tags": {"cost": "dr", "owner": "x"}},
        "change_id": "c-1",
    }
    keeper.mark()
    planned = keeper.keep(*declared, **told, check_mode=True)
    assert keeper.mutations() == [] and planned["changed"] and outcomes(planned) == {"planned": 3}
    done = keeper.keep(*declared, **told)
    assert len(done["extended"]) == 1
    assert outcomes(done) == {"applied": 3} and [each["outcome"] for each in done["templates"]] == ["applied"]
    assert done["drift"] == planned["drift"] and done["diff"] == planned["diff"]
    writes = ["TagResource"] * 4 + ["UpdateReplicationConfiguration"] * 3 + ["UpdateReplicationConfigurationTemplate"]
    assert sorted(keeper.mutations()) == writes
    impacts = {row["setting"]: row["impact"] for row in done["drift"] if row["source_server_id"] == one}
    assert impacts["staging_area_subnet_id"] == impacts["pit_retention_days"] == "pause" and impacts["disks"] == "none"
    now = keeper.configuration(one)
    assert now["replicatedDisks"][0] == {
        **before[0][0]["replicatedDisks"][0],
        "stagingDiskType": "GP3",
        "iops": 4000,
        "throughput": 250,
    }
    assert now["replicatedDisks"][1:] == before[0][0]["replicatedDisks"][1:]
    assert now["bandwidthThrottling"] == 100 and keeper.configuration(two)["bandwidthThrottling"] == 80
    assert keeper.template()["stagingAreaTags"] == {"cost": "dr", "owner": "x"}
    keeper.mark()
    again = keeper.keep(*declared, **told)
    assert outcomes(again) == {"unchanged": 3} and not again["changed"] and keeper.mutations() == []

    # another encryption copies the disks again, and only where somebody has said so
    encrypted = {"applications": ["payments"], "settings": {"ebs_encryption": "CUSTOM", "ebs_encryption_key_arn": KEY}}
    refused = keeper.keep(encrypted, change_id="c-2", confirm_resync=["db-02"], check_mode=True)
    assert codes(refused) == {"db-01": "resync_unconfirmed"} and keeper.mutations() == []
    assert {each["name"] for each in refused["resync"]} == {"db-01", "db-02"}
    assert outcomes(keeper.keep(encrypted, change_id="c-2", confirm_resync=["db-02"])) == {"applied": 1, "refused": 1}
    assert keeper.configuration(two)["ebsEncryptionKeyArn"] == KEY

    # the newest change of each is taken back; what somebody changed since only by force
    keeper.drs.update_replication_configuration(sourceServerID=web, bandwidthThrottling=7)
    keeper.drs.update_replication_configuration(
        sourceServerID=web,
        pitPolicy=[{**rule, "retentionDuration": 30} if rule["units"] == "DAY" else rule for rule in now["pitPolicy"]],
    )
    keeper.mark()
    assert outcomes(keeper.restore("c-1", check_mode=True)) == {"planned": 1, "refused": 1}
    assert keeper.mutations() == []
    back = keeper.restore("c-1")
    assert codes(back) == {"web-01": "replication_settings_changed_since"}
    assert outcomes(keeper.restore("c-1", force=True)) == {"applied": 1}
    assert outcomes(keeper.restore("c-2")) == {"refused": 1}
    assert outcomes(keeper.restore("c-2", confirm_resync=[two])) == {"applied": 1}
    assert outcomes(keeper.restore("c-1")) == {}
    assert keeper.template() == before[1]
    assert keeper.configuration(one) == before[0][0]
    assert not any(
        tag.startswith("resilience-drs:")
        for each in keeper.drs.describe_source_servers()["items"]
        for tag in each["tags"]
    )


def test_the_playbook_writes_once_says_what_it_did_and_fails_for_what_is_refused(world, tmp_path):
    keeper = Keeper(world, PLAYED)
    network = Network(keeper)
    keeper.make_template(network.first, network.group)
    controller = Controller(world, tmp_path, [PLAYED])
    options = {
        "replication_settings_account": {"pit_retention_days": 14},
        "replication_settings_groups": [{"applications": ["payments"], "settings": {"ebs_encryption": "NONE"}}],
        "replication_settings_change_id": "first",
    }
    keeper.mark()
    refused = controller.run("replication_settings", options, check=True)
    assert refused.rc != 0 and keeper.mutations() == []
    result = refused.fact("replication_settings_result")
    assert {one["error"]["code"] for one in result["servers"]} == {"resync_unconfirmed"}
    for words in (
        "app-01",
        "replication_settings_confirm_resync",
        "ebs_encryption DEFAULT -> NONE (copies all disks again)",
    ):
        assert words in refused.output, refused.output
    confirmed = {**options, "replication_settings_confirm_resync": ["app-01", "app-02"]}
    done = controller.run("replication_settings", confirmed)
    assert done.rc == 0, done.output
    assert (
        len(keeper.mutations()) == 6 and "Change first" in done.output and "pit_retention_days 7 -> 14" in done.output
    )
    keeper.mark()
    still = controller.run("replication_settings", {**options, "replication_settings_fail_on_drift": True})
    assert still.rc == 0 and keeper.mutations() == [], still.output
