"""The stage of a failback that cannot be taken back: protected."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

import typing as t

from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import drs_failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback import checks, zone
from ansible_collections.resilience.drs.plugins.module_utils._drs.model import failback_stage
from ansible_collections.resilience.drs.plugins.module_utils._drs.model.recovery_instances import failback_at_rest
from ansible_collections.resilience.drs.plugins.module_utils._drs.core import outcomes
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.failback.effects.base import Failback
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.tolerant import present


_ON_ITS_WAY = ("INITIATING", "INITIAL_SYNC", "BACKLOG", "RESCAN")


class Protect(Failback):
    """state=protected: what was launched becomes the machine that is protected, in place of the original one."""

    def act(self, ids: list[str]) -> None:
        if self.drill:
            for one in ids:
                self.refuse(one, checks.may_protect(self.pairs[one], self.mode, self.vouched)[0])
            return
        done = []
        for one in ids:
            pair = self.pairs[one]
            if failback_stage.origin(pair) == failback_stage.ON_PREMISES:
                self._by_agent(one)
            elif not self.unreadable(one) and not self._present(one):
                guard = zone.may_protect if failback_stage.within_region(pair) else checks.may_protect
                blocking = guard(pair, self.mode, self.vouched)
                if self.allowed(one, blocking) and self._reverse(one):
                    done.append(one)
        if done:
            self.look()
        for one in done:
            if not self._present(one):
                self.put(one, outcomes.IN_PROGRESS)

    def _present(self, one: str) -> bool:
        pair = self.pairs[one]
        server, launched = pair["server"], pair["launched"]
        home = failback_stage.in_step(server) and failback_stage.passed(pair, self.servers[one], None)
        if failback_stage.protected(pair) or failback_stage.moved_to_original(pair) or home:
            self.put(one, outcomes.PROTECTED, **self.instance_fields(launched))
        elif failback_stage.protection_begun(pair) or (launched is not None and not failback_at_rest(launched)):
            error: t.Any = present(server)["replication"].get("error")
            if error is None:
                text = "%s: %s" % (self.named(one)["name"], failback_stage.protection_missing(pair))
                error = DrsError("protection_not_proven", text)
            self.put(one, outcomes.IN_PROGRESS, error=error, **self.instance_fields(launched))
        else:
            return False
        return True

    def _by_agent(self, one: str) -> None:
        """DRS protects a machine outside AWS by the agent on it; there is nothing to call."""
        pair = self.pairs[one]
        if failback_stage.stage(pair) in (failback_stage.LAUNCHED, failback_stage.CLEANED) and failback_stage.in_step(
            pair["server"]
        ):
            self.put(one, outcomes.PROTECTED, **self.instance_fields(pair["instance"]))
            return
        state = present(pair["server"])["replication"]["state"]
        text = f"{self.named(one)['name']}: its machine is outside AWS, and its replication is {state}"
        if failback_stage.stage(pair) == failback_stage.LAUNCHED and state in _ON_ITS_WAY:
            self.put(one, outcomes.IN_PROGRESS, error=DrsError("protection_not_proven", text))
        else:
            self.refuse(one, DrsError("on_premises_origin", text))

    def _reverse(self, one: str) -> bool:
        launched_id = present(self.pairs[one]["launched"])["recovery_instance_id"]
        original = self.original(one)

        def begun() -> bool | None:
            fresh = self.reader.read([one])[one]
            launched = fresh["launched"]
            there = failback_stage.protection_begun(fresh) or (launched is not None and not failback_at_rest(launched))
            return True if there else None

        return self.call(
            one, "ReverseReplication", lambda: drs_failback.reverse_replication(original, launched_id), begun
        )
