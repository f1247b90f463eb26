#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_orchestration
short_description: Take one step of the orchestration entry point (a part of the role orchestrate)
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - This is the role P(resilience.drs.orchestrate#role) at work. It is of no use without the tasks of that role.
  - It takes no option of an orchestration. It reads the variables C(orchestrate_*) as the role has them, and what the roles of
    the actions have left.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(begun) takes the file of the answer for this call, and removes the answer of an earlier one.
      - V(opened) checks the input against its published schema, turns it into options of the role that performs the
        action, and says which run it is. All mistakes are reported at once, each with its place and its value.
      - V(looked) finds the servers that a status or a termination is about, and shows and counts what would go.
      - V(answered) makes the one document of what the roles have left, and writes it.
      - V(closed) fails unless the next phase may start.
    type: str
    choices: [begun, opened, looked, answered, closed]
    required: true
extends_documentation_fragment:
  - resilience.drs.attributes
attributes:
  check_mode:
    support: full
    details:
      - The answer is written in check mode too. It is a document for the caller, who reads the confirmation of a failover from it.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - The same correlation id, action, plan and selection are the same run. A request that is sent again launches nothing twice.
seealso:
  - module: resilience.drs.drs_recovery_walk
  - module: resilience.drs.drs_terminate
"""

EXAMPLES = r"""
- name: Check the input
  resilience.drs.drs_orchestration:
    state: opened
  register: __orchestrate_opened
  run_once: true
"""

RETURN = r"""
started_at:
  description: When the call began.
  returned: with O(state=begun)
  type: str
output_file:
  description: The absolute path of the answer, empty for none.
  returned: with O(state=begun)
  type: str
asked:
  description: The input as it came.
  returned: with O(state=opened)
  type: dict
settings:
  description:
    - What was asked for, with defaults filled in. C(action), C(verb), C(options) (the options of the role that does it), C(selection)
      and the other options of the entry point, and C(metadata) as it came.
  returned: with O(state=opened)
  type: dict
names_run:
  description: Whether the input says which run it is, by a run id or a correlation id.
  returned: with O(state=opened)
  type: bool
chosen:
  description: The servers that match, their recovery instances, and the cells that could not be read.
  returned: with O(state=looked)
  type: dict
options:
  description: The options of the role that does the action, with the ids of the drill instances that were found.
  returned: with O(state=looked)
  type: dict
terminates:
  description: Whether there is anything to terminate.
  returned: with O(state=looked)
  type: bool
document:
  description: The document, in the form of C(docs/schemas/orchestrate_output.schema.json).
  returned: with O(state=answered)
  type: dict
succeeded:
  description: Whether a pipeline may proceed. The exit status of the playbook follows it.
  returned: with O(state=answered)
  type: bool
unwritten:
  description: Why the document could not be written into its file.
  returned: with O(state=answered)
  type: dict
"""
