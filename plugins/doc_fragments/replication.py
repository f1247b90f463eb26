# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The option that says where machines replicate to: the replication cell, and the way there."""

    DOCUMENTATION = r"""
options:
  replication:
    description:
      - The replication cell, which is the account and Region that the machines replicate into. Source servers appear
        there.
      - By default it is the cell of this task, with the credentials of this task.
      - The pattern follows from it. The machines' own account is C(same_account), another one C(cross_account).
    type: dict
    default: {}
    suboptions:
      account_id:
        description:
          - The account to replicate into.
          - By default the account of O(replication.assume_role_arn), else the machines' own.
        type: str
      region:
        description: The Region to replicate into, by default the O(region) of this task.
        type: str
      cell:
        description: What results and messages call the replication cell.
        type: str
      profile:
        description: Profile of the AWS configuration files with which the replication cell is reached.
        type: str
      assume_role_arn:
        description: ARN of the IAM role to assume in the replication cell.
        type: str
      external_id:
        description: External id that the trust policy of O(replication.assume_role_arn) demands. Treat it as a secret.
        type: str
      role_session_name:
        description: Session name of that role.
        type: str
      source_identity:
        description: Source identity to set for that session.
        type: str
"""
