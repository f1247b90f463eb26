"""Test the names in the documentation: what a page calls by a name is there, in the code, under that name."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import lru_cache

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import lookup
from drs_simulator.http.admin import Admin
from support.pages import NAME, PAGES, ROOT, blocks, known, name_of, source, spans, tracked

OURS = re.compile(r"\bresilience\.drs\.(\w+)")
# Names of the reader, of other products, and those that a page shows as wrong: {name: why}.
FOREIGN = {
    **dict.fromkeys(("my_world", "my_staging_subnet", "check_ports", "test_a_drill", "test_drill"), "of the reader"),
    **dict.fromkeys(("recovery_ticket_url", "report_footer_"), "variables of the reader's own"),
    **dict.fromkeys(("recovery_applications", "recovery_max_failures", "terminate_runid", "drs_run_stor"), "wrong"),
    **dict.fromkeys(("drs_lag_seconds", "awx_user_name"), "made by the inventory or the platform of the reader"),
    **dict.fromkeys(("__recovery_resumed",), "a name of the form that is refused"),
    **dict.fromkeys(("aap_hostname", "aap_token", "credential_types"), "of infra.aap_configuration and the platform"),
    **dict.fromkeys(("post_tasks", "minor_changes"), "of Ansible and of its changelog"),
    **dict.fromkeys(("INOPERABLE", "OUTDATED", "AWSControlTowerExecution"), "of CloudFormation and Control Tower"),
    **dict.fromkeys(("ca_bundle", "credential_source", "AWS_PAGER"), "of the AWS CLI"),
    "P1D": "a duration",
    "fg": "of the shell",
    "w1": "a wave",
}
# Names that the collection puts together from a part of its own and one of the reader's.
MADE = re.compile(
    r"(dr_(application|priority|replication|role|strategy|tier)_\w+|DRS\w+Role_(OTHER|\d{12})|Role_OTHER)$"
)
# A path with a folder, or a folder; not a part of an address.
PATH = re.compile(r"(?<![\w/:.@$~-])(?:file://)?([\w.*-]+(?:/[\w.*-]+)*/?)(?![\w/])")


def codes(text: str) -> list[str]:
    """Everything on a page that stands there as code."""
    return [block for _language, block in blocks(text)] + spans(text)


def unknown_names(text: str) -> set[str]:
    """The names that stand in a page as code and nowhere in the checkout."""
    names = {one for one in spans(text) if NAME.fullmatch(one)}
    for code in codes(text):
        names |= {one for one in NAME.findall(code) if "_" in one.strip("_")}
    return {one for one in names - known() - set(FOREIGN) if not MADE.match(one)}


@lru_cache(maxsize=1)
def plugins() -> frozenset[str]:
    """What may stand behind the name of the collection: playbooks, roles, plugins, and their groups."""
    names = {path.stem for folder in ("playbooks", "plugins/*") for path in ROOT.glob(f"{folder}/*.[py]*")}
    return frozenset(names | {path.name for path in (ROOT / "roles").iterdir()} | {"drs", "cell"})


def unknown_plugins(text: str) -> set[str]:
    """The playbooks, roles and plugins that are named in full, in sentences too, and are not there."""
    return set(OURS.findall(text)) - plugins()


def wrong_paths(text: str) -> set[str]:
    """The paths of the checkout that are named and are not there; a part of a path is enough where it is clear."""
    folders = {part for one in tracked() for part in one.split("/")[:-1]}
    tops = {one.partition("/")[0] for one in tracked() if "/" in one}
    ends = {one.rstrip("/").rpartition("/")[2] for one in tracked()}
    wrong = set()
    for span in (found for code in codes(text) for found in PATH.findall(code)):
        first, _slash, rest = span.rstrip("/").partition("/")
        last = rest.rpartition("/")[2]
        if not rest or span.startswith(("resilience.drs/", *READERS)):
            continue  # the first is how the tags of a job begin
        ours = (
            first in tops
            or (last in ends and "." in last)
            or last.endswith(".py")
            or (first in folders and "." in last)
        )
        if ours and not _there(span):
            wrong.add(span)
    return wrong


READERS = (".", "group_vars/", "host_vars/", "inventory/", "plans/", "molecule/", "tasks/")
"""Folders of the reader's own project, and places that depend on where the reader stands."""


