"""Test the calls of CloudFormation: lists that have pages, and one that never comes to its end."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import cloudformation
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError


class Pages:
    """A cell whose CloudFormation answers page by page, by the token that it is asked with."""

    def __init__(self, *tokens: str) -> None:
        self.tokens, self.asked = dict(zip((None, *tokens), (*tokens, None))), []

    def errors(self, _operation):
        return contextlib.nullcontext()

    def client(self, _service):
        return self

    def answer(self, key, request):
        self.asked.append(request.get("NextToken"))
        token = self.tokens[request.get("NextToken")]
        return {key: [{"page": len(self.asked)}], **({"NextToken": token} if token else {})}

    def describe_stack_resource_drifts(self, **request):
        return self.answer("StackResourceDrifts", request)

    def list_stack_instance_resource_drifts(self, **request):
        return self.answer("Summaries", request)


READS = [
    lambda cell: cloudformation.drifts(cell, "stack"),
    lambda cell: cloudformation.set_drifts(cell, "set", "111111111111", "us-west-2", "o-1", "SELF"),
]


@pytest.mark.parametrize("read", READS)
def test_every_page_is_read(read):
    cell = Pages("a", "b")
    assert [one["page"] for one in read(cell)] == [1, 2, 3]
    assert cell.asked == [None, "a", "b"]


@pytest.mark.parametrize("read", READS)
def test_a_list_without_end_is_an_error_that_may_pass(read):
    cell = Pages("a")
    cell.tokens["a"] = "a"
    with pytest.raises(DrsError) as caught:
        read(cell)
    assert (caught.value.code, caught.value.retryable) == ("PaginationError", True)
    assert "same page" in caught.value.cause
