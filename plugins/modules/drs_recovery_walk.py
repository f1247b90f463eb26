#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_recovery_walk
short_description: Walk a recovery over all cells (a part of the role recovery)
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - This is the role P(resilience.drs.recovery#role) at work. It is of no use without the tasks of that role.
  - Reads all cells of the play, plans, shows the plan and insists on what must hold. Then it begins the run and walks it in all
    cells, one process for all of them, until the run ends or a task file of the user is due.
  - It takes no option of a recovery. It reads the variables C(recovery_*) as the role has them, and those of the record for a
    run that is known.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(opened) begins or resumes the run.
      - V(continued) continues it after a task file of the user has run.
      - V(closed) fails as the run did.
      - V(verified) fails when a run that was begun has no end, because every cell has left the play.
    type: str
    choices: [opened, continued, closed, verified]
    required: true
  clean:
    description: With O(state=closed), whether the clean-up of a drill left nothing. Without it there was none.
    type: raw
  no_report:
    description: With O(state=closed), why a report that was asked for was not written; the playbook then fails.
    type: str
    default: ""
extends_documentation_fragment:
  - resilience.drs.attributes
attributes:
  check_mode:
    support: full
    details:
      - In check mode it reads, plans and shows the plan, and launches nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - What the run has launched is adopted, and launched once.
seealso:
  - module: resilience.drs.drs_plan
  - module: resilience.drs.drs_run
"""

EXAMPLES = r"""
- name: Plan, begin and walk
  resilience.drs.drs_recovery_walk:
    state: opened
  register: __recovery_walk
  run_once: true
"""

RETURN = r"""
begun:
  description: Whether the run has begun.
  returned: V(opened), V(continued)
  type: bool
task_file:
  description: The task file of the user that is due, with C(step), C(token), C(path), C(cells), C(hook), C(wave) and C(servers) by cell; null at the end.
  returned: V(opened), V(continued)
  type: dict
result:
  description: What the role leaves as C(recovery_result).
  returned: at the end of a run
  type: dict
plan:
  description: The plan of a check, or of a run that was refused.
  returned: when nothing began
  type: dict
refused:
  description: Why nothing began, with C(msg) and C(error).
  returned: when the run was refused
  type: dict
"""
