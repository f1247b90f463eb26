"""Test settings as CSV: every type in and out, mistakes by their line, what spreadsheets make of it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import settings_csv
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.launch_settings import SETTING_SPEC

ID = "s-" + "1" * 17
SETTINGS = {
    "subnet_id": "subnet-11111111",
    "security_group_ids": ["sg-11111111", "sg-22222222"],
    "copy_tags": False,
    "instance_tags": {"owner": '=me, "you"'},
    "volumes": [{"device": "/dev/sda1", "size": 100}],
    "tenancy": "host",
}


def servers(text):
    return settings_csv.servers_in(text, SETTING_SPEC)


def test_what_is_written_is_read_again():
    text = settings_csv.text_of([(ID, "=db", {**SETTINGS, "private_ip": None, "interfaces": []})])
    assert text.splitlines()[0] == "server,setting,value,name"
    assert "'=db" in text and "private_ip" not in text and "interfaces" not in text
    assert servers(text) == [{"source_server_id": ID, "settings": SETTINGS}]


def test_what_a_spreadsheet_makes_of_it_is_read():
    text = "\ufeffvalue;server;setting\r\nTRUE;db-01;copy_tags\r\n;;\r\nsg-11111111;db-01;security_group_ids\r\n\r\n"
    assert servers(text) == [{"name": "db-01", "settings": {"copy_tags": True, "security_group_ids": ["sg-11111111"]}}]
    assert servers("server,setting,value\ndb-01,private_ip,\n") == [{"name": "db-01", "settings": {"private_ip": ""}}]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("server,value", "line 1: no column setting"),
        ("", "line 1: no column server, setting, value"),
        ("server,setting,value\n,copy_tags,true", "line 2: server and setting must not be empty"),
        ("server,setting,value\n\ndb,copy_tag,true", "line 3: 'copy_tag' is no setting"),
        ("server,setting,value\ndb,copy_tags,maybe", "line 2: copy_tags: 'maybe' is neither true nor false"),
        ("server,setting,value\ndb,right_sizing,LARGE", "'LARGE' is none of NONE, BASIC, IN_AWS"),
        ("server,setting,value\ndb,copy_tags,true\ndb,copy_tags,true", "line 3: copy_tags of db is there twice"),
        ("server,setting,value\ndb,volumes,100", "line 2: volumes: it must be a list"),
        ("server,setting,value\ndb,volumes,[}", "line 2: volumes: '[}' is not JSON"),
        ('server,setting,value\ndb,volumes,"[{""size"": 1}]"', "device is missing"),
        ('server,setting,value\ndb,volumes,"[{""device"": ""a"", ""sise"": 1}]"', "sise; known are device"),
        ('server,setting,value\ndb,volumes,"[{""device"": ""a"", ""size"": ""1""}]"', "volumes.size: '1' is not"),
        ("server,setting,value\ndb,instance_tags,[]", "it must be a mapping"),
    ],
)
def test_a_mistake_is_named_by_its_line(lines, words):
    with pytest.raises(DrsError) as error:
        servers(lines)
    assert error.value.code == "invalid_option" and words in error.value.message
