#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_orchestration_input
short_description: Check what a parent system asks of the orchestration entry point
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Holds the input of the playbook C(resilience.drs.orchestrate) against its published schema and turns it into settings for
    the role that does the action.
  - A key that is not known, or that means nothing for the action, is an error, because somebody relied on it. All mistakes are
    told at once, each with its place and its value.
  - It computes from its options alone. It calls no AWS service, so it runs once, on the controller.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  input:
    description: The input, as C(docs/schemas/orchestrate_input.schema.json) describes it.
    type: dict
    required: true
  now:
    description: The present, for a point in time that lies in the future.
    type: str
requirements:
  - jsonschema
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.controller
seealso:
  - module: resilience.drs.drs_orchestration_result
"""

EXAMPLES = r"""
- name: Check an input
  resilience.drs.drs_orchestration_input:
    input:
      action: failover
      plan_file: plans/payments.yml
      selection: {waves: [databases]}
      options: {is_drill: true, max_wait_minutes: 90}
      metadata: {correlation_id: 7f0c, ticket: CHG-1042}
  register: asked
"""

RETURN = r"""
settings:
  description:
    - What was asked for, with defaults filled in. C(action), C(is_drill), C(mode), C(plan_name), C(plan_file), C(selection), C(policy),
      C(limits), C(point_in_time) and the other options, and C(metadata) as it came.
  returned: success
  type: dict
"""
