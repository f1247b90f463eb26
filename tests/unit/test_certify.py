"""Test the tools of certification and release: each rule can fail, and the tarball of today keeps them."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from pathlib import Path

import certify
import certify_cells
import certify_platform
import certify_rulebook
import cores
import docs_site
import docs_site_conf
import pytest
import release
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from support import automation

ROOT = Path(__file__).resolve().parents[2]
GALAXY = (ROOT / "galaxy.yml").read_text(encoding="utf-8")
FLOORS = "boto3>=1.34.0\nbotocore>=1.34.0\njsonschema>=4.0.0\n"


def test_the_tarball_holds_what_works_from_it(tmp_path, monkeypatch):
    monkeypatch.setattr(certify, "WORK", tmp_path)
    assert certify.tarball() == []


@pytest.mark.parametrize(
    ("names", "galaxy", "requirements", "complaint"),
    [
        (["tests/integration/test_drill.py"], {}, FLOORS, "tests/integration/test_drill.py cannot work from a tarball"),
        ([], {}, FLOORS, "docs/start.md is missing"),
        ([], {}, FLOORS.replace("jsonschema>=4.0.0\n", ""), "requirements.txt names no floor for jsonschema"),
        ([], {}, FLOORS + "PyYAML==6.0\n", "requirements.txt caps: PyYAML==6.0"),
        ([], {"issues": None}, FLOORS, "galaxy.yml names no issues"),
        (
            [],
            {"homepage": "https://github.com/your-org/drs"},
            FLOORS,
            "galaxy.yml: homepage is a placeholder that looks real: https://github.com/your-org/drs",
        ),
    ],
)
def test_what_is_wrong_with_a_tarball_is_seen(names, galaxy, requirements, complaint):
    assert complaint in certify.tarball_problems(names, {**yaml.safe_load(GALAXY), **galaxy}, requirements)


def test_a_warning_of_the_importer_counts_although_it_ends_well():
    said = "Loading role recovery\nWARNING: no changelog\nERROR: broken\nImporter processing completed successfully"
    assert certify.complaints(said) == ["WARNING: no changelog", "ERROR: broken"]


def test_every_warning_of_a_playbook_counts():
    quiet = "TASK [Drill]\nchanged: [payments]"
    assert certify_cells.noise(quiet) == []
    assert certify_cells.noise(quiet + "\n[DEPRECATION WARNING]: gone in 2.24") == [
        "[DEPRECATION WARNING]: gone in 2.24"
    ]


def test_the_matrix_begins_with_the_oldest_core_and_has_both_ends_of_amazon_aws():
    first = next(iter(certify_cells.CELLS.values()))
    assert first.core == cores.oldest()
    assert {one.core for one in certify_cells.CELLS.values()} <= set(cores.PYTHONS)
    assert {one.amazon for one in certify_cells.CELLS.values()} == set(certify_cells.ENDS)
    (lowest,) = re.findall(r"[\d.]+", yaml.safe_load(GALAXY)["dependencies"]["amazon.aws"])
    assert first.amazon == lowest == min(certify_cells.ENDS, key=lambda one: [int(part) for part in one.split(".")])


def test_a_piece_that_fails_or_cannot_be_had_ends_the_certification_badly(monkeypatch, capsys):
    def missing():
        raise cores.NotToBeHad("no Python 3.13")

    pieces = {"good": list, "bad": lambda: ["a line is too long"], "gone": missing}
    monkeypatch.setattr(certify, "PIECES", pieces)
    assert certify.main(["good"]) == 0
    assert certify.main([]) == 1
    said = capsys.readouterr().out
    assert "    a line is too long" in said and "    not proven: no Python 3.13" in said
    assert certify.main(["better"]) == 2


def imported(path):
    """The modules that a file imports, also inside of its functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = "support" if node.level else ""
            base = ".".join(part for part in (package, node.module) if part)
            yield base
            yield from (f"{base}.{one.name}" for one in node.names)


def needed(path, seen):
    """What a test imports that is not in the tarball, by itself or by what supports it: (file, module)."""
    outside = {one.stem for one in (ROOT / "tools").glob("*.py")} | {"drs_simulator"}
    for name in imported(path):
        if name.partition(".")[0] in outside:
            yield path.name, name
        support = ROOT / "tests" / f"{name.replace('.', '/')}.py"
        if name.startswith("support.") and support.is_file() and support not in seen:
            seen.add(support)
            yield from needed(support, seen)


# what galaxy.yml leaves out of the tarball is no test of it
OF_THE_TARBALL = [
    path
    for path in sorted((ROOT / "tests" / "unit").rglob("*.py"))
    if path.name != "test_cells_in_process.py" and not (path.parent.name == "unit" and path.name.startswith("test_"))
]


