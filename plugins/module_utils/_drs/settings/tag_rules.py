"""Rules of tag synchronisation: which tags of an EC2 instance its source server gets. Pure."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.copy_tags import (
    DEPLOYMENT_ID,
    EXTENDED_FROM,
    MAX_TAGS,
    RESERVED,
)
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.nouns import Machine, Server

EVERY = ("*",)
# AWS refuses its own prefix; the others belong to DRS and to this collection, and mean something else on an instance.
_FOREIGN = (RESERVED, "awselasticdisasterrecovery", "resilience.drs/")
_OURS = (EXTENDED_FROM, DEPLOYMENT_ID)


def check(include: Sequence[str], exclude: Sequence[str], purge: bool) -> None:
    """Refuse filters that mean nothing, and a deletion that nobody has limited.

    :raises DrsError: ``invalid_option``, ``unfiltered_purge``.
    """
    for option, patterns in (("include", include), ("exclude", exclude)):
        if any(not str(one).strip() for one in patterns):
            raise DrsError("invalid_option", f"{option}: an empty pattern matches no tag key")
    if not include:
        raise DrsError("invalid_option", "include: without a pattern no tag is synchronised")
    if purge and any(not str(one).strip("*?") for one in include):
        raise DrsError("unfiltered_purge", f"purge: include is {', '.join(include)}, which is every tag of a server")


def is_in_scope(key: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether a tag key takes part; upper and lower case differ, as they do in tags."""
    if key.lower().startswith(_FOREIGN) or key in _OURS:
        return False
    included = any(fnmatch.fnmatchcase(key, one) for one in include)
    return included and not any(fnmatch.fnmatchcase(key, one) for one in exclude)


def by_instance(machines: Iterable[Machine]) -> dict[str, Machine]:
    """MACHINEs by their instance id; those that DRS made are nobody's source."""
    return {one["instance_id"]: one for one in machines if one.get("instance_id") and not one.get("managed_by_drs")}


def source_of(server: Server, machines: Mapping[str, Machine]) -> Machine | None:
    """The source instance of a SERVER, in whatever account and Region it is; None when it was not read.

    Where DRS says from which account and Region the server came, the machine must be there.
    """
    machine = machines.get(server.get("instance_id") or "")
    if machine is None:
        return None
    places = (("origin_account_id", "account_id"), ("origin_region", "region"))
    agrees = all(server.get(said) in (None, machine.get(tags)) for said, tags in places)
    return machine if agrees else None


def difference(
    existing: Mapping[str, str],
    source: Mapping[str, str],
    include: Sequence[str] = EVERY,
    exclude: Sequence[str] = (),
    purge: bool = False,
) -> tuple[dict[str, str], list[str]]:
    """What the tags of a server lack of those of its instance: (tags to write, keys to delete).

    :raises DrsError: ``too_many_tags``.
    """
    expected = {key: value for key, value in source.items() if is_in_scope(key, include, exclude)}
    write = {key: value for key, value in sorted(expected.items()) if existing.get(key) != value}
    delete = sorted(key for key in existing if purge and key not in expected and is_in_scope(key, include, exclude))
    after = (set(existing) | set(write)) - set(delete)
    if write and len(after) > MAX_TAGS:
        raise DrsError("too_many_tags", f"{len(after)} tags, at most {MAX_TAGS} are possible")
    return write, delete
