"""Test the documentation: generated pages are current, and what pages name exists."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import shlex
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from drs_simulator.scenario.doubts import DOUBTS
from support.pages import PAGES, name_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE, lookup
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request
import make_error_reference
import make_schemas

README = ROOT / "README.md"
REPOSITORY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
BROWSE = f"{REPOSITORY}/blob/main/"
ROLE_PREFIXES = tuple(f"{path.name}_" for path in sorted((ROOT / "roles").iterdir()))
# Names that begin like a variable of a role and are none: results of modules, and what a role hands to task files.
NOT_VARIABLES = {
    # the page about variables shows names that are refused, and names of one's own
    *("recovery_applications", "recovery_max_failures", "terminate_runid", "recovery_resumed", "recovery_ticket_url"),
    "report_footer_",
    # fields of results and of the reports
    *("recovery_instance_id", "recovery_instance_ids", "recovery_instances", "recovery_instances_unread"),
    *("recovery_instance_gone", "recovery_instance_replaced", "recovery_instance_unknown", "recovery_point"),
    *("readiness_score", "report_path", "failback_stage", "failback_stages", "status_cell", "terminate_failed"),
    *("orchestrate_output", "capacity_report"),
    # keys of a scenario
    *("failback_failed", "failback_roles", "failback_clients", "failback_client"),
    # what a role hands to task files, and keys of a request
    *("recovery_request", "terminate_recovery_instances"),
    # playbooks, policies, tests and other files
    *(path.stem for folder in ("playbooks", "roles", "tests", "docs") for path in (ROOT / folder).rglob("*.*")),
    # results of verbs, and settings of the simulator
    *(name for verb in request.VERBS.values() for name in verb.outputs),
    *(doubt.name for doubt in DOUBTS),
}


def links(text: str) -> list[str]:
    """The targets of the links of a Markdown text, code blocks left out."""
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)
    return {make_error_reference.anchor(heading) for heading in headings}


def broken_links(page: Path, text: str) -> list[str]:
    """The links to files and headings of the checkout that lead nowhere."""
    broken = []
    for link in links(text):
        if link.startswith(BROWSE):
            target, _hash, heading = link.removeprefix(BROWSE).partition("#")
            path = ROOT / target
        elif "://" in link or link.startswith("mailto:"):
            continue
        else:
            target, _hash, heading = link.partition("#")
            path = page.parent / target if target else page
        if not path.exists() or (heading and heading not in anchors(path.read_text(encoding="utf-8"))):
            broken.append(link)
    return broken


def role_options() -> set[str]:
    """Every variable that a role of the collection declares."""
    specs = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in ROOT.glob("roles/*/meta/argument_specs.yml")]
    return {option for spec in specs for entry in spec["argument_specs"].values() for option in entry["options"]}


def unknown_variables(text: str) -> set[str]:
    """Names that look like variables of the roles and are none."""
    found = set(re.findall(r"\b(?:%s)[a-z0-9_]+\b" % "|".join(ROLE_PREFIXES), text))
    return found - role_options() - NOT_VARIABLES - set(CATALOGUE)


def test_the_error_reference_is_up_to_date():
    """When it is not: .venv/bin/python tools/make_error_reference.py"""
    assert make_error_reference.PAGE.read_text(encoding="utf-8") == make_error_reference.page()


def test_every_code_stands_in_the_reference_once():
    listed = [code for _title, _intro, codes in make_error_reference.grouped() for code in codes]
    assert sorted(listed) == sorted(CATALOGUE)
    for code in listed:
        assert make_error_reference.shown(code) in make_error_reference.page()


def test_a_new_code_appears_in_the_reference(monkeypatch):
    entry = lookup("no_match")._replace(cause="It is new.", remedy="Ask <somebody>.")
    monkeypatch.setitem(CATALOGUE, "brand_new", entry)
    text = make_error_reference.page()
    assert "### `brand_new`\n\nIt is new.\n\n- **Do:** Ask &lt;somebody>.\n- **Retryable:** no\n" in text
    assert make_error_reference.main(["--check"]) == 1


@pytest.mark.parametrize("name", make_schemas.SCHEMAS)
def test_published_schemas_are_those_that_are_used(name):
    """When one is not: .venv/bin/python tools/make_schemas.py"""
    assert make_schemas.path(name).read_text(encoding="utf-8") == make_schemas.text(name)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


def outside_of_the_tarball(page: Path, text: str) -> list[str]:
    """The links of a page that the tarball holds to files that it leaves out: there they lead nowhere."""
    ignored = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]

    def left_out(path: Path) -> bool:
        inside = path.resolve().relative_to(ROOT)
        return any(fnmatch(str(one), pattern) for one in (inside, *inside.parents) for pattern in ignored)

    near = [link for link in links(text) if "://" not in link and not link.startswith(("mailto:", "#"))]
    targets = {link: page.parent / link.partition("#")[0] for link in near}
    return [] if left_out(page) else [link for link, target in targets.items() if left_out(target)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere_in_the_tarball_too(page):
    assert outside_of_the_tarball(page, page.read_text(encoding="utf-8")) == []


def test_a_link_out_of_the_tarball_is_seen():
    text = "[a](simulator/README.md#x) [b](docs/start.md) [c](tools/house.py) [d](https://docs.ansible.com) [e](#here)"
    assert outside_of_the_tarball(README, text) == ["simulator/README.md#x", "tools/house.py"]
    assert outside_of_the_tarball(ROOT / "simulator" / "README.md", "[a](../tools/house.py)") == []


def test_a_broken_link_is_seen():
    text = (
        f"[a](nowhere.md) [b](README.md#nothing) [c]({BROWSE}docs/none.md) [d](https://docs.ansible.com) [e](README.md)"
    )
    assert broken_links(README, text) == ["nowhere.md", "README.md#nothing", f"{BROWSE}docs/none.md"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_goes_to_the_placeholder_of_a_repository(page):
    """A reader of the checkout follows relative links; galaxy.yml needs an address, and this one leads nowhere."""
    assert [link for link in links(page.read_text(encoding="utf-8")) if link.startswith(REPOSITORY)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_playbooks_and_modules_that_are_named_exist(page):
    text = page.read_text(encoding="utf-8")
    playbooks = set(re.findall(r"ansible-playbook\s+resilience\.drs\.([a-z0-9_]+)", text))
    assert playbooks <= {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    modules = set(re.findall(r"\bresilience\.drs\.(drs_[a-z_]+):$", text, flags=re.MULTILINE))
    assert modules <= {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_variables_that_are_named_exist(page):
    assert unknown_variables(page.read_text(encoding="utf-8")) == set()


def test_a_wrong_variable_is_seen():
    assert unknown_variables("recovery_policy, recovery_polices, terminate_fail") == {"recovery_polices"}


def broken_extra_variables(text: str) -> list[str]:
    """What stands behind ``-e '{`` in a text and is not one word of a shell that holds JSON."""
    words = re.findall(r"-e ('\{[^']*'[^\s`]*)", text)
    broken = [] if len(words) == len(re.findall(r"-e '\{", text)) else ["a quote is not closed"]
    for word in words:
        try:
            (value,) = shlex.split(word)
            json.loads(value)
        except ValueError:
            broken.append(word)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_extra_variables_can_be_pasted(page):
    assert broken_extra_variables(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("wrong", ["'{\"a\": 1}\\'", "'{\"a\": 1'", '\'{"a": 1}', "'{a: <b>}'"])
def test_extra_variables_that_cannot_be_pasted_are_seen(wrong):
    assert broken_extra_variables(f"$ drill -e {wrong}\n") != []
    assert broken_extra_variables('$ drill -e \'{"a": "<b> ...",\n    "c": 1}\' --check, `-e \'{"d": 1}\'`.') == []


# Verbs whose runbook is a part of another page.
RUNBOOKS = {
    **dict.fromkeys(("cancel", "pause", "runs"), "docs/runbooks/resume.md"),
    "capacity": "docs/capacity.md",
    "sweep": "docs/runbooks/terminate.md",
    "verify_evidence": "docs/runbooks/report.md",
}


def without_runbook(verbs: set[str]) -> list[str]:
    """The playbooks whose page is not there, or does not show how they are called."""
    missing = []
    for verb in sorted(verbs):
        page = ROOT / RUNBOOKS.get(verb, f"docs/runbooks/{verb}.md")
        command = rf"ansible-playbook\s+resilience\.drs\.{verb}\b"
        if not page.is_file() or not re.search(command, page.read_text(encoding="utf-8")):
            missing.append(verb)
    return missing


def unlinked(readme: str) -> list[str]:
    """The pages below docs/ that a README does not lead to."""
    linked = {link.partition("#")[0] for link in links(readme)}
    return sorted({name_of(page) for page in (ROOT / "docs").rglob("*.md")} - linked)


def test_every_playbook_has_its_runbook():
    verbs = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert without_runbook(verbs) == []
    assert set(RUNBOOKS) <= verbs
    assert without_runbook({"drill", "fall_over"}) == ["fall_over"]


def test_every_page_is_linked_from_the_readme():
    text = README.read_text(encoding="utf-8")
    assert unlinked(text) == []
    assert unlinked(text.replace("](docs/iam.md", "](docs/")) == ["docs/iam.md"]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("README.md", "## Five minutes to a real account"),
        ("docs/start.md", "### The four commands"),
        ("docs/concepts.md", "## Run store"),
        ("docs/troubleshooting.md", "### `no_match`"),
        ("docs/iam.md", "## Drill and failover"),
        ("docs/capacity.md", "resilience.drs.capacity"),
        ("docs/scaling.md", "20"),
        ("docs/architecture.md", "## The rooms of the library"),
        ("docs/automation_platform.md", "## Why an approval node is not four eyes"),
    ],
)
def test_what_a_newcomer_asks_has_a_page(page, says):
    assert says in (ROOT / page).read_text(encoding="utf-8")