def _there(path: str) -> bool:
    if "*" in path:
        return any(fnmatch(f"/{one}", f"*/{path}") for one in tracked())
    return any(f"/{one}".rstrip("/").endswith(f"/{path.rstrip('/')}") for one in tracked())


@lru_cache(maxsize=None)
def operations(service: str) -> frozenset[str]:
    """What botocore calls the operations of a service, by the prefix of its actions in IAM."""
    names = {"servicequotas": "service-quotas", "monitoring": "cloudwatch", "states": "stepfunctions"}
    session = botocore.session.Session()
    if names.get(service, service) not in session.get_available_services():
        return frozenset()
    return frozenset(session.get_service_model(names.get(service, service)).operation_names)


def unknown_actions(text: str) -> set[str]:
    """The actions and conditions of IAM that are named and that neither AWS nor a policy of ours has."""
    found = {
        one
        for code in codes(text)
        for one in re.findall(r"(?<![\w:])([a-z][a-z0-9]+):([A-Z][A-Za-z]{3,}\*?)(?![A-Za-z]*\.\.\.)", code)
    }
    wrong = set()
    for service, action in found - {("s3", "BypassGovernanceRetention"), ("dr", "Enabled")}:
        begins = action.rstrip("*")
        known_as = {f"{service}:{one}" for one in operations(service)}
        like = [one for one in known_as if one.startswith(f"{service}:{begins}")]
        if f"{service}:{action}" not in known_as | {*(like and [f"{service}:{begins}*"])} and not _said(
            service, action
        ):
            wrong.add(f"{service}:{action}")
    return wrong


def _said(service: str, action: str) -> bool:
    return re.search(rf"\b{service}:{re.escape(action)}(?![A-Za-z])", source()) is not None


def unknown_tags(text: str) -> set[str]:
    """The keys of tags, and other names in two parts, that are named and that nothing reads or writes."""
    found = {re.split("=|: ", one)[0] for one in spans(text) if re.fullmatch(r"[a-z]+:[a-z-]+(=\w+|: \w+)?", one)}
    return {one for one in found - {"cloudwatch:namespace", "dr:exclude"} if one not in source()}


def unknown_keys(text: str) -> set[str]:
    """The keys of settings in sentences, `order: stages`, that nothing reads."""
    keys = {one.partition(": ")[0] for one in spans(text) if re.fullmatch(r"[A-Za-z_]+: .*", one)}
    return keys - known() - set(FOREIGN)


def unknown_calls(text: str) -> set[str]:
    """The calls of the simulator's own door that are named and that it does not answer."""
    found = set(re.findall(r"\b(GET|POST|PUT|DELETE) /_sim(/\w+)", text))
    return {f"{method} {path}" for method, path in found - {*Admin(None, None)._doors, ("POST", "/sleep")}}


def unknown_options(text: str) -> set[str]:
    """The long options that stand as code and that neither the checkout nor a tool of others has."""
    lines = [line for code in codes(text) for line in re.sub(r"\\\n", " ", code).splitlines()]
    # the operation says which options a command of AWS has: test_docs_commands
    lines = [line for line in lines if not re.search(r"(^|\$ |\$\(|\{ )(aws|drs) ", line)]
    found = {one for line in lines for one in re.findall(r"(?<![\w|-])--[a-z][a-z-]+", line)}
    return {one for one in found - OPTIONS if not re.search(re.escape(one) + r"(?![a-z-])", source())}


OPTIONS = {
    *("--limit", "--check", "--diff", "--graph", "--list", "--tags", "--persistence-id", "--help"),  # of Ansible
    *("--account-id", "--parameter-overrides", "--no-retain-stacks"),  # of AWS, in a sentence
    "--base-config",  # of Molecule
}


def unknown_output(text: str) -> set[str]:
    """The titles, headings of tables and labels that a shown output has and that nothing prints."""
    texts = [block for language, block in blocks(text) if language == "text"]
    return {one for block in texts for one in _labels(block.splitlines()) if one not in source()}


def _labels(lines: list[str]) -> Iterator[str]:
    for line, below in zip(lines, [*lines[1:], ""]):
        if re.fullmatch(r" *-{20,}", below) and not re.search(r" \d+ ", line):
            yield from (one for one in re.split(r" {2,}", line.strip()) if re.fullmatch(r"[A-Z][A-Za-z ,]+", one))
        yield from re.findall(r"^([A-Z][A-Za-z ,]+):$", line)
        yield from re.findall(r"^([A-Z]{3,}(?: [A-Z]{3,})*)[ :]", line)


