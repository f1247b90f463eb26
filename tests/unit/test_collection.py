"""Test the collection as a whole: duplicated facts agree, and each plugin, role and change is complete."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.py"))
ACTIONS = sorted(path for path in (ROOT / "plugins" / "action").glob("*.py") if not path.name.startswith("_"))
INVENTORIES = sorted((ROOT / "plugins" / "inventory").glob("*.py"))
ROLES = sorted(path for path in (ROOT / "roles").glob("*") if path.is_dir())
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.y*ml"))
REQUIREMENTS = {
    "A": 6, "I": 5, "D": 11, "X": 5, "C": 3, "R": 16, "F": 5, "S": 3, "O": 7, "H": 6, "N": 4, "B": 9, "P": 5, "T": 5,
    "U": 6,
}  # fmt: skip
ROWS = [f"{section}{number}" for section, last in REQUIREMENTS.items() for number in range(1, last + 1)]


def load(name: str):
    """A YAML file of the checkout, parsed."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def strings_of(path: Path) -> dict[str, str]:
    """The documentation strings of a module file by name, read without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def documentation(path: Path) -> dict:
    """DOCUMENTATION of a module, parsed."""
    return yaml.safe_load(strings_of(path)["DOCUMENTATION"])


def problems_of_rows(text: str, root: Path) -> list[str]:
    """What is wrong with a requirements map: rows missing, doubled, unknown or malformed, and names of nothing.

    A row reads ``- ID · places · tests``. Places and tests are paths relative to the checkout, separated by commas; a
    test may name a function as ``path::function``. ``planned`` stands in both fields or in none.
    """
    found: dict[str, tuple[str, str]] = {}
    problems = []
    for line in text.splitlines():
        if not line.startswith("- "):
            continue
        fields = [field.strip() for field in line[2:].split("·")]
        if len(fields) != 3 or not all(fields):
            problems.append(f"not three fields: {line}")
        elif fields[0] in found:
            problems.append(f"{fields[0]} stands twice")
        else:
            found[fields[0]] = (fields[1], fields[2])
    problems += [f"{row} is missing" for row in ROWS if row not in found]
    problems += [f"{row} is no requirement" for row in found if row not in ROWS]
    for row, (places, tests) in found.items():
        if "planned" in (places, tests):
            if places != tests:
                problems.append(f"{row} is half planned")
            continue
        for name in (entry.strip() for field in (places, tests) for entry in field.split(",")):
            path, _separator, function = name.strip("`").partition("::")
            if not (root / path).exists():
                problems.append(f"{row} names {path}, which is not there")
            elif function and not re.search(rf"def {re.escape(function)}\b", (root / path).read_text(encoding="utf-8")):
                problems.append(f"{row} names {function}, which is not in {path}")
        if not all(entry.strip(" `").startswith("tests/") for entry in tests.split(",")):
            problems.append(f"{row} has a test outside tests/")
    return problems


def test_the_action_group_holds_the_modules_that_talk_to_a_cell():
    with_cell = {
        path.stem for path in MODULES if "resilience.drs.cell" in documentation(path)["extends_documentation_fragment"]
    }
    group = load("meta/runtime.yml")["action_groups"]["drs"]
    assert {member for member in group if isinstance(member, str)} == with_cell
    assert {"metadata": {"extend_group": ["amazon.aws.aws"]}} in group


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_is_documented(path):
    strings = strings_of(path)
    doc = documentation(path)
    assert doc["module"] == path.stem
    assert doc["version_added"]
    fragments = doc["extends_documentation_fragment"]
    assert "resilience.drs.attributes" in fragments
    assert ("resilience.drs.attributes.actiongroup_drs" in fragments) == ("resilience.drs.cell" in fragments)
    examples = yaml.safe_load(strings["EXAMPLES"])
    if path.stem != "drs_controller":  # which nobody calls by its own name
        assert any(f"resilience.drs.{path.stem}" in str(example) for example in examples)
    assert yaml.safe_load(strings["RETURN"])


def test_what_is_internal_says_so_first_and_is_used_by_the_roles():
    internal = {path.stem for path in MODULES if "Internal to" in path.read_text(encoding="utf-8")}
    tasks = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "roles").glob("*/tasks/*.yml"))
    assert {"drs_failback_walk", "drs_recovery_walk", "drs_run", "drs_show"} <= internal
    for name in internal:
        first = documentation(ROOT / "plugins" / "modules" / f"{name}.py")["description"][0]
        assert first.startswith("Internal to the roles of resilience.drs."), name
        assert f"resilience.drs.{name}:" in tasks or name == "drs_controller", name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_attribute_has_its_support(path):
    """The plain fragment only describes the attributes: a variant or the module itself has to say what is supported."""
    doc = documentation(path)
    variants = {"resilience.drs.attributes.read_only", "resilience.drs.attributes.controller"}
    if not variants & set(doc["extends_documentation_fragment"]):
        assert {"check_mode", "diff_mode", "idempotent"} <= set(doc.get("attributes", {}))


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: path.stem)
def test_an_action_plugin_has_a_module_that_documents_it(path):
    assert (ROOT / "plugins" / "modules" / path.name).is_file()


@pytest.mark.parametrize("path", INVENTORIES, ids=lambda path: path.stem)
def test_an_inventory_plugin_is_documented(path):
    doc = documentation(path)
    assert doc["name"] == path.stem and doc["description"] and doc["options"]
    assert f"resilience.drs.{path.stem}" in strings_of(path)["EXAMPLES"]


@pytest.mark.parametrize("path", ROLES, ids=lambda path: path.name)
def test_a_role_is_complete(path):
    for name in ("README.md", "defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml", "tasks/main.yml"):
        assert (path / name).is_file(), name
    defaults = yaml.safe_load((path / "defaults" / "main.yml").read_text(encoding="utf-8")) or {}
    specs = yaml.safe_load((path / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    options = {option for spec in specs.values() for option in spec.get("options", {})}
    assert {name for name in defaults if not name.startswith("__")} <= options


def test_there_are_roles_and_playbooks():
    """Guards against the checks above passing for want of anything to check."""
    assert {"status", "recovery", "terminate"} <= {path.name for path in ROLES}
    assert {"status", "drill", "terminate", "failover"} <= {path.stem for path in PLAYBOOKS}


def test_playbooks_can_be_called_by_their_full_name():
    """A dash in the file name makes a playbook unfindable as resilience.drs.<name>."""
    assert [path.name for path in PLAYBOOKS if not re.fullmatch(r"[a-z][a-z0-9_]*\.yml", path.name)] == []


def test_yaml_files_end_in_yml():
    folders = ("changelogs/fragments", "meta", "playbooks", "plugins", "roles", "simulator", "extensions")
    assert [str(path) for folder in folders for path in (ROOT / folder).rglob("*.yaml")] == []


def test_amazon_aws_is_the_only_dependency():
    assert list(load("galaxy.yml")["dependencies"]) == ["amazon.aws"]


def test_python_requirements_are_floors():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted
    assert [line for line in wanted if not re.fullmatch(r"[a-z0-9-]+>=[\d.]+", line)] == []
    assert load("meta/execution-environment.yml")["dependencies"]["python"] == "requirements.txt"


def test_the_tarball_leaves_the_workshop_out():
    ignored = set(load("galaxy.yml")["build_ignore"])
    assert {".venv", ".build", "simulator", "tools", "bench", "requirements"} <= ignored


def test_there_are_changes_to_tell():
    """Fragments for the next release, or the changelog of this version once it is released."""
    fragments = list((ROOT / "changelogs" / "fragments").glob("*.yml"))
    released = load("changelogs/changelog.yaml")["releases"]
    assert fragments or load("galaxy.yml")["version"] in released
    sections = {name for name, _title in load("changelogs/config.yaml")["sections"]} | {"release_summary", "trivial"}
    for path in fragments:
        assert set(yaml.safe_load(path.read_text(encoding="utf-8"))) <= sections, path.name


def test_sanity_has_no_ignore_file():
    assert list((ROOT / "tests" / "sanity").glob("ignore*")) == []


def test_the_requirements_map_is_complete_and_true():
    assert problems_of_rows((ROOT / "docs" / "requirements.md").read_text(encoding="utf-8"), ROOT) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("- A1 · planned · planned\n", ""), "A1 is missing"),
        (("- A1 · ", "- A7 · "), "A7 is no requirement"),
        (("- A1 · ", "- A2 · "), "A2 stands twice"),
        (("- A1 · planned · planned", "- A1 · planned"), "not three fields: - A1 · planned"),
        (("- A1 · planned", "- A1 · code.py"), "A1 is half planned"),
        (("- A1 · planned · planned", "- A1 · code.py · tests/none.py"), "A1 names tests/none.py, which is not there"),
        (
            ("- A1 · planned · planned", "- A1 · code.py · tests/t.py::test_b"),
            "A1 names test_b, which is not in tests/t.py",
        ),
        (("- A1 · planned · planned", "- A1 · code.py · code.py"), "A1 has a test outside tests/"),
    ],
)
def test_a_wrong_requirements_map_is_seen(tmp_path, change, problem):
    (tmp_path / "tests").mkdir()
    (tmp_path / "code.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "tests" / "t.py").write_text("def test_a():\n    pass\n", encoding="utf-8")
    good = "".join(f"- {row} · planned · planned\n" for row in ROWS)
    done = good.replace("- A1 · planned · planned", "- A1 · `code.py` · tests/t.py::test_a, tests/t.py")
    assert problems_of_rows(good, tmp_path) == []
    assert problems_of_rows(done, tmp_path) == []
    assert problem in problems_of_rows(good.replace(*change), tmp_path)
