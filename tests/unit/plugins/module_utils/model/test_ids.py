"""Test that malformed and duplicate ids are named."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.ids import duplicate_ids, valid_id

SERVER_ID = "s-11111111111111111"
INSTANCE_ID = "i-0123456789abcdef0"
JOB_ID = "drsjob-11111111111111111"


# Each would be more than a name to a file system, a shell, a key or a tag.
RUN_IDS_THAT_ARE_NONE = ["", " x", "x y", "x" * 129, "é", "..", ".", ".x", "-x", "_x", "x/..", "x/../../y", "/x", "x/"]
RUN_IDS_THAT_ARE_NONE += ["x\n", "x\0", "a:b", "a+b", "a=b", "a@b", "a#parts", "a%2fb", "~x", "x\\y", "$(x)", "x*"]


def codes(findings, severity="error"):
    return [item["code"] for item in findings if item["severity"] == severity]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            "source_server",
            SERVER_ID,
            ["s-1", "s-111111111111111111", "S-11111111111111111", " " + SERVER_ID, SERVER_ID + "\n"],
        ),
        ("recovery_instance", INSTANCE_ID, ["ri-1", "i-0123", "i-0123456789abcdefg"]),
        ("job", JOB_ID, ["drsjob-1", "job-11111111111111111"]),
        ("snapshot", "pit-11111111111111111", ["snap-11111111111111111", "pit-1"]),
        ("account", "012345678901", ["12345678901", 12345678901, "01234567890a"]),
        ("region", "us-gov-west-1", ["us-west", "US-WEST-2", "us-west-2a"]),
        ("region", "eusc-de-east-1", ["eusc"]),
        ("run", "drill-2026.11_01", RUN_IDS_THAT_ARE_NONE),
    ],
)
def test_malformed_ids_are_named(kind, good, bad):
    assert valid_id(kind, good) == []
    for value in [*bad, None, 7, ["x"]]:
        found = valid_id(kind, value)
        assert codes(found) == ["malformed_id"]
        assert (clean(str(value)).strip()[:60] if value else "nothing") in found[0]["message"]


def test_repeated_ids_are_named_once_with_their_number():
    found = duplicate_ids(["a", "b", "a", "a", "c", "b"])
    assert [(item["source_server_id"], item["details"]["times"]) for item in found] == [("a", 3), ("b", 2)]
    assert duplicate_ids(["a", "b"]) == []
