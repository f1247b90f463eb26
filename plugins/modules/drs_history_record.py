#!/usr/bin/python
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drs_history_record
short_description: Record in the run store what came of a run or a deployment of AWS Elastic Disaster Recovery (DRS)
version_added: 1.0.0
description:
  - Makes one record for each account and Region that took part, with its status, its pattern, the counts by outcome, and each failure
    with its category and remedy, and writes it to the run store.
  - A store that does not take the records fails nothing. The records are then in a file, and a warning says how to import it; when
    there is no room for a file either, they are in the result of the task.
  - A run that is continued is recorded again, over what its earlier part has left.
author:
  - resilience.drs contributors (@resilience-drs)
options:
  result:
    description:
      - What came of it. Needs C(kind) (C(recovery), C(deployment), C(failback), C(termination) or C(extension)) and C(run_id).
      - May have C(mode), C(plan_name), C(plan_hash), C(correlation_id), C(ticket), C(initiator), C(plan) (with C(waves), C(cells) and
        C(unknown_cells)), C(waves) (those that were run, with their C(servers)), C(servers), C(stopped) (why it did not go to its end),
        C(status) (C(waiting) or C(paused) of a run that may go on), C(clean) (whether a clean-up left nothing), C(of_run_id) (the run that
        a termination cleans up), C(accounts) (cells and their accounts), C(started_at) and C(ended_at).
    type: dict
  import_from:
    description:
      - A file that an earlier recording has left, or a folder of them. They are brought into the store, and renamed.
      - A record that the store knows in a newer form stays as it is.
    type: path
  ttl_days:
    description: After so many days a record may be forgotten.
    type: int
    default: 90
  fallback_dir:
    description:
      - The folder for records that the store does not take, by default C(~/.local/state/resilience-drs/unrecorded).
      - A folder that cannot be written either is replaced by a new one for temporary files.
    type: path
extends_documentation_fragment:
  - resilience.drs.attributes
  - resilience.drs.run_store
attributes:
  check_mode:
    support: full
    details:
      - In check mode the records are returned and not written.
  diff_mode:
    support: none
  idempotent:
    support: full
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

- name: Bring in what could not be recorded
  resilience.drs.drs_history_record:
    import_from: ~/.local/state/resilience-drs/unrecorded
"""

RETURN = r"""
records:
  description: The records, one for each account and Region.
  returned: success
  type: list
  elements: dict
overall:
  description:
    - All records together, with C(status), C(reason), C(summary), C(failures), counts and times, and C(notice), the kind of notice that
      M(resilience.drs.drs_notify) would give it. Null for an import.
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
"""
