"""Test the costs of a cell at rest: what counts, what has no price, and what could be saved."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging import costs

ROOT = Path(__file__).resolve().parents[5]
PLACE = {"cell": "staging-a.us-west-2", "account_id": "111111111111", "region": "us-west-2"}
VALUES = {
    "server_hour": 1,
    "snapshot_gb_month": 2,
    "snapshot_change_percent": 10,
    "instance_hour": {"t3.small": 3},
    "disk_gb_month": {"gp2": 5, "gp3": 4},
    "disk_iops_month": {"gp3": 1},
    "disk_iops_free": {"gp3": 3000},
}
FILE = {"currency": "EXAMPLE", "hours_per_month": 10, "regions": {"default": VALUES}}


def server(number, state="CONTINUOUS", extended=False):
    return {"source_server_id": f"s-{number}", "extended": extended, "replication": {"state": state}}


def machine(number, name="Replication Server", state="running", disks=1):
    mapped = [{"DeviceName": f"/dev/sd{n}"} for n in range(disks + 1)]
    return {
        "InstanceId": f"i-{number}",
        "InstanceType": "t3.small",
        "State": {"Name": state},
        "Tags": [{"Key": "Name", "Value": f"AWS Elastic Disaster Recovery {name}"}],
        "RootDeviceName": "/dev/sd0",
        "BlockDeviceMappings": mapped,
    }


def volume(number, kind="gp3", size=100, holder="i-1", iops=3000):
    held = [{"InstanceId": holder}] if holder else []
    return {"VolumeId": f"vol-{number}", "VolumeType": kind, "Size": size, "Iops": iops, "Attachments": held}


def shot(number, of, size=100):
    return {"SnapshotId": f"snap-{number}", "VolumeId": f"vol-{of}", "VolumeSize": size}


def told(servers=(), instances=(), volumes=(), snapshots=(), recovery=(), given=None):
    described = {"servers": servers, "instances": instances, "volumes": volumes, "snapshots": snapshots}
    return costs.of_cell(PLACE, {**described, "recovery": recovery}, costs.prices(given or FILE, "us-west-2"))


def test_a_cell_of_everything():
    one = told([server(1), server(2)], [machine(1)], [volume(1), volume(2, iops=3500)], [shot(n, 1) for n in range(3)])
    assert one["servers"] == {"number": 2, "cost": 20}
    assert one["replication_servers"] == {"number": 1, "by_type": {"t3.small": 1}, "cost": 30}
    assert one["disks"] == [{"type": "gp3", "number": 2, "gb": 200, "cost": 200 * 4 + 500}]
    assert one["snapshots"] == {"number": 3, "volumes": 1, "gb": 120.0, "cost": 240}
    assert one["cost"] == 20 + 30 + 1300 + 240 and one["currency"] == "EXAMPLE"
    assert (one["unpriced"], one["savings"]) == ([], [])
    assert {key: one[key] for key in PLACE} == PLACE


def test_an_empty_cell_costs_nothing_and_lacks_no_price():
    one = told(given={"currency": "EXAMPLE", "regions": {}})
    assert (one["cost"], one["unpriced"], one["disks"], one["savings"]) == (0, [], [], [])


def test_copies_and_what_does_not_replicate_and_what_serves_a_recovery_are_left_out():
    servers = [server(1, extended=True), server(2, "STOPPED"), server(3, "DISCONNECTED")]
    machines = [machine(1), machine(2, "Conversion Server"), machine(3, state="stopped")]
    one = told(servers, machines, [volume(1)], recovery=["i-1"])
    assert (one["servers"]["number"], one["replication_servers"]["number"], one["disks"]) == (0, 0, [])


def test_what_has_no_price_is_named_and_in_no_sum():
    given = {"currency": "EXAMPLE", "hours_per_month": 10, "regions": {"default": {"server_hour": 1}}}
    one = told([server(1)], [machine(1)], [volume(1, "st1")], [shot(1, 1), shot(2, 1)], given=given)
    assert one["unpriced"] == [
        *("disk_gb_month.st1", "instance_hour.t3.small", "snapshot_change_percent", "snapshot_gb_month")
    ]
    assert one["cost"] == 10 and one["disks"][0]["cost"] is None and one["replication_servers"]["cost"] is None


def test_savings_are_named_with_their_ids_the_dearest_first():
    machines = [machine(1), machine(2, disks=0)]
    volumes = [volume(1, "gp2", 100, iops=300), volume(2, holder=None, size=50)]
    one = told([server(1, "STALLED"), server(2)], machines, volumes)
    assert [(saving["code"], saving["ids"], saving["cost"]) for saving in one["savings"]] == [
        ("disks_unattached", ["vol-2"], 200),
        ("disks_gp2", ["vol-1"], 100),
        ("replication_servers_idle", ["i-2"], 30),
        ("servers_held_up", ["s-1"], 10),
    ]
    assert all(saving["remedy"] for saving in one["savings"])


def test_gp2_that_is_not_dearer_is_no_saving_and_without_a_price_its_saving_is_unknown():
    dear = {**VALUES, "disk_gb_month": {"gp2": 4, "gp3": 4}}
    one = told(volumes=[volume(1, "gp2")], given={**FILE, "regions": {"default": dear}})
    assert one["savings"] == []
    none = {**VALUES, "disk_gb_month": {"gp2": 4}}
    one = told(volumes=[volume(1, "gp2")], given={**FILE, "regions": {"default": none}})
    assert [(saving["code"], saving["cost"]) for saving in one["savings"]] == [("disks_gp2", None)]
    fast = told(volumes=[volume(1, "gp2", 1000, iops=9000)])
    assert fast["savings"] == [], "the IOPS that gp3 would cost more outweigh it"


@pytest.mark.parametrize("order", [("default", "us-west-2"), ("us-west-2", "default")])
def test_the_prices_of_a_region_win_over_the_default_wherever_they_stand(order):
    both = {"default": VALUES, "us-west-2": {"server_hour": 9, "disk_gb_month": {"gp3": 8}}}
    found = costs.prices({**FILE, "regions": {name: both[name] for name in order}}, "us-west-2")
    assert (found["server_hour"], found["disk_gb_month"]) == (9, {"gp2": 5, "gp3": 8})
    other = costs.prices({**FILE, "regions": both}, "eu-west-1")
    assert (other["server_hour"], other["disk_gb_month"]) == (1, {"gp2": 5, "gp3": 4})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"currency": " "}, "prices.currency"),
        ({"hours_per_month": -1}, "prices.hours_per_month"),
        ({"regions": []}, "prices.regions"),
        ({"regions": {"default": {"server_hours": 1}}}, "prices.regions.default.server_hours"),
        ({"regions": {"default": {"server_hour": "1"}}}, "prices.regions.default.server_hour"),
        ({"regions": {"default": {"server_hour": True}}}, "prices.regions.default.server_hour"),
        ({"regions": {"default": {"server_hour": float("nan")}}}, "prices.regions.default.server_hour"),
        ({"regions": {"us-west-2": {"disk_gb_month": 3}}}, "prices.regions.us-west-2.disk_gb_month"),
        ({"regions": {"eu-west-1": {"disk_gb_month": {"gp3": None}}}}, "prices.regions.eu-west-1.disk_gb_month.gp3"),
        ({"price": 1}, "prices.price"),
    ],
)
def test_what_is_no_price_is_refused_by_its_name(change, named):
    with pytest.raises(DrsError) as caught:
        costs.prices({**FILE, **change}, "us-west-2")
    assert caught.value.code == "invalid_option" and named in caught.value.message


def test_the_example_is_a_price_file():
    given = yaml.safe_load((ROOT / "docs" / "examples" / "prices.yml").read_text(encoding="utf-8"))
    found = costs.prices(given, "us-west-2")
    assert found["currency"] == "EXAMPLE" and found["server_hour"] == 9.99
    assert set(costs.NUMBERS) | set(costs.TABLES) <= set(found)


def test_accounts_are_the_sums_of_their_cells_and_a_cell_that_was_not_priced_is_in_none():
    west = told([server(1)], [machine(1)], [volume(1), volume(2, holder="")], [shot(1, 1)])
    east = {**told([server(2), server(3)]), "cell": "staging-a.us-east-2", "region": "us-east-2"}
    other = {**told([server(4)], given={"currency": "EXAMPLE", "regions": {}}), "account_id": "222222222222"}
    lost = {"cell": "lost.us-west-2", "account_id": "333333333333", "error": {"code": "AccessDenied"}, "more": 1}
    fleet = costs.by_account([other, east, lost, west])
    assert [(one["account_id"], one["servers"], one["cost"]) for one in fleet["accounts"]] == [
        ("111111111111", 3, west["cost"] + east["cost"]),
        ("222222222222", 1, 0),
    ]
    assert fleet["accounts"][0]["cells"] == ["staging-a.us-east-2", "staging-a.us-west-2"]
    assert fleet["accounts"][0]["disks_gb"] == 200 and fleet["accounts"][0]["replication_servers"] == 1
    assert (fleet["cost"], fleet["currency"], fleet["unpriced"]) == (
        west["cost"] + east["cost"],
        "EXAMPLE",
        ["server_hour"],
    )
    assert [(one["cell"], one["code"]) for one in fleet["savings"]] == [("staging-a.us-west-2", "disks_unattached")]
    assert fleet["saving"] == fleet["savings"][0]["cost"] == 400
    assert fleet["unread"] == [
        {"cell": "lost.us-west-2", "account_id": "333333333333", "error": {"code": "AccessDenied"}}
    ]


def test_no_cell_that_could_be_priced_is_no_cost_and_no_currency():
    fleet = costs.by_account([{"cell": "a", "account_id": None, "error": {"code": "x"}}])
    assert (fleet["cost"], fleet["currency"], fleet["accounts"]) == (0, None, []) and len(fleet["unread"]) == 1
