"""A look at a machine before the installation: what its script prints, what will fail, what goes on."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import subprocess

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import deployment, look, look_scripts
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

GOOD = {
    "linux": {
        "uid": "0", "machine": "x86_64", "kernel": "6.1.0", "root_mib": "20000", "tmp_mib": "900",
        "tmp_options": "rw,relatime", "memory_mib": "700", "headers": "yes", "gcc": "/usr/bin/gcc",
        "make": "/usr/bin/make", "secure_boot": "0", "reach drs.us-west-2.amazonaws.com": "0",
    },
    "windows": {
        "machine": "AMD64", "kernel": "10.0", "root_mib": "20000", "memory_mib": "700", "dotnet": "528449",
        "bitlocker": "Off", "reach drs.us-west-2.amazonaws.com": "0",
    },
}  # fmt: skip


def codes(platform, **changes):
    facts = {**GOOD[platform], **changes}
    return [one.code for one in look.fatal("web", platform, facts)], [
        one.code for one in look.doubtful("web", platform, facts)
    ]


@pytest.mark.parametrize(
    ("platform", "changes", "fatal", "doubtful"),
    [
        ("linux", {}, [], []),
        ("windows", {}, [], []),
        ("linux", {"root_mib": "3999"}, ["install_disk_space"], []),
        ("windows", {"root_mib": "999"}, ["install_disk_space"], []),
        ("windows", {"root_mib": "1000"}, [], []),
        ("linux", {"tmp_mib": "499"}, ["install_disk_space"], []),
        ("linux", {"tmp_options": "rw,noexec,nosuid"}, ["install_noexec_tmp"], []),
        ("linux", {"uid": "1000"}, ["install_privileges"], []),
        ("linux", {"machine": "i686"}, ["install_unsupported_os"], []),
        ("linux", {"secure_boot": "1"}, ["install_secure_boot_selinux"], []),
        ("linux", {"secure_boot": ""}, [], []),
        ("linux", {"headers": "no"}, [], ["install_linux_build"]),
        ("linux", {"gcc": "none"}, [], []),
        ("linux", {"memory_mib": "299"}, [], ["install_memory"]),
        ("windows", {"bitlocker": "On"}, ["install_bitlocker"], []),
        ("windows", {"dotnet": ""}, ["install_tools"], []),
        ("linux", {"reach drs.us-west-2.amazonaws.com": "28"}, ["install_network"], []),
        ("linux", {"reach drs.us-west-2.amazonaws.com": "60"}, ["install_certificate"], []),
        ("linux", {"reach drs.us-west-2.amazonaws.com": "5"}, ["install_proxy"], []),
        ("linux", {"reach drs.us-west-2.amazonaws.com": "127"}, [], []),
        ("windows", {"reach drs.us-west-2.amazonaws.com": "1"}, ["install_network"], []),
        ("linux", {"root_mib": "n/a", "memory_mib": ""}, [], []),
    ],
)
def test_what_will_fail_and_what_may(platform, changes, fatal, doubtful):
    assert codes(platform, **changes) == (fatal, doubtful)


def test_what_was_not_found_out_is_no_finding():
    for platform in ("linux", "windows"):
        assert look.fatal("web", platform, {}) == [] and look.doubtful("web", platform, {}) == []


@pytest.mark.parametrize("platform", ["linux", "windows"])
def test_a_script_holds_nothing_that_systems_manager_or_a_machine_would_read_in_another_way(platform):
    text = "\n".join(look_scripts.script(platform, "us-west-2"))
    assert "{{" not in text and "}}" not in text and len(text) < 8000
    # nothing that writes, but what goes nowhere
    assert re.findall(r"(?<![-\w])>\s*(?!/dev/null)\S+|mktemp|Out-File|Set-Content|New-Item\b", text) == []
    assert all(host in text for host in look_scripts.endpoints("us-west-2"))


def test_the_script_runs_in_a_shell_and_finds_what_it_asks_for():
    lines = [line for line in look_scripts.script("linux", "us-west-2") if "curl" not in line]
    done = subprocess.run(["sh"], input="\n".join(lines), capture_output=True, text=True, timeout=60, check=True)
    facts = look.parse(done.stdout)
    assert set(GOOD["linux"]) - {"reach drs.us-west-2.amazonaws.com"} == set(facts) and done.stderr == ""
    assert re.fullmatch(r"\d+", facts["root_mib"]) and re.fullmatch(r"\d+", facts["memory_mib"])


def _plan():
    machines = [{"cell": "c", "instance_id": f"i-{name}", "name": name} for name in "ab"]
    wave = {"wave": "1", "machines": machines, "by_cell": {"c": ["i-a", "i-b"]}}
    return {"waves": [wave], "settled": [], "findings": []}


def test_the_plan_goes_on_without_the_machines_that_would_fail():
    bad = DrsError("install_disk_space", "a: 3 MB are free on /, the installer needs 4000")
    mild = DrsError("install_memory", "b: 3 MB")
    looks = {"c": {"wrong": {"i-a": bad}, "warnings": [mild], "looked": 2}}
    found = deployment.without(_plan(), looks, {})
    assert found["waves"][0]["by_cell"] == {"c": ["i-b"]}
    (refused,) = found["settled"]
    assert (refused["outcome"], refused["wave"], refused["error"]["code"]) == ("refused", "1", "install_disk_space")
    assert "Free 4 GB" in refused["error"]["remedy"]
    assert [one["code"] for one in found["findings"]] == ["install_memory"] and found["looked_at"] == 2
    everyone = {"c": {"wrong": {"i-a": bad, "i-b": bad}, "warnings": [], "looked": 2}}
    assert deployment.without(_plan(), everyone, {})["waves"] == []


def test_a_cell_that_nobody_may_look_into_goes_on_with_a_warning():
    found = deployment.without(_plan(), {}, {"c": DrsError("AccessDeniedException", "no")})
    assert found["waves"][0]["by_cell"] == {"c": ["i-a", "i-b"]} and found["settled"] == []
    assert [(one["code"], one["severity"]) for one in found["findings"]] == [("not_looked_at", "warning")]
