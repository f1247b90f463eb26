"""Every PowerShell text that is sent to a machine, held against a parser and what Windows PowerShell 5.1 knows."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import tree_sitter
import tree_sitter_powershell
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import look_scripts, methods
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import scripts as agent_scripts
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.methods import Network
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.node_credentials import (
    DEFAULT,
    NodeCredentials,
)
from hypothesis import given, settings
from hypothesis import strategies as st

Node = tree_sitter.Node
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
# What Windows PowerShell 5.1 has (Microsoft Learn, "Modules and their cmdlets in Windows PowerShell 5.1").
COMMANDS = {
    "ForEach-Object", "Get-BitLockerVolume", "Get-CimInstance", "Get-Content", "Get-FileHash", "Get-ItemProperty",
    "Invoke-WebRequest", "Join-Path", "New-Item", "New-Object", "Out-Null", "Remove-Item", "Set-Location",
    "Test-Path", "Write-Output",
}  # fmt: skip
# Without -UseBasicParsing it wants Internet Explorer, which a server may not have set up; the rest is newer than 5.1.
NEWER = {
    "&&",
    "||",
    "??",
    "??=",
    "?.",
    "?[",
    "-parallel",
    "-skipcertificatecheck",
    "-maximumretrycount",
    "-asbytestream",
}
NASTY_TAGS = {
    "Name": "a b: 100/5 @ + -x .",
    "1KB": "0x10",
    "007": "1e5",
    "@splat": "@home",
    "a.b:c/d@e+f-g": "--no-prompt",
    "-x.y": "never an option",
    "$env:TEMP": "$(Remove-Item C:)",
    "quote'd": "it's",
    "back`tick": "`n",
    "brace": "{{ssm:secret}}",
    "semi;colon": "a; exit 0",
    "typographic": "a\u2019b",
}
NODES = {
    "on EC2": None,
    "where AWS keeps them": DEFAULT,
    "elsewhere": NodeCredentials(windows=r"D:\Program Files\a.b - c\credentials", profile="0x1-.prod"),
}


def tree(lines: list[str]) -> Node:
    return PARSER.parse("\n".join(lines).encode()).root_node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for one in node.children:
        yield from walk(one)


def wrong(node: Node) -> list[str]:
    found = [one for one in walk(node) if one.type == "ERROR" or one.is_missing]
    return [f"{one.start_point}: {(one.text or b'').decode()}" for one in found]


def shape(node: Node) -> tuple:
    """What a parser makes of a text, whatever stands between its quotes."""
    return (node.type, tuple(shape(one) for one in node.children))


def install(tags: dict[str, str], devices: list[str], network: Network, node: NodeCredentials | None) -> list[str]:
    carried = methods.installer_tags([tags])
    return methods.parameters(
        "shell", "windows", "us-west-2", "012345678901", carried, devices, 3600, network, node
    )["commands"]  # fmt: skip


def texts() -> dict[str, list[str]]:
    proxied = Network("http://proxy-1.example.com:3128/", "vpce-1.drs.us-west-2.vpce.amazonaws.com", "bucket.vpce-2")
    found = {}
    for where, node in NODES.items():
        found[f"install {where}"] = install({}, [], methods.DIRECT, node)
        found[f"install {where}, everything"] = install(NASTY_TAGS, ["C:", "d:"], proxied, node)
        found[f"look {where}"] = look_scripts.script("windows", "cn-north-1", None, None, node)
        found[f"look {where}, everything"] = look_scripts.script("windows", "us-west-2", None, ["1a.b-c", "0"], node)
        found[f"look {where}, by proxy"] = look_scripts.script("windows", "us-west-2", proxied.proxy, None, node)
    return found


@pytest.mark.parametrize("name", texts())
def test_windows_powershell_reads_it_as_it_is_meant(name):
    lines = texts()[name]
    text, root = "\n".join(lines), tree(lines)
    assert wrong(root) == []
    # 5.1 reads a file without a byte order mark in the code page of the machine, and Systems Manager resolves {{ }}
    assert text.isascii() and "{{" not in text and "}}" not in text and "\t" not in text
    assert not [line for line in lines if line != line.rstrip()], "a blank after a backtick ends the line"
    functions = {(one.text or b"").decode() for one in walk(root) if one.type == "function_name"}
    called = {(one.text or b"").decode() for one in walk(root) if one.type == "command_name"}
    assert called - functions - COMMANDS == set()
    tokens = {(one.text or b"").decode().lower() for one in walk(root) if not one.children}
    assert tokens & NEWER == set() and "ternary_expression" not in {one.type for one in walk(root)}
    assert all("-UseBasicParsing" in line for line in lines if "Invoke-WebRequest" in line)
    # the exit code of the last program is no answer of the script's own
    assert re.fullmatch(r"exit (0|\$code)", lines[-1])


def test_the_parser_finds_what_is_wrong_and_what_is_newer():
    """The checks above bite."""
    assert wrong(tree(["if ($a) { 'b'"])) and wrong(tree(["Write-Output 'it's'"]))
    assert wrong(tree(["$a = $b ?? 'c'"])) or any((one.text or b"") == b"??" for one in walk(tree(["$a = $b ?? 'c'"])))
    assert shape(tree(["& $a 'x y'"])) == shape(tree(["& $a 'z; exit'"])) != shape(tree(["& $a x y"]))


def arguments(lines: list[str]) -> list[str]:
    """The words of the installer's line, as the parser parts them."""
    for one in walk(tree(lines)):
        text = (one.text or b"").decode()
        if one.type == "command" and text.startswith("& $installer"):
            elements = next(each for each in one.children if each.type == "command_elements")
            words = [(each.text or b"").decode() for each in elements.children if each.type != "command_argument_sep"]
            return [word for word in words if word.strip()]
    raise AssertionError("no line runs the installer")


