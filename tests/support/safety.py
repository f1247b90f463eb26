"""Make the recovery instances, jobs and servers that the tests of the safety rules judge."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.resilience.drs.plugins.module_utils._drs.model.run_tags import RUN_TAG

SERVER_ID = "s-11111111111111111"
INSTANCE_ID = "i-0123456789abcdef0"
OTHER_ID = "i-0fedcba9876543210"
JOB_ID = "drsjob-11111111111111111"


def instance(**changes):
    return {
        "recovery_instance_id": INSTANCE_ID,
        "source_server_id": SERVER_ID,
        "account_id": "111111111111",
        "region": "us-west-2",
        "ec2_instance_id": INSTANCE_ID,
        "ec2_instance_state": "RUNNING",
        "is_drill": True,
        "job_id": JOB_ID,
        "failback": {"state": "FAILBACK_NOT_STARTED"},
        **changes,
    }


def job(**changes):
    return {
        "job_id": JOB_ID,
        "account_id": "111111111111",
        "region": "us-west-2",
        "initiated_by": "START_DRILL",
        "active": True,
        "type": "LAUNCH",
        "tags": {RUN_TAG: "run-1"},
        "servers": [{"source_server_id": SERVER_ID}],
        **changes,
    }


def codes(findings, severity="error"):
    return [item["code"] for item in findings if item["severity"] == severity]
