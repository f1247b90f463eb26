"""The last words of a playbook that no task is left to say: no cell was there, all were lost, or a person ended it.

It belongs to the playbooks of this collection and is loaded with them; nobody has to enable it.
"""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import sys

from ansible import constants, context
from ansible.plugins.callback import CallbackBase
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws import clock
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import failure
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.errors import DrsError
from ansible_collections.resilience.drs.plugins.module_utils._drs.core.text import clean
from ansible_collections.resilience.drs.plugins.plugin_utils._action import files
from ansible_collections.resilience.drs.plugins.plugin_utils._action.controller import plain
from ansible_collections.resilience.drs.plugins.plugin_utils._action.ending import left_behind, unfinished
from ansible_collections.resilience.drs.plugins.plugin_utils._action.hands import Hands
from ansible_collections.resilience.drs.plugins.plugin_utils._action.variables import typed_variables
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate.answer_file import AnswerFile
from ansible_collections.resilience.drs.plugins.plugin_utils._orchestrate.call import VERB, unanswered
from ansible_collections.resilience.drs.plugins.plugin_utils._play import shape, whose
from ansible_collections.resilience.drs.plugins.plugin_utils._play.interrupted import STANDING, lines, typed_again
from ansible_collections.resilience.drs.plugins.plugin_utils._play.stepping import Stepping
from ansible_collections.resilience.drs.plugins.plugin_utils._play.unattended import guard

_OURS = "resilience.drs."
_WALKS = ("drs_recovery_walk", "drs_failback_walk")
_CALL = "drs_orchestration"
_PLAYBOOKS = whose.playbooks(__file__)
# Ansible's own exit status of a play that failed, and of what is no failed play.
_FAILED, _BROKEN = 2, 1
# Ctrl-C, what ends a service or a job, a terminal that is lost, and Ctrl-\. Of the last two Ansible knows nothing: its
# tasks would go on by themselves.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def _to_tasks(signum):
    """Send a signal to the processes of all tasks that run."""
    for child in multiprocessing.active_children():
        with contextlib.suppress(OSError):
            os.kill(child.pid, signum)