def test_a_word_of_the_installer_is_one_argument_whatever_stands_in_it():
    words = arguments(install(NASTY_TAGS, ["C:", "D:"], Network(endpoint="0.1"), None))
    assert words == [
        "--no-prompt", "--region", "'us-west-2'", "--account-id", "'012345678901'", "--tags", "'007=1e5'",
        "'1KB=0x10'", "'@splat=@home'", "'Name=a b: 100/5 @ + -x .'", "'a.b:c/d@e+f-g=--no-prompt'",
        "--devices", "'C:,D:'", "--endpoint", "'0.1'",
    ]  # fmt: skip


SAFE = st.text("".join(chr(one) for one in range(32, 127)), max_size=30)


@given(st.dictionaries(SAFE, SAFE, max_size=3))
@settings(max_examples=60, deadline=None)
def test_no_tag_changes_what_a_script_does(tags):
    carried = methods.installer_tags([tags])
    plain = {f"k{number}": "v" for number in range(len(carried))}
    for node in (None, DEFAULT):
        assert shape(tree(install(tags, [], methods.DIRECT, node))) == shape(
            tree(install(plain, [], methods.DIRECT, node))
        )


def test_what_a_machine_did_not_tell_is_no_number():
    """``[int]($null / 1MB)`` is 0, and a machine without free space is refused."""
    text = "\n".join(look_scripts.script("windows", "us-west-2"))
    assert "[int](" not in text.replace("[int](-not $answered)", "") and "if ($null -ne $size)" in text


def test_endpoints_that_do_not_answer_cost_their_time_once():
    lines = look_scripts.script("windows", "us-west-2", None, [f"host{number}" for number in range(9)])
    asked = [number for number, line in enumerate(lines) if ".BeginConnect(" in line]
    waited = [number for number, line in enumerate(lines) if line.startswith("Write-Reach ")]
    assert len(asked) == len(waited) == 9 and max(asked) < min(waited)
    # one moment ends the wait of all, and it is fixed before the first is asked
    (until,) = [number for number, line in enumerate(lines) if "$until = " in line]
    assert until < min(asked) and sum("WaitOne(" in line for line in lines) == 1 and "WaitOne($left)" in "".join(lines)


def test_a_script_of_the_windows_installer_carries_no_secret():
    text = "\n".join(agent_scripts.windows("us-west-2", ["--region", "us-west-2"], None, DEFAULT))
    assert "AKIA" not in text and "Replace($nodeSecret" in text and "2>&1" in text
