"""Get what the run store holds of a run that is launched: read again, or passed in by the caller."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.recovery import adoption
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.fence import DOWN
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects.store import open_store


def read(request: Mapping[str, Any], cell: str) -> adoption.Record | None:
    """What the record of a request's run says of one cell; None where the tags of jobs alone have to do.

    :param request: ``record`` {run, waves} when it is at hand; else ``run_id`` and ``store`` are asked, but only for a
        task that belongs to a run (``run_epoch``). ``store_override`` says why a store that is down must not stop it.
    :raises DrsError: run_store_unavailable and what else reading the store may end in: without the record nobody can
        tell whose jobs those are that bear the run's tag.
    """
    given = request.get("record")
    if given:
        return adoption.record_of(given["run"], given["waves"], cell)
    if request.get("run_epoch") is None:
        return None
    run_id = request["run_id"]
    try:
        store = open_store(request.get("store"))
        run = store.get(run_id, "run")
        waves = store.items(run_id, "wave:") if run else []
    except DrsError as exc:
        if exc.code in DOWN and request.get("store_override"):
            return None
        raise
    return adoption.record_of(run["body"] if run else {"run_id": run_id}, [one["body"] for one in waves], cell)
