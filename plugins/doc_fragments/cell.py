# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that say as whom a module works in its cell (one AWS account in one DRS Region).

    Meant to be listed together with ``amazon.aws.common.modules`` and ``amazon.aws.region.modules``, which bring the
    base credentials, the Region and the endpoint, and with ``resilience.drs.boto3``.
    """

    DOCUMENTATION = r"""
options:
  cell:
    description:
      - What results and messages call this cell.
      - By default the O(region).
    type: str
  assume_role_arn:
    description:
      - ARN of the IAM role to assume in the account of this cell.
      - The base credentials (O(profile), O(access_key) and O(secret_key), or whatever the AWS SDK finds in its
        default chain) call C(sts:AssumeRole); every call to AWS Elastic Disaster Recovery and its companions is then
        made as that role.
      - The role is assumed at the Regional STS endpoint of the cell's O(region), so that work in a recovery Region
        does not depend on the Region that failed.
      - The temporary credentials are refreshed before they expire, so an operation may last longer than one session.
        A chained role lives one hour, whatever the maximum session duration of the role.
      - Without this option the base credentials are used as they are.
    type: str
  external_id:
    description:
      - External id that the trust policy of O(assume_role_arn) demands, if it demands one.
      - Treat it as a secret. Its value is never written to output, logs or results.
      - Used only together with O(assume_role_arn).
    type: str
  role_session_name:
    description:
      - Session name of the assumed role, 2 to 64 characters out of letters, digits and C(_+=,.@-).
      - CloudTrail shows it in every event, so that the work of a run can be found in each account.
      - Used only together with O(assume_role_arn).
    type: str
    default: resilience-drs
  source_identity:
    description:
      - Source identity to set for the session, 2 to 64 characters out of letters, digits and C(_+=,.@-); usually the
        person or the job that started the run.
      - Unlike the session name it cannot be changed by a later role chain. The trust policy of O(assume_role_arn)
        must allow C(sts:SetSourceIdentity).
      - Used only together with O(assume_role_arn).
    type: str
notes:
  - The cells of the inventory plugin P(resilience.drs.drs_accounts#inventory) carry these values as host variables.
    Set them once for all modules with C(module_defaults) on the action group C(resilience.drs.cell), see the examples
    of that plugin.
seealso:
  - plugin: resilience.drs.drs_accounts
    plugin_type: inventory
"""
