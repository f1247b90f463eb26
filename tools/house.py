"""Check the house rules from the source text: allowed imports, and a few coding habits.

`tools/house.py` prints every violation in the checkout; tests/unit/test_house.py fails on them, and proves by planted
sources that each rule can fail. CONTRIBUTING.md says why the rules are there.

The library's floor stands in the path: files in a room's folder are pure, what calls, waits or writes stands in its
`effects/`, and `aws/` is the room of clients. So the rules need the order of the rooms and nothing else. The simulator
has rooms and an order of its own.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import gc
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import docstrings

from strongly_connected import strongly_connected

COLLECTION = "ansible_collections.resilience.drs.plugins"
LIBRARY = f"{COLLECTION}.module_utils._drs"

# The rooms of plugins/module_utils/_drs from left to right. A room imports the rooms to its left, never one to its
# right and never one beside it (in the same set). A folder that is not named here is no room.
ROOMS: tuple[frozenset[str], ...] = (
    frozenset({"core/catalogue"}),
    frozenset({"core"}),
    frozenset({"model"}),
    frozenset({"aws"}),
    frozenset({"safety", "waiting"}),
    frozenset({"plan"}),
    frozenset({"runs/verbs"}),
    frozenset({"runs"}),
    frozenset({"inventory", "status", "settings", "staging", "agents"}),
    frozenset({"recovery", "failback"}),
    frozenset({"history"}),
    frozenset({"report"}),
    frozenset({"display"}),
    frozenset({"orchestration"}),
)
PLACE = {room: place for place, rooms in enumerate(ROOMS) for room in rooms}
# Whatever calls, waits, writes or looks at a clock stands in a folder of this name, or in the room of clients.
EFFECTS = "effects"
CLIENTS = "aws"

# What a room of the library may import from elsewhere: what computes, and nothing that reads a clock, a file, the
# environment or the network.
PURE_MODULES = frozenset(
    "__future__ bisect collections contextlib copy dataclasses datetime decimal difflib enum fnmatch fractions "
    "functools hashlib heapq ipaddress itertools json math operator re statistics string textwrap types typing "
    "unicodedata".split()
)
# The few rooms that need more, and exactly what.
EXTRA_MODULES = {
    "core/effects/own_files": ("errno", "os"),
    "core/json_schema": ("jsonschema",),  # computes, and is not there everywhere
    "core/csv_text": ("csv", "io"),  # text in memory
    "settings/change_record": ("base64", "binascii", "zlib"),  # text in memory
    "report/files_text": ("html",),  # escaping
    "aws/botocore_data": ("botocore",),
    "aws/clock": ("http", "os", "time", "urllib"),
    "aws/module": ("ansible.module_utils", "ansible_collections.amazon.aws", "traceback"),
    "aws/session": ("ansible_collections.amazon.aws", "boto3", "botocore", "email.utils", "threading"),
    "history/effects/spool": ("glob", "os", "tempfile", "urllib.parse"),
    "inventory/effects/caller": ("botocore", "os"),
    "recovery/effects/probe": ("ansible.module_utils.urls", "concurrent.futures", "socket", "urllib"),
    "report/effects/anchoring": ("ansible.module_utils.urls", "secrets", "urllib"),
    "report/effects/files": ("fcntl", "io", "os", "tarfile"),
    "runs/effects/log": ("os",),
    "waiting/effects/together": ("threading",),
    "runs/effects/settings_files": ("os",),
    "runs/effects/store": ("os",),
    "runs/effects/store_directory": ("fcntl", "os", "stat", "urllib.parse"),
    "runs/effects/store_dynamodb": ("uuid", "zlib"),
    "runs/effects/table_bodies": ("zlib",),
    "runs/query": ("base64",),
    "runs/verbs/values": ("ansible.module_utils.common.validation",),  # reads values as Ansible does
}
MODULE_MODULES = ("__future__", "typing", "ansible.module_utils", "ansible_collections.amazon.aws", LIBRARY)

# Plugins that run on the controller may use Ansible; waiting and calling AWS stays with the library.
PLUGIN_BANNED = ("boto3", "botocore", "http", "requests", "socket", "subprocess", "time", "urllib")
PLUGIN_ALLOWED = {"inventory": ("botocore",)}  # its list of Regions, read from a file of botocore's, without a call

# The simulator and the collection meet over HTTP only, so that a misunderstanding in one cannot hide in the other.
SIMULATOR_SIDE = ("drs_simulator", "moto", "simulator")
COLLECTION_SIDE = ("ansible", "ansible_collections", "plugins")

# The rooms of simulator/drs_simulator from left to right; a room imports the rooms to its left. moto wants its service
# in folders of its own, and imports it by a name of its own.
SIMULATOR = "drs_simulator"
SIMULATOR_ROOMS = "protocol scenario moto_fixes world iam ext/drs machines ssm telemetry assembly http testing".split()
SIMULATOR_INNER = {f"ext/drs/{folder}": "ext/drs" for folder in ("actions", "models", "networks", "plans")}
SIMULATOR_DOORS = ("__init__", "__main__")  # beside the rooms: they may import any, and no room imports them

IMPURE_CALLS = frozenset({"open", "print", "input", "eval", "exec", "__import__"})
CLOCK_CALLS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today"})
CLIENT_CALLS = frozenset({"client", "resource", "get_paginator", "get_waiter"})

MAX_LINES = 400
MAX_FILES = 20
CROWDED = ("plugins/module_utils/", "plugins/plugin_utils/", "simulator/drs_simulator/")
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
# Ansible's own order (licence, documentation, imports) holds for what Ansible loads by its name.
PLUGINS = tuple(f"plugins/{kind}/" for kind in ("modules", "action", "inventory", "callback", "doc_fragments"))
PRIVATE = "# This file is private to the collection"

RULES = {
    "purpose": "a file begins with the docstring whose first line says what it is for",
    "future": "every file that holds code has `from __future__ import annotations`",
    "licence": "the licence stands in the first lines of every Python file that holds code",
    "private-notice": "a private utility says that it is private",
    "length": f"no file is longer than {MAX_LINES} lines, except modules (they hold documentation) and tests",
    "assert": "no assert outside tests: python -O removes it",
    "two-worlds": "plugins and simulator know nothing of each other",
    "pure-import": "the library imports from outside only what computes, except where a room is allowed more",
    "room": "a file of the library or the simulator stands in a room that is named in the order (or its effects/)",
    "leftwards": "a room of the library or the simulator imports rooms to its left, never to its right or beside it",
    "pure": "a pure file imports neither an effects/ nor the room of clients",
    "circle": "no file imports itself by way of others",
    "crowded": f"no folder of the library or the simulator holds more than {MAX_FILES} files",
    "pure-call": "the library reads no clock, file or input and prints nothing, except in the clock and the session",
    "one-sleep": "only the clock sleeps",
    "module-import": "a module imports only the library, ansible.module_utils and amazon.aws",
    "module-loop": "a module holds no loop",
    "module-client": "a module makes no client",
    "raises": "a public function of a documented room that raises DrsError says so, and with which codes",
    "shape": "a public function of a documented room that returns a dict tells its shape, or names the noun that it is",
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


def nodes(source: ast.AST) -> list[ast.AST]:
    """All nodes of a file; the many rules share one walk, which takes longer than all of them."""
    if not hasattr(source, "nodes"):
        source.nodes = list(ast.walk(source))  # type: ignore[attr-defined]
    return source.nodes  # type: ignore[attr-defined]


def imports(path: str, source: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything imported anywhere in a file; relative imports are made absolute."""
    package = path.removesuffix(".py").split("/")[:-1]
    if package[:1] == ["plugins"]:
        package = COLLECTION.split(".") + package[1:]
    for node in nodes(source):
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
    for node in nodes(source):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def place(path: str) -> tuple[str, bool]:
    """Room of a file or module below the library (`plan/request`), and whether it may have effects."""
    folders = path.split("/")[:-1]
    if folders[-1:] == [EFFECTS]:
        return "/".join(folders[:-1]), True
    room = "/".join(folders)
    return room, room == CLIENTS


