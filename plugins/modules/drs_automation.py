#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_automation
short_description: Run an automation of AWS Systems Manager in a cell, once for an action of a run
version_added: 1.0.0
description:
  - Starts an automation document in the account and Region of the cell, and watches it to its end.
  - The execution carries the run and the action as tags. When run again, a running or successful execution of the same
    action is adopted and not started twice. One that failed is started again.
  - Progress is printed while it waits.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  document:
    description: Name or ARN of the automation document.
    type: str
    required: true
  version:
    description: Version of the document; its default version when not given.
    type: str
  parameters:
    description: Parameters of the document, each a value or a list of values.
    type: dict
    default: {}
  run_id:
    description: The run that this belongs to.
    type: str
    required: true
  action:
    description: Name of the action inside the run.
    type: str
    required: true
  label:
    description: What progress lines begin with.
    type: str
  expected_seconds:
    description: How long the automation is expected to take.
    type: int
    default: 120
  lookback_hours:
    description: How far back executions of this action are looked for.
    type: int
    default: 48
attributes:
  check_mode:
    support: full
    details:
      - In check mode nothing is started.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - With the same run and action, what was started is taken up.
extends_documentation_fragment:
  - resilience.drs.waiting.pace
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
"""

EXAMPLES = r"""
- name: Turn the traffic of this account
  resilience.drs.drs_automation:
    document: Switch-Traffic
    parameters:
      Target: recovery
    run_id: failover-2026-03-01
    action: switch-traffic
"""

RETURN = r"""
execution:
  description: The execution, with C(execution_id), C(document), C(status), C(step), C(started_at) and C(ended_at).
  returned: success
  type: dict
adopted:
  description: Whether an earlier call had started it.
  returned: success
  type: bool
elapsed_seconds:
  description: How long it was waited for.
  returned: success
  type: float
"""
