"""Test messages of many tools and services against their class: written and judged before the patterns were asked.

What no class knows is ``failed`` and shows its line; a wrong class would send people to the wrong place.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import html
import re
from pathlib import Path

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.catalogue.code_shapes import OF_DRS
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import (
    CATALOGUE,
    explain,
    explain_install_failure,
    explain_launch_failure,
)

HERE = Path(__file__).parent
BEGIN = (
    "The installation of the AWS Replication Agent has started.\n"
    "Volume identified for replication: /dev/xvda of size 8 GiB\n"
    "Downloading the AWS Replication Agent onto the source server...\n"
    "Finished.\n"
    "You now have 12 active source servers out of a total quota of 300.\n"
)
END = "\n\n----------ERROR-------\nThe installer ended with exit code 255\nfailed to run commands: exit status 255"


def table(name):
    """The lines of a table; quotes of tools that write typographic ones stand in it as entities."""
    return html.unescape((HERE / f"field_{name}.txt").read_text(encoding="utf-8")).splitlines()


def stamped(text):
    return "\n".join(f"2026-01-31T10:00:{number:02}Z [INFO] {line}" for number, line in enumerate(text.split("\n")))


FRAMES = {
    "alone": lambda text: text,
    "of a command": lambda text: BEGIN + "Installation failed.\n" + text + END,
    "cut off": lambda text: "-4711 of 9000\n" + text + "\n---Output truncated---" + END,
    "of Windows": lambda text: (BEGIN + text + "\nInstallation failed." + END).replace("\n", "\r\n"),
    "of a logger": lambda text: BEGIN + stamped(text) + END,
}


@pytest.mark.parametrize("frame", FRAMES)
def test_an_output_of_an_installer_has_its_class_and_shows_its_reason(frame):
    wrong = []
    for line in table("install"):
        code, text = line.replace(" <br> ", "\n").split("| ", 1)
        marked = re.search("«(.*?)»", text)
        told = explain_install_failure("Failed", FRAMES[frame](re.sub("[«»]", "", text)))
        if told["code"] != f"install_{code}" or (marked and marked[1].strip() not in told["message"]):
            wrong.append((line, told["code"], told["message"]))
    assert wrong == []


@pytest.mark.parametrize("frame", FRAMES)
def test_an_ordinary_line_is_no_reason_and_hides_none(frame):
    wrong = []
    for line in table("ordinary"):
        for text in (line, f"{line}\nInstallation failed.\nwidget 7 is not calibrated"):
            told = explain_install_failure("Failed", FRAMES[frame](text))
            if told["code"] != "install_failed" or ("widget" in text and "widget 7" not in told["message"]):
                wrong.append((text, told["code"], told["message"]))
    assert wrong == []


@pytest.mark.parametrize(
    "form",
    ["{}", "Launch failed for server s-1111111111111111a. Reason: {}", "{} (Service: Ec2, Status Code: 400)"],
)
def test_an_error_of_a_launch_has_its_class(form):
    wrong = []
    for line in table("launch"):
        code, text = line.split("| ", 1)
        told = explain_launch_failure("LAUNCH_FAILED", form.format(text))
        if told["code"] != f"launch_{code}":
            wrong.append((line, told["code"]))
    assert wrong == []


def test_an_error_of_a_service_has_its_meaning():
    wrong = []
    for line in table("api"):
        asked, key, message = line.split("|", 2)
        operation, code = asked.split(" ")
        told, entry = explain(code, message, operation), CATALOGUE[key]
        if (told["code"], told["cause"], told["remedy"]) != (code, entry.cause, entry.remedy):
            wrong.append((line, told["cause"]))
    assert wrong == []


def test_operations_of_drs_are_told_from_those_of_other_services():
    session = botocore.session.get_session()
    assert [one for one in session.get_service_model("drs").operation_names if not OF_DRS.search(one)] == []
    tagging = {"TagResource", "UntagResource", "ListTagsForResource"}
    for service in ("dynamodb", "sns", "ssm", "organizations", "cloudformation", "s3", "service-quotas", "kms", "iam"):
        theirs = set(session.get_service_model(service).operation_names) - tagging
        assert [one for one in theirs if OF_DRS.search(one)] == [], service


def test_no_such_table_is_nothing_that_drs_has_not():
    told = explain("ResourceNotFoundException", "Requested resource not found", "PutItem")
    assert "DRS" not in told["cause"] + told["remedy"]
    assert "DRS" in explain("ResourceNotFoundException", "", "DescribeSourceServers")["cause"]


@pytest.mark.parametrize("filling", ["x", "1", "#", "/a", "[ "])
def test_a_line_of_thousands_of_characters_is_read_at_both_ends(filling):
    long = filling * (24000 // len(filling))
    assert explain_install_failure("Failed", f"error: no space left on device {long}")["code"] == "install_disk_space"
    assert explain_install_failure("Failed", f"{long} error: no space left on device")["code"] == "install_disk_space"
    assert explain_launch_failure("LAUNCH_FAILED", f"UnauthorizedOperation: {long}")["code"] == "launch_denied"
