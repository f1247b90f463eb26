"""Test the classification of EC2, EBS, KMS and IAM errors at launch, each with a remedy."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.launch import LAUNCH
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_launch_failure

# a line each: the code expected| what the job log's raw error says
TABLE = Path(__file__).with_name("launch_messages.txt").read_text(encoding="utf-8")
MESSAGES = [tuple(line.split("| ", 1)) for line in TABLE.splitlines()]


@pytest.mark.parametrize(("code", "raw"), MESSAGES)
def test_a_message_has_its_class(code, raw):
    told = explain_launch_failure("LAUNCH_FAILED", raw)
    assert (told["code"], told["message"]) == (code, raw)


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("launch_key_pair", "recovery_retry_failed"),
        ("launch_key_pair", "`key_name`"),
        ("launch_profile", "`instance_profile`"),
        ("launch_placement", "`placement_group`"),
        ("launch_licence", "`tenancy`"),
        ("launch_disk", "`volumes`"),
        ("launch_tags", "`instance_tags`"),
        ("launch_kms", "`kms_key_id`"),
        ("launch_tags", "copy_tags"),
        ("launch_instance_type", "instance_type"),
        ("launch_address_in_use", "private_ip"),
        ("launch_subnet_invalid", "subnet_id"),
        ("launch_security_group", "security_group_ids"),
        ("launch_licence", "os_byol"),
        ("launch_snapshot", "recovery_point_in_time"),
        ("launch_capacity", "launch_settings_"),
    ],
)
def test_a_remedy_names_what_people_type(code, typed):
    assert typed in LAUNCH[code].remedy


def test_no_remedy_speaks_of_members_of_the_api_that_nobody_types():
    for code, entry in LAUNCH.items():
        for member in ("copyPrivateIp", "copyTags", "osByol", "`point_in_time:"):
            assert member not in entry.remedy, code
