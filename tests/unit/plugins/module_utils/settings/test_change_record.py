"""Test the record of a change in tags: whole, cut, of another change, written by somebody else."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import random
import re
import string
import zlib

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.settings import change_record, declared
from hypothesis import given
from hypothesis import strategies as st

BEFORE = {"bandwidth_throttling": 0, "staging_area_tags": {"cost": "dr"}, "ebs_encryption_key_arn": None}
AFTER = {"bandwidth_throttling": 50, "staging_area_tags": {}}
NOISE = random.Random(7)
LONG = {"staging_area_tags": {"".join(NOISE.choices(string.ascii_letters, k=90)): "x" for _number in range(9)}}


@given(st.from_regex(declared.CHANGE_ID, fullmatch=True))
def test_what_is_written_is_read_again(change_id):
    tags = change_record.tags_of(change_id, BEFORE, AFTER)
    assert change_record.record_in({"dr:wave": "1", **tags}) == {
        "change_id": change_id,
        "before": BEFORE,
        "after": AFTER,
    }
    assert change_record.keys_in({"dr:wave": "1", **tags}) == sorted(tags)


def test_a_long_record_takes_several_tags_as_aws_allows_them():
    tags = change_record.tags_of("c" * 36, LONG, AFTER)
    assert len(tags) > 2
    for key, value in tags.items():
        assert len(value) <= 256 and re.fullmatch(r"[\w .:/=+@-]+", value, re.ASCII) and len(key) <= 128
    assert change_record.record_in(tags)["before"] == LONG
    with pytest.raises(DrsError) as refused:
        more = {"".join(NOISE.choices(string.ascii_letters, k=90)): "x" for _number in range(50)}
        change_record.tags_of("one", {"staging_area_tags": more}, {})
    assert refused.value.code == "change_too_large"


def test_parts_of_two_changes_and_missing_parts_are_no_record():
    tags = change_record.tags_of("one", LONG, AFTER)
    last = sorted(tags)[-1]
    assert change_record.record_in({key: value for key, value in tags.items() if key != last}) is None
    other = change_record.tags_of("two", LONG, AFTER)
    assert change_record.record_in({**tags, last: other[last]}) is None
    # what an earlier, longer record has left is not read
    assert change_record.record_in({**other, **change_record.tags_of("three", {}, AFTER)})["before"] == {}


def packed(value) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()


@pytest.mark.parametrize(
    "value",
    ["", "one", "one 1 !!", "one 0 x", "one 9 x", "one x eJw=", "one 1 eJw=", "one 1 " + packed({"before": {}})]
    + ["one 1 " + packed([[], {}]), "one 1 " + packed([1, 2, 3]), "one 1 " + packed(["x" * 70_000, {}])],
)
def test_what_somebody_else_wrote_is_no_record(value):
    assert change_record.record_in({change_record.PREFIX + "1": value}) is None
