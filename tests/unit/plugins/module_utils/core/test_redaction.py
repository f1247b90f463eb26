"""Test redaction: secrets are removed whatever carries them, other text stays."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.explain import (
    explain,
    explain_launch_failure,
    explain_replication,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.redaction import MESSAGE_LIMIT, REDACTED, scrub
from hypothesis import given
from hypothesis import strategies as st

SECRET = "Zk3-hunter2-qQ"


@pytest.mark.parametrize(
    "text",
    [
        f"ExternalId={SECRET}",
        f"ExternalId: {SECRET}, RoleArn: x",
        f'{{"externalId": "{SECRET} {SECRET}"}}',
        f'{{\\"sts:ExternalId\\": \\"{SECRET}\\"}}',
        f"external_id '{SECRET}' is wrong",
        f'external id "{SECRET}"',
        f"<ExternalId>{SECRET}</ExternalId>",
        f"<SecretAccessKey>{SECRET}</SecretAccessKey>",
        f"aws_secret_access_key = {SECRET}",
        f"SecretAccessKey: {SECRET}",
        f"x-amz-security-token:{SECRET}",
        f"https://sts.amazonaws.com/?X-Amz-Security-Token={SECRET}&X-Amz-Signature={SECRET}&Action=AssumeRole",
        f"Authorization: AWS4-HMAC-SHA256 Credential=x/{SECRET}, Signature={SECRET}",
        f"session_token={SECRET}",
        f"Bearer {SECRET}",
    ],
)
def test_secrets_are_found_by_their_name(text):
    assert SECRET not in scrub(text)
    assert REDACTED in scrub(text)


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"])
def test_access_keys_are_found_by_their_form(key):
    assert key not in scrub(f"The key {key}, or ({key})")


@pytest.mark.parametrize(
    "text",
    [
        "The security token included in the request is expired",
        "User: arn:aws:sts::111111111111:assumed-role/dr/x is not authorized to perform: drs:StartRecovery",
        "The request signature we calculated does not match the signature you provided.",
        "Credential should be scoped to a valid region.",
        "external id is missing or wrong",
        "Encoded authorization failure message: abc",
    ],
)
def test_what_is_no_secret_stays(text):
    assert scrub(text) == text


@given(st.text(alphabet="abcDEF019-_=+.@:/", min_size=2, max_size=40), st.text(max_size=60), st.text(max_size=60))
def test_a_known_secret_never_survives_as_a_word(secret, before, after):
    clean = scrub(f"{before} {secret} {after}", [secret, None, ""])
    assert not re.search(r"(?<!\S)" + re.escape(secret) + r"(?!\S)", clean)


def test_a_long_secret_goes_even_inside_a_word_and_a_short_one_does_not_mangle():
    assert SECRET not in scrub(f"prefix{SECRET}suffix", [SECRET])
    assert scrub("drs of dr", ["dr"]) == "drs of [redacted]"
    assert scrub("abcd abcdef", ["abcd", "abcdef"]) == "[redacted] [redacted]"


def test_every_way_to_explain_scrubs():
    raw = f"ExternalId={SECRET}"
    assert SECRET not in str(explain("AccessDenied", raw))
    assert SECRET not in str(explain_launch_failure("LAUNCH_FAILED", raw))
    assert SECRET not in str(explain_replication("AGENT_NOT_SEEN", raw))
    error = DrsError("AccessDenied", f"say {SECRET}", secrets=[SECRET])
    assert SECRET not in f"{error} {error!r} {error.to_dict()}"


def test_messages_are_bounded_and_printable():
    assert len(scrub("x " * 40000)) <= MESSAGE_LIMIT
    assert scrub("a\x1b[31mb\x00c") == "a [31mb c"
    assert scrub(None) == ""
