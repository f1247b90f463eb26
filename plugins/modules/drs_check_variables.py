#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_check_variables
short_description: Refuse misspelt variables of the roles of this collection
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Ansible ignores a variable that nothing reads, so a misspelt selection would select everything.
  - Fails when an extra variable is nearly an option of a role of this collection, and says which one. Other variables are
    nobody's business.
  - The roles call it first. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
"""

EXAMPLES = r"""
- name: Refuse what is nearly an option
  resilience.drs.drs_check_variables:
  run_once: true
"""

RETURN = r"""
known:
  description: The names of the extra variables that are an option of a role of this collection.
  returned: success
  type: list
  elements: str
  sample: [recovery_plan_name, recovery_run_id]
"""