class CallbackModule(CallbackBase):
    """Sees every result of a walk, and at the end of the playbook whether the last one was waiting still."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "drs_run_end"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._loader = None
        self._walked = None
        self._call = {}
        self._play = None
        self._alone = None
        self._unwritten = None
        self._ending = False
        self._timed_out = False
        self._stepping = Stepping()

    def v2_playbook_on_play_start(self, play):
        """Remember the loader, which knows what was typed; and be there when somebody interrupts the playbook."""
        if self._loader is None:
            STANDING.prepare()
            self._attend(os.getpid())
        self._loader = play.get_loader()
        self._play = play

    def v2_playbook_on_no_hosts_matched(self):
        """Remember a play of this collection that had nobody to work on: Ansible skips it, and calls that a success."""
        playbook = whose.playbook(self._play, _PLAYBOOKS)
        if playbook:
            self._alone = (playbook, self._play.hosts)

    def _attend(self, process):
        """Be there for what ends this playbook in its middle, or suspends it."""
        guard(self._display, self._lose_output)
        for number in _ENDING:
            if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
                self._listen(number, process)
        self._listen_suspended(process)

    def _listen(self, number, process):
        before = signal.getsignal(number)

        def interrupted(signum, frame):
            signal.signal(signum, before)
            if os.getpid() == process and (STANDING.noted() or self._unwritten or not callable(before)):
                # none of them may begin anything after what is told now, nor stay suspended for ever
                _to_tasks(signal.SIGTERM)
                _to_tasks(signal.SIGCONT)
                if self._tell_interrupted() or self._unwritten:
                    # a worker that died while it wrote holds the lock on the queue that Ansible's own end waits for
                    shutil.rmtree(constants.DEFAULT_LOCAL_TMP, ignore_errors=True)
                    os._exit(self._exit_status(signum))
            if callable(before):
                before(signum, frame)
            else:
                os.kill(os.getpid(), signum)

        # a playbook that runs in a thread of something else is interrupted by that
        with contextlib.suppress(ValueError):
            signal.signal(number, interrupted)

    def _listen_suspended(self, process):
        """Ctrl-Z: what a person has suspended begins nothing. Ansible suspends itself alone, and no task of it."""

        def suspended(signum, frame):
            if os.getpid() == process:
                _to_tasks(signal.SIGSTOP)
            signal.signal(signum, signal.SIG_DFL)
            os.kill(os.getpid(), signum)  # ends when somebody continues it
            signal.signal(signum, suspended)
            if os.getpid() == process:
                _to_tasks(signal.SIGCONT)

        with contextlib.suppress(ValueError):
            if signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL:
                signal.signal(signal.SIGTSTP, suspended)

    def _lose_output(self, error):
        """End as by a signal: nobody sees what a run does whose output cannot be written."""
        if self._unwritten is None and not self._ending:
            self._unwritten = error
            os.kill(os.getpid(), signal.SIGTERM)

    def _exit_status(self, signum):
        """That of the signal, which of a pipe that nobody reads any more is SIGPIPE."""
        if self._unwritten is None:
            return 128 + signum
        return 128 + signal.SIGPIPE if isinstance(self._unwritten, BrokenPipeError) else _BROKEN

    def _tell_interrupted(self):
        """Say what continues in AWS, and the command to paste; whether there was anything to say."""
        self._ending = True
        hands = Hands(self._loader, {"ansible_limit": context.CLIARGS.get("subset")})
        playbook, again = str((context.CLIARGS.get("args") or [""])[0]), ""
        if playbook.startswith(_OURS):
            given = typed_again(plain(typed_variables(self._loader)))
            again = hands.next(playbook[len(_OURS) :], given, check=bool(context.CLIARGS.get("check")))
        said = lines(STANDING.noted(), again)
        if self._unwritten and not isinstance(self._unwritten, BrokenPipeError):
            why = self._unwritten if sys.stdout else "it is closed"
            said.insert(0, "ERROR: the output cannot be written: %s" % why)
        for line in said:
            self._display.display(line, stderr=True)
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        return bool(said)

    def v2_playbook_on_task_start(self, task, is_conditional):
        """Remember what runs, for a person who answers the questions of --step."""
        self._stepping.begun(task)

    def v2_runner_on_ok(self, result):
        """Remember the last result of a walk."""
        # pylint: disable=protected-access
        told, state = dict(result._result), result._task.args.get("state")
        hidden = "censored" in told
        if result._task.action.rpartition(".")[2] in _WALKS:
            self._walked = STANDING.noted().get("walked") if hidden else told
        if result._task.action.rpartition(".")[2] == _CALL:
            self._call[state] = STANDING.noted().get("call_%s" % state, {}) if hidden else told

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A walk that failed has told it itself, and what insists on the end of a run has ended it. One whose time was
        over for Ansible has not: its process was ended as by a signal.
        """
        # pylint: disable=protected-access
        self._timed_out = self._timed_out or bool(result._result.get("timedout"))
        if result._task.action.rpartition(".")[2] in _WALKS:
            self._walked = None
        if shape.own_role(result._task):
            self._stepping.failed(result._task, result._result)

    def v2_playbook_on_stats(self, stats):
        """End the run that nobody has ended."""
        walked = plain(self._walked)
        if unfinished(walked) and self._loader:
            hands = Hands(self._loader, {"ansible_limit": context.CLIARGS.get("subset")})
            self._display.error(left_behind(walked, hands, {}))
        self._answer()
        if self._timed_out:
            self._tell_interrupted()
        self._tell_skipped()
        if self._alone and not stats.processed:
            self._fail_alone(*self._alone)

    def _tell_skipped(self):
        """Say what a person left out whose playbook then ended with a variable that is not there."""
        if self._stepping.missed:
            noted = STANDING.noted()
            problem = self._stepping.problem(str(noted.get("run_id") or ""))
            self._display.error(failure(problem)["msg"])
            if noted.get("command"):
                self._display.display("next: %s" % noted["command"])

    def _fail_alone(self, verb, hosts):
        """A playbook that had no cell at all has done nothing, which no schedule and no pipeline may take for done."""
        wanted = [clean(one, 200) for one in ([hosts] if isinstance(hosts, str) else hosts)]
        error = DrsError("no_cells", "no host of the inventory matches %s; nothing was done" % ", ".join(wanted))
        self._display.error(failure(error)["msg"])
        path = str(typed_variables(self._loader).get("orchestrate_output_file") or "")
        if verb == VERB and path and "{{" not in path:
            process = os.getpid()
            try:
                path = files.absolute(path)
                AnswerFile(path, process).take()
                unanswered({"started_at": clock.now(), "output_file": path}, {}, process, error)
            except (DrsError, OSError) as exc:
                self._display.error(str(exc))
        sys.exit(_FAILED)

    def _answer(self):
        """Answer the parent system where no task was left to do it."""
        if "begun" not in self._call or "answered" in self._call:
            return
        call = plain(self._call)
        try:
            self._display.error(unanswered(call["begun"], call.get("opened") or {}, os.getpid()))
        except DrsError as exc:
            self._display.error("%s: %s" % (exc.code, exc.message))
