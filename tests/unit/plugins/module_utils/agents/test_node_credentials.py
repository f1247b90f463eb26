"""Test what happens on nodes outside EC2: credentials read on the node, handed to the installer, shown to nobody."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import look, look_scripts, machine_checks
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import methods, node_credentials
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents.node_credentials import NodeCredentials
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_install_failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import machines
from support.installer_stub import serve

KEY, SECRET, TOKEN = "ASIAEXAMPLEEXAMPLE00", "se/cret+with=signs&and.dots*", "to/ken+" + "x" * 300 + "=="
NODE = "mi-0123456789abcdef0"
#: Says what it was started with, on both outputs, as an installer that fails might.
INSTALLER = r"""#!/bin/sh
printf '%s\n' "$@" > "$SEEN"
echo "Command '[$*]' returned non-zero exit status"
echo "key $2 again: $*" >&2
echo 'The following is the source server ID: s-1111111111111111a'
exit ${INSTALLER_EXIT:-0}
"""


def credentials_file(key=KEY, secret=SECRET, token=TOKEN, profile="default"):
    """A file as the SSM agent and others write it: other profiles around, signs of equality aligned, CRLF."""
    lines = ["[someone]", "aws_access_key_id = AKIAOTHER", "aws_secret_access_key = other", f"  [ {profile} ]  "]
    lines += [f"aws_access_key_id     = {key}", f"aws_secret_access_key={secret}", f"aws_session_token =  {token}  "]
    return "\r\n".join([*lines, "[last]", "aws_session_token = third", ""])


@pytest.fixture
def run(tmp_path):
    """Run the Linux script of a node; returns the ended process and what the installer was started with."""
    curl = '#!/bin/sh\nwhile [ $# -gt 1 ]; do [ "$1" = -o ] && to=$2; shift; done\ncp "$BUCKET/${1##*/}" "$to"\n'
    bucket, tools, scratch = serve(tmp_path, INSTALLER, curl)

    def go(content, profile="default", **env):
        kept = tmp_path / "credentials"
        if content is not None:
            kept.write_bytes(content.encode())
        node = NodeCredentials(linux=str(kept), profile=profile)
        arguments = ("shell", "linux", "us-west-2", None, {"Name": "web 1"}, [], 60, methods.DIRECT, node)
        parameters = methods.parameters(*arguments)
        seen = tmp_path / "seen"
        done = subprocess.run(
            ["sh", "-c", "\n".join(parameters["commands"])], capture_output=True, text=True, check=False,
            env={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "BUCKET": str(bucket), "TMPDIR": str(scratch),
                 "SEEN": str(seen), **env},
        )  # fmt: skip
        assert list(scratch.iterdir()) == []
        return done, seen.read_text(encoding="utf-8").splitlines() if seen.exists() else None

    return go


def test_the_installer_gets_what_the_file_holds_and_nobody_sees_it(run):
    done, seen = run(credentials_file())
    assert done.returncode == 0, done.stderr
    assert seen == [
        "--no-prompt", "--region", "us-west-2", "--tags", "Name=web 1", "--aws-access-key-id", KEY,
        "--aws-secret-access-key", SECRET, "--aws-session-token", TOKEN,
    ]  # fmt: skip
    said = done.stdout + done.stderr
    assert not [one for one in (KEY, SECRET, TOKEN) if one in said]
    assert said.count("[redacted]") == 6 and "source server ID: s-1111111111111111a" in done.stdout


def test_the_exit_code_of_the_installer_survives_the_filter(run):
    done, _seen = run(credentials_file(profile="drs"), profile="drs", INSTALLER_EXIT="7")
    assert done.returncode == 7 and "The installer ended with exit code 7" in done.stderr
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("content", "profile"),
    [
        (None, "default"),
        ("", "default"),
        (credentials_file(token=""), "default"),
        (credentials_file(), "other"),
        (credentials_file(secret=""), "default"),
    ],
)
def test_without_temporary_credentials_there_is_one_clear_reason(run, content, profile):
    done, seen = run(content, profile)
    assert (done.returncode, seen) == (93, None)
    found = explain_install_failure("Failed", done.stdout + done.stderr)
    assert found["code"] == "install_node_credentials" and "No temporary credentials" in found["message"]
    assert "AWSElasticDisasterRecoveryAgentInstallationPolicy" in found["remedy"]


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_what_is_sent_carries_no_credentials_and_nothing_that_systems_manager_resolves(platform):
    node = NodeCredentials()
    sent = methods.parameters("shell", platform, "us-west-2", None, {}, [], 60, methods.DIRECT, node)
    text = "\n".join([*sent["commands"], *look_scripts.script(platform, "us-west-2", node=node)])
    assert "{{" not in text and "}}" not in text and "@FILE@" not in text and "S@" not in text and "E@" not in text
    assert text.count("--aws-session-token") == 1 and "--account-id" not in text
    plain = methods.parameters("shell", platform, "us-west-2", None, {}, [], 60)
    assert "--aws-session-token" not in "\n".join(plain["commands"])


def test_windows_reads_the_file_of_the_system_account_or_the_one_that_is_named():
    usual = "\n".join(look_scripts.script("windows", "us-west-2", node=NodeCredentials()))
    assert r"System32\config\systemprofile\.aws\credentials" in usual
    named = "\n".join(look_scripts.script("windows", "us-west-2", node=NodeCredentials(windows=r"D:\keys\aws")))
    assert r"'D:\keys\aws'" in named and "systemprofile" not in named


@pytest.mark.parametrize(("said", "codes"), [("yes", []), ("True", []), ("no", 1), ("False", 1), ("", [])])
def test_a_look_tells_that_the_file_is_missing(said, codes):
    found = [one.code for one in look.fatal("dc", "linux", {"credentials": said})]
    assert found == (["install_node_credentials"] if codes else [])


@pytest.mark.parametrize(
    "given",
    [
        {"linux": "relative/path"},
        {"linux": "/a'; rm -rf /"},
        {"windows": "/root/x"},
        {"windows": "C:\\x'"},
        {"profile": "a b"},
        {"path": "/x"},
    ],
)
def test_a_place_that_cannot_be_is_refused(given):
    with pytest.raises(DrsError) as caught:
        node_credentials.of({"node_credentials": given})
    assert caught.value.code == "invalid_option"


def test_a_place_may_be_named_for_both_systems():
    given = {"linux": "/var/lib/ssm/.aws/credentials", "windows": "D:\\ssm\\credentials", "profile": "drs"}
    assert node_credentials.of({"node_credentials": given}) == NodeCredentials(**given)
    assert node_credentials.of({}) == NodeCredentials()


# -- the node and its source server ------------------------------------------------------------------------------------
def node(**more):
    item = {"InstanceId": NODE, "ComputerName": "dc-01.corp.example", "Name": "given", "PlatformType": "Linux",
            "PingStatus": "Online", **more}  # fmt: skip
    return machines.normalise_node(item, {"dr:wave": "2"}, "111111111111", "us-west-2", "dc")


def server(number, hostname, **more):
    return {"source_server_id": f"s-{number}", "hostname": hostname, "instance_id": None, "extended": False, "tags": {},
            "replication": {"state": "CONTINUOUS"}, **more}  # fmt: skip


def test_a_node_is_a_machine_by_the_name_of_its_computer():
    found = node()
    assert (found["name"], found["platform"], found["account_id"]) == ("dc-01.corp.example", "linux", "111111111111")
    assert machines.not_online(found) is None and found["tags"] == {"dr:wave": "2"}
    assert machines.not_online(node(PingStatus="ConnectionLost")).code == "ssm_connection_lost"
    assert node(ComputerName="")["name"] == "given"
    assert machine_checks.unfit(found) is None
    assert machine_checks.unfit(node(PlatformType="MacOS")).code == "machine_is_mac"


def test_its_server_is_found_by_the_tag_and_else_by_a_name_that_no_other_has():
    tagged = server(1, "renamed", tags={machines.NODE_TAG: NODE})
    assert machines.by_instance([tagged, server(2, "dc-01")]) == {NODE: tagged}
    alike = server(2, "DC-01")
    assert machines.by_hostname([alike, server(3, "dc-02")], node()) is alike
    assert machines.by_hostname([alike, server(3, "dc-01.other.example")], node()) is None
    for other in (
        {"instance_id": "i-0123456789abcdef0"},
        {"extended": True},
        {"tags": {machines.NODE_TAG: "mi-11111111111111111"}},
        {"replication": {"state": "DISCONNECTED"}},
    ):
        assert machines.by_hostname([server(2, "dc-01", **other)], node()) is None
