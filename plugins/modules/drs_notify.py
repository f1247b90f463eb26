#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_notify
short_description: Tell a topic of Amazon SNS about a run of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Publishes a text for people, with message attributes for subscription filters (C(kind), C(run_id), C(action), C(status), C(plan_name),
    C(correlation_id), C(ticket)) and the whole as JSON in the attribute C(event).
  - It fails nothing. A topic that does not exist, is denied or cannot be reached is a warning, given up within a minute.
  - Keys, external ids and tokens are removed from every text, and what does not fit into the 256 KB of SNS is counted instead of sent.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  topic_arn:
    description: The topic. It is called in the Region that its ARN names, with the caller's own credentials.
    type: str
    required: true
  event:
    description:
      - What has happened. Needs C(kind), one of C(start), C(success), C(partial), C(failure) and C(waiting_for_approval).
      - May have C(run_id), C(action), C(status), C(reason), C(text), C(plan_name), C(plan_hash), C(initiator), C(ticket),
        C(correlation_id), C(parent_execution), C(accounts), C(servers), C(summary), C(failures), C(started_at), C(ended_at),
        C(duration_seconds), C(gate), C(expires_at) and C(next). Nothing else is sent.
    type: dict
    required: true
extends_documentation_fragment:
  - resilience.drs.attributes
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    support: full
    details:
      - In check mode the notice is returned and not sent.
  diff_mode:
    support: N/A
    details:
      - It sends a message.
  idempotent:
    support: none
    details:
      - Every call sends a message.
seealso:
  - module: resilience.drs.drs_metrics
"""

EXAMPLES = r"""
- name: Tell that a drill has begun
  resilience.drs.drs_notify:
    topic_arn: arn:aws:sns:us-west-2:999999999999:resilience-drs
    event:
      kind: start
      action: drill
      run_id: payments-20260301T120000Z
      correlation_id: CHG0042
"""

RETURN = r"""
sent:
  description: Whether SNS took the notice.
  returned: success
  type: bool
message_id:
  description: Its id at SNS.
  returned: success
  type: str
subject:
  description: Its subject.
  returned: success
  type: str
message:
  description: Its text.
  returned: success
  type: str
bytes:
  description: Its size as SNS counts it, attributes included.
  returned: success
  type: int
error:
  description: Why it was not sent, with code, message and remedy.
  returned: success
  type: dict
"""

from ansible_collections.resilience.drs.plugins.module_utils._drs.history.effects import publish
from ansible_collections.resilience.drs.plugins.module_utils._drs.aws.module import run_beside


def main() -> None:
    run_beside(publish.notify, publish.NOTIFY_SPEC)


if __name__ == "__main__":
    main()
