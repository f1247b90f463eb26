"""The next command, with its settings in a file where they are too long to paste: a terminal takes 4,095 characters."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection; nothing outside it may import it.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible import constants, context
from ansible_collections.resilience.drs.plugins.module_utils._drs.display.next_command import given_of, playbook_command
from ansible_collections.resilience.drs.plugins.module_utils._drs.runs.effects import settings_files

LONGEST = 1000
"""So many characters of a command are seven lines of a wide terminal; more is pasted blindly."""
PLATFORM = ("awx_job_id", "tower_job_id")
"""Variables that a job of an automation platform has."""


def next_command(verb: str, options: Mapping[str, Any], limit: str, check: bool, task_vars: Mapping[str, Any]) -> str:
    """Write the command, see ``playbook_command``; where it is long, its extra variables go into a file.

    :param task_vars: of the task. A job of a platform loses its files, and its next command is typed elsewhere.
    """
    if any(task_vars.get(name) is not None for name in PLATFORM):
        return playbook_command(verb, options, limit, check)
    words = words_of_ansible()
    command = playbook_command(verb, options, limit, check, "", words)
    if len(command) <= LONGEST:
        return command
    try:
        path = settings_files.write(verb, given_of(options))
    except OSError:
        return command
    return playbook_command(verb, {}, limit, check, path, words)


def words_of_ansible() -> list[str]:
    """What was typed for ansible-playbook itself and is needed again: where the cells stand, and what opens a vault.

    What a setting says (ansible.cfg, the environment) is there for the next command, too. The words of a file with a
    password name it and do not hold it.
    """
    typed = context.CLIARGS
    inventories = list(typed.get("inventory") or ())
    words = [] if inventories == list(constants.DEFAULT_HOST_LIST) else _each("-i", inventories)
    words += _each("--vault-id", typed.get("vault_ids") or ())
    words += _each("--vault-password-file", typed.get("vault_password_files") or ())
    asked = typed.get("ask_vault_pass") and not constants.DEFAULT_ASK_VAULT_PASS
    return [*words, *(["--ask-vault-pass"] if asked else [])]


def _each(option: str, values: Iterable[Any]) -> list[str]:
    return [word for value in values for word in (option, str(value))]
