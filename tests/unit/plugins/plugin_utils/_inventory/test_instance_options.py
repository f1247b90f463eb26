"""Test the options of drs_instances: what must be read for them, and refusals."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.cell_fields import CellError
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory.instance_options import (
    check_composed,
    check_options,
)


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ({"hosts": "source_servers"}, ["source_servers"]),
        ({"hosts": "source_servers", "connect_to": "source"}, ["source_servers"]),
        ({"hosts": "source_servers", "connect_to": "recovery"}, ["source_servers", "recovery_instances"]),
        ({"hosts": "instances"}, ["instances", "source_servers"]),
        ({"hosts": "instances", "protection": False, "connect_to": "source"}, ["instances"]),
        (
            {"hosts": "instances", "protection": False, "connect_to": "recovery"},
            ["instances", "source_servers", "recovery_instances"],
        ),
        ({"hosts": "recovery_instances", "connect_to": "recovery"}, ["recovery_instances", "source_servers"]),
    ],
)
def test_only_what_is_needed_is_read(options, kinds):
    assert check_options(options).kinds == kinds


def test_filters_of_ec2_from_filters_and_tags():
    options = check_options(
        {"hosts": "instances", "tags": {"enabled": True}, "filters": {"tag:Name": "a*", "ebs-optimized": True}}
    )
    assert options.filters == [
        {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]},
        {"Name": "tag-key", "Values": ["dr:enabled", "DR-Enabled", "DREnabled"]},
        {"Name": "tag:Name", "Values": ["a*"]},
        {"Name": "ebs-optimized", "Values": ["true"]},
    ]
    given = {"hosts": "instances", "filters": {"instance-state-name": ["terminated"]}}
    assert check_options(given).filters == [{"Name": "instance-state-name", "Values": ["terminated"]}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "hosts is missing"),
        ({"hosts": "servers"}, "hosts 'servers' is not valid. Did you mean 'source_servers'?"),
        ({"hosts": ["instances"]}, "hosts"),
        ({"connect_to": "target"}, "connect_to 'target' is not valid"),
        ({"on_error": True}, "on_error True is not valid"),
        ({"filters": {"a": "b"}}, "filters has no effect with 'hosts: source_servers'"),
        ({"protection": True}, "protection has no effect"),
        ({"hosts": "instances", "extended": "copy"}, "extended has no effect"),
        ({"hosts": "instances", "filters": ["a"]}, "filters must be a mapping"),
        ({"hosts": "instances", "filters": {"a": {}}}, "filters.a"),
        ({"hosts": "instances", "protection": "yes"}, "protection 'yes' must be true or false"),
        ({"details": "all"}, "details 'all' must be true or false"),
        ({"tags": "x"}, "tags must be a mapping"),
        ({"staging_account_ids": ["1"]}, "12 digits"),
        ({"staging_account_ids": [111111111111]}, "12 digits"),
        ({"max_workers": 0}, "max_workers 0 must be a number from 1 to 64"),
        ({"max_workers": True}, "max_workers"),
        ({"timeout": "5"}, "timeout '5' must be a number"),
        ({"group_prefix": "1-"}, "group_prefix '1-' cannot begin a group name"),
        ({"group_prefix": ""}, "group_prefix"),
    ],
)
def test_a_wrong_option_is_one_error(options, message):
    with pytest.raises(CellError) as caught:
        check_options({"hosts": "source_servers", **options} if options else {})
    assert message in str(caught.value)


def test_wrong_tag_keys_are_refused_with_the_code_of_the_catalogue():
    with pytest.raises(DrsError) as caught:
        check_options({"hosts": "instances", "tag_keys": {"weve": "x"}})
    assert caught.value.code == "invalid_tag_key"


def test_compose_may_not_falsify_a_host():
    check_composed(["ansible_host", "drs_mine"])
    with pytest.raises(CellError, match=r"compose\.drs_arn"):
        check_composed(["drs_arn"])
