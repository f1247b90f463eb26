"""Partitions of AWS: the one of a Region, the domain of its services, and ARNs in it; the one place that knows them.

As botocore's endpoints.json has them; tests compare with the installed one. Kept here because scripts for machines and
checks of ARNs work without botocore.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import re
from typing import NamedTuple


class Partition(NamedTuple):
    """A partition: its name, the domain of its services, and how its Regions begin."""

    name: str
    suffix: str
    regions: str


PARTITIONS = (
    Partition("aws-cn", "amazonaws.com.cn", "cn-"),
    Partition("aws-us-gov", "amazonaws.com", "us-gov-"),
    Partition("aws-eusc", "amazonaws.eu", "eusc-"),
    Partition("aws-iso", "c2s.ic.gov", "us-iso-"),
    Partition("aws-iso-b", "sc2s.sgov.gov", "us-isob-"),
    Partition("aws-iso-e", "cloud.adc-e.uk", "eu-isoe-"),
    Partition("aws-iso-f", "csp.hci.ic.gov", "us-isof-"),
)
COMMERCIAL = Partition("aws", "amazonaws.com", "")
_ARN = re.compile(r"^arn:aws(?=:)")


def of_region(region: str) -> Partition:
    """The partition of a Region; the commercial one for a Region that no other one claims."""
    return next((one for one in PARTITIONS if region.startswith(one.regions)), COMMERCIAL)


def arn_in(region: str, arn: str) -> str:
    """An ARN that was written with the partition ``aws``, in the partition of a Region; any other text as it is."""
    return _ARN.sub("arn:" + of_region(region).name, arn)
