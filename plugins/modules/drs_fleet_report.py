#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_fleet_report
short_description: Report on the protection of a fleet by AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Turns what was read from all cells into one report with a row for each source server, the machines that are tagged for recovery and
    not protected, and the protected machines that are not tagged.
  - With a cell that could not be read the coverage is C(incomplete), because that cell may protect what looks unprotected.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  cells:
    description:
      - What was read from each cell, as the fact C(status_cell) of the role P(resilience.drs.status#role) holds it.
    type: list
    elements: dict
    required: true
  machines:
    description:
      - The C(machines) that M(resilience.drs.drs_cell_info) returned, of all cells in one list.
      - Without them nothing is said of machines that are not protected.
    type: list
    elements: dict
    default: []
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
  - resilience.drs.tag_keys
seealso:
  - module: resilience.drs.drs_cell_info
"""

EXAMPLES = r"""
- name: Report on the fleet
  resilience.drs.drs_fleet_report:
    cells: "{{ ansible_play_hosts_all | map('extract', hostvars, 'status_cell') }}"
  run_once: true
  register: fleet

- name: Keep it as a spreadsheet
  ansible.builtin.copy:
    content: "{{ fleet.csv }}"
    dest: fleet.csv
    mode: "0644"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
report:
  description: The report.
  returned: success
  type: dict
  contains:
    coverage:
      description: C(complete), or C(incomplete) when a cell could not be read.
      returned: always
      type: str
    unknown_cells:
      description: The cells that could not be read, and why.
      returned: always
      type: list
      elements: dict
    gaps:
      description:
        - What a service other than DRS did not return for a cell that was read, each with its C(cell), C(service), what
          is C(missing) because of that, and the C(error).
      returned: always
      type: list
      elements: dict
    summary:
      description: Counts by state, readiness, Region and account.
      returned: always
      type: dict
    servers:
      description: One flat row for each source server.
      returned: always
      type: list
      elements: dict
    unprotected:
      description: Machines that are tagged for recovery and not protected.
      returned: always
      type: list
      elements: dict
    untagged:
      description: Machines that are protected and not tagged for recovery. C(why) names the tags and what is wrong with them.
      returned: always
      type: list
      elements: dict
    without_agent:
      description:
        - All machines that no agent protects, tagged for it or not, without those of C(retired). C(why) says what their tags
          lack.
      returned: always
      type: list
      elements: dict
    retired:
      description:
        - Machines that were failed back from. A machine of their name that DRS has launched is protected in their place,
          C(replaced_by).
      returned: always
      type: list
      elements: dict
    not_extended:
      description:
        - Servers in a cell whose C(extend_to) is another cell that was read, and that have no copy there, as C(cell),
          C(extend_to) and the names of the C(servers).
      returned: always
      type: list
      elements: dict
    tag_findings:
      description:
        - Tag values that cannot be meant as they are read, such as a C(dr:enabled) that is neither yes nor no.
          C(tag_opt_in_near)
          is a machine that is not protected, although its tags almost ask for it.
      returned: always
      type: list
      elements: dict
csv:
  description: The servers as CSV. Text that a spreadsheet would take for a formula is quoted.
  returned: success
  type: str
next:
  description:
    - What to type next, a C(playbook) of this collection with its C(options), and whether in C(check) mode.
    - C(status) again while a cell could not be read. Otherwise C(failback) when servers serve in the recovery Region, C(runs) when
      they are failing back, C(terminate) when drills have left instances, C(deploy_agents) when machines are not protected,
      C(extend) when servers are not extended into the target of their cell, and else C(drill).
  returned: success
  type: dict
  sample: {"playbook": "failback", "options": {}, "check": true}
"""
