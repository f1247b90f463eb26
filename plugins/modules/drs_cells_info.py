#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_cells_info
short_description: Read every cell of the play in one step
version_added: 1.0.0
description:
  - Does what M(resilience.drs.drs_cell_info) does, for all hosts of the play at once. It runs once, on the controller, and reads up to
    16 cells at a time, whatever C(forks) is.
  - How a cell is reached is taken from C(module_defaults) of the group C(resilience.drs.cell), templated with the variables of each
    host, or else from the host variables of the inventory plugin P(resilience.drs.drs_accounts#inventory).
  - A cell that cannot be read has an error in the result. It stops no other cell, and the task does not fail for it.
  - Prints a line for each cell as it is read.
author:
  - resilience.drs contributors (@resilience-drs)
extends_documentation_fragment:
  - resilience.drs.cell_reading
  - resilience.drs.attributes
  - resilience.drs.attributes.read_only
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_cell_info
  - module: resilience.drs.drs_plan
"""

EXAMPLES = r"""
- name: Read every cell
  resilience.drs.drs_cells_info:
  register: read
  run_once: true
"""

RETURN = r"""
cells:
  description:
    - What each cell holds, by the name of its host, with C(cell), C(account_id), C(region), C(assume_role_arn), C(account_types),
      C(extend_to), C(source_servers), C(recovery_instances), C(jobs), C(read_at) and C(gaps).
    - C(gaps) names each service other than DRS that did not answer, what is C(missing) because of that, and the
      C(error). What DRS returned is complete without it.
    - C(error) says why a cell could not be read, and is null when it was.
  returned: success
  type: dict
machines:
  description: The EC2 instances of each cell, by the name of its host; none unless O(machines) is set.
  returned: success
  type: dict
"""
