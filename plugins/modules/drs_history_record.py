#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_history_record
short_description: Record the result of an AWS Elastic Disaster Recovery (DRS) run, send metrics and a notification
version_added: 1.0.0
description:
  - Internal to the roles of resilience.drs.
  - Makes one record for each account and Region that took part, with its status, its pattern, the counts by outcome, and each failure
    with its category and remedy, and writes it to the run store.
  - A store that does not take the records fails nothing. The records are then in a file, and a warning says how to import it; when
    there is no room for a file either, they are in the result of the task.
  - A run that is continued is recorded again, over what its earlier part has left.
  - With O(metrics) it then sends the metrics of the run to Amazon CloudWatch, all of them in one call (in as few as the
    limits of
    CloudWatch allow), and with O(notification) it publishes a text for people to a topic of Amazon SNS, with message attributes for
    subscription filters (C(kind), C(run_id), C(action), C(status), C(plan_name), C(correlation_id), C(ticket)) and the whole as JSON in
    the attribute C(event). Keys, external ids and tokens are removed from every text, and what does not fit into the 256 KB of SNS is
    counted instead of sent.
  - Figures and notifications fail nothing. What is denied, not there or cannot be reached is a warning, given up within a minute.
  - With O(event) or O(readiness) instead of a result nothing is recorded, and only the notification or the metrics are
    sent.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  result:
    description:
      - What came of it. Needs C(kind) (C(recovery), C(deployment), C(failback), C(termination) or C(extension)) and C(run_id).
      - May have C(mode), C(plan_name), C(plan_hash), C(correlation_id), C(ticket), C(initiator), C(plan) (with C(waves), C(cells) and
        C(unknown_cells)), C(waves) (those that were run, with their C(servers)), C(servers), C(stopped) (why it did not go to its end),
        C(status) (C(waiting) or C(paused) of a run that may resume), C(clean) (whether a clean-up left nothing), C(of_run_id) (the run that
        a termination cleans up), C(accounts) (cells and their accounts), C(started_at) and C(ended_at).
    type: dict
  record:
    description:
      - Whether to write the records. Without it the result is only summarised for its metrics and its notification.
    type: bool
    default: true
  event:
    description:
      - What has happened besides the end of a run. Needs C(kind), one of C(start), C(success), C(partial), C(failure) and
        C(waiting_for_approval).
      - May have C(run_id), C(action), C(status), C(reason), C(text), C(plan_name), C(plan_hash), C(initiator), C(ticket),
        C(correlation_id), C(parent_execution), C(accounts), C(servers), C(summary), C(failures), C(started_at), C(ended_at),
        C(duration_seconds), C(gate), C(expires_at) and C(next). Nothing else is sent.
    type: dict
  readiness:
    description: The C(report) that M(resilience.drs.drs_readiness) returned.
    type: dict
  metrics:
    description:
      - Send the metrics to CloudWatch, with the controller's own credentials. Executions, servers processed and failed,
        duration, launch
        time, extended servers, failures of extension, servers that were extended already, deployed instances and the rate of registered
        agents.
    type: dict
    suboptions:
      namespace:
        description: The namespace of the metrics.
        type: str
        default: ResilienceDRS
      region:
        description: The Region of the metrics, by default that of the environment or the profile.
        type: str
      profile:
        description: The AWS profile to send them with.
        type: str
      by_account:
        description: Also send the metrics of each account. Every account is a set of metrics of its own, which are paid
          for.
        type: bool
        default: false
  notification:
    description:
      - Tell a topic of SNS how the run has ended, or what has happened.
    type: dict
    suboptions:
      topic_arn:
        description:
          - The topic. It is called in the Region that its ARN names, with the controller's own credentials. Without a
            topic nothing is published.
        type: str
      kinds:
        description: The kinds of O(event) that are published, by default all.
        type: list
        elements: str
      profile:
        description: The AWS profile to tell it with.
        type: str
  import_from:
    description:
      - A file that an earlier recording has left, or a folder of them. They are brought into the store, and renamed.
      - A record that the store knows in a newer form stays as it is.
    type: path
  ttl_days:
    description: Number of days after which a record is removed.
    type: int
    default: 90
  fallback_dir:
    description:
      - The folder for records that the store does not take, by default C(~/.local/state/resilience-drs-unrecorded).
      - A folder that cannot be written either is replaced by a new one for temporary files.
    type: path
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.run_store
attributes:
  check_mode:
    support: full
    details:
      - In check mode the records, the figures and the notification are returned. Nothing is written or sent.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - Records are written once. Every call sends the figures and the notification again.
seealso:
  - module: resilience.drs.drs_history_info
"""

EXAMPLES = r"""
- name: Record what came of a run
  resilience.drs.drs_history_record:
    result:
      kind: recovery
      mode: drill
      run_id: payments-20260301T120000Z
      plan: "{{ plan }}"
      waves: "{{ waves }}"
  run_once: true

- name: Record what came of a run, send its figures and tell a topic
  resilience.drs.drs_history_record:
    result: "{{ result }}"
    metrics:
      region: us-west-2
    notification:
      topic_arn: arn:aws:sns:us-west-2:999999999999:resilience-drs
      kinds: [partial, failure]
  run_once: true

- name: Tell that a drill has begun
  resilience.drs.drs_history_record:
    event:
      kind: start
      action: drill
      run_id: payments-20260301T120000Z
      correlation_id: CHG0042
    notification:
      topic_arn: arn:aws:sns:us-west-2:999999999999:resilience-drs

- name: Bring in what could not be recorded
  resilience.drs.drs_history_record:
    import_from: ~/.local/state/resilience-drs-unrecorded
"""

RETURN = r"""
records:
  description: The records, one for each account and Region.
  returned: success
  type: list
  elements: dict
overall:
  description:
    - All records together, with C(status), C(reason), C(summary), C(failures), counts and times, and C(notification), the kind of
      notification of it. Null for an import, an event and readiness.
  returned: success
  type: dict
recorded:
  description: Whether the store has the records.
  returned: success
  type: bool
store:
  description: Where the store is.
  returned: success
  type: str
file:
  description: The file that has the records instead.
  returned: success
  type: str
error:
  description: Why the store did not take them, with code, message and remedy.
  returned: success
  type: dict
metrics:
  description:
    - The outcome for the metrics, with C(sent) (how many), C(calls), C(metrics) (each with C(name), C(value) or
      C(values), C(unit) and
      C(dimensions)) and C(error) (why they, or the rest of them, were not sent). Null when they were not requested.
  returned: success
  type: dict
notification:
  description:
    - The outcome of the notification, with C(sent), C(message_id), C(subject), C(message), C(bytes) (its size as SNS
      counts it) and
      C(error) (why it was not sent, with code, message and remedy). Null when none was to be sent.
  returned: success
  type: dict
"""
