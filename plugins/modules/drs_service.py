#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_service
short_description: Initialise AWS Elastic Disaster Recovery (DRS) in a cell
version_added: 1.0.0
description:
  - Initialises DRS in one account and Region, if it is not yet. DRS offers no way back, so there is nothing to choose.
  - The six service roles of DRS must be in the account first. They are made by the role P(resilience.drs.account_setup#role).
author:
  - resilience.drs contributors (@resilience-drs)
options:
  check_roles:
    description:
      - Check for the six service roles first, and refuse to initialise without them. DRS itself initialises without
        them, and
        fails when the first agent is installed.
      - In check mode missing roles are a warning.
      - Needs C(iam:GetRole).
    type: bool
    default: true
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.attributes.actiongroup_drs
  - resilience.drs.cell
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - resilience.drs.boto3
attributes:
  check_mode:
    support: full
    details:
      - Reads, and says what would change. Makes no call that changes anything.
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: resilience.drs.drs_replication_configuration_template
  - module: resilience.drs.drs_launch_configuration_template
"""

EXAMPLES = r"""
- name: Initialise DRS in every cell
  resilience.drs.drs_service:

- name: Initialise DRS in one account and Region
  resilience.drs.drs_service:
    region: us-west-2
    assume_role_arn: arn:aws:iam::111111111111:role/DRSOrchestration
"""

RETURN = r"""
initialised:
  description: Whether DRS is initialised, or would be without check mode.
  returned: success
  type: bool
  sample: true
missing_roles:
  description: Service roles that the account lacks, checked only when DRS was not initialised.
  returned: success
  type: list
  elements: str
  sample: []
has_replication_template:
  description: Whether the cell has a replication configuration template.
  returned: success
  type: bool
  sample: true
cell:
  description: The cell.
  returned: success
  type: str
  sample: payments.us-west-2
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.settings.effects import service
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_in_cell


def main() -> None:
    run_in_cell(service.perform, service.SERVICE_SPEC)


if __name__ == "__main__":
    main()
