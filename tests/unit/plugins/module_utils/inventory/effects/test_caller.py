"""Test the caller's identity, found without a call and without a secret."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.effects import caller

CONFIG = """
[default]
region = us-west-2
[profile a]
role_arn = arn:aws:iam::111111111111:role/a
source_profile = default
aws_secret_access_key = {secret}
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in caller._ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "config"
    file.write_text(CONFIG.format(secret="one"), encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "absent"))
    return file


def test_the_same_caller_has_the_same_mark():
    assert caller.identity() == caller.identity()
    assert caller.identity(["a", "b"]) == caller.identity(["b", "a"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ACCESS_KEY_ID", "another"),
        ("AWS_PROFILE", "a"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ROLE_ARN", "x"),
    ],
)
def test_another_caller_has_another_mark(monkeypatch, name, value):
    before = caller.identity()
    monkeypatch.setenv(name, value)
    assert caller.identity() != before


def test_a_profile_that_means_another_role_has_another_mark(environment):
    before, without = caller.identity(["a"]), caller.identity()
    environment.write_text(CONFIG.format(secret="one").replace("role/a", "role/b"), encoding="utf-8")
    assert caller.identity(["a"]) != before
    assert caller.identity() == without


def test_secrets_are_no_part_of_the_mark(environment, monkeypatch):
    before = caller.identity(["a"])
    environment.write_text(CONFIG.format(secret="two"), encoding="utf-8")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "three")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "four")
    assert caller.identity(["a"]) == before


def test_a_broken_configuration_file_is_left_for_the_calls_to_report(environment):
    environment.write_text("[profile", encoding="utf-8")
    assert caller.identity(["a"])
