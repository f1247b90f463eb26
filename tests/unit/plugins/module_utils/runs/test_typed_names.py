"""Test unknown variable names: refused with the closest valid form."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request, typed_names
from support.checkout import ROOT


def refused(verb, typed, **more):
    with pytest.raises(DrsError) as caught:
        typed_names.check(verb, typed, **more)
    return caught.value


DEPLOY = "agent_deploy has no selection by %s; it takes agent_deploy_filter_tags, such as {application: payments}"
# What people call things by themselves, and what the message names.
NATURAL = [
    ("recovery", "recovery_applications", "recovery_selection: {applications: [...]}"),
    ("recovery", "recovery_application", "recovery_selection: {applications: [...]}"),
    ("recovery", "recovery_app", "recovery_selection: {applications: [...]}"),
    ("recovery", "recovery_apps", "recovery_selection: {applications: [...]}"),
    ("recovery", "recovery_tags", "recovery_selection: {tags: {...}}"),
    ("recovery", "recovery_waves", "recovery_selection: {waves: [...]}"),
    ("recovery", "recovery_wave_names", "recovery_selection: {waves: [...]}"),
    ("recovery", "recovery_server_ids", "recovery_selection: {source_server_ids: [...]}"),
    ("recovery", "recovery_source_servers", "recovery_selection: {source_server_ids: [...]}"),
    ("recovery", "recovery_source_server_ids", "recovery_selection: {source_server_ids: [...]}"),
    ("recovery", "recovery_servers", "recovery_selection: {source_server_ids: [...]}"),
    ("recovery", "recovery_instances", "recovery_selection: {source_server_ids: [...]}"),
    ("recovery", "recovery_hosts", "recovery_selection: {source_server_ids: [...]}"),
    ("recovery", "recovery_max_failures", "recovery_policy: {max_failures: ...}"),
    ("recovery", "recovery_max_failure", "recovery_policy: {max_failures: ...}"),
    ("recovery", "recovery_continue_on_failure", "recovery_policy: {continue_on_failure: ...}"),
    ("recovery", "recovery_allow_stale", "recovery_policy: {allow_stale: ...}"),
    ("recovery", "recovery_max_lag", "recovery_policy: {max_lag_seconds: ...}"),
    ("recovery", "recovery_min_readiness", "recovery_policy: {min_readiness: ...}"),
    ("recovery", "recovery_concurrent_jobs", "recovery_limits: {concurrent_jobs: ...}"),
    ("recovery", "recovery_parallelism", "recovery_limits: {concurrent_jobs: ...}"),
    ("recovery", "recovery_max_servers_per_wave", "recovery_guardrails: {max_servers_per_wave: ...}"),
    ("recovery", "recovery_calendar", "recovery_guardrails: {calendar: ...}"),
    ("recovery", "recovery_rails", "recovery_guardrails"),
    ("recovery", "recovery_guard_rails", "recovery_guardrails"),
    ("recovery", "recovery_subnet_ids", "recovery_drill_network: {subnet_ids: [...]}"),
    ("recovery", "recovery_subnets", "recovery_drill_network: {subnet_ids: [...]}"),
    ("recovery", "recovery_network", "recovery_drill_network"),
    ("recovery", "recovery_tier", "recovery_selection: {tags: {...}}"),
    ("recovery", "recovery_run", "recovery_run_id"),
    ("recovery", "recovery_id", "recovery_run_id"),
    ("recovery", "recovery_name", "recovery_plan_name"),
    ("recovery", "recovery_pit", "recovery_point_in_time"),
    ("recovery", "recovery_poll", "recovery_poll_interval"),
    ("recovery", "recovery_table", "recovery_store: {table: ...}"),
    ("recovery", "recovery_dry_run", "type --check"),
    ("recovery", "recovery_plan", ""),
    ("recovery", "recovery_accounts", "drs_hosts"),
    ("recovery", "recovery_regions", "drs_hosts"),
    ("recovery", "recovery_selecton", "recovery_selection"),
    ("recovery", "recovery_planname", "recovery_plan_name"),
    ("recovery", "recovery_confirmation_text", "recovery_confirm"),
    ("recovery", "recovery_selection.applications", "recovery_selection: {applications: [...]}"),
    ("recovery", "recovery_selection[applications]", "recovery_selection: {applications: [...]}"),
    ("recovery", "recovery-applications", "recovery_selection: {applications: [...]}"),
    ("recovery", "Recovery_Applications", "recovery_selection: {applications: [...]}"),
    ("recovery", "recoveryApplications", "recovery_selection: {applications: [...]}"),
    ("recovery", "recovery.applications", "recovery_selection: {applications: [...]}"),
    ("recovery", "recovery_policy.max_failures", "recovery_policy: {max_failures: ...}"),
    ("recovery", "drill_applications", "recovery_selection: {applications: [...]}"),
    ("recovery", "failover_confirm", "recovery_confirm"),
    ("failback", "failback_tags", "failback_selection: {tags: {...}}"),
    ("failback", "failback_applications", "failback_selection: {applications: [...]}"),
    ("failback", "failback_max_failures", "failback_policy: {max_failures: ...}"),
    ("failback", "failback_servers", "failback_selection: {source_server_ids: [...]}"),
    ("failback", "failback_run-id", "failback_run_id"),
    (
        "agent_deploy",
        "agent_deploy_instances",
        DEPLOY % "instances",
    ),
    (
        "agent_deploy",
        "agent_deploy_applications",
        DEPLOY % "applications",
    ),
    ("agent_deploy", "agent_deploy_filter", "agent_deploy_filter_tags"),
    ("agent_deploy", "agent_deploy_concurrency", "agent_deploy_max_concurrency"),
    ("agent_deploy", "deploy_waves", "agent_deploy_waves"),
    ("agent_deploy", "agent_deploy_fail_onn", "agent_deploy_fail_on"),
    ("server_extend", "server_extend_tags", "server_extend_selection: {tags: {...}}"),
    ("server_extend", "server_extend_source_servers", "server_extend_selection: {source_servers: [...]}"),
    ("server_extend", "extend_staging_account_ids", "server_extend_staging_account_ids"),
    ("server_extend", "server_extend_selectoin", "server_extend_selection"),
    ("launch_settings", "launch_settings_applications", "launch_settings_groups: [{applications: [...]}]"),
    (
        "replication_settings",
        "replication_settings_applications",
        "replication_settings_groups: [{applications: [...]}]",
    ),
    ("tag_sync", "tag_sync_tags", "tag_sync has no selection by tags"),
    ("terminate", "terminate_applications", "terminate has no selection by applications; it takes terminate_run_id"),
    ("terminate", "terminate_tags", "terminate has no selection by tags; it takes terminate_run_id"),
    ("terminate", "terminate_waves", "terminate has no selection by waves"),
    ("terminate", "terminate_servers", "terminate has no selection by servers"),
    ("terminate", "terminate_selection", "terminate has no selection by selection"),
    ("terminate", "terminate_runid", "terminate_run_id"),
    ("terminate", "terminate_run", "terminate_run_id"),
    ("terminate", "terminate_id", "terminate_run_id"),
    ("terminate", "terminate_instance_ids", "terminate"),
    ("status", "status_applications", "status has no selection by applications"),
    ("readiness", "readiness_applications", "readiness has no selection by applications"),
    ("history", "history_days", ""),
    ("runs", "runs_run_id", "runs_id"),
    ("resume", "resume_id", "runs_id"),
    ("approve", "approve_gate", "runs_gate"),
    ("evidence", "evidence_pat", "evidence_path"),
    ("evidence", "evidence_folder", "evidence has no such option; it has evidence_path, evidence_manifest_sha256"),
    ("recovery", "recovery_approver", "there is runs_approver"),
    ("account_setup", "setup_hub", "account_setup_hub"),
    ("orchestrate", "orchestrate_inputs", "orchestrate_input"),
    ("recovery", "drs_run_stor", "drs_run_store"),
    ("recovery", "drs_guard_rails", "drs_guardrails"),
    ("recovery", "drs_host", "drs_hosts"),
    ("recovery", "drs_anything", "drs_hosts, drs_run_store"),
]


@pytest.mark.parametrize(("verb", "name", "words"), NATURAL, ids=[name for _verb, name, _words in NATURAL])
def test_a_name_that_nothing_reads_is_refused_with_the_nearest_form(verb, name, words):
    error = refused(verb, {name: "payments"})
    assert error.code in ("misspelt_variable", "internal_variable")
    assert name in error.message and words in error.message, error.message
    assert "Nothing was done" in error.message


@pytest.mark.parametrize("name", [name for _verb, name, _words in NATURAL if typed_names.role_of(name)])
def test_a_name_with_a_role_is_refused_whatever_is_run(name):
    assert name in refused("report", {name: "payments"}).message


def test_a_name_with_a_playbook_is_somebodys_own_where_that_playbook_does_not_run():
    assert typed_names.check("report", {"drill_applications": "x", "deploy_id": 1}) == ([], [])


def test_the_right_command_is_there_to_be_typed():
    error = refused("recovery", {"recovery_applications": "payments, ledger", "recovery_waves": 1})
    right = '{"recovery_selection": {"applications": ["payments", "ledger"], "waves": ["1"]}}'
    assert "Type it as -e '%s'." % right in error.remedy


def test_all_are_told_at_once_and_cleaned():
    error = refused("recovery", {"terminate_runid": 1, "recovery_run_ids": 2, "recovery_run_id\x1b[31m": 3})
    assert "terminate_runid" in error.message and "recovery_run_ids" in error.message
    assert "\x1b" not in error.message + error.remedy


@pytest.mark.parametrize("name", ["terminate", "my_recovery_run_idd", "drill_owner", "x", "awx_job_id"])
def test_variables_that_do_not_begin_as_ours_are_left_alone(name):
    assert typed_names.check("recovery", {name: 1}) == ([], [])


@pytest.mark.parametrize("own", [["recovery_ticket_url"], ["recovery_ticket_*"]])
def test_a_name_of_ones_own_is_declared(own):
    assert "drs_own_variables: [recovery_ticket_url]" in refused("recovery", {"recovery_ticket_url": "x"}).remedy
    assert typed_names.check("recovery", {"recovery_ticket_url": "x"}, own=own) == ([], [])


@pytest.mark.parametrize(
    "name",
    ["__recovery_resumed", "__failback_valid", "__runs_known", "__drs_x", "recovery_result", "status_cell"]
    + ["recovery_stage", "drs_cell_options", "recovery_plan", "evidence_checked"],
)
def test_what_only_the_collection_sets_is_refused_always(name):
    error = refused("recovery", {name: True}, own=[name, "*"])
    assert error.code == "internal_variable"
    assert name in error.message


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        ("recovery", "terminate_run_id"),
        ("recovery", "report_run_id"),
        ("recovery", "status_machines"),
        ("orchestrate", "recovery_selection"),
        ("orchestrate", "terminate_run_id"),
        ("orchestrate", "recovery_mode"),
        ("resume", "recovery_run_id"),
    ],
)
def test_what_a_verb_sets_in_the_roles_that_it_runs_is_not_typed(verb, name):
    error = refused(verb, {name: "x"}, values={"cleanup": True, "report_dir": "dr"})
    assert error.message.startswith("%s is set by %s itself" % (name, verb))


def test_a_role_that_does_not_run_here_may_run_in_another_play_of_the_command():
    told = typed_names.check("recovery", {"terminate_run_id": "d1"}, values={"cleanup": False})
    assert told.recognized == ["terminate_run_id"]


def test_a_drill_does_not_become_a_failover_by_a_variable():
    playbook = {"recovery_mode": "drill"}
    error = refused("recovery", {"recovery_mode": "recovery"}, playbook=playbook)
    assert "recovery_mode is drill in this playbook, and recovery was typed" in error.message
    assert typed_names.check("recovery", {"recovery_mode": "drill"}, playbook=playbook).recognized == ["recovery_mode"]
    assert typed_names.check("recovery", {"recovery_mode": "recovery"}).recognized == ["recovery_mode"]
    swept = {"terminate_expired_only": True}
    assert refused("terminate", {"terminate_expired_only": "false"}, playbook=swept).code == "internal_variable"


def test_a_value_with_blanks_is_named_and_shown_in_json():
    error = refused("recovery", {"recovery_confirm": "FAILOVER", "_raw_params": "payments 12 us-west-2"})
    assert "'payments 12 us-west-2', it is no name=value" in error.message
    assert "quotes" not in error.message, "the shell takes them off, so they were typed and did not help"
    assert """-e '{"recovery_confirm": "FAILOVER payments 12 us-west-2"}'""" in error.remedy
    assert "drs_own_variables" not in error.remedy, "words are no name of somebody's own"


def test_half_of_a_value_of_no_known_name_is_shown_in_json_as_well():
    error = refused("recovery", {"recovery_reason": "region", "_raw_params": "is lost"})
    assert """-e '{"NAME": "is lost"}'""" in error.remedy


def test_a_variable_of_a_role_that_does_not_run_is_told():
    told = typed_names.check("recovery", {"failback_confirm": "x", "history_ttl_days": 3})
    assert told.recognized == ["failback_confirm", "history_ttl_days"]
    assert told.warnings == ["failback_confirm is a variable of failback, which does not run here"]
    assert typed_names.check("recovery", {"failback_confirm": "x"}, played=["failback"]).warnings == []


def test_an_option_without_its_role_is_told():
    told = typed_names.check("recovery", {"applications": "payments"})
    assert told.warnings == [
        "applications was typed and is no option of recovery; it takes recovery_selection: {applications: [...]}"
    ]
    assert typed_names.check("recovery", {"applications": "payments"}, own=["applications"]).warnings == []


def test_the_inventory_is_warned_about_and_not_refused():
    told = typed_names.check_inventory(
        [
            "recovery_applications",
            "recovery_selection",
            "drs_run_stor",
            "drs_region",
            "status_cell",
            "recovery_own",
            "x",
        ],
        own=["recovery_own"],
    )
    assert told == [
        "inventory: nothing reads drs_run_stor; write drs_run_store",
        "inventory: nothing reads recovery_applications; write recovery_selection: {applications: [...]}",
    ]


@pytest.mark.parametrize("role", sorted(typed_names.roles()))
def test_every_option_of_every_role_is_known(role):
    for verb in typed_names.roles()[role]:
        names = {verb.variable(one.name): 1 for one in verb.options if not one.internal}
        names.update(dict.fromkeys(typed_names.SHARED, 1))
        assert len(typed_names.check(verb.name, names).recognized) == len(names) - len(typed_names.SHARED)


def test_the_shared_names_are_those_of_the_roles_and_of_the_inventory():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "roles").glob("*/*/main.yml"))
    for name in ("drs_run_store", "drs_guardrails", "drs_tag_keys"):
        assert name in text and name in typed_names.SETTINGS
    fields = (ROOT / "plugins/plugin_utils/_inventory/cell_fields.py").read_text(encoding="utf-8")
    known = {line.strip(' ",') for line in fields.splitlines() if line.strip().startswith('"drs_')}
    assert known and known <= set(typed_names.SHARED)


def test_what_people_are_asked_in_surveys_is_an_option():
    asked = []
    for path in (ROOT / "extensions/patterns/drs/vars").glob("*.yml"):
        asked += [
            line.split(":")[1].strip() for line in path.read_text(encoding="utf-8").splitlines() if " variable:" in line
        ]
    assert len(asked) > 30
    assert set(typed_names.check("report", dict.fromkeys(asked, "")).recognized) == set(asked)


def test_every_role_and_every_shared_setting_is_declared():
    with_options = {path.parent.parent.name for path in (ROOT / "roles").glob("*/meta/argument_specs.yml")}
    assert with_options == {verb.role for verb in request.VERBS.values() if verb.entries}
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        declared = {
            entry for verb in request.VERBS.values() if verb.role == path.parent.parent.name for entry in verb.entries
        }
        assert set(specs) == declared


def test_the_id_of_this_very_run_may_stand_among_the_variables_of_a_workflow():
    typed = {"runs_id": "q4-1", "recovery_run_id": "q4-1"}
    assert "recovery_run_id" in typed_names.check("resume", typed, values={"id": "q4-1"}).recognized
    with pytest.raises(DrsError) as caught:
        typed_names.check("resume", {**typed, "recovery_run_id": "q4-2"}, values={"id": "q4-1"})
    assert caught.value.code == "internal_variable"


def test_what_playbooks_of_this_collection_set_is_no_slip_of_an_inventory():
    assert typed_names.check_inventory(["drs_cell_options", "drs_region"]) == []
    assert typed_names.check_inventory(["drs_cell_optoins"]) != []


BY_PERSON = {
    "terminate": {"confirm", "confirm_recovery_instance_ids"},
    "recovery": {"confirm", "override_reason", "replace_recovery_instance_ids", "without_store"},
    "failback": {"confirm", "validated", "confirm_recovery_instance_ids"},
}


@pytest.mark.parametrize(
    ("verb", "option"), [(verb, one) for verb, names in BY_PERSON.items() for one in sorted(names)]
)
def test_what_a_person_decides_is_never_taken_from_the_inventory(verb, option):
    name = "%s_%s" % (verb, option)
    with pytest.raises(DrsError, match=name + ": a person decides it"):
        typed_names.check_person(verb, {option: "x"}, [name])
    typed_names.check_person(verb, {option: ""}, [name])
    typed_names.check_person(verb, {option: "x"}, ["%s_limits" % verb])


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        ("recovery", "restore_applications"),
        ("recovery", "launch_tags"),
        ("recovery", "dr_application"),
        ("recovery", "fail_over_waves"),
        ("terminate", "destroy_applications"),
        ("terminate", "delete_tags"),
        ("terminate", "dr_waves"),
        ("failback", "fail_back_tags"),
        ("agent_deploy", "agents_tags"),
        ("agent_deploy", "install_tags"),
    ],
)
def test_a_selection_under_another_word_for_the_verb_is_refused(verb, name):
    assert "nothing reads %s" % name in refused(verb, {name: "payments"}).message


@pytest.mark.parametrize("name", ["app", "apps", "servers", "server_ids", "hosts"])
@pytest.mark.parametrize("verb", ["recovery", "terminate"])
def test_a_bare_word_for_which_servers_are_meant_is_told(verb, name):
    (warning,) = typed_names.check(verb, {name: "payments"}).warnings
    assert warning.startswith("%s was typed and %s does not read it; it takes %s" % (name, verb, verb))


@pytest.mark.parametrize(
    "name", ["dr_role", "dr_environment", "dr_plan", "launch_name", "install_reason", "dr_network"]
)
@pytest.mark.parametrize("verb", ["recovery", "terminate", "agent_deploy"])
def test_names_of_ones_own_that_say_nothing_of_servers_are_left_alone(verb, name):
    assert typed_names.check(verb, {name: "x"}) == ([], [])
