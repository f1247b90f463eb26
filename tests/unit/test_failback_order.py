"""Test the judge tests/support/failback_order.py: only the order of the user guide passes."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
from typing import Any

import pytest
from support.failback_order import violations

B1, A2, B2, A3 = "s-b1", "s-a2", "i-b2", "i-a3"
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "reverse": ("ReverseReplication", {"recoveryInstanceID": B2}),
    "launch": ("StartRecovery", {"sourceServers": [{"sourceServerID": A2}]}),
    "rehearse": ("StartRecovery", {"sourceServers": [{"sourceServerID": A2}], "isDrill": True}),
    "resume": ("StartReplication", {"sourceServerID": A2}),
    "protect": ("ReverseReplication", {"recoveryInstanceID": A3}),
    "stop": ("StopReplication", {"sourceServerID": A2}),
    "terminate": ("TerminateRecoveryInstances", {"recoveryInstanceIDs": [B2]}),
    "terminate_launched": ("TerminateRecoveryInstances", {"recoveryInstanceIDs": [A3]}),
    "forget": ("DeleteRecoveryInstance", {"recoveryInstanceID": A3}),
    "disconnect": ("DisconnectSourceServer", {"sourceServerID": A2}),
    "delete": ("DeleteSourceServer", {"sourceServerID": A2}),
    "recover": ("StartRecovery", {"sourceServers": [{"sourceServerID": B1}]}),
    "stop_live": ("StopReplication", {"sourceServerID": B1}),
    "disconnect_live": ("DisconnectSourceServer", {"sourceServerID": B1}),
    "forget_serving": ("DeleteRecoveryInstance", {"recoveryInstanceID": B2}),
}
WAY = ["recover", "reverse", "launch", "protect", "stop", "terminate", "forget", "disconnect", "delete"]
REHEARSAL = ["recover", "reverse", "rehearse", "stop", "terminate_launched", "terminate", "disconnect", "delete"]


def _ledger(drill: bool = False, extended: bool = False) -> list[dict[str, Any]]:
    common = {"is_drill": drill, "of_extended": extended}
    return [
        {**common, "effect": "launched", "source_server_id": B1, "recovery_instance_id": B2},
        {**common, "effect": "reversed", "source_server_id": A2, "recovery_instance_id": B2, "of_server": B1},
        {**common, "effect": "launched", "source_server_id": A2, "recovery_instance_id": A3},
    ]


def _journal(letters: list[str], **changes: Any) -> list[dict[str, Any]]:
    entries = []
    for number, letter in enumerate(letters, 1):
        action, request = CALLS[letter]
        entry = {"seq": number, "service": "drs", "action": action, "request": request, "mutating": True}
        entries.append({**entry, "status": 200, "error": None, "principal": "role/drs/session", **changes})
    return entries


@pytest.mark.parametrize(("way", "drill"), [(WAY, False), (REHEARSAL, True)])
def test_the_whole_way_and_every_part_of_it_that_a_crash_leaves(way, drill):
    for length in range(len(way) + 1):
        assert violations(_journal(way[:length]), _ledger(drill)) == []


def test_a_launch_may_be_repeated_a_termination_asked_for_again_and_nothing_else():
    assert violations(_journal(["reverse", "launch", "launch", "protect"]), _ledger()) == []
    for length, letter in itertools.product(range(2, len(WAY) + 1), WAY[1:]):
        sequence = [*WAY[:length], letter]
        allowed = letter == "launch" and WAY[length - 1] in ("reverse", "launch")
        allowed = allowed or (letter == WAY[length - 1] and letter in ("stop", "disconnect", "terminate"))
        allowed = allowed or (length < len(WAY) and letter == WAY[length])
        # before the replication stops the failback may be undone; at the end everything begins anew
        allowed = allowed or (WAY[length - 1], letter) in (("reverse", "stop"), ("delete", "reverse"))
        allowed = allowed or (WAY[length - 1] == "delete" and letter == "terminate")
        assert (violations(_journal(sequence), _ledger()) == []) is allowed, sequence


@pytest.mark.parametrize("letter", ["protect", "forget", "stop_live", "disconnect_live", "forget_serving", "recover"])
@pytest.mark.parametrize("length", range(2, len(REHEARSAL)))
def test_what_a_drill_never_does(letter, length):
    (told,) = violations(_journal([*REHEARSAL[:length], letter]), _ledger(drill=True))
    assert told.startswith(f"{length + 1} ")


@pytest.mark.parametrize("length", range(2, len(WAY)))
def test_the_live_direction_is_never_touched_on_failback(length):
    for letter in ("stop_live", "disconnect_live", "recover"):
        assert len(violations(_journal([*WAY[:length], letter]), _ledger())) == 1


def test_a_failback_after_a_drill_that_left_what_serves():
    """The drill is of the failback only: the recovery instance serves, its stopped copy stays and is started again."""
    drill = ["reverse", "rehearse", "stop", "terminate_launched"]
    assert violations(_journal([*drill, "resume", *WAY[2:]]), _ledger()) == []
    assert len(violations(_journal([*drill, "resume", "rehearse", "protect"]), _ledger())) == 1


def test_what_comes_from_a_drill_is_never_protected():
    assert len(violations(_journal(["reverse", "launch", "protect"]), _ledger(drill=True))) == 1


def test_an_extended_server_fails_back_without_a_second_reversal():
    way = [letter for letter in WAY if letter != "protect"]
    assert violations(_journal(way), _ledger(extended=True)) == []
    assert "stop of s-a2 when it was launched" in violations(_journal(way), _ledger())[0]


@pytest.mark.parametrize(
    ("letters", "right"),
    [
        (["StartFailbackLaunch", "TerminateRecoveryInstances"], True),
        (["StopFailback", "StartFailbackLaunch", "DisconnectRecoveryInstance", "DeleteRecoveryInstance"], True),
        (["TerminateRecoveryInstances"], False),
        (["DisconnectRecoveryInstance"], False),
    ],
)
def test_on_premises_the_instance_goes_last(letters, right):
    ledger = [{"effect": "failback_client", "source_server_id": B1, "recovery_instance_id": B2, "is_drill": False}]
    entries = _journal(["reverse"] * len(letters))
    for entry, action in zip(entries, letters):
        entry["action"] = action
    assert (violations(entries, ledger) == []) is right


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"status": 409, "error": "ConflictException"}, False),
        ({"status": None, "error": "ConnectionClosed"}, False),
        ({"status": None, "error": "ResponseDropped"}, True),
        ({"principal": "role/drs/test"}, False),
    ],
)
def test_which_calls_count(changes, counts):
    """What was refused or never arrived has no effect; what lost its answer has; others are not ours."""
    assert bool(violations(_journal(["protect"], **changes), _ledger())) is counts
