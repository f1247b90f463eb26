#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_deployment
short_description: Deploy agents over all cells (a part of the role agent_deploy)
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - This is the role P(resilience.drs.agent_deploy#role) at work. It is of no use without the tasks of that role.
  - Reads all cells of the play, plans over them and shows the plan. Then it sends wave after wave to all cells, waits for all of
    them together, verifies what was installed, and waits for replication if requested. One process does this for all
    cells, whatever C(forks) is.
  - It takes no option of a deployment. It reads the variables C(agent_deploy_*) as the role has them.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  state:
    description:
      - V(deployed) plans and deploys.
      - V(closed) fails as the deployment did.
    type: str
    choices: [deployed, closed]
    required: true
extends_documentation_fragment:
  - resilience.drs.attributes
attributes:
  check_mode:
    support: full
    details:
      - In check mode it reads, plans and shows the plan, and sends nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - A machine that is protected is left alone, and an installer that runs is adopted.
seealso:
  - module: resilience.drs.drs_agent_install
  - module: resilience.drs.drs_agent_wait
"""

EXAMPLES = r"""
- name: Plan and deploy
  resilience.drs.drs_deployment:
    state: deployed
  register: __agent_deploy
  run_once: true
"""

RETURN = r"""
plan:
  description: The plan, with C(waves), C(cells), C(settled), C(capacity), C(findings), C(unknown_cells), C(coverage) and C(summary).
  returned: V(deployed)
  type: dict
result:
  description: What the role leaves as C(agent_deploy_result); null where nothing was sent.
  returned: V(deployed)
  type: dict
"""