@pytest.mark.parametrize("path", OF_THE_TARBALL, ids=lambda one: one.name)
def test_unit_tests_of_the_tarball_need_nothing_that_is_not_in_it(path):
    assert list(needed(path, set())) == []


def test_all_data_for_the_platform_becomes_calls():
    made = list(certify_platform.calls(automation.objects()))
    counted = {module: sum(one == module for one, _parameters in made) for module, _parameters in made}
    nodes = sum(len(one[certify_platform.NODES]) for one in automation.workflows().values())
    assert (
        counted["job_template"] == len(automation.templates()) and counted["workflow_job_template_node"] == nodes > 10
    )
    assert set(counted) == {*certify_platform.MODULES.values(), "workflow_job_template_node"}
    with pytest.raises(KeyError, match="controller_labels"):
        list(certify_platform.calls({**automation.objects(), "controller_labels": []}))


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"name": "DRS drill", "fork": 5}, "job_template DRS drill: fork. Supported parameters include: forks, name."),
        ({"name": "DRS drill", "forks": "many"}, "job_template DRS drill: argument 'forks' is of type"),
        ({"forks": 5}, "job_template None: missing required arguments: name"),
    ],
)
def test_a_call_that_ansible_would_refuse_is_seen(parameters, complaint):
    check = ArgumentSpecValidator({"name": {"required": True}, "forks": {"type": "int"}})
    assert certify_platform.complaints(("job_template", {"name": "DRS drill", "forks": 5}), check) == []
    (found,) = certify_platform.complaints(("job_template", parameters), check)
    assert found.startswith(complaint)


def test_without_java_the_rulebook_is_not_proven(monkeypatch, capsys):
    assert certify.java('openjdk version "17.0.21.1" 2026-11-17\nOpenJDK Runtime') == 17
    assert (certify.java('java version "1.8.0_401"'), certify.java("command not found")) == (8, 0)
    monkeypatch.setattr(certify.shutil, "which", lambda name: None)
    assert certify.main(["rulebook"]) == 1
    assert "not proven: the rule engine needs Java 17 or newer, and none is here" in capsys.readouterr().out


@pytest.fixture
def stand_in():
    """The server in the place of a platform."""
    with certify_rulebook.Platform() as made:
        yield made


def test_the_stand_in_of_a_platform_refuses_what_a_platform_refuses(stand_in):
    (shown,) = stand_in.found("DRS readiness")
    assert shown["ask_limit_on_launch"] is True and shown["summary_fields"]["organization"]["name"] == "Default"
    code, told = stand_in.launch(shown["id"], {"limit": "all", "extra_vars": {"ansible_eda": {}}})
    assert (code, told) == (400, {"variables_needed_to_start": ["readiness_fail_below: is not answered"]})
    assert stand_in.refused == ["DRS readiness: readiness_fail_below: is not answered"] and not stand_in.launched
    answered = {"extra_vars": {"ansible_eda": {}, "readiness_fail_below": 70}}
    assert stand_in.launch(shown["id"], answered)[0] == 201 and stand_in.launched == {"DRS readiness": 1}


PUBLIC = release.addressed(GALAXY, "https://git.example.org/dr/drs/")


def test_a_release_has_public_addresses():
    addresses = yaml.safe_load(PUBLIC)
    assert addresses["issues"] == "https://git.example.org/dr/drs/issues"
    assert release.problems(PUBLIC, 3, [], False) == []


@pytest.mark.parametrize(
    ("galaxy", "fragments", "released", "here", "problem"),
    [
        (GALAXY, 3, [], False, "no public addresses"),
        (PUBLIC, 0, [], False, "nothing has changed"),
        (PUBLIC, 3, ["1.0.0"], False, "1.0.0 has its changelog, and fragments wait: raise the version"),
        (GALAXY, 3, ["1.0.0"], True, "1.0.0 has its changelog, and fragments wait: raise the version"),
        (GALAXY, 0, ["1.0.0"], True, "nothing has changed"),
        (GALAXY, 0, [], True, "nothing has changed"),
        (PUBLIC.replace("version: 1.0.0", "version: 1.1.0-dev"), 3, [], False, "1.1.0-dev is no version of a release"),
    ],
)
def test_why_no_release_is_made(galaxy, fragments, released, here, problem):
    assert any(problem in one for one in release.problems(galaxy, fragments, released, here))
    assert release.problems(GALAXY, 3, [], True) == []


def test_a_changelog_needs_no_address_and_its_tarball_comes_later():
    assert release.problems(GALAXY, 3, [], here=True) == []
    assert release.problems(PUBLIC, 0, ["1.0.0"], here=False) == []


