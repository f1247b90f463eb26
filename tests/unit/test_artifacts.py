"""Test that every playbook leaves an artifact, whichever way it ends: by its last page, or by what failed before it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
import yaml
from ansible.executor.stats import AggregateStats
from ansible_collections.resilience.drs.plugins.callback import drs_artifact
from ansible_collections.resilience.drs.plugins.module_utils._drs.display import artifact
from ansible_collections.resilience.drs.plugins.plugin_utils._play import leaving

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
OURS = "resilience.drs."
# What leaves an artifact by itself, and the words in its file or in the one that does its work that do so.
ACTIONS = {
    "drs_recovery_walk": ("action/drs_recovery_walk.py", ".artifact()"),
    "drs_failback_walk": ("action/drs_failback_walk.py", ".artifact()"),
    "drs_deployment": ("action/drs_deployment.py", ".artifact()"),
    "drs_extension": ("action/drs_extension.py", "extending.artifact()"),
    "drs_cancel": ("plugin_utils/_action/cleaning.py", ".left()"),
    "drs_orchestration": ("action/drs_orchestration.py", "stats(of_answer("),
    "drs_watch": ("action/drs_watch.py", "stats(artifact("),
}


def tasks_of(path, seen=None):
    """All tasks of a file, those of its blocks and of the files and roles that it includes with them."""
    seen = set() if seen is None else seen
    if path in seen:
        return
    seen.add(path)
    for task in flat(yaml.safe_load(path.read_text(encoding="utf-8")) or []):
        yield task
        for key in ("include_tasks", "import_tasks"):
            name = task.get("ansible.builtin." + key)
            if name and "{{" not in str(name):
                yield from tasks_of(path.parent / (name["file"] if isinstance(name, dict) else name), seen)
        # what a role resumes is the run that was asked for
        role = task.get("ansible.builtin.include_role")
        if role and role["name"] in (OURS + "recovery", OURS + "failback"):
            yield from tasks_of(ROOT / "roles" / role["name"][len(OURS) :] / "tasks" / "main.yml", seen)


def flat(tasks):
    for task in tasks:
        yield task
        for key in ("block", "rescue", "always"):
            yield from flat(task.get(key) or [])


def verb_of(path):
    """The role of a playbook, and the tasks that it runs."""
    first = yaml.safe_load(path.read_text(encoding="utf-8"))[0]["tasks"][0]
    imported = first.get("ansible.builtin.import_role")
    if imported is None:
        return first[OURS + "drs_check_variables"]["verb"], flat(
            yaml.safe_load(path.read_text(encoding="utf-8"))[0]["tasks"]
        )
    role = imported["name"][len(OURS) :]
    return role, tasks_of(ROOT / "roles" / role / "tasks" / (imported.get("tasks_from", "main") + ".yml"))


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_every_playbook_ends_with_a_page_or_an_action_that_leaves_an_artifact(path):
    _role, tasks = verb_of(path)
    leaves = []
    for task in tasks:
        kind = str((task.get(OURS + "drs_show") or {}).get("kind", ""))
        leaves += [kind] if any(one == kind or "'%s'" % one in kind for one in artifact.VERBS) else []
        leaves += [name for name in ACTIONS if OURS + name in task]
    assert leaves


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_that_shows_the_last_page_itself_leaves_its_artifact(name):
    file, words = ACTIONS[name]
    assert words in (ROOT / "plugins" / file).read_text(encoding="utf-8")


def test_the_role_of_every_playbook_is_known():
    assert {path.stem: verb_of(path)[0] for path in PLAYBOOKS} == artifact.ROLES


def test_what_failed_early_is_what_the_schema_promises():
    for role in set(artifact.ROLES.values()):
        left = artifact.refused(role, "r-1", "no_cells")
        jsonschema.validate(left, artifact.SCHEMA)
        assert (left["verb"], left["run_id"], left["status"], left["error"]) == (role, "r-1", "failed", "no_cells")
        assert left["coverage"] == "incomplete", "nobody has read every cell"


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        ("complete", "plan_refused", ("failed", "plan_refused")),
        ("incomplete", "plan_refused", ("failed", "plan_refused")),
        ("complete", "", ("failed", "")),
        # what the record of a run says of it stays true
        ("succeeded", "report_not_written", ("succeeded", "report_not_written")),
        ("waiting", "", ("waiting", "")),
    ],
)
def test_what_failed_after_its_page_says_so(status, code, wanted):
    left = {**artifact.artifact("run", {"name": "r-1"}), "status": status}
    told = artifact.failed(left, code)
    jsonschema.validate(told, artifact.SCHEMA)
    assert (told["status"], told["error"]) == wanted and told["run_id"] == "r-1"


@pytest.fixture
def callback(monkeypatch):
    path = ROOT / "playbooks" / "callback_plugins" / "drs_artifact.py"
    spec = importlib.util.spec_from_file_location("drs_artifact", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.CallbackModule()
    made._leaving.stats = [AggregateStats()]
    made.given, made.standing = {}, leaving.STANDING
    monkeypatch.setattr(leaving, "typed_variables", lambda _loader: made.given)
    monkeypatch.setattr(leaving.STANDING, "noted", dict)
    return made


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ({"error": {"code": "no_cells"}, "msg": "plan_refused: so"}, "no_cells"),
        ({"msg": "run_unknown: terminate_run_id 'x' is nowhere"}, "run_unknown"),
        ({"msg": "wave 1: critical"}, ""),
        ({"msg": "Assertion failed", "error": None}, ""),
    ],
)
def test_the_code_is_that_of_the_error_or_the_first_word_of_what_an_assertion_says(result, code):
    assert artifact.code_of(result) == code


def play(verb, folder=ROOT / "playbooks"):
    return SimpleNamespace(get_path=lambda: "%s:2" % (folder / (verb + ".yml")), get_loader=lambda: "a loader")


def failing(code=None):
    error = {"error": {"code": code, "message": "so"}} if code else {"msg": "Assertion failed"}
    return SimpleNamespace(_result=error)


def kept(callback):
    return (callback._leaving.stats[0].custom.get("_run") or {}).get(artifact.NAME)


@pytest.mark.parametrize("verb", artifact.ROLES)
def test_a_verb_that_fails_before_its_page_leaves_why(callback, verb):
    callback.given = {"recovery_run_id": "r-1", "runs_id": "r-1", "terminate_run_id": "r-1", "failback_run_id": "r-1"}
    callback.v2_playbook_on_play_start(play(verb))
    callback.v2_runner_on_failed(failing("run_store_unavailable"))
    left = kept(callback)
    jsonschema.validate(left, artifact.SCHEMA)
    named = artifact.ROLES[verb] in ("recovery", "runs", "terminate", "failback")
    assert (left["error"], left["run_id"]) == ("run_store_unavailable", "r-1" if named else "")


def test_a_verb_whose_failure_no_log_hides_leaves_why(callback, monkeypatch):
    noted = {"failed": "run_unknown"}
    monkeypatch.setattr(callback.standing, "noted", lambda: noted)
    callback.v2_playbook_on_play_start(play("status"))
    callback.v2_runner_on_failed(SimpleNamespace(_result={"censored": "hidden", "changed": False}))
    assert kept(callback)["error"] == "run_unknown"


def test_a_play_without_a_cell_leaves_that(callback):
    callback.v2_playbook_on_play_start(play("status"))
    callback.v2_playbook_on_no_hosts_matched()
    assert (kept(callback)["verb"], kept(callback)["error"]) == ("status", "no_cells")


def test_the_page_of_a_verb_is_not_written_over(callback):
    callback.v2_playbook_on_play_start(play("drill"))
    callback._leaving.stats[0].set_custom_stats(
        artifact.NAME, artifact.artifact("run", {"name": "r-1", "status": "partial"})
    )
    # the last play of the same playbook
    callback.v2_playbook_on_play_start(play("drill"))
    callback.v2_playbook_on_no_hosts_matched()
    assert (kept(callback)["status"], kept(callback)["error"]) == ("partial", "")
    callback.v2_runner_on_failed(failing())
    callback.v2_runner_on_failed(failing("report_not_written"), ignore_errors=True)
    assert (kept(callback)["status"], kept(callback)["error"]) == ("partial", "")
    callback.v2_runner_on_failed(failing("report_not_written"))
    assert (kept(callback)["status"], kept(callback)["error"]) == ("partial", "report_not_written")
    # what failed of the next playbook is its own
    callback.v2_playbook_on_play_start(play("report"))
    callback.v2_runner_on_failed(failing("run_unknown"))
    assert (kept(callback)["verb"], kept(callback)["run_id"]) == ("report", "")


def test_a_playbook_of_somebody_else_leaves_nothing_of_ours(callback, tmp_path):
    callback.v2_playbook_on_play_start(play("status", tmp_path))
    callback.v2_runner_on_failed(failing("no_cells"))
    assert kept(callback) is None


def test_what_ansible_keeps_is_found(callback):
    there = AggregateStats()
    callback._leaving.stats = None
    callback.v2_playbook_on_play_start(play("status"))
    callback.v2_runner_on_failed(failing("no_cells"))
    assert there.custom["_run"][artifact.NAME]["error"] == "no_cells"


# -- plays of other people -------------------------------------------------------------------------------------------
def role_of(name, *above):
    return SimpleNamespace(
        get_name=lambda: name, _parents=list(above), get_role_params=dict, vars={"recovery_run_id": "r-9"}
    )


def task_of(role, action="resilience.drs.drs_recovery_walk", **args):
    return SimpleNamespace(_role=role, action=action, args=args)


@pytest.fixture
def theirs(monkeypatch, tmp_path):
    """The callback that people enable, in a play of their own."""
    made = drs_artifact.CallbackModule()
    made._leaving.stats = [AggregateStats()]
    monkeypatch.setattr(leaving, "typed_variables", lambda _loader: {})
    monkeypatch.setattr(leaving.STANDING, "noted", dict)
    made.v2_playbook_on_play_start(play("site", tmp_path))
    return made


RECOVERY = "resilience.drs.recovery"
CHECK = "resilience.drs.drs_check_variables"


def test_a_role_that_fails_early_in_a_play_of_somebody_else_leaves_why(theirs):
    check = task_of(role_of(RECOVERY), CHECK)
    theirs.v2_playbook_on_task_start(check, False)
    theirs.v2_runner_on_failed(SimpleNamespace(_task=check, **vars(failing("invalid_option"))))
    left = kept(theirs)
    jsonschema.validate(left, artifact.SCHEMA)
    assert (left["verb"], left["run_id"], left["error"]) == ("recovery", "r-9", "invalid_option")


def test_a_role_that_another_one_calls_is_a_step_of_that(theirs):
    drill = role_of(RECOVERY)
    theirs.v2_playbook_on_task_start(task_of(drill, CHECK), False)
    theirs._leaving.stats[0].set_custom_stats(
        artifact.NAME, artifact.artifact("run", {"name": "r-1", "status": "partial"})
    )
    inner = role_of("resilience.drs.terminate", drill)
    theirs.v2_playbook_on_task_start(task_of(inner, CHECK), False)
    theirs.v2_runner_on_failed(SimpleNamespace(_task=task_of(inner), **vars(failing("run_unknown"))))
    assert [kept(theirs)[key] for key in ("verb", "run_id", "status", "error")] == [
        "recovery",
        "r-1",
        "partial",
        "run_unknown",
    ]
    # what the next role of the play leaves is its own
    status = task_of(role_of("resilience.drs.status"), "ansible.builtin.validate_argument_spec")
    theirs.v2_playbook_on_task_start(status, False)
    theirs.v2_runner_on_failed(SimpleNamespace(_task=status, **vars(failing("invalid_option"))))
    assert [kept(theirs)[key] for key in ("verb", "run_id", "status")] == ["status", "", "failed"]


@pytest.mark.parametrize(
    "role", [None, role_of("web"), role_of("example.dr.recovery"), role_of("resilience.drs.notify")]
)
def test_what_is_none_of_our_verbs_leaves_nothing(theirs, role):
    theirs.v2_runner_on_failed(SimpleNamespace(_task=task_of(role), **vars(failing("no_cells"))))
    assert kept(theirs) is None


def test_our_own_playbooks_are_left_to_what_is_loaded_with_them(theirs):
    theirs.v2_playbook_on_play_start(play("drill"))
    theirs.v2_runner_on_failed(SimpleNamespace(_task=task_of(role_of(RECOVERY)), **vars(failing("no_cells"))))
    assert kept(theirs) is None
