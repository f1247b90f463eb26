"""Test the names in the documentation: what a page calls by a name is there, in the code, under that name."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import subprocess
from functools import lru_cache
from pathlib import Path

import ansible
import botocore.session
import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from drs_simulator.http.admin import Admin
from support.pages import PAGES, ROOT, blocks, name_of, source, spans, words

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
    "w1": "a wave",
}
# Names that the collection puts together from a part of its own and one of the reader's.
MADE = re.compile(
    r"(dr_(application|priority|replication|role|strategy|tier)_\w+|DRS\w+Role_(OTHER|\d{12})|Role_OTHER)$"
)
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)*/?")


def codes(text: str) -> list[str]:
    """Everything on a page that stands there as code."""
    return [block for _language, block in blocks(text)] + spans(text)


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """The names in the checkout and of its files, of Ansible's settings, and of the environment of botocore."""
    settings = (Path(ansible.__file__).parent / "config" / "base.yml").read_text(encoding="utf-8")
    environment = [one[1] for one in BOTOCORE_DEFAUT_SESSION_VARIABLES.values() if isinstance(one[1], str)]
    stems = {Path(one).stem for one in tracked()}
    return words() | frozenset(PLAIN_NAME.findall(settings)) | frozenset(environment) | stems


def unknown_names(text: str) -> set[str]:
    """The names that stand in a page as code and nowhere in the checkout."""
    names = {one for one in spans(text) if PLAIN_NAME.fullmatch(one)}
    for code in codes(text):
        names |= {one for one in PLAIN_NAME.findall(code) if "_" in one.strip("_")}
    return {one for one in names - known() - set(FOREIGN) if not MADE.match(one)}


@lru_cache(maxsize=1)
def plugins() -> frozenset[str]:
    """What may stand behind the name of the collection: playbooks, roles, plugins, and their groups."""
    names = {path.stem for folder in ("playbooks", "plugins/*") for path in ROOT.glob(f"{folder}/*.[py]*")}
    return frozenset(names | {path.name for path in (ROOT / "roles").iterdir()} | {"drs", "cell"})


def unknown_plugins(text: str) -> set[str]:
    """The playbooks, roles and plugins that are named in full, in sentences too, and are not there."""
    return set(OURS.findall(text)) - plugins()


@lru_cache(maxsize=1)
def tracked() -> frozenset[str]:
    """The files of the checkout and their folders, the latter with a slash at the end."""
    told = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = told.splitlines()
    return frozenset(files) | {f"{parent}/" for one in files for parent in Path(one).parents if str(parent) != "."}


def wrong_paths(text: str) -> set[str]:
    """The paths of the checkout that are named and are not there; a part of a path is enough where it is clear."""
    ends = {one.rstrip("/").rpartition("/")[2] for one in tracked()}
    tops = {one.partition("/")[0] for one in tracked() if "/" in one}
    wrong = set()
    for span in spans(text):
        if not PATH.fullmatch(span) or "/" not in span.rstrip("/") or span.startswith("resilience.drs/"):
            continue  # the last is how the tags of a job begin
        first, last = span.partition("/")[0], span.rstrip("/").rpartition("/")[2]
        if (first in tops or last in ends) and not _there(span):
            wrong.add(span)
    return wrong


def _there(path: str) -> bool:
    if "*" in path:
        return any(ROOT.glob(path))
    return any(one.rstrip("/").endswith(f"/{path.rstrip('/')}") for one in (f"/{name}" for name in tracked()))


@lru_cache(maxsize=None)
def operations(service: str) -> frozenset[str]:
    """What botocore calls the operations of a service, by the prefix of its actions in IAM."""
    names = {"servicequotas": "service-quotas", "monitoring": "cloudwatch", "states": "stepfunctions"}
    session = botocore.session.Session()
    if names.get(service, service) not in session.get_available_services():
        return frozenset()
    return frozenset(session.get_service_model(names.get(service, service)).operation_names)


def unknown_actions(text: str) -> set[str]:
    """The actions of IAM that are named and that neither AWS nor a policy of ours has."""
    found = set()
    for code in codes(text):
        found |= set(re.findall(r"\b([a-z0-9]+):([A-Z][A-Za-z]{3,}\*?)", code))
    wrong = set()
    for service, action in found - {("s3", "BypassGovernanceRetention")}:
        if f"{service}:{action}" in source() or not operations(service):
            continue
        begins = action.rstrip("*")
        if not any(one.startswith(begins) if action.endswith("*") else one == begins for one in operations(service)):
            wrong.add(f"{service}:{action}")
    return wrong


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


def problems(text: str) -> dict[str, set[str]]:
    """All that is wrong with the names of a page, by what finds it."""
    judges = (unknown_names, unknown_plugins, wrong_paths, unknown_actions, unknown_calls, unknown_options)
    return {judge.__name__: wrong for judge in judges if (wrong := judge(text))}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_names_is_there(page):
    assert problems(page.read_text(encoding="utf-8")) == {}


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
