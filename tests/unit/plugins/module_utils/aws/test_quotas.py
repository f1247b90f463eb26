"""Test the Service Quotas calls: requests, and conversion of responses."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from types import SimpleNamespace

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import quotas

ARN = "arn:aws:servicequotas:eu-west-1:111111111111:drs/L-C1D14A2B"


class Answering:
    """A cell whose Service Quotas answers with these items."""

    def __init__(self, items: list[dict]) -> None:
        self.items, self.asked = items, []

    def errors(self, _operation):
        return contextlib.nullcontext()

    def client(self, service, brief=False):
        assert brief, "the documented limits stand in for it"
        self.asked.append(service)
        return self

    def get_paginator(self, operation):
        self.asked.append(operation)
        return self

    def paginate(self, **params):
        self.asked.append(params)
        return SimpleNamespace(build_full_result=lambda: {"Quotas": self.items})


def test_applied_values_by_code_and_the_account_that_they_belong_to():
    cell = Answering([{"QuotaCode": "L-C1D14A2B", "Value": 300.0, "QuotaArn": ARN}, {"QuotaName": "no code"}])
    assert quotas.applied(cell) == ({"L-C1D14A2B": 300.0}, "111111111111")
    assert cell.asked == [
        "service-quotas",
        "list_service_quotas",
        {"PaginationConfig": {"PageSize": 100}, "ServiceCode": "drs"},
    ]


def test_no_quotas_belong_to_no_account():
    assert quotas.applied(Answering([])) == ({}, None)
