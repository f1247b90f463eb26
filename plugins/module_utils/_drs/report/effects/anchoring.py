"""Put the evidence where whoever can write its folder cannot change it: S3 with Object Lock, a time stamp service.

Both are asked for by options. What does not work is an error beside the bundle, and never costs the bundle.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import secrets
import typing as t
import urllib.error
from datetime import timedelta

from ansible.module_utils.urls import open_url
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import Given
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import iso_time, parse_time
from ansible_collections.resilience.drs.plugins.module_utils._drs.report import timestamp

TIMESTAMP_SPEC = {
    "url": {"type": "str", "required": True},
    "timeout": {"type": "int", "default": 20},
}
LOCK_SPEC = {
    "bucket": {"type": "str", "required": True},
    "prefix": {"type": "str", "default": "drs-evidence/"},
    "retain_days": {"type": "int", "default": 2557},
    "mode": {"type": "str", "choices": ["COMPLIANCE", "GOVERNANCE"], "default": "COMPLIANCE"},
    "region": {"type": "str"},
    "profile": {"type": "str"},
}
_LARGEST = 1024 * 1024
_MISSING = ("404", "NoSuchKey", "NotFound")


def stamped(options: Given, evidence_hash: str, kept: bytes | None) -> tuple[bytes | None, dict[str, t.Any]]:
    """A time stamp of the evidence, the one that was kept when it is of the same evidence.

    :param options: see TIMESTAMP_SPEC.
    :returns: the response of the service as DER, None without one; and ``{url, new, error}``.
    """
    digest = bytes.fromhex(evidence_hash)
    told: dict[str, t.Any] = {"url": options["url"], "new": False, "error": None}
    if kept:
        try:
            timestamp.check(kept, digest)
            return kept, told
        except DrsError:
            pass  # it is of the evidence before
    nonce = secrets.randbits(63)
    try:
        answer = _post(options["url"], timestamp.request(digest, nonce), options["timeout"])
        timestamp.check(answer, digest, nonce)
    except DrsError as exc:
        return None, {**told, "error": outcomes.error_entry(exc)}
    return answer, {**told, "new": True}


def _post(url: str, body: bytes, timeout: int) -> bytes:
    if not str(url).lower().startswith(("http://", "https://")):
        raise DrsError("invalid_option", f"timestamp.url: '{str(url)[:80]}' is no http or https address")
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        return t.cast(bytes, open_url(url, data=body, headers=headers, method="POST", timeout=timeout).read(_LARGEST))
    except (OSError, ValueError, urllib.error.URLError) as exc:
        raise DrsError("timestamp_refused", f"{url}: {exc}") from None


def locked(options: Given, run_id: str, manifest_sha256: str, archive: bytes) -> dict[str, t.Any]:
    """Put the archive of a bundle into a bucket under a lock, once for each manifest.

    :param options: see LOCK_SPEC.
    :returns: ``{bucket, key, retain_until, new, error}``.
    """
    key = f"{options['prefix']}{run_id}/{manifest_sha256}.tar"
    told: dict[str, t.Any] = {
        "bucket": options["bucket"],
        "key": key,
        "retain_until": None,
        "new": False,
        "error": None,
    }
    try:
        if options["retain_days"] < 1:
            raise DrsError("invalid_option", f"lock.retain_days: {options['retain_days']} is not a number above 0")
        cell = Cell({name: options[name] or None for name in ("region", "profile")})
        before = _before(cell, options["bucket"], key)
        if before is not None:
            return {**told, "retain_until": before}
        now = parse_time(clock.now())
        until = now + timedelta(days=options["retain_days"]) if now else None
        with cell.errors("PutObject"):
            cell.client("s3", effect=True).put_object(
                Bucket=options["bucket"],
                Key=key,
                Body=archive,
                ContentType="application/x-tar",
                ChecksumAlgorithm="SHA256",
                ObjectLockMode=options["mode"],
                ObjectLockRetainUntilDate=until,
            )
        return {**told, "retain_until": iso_time(until), "new": True}
    except DrsError as exc:
        return {**told, "error": outcomes.error_entry(exc)}


def _before(cell: Cell, bucket: str, key: str) -> str | None:
    """Until when the same bundle is locked already; None when it is not there."""
    try:
        with cell.errors("HeadObject"):
            return (
                iso_time(cell.client("s3").head_object(Bucket=bucket, Key=key).get("ObjectLockRetainUntilDate")) or ""
            )
    except DrsError as exc:
        if exc.code in _MISSING:
            return None
        raise
