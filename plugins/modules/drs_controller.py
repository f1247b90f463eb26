#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_controller
short_description: Run the modules that work on the controller
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs. It is not for playbooks; a task that calls it by this name fails.
  - It is the one action behind the modules that only compute, such as M(resilience.drs.drs_plan), that work with the run store, such
    as M(resilience.drs.drs_run_info), or that act in one cell, such as M(resilience.drs.drs_service). They are called by their own
    names, and have their own documentation, options and defaults.
  - A module of one cell runs in the process of its task where it would run on the controller with the very Python of Ansible. It is
    shipped like any module to another machine, and with C(become), C(environment), C(async), another C(ansible_python_interpreter) or
    O(resilience.drs.drs_service#module:debug_botocore_endpoint_logs).
author:
  - resilience.drs contributors (@resilience-drs)
options: {}
extends_documentation_fragment:
  - resilience.drs.attributes
attributes:
  check_mode:
    support: N/A
    details:
      - As the module says that is called.
  diff_mode:
    support: N/A
    details:
      - As the module says that is called.
  idempotent:
    support: N/A
    details:
      - As the module says that is called.
seealso:
  - module: resilience.drs.drs_plan
  - module: resilience.drs.drs_run_info
  - module: resilience.drs.drs_service
"""

EXAMPLES = r"""
# This task is run by resilience.drs.drs_controller.
- name: Read the runs
  resilience.drs.drs_run_info:
"""

RETURN = r"""
msg:
  description: That it is not for playbooks.
  returned: failure
  type: str
"""
