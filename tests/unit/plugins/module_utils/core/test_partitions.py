"""Test partitions against the list of botocore, and where they are used."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import botocore.session
import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.agents import scripts
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import partitions

KNOWN = botocore.session.get_session().get_data("endpoints")["partitions"]


@pytest.mark.parametrize("known", KNOWN, ids=lambda one: one["partition"])
def test_every_region_of_botocore_is_in_its_partition(known):
    for region in [*known["regions"]]:
        found = partitions.of_region(region)
        assert (found.name, found.suffix) == (known["partition"], known["dnsSuffix"]), region
        assert scripts.suffix(region) == known["dnsSuffix"]
        role = "arn:%s:iam::111111111111:role/R" % known["partition"]
        assert partitions.arn_in(region, "arn:aws:iam::111111111111:role/R") == role
        assert partitions.arn_in(region, role) == role


def test_no_partition_of_botocore_is_missing():
    assert {one["partition"] for one in KNOWN} == {
        partitions.COMMERCIAL.name,
        *(one.name for one in partitions.PARTITIONS),
    }


@pytest.mark.parametrize("text", ["", "111111111111", "arn:aws-cn:iam::1:role/R", "see arn:aws:iam::1:role/R"])
def test_other_texts_stay(text):
    assert partitions.arn_in("us-gov-west-1", text) == text


def test_a_cell_assumes_a_role_of_its_own_partition():
    given = {"region": "cn-north-1", "assume_role_arn": "arn:aws:iam::111111111111:role/DRSOrchestration"}
    assert Cell(given).role_arn == "arn:aws-cn:iam::111111111111:role/DRSOrchestration"
