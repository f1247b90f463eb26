"""Parse the installer's command line in a script that was sent to a machine.

Nothing is executed. A line counts when it names the installer and passes ``--region`` or ``--no-prompt``; variables
that the script sets itself are put in, so ``"./$name" --region "$region"`` is understood.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from .agents import Arguments

INSTALLERS = ("aws-replication-installer-init", "AwsReplicationWindowsInstaller.exe")
_KEYS = ("--aws-access-key-id", "--aws-secret-access-key", "--aws-session-token")
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+|\[string\]\s*)?\$?([A-Za-z_]\w*)\s*=\s*(.+?)\s*;?\s*$")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_END = re.compile(r"^([;|&<>)}]|\d?>|then$|do$)")


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _lines(commands: Sequence[str]) -> list[str]:
    """Logical lines: continued ones (backslash, PowerShell's backtick) are joined."""
    text = "\n".join(commands).replace("\r\n", "\n")
    return re.sub(r"[\\`]\n", " ", text).split("\n")


def _words(text: str) -> list[str]:
    try:
        lexer = shlex.shlex(text, posix=True, punctuation_chars=";|&<>(){}")
        lexer.whitespace_split = True
        lexer.commenters = ""
        # A backslash is part of Windows paths and devices.
        lexer.escape = ""
        return list(lexer)
    except ValueError:
        return text.split()


def find(commands: Sequence[str]) -> Arguments | None:
    """What the script tells the installer, None when it does not run it."""
    values: dict[str, str] = {}

    def expand(text: str) -> str:
        return _VARIABLE.sub(lambda m: values.get(m.group(1) or m.group(2), m.group(0)), text)

    found = None
    for line in _lines(commands):
        if line.lstrip().startswith("#"):
            continue
        assignment = _ASSIGNMENT.match(line)
        if assignment:
            values[assignment.group(1)] = expand(_unquoted(assignment.group(2)))
            continue
        text = expand(line)
        name = next((one for one in INSTALLERS if one in text), None)
        if name and ("--region" in text or "--no-prompt" in text):
            found = _arguments(_words(text[text.rindex(name) + len(name) :].lstrip("'\"")))
    return found


#: A script that ends with a sentence and a code where a file is not there: ``[ -r ...`` or ``if (-not (Test-Path ...``.
_MISSING = re.compile(
    r"""(?:\[ -r "(?P<file>[^"]+)" \] \|\| \{ echo|if \(-not \(Test-Path -LiteralPath (?P<path>\S+)\)\) \{\s+"""
    r"""\[Console\]::Error\.WriteLine\()\s*"(?P<text>[^"]+)"\)?(?: >&2;)?\s+exit (?P<code>\d+)"""
)


def without_file(commands: Sequence[str]) -> tuple[int, str] | None:
    """Exit code and words of a script that reads a file which is not there; None when it asks for none."""
    found = _MISSING.search("\n".join(commands))
    if found is None:
        return None
    values = {}
    for line in commands:
        assignment = _ASSIGNMENT.match(line)
        if assignment:
            values[assignment.group(1)] = _unquoted(assignment.group(2))
    text = _VARIABLE.sub(lambda m: values.get(m.group(1) or m.group(2), m.group(0)), found["text"])
    return int(found["code"]), text


def _arguments(words: Sequence[str]) -> Arguments:
    given: dict[str, list[str]] = {}
    option = ""
    for word in words:
        if _END.match(word):
            break
        if word.startswith("--"):
            option, _sep, value = word.partition("=")
            given[option] = [value] if value else []
        elif option:
            given[option].append(word)
    pairs = [pair.partition("=") for pair in given.get("--tags", []) if "=" in pair]
    return Arguments(
        region=next(iter(given.get("--region", [])), ""),
        account=next(iter(given.get("--account-id", [])), None),
        tags={key: value for key, _equals, value in pairs},
        devices=tuple(device for text in given.get("--devices", []) for device in text.split(",") if device),
        no_prompt="--no-prompt" in given,
        keys=all(given.get(option) for option in _KEYS),
    )
