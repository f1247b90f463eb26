"""Test how a playbook ends in its middle: by a signal, or because nobody can read its output; each in a process."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import importlib.util
import multiprocessing
import os
import select
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[5]

NEXT = "next: ansible-playbook resilience.drs.resume -e runs_id=q4\n"
RUN = {"run_id": "q4", "command": NEXT[6:-1], "under_way": [("a wave 1", ["drsjob-1"])]}


def printed(text, stderr=False):
    stream = sys.stderr if stderr else sys.stdout
    stream.write(text + "\n")
    stream.flush()


def task(ready):
    """A task of a playbook, as Ansible starts it: not in the group of processes that a terminal sends a signal to."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.write(ready, b".")
    signal.pause()


@pytest.fixture(scope="module")
def module():
    path = ROOT / "playbooks" / "callback_plugins" / "drs_run_end.py"
    spec = importlib.util.spec_from_file_location("drs_run_end", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def playbook(module, act, noted, output, before, folder):
    """A playbook with one task, until its end."""
    module.constants = SimpleNamespace(DEFAULT_LOCAL_TMP=str(folder / "local"))
    module.context = SimpleNamespace(CLIARGS={"args": ["resilience.drs.drill"]})
    module.typed_variables = lambda _loader: {}
    sys.stdout = open(output, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(folder / "errors", "w", encoding="utf-8")  # noqa: SIM115
    callback = module.CallbackModule()
    display = callback._display = SimpleNamespace(display=printed)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):  # whoever runs the tests may ignore them, as nohup
        signal.signal(number, signal.SIG_DFL)
    before()
    callback.v2_playbook_on_play_start(SimpleNamespace(get_loader=lambda: None))
    waiting, ready = os.pipe()
    multiprocessing.get_context("fork").Process(target=task, args=(ready,), daemon=True).start()
    os.read(waiting, 1)
    module.STANDING.note(**noted)
    act(display, callback)
    select.select([], [], [], 10)  # nothing ends it: the signal does
    os._exit(99)


@pytest.fixture
def ended(module, tmp_path):
    """ended(act, noted, output, before): exit status, what it said on its error output, whether its task ended."""

    def play(act, noted, output="/dev/null", before=lambda: None):
        alive, held = os.pipe()  # its end that is held is closed with the last process that was forked here
        child = os.fork()
        if child == 0:
            os.close(alive)
            os.setsid()  # a session of its own, without a terminal: nothing suspends it
            with contextlib.suppress(BaseException):
                playbook(module, act, noted, output, before, tmp_path)
            os._exit(98)
        os.close(held)
        gone = bool(select.select([alive], [], [], 15)[0])
        os.close(alive)
        if not gone:
            _end_session_of(child)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return status, (tmp_path / "errors").read_text(encoding="utf-8"), gone

    return play


def _end_session_of(playbook):
    """Nothing may be left of a test that fails: the playbook, and its task by what it says of its parent."""
    for pid in [one for one in os.listdir("/proc") if one.isdigit()]:
        with contextlib.suppress(OSError):
            parent = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()[1])
            if playbook in (int(pid), parent):
                os.kill(int(pid), signal.SIGKILL)


def leave(status):
    """End a playbook and its task, as when all is done."""
    for one in multiprocessing.active_children():
        one.kill()
    os._exit(status)


def sends(number):
    return lambda _display, _callback: os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_run_that_is_ended_by_a_person_or_with_its_terminal_begins_nothing_more(ended, number):
    status, said, gone = ended(sends(number), RUN)
    assert status == 128 + number and gone, (status, said)
    assert said.startswith("INTERRUPTED: run q4 is not at its end.") and "  a wave 1: drsjob-1\n" in said
    assert said.endswith(NEXT)


def test_where_nothing_is_under_way_a_lost_terminal_leaves_no_task_behind(ended):
    assert ended(sends(signal.SIGHUP), {}) == (-signal.SIGHUP, "", True)


def test_who_asked_for_it_is_not_ended_with_the_terminal(ended):
    """As nohup does."""

    def hangs_up(_display, _callback):
        os.kill(os.getpid(), signal.SIGHUP)
        leave(7)

    assert ended(hangs_up, RUN, before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) == (7, "", True)


def test_a_run_whose_output_has_no_reader_ends_like_an_interrupted_one(ended, tmp_path):
    def prints(display, _callback):
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, sys.stdout.fileno())
        display.display("a line")

    status, said, gone = ended(prints, RUN)
    assert status == 128 + signal.SIGPIPE and gone
    assert said.startswith("INTERRUPTED: run q4") and said.endswith(NEXT)
    assert ended(prints, {}) == (128 + signal.SIGPIPE, "", True), "as any program in front of head"


@pytest.mark.parametrize("noted", [RUN, {}])
def test_a_run_whose_output_cannot_be_written_ends_and_says_why(ended, noted):
    status, said, gone = ended(lambda display, _callback: display.display("a line"), noted, "/dev/full")
    assert status == 1 and gone
    assert said.startswith("ERROR: the output cannot be written: [Errno 28] No space left on device\n")
    assert said.endswith(NEXT) is bool(noted)


def test_nobody_to_tell_it_to_is_no_reason_to_stay(ended):
    def prints(display, _callback):
        sys.stdout = sys.stderr = None
        display.display("a line")

    assert ended(prints, RUN) == (1, "", True)


@pytest.mark.parametrize(("told", "said"), [({"timedout": {"period": 20}}, NEXT), ({"msg": "wave 1: critical"}, "")])
def test_a_task_that_is_ended_by_ansibles_own_limit_is_told_like_an_interruption(ended, told, said):
    def fails(_display, callback):
        task = SimpleNamespace(action="resilience.drs.drs_recovery_walk")
        callback.v2_runner_on_failed(SimpleNamespace(_task=task, _result={"failed": True, **told}))
        callback.v2_playbook_on_stats(None)
        sys.stderr.flush()
        leave(2)

    status, errors, gone = ended(fails, RUN)
    assert status == 2 and gone
    assert errors.endswith(said) and errors.startswith("INTERRUPTED: run q4") is bool(said)


def test_what_is_suspended_begins_nothing(ended):
    """Ctrl-Z and fg: the task is suspended with the playbook, and goes on with it."""

    def suspends(_display, _callback):
        (one,) = multiprocessing.active_children()
        state = Path(f"/proc/{one.pid}/stat")
        seen = []
        sent = os.kill

        def kill(pid, number):
            sent(pid, number)
            if pid == os.getpid() and number == signal.SIGTSTP and not seen:
                # a process without a shell above it cannot be suspended, so this comes at once
                os.waitid(os.P_PID, one.pid, os.WSTOPPED | os.WNOWAIT)
                seen.append(state.read_text(encoding="utf-8").split(") ")[1][0])

        os.kill = kill
        sent(os.getpid(), signal.SIGTSTP)
        os.waitid(os.P_PID, one.pid, os.WCONTINUED | os.WNOWAIT)
        seen.append(state.read_text(encoding="utf-8").split(") ")[1][0])
        leave(7 if seen[0] == "T" and seen[1] in "SR" else 8)

    assert ended(suspends, RUN) == (7, "", True)
