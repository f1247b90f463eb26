"""What the journal tells of a command: who typed it where, its sessions of AWS, and the versions that it ran with."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

from ansible.release import __version__ as ansible_version
from ansible_collections.amazon.aws.plugins.module_utils.common import AMAZON_AWS_COLLECTION_VERSION
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import VERSION, Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.plugin_utils._action.ending import controller
from ansible_collections.resilience.drs.plugins.plugin_utils._action.people import sessions_of, technical_user

Over = Callable[[Callable[[Cell], Any], Mapping[str, Cell]], Mapping[str, Any]]
NOT_KNOWN = "not known"
IMAGE_VARIABLE = "DRS_EXECUTION_ENVIRONMENT"
"""The environment variable that names the image of the execution environment, where the container cannot tell it."""
_CONTAINER_FILES = ("/run/.containerenv", "/.dockerenv")
_IMAGE = re.compile(r'^image="?([^"\n]+)"?$', re.M)
_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})$")


def about_command(
    task_vars: Mapping[str, Any],
    sessions: Mapping[str, Cell | DrsError],
    over: Over,
    others: Mapping[str, Cell] | None = None,
) -> dict[str, Any]:
    """What a step of ``runs/effects/request`` takes of a command: ``{typed_by, controller, sessions, versions}``.

    :param sessions: by cell its session, or why there is none. :param over: ``Hands.over``.
    :param others: cells that the command will call and has not called yet; STS is asked who it is there.
    """
    later = {name: cell for name, cell in (others or {}).items() if name not in sessions}
    return {
        "typed_by": technical_user(task_vars),
        "controller": controller(),
        "sessions": [*sessions_of(sessions, over), *(sessions_of(later, over, ask=True) if later else [])],
        "versions": versions(task_vars),
    }


def versions(task_vars: Mapping[str, Any]) -> dict[str, str]:
    """What this command runs with, by name; what cannot be told is ``not known``."""
    image, digest = execution_environment(os.environ, _container_file())
    revision = task_vars.get("awx_project_revision") or task_vars.get("tower_project_revision")
    return {
        "collection": VERSION,
        "ansible-core": ansible_version,
        "python": platform.python_version(),
        "boto3": _installed("boto3"),
        "botocore": _installed("botocore"),
        "amazon.aws": clean(AMAZON_AWS_COLLECTION_VERSION, 40) or NOT_KNOWN,
        "execution environment": image,
        "execution environment digest": digest,
        **({"project (AWX)": clean(revision, 80)} if revision else {}),
    }


def execution_environment(environment: Mapping[str, str], container_file: str | None) -> tuple[str, str]:
    """The image of the execution environment, and its digest.

    :param container_file: what the file holds that an engine puts into its containers; None without one. Podman names
        the image in it for a container with privileges, and leaves it empty for any other.
    """
    named = clean(environment.get(IMAGE_VARIABLE), 300)
    if not named and container_file:
        found = _IMAGE.search(container_file)
        named = clean(found.group(1), 300) if found else ""
    if not named:
        inside = (
            container_file is not None or environment.get("container") or environment.get("KUBERNETES_SERVICE_HOST")
        )
        return (NOT_KNOWN, NOT_KNOWN) if inside else ("none, no container", "none, no container")
    digest = _DIGEST.search(named)
    return named, digest.group(1) if digest else NOT_KNOWN


def _container_file() -> str | None:
    for place in _CONTAINER_FILES:
        try:
            with open(place, encoding="utf-8", errors="replace") as stream:
                return stream.read(4096)
        except OSError:
            continue
    return None


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return NOT_KNOWN
