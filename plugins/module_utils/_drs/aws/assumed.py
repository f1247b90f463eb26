"""Note what STS tells of a session when it assumes a role: nothing asks for it again, and the record names it."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t


def noting(
    make: t.Callable[..., t.Any], told: dict[str, t.Any], asked: t.Mapping[str, t.Any]
) -> t.Callable[..., t.Any]:
    """Make clients of STS as ``make`` does, whose AssumeRole leaves in ``told`` what it answered.

    :param told: gets ``{arn, source_identity}`` of the session; stays as it is when a role is denied.
    :param asked: the arguments of AssumeRole. STS sets the source identity that it is given or refuses the call, so an
        answer that leaves it out is of a session that has it.
    """

    def note(parsed: t.Mapping[str, t.Any], **_kwargs: object) -> None:
        user = parsed.get("AssumedRoleUser") or {}
        if user.get("Arn"):
            identity = parsed.get("SourceIdentity") or asked.get("SourceIdentity")
            told.update(arn=str(user["Arn"]), source_identity=identity or None)

    def made(*args: t.Any, **kwargs: t.Any) -> t.Any:
        client = make(*args, **kwargs)
        client.meta.events.register("after-call.sts.AssumeRole", note)
        return client

    return made
