#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_metrics
short_description: Send the figures of a run of AWS Elastic Disaster Recovery (DRS) to Amazon CloudWatch
version_added: 1.0.0
description:
  - Sends executions, servers processed and failed, duration, launch time, extended servers, failures of extension, servers that were extended
    already, deployed instances and the rate of registered agents, all of a run in one call (in as few as the limits of CloudWatch allow).
  - It fails nothing. Metrics that are denied are a warning.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  namespace:
    description: The namespace of the metrics.
    type: str
    default: ResilienceDRS
  records:
    description: The C(records) that M(resilience.drs.drs_history_record) returned.
    type: list
    elements: dict
    default: []
  overall:
    description: The C(overall) that M(resilience.drs.drs_history_record) returned.
    type: dict
  readiness:
    description: The C(report) that M(resilience.drs.drs_readiness) returned.
    type: dict
  by_account:
    description: Send the figures of each account, too. Every account is a set of metrics of its own, which are paid for.
    type: bool
    default: false
extends_documentation_fragment:
  - resilience.drs.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    details:
      - In check mode the metrics are returned and not sent.
  diff_mode:
    support: N/A
    details:
      - It sends figures.
  idempotent:
    support: none
    details:
      - Every call sends figures.
seealso:
  - module: resilience.drs.drs_history_record
  - module: resilience.drs.drs_readiness
"""

EXAMPLES = r"""
- name: Send the figures of a run
  resilience.drs.drs_metrics:
    region: us-west-2
    records: "{{ recorded.records }}"
    overall: "{{ recorded.overall }}"
"""

RETURN = r"""
sent:
  description: Number of metrics that were sent.
  returned: success
  type: int
calls:
  description: Number of calls that it took.
  returned: success
  type: int
metrics:
  description: The metrics, with C(name), C(value) or C(values), C(unit) and C(dimensions).
  returned: success
  type: list
  elements: dict
error:
  description: Why they, or the rest of them, were not sent.
  returned: success
  type: dict
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import publish
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_beside


def main() -> None:
    run_beside(publish.measure, publish.METRICS_SPEC)


if __name__ == "__main__":
    main()
