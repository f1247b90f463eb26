"""Test what to connect to after a run: instances and addresses in page, CSV and inventory."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import json

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import connect, model, run
from ansible_collections.resilience.drs.plugins.plugin_utils._report import bundle
from support import reports


def documents(cleaned=False):
    found = reports.documents(servers=8, failed=1, cleaned=cleaned)
    for wave in found["waves"]:
        for one in wave["servers"]:
            if one["outcome"] == "launched":
                one["private_ip"] = "10.0.0.%d" % int(one["source_server_id"][2:], 16)
                one["availability_zone"] = "us-west-2a"
    return found


def test_page_csv_and_inventory_name_every_instance_with_its_address(tmp_path):
    made = model.build({"generated_at": reports.NOW, "runs": [documents()]})
    files = bundle.report_files_of(made)
    rows = [one for one in csv.DictReader(files["report.csv"].decode().splitlines()) if one["outcome"] == "launched"]
    assert len(rows) == 7 and all(one["recovery_instance_id"] and one["private_ip"] for one in rows)
    page = files["index.html"].decode()
    (tmp_path / "inventory.json").write_bytes(files["inventory.json"])
    read = InventoryManager(DataLoader(), [str(tmp_path / "inventory.json")])
    hosts = {one.name: one.vars for one in read.get_hosts()}
    assert sorted(hosts) == sorted(one["name"] for one in rows)
    for one in rows:
        told = hosts[one["name"]]
        assert told["ansible_host"] == one["private_ip"] and told["ansible_host"] in page
        assert told["drs_recovery_instance_id"] == one["recovery_instance_id"] and one["recovery_instance_id"] in page
        assert told["drs_account_id"] == one["account_id"]
        assert told["drs_availability_zone"] == one["availability_zone"] == "us-west-2a"
    assert json.loads(files["report.json"])["files"]["inventory.json"]


def test_what_is_gone_or_has_no_address_is_not_connected_to():
    assert connect.inventory(run.run_of(documents(cleaned=True), {}))["all"]["hosts"] == {}
    found = documents()
    first = found["waves"][0]["servers"][0]
    first["private_ip"] = None
    hosts = connect.inventory(run.run_of(found, {}))["all"]["hosts"]
    assert len(hosts) == 6 and first["name"] not in hosts
    assert connect.inventory(None) == {"all": {"hosts": {}, "children": {}}}


def test_names_are_no_templates_no_ranges_and_no_doubles():
    found = documents()
    for wave, planned in zip(found["waves"], found["plan"]["waves"]):
        for one in [*wave["servers"], *planned["servers"]]:
            one.update(name="{{ lookup('pipe', 'id') }}[1:3]", application="{% raw %}")
    text = json.dumps(connect.inventory(run.run_of(found, {})))
    assert "{{" not in text and "{%" not in text and "[" not in text
    assert len(json.loads(text)["all"]["hosts"]) == 7
