"""The caller as botocore knows it without a call: the Regions that exist, and the profile in use."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

try:
    import botocore.exceptions
except ImportError:
    pass  # models says so

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import botocore_data
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError

# What decides as whom the SDK calls, and where. Of these the access key id is an identity, not a secret; even so only
# its digest leaves this file.
_ENVIRONMENT = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DRS",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_SSM",
    "AWS_ENDPOINT_URL_ORGANIZATIONS",
)
_SECRETS = ("aws_secret_access_key", "aws_session_token")


def regions_by_partition() -> dict[str, frozenset[str]]:
    """The Regions botocore knows offline, by partition: those of DRS, and those of EC2 where its list is ahead.

    :raises DrsError: ``missing_library`` without botocore.
    """
    _check_library()
    try:
        return botocore_data.regions_by_partition()
    except botocore.exceptions.BotoCoreError as exc:
        raise DrsError(type(exc).__name__, f"botocore cannot list its Regions: {exc}") from None


def identity(profiles: Iterable[str] = ()) -> str:
    """A digest of what decides as whom this process calls AWS, and at which endpoint; nothing is called for it.

    ``profiles`` are the ones that cells name, besides the environment's own. Two callers with one digest have the same
    access; the same caller may have several, for example after its temporary keys were renewed.
    """
    _check_library()
    try:
        configured = botocore_data.session().full_config.get("profiles", {})
    except botocore.exceptions.BotoCoreError:
        configured = {}  # the calls themselves will say what is wrong with the file
    own = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    parts = [f"{name}={os.environ.get(name, '')}" for name in _ENVIRONMENT]
    for profile in sorted({own, *profiles}):
        settings = configured.get(profile) or {}
        parts += [f"{profile}.{key}={settings[key]}" for key in sorted(settings) if key not in _SECRETS]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def _check_library() -> None:
    if botocore_data.MISSING_LIBRARY:
        raise DrsError(
            "missing_library", f"the Python of ansible-core has no botocore ({botocore_data.MISSING_LIBRARY})"
        )