def other_remedies(text: str) -> set[str]:
    """The codes whose remedy a shown output tells in other words than the catalogue."""
    found = {}
    for language, block in blocks(text):
        for section in (
            re.findall(r"^Remedies:\n((?:  .*\n)+)", block, flags=re.MULTILINE) if language == "text" else ()
        ):
            found.update(re.findall(r"^  (\w+): (.*(?:\n    .*)*)", section, flags=re.MULTILINE))
    return {code for code, said in found.items() if " ".join(said.split()) != lookup(code).remedy}


def problems(text: str) -> dict[str, set[str]]:
    """All that is wrong with the names of a page, by what finds it."""
    judges = (unknown_names, unknown_plugins, wrong_paths, unknown_actions, unknown_calls, unknown_options)
    judges += (unknown_tags, unknown_keys, unknown_output, other_remedies)
    return {judge.__name__: wrong for judge in judges if (wrong := judge(text))}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_names_is_there(page):
    assert problems(page.read_text(encoding="utf-8")) == {}


def test_what_code_comments_and_documentation_name_in_full_is_there():
    """Sentences of a plugin's documentation and the comments of its examples are read by nothing else."""
    assert unknown_plugins(source().replace("ansible_collections.resilience.drs.plugins", "")) == set()


@pytest.mark.parametrize(
    ("text", "judge", "wrong"),
    [
        ("`recovery_selektion`", "unknown_names", "recovery_selektion"),
        ("`failovr` them", "unknown_names", "failovr"),
        ("`RESILIENCE_DRS_STOR=/x`", "unknown_names", "RESILIENCE_DRS_STOR"),
        ("```console\n$ export ANSIBLE_INVENTRY=x AWS_CA_BUNDLE=y\n```", "unknown_names", "ANSIBLE_INVENTRY"),
        ("```text\nlive_recovery_instanz: x\n```", "unknown_names", "live_recovery_instanz"),
        ("the playbook resilience.drs.failovr", "unknown_plugins", "failovr"),
        ("`docs/automation_platfrm.md`", "wrong_paths", "docs/automation_platfrm.md"),
        ("`dcs/automation_platform.md`", "wrong_paths", "dcs/automation_platform.md"),
        ("`tools/*.pi`", "wrong_paths", "tools/*.pi"),
        ("`agents/effcts/deploy.py`", "wrong_paths", "agents/effcts/deploy.py"),
        ("`drs:StartRecovry`", "unknown_actions", "drs:StartRecovry"),
        ("`ec2:DescribeVolume*`, `ec2:DescribVolume*`", "unknown_actions", "ec2:DescribVolume*"),
        ("`dqs:StartRecovery`", "unknown_actions", "dqs:StartRecovery"),
        ("`dqr:wave: a`, `dr:wave=1`", "unknown_tags", "dqr:wave"),
        ("`oqrder: stages`, `order: stages`", "unknown_keys", "oqrder"),
        ("```yaml\na: 1 # see docs/inventry.md\n```", "wrong_paths", "docs/inventry.md"),
        ("```console\n$ x file://roles/recovery/meta/man.yml\n```", "wrong_paths", "roles/recovery/meta/man.yml"),
        ("```text\nSTATS: 1 cell\n```", "unknown_output", "STATS"),
        ("```text\nNeeds atention:\n  x\n```", "unknown_output", "Needs atention"),
        ("```text\nCell   Worst lagg\n--------------------------\n```", "unknown_output", "Worst lagg"),
        ("```text\nRemedies:\n  no_match: Do\n    nothing.\n```", "other_remedies", "no_match"),
        ("`GET /_sim/clok`", "unknown_calls", "GET /clok"),
        ("`tools/chaos.py --sed 3`", "unknown_options", "--sed"),
    ],
)
def test_a_name_that_is_not_there_is_seen(text, judge, wrong):
    assert problems(text).get(judge) == {wrong}


def test_names_of_the_checkout_of_ansible_and_of_aws_are_no_problem():
    text = "`recovery_selection`, `AWS_CA_BUNDLE`, `agents/effects/deploy.py`, `docs/*.md`, `core/catalogue/`"
    text += ", `kms:Decrypt`, `POST /_sim/sleep`, `drs_accounts` and resilience.drs.drill with `a/b.txt`"
    assert problems(text) == {}
