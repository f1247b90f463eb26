"""Which run a request of a parent system is: the one that it names, or the one that it began when it was sent first."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.times import seconds_between
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.tags import wanted_values, wave_name

_OVER = ("succeeded", "partial", "failed", "cancelled", "timeout")
MOST = 1000
"""More runs of one request than this are not looked for."""


def spelt_once(selection: Mapping[str, Any], of_file: bool = False) -> dict[str, Any]:
    """A selection in the one form of all that select the same: without what is empty, texts, each once, in one order.

    A value of a tag that is true or false stays one, because it is compared by its meaning.

    :param of_file: the waves are those of a plan file, which are told apart by their names as they are written there;
        values of the wave tag have many spellings.
    """
    result: dict[str, Any] = {}
    for key, value in selection.items():
        if key == "tags":
            values: Any = {name: _spelt(one) for name, one in (value or {}).items()}
        elif key == "waves" and not of_file:
            values = sorted({wave_name(one) for one in wanted_values(value or ())})
        else:
            values = sorted(set(wanted_values(value or ())))
        if values:
            result[key] = values
    return result


def _spelt(value: Any) -> Any:
    many = value if isinstance(value, (list, tuple)) else [value]
    texts = sorted(set(wanted_values([one for one in many if not isinstance(one, bool)])))
    flags = sorted({one for one in many if isinstance(one, bool)})
    return [*flags, *texts] if len(flags) + len(texts) != 1 else (flags or texts)[0]


def spelt_path(path: str, folder: str) -> str:
    """A path in the one form of all that name the same file from a folder; empty stays empty.

    :param folder: where relative paths begin, absolute. What lies in it is named from it, wherever that is.
    """
    if not path:
        return path
    whole, inside = _parts(path if path.startswith("/") else "%s/%s" % (folder, path)), _parts(folder)
    return "/".join(whole[len(inside) :]) if whole[: len(inside)] == inside else "/" + "/".join(whole)


def _parts(path: str) -> list[str]:
    """The folders and the name of an absolute path, without what leads nowhere."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return parts


def run_id(made: Mapping[str, Any], folder: str = "/") -> str | None:
    """The run id of a request, by its settings; None when it names neither a run nor a correlation id.

    The same correlation id, action, plan and selection are the same run, so that a request that is sent again is it,
    however it spells them.

    :param folder: where the relative path of a plan file begins.
    """
    if made["run_id"]:
        return str(made["run_id"])
    correlation_id = made["about"]["correlation_id"]
    if not correlation_id or made["is_drill"] is None:
        return None
    asked = [
        correlation_id,
        *(made[key] for key in ("action", "is_drill", "plan_name")),
        spelt_path(made["plan_file"], folder),
        made["selection"],
    ]
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    # a run id travels in tags and commands, so it is made of fewer characters than a correlation id may have
    word = re.sub(r"^[^A-Za-z0-9]+", "", re.sub(r"[^A-Za-z0-9._-]+", "-", correlation_id))[:40].rstrip("-.")
    return "-".join(part for part in (word, made["action"], digest) if part)


def is_over(run: Mapping[str, Any], now: str, hours: int) -> bool:
    """Whether a run has ended so long ago that the same request is no retry of it, but the next of a schedule.

    :param run: its record. One that has not ended is never over.
    """
    if run.get("status") not in _OVER or not run.get("ended_at"):
        return False
    return (seconds_between(run["ended_at"], now) or 0) > hours * 3600


def current(first: str, known: Callable[[str], Mapping[str, Any] | None], now: str, hours: int) -> str:
    """The run that a request is now: the first under its id that is not over, or that is not there yet.

    :param known: the record of a run by its id, None when there is none.
    """
    name = first
    for number in range(2, MOST):
        run = known(name)
        if run is None or not is_over(run, now, hours):
            return name
        name = "%s-%d" % (first, number)
    return name