def test_only_the_first_release_leaves_out_how_it_came_to_be():
    fragments = {
        "1.0.0.yml": "release_summary: The first.\n",
        "b.yml": "bugfixes: [x - y.]\n",
        "a.yml": "trivial: [z]\n",
    }
    assert release.history(fragments, []) == ["a.yml", "b.yml"]
    assert release.history(fragments, ["1.0.0"]) == []


def test_the_first_release_is_summed_up_and_no_playbook_is_forgotten():
    released = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    if released:
        assert released["1.0.0"]["changes"]["release_summary"]
        return
    first = (ROOT / "changelogs" / "fragments" / "1.0.0.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"``(\w+)``", yaml.safe_load(first)["release_summary"]))
    assert {path.stem for path in (ROOT / "playbooks").glob("*.yml")} <= named


@pytest.mark.parametrize(("version", "later"), [("1.0.0", "1.0.1"), ("1.2.9", "1.2.10")])
def test_the_release_after_one(version, later):
    assert certify.next_patch(version) == later


def test_the_site_has_every_page_once():
    pages = docs_site.headings(ROOT / "docs")
    contents = docs_site.index("# The README", pages)
    listed = re.findall(r"^(?:.+ <)?(docs/\S+?)>?$", contents, flags=re.MULTILINE)
    assert sorted(listed) == sorted(f"docs/{one}" for one in pages)
    # every page of ours that the README leads to stands in the contents, or Sphinx warns
    linked = re.findall(r"\]\((\w+\.(?:md|rst))\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert "CHANGELOG.rst" in linked and set(linked) <= set(docs_site.BESIDE)
    assert "\nCHANGELOG\n" in contents
    assert "\nDrill <docs/runbooks/drill>\n" in contents, "without the word Runbook, under which it stands already"
    for wrong in ({**pages, "new": "New"}, {name: pages[name] for name in pages if name != "start"}):
        with pytest.raises(ValueError, match=r"\['(new|start)'\]"):
            docs_site.index("# The README", wrong)


def test_the_site_shows_roles_before_modules_and_no_placeholder_of_an_address():
    labels = ("plugin_index_for", "module_plugins_in", "role_plugins_in")
    text = "top\n" + "".join(f".. _{label}_resilience.drs:\n\n{label}\n\n" for label in labels)
    order = re.findall(r"(?m)^(\w+)$", docs_site.roles_first(text))
    assert order == ["top", "role_plugins_in", "plugin_index_for", "module_plugins_in"]
    assert sorted(docs_site.roles_first(text).split()) == sorted(text.split())
    galaxy = "name: drs\nissues: https://example.com/a\nhomepage: https://dr.example.org/b\n"
    assert docs_site.without_placeholders(galaxy) == "name: drs\nhomepage: https://dr.example.org/b\n"


def test_the_search_takes_our_ranking():
    """Sphinx writes the file before its own ``var Scorer``: declared in any other way, no page is found at all."""
    assert re.search(
        r"(?m)^var Scorer = \{", (ROOT / "tools" / docs_site.ASSETS["search.js"]).read_text(encoding="utf-8")
    )


def test_what_plugins_refer_to_in_the_documentation_of_ansible_is_linked_there():
    address = docs_site_conf.address
    assert address("action_plugins") == "https://docs.ansible.com/ansible/latest/plugins/action.html"
    # the page of a callback names the page of all callbacks
    assert address("callback_plugins") == "https://docs.ansible.com/ansible/latest/plugins/callback.html"
    assert address("ansible_collections.amazon.aws.sts_assume_role_module").endswith(
        "/collections/amazon/aws/sts_assume_role_module.html"
    )
    assert address("nowhere") is None and address("ansible_collections.resilience.drs.gone_module") is None


def test_what_a_page_of_the_site_links_to_comes_with_it(tmp_path):
    source, root = tmp_path / "source", tmp_path / "root"
    for folder in (source / "docs", root / "docs", root / "simulator"):
        folder.mkdir(parents=True)
    (source / "docs" / "a.md").write_text(
        "[s](x.json) [e](x.json#top) [r](../README.md#b) [w](https://a.example/x.txt)"
    )
    for name in ("README.md", "LICENSE", "docs/x.json", *docs_site.BESIDE):
        (root / name).write_text("[l](../LICENSE)" if name.startswith("simulator") else "words")
    docs_site.carry(source, root)
    files = {str(one.relative_to(source)) for one in source.rglob("*") if one.is_file()}
    assert files == {"docs/a.md", "docs/x.json", "LICENSE", *docs_site.BESIDE}
    assert "(../index.md#b)" in (source / "docs" / "a.md").read_text()