def missing_folders(root, page, places):
    """The folders with files below each place that a page does not name as `folder/`; ``effects`` is said once."""
    text = (root / page).read_text(encoding="utf-8")
    missing = []
    for place in places:
        for folder in sorted(one for one in (root / place).rglob("*") if one.is_dir()):
            name = folder.relative_to(root / place).as_posix()
            if folder.name in ("effects", "__pycache__") or not any(one.is_file() for one in folder.iterdir()):
                continue
            if [one.name for one in folder.iterdir() if one.is_file()] == ["__init__.py"]:
                continue
            if f"`{name}/`" not in text:
                missing.append(f"{place}/{name}")
    return missing


def test_the_architecture_names_every_folder(tmp_path):
    places = ("plugins/module_utils/_drs", "plugins/plugin_utils", "simulator/drs_simulator")
    assert missing_folders(ROOT, "docs/architecture.md", places) == []
    (tmp_path / "room" / "other").mkdir(parents=True)
    (tmp_path / "room" / "other" / "file.py").write_text("", encoding="utf-8")
    (tmp_path / "page.md").write_text("`room/`", encoding="utf-8")
    assert missing_folders(tmp_path, "page.md", ["room"]) == ["room/other"], "the check can fail"


def test_contributing_names_every_folder_of_the_checkout():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    ignored = set((ROOT / ".gitignore").read_text(encoding="utf-8").split())
    folders = [one for one in ROOT.iterdir() if one.is_dir() and not one.name.startswith(".")]
    folders = [one for one in folders if f"/{one.name}/" not in ignored]
    folders += [one for one in (ROOT / "plugins").iterdir() if one.is_dir() and one.name != "__pycache__"]
    names = {one.relative_to(ROOT).as_posix() for one in folders}
    assert sorted(name for name in names - {"plugins", "__pycache__"} if f"`{name}/" not in text) == []
