"""Test the inventory of machines with `ansible-inventory` and `ansible-playbook` against the simulator."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.inventory import Answer, Inventory
from support.scenarios import SECRET, account, fleet

PAYMENTS, STAGING, SHOP, LARGE = "111111111111", "222222222222", "333333333333", "444444444444"
TEMPLATE = "{{ lookup('ansible.builtin.env', 'DRS_EXTERNAL_ID') }}"
ODD = {"team": "a, b: \"c\" 'd'", "evil": TEMPLATE, "Wave": "7", "DR-Application": "web shop", "dr:tier": TEMPLATE}
CELLS: dict[str, Any] = {
    "defaults": {"role_name": "DRSOrchestration", "external_id_env": "DRS_EXTERNAL_ID", "regions": ["us-west-2"]},
    "accounts": [
        {"account_id": PAYMENTS, "name": "payments", "types": ["target"]},
        {"account_id": STAGING, "name": "staging-a", "types": ["staging"], "extend_to": "payments"},
        {"account_id": SHOP, "name": "shop", "types": ["source"], "replicate_to": "staging-a"},
    ],
}


@pytest.fixture(scope="module")
def cloud(start_simulator: Callable[[Any], Any]) -> Any:
    """A target with 35 servers and the copies of 3 extended ones, a staging account, a source account."""
    accounts = [
        account(PAYMENTS, "payments"),
        account(STAGING, "staging-a", types=["staging"]),
        account(SHOP, "shop", types=["source"]),
        account(LARGE, "large"),
    ]
    fleets = [
        fleet(PAYMENTS, 35, "app-{n:02}", 2, tags={"dr:application": "payments", "dr:critical": "yes"}),
        fleet(STAGING, 3, "ext-{n:02}", 1, extend_to=PAYMENTS),
        fleet(STAGING, 3, "app-{n:02}", 3),
        fleet(LARGE, 230, "many-{n:03}"),
        {"account": PAYMENTS, "region": "us-west-2", "count": 1, "name": "odd", "tags": ODD, "state": "DISCONNECTED"},
    ]
    into = {"account": STAGING, "region": "us-west-2"}
    instances = [
        {
            "account": SHOP,
            "region": "us-west-2",
            "count": 33,
            "name": "node-{n:02}",
            "tags": {"DR-Enabled": "true", "DR-Wave": "5"},
            "servers": {"node-01": {"installed_into": into}, "node-02": {"tags": {"DR-Enabled": "no"}}},
        },
        {"account": SHOP, "region": "us-west-2", "count": 2, "name": "other-{n}", "tags": {}},
    ]
    return start_simulator({"accounts": accounts, "fleets": fleets, "instances": instances, "jobs": {"total": 600}})


@pytest.fixture
def inventory(cloud: Any, tmp_path: Path) -> Iterator[Inventory]:
    yield Inventory(cloud, tmp_path, {"DRS_EXTERNAL_ID": SECRET})
    cloud.faults.clear()
    cloud.deny_role(PAYMENTS, deny=False)


def machines_file(hosts: str = "source_servers", **options: Any) -> str:
    return yaml.safe_dump({"plugin": "resilience.drs.drs_instances", "hosts": hosts, **CELLS, **options})


def read(inventory: Inventory, hosts: str = "source_servers", *arguments: str, **options: Any) -> Answer:
    answer = inventory.list("drs_instances", machines_file(hosts, **options), *arguments)
    assert SECRET not in answer.output
    return answer


def text(value: Any) -> Any:
    """A value without the mark of ansible-inventory for text that is never a template."""
    if isinstance(value, dict):
        return (
            value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else {k: text(v) for k, v in value.items()}
        )
    return value


def test_source_servers_of_all_cells_with_their_groups(inventory):
    answer = read(inventory)
    groups = answer.groups
    # 35 + odd + 3 copies in the target, 3 originals without a copy and the agent of node-01 in staging
    assert len(answer.hosts) == 43
    assert len(groups["drs_instances"]) == len(groups["dr_source_servers"]) == 43
    assert len(groups["dr_account_payments"]) == len(groups["dr_cell_payments_us_west_2"]) == 39
    assert len(groups["dr_region_us_west_2"]) == 43
    assert len(groups["dr_wave_2"]) == len(groups["dr_critical"]) == len(groups["dr_application_payments"]) == 35
    assert groups["dr_extended"] == groups["dr_wave_1"] == ["ext-01", "ext-02", "ext-03"]
    assert groups["dr_agent_disconnected"] == groups["dr_replication_disconnected"] == ["odd"]
    assert len(groups["dr_agent_connected"]) == 42
    one = answer.hosts["app-20"]
    assert one["drs_arn"].startswith(f"arn:aws:drs:us-west-2:{PAYMENTS}:source-server/s-")
    assert (one["drs_wave"], one["drs_enabled"], one["drs_critical"], one["drs_tier"]) == ("2", True, True, None)
    assert (one["drs_account_name"], one["drs_cell"]) == ("payments", "payments.us-west-2")
    assert one["drs_readiness"] == "ready"
    assert "drs" not in one
    assert one["drs_unreadable_cells"] == []
    assert "ansible_host" not in one
    # one role and one list of servers for each cell; a source cell is not asked
    assert sorted(answer.actions) == ["drs:DescribeSourceServers"] * 2 + ["sts:AssumeRole"] * 2


def test_all_pages_are_read(inventory):
    answer = read(inventory, accounts=[{"account_id": LARGE}])
    assert len(answer.hosts) == len(answer.groups[f"dr_account_{LARGE}"]) == 230
    assert answer.actions == ["sts:AssumeRole"] + ["drs:DescribeSourceServers"] * 2


def test_machines_of_one_name_are_never_one_host(inventory):
    answer = read(inventory)
    arns = [one["drs_arn"] for one in answer.hosts.values()]
    assert len(set(arns)) == len(arns)
    twins = {name: one for name, one in answer.hosts.items() if one["drs_name"] == "app-01"}
    assert len(twins) == 2
    plain, other = twins["app-01"], next(one for name, one in twins.items() if name != "app-01")
    assert next(name for name in twins if name != "app-01") == f"app-01-{other['drs_source_server_id']}"
    assert {plain["drs_account_name"], other["drs_account_name"]} == {"payments", "staging-a"}
    assert (plain["drs_same_name"], other["drs_same_name"]) == ([other["drs_arn"]], [plain["drs_arn"]])
    assert "drs_same_name" not in answer.hosts["app-20"]
    assert "3 names are shared by several machines" in answer.output


def test_text_of_tags_is_data_whatever_it_holds(inventory):
    answer = read(inventory, details=True)
    odd = answer.hosts["odd"]
    assert text(odd["drs"]["tags"]) == ODD
    assert answer.hosts["app-20"]["drs"]["lag_seconds"] == 0
    assert odd["drs"]["tags"]["evil"] == {"__ansible_unsafe": TEMPLATE}
    assert text(odd["drs_tier"]) == TEMPLATE
    # both spellings, and a name that a group can have
    assert (odd["drs_wave"], odd["drs_application"]) == ("7", "web shop")
    assert answer.groups["dr_wave_7"] == answer.groups["dr_application_web_shop"] == ["odd"]
    play = inventory.directory / "play.yml"
    play.write_text(
        "- hosts: odd\n  gather_facts: false\n  connection: local\n  tasks:\n"
        "    - ansible.builtin.debug: {msg: \"{{ drs_tier }}|{{ drs.tags.evil }}|{{ drs.tags['team'] }}\"}\n",
        encoding="utf-8",
    )
    result = inventory.run("ansible-playbook", "-i", inventory.directory / "drs_instances.yml", play)
    assert result.returncode == 0, result.stdout + result.stderr
    assert SECRET not in result.stdout + result.stderr
    assert TEMPLATE in result.stdout


def test_constructed_features_on_top(inventory):
    answer = read(
        inventory,
        # what compose, groups and keyed_groups know is more than what the hosts have
        compose={"loud": "drs_name | upper", "told": "drs.tags['evil'] | default('none')"},
        groups={"weak": "drs_agent_state == 'disconnected'", "loudest": "loud == 'APP-20'"},
        keyed_groups=[{"key": "drs.tags['team'] | default('nobody')", "prefix": "team"}],
        strict=True,
    )
    assert answer.groups["weak"] == ["odd"]
    assert answer.groups["loudest"] == ["app-20"]
    assert len(answer.groups["team_nobody"]) == 42
    assert text(answer.hosts["odd"]["told"]) == TEMPLATE
    assert "drs" not in answer.hosts["odd"]


def test_selection_by_tags_in_every_spelling_and_own_keys(inventory):
    assert set(read(inventory, tags={"application": ["web shop", "nothing"]}).hosts) == {"odd"}
    assert set(read(inventory, tags={"wave": 1, "enabled": True}).hosts) == {"ext-01", "ext-02", "ext-03"}
    answer = read(inventory, tag_keys={"role": ["team"]}, tags={"application": "web shop"})
    assert text(answer.hosts["odd"]["drs_role"]) == ODD["team"]


def test_extended_servers_are_one_host_unless_both_are_asked_for(inventory):
    originals = read(inventory, extended="original", tags={"wave": 1})
    assert {one["drs_account_name"] for one in originals.hosts.values()} == {"staging-a"}
    assert len(originals.hosts) == 3
    assert len(read(inventory, extended="both", tags={"wave": 1}).hosts) == 6


def test_host_names_by_preference(inventory):
    answer = read(inventory, hostnames=["tag:team", "source_server_id"], tags={"wave": [1, 7]})
    odd = next(name for name, one in answer.hosts.items() if one["drs_name"] == "odd")
    assert odd == "a-b-c-d"
    assert sum(name.startswith("s-") for name in answer.hosts) == 3


def test_instances_say_whether_they_are_protected(cloud, inventory):
    answer = read(inventory, "instances", details=True)
    assert len(answer.hosts) == 35
    groups = answer.groups
    assert len(groups["dr_ec2_instances"]) == 35
    assert (groups["dr_agent_connected"], groups["dr_disabled"]) == (["node-01"], ["node-02"])
    assert len(groups["dr_agent_not_installed"]) == 34
    assert len(groups["dr_enabled"]) == 32
    assert len(groups["dr_state_running"]) == 35
    protected = answer.hosts["node-01"]
    assert protected["drs_arn"] == f"arn:aws:ec2:us-west-2:{SHOP}:instance/{protected['drs_instance_id']}"
    assert protected["drs_source_server_id"].startswith("s-")
    assert protected["drs"]["source_server_arn"].split(":")[4] == STAGING


def test_filters_are_asked_of_ec2(cloud, inventory):
    since = cloud.mark()
    answer = read(inventory, "instances", filters={"tag:Name": ["node-0*"]}, protection=False, connect_to="source")
    assert len(answer.hosts) == 9
    assert answer.actions == ["sts:AssumeRole", "ec2:DescribeInstances"]
    request = json.dumps(cloud.journal(since, action="DescribeInstances")[0]["request"])
    assert "tag:Name" in request and "instance-state-name" in request
    assert answer.groups["dr_agent_unknown"] == sorted(answer.hosts)
    assert answer.hosts["node-03"]["ansible_host"] == answer.hosts["node-03"]["drs_private_ip"]
    wanted = read(inventory, "instances", tags={"enabled": True})
    assert len(wanted.hosts) == 32


def test_recovery_instances_carry_the_tags_of_their_source_servers(cloud, inventory):
    drs = cloud.client("drs", PAYMENTS)
    servers = {
        one["sourceProperties"]["identificationHints"]["hostname"]: one["sourceServerID"]
        for one in drs.describe_source_servers(filters={}, maxResults=100)["items"]
    }
    drs.start_recovery(isDrill=True, sourceServers=[{"sourceServerID": servers[name]} for name in ("app-20", "app-21")])
    cloud.clock.advance(900)
    answer = read(inventory, "recovery_instances", connect_to="recovery")
    assert set(answer.hosts) == {"app-20", "app-21"}
    one = answer.hosts["app-20"]
    assert (one["drs_wave"], one["drs_application"]) == ("2", "payments")
    assert one["drs_source_server_id"] == servers["app-20"]
    assert one["ansible_host"] == one["drs_private_ip"]
    assert answer.groups["dr_drill"] == answer.groups["dr_state_running"] == ["app-20", "app-21"]
    assert one["drs_arn"].split(":")[5].startswith("recovery-instance/i-")

    source = read(inventory, connect_to="recovery", tags={"wave": [1, 2]})
    assert source.hosts["app-20"]["ansible_host"] == one["drs_private_ip"]
    # not recovered: never the source machine
    assert source.hosts["app-22"]["ansible_host"] == source.hosts["ext-01"]["ansible_host"] == "no-address.invalid"
    at_source = read(inventory, connect_to="source", tags={"wave": 2})
    assert at_source.hosts["app-20"]["ansible_host"] == at_source.hosts["app-20"]["drs_private_ip"]
    assert at_source.hosts["app-20"]["ansible_host"] != one["drs_private_ip"]


def test_files_of_source_servers_and_recovery_instances_never_merge_hosts(cloud, inventory):
    folder = inventory.directory / "both"
    folder.mkdir()
    (folder / "cells.drs_accounts.yml").write_text(
        yaml.safe_dump({"plugin": "resilience.drs.drs_accounts", **CELLS}), encoding="utf-8"
    )
    for number, hosts in enumerate(("source_servers", "instances")):
        (folder / f"{number}.drs_instances.yml").write_text(
            yaml.safe_dump(
                {
                    "plugin": "resilience.drs.drs_instances",
                    "hosts": hosts,
                    "cells_file": "cells.drs_accounts.yml",
                    "hostnames": ["tag:Name", "hostname"] if hosts == "instances" else ["name"],
                }
            ),
            encoding="utf-8",
        )
    result = inventory.run("ansible-inventory", "-i", folder, "--list")
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    hosts = data["_meta"]["hostvars"]
    # node-01 is an instance and a source server
    same = [name for name, one in hosts.items() if text(one.get("drs_name")) == "node-01"]
    assert len(same) == 2
    assert len({hosts[name]["drs_arn"] for name in same}) == 2
    assert {"payments.us-west-2", "staging-a.us-west-2", "shop.us-west-2"} <= set(hosts)
    assert data["drs_cells"]["hosts"] == ["payments.us-west-2", "staging-a.us-west-2", "shop.us-west-2"]


@pytest.mark.parametrize("on_error", ["warn", "ignore"])
def test_a_denied_cell_is_named_and_the_others_are_read(cloud, inventory, on_error):
    cloud.deny_role(PAYMENTS)
    answer = read(inventory, on_error=on_error)
    assert {one["drs_account_name"] for one in answer.hosts.values()} == {"staging-a"}
    # the originals stand for themselves where the copies cannot be seen
    assert len(answer.hosts) == 7
    (entry,) = answer.hosts["app-01"]["drs_unreadable_cells"]
    assert (entry["cell"], entry["kind"], entry["code"]) == ("payments.us-west-2", "source_servers", "AccessDenied")
    assert "assume_role_arn" in text(entry["remedy"])
    assert ("A cell cannot be read" in answer.output) is (on_error == "warn")
    data = answer.data["all"]
    assert data


def test_a_denied_cell_stops_the_run_where_that_is_wanted(cloud, inventory):
    cloud.deny_role(PAYMENTS)
    failed = inventory.fail("drs_instances", machines_file(on_error="fail"))
    assert "payments.us-west-2 (source_servers, account 111111111111" in failed
    assert "AccessDenied" in failed and "Compare `assume_role_arn`" in failed
    assert SECRET not in failed


def test_no_readable_cell_is_an_error_in_any_case(cloud, inventory):
    cloud.deny_role(PAYMENTS)
    accounts = [CELLS["accounts"][0]]
    assert "AccessDenied" in inventory.fail("drs_instances", machines_file(on_error="ignore", accounts=accounts))


def test_a_region_without_drs_is_named(inventory):
    accounts = [{**CELLS["accounts"][0], "regions": ["us-west-2", "eu-central-1"]}, *CELLS["accounts"][1:2]]
    answer = read(inventory, accounts=accounts)
    assert len(answer.hosts) == 43
    (entry,) = answer.hosts["odd"]["drs_unreadable_cells"]
    assert (entry["cell"], entry["code"]) == ("payments.eu-central-1", "UninitializedAccountException")
    assert "resilience.drs.setup" in text(entry["remedy"])


def test_a_missing_external_id_is_named_and_not_sent(inventory):
    inventory.environment["DRS_EXTERNAL_ID"] = None
    failed = inventory.fail("drs_instances", machines_file())
    assert "the external id of its role is not there" in failed
    inventory.environment["DRS_EXTERNAL_ID"] = SECRET
    cells = {**CELLS, "defaults": {**CELLS["defaults"], "external_id_env": "", "external_id_var": "vaulted"}}
    since = inventory.simulator.mark()
    answer = inventory.list("drs_instances", machines_file(**cells), "-e", f"vaulted={SECRET}")
    assert len(answer.hosts) == 43
    assert not [one for one in inventory.simulator.journal(since) if one["error"]]


def test_the_cache_answers_exactly_what_was_asked_by_whoever_asked(cloud, inventory):
    folder = inventory.directory / "cache"
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder)}
    first = read(inventory, **cache)
    assert first.actions
    again = read(inventory, "source_servers", "-v", **cache)
    assert again.actions == []
    assert again.data == first.data
    assert "machines are from the cache" in again.output
    # what only arranges the hosts needs no new answer
    other = read(inventory, **cache, tags={"wave": 1}, group_prefix="x_")
    assert (other.actions, other.groups["x_wave_1"]) == ([], ["ext-01", "ext-02", "ext-03"])
    # other cells, another Region, another kind
    fewer = read(inventory, **cache, accounts=CELLS["accounts"][:1])
    assert fewer.actions and len(fewer.hosts) == 39
    assert read(inventory, "instances", **cache).actions
    # another caller, who may not even be able to read this
    inventory.environment["AWS_ACCESS_KEY_ID"] = "somebody-else"
    failed = inventory.fail("drs_instances", machines_file(**cache))
    assert "cells that cannot be read" in failed
    del inventory.environment["AWS_ACCESS_KEY_ID"]
    # asked to read anew
    assert read(inventory, "source_servers", "--flush-cache", **cache).actions
    kept = "".join(file.read_text(encoding="utf-8") for file in folder.iterdir())
    assert SECRET not in kept and "simulated" not in kept and "DRSOrchestration" not in kept


def test_a_partial_answer_is_not_kept(cloud, inventory):
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(inventory.directory)}
    cloud.deny_role(PAYMENTS)
    assert len(read(inventory, **cache).hosts) == 7
    cloud.deny_role(PAYMENTS, deny=False)
    assert len(read(inventory, **cache).hosts) == 43


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tag_keys": {"weve": ["x"]}}, "invalid_tag_key"),
        ({"cells_file": "x.yml"}, "cells_file 'x.yml' cannot be used together with defaults, accounts"),
        ({"onerror": "warn"}, "onerror is not a known key. Did you mean 'on_error'?"),
        ({"hosts": "instances", "accounts": CELLS["accounts"][:1]}, "accounts of the type source; none is"),
    ],
)
def test_a_bad_file_is_one_error_with_the_fix(inventory, options, message):
    assert message in inventory.fail("drs_instances", machines_file(**options))
