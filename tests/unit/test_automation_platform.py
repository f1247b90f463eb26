"""Test extensions/: templates, workflows, schedules, rulebook, execution environment; each rule can fail."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import typed_names
from support import automation
from support.automation import EDA, PATTERN, ROOT, evaluate, objects, questions, templates, workflows
from support.automation_rules import (
    artifacts,
    effects_of,
    harmless,
    needed_by,
    rulebook_problems,
    schedule_problems,
    template_problems,
    verb_of,
    workflow_problems,
)

# An auditor runs it, on a machine of their own.
NO_TEMPLATE = {"verify_evidence"}
# The verb behind a playbook, where it is not called as the playbook is.
VERB_OF_PLAYBOOK = {
    "drill": "recovery",
    "failover": "recovery",
    "failback_drill": "failback",
    "sweep": "terminate",
    "deploy_agents": "agent_deploy",
    "extend": "server_extend",
    "setup": "account_setup",
    "sync_tags": "tag_sync",
}
SCHEDULES = {one["name"]: one for one in objects()["controller_schedules"]}
RULEBOOK = yaml.safe_load((EDA / "rulebooks" / "drs_events.yml").read_text(encoding="utf-8"))
STACK = yaml.safe_load((EDA / "cloudformation" / "drs_events.yml").read_text(encoding="utf-8"))
EVENTS = {
    "DRS Source Server Launch Result": {"RECOVERY_LAUNCH_SUCCEEDED", "RECOVERY_LAUNCH_FAILED"},
    "DRS Source Server Data Replication Stalled Change": {"STALLED", "NOT_STALLED"},
    "DRS Recovery Instance Failback State Change": {"FAILBACK_IN_PROGRESS", "FAILBACK_COMPLETED", "FAILBACK_ERROR"},
}
STEPS = {name for name in templates() if name.startswith("DRS step ")}


def changed(whole, path, value):
    """A copy with one value, found by a path of keys and indices, replaced; None removes it."""
    whole = copy.deepcopy(whole)
    part = whole
    for key in path[:-1]:
        part = part[key]
    if value is None:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return whole


def test_every_playbook_has_a_job_template_and_the_pattern_has_no_other():
    verbs = {verb_of(one["playbook"]) for one in templates().values()}
    assert verbs == {path.stem for path in (ROOT / "playbooks").glob("*.yml")} - NO_TEMPLATE
    assert verbs == {path.stem for path in (PATTERN / "playbooks").glob("*.yml")}
    assert len(templates()) == len(objects()["controller_templates"])


def test_the_pattern_says_what_it_is():
    """Galaxy reads this, and wants its first playbook beside it."""
    told = json.loads((PATTERN / "meta" / "pattern.json").read_text(encoding="utf-8"))
    (first,) = told["aap_resources"]["controller_job_templates"]
    assert told["name"] == PATTERN.name and first["primary"] is True
    assert templates()[first["name"]]["playbook"].endswith(f"/{first['playbook']}")
    assert told["aap_resources"]["controller_project"]["name"] == objects()["drs_platform_project"]


@pytest.mark.parametrize("name", sorted(set(templates()) - STEPS))
def test_a_job_template(name):
    assert template_problems(templates()[name]) == []


def test_each_step_belongs_to_a_workflow_and_asks_nothing():
    used = {
        node.get("unified_job_template") for one in workflows().values() for node in one["simplified_workflow_nodes"]
    }
    assert STEPS - used == set()
    assert [name for name in STEPS if questions(templates()[name])] == []


@pytest.mark.parametrize(
    ("name", "path", "value", "complaint"),
    [
        ("DRS drill", ["playbook"], "playbooks/dril.yml", "playbooks/dril.yml: is no playbook"),
        ("DRS drill", ["allow_simultaneous"], True, "two at a time"),
        ("DRS drill", ["job_slice_count"], 4, "in slices"),
        ("DRS failover", ["prevent_instance_group_fallback"], False, "not pinned"),
        ("DRS failover", ["timeout"], 0, "no timeout"),
        ("DRS failover", ["forks"], 0, "no forks"),
        ("DRS failover", ["extra_vars", "recovery_max_wait"], 14400, "cancelled before it ends"),
        ("DRS failover", ["extra_vars", "recovery_max_wait"], None, "nothing ends it"),
        ("DRS failover", ["ask_variables_on_launch"], True, "nobody looked at"),
        ("DRS failover", ["ask_job_type_on_launch"], False, "cannot be asked for a check"),
        ("DRS failover", ["ask_jobtype_on_launch"], True, "unknown field"),
        ("DRS drill", ["survey_spec", "spec", 0, "variable"], "recovery_plan", "recovery_plan: no role"),
        ("DRS drill", ["survey_spec", "spec", 0, "variable"], "drs_run_id", "drs_run_id: an artifact"),
        ("DRS drill", ["survey_spec", "spec", 0, "type"], "password", "no secrets"),
        ("DRS drill", ["survey_spec", "spec", 0, "default"], "arn:aws:iam::111111111111:role/x", "no secrets"),
        ("DRS drill", ["survey_spec", "spec", 2, "default"], "", "an empty answer is no mapping"),
        ("DRS drill", ["survey_spec", "spec", 0, "variable"], "recovery_run_id", "asked for twice"),
        ("DRS approve", ["survey_spec", "spec", 3, "choices"], ["approved", "denied"], "not those of the role"),
        ("DRS approve", ["survey_spec", "spec", 0, "required"], False, "runs_id: is needed"),
        ("DRS readiness", ["survey_spec", "spec", 0, "default"], "", "an empty answer is none"),
        ("DRS status", ["extra_vars", "status_details"], True, "status_details: no role"),
        ("DRS setup", ["extra_vars", "account_setup_bootstrap_external_id"], "x", "a secret"),
    ],
)
def test_a_broken_job_template_is_seen(name, path, value, complaint):
    assert complaint in "; ".join(template_problems(changed(templates()[name], path, value)))


def test_a_failover_asks_for_the_confirmation_and_who_approves_names_the_plan():
    asked = {one["variable"]: one for one in questions(templates()["DRS failover"])}
    assert "recovery_confirm" in asked
    for name in ("DRS failover with approval", "DRS failover by two persons"):
        typed = {one["variable"]: one for one in questions(workflows()[name])}
        assert typed["recovery_confirm"]["required"] and typed["recovery_run_id"]["required"]
    approve = {one["variable"]: one for one in questions(templates()["DRS approve"])}
    assert approve["runs_plan_hash"]["required"] and approve["runs_decision"]["default"] == "rejected"
    # who approves is who launches it: a name that is typed proves nothing
    assert "runs_approver" not in approve


def test_what_destroys_has_the_clean_up_role_and_nothing_else_has():
    """DRS is told to terminate and to delete by these, and the orchestration role is denied it."""
    clean_up = {
        name for name, one in templates().items() if one["credentials"] != objects()["drs_platform_credentials"]
    }
    ends = {"DRS failback end", "DRS failback drill end"}
    destroys = {name for name, one in templates().items() if verb_of(one["playbook"]) in ("terminate", "sweep")} | ends
    assert clean_up == destroys
    assert all(templates()[name]["extra_vars"]["failback_until"] == "cleaned" for name in ends)


@pytest.mark.parametrize("name", ["DRS terminate", "DRS step terminate"])
@pytest.mark.parametrize("known", [{}, {"recovery_run_id": ""}, {"awx_workflow_job_id": 7}])
def test_a_clean_up_always_names_a_run(name, known):
    """Without one it would take every drill."""
    asked = {one["variable"]: one for one in questions(templates()[name])}
    if "terminate_run_id" in asked:
        assert asked["terminate_run_id"]["required"] and asked["terminate_run_id"]["min"] > 0
    else:
        run = evaluate(templates()[name]["extra_vars"]["terminate_run_id"], known)
        assert run == f"workflow-{known.get('awx_workflow_job_id', 'none')}"


def test_the_jobs_of_a_workflow_speak_of_one_run():
    steps = {name: templates()[name]["extra_vars"] for name in STEPS}
    asked = [("runs_id", "resume"), ("terminate_run_id", "terminate"), ("report_run_id", "report")]
    for known, run in (({"awx_workflow_job_id": 7}, "workflow-7"), ({"recovery_run_id": "real-1"}, "real-1")):
        assert {evaluate(steps[f"DRS step {step}"][key], known) for key, step in asked} == {run}
    assert evaluate(steps["DRS step drill"]["recovery_run_id"], {"awx_workflow_job_id": 7}) == "workflow-7"


@pytest.mark.parametrize("name", sorted(workflows()))
def test_a_workflow(name):
    assert workflow_problems(workflows()[name], templates()) == []


NODES = "simplified_workflow_nodes"


@pytest.mark.parametrize(
    ("name", "path", "value", "complaint"),
    [
        ("DRS drill with approval", [NODES, 0, "unified_job_template"], "DRS ready", "there is no template DRS ready"),
        ("DRS drill with approval", [NODES, 2, "approval_node", "timeout"], 0, "stands for ever"),
        ("DRS drill with approval", [NODES, 5, "always_nodes"], ["readiness"], "no node begins it"),
        ("DRS drill with approval", [NODES, 5, "always_nodes"], ["plan"], "plan follows itself"),
        ("DRS drill with approval", [NODES, 1, "success_nodes"], ["drill"], "begins at several nodes: go, readiness"),
        ("DRS drill with approval", [NODES, 1, "success_nodes"], ["go", "drill"], "launches without an approval"),
        ("DRS drill with approval", [NODES, 1, "success_nodes"], ["gone"], "gone follows plan"),
        ("DRS drill with approval", [NODES, 1, "identifier"], "go", "one identifier"),
        ("DRS drill with approval", [NODES, 4, "job_type"], "check", "does not ask for a job type"),
        ("DRS drill with approval", [NODES, 3, "unified_job_template"], "DRS drill", "recovery_run_id is not answered"),
        ("DRS drill with approval", ["survey_spec", "spec", 0, "variable"], "recovery_name", "no role"),
        ("DRS failover by two persons", ["extra_vars"], {}, "freeze: launches without an approval"),
        ("DRS failover by two persons", ["extra_vars", "recovery_approval"], True, "no node takes it"),
        ("DRS failover with approval", ["allow_simultaneous"], True, "two at a time"),
    ],
)
def test_a_broken_workflow_is_seen(name, path, value, complaint):
    assert complaint in "; ".join(workflow_problems(changed(workflows()[name], path, value), templates()))


@pytest.mark.parametrize("name", sorted(workflows()))
def test_a_workflow_reports_whatever_came_of_the_run(name):
    nodes = {one["identifier"]: one for one in workflows()[name][NODES]}
    last = nodes["terminate"] if "terminate" in nodes else nodes["failover"]
    assert last["always_nodes"] == ["report"]


@pytest.mark.parametrize(
    ("name", "bad", "way"),
    [
        ("DRS drill with approval", (), "readiness plan go drill terminate report"),
        ("DRS drill with approval", ("readiness",), "readiness plan go drill terminate report"),
        ("DRS drill with approval", ("plan",), "readiness plan"),
        ("DRS drill with approval", ("go",), "readiness plan go"),
        # what a failed drill has launched stays, to be looked at and resumed
        ("DRS drill with approval", ("drill",), "readiness plan go drill report"),
        ("DRS drill with approval", ("terminate",), "readiness plan go drill terminate report"),
        ("DRS failover with approval", (), "plan go failover report"),
        ("DRS failover with approval", ("plan",), "plan"),
        ("DRS failover with approval", ("go",), "plan go"),
        ("DRS failover with approval", ("failover",), "plan go failover report"),
        # the run that waits for its approval ends as failed
        ("DRS failover by two persons", ("freeze",), "plan freeze go failover report"),
        ("DRS failover by two persons", ("freeze", "go"), "plan freeze go"),
        ("DRS failover by two persons", ("plan",), "plan"),
    ],
)
def test_the_way_through_a_workflow(name, bad, way):
    """Whatever fails or is refused; each node is given what those on the way to it have left."""
    given = {}

    def launch(node, artifacts):
        given[node["identifier"]] = artifacts
        return node["identifier"] not in bad, {node["identifier"]: "left", "newest": node["identifier"]}

    ran = automation.walk(name, launch, approve=lambda identifier: identifier not in bad)
    assert ran == [(one, one not in bad) for one in way.split()]
    jobs = [one for one in way.split() if one != "go"]
    for before, one in zip(jobs, jobs[1:], strict=False):
        assert given[one]["newest"] == before and set(given[one]) == {*jobs[: jobs.index(one)], "newest"}


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_a_schedule(name):
    assert schedule_problems(SCHEDULES[name], templates(), workflows()) == []


def test_status_readiness_and_drills_are_scheduled_and_the_drill_is_off_until_it_is_wanted():
    assert {one["unified_job_template"] for one in SCHEDULES.values()} == {
        *("DRS status", "DRS readiness", "DRS sweep", "DRS drill with approval")
    }
    assert SCHEDULES["DRS drill every quarter"]["enabled"] is False


@pytest.mark.parametrize(
    ("name", "path", "value", "complaint"),
    [
        ("DRS drill every quarter", ["unified_job_template"], "DRS drill", "nobody has approved it"),
        ("DRS drill every quarter", ["unified_job_template"], "DRS dril", "there is no template"),
        ("DRS drill every quarter", ["unified_job_template"], "DRS failover with approval", "recovery_confirm: is not"),
        ("DRS drill every quarter", ["extra_data", "recovery_plan"], "x", "recovery_plan: is not asked for"),
        ("DRS drill every quarter", ["extra_data", "recovery_except"], None, "recovery_except: is not answered"),
        ("DRS readiness every morning", ["extra_data", "readiness_fail_below"], "70", "'70' has the wrong type"),
        ("DRS status every six hours", ["extra_data", "status_detail"], "yes", "'yes' is no choice"),
        ("DRS status every six hours", ["rrule"], "RRULE:FREQ=HOURLY", "not one rule"),
    ],
)
def test_a_broken_schedule_is_seen(name, path, value, complaint):
    found = schedule_problems(changed(SCHEDULES[name], path, value), templates(), workflows())
    assert complaint in "; ".join(found)


def test_the_credential_type_hides_the_external_id_and_gives_it_to_the_environment_only():
    (kind,) = objects()["controller_credential_types"]
    fields = {one["id"]: one for one in kind["inputs"]["fields"]}
    assert fields["external_id"]["secret"] is True and set(kind["inputs"]["required"]) == set(fields)
    assert set(kind["injectors"]) == {"env"}  # extra variables would be shown with the job
    inputs = {"role_name": "DRSOrchestration", "external_id": "never shown"}
    env = {name: evaluate(text, inputs) for name, text in kind["injectors"]["env"].items()}
    assert env == {"DRS_ROLE_NAME": "DRSOrchestration", "DRS_EXTERNAL_ID": "never shown"}
    kept = objects()["controller_inventories"][0]["variables"]
    looked_up = {name for text in kept.values() for name in re.findall(r"builtin\.env', '(\w+)'", text)}
    assert looked_up == set(env)


def test_setup_hands_over_what_was_checked_here(tmp_path):
    """A role in the place of the one that talks to the platform writes down what it gets from Ansible itself."""
    names = [name for name in objects() if name.startswith("controller_")]
    (tmp_path / "stub" / "tasks").mkdir(parents=True)
    content = "{{ {%s} | to_json }}" % ", ".join(f"'{name}': {name}" for name in names)
    task = {"ansible.builtin.copy": {"dest": str(tmp_path / "told.json"), "content": content, "mode": "0600"}}
    (tmp_path / "stub" / "tasks" / "main.yml").write_text(yaml.safe_dump([{"name": "Tell", **task}]), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "ansible-playbook"), str(automation.SETUP), "-i", "localhost,"]
    interpreter = ["-e", f"ansible_python_interpreter={sys.executable}"]
    done = subprocess.run(
        [*command, "-e", f"drs_platform_dispatch_role={tmp_path / 'stub'}", *interpreter],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "duplicate" not in done.stderr
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps({name: objects()[name] for name in names}))


def test_the_data_names_no_secret_and_no_account():
    text = json.dumps(objects())
    assert not re.search(r"AKIA|ASIA|BEGIN [A-Z ]*PRIVATE KEY", text)
    assert not re.search(r"(?<![-\d])\d{12}(?!\d)", text)


def test_the_rulebook_only_looks_and_tells():
    assert rulebook_problems(RULEBOOK, templates()) == []


@pytest.mark.parametrize(
    "name", ["DRS drill", "DRS failover", "DRS resume", "DRS terminate", "DRS sweep", "DRS cancel"]
)
def test_a_rule_that_would_act_is_seen(name):
    broken = changed(RULEBOOK, [0, "rules", 0, "action", "run_job_template", "name"], name)
    assert f"{name} does more than look and tell" in "; ".join(rulebook_problems(broken, templates()))


@pytest.mark.parametrize(
    ("action", "complaint"),
    [
        ({"run_playbook": {"name": "resilience.drs.failover"}}, "run_playbook"),
        ({"run_workflow_template": {"name": "DRS failover with approval"}}, "run_workflow_template"),
        ({"run_job_template": {"name": "DRS nothing"}}, "there is no template DRS nothing"),
        ({"run_job_template": {"name": "DRS step report"}}, "takes no limit"),
        ({"run_job_template": {"name": "DRS report"}}, "report_days: is not answered"),
    ],
)
def test_other_actions_are_seen(action, complaint):
    broken = changed(RULEBOOK, [0, "rules", 0, "action"], action)
    assert complaint in "; ".join(rulebook_problems(broken, templates()))


def test_what_is_harmless_is_read_from_the_modules():
    assert {verb for verb in ("status", "readiness", "report", "capacity") if harmless(verb)} == {
        *("status", "readiness", "report", "capacity")
    }
    for verb in ("drill", "failover", "resume", "terminate", "sweep", "failback", "extend", "setup", "approve"):
        assert not harmless(verb), verb
    assert "drs_recovery_walk" in effects_of("orchestrate")


def test_the_rules_are_about_events_that_there_are_and_that_the_queue_gets():
    """An event that is misspelt is never seen: detail-types and states are those of the user guide of DRS."""
    pattern = STACK["Resources"]["Rule"]["Properties"]["EventPattern"]
    assert pattern == {"source": ["aws.drs"], "detail-type": list(EVENTS)}
    for rule in RULEBOOK[0]["rules"]:
        (kind,) = re.findall(r'detail-type"\] == "([^"]+)"', rule["condition"])
        states = set(re.findall(r'"([A-Z_]+)"', rule["condition"]))
        assert states and states <= EVENTS[kind]


def test_a_message_is_deleted_when_the_engine_has_it():
    (source,) = RULEBOOK[0]["sources"]
    assert source["amazon.aws.aws_sqs_queue"]["feedback"] is True
    queue = STACK["Resources"]["Queue"]["Properties"]
    assert queue["VisibilityTimeout"] > 120  # so long the source waits for the engine


def test_only_the_rule_sends_to_queues_that_are_encrypted_and_lose_nothing():
    resources = STACK["Resources"]
    queues = {name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::SQS::Queue"}
    assert all(one["SqsManagedSseEnabled"] is True for one in queues.values()) and len(queues) == 2
    assert queues["Queue"]["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    policy = resources["Policy"]["Properties"]
    assert policy["Queues"] == [{"Ref": name} for name in ("Queue", "DeadLetters")]
    (allowed,) = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"} and allowed["Action"] == "sqs:SendMessage"
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}
    text = (EDA / "cloudformation" / "drs_events.yml").read_text(encoding="utf-8")
    assert not re.search(r"(?<![-\d])\d{12}(?!\d)|\b[a-z]{2}-[a-z]+-\d\b", text)


def floors(text: str) -> dict[str, str]:
    """Packages and the version each begins with, out of lines such as ``boto3>=1.34.0``."""
    return dict(re.findall(r"^\s*(?:package_pip: )?([a-z0-9.-]+)>=([\d.]+)$", text, flags=re.MULTILINE))


def test_the_execution_environment_begins_where_the_collection_does():
    definition = yaml.safe_load((PATTERN / "exec_env" / "execution-environment.yml").read_text(encoding="utf-8"))
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert definition["version"] == 3
    core = definition["dependencies"]["ansible_core"]["package_pip"]
    assert core.removeprefix("ansible-core") == runtime["requires_ansible"]
    assert f"ansible-core {core.partition('>=')[2].removesuffix('.0')} or newer" in readme
    wanted = yaml.safe_load((PATTERN / "exec_env" / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert {"name": "amazon.aws", "version": galaxy["dependencies"]["amazon.aws"]} in wanted
    assert f"amazon.aws` {galaxy['dependencies']['amazon.aws'].removeprefix('>=')} or newer" in readme
    archive = f"resilience-drs-{galaxy['version']}.tar.gz"
    assert {"name": f"collections/{archive}", "type": "file"} in wanted
    assert definition["additional_build_files"] == [{"src": archive, "dest": "collections"}]


def test_the_collection_tells_the_builder_what_it_needs():
    needed = yaml.safe_load((ROOT / "meta" / "execution-environment.yml").read_text(encoding="utf-8"))
    assert needed["dependencies"] == {"python": "requirements.txt"}  # no package of the system
    python = floors((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert set(python) == {"boto3", "botocore", "jsonschema"}
    for page in ("README.md", "docs/start.md"):
        assert f"`botocore` {python['botocore']} or newer" in (ROOT / page).read_text(encoding="utf-8"), page
    assert python["boto3"] == python["botocore"]
    fragment = (ROOT / "plugins" / "doc_fragments" / "boto3.py").read_text(encoding="utf-8")
    assert [f"{name} >= {python[name]}" in fragment for name in ("boto3", "botocore")] == [True, True]
    oldest = re.search(r"python >= (3\.\d+)", fragment).group(1)
    assert f"Python {oldest} or newer with `boto3`" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_is_something_to_check():
    """Guards against the checks above passing for want of what they look for."""
    orchestrated = {"drs_orchestration", "drs_status", "drs_run_id", "drs_next_phase_ready"}
    assert artifacts() == {*orchestrated, "drs_setup", "drs_artifact"}
    assert needed_by("resume") == {"runs_id"} and needed_by("drill") == set()
    assert len(templates()) > 25 and len(STEPS) == 5 and len(workflows()) == 3 and len(RULEBOOK[0]["rules"]) == 3


@pytest.mark.parametrize("name", sorted(templates()))
def test_what_a_job_types_is_read_by_its_playbook(name):
    """Surveys, variables of the template and artifacts of the nodes before arrive as extra variables."""
    template = templates()[name]
    verb = VERB_OF_PLAYBOOK.get(verb_of(template["playbook"]), verb_of(template["playbook"]))
    typed = {question["variable"]: "x" for question in questions(template)}
    typed.update(template.get("extra_vars") or {})
    typed.update(dict.fromkeys(artifacts(), "x"))
    judged = typed_names.check(verb, typed)
    assert judged.warnings == []
    assert set(judged.recognized) == {one for one in typed if not one.startswith("drs_")}


def test_a_first_drill_is_possible_readiness_informs_whoever_approves():
    (readiness,) = (one for one in workflows()["DRS drill with approval"][NODES] if one["identifier"] == "readiness")
    assert readiness["always_nodes"] == ["plan"] and not {"success_nodes", "failure_nodes"} & set(readiness)


def rights():
    """By team the templates and workflows that it may run, and those that it may approve."""
    found = {}
    for one in objects()["controller_roles"]:
        found.setdefault((one["team"], one["role"]), set()).update(
            one.get("job_templates", []), one.get("workflows", [])
        )
    return found


def test_nobody_approves_what_they_may_start():
    teams = {one["name"] for one in objects()["controller_teams"]}
    assert objects()["aap_teams"] == objects()["controller_teams"]
    assert {team for team, _role in rights()} == teams == {"DRS operators", "DRS approvers", "DRS auditors"}
    starts, looks = rights()["DRS operators", "execute"], rights()["DRS approvers", "execute"]
    assert "DRS approve" in looks and "DRS approve" not in starts and ("DRS operators", "approval") not in rights()
    assert rights()["DRS approvers", "approval"] == set(workflows())
    assert {role for team, role in rights() if team == "DRS auditors"} == {"read"}
    assert looks == {"DRS runs", "DRS run", "DRS approve"}, "an approver starts nothing that launches"
    assert set().union(*rights().values()) <= set(templates()) | set(workflows())
    # whatever is no step of a workflow can be run by somebody
    assert starts | looks >= set(templates()) - STEPS


def test_notifications_and_events_are_made_when_they_have_an_address():
    assert objects()["controller_notifications"] == objects()["eda_rulebook_activations"] == []
    queue = {**objects()["drs_platform_events"], "queue": "https://sqs.example/drs"}
    given = objects(json.dumps({"drs_platform_notify_url": "https://chat.example/x", "drs_platform_events": queue}))
    (notification,), (activation,) = given["controller_notifications"], given["eda_rulebook_activations"]
    assert notification["notification_configuration"]["url"] == "https://chat.example/x"
    assert activation["extra_vars"]["drs_events_queue"] == queue["queue"] and activation["enabled"] is True
    assert [one["name"] for one in given["eda_projects"]] == [activation["project"]]
    assert [one["name"] for one in given["eda_decision_environments"]] == [activation["decision_environment"]]
    data = automation.load(PATTERN / "vars" / "events.yml")["drs_platform_eda_activation"]
    assert (EDA / "rulebooks" / data["rulebook"]).is_file()
    asked = set(re.findall(r"{{ (\w+) }}", json.dumps(RULEBOOK)))
    assert set(data["extra_vars"]) == asked == {"drs_events_region", "drs_events_queue"}
    told = automation.load(PATTERN / "vars" / "people.yml")["drs_platform_on_call"]
    assert told["notification_type"] == "webhook" and told["notification_configuration"]["url"] == (
        "{{ drs_platform_notify_url }}"
    )
