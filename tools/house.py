# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house: who may import whom, and a few habits, read from the source text without importing it.

`tools/house.py` prints every violation in the checkout; tests/unit/test_house.py fails on them, and proves by planted
sources that each rule can fail. CONTRIBUTING.md says why the rules are there.

A new room of the library counts as pure until FLOORS names it. That is deliberate: a room that makes calls or looks at
the clock has to be declared here, where a reviewer sees it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

COLLECTION = "ansible_collections.resilience.drs.plugins"
LIBRARY = f"{COLLECTION}.module_utils._drs"

# The effect floor of plugins/module_utils/_drs, from the bottom up. A room imports rooms below its own level and the
# pure floor (every room not named here), never its neighbours. Rooms that do not exist yet are in design order.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"clock", "history_spool", "models"}),
    frozenset({"session"}),
    frozenset(
        {
            "api",
            "caller",
            "directory",
            "report_files",
            "failback_api",
            "launch_api",
            "settings_api",
            "ssm",
            "store_directory",
            "store_dynamodb",
            "telling",
            "trust",
        }
    ),
    frozenset({"run_log", "store"}),
    frozenset({"runs"}),
    frozenset({"fence", "run_gates"}),
    frozenset({"agent_tags", "drill_isolation"}),
    frozenset(
        {
            "agent_removal",
            "agent_results",
            "agents",
            "automation",
            "capacity",
            "drill_info",
            "extension",
            "extension_info",
            "extension_removal",
            "failback_pairs",
            "fleet",
            "history_book",
            "inspect_cell",
            "launch_configuration",
            "probing",
            "recovery",
            "results",
            "service",
            "tag_sync",
            "templates",
            "termination",
        }
    ),
    frozenset(
        {
            "agent_request",
            "evidence_verify",
            "extension_request",
            "failback",
            "recovery_request",
            "report_request",
            "run_request",
            "waiting",
        }
    ),
    frozenset({"agent_waiting", "failback_clean", "failback_home", "failback_protect", "replication_waiting"}),
    frozenset({"failback_request"}),
    frozenset({"failback_waiting"}),
    frozenset({"modules"}),
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS, start=1) for room in rooms}

# What a room of the library may import from elsewhere: what computes, and nothing that reads a clock, a file, the
# environment or the network.
PURE_MODULES = frozenset(
    "__future__ bisect collections contextlib copy dataclasses datetime decimal difflib enum fnmatch fractions "
    "functools hashlib heapq ipaddress itertools json math operator re statistics string textwrap types typing "
    "unicodedata".split()
)
# The few rooms that need more, and exactly what.
EXTRA_MODULES = {
    "probing": ("ansible.module_utils.urls", "concurrent.futures", "ipaddress", "socket", "urllib"),
    "protection": ("csv", "io"),  # text in memory
    "history_query": ("csv", "io"),
    "history_spool": ("os", "tempfile"),
    "schema": ("jsonschema",),  # computes, and is not there everywhere
    "report_text": ("html",),  # escaping
    "caller": ("botocore", "os"),
    "models": ("botocore",),
    "report_files": ("fcntl", "io", "os", "tarfile"),
    "clock": ("http", "os", "time", "urllib"),
    "store": ("os",),
    "store_directory": ("fcntl", "os", "urllib.parse"),
    "store_dynamodb": ("uuid", "zlib"),
    "store_record": ("base64",),
    "run_log": ("os",),
    "session": ("ansible_collections.amazon.aws", "boto3", "botocore", "email.utils"),
    "modules": ("ansible.module_utils", "ansible_collections.amazon.aws", "traceback"),
}
MODULE_MODULES = ("__future__", "typing", "ansible.module_utils", "ansible_collections.amazon.aws", LIBRARY)

# Plugins that run on the controller may use Ansible; waiting and calling AWS stays with the library.
PLUGIN_BANNED = ("boto3", "botocore", "http", "requests", "socket", "subprocess", "time", "urllib")
PLUGIN_ALLOWED = {"inventory": ("botocore",)}  # its list of Regions, read from a file of botocore's, without a call

# The simulator and the collection meet over HTTP only, so that a misunderstanding in one cannot hide in the other.
SIMULATOR_SIDE = ("drs_simulator", "moto", "simulator")
COLLECTION_SIDE = ("ansible", "ansible_collections", "plugins")

IMPURE_CALLS = frozenset({"open", "print", "input", "eval", "exec", "__import__"})
CLOCK_CALLS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today"})
CLIENT_CALLS = frozenset({"client", "resource", "get_paginator", "get_waiter"})

MAX_LINES = 400
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
PRIVATE = "# This file is private to the collection"

RULES = {
    "future": "every file that holds code has `from __future__ import annotations`",
    "licence": "the licence stands in the first lines of every Python file that holds code",
    "private-notice": "a private utility says that it is private",
    "length": f"no file is longer than {MAX_LINES} lines, except modules (they hold documentation) and tests",
    "assert": "no assert outside tests: python -O removes it",
    "two-worlds": "plugins and simulator know nothing of each other",
    "pure-import": "the library imports from outside only what computes, except where a room is allowed more",
    "downwards": "a room of the library imports rooms below it, never above or beside it",
    "pure-call": "the library reads no clock, file or input and prints nothing, except in the clock and the session",
    "one-sleep": "only the clock sleeps",
    "module-import": "a module imports only the library, ansible.module_utils and amazon.aws",
    "module-loop": "a module holds no loop",
    "module-client": "a module makes no client",
    "plugin-import": "controller plugins do not call AWS, sleep or run processes by themselves",
}


