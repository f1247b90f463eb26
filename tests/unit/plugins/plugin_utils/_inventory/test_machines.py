"""Test hosts made from records: unique names, groups, addresses, joins."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import machines as machine_hosts
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CellError
from hypothesis import given
from hypothesis import strategies as st

KEYS = tags.resolve_keys()


def record(number=1, account="111111111111", **more):
    one = {
        "arn": f"arn:aws:drs:us-west-2:{account}:source-server/s-{number:017}",
        "id": f"s-{number:017}",
        "name": f"web-{number}",
        "hostname": None,
        "cell": "payments.us-west-2",
        "account_id": account,
        "region": "us-west-2",
        "tags": {},
        "instance_id": f"i-{number:017}",
        "source_server_id": f"s-{number:017}",
        "recovery_instance_id": None,
        "private_ip": f"10.0.0.{number}",
        "replication_state": "CONTINUOUS",
        "agent_state": "connected",
        "state": None,
        "extended": False,
        "staging_arn": None,
        "details": {"managed_by_drs": False},
    }
    return {**one, **more}


def machines(*records):
    return machine_hosts.machines_of(records, {}, KEYS, {"111111111111": "payments"})


def named(*records, sources=None, taken=lambda name, arn: False):
    found = machines(*records)
    machine_hosts.named(found, machine_hosts.Names.check(sources), taken)
    return {one.record["arn"]: one for one in found}


def hosts(*records, **more):
    return [one.host for one in named(*records, **more).values()]


# -- names ------------------------------------------------------------------------------------------------------------
def test_the_later_of_two_has_its_id_as_a_suffix_whatever_the_order_of_answers():
    first, second = record(1, name="web"), record(2, name="web")
    assert hosts(first, second) == hosts(second, first) == ["web", f"web-{second['id']}"]
    found = named(first, second, record(3))
    assert found[first["arn"]].same_name == [second["arn"]]
    assert found[second["arn"]].same_name == [first["arn"]]
    assert found[record(3)["arn"]].same_name == []


@given(st.lists(st.sampled_from(["web", "web-s-00000000000000002", "a b", "a-b", "", "all", "localhost"]), max_size=12))
def test_every_machine_is_exactly_one_host(names):
    records = [record(number, name=name) for number, name in enumerate(names, 1)]
    found = hosts(*records)
    assert len(found) == len(set(found)) == len(records)
    assert not set(found) & machine_hosts.RESERVED


def test_a_thousand_machines_of_one_name_do_not_each_list_all_others():
    found = named(*(record(number, name="web") for number in range(1, 101)))
    assert {len(one.same_name) for one in found.values()} == {machine_hosts.SAME_NAMES}
    assert all(one.record["arn"] not in one.same_name for one in found.values())


def test_a_name_that_is_taken_elsewhere_is_not_used():
    assert hosts(record(1, name="web"), taken=lambda name, arn: name == "web") == ["web-s-00000000000000001"]


@pytest.mark.parametrize(
    ("sources", "more", "name"),
    [
        (None, {}, "web-1"),
        (None, {"name": None}, "s-00000000000000001"),
        (["tag:Fqdn", "hostname"], {"tags": {"Fqdn": "a.example.com"}}, "a.example.com"),
        (["tag:Fqdn", "hostname"], {"hostname": "ip-10-0-0-1"}, "ip-10-0-0-1"),
        (["hostname"], {}, "s-00000000000000001"),
        (["private_ip"], {}, "10.0.0.1"),
        (["name"], {"name": "web 1, (EU):*!&"}, "web-1-EU"),
        (["name"], {"name": "{{ evil }}"}, "evil"),
        (["name"], {"name": "日本"}, "s-00000000000000001"),
    ],
)
def test_names_by_preference_of_what_a_host_pattern_can_hold(sources, more, name):
    assert hosts(record(1, **more), sources=sources) == [name]


@pytest.mark.parametrize("value", ["name", [1], ["tag:"], ["nam"], ["{{ name }}"]])
def test_a_wrong_preference_is_refused(value):
    with pytest.raises(CellError, match="hostnames"):
        machine_hosts.Names.check(value)


# -- groups and variables ---------------------------------------------------------------------------------------------
def groups_of(one, prefix="dr_", kind="source_servers"):
    groups = machine_hosts.Groups(prefix, kind, KEYS)
    (machine,) = machines(one)
    return groups.of(machine, groups.values(one["tags"]))


@pytest.mark.parametrize(
    "own",
    [
        {"dr:enabled": "true", "dr:wave": "1", "dr:application": "pay", "dr:critical": "yes", "dr:tier": "db"},
        {"DR-Enabled": "Yes", "DR-Wave": " 1 ", "DR-Application": "pay", "DR-Critical": "1", "DR-Tier": "db"},
    ],
)
def test_groups_of_both_spellings(own):
    found = groups_of(record(1, tags=own))
    assert {"dr_enabled", "dr_wave_1", "dr_application_pay", "dr_critical", "dr_tier_db"} <= set(found)
    assert {"drs_instances", "dr_source_servers", "dr_account_payments", "dr_region_us_west_2"} <= set(found)
    assert {"dr_cell_payments_us_west_2", "dr_replication_continuous", "dr_agent_connected"} <= set(found)


def test_groups_only_of_what_is_known():
    found = groups_of(record(1, tags={"dr:wave": " ", "dr:enabled": "perhaps"}, replication_state=None))
    assert not [one for one in found if "wave" in one or "abled" in one or one.startswith("dr_state")]
    assert "dr_replication_unknown" in found
    assert "dr_disabled" in groups_of(record(1, tags={"dr:enabled": "no"}))
    assert "x_ec2_instances" in groups_of(record(1), prefix="x_", kind="instances")


def test_all_groups_are_known_before_a_machine_gets_its_name():
    groups = machine_hosts.Groups("dr_", "source_servers", KEYS)
    made = machines(record(1, tags={"dr:wave": "1"}), record(2, tags={"dr:wave": "2"}, name="dr_wave_1"))
    coming = groups.of_all(made)
    assert {"drs_instances", "dr_wave_1", "dr_wave_2"} <= coming
    machine_hosts.named(made, machine_hosts.Names.check(None), lambda name, _arn: name in coming)
    assert [one.host for one in made][1] == f"dr_wave_1-{made[1].record['id']}"


def test_values_that_a_group_name_cannot_tell_apart_are_reported():
    groups = machine_hosts.Groups("dr_", "source_servers", KEYS)
    for number, value in enumerate(["a b", "a-b", "ab"], 1):
        (machine,) = machines(record(number, tags={"dr:wave": value}))
        groups.of(machine, groups.values(machine.record["tags"]))
    assert groups.shared == {"dr_wave_a_b": {"a b", "a-b"}}


def test_variables_are_there_for_every_host():
    groups = machine_hosts.Groups("dr_", "source_servers", KEYS)
    (machine,) = machines(record(1, details={"lag_seconds": 0.0, "eta": None}))
    found = machine_hosts.variables(machine, groups.values({}))
    assert set(machine_hosts.HOST_VARS) - {"drs_same_name", "drs"} == set(found)
    assert found["drs_wave"] is None
    assert machine_hosts.details(machine) == {"tags": {}, "extended": False, "lag_seconds": 0.0}


# -- joins ------------------------------------------------------------------------------------------------------------
def test_an_instance_takes_over_the_original_and_not_its_copy():
    instance = record(1, arn="arn:aws:ec2:i", replication_state=None, agent_state="unknown", source_server_id=None)
    copy = record(7, account="222222222222", instance_id=instance["instance_id"], extended=True)
    original = record(8, account="333333333333", instance_id=instance["instance_id"])
    (found,) = machine_hosts.joined(
        "instances", {"instances": [instance], "source_servers": [copy, original]}, frozenset()
    )
    assert found["source_server_id"] == original["id"]
    assert found["details"]["source_server_arn"] == original["arn"]
    assert (found["arn"], found["agent_state"]) == ("arn:aws:ec2:i", "connected")


def test_only_where_everybody_was_asked_an_instance_has_no_agent():
    read = {"instances": [record(1, agent_state="unknown")]}
    assert machine_hosts.joined("instances", read, frozenset())[0]["agent_state"] == "unknown"
    sure = frozenset({"payments.us-west-2"})
    assert machine_hosts.joined("instances", read, sure)[0]["agent_state"] == "not_installed"


def test_what_drs_made_is_no_instance_to_protect():
    assert (
        machine_hosts.joined("instances", {"instances": [record(1, details={"managed_by_drs": True})]}, frozenset())
        == []
    )


def test_a_recovery_instance_without_its_source_server_keeps_its_own_name():
    instance = record(1, arn="x", name=None, source_server_id="s-gone", tags={"Name": "web", "dr:wave": "2"})
    (found,) = machine_hosts.joined("recovery_instances", {"recovery_instances": [instance]}, frozenset())
    assert (found["name"], found["tags"]["dr:wave"]) == ("web", "2")


def test_of_a_server_and_its_copy_one_is_left():
    original, other = record(1), record(2)
    copy = record(3, extended=True, staging_arn=original["arn"])
    lonely = record(4, extended=True, staging_arn="arn:of:an:unread:cell")
    everyone = [original, other, copy, lonely]
    assert machine_hosts.without_copies(everyone, "copy") == [other, copy, lonely]
    assert machine_hosts.without_copies(everyone, "original") == [original, other, lonely]
    assert machine_hosts.without_copies(everyone, "both") == everyone


# -- addresses --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "connect_to", "address"),
    [
        ("source_servers", "none", None),
        ("source_servers", "source", "10.0.0.1"),
        ("source_servers", "recovery", "10.9.9.9"),
        ("instances", "source", "10.0.0.1"),
        ("recovery_instances", "recovery", "10.0.0.1"),
        ("recovery_instances", "source", "10.9.9.9"),
    ],
)
def test_the_machine_that_is_connected_to(kind, connect_to, address):
    found = machines(record(1))
    other = record(1, private_ip="10.9.9.9")
    machine_hosts.addresses(found, kind, connect_to, {"source_servers": [other], "recovery_instances": [other]})
    assert found[0].address == address


def test_without_the_machine_that_is_meant_nothing_can_be_connected_to():
    found = machines(record(1), record(2, private_ip=None, source_server_id=None))
    machine_hosts.addresses(found, "source_servers", "recovery", {})
    assert {one.address for one in found} == {machine_hosts.NOWHERE}
    machine_hosts.addresses(found, "source_servers", "source", {})
    assert [one.address for one in found] == ["10.0.0.1", machine_hosts.NOWHERE]
