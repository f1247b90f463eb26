"""Test the commands of the documentation: playbooks, variables, files and tools that they name are there."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import json
import re
import shlex
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import botocore.session
import pytest
import yaml
from ansible.parsing.splitter import parse_kv
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import request, typed_names
from botocore import xform_name
from drs_simulator.http.admin import Admin
from drs_simulator.scenario import supplied
from support.pages import PAGES, name_of, spans

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "resilience.drs."
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
LEFT_OUT = re.compile(r"^(\.\.\.|[A-Z]+|<[^>]+>)$")
"""A value that the reader replaces."""
PLAIN = {".", "cat", "cd", "pip", "python", "python3"}
"""Tools whose arguments are the reader's."""
AWS_OPTIONS = {"--cli-input-json", "--output", "--profile", "--query", "--region"}
"""Options of the AWS CLI that every operation has."""
DEPLOY_OPTIONS = {"--template-file", "--stack-name", "--capabilities", "--parameter-overrides", *AWS_OPTIONS}
INVENTORIES = (
    "my_world.drs_accounts.yml",
    "try.drs_accounts.yml",
    "clean_up.drs_accounts.yml",
    "prod.drs_accounts.yml",
    "cells.drs_accounts.yml",
    "inventory.json",
)
"""Inventories that the reader writes; the page, or the one about inventories, says what stands in them."""


@lru_cache(maxsize=1)
def shown_files() -> dict[str, dict]:
    """The files that a page shows whole, in a block that begins with the name: {name: what stands in it}."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL):
            name = re.match(r"\s*# ([\w.-]+\.yml)\b", block)
            if name:
                found[name.group(1)] = yaml.safe_load(block)
    return found


def commands(text: str) -> list[str]:
    """The commands of a page's blocks of a shell, whole, and those that a shown output tells to type next."""
    lines = []
    for kind, block in re.findall(r"```(console|shell|text)\n(.*?)```", text, flags=re.DOTALL):
        block = re.sub(r"<<'END'\n.*?\n\s*END\n", "\n", re.sub(r"\s*\\\n\s*", " ", block), flags=re.DOTALL)
        for line in (one.strip() for one in block.splitlines()):
            if kind == "shell" and line and not line.startswith("#"):
                lines.append(line)
            elif line.startswith("$ "):
                lines.append(line[2:])
            elif re.match(r"(next|Remedy): ansible", line):
                lines.append(line.partition(": ")[2])
    return lines


def inline(text: str) -> list[str]:
    """The commands that stand in a sentence: of the tools that are known here, with what they are told."""
    return [one for one in spans(text) if one.partition(" ")[0] in ("ansible-playbook", *TOOLS) and " " in one]


