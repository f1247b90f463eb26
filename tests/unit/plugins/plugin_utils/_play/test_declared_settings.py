"""Test that declared settings and their CSV are refused before a cell is asked, by the names that people typed."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
from ansible_collections.resilience.drs.plugins.plugin_utils._play import declared_settings

SERVER = "s-1111111111111111a"


def told(verb="launch_settings", **values):
    with pytest.raises(DrsError) as caught:
        declared_settings.check(verb, request.checked(verb, values))
    return caught.value.message


@pytest.fixture
def sheet(tmp_path):
    def write(*rows):
        path = tmp_path / "settings.csv"
        path.write_text("\n".join(("server,setting,value", *rows)) + "\n", encoding="utf-8")
        return str(path)

    return write


def test_a_mistake_in_the_csv_names_the_variable_the_file_and_the_line(sheet):
    path = sheet(f"{SERVER},copy_tags,true", f"{SERVER},right_sizing,none")
    assert told(csv=path) == f"launch_settings_csv: {path}, line 3: right_sizing: 'none' is none of NONE, BASIC, IN_AWS"


def test_a_csv_that_is_not_there_says_where_a_relative_path_begins(tmp_path):
    assert told(csv=str(tmp_path / "none.csv")) == (
        f"launch_settings_csv: there is no {tmp_path}/none.csv; relative paths begin where the command was typed"
    )


def test_a_value_of_the_csv_that_no_server_can_have_names_the_server_there(sheet):
    path = sheet(f"{SERVER},private_ip,10.1")
    text = told(csv=path, servers=[{"name": "web", "settings": {"copy_tags": True}}])
    assert text.startswith(f"launch_settings_csv: {path}, server {SERVER}.settings.private_ip: '10.1' is not")


def test_a_server_that_stands_in_both_is_told_by_both_names(sheet):
    path = sheet(f"{SERVER},copy_tags,true")
    text = told(csv=path, servers=[{"source_server_id": SERVER, "settings": {"copy_tags": True}}])
    assert text == f"launch_settings_csv: {path}, server {SERVER}: {SERVER} is also launch_settings_servers[0]"


@pytest.mark.parametrize(
    ("verb", "values", "named"),
    [
        (
            "launch_settings",
            {"groups": [{"settings": {"right_sizing": "none"}}]},
            "value of right_sizing must be one of",
        ),
        ("launch_settings", {"groups": [{"settings": {}}]}, "launch_settings_groups[0].settings: it sets nothing"),
        ("replication_settings", {"account": {"encryption": "x"}}, "replication_settings_account: "),
        ("replication_settings", {"account": {"pit_retention_days": 900}}, "replication_settings_account"),
        ("launch_actions", {"account": [{"name": "a", "order": 1}]}, "launch_actions_account"),
    ],
)
def test_every_verb_with_declared_settings_is_checked_before_any_cell(verb, values, named):
    assert named in told(verb, **values)


def test_what_is_good_passes_and_what_is_not_used_is_not_read(sheet):
    path = sheet(f"{SERVER},copy_tags,true")
    good = {"csv": path, "groups": [{"settings": {"copy_tags": "true", "security_group_ids": ["sg-11111111"]}}]}
    declared_settings.check("launch_settings", request.checked("launch_settings", good))
    for state in ("read", "restored"):
        values = request.checked("launch_settings", {"state": state, "csv": "/nowhere.csv"})
        declared_settings.check("launch_settings", values)
    declared_settings.check("status", request.checked("status", {}))
