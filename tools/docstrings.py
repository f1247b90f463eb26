"""Check that docstrings of the library name the errors they raise and the dicts they return.

Read from the source text without importing it; tools/house.py reports what is found here. A function raises DrsError
when it does so itself, when it calls a function of the same file that does, or when it calls AWS (``cell.errors``,
``pages``); not where it catches it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Union

ROOMS = tuple(f"plugins/module_utils/_drs/{room}/" for room in ("model", "aws", "safety", "plan", "runs"))
ERROR = "DrsError"
# Whoever calls these calls AWS, and gets its errors.
CALLS_OF_AWS = ("pages",)
CONTEXTS_OF_AWS = ("errors",)
# Dicts without a shape of their own: naming them says nothing.
SHAPELESS = ("Result", "Options", "Given", "AnyServer", "AnyError", "AnyWave")
# Dicts that are spelled as AWS spells them: the operation says what is in them.
OF_AWS = ("AwsData", "AwsMembers")

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


class Found(NamedTuple):
    """One docstring that says too little: the file, the line, the rule of tools/house.py, and what is missing."""

    path: str
    line: int
    rule: str
    what: str


class Known(NamedTuple):
    """What the library says: classes that are DrsError, functions that make one, nouns that are dicts, and aliases."""

    errors: frozenset[str]
    makers: frozenset[str]
    nouns: frozenset[str]
    aliases: frozenset[str]


def check(sources: Mapping[str, ast.Module]) -> Iterator[Found]:
    """Docstrings of public functions that say too little, of all parsed files of a checkout by their paths."""
    known = learn(sources)
    for path, tree in sorted(sources.items()):
        if path.startswith(ROOMS):
            yield from check_file(path, tree, known)


def check_file(path: str, tree: ast.Module, known: Known) -> Iterator[Found]:
    """The same for one file."""
    functions = dict(functions_of(tree))
    raising = _raising(functions, known)
    for name, function in functions.items():
        if any(part.startswith("_") for part in name.split(".")):
            continue
        said = ast.get_docstring(function) or ""
        if name in raising and ERROR not in said:
            yield Found(path, function.lineno, "raises", name)
        wanted = returned(function, known)
        if wanted and not says(said, wanted):
            yield Found(path, function.lineno, "shape", f"{name} returns {', '.join(sorted(wanted))}")


def functions_of(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions of a file and methods of its classes: (``Class.name`` or ``name``, the function). An overload, a
    property and what is only declared (a Protocol) are functions like all others."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield f"{node.name}.{inner.name}", inner


def learn(sources: Mapping[str, ast.Module]) -> Known:
    """What the files of the library say of errors and nouns."""
    trees = [tree for path, tree in sources.items() if path.startswith("plugins/module_utils/_drs/")]
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    bases = {one.name: {last(base) for base in one.bases} for one in classes}
    errors, nouns = {ERROR}, {"TypedDict"}
    for kinds in (errors, nouns):
        before = 0
        while before != len(kinds):
            before = len(kinds)
            kinds.update(name for name, above in bases.items() if above & kinds)
    makers = {
        name.rpartition(".")[2]
        for tree in trees
        for name, function in functions_of(tree)
        if function.returns is not None and ast.unparse(function.returns).strip("'\"") in errors
    }
    aliases = {
        target.id
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript) and _is_dict(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return Known(frozenset(errors), frozenset(makers), frozenset(nouns - {"TypedDict"}), frozenset(aliases))


def last(node: ast.AST) -> str:
    """The last part of a dotted name: ``DrsError`` of ``errors.DrsError``; empty for what is no name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_dict(node: ast.AST) -> bool:
    return last(node.value if isinstance(node, ast.Subscript) else node) in ("dict", "Dict", "Mapping")


# -- what is raised ----------------------------------------------------------------------------------------------------


def _raising(functions: Mapping[str, Function], known: Known) -> set[str]:
    """The functions of a file that raise DrsError, by themselves or by those that they call there."""
    raising: set[str] = set()
    while True:
        found = {name for name, one in functions.items() if _Raises(name, raising, known).of(one)}
        if found == raising:
            return raising
        raising = found


class _Raises(ast.NodeVisitor):
    """Whether a function raises DrsError, given those of its file that are known to."""

    def __init__(self, name: str, raising: set[str], known: Known) -> None:
        self.owner = name.rpartition(".")[0]
        self.raising = raising
        self.known = known
        self.found = False
        self.caught = 0
        self.handled: list[str] = []

    def of(self, function: Function) -> bool:
        """The answer."""
        for node in function.body:
            self.visit(node)
        return self.found

    def visit_Try(self, node: ast.Try) -> None:
        catches = any(self._catches(handler) for handler in node.handlers)
        self.caught += catches
        for child in node.body:
            self.visit(child)
        self.caught -= catches
        for handler in node.handlers:
            names = [handler.name or ""] if self._catches(handler) else []
            self.handled += names
            for child in handler.body:
                self.visit(child)
            del self.handled[len(self.handled) - len(names) :]
        for child in [*node.orelse, *node.finalbody]:
            self.visit(child)

    def _catches(self, handler: ast.ExceptHandler) -> bool:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return any(one is not None and (last(one) in self.known.errors or last(one) == "Exception") for one in kinds)

    def visit_Raise(self, node: ast.Raise) -> None:
        made = last(node.exc.func) if isinstance(node.exc, ast.Call) else ""
        again = node.exc is None and bool(self.handled)
        told = isinstance(node.exc, ast.Name) and node.exc.id in self.handled
        if not self.caught and (made in self.known.errors | self.known.makers or again or told):
            self.found = True
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        calls = [one.context_expr for one in node.items if isinstance(one.context_expr, ast.Call)]
        if not self.caught and any(last(one.func) in CONTEXTS_OF_AWS for one in calls):
            self.found = True
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = last(node.func)
        own = isinstance(node.func, ast.Attribute) and last(node.func.value) in ("self", "cls")
        called = f"{self.owner}.{name}" if own else name if isinstance(node.func, ast.Name) else ""
        if not self.caught and (called in self.raising or name in CALLS_OF_AWS):
            self.found = True
        self.generic_visit(node)


# -- what is returned --------------------------------------------------------------------------------------------------


def returned(function: Function, known: Known) -> set[str]:
    """The dicts that a function returns: names of nouns, and ``dict`` for one without a name."""
    if function.returns is None:
        return set()
    names = {last(node) for node in ast.walk(function.returns)}
    return {name for name in names if name in known.nouns | known.aliases} | (names & {"dict", "Dict", "Mapping"})


def says(docstring: str, wanted: set[str]) -> bool:
    """Whether a docstring tells the shape, or names every noun."""
    return "{" in docstring or ":returns:" in docstring or all(_named(docstring, noun) for noun in wanted)


def _named(docstring: str, noun: str) -> bool:
    if noun in OF_AWS:
        return bool(re.search(r"\b[A-Z][a-z]+[A-Z]\w+", docstring))
    if noun in SHAPELESS or noun in ("dict", "Dict", "Mapping"):
        return False
    words = re.findall(r"[A-Z][a-z]*", noun)
    plural = words[-1][:-1] + "ies" if words[-1].endswith("y") else words[-1] + "s"
    pattern = r"\W+".join([*words[:-1], f"(?:{words[-1]}|{plural})"])
    return noun in docstring or bool(re.search(rf"\b{pattern}\b", docstring, re.IGNORECASE))