def target(name: str) -> str:
    """Path below the library of what a dotted name imports: `plan/request` for `<library>.plan.request.KNOWN`."""
    parts = name.removeprefix(LIBRARY).lstrip(".").split(".")
    depth = 2 if parts[1:2] and f"{parts[0]}/{parts[1]}" in PLACE else 1
    if parts[depth : depth + 1] == [EFFECTS]:
        depth += 1
    return "/".join(parts[: depth + 1])


def check_library(path: str, tree: ast.AST) -> Iterator[Violation]:
    """Rules for a file of plugins/module_utils/_drs."""
    here = path.removeprefix("plugins/module_utils/_drs/").removesuffix(".py")
    room, effects = place(here)
    if room not in PLACE:
        yield Violation(path, 1, "room", f"{room or 'the library itself'} is no room")
        return
    for line, name in imports(path, tree):
        if within(name, (LIBRARY,)):
            there = target(name)
            other, other_effects = place(there)
            if other != room and PLACE.get(other, len(ROOMS)) >= PLACE[room]:
                yield Violation(path, line, "leftwards", f"{room} imports {there}")
            if other_effects and not effects:
                yield Violation(path, line, "pure", f"{here} imports {there}")
        elif not within(name, PURE_MODULES) and not within(name, EXTRA_MODULES.get(here, ())):
            yield Violation(path, line, "pure-import", f"{here} imports {name}")
    for line, name in calls(tree):
        impure = name in IMPURE_CALLS or name.removeprefix("datetime.") in CLOCK_CALLS or name in CLOCK_CALLS
        if impure and here not in ("aws/clock", "aws/session"):
            yield Violation(path, line, "pure-call", f"{here} calls {name}()")


