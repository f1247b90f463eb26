"""Test the scripts of the shell method; the POSIX one runs with a stubbed network and installer."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import methods
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import scripts as agent_scripts
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import explain_install_failure
from support.installer_stub import serve

INSTALLER = r"""#!/bin/sh
printf '%s\n' "$@"
echo 'The following is the source server ID: s-1111111111111111a'
exit ${INSTALLER_EXIT:-0}
"""


@pytest.fixture
def run(tmp_path):
    """Run the script with a stubbed curl that serves files of a directory; returns the ended process."""
    curl = (
        '#!/bin/sh\necho "$@" >> "$CURL_LOG"\nwhile [ $# -gt 1 ]; do [ "$1" = -o ] && to=$2; shift; done\n'
        'case "$1" in *dualstack*) [ -n "$NO_DUALSTACK" ] && exit 6 ;; esac\n'
        'cp "$BUCKET/${1##*/}" "$to" 2>/dev/null || exit 22\n'
    )
    bucket, tools, scratch = serve(tmp_path, INSTALLER, curl, "\r\n")

    def go(words=("--region", "us-west-2"), **env):
        script = "\n".join(agent_scripts.linux("us-west-2", list(words)))
        return subprocess.run(
            ["sh", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
                "BUCKET": str(bucket),
                "TMPDIR": str(scratch),
                "CURL_LOG": str(tmp_path / "curl.log"),
                **env,
            },
        )

    go.bucket, go.scratch, go.log = bucket, scratch, tmp_path / "curl.log"
    return go


def test_runs_the_verified_installer_and_keeps_what_it_says(run):
    done = run(["--region", "us-west-2", "--account-id", "222222222222", "--tags", "Name=web 1", "app=x"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:7] == [
        "--no-prompt", "--region", "us-west-2", "--account-id", "222222222222", "--tags", "Name=web 1"
    ]  # fmt: skip
    assert "source server ID: s-1111111111111111a" in done.stdout
    addresses = [line.split()[-1] for line in run.log.read_text(encoding="utf-8").splitlines()]
    assert addresses == [
        "https://aws-elastic-disaster-recovery-us-west-2.s3.dualstack.us-west-2.amazonaws.com"
        "/latest/linux/aws-replication-installer-init",
        "https://aws-elastic-disaster-recovery-hashes-us-west-2.s3.dualstack.us-west-2.amazonaws.com"
        "/latest/linux/aws-replication-installer-init.sha512",
    ]
    assert list(run.scratch.iterdir()) == []


def test_a_download_that_was_altered_is_not_run(run):
    (run.bucket / "aws-replication-installer-init").write_text("#!/bin/sh\ntouch $BUCKET/ran\n", encoding="utf-8")
    done = run()
    assert done.returncode == 92 and "Checksum validation failed" in done.stderr
    assert not (run.bucket / "ran").exists()
    assert explain_install_failure("Failed", done.stderr)["code"] == "install_checksum"


def test_an_empty_hash_is_no_hash(run):
    (run.bucket / "aws-replication-installer-init.sha512").write_text("", encoding="utf-8")
    assert run().returncode == 92


@pytest.mark.parametrize("name", ["aws-replication-installer-init", "aws-replication-installer-init.sha512"])
def test_a_download_that_fails_is_an_error(run, name):
    (run.bucket / name).unlink()
    done = run()
    assert done.returncode == 91
    assert explain_install_failure("Failed", done.stderr)["code"] == "install_network"


def test_the_other_address_is_tried(run):
    assert run(NO_DUALSTACK="1").returncode == 0


def test_the_exit_code_is_the_installers(run):
    done = run(INSTALLER_EXIT="3")
    assert done.returncode == 3 and "exit code 3" in done.stderr
    assert list(run.scratch.iterdir()) == []


@pytest.mark.skipif(not shutil.which("dash"), reason="needs dash")
def test_dash_reads_it():
    script = "\n".join(agent_scripts.linux("us-west-2", ["--region", "us-west-2"]))
    assert subprocess.run(["dash", "-n", "-c", script], check=False).returncode == 0


def test_windows_verifies_before_it_runs_and_ends_with_the_installers_code():
    lines = agent_scripts.windows("eu-west-1", ["--region", "eu-west-1", "--tags", "Name=web 1"])
    text = "\n".join(lines)
    check, call = text.index("-ne $found"), text.index("& $installer --no-prompt")
    assert check < call and text.rstrip().endswith("exit $code")
    assert "--region 'eu-west-1' --tags 'Name=web 1'" in text
    assert "Get-FileHash -Path $installer -Algorithm SHA512" in text
    assert text.count("{") == text.count("}") and "{{" not in text


@pytest.mark.parametrize("lines", [agent_scripts.linux("us-west-2", []), agent_scripts.windows("us-west-2", [])])
def test_nothing_that_systems_manager_would_resolve_and_no_secret(lines):
    text = "\n".join(lines)
    assert "{{" not in text and "}}" not in text
    assert "secret" not in text.lower() and "aws-access-key" not in text


@pytest.mark.parametrize("value", ["a'b", 'a"b', "$(reboot)", "a;b", "a|b", "{{ssm:x}}", "a\nb", "a`b", "a&b"])
def test_what_a_shell_would_read_otherwise_is_refused(value):
    with pytest.raises(DrsError) as caught:
        agent_scripts.arguments("us-west-2", None, {"key": value}, [])
    assert caught.value.code == "invalid_option"


def test_arguments_survive_the_shell():
    words = agent_scripts.arguments(
        "us-west-2", "222222222222", {"Name": "web 1", "a:b": "c/d"}, ["/dev/sdb", "/dev/sdc"]
    )
    (line,) = [one for one in agent_scripts.linux("us-west-2", words) if "--no-prompt" in one]
    assert shlex.split(line)[2:] == words
    assert words[-2:] == ["--devices", "/dev/sdb,/dev/sdc"]


def test_the_partition_of_china():
    assert agent_scripts.suffix("cn-north-1") == "amazonaws.com.cn"


@pytest.mark.parametrize("value", ["web\n", "web\r", "\n", "a b\n"])
def test_a_line_break_is_never_part_of_an_argument(value):
    # the words behind it would be lines of their own
    with pytest.raises(DrsError) as error:
        agent_scripts.arguments("us-west-2", None, {"Name": value}, [])
    assert error.value.code == "invalid_option"


@pytest.mark.parametrize("value", ["web\n", "web\r"])
def test_a_tag_with_a_line_break_is_left_to_the_api(value):
    assert methods.installer_tags([{"Name": value, "dr:wave": "1"}]) == {"dr:wave": "1"}


def test_a_device_with_a_line_break_is_none():
    with pytest.raises(DrsError):
        methods.check_devices(["/dev/sdb\n"])