class _Wrong(ValueError):
    """What a parser of a command says against it."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise _Wrong(message)


@lru_cache(maxsize=1)
def _playbook_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="ansible-playbook", allow_abbrev=False)
    parser.add_argument("playbook")
    parser.add_argument("-i", "--inventory", action="append", default=[])
    parser.add_argument("-e", "--extra-vars", action="append", default=[])
    for option in ("--limit", "--tags"):
        parser.add_argument(option)
    parser.add_argument("--check", action="store_true")
    return parser


def extra_variables(words: list[str]) -> dict:
    """What ``-e`` gives, in the order of the command, as Ansible reads it."""
    found = {}
    for word in words:
        if word.startswith("@"):
            if word[1:] not in shown_files():
                raise _Wrong(f"no page shows the file {word[1:]}")
            found.update(shown_files()[word[1:]])
        elif word.startswith(("{", "[")):
            found.update(json.loads(word))
        else:
            found.update(parse_kv(word))
    return found


def _verb(playbook: Path) -> tuple[str, dict]:
    """The verb of a playbook, and the variables that it gives to the role."""
    task = yaml.safe_load(playbook.read_text(encoding="utf-8"))[0]["tasks"][0]
    role = task.get("ansible.builtin.import_role")
    if role is None:
        return task["resilience.drs.drs_check_variables"]["verb"], {}
    entry = role.get("tasks_from", "main")
    return role["name"].removeprefix(PREFIX) if entry == "main" else entry, task.get("vars", {})


def _playbook(words: list[str], whole: bool = True) -> list[str]:
    options = _playbook_parser().parse_args(words)
    wrong = _inventories(options.inventory)
    typed = extra_variables(options.extra_vars)
    if not options.playbook.startswith(PREFIX):
        if not (ROOT / options.playbook).is_file():
            return [*wrong, f"no playbook {options.playbook}"]
        settings = yaml.safe_load((ROOT / "extensions/patterns/drs/vars/settings.yml").read_text(encoding="utf-8"))
        return wrong + [f"no setting {name}" for name in typed if name not in settings]
    playbook = ROOT / "playbooks" / f"{options.playbook.removeprefix(PREFIX)}.yml"
    if not playbook.is_file():
        return [*wrong, f"no playbook {options.playbook}"]
    verb, given = _verb(playbook)
    declared = request.VERBS[verb]
    values = {declared.variable(option.name): option.name for option in declared.options}
    some = {values[name]: value for name, value in typed.items() if name in values and not _left_out(value)}
    wrong += typed_names.check(verb, typed, playbook=given, values=some).warnings
    if whole and len(some) == sum(name in values for name in typed):
        request.checked(verb, {**some, **{values[name]: value for name, value in given.items() if name in values}})
    return wrong


def _left_out(value: object) -> bool:
    return isinstance(value, str) and bool(LEFT_OUT.match(value))


def _inventories(names: list[str]) -> list[str]:
    return [f"no inventory {name}" for name in names if name not in INVENTORIES and not (ROOT / name).is_file()]


def _doc(words: list[str]) -> list[str]:
    parser = _Parser(prog="ansible-doc")
    parser.add_argument("names", nargs="*")
    parser.add_argument("-t", choices=("module", "role", "inventory"), default="module")
    parser.add_argument("--list")
    options = parser.parse_args(words)
    folder = ROOT / {"module": "plugins/modules", "inventory": "plugins/inventory", "role": "roles"}[options.t]
    there = {path.stem for path in folder.iterdir()}
    wrong = [one for one in options.names if one.removeprefix(PREFIX) not in there or not one.startswith(PREFIX)]
    wrong += [options.list] if options.list and f"{options.list}." != PREFIX else []
    return [f"no {options.t} {one}" for one in wrong]


def _galaxy(words: list[str]) -> list[str]:
    tarball = "{namespace}-{name}-{version}.tar.gz".format(**GALAXY)
    kinds = {("collection", "build"), ("collection", "install"), ("collection", "list")}
    wrong = [] if tuple(words[:2]) in kinds else [f"ansible-galaxy {words[:2]}"]
    return wrong + [f"the collection is {tarball}" for word in words if word.endswith(".tar.gz") and word != tarball]


def _make(words: list[str]) -> list[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = re.findall(r"^([a-z_ -]+):", makefile, flags=re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    given = [word.partition("=")[0] for word in words if "=" in word]
    wrong = [f"no target {word}" for word in words if "=" not in word and word not in targets]
    return wrong + [f"no variable {name}" for name in given if f"$({name})" not in makefile]


def _molecule(words: list[str]) -> list[str]:
    if words[0] == "--base-config":  # of a scenario of the reader's own
        words = words[2:] or ["test", "-s", "recovery"]
    step, flag, scenario = words
    there = (ROOT / "extensions/molecule" / scenario / "molecule.yml").is_file()
    known = step in ("test", "create", "converge", "verify", "destroy") and flag == "-s"
    return [] if known and there else [f"no scenario {scenario}, or no step {step}"]


def _aws(words: list[str]) -> list[str]:
    words = words[2:] if words[0] == "--profile" else words
    service, operation = words[:2]
    if f"{service} {operation}" in ("configure list", "configure list-profiles", "sso login"):  # as below
        return []
    if (service, operation) == ("cloudformation", "deploy"):  # a command of the command line alone
        wrong = [word for word in words if word.startswith("--") and word not in DEPLOY_OPTIONS]
        if wrong:
            return [f"no option {wrong} of cloudformation deploy"]
        template = words[words.index("--template-file") + 1]
        return [] if (ROOT / template).is_file() else [f"no template {template}"]
    model = botocore.session.Session().get_service_model(service)
    known = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in known:
        return [f"no operation {service} {operation}"]
    shape = model.operation_model(known[operation]).input_shape
    options = {f"--{xform_name(member, '-')}" for member in (shape.members if shape else ())} | AWS_OPTIONS
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    return [f"no option {one} of {service} {operation}" for one in sorted(given) if _affirmed(one) not in options]


def _affirmed(option: str) -> str:
    return f"--{option.removeprefix('--no-')}" if option.startswith("--no-") else option


def _drs(words: list[str]) -> list[str]:
    return _aws(["drs", *words])


def _curl(words: list[str]) -> list[str]:
    parser = _Parser(prog="curl")
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X")
    parser.add_argument("-d")
    options = parser.parse_args(words)
    if options.d:
        json.loads(options.d)
    call = (options.X or ("POST" if options.d else "GET"), urlsplit(options.url).path.partition("/_sim")[2])
    return [] if call in Admin(None, None)._doors else [f"no call {call[0]} {call[1]} of the simulator"]


def _simulator(words: list[str]) -> list[str]:
    parser = _Parser(prog="drs-simulator", add_help=False)
    parser.add_argument("--help", action="store_true")
    parser.add_argument("--scenario")
    parser.add_argument("--port", type=int)
    scenario = parser.parse_args(words).scenario
    known = scenario is None or scenario in supplied.names() or scenario in shown_files()
    return [] if known else [f"no scenario {scenario}"]


def _export(words: list[str]) -> list[str]:
    return _inventories([word.partition("=")[2] for word in words if word.startswith("ANSIBLE_INVENTORY=")])


def _listed(words: list[str]) -> list[str]:
    parser = _Parser(prog="ansible-inventory")
    parser.add_argument("-i", "--inventory", action="append", default=[])
    parser.add_argument("--graph", nargs="?")
    parser.add_argument("--list", action="store_true")
    return _inventories(parser.parse_args(words).inventory)


def _builder(words: list[str]) -> list[str]:
    return [] if words[0] in ("build", "create", "introspect") else [f"ansible-builder {words[0]}"]


def _adhoc(words: list[str]) -> list[str]:
    parser = _Parser(prog="ansible")
    parser.add_argument("pattern", nargs="?")
    parser.add_argument("-i", dest="inventory", action="append", default=[])
    parser.add_argument("-m", dest="module", required=True)
    parser.add_argument("-a", dest="arguments", default="")
    options = parser.parse_args(words)
    if options.module == "ping":
        return _inventories(options.inventory)
    module = ROOT / "plugins/modules" / f"{options.module.removeprefix(PREFIX)}.py"
    if not module.is_file() or not options.module.startswith(PREFIX):
        return [f"no module {options.module}"]
    pages = [module, *(ROOT / "plugins/doc_fragments").glob("*.py")]
    there = {name for page in pages for name in re.findall(r"^ {2}(\w+):$", page.read_text(encoding="utf-8"), re.M)}
    there |= {"region", "profile"}  # of amazon.aws
    given = re.findall(r"(\w+)=", options.arguments)
    return _inventories(options.inventory) + [
        f"no option {name} of {options.module}" for name in given if name not in there
    ]


TOOLS = {
    "ansible": _adhoc,
    "ansible-doc": _doc,
    "ansible-galaxy": _galaxy,
    "ansible-inventory": _listed,
    "ansible-builder": _builder,
    "make": _make,
    "molecule": _molecule,
    "aws": _aws,
    "drs": _drs,
    "curl": _curl,
    "drs-simulator": _simulator,
    "export": _export,
}


def broken(command: str, whole: bool = True) -> list[str]:
    """What is wrong with a command of a page; one that is not whole may lack variables that it needs."""
    try:
        words = shlex.split(command, comments=True)
        if words and words[0] == "drs()":  # the page makes itself a short name
            return []
        while words and re.match(r"^[A-Za-z_]+=", words[0]):
            inner = re.match(r"^\w+=\$\((.+)\)$", command)
            words = shlex.split(inner.group(1)) if inner else words[1:]
            command = ""
        # what is filtered or handed on was made by the first one
        words = words[: next((place for place, word in enumerate(words) if word in ("|", "<<END")), None)]
        tool = words[0].rpartition("/")[2] if words and words[0].startswith(".venv/") else "".join(words[:1])
        if tool in PLAIN:
            return []
        if tool == "ansible-playbook":
            return _playbook(words[1:], whole)
        if tool in TOOLS:
            return TOOLS[tool](words[1:])
        return [] if (ROOT / tool).is_file() else [f"no tool {tool}"]
    except (DrsError, ValueError, IndexError, LookupError) as problem:
        return [str(problem)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_names_what_is_there(page):
    text = page.read_text(encoding="utf-8")
    assert {command: found for command in commands(text) if (found := broken(command))} == {}
    assert {command: found for command in inline(text) if (found := broken(command, whole=False))} == {}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("ansible-playbook resilience.drs.dril", "no playbook"),
        ("ansible-playbook resilience.drs.drill -e recovery_plan_nam=x", "recovery_plan_nam"),
        ("ansible-playbook resilience.drs.drill -e failback_run_id=x", "does not run here"),
        ("ansible-playbook resilience.drs.drill -e recovery_require_approval=perhaps", "perhaps"),
        ('ansible-playbook resilience.drs.drill -e \'{"recovery_selection": {"app": [1]}}\'', "app"),
        ("ansible-playbook resilience.drs.drill -e @never_shown.yml", "never_shown.yml"),
        ("ansible-playbook resilience.drs.resume", "runs_id is missing"),
        ("ansible-playbook resilience.drs.drill --chek", "--chek"),
        ("ansible-playbook -i nowhere.yml resilience.drs.drill", "no inventory"),
        ("ansible-playbook extensions/nowhere.yml", "no playbook"),
        ("ansible-galaxy collection install resilience-drs-0.0.1.tar.gz", "the collection is"),
        ("make tea", "no target tea"),
        ("make molecule ONLY=recovery integration tea", "no target tea"),
        ("make molecule ONY=recovery", "no variable ONY"),
        (".venv/bin/molecule converge -s nowhere", "no scenario"),
        ("aws drs make-tea", "no operation"),
        ("aws drs describe-jobs --filter x", "no option --filter of drs describe-jobs"),
        ("aws cloudformation deploy --template-fil x", "no option"),
        ("ansible-doc -t role resilience.drs.recover", "no role"),
        ("ansible-doc resilience.drs.drs_recover", "no module"),
        ("ansible-doc --list resilience.dr", "no module"),
        ("ansible drs_cells -m resilience.drs.drs_capacity", "no module"),
        ("ansible drs_cells -m resilience.drs.drs_capacity_info -a 'regoin=x'", "no option regoin"),
        ("curl -s -X POST $AWS_ENDPOINT_URL/_sim/clok -d '{\"advance\": 1}'", "no call"),
        (".venv/bin/drs-simulator --scenario nowhere", "no scenario"),
        ("export ANSIBLE_INVENTORY=nowhere.yml", "no inventory"),
        ("run=$(drs make-tea --query x)", "no operation"),
        ("docs/examples/nowhere.sh x", "no tool"),
        ("ansible-playbook 'resilience.drs.drill", "quotation"),
    ],
)
def test_a_command_that_cannot_work_is_seen(command, says):
    assert says in "; ".join(broken(command))


def test_commands_are_found_where_they_stand():
    text = "```console\n$ a b \\\n    c\nout\n```\n```shell\n# no\nd\n```\n"
    text += "```text\nnext: ansible-x\n```\n`ansible-playbook\ne`"
    assert (commands(text), inline(text)) == (["a b c", "d", "ansible-x"], ["ansible-playbook e"])
    assert sum(len(commands(page.read_text(encoding="utf-8"))) for page in PAGES) > 120