def of_simulator(name: str) -> str | None:
    """Dotted name as the simulator's files have it, of one that imports such a file; None for any other."""
    # moto finds the service as a part of itself
    found = re.sub("^moto[.]drs(?=[.]|$)", f"{SIMULATOR}.ext.drs", name.removeprefix("simulator."))
    return found if within(found, (SIMULATOR,)) else None


def check_simulator(path: str, tree: ast.AST) -> Iterator[Violation]:
    """Rules for a file of simulator/drs_simulator. What is imported for its type only ties no rooms together."""
    here = path.removeprefix(f"simulator/{SIMULATOR}/").removesuffix(".py")
    if here in SIMULATOR_DOORS:
        return
    folder = here.rpartition("/")[0]
    room = SIMULATOR_INNER.get(folder, folder)
    if room not in SIMULATOR_ROOMS:
        yield Violation(path, 1, "room", f"{room or 'the simulator itself'} is no room")
        return
    left = SIMULATOR_ROOMS[: SIMULATOR_ROOMS.index(room) + 1]
    typed = only_for_types(tree)
    for line, name in imports(path, tree):
        there = of_simulator(name)
        if there is not None and line not in typed:
            path_there = there.removeprefix(SIMULATOR).lstrip(".").replace(".", "/") + "/"
            if not any(path_there.startswith(f"{one}/") for one in left):
                yield Violation(path, line, "leftwards", f"{room} imports {there}")


def check_module(path: str, tree: ast.AST) -> Iterator[Violation]:
    """Rules for plugins/modules."""
    for line, name in imports(path, tree):
        if not within(name, MODULE_MODULES):
            yield Violation(path, line, "module-import", name)
    for node in nodes(tree):
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


def check_habits(path: str, text: str, tree: ast.Module) -> Iterator[Violation]:
    """Rules for every Python file."""
    purpose = tree.body[0] if ast.get_docstring(tree) else None
    head = text.splitlines()[: 20 + (purpose.end_lineno if purpose else 0)]
    is_test = path.startswith("tests/")
    if not any(LICENCE in line for line in head):
        yield Violation(path, 1, "licence", "missing")
    first = text.splitlines()[0]
    if not path.startswith(PLUGINS) and not first.startswith(('"""', 'r"""', "#!")):
        yield Violation(path, 1, "purpose", first)
    if "from __future__ import annotations" not in text:
        yield Violation(path, 1, "future", "missing")
    is_private = path.startswith(("plugins/module_utils/_", "plugins/plugin_utils/_"))
    if is_private and not any(line.startswith(PRIVATE) for line in head):
        yield Violation(path, 1, "private-notice", "missing")
    lines = len(text.splitlines())
    if lines > MAX_LINES and not is_test and not path.startswith("plugins/modules/"):
        yield Violation(path, lines, "length", f"{lines} lines")
    if not is_test:
        for node in nodes(tree):
            if isinstance(node, ast.Assert):
                yield Violation(path, node.lineno, "assert", "assert")


