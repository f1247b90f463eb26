"""Test what becomes of a playbook whose output nobody can read, and of a task whose playbook has gone."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import select
import signal
import threading
from types import SimpleNamespace

import pytest
from ansible_collections.resilience.drs.plugins.plugin_utils._play import unattended


def test_an_output_that_cannot_be_written_is_told_and_not_raised():
    lost = []
    with open("/dev/full", "wb", buffering=0) as full:
        for stream, kind in ((full, OSError), (None, AttributeError)):
            display = SimpleNamespace(display=lambda text, stream=stream: stream.write(text.encode()))
            unattended.guard(display, lost.append)
            display.display("a line")
            display.display("another")
            assert [type(one) for one in lost] == [kind] * 2
            lost.clear()


def test_what_can_be_written_is_written(capsys):
    lost = []
    display = SimpleNamespace(display=print)
    unattended.guard(display, lost.append)
    display.display("a", "line", sep="-")
    assert capsys.readouterr().out == "a-line\n" and lost == []


def test_a_task_tells_its_own_error_to_itself():
    """What a task prints goes to its playbook, so no output is lost where that fails."""
    display = SimpleNamespace(display=lambda _text: None.write())
    unattended.guard(display, lambda _exc: os._exit(3))
    child = os.fork()
    if child == 0:
        try:
            display.display("a line")
        except AttributeError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


@pytest.mark.parametrize("killed", [True, False])
def test_a_task_whose_playbook_was_killed_begins_nothing_more(killed):
    alive, held = os.pipe()
    playbook = os.fork()
    if playbook == 0:
        ready, told = os.pipe()
        if os.fork() == 0:
            with unattended.attended(0.01):
                os.write(told, b".")
                select.select([], [], [], 30 if killed else 0)
            os.write(held, b"at its end")
            os._exit(0)
        os.read(ready, 1)
        if killed:
            os.kill(os.getpid(), signal.SIGKILL)
        os.wait()
        os._exit(0)
    os.close(held)
    assert select.select([alive], [], [], 20)[0], "the task goes on without its playbook"
    assert os.read(alive, 100) == (b"" if killed else b"at its end")
    os.close(alive)
    os.waitpid(playbook, 0)


def test_nothing_of_it_is_left():
    before = threading.active_count()
    with unattended.attended(60):
        (watching,) = [one for one in threading.enumerate() if one.name == "drs-attended"]
    watching.join(20)
    assert threading.active_count() == before
