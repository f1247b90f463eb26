"""Test the judge tests/support/live_machines.py: it accepts a full cycle and detects each kind of damage."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from support.drs_cell import ACCOUNT, STAGING, Cell, advance, ledger
from support.drs_extension import extend
from support.drs_failback import A1, HOME, LONG, Pair, fresh, two_accounts
from support.live_machines import replay


@pytest.fixture
def pair() -> Iterator[Pair]:
    with fresh(two_accounts()):
        yield Pair()


def _losses(pair: Pair) -> list[str]:
    return replay(ledger(), {pair.b1: A1}).losses


def _terminate(cell: Cell, instance: str) -> None:
    cell.finish(cell.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance])["job"]["jobID"])


def test_a_whole_circle_loses_nothing(pair: Pair) -> None:
    b2 = pair.failover()
    a2 = pair.reverse()
    a3 = pair.fail_back(a2)
    pair.home.drs.reverse_replication(recoveryInstanceID=a3)
    advance(LONG)
    pair.home.drs.stop_replication(sourceServerID=a2)
    _terminate(pair.away, b2)
    pair.home.drs.delete_recovery_instance(recoveryInstanceID=a3)
    verdict = replay(ledger(), {pair.b1: A1})
    assert verdict.losses == []
    assert [machine for _seq, machine in verdict.lives[pair.b1].story] == [b2, a3]
    assert verdict.live(pair.b1) == a3


def test_a_drill_loses_nothing(pair: Pair) -> None:
    b2 = pair.failover(drill=True)
    a2 = pair.reverse()
    a3 = pair.fail_back(a2, drill=True)
    pair.home.drs.stop_replication(sourceServerID=a2)
    _terminate(pair.home, a3)
    _terminate(pair.away, b2)
    verdict = replay(ledger(), {pair.b1: A1})
    assert (verdict.losses, verdict.live(pair.b1)) == ([], A1)


def _wipe_by_a_drill(pair: Pair) -> None:
    pair.failover()
    pair.away.launch(pair.b1, drill=True)


def _terminate_before_protect(pair: Pair) -> None:
    b2 = pair.failover()
    a2 = pair.reverse()
    pair.fail_back(a2)
    pair.home.drs.stop_replication(sourceServerID=a2)
    _terminate(pair.away, b2)


def _protect_in_a_drill(pair: Pair) -> None:
    pair.failover(drill=True)
    pair.home.drs.reverse_replication(recoveryInstanceID=pair.fail_back(pair.reverse(), drill=True))


def _stop_the_live_direction(pair: Pair) -> None:
    pair.failover(drill=True)
    pair.reverse()
    pair.away.drs.stop_replication(sourceServerID=pair.b1)


def _relaunch_after_protect(pair: Pair) -> None:
    pair.failover()
    a2 = pair.reverse()
    pair.home.drs.reverse_replication(recoveryInstanceID=pair.fail_back(a2))
    pair.fail_back(a2)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_wipe_by_a_drill, "wiped: the live machine"),
        (_terminate_before_protect, "terminated: the live machine"),
        (_protect_in_a_drill, f"swapped: a drill took the protection from {A1}"),
        (_stop_the_live_direction, f"replication_stopped: the protection of the live machine {A1}"),
        (_relaunch_after_protect, "wiped: the live machine"),
    ],
)
def test_harm_is_seen(pair: Pair, harm: Callable[[Pair], None], words: str) -> None:
    """UG:recovery-instances, UG drill notes: what nothing refuses and nobody may do."""
    harm(pair)
    (loss,) = _losses(pair)
    assert words in loss


def test_an_extended_server() -> None:
    """UG:multi-account: its agent stops by itself; that is no loss, since the recovery instance serves."""
    with fresh(two_accounts(staging_roles=[{"staging": STAGING, "target": ACCOUNT}])):
        owner, target = Cell(STAGING), Cell()
        original = owner.seed("app", origin_account=STAGING, origin_region=HOME, instance_id=A1)
        (copy,) = extend(target, owner, original)
        pair = Pair(Cell(STAGING, HOME), target)
        pair.b1 = copy
        b2 = pair.failover()
        a3 = pair.fail_back(pair.reverse())
        assert owner.state(original) == "STOPPED"
        verdict = replay(ledger(), {copy: A1, original: A1}, {original: copy})
        assert (verdict.losses, verdict.live(copy)) == ([], b2)
        assert verdict.lives[copy].candidates == {a3}
