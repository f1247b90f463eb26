# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The option that says where machines came from: the original cells, and the way to each."""

    DOCUMENTATION = r"""
options:
  original_cells:
    description:
      - The cells that the machines may have come from, each an account in a Region, with the access to it.
      - What reaches the recovery cell is not used for them, except the caller's own credentials. The role of one
        account gives no access to another.
      - Cells that no server came from are not called.
    type: list
    elements: dict
    default: []
    suboptions:
      cell:
        description: What results and messages call this cell.
        type: str
      account_id:
        description: Its account.
        type: str
        required: true
      region:
        description: Its Region.
        type: str
        required: true
      profile:
        description: Profile of the AWS configuration files with which it is reached.
        type: str
      assume_role_arn:
        description: ARN of the IAM role to assume there.
        type: str
      external_id:
        description: External id that the trust policy of that role demands. Treat it as a secret.
        type: str
      role_session_name:
        description: Session name of that role.
        type: str
      source_identity:
        description: Source identity to set for that session.
        type: str
"""
