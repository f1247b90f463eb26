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
PACKAGES = ["antsibull-docs~=2.28.0", "ansible-core~=2.19.0", "sphinx", "myst-parser", "furo", "sphinx-copybutton"]
CONFIGURATION = tree.ROOT / "tools" / "docs_site_conf.py"
# What the pages load: {name on the site: file of tools/}.
ASSETS = {"site.css": "docs_site.css", "search.js": "docs_site_search.js"}
# What stands beside every page, in the order in which a reader needs it: {caption: pages}. Whoever is called at night
# looks for a runbook, and for the code of an error; a name of docs/ that stands in no group is refused.
GROUPS = {
    "Start": ("start", "concepts", "inventory", "variables"),
    "Runbooks: recover": (
        *("runbooks/status", "runbooks/drill", "runbooks/failover", "runbooks/resume", "runbooks/approve"),
        *("runbooks/terminate", "runbooks/failback", "runbooks/failback_drill", "troubleshooting"),
    ),
    "Runbooks: prepare": (
        *("runbooks/setup", "runbooks/deploy_agents", "runbooks/extend", "runbooks/launch_settings"),
        *("runbooks/replication_settings", "runbooks/launch_actions", "runbooks/sync_tags", "runbooks/readiness"),
    ),
    "Runbooks: show": ("runbooks/watch", "runbooks/report", "runbooks/history"),
    "Plans and limits": ("plans", "guardrails", "capacity", "scaling", "limits"),
    "Security and networks": ("iam", "network"),
    "Records": ("reports", "history", "notifications"),
    "Automation": ("automation_platform", "platform_api", "orchestrate", "runbooks/orchestrate"),
}
PROJECT = ("simulator", "architecture", "requirements")
# Pages of the checkout beside docs/ that pages of docs/ lead to.
BESIDE = ("simulator/README.md", "CONTRIBUTING.md", "CHANGELOG.rst")


def short(heading: str) -> str:
    """How a page is called beside all the others: a runbook stands there under this word already."""
    name = heading.removeprefix("Runbook: ")
    return name[:1].upper() + name[1:]


def index(readme: str, pages: dict[str, str]) -> str:
    """The first page: the README, and behind it what stands beside every page, the contents.

    :param pages: those of docs/, by their path in it without the ending, with what they are called.
    :raises ValueError: when the groups and the pages are not the same.
    """
    listed = [name for names in (*GROUPS.values(), PROJECT) for name in names]
    if sorted(listed) != sorted(pages):
        raise ValueError(f"GROUPS and docs/ differ: {sorted(set(listed) ^ set(pages)) or 'a page stands twice'}")
    named = {name: f"{short(heading)} <docs/{name}>" for name, heading in pages.items()}
    lines = [readme]
    for title, names in (
        *((title, [named[name] for name in names]) for title, names in GROUPS.items()),
        ("Plugins and roles", ["Modules, inventory, roles <collections/index>"]),
        (
            "The project",
            [*[named[name] for name in PROJECT], *[Path(name).with_suffix("").as_posix() for name in BESIDE]],
        ),
    ):
        lines += ["```{toctree}", ":hidden:", f":caption: {title}", "", *names, "```", ""]
    return "\n".join(lines)


def headings(folder: Path) -> dict[str, str]:
    """The first heading of each page below a folder, by the path of the page without its ending."""
    pages = {}
    for page in sorted(folder.rglob("*.md")):
        found = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        pages[page.relative_to(folder).with_suffix("").as_posix()] = found.group(1) if found else page.stem
    return pages


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


def without_contents(folder: Path) -> None:
    """Take the contents out of the pages that are not ours to write: the theme shows those of every page beside it."""
    for page in folder.rglob("*.rst"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"(?m)^\.\. contents::\n(?:   :.*\n)*", "", text), encoding="utf-8")


def roles_first(text: str) -> str:
    """The index of the plugins with the roles before the modules: people use roles, and roles use the modules."""
    start, end = (text.index(f".. _{name}_resilience.drs:\n") for name in ("plugin_index_for", "role_plugins_in"))
    return text[:start] + text[end:].rstrip("\n") + "\n\n" + text[start:end]


def without_placeholders(galaxy: str) -> str:
    """A galaxy.yml without the addresses that no release has filled in: the site would link to them."""
    return re.sub(r"(?m)^\w+: https://example\.com/.*\n", "", galaxy)


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
    galaxy = collection / "galaxy.yml"
    galaxy.write_text(without_placeholders(galaxy.read_text(encoding="utf-8")), encoding="utf-8")
    source = SITE / "source"
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(collection / "docs", source / "docs")
    shutil.copyfile(CONFIGURATION, source / "conf.py")
    readme = (tree.ROOT / "README.md").read_text(encoding="utf-8")
    (source / "index.md").write_text(index(readme, headings(source / "docs")), encoding="utf-8")
    carry(source, tree.ROOT)
    (source / "site").mkdir()
    for name, ours in ASSETS.items():
        shutil.copyfile(tree.ROOT / "tools" / ours, source / "site" / name)
    (source / "collections").mkdir()
    env = environment(binaries, collection)
    plugins = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    plugins += ["--dest-dir", str(source / "collections"), "resilience.drs"]
    html = ["sphinx-build", "-q", "-W", "--keep-going", "-b", "html", str(source), str(SITE / "html")]
    for command in (plugins, html):
        if command is html:
            without_contents(source)
            contents = source / "collections" / "index.rst"
            contents.write_text(roles_first(contents.read_text(encoding="utf-8")), encoding="utf-8")
        if subprocess.run(command, check=False, env=env, cwd=collection).returncode:
            return 1
    print(f"Open {SITE / 'html' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
