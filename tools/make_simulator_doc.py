"""Make the tables of docs/simulator.md from the simulator: operations, rules with their source, guesses with a switch.

`tools/make_simulator_doc.py` writes them between the markers of the page; `--check` only compares, and exits with 1
when the page is not what the code says. A rule is a test of the simulator that names a source.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "simulator.md"
GUIDE = "https://docs.aws.amazon.com/drs/latest/userguide/{}.html"

_SOURCE = re.compile(r"\b(?:UG|BM|GR|SAR|MP)\b")


def operations() -> str:
    """Which operations of botocore's model are answered, and which are not."""
    import drs_simulator

    drs_simulator.register()
    from moto.drs.responses import not_simulated, service_model  # type: ignore[import-not-found]

    names, missing = service_model().operation_names, not_simulated()
    lines = [f"{len(names) - len(missing)} of the {len(names)} operations of DRS in botocore's model are answered."]
    if missing:
        lines.append(f"Left out, and answered with `NotImplementedBySimulator`: {', '.join(missing)}.")
    else:
        lines.append("None is left out. What a newer model adds is answered with `NotImplementedBySimulator`.")
    return "\n".join([*lines, "", ", ".join(f"`{name}`" for name in names) + "."])


def _tests() -> Iterator[tuple[Path, str, str]]:
    """File, name and docstring of each test of the simulator that names a source."""
    for file in sorted((ROOT / "tests" / "simulator").glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = " ".join((ast.get_docstring(node) or "").split())
                if _SOURCE.search(text):
                    yield file, node.name, text


def _linked(text: str) -> str:
    """The text with links to the pages of the user guide."""
    shown = re.sub(r"UG: ?([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+)", lambda m: f"[UG:{m[1]}]({GUIDE.format(m[1])})", text)
    return shown.replace("|", chr(92) + "|")


def rules() -> str:
    """A table of the rules: what a test proves, and what its source says; by file of the tests."""
    rows = ["| Rule | Source, and what it says | Proved in |", "| --- | --- | --- |"]
    for file, name, text in _tests():
        rule = name.removeprefix("test_").replace("_", " ")
        rows.append(f"| {rule} | {_linked(text)} | {file.stem} |")
    return "\n".join(rows)


def _value(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) or value is None else value}`"


def guesses() -> str:
    """A table of the doubts, each a setting."""
    from drs_simulator.scenario.doubts import DOUBTS

    rows = ["| Setting | Values, the default first | What it decides | Where the values come from |"]
    rows.append("| --- | --- | --- | --- |")
    for doubt in DOUBTS:
        values = [_value(doubt.default), *map(_value, doubt.others)]
        rows.append(f"| `{doubt.name}` | {', '.join(values)} | {doubt.about} | {doubt.source} |")
    return "\n".join(rows)


PARTS = {"operations": operations, "rules": rules, "guesses": guesses}


def made(page: str) -> str:
    """The page with its tables made anew."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: made by tools/make_simulator_doc.py -->", f"<!-- end of {name} -->"
        head, _sep, rest = page.partition(begin)
        _old, _sep, tail = rest.partition(end)
        page = f"{head}{begin}\n\n{make()}\n\n{end}{tail}"
    return page


def main(arguments: list[str]) -> int:
    """Write the page, or compare; returns the exit code."""
    page = PAGE.read_text(encoding="utf-8")
    new = made(page)
    if "--check" in arguments:
        if new != page:
            print("docs/simulator.md is not what the simulator says; run tools/make_simulator_doc.py", file=sys.stderr)
        return int(new != page)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
