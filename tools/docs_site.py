"""Build the documentation as a site, `tools/docs_site.py`, in .build/site/html, of docs/*.md and the plugins.

antsibull-docs writes a page for each plugin and role from its own documentation; Sphinx makes one searchable site of
them and of the pages in docs/. Any warning ends it badly.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import certify_cells
import tree

SITE = tree.ROOT / ".build" / "site"
PACKAGES = ["antsibull-docs~=2.28.0", "ansible-core~=2.19.0", "sphinx", "myst-parser", "furo"]
# What a reader of the site meets first comes first.
ORDER = ("start", "concepts", "plans", "guardrails", "troubleshooting", "iam", "automation_platform", "platform_api")
# Pages of Ansible's own documentation that those of plugins refer to.
ELSEWHERE = {
    "common_return_values": "reference_appendices/common_return_values.html",
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
}
CONFIGURATION = """\
project = "resilience.drs"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_title = "resilience.drs"
html_show_sourcelink = html_copy_source = False
html_static_path = ["site"]
html_css_files = ["site.css"]
"""
# What the theme leaves poor: tables that are wider than a phone.
STYLE = """\
article table { display: block; max-width: 100%; overflow-x: auto; }
article img { background: none; }
"""
# Pages of the checkout beside docs/ that pages of docs/ lead to.
BESIDE = ("simulator/README.md", "CONTRIBUTING.md")


def index(readme: str, pages: list[str], runbooks: list[str]) -> str:
    """The first page: the README, and behind it what stands beside every page, the contents."""
    first = [name for name in ORDER if name in pages]
    rest = sorted(set(pages) - set(first) - {"requirements"})
    lines = [readme]
    for title, names in (
        ("Guide", [f"docs/{name}" for name in first + rest]),
        ("Runbooks", [f"docs/runbooks/{name}" for name in runbooks]),
        ("Plugins and roles", ["collections/index"]),
        ("The project", ["docs/requirements", *[name[: -len(".md")] for name in BESIDE]]),
    ):
        lines += ["```{toctree}", ":hidden:", f":caption: {title}", "", *names, "```", ""]
    return "\n".join(lines)


def carry(source: Path, root: Path) -> None:
    """Copy the pages of a checkout to where the site is made of, and every file that one of them links to."""
    for name in BESIDE:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, source / name)
    for page in sorted(source.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)", text):
            target = Path(os.path.normpath(page.parent / link))
            wanted = root / target.relative_to(source)
            if not target.exists() and wanted.is_file() and wanted != root / "README.md":
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(wanted, target)
        # the README is the first page here
        page.write_text(re.sub(r"\]\(((?:\.\./)+)README\.md", r"](\1index.md", text), encoding="utf-8")


def elsewhere(folder: Path) -> str:
    """A page with the labels of Ansible's documentation that the pages of a folder refer to, each with its address."""
    lines = [":orphan:", "", "Elsewhere", "=========", ""]
    text = "".join(one.read_text(encoding="utf-8") for one in folder.glob("*.rst"))
    theirs = sorted(set(re.findall(r"<(ansible_collections\.amazon\.aws\.\w+)>`", text)))
    pages = {label: "collections/amazon/aws/%s.html" % label.rpartition(".")[2] for label in theirs}
    for label, page in {**ELSEWHERE, **pages}.items():
        title = label.replace("_", " ").capitalize()
        lines += [
            f".. _{label}:",
            "",
            title,
            "-" * len(title),
            "",
            f"https://docs.ansible.com/ansible/latest/{page}",
            "",
        ]
    return "\n".join(lines)


def without_contents(folder: Path) -> None:
    """Take the contents out of the pages of plugins: the theme shows those of every page beside it."""
    for page in folder.rglob("*.rst"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"(?m)^\.\. contents::\n(?:   :.*\n)*", "", text), encoding="utf-8")


def environment(binaries: Path, collection: Path) -> dict[str, str]:
    """Nothing of the caller's Ansible; the copy of the collection and amazon.aws beside it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
    path = os.pathsep.join([str(binaries), kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "ANSIBLE_COLLECTIONS_PATH": str(collection.parents[2]), "LC_ALL": "C.UTF-8"}


def main() -> int:
    """Build; returns the exit code."""
    binaries = certify_cells.venv(tree.ROOT / ".build" / "site-venv", sys.executable, PACKAGES) / "bin"
    collection = tree.build("site")
    for spec in collection.glob("roles/*/meta/argument_specs.yml"):
        # antsibull-docs takes a default that is an expression for a mistake; the role's own page says which it is
        text = spec.read_text(encoding="utf-8")
        spec.write_text(re.sub(r'(?m)^ +default: "\{\{.*\}\}"\n', "", text), encoding="utf-8")
    source = SITE / "source"
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(collection / "docs", source / "docs")
    pages = sorted(one.stem for one in (source / "docs").glob("*.md"))
    runbooks = sorted(one.stem for one in (source / "docs" / "runbooks").glob("*.md"))
    (source / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    readme = (tree.ROOT / "README.md").read_text(encoding="utf-8")
    (source / "index.md").write_text(index(readme, pages, runbooks), encoding="utf-8")
    carry(source, tree.ROOT)
    (source / "site").mkdir()
    (source / "site" / "site.css").write_text(STYLE, encoding="utf-8")
    (source / "collections").mkdir()
    env = environment(binaries, collection)
    plugins = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    plugins += ["--dest-dir", str(source / "collections"), "resilience.drs"]
    html = ["sphinx-build", "-q", "-W", "--keep-going", "-b", "html", str(source), str(SITE / "html")]
    for command in (plugins, html):
        if command is html:
            without_contents(source / "collections")
            (source / "elsewhere.rst").write_text(elsewhere(source / "collections"), encoding="utf-8")
        if subprocess.run(command, check=False, env=env, cwd=collection).returncode:
            return 1
    print(f"Open {SITE / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
