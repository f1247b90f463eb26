"""Test reading many cells in parallel: bounded, isolated, with timeouts and named failures."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest
from ansible_collections.resilience.drs.plugins.module_utils._drs.inventory.effects import fleet
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import fleet as fleets
from ansible_collections.resilience.drs.plugins.plugin_utils._inventory import pool
from support.account_entries import build_cells

REGIONS = {"aws": frozenset({"us-west-2", "ap-east-1"})}
DEFAULTS = {"regions": ["us-west-2"], "role_name": "R", "external_id_env": "X"}


# -- the pool ---------------------------------------------------------------------------------------------------------
def test_results_come_in_the_order_of_the_items_with_errors_in_their_place():
    def work(number):
        if number == 3:
            raise ValueError("three")
        return number * 2

    done = pool.run(range(10), work, 4, 10)
    assert [one.value for one in done] == [0, 2, 4, None, 8, 10, 12, 14, 16, 18]
    assert str(done[3].error) == "three"
    assert all(one.finished for one in done)
    assert pool.run([], work, 4, 10) == []


def test_no_more_threads_than_workers():
    lock, now, most = threading.Lock(), [0], [0]
    meet = threading.Barrier(3, timeout=5)

    def work(_item):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        meet.wait()
        with lock:
            now[0] -= 1

    assert all(one.finished and not one.error for one in pool.run(range(9), work, 3, 10))
    assert most[0] == 3


def test_whoever_does_not_answer_in_time_is_left_behind_and_what_waits_is_not_begun():
    hold, begun = threading.Event(), []

    def work(item):
        begun.append(item)
        hold.wait(5)

    done = pool.run(["a", "b"], work, 1, 0.05)
    assert [one.finished for one in done] == [False, False]
    hold.set()
    assert begun == ["a"]


# -- cells ------------------------------------------------------------------------------------------------------------
class Denied(DrsError):
    def __init__(self, code):
        super().__init__(code, f"the message of {code}")


def read(monkeypatch, answers, kinds=("source_servers",), secret=lambda cell: "id", timeout=10.0):
    """Read four cells; answers: by (account name, kind) a list of records or an exception."""
    entries = [
        {"account_id": f"{n}" * 12, "name": name, "types": types}
        for n, (name, types) in enumerate(
            [("shop", ["source"]), ("staging", ["staging"]), ("pay", ["target"]), ("hub", ["source", "target"])], 1
        )
    ]
    used = []

    def fake(cell, kind, _query):
        used.append((cell.name.split(".")[0], kind, threading.current_thread().name))
        answer = answers.get((cell.name.split(".")[0], kind), [])
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, threading.Event):
            answer.wait(5)
        return answer

    monkeypatch.setattr(fleet, "read", fake)
    monkeypatch.setattr(fleet, "warm", lambda kinds: None)
    found = fleets.read(build_cells(entries, DEFAULTS, REGIONS), kinds, lambda cell: {}, secret, 3, timeout)
    return found, used


def test_each_kind_is_read_in_the_cells_that_can_have_it(monkeypatch):
    found, used = read(monkeypatch, {("pay", "source_servers"): [{"a": 1}]}, ("instances", "source_servers"))
    assert sorted(one[:2] for one in used) == [
        ("hub", "instances"),
        ("hub", "source_servers"),
        ("pay", "source_servers"),
        ("shop", "instances"),
        ("staging", "source_servers"),
    ]
    assert not [one for one in used if one[2] == "MainThread"]
    assert found.complete and found.records == {"instances": [], "source_servers": [{"a": 1}]}


# disabled Regions, opt-in Regions, denied roles, policies of the organisation
@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("OptInRequired", "enable-region"),
        ("RegionDisabledException", "enable-region"),
        ("UnrecognizedClientException", "opt-in Region"),
        ("AuthFailure", "Region is enabled"),
        ("UninitializedAccountException", "resilience.drs.setup"),
        ("AccessDeniedException", "service control policy"),
        ("EndpointConnectionError", "port 443"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_cause_and_remedy(monkeypatch, code, remedy):
    found, _used = read(monkeypatch, {("pay", "source_servers"): Denied(code)})
    (entry,) = found.unreadable
    assert (entry["cell"], entry["account_id"], entry["kind"]) == ("pay.us-west-2", "3" * 12, "source_servers")
    assert entry["assume_role_arn"] == f"arn:aws:iam::{'3' * 12}:role/R"
    assert (entry["code"], entry["message"]) == (code, f"the message of {code}")
    assert remedy.lower() in entry["remedy"].lower()
    assert not found.complete and not found.is_unread("source_servers")


def test_a_cell_without_drs_has_no_servers_but_one_that_denies_may_have(monkeypatch):
    found, _used = read(monkeypatch, {("pay", "source_servers"): Denied("UninitializedAccountException")})
    assert found.knows_all("source_servers")
    found, _used = read(monkeypatch, {("pay", "source_servers"): Denied("AccessDeniedException")})
    assert not found.knows_all("source_servers")


def test_nothing_can_be_read(monkeypatch):
    answers = {(name, "source_servers"): Denied("AccessDenied") for name in ("staging", "pay", "hub")}
    found, _used = read(monkeypatch, answers)
    assert found.is_unread("source_servers") and len(found.unreadable) == 3


def test_a_flaw_in_one_cell_does_not_hide_the_others(monkeypatch):
    found, _used = read(monkeypatch, {("pay", "source_servers"): ZeroDivisionError("oh")})
    assert [one["code"] for one in found.unreadable] == ["internal_error"]
    assert "ZeroDivisionError: oh" in found.unreadable[0]["message"]


def test_a_cell_that_hangs_is_named(monkeypatch):
    hold = threading.Event()
    found, _used = read(monkeypatch, {("pay", "source_servers"): hold}, timeout=0.1)
    hold.set()
    assert [(one["cell"], one["code"]) for one in found.unreadable] == [("pay.us-west-2", "cell_unreadable")]
    assert "0.1 seconds" in found.unreadable[0]["message"]


def test_a_cell_without_its_external_id_is_not_called(monkeypatch):
    def secret(cell):
        if cell.account_name == "pay":
            raise DrsError("invalid_option", "not there")
        return "id"

    found, used = read(monkeypatch, {}, secret=secret)
    assert "pay" not in [one[0] for one in used]
    assert [one["cell"] for one in found.unreadable] == ["pay.us-west-2"]


def test_what_to_do_about_unread_cells_is_told_once():
    place = {"kind": "source_servers", "account_id": "111111111111", "assume_role_arn": None}
    why = {"code": "AccessDenied", "message": "no", "remedy": "Compare the role."}
    other = {"code": "cell_unreadable", "message": "silence.", "remedy": "Wait."}
    lost = [{**place, "cell": "a", **why}, {**place, "cell": "b", **why}, {**place, "cell": "c", **other}]
    start = "%s (source_servers, account 111111111111, role none): "
    assert fleets.unread_lines(lost) == [
        start % "a" + "AccessDenied: no. Remedy: Compare the role.",
        start % "b" + "AccessDenied: no",
        start % "c" + "cell_unreadable: silence. Remedy: Wait.",
    ]
