"""Test the tools behind `make test`: honest counts, clean copies, no silenced failures."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import sys
import threading

import chaos_playbook
import check
import pytest
import sanity
import tree
from support.chaos_playbook import Edge


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """Reports of inner pytest runs go to a folder of their own."""
    monkeypatch.setattr(check, "REPORTS", tmp_path)
    return tmp_path


def test_tests_are_counted(tmp_path, reports):
    suite = tmp_path / "test_inner.py"
    suite.write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): raise ValueError\n"
        "def test_not_here(): pytest.skip('reason')\n"
        "@pytest.fixture\n"
        "def broken(): raise ValueError\n"
        "def test_error(broken): pass\n",
        encoding="utf-8",
    )
    outcome = check.pytest("inner", str(suite))
    assert (outcome.passed, outcome.failed, outcome.skipped) == (1, 2, 1)
    assert "FAILED" in outcome.line()


@pytest.mark.parametrize("content", [None, "x = 1\n", "this is not Python\n"])
def test_no_test_is_a_failure(tmp_path, reports, content):
    suite = tmp_path / "test_inner.py"
    if content is not None:
        suite.write_text(content, encoding="utf-8")
    outcome = check.pytest("inner", str(suite))
    assert (outcome.passed, outcome.failed) == (0, 1)


@pytest.mark.parametrize(("codes", "failed"), [((0, 0), 0), ((0, 1), 1), ((1, 0), 1)])
def test_one_failed_command_fails_a_check(codes, failed):
    assert check.check("lint", *codes).failed == failed


def test_a_failed_step_fails_the_run_and_does_not_stop_it(reports, monkeypatch, capsys):
    steps = {"one": lambda: check.Outcome("one", failed=1, passed=2), "two": lambda: check.Outcome("two", passed=5)}
    monkeypatch.setattr(check, "STEPS", steps)
    monkeypatch.setattr(check, "BY_NAME", steps)
    assert check.main([]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("7 passed, 1 failed, 0 skipped in ")
    assert check.main(["two"]) == 0
    assert check.main(["three"]) == 2


def test_steps_of_one_core_run_beside_each_other_and_each_keeps_its_own_output(monkeypatch, capfd, tmp_path):
    meet = threading.Barrier(2, timeout=20)  # broken, and an error, when one step waits for the other to end

    def step(name, text, failed):
        def work():
            meet.wait()
            check.run([sys.executable, "-c", f"import sys; print('{text}'); sys.stderr.write('E{text}\\n')"])
            return check.Outcome(name, failed=failed, passed=1 - failed)

        return work

    steps = {"one": step("one", "first", 0), "two": step("two", "second", 1)}
    monkeypatch.setattr(check, "REPORTS", tmp_path)
    monkeypatch.setattr(check, "STEPS", steps)
    monkeypatch.setattr(check, "BY_NAME", steps)
    monkeypatch.setattr(check, "ONE_CORE", ("one", "two"))
    monkeypatch.setattr(check, "WORKERS", "2")
    assert check.main([]) == 1
    words = [
        word for word in capfd.readouterr().out.split() if word in ("one", "two") or "first" in word or "second" in word
    ]
    assert words[-8:-2] == ["one", "first", "Efirst", "two", "second", "Esecond"]


@pytest.mark.parametrize("workers, beside", [("2", True), ("1", False)])
def test_a_step_of_one_core_begins_beside_the_others_when_there_is_more_than_one(
    workers, beside, monkeypatch, capfd, tmp_path
):
    begun = threading.Event()

    def tests():
        return check.Outcome("tests", passed=1, failed=int(begun.wait(20 if beside else 0) is not beside))

    def small():
        begun.set()
        return check.Outcome("small", passed=1)

    steps = {"tests": tests, "small": small}
    monkeypatch.setattr(check, "REPORTS", tmp_path)
    monkeypatch.setattr(check, "STEPS", steps)
    monkeypatch.setattr(check, "BY_NAME", steps)
    monkeypatch.setattr(check, "ONE_CORE", ("small",))
    monkeypatch.setattr(check, "WORKERS", workers)
    assert check.main([]) == 0
    out = capfd.readouterr().out
    assert out.index("== tests ==") < out.index("== small ==")


def test_a_step_of_one_core_that_breaks_is_told(monkeypatch, tmp_path):
    def broken():
        raise RuntimeError("no disk")

    monkeypatch.setattr(check, "REPORTS", tmp_path)
    monkeypatch.setattr(check, "BY_NAME", {"small": broken})
    monkeypatch.setattr(check, "ONE_CORE", ("small",))
    with pytest.raises(RuntimeError, match="no disk"):
        check.main(["small"])


def test_tests_cannot_reach_a_real_account(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    env = check.test_environment()
    assert "AWS_PROFILE" not in env
    assert "AWS_ACCESS_KEY_ID" not in env
    assert env["AWS_EC2_METADATA_DISABLED"] == "true"


def test_the_copy_holds_the_project_and_nothing_else():
    files = tree.project_files()
    assert {"galaxy.yml", "meta/runtime.yml", "tests/unit/test_tools.py"} <= set(files)
    assert [name for name in files if name.startswith((".venv", ".build", "tests/output"))] == []


def test_an_ignore_file_is_refused(tmp_path, monkeypatch, capsys):
    ignore = tmp_path / "tests" / "sanity" / "ignore-2.19.txt"
    ignore.parent.mkdir(parents=True)
    ignore.touch()
    monkeypatch.setattr(sanity, "HOME", tmp_path / "home")
    monkeypatch.setattr(sanity.tree, "build", lambda _name: tmp_path)
    assert sanity.main([]) == 1
    assert "ignore file" in capsys.readouterr().err


def test_the_stand_in_for_get_pip_has_the_name_that_is_looked_for():
    names = sanity.get_pip_names()
    assert names
    assert all(name.startswith("get_pip_") and name.endswith(".py") for name in names)


def test_the_matrix_of_the_playbooks_leaves_no_edge_out():
    edges = [Edge("PutItem", 1, "run"), Edge("PutItem", 2, "plan"), Edge("StartRecovery", 1, "cell 1")]

    def cases(**asked):
        given = {"half": False, "at": "", "seed": None, **asked}
        return chaos_playbook.cases_of(edges, argparse.Namespace(**given))

    whole = [(edge, when) for edge in edges for when in ("before", "after")]
    assert cases() == whole
    assert sorted(map(str, cases(seed=1))) == sorted(map(str, whole)) and cases(seed=1) == cases(seed=1) != whole
    assert cases(half=True) == [(edges[0], "before"), (edges[1], "after"), (edges[2], "before")]
    assert cases(at="after StartRecovery") == [(edges[2], "after")]
