"""What the journal tells of a command: its versions, and the image of the execution environment where one is known."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import platform

import botocore
import pytest
from ansible.release import __version__ as ansible_version
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import VERSION, Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._action import command

DIGEST = "sha256:" + "a" * 64
NONE = ("none, no container", "none, no container")
UNKNOWN = ("not known", "not known")
PODMAN = 'engine="podman-5.2.2"\nname="x"\nimage="ee.example.org/drs:2"\nimageid="0123"\nrootless=1\n'


@pytest.mark.parametrize(
    ("environment", "container_file", "told"),
    [
        ({}, None, NONE),
        ({}, "", UNKNOWN),
        ({"container": "oci"}, None, UNKNOWN),
        ({"KUBERNETES_SERVICE_HOST": "192.0.2.1"}, None, UNKNOWN),
        ({}, PODMAN, ("ee.example.org/drs:2", "not known")),
        ({}, PODMAN.replace(":2", "@" + DIGEST), ("ee.example.org/drs@" + DIGEST, DIGEST)),
        # what was set is nearer to the person who answers for it than what the engine says
        ({command.IMAGE_VARIABLE: "own.example.org/ee@" + DIGEST}, PODMAN, ("own.example.org/ee@" + DIGEST, DIGEST)),
        ({command.IMAGE_VARIABLE: "ee@sha256:short"}, None, ("ee@sha256:short", "not known")),
        ({command.IMAGE_VARIABLE: "  "}, None, NONE),
    ],
)
def test_the_image_is_what_somebody_or_the_engine_tells(environment, container_file, told):
    assert command.execution_environment(environment, container_file) == told


def test_versions_are_those_that_run_here(monkeypatch):
    monkeypatch.delenv(command.IMAGE_VARIABLE, raising=False)
    told = command.versions({"awx_project_revision": "abc123"})
    assert (told["collection"], told["ansible-core"]) == (VERSION, ansible_version)
    assert (told["python"], told["botocore"]) == (platform.python_version(), botocore.__version__)
    assert told["amazon.aws"][0].isdigit() and told["project (AWX)"] == "abc123"
    monkeypatch.setattr(command, "_container_file", lambda: "")
    assert command.versions({})["execution environment"] == "not known"


def test_a_package_that_is_not_there_is_not_known():
    assert command._installed("no-such-package-anywhere") == "not known"


def test_a_command_tells_its_person_job_and_the_sessions_that_there_are(monkeypatch):
    sessions = {"b": Cell({"cell": "b", "region": "us-west-2"}), "a": DrsError("AccessDenied", "no")}
    monkeypatch.setattr("%s.caller" % command.sessions_of.__module__, lambda cell, ask: {"cell": cell.name, "arn": ask})

    def over(work, cells):
        return {name: work(cell) for name, cell in cells.items()}

    told = command.about_command({"awx_user_name": "ann", "awx_job_id": 7}, sessions, over)
    assert (told["typed_by"]["user"], told["typed_by"]["job"]) == ("ann", "7")
    assert told["sessions"] == [{"cell": "b", "arn": False}] and told["versions"]["collection"] == VERSION
    assert ":" in told["controller"]
    # the original cells of a failback, of which the command has called none yet
    others = {name: Cell({"cell": name, "region": "us-east-1"}) for name in ("b", "home")}
    told = command.about_command({}, sessions, over, others)["sessions"]
    assert told == [{"cell": "b", "arn": False}, {"cell": "home", "arn": True}]
