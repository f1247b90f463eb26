"""The verbs that protect servers: agents, extension, launch and replication settings, actions, tags, set-up."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs import keys
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.verbs.option import ONCE, Option, Verb


def _everything(values: Mapping[str, Any]) -> bool:
    return values.get("state") == "present" and not values.get("selection")


def _one_choice(values: Mapping[str, Any]) -> None:
    if values["instance_ids"] and values["filter_tags"]:
        text = "agent_deploy_instance_ids and agent_deploy_filter_tags: machines are named by one of them, not by both"
        raise DrsError("invalid_option", text)


AGENT_DEPLOY = Verb(
    "agent_deploy",
    "agent_deploy",
    (
        Option("id"),
        Option("filter_tags", "dict", {}, filled=True),
        keys.tag_keys(ONCE),
        Option("instance_ids", "list", [], elements="str", filled=True),
        Option("waves", "list", [], elements="str", filled=True),
        Option("allow_empty", "bool", False),
        Option("expected_count", "int", check=keys.not_negative),
        Option("allow", "list", [], elements="str", choices=("arm64", "auto_scaling")),
        Option("state", default="present", choices=("present", "latest")),
        Option("method", default="auto", choices=("auto", "aws_document", "shell", "document")),
        Option("document_name"),
        Option("devices", "list", [], elements="str"),
        Option("proxy"),
        Option("endpoint"),
        Option("s3_endpoint"),
        Option("output_bucket"),
        Option("node_credentials", "dict", {}),
        Option("tags", "dict", {}),
        Option("copy_tags", "bool", True),
        Option("max_concurrency", "int", 300, check=keys.at_least_one),
        Option("max_errors", default="25%", check=keys.share),
        Option("max_failures", default="25%", check=keys.share),
        keys.limits(ONCE),
        Option("explain", "bool", True),
        Option("look", default="before", choices=("before", "always", "never")),
        keys.seconds("delivery_timeout", 600, ONCE),
        keys.seconds("execution_timeout", 3600, ONCE),
        keys.seconds("expected_seconds", 180, ONCE),
        keys.seconds("poll_interval", 5, ONCE),
        keys.seconds("poll_interval_max", 30, ONCE),
        keys.seconds("heartbeat", 60, ONCE),
        keys.seconds("ready_timeout", 300, ONCE),
        keys.seconds("verify_timeout", 300, ONCE),
        keys.seconds("wave_timeout", 7200, ONCE),
        Option("wait_for", default="none", choices=("none", "initial_sync", "continuous")),
        keys.seconds("wait_for_timeout", 86400, ONCE),
        Option("extend", "bool", False),
        Option("fail_on", default="failed", choices=("never", "failed", "any")),
    ),
    check=_one_choice,
    uses={"server_extend": (), "history": ("result",), "notify": ("event",)},
    outputs=("agent_deploy_result",),
    selects="agent_deploy_filter_tags, such as {application: payments}, agent_deploy_instance_ids, agent_deploy_waves",
)

SERVER_EXTEND = Verb(
    "server_extend",
    "server_extend",
    (
        Option("state", default="present", choices=("present", "absent")),
        Option("staging_account_ids", "list", [], elements="str", check=keys.each_id("account")),
        Option("selection", "dict", {}, keys=keys.EXTEND_SELECTION, filled=True),
        Option("all", "bool", derive=_everything),
        Option("allow_empty", "bool", False),
        Option("deployment_id"),
        Option("copy_tags", "bool", True),
        Option("resource_tags", "dict", {}),
        keys.tag_keys(ONCE),
        keys.limits(ONCE),
        Option("preflight", default="enforce", choices=("enforce", "warn", "off")),
        Option("confirm_recovery_instance_ids", "list", [], elements="str", check=keys.each_id("recovery_instance")),
        Option("fail", "bool", True),
        Option("follow_arns", "list", elements="str"),
    ),
    entries=("main", "follow"),
    uses={"history": ("result",), "notify": ("event",)},
    outputs=("server_extend_result",),
    selects="server_extend_selection, by tags and source_servers, and server_extend_staging_account_ids",
)

LAUNCH_SETTINGS = Verb(
    "launch_settings",
    "launch_settings",
    (
        Option("state", default="present", choices=("present", "restored", "read")),
        Option("groups", "list", [], elements="dict", keys=keys.LAUNCH_GROUP),
        Option("servers", "list", [], elements="dict", keys=keys.LAUNCH_SERVER),
        Option("csv", "path", ""),
        Option("csv_out", "path", ""),
        keys.tag_keys(ONCE),
        Option("change_id", default=""),
        Option("force", "bool", False),
        Option("fail_on_drift", "bool", False),
        Option("fail", "bool", True),
    ),
    outputs=("launch_settings_result",),
    selects="launch_settings_groups and launch_settings_servers",
)

REPLICATION_SETTINGS = Verb(
    "replication_settings",
    "replication_settings",
    (
        Option("state", default="present", choices=("present", "restored")),
        Option("account", "dict", {}),
        Option("groups", "list", [], elements="dict", keys=keys.LAUNCH_GROUP),
        Option("servers", "list", [], elements="dict", keys=keys.LAUNCH_SERVER),
        keys.tag_keys(ONCE),
        Option("confirm_resync", "list", [], elements="str", by_command=True),
        Option("change_id", default=""),
        Option("force", "bool", False),
        Option("fail_on_drift", "bool", False),
        Option("fail", "bool", True),
    ),
    outputs=("replication_settings_result",),
    selects="replication_settings_account, replication_settings_groups and replication_settings_servers",
)

LAUNCH_ACTIONS = Verb(
    "launch_actions",
    "launch_actions",
    (
        Option("account", "list", [], elements="dict"),
        Option("groups", "list", [], elements="dict", keys=keys.ACTIONS_OF_GROUP),
        Option("servers", "list", [], elements="dict", keys=keys.ACTIONS_OF_SERVER),
        keys.tag_keys(ONCE),
        Option("purge", "bool", False),
        Option("fail_on_drift", "bool", False),
        Option("fail", "bool", True),
    ),
    outputs=("launch_actions_result",),
    selects="launch_actions_account, launch_actions_groups and launch_actions_servers",
)

TAG_SYNC = Verb(
    "tag_sync",
    "tag_sync",
    (
        Option("include", "list", ["*"], elements="str"),
        Option("exclude", "list", [], elements="str"),
        Option("purge", "bool", False),
        Option("fail", "bool", True),
    ),
    outputs=("tag_sync_result",),
    selects="nothing: it works on every server of the cells",
)

ACCOUNT_SETUP = Verb(
    "account_setup",
    "account_setup",
    (
        Option("bootstrap_role_name", default=""),
        Option("bootstrap_external_id", default=""),
        Option("controller_principals", "list", [], elements="str"),
        Option("role_name", shared="drs_assume_role_arn"),
        Option("clean_up_role_name", default="DRSCleanUp"),
        Option("clean_up_principals", "list", [], elements="str"),
        Option("clean_up_external_id", default=""),
        Option("max_session_seconds", "int", 3600),
        Option("account_stack", "bool", True),
        Option("trust_stacks", "bool", shared="account_setup_account_stack"),
        Option("home_region", default=""),
        Option("drift", "bool", True),
        Option("stack_sets", "list", [], elements="str"),
        Option("stack_set_region", default=""),
        Option("stack_set_call_as", default="SELF", choices=("SELF", "DELEGATED_ADMIN")),
        Option("export_dir", "path", ""),
        Option("stats", "bool", True),
        Option("service_roles", "bool", True),
        Option("key", "bool", True),
        Option("hub", "bool", False),
        Option("hub_region", shared="drs_run_store"),
        Option("table_name", default="resilience-drs-history"),
        Option("topic_name", default="resilience-drs"),
        Option("monitoring", "bool", False),
        Option("alarm_topic_arn", default=""),
        keys.seconds("alarm_lag_seconds", 3600, ONCE),
        Option("metrics_namespace", default="ResilienceDRS"),
        Option("stack_prefix", default="resilience-drs"),
        Option("tags", "dict", {}),
        Option("replication_template", "dict", {}),
        Option("launch_template", "dict", {}),
    ),
    outputs=("account_setup_result",),
    selects="nothing: it works on every cell",
)
