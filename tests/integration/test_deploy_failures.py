"""Test every way in which an installation fails, with its code and remedy, in one deployment."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from support.deploys import Source, by_name, machines
from support.scenarios import account

ACCOUNT = "111111111111"

#: Failure class of the simulator (DRS user guide, agent-install-common-errors and -linux-errors) -> our code.
CLASSES = {
    "drs_not_initialized": "install_not_initialized",
    "credentials": "install_credentials",
    "iam": "install_iam",
    "roles_missing": "install_roles_missing",
    "bound_elsewhere": "install_bound_elsewhere",
    "reboot_required": "install_reboot_required",
    "marketplace": "install_marketplace",
    "network": "install_network",
    "linux_build": "install_linux_build",
    "secure_boot_selinux": "install_secure_boot_selinux",
    "noexec_tmp": "install_noexec_tmp",
    "unsupported_os": "install_unsupported_os",
    "disk_driver": "install_disk_driver",
    "volume": "install_volume_too_large",
    "checksum": "install_checksum",
    "silent": "install_no_source_server",
    "undeliverable": "ssm_undeliverable",
    "delivery_timeout": "ssm_delivery_timeout",
    "execution_timeout": "ssm_execution_timeout",
    "cancelled": "ssm_cancelled",
}
OK = ("fine-1", "fine-2")
# The installer takes tags for new source servers only; repeated without them it succeeds.
CURED = "exists"


def scenario() -> dict:
    names = {f"m{number:02}": kind for number, kind in enumerate(CLASSES, start=1)}
    broken = machines(
        ACCOUNT,
        len(names),
        "m{n:02}",
        install_seconds=[30, 60],
        servers={name: {"failure": kind} for name, kind in names.items()},
    )
    cured = machines(ACCOUNT, 1, "cured-{n}", failure=CURED)
    return {"accounts": [account(ACCOUNT)], "instances": [broken, machines(ACCOUNT, 2, "fine-{n}"), cured]}


NAMES = dict(zip(CLASSES, (f"m{number:02}" for number in range(1, len(CLASSES) + 1))))


@pytest.fixture(scope="module", params=["shell", "aws_document"])
def deployed(request, start_simulator):
    """One deployment over machines of every class; the shell follows where AWS's document says nothing."""
    source = Source(start_simulator(scenario()), ACCOUNT)
    # every machine is a class of its own, and none of them may stop the others
    result = source.deploy(method=request.param, max_errors="100%", waiting={"timeout": 20000})
    return source, result, request.param


def test_every_class_of_the_simulator_is_here():
    from drs_simulator.scenario.agent_failures import CLASSES as known

    assert {*CLASSES, CURED} == set(known)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_failure_has_its_code_and_remedy(deployed, kind):
    _source, result, _method = deployed
    one = by_name(result)[NAMES[kind]]
    assert (one["outcome"], one["error"]["code"]) == ("failed", CLASSES[kind])
    assert one["error"]["remedy"]
    assert one["source_server_id"] is None


def test_the_others_are_not_held_up(deployed):
    source, result, _method = deployed
    found = by_name(result)
    assert [found[name]["outcome"] for name in OK] == ["installed", "installed"]
    assert all(found[name]["source_server_id"] for name in OK)
    assert set(source.source_servers()) >= set(source.instance_ids(*OK))


def test_every_machine_stands_in_the_result_once(deployed):
    source, result, _method = deployed
    assert sorted(one["instance_id"] for one in result["servers"]) == sorted(source.instance_ids())
    assert result["summary"]["total"] == len(CLASSES) + 3


def test_what_the_document_of_aws_throws_away_is_found_out_by_one_repetition(deployed):
    source, result, method = deployed
    # ... and only for machines that failed without a reason
    named = by_name(result)
    counts = source.installations()
    quiet = {
        name
        for kind, name in NAMES.items()
        if CLASSES[kind].startswith("install_") and kind not in ("checksum", "silent")
    }
    for name in quiet:
        assert counts[named[name]["instance_id"]] == (2 if method == "aws_document" else 1), name
    for name in OK:
        assert counts[named[name]["instance_id"]] == 1


def test_what_the_installer_refuses_for_its_tags_is_repeated_without_them_and_tagged_by_the_api(deployed):
    source, result, _method = deployed
    one = by_name(result)["cured-1"]
    assert (one["outcome"], one["error"]) == ("installed", None)
    tags = source.source_servers()[one["instance_id"]]["tags"]
    assert {"Name": "cured-1", "dr:wave": "1"}.items() <= tags.items()


def test_success_without_a_source_server_is_no_success(deployed):
    _source, result, _method = deployed
    one = by_name(result)[NAMES["silent"]]
    assert (one["outcome"], one["error"]["code"]) == ("failed", "install_no_source_server")


def test_the_message_is_the_line_that_says_why(deployed):
    _source, result, _method = deployed
    message = by_name(result)[NAMES["bound_elsewhere"]]["error"]["message"]
    assert message.startswith(
        "Error: The AWS Replication Agent was previously installed to replicate into another region"
    )
    assert "\n" not in message
