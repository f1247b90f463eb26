"""The life of extended servers under one reading of DRS: extension, drill of the copies, clean-up, un-extension.

As in `support.readings`, in the test's own process. The originals replicate in a staging account, where nothing may
happen to them. Needs no pytest.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import quotas
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.staging.effects import request
from botocore.client import BaseClient

from support import drs_cell, readings
from support.drs_failback import HOME, two_accounts

STAGING = drs_cell.STAGING
ROLES = [{"staging": STAGING, "target": readings.ACCOUNT}]


class Extended(readings.Life):
    """The same servers, in a staging account; ``servers`` are their copies once they are extended."""

    def _fill(self) -> None:
        self.staging = drs_cell.Cell(STAGING, readings.REGION)
        self.originals = {
            name: self.staging.seed(
                name,
                origin_account=STAGING,
                origin_region=HOME,
                instance_id=f"i-0b1b1b1b1b1b1b1b{number}",
                tags={"dr:wave": "1", "dr:application": "shop", "dr:critical": "no"},
            )
            for number, name in enumerate((*readings.NAMES, readings.LATE), 1)
        }
        self.staging.backend.servers[self.originals[readings.LATE]].replication.first_point = None
        self.servers = {}

    def extension(self, state: str) -> Counter[str]:
        """Extend all of the staging account, or remove all copies: how many servers ended how."""
        params = {name: spec.get("default") for name, spec in request.EXTENSION_SPEC.items()}
        params.update(state=state, staging_account_id=STAGING, all=True)
        # moto alone has no Service Quotas, and neither has many a role
        denied = DrsError("AccessDeniedException", "no servicequotas:ListServiceQuotas")
        with patch.object(quotas, "applied", side_effect=denied):
            answer = request.perform(self.away.cell(), params, False)
        if state == "present":
            self.servers = {name: self.away.ids(name)[0] for name in self.originals}
        return Counter(one["outcome"] for one in answer["servers"])


@contextmanager
def somebody_is_faster() -> Iterator[None]:
    """Whoever extends the first server finds that another did it between the look and the call."""
    original, done = BaseClient._make_api_call, []

    def call(self: Any, operation_name: str, api_params: Any) -> Any:
        if operation_name == "CreateExtendedSourceServer" and not done:
            done.append(original(self, operation_name, api_params))
        return original(self, operation_name, api_params)

    with patch.object(BaseClient, "_make_api_call", call):
        yield


def extension_drill_and_removal(values: Mapping[str, Any], directory: Path) -> list[str]:
    """Copies are made, drilled, cleaned up after and removed: what went wrong, in words."""
    wrong: list[str] = []

    def check(what: str, found: Mapping[str, int], wanted: Mapping[str, int]) -> None:
        if {name: number for name, number in found.items() if number} != dict(wanted):
            wrong.append(f"{what}: {dict(found)}, not {dict(wanted)}")

    with drs_cell.fresh(two_accounts(staging_roles=ROLES)):
        drs_cell.settings.configure({**readings.QUICK, **values})
        here = Extended(directory)
        with somebody_is_faster():
            check(
                "extension with another's in between", here.extension("present"), {"extended": 4, "already_extended": 1}
            )
        check("extension again", here.extension("present"), {"already_extended": 5})
        told = here.recover("drill", "drill-1")
        if told["summary"] != readings.ENDS_WELL or sorted(here.machines()) != sorted(readings.NAMES):
            wrong.append(f"drill of copies: {told}, {sorted(here.machines())} stand")
        check("un-extension under machines", here.extension("absent"), {"refused": 4, "unextended": 1})
        proof = here.terminate("drill-1")
        if values.get("terminate_outcome") == "fails_once":
            proof = here.terminate("drill-1")
        if not proof["clean"] or here.machines():
            wrong.append(f"clean-up: {proof['summary']}, left {here.machines()}, not proven {proof['not_proven']}")
        check("un-extension", here.extension("absent"), {"unextended": 4})
        states = [here.staging.state(identifier) for identifier in here.originals.values()]
        check("originals", Counter(states), {"CONTINUOUS": 5})
        wrong += [f"harm: {one}" for one in here.effects(*readings.HARM)]
        drs_cell.forgive()
    return wrong
