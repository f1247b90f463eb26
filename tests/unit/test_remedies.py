"""Remedies name what exists: options that people can set, playbooks, modules, commands and API operations."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import json
import re
import shlex
from functools import cache
from pathlib import Path

import botocore.session
import pytest
import yaml

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import CATALOGUE
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import tags
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs import typed_names
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.request import VERBS

ROOT = Path(__file__).resolve().parents[2]

# What remedies may name and nobody here declares, by whose it is.
NOT_OURS = {
    "Ansible": {"forks", "-i", "--limit", "--check", "--diff", "-vvv", "ansible-inventory --graph drs_cells"},
    "amazon.aws and the AWS config file": {
        *(
            "access_key",
            "secret_key",
            "session_token",
            "aws_ca_bundle",
            "aws_config",
            "endpoint_url",
            "duration_seconds",
        ),
        *("max_attempts", "retry_mode", "proxies", "validate_certs", "awscrt", "https_proxy", "no_proxy"),
    },
    "the installer of the agent": {"--force-volumes"},
    "EC2": {"CapacityReservationPreference: open", "Running On-Demand ... instances"},
    "the machine": {
        *("lsattr", "restorecon", "timedatectl", "uname -r", "visudo -c", "mokutil --sb-state"),
        *("manage-bde -off C:", "netsh winhttp show proxy"),
    },
    "what set-up makes": {"DRSCleanUp"},
    "a plan file": {"depends_on", "continue_on_failure: true", "max_failures"},
    "values and words": {
        "*",
        "yes",
        "after",
        "latest_available",
        "reverse replication",
        "arn:aws:sns:REGION:ACCOUNT:NAME",
        "eu-central-1",
    },
}
# Words with an underscore outside of backticks that are no option.
PLAIN = {
    "Ansible": {"group_vars", "host_vars"},
    "the group of all cells": {"drs_cells"},
    "fields of results and tables": {"recovery_instance_id", "started_at"},
}
# Commands of the AWS CLI that are no operation of an API.
AWS_CLI = {
    ("configure", "list"),
    ("configure", "list-profiles"),
    ("sso", "login"),
    ("sts", "decode-authorization-message"),
}


class Declared:
    """What the collection declares: every option by name, with the keys that it has, and the values that it takes."""

    def __init__(self):
        self.options, self.values, self.variables, self.checks = {}, set(), set(), {}

    def add(self, options):
        for name, option in (options or {}).items():
            keys = {**(option.get("options") or {}), **(option.get("suboptions") or {})}
            for one in (name, *(option.get("aliases") or ())):
                self.options.setdefault(one, set()).update(keys)
            self.values |= {str(choice) for choice in option.get("choices") or ()}
            self.add(keys)


def texts(path):
    """The DOCUMENTATION of a plugin or the parts of a fragment."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        value = node.value if isinstance(node, ast.Assign) else None
        text = value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
        if text and node.targets[0].id not in ("EXAMPLES", "RETURN"):
            yield yaml.safe_load(text)


@cache
def declared():
    made = Declared()
    for verb in VERBS.values():
        for one in verb.options:
            keys = {key.name: {"choices": key.choices} for key in one.keys}
            made.add({f"{verb.role}_{one.name}": {"options": keys, "choices": one.choices}})
            made.checks[f"{verb.role}_{one.name}"] = one.check
    made.options.update({name: set() for name in typed_names.SHARED})
    made.variables |= set(typed_names.SHARED)
    for path in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            made.add(entry.get("options"))
            made.variables |= set(entry.get("options") or {})
    for folder in ("modules", "inventory", "doc_fragments"):
        for path in (ROOT / "plugins" / folder).glob("*.py"):
            for text in texts(path):
                made.add(text.get("options") if isinstance(text, dict) else {})
    return made


@cache
def names(kind):
    found = {
        "playbook": [path.stem for path in ROOT.glob("playbooks/*.yml")],
        "role": [path.name for path in ROOT.glob("roles/*")],
        "module": [path.stem for path in ROOT.glob("plugins/modules/*.py")],
        "inventory": [path.stem for path in ROOT.glob("plugins/inventory/*.py")],
    }
    return set(found[kind])


def operation(service, name):
    """Whether a service of AWS has an operation, written as in the CLI or as in a policy."""
    try:
        model = botocore.session.Session().get_service_model(service)
    except botocore.exceptions.UnknownServiceError:
        return False
    return name.replace("-", "").lower() in {one.lower() for one in model.operation_names}


def typed(words):
    """Whether what follows a playbook on its command line can be typed there."""
    for before, word in zip(["", *words], words):
        if before == "-e" and word.partition("=")[0] not in declared().variables:
            return False
        if before not in ("-e", "--limit") and word not in ("-e", *NOT_OURS["Ansible"]):
            return False
    return True


