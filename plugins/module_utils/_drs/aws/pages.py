"""Paginate calls of any service: every page of an answer, as one list."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.session import Cell
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.nouns import AwsData


def each_once(items: t.Iterable[AwsData], key: str) -> list[AwsData]:
    """What a list names twice, because it moved between its pages, is one thing, as the later page has it.

    :param key: the member that holds the id; an item without one stands for itself.
    :returns: the items as the API has them, in the order in which they were first named.
    """
    found = {item.get(key) or number: item for number, item in enumerate(items)}
    return list(found.values())


def pages(
    cell: Cell,
    service: str,
    operation: str,
    key: str,
    page_size: int | None = None,
    brief: bool = False,
    **params: t.Any,
) -> list[AwsData]:
    """Call a paginated operation to its last page.

    :param operation: as botocore names it, ``describe_jobs``; it must only read, for it may be repeated.
    :param key: the member of the answer that holds the items.
    :param page_size: items a page; None leaves it to the service.
    :param brief: give up soon: what is read says more of something that is known without it.
    :returns: the items of all pages.
    :raises DrsError: what the service said.
    """
    with cell.errors(operation):
        paginator = cell.client(service, **({"brief": True} if brief else {})).get_paginator(operation)
        config = {"PageSize": page_size} if page_size else {}
        return paginator.paginate(PaginationConfig=config, **params).build_full_result().get(key, [])
