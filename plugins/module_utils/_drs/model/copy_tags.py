"""The tags of an extended copy: those of the server in the staging account, where it is from, and the caller's own."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AnyServer, Given

NAME = "Name"
EXTENDED_FROM = "ExtendedFrom"
DEPLOYMENT_ID = "DeploymentId"
# botocore model of drs, TagsMap, and the general limits of tags at AWS.
MAX_TAGS = 50
MAX_KEY = 128
MAX_VALUE = 256
RESERVED = "aws:"


def check(given: Given | None, deployment_id: str | None) -> None:
    """Refuse tags that AWS would refuse, before anything is sent.

    :raises DrsError: ``invalid_option``.
    """
    for key, value in {**(given or {}), **({DEPLOYMENT_ID: deployment_id} if deployment_id else {})}.items():
        if not key or len(key) > MAX_KEY or key.lower().startswith(RESERVED):
            raise DrsError("invalid_option", f"resource_tags: '{key}' cannot be the key of a tag")
        if value is None or isinstance(value, (dict, list)) or len(str(value)) > MAX_VALUE:
            raise DrsError("invalid_option", f"resource_tags: the value of '{key}' must be text of at most {MAX_VALUE}")


def of_copy(server: AnyServer, request: Given) -> dict[str, str]:
    """Tags for the copy of a server: its own unless ``copy_tags`` is off, Name, ExtendedFrom, DeploymentId and
    ``resource_tags``, which win.

    Reserved tags are left out, and when there are more than AWS allows, copied ones give way, the last by name first.

    :returns: ``{key: value}``, at most ``MAX_TAGS``.
    """
    ours = {NAME: str(server.get("name") or ""), EXTENDED_FROM: str(server["arn"])}
    if request.get("deployment_id"):
        ours[DEPLOYMENT_ID] = str(request["deployment_id"])
    ours.update({key: _text(value) for key, value in (request.get("resource_tags") or {}).items()})
    copied = {
        key: str(value)
        for key, value in sorted((server.get("tags") or {}).items())
        if request.get("copy_tags", True) and not key.lower().startswith(RESERVED) and key not in ours
    }
    for key in sorted(copied, reverse=True)[: max(0, len(copied) + len(ours) - MAX_TAGS)]:
        del copied[key]
    return {**copied, **ours}


def _text(value: Any) -> str:
    # YAML turns an unquoted yes into a boolean, and the tag shall read as people write it
    return str(value).lower() if isinstance(value, bool) else str(value)