class Violation(NamedTuple):
    """One broken rule: the file relative to the checkout, the line, the key in RULES, and what stands there."""

    path: str
    line: int
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.what} ({RULES[self.rule]})"


def imports(path: str, source: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything imported anywhere in a file; relative imports are made absolute."""
    package = path.removesuffix(".py").split("/")[:-1]
    if package[:1] == ["plugins"]:
        package = COLLECTION.split(".") + package[1:]
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def within(name: str, prefixes: tuple[str, ...] | frozenset[str]) -> bool:
    """Whether a dotted name is one of the prefixes or lies below one."""
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def calls(source: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name, dotted as written (`print`, `datetime.now`), of everything called."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def check_library(path: str, tree: ast.AST) -> Iterator[Violation]:
    """Rules for a room of plugins/module_utils/_drs."""
    room = path.split("/")[3].removesuffix(".py")
    level = LEVEL.get(room, 0)
    for line, name in imports(path, tree):
        if within(name, (LIBRARY,)):
            other = name.removeprefix(LIBRARY).lstrip(".").split(".")[0]
            # The pure floor is one level inside itself: its rooms may use each other, Python itself refuses circles.
            if LEVEL.get(other, 0) >= level and (LEVEL.get(other, 0), level) != (0, 0):
                yield Violation(path, line, "downwards", f"{room} imports {other}")
        elif not within(name, PURE_MODULES) and not within(name, EXTRA_MODULES.get(room, ())):
            yield Violation(path, line, "pure-import", f"{room} imports {name}")
    for line, name in calls(tree):
        impure = name in IMPURE_CALLS or name.removeprefix("datetime.") in CLOCK_CALLS or name in CLOCK_CALLS
        if impure and room not in ("clock", "session"):
            yield Violation(path, line, "pure-call", f"{room} calls {name}()")


def check_module(path: str, tree: ast.AST) -> Iterator[Violation]:
    """Rules for plugins/modules."""
    for line, name in imports(path, tree):
        if not within(name, MODULE_MODULES):
            yield Violation(path, line, "module-import", name)
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            yield Violation(path, node.lineno, "module-loop", type(node).__name__.lower())
    for line, name in calls(tree):
        if "." in name and name.rpartition(".")[2] in CLIENT_CALLS:
            yield Violation(path, line, "module-client", f"{name}()")


def check_imports_of_plugin(path: str, tree: ast.AST) -> Iterator[Violation]:
    """Rules for action, inventory and other controller plugins, and for plugin_utils."""
    allowed = PLUGIN_ALLOWED.get(path.split("/")[1], ())
    for line, name in imports(path, tree):
        if within(name, PLUGIN_BANNED) and not within(name, allowed):
            yield Violation(path, line, "plugin-import", name)


def check_habits(path: str, text: str, tree: ast.AST) -> Iterator[Violation]:
    """Rules for every Python file."""
    head = text.splitlines()[:20]
    is_test = path.startswith("tests/")
    if not any(LICENCE in line for line in head):
        yield Violation(path, 1, "licence", "missing")
    if "from __future__ import annotations" not in text:
        yield Violation(path, 1, "future", "missing")
    is_private = path.startswith(("plugins/module_utils/_", "plugins/plugin_utils/_"))
    if is_private and not any(line.startswith(PRIVATE) for line in head):
        yield Violation(path, 1, "private-notice", "missing")
    lines = len(text.splitlines())
    if lines > MAX_LINES and not is_test and not path.startswith("plugins/modules/"):
        yield Violation(path, lines, "length", f"{lines} lines")
    if not is_test:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert):
                yield Violation(path, node.lineno, "assert", "assert")


def check_worlds(path: str, tree: ast.AST) -> Iterator[Violation]:
    """The wall between collection and simulator, and the one place that sleeps."""
    top = path.split("/")[0]
    foreign = {"plugins": SIMULATOR_SIDE, "simulator": COLLECTION_SIDE}.get(top, ())
    for line, name in imports(path, tree):
        if within(name, foreign):
            yield Violation(path, line, "two-worlds", name)
    if top == "plugins" and path != "plugins/module_utils/_drs/clock.py":
        for line, name in imports(path, tree):
            if name == "time.sleep":
                yield Violation(path, line, "one-sleep", name)
        for line, name in calls(tree):
            if name == "time.sleep":
                yield Violation(path, line, "one-sleep", "time.sleep()")


def check_source(path: str, text: str) -> list[Violation]:
    """Every violation in one Python file, given its path relative to the checkout and its text."""
    tree = ast.parse(text, filename=path)
    if not tree.body:
        return []  # an empty __init__.py holds nothing to rule over
    found = [*check_habits(path, text, tree), *check_worlds(path, tree)]
    if path.startswith("plugins/module_utils/_drs/"):
        found += check_library(path, tree)
    elif path.startswith("plugins/modules/"):
        found += check_module(path, tree)
    elif path.startswith("plugins/") and not path.startswith("plugins/doc_fragments/"):
        found += check_imports_of_plugin(path, tree)
    return found


def check_tree(root: Path) -> list[Violation]:
    """Every violation in the Python files of a checkout (the folders that hold this project's own code)."""
    found: list[Violation] = []
    for folder in ("plugins", "simulator", "tests", "tools", "bench", "extensions"):
        for file in sorted((root / folder).rglob("*.py")):
            if "output" not in file.relative_to(root).parts:  # tests/output is ansible-test's
                found += check_source(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    broken = check_tree(Path(__file__).resolve().parent.parent)
    print("\n".join(map(str, broken)) or "no rule of the house is broken")
    sys.exit(1 if broken else 0)