def check_worlds(path: str, tree: ast.AST) -> Iterator[Violation]:
    """The wall between collection and simulator, and the one place that sleeps."""
    top = path.split("/")[0]
    foreign = {"plugins": SIMULATOR_SIDE, "simulator": COLLECTION_SIDE}.get(top, ())
    for line, name in imports(path, tree):
        if within(name, foreign):
            yield Violation(path, line, "two-worlds", name)
    if top == "plugins" and path != "plugins/module_utils/_drs/aws/clock.py":
        for line, name in imports(path, tree):
            if name == "time.sleep":
                yield Violation(path, line, "one-sleep", name)
        for line, name in calls(tree):
            if name == "time.sleep":
                yield Violation(path, line, "one-sleep", "time.sleep()")


def check_source(path: str, text: str, parsed: ast.Module | None = None) -> list[Violation]:
    """Every violation in one Python file, given its path relative to the checkout, its text, and the tree if known."""
    tree = parsed or ast.parse(text, filename=path)
    if not tree.body:
        return []  # an empty __init__.py holds nothing to rule over
    found = [*check_habits(path, text, tree), *check_worlds(path, tree)]
    if path.startswith("plugins/module_utils/_drs/"):
        found += check_library(path, tree)
    elif path.startswith(f"simulator/{SIMULATOR}/"):
        found += check_simulator(path, tree)
    elif path.startswith("plugins/modules/"):
        found += check_module(path, tree)
    elif path.startswith("plugins/") and not path.startswith("plugins/doc_fragments/"):
        found += check_imports_of_plugin(path, tree)
    return found


def crowded(files: Iterable[str]) -> Iterator[Violation]:
    """Folders of the library and the simulator with too many files, of all the paths in a checkout."""
    here = [file for file in files if file.startswith(CROWDED) and not file.endswith("/__init__.py")]
    for folder, held in sorted(Counter(file.rpartition("/")[0] for file in here).items()):
        if held > MAX_FILES:
            yield Violation(folder, 1, "crowded", f"{held} files")


def modules_of(path: str) -> str:
    """Dotted name under which other files import a file."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    if parts[0] == "plugins":
        return ".".join([*COLLECTION.split("."), *parts[1:]])
    return ".".join(parts[1:] if parts[0] == "simulator" else parts)


def only_for_types(tree: ast.AST) -> set[int]:
    """Lines of the imports under `if TYPE_CHECKING:`, which tie nothing together when the program runs."""
    guarded = [n for n in nodes(tree) if isinstance(n, ast.If) and ast.unparse(n.test).endswith("TYPE_CHECKING")]
    return {one.lineno for node in guarded for one in ast.walk(node) if isinstance(one, (ast.Import, ast.ImportFrom))}


def circles(sources: Mapping[str, ast.Module]) -> Iterator[Violation]:
    """One violation a circle of files that import each other, given the parsed files by path."""
    names = {modules_of(path): path for path in sources}
    ties: dict[str, set[str]] = {}
    for path, tree in sources.items():
        typed = only_for_types(tree)
        found = {of_simulator(name) or name for line, name in imports(path, tree) if line not in typed}
        hit = {names.get(name) or names.get(name.rpartition(".")[0]) for name in found}
        ties[path] = {one for one in hit if one and one != path}
    for group in strongly_connected(ties):
        if len(group) > 1:
            yield Violation(group[0], 1, "circle", " <-> ".join(group))


def check_tree(root: Path) -> list[Violation]:
    """Every violation in the Python files of a checkout (the folders that hold this project's own code)."""
    collecting = gc.isenabled()
    gc.disable()  # a million nodes that all stay would keep it busy for as long as everything else takes
    try:
        return list(_violations(root))
    finally:
        if collecting:
            gc.enable()


def _violations(root: Path) -> Iterator[Violation]:
    parsed: dict[str, ast.Module] = {}
    for folder in ("plugins", "simulator", "tests", "tools", "bench", "extensions"):
        for file in sorted((root / folder).rglob("*.py")):
            if "output" not in file.relative_to(root).parts:  # tests/output is ansible-test's
                path, text = file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")
                tree = ast.parse(text, filename=path)
                yield from check_source(path, text, tree)
                if path.startswith(("plugins/", "simulator/")):
                    parsed[path] = tree
    yield from crowded(parsed)
    yield from circles(parsed)
    yield from (Violation(*one) for one in docstrings.check(parsed))


if __name__ == "__main__":
    broken = check_tree(Path(__file__).resolve().parent.parent)
    print("\n".join(map(str, broken)) or "no rule of the house is broken")
    sys.exit(1 if broken else 0)