def option(text):
    """``name``, ``name.key`` or either with ``: value``; the name may be of a role, a module, an inventory."""
    name, dummy, value = text.partition(": ")
    if value.startswith("{"):
        return mapping(name, yaml.safe_load(value))
    parent, dot, key = name.partition(".")
    known = declared().options
    if parent not in known or (dot and key not in known[parent]):
        return False
    return (
        not value or value in declared().values or value in ("true", "false") or bool(re.fullmatch(r"\[\w+\]", value))
    )


def mapping(name, given):
    """Whether a variable takes a mapping: every key is known, and the values pass the check of the option."""
    if name not in declared().variables or not set(given) <= declared().options[name]:
        return False
    check = declared().checks.get(name)
    try:
        if check:
            check(given, {})
    except DrsError:
        return False
    return True


def in_orchestrate(text):
    schema = json.loads((ROOT / "docs/schemas/orchestrate_input.schema.json").read_text(encoding="utf-8"))
    parent, dummy, key = text.partition(".")
    return key in (schema["properties"].get(parent) or {}).get("properties", {})


def exists(text):
    if any(text in words for words in NOT_OURS.values()):
        return True
    if text.startswith("ansible-playbook resilience.drs."):
        book, *words = shlex.split(text)[1:]
        return book.rpartition(".")[2] in names("playbook") and typed(words)
    if text.startswith("-"):
        return typed(shlex.split(text))
    if text.startswith("resilience.drs."):
        return text.rpartition(".")[2] in names("playbook") | names("role") | names("module") | names("inventory")
    if text.startswith("aws "):
        service, name = text.split()[1:3]
        return (service, name) in AWS_CLI or operation(service, name)
    if re.fullmatch(r"[a-z]+:[A-Z]\w+", text):
        return operation(*text.split(":"))
    if text.startswith("dr:"):
        return any(text in spellings for spellings in tags.DEFAULT_TAG_KEYS.values())
    if text in declared().values or text in names("module") | names("playbook") | names("inventory"):
        return True
    return option(text) or in_orchestrate(text)


def quoted(remedy):
    return re.findall(r"`([^`]*)`", remedy)


def bare(remedy):
    return re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", re.sub(r"`[^`]*`|\S+\.md", "", remedy))


def test_every_name_in_a_remedy_exists():
    wrong = {(code, name) for code, entry in CATALOGUE.items() for name in quoted(entry.remedy) if not exists(name)}
    assert not wrong, sorted(wrong)


def test_every_word_that_looks_like_an_option_is_one():
    known = set(declared().options) | names("module") | names("playbook") | names("role") | names("inventory")
    known |= {word for words in PLAIN.values() for word in words}
    wrong = {(code, word) for code, entry in CATALOGUE.items() for word in bare(entry.remedy) if word not in known}
    assert not wrong, sorted(wrong)


def test_what_is_listed_here_is_named_somewhere():
    said = {name for entry in CATALOGUE.values() for name in quoted(entry.remedy)}
    listed = {word for words in NOT_OURS.values() for word in words} - NOT_OURS["Ansible"]
    assert listed <= said, sorted(listed - said)
    plain = {word for entry in CATALOGUE.values() for word in bare(entry.remedy)}
    words = {word for words in PLAIN.values() for word in words}
    assert words <= plain, sorted(words - plain)


@pytest.mark.parametrize(
    "name",
    [
        "recovery_max_failures_of_old",
        "policy.no_such_key",
        "ansible-playbook resilience.drs.no_such_playbook",
        "ansible-playbook resilience.drs.drill -e no_such_variable=1",
        "-e recovery_no_such=true",
        "resilience.drs.drs_no_such",
        "aws ec2 no-such-operation",
        "aws nosuch list",
        "ssm:NoSuchAction",
        "dr:no-such-key",
        "options.no_such",
        "copy_tags: perhaps",
        "recovery_policy: {recover_in: nowhere}",
        "recovery_policy: {no_such_key: 1}",
    ],
)
def test_what_does_not_exist_is_seen(name):
    assert not exists(name)


def test_a_task_file_that_is_not_there_is_no_plan_file_to_correct():
    entry = CATALOGUE["invalid_plan_file"]
    assert "task file" in entry.cause and "plan file" not in entry.remedy


def test_what_may_serve_production_is_not_to_be_terminated_first():
    """Whoever follows a remedy in a hurry does the first thing that it says."""
    first = CATALOGUE["live_recovery_instance"].remedy.partition(". ")[0]
    assert "may serve production" in first and "recovery_except" in first and "erminat" not in first
    assert "recovery_except" in CATALOGUE["reversed_replication"].remedy
    told = CATALOGUE["not_a_drill"].remedy
    assert told.index("resilience.drs.failback") < told.index("To terminate it anyway")


def test_a_profile_beside_keys_is_told_with_what_to_unset():
    """The message is that of amazon.aws, which names options where people have set variables."""
    told = CATALOGUE["invalid_connection_options"].remedy
    assert "unset AWS_PROFILE, or AWS_ACCESS_KEY_ID" in told
